//! `verify`: train a problem's network from several starts and say where each run ended. One loop for all losses; what
//! differs, a [`Referee`] knows.

use super::critical_point::middle;
use super::plan::{Plan, StartKind};
use super::referee::Referee;
use super::run::{Ending, Listener, News, RunReport, TrajectoryPoint, Verification};
use super::{Outcome, Verdict, cross_entropy, squared_error};
use crate::case::{Loss, Problem, Targets};
use crate::exact::Enclosure;
use crate::flow::{self, Columns, Glimpse, Limits, Network, Start, Stop, Untrainable};
use crate::measure::{ClassLevel, imbalance};
use crate::theory::Known;
use num_traits::ToPrimitive;
use rayon::prelude::*;
use std::time::Instant;

/// Rounding error of a computed objective, as a share of the objective at zero: squares of numbers of that
/// size are summed in eight partial sums, which costs far less than a thousand units in the last place.
const ROUNDING_SHARE: f64 = 1e-12;

/// Trains a problem's network and compares with what is known; `None` if there is nothing to compare with and the loss is the
/// plain one.
///
/// - Runs are independent and deterministic: the same bytes whatever the number of threads.
/// - Where the verdict is about the optimum, it is verified only if a run reaches it.
pub fn verify(
    problem: &Problem,
    known: &Known,
    plan: &Plan,
    listener: Listener,
) -> Result<Option<Verification>, Untrainable> {
    let objective = known.reference();
    let measured = !problem.has_plain_loss() || *problem.targets() != Targets::OneHot;
    // Cross-entropy: the flow knows no bound of the features, and without it the optimum is another one.
    if problem.terms().nonnegative && problem.loss() == Loss::CrossEntropy {
        return Ok(None);
    }
    if objective.is_none() && !(matches!(known, Known::Open(_)) && measured) {
        return Ok(None);
    }
    let network = Network::of(problem, Columns::of(problem))?;
    let referee: Box<dyn Referee + '_> = match known {
        Known::SquaredError(optimum) => Box::new(squared_error::Modes::of(problem, &network, optimum, plan)?),
        Known::Shallow(found) => Box::new(cross_entropy::Logits::shallow(problem, &network, found, plan)),
        Known::Deep(found) => Box::new(cross_entropy::Logits::deep(problem, &network, found, plan)),
        Known::Open(_) => Box::new(cross_entropy::Logits::open(problem, &network, plan)),
    };
    let random = |seed: &u64| (StartKind::Random, Start::Random { seed: *seed, std: plan.std });
    let mut starts: Vec<(StartKind, Start)> = plan.seeds.iter().map(random).collect();
    starts.extend(referee.near().map(|start| (StartKind::NearOptimum, start)));
    let judge =
        Judge { network: &network, referee: referee.as_ref(), objective: objective.as_ref(), plan, listener };
    let runs: Vec<RunReport> = starts
        .par_iter()
        .enumerate()
        .map(|(i, (kind, start))| {
            let run = judge.run(i, *kind, start);
            listener(News::Ended { number: i, run: &run });
            run
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
    objective: Option<&'a Enclosure>,
    plan: &'a Plan,
    listener: Listener<'a>,
}

impl Judge<'_> {
    fn run(&self, number: usize, kind: StartKind, start: &Start) -> RunReport {
        let limits = Limits {
            evaluations: self.plan.evaluations,
            tolerance: self.plan.tolerance,
            path: self.plan.trajectory,
        };
        let mut trajectory = Vec::new();
        let clock = Instant::now();
        let run = flow::run(self.network, start, self.plan.method, limits, &mut |glimpse| {
            let (evaluations, relative_gap) = (glimpse.evaluations, self.gap(glimpse.point.objective));
            (self.listener)(News::Point { number, evaluations, relative_gap });
            if self.plan.trajectory {
                trajectory.push(self.point(&glimpse));
            }
        });
        let seconds = clock.elapsed().as_secs_f64();
        let (objective, state) = (run.last.objective, run.last.state);
        let level = ClassLevel::of(self.network, &state);
        let strengths = self.referee.strengths(&level);
        let ending = self.referee.ending(&level, &strengths, objective);
        let relative_gap = self.gap(objective);
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
            chebyshev_bound: (run.stiffness > 0.0).then(|| (run.stiffness * run.last.time).sqrt()),
            seconds,
            metrics: self.referee.metrics(&level, &strengths),
            regression: self.referee.regression(&level),
            imbalance: imbalance(self.network, &state),
            state: state.to_vec(),
            trajectory,
        }
    }

    /// The gap to the value that runs are compared with, relative to it; absolute where it is zero.
    fn gap(&self, objective: f64) -> f64 {
        let best = self.objective.map_or(f64::NAN, middle);
        let gap = objective - best;
        if best > 0.0 { gap / best } else { gap }
    }

    fn point(&self, glimpse: &Glimpse) -> TrajectoryPoint {
        let level = ClassLevel::of(self.network, &glimpse.point.state);
        let strengths = self.referee.strengths(&level);
        TrajectoryPoint {
            evaluations: glimpse.evaluations,
            time: glimpse.point.time,
            objective: glimpse.point.objective,
            gradient_norm: glimpse.gradient_norm,
            metrics: self.referee.metrics(&level, &strengths),
            strengths,
        }
    }

    fn outcome(&self, objective: f64, stop: Stop, ending: &Ending, gap: f64) -> Outcome {
        let floor = self.objective.map_or(0.0, |f| f.lower().to_f64().unwrap_or(0.0));
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
