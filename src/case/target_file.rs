//! A file of targets beside a case: a sample a row, as text (`.csv`) or as floats (`.npy`), which are exact rationals.

use super::limits::{MAX_CLASSES, MAX_NUMBERS, MAX_TARGETS};
use crate::exact::{Integer, Rational, ReadError, read_rational};
use std::fmt;

/// What is wrong with a file of targets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TargetsMistake {
    Name,
    Unreadable { reason: String },
    TooLarge { bytes: u64 },
    NotText,
    NotANumber { row: usize, column: usize, error: ReadError },
    Uneven { row: usize, found: usize, outputs: usize },
    TooMany,
    Empty,
    NotFloats,
}

impl TargetsMistake {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Name => "name a .csv or .npy file in the case's folder, or below it",
            Self::Unreadable { .. } => "the path is relative to the case file",
            Self::TooLarge { .. } => "at most 16 MiB; more samples have a `covariance`",
            Self::NotText => "a .csv file is UTF-8 text",
            Self::NotANumber { .. } => "decimals with commas between; the first row may name the columns",
            Self::Uneven { .. } => "a row has the numbers of one sample, K in every row",
            Self::TooMany => {
                "at most 64 numbers a row, 100,000 rows and 1,000,000 numbers; more samples have a `covariance`"
            }
            Self::Empty => "a sample a row",
            Self::NotFloats => "save an array of shape (samples, K) of '<f8' or '<f4'",
        }
    }
}

impl fmt::Display for TargetsMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => write!(f, "no such kind of file"),
            Self::Unreadable { reason } => write!(f, "{reason}"),
            Self::TooLarge { bytes } => write!(f, "{bytes} bytes"),
            Self::NotText => write!(f, "not text"),
            Self::NotANumber { row, column, error } => write!(f, "row {row}, column {column} is {error}"),
            Self::Uneven { row, found, outputs } => {
                write!(f, "row {row} has {found} numbers, the first has {outputs}")
            }
            Self::TooMany => write!(f, "too many numbers"),
            Self::Empty => write!(f, "no numbers"),
            Self::NotFloats => write!(f, "not an array of floats that is read"),
        }
    }
}

type Rows = Result<Vec<Vec<Rational>>, TargetsMistake>;

/// Whether a name is one of a file beside a case: parts of letters, digits, `.`, `_` and `-` with `/` between, none of
/// which begins with a point, and the end `.csv` or `.npy`.
pub fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(plain);
    name.len() <= 200 && name.split('/').all(part) && (name.ends_with(".csv") || name.ends_with(".npy"))
}

/// The rows of a file.
pub fn rows(name: &str, bytes: &[u8]) -> Rows {
    let rows = if name.ends_with(".npy") { floats(bytes)? } else { text(bytes)? };
    if rows.is_empty() { Err(TargetsMistake::Empty) } else { Ok(rows) }
}

fn fits(rows: usize, outputs: usize) -> Result<(), TargetsMistake> {
    let many = outputs > MAX_TARGETS || rows > MAX_CLASSES || rows * outputs > MAX_NUMBERS;
    if many { Err(TargetsMistake::TooMany) } else { Ok(()) }
}

/// Lines that are not blank, fields with commas between. The first is passed over if none of its fields is a number, finite or
/// not.
fn text(bytes: &[u8]) -> Rows {
    let text = std::str::from_utf8(bytes).map_err(|_| TargetsMistake::NotText)?;
    let mut rows: Vec<Vec<Rational>> = Vec::new();
    for (at, line) in text.split('\n').enumerate().filter(|(_, line)| !line.trim_matches(BLANK).is_empty()) {
        let fields: Vec<Result<Rational, ReadError>> = line.split(',').map(field).collect();
        if at == 0 && fields.iter().all(|x| *x == Err(ReadError::NotANumber)) {
            continue;
        }
        let mut row = Vec::with_capacity(fields.len());
        for (column, x) in fields.into_iter().enumerate() {
            let bad = |error| TargetsMistake::NotANumber { row: at + 1, column: column + 1, error };
            row.push(x.map_err(bad)?);
        }
        fits(rows.len() + 1, row.len())?;
        let (found, outputs) = (row.len(), rows.first().map_or(row.len(), Vec::len));
        if found != outputs {
            return Err(TargetsMistake::Uneven { row: at + 1, found, outputs });
        }
        rows.push(row);
    }
    Ok(rows)
}

const BLANK: [char; 3] = [' ', '\t', '\r'];

/// A decimal; no fraction, and no digits in groups.
fn field(text: &str) -> Result<Rational, ReadError> {
    let text = text.trim_matches(BLANK);
    if text.contains(['/', '_']) || text.chars().any(char::is_whitespace) {
        return Err(ReadError::NotANumber);
    }
    read_rational(text)
}

/// The array of a NumPy file as NumPy writes it, of 8 or 4 bytes a number, one- or two-dimensional.
fn floats(bytes: &[u8]) -> Rows {
    let odd = || TargetsMistake::NotFloats;
    let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or_else(odd)?;
    let (length, rest) = match rest {
        [1, 0, a, b, rest @ ..] => (u32::from(u16::from_le_bytes([*a, *b])), rest),
        [2 | 3, 0, a, b, c, d, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]), rest),
        _ => return Err(odd()),
    };
    let (header, data) = rest.split_at_checked(length as usize).ok_or_else(odd)?;
    let header: String = header.iter().filter(|b| !b.is_ascii_whitespace()).map(|b| *b as char).collect();
    let inner = header.strip_prefix("{'descr':'<f").and_then(|rest| rest.split_once("','fortran_order':"));
    let (size, rest) = inner.ok_or_else(odd)?;
    let (order, shape) = rest.split_once(",'shape':(").ok_or_else(odd)?;
    let shape = shape.strip_suffix(",}").and_then(|s| s.strip_suffix(')')).ok_or_else(odd)?;
    let size = match size {
        "8" => 8,
        "4" => 4,
        _ => return Err(odd()),
    };
    let by_columns = match order {
        "False" => false,
        "True" => true,
        _ => return Err(odd()),
    };
    let digits = |text: &str| !text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
    let whole = |text: &str| text.parse::<usize>().ok().filter(|_| digits(text)).ok_or_else(odd);
    let (rows, outputs) = match shape.split_once(',') {
        Some((rows, "")) => (whole(rows)?, 1),
        Some((rows, outputs)) => (whole(rows)?, whole(outputs)?),
        None => return Err(odd()),
    };
    fits(rows, outputs)?;
    if data.len() != rows * outputs * size || outputs == 0 {
        return Err(odd());
    }
    let at = |r: usize, c: usize| if by_columns { c * rows + r } else { r * outputs + c };
    let number = |r: usize, c: usize| {
        let start = at(r, c) * size;
        float(&data[start..start + size]).ok_or(TargetsMistake::NotANumber {
            row: r + 1,
            column: c + 1,
            error: ReadError::NotFinite,
        })
    };
    (0..rows).map(|r| (0..outputs).map(|c| number(r, c)).collect()).collect()
}

/// A little-endian float of 8 or 4 bytes, exactly.
fn float(bytes: &[u8]) -> Option<Rational> {
    let (digits, bias) = if bytes.len() == 8 { (52, 1075) } else { (23, 150) };
    let bits = bytes.iter().rev().fold(0u64, |n, b| n << 8 | u64::from(*b));
    let width = 8 * bytes.len() as u32 - 1;
    let (negative, body) = (bits >> width == 1, bits & ((1 << width) - 1));
    let (exponent, fraction) = ((body >> digits) as i64, body & ((1 << digits) - 1));
    if exponent == (1 << (width - digits)) - 1 {
        return None;
    }
    let (mantissa, exponent) =
        if exponent == 0 { (fraction, 1 - bias) } else { (fraction | 1 << digits, exponent - bias) };
    let mantissa = if negative { -Integer::from(mantissa) } else { Integer::from(mantissa) };
    let power = Integer::from(1) << exponent.unsigned_abs();
    Some(if exponent < 0 { Rational::new(mantissa, power) } else { Rational::from(mantissa * power) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Rational {
        read_rational(text).unwrap()
    }

    #[test]
    fn floats_are_exact() {
        for x in [0.1f64, -1.5, 3e-310, 1e300, 0.0, f64::MIN_POSITIVE, f64::MAX] {
            let found = float(&x.to_le_bytes()).unwrap();
            assert_eq!(found, num_rational::BigRational::from_float(x).unwrap(), "{x}");
        }
        for x in [0.1f32, -1.5, 1e-42, f32::MAX] {
            assert_eq!(float(&x.to_le_bytes()).unwrap(), num_rational::BigRational::from_float(x).unwrap());
        }
        assert!(float(&f64::NAN.to_le_bytes()).is_none() && float(&f32::INFINITY.to_le_bytes()).is_none());
    }

    #[test]
    fn arrays_are_read_in_both_orders() {
        let file = |order: &str, shape: &str, data: &[f64]| {
            let header = format!("{{'descr': '<f8', 'fortran_order': {order}, 'shape': {shape}, }}\n");
            let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
            bytes.extend((header.len() as u16).to_le_bytes());
            bytes.extend(header.bytes());
            data.iter().for_each(|x| bytes.extend(x.to_le_bytes()));
            rows("a.npy", &bytes)
        };
        let whole = |all: &[&[i64]]| -> Vec<Vec<Rational>> {
            all.iter().map(|r| r.iter().map(|x| read(&x.to_string())).collect()).collect()
        };
        assert_eq!(file("False", "(2, 3)", &[1., 2., 3., 4., 5., 6.]), Ok(whole(&[&[1, 2, 3], &[4, 5, 6]])));
        assert_eq!(file("True", "(2, 3)", &[1., 4., 2., 5., 3., 6.]), Ok(whole(&[&[1, 2, 3], &[4, 5, 6]])));
        assert_eq!(file("False", "(2,)", &[1., 2.]), Ok(whole(&[&[1], &[2]])));
        assert_eq!(file("False", "(2,)", &[1.]), Err(TargetsMistake::NotFloats));
        assert_eq!(file("False", "(0, 3)", &[]), Err(TargetsMistake::Empty));
    }

    #[test]
    fn tables_are_read_as_written() {
        let rows = |text: &str| rows("a.csv", text.as_bytes());
        assert_eq!(
            rows("x,y\r\n0.1, -2e+00\n\n+3,4E-1\n"),
            Ok(vec![vec![read("1/10"), read("-2")], vec![read("3"), read("2/5")]])
        );
        assert_eq!(rows("1\n2,3"), Err(TargetsMistake::Uneven { row: 2, found: 2, outputs: 1 }));
        for bad in ["1,x", "x,1", "nan,nan", "1/2", "1_0", "", "1,", "x\n\ny"] {
            assert!(rows(bad).is_err(), "{bad}");
        }
        assert!(is_name("a.csv") && is_name("data/a-1.npy"));
        assert!(
            ["a.txt", "/a.csv", "../a.csv", "a//b.csv", ".a.csv", "C:\\a.csv"].iter().all(|n| !is_name(n))
        );
    }
}
