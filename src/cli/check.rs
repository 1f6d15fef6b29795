//! `check`: every case under the given paths, predicted, trained and compared with what it expects.

use super::cases::{case_files, cost, longest_first, read};
use super::form::Json;
use super::screen::Screen;
use super::{Error, Exit, answer, interrupt};
use crate::case::{Case, Refusal};
use crate::output::{Call, Target};
use crate::render;
use crate::render::check::{CaseRow, CheckJson};
use crate::study::Study;
use crate::theorems::{Theorem, catalogue};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

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
default), 1 when one is not, 2 when a file is refused or a path holds no case, 3 when all that is not as expected is
undecided.")]
pub struct Check {
    /// Case files and folders of case files (searched for *.toml); `-` is standard input
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Certify each case too, and have the certificate checked
    #[arg(long)]
    certify: bool,
    /// A folder of further theorem files
    #[arg(long)]
    theorems: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value = "text", default_value_if("json", "true", "json"))]
    format: Format,
    #[command(flatten)]
    json: Json,
    /// Append the Markdown form to this file too
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Add the summary to a file of another kind too
    #[arg(long, requires = "summary")]
    force: bool,
}

impl Format {
    fn written(self, screen: &Screen, check: &CheckJson) -> String {
        match self {
            Self::Text => screen.text(&check.text(screen.quiet)),
            Self::Json => render::json(check),
            Self::Junit => check.junit(),
            Self::Markdown => render::summary::markdown(check),
        }
    }
}

impl Check {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        let files = case_files(&self.paths)?;
        let call = Call { inputs: &files, force: self.force };
        let summary = self.summary.as_deref().map(|path| Target::addition(path, call)).transpose()?;
        let theorems = catalogue::with_folder(self.theorems.as_deref())?;
        let bar = screen.progress(files.len() as u64, "cases");
        let finished = Arc::new(Mutex::new(vec![None; files.len()]));
        let (heard, format, shown) = (Arc::clone(&finished), self.format, screen.clone());
        let words = interrupt::last_words(move || {
            let rows = heard.lock().unwrap_or_else(PoisonError::into_inner);
            let done: Vec<CaseRow> = rows.iter().flatten().cloned().collect();
            let talk = format!("interrupted: {} of {} cases are done", done.len(), rows.len());
            (format.written(&shown, &CheckJson::of(done)), talk)
        });
        let cases: Vec<(PathBuf, Result<Case, Refusal>)> =
            files.iter().map(|path| (path.clone(), read(path))).collect();
        let cost = |(_, case): &(PathBuf, Result<Case, Refusal>)| {
            case.as_ref().map_or(0, |case| cost(case, case.training().run))
        };
        let rows: Vec<CaseRow> = longest_first(&cases, cost, |i, (path, case)| {
            let row = row(path, case, self.certify, &theorems);
            if screen.verbose {
                bar.suspend(|| screen.complain(&format!("{}  {}", row.verdict, row.path)));
            }
            finished.lock().unwrap_or_else(PoisonError::into_inner)[i] = Some(row.clone());
            bar.inc(1);
            row
        });
        bar.finish_and_clear();
        drop(words);
        let check = CheckJson::of(rows);
        answer(self.format.written(screen, &check).as_bytes())?;
        if let Some(target) = &summary {
            let text = render::summary::markdown(&check);
            target.add(text.as_bytes()).map_err(|error| Error::Unwritable {
                noun: "summary",
                path: target.path().to_owned(),
                error,
            })?;
        }
        Ok(ended(&check))
    }
}

/// How a check ends.
fn ended(check: &CheckJson) -> Exit {
    let mut failed = check.cases.iter().filter(|row| !row.disagreements.is_empty());
    match check.failed {
        0 => Exit::Success,
        _ if check.cases.iter().any(CaseRow::is_refused) => Exit::Usage,
        _ if failed.all(|row| row.only_undecided) => Exit::Undecided,
        _ => Exit::Refuted,
    }
}

/// The row of one file.
fn row(path: &Path, case: &Result<Case, Refusal>, certify: bool, theorems: &[Theorem]) -> CaseRow {
    let name = path.display().to_string();
    let case = match case {
        Ok(case) => case,
        Err(refusal) => return CaseRow::refused(&name, refusal),
    };
    let study = Study::of(case).with_theorems(theorems);
    if let Err(reason) = study.measured() {
        return CaseRow::refused(&name, reason);
    }
    CaseRow::of(&name, &study, certify).unwrap_or_else(|refusal| CaseRow::refused(&name, refusal))
}
