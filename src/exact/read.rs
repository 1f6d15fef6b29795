//! Rationals read from text, as written: `5e-4` is exactly 1/2000.

use super::{Integer, Rational};
use num_traits::{One, Zero};
use std::fmt;
use std::ops::RangeInclusive;

/// Largest absolute decimal exponent that is read; beyond it a number is refused, not rounded.
pub const MAX_EXPONENT: i64 = 400;
/// Largest number of digits in one number.
pub const MAX_DIGITS: usize = 1_000;

/// Why a text is not a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// The text is empty or has a character a number cannot have.
    NotANumber,
    /// `nan` or `inf`, with or without a sign.
    NotFinite,
    /// The denominator of a fraction is zero.
    ZeroDenominator,
    /// The number's decimal exponent is beyond ±400.
    ExponentTooLarge,
    /// The number has more than 1,000 digits.
    TooManyDigits,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber => write!(f, "not a number"),
            Self::NotFinite => write!(f, "not a finite number"),
            Self::ZeroDenominator => write!(f, "a fraction with denominator 0"),
            Self::ExponentTooLarge => write!(f, "a number with an exponent beyond ±{MAX_EXPONENT}"),
            Self::TooManyDigits => write!(f, "a number of more than {MAX_DIGITS} digits"),
        }
    }
}

impl std::error::Error for ReadError {}

/// Reads a range of whole numbers, `3` or `1..3`, with both of its ends; `None` where it is none or empty.
pub fn read_range(text: &str) -> Option<RangeInclusive<u64>> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some(first..=last)
}

/// Reads a decimal (`12`, `-0.5`, `5e-4`, `1_000`) or a fraction of two integers (`1/3`), exactly.
///
/// - The value is the number the text names, never a rounded one.
/// - Work is bounded: at most 1,000 digits, and a decimal exponent of at most ±400.
pub fn read_rational(text: &str) -> Result<Rational, ReadError> {
    let text = text.trim();
    match text.split_once('/') {
        Some((numerator, denominator)) => {
            let (p, q) = (integer(numerator.trim())?, integer(denominator.trim())?);
            if q.is_zero() { Err(ReadError::ZeroDenominator) } else { Ok(Rational::new(p, q)) }
        }
        None => decimal(text),
    }
}

fn integer(text: &str) -> Result<Integer, ReadError> {
    let (negative, digits) = sign(text);
    let value = magnitude(digits)?;
    Ok(if negative { -value } else { value })
}

fn sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

/// Digits with single underscores between them, as TOML writes them.
fn magnitude(text: &str) -> Result<Integer, ReadError> {
    let grouped = text.split('_').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    if !grouped {
        return Err(ReadError::NotANumber);
    }
    let digits: Vec<u8> = text.bytes().filter(|b| *b != b'_').collect();
    if digits.len() > MAX_DIGITS {
        return Err(ReadError::TooManyDigits);
    }
    Integer::parse_bytes(&digits, 10).ok_or(ReadError::NotANumber)
}

fn decimal(text: &str) -> Result<Rational, ReadError> {
    let (negative, body) = sign(text);
    if body.eq_ignore_ascii_case("nan") || body.eq_ignore_ascii_case("inf") {
        return Err(ReadError::NotFinite);
    }
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], exponent(&body[at + 1..])?),
        None => (body, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let places = fraction.map_or(0, |f| f.bytes().filter(|b| *b != b'_').count());
    if whole.len() + places > MAX_DIGITS {
        return Err(ReadError::TooManyDigits);
    }
    let ten = Integer::from(10);
    let mut value = magnitude(whole)?;
    if let Some(fraction) = fraction {
        value = value * ten.pow(places as u32) + magnitude(fraction)?;
    }
    if negative {
        value = -value;
    }
    let shift = exponent - places as i64;
    let power = ten.pow(shift.unsigned_abs() as u32);
    Ok(if shift >= 0 { Rational::from(value * power) } else { Rational::new(value, power) })
}

fn exponent(text: &str) -> Result<i64, ReadError> {
    let (negative, digits) = sign(text);
    let value = magnitude(digits)?;
    if value > Integer::from(MAX_EXPONENT) {
        return Err(ReadError::ExponentTooLarge);
    }
    let size = value.iter_u64_digits().next().unwrap_or(0) as i64;
    Ok(if negative { -size } else { size })
}

/// `base` to a small non-negative power.
pub fn power(base: &Rational, exponent: u32) -> Rational {
    if exponent == 0 { Rational::one() } else { num_traits::Pow::pow(base, exponent) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(p: i64, q: i64) -> Rational {
        Rational::new(p.into(), q.into())
    }

    #[test]
    fn numbers_are_read_as_written() {
        for (text, value) in [
            ("5e-4", ratio(1, 2000)),
            ("0.1", ratio(1, 10)),
            ("-2.50", ratio(-5, 2)),
            ("1_000", ratio(1000, 1)),
            ("1/3", ratio(1, 3)),
            ("+3E2", ratio(300, 1)),
            (" -4 / 6 ", ratio(-2, 3)),
        ] {
            assert_eq!(read_rational(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_reason() {
        for (text, error) in [
            ("", ReadError::NotANumber),
            ("1.", ReadError::NotANumber),
            (".5", ReadError::NotANumber),
            ("1__0", ReadError::NotANumber),
            ("0x10", ReadError::NotANumber),
            ("inf", ReadError::NotFinite),
            ("-nan", ReadError::NotFinite),
            ("1/0", ReadError::ZeroDenominator),
            ("1e401", ReadError::ExponentTooLarge),
            ("1e99999999999999999999", ReadError::ExponentTooLarge),
        ] {
            assert_eq!(read_rational(text), Err(error), "{text}");
        }
        assert_eq!(read_rational(&"1".repeat(2000)), Err(ReadError::TooManyDigits));
    }
}
