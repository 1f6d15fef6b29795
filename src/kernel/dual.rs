//! The dual step: a lower bound of the optimum of one layer of cross-entropy.

use super::analysis::{PLACES, Toward, fixed, ln};
use super::given::Given;
use super::matrix::{Matrix, dot};
use super::number::Number;
use super::reader::Reader;
use super::rejection::{Check, require, short};
use super::work::{SERIES, Work, product, quotient};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// A plan `X` and the witness that `λ_W λ_H N² D − (D − X)ᵀ(D − X)` is positive semidefinite.
pub struct Dual {
    plan: Matrix,
    /// One column.
    weights: Matrix,
    columns: Matrix,
}

impl Dual {
    pub fn read(reader: &mut Reader) -> Check<Self> {
        reader.step("dual")?;
        reader.next_key("plan")?;
        let plan = reader.matrix()?;
        reader.next_key("weights")?;
        let weights = Matrix::of(&[reader.column()?]);
        reader.next_key("columns")?;
        let columns = reader.matrix()?;
        reader.symbol('}')?;
        Ok(Self { plan, weights, columns })
    }

    /// Products of columns, what the witness explains, the sum of both, and logarithms.
    pub fn work(&self, given: &Given, work: &mut Work) {
        let (k, number) = (given.counts.len(), given.product.bits());
        let (x, w, c) = (self.plan.bits, self.weights.bits, self.columns.bits);
        let squares = x.saturating_add(40);
        let explained = c.saturating_mul(2).saturating_add(w);
        work.add(&[k, k, k], product(squares, squares));
        let filled = |column: &Vec<BigInt>| column.iter().filter(|x| !x.is_zero()).count();
        for column in &self.columns.columns {
            work.add(&[filled(column), filled(column)], product(c.saturating_add(w), c));
        }
        work.add(&[k, k], product(squares.saturating_mul(2), explained.saturating_add(number)));
        work.add(&[k, k], product(explained, squares.saturating_mul(2).saturating_add(number)));
        let logarithms = self.plan.columns.iter().map(filled).fold(0, usize::saturating_add);
        work.add(&[logarithms], SERIES.saturating_add(quotient(x, 1024)));
    }

    /// `Σ_k (n_k/N) entropy(X_k/n_k)`, rounded down.
    pub fn bound(&self, given: &Given) -> Check<Number> {
        let (k, number) = (given.counts.len(), self.weights.first().len());
        let shaped = self.plan.has_shape(k, k) && self.columns.has_shape(number, k);
        require!(shaped, Malformed, "plan", "another shape", format!("{k} × {k}, a weight a column"));
        self.check_plan(given)?;
        self.check_spectrum(given)?;
        let mut sum = BigInt::zero();
        for (column, n) in self.plan.columns.iter().zip(&given.counts) {
            for x in column.iter().filter(|x| !x.is_zero()) {
                // −ln(x/n) = ln(n/x), at least 0, times x.
                let quotient = Number::new(BigInt::from(*n) * &self.plan.unit, x.clone());
                sum += ln(&fixed(quotient, Toward::Down), Toward::Down) * x;
            }
        }
        Ok(Number::new(sum, (&self.plan.unit * &given.samples) << PLACES))
    }

    /// No entry is negative, columns sum to the counts, with a bias rows do too.
    fn check_plan(&self, given: &Given) -> Check<()> {
        let unit = &self.plan.unit;
        let part = |x: &BigInt| short(Number::new(x.clone(), unit.clone()));
        let mut rows = vec![BigInt::zero(); given.counts.len()];
        for (column, n) in self.plan.columns.iter().zip(&given.counts) {
            let least = column.iter().min().cloned().unwrap_or_default();
            require!(!least.is_negative(), PlanSign, "plan", part(&least), "at least 0");
            let sum: BigInt = column.iter().sum();
            let holds = sum == BigInt::from(*n) * unit;
            require!(holds, PlanSums, "plan", part(&sum), format!("a column sum of {n}"));
            rows.iter_mut().zip(column).for_each(|(sum, x)| *sum += x);
        }
        for (sum, n) in rows.iter().zip(&given.counts).filter(|_| given.bias) {
            let holds = *sum == BigInt::from(*n) * unit;
            require!(holds, PlanRows, "plan", part(sum), format!("a row sum of {n}"));
        }
        Ok(())
    }

    /// What the witness does not explain is diagonally dominant.
    fn check_spectrum(&self, given: &Given) -> Check<()> {
        let weights = self.weights.first();
        if let Some(d) = weights.iter().find(|d| d.is_negative()) {
            let found = Number::new(d.clone(), self.weights.unit.clone());
            require!(false, Spectral, "weights", short(found), "at least 0");
        }
        let (unit, plan) = (&self.plan.unit, &self.plan.columns);
        let residual = |(c, (column, n)): (usize, (&Vec<BigInt>, &u64))| -> Vec<BigInt> {
            let entry = |(j, x): (usize, &BigInt)| if j == c { BigInt::from(*n) * unit - x } else { -x };
            column.iter().enumerate().map(entry).collect()
        };
        let rest: Vec<Vec<BigInt>> = plan.iter().zip(&given.counts).enumerate().map(residual).collect();
        // All entries times unit² · (denominator of Λ) · (unit of the weights) · (unit of the columns)².
        let (top, bottom) = (&given.product.top, &given.product.bottom);
        let explaining = &self.weights.unit * &self.columns.unit * &self.columns.unit;
        let (of_squares, of_explained) = (bottom * &explaining, bottom * unit * unit);
        let own = top * &given.samples * &given.samples * unit * unit * explaining;
        let explained = weighted_squares(weights, &self.columns.columns, rest.len());
        let rows = rest.iter().zip(&explained).zip(&given.counts).enumerate();
        for (i, ((x, explained), n)) in rows {
            let (mut diagonal, mut off) = (BigInt::zero(), BigInt::zero());
            for (j, (y, explained)) in rest.iter().zip(explained).enumerate() {
                let entry = -(dot(x, y) * &of_squares) - explained * &of_explained;
                if i == j { diagonal = entry + &own * BigInt::from(*n) } else { off += entry.abs() }
            }
            let (place, holds) = (format!("row {}", i.saturating_add(1)), diagonal >= off);
            let needed = || format!("at least {}", short(&off));
            require!(holds, Spectral, &place, format!("diagonal {}", short(&diagonal)), needed());
        }
        Ok(())
    }
}

/// `Σ d c cᵀ`.
fn weighted_squares(weights: &[BigInt], columns: &[Vec<BigInt>], size: usize) -> Vec<Vec<BigInt>> {
    let mut sums = vec![vec![BigInt::zero(); size]; size];
    for (d, c) in weights.iter().zip(columns) {
        for (x, row) in c.iter().zip(sums.iter_mut()).filter(|(x, _)| !x.is_zero()) {
            let scaled = d * x;
            c.iter().zip(row).filter(|(y, _)| !y.is_zero()).for_each(|(y, sum)| *sum += &scaled * y);
        }
    }
    sums
}
