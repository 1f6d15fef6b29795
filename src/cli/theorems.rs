//! `theorems`: the catalogue, and one theorem explained.

use super::cases::{Flags, case_files, cost, longest_first, read};
use super::form::{Form, Format};
use super::screen::Screen;
use super::{Error, Exit, answer};
use crate::case::Case;
use crate::render::theorems::{CaseFinding, MeasuredRun, TheoremJson};
use crate::render::{self, Page};
use crate::study::Study;
use crate::theorems::{Applicability, Judge, Place, Theorem, catalogue};
use crate::verdict::{News, Plan};
use clap::Args;
use std::path::PathBuf;

/// List the theorems, or explain one
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe theorems
  tightframe theorems norm-ratios --on cases
  tightframe theorems norm-ratios --on my.toml --train
  tightframe theorems --counts 20,10 --widths 8,8 --lambda 1e-3
  tightframe theorems stationarity --on my.toml --at 1..2,4-
  tightframe theorems --theorems my-theorems/ --format json

Critical points have the names that `predict --critical-points` lists.")]
pub struct Theorems {
    /// The theorem to explain
    id: Option<String>,
    /// Case files and folders to judge it on; `-` is standard input
    #[arg(long, num_args = 1.., value_name = "CASE", conflicts_with = "counts")]
    on: Vec<PathBuf>,
    #[command(flatten)]
    flags: Flags,
    /// Judge it at this critical point instead of the optimum: modes on upper roots, `-` for the lower root
    #[arg(long, value_name = "MODES", allow_hyphen_values = true)]
    at: Option<String>,
    /// Train each case too, and measure the claims on the trained networks
    #[arg(long, conflicts_with = "at")]
    train: bool,
    /// A folder of further theorem files
    #[arg(long)]
    theorems: Option<PathBuf>,
    #[command(flatten)]
    form: Form,
}

impl Theorems {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        if let Some(exit) = self.flags.printed()? {
            return Ok(exit);
        }
        let all = catalogue::with_folder(self.theorems.as_deref())?;
        let chosen: Vec<&Theorem> = match &self.id {
            None => all.iter().collect(),
            Some(id) => vec![all.iter().find(|t| t.id == *id).ok_or_else(|| no_theorem(id, &all))?],
        };
        let files = case_files(&self.on)?;
        let mut cases: Vec<Case> = files.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
        cases.extend(self.flags.case()?);
        let option = if self.at.is_some() { "--at" } else { "--train" };
        if cases.is_empty() && (self.at.is_some() || self.train) {
            return Err(Error::Option {
                given: option.to_owned(),
                wrong: format!("{option} needs a case"),
                hint: "--on names case files, --counts and --widths a problem without one".to_owned(),
            });
        }
        let runs = |case: &Case| case.training().seeds.len() as u64 + 1;
        let work = match self.train {
            true => screen.training(cases.iter().map(runs).sum()),
            false => screen.training_of(cases.len() as u64, "cases"),
        };
        let (bar, listener) = (&work.bar, |news: News<'_>| work.hear(news));
        let judged = |case: &Case| {
            let study = Study::of(case).trained(Plan::of(case.training()), &listener);
            let findings = self.findings(&study, &chosen);
            bar.inc(u64::from(!self.train));
            if screen.verbose {
                bar.suspend(|| screen.complain(&format!("judged  {}", case.name())));
            }
            findings
        };
        let cost = |case: &Case| cost(case, self.train);
        let rows = longest_first(&cases, cost, |_, case| judged(case));
        let rows: Vec<Vec<CaseFinding>> = rows.into_iter().collect::<Result<_, Error>>()?;
        bar.finish_and_clear();
        let finished = chosen
            .iter()
            .enumerate()
            .map(|(i, theorem)| TheoremJson::of(theorem, rows.iter().map(|row| row[i].clone()).collect()));
        let finished: Vec<TheoremJson> = finished.collect();
        match (self.form.format, &self.id) {
            (Format::Json, _) => answer(render::json(&finished).as_bytes()),
            (Format::Text, None) => screen.show(&render::theorems::listed(&finished)),
            (Format::Text, Some(_)) => {
                let mut page = Page::default();
                finished.iter().for_each(|theorem| page.append(render::theorems::explained(theorem)));
                screen.show(&page)
            }
        }
    }

    /// What each theorem is on one case, whose optimum serves all of them.
    fn findings(&self, study: &Study, chosen: &[&Theorem]) -> Result<Vec<CaseFinding>, Error> {
        let place = self.place(study)?;
        let judge = study.judge_at(&place);
        let trained = if self.train { study.networks() } else { Vec::new() };
        let trained = trained
            .into_iter()
            .map(|run| (format!("{}, {}", run.start.described(run.seed), run.outcome.word()), run.place));
        let measured = study.measured_networks().map_err(|reason| Error::Unmeasured {
            case: study.case().name().into(),
            reason: reason.clone(),
        })?;
        let networks: Vec<(String, Place)> = measured.into_iter().chain(trained).collect();
        let observers: Vec<(&String, Judge)> =
            networks.iter().map(|(name, place)| (name, study.judge_at(place))).collect();
        let finding = |t: &&Theorem| {
            let finding = t.judge(&judge);
            let mut row = CaseFinding::of(study.case().name(), &finding);
            if finding.applicability == Applicability::Applies {
                let measured = |(run, observer): &(&String, Judge)| {
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
