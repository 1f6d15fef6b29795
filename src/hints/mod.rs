//! Float solvers whose answers are only candidates: whatever they say is proved by exact code or marked measured.

pub mod convex_cross_entropy;
pub mod deep_cross_entropy;
pub mod frame;
pub mod ldl;
pub mod rank_budget;
pub mod regularization;
pub mod secular;
pub mod shrinkage;
pub mod spectrum;

use crate::exact::{Dyadic, Integer, Rational, ten_to};

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
    let unit = ten_to(-i64::from(places));
    (candidate(value).to_rational() / &unit).round() * unit
}
