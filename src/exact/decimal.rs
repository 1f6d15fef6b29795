//! Outward decimals: what is printed of an enclosure.

use super::{Enclosure, Integer, Rational, read_rational};
use num_integer::Integer as _;
use num_traits::{One, Signed, Zero};

/// Decimals of magnitude outside `10^-6 … 10^21` are written with an exponent.
const PLAIN: std::ops::RangeInclusive<i64> = -6..=20;

/// A decimal of at most this many digits is preferred to a fraction.
const SHORT_DIGITS: usize = 12;

/// Writes a value with at most `digits` significant digits, all proven.
///
/// - The decimal is within one unit of its last digit of both ends of the enclosure.
/// - An exact value whose decimal ends within `digits` is written without trailing zeros, and is then exact.
/// - Fewer digits are written where the enclosure proves fewer; an enclosure about zero becomes `0`.
pub fn decimal(value: &Enclosure, digits: usize) -> String {
    let (lower, upper) = (value.lower(), value.upper());
    let middle = value.middle();
    if middle.is_zero() {
        return "0".to_owned();
    }
    let leading = leading_place(&middle);
    for count in (1..=digits.max(1)).rev() {
        let last = leading - (count as i64 - 1);
        let unit = ten_to(last);
        let scaled = (&middle / &unit).round().to_integer();
        let printed = Rational::from(scaled.clone()) * &unit;
        if &printed - &lower <= unit && &upper - &printed <= unit {
            let ends = printed == lower && printed == upper;
            return written(&scaled, last, ends);
        }
    }
    "0".to_owned()
}

/// A short text that names a rational exactly: a decimal where one of at most 12 digits does, a fraction otherwise.
pub fn exact_text(value: &Rational) -> String {
    exact_text_of(value, SHORT_DIGITS)
}

/// The same, for decimals of at most `digits` digits.
pub fn exact_text_of(value: &Rational, digits: usize) -> String {
    let short = decimal(&value.clone().into(), digits);
    match read_rational(&short) {
        Ok(same) if same == *value => short,
        _ => value.to_string(),
    }
}

/// The exponent of the leading decimal digit of a non-zero number.
pub fn leading_place(value: &Rational) -> i64 {
    let magnitude = value.abs();
    // log10(2) lies between 30102/100000 and 30103/100000, so this is at most two below.
    let bits = magnitude.numer().bits() as i64 - magnitude.denom().bits() as i64;
    let mut place = (bits * 30_103).div_euclid(100_000) - 2;
    while ten_to(place + 1) <= magnitude {
        place += 1;
    }
    place
}

/// `10^place`.
pub fn ten_to(place: i64) -> Rational {
    let power = num_traits::Pow::pow(&Integer::from(10), place.unsigned_abs());
    if place >= 0 { Rational::from(power) } else { Rational::new_raw(Integer::one(), power) }
}

/// `scaled · 10^last` as text; `trim` drops zeros after the point.
fn written(scaled: &Integer, last: i64, trim: bool) -> String {
    let (mut digits, mut last) = (scaled.abs(), last);
    if trim {
        while !digits.is_zero() && digits.is_multiple_of(&Integer::from(10)) {
            digits /= 10;
            last += 1;
        }
    }
    let text = digits.to_string();
    let sign = if scaled.is_negative() { "-" } else { "" };
    let leading = last + text.len() as i64 - 1;
    if !PLAIN.contains(&leading) {
        let (first, rest) = text.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{first}{point}{rest}e{leading}");
    }
    if last >= 0 {
        return format!("{sign}{text}{}", "0".repeat(last.unsigned_abs() as usize));
    }
    let places = last.unsigned_abs() as usize;
    let padded = format!("{text:0>width$}", width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - places);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(p: i64, q: i64) -> Enclosure {
        Rational::new(p.into(), q.into()).into()
    }

    #[test]
    fn exact_decimals_end_where_they_end() {
        for (value, text) in [
            (exact(49, 50), "0.98"),
            (exact(-1, 2000), "-0.0005"),
            (exact(2, 3), "0.66667"),
            (exact(1_500_000, 1), "1500000"),
            (exact(1, 100_000_000), "1e-8"),
            (exact(0, 1), "0"),
            (exact(999_999, 1_000_000), "1.00000"),
        ] {
            assert_eq!(decimal(&value, 5), text);
        }
    }

    #[test]
    fn an_enclosure_prints_only_what_it_proves() {
        let third = Rational::new(1.into(), 3.into());
        let loose = Enclosure::hull(&third, &(&third + ten_to(-4)), 64);
        assert_eq!(decimal(&loose, 17), "0.3334");
        let about_zero = Enclosure::hull(&-ten_to(-9), &ten_to(-9), 64);
        assert_eq!(decimal(&about_zero, 17), "0");
    }
}
