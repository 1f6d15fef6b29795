//! `check`: every case under the given paths, predicted, trained and compared with what it expects.

use super::cases::case_files;
use super::{Error, Exit, answer, progress};
use crate::case::{Case, Loss};
use crate::certificate;
use crate::exact::{DIGITS, decimal};
use crate::kernel;
use crate::render;
use crate::render::check::{CaseRow, CheckJson};
use crate::render::verification::{attained, ending};
use crate::theorems::place::claim_tolerance;
use crate::theorems::{Judge, Place, Theorem, Trained, catalogue, tally};
use crate::theory::cross_entropy::{CrossEntropy, Finding};
use crate::theory::{Optimum, Uniqueness};
use crate::verdict::expectation::Disagreement;
use crate::verdict::verification::Plan;
use crate::verdict::{Outcome, StartKind, Verdict, Verification, cross_entropy, expectation, verify};
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// One row a case.
    Text,
    /// The complete result.
    Json,
    /// For continuous integration.
    Junit,
    /// For a summary page or a pull request.
    Markdown,
}

/// Check every case under some paths: predict, train, measure, compare
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe check cases
  tightframe check my.toml other/
  tightframe check cases --certify
  tightframe check cases --format junit > report.xml
  tightframe check cases --summary \"$GITHUB_STEP_SUMMARY\"

Exit code 0 when every case's verdict and values are the ones its [expect] section names (verified by
default), 1 when one is not, 2 when a file is refused or a path holds no case.")]
pub struct Check {
    /// Case files and folders of case files (searched for *.toml)
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Certify each case too, and have the certificate checked
    #[arg(long)]
    certify: bool,
    /// A folder of further theorem files
    #[arg(long)]
    theorems: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Append the Markdown form to this file too
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
}

impl Check {
    pub fn run(&self) -> Result<Exit, Error> {
        let files = case_files(&self.paths)?;
        let theorems = catalogue::with_folder(self.theorems.as_deref())?;
        let bar = progress(files.len() as u64, "cases");
        // The slowest cases stand anywhere; one at a time to each thread keeps all of them busy.
        let rows: Vec<(CaseRow, bool)> = files
            .par_iter()
            .with_max_len(1)
            .map(|path| {
                let row = row(path, self.certify, &theorems);
                bar.inc(1);
                row
            })
            .collect();
        bar.finish_and_clear();
        let refused = rows.iter().any(|(_, refused)| *refused);
        let check = CheckJson::of(rows.into_iter().map(|(row, _)| row).collect());
        let bytes = match self.format {
            Format::Text => check.text(),
            Format::Json => render::json(&check),
            Format::Junit => check.junit(),
            Format::Markdown => render::summary::markdown(&check),
        };
        answer(bytes.as_bytes())?;
        if let Some(path) = &self.summary {
            appended(path, render::summary::markdown(&check).as_bytes())?;
        }
        Ok(match refused {
            true => Exit::Usage,
            false if check.failed > 0 => Exit::Refuted,
            false => Exit::Success,
        })
    }
}

/// Appends to a file in one write; what others put there stays.
fn appended(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let open = std::fs::OpenOptions::new().append(true).create(true).open(path);
    open.and_then(|mut file| std::io::Write::write_all(&mut file, bytes)).map_err(|error| Error::Unwritable {
        noun: "summary",
        path: path.to_owned(),
        error,
    })
}

/// The row of one file, and whether the file was refused.
fn row(path: &Path, certify: bool, theorems: &[Theorem]) -> (CaseRow, bool) {
    let empty = CaseRow {
        path: path.display().to_string(),
        title: path.display().to_string(),
        verdict: "refused".to_owned(),
        optimum: "–".to_owned(),
        objective: "–".to_owned(),
        attained: "–".to_owned(),
        certificate: None,
        gradient_evaluations: 0,
        notes: Vec::new(),
        theorems: None,
        disagreements: Vec::new(),
    };
    match Case::read(path) {
        Ok(case) => match tally::statements(&case, theorems) {
            Ok(all) => (case_row(&case, empty, certify, &all), false),
            Err(refusal) => (CaseRow { disagreements: vec![refusal.to_string()], ..empty }, true),
        },
        Err(refusal) => (CaseRow { disagreements: vec![refusal.to_string()], ..empty }, true),
    }
}

fn case_row(case: &Case, mut row: CaseRow, certify: bool, theorems: &[Cow<'_, Theorem>]) -> CaseRow {
    row.title = case.title().to_owned();
    let judge = Judge::of(case.problem());
    let (judge, (verdict, disagreements, trained)) = match case.problem().loss() {
        Loss::Mse => (judge, squared_error(case, &mut row)),
        Loss::CrossEntropy => {
            let known = CrossEntropy::of(case.problem(), DIGITS);
            let findings = entropy(case, &known, &mut row);
            (judge.knowing(known), findings)
        }
    };
    let trained = trained.map(|trained| Place::Trained(Box::new(trained)));
    row.theorems = Some(tally::tally(&judge, theorems, trained.as_ref()));
    // A theorem that the case expects to be refuted is the case's verdict.
    let refuted = row.theorems.as_ref().map(|t| t.refuted.as_slice()).unwrap_or_default();
    let expected = case.expect().theorem.as_ref().filter(|id| refuted.contains(id));
    let verdict = if expected.is_some() { Verdict::Refuted } else { verdict };
    row.verdict = verdict.word().to_owned();
    for claim in case.claims().iter().filter(|c| refuted.contains(&c.id) && expected != Some(&c.id)) {
        row.disagreements.push(format!("claim {}: refuted", claim.id));
    }
    let about_verdict = expectation::about_verdict(case.expect(), verdict);
    row.disagreements.extend(disagreements.iter().chain(&about_verdict).map(ToString::to_string));
    // Where nothing is proved there is nothing to certify.
    if certify && verdict != Verdict::Undecided {
        let said = audited(case);
        if said != "accepted" {
            row.disagreements.push(format!("certificate: {said}"));
        }
        row.certificate = Some(said);
    }
    row
}

/// Cross-entropy: what is known, and training.
fn entropy(
    case: &Case,
    known: &CrossEntropy,
    row: &mut CaseRow,
) -> (Verdict, Vec<Disagreement>, Option<Trained>) {
    let disagreements = expectation::about_cross_entropy(case.expect(), known);
    let objective = match known {
        CrossEntropy::Shallow(found) => found.objective.clone(),
        CrossEntropy::Deep(found) => found.objective().or(found.best.as_ref().map(|b| b.objective.clone())),
        CrossEntropy::Open(_) => None,
    };
    row.optimum = match (known, &objective) {
        (CrossEntropy::Shallow(_), Some(_)) => "enclosed",
        (CrossEntropy::Deep(found), _) if found.finding == Finding::Verified => "proved",
        (CrossEntropy::Deep(_), Some(_)) => "best known",
        _ => "undecided",
    }
    .to_owned();
    row.objective = objective.map_or("–".to_owned(), |x| decimal(&x, 12));
    if !case.training().run {
        return (cross_entropy::settled(known), disagreements, None);
    }
    match cross_entropy::train(case.problem(), known, &Plan::of(case.training()), &|| {}) {
        Ok(Some(training)) => {
            row.attained = render::cross_entropy::attained(&training);
            row.gradient_evaluations = training.runs.iter().map(|r| r.evaluations).sum();
            let reached = |r: &&cross_entropy::Run| matches!(r.outcome, Outcome::Global | Outcome::BestKnown);
            let elsewhere = training.runs.iter().filter(|r| !reached(r));
            let note = |r: &cross_entropy::Run| {
                format!(
                    "{}: {}, {}",
                    origin(r.start, r.seed),
                    r.outcome.word(),
                    render::cross_entropy::ending(r)
                )
            };
            row.notes = elsewhere.map(note).collect();
            let best = training.runs.into_iter().find(|r| reached(&r));
            let trained = best.and_then(|r| {
                Trained::of(case.problem(), r.state, r.objective, None, claim_tolerance(training.tolerance))
            });
            (training.verdict, disagreements, trained)
        }
        Ok(None) => (Verdict::Undecided, disagreements, None),
        Err(reason) => {
            row.notes = vec![reason.to_string()];
            (Verdict::Undecided, disagreements, None)
        }
    }
}

/// The mean squared error: the proven optimum, and training.
fn squared_error(case: &Case, row: &mut CaseRow) -> (Verdict, Vec<Disagreement>, Option<Trained>) {
    let optimum = Optimum::of(case.problem(), DIGITS);
    row.optimum = optimum.uniqueness.word().to_owned();
    row.objective = decimal(&optimum.objective, 12);
    let disagreements = expectation::about_optimum(case.expect(), &optimum);
    let settled =
        if optimum.uniqueness == Uniqueness::Undecided { Verdict::Undecided } else { Verdict::Verified };
    let mut trained = None;
    let verdict = if case.training().run {
        match verify(case.problem(), optimum, &Plan::of(case.training()), &|_| {}) {
            Ok(verification) => {
                row.attained = attained(&verification);
                row.gradient_evaluations = verification.runs.iter().map(|r| r.evaluations).sum();
                row.notes = notes(&verification);
                let best = verification.runs.into_iter().find(|r| r.outcome == Outcome::Global);
                trained = best.and_then(|r| {
                    let (optimum, tolerance) =
                        (&verification.optimum, claim_tolerance(verification.tolerance));
                    Trained::of(case.problem(), r.state, r.objective, Some(optimum), tolerance)
                });
                verification.verdict
            }
            Err(reason) => {
                row.notes = vec![reason.to_string()];
                Verdict::Undecided
            }
        }
    } else {
        settled
    };
    (verdict, disagreements, trained)
}

/// What the checker says of the case's certificate, in a line.
fn audited(case: &Case) -> String {
    match certificate::certify(case) {
        Ok(text) => kernel::audit(case.bytes(), text.as_bytes()).brief(),
        Err(reason) => reason.to_string(),
    }
}

fn notes(verification: &Verification) -> Vec<String> {
    let elsewhere = verification.runs.iter().filter(|r| r.outcome != Outcome::Global);
    elsewhere
        .map(|r| format!("{}: {}, {}", origin(r.start, r.seed), r.outcome.word(), ending(r, verification)))
        .collect()
}

pub(super) fn origin(start: StartKind, seed: u64) -> String {
    match start {
        StartKind::Random => format!("seed {seed}"),
        StartKind::NearOptimum => "start near the optimum".to_owned(),
    }
}
