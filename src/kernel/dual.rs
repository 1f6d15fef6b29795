//! The dual step: a lower bound of the optimum of one layer of cross-entropy.

use super::analysis::{Toward, fixed, ln, rational};
use super::given::Given;
use super::matrix::{Columns, count, dot, has_shape, integers};
use super::reader::Reader;
use super::rejection::{Check, require, short};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

/// A plan `X` and the witness that `λ_W λ_H N² D − (D − X)ᵀ(D − X)` is positive semidefinite.
pub struct Dual {
    plan: Columns,
    weights: Vec<BigRational>,
    columns: Columns,
}

impl Dual {
    pub fn read(reader: &mut Reader) -> Check<Self> {
        reader.step("dual")?;
        let plan = reader.next_columns("plan")?;
        reader.next_key("weights")?;
        let weights = reader.list(Reader::number)?;
        let columns = reader.next_columns("columns")?;
        reader.symbol('}')?;
        Ok(Self { plan, weights, columns })
    }

    /// `Σ_k (n_k/N) entropy(X_k/n_k)`, rounded down.
    pub fn bound(&self, given: &Given) -> Check<BigRational> {
        let k = given.counts.len();
        let shaped = has_shape(&self.plan, k, k) && has_shape(&self.columns, self.weights.len(), k);
        require!(shaped, Malformed, "plan", "another shape", format!("{k} × {k}, a weight a column"));
        self.check_plan(given)?;
        self.check_spectrum(given)?;
        let mut sum = BigInt::zero();
        for (column, n) in self.plan.iter().zip(&given.counts) {
            for x in column.iter().filter(|x| !x.is_zero()) {
                // −ln(x/n) = ln(n/x), times x.
                let ln = ln(&fixed(&(count(*n) / x), Toward::Down), Toward::Down);
                sum += fixed(&(rational(&ln) * x), Toward::Down);
            }
        }
        Ok(rational(&sum) / BigRational::from(given.samples.clone()))
    }

    /// No entry is negative, columns sum to the counts, with a bias rows do too.
    fn check_plan(&self, given: &Given) -> Check<()> {
        let mut rows = vec![BigRational::zero(); given.counts.len()];
        for (column, n) in self.plan.iter().zip(&given.counts) {
            if let Some(x) = column.iter().find(|x| x.is_negative()) {
                require!(false, PlanSign, "plan", short(x), "at least 0");
            }
            let sum: BigRational = column.iter().sum();
            require!(sum == count(*n), PlanSums, "plan", short(&sum), format!("a column sum of {n}"));
            rows.iter_mut().zip(column).for_each(|(sum, x)| *sum += x);
        }
        for (sum, n) in rows.iter().zip(&given.counts).filter(|_| given.bias) {
            require!(*sum == count(*n), PlanRows, "plan", short(sum), format!("a row sum of {n}"));
        }
        Ok(())
    }

    fn check_spectrum(&self, given: &Given) -> Check<()> {
        if let Some(d) = self.weights.iter().find(|d| d.is_negative()) {
            require!(false, Spectral, "weights", short(d), "at least 0");
        }
        let (plan, unit) = integers(&self.plan);
        let (columns, column_unit) = integers(&self.columns);
        let (weights, weight_unit) = integers(std::slice::from_ref(&self.weights));
        let weights = weights.first().map_or(&[][..], Vec::as_slice);
        let rest: Vec<Vec<BigInt>> = plan
            .iter()
            .zip(&given.counts)
            .enumerate()
            .map(|(c, (column, n))| {
                let entry = |(j, x): (usize, &BigInt)| if j == c { BigInt::from(*n) * &unit - x } else { -x };
                column.iter().enumerate().map(entry).collect()
            })
            .collect();
        // All entries times unit² · (denominator of Λ) · weight_unit · column_unit².
        let (top, bottom) = (given.product.numer(), given.product.denom());
        let of_squares = bottom * &weight_unit * &column_unit * &column_unit;
        let of_weights = bottom * &unit * &unit;
        let own = top * &given.samples * &given.samples * &unit * &unit * &weight_unit;
        let own = own * &column_unit * &column_unit;
        let explained = weighted_squares(weights, &columns, rest.len());
        let rows = rest.iter().zip(&explained).zip(&given.counts).enumerate();
        for (i, ((x, explained), n)) in rows {
            let (mut diagonal, mut off) = (BigInt::zero(), BigInt::zero());
            for (j, (y, explained)) in rest.iter().zip(explained).enumerate() {
                let entry = -(dot(x, y) * &of_squares) - explained * &of_weights;
                if i == j { diagonal = entry + &own * BigInt::from(*n) } else { off += entry.abs() }
            }
            let (place, holds) = (format!("row {}", i.saturating_add(1)), diagonal >= off);
            let text = |x: BigInt| short(&x.into());
            let needed = |off| format!("at least {}", text(off));
            require!(holds, Spectral, &place, format!("diagonal {}", text(diagonal)), needed(off));
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
