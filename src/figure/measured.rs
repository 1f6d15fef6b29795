//! The run that a figure of a trained network shows.

use super::kind::{Drawing, Progress, Refusal};
use super::words::{ended, middle};
use crate::case::{Case, Problem};
use crate::exact::DIGITS;
use crate::flow::Method;
use crate::study::Study;
use crate::theory::{GramDetail, Optimum, Prediction};
use crate::verdict::measurement::{Measurement, trajectory};
use crate::verdict::{Geometry, Listener, News, Plan, RunReport, TrajectoryPoint};
use clap::{Args, ValueEnum};
use std::borrow::Cow;
use std::path::Path;

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

/// A network beside its prediction: its geometry, and what it is in words.
pub(super) struct Observed {
    pub geometry: Geometry,
    pub words: String,
}

impl Observed {
    /// A network from files, in words `net.npz, at the optimum`.
    fn of(m: &Measurement) -> Self {
        let name = |path: &String| {
            Path::new(path).file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned())
        };
        let names: Vec<String> = m.files.iter().map(name).collect();
        let place = m.comparison().map_or(String::new(), |c| format!(", {}", ended(c.outcome)));
        Self { geometry: m.geometry(), words: names.join(" + ") + &place }
    }

    /// `predicted (proven)`, and the network's words if there is one.
    pub fn heading(seen: Option<&Self>) -> String {
        let measured = seen.map_or(String::new(), |seen| format!(" and measured ({})", seen.words));
        format!("predicted (proven){measured}")
    }
}

/// The networks from files that a case names, by their epochs; at least one.
fn from_files<'a>(study: &'a Study) -> Result<Vec<(f64, &'a Measurement)>, Refusal> {
    let refused = |reason: &str, hint| Refusal::new(reason, hint).of(study.case());
    let all = study.measured().map_err(|reason| refused(&reason.to_string(), "see `tightframe measure`"))?;
    match all {
        [] => Err(refused("the case names no networks", "name their files under [measured]")),
        all => Ok(trajectory(all)),
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
    /// Draw the last network of the case's [measured] instead of training one
    #[arg(long, conflicts_with = "predicted")]
    measured: bool,
}

impl Comparison {
    /// The figure of a case: refused by `check` before anything is trained, else drawn by `figure`.
    pub fn drawing(
        &self,
        case: &Case,
        (noun, gram): (&str, GramDetail),
        check: impl Fn(&Prediction) -> Result<(), Refusal>,
        figure: impl Fn(&str, &Prediction, Option<Observed>) -> Result<Drawing, Refusal>,
        progress: Progress,
    ) -> Result<Drawing, Refusal> {
        let done = progress("runs", 2);
        let listener = |news: News<'_>| done(Some(news));
        let study = self.run.study(case, false, &listener).with_gram(gram);
        let prediction = study.prediction(DIGITS).ok_or_else(|| squared_only(case, noun))?;
        check(&prediction).map_err(|r| r.of(case))?;
        let seen = if self.predicted {
            None
        } else if self.measured {
            from_files(&study)?.last().map(|(_, last)| Observed::of(last))
        } else {
            trained(&study)?.and_then(|run| {
                let geometry = Geometry::of(case.problem(), &run.state)?;
                Some(Observed { geometry, words: format!("seed {}, ended {}", run.seed, ended(run.outcome)) })
            })
        };
        figure(case.title(), &prediction, seen).map_err(|r| r.of(case))
    }
}

/// One column of training curves: points along the training of a problem.
#[derive(Debug, Clone)]
pub(super) struct Column<'a> {
    pub problem: &'a Problem,
    /// The optimum, where it has modes.
    pub optimum: Option<&'a Optimum>,
    /// The value that objectives are compared with.
    pub best: f64,
    /// Whether that is the proven optimum, not the best network known.
    pub proved: bool,
    pub points: Cow<'a, [TrajectoryPoint]>,
    /// Which training it is.
    pub name: String,
    /// Where it ended.
    pub ended: String,
}

impl<'a> Column<'a> {
    /// A run from a random start, or the networks from files.
    pub fn of(study: &'a Study, measured: bool) -> Result<Self, Refusal> {
        let best = study.known().reference().ok_or_else(|| open(study.case()))?;
        let column = |points, name, ended| Self {
            problem: study.problem(),
            optimum: study.optimum(),
            best: middle(&best),
            proved: study.known().objective().is_some(),
            points,
            name,
            ended,
        };
        if !measured {
            let run = trained(study)?.ok_or_else(|| open(study.case()))?;
            let name = format!("seed {}", run.seed);
            return Ok(column(Cow::Borrowed(&run.trajectory), name, ended(run.outcome)));
        }
        let all = from_files(study)?;
        let optimum =
            study.optimum().ok_or_else(|| squared_only(study.case(), "curves of networks from files"))?;
        let points = all.iter().filter_map(|(epoch, m)| m.point(optimum, *epoch)).collect();
        let last = all.last().and_then(|(_, last)| last.comparison());
        let ended = last.map_or("elsewhere".to_owned(), |c| ended(c.outcome));
        Ok(column(points, format!("{} networks from files", all.len()), ended))
    }
}

fn open(case: &Case) -> Refusal {
    let reason = "nothing is known of this case that curves could be compared with";
    Refusal::new(reason, "`tightframe verify --trajectory` writes a run's points").of(case)
}
