//! The point step: an upper bound of the optimum, by a network.

use super::analysis::{Toward, fixed, ln, one, ranged_exp, rational};
use super::given::Given;
use super::matrix::{Columns, count, dot, integers, transposed};
use super::reader::Reader;
use super::rejection::{Check, require};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

/// An explicit network: factors by columns, features first, equal within each class.
pub struct Point {
    bias: Vec<BigRational>,
    factors: Vec<Columns>,
}

impl Point {
    /// The last step of a proof.
    pub fn read_last(reader: &mut Reader) -> Check<Self> {
        reader.symbol(',')?;
        reader.step("point")?;
        reader.next_key("bias")?;
        let bias = reader.list(Reader::number)?;
        reader.next_key("factors")?;
        let factors = reader.list(|r| r.list(|r| r.list(Reader::number)))?;
        reader.symbol('}')?;
        Ok(Self { bias, factors })
    }

    fn check_shape(&self, given: &Given) -> Check<()> {
        let k = given.counts.len();
        let number = self.factors.len() == given.weights.len().saturating_add(1);
        let biased = self.bias.len() == if given.bias { k } else { 0 };
        let found = self.factors.len();
        require!(number && biased, Shape, "factors", found, "features, M layers, the bias if any");
        let mut columns = k;
        let heights = given.widths.iter().map(|d| (*d, false)).chain(std::iter::once((k, true)));
        for (i, (factor, (width, last))) in self.factors.iter().zip(heights).enumerate() {
            let height = factor.first().map_or(0, Vec::len);
            let even = factor.len() == columns && factor.iter().all(|c| c.len() == height);
            let fits = 0 < height && (height == width || (height < width && !last));
            let found = || format!("{} columns of {height}", factor.len());
            let needed = || format!("{columns} columns of {}{width}", if last { "" } else { "at most " });
            require!(even && fits, Shape, &format!("factor {i}"), found(), needed());
            columns = height;
        }
        Ok(())
    }

    /// The objective, rounded up.
    pub fn bound(&self, given: &Given) -> Check<BigRational> {
        self.check_shape(given)?;
        let square = |column: &Vec<BigRational>| -> BigRational { column.iter().map(|x| x * x).sum() };
        let mut penalty = BigRational::zero();
        let (mut logits, mut unit): (Vec<Vec<BigInt>>, BigInt) = (Vec::new(), BigInt::one());
        for (i, factor) in self.factors.iter().enumerate() {
            let (columns, scale) = integers(factor);
            if i == 0 {
                let squares = factor.iter().zip(&given.counts).map(|(c, n)| square(c) * count(*n));
                penalty += squares.sum::<BigRational>() * &given.features;
                (logits, unit) = (columns, scale);
            } else {
                let λ = given.weights.get(i.saturating_sub(1)).cloned().unwrap_or_else(BigRational::zero);
                penalty += factor.iter().map(square).sum::<BigRational>() * λ;
                let rows = transposed(&columns);
                logits = logits.iter().map(|z| rows.iter().map(|row| dot(row, z)).collect()).collect();
                unit *= scale;
            }
        }
        let zero = vec![BigRational::zero(); given.counts.len()];
        let bias = if given.bias { &self.bias } else { &zero };
        let mut loss = BigInt::zero();
        for (k, (column, n)) in logits.into_iter().zip(&given.counts).enumerate() {
            let logits: Vec<BigRational> =
                column.into_iter().zip(bias).map(|(z, b)| BigRational::new(z, unit.clone()) + b).collect();
            let own = logits.get(k).cloned().unwrap_or_else(BigRational::zero);
            let mut sum = one();
            for (_, z) in logits.iter().enumerate().filter(|(j, _)| *j != k) {
                sum += ranged_exp(&fixed(&(z - &own), Toward::Up), Toward::Up, "factors")?;
            }
            loss += ln(&sum, Toward::Up) * BigInt::from(*n);
        }
        let two = BigRational::from(BigInt::from(2));
        Ok(rational(&loss) / BigRational::from(given.samples.clone()) + penalty / two)
    }
}
