//! Numbers as they are printed: proven decimals with outward bounds.

use crate::exact::{Enclosure, decimal, fraction_text, power_of_ten};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A proven number: every digit of `value` is proven, and the true value lies in the closed interval from
/// `lower` to `upper`, which are equal when it is exact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "NUM")]
pub struct Number {
    /// Decimal, within one unit of its last digit of both bounds.
    pub value: String,
    /// Rational lower bound, `p/q` or `p`.
    pub lower: String,
    /// Rational upper bound, `p/q` or `p`.
    pub upper: String,
}

/// Bounds are printed with this many significant digits more than the value…
const EXTRA_DIGITS: i64 = 6;
/// …and at least this many decimal places, so that they are no wider than `10^-20`.
const BOUND_PLACES: i64 = 22;

impl Number {
    /// The printed form with `digits` significant digits.
    pub fn of(x: &Enclosure, digits: usize) -> Self {
        let value = decimal(x, digits);
        if let Some(exact) = x.exact() {
            return Self { value, lower: exact.to_string(), upper: exact.to_string() };
        }
        // Decimal digits left of the point (negative for small numbers), from the number of bits.
        let magnitude = x.magnitude().map_or(0, |bits| (bits - 1) * 30_103 / 100_000);
        let places = (digits as i64 + EXTRA_DIGITS - magnitude).max(BOUND_PLACES).unsigned_abs();
        let (lower, upper) = x.whole_ends(&power_of_ten(places));
        Self { value, lower: fraction_text(&lower, places), upper: fraction_text(&upper, places) }
    }
}

/// `1 case`, `2 cases`, `3 classes`.
pub fn counted(number: u64, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}{}", if noun.ends_with('s') { "es" } else { "s" }),
    }
}
