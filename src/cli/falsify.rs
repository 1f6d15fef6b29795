//! `falsify`: a search for problems that refute a theorem.

use super::form::{Form, Format};
use super::screen::Screen;
use super::theorems::no_theorem;
use super::{Error, Exit, answer, interrupt};
use crate::output::{Call, Kind, Target};
use crate::render;
use crate::render::falsification::FalsificationJson;
use crate::theorems::{Theorem, catalogue, falsify};
use clap::Args;
use std::path::{Path, PathBuf};

/// Search for problems that refute a theorem
#[derive(Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Examples:
  tightframe falsify published-largest-root -o found
  tightframe falsify my-theorem.toml --trials 100000 --seed 7
  tightframe falsify norm-ratios --trials 500 --train

A counterexample is proven, and shrunk to a small case; `tightframe check` reproduces the file that -o writes.
Exit code 0 when nothing was found, 1 when the theorem is refuted, 3 when no trial satisfied its
hypotheses, or a trained network at the optimum does not show a claim (a measurement refutes nothing)."
)]
pub struct Falsify {
    /// A theorem's id, or a theorem file
    theorem: String,
    /// Number of random problems
    #[arg(long, default_value_t = 10_000)]
    trials: u64,
    /// Seed of the random problems
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Train the network of every trial too, and measure the claims there
    #[arg(long)]
    train: bool,
    /// Folder for the counterexample's case file
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Overwrite a file of another kind too; what the call reads is never overwritten
    #[arg(long)]
    force: bool,
    /// A folder of further theorem files
    #[arg(long)]
    theorems: Option<PathBuf>,
    #[command(flatten)]
    form: Form,
}

impl Falsify {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        let all = catalogue::with_folder(self.theorems.as_deref())?;
        let (theorem, in_catalogue) = match all.iter().find(|t| t.id == self.theorem) {
            Some(theorem) => (theorem, true),
            None if self.theorem.ends_with(".toml") => {
                (&catalogue::from_file(Path::new(&self.theorem))?, false)
            }
            None => return Err(no_theorem(&self.theorem, &all)),
        };
        // A place that is refused is refused before the search.
        if let Some(folder) = self.output.as_deref().filter(|folder| folder.exists()) {
            self.target(folder, theorem)?;
        }
        let bar = screen.progress(self.trials, "trials");
        let (id, trials, heard) = (theorem.id.clone(), self.trials, bar.clone());
        let words = interrupt::last_words(move || {
            let done = heard.position();
            (
                format!("undecided  {id}: {done} trials\n"),
                format!("interrupted: {done} of {trials} trials are done"),
            )
        });
        let search = falsify::Search {
            trials: self.trials,
            seed: self.seed,
            train: self.train,
            ..falsify::Search::default()
        };
        let result = falsify::search(theorem, search, &|done| bar.inc(done));
        bar.finish_and_clear();
        drop(words);
        let case = result
            .counterexample
            .as_ref()
            .map(|found| falsify::case_file(theorem, found, self.seed, in_catalogue));
        let written = match (&self.output, &case) {
            (Some(folder), Some(case)) => {
                Some(self.saved(folder, theorem, case)?.path().display().to_string())
            }
            _ => None,
        };
        let (word, exit) = match result.applied {
            _ if case.is_some() => ("refuted", Exit::Refuted),
            0 => ("undecided", Exit::Undecided),
            _ if !result.trained.missed.is_empty() => ("undecided", Exit::Undecided),
            _ => ("unrefuted", Exit::Success),
        };
        let json = FalsificationJson::of(theorem, word, &result, case, written, self.train);
        match self.form.format {
            Format::Text => screen.show(&json.text())?,
            Format::Json => answer(render::json(&json).as_bytes())?,
        };
        Ok(exit)
    }

    /// Writes the counterexample's case file, in a folder that is made if there is none.
    fn saved(&self, folder: &Path, theorem: &Theorem, case: &str) -> Result<Target, Error> {
        let unwritable = |error| Error::Unwritable { noun: "folder", path: folder.to_owned(), error };
        std::fs::create_dir_all(folder).map_err(unwritable)?;
        let target = self.target(folder, theorem)?;
        target.write(case.as_bytes()).map_err(Error::unwritable(&target))?;
        Ok(target)
    }

    /// The file of a counterexample.
    fn target(&self, folder: &Path, theorem: &Theorem) -> Result<Target, Error> {
        let path = folder.join(format!("{}-seed{}.toml", theorem.id, self.seed));
        let inputs = [PathBuf::from(&self.theorem)];
        Ok(Target::new(&path, Kind::Case, Call { inputs: &inputs, force: self.force })?)
    }
}
