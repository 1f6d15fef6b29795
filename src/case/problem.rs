//! The problem a case states: class counts, widths, loss, bias, targets and regularisation, all exact.

use super::Mistake;
use super::limits::{
    MAX_CLASSES, MAX_COUNT, MAX_DEPTH, MAX_DISTINCT, MAX_DISTINCT_BIASED, MAX_TARGETS, MAX_WIDTH,
};
use crate::exact::{Rational, whole};
use num_traits::{One, Signed, Zero};
use std::collections::BTreeSet;

/// The loss on the logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// `1/(2N) ‖logits − Y‖²`.
    Mse,
    /// `(1/N) Σ cross-entropy(column, class)`.
    CrossEntropy,
}

impl Loss {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Mse, Self::CrossEntropy];
    /// Their words in case files and output, in the same order.
    pub const WORDS: [&str; 2] = ["mse", "ce"];

    /// The word of the loss.
    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }
}

/// Whether the last layer has a bias, which is never regularised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// `b = 0`.
    None,
    /// A free vector `b` added to every column of the logits.
    LastLayer,
}

impl Bias {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::None, Self::LastLayer];
    /// Their words in case files and output, in the same order.
    pub const WORDS: [&str; 2] = ["none", "last-layer"];

    /// The word of the bias.
    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }
}

/// What each class's logits should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Targets {
    /// Class `k`'s target is the unit vector `e_k`.
    OneHot,
    /// `columns[k]` is class `k`'s target, `K` numbers. (Label smoothing is read into this form.)
    Columns(Vec<Vec<Rational>>),
}

/// A regularised deep linear network with free features. All fields hold from birth: see [`Problem::new`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    counts: Vec<u64>,
    widths: Vec<u64>,
    loss: Loss,
    bias: Bias,
    targets: Targets,
    weights: Vec<Rational>,
    features: Rational,
}

/// The parts of a [`Problem`] before anybody has looked at them. Fields as in [`Problem`]'s accessors.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Draft {
    pub counts: Vec<u64>,
    pub widths: Vec<u64>,
    pub loss: Loss,
    pub bias: Bias,
    pub targets: Targets,
    pub weights: Vec<Rational>,
    pub features: Rational,
}

impl Problem {
    /// Validates a draft. Everything that a problem promises is checked here and nowhere else.
    pub fn new(draft: Draft) -> Result<Self, Mistake> {
        let Draft { counts, widths, loss, bias, targets, weights, features } = draft;
        check_counts(&counts, bias)?;
        check_widths(&widths)?;
        if let Targets::Columns(columns) = &targets {
            check_targets(columns, counts.len(), loss)?;
        }
        if weights.len() != widths.len() {
            return Err(Mistake::WrongNumberOfWeights { found: weights.len(), depth: widths.len() });
        }
        if let Some(l) = weights.iter().position(|λ| !λ.is_positive()) {
            return Err(Mistake::WeightNotPositive { layer: l + 1, found: weights[l].clone() });
        }
        if !features.is_positive() {
            return Err(Mistake::FeatureWeightNotPositive { found: features });
        }
        Ok(Self { counts, widths, loss, bias, targets, weights, features })
    }

    /// The parts, for a problem that differs in some of them.
    pub fn draft(&self) -> Draft {
        let Self { counts, widths, loss, bias, targets, weights, features } = self.clone();
        Draft { counts, widths, loss, bias, targets, weights, features }
    }

    /// Class counts `n_1 … n_K`, each at least 1.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }
    /// Number of classes `K`.
    pub fn classes(&self) -> usize {
        self.counts.len()
    }
    /// Number of samples `N = Σ n_k`.
    pub fn samples(&self) -> u64 {
        self.counts.iter().sum()
    }
    /// Widths `d_1 … d_M`: `d_1` is the dimension of the features, `W_l` is `d_{l+1} × d_l`, `d_{M+1} = K`.
    pub fn widths(&self) -> &[u64] {
        &self.widths
    }
    /// Number of linear layers `M`, at least 1.
    pub fn depth(&self) -> usize {
        self.widths.len()
    }
    /// The largest rank the network's logits can have, `R = min(K, d_1, …, d_M)` (before the bias).
    pub fn rank_budget(&self) -> usize {
        let narrowest = self.widths.iter().copied().min().unwrap_or(0);
        self.classes().min(usize::try_from(narrowest).unwrap_or(usize::MAX))
    }
    /// The loss.
    pub fn loss(&self) -> Loss {
        self.loss
    }
    /// The bias.
    pub fn bias(&self) -> Bias {
        self.bias
    }
    /// The class targets.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }
    /// Regularisation `λ_1 … λ_M` of the layers `W_1 … W_M`, each positive.
    pub fn weights(&self) -> &[Rational] {
        &self.weights
    }
    /// Regularisation `λ_H` of the features, positive.
    pub fn features(&self) -> &Rational {
        &self.features
    }
    /// `Λ = λ_H · λ_1 ⋯ λ_M`.
    pub fn regularization_product(&self) -> Rational {
        self.weights.iter().fold(self.features.clone(), |product, λ| product * λ)
    }
}

impl Targets {
    /// Label smoothing: class `k`'s target is `(1 − s) e_k + s/K · 1`, for `0 ≤ s < 1`.
    pub fn smoothed(smoothing: &Rational, classes: usize) -> Result<Self, Mistake> {
        if smoothing.is_negative() || *smoothing >= Rational::one() {
            return Err(Mistake::SmoothingOutOfRange);
        }
        // Without classes there is nothing to smooth; the missing classes are refused with the problem.
        if smoothing.is_zero() || classes == 0 {
            return Ok(Self::OneHot);
        }
        let spread = smoothing / whole(classes);
        let own = Rational::one() - smoothing + &spread;
        let entry = |j: usize, k: usize| if j == k { own.clone() } else { spread.clone() };
        Ok(Self::Columns((0..classes).map(|k| (0..classes).map(|j| entry(j, k)).collect()).collect()))
    }
}

fn check_counts(counts: &[u64], bias: Bias) -> Result<(), Mistake> {
    if counts.is_empty() {
        return Err(Mistake::NoClasses);
    }
    if counts.len() > MAX_CLASSES {
        return Err(Mistake::TooManyClasses { found: counts.len() as u128 });
    }
    if let Some(k) = counts.iter().position(|n| *n == 0) {
        return Err(Mistake::EmptyClass { class: k + 1 });
    }
    if let Some(k) = counts.iter().position(|n| *n > MAX_COUNT) {
        return Err(Mistake::CountTooLarge { class: k + 1 });
    }
    let found = counts.iter().collect::<BTreeSet<_>>().len();
    let (limit, biased) = match bias {
        Bias::None => (MAX_DISTINCT, false),
        Bias::LastLayer => (MAX_DISTINCT_BIASED, true),
    };
    if found > limit { Err(Mistake::TooManyDistinctCounts { found, biased }) } else { Ok(()) }
}

fn check_widths(widths: &[u64]) -> Result<(), Mistake> {
    if widths.is_empty() {
        return Err(Mistake::NoLayers);
    }
    if widths.len() > MAX_DEPTH {
        return Err(Mistake::TooDeep { found: widths.len() });
    }
    if let Some(l) = widths.iter().position(|d| *d == 0) {
        return Err(Mistake::ZeroWidth { layer: l + 1 });
    }
    match widths.iter().position(|d| *d > MAX_WIDTH) {
        Some(l) => Err(Mistake::WidthTooLarge { layer: l + 1 }),
        None => Ok(()),
    }
}

fn check_targets(columns: &[Vec<Rational>], classes: usize, loss: Loss) -> Result<(), Mistake> {
    if loss == Loss::CrossEntropy {
        return Err(Mistake::TargetsWithCrossEntropy);
    }
    if classes > MAX_TARGETS {
        return Err(Mistake::TooManyTargets { classes });
    }
    if columns.len() != classes {
        return Err(Mistake::WrongNumberOfTargets { found: columns.len(), classes });
    }
    match columns.iter().position(|c| c.len() != classes) {
        Some(k) => Err(Mistake::TargetsNotSquare { column: k + 1, found: columns[k].len(), classes }),
        None => Ok(()),
    }
}
