//! `verify`: train a problem's network from several starts and say where each run ended.

use super::Verdict;
use super::critical_point::{Outcome, middle, nearest};
use super::observation::{Metrics, PredictedMatrices, near_modes};
use crate::case::Problem;
use crate::flow::{self, Columns, Glimpse, Limits, Method, Network, Start, Stop, Untrainable};
use crate::measure::strengths::{TargetFrame, scaled_logits};
use crate::measure::{ClassLevel, imbalance};
use crate::theory::landscape::{Choice, Landscape};
use crate::theory::{Fate, OptimalMode, Optimum, Uniqueness};
use num_traits::ToPrimitive;
use rayon::prelude::*;
use std::ops::Range;
use std::time::Instant;

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
    pub fn of(training: &crate::case::Training) -> Self {
        let float = |q: &crate::exact::Rational| q.to_f64().unwrap_or(f64::NAN);
        Self {
            seeds: training.seeds.clone(),
            std: float(&training.init),
            tolerance: float(&training.tolerance),
            evaluations: training.evaluations,
            method: Method::Flow,
            trajectory: false,
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
}

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
    /// Strengths, one list a distinct target.
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
    /// The critical point it stands at, if it is one that the theory knows.
    pub critical_point: Option<Vec<Choice>>,
    /// Strengths at the end, one list a distinct target.
    pub strengths: Vec<Vec<f64>>,
    /// Objective at the end.
    pub objective: f64,
    /// Gap to the optimum, relative to it; absolute where the optimum is zero.
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

/// All runs of a problem against its prediction.
#[derive(Debug, Clone)]
pub struct Verification {
    /// The verdict.
    pub verdict: Verdict,
    /// Random starts that reached the optimum.
    pub attained: usize,
    /// The proven optimum.
    pub optimum: Optimum,
    /// Runs: random starts in the order of their seeds, then the one near the optimum.
    pub runs: Vec<RunReport>,
    /// The tolerance that was used.
    pub tolerance: f64,
}

/// Noise of the start near the optimum, as a share of the random start's standard deviation.
pub const NEAR_NOISE: f64 = 0.1;
/// Rounding error of a computed objective, as a share of the objective at zero: squares of numbers of that
/// size are summed in eight partial sums, which costs far less than a thousand units in the last place.
pub const ROUNDING_SHARE: f64 = 1e-12;

/// Everything that judges a state of one network.
struct Judge<'a> {
    network: &'a Network,
    problem: &'a Problem,
    optimum: &'a Optimum,
    frame: TargetFrame,
    predicted: PredictedMatrices,
    blocks: Vec<Range<usize>>,
    plan: &'a Plan,
}

/// Trains a mean-squared-error problem and compares. `progress` is called when a run ends.
///
/// - Runs are independent and deterministic: the same bytes whatever the number of threads.
pub fn verify(
    problem: &Problem,
    optimum: Optimum,
    plan: &Plan,
    progress: &(dyn Fn(&RunReport) + Sync),
) -> Result<Verification, Untrainable> {
    let network = Network::of(problem, Columns::of(problem))?;
    let frame = TargetFrame::of(&network).ok_or(Untrainable::OutOfRange)?;
    let kept: Vec<usize> = optimum.modes.iter().map(|m| m.kept).collect();
    let predicted = PredictedMatrices::of(&network, &optimum, &kept, &frame, plan.std);
    let mut at = 0;
    let blocks: Vec<Range<usize>> = optimum
        .modes
        .iter()
        .map(|m| {
            at += m.mode.block.multiplicity;
            at - m.mode.block.multiplicity..at
        })
        .collect();
    let judge = Judge { network: &network, problem, optimum: &optimum, frame, predicted, blocks, plan };
    let mut starts: Vec<(StartKind, Start)> = plan
        .seeds
        .iter()
        .map(|seed| (StartKind::Random, Start::Random { seed: *seed, std: plan.std }))
        .collect();
    starts.push((
        StartKind::NearOptimum,
        Start::Near {
            seed: plan.seeds.first().copied().unwrap_or(1),
            modes: near_modes(&network, &optimum, &judge.frame),
            bias: PredictedMatrices::bias(&network),
            noise: plan.std * NEAR_NOISE,
        },
    ));
    let runs: Vec<RunReport> = starts
        .par_iter()
        .map(|(kind, start)| {
            let report = judge.run(*kind, start);
            progress(&report);
            report
        })
        .collect();
    let reached = |r: &&RunReport| r.outcome == Outcome::Global;
    let attained = runs.iter().filter(|r| r.start == StartKind::Random).filter(reached).count();
    let verdict = if runs.iter().any(|r| r.outcome == Outcome::Refutes) {
        Verdict::Refuted
    } else if optimum.uniqueness != Uniqueness::Undecided && runs.iter().any(|r| reached(&r)) {
        Verdict::Verified
    } else {
        Verdict::Undecided
    };
    Ok(Verification { verdict, attained, optimum, runs, tolerance: plan.tolerance })
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
        let level = ClassLevel::of(self.network, &run.last.state);
        let strengths = self.strengths(&level);
        let (room, tolerance) = (self.problem.rank_budget(), self.plan.tolerance.sqrt());
        let critical_point = nearest(self.optimum, room, &strengths, tolerance);
        let best = middle(&self.optimum.objective);
        let gap = run.last.objective - best;
        let relative_gap = if best > 0.0 { gap / best } else { gap };
        let outcome = self.outcome(run.last.objective, run.stop, critical_point.as_deref(), relative_gap);
        RunReport {
            seed: start.seed(),
            start: kind,
            outcome,
            stop: run.stop,
            critical_point,
            objective: run.last.objective,
            relative_gap,
            gradient_norm: run.gradient_norm,
            flow_time: run.last.time,
            evaluations: run.evaluations,
            seconds,
            metrics: self.metrics(&level, &strengths),
            strengths,
            imbalance: imbalance(self.network, &run.last.state),
            state: run.last.state,
            trajectory,
        }
    }

    fn strengths(&self, level: &ClassLevel) -> Vec<Vec<f64>> {
        let z = scaled_logits(self.network, &level.product, &level.features);
        self.blocks.iter().map(|block| self.frame.strengths(&z, block.clone())).collect()
    }

    /// Residuals against the prediction. Where a tie leaves a choice (which directions of a block, or how many),
    /// against the optimum that shares the run's choice.
    fn metrics(&self, level: &ClassLevel, strengths: &[Vec<f64>]) -> Metrics {
        let modes = &self.optimum.modes;
        let free =
            |m: &OptimalMode| m.fate == Fate::Tie || (0 < m.kept && m.kept < m.mode.block.multiplicity);
        if !modes.iter().any(free) {
            return self.predicted.metrics(self.network, level);
        }
        let z = scaled_logits(self.network, &level.product, &level.features);
        let mut frame = self.frame.clone();
        let mut kept = Vec::with_capacity(modes.len());
        for ((m, block), strengths) in modes.iter().zip(&self.blocks).zip(strengths) {
            if free(m) {
                frame = frame.turned(&z, block.clone()).unwrap_or(frame);
            }
            let alive = strengths.iter().filter(|s| **s > middle(&m.shrinkage().0) / 2.0).count();
            kept.push(if m.fate == Fate::Tie { alive.min(m.kept) } else { m.kept });
        }
        PredictedMatrices::of(self.network, self.optimum, &kept, &frame, self.plan.std)
            .metrics(self.network, level)
    }

    fn point(&self, glimpse: &Glimpse) -> TrajectoryPoint {
        let level = ClassLevel::of(self.network, &glimpse.point.state);
        let strengths = self.strengths(&level);
        TrajectoryPoint {
            evaluations: glimpse.evaluations,
            time: glimpse.point.time,
            objective: glimpse.point.objective,
            gradient_norm: glimpse.point.gradient.iter().map(|g| g * g).sum::<f64>().sqrt(),
            metrics: self.metrics(&level, &strengths),
            strengths,
        }
    }

    fn outcome(&self, objective: f64, stop: Stop, point: Option<&[Choice]>, gap: f64) -> Outcome {
        let at_zero = self.frame.values.iter().map(|y| y * y).sum::<f64>() / (2.0 * self.network.samples);
        let floor = self.optimum.objective.lower().to_f64().unwrap_or(0.0);
        if objective < floor - ROUNDING_SHARE * at_zero.max(f64::MIN_POSITIVE) {
            return Outcome::Refutes;
        }
        if !matches!(stop, Stop::AtRest | Stop::Stagnated) {
            return Outcome::NotConverged;
        }
        match point.map(|p| Landscape::of(self.problem, self.optimum).nature(p).into()) {
            Some(Outcome::Global) if gap.abs() <= self.plan.tolerance => Outcome::Global,
            Some(Outcome::Global) | None => Outcome::NotConverged,
            Some(outcome) => outcome,
        }
    }
}
