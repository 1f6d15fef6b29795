//! Answers to a request: weights with their proof, or a conflict with its proof.

use super::standing::Failure;
use super::wish::Factor;
use crate::exact::Rational;
use crate::theory::Prediction;

/// What is answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Weights with which every wish is proved.
    Found(Box<Found>),
    /// Wishes that no regularisation meets together, proved.
    Conflict(Conflict),
    /// Neither was proved; the wishes that the float solver thinks in conflict, if it does.
    Open(Vec<usize>),
}

/// An answer with its proof, the prediction.
#[derive(Debug, Clone)]
pub struct Found {
    /// The prediction with the weights found.
    pub prediction: Prediction,
    /// What bounds the product from above; `None` where it was not what was sought, or not proved.
    pub ceiling: Option<Ceiling>,
}

/// No regularisation with this product or more meets the wishes: this one fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    /// `Λ`.
    pub product: Rational,
    /// The wish, by its place in the request.
    pub wish: usize,
}

/// Wishes in conflict: leaving out any of them ends it.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// The wishes, by their place in the request.
    pub wishes: Vec<usize>,
    /// The proof.
    pub because: Because,
}

/// Why wishes conflict.
#[derive(Debug, Clone)]
pub enum Because {
    /// A layer (counted from 1) is too narrow to keep all modes.
    Width {
        /// The layer.
        layer: usize,
        /// Its width.
        width: u64,
        /// What keeping every mode needs.
        needed: usize,
    },
    /// A margin is below 1 at every regularisation.
    MarginOfOne,
    /// The weights are given, and the prediction with them disproves a wish.
    Given {
        /// The wish.
        wish: usize,
        /// What it came to.
        failure: Failure,
    },
    /// At this product and above it a wish fails; at it and below it the caps do, however it is split.
    Split {
        /// Where the wish fails.
        ceiling: Ceiling,
        /// At that product, the product of `‖·‖²/cap²` over these factors is at least this, which is above 1.
        excess: Rational,
        /// The factors that are free.
        factors: Vec<Factor>,
    },
}

impl Found {
    /// The weights, features first.
    pub fn weights(&self) -> impl Iterator<Item = (Factor, &Rational)> {
        let problem = &self.prediction.problem;
        std::iter::once(problem.features()).chain(problem.weights()).enumerate().map(|(j, λ)| (Factor(j), λ))
    }
}

impl Conflict {
    /// A conflict of these wishes with its proof.
    pub(super) fn of(wishes: Vec<usize>, because: Because) -> Self {
        Self { wishes, because }
    }
}
