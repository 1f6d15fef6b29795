//! `verify` for cross-entropy: where each run ended, against the enclosed optimum (one layer) or the best simplex
//! frame (more layers).

use super::Verdict;
use super::critical_point::{Outcome, middle};
use super::observation::{Metrics, PredictedMatrices};
use super::verification::{NEAR_NOISE, Plan, ROUNDING_SHARE, StartKind};
use crate::case::{Bias, Problem};
use crate::exact::Enclosure;
use crate::float::{Triple, singular_values};
use crate::flow::{self, Columns, Glimpse, Limits, Network, Start, Stop, Untrainable};
use crate::measure::ClassLevel;
use crate::measure::frame::Frame;
use crate::theory::cross_entropy::{CrossEntropy, Finding};
use faer::Mat;
use num_traits::ToPrimitive;
use rayon::prelude::*;
use std::time::Instant;

/// The id of the statement that more layers are tested against.
pub const STATEMENT: &str = "deep-ce-etf";

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

/// Where one run ended.
#[derive(Debug, Clone)]
pub struct Run {
    /// Seed.
    pub seed: u64,
    /// How it began.
    pub start: StartKind,
    /// What it amounts to.
    pub outcome: Outcome,
    /// Why it stopped.
    pub stop: Stop,
    /// Objective at the end.
    pub objective: f64,
    /// Gap to the proven optimum, relative; where none is proved, to the best network known.
    pub relative_gap: f64,
    /// `‖∇f‖` at the end.
    pub gradient_norm: f64,
    /// Time along the flow.
    pub flow_time: f64,
    /// Gradient evaluations.
    pub evaluations: u64,
    /// Wall time.
    pub seconds: f64,
    /// Metrics against the (measured) geometry of the optimum or of the best network known.
    pub metrics: Metrics,
    /// The logits.
    pub structure: Structure,
    /// The parameters at the end, in the layout of [`Network`].
    pub state: Vec<f64>,
    /// Points along the run, if they were asked for: evaluations, time, objective, gradient norm, metrics.
    pub trajectory: Vec<(u64, f64, f64, f64, Metrics)>,
}

/// All runs.
#[derive(Debug, Clone)]
pub struct Training {
    /// For one layer: whether a run reaches the optimum. For more: the finding about the statement.
    pub verdict: Verdict,
    /// What it is about, in words.
    pub about: String,
    /// Random starts that reached the optimum (where none is proved: the best network known, or better).
    pub attained: usize,
    /// The value that runs are compared with, proven for one layer and two classes.
    pub objective: Enclosure,
    /// Whether samples of a class started equal, because there are too many to keep apart.
    pub equal_samples: bool,
    /// Runs: random starts in the order of their seeds, then the one near the best point.
    pub runs: Vec<Run>,
    /// The tolerance that was used.
    pub tolerance: f64,
}

/// Singular values below this share of the largest are not counted.
const RANK_CUT: f64 = 1e-4;
/// Logits within this distance of a simplex frame, relatively, are one.
const SAME: f64 = 1e-3;

/// The verdict that needs no training.
pub fn settled(known: &CrossEntropy) -> Verdict {
    match known {
        CrossEntropy::Shallow(found) if found.objective.is_some() => Verdict::Verified,
        CrossEntropy::Deep(found) => match found.finding {
            Finding::Refuted => Verdict::Refuted,
            Finding::Verified => Verdict::Verified,
            Finding::Open(_) => Verdict::Undecided,
        },
        _ => Verdict::Undecided,
    }
}

/// What runs are compared with.
struct Reference {
    objective: Enclosure,
    proved: bool,
    frame: Option<Frame>,
    simplex: Option<f64>,
}

impl Reference {
    fn of(problem: &Problem, known: &CrossEntropy) -> Option<Self> {
        match known {
            CrossEntropy::Shallow(found) => Some(Self {
                objective: found.objective.clone()?,
                proved: true,
                frame: Some(Frame::of(problem, &found.point)),
                simplex: None,
            }),
            CrossEntropy::Deep(found) => {
                let least = found.simplex.as_ref().map_or(&found.zero, |s| &s.objective);
                let simplex = middle(least).min(middle(&found.zero));
                let proved = found.objective();
                let best = found.best.as_ref();
                let objective = proved.clone().or_else(|| best.map(|b| b.objective.clone()));
                Some(Self {
                    objective: objective.unwrap_or_else(|| found.zero.clone()),
                    proved: proved.is_some(),
                    frame: best.map(|b| Frame::of(problem, &b.point)),
                    simplex: Some(simplex),
                })
            }
            CrossEntropy::Open(_) => None,
        }
    }
}

/// Trains a cross-entropy problem and compares; `None` if nothing is known to compare with.
///
/// - Runs are independent and deterministic: the same bytes whatever the number of threads.
pub fn train(
    problem: &Problem,
    known: &CrossEntropy,
    plan: &Plan,
    progress: &(dyn Fn() + Sync),
) -> Result<Option<Training>, Untrainable> {
    let Some(reference) = Reference::of(problem, known) else { return Ok(None) };
    let network = Network::of(problem, Columns::of(problem))?;
    let predicted = reference.frame.as_ref().map(|f| PredictedMatrices::measured(&network, f, plan.std));
    let random = |seed: &u64| (StartKind::Random, Start::Random { seed: *seed, std: plan.std });
    let mut starts: Vec<(StartKind, Start)> = plan.seeds.iter().map(random).collect();
    if let Some(frame) = &reference.frame {
        starts.push((StartKind::NearOptimum, near(problem, frame, plan)));
    }
    let judge = Judge { network: &network, reference: &reference, predicted, plan };
    let runs: Vec<Run> = starts
        .par_iter()
        .map(|(kind, start)| {
            let run = judge.run(*kind, start);
            progress();
            run
        })
        .collect();
    let reached = |r: &Run| matches!(r.outcome, Outcome::Global | Outcome::BestKnown);
    let settled = settled(known);
    let (verdict, about) = match known {
        CrossEntropy::Shallow(_) if runs.iter().any(|r| r.outcome == Outcome::Refutes) => {
            (Verdict::Refuted, "a run fell below the proven lower bound".to_owned())
        }
        CrossEntropy::Shallow(_) => {
            let verdict = if runs.iter().any(reached) { Verdict::Verified } else { Verdict::Undecided };
            (verdict, "the optimum is enclosed, and runs are compared with it".to_owned())
        }
        _ => (settled, format!("{STATEMENT}: every optimum is a simplex frame, or zero")),
    };
    let attained = runs.iter().filter(|r| r.start == StartKind::Random).filter(|r| reached(r)).count();
    let equal_samples = matches!(network.columns, Columns::Classes(_));
    let tolerance = plan.tolerance;
    Ok(Some(Training {
        verdict,
        about,
        attained,
        objective: reference.objective,
        equal_samples,
        runs,
        tolerance,
    }))
}

fn near(problem: &Problem, frame: &Frame, plan: &Plan) -> Start {
    let modes = frame.left.iter().zip(&frame.right).zip(&frame.singular_values);
    let mode = |((left, right), s): ((&Vec<f64>, &Vec<f64>), &f64)| Triple {
        left: left.clone(),
        right: right.clone(),
        singular_value: *s,
    };
    Start::Near {
        seed: plan.seeds.first().copied().unwrap_or(1),
        modes: modes.map(mode).collect(),
        bias: if problem.bias() == Bias::None { Vec::new() } else { frame.bias.clone() },
        noise: plan.std * NEAR_NOISE,
    }
}

struct Judge<'a> {
    network: &'a Network,
    reference: &'a Reference,
    predicted: Option<PredictedMatrices>,
    plan: &'a Plan,
}

impl Judge<'_> {
    fn metrics(&self, state: &[f64]) -> Metrics {
        let level = ClassLevel::of(self.network, state);
        match &self.predicted {
            Some(predicted) => predicted.metrics(self.network, &level),
            None => {
                let (nc1, nc1_traces) = level.within_class(self.network);
                let none = f64::NAN;
                Metrics {
                    nc1,
                    nc1_traces,
                    nc2_classifier: none,
                    nc2_features: none,
                    nc3_logits: none,
                    nc3_duality: none,
                }
            }
        }
    }

    fn run(&self, kind: StartKind, start: &Start) -> Run {
        let limits = Limits { evaluations: self.plan.evaluations, tolerance: self.plan.tolerance };
        let mut trajectory = Vec::new();
        let clock = Instant::now();
        let run = flow::run(self.network, start, self.plan.method, limits, &mut |glimpse: Glimpse| {
            if self.plan.trajectory {
                let (point, metrics) = (glimpse.point, self.metrics(&glimpse.point.state));
                let size = point.gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
                trajectory.push((glimpse.evaluations, point.time, point.objective, size, metrics));
            }
        });
        let seconds = clock.elapsed().as_secs_f64();
        let objective = run.last.objective;
        let best = middle(&self.reference.objective);
        let relative_gap = if best > 0.0 { (objective - best) / best } else { objective - best };
        Run {
            seed: start.seed(),
            start: kind,
            outcome: self.outcome(objective, run.stop, relative_gap),
            stop: run.stop,
            objective,
            relative_gap,
            gradient_norm: run.gradient_norm,
            flow_time: run.last.time,
            evaluations: run.evaluations,
            seconds,
            metrics: self.metrics(&run.last.state),
            structure: self.structure(&run.last.state, objective),
            state: run.last.state,
            trajectory,
        }
    }

    fn outcome(&self, objective: f64, stop: Stop, gap: f64) -> Outcome {
        let floor = self.reference.objective.lower().to_f64().unwrap_or(0.0);
        let zero = libm::log(self.network.classes as f64);
        if self.reference.proved && objective < floor - ROUNDING_SHARE * zero {
            return Outcome::Refutes;
        }
        match stop {
            Stop::AtRest | Stop::Stagnated if gap <= self.plan.tolerance => {
                if self.reference.proved {
                    Outcome::Global
                } else {
                    Outcome::BestKnown
                }
            }
            // One layer has no other minima; more layers may rest at one.
            Stop::AtRest | Stop::Stagnated if self.network.depth() > 1 => Outcome::LocalMinimum,
            _ => Outcome::NotConverged,
        }
    }

    fn structure(&self, state: &[f64], objective: f64) -> Structure {
        let level = ClassLevel::of(self.network, state);
        let k = self.network.classes;
        let z = &level.product * &level.features;
        let scaled = Mat::from_fn(k, k, |j, c| z[(j, c)] * self.network.counts[c].sqrt());
        let mut values = singular_values(scaled.as_ref()).unwrap_or_default();
        let largest = values.iter().copied().fold(0.0, f64::max);
        values.retain(|s| *s > RANK_CUT * largest.max(RANK_CUT));
        let column_mean = |c: usize| (0..k).map(|j| z[(j, c)]).sum::<f64>() / k as f64;
        let centred = Mat::from_fn(k, k, |j, c| z[(j, c)] - column_mean(c));
        let simplex = Mat::from_fn(k, k, |j, c| f64::from(u8::from(j == c)) - 1.0 / k as f64);
        let apart = crate::measure::residual(&centred, &simplex, 1.0);
        Structure {
            is_simplex: !values.is_empty() && apart < SAME,
            singular_values: values,
            relative_to_simplex: self.reference.simplex.map(|s| objective / s),
        }
    }
}
