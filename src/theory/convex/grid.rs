//! Matrices of decimals: integers on a common power of ten.

use crate::exact::{Integer, Rational, ten_to};
use num_traits::Zero;

/// A matrix by columns; the entries are `columns[k][j] · 10^-places`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    /// Columns.
    pub columns: Vec<Vec<Integer>>,
    /// Decimal places.
    pub places: u32,
}

impl Grid {
    /// Rationals rounded to decimal places.
    pub fn rounded(columns: &[Vec<Rational>], places: u32) -> Self {
        let unit = ten_to(i64::from(places));
        let round = |x: &Rational| (x * &unit).round().to_integer();
        Self { columns: columns.iter().map(|c| c.iter().map(round).collect()).collect(), places }
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// An entry's value.
    pub fn value(&self, x: &Integer) -> Rational {
        Rational::from(x.clone()) * ten_to(-i64::from(self.places))
    }

    /// `self · other`.
    pub fn times(&self, other: &Self) -> Self {
        let column = |c: &Vec<Integer>| {
            let mut sum = vec![Integer::zero(); self.height()];
            for (weight, mine) in c.iter().zip(&self.columns).filter(|(w, _)| !w.is_zero()) {
                sum.iter_mut().zip(mine).for_each(|(s, x)| *s += weight * x);
            }
            sum
        };
        Self { columns: other.columns.iter().map(column).collect(), places: self.places + other.places }
    }

    /// Squared norms of the columns.
    pub fn squares(&self) -> Vec<Rational> {
        let unit = ten_to(-2 * i64::from(self.places));
        self.columns
            .iter()
            .map(|c| Rational::from(c.iter().map(|x| x * x).sum::<Integer>()) * &unit)
            .collect()
    }
}
