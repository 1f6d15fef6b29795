//! A file of targets beside the case: a sample a row, as `docs/certificate.md`, section 3, has it.

use super::number::{CASE, Number};
use num_bigint::BigInt;

const MAX_BYTES: usize = 16 << 20;
/// Numbers of a row, rows, and numbers at most.
const MOST: [usize; 3] = [64, 100_000, 1_000_000];
const BLANK: [char; 3] = [' ', '\t', '\r'];

type Rows = Vec<Vec<Number>>;

/// Whether a text names a file that is read.
pub fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(plain);
    name.len() <= 200 && name.split('/').all(part) && (name.ends_with(".csv") || name.ends_with(".npy"))
}

/// The rows of a file; none if it is not read.
pub fn rows(name: &str, bytes: &[u8]) -> Option<Rows> {
    if bytes.len() > MAX_BYTES {
        return None;
    }
    let rows = if name.ends_with(".npy") { floats(bytes)? } else { text(std::str::from_utf8(bytes).ok()?)? };
    let outputs = rows.first()?.len();
    let even = outputs > 0 && rows.iter().all(|row| row.len() == outputs);
    if even && fits(rows.len(), outputs) { Some(rows) } else { None }
}

fn fits(rows: usize, outputs: usize) -> bool {
    let [most_outputs, most_rows, most] = MOST;
    outputs <= most_outputs && rows <= most_rows && rows.saturating_mul(outputs) <= most
}

/// Lines that are not blank; the first may have words alone.
fn text(text: &str) -> Option<Rows> {
    let mut rows = Vec::new();
    for (at, line) in text.split('\n').enumerate() {
        if line.trim_matches(BLANK).is_empty() {
            continue;
        }
        let fields = || line.split(',').map(|field| field.trim_matches(BLANK));
        if at == 0 && fields().all(is_word) {
            continue;
        }
        rows.push(fields().map(number).collect::<Option<Vec<_>>>()?);
    }
    Some(rows)
}

fn unsigned(field: &str) -> &str {
    field.strip_prefix(['-', '+']).unwrap_or(field)
}

/// Neither a number nor what is called infinite or none; a number with a large exponent is no word.
fn is_word(field: &str) -> bool {
    let body = unsigned(field);
    let infinite = body.eq_ignore_ascii_case("nan") || body.eq_ignore_ascii_case("inf");
    !infinite && decimal(field).is_none()
}

/// The number's text as cases have it, if it has the form of one: one sign, digits, a point with digits, an exponent.
fn decimal(field: &str) -> Option<String> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = unsigned(field).split_once(['e', 'E']).unwrap_or((unsigned(field), "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let sign = if field.starts_with('-') { "-" } else { "" };
    let down = if exponent.starts_with('-') { "-" } else { "" };
    let good = digits(whole) && digits(part) && digits(unsigned(exponent));
    good.then(|| format!("{sign}{mantissa}e{down}{}", unsigned(exponent)))
}

fn number(field: &str) -> Option<Number> {
    Number::read(&decimal(field)?, CASE)
}

/// A NumPy array of floats of 8 or 4 bytes, one- or two-dimensional.
fn floats(bytes: &[u8]) -> Option<Rows> {
    let rest = bytes.strip_prefix(b"\x93NUMPY")?;
    let (length, rest) = match rest {
        [1, 0, a, b, rest @ ..] => (u32::from(u16::from_le_bytes([*a, *b])), rest),
        [2 | 3, 0, a, b, c, d, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]), rest),
        _ => return None,
    };
    let (header, data) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    let header: String = header.iter().filter(|b| !b.is_ascii_whitespace()).map(|b| char::from(*b)).collect();
    let (size, rest) = header.strip_prefix("{'descr':'<f")?.split_once("','fortran_order':")?;
    let (order, shape) = rest.split_once(",'shape':(")?;
    let shape = shape.strip_suffix("),}")?;
    let whole = |text: &str| {
        let digits = (1..=9).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if digits { text.parse::<usize>().ok() } else { None }
    };
    let (rows, outputs) = match shape.split_once(',')? {
        (rows, "") => (whole(rows)?, 1),
        (rows, outputs) => (whole(rows)?, whole(outputs)?),
    };
    let size: usize = match size {
        "8" => 8,
        "4" => 4,
        _ => return None,
    };
    let numbers = rows.saturating_mul(outputs);
    if !fits(rows, outputs) || data.len() != numbers.saturating_mul(size) {
        return None;
    }
    let all = data.chunks_exact(size).map(float).collect::<Option<Vec<_>>>()?;
    let by_row = |r: usize| -> Vec<Number> { all.iter().skip(r).step_by(rows.max(1)).cloned().collect() };
    match order {
        "False" => Some(all.chunks(outputs.max(1)).map(<[Number]>::to_vec).collect()),
        "True" => Some((0..rows).map(by_row).collect()),
        _ => None,
    }
}

/// A little-endian float: sign, exponent, fraction.
fn float(bytes: &[u8]) -> Option<Number> {
    let (digits, bias) = if bytes.len() == 8 { (52u32, 1075i64) } else { (23, 150) };
    let bits = bytes.iter().rev().fold(0u64, |n, b| (n << 8) | u64::from(*b));
    let width = u32::try_from(bytes.len()).ok()?.saturating_mul(8).saturating_sub(1);
    let negative = (bits >> width) == 1;
    let exponent = (bits >> digits) & ((1u64 << width.saturating_sub(digits)).saturating_sub(1));
    let fraction = bits & ((1u64 << digits).saturating_sub(1));
    if exponent == (1u64 << width.saturating_sub(digits)).saturating_sub(1) {
        return None;
    }
    let (mantissa, exponent) = match exponent {
        0 => (fraction, 1),
        normal => (fraction | (1u64 << digits), i64::try_from(normal).ok()?),
    };
    let mantissa = if negative { -BigInt::from(mantissa) } else { BigInt::from(mantissa) };
    let shift = exponent.saturating_sub(bias);
    let power = BigInt::from(1) << shift.unsigned_abs();
    let value = if shift < 0 { (mantissa, power) } else { (mantissa * power, BigInt::from(1)) };
    Some(Number::reduced(value.0, value.1))
}
