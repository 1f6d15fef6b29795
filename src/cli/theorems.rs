//! `theorems`: the catalogue, and one theorem explained.

use super::cases::case_files;
use super::{Error, Exit, answer};
use crate::case::Case;
use crate::render;
use crate::render::theorems::{CaseFinding, MeasuredRun, TheoremJson};
use crate::study::Study;
use crate::theorems::{Applicability, Judge, Place, Theorem, catalogue};
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
        let rows: Vec<Vec<CaseFinding>> = cases
            .par_iter()
            .map(|case| self.findings(&Study::of(case), &chosen))
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

    /// What each theorem is on one case, whose optimum serves all of them.
    fn findings(&self, study: &Study, chosen: &[&Theorem]) -> Result<Vec<CaseFinding>, Error> {
        let place = self.place(study)?;
        let judge = study.judge_at(&place);
        let networks = if self.train { study.networks() } else { Vec::new() };
        let observers: Vec<(String, Judge)> = networks
            .iter()
            .map(|run| {
                let name = format!("{}, {}", run.start.described(run.seed), run.outcome.word());
                (name, study.judge_at(&run.place))
            })
            .collect();
        let finding = |t: &&Theorem| {
            let finding = t.judge(&judge);
            let mut row = CaseFinding::of(study.case().name(), &finding);
            if finding.applicability == Applicability::Applies {
                let measured = |(run, observer): &(String, Judge)| {
                    t.measure(observer).map(|measured| MeasuredRun::of(run, &measured))
                };
                row.measured = observers.iter().filter_map(measured).collect();
            }
            row
        };
        Ok(chosen.iter().map(finding).collect())
    }

    /// The point that the claims are about.
    fn place(&self, study: &Study) -> Result<Place, Error> {
        let Some(name) = &self.at else { return Ok(Place::Optimum) };
        let case = study.case().name();
        let landscape = study.landscape().ok_or_else(|| Error::SquaredErrorOnly {
            subject: "critical points",
            case: case.into(),
            hint: "leave --at out",
        })?;
        landscape.named(name).map(Place::CriticalPoint).map_err(|mistake| Error::NoSuchPoint {
            case: case.to_owned(),
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
