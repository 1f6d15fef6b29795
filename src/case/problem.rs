//! The problem a case states: class counts, widths, loss, bias, targets and regularisation, all exact.

use crate::exact::Rational;

/// The loss on the logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// `1/(2N) ‖logits − Y‖²`.
    Mse,
    /// `(1/N) Σ cross-entropy(column, class)`.
    CrossEntropy,
}

/// Whether the last layer has a bias, which is never regularised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// `b = 0`.
    None,
    /// A free vector `b` added to every column of the logits.
    LastLayer,
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
    /// Validates a draft.
    pub fn new(draft: Draft) -> Result<Self, super::Mistake> {
        let Draft { counts, widths, loss, bias, targets, weights, features } = draft;
        Ok(Self { counts, widths, loss, bias, targets, weights, features })
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
