//! The run that a figure of a trained network shows.

use super::canvas::Canvas;
use super::kind::{Progress, Refusal};
use crate::case::{Case, Loss};
use crate::exact::DIGITS;
use crate::flow::Method;
use crate::theory::{Detail, GramDetail, Optimum, Prediction};
use crate::verdict::verification::Plan;
use crate::verdict::{RunReport, Verification, verify};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

// Which run is drawn.
#[derive(Args)]
pub(super) struct RunOptions {
    /// Seed of the random start [default: the case's first]
    #[arg(long)]
    seed: Option<u64>,
    /// How to descend
    #[arg(long, value_enum, default_value = "flow")]
    pub method: MethodWord,
}

/// How to descend, on the command line.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum MethodWord {
    /// Gradient flow.
    Flow,
    /// Momentum descent: learning rate 0.1, momentum 0.9, 30,000 steps.
    Sgd,
    /// Limited-memory BFGS.
    Lbfgs,
}

impl RunOptions {
    /// Trains one random start.
    pub fn trained(
        &self,
        case: &Case,
        trajectory: bool,
        progress: Progress,
    ) -> Result<Verification, Refusal> {
        let mut plan = Plan::of(case.training());
        plan.seeds = vec![self.seed.or(plan.seeds.first().copied()).unwrap_or(1)];
        plan.method = match self.method {
            MethodWord::Flow => Method::Flow,
            MethodWord::Sgd => Method::Sgd,
            MethodWord::Lbfgs => Method::Lbfgs,
        };
        plan.trajectory = trajectory;
        let optimum = Optimum::of(case.problem(), DIGITS);
        let done = progress("runs", 2);
        verify(case.problem(), optimum, &plan, &|_| done()).map_err(|reason| {
            let hint = "smaller widths; or --predicted, for Gram matrices and singular values";
            Refusal::new(&reason.to_string(), hint).of(case)
        })
    }
}

/// The run from the random start.
pub(super) fn random(verification: &Verification) -> Option<&RunReport> {
    verification.runs.first()
}

/// Refuses a case whose figure only the mean squared error has.
pub(super) fn squared(case: &Case, noun: &str) -> Result<(), Refusal> {
    if case.problem().loss() == Loss::Mse {
        return Ok(());
    }
    let reason = format!("{noun} are drawn for the mean squared error only; this case has cross-entropy");
    let hint = "`tightframe plot cross-entropy` draws what is known there; `tightframe verify --trajectory` writes a \
                run's points";
    Err(Refusal::new(&reason, hint).of(case))
}

// A prediction beside a run.
#[derive(Args)]
pub(super) struct Comparison {
    /// The case file
    pub case: PathBuf,
    #[command(flatten)]
    run: RunOptions,
    /// Draw the prediction only, without training
    #[arg(long)]
    predicted: bool,
}

impl Comparison {
    /// The figure of a case: refused by `check` before anything is trained, else drawn by `figure`.
    pub fn drawing(
        &self,
        case: &Case,
        (noun, gram): (&str, GramDetail),
        check: impl Fn(&Prediction) -> Result<(), Refusal>,
        figure: impl Fn(&str, &Prediction, Option<&RunReport>) -> Result<Canvas, Refusal>,
        progress: Progress,
    ) -> Result<Canvas, Refusal> {
        squared(case, noun)?;
        let prediction = Prediction::of(case.problem(), Detail { digits: DIGITS, gram });
        check(&prediction).map_err(|r| r.of(case))?;
        let verification = if self.predicted { None } else { Some(self.run.trained(case, false, progress)?) };
        figure(case.title(), &prediction, verification.as_ref().and_then(random)).map_err(|r| r.of(case))
    }
}
