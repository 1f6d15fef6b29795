//! Floats as exact numbers, and exact numbers of any size as logarithms.

use crate::exact::{Dyadic, Integer, Rational, to_places};
use num_traits::{One, ToPrimitive};
use std::f64::consts::LN_2;

/// Binary exponents at most; the reader of numbers allows less.
const MOST: f64 = 1e6;

/// The value of a finite float, exactly; zero for what is not finite (a useless candidate, which the prover
/// then replaces).
pub fn candidate(value: f64) -> Dyadic {
    if !value.is_finite() || value == 0.0 {
        return Dyadic::new(Integer::from(0), 0);
    }
    let (fraction, exponent) = libm::frexp(value);
    Dyadic::new(Integer::from((fraction * 2f64.powi(53)) as i64), i64::from(exponent) - 53)
}

/// A float rounded to decimal places, exactly as the decimal; zero for what is not finite.
pub fn rounded(value: f64, places: u32) -> Rational {
    to_places(&candidate(value).to_rational(), u64::from(places))
}

/// The natural logarithm of a positive rational of any size.
pub fn log_of(q: &Rational) -> f64 {
    let part = |n: &Integer| {
        let shift = n.bits().saturating_sub(64);
        (n >> shift).to_f64().unwrap_or(1.0).ln() + shift as f64 * LN_2
    };
    let (shift, quotient) = (q.numer().bits() as i64 - q.denom().bits() as i64, q.to_f64());
    // Near 1 the difference of two logarithms would lose digits.
    match quotient {
        Some(x) if shift.abs() < 900 && x > 0.0 && x.is_finite() => x.ln(),
        _ => part(q.numer()) - part(q.denom()),
    }
}

/// `e^log`, exactly the float it is.
pub fn exponential(log: f64) -> Rational {
    let binary = (log / LN_2).clamp(-MOST, MOST);
    let whole = binary.floor();
    let scale = Dyadic::new(Integer::one(), whole as i64);
    // What the clamp or the division lost does not matter to a candidate.
    candidate((log - whole * LN_2).exp()).times(&scale).to_rational()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_of_any_size() {
        for text in ["1", "5e-4", "2", "1e-350", "7e390", "1/3"] {
            let q = crate::exact::read_rational(text).unwrap();
            let back = exponential(log_of(&q));
            let ratio = (back / q).to_f64().unwrap();
            assert!((ratio - 1.0).abs() < 1e-12, "{text} {ratio}");
        }
    }
}
