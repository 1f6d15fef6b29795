//! The search for counterexamples: random problems with corners, claims judged on the proven optimum, a failure
//! shrunk to a small problem.
//!
//! - Trial `t` of seed `s` is the same problem on every machine and for any number of threads.
//! - A trial counts when every hypothesis is proved. A counterexample is a proven refutation, never a measured one.
//! - Shrinking keeps the refutation at every step.

mod counterexample;
mod problem;
mod shrink;
mod trial;

pub use counterexample::{Counterexample, case_file};
#[cfg(test)]
pub use problem::random_problem;

use super::{Judge, Measured, Theorem, Truth, place};
use crate::case::Problem;
use crate::flow::Method;
use crate::verdict::Plan;
use problem::problem_for;
use rayon::prelude::*;
use shrink::shrunk;
use trial::{Trial, tried};

/// What to search.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// Number of random problems.
    pub trials: u64,
    /// Seed of all of them.
    pub seed: u64,
    /// Whether to train the network of every trial where the theorem holds, and measure the claims there.
    pub train: bool,
    /// Steps at most that shrink a counterexample.
    pub shrinks: usize,
}

impl Default for Search {
    fn default() -> Self {
        Self { trials: 10_000, seed: 1, train: false, shrinks: 200 }
    }
}

/// What a search found.
#[derive(Debug, Clone)]
pub struct SearchResult {
    /// Trials made, up to the first counterexample.
    pub trials: u64,
    /// Of them, trials where the theorem applied.
    pub applied: u64,
    /// Of those, trials where some claim was undecided.
    pub undecided: u64,
    /// The first counterexample.
    pub counterexample: Option<Counterexample>,
    /// What trained networks show.
    pub trained: Tally,
}

/// What trained networks show: a measurement, which refutes nothing.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Networks trained.
    pub runs: u64,
    /// Of them, those that reached the optimum.
    pub reached: u64,
    /// Of those, networks where every claim holds within the tolerance.
    pub shown: u64,
    /// Of those, networks where a claim does not hold: trials and residuals.
    pub missed: Vec<(u64, f64)>,
}

/// Trials between two reports of progress, and where each is a search for a network.
const CHUNK: u64 = 512;
const SLOW_CHUNK: u64 = 16;
/// The relative gap that training aims at.
const GAP: f64 = 1e-10;
/// Gradient evaluations for one network.
const TRAINING: u64 = 20_000;

/// Searches; `report` is told how many more trials are done.
pub fn search(theorem: &Theorem, search: Search, report: &(dyn Fn(u64) + Sync)) -> SearchResult {
    let mut result =
        SearchResult { trials: 0, applied: 0, undecided: 0, counterexample: None, trained: Tally::default() };
    let one = |trial: u64| {
        let problem = problem_for(theorem, search.seed, trial);
        let outcome = tried(theorem, &problem);
        let tally = match outcome {
            Trial::Holds if search.train => observed(theorem, &problem, trial),
            _ => Tally::default(),
        };
        (trial, outcome, tally)
    };
    let (mut start, chunk) = (0, if theorem.speaks_of_entropy() { SLOW_CHUNK } else { CHUNK });
    while start < search.trials && result.counterexample.is_none() {
        let end = (start + chunk).min(search.trials);
        let found: Vec<(u64, Trial, Tally)> = (start..end).into_par_iter().map(one).collect();
        for (trial, outcome, tally) in found {
            result.trials += 1;
            result.trained.add(tally);
            result.applied += u64::from(!matches!(outcome, Trial::DoesNotApply));
            result.undecided += u64::from(matches!(outcome, Trial::Undecided));
            if let Trial::Refuted(claim) = outcome {
                result.counterexample = Some(shrunk(
                    theorem,
                    Counterexample {
                        trial,
                        problem: problem_for(theorem, search.seed, trial),
                        claim,
                        shrunk: 0,
                    },
                    search.shrinks,
                ));
                break;
            }
        }
        report(end - start);
        start = end;
    }
    result
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.reached += other.reached;
        self.shown += other.shown;
        self.missed.extend(other.missed);
    }
}

/// Trains the network of a problem, once at random and once from near the optimum, and measures the claims.
fn observed(theorem: &Theorem, problem: &Problem, trial: u64) -> Tally {
    let plan = Plan {
        seeds: vec![trial],
        std: 0.1,
        tolerance: GAP,
        evaluations: TRAINING,
        method: Method::Flow,
        trajectory: false,
    };
    let mut tally = Tally::default();
    for run in place::train(problem, &plan).unwrap_or_default() {
        tally.runs += 1;
        if !run.outcome.is_best() {
            continue;
        }
        tally.reached += 1;
        match theorem.measure(&Judge::at(problem, &run.place)) {
            Some(measured) if measured.truth == Truth::Refuted => {
                tally.missed.push((trial, measured.residual))
            }
            Some(Measured { truth: Truth::Proved | Truth::Agrees(_), .. }) => tally.shown += 1,
            _ => {}
        }
    }
    tally
}
