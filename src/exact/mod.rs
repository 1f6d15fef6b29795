//! Exact numbers: rationals read from text, closed enclosures, outward decimals.
//!
//! Nothing in this folder is a float. An answer is a [`Rational`], or an [`Enclosure`]: a closed interval
//! with exact end points that is proven to contain the true value.

mod decimal;
mod dyadic;
mod enclosure;
mod logarithm;
mod read;

pub use decimal::{decimal, leading_place, ten_to};
pub use dyadic::{Dyadic, Toward};
pub use enclosure::{Enclosure, exact_root};
pub use read::{MAX_DIGITS, MAX_EXPONENT, ReadError, power, read_rational};

/// An exact rational number of any size.
pub type Rational = num_rational::BigRational;
/// An integer of any size.
pub type Integer = num_bigint::BigInt;
