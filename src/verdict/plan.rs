//! How a problem's network is trained: the starts, the method and the budget.

use crate::case::Training;
use crate::exact::Rational;
use crate::float::Triple;
use crate::flow::{Method, Start};
use num_traits::ToPrimitive;

/// How to train.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Seeds of the random starts.
    pub seeds: Vec<u64>,
    /// Standard deviation of all entries at the start.
    pub std: f64,
    /// Tolerance on the relative objective gap; strengths are judged at its square root.
    pub tolerance: f64,
    /// Gradient evaluations for one run.
    pub evaluations: u64,
    /// The method.
    pub method: Method,
    /// Whether to keep the points along each run.
    pub trajectory: bool,
}

impl Plan {
    /// The plan of a case's training section.
    pub fn of(training: &Training) -> Self {
        let float = |q: &Rational| q.to_f64().unwrap_or(f64::NAN);
        Self {
            seeds: training.seeds.clone(),
            std: float(&training.init),
            tolerance: float(&training.tolerance),
            evaluations: training.evaluations,
            method: Method::Flow,
            trajectory: false,
        }
    }

    /// The start near a point that is given by the singular triples of its logits and its bias.
    pub(super) fn near(&self, modes: Vec<Triple>, bias: Vec<f64>) -> Start {
        Start::Near {
            seed: self.seeds.first().copied().unwrap_or(1),
            modes,
            bias,
            noise: self.std * NEAR_NOISE,
        }
    }
}

/// How a run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartKind {
    /// Gaussian.
    Random,
    /// The predicted factors in random coordinates, plus noise.
    NearOptimum,
}

impl StartKind {
    /// The word of the start.
    pub fn word(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::NearOptimum => "near-optimum",
        }
    }

    /// The word of the start in a table.
    pub fn brief(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::NearOptimum => "beside",
        }
    }

    /// The start in words.
    pub fn described(self, seed: u64) -> String {
        match self {
            Self::Random => format!("seed {seed}"),
            Self::NearOptimum => "start near the optimum".to_owned(),
        }
    }
}

/// Noise of the start near the optimum, as a share of the random start's standard deviation.
pub const NEAR_NOISE: f64 = 0.1;
