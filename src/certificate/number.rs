//! Numbers as certificates print them.

use crate::exact::{Integer, Rational, ten_to};
use num_traits::{Signed, Zero};
use std::fmt;

/// Two ends, each exactly the number that is printed.
#[derive(Debug, Clone)]
pub struct Pair {
    pub low: Rational,
    pub high: Rational,
}

impl Pair {
    pub fn exact(value: Rational) -> Self {
        Self { low: value.clone(), high: value }
    }

    /// Decimals just inside different ends.
    pub fn inside(low: &Rational, high: &Rational) -> Self {
        let unit = ten_to(-places_finer_than(&(high - low)));
        Self { low: (low / &unit).ceil() * &unit, high: (high / &unit).floor() * unit }
    }

    /// The ends if they are equal; else decimals just outside them, finer than their distance.
    pub fn around(low: Rational, high: Rational) -> Self {
        if low == high {
            return Self::exact(low);
        }
        let unit = ten_to(-places_finer_than(&(&high - &low)));
        Self { low: (low / &unit).floor() * &unit, high: (high / &unit).ceil() * unit }
    }
}

/// Items in brackets.
pub fn list<T>(items: &[T], one: impl Fn(&T) -> String) -> String {
    format!("[{}]", items.iter().map(one).collect::<Vec<_>>().join(", "))
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[\"{}\", \"{}\"]", text(&self.low), text(&self.high))
    }
}

/// Decimal places that resolve a positive width about tenfold.
fn places_finer_than(width: &Rational) -> i64 {
    let bits = width.denom().bits() as i64 - width.numer().bits() as i64 + 1;
    // 30103/100000 is a little more than the logarithm of 2 to base 10.
    (bits * 30_103).div_euclid(100_000) + 2
}

/// Leading zeros that are written out; beyond them an exponent is shorter.
const ZEROS: usize = 12;

/// A number as text: a decimal if it is one, else a fraction.
pub fn text(value: &Rational) -> String {
    let Some(places) = decimal_places(value) else { return value.to_string() };
    let mantissa = (value * ten_to(places as i64)).to_integer();
    let (sign, digits) = (if mantissa.is_negative() { "-" } else { "" }, mantissa.abs().to_string());
    if places == 0 {
        format!("{sign}{digits}")
    } else if digits.len() > places {
        let (whole, part) = digits.split_at(digits.len() - places);
        format!("{sign}{whole}.{part}")
    } else if places - digits.len() <= ZEROS {
        format!("{sign}0.{digits:0>places$}")
    } else {
        format!("{sign}{digits}e-{places}")
    }
}

/// Decimal places of a number whose denominator divides a power of ten.
fn decimal_places(value: &Rational) -> Option<usize> {
    let count = |factor: u8, mut rest: Integer| {
        let factor = Integer::from(factor);
        let mut times = 0;
        while (&rest % &factor).is_zero() {
            rest /= &factor;
            times += 1;
        }
        (times, rest)
    };
    let (twos, rest) = count(2, value.denom().clone());
    let (fives, rest) = count(5, rest);
    (rest == Integer::from(1)).then_some(twos.max(fives))
}

/// A short decimal that is at least `low` and at most `high`, near a proposed one.
pub fn shortest_between(low: &Rational, high: Option<&Rational>, proposed: Option<Rational>) -> String {
    let proposed = proposed.filter(|p| p >= low && high.is_none_or(|high| p <= high));
    let near = proposed.as_ref().unwrap_or(low);
    for places in 0.. {
        let unit = ten_to(-places);
        for rounded in [(near / &unit).floor() * &unit, (near / &unit).ceil() * &unit] {
            if rounded >= *low && high.is_none_or(|high| rounded <= *high) {
                return text(&rounded);
            }
        }
        if low.denom().bits() + 8 < places.unsigned_abs() {
            break;
        }
    }
    text(low)
}
