//! An explicit network of rational factors, and a proven upper bound of its objective.

use super::grid::Grid;
use crate::case::{Bias, Loss, Problem, Targets};
use crate::exact::{Enclosure, Integer, Rational};
use crate::float::Triple;
use crate::hints::rounded;
use num_traits::{One, ToPrimitive, Zero};

/// Decimal places of networks from floats.
const PLACES: u32 = 17;

/// Factors with equal columns within each class.
#[derive(Debug, Clone)]
pub struct Point {
    /// `b`; empty without a bias.
    pub bias: Vec<Rational>,
    /// `H̄` (one column a class), then `W_1 … W_M`.
    pub factors: Vec<Grid>,
}

impl Point {
    /// Diagonal inner factors between given outer vectors: `H̄` has the rows `a_H q_i`, with `q_i` over the
    /// classes, `W_M` the columns `a_M p_i`.
    ///
    /// `strengths[l]` are the singular values of factor `l`, features first.
    pub fn diagonal(
        left: &[Vec<Rational>],
        right: &[Vec<Rational>],
        strengths: &[Vec<Rational>],
        bias: Vec<Rational>,
        places: u32,
    ) -> Self {
        let (rank, last) = (left.len(), strengths.len() - 1);
        let classes = right.first().map_or(0, Vec::len);
        let mut factors =
            vec![Grid::products(classes, rank, places, |k, i| [&strengths[0][i], &right[i][k]])];
        let (zero, one) = (Rational::zero(), Rational::one());
        for inner in &strengths[1..last] {
            let entry = |i: usize, j: usize| [&inner[i], if i == j { &one } else { &zero }];
            factors.push(Grid::products(rank, rank, places, entry));
        }
        let outputs = left.first().map_or(0, Vec::len);
        factors.push(Grid::products(rank, outputs, places, |i, j| [&left[i][j], &strengths[last][i]]));
        Self { bias, factors }
    }

    /// The cheapest network whose logits have the given decomposition, over class columns scaled by `√n_k`; rounded.
    pub fn of(problem: &Problem, modes: &[Triple], bias: &[f64]) -> Self {
        // Rounding of the parts is finer than that of the products.
        let fine = PLACES + 3;
        let exact = |v: &[f64]| v.iter().map(|x| rounded(*x, fine)).collect::<Vec<_>>();
        let float = |q: &Rational| q.to_f64().unwrap_or(f64::NAN);
        let scaled = |v: &[f64]| {
            exact(&v.iter().zip(problem.counts()).map(|(x, n)| x / (*n as f64).sqrt()).collect::<Vec<_>>())
        };
        let own = float(problem.features());
        let weights: Vec<f64> = problem.weights().iter().map(float).collect();
        let product = weights.iter().product::<f64>() * own;
        let l = weights.len() as f64 + 1.0;
        // Λ^{1/L} s^{2/L}/λ, squared singular values of a factor.
        let square = |s: f64, λ: f64| libm::pow(product * s * s, 1.0 / l) / λ;
        let factor =
            |λ: &f64| exact(&modes.iter().map(|m| square(m.singular_value, *λ).sqrt()).collect::<Vec<_>>());
        let strengths: Vec<_> = std::iter::once(&own).chain(&weights).map(factor).collect();
        let bias = match problem.bias() {
            Bias::None => Vec::new(),
            Bias::LastLayer => bias.iter().map(|x| rounded(*x, PLACES)).collect(),
        };
        if modes.is_empty() {
            return Self::zero(problem, bias);
        }
        let left: Vec<_> = modes.iter().map(|m| exact(&m.left)).collect();
        let right: Vec<_> = modes.iter().map(|m| scaled(&m.right)).collect();
        Self::diagonal(&left, &right, &strengths, bias, PLACES)
    }

    /// No logits but a bias, with one mode so that the factors have a shape.
    pub fn zero(problem: &Problem, bias: Vec<Rational>) -> Self {
        let nothing = |n: usize| vec![vec![Rational::zero(); n]];
        let strengths = vec![vec![Rational::zero()]; problem.depth() + 1];
        Self::diagonal(&nothing(problem.outputs()), &nothing(problem.classes()), &strengths, bias, PLACES)
    }

    /// Whether the features vanish, and with them the logits but for the bias.
    pub fn is_zero(&self) -> bool {
        self.factors[0].columns.iter().flatten().all(Zero::is_zero)
    }

    /// The rank that the point needs.
    pub fn rank(&self) -> usize {
        self.factors[0].height()
    }

    /// `Σ_l λ_l/2 ‖W_l‖² + λ_H/2 ‖H‖²`, exactly.
    pub fn penalty(&self, problem: &Problem) -> Rational {
        let two = Rational::from(Integer::from(2));
        let mut sum = Rational::zero();
        for (column, n) in self.factors[0].squares().iter().zip(problem.counts()) {
            sum += column * Rational::from(Integer::from(*n)) * problem.features();
        }
        for (factor, λ) in self.factors[1..].iter().zip(problem.weights()) {
            sum += factor.squares().into_iter().sum::<Rational>() * λ;
        }
        sum / two
    }

    /// Logits with the bias, a column a class.
    fn logits(&self, problem: &Problem) -> Vec<Vec<Rational>> {
        let mut logits = self.factors[0].clone();
        for factor in &self.factors[1..] {
            logits = factor.times(&logits);
        }
        let no_bias = vec![Rational::zero(); problem.outputs()];
        let bias = if self.bias.is_empty() { &no_bias } else { &self.bias };
        let column = |c: &Vec<Integer>| c.iter().zip(bias).map(|(z, b)| logits.value(z) + b).collect();
        logits.columns.iter().map(column).collect()
    }

    /// The objective, enclosed; `None` if a logit is beyond the range of the exponential.
    pub fn objective(&self, problem: &Problem, bits: u32) -> Option<Enclosure> {
        let logits = self.logits(problem);
        let n = Rational::from(Integer::from(problem.samples()));
        let loss = match problem.loss() {
            Loss::CrossEntropy => cross_entropy(problem, &logits, bits)?,
            Loss::Mse => squares(problem, &logits).into(),
        };
        let mut penalty = self.penalty(problem);
        if let Some(λ) = &problem.terms().bias {
            let square: Rational = self.bias.iter().map(|b| b * b).sum();
            penalty += square * λ / Rational::from(Integer::from(2));
        }
        Some(&loss.over(&n) + &penalty.into())
    }
}

/// `Σ_k n_kω_k Σ_j s_jk ln Σ_i exp(a_ik − a_jk)`, `a_k = δ_k ⊙ z_k + ι_k`, against the output of the first largest target.
fn cross_entropy(problem: &Problem, logits: &[Vec<Rational>], bits: u32) -> Option<Enclosure> {
    let terms = problem.terms();
    let mut loss = Enclosure::zero();
    for (k, (z, count)) in logits.iter().zip(problem.counts()).enumerate() {
        let adjusted = |(j, z): (usize, &Rational)| {
            let z = terms.logit_scale.get(k).map_or(z.clone(), |δ| z * &δ[j]);
            terms.logit_shift.get(k).map_or(z.clone(), |ι| &z + &ι[j])
        };
        let a: Vec<Rational> = z.iter().enumerate().map(adjusted).collect();
        let target = (*problem.targets() != Targets::OneHot).then(|| problem.target(k));
        let own = target
            .as_ref()
            .map_or(k, |s| (0..s.len()).fold(0, |most, j| if s[j] > s[most] { j } else { most }));
        let mut sum = Enclosure::one();
        for j in (0..a.len()).filter(|j| *j != own) {
            sum = &sum + &short(&(&a[j] - &a[own]), bits).exp(bits)?;
        }
        let mut share = sum.ln(bits)?;
        if let Some(s) = &target {
            let rest: Rational = s.iter().zip(&a).map(|(s, a_j)| s * (&a[own] - a_j)).sum();
            share = &share + &rest.into();
        }
        let weight = Rational::from(Integer::from(*count)) * problem.class_weight(k);
        loss = &loss + &(&share * &weight.into());
    }
    Some(loss)
}

/// `Σ_k (n_kω_k/2) ‖z_k − s_k‖²`.
fn squares(problem: &Problem, logits: &[Vec<Rational>]) -> Rational {
    let share = |(k, z): (usize, &Vec<Rational>)| {
        let square: Rational = z.iter().zip(problem.target(k)).map(|(z, s)| (z - s).pow(2)).sum();
        square * Rational::from(Integer::from(problem.counts()[k])) * problem.class_weight(k)
    };
    logits.iter().enumerate().map(share).sum::<Rational>() / Rational::from(Integer::from(2))
}

/// A rational with many digits as an enclosure of `bits` bits.
fn short(x: &Rational, bits: u32) -> Enclosure {
    if x.is_zero() || x.is_one() { x.clone().into() } else { Enclosure::hull(x, x, bits) }
}
