//! Outward decimals: what is printed of an enclosure.

use super::{Enclosure, Integer, Rational, read_rational};
use num_bigint::BigUint;
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
    // Everything over one denominator, so that no greatest common divisor is taken. The middle is `sum/(2·unit)`.
    let (lower, upper, denominator) = value.over_one();
    let (sum, double): (Integer, Integer) = (&lower + &upper, &denominator << 1);
    if sum.is_zero() {
        return "0".to_owned();
    }
    let leading = leading_place_of(sum.magnitude(), double.magnitude());
    for count in (1..=digits.max(1)).rev() {
        let last = leading - (count as i64 - 1);
        // In units of the last digit, numbers are `· factor/below`.
        let power = power_of_ten(last.unsigned_abs());
        let (factor, below) =
            if last < 0 { (power, double.clone()) } else { (Integer::one(), &double * power) };
        // Halves are rounded away from zero.
        let scaled = nearest(&(&sum * &factor), &below);
        let printed: Integer = &scaled * &below;
        let end = |x: &Integer| -> Integer { (x << 1) * &factor };
        let (low, high) = (end(&lower), end(&upper));
        if &printed - &low <= below && &high - &printed <= below {
            let ends = printed == low && printed == high;
            return written(&scaled, last, ends);
        }
    }
    "0".to_owned()
}

/// `n/10^places` as a fraction in lowest terms: `p/q`, or `p`.
pub fn fraction_text(n: &Integer, places: u64) -> String {
    over_ten_to(n, places).to_string()
}

/// `n/10^places`. Only twos and fives can cancel, so no greatest common divisor is taken.
pub fn over_ten_to(n: &Integer, places: u64) -> Rational {
    let Some(even) = n.trailing_zeros() else { return Rational::zero() };
    let twos = even.min(places);
    let (mut top, mut fives) = (n >> twos, places);
    while fives > 0 && top.is_multiple_of(&Integer::from(5)) {
        top /= 5;
        fives -= 1;
    }
    Rational::new_raw(top, power(5, fives) << (places - twos))
}

/// The integer nearest to `p/q`, halves away from zero; `q` is positive.
pub fn nearest(p: &Integer, q: &Integer) -> Integer {
    let size = ((p.magnitude() << 1) + q.magnitude()) / (q.magnitude() << 1);
    Integer::from_biguint(p.sign(), size)
}

/// The integer nearest to `x·unit`, halves away from zero.
pub fn in_units(x: &Rational, unit: &Integer) -> Integer {
    nearest(&(x.numer() * unit), x.denom())
}

/// A rational rounded to decimal places, halves away from zero.
pub fn to_places(x: &Rational, places: u64) -> Rational {
    over_ten_to(&in_units(x, &power_of_ten(places)), places)
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
    leading_place_of(value.numer().magnitude(), value.denom().magnitude())
}

/// The same for a quotient of positive integers.
fn leading_place_of(top: &BigUint, bottom: &BigUint) -> i64 {
    // log10(2) lies between 30102/100000 and 30103/100000, so this is at most two below.
    let bits = top.bits() as i64 - bottom.bits() as i64;
    let mut place = (bits * 30_103).div_euclid(100_000) - 2;
    let reaches = |place: i64| {
        let power = power_of_ten(place.unsigned_abs());
        if place >= 0 { power.magnitude() * bottom <= *top } else { *bottom <= power.magnitude() * top }
    };
    while reaches(place + 1) {
        place += 1;
    }
    place
}

/// `10^place`.
pub fn ten_to(place: i64) -> Rational {
    let power = power_of_ten(place.unsigned_abs());
    if place >= 0 { Rational::from(power) } else { Rational::new_raw(Integer::one(), power) }
}

/// `10^place`.
pub fn power_of_ten(place: u64) -> Integer {
    power(10, place)
}

fn power(base: u64, exponent: u64) -> Integer {
    match u32::try_from(exponent).ok().and_then(|exponent| base.checked_pow(exponent)) {
        Some(power) => power.into(),
        None => num_traits::Pow::pow(&Integer::from(base), exponent),
    }
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
    fn decimals_are_in_lowest_terms_without_a_greatest_common_divisor() {
        for n in [-1_000, -625, -16, -1, 0, 1, 7, 10, 64, 15_625, 1_000_000] {
            for places in [0, 1, 3, 6, 9] {
                let plain = Rational::new(n.into(), power_of_ten(places));
                let ours = over_ten_to(&n.into(), places);
                assert_eq!((ours.numer(), ours.denom()), (plain.numer(), plain.denom()), "{n} {places}");
                let (half, seven) = (Integer::from(2), Integer::from(7));
                assert_eq!(nearest(&n.into(), &half), Rational::new(n.into(), half).round().to_integer());
                assert_eq!(nearest(&n.into(), &seven), Rational::new(n.into(), seven).round().to_integer());
            }
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
