//! What is known of the optimum of a problem. The losses meet here, once: [`Known::of`] decides which kind of answer
//! a problem has, and whoever asks one of the questions of [`Kind`] never asks for the loss.
//!
//! | kind | problem | file |
//! |---|---|---|
//! | [`Known::SquaredError`] | mean squared error: the proven optimum | `squared_error` |
//! | [`Known::Shallow`] | one layer, cross-entropy, or the mean squared error with weights or a regularised bias | `shallow` |
//! | [`Known::Deep`] | cross-entropy, more layers, equal counts: a statement that is tested | `deep` |
//! | [`Known::Open`] | everything else, with the reason | `open` |
//!
//! A new loss is a variant and a file here, a referee in `verdict`, a certificate in `certificate` and a part of the
//! documents in `render`.

mod deep;
mod open;
mod shallow;
#[cfg(test)]
pub(crate) mod solved;
mod squared_error;

pub use deep::STATEMENT;

use super::convex::Shallow;
use super::convex::point::Point;
use super::convex::shallow::Budget as ShallowBudget;
use super::cross_entropy::{Budget, Deep};
use super::optimum::Optimum;
use crate::case::{Loss, Problem, Targets, Uniqueness, Verdict};
use crate::exact::Enclosure;
use std::sync::Arc;

/// What is known of the optimum of a problem. Clones share it.
#[derive(Debug, Clone)]
pub enum Known {
    /// The mean squared error: the proven optimum.
    SquaredError(Arc<Optimum>),
    /// One layer: the convex problem.
    Shallow(Arc<Shallow>),
    /// Cross-entropy, more layers, equal counts.
    Deep(Arc<Deep>),
    /// Nothing, and why.
    Open(String),
}

/// The questions that every kind answers.
pub trait Kind {
    /// See [`Known::objective`].
    fn objective(&self) -> Option<Enclosure>;

    /// See [`Known::best`].
    fn best(&self) -> Option<Enclosure> {
        self.objective()
    }

    /// See [`Known::network`].
    fn network(&self) -> Option<&Point> {
        None
    }

    /// See [`Known::reference`].
    fn reference(&self) -> Option<Enclosure> {
        self.best()
    }

    /// See [`Known::uniqueness`].
    fn uniqueness(&self) -> Uniqueness;

    /// See [`Known::verdict`].
    fn verdict(&self) -> Verdict {
        match self.uniqueness() {
            Uniqueness::Undecided => Verdict::Undecided,
            _ => Verdict::Verified,
        }
    }

    /// See [`Known::statement`].
    fn statement(&self) -> Option<&'static str> {
        None
    }
}

impl Known {
    /// What is known of a problem's optimum, to `digits` digits where more than floats can be had.
    pub fn of(problem: &Problem, digits: usize) -> Self {
        match problem.loss() {
            Loss::Mse if problem.has_plain_loss() => {
                Self::SquaredError(Arc::new(Optimum::of(problem, digits)))
            }
            _ => {
                #[cfg(test)]
                solved::note(digits);
                Self::within(problem, &Budget::to_digits(digits))
            }
        }
    }

    /// What a budget finds out of a problem that is not the plain mean squared error. With less, more is open; what is said
    /// stays true.
    pub fn within(problem: &Problem, budget: &Budget) -> Self {
        let (counts, k) = (problem.counts(), problem.outputs());
        let entropy = problem.loss() == Loss::CrossEntropy;
        let plain = problem.has_plain_loss() && *problem.targets() == Targets::OneHot;
        let balanced = plain && counts.iter().all(|n| *n == counts[0]);
        let open = |reason: &str| Self::Open(reason.to_owned());
        if k == 1 && entropy {
            return open("one class: the loss is zero");
        }
        if problem.depth() > 1 {
            return match (entropy && balanced, plain) {
                (true, _) => Self::Deep(Arc::new(Deep::of(problem, budget))),
                (false, true) => open("no theory is known for more than one layer and unequal counts"),
                (false, false) => open(
                    "more than one layer is not convex, and no theory is known for these terms of the loss",
                ),
            };
        }
        let size = k.min(problem.classes());
        if size > budget.convex_classes {
            return open(&format!("the convex problem is solved up to {} classes", budget.convex_classes));
        }
        if k.max(problem.classes()) > budget.convex_groups {
            let most = budget.convex_groups;
            return open(&format!("the convex problem is solved up to {most} classes with a few outputs"));
        }
        let budget = ShallowBudget { bits: budget.bits, pulls: budget.pulls, search: budget.convex };
        match Shallow::of(problem, &budget) {
            Some(shallow) => Self::Shallow(Arc::new(shallow)),
            None => open("the numerical search proposed nothing that could be proved"),
        }
    }

    fn kind(&self) -> &dyn Kind {
        match self {
            Self::SquaredError(optimum) => optimum.as_ref(),
            Self::Shallow(found) => found.as_ref(),
            Self::Deep(found) => found.as_ref(),
            Self::Open(_) => &open::Nothing,
        }
    }

    /// The optimum of a mean-squared-error problem, whose modes only that has.
    pub fn optimum(&self) -> Option<&Optimum> {
        match self {
            Self::SquaredError(optimum) => Some(optimum),
            _ => None,
        }
    }

    /// `f*`, proven; `None` where it is not.
    pub fn objective(&self) -> Option<Enclosure> {
        self.kind().objective()
    }

    /// What the best network known costs, proven: `f*` where that is.
    pub fn best(&self) -> Option<Enclosure> {
        self.kind().best()
    }

    /// The explicit network of rationals behind [`Known::best`], if there is one.
    pub fn network(&self) -> Option<&Point> {
        self.kind().network()
    }

    /// What trained networks are compared with; `None` where there is nothing to compare with.
    pub fn reference(&self) -> Option<Enclosure> {
        self.kind().reference()
    }

    /// How far the optimum is unique.
    pub fn uniqueness(&self) -> Uniqueness {
        self.kind().uniqueness()
    }

    /// The verdict that needs no training.
    pub fn verdict(&self) -> Verdict {
        self.kind().verdict()
    }

    /// The id of the published statement that the verdict is about; `None` where it is about the optimum itself.
    pub fn statement(&self) -> Option<&'static str> {
        self.kind().statement()
    }
}
