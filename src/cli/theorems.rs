//! `theorems`: the catalogue, and one theorem explained.

use super::cases::case_files;
use super::check::origin;
use super::{Error, Exit, answer};
use crate::case::{Case, Loss};
use crate::exact::DIGITS;
use crate::render;
use crate::render::theorems::{CaseFinding, MeasuredRun, TheoremJson};
use crate::theorems::{Applicability, Judge, Place, Theorem, catalogue, place};
use crate::theory::Optimum;
use crate::theory::landscape::Landscape;
use crate::verdict::verification::Plan;
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use std::path::PathBuf;

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For reading.
    Text,
    /// The complete result.
    Json,
}

/// List the theorems, or explain one
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe theorems
  tightframe theorems norm-ratios --on cases
  tightframe theorems norm-ratios --on my.toml --train
  tightframe theorems stationarity --on my.toml --at 1..2,4-
  tightframe theorems --theorems my-theorems/ --format json

Critical points have the names that `predict --critical-points` lists.")]
pub struct Theorems {
    /// The theorem to explain
    id: Option<String>,
    /// Case files and folders to judge it on
    #[arg(long, num_args = 1..)]
    on: Vec<PathBuf>,
    /// Judge it at this critical point instead of the optimum: modes on upper roots, `-` for the lower root
    #[arg(long, requires = "on", value_name = "MODES")]
    at: Option<String>,
    /// Train each case too, and measure the claims on the trained networks
    #[arg(long, requires = "on", conflicts_with = "at")]
    train: bool,
    /// A folder of further theorem files
    #[arg(long)]
    theorems: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

impl Theorems {
    pub fn run(&self) -> Result<Exit, Error> {
        let all = catalogue::with_folder(self.theorems.as_deref())?;
        let chosen: Vec<&Theorem> = match &self.id {
            None => all.iter().collect(),
            Some(id) => vec![all.iter().find(|t| t.id == *id).ok_or_else(|| no_theorem(id, &all))?],
        };
        let files = case_files(&self.on)?;
        let cases: Vec<Case> = files.iter().map(|path| Case::read(path)).collect::<Result<_, _>>()?;
        // One judge a case: its optimum serves every theorem.
        let rows: Vec<Vec<CaseFinding>> = cases
            .par_iter()
            .map(|case| {
                let place = self.place(case)?;
                let judge = Judge::at(case.problem(), &place);
                let runs = match self.train {
                    true => place::train(case.problem(), &Plan::of(case.training())).unwrap_or_default(),
                    false => Vec::new(),
                };
                let observers: Vec<(String, Judge)> = runs
                    .iter()
                    .map(|run| {
                        let name = format!("{}, {}", origin(run.start, run.seed), run.outcome.word());
                        (name, Judge::at(case.problem(), &run.place))
                    })
                    .collect();
                let finding = |t: &&Theorem| {
                    let finding = t.judge(&judge);
                    let mut row = CaseFinding::of(case.name(), &finding);
                    if finding.applicability == Applicability::Applies {
                        let measured = |(run, observer): &(String, Judge)| {
                            t.measure(observer).map(|measured| MeasuredRun::of(run, &measured))
                        };
                        row.measured = observers.iter().filter_map(measured).collect();
                    }
                    row
                };
                Ok(chosen.iter().map(finding).collect())
            })
            .collect::<Result<_, Error>>()?;
        let finished = chosen
            .iter()
            .enumerate()
            .map(|(i, theorem)| TheoremJson::of(theorem, rows.iter().map(|row| row[i].clone()).collect()));
        let finished: Vec<TheoremJson> = finished.collect();
        let text = match (self.format, &self.id) {
            (Format::Json, _) => render::json(&finished),
            (Format::Text, Some(_)) => finished.iter().map(render::theorems::explained).collect(),
            (Format::Text, None) => render::theorems::listed(&finished),
        };
        answer(text.as_bytes())
    }

    /// The point that the claims are about.
    fn place(&self, case: &Case) -> Result<Place, Error> {
        let Some(name) = &self.at else { return Ok(Place::Optimum) };
        if case.problem().loss() != Loss::Mse {
            return Err(Error::SquaredErrorOnly {
                subject: "critical points",
                case: case.name().into(),
                hint: "leave --at out",
            });
        }
        let optimum = Optimum::of(case.problem(), DIGITS);
        let landscape = Landscape::of(case.problem(), &optimum);
        landscape.named(name).map(Place::CriticalPoint).map_err(|mistake| Error::NoSuchPoint {
            case: case.name().to_owned(),
            name: name.clone(),
            mistake,
        })
    }
}

/// The refusal of a name that no theorem has.
pub(super) fn no_theorem(id: &str, all: &[Theorem]) -> Error {
    let ids: Vec<&str> = all.iter().map(|t| t.id.as_str()).collect();
    Error::unknown("theorem", id, &ids, "tightframe theorems")
}
