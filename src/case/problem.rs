//! The problem a case states: class counts, widths, loss, bias, targets and regularisation, all exact.
//!
//! A *class* is a group of samples that share a target: one of `K` unit vectors where targets are one-hot, any vector of
//! `K` numbers otherwise. So there are as many classes as counts, and `K` outputs.

use super::Mistake;
use super::limits::{
    MAX_CLASSES, MAX_COUNT, MAX_DEPTH, MAX_DISTINCT, MAX_DISTINCT_BIASED, MAX_NUMBERS, MAX_TARGETS, MAX_WIDTH,
};
use crate::exact::{Rational, is_semidefinite, over_one, whole};
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

/// Whether the last layer has a bias; with a `λ_b` among the terms of the problem it is regularised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// `b = 0`.
    None,
    /// A vector `b` added to every column of the logits.
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
    /// No targets one by one but their second moment `(1/N) Σ y yᵀ`, `K × K`; with a bias their covariance. One count: `N`.
    Covariance(Vec<Vec<Rational>>),
}

/// What may differ from the plain loss. A part that would change nothing is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// `ω_k`: a class's share of the loss is multiplied by it. Empty: all are 1.
    pub class_weights: Vec<Rational>,
    /// Cross-entropy: `ι_k`, `K` numbers a class, added to its scaled logits. Empty: none.
    pub logit_shift: Vec<Vec<Rational>>,
    /// Cross-entropy: `δ_k > 0`, `K` numbers a class, by which its logits are multiplied. Empty: all are 1.
    pub logit_scale: Vec<Vec<Rational>>,
    /// `λ_b > 0`: the objective has `λ_b/2 ‖b‖²`. Absent: a bias is free.
    pub bias: Option<Rational>,
    /// Whether the features are to be at least 0.
    pub nonnegative: bool,
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
    terms: Terms,
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
    pub terms: Terms,
}

impl Problem {
    /// Validates a draft. Everything that a problem promises is checked here and nowhere else.
    pub fn new(draft: Draft) -> Result<Self, Mistake> {
        let Draft { counts, widths, loss, bias, targets, weights, features, terms } = draft;
        check_counts(&counts, bias)?;
        check_widths(&widths)?;
        check_targets(&targets, &counts, loss)?;
        if weights.len() != widths.len() {
            return Err(Mistake::WrongNumberOfWeights { found: weights.len(), depth: widths.len() });
        }
        if let Some(l) = weights.iter().position(|λ| !λ.is_positive()) {
            return Err(Mistake::WeightNotPositive { layer: l + 1, found: weights[l].clone() });
        }
        if !features.is_positive() {
            return Err(Mistake::FeatureWeightNotPositive { found: features });
        }
        let outputs = outputs(&targets, &counts);
        let terms = checked_terms(terms, counts.len(), outputs, loss, bias, &targets)?;
        let problem = Self { counts, widths, loss, bias, targets, weights, features, terms };
        if let Some(reason) = problem.nonnegative_unknown() {
            return Err(Mistake::NonnegativeUnknown { reason });
        }
        Ok(problem)
    }

    /// The parts, for a problem that differs in some of them.
    pub fn draft(&self) -> Draft {
        let Self { counts, widths, loss, bias, targets, weights, features, terms } = self.clone();
        Draft { counts, widths, loss, bias, targets, weights, features, terms }
    }

    /// Class counts `n_1 … n_K`, each at least 1.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }
    /// Number of classes: groups of samples with one target each.
    pub fn classes(&self) -> usize {
        self.counts.len()
    }
    /// Number of outputs `K`; as many as classes where targets are one-hot.
    pub fn outputs(&self) -> usize {
        outputs(&self.targets, &self.counts)
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
    /// The largest rank the network's logits can have, `R = min(K, d_1, …, d_M)` and at most the number of classes
    /// (before the bias).
    pub fn rank_budget(&self) -> usize {
        let narrowest = self.widths.iter().copied().min().unwrap_or(0);
        let classes = match self.targets {
            Targets::Covariance(_) => usize::MAX,
            _ => self.classes(),
        };
        self.outputs().min(classes).min(usize::try_from(narrowest).unwrap_or(usize::MAX))
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
    /// What differs from the plain loss.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }
    /// Whether the loss is the plain one, without weights, adjusted logits or a regularised bias.
    pub fn has_plain_loss(&self) -> bool {
        let Terms { class_weights, logit_shift, logit_scale, bias, nonnegative: _ } = &self.terms;
        class_weights.is_empty() && logit_shift.is_empty() && logit_scale.is_empty() && bias.is_none()
    }
    /// `ω_k`.
    pub fn class_weight(&self, class: usize) -> Rational {
        self.terms.class_weights.get(class).cloned().unwrap_or_else(Rational::one)
    }
    /// Class `k`'s target, `K` numbers; zeros where only their second moment is known.
    pub fn target(&self, class: usize) -> Vec<Rational> {
        let unit = |j: usize| if j == class { Rational::one() } else { Rational::zero() };
        match &self.targets {
            Targets::OneHot => (0..self.outputs()).map(unit).collect(),
            Targets::Columns(columns) => columns[class].clone(),
            Targets::Covariance(_) => vec![Rational::zero(); self.outputs()],
        }
    }
    /// Why the optimum with features of at least 0 is not known, if they are asked for.
    ///
    /// - Mean squared error, one-hot, no bias, no class beyond the widths: the features of the optimum are orthogonal, so
    ///   they can be turned to be so.
    /// - Cross-entropy: Dang et al. 2024, arXiv 2401.02058: one layer, no bias, `d_1 ≥ K`.
    fn nonnegative_unknown(&self) -> Option<&'static str> {
        let reasons = [
            (!self.has_plain_loss(), "the loss has weights, adjusted logits or a regularised bias"),
            (self.targets != Targets::OneHot, "the targets are not one-hot"),
            (self.bias != Bias::None, "there is a bias"),
            (self.rank_budget() < self.outputs(), "a width is below the number of classes"),
            (self.loss == Loss::CrossEntropy && self.depth() > 1, "cross-entropy has more than one layer"),
        ];
        reasons.into_iter().find(|(holds, _)| self.terms.nonnegative && *holds).map(|(_, reason)| reason)
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

    /// The smoothing that makes these targets of one-hot ones, if one does: 0 for one-hot.
    pub fn smoothing(&self) -> Option<Rational> {
        let columns = match self {
            Self::OneHot => return Some(Rational::zero()),
            Self::Columns(columns) if columns.len() > 1 => columns,
            _ => return None,
        };
        let smoothing = columns[0].get(1)? * whole(columns.len());
        let found = Self::smoothed(&smoothing, columns.len()).ok()?;
        (found == *self).then_some(smoothing)
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

fn outputs(targets: &Targets, counts: &[u64]) -> usize {
    match targets {
        Targets::OneHot => counts.len(),
        Targets::Columns(columns) | Targets::Covariance(columns) => columns.first().map_or(0, Vec::len),
    }
}

fn check_targets(targets: &Targets, counts: &[u64], loss: Loss) -> Result<(), Mistake> {
    let classes = counts.len();
    let outputs = outputs(targets, counts);
    let uneven = |columns: &[Vec<Rational>]| match columns.iter().position(|c| c.len() != outputs) {
        Some(k) => Err(Mistake::TargetsUneven { column: k + 1, found: columns[k].len(), outputs }),
        None if outputs == 0 || outputs > MAX_TARGETS => Err(Mistake::TooManyOutputs { found: outputs }),
        None => Ok(()),
    };
    match targets {
        Targets::OneHot => Ok(()),
        Targets::Columns(columns) => {
            if columns.len() != classes {
                return Err(Mistake::WrongNumberOfTargets { found: columns.len(), classes });
            }
            uneven(columns)?;
            if classes * outputs > MAX_NUMBERS {
                return Err(Mistake::TooManyTargets { classes });
            }
            let odd =
                |c: &Vec<Rational>| c.iter().any(Signed::is_negative) || !c.iter().sum::<Rational>().is_one();
            match columns.iter().position(odd).filter(|_| loss == Loss::CrossEntropy) {
                Some(k) => Err(Mistake::TargetsNotProbabilities { column: k + 1 }),
                None => Ok(()),
            }
        }
        Targets::Covariance(rows) => {
            uneven(rows)?;
            let symmetric = (0..outputs).all(|i| (0..i).all(|j| rows[i][j] == rows[j][i]));
            if loss == Loss::CrossEntropy
                || rows.len() != outputs
                || classes != 1
                || !symmetric
                || !is_semidefinite(over_one(rows).0)
            {
                return Err(Mistake::BadCovariance);
            }
            Ok(())
        }
    }
}

/// The terms without parts that change nothing.
fn checked_terms(
    mut terms: Terms,
    classes: usize,
    outputs: usize,
    loss: Loss,
    bias: Bias,
    targets: &Targets,
) -> Result<Terms, Mistake> {
    let adjusted = !terms.logit_shift.is_empty() || !terms.logit_scale.is_empty();
    if adjusted && loss == Loss::Mse {
        return Err(Mistake::AdjustedSquaredError);
    }
    if !terms.class_weights.is_empty() && matches!(targets, Targets::Covariance(_)) {
        return Err(Mistake::BadCovariance);
    }
    let found = terms.class_weights.len();
    if found != 0 && found != classes {
        return Err(Mistake::WrongNumberOfClassWeights { found, classes });
    }
    if let Some(k) = terms.class_weights.iter().position(|ω| !ω.is_positive()) {
        return Err(Mistake::ClassWeightNotPositive { class: k + 1 });
    }
    for (key, list) in [("logit_shift", &terms.logit_shift), ("logit_scale", &terms.logit_scale)] {
        if !list.is_empty() && (list.len() != classes || list.iter().any(|c| c.len() != outputs)) {
            return Err(Mistake::WrongAdjustment { key, classes, outputs });
        }
    }
    if terms.logit_scale.iter().flatten().any(|δ| !δ.is_positive()) {
        return Err(Mistake::NotPositive { key: "logit_scale" });
    }
    if terms.bias.as_ref().is_some_and(|λ| !λ.is_positive()) {
        return Err(Mistake::NotPositive { key: "bias" });
    }
    if terms.bias.is_some() && bias == Bias::None {
        return Err(Mistake::BiasWithoutBias);
    }
    if terms.class_weights.iter().all(One::is_one) {
        terms.class_weights.clear();
    }
    if terms.logit_shift.iter().flatten().all(Zero::is_zero) {
        terms.logit_shift.clear();
    }
    if terms.logit_scale.iter().flatten().all(One::is_one) {
        terms.logit_scale.clear();
    }
    Ok(terms)
}
