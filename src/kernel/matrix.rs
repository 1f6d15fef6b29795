//! Matrices by columns: rationals as written, and the same in integers over a common denominator.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::One;

/// Columns of rationals.
pub type Columns = Vec<Vec<BigRational>>;

/// Rationals over their common denominator.
pub fn integers(columns: &[Vec<BigRational>]) -> (Vec<Vec<BigInt>>, BigInt) {
    let common = columns.iter().flatten().fold(BigInt::one(), |l, x| l.lcm(x.denom()));
    let whole = |x: &BigRational| x.numer() * (&common / x.denom());
    (columns.iter().map(|c| c.iter().map(whole).collect()).collect(), common)
}

pub fn dot(x: &[BigInt], y: &[BigInt]) -> BigInt {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

pub fn transposed<T: Clone>(columns: &[Vec<T>]) -> Vec<Vec<T>> {
    let length = columns.first().map_or(0, Vec::len);
    (0..length).map(|i| columns.iter().filter_map(|c| c.get(i).cloned()).collect()).collect()
}

/// Whether there are so many columns of so many entries.
pub fn has_shape(columns: &Columns, number: usize, length: usize) -> bool {
    columns.len() == number && columns.iter().all(|c| c.len() == length)
}

pub fn count(n: u64) -> BigRational {
    BigRational::from(BigInt::from(n))
}
