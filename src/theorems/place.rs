//! The point that claims are about: the proven optimum, a critical point named by the user, or a trained network.

use super::trained::Trained;
use super::truth::Truth;
use crate::case::Problem;
use crate::exact::DIGITS;
use crate::flow::Untrainable;
use crate::flow::samples::is_rotated;
use crate::theory::Known;
use crate::theory::landscape::Choice;
#[cfg(feature = "cli")]
use crate::verdict::measurement::Measurement;
use crate::verdict::{Outcome, Plan, RunReport, StartKind, Verification, verify};

/// Which point of a problem claims are about.
#[derive(Debug)]
pub enum Place {
    /// The proven optimum.
    Optimum,
    /// A critical point of the mean squared error: one choice a distinct target.
    CriticalPoint(Vec<Choice>),
    /// A trained network.
    Trained(Box<Trained>),
}

/// A network that training ended in.
#[derive(Debug)]
pub struct TrainedRun {
    /// How it began.
    pub start: StartKind,
    /// Its seed.
    pub seed: u64,
    /// What it reached.
    pub outcome: Outcome,
    /// The network, a [`Place::Trained`].
    pub place: Place,
}

/// Trains a problem's network from every seed and from near the optimum. Networks that are not finite are left out; a
/// cross-entropy problem of which nothing is known gives none.
pub fn train(problem: &Problem, plan: &Plan) -> Result<Vec<TrainedRun>, Untrainable> {
    let known = Known::of(problem, DIGITS);
    let training = verify(problem, &known, plan, &|_| {})?;
    Ok(training.map_or(Vec::new(), |training| networks(problem, &known, &training)))
}

/// The networks that a training ended in, but for those that are not finite.
pub fn networks(problem: &Problem, known: &Known, training: &Verification) -> Vec<TrainedRun> {
    let run = |r: &RunReport| {
        let place = network(problem, known, r, training.tolerance)?;
        Some(TrainedRun { start: r.start, seed: r.seed, outcome: r.outcome, place })
    };
    training.runs.iter().filter_map(run).collect()
}

/// The network that a run ended in, trained to a relative objective gap; `None` if it is not finite, or if its outputs are
/// not classes.
pub fn network(problem: &Problem, known: &Known, run: &RunReport, gap: f64) -> Option<Place> {
    if problem.outputs() != problem.classes() || is_rotated(problem) {
        return None;
    }
    let (optimum, tolerance) = (known.optimum(), claim_tolerance(gap));
    let trained = Trained::of(problem, &run.state, run.objective, optimum, tolerance)?;
    Some(Place::Trained(Box::new(trained)))
}

/// A network from files, whose claims are judged to the same tolerance, or ten times what rounding of its numbers does;
/// `None` where it has no objective to compare.
#[cfg(feature = "cli")]
pub fn measured(problem: &Problem, known: &Known, found: &Measurement, gap: f64) -> Option<Place> {
    let tolerance = claim_tolerance(gap).max(10.0 * found.network.dtype.floor());
    let trained = Trained::of_files(problem, found, known.optimum(), tolerance)?;
    Some(Place::Trained(Box::new(trained)))
}

/// The tolerance on claims for networks whose objective is within a relative gap of the optimum: their factors are
/// within about the gap's square root of it, so ten times that.
pub fn claim_tolerance(gap: f64) -> f64 {
    10.0 * gap.sqrt()
}

/// A claim on a trained network.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Holds within the tolerance ([`Truth::Agrees`], [`Truth::Proved`] where nothing measured enters), fails, or
    /// is open.
    pub truth: Truth,
    /// The largest residual of an equality that holds; of the one that fails, where one does.
    pub residual: f64,
    /// Residuals up to this agree.
    pub tolerance: f64,
}
