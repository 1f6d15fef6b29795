//! Matrices by columns, in integers over a common denominator.

use super::number::Number;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};

/// Bits of a common denominator at most; what is finer costs more than any budget (`bits` says so).
const FINEST: u64 = 1 << 15;

/// Columns of integers, each over `unit`.
pub struct Matrix {
    pub columns: Vec<Vec<BigInt>>,
    pub unit: BigInt,
    /// Of the largest integer, the unit included; the largest number there is, and no columns, if it is too fine.
    pub bits: u64,
}

impl Matrix {
    pub fn of(columns: &[Vec<Number>]) -> Self {
        let mut unit = BigInt::one();
        for x in columns.iter().flatten() {
            // The rest first: it is as short as the denominator.
            let rest = &unit % &x.bottom;
            if !rest.is_zero() {
                unit *= &x.bottom / rest.gcd(&x.bottom);
            }
            if unit.bits() > FINEST {
                return Self { columns: Vec::new(), unit, bits: u64::MAX };
            }
        }
        let whole = |x: &Number| &x.top * (&unit / &x.bottom);
        let columns = columns.iter().map(|c| c.iter().map(whole).collect()).collect();
        Self::over(columns, unit)
    }

    pub fn over(columns: Vec<Vec<BigInt>>, unit: BigInt) -> Self {
        let longest = columns.iter().flatten().map(BigInt::bits).max();
        let bits = longest.unwrap_or(0).max(unit.bits());
        Self { columns, unit, bits }
    }

    /// Whether there are so many columns of so many entries.
    pub fn has_shape(&self, number: usize, length: usize) -> bool {
        self.columns.len() == number && self.columns.iter().all(|c| c.len() == length)
    }

    /// The first column.
    pub fn first(&self) -> &[BigInt] {
        self.columns.first().map_or(&[], Vec::as_slice)
    }
}

pub fn dot(x: &[BigInt], y: &[BigInt]) -> BigInt {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

pub fn transposed(columns: &[Vec<BigInt>]) -> Vec<Vec<BigInt>> {
    let length = columns.first().map_or(0, Vec::len);
    (0..length).map(|i| columns.iter().filter_map(|c| c.get(i).cloned()).collect()).collect()
}
