//! A finished prediction: the optimum of a problem with its geometry.

pub use super::budget::GRAM_CLASSES;
use super::geometry::{self, ClassRow, Gram};
use super::optimum::Optimum;
use crate::case::Problem;
use crate::exact::{DIGITS, Enclosure};
use std::sync::Arc;

/// What a prediction should contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detail {
    /// Significant digits that every printed value must be able to carry.
    pub digits: usize,
    /// Whether Gram matrices are wanted.
    pub gram: GramDetail,
}

/// Which Gram matrices are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GramDetail {
    /// None.
    Never,
    /// Up to 64 classes.
    UpToLimit,
    /// At any number of classes.
    Always,
}

impl GramDetail {
    /// Whether they are wanted for so many classes.
    pub fn wants(self, classes: usize) -> bool {
        match self {
            Self::Never => false,
            Self::UpToLimit => classes <= GRAM_CLASSES,
            Self::Always => true,
        }
    }
}

impl Default for Detail {
    fn default() -> Self {
        Self { digits: DIGITS, gram: GramDetail::UpToLimit }
    }
}

/// The optimal geometry of a mean-squared-error problem, proven.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// The problem.
    pub problem: Problem,
    /// Its optimum.
    pub optimum: Arc<Optimum>,
    /// One row a group of equal classes.
    pub classes: Vec<ClassRow>,
    /// Gram matrices, where wanted and determined.
    pub gram: Option<Gram>,
    /// What was asked for.
    pub detail: Detail,
}

impl Prediction {
    /// Predicts the optimum of a mean-squared-error problem.
    ///
    /// - Every enclosure contains the true value; what no precision settles is undecided.
    pub fn of(problem: &Problem, detail: Detail) -> Self {
        let optimum = Arc::new(Optimum::of(problem, detail.digits));
        let classes = geometry::class_rows(problem, &optimum);
        let wanted = detail.gram.wants(problem.classes());
        let gram = if wanted { geometry::gram(problem, &optimum) } else { None };
        Self { problem: problem.clone(), optimum, classes, gram, detail }
    }

    /// Squared singular values of every factor for a mode, `μ u (1 − u)/(N λ)`: features first, then
    /// `W_1 … W_M`.
    pub fn factor_energies(&self, mode: usize) -> Vec<Enclosure> {
        let kept = &self.optimum.modes[mode];
        let energy = kept.mode.energy(&self.optimum.law, &kept.shrinkage());
        let factors = std::iter::once(self.problem.features()).chain(self.problem.weights());
        factors.map(|λ| energy.over(λ)).collect()
    }
}
