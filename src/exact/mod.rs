//! Exact numbers: rationals read from text, closed enclosures, outward decimals.
//!
//! Nothing in this folder is a float. An answer is a [`Rational`], or an [`Enclosure`]: a closed interval
//! with exact end points that is proven to contain the true value.

mod decimal;
mod dyadic;
mod enclosure;
mod logarithm;
mod null_space;
mod product_sum;
mod quotient_sum;
mod read;
mod root;
mod semidefinite;

pub use decimal::{
    decimal, exact_text, exact_text_of, fraction_text, in_units, leading_place, nearest, over_ten_to,
    power_of_ten, ten_to, to_places,
};
pub use dyadic::{Dyadic, Toward};
pub use enclosure::Enclosure;
pub use null_space::{has_nullity, null_space};
pub use product_sum::{ProductSum, words};
pub use quotient_sum::QuotientSum;
pub use read::{ReadError, power, read_range, read_rational};
pub use root::{exact_root, root};
pub use semidefinite::{is_semidefinite, over_one};

/// An exact rational number of any size.
pub type Rational = num_rational::BigRational;
/// An integer of any size.
pub type Integer = num_bigint::BigInt;

/// Significant digits of a prediction where nobody asks for others: what a float can hold.
pub const DIGITS: usize = 17;

/// A whole number as a rational.
pub fn whole(n: impl Into<Integer>) -> Rational {
    Rational::from(n.into())
}

/// Bits that carry so many decimal digits, and some to spare. 10 binary places cover 3 decimal ones.
pub fn bits_for(digits: usize, spare: usize) -> u32 {
    u32::try_from(digits * 10 / 3 + spare).unwrap_or(u32::MAX)
}

/// Bits to spare where numbers are computed from others.
pub const SPARE_BITS: usize = 64;
