//! Exact numbers: rationals read from text, closed enclosures, outward decimals.
//!
//! Nothing in this folder is a float. An answer is a [`Rational`], or a closed interval with exact
//! end points that is proven to contain the true value.

mod read;

pub use read::{ReadError, read_rational};

/// An exact rational number of any size.
pub type Rational = num_rational::BigRational;
/// An integer of any size.
pub type Integer = num_bigint::BigInt;
