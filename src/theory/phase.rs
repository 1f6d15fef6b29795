//! Phase boundaries: at which scale of the regularisation a mode's fate changes, and how far up a branch is.
//!
//! Every weight `λ_1 … λ_M, λ_H` of a problem is multiplied by one scale `s`, so `Λ` becomes `Λ s^L`. A mode with
//! target `μ` and shrinkage `u` is stationary at
//!
//! ```text
//! s^L = (1 − u)^{M+1} u^{M−1} μ^M / (Λ N^L)
//! ```
//!
//! kept by the optimum for `s` below the *global* edge, and has a local minimum besides zero below the
//! *existence* edge (`docs/theory.md`, section 2). For `M = 1` the two edges are one.

use super::mode::{Law, Unsettled};
use crate::case::{Bias, Draft, Loss, Mistake, Problem, Targets, Terms};
use crate::exact::{Enclosure, Rational, power, whole};
use num_traits::One;

/// The two edges of a mode on the scale of the regularisation.
#[derive(Debug, Clone)]
pub struct Edges {
    /// Below: the upper root is the only optimum. Above: zero is.
    pub global: Enclosure,
    /// Below: a local minimum besides zero exists. Above: zero is the only one.
    pub existence: Enclosure,
}

impl Edges {
    /// The edges of a mode, to about `bits` bits; exact where they are rational.
    pub fn of(law: &Law, target_sq: &Enclosure, bits: u32) -> Result<Self, Unsettled> {
        let edge = |bound: &Rational| scale(law, &target_sq.pow(law.depth).over(bound), bits);
        Ok(Self { global: edge(&law.threshold)?, existence: edge(&law.existence)? })
    }
}

/// The scale at which a mode is stationary at a rational shrinkage `0 < u < 1`.
pub fn scale_at(law: &Law, target_sq: &Enclosure, u: &Rational, bits: u32) -> Result<Enclosure, Unsettled> {
    let c = power(&(Rational::one() - u), law.depth + 1) * power(u, law.depth - 1);
    scale(law, &target_sq.pow(law.depth).over(&(&law.numerator / c)), bits)
}

/// `s` from `s^L`.
fn scale(law: &Law, power: &Enclosure, bits: u32) -> Result<Enclosure, Unsettled> {
    if power.sign() != Some(std::cmp::Ordering::Greater) {
        return Err(Unsettled);
    }
    Ok(power.root(law.depth + 1, bits))
}

/// A step-imbalanced family: all classes but the last few have `majority` samples each, these have `minority`; one-hot
/// targets, all weights equal to `λ`. Under the mean squared error any depth; under cross-entropy one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The loss.
    pub loss: Loss,
    /// Number of classes, at least 2.
    pub classes: usize,
    /// Number of minority classes, at least 1 and less than all.
    pub minorities: usize,
    /// Samples of a minority class.
    pub minority: u64,
    /// Samples of a majority class.
    pub majority: u64,
    /// Number of layers `M`.
    pub depth: usize,
    /// The bias.
    pub bias: Bias,
}

/// Which direction of a step-imbalanced problem a mode carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepMode {
    /// Majority classes (with a bias: their differences).
    Majority,
    /// With a bias: majority against minority.
    Contrast,
    /// Minority classes (with a bias: their differences).
    Minority,
}

impl Step {
    /// Majority and minority classes.
    pub fn parts(&self) -> (usize, usize) {
        (self.classes - self.minorities, self.minorities)
    }

    /// The problem with all weights equal to `weight`, wide enough for every class.
    pub fn problem(&self, weight: &Rational) -> Result<Problem, Mistake> {
        let (many, few) = self.parts();
        Problem::new(Draft {
            counts: [vec![self.majority; many], vec![self.minority; few]].concat(),
            widths: vec![self.classes as u64; self.depth],
            loss: self.loss,
            bias: self.bias,
            targets: Targets::OneHot,
            weights: vec![weight.clone(); self.depth],
            features: weight.clone(),
            terms: Terms::default(),
        })
    }

    /// The modes, largest target first, each with its squared target. With the bias and two distinct counts
    /// `c > c'` the one secular root is rational: `K c c'/N`.
    ///
    /// One layer of cross-entropy has no modes, but its facts have the same form ([`crate::theory::convex::facts`]): classes of
    /// a count `n` merge iff `n ≤ N²Λ`, and everything vanishes iff `N²Λ` is at least the largest eigenvalue of
    /// `C D C`, `C = I − 11ᵀ/K`, without a bias and of `D − nnᵀ/N` with one. These have the counts of at least two equal
    /// classes as eigenvalues, and on majority against minority `(k' c + k c')/K`, `k` majorities and `k'`
    /// minorities, or `K c c'/N`: at most `c`, so that it matters only where there is one majority class.
    pub fn targets(&self) -> Vec<(StepMode, Rational)> {
        let q = |n: u64| whole(n);
        let (many, few) = self.parts();
        let (c, d) = (q(self.majority), q(self.minority));
        match (self.loss, self.bias) {
            (Loss::Mse, Bias::None) => vec![(StepMode::Majority, c), (StepMode::Minority, d)],
            _ => {
                let classes = q(self.classes as u64);
                let contrast = match self.bias {
                    Bias::None => (&c * q(few as u64) + &d * q(many as u64)) / classes,
                    Bias::LastLayer => &c * &d * classes / (&c * q(many as u64) + &d * q(few as u64)),
                };
                let mut modes = Vec::with_capacity(3);
                if many > 1 {
                    modes.push((StepMode::Majority, c));
                }
                if self.loss == Loss::Mse || many == 1 {
                    modes.push((StepMode::Contrast, contrast));
                }
                if few > 1 {
                    modes.push((StepMode::Minority, d));
                }
                modes
            }
        }
    }

    /// The edges of every mode on the axis of `λ`, largest target first.
    pub fn edges(&self, bits: u32) -> Result<Vec<(StepMode, Edges)>, Mistake> {
        let law = Law::of(&self.problem(&Rational::one())?);
        let edges = |(mode, μ): (StepMode, Rational)| {
            let edges = Edges::of(&law, &μ.into(), bits).expect("targets and weights are positive rationals");
            (mode, edges)
        };
        Ok(self.targets().into_iter().map(edges).collect())
    }
}
