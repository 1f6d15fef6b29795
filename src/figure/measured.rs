//! The run that a figure of a trained network shows.

use super::kind::{Drawing, Progress, Refusal};
use crate::case::Case;
use crate::exact::DIGITS;
use crate::flow::Method;
use crate::study::Study;
use crate::theory::{GramDetail, Prediction};
use crate::verdict::{Listener, News, Plan, RunReport};
use clap::{Args, ValueEnum};

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
    /// The study of a case with one random start.
    pub fn study<'a>(&self, case: &'a Case, trajectory: bool, listener: Listener<'a>) -> Study<'a> {
        let mut plan = Plan::of(case.training());
        plan.seeds = vec![self.seed.or(plan.seeds.first().copied()).unwrap_or(1)];
        plan.method = match self.method {
            MethodWord::Flow => Method::Flow,
            MethodWord::Sgd => Method::Sgd,
            MethodWord::Lbfgs => Method::Lbfgs,
        };
        plan.trajectory = trajectory;
        Study::of(case).trained(plan, listener)
    }
}

/// Trains; the run from the random start.
pub(super) fn trained<'a>(study: &'a Study) -> Result<Option<&'a RunReport>, Refusal> {
    let training = study.training().map_err(|reason| {
        let hint = "smaller widths; or --predicted, for Gram matrices and singular values";
        Refusal::new(&reason.to_string(), hint).of(study.case())
    })?;
    Ok(training.and_then(|training| training.runs.first()))
}

/// Refuses a case whose figure only the mean squared error has.
fn squared_only(case: &Case, noun: &str) -> Refusal {
    let reason = format!("{noun} are drawn for the mean squared error only; this case has cross-entropy");
    let hint =
        "`tightframe plot training` draws its runs; `tightframe plot cross-entropy` what is known there";
    Refusal::new(&reason, hint).of(case)
}

// A prediction beside a run.
#[derive(Args)]
pub(super) struct Comparison {
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
        figure: impl Fn(&str, &Prediction, Option<&RunReport>) -> Result<Drawing, Refusal>,
        progress: Progress,
    ) -> Result<Drawing, Refusal> {
        let done = progress("runs", 2);
        let listener = |news: News<'_>| done(Some(news));
        let study = self.run.study(case, false, &listener).with_gram(gram);
        let prediction = study.prediction(DIGITS).ok_or_else(|| squared_only(case, noun))?;
        check(&prediction).map_err(|r| r.of(case))?;
        let run = if self.predicted { None } else { trained(&study)? };
        figure(case.title(), &prediction, run).map_err(|r| r.of(case))
    }
}
