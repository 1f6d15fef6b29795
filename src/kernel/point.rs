//! The point step: an upper bound of the optimum, by a network.

use super::analysis::{PLACES, Toward, exp, fixed, ln, one};
use super::given::{Given, Loss};
use super::matrix::{Matrix, dot, transposed};
use super::number::Number;
use super::reader::Reader;
use super::rejection::{Check, require, short};
use super::terms::{self, Terms};
use super::work::{SERIES, Work, product, quotient};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

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
        let (k, classes, mut logits) = (given.outputs, given.counts.len(), 0u64);
        for factor in &self.factors {
            let numbers = factor.columns.iter().map(Vec::len).fold(0, usize::saturating_add);
            work.add(&[numbers], product(factor.bits, factor.bits));
            work.add(&[numbers, classes], product(logits, factor.bits));
            logits = logits.saturating_add(factor.bits).saturating_add(32);
        }
        logits = logits.saturating_add(self.bias.bits);
        if !given.is_plain() {
            logits = logits.saturating_add(given.targets.bits()).saturating_add(given.terms.bits());
            work.add(&[k, classes], product(logits, logits));
        }
        work.add(&[k, classes], SERIES.saturating_add(quotient(logits, 1024)));
    }

    fn check_shape(&self, given: &Given) -> Check<()> {
        let k = given.outputs;
        let number = self.factors.len() == given.weights.len().saturating_add(1);
        let biased = self.bias.first().len() == if given.bias { k } else { 0 };
        let found = self.factors.len();
        require!(number && biased, Shape, "factors", found, "features, M layers, the bias if any");
        let mut columns = given.counts.len();
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
        let least = self.factors.iter().take(1).flat_map(|h| &h.columns).flatten().min();
        if let Some(least) = least.filter(|x| given.nonnegative && x.is_negative()) {
            require!(false, Shape, "factor 0", short(least), "no entry below 0");
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
        for column in &mut logits {
            column.iter_mut().for_each(|z| *z *= &self.bias.unit);
            column.iter_mut().zip(&shift).for_each(|(z, b)| *z += b);
        }
        let logits = Matrix::over(logits, unit);
        let loss = match given.loss {
            Loss::CrossEntropy => cross_entropy(given, &logits)?,
            Loss::Mse => squares(given, &logits),
        };
        let penalty = Number::new(penalty, BigInt::one() << PLACES).plus(&self.of_bias(given));
        Ok(loss.plus(&penalty))
    }

    /// `λ_b/2 ‖b‖²`.
    fn of_bias(&self, given: &Given) -> Number {
        let bias = self.bias.first();
        let square = |λ: &Number| {
            Number::new(dot(bias, bias) * &λ.top, &self.bias.unit * &self.bias.unit * &λ.bottom * 2)
        };
        given.terms.bias.as_ref().map_or_else(|| Number::whole(0), square)
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

/// `(1/N) Σ_k n_k ω_k Σ_j s_jk ln Σ_i exp(a_ik − a_jk)`, `a_k = δ_k ⊙ z_k + ι_k`, rounded up; `Σ_j s_jk = 1`, so it is taken
/// against the output of the first largest target.
fn cross_entropy(given: &Given, logits: &Matrix) -> Check<Number> {
    let terms = &given.terms;
    let (targets, target_unit) = given.target_columns();
    let (scaled, shifted) = (terms::unit(&terms.scale), terms::unit(&terms.shift));
    let unit = &logits.unit * &scaled * &shifted;
    let (mut loss, mut rest) = (BigInt::zero(), BigInt::zero());
    for (at, ((column, s), n)) in logits.columns.iter().zip(&targets).zip(&given.counts).enumerate() {
        let adjusted = |(j, z): (usize, &BigInt)| {
            z * Terms::entry(&terms.scale, at, j, 1) * &shifted
                + Terms::entry(&terms.shift, at, j, 0) * &scaled * &logits.unit
        };
        let column: Vec<BigInt> = column.iter().enumerate().map(adjusted).collect();
        let most = s.iter().max().cloned().unwrap_or_default();
        let own = s.iter().position(|s| *s == most).unwrap_or(0);
        let base = column.get(own).cloned().unwrap_or_default();
        let mut sum = one();
        for (_, z) in column.iter().enumerate().filter(|(j, _)| *j != own) {
            sum += exp(Number::new(z - &base, unit.clone()), Toward::Up, "factors")?;
        }
        let weight = terms.weight(at) * BigInt::from(*n);
        loss += ln(&sum, Toward::Up) * &weight;
        let less = |(z, s): (&BigInt, &BigInt)| (&base - z) * s;
        rest += column.iter().zip(s).map(less).sum::<BigInt>() * weight;
    }
    let whole = terms.weight_unit() * &given.samples;
    let loss = Number::new(loss, &whole << PLACES);
    Ok(if rest.is_zero() { loss } else { loss.plus(&Number::new(rest, whole * unit * target_unit)) })
}

/// `Σ_k (n_k ω_k/(2N)) ‖z_k − s_k‖²`.
fn squares(given: &Given, logits: &Matrix) -> Number {
    let (targets, target_unit) = given.target_columns();
    let mut sum = BigInt::zero();
    for (at, ((z, s), n)) in logits.columns.iter().zip(&targets).zip(&given.counts).enumerate() {
        let apart = |(z, s): (&BigInt, &BigInt)| z * &target_unit - s * &logits.unit;
        let apart: Vec<BigInt> = z.iter().zip(s).map(apart).collect();
        sum += dot(&apart, &apart) * BigInt::from(*n) * given.terms.weight(at);
    }
    let unit = &logits.unit * target_unit;
    Number::new(sum, &unit * &unit * given.terms.weight_unit() * &given.samples * 2)
}
