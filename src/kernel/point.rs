//! The point step: an upper bound of the optimum, by a network.

use super::analysis::{PLACES, Toward, exp, fixed, ln, one};
use super::given::Given;
use super::matrix::{Matrix, dot, transposed};
use super::number::Number;
use super::reader::Reader;
use super::rejection::{Check, require};
use super::work::{SERIES, Work, product, quotient};
use num_bigint::BigInt;
use num_traits::{One, Zero};

/// An explicit network: factors by columns, features first, equal within each class.
pub struct Point {
    /// One column, or an empty one.
    bias: Matrix,
    factors: Vec<Matrix>,
}

impl Point {
    /// The last step of a proof.
    pub fn read_last(reader: &mut Reader) -> Check<Self> {
        reader.symbol(',')?;
        reader.step("point")?;
        reader.next_key("bias")?;
        let bias = Matrix::of(&[reader.column()?]);
        reader.next_key("factors")?;
        let factors = reader.list(Reader::matrix)?;
        reader.symbol('}')?;
        Ok(Self { bias, factors })
    }

    /// Squares and products of the factors, and an exponential a logit.
    pub fn work(&self, given: &Given, work: &mut Work) {
        let (k, mut logits) = (given.counts.len(), 0u64);
        for factor in &self.factors {
            let numbers = factor.columns.iter().map(Vec::len).fold(0, usize::saturating_add);
            work.add(&[numbers], product(factor.bits, factor.bits));
            work.add(&[numbers, k], product(logits, factor.bits));
            logits = logits.saturating_add(factor.bits).saturating_add(32);
        }
        logits = logits.saturating_add(self.bias.bits);
        work.add(&[k, k], SERIES.saturating_add(quotient(logits, 1024)));
    }

    fn check_shape(&self, given: &Given) -> Check<()> {
        let k = given.counts.len();
        let number = self.factors.len() == given.weights.len().saturating_add(1);
        let biased = self.bias.first().len() == if given.bias { k } else { 0 };
        let found = self.factors.len();
        require!(number && biased, Shape, "factors", found, "features, M layers, the bias if any");
        let mut columns = k;
        let heights = given.widths.iter().map(|d| (*d, false)).chain(std::iter::once((k, true)));
        for (i, (factor, (width, last))) in self.factors.iter().zip(heights).enumerate() {
            let height = factor.first().len();
            let even = factor.has_shape(columns, height);
            let fits = 0 < height && (height == width || (height < width && !last));
            let found = || format!("{} columns of {height}", factor.columns.len());
            let needed = || format!("{columns} columns of {}{width}", if last { "" } else { "at most " });
            require!(even && fits, Shape, &format!("factor {i}"), found(), needed());
            columns = height;
        }
        Ok(())
    }

    /// The objective, rounded up.
    pub fn bound(&self, given: &Given) -> Check<Number> {
        self.check_shape(given)?;
        let penalty = self.penalty(given);
        let (mut logits, mut unit): (Vec<Vec<BigInt>>, BigInt) = (Vec::new(), BigInt::one());
        for (i, factor) in self.factors.iter().enumerate() {
            let rows = transposed(&factor.columns);
            let image = |z: &Vec<BigInt>| rows.iter().map(|row| dot(row, z)).collect();
            logits = if i == 0 { factor.columns.clone() } else { logits.iter().map(image).collect() };
            unit *= &factor.unit;
        }
        let shift: Vec<BigInt> = self.bias.first().iter().map(|b| b * &unit).collect();
        unit *= &self.bias.unit;
        let mut loss = BigInt::zero();
        for (k, (column, n)) in logits.iter_mut().zip(&given.counts).enumerate() {
            column.iter_mut().for_each(|z| *z *= &self.bias.unit);
            column.iter_mut().zip(&shift).for_each(|(z, b)| *z += b);
            let own = column.get(k).cloned().unwrap_or_default();
            let mut sum = one();
            for (_, z) in column.iter().enumerate().filter(|(j, _)| *j != k) {
                sum += exp(Number::new(z - &own, unit.clone()), Toward::Up, "factors")?;
            }
            loss += ln(&sum, Toward::Up) * BigInt::from(*n);
        }
        Ok(Number::new(loss + penalty * &given.samples, &given.samples << PLACES))
    }

    /// `Σ_l λ_l/2 ‖W_l‖² + λ_H/2 Σ_k n_k ‖h_k‖²`, each term rounded up.
    fn penalty(&self, given: &Given) -> BigInt {
        let square = |column: &Vec<BigInt>| dot(column, column);
        let mut sum = BigInt::zero();
        for (i, (factor, λ)) in
            self.factors.iter().zip([&given.features].into_iter().chain(&given.weights)).enumerate()
        {
            let squares: BigInt = match i {
                0 => {
                    factor.columns.iter().zip(&given.counts).map(|(c, n)| square(c) * BigInt::from(*n)).sum()
                }
                _ => factor.columns.iter().map(square).sum(),
            };
            let twice = &factor.unit * &factor.unit * BigInt::from(2);
            sum += fixed(Number::new(squares * &λ.top, twice * &λ.bottom), Toward::Up);
        }
        sum
    }
}
