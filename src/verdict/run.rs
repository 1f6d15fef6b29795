//! What training gives: where each run ended, and what all of them say together.

use super::plan::StartKind;
use super::{Metrics, Outcome, Verdict};
use crate::exact::Enclosure;
use crate::flow::Stop;
use crate::measure::regression::RegressionCollapse;
use crate::theory::landscape::Choice;

/// One point of a recorded run.
#[derive(Debug, Clone)]
pub struct TrajectoryPoint {
    /// Gradient evaluations so far.
    pub evaluations: u64,
    /// Time along the flow.
    pub time: f64,
    /// Objective.
    pub objective: f64,
    /// `‖∇f‖`.
    pub gradient_norm: f64,
    /// Metrics there.
    pub metrics: Metrics,
    /// Strengths, one list a distinct target; empty under cross-entropy.
    pub strengths: Vec<Vec<f64>>,
}

/// Where one run ended.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// Seed.
    pub seed: u64,
    /// How it began.
    pub start: StartKind,
    /// What it amounts to.
    pub outcome: Outcome,
    /// Why it stopped.
    pub stop: Stop,
    /// The point it stands at.
    pub ending: Ending,
    /// Objective at the end.
    pub objective: f64,
    /// Gap to the value that runs are compared with, relative to it; absolute where it is zero, not a number without one.
    pub relative_gap: f64,
    /// `‖∇f‖` at the end.
    pub gradient_norm: f64,
    /// Time along the flow.
    pub flow_time: f64,
    /// Gradient evaluations.
    pub evaluations: u64,
    /// `√(ρT)`, with the largest spectral radius `ρ` of the Hessian that was met and the time `T` along the flow: about how
    /// many gradients stabilised steps of any kind need for that time. None for other methods.
    pub chebyshev_bound: Option<f64>,
    /// Wall time; the only field that differs between two runs of the same input.
    pub seconds: f64,
    /// Metrics at the end.
    pub metrics: Metrics,
    /// Neural regression collapse at the end, where targets are given one by one.
    pub regression: Option<RegressionCollapse>,
    /// Imbalance of neighbouring factors, relative.
    pub imbalance: f64,
    /// The parameters at the end: `H`, `W_1 … W_M` and the bias, column by column.
    pub state: Vec<f64>,
    /// Points along the run, if they were asked for.
    pub trajectory: Vec<TrajectoryPoint>,
}

/// What is heard of training while it goes on.
#[derive(Debug, Clone, Copy)]
pub enum News<'a> {
    /// A run, named by its place in the plan, stands at a point.
    Point {
        /// The run.
        number: usize,
        /// Gradient evaluations so far.
        evaluations: u64,
        /// Gap to the value that runs are compared with, as in [`RunReport::relative_gap`].
        relative_gap: f64,
    },
    /// A run ended.
    Ended {
        /// Its place in the plan.
        number: usize,
        /// The run.
        run: &'a RunReport,
    },
}

/// Whoever hears of training.
pub type Listener<'a> = &'a (dyn Fn(News) + Sync);

/// The point where a run ended, as its loss tells points apart.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// Mean squared error: the critical point it stands at, one choice a distinct target, if it is one that the theory
    /// knows.
    Modes(Option<Vec<Choice>>),
    /// Cross-entropy: the logits.
    Logits(Structure),
}

/// The logits at the end of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Structure {
    /// Singular values over all samples that are not small against the largest.
    pub singular_values: Vec<f64>,
    /// Whether the logits are a simplex frame.
    pub is_simplex: bool,
    /// The objective over that of the best simplex frame, or of zero if that is less.
    pub relative_to_simplex: Option<f64>,
}

/// All runs of a problem against what is known of its optimum.
#[derive(Debug, Clone)]
pub struct Verification {
    /// The verdict.
    pub verdict: Verdict,
    /// Random starts that reached the optimum (where none is proved: the best network known, or better).
    pub attained: usize,
    /// The value that runs are compared with: the proven optimum, or what the best network known costs; `None` where the
    /// problem is open and runs are only measured.
    pub objective: Option<Enclosure>,
    /// Whether samples of a class started equal, because there are too many to keep apart.
    pub equal_samples: bool,
    /// Runs: random starts in the order of their seeds, then the one near the optimum.
    pub runs: Vec<RunReport>,
    /// The tolerance that was used.
    pub tolerance: f64,
}

impl Verification {
    /// Runs from random starts.
    pub fn random(&self) -> impl Iterator<Item = &RunReport> {
        self.runs.iter().filter(|r| r.start == StartKind::Random)
    }

    /// `2/3` random starts that reached the optimum.
    pub fn attained_of(&self) -> String {
        format!("{}/{}", self.attained, self.random().count())
    }
}
