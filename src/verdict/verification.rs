//! `verify`: train a problem's network from several starts and say where each run ended. One loop for all losses; what
//! differs, a [`Referee`] knows.

use super::critical_point::middle;
use super::plan::{Plan, StartKind};
use super::{Metrics, Outcome, Verdict, cross_entropy, squared_error};
use crate::case::Problem;
use crate::exact::Enclosure;
use crate::flow::{self, Columns, Glimpse, Limits, Network, Start, Stop, Untrainable};
use crate::measure::{ClassLevel, imbalance};
use crate::theory::landscape::Choice;
use crate::theory::{Kind, Known};
use num_traits::ToPrimitive;
use rayon::prelude::*;
use std::time::Instant;

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
    /// Gap to the value that runs are compared with, relative to it; absolute where it is zero.
    pub relative_gap: f64,
    /// `‖∇f‖` at the end.
    pub gradient_norm: f64,
    /// Time along the flow.
    pub flow_time: f64,
    /// Gradient evaluations.
    pub evaluations: u64,
    /// Wall time; the only field that differs between two runs of the same input.
    pub seconds: f64,
    /// Metrics at the end.
    pub metrics: Metrics,
    /// Imbalance of neighbouring factors, relative.
    pub imbalance: f64,
    /// The parameters at the end, in the layout of [`Network`].
    pub state: Vec<f64>,
    /// Points along the run, if they were asked for.
    pub trajectory: Vec<TrajectoryPoint>,
}

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
    /// The value that runs are compared with: the proven optimum, or what the best network known costs.
    pub objective: Enclosure,
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

/// Rounding error of a computed objective, as a share of the objective at zero: squares of numbers of that
/// size are summed in eight partial sums, which costs far less than a thousand units in the last place.
const ROUNDING_SHARE: f64 = 1e-12;

/// What the runs of one problem are judged by.
pub(super) trait Referee: Sync {
    /// Whether the value that runs are compared with is the proven optimum.
    fn is_proved(&self) -> bool;
    /// What zero costs, by which rounding is judged.
    fn at_zero(&self) -> f64;
    /// The start near the optimum, or near the best network known.
    fn near(&self) -> Option<Start>;
    /// Strengths of the modes, one list a distinct target, if there are modes.
    fn strengths(&self, level: &ClassLevel) -> Vec<Vec<f64>>;
    /// Residuals against the prediction.
    fn metrics(&self, level: &ClassLevel, strengths: &[Vec<f64>]) -> Metrics;
    /// The point that a state is.
    fn ending(&self, level: &ClassLevel, strengths: &[Vec<f64>], objective: f64) -> Ending;
    /// What a run amounts to that rests at a point with a relative gap, and is not below the optimum.
    fn at_rest(&self, ending: &Ending, gap: f64) -> Outcome;
}

/// Trains a problem's network and compares with what is known; `None` if there is nothing to compare with. `progress` is
/// called when a run ends.
///
/// - Runs are independent and deterministic: the same bytes whatever the number of threads.
/// - Where the verdict is about the optimum, it is verified only if a run reaches it.
pub fn verify(
    problem: &Problem,
    known: &Known,
    plan: &Plan,
    progress: &(dyn Fn() + Sync),
) -> Result<Option<Verification>, Untrainable> {
    let Some(objective) = known.reference() else { return Ok(None) };
    let network = Network::of(problem, Columns::of(problem))?;
    let referee: Box<dyn Referee + '_> = match known {
        Known::SquaredError(optimum) => {
            Box::new(squared_error::Referee::of(problem, &network, optimum, plan)?)
        }
        Known::Shallow(found) => Box::new(cross_entropy::Referee::shallow(problem, &network, found, plan)),
        Known::Deep(found) => Box::new(cross_entropy::Referee::deep(problem, &network, found, plan)),
        Known::Open(_) => return Ok(None),
    };
    let random = |seed: &u64| (StartKind::Random, Start::Random { seed: *seed, std: plan.std });
    let mut starts: Vec<(StartKind, Start)> = plan.seeds.iter().map(random).collect();
    starts.extend(referee.near().map(|start| (StartKind::NearOptimum, start)));
    let judge = Judge { network: &network, referee: referee.as_ref(), objective: &objective, plan };
    let runs: Vec<RunReport> = starts
        .par_iter()
        .map(|(kind, start)| {
            let report = judge.run(*kind, start);
            progress();
            report
        })
        .collect();
    let reached = |r: &&RunReport| r.outcome.is_best();
    let verdict = match known.verdict() {
        _ if runs.iter().any(|r| r.outcome == Outcome::Refutes) => Verdict::Refuted,
        Verdict::Verified if known.statement().is_none() && runs.iter().find(reached).is_none() => {
            Verdict::Undecided
        }
        settled => settled,
    };
    let attained = runs.iter().filter(|r| r.start == StartKind::Random).filter(reached).count();
    let equal_samples = matches!(network.columns, Columns::Classes(_));
    Ok(Some(Verification { verdict, attained, objective, equal_samples, runs, tolerance: plan.tolerance }))
}

/// Everything that judges a state of one network.
struct Judge<'a> {
    network: &'a Network,
    referee: &'a dyn Referee,
    objective: &'a Enclosure,
    plan: &'a Plan,
}

impl Judge<'_> {
    fn run(&self, kind: StartKind, start: &Start) -> RunReport {
        let limits = Limits { evaluations: self.plan.evaluations, tolerance: self.plan.tolerance };
        let mut trajectory = Vec::new();
        let clock = Instant::now();
        let run = flow::run(self.network, start, self.plan.method, limits, &mut |glimpse| {
            if self.plan.trajectory {
                trajectory.push(self.point(&glimpse));
            }
        });
        let seconds = clock.elapsed().as_secs_f64();
        let (objective, state) = (run.last.objective, run.last.state);
        let level = ClassLevel::of(self.network, &state);
        let strengths = self.referee.strengths(&level);
        let ending = self.referee.ending(&level, &strengths, objective);
        let best = middle(self.objective);
        let gap = objective - best;
        let relative_gap = if best > 0.0 { gap / best } else { gap };
        RunReport {
            seed: start.seed(),
            start: kind,
            outcome: self.outcome(objective, run.stop, &ending, relative_gap),
            stop: run.stop,
            ending,
            objective,
            relative_gap,
            gradient_norm: run.gradient_norm,
            flow_time: run.last.time,
            evaluations: run.evaluations,
            seconds,
            metrics: self.referee.metrics(&level, &strengths),
            imbalance: imbalance(self.network, &state),
            state,
            trajectory,
        }
    }

    fn point(&self, glimpse: &Glimpse) -> TrajectoryPoint {
        let level = ClassLevel::of(self.network, &glimpse.point.state);
        let strengths = self.referee.strengths(&level);
        TrajectoryPoint {
            evaluations: glimpse.evaluations,
            time: glimpse.point.time,
            objective: glimpse.point.objective,
            gradient_norm: glimpse.point.gradient.iter().map(|g| g * g).sum::<f64>().sqrt(),
            metrics: self.referee.metrics(&level, &strengths),
            strengths,
        }
    }

    fn outcome(&self, objective: f64, stop: Stop, ending: &Ending, gap: f64) -> Outcome {
        let floor = self.objective.lower().to_f64().unwrap_or(0.0);
        let rounding = ROUNDING_SHARE * self.referee.at_zero().max(f64::MIN_POSITIVE);
        if self.referee.is_proved() && objective < floor - rounding {
            return Outcome::Refutes;
        }
        match stop {
            Stop::AtRest | Stop::Stagnated => self.referee.at_rest(ending, gap),
            Stop::BudgetUsed | Stop::NotFinite => Outcome::NotConverged,
        }
    }
}
