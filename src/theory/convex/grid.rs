//! Matrices of decimals: integers on a common power of ten.

use crate::exact::{Integer, Rational, in_units, nearest, over_ten_to, power_of_ten};
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
        let power = power_of_ten(u64::from(places));
        let round = |c: &Vec<Rational>| c.iter().map(|x| in_units(x, &power)).collect();
        Self { columns: columns.iter().map(round).collect(), places }
    }

    /// A matrix of products of two rationals each, rounded to decimal places: nothing is reduced on the way.
    pub fn products<'a>(
        columns: usize,
        height: usize,
        places: u32,
        factors: impl Fn(usize, usize) -> [&'a Rational; 2],
    ) -> Self {
        let power = power_of_ten(u64::from(places));
        let entry = |k: usize, j: usize| {
            let [a, b] = factors(k, j);
            nearest(&(a.numer() * b.numer() * &power), &(a.denom() * b.denom()))
        };
        let column = |k: usize| (0..height).map(|j| entry(k, j)).collect();
        Self { columns: (0..columns).map(column).collect(), places }
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// An entry's value.
    pub fn value(&self, x: &Integer) -> Rational {
        over_ten_to(x, u64::from(self.places))
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
        let square = |c: &Vec<Integer>| c.iter().map(|x| x * x).sum::<Integer>();
        let value = |c| over_ten_to(&square(c), 2 * u64::from(self.places));
        self.columns.iter().map(value).collect()
    }
}
