//! `falsify`: a search for problems that refute a theorem.

use super::{Exit, answer, complaint, progress, written};
use crate::theorems::{catalogue, falsify};
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
    /// A folder of further theorem files
    #[arg(long)]
    theorems: Option<PathBuf>,
}

impl Falsify {
    pub fn run(&self) -> Exit {
        let all = match catalogue::with_folder(self.theorems.as_deref()) {
            Ok(all) => all,
            Err(refusal) => return complaint(&refusal.to_string()),
        };
        let known = all.into_iter().find(|t| t.id == self.theorem);
        let (theorem, in_catalogue) = match known {
            Some(theorem) => (theorem, true),
            None if self.theorem.ends_with(".toml") => match catalogue::from_file(Path::new(&self.theorem)) {
                Ok(theorem) => (theorem, false),
                Err(refusal) => return complaint(&refusal.to_string()),
            },
            None => {
                return complaint(&format!(
                    "error: no theorem \"{}\"\nhint: `tightframe theorems` lists all; a file ends in .toml",
                    self.theorem
                ));
            }
        };
        let bar = progress(self.trials, "trials");
        let search = falsify::Search { trials: self.trials, seed: self.seed, train: self.train };
        let result = falsify::search(&theorem, search, &|done| bar.inc(done));
        bar.finish_and_clear();
        let tally =
            format!("{} trials, {} applied, {} undecided", result.trials, result.applied, result.undecided);
        let t = &result.trained;
        let trained = match self.train {
            false => String::new(),
            true => format!(
                "trained: {} networks, {} reached the optimum, {} show every claim, {} miss one{}\n",
                t.runs,
                t.reached,
                t.shown,
                t.missed.len(),
                t.missed.first().map_or(String::new(), |(trial, r)| format!(
                    ", first at trial {trial}, residual {r:.1e}"
                ))
            ),
        };
        let Some(found) = &result.counterexample else {
            let (word, exit) = match result.applied {
                0 => ("undecided", Exit::Undecided),
                _ if !result.trained.missed.is_empty() => ("undecided", Exit::Undecided),
                _ => ("unrefuted", Exit::Success),
            };
            return match answer(format!("{word}  {}: {tally}\n{trained}", theorem.id).as_bytes()) {
                Exit::Success => exit,
                other => other,
            };
        };
        let case = falsify::case_file(&theorem, found, self.seed, in_catalogue);
        let mut out = format!(
            "refuted  {}: claim \"{}\" at trial {}, shrunk in {} steps ({tally})\n{trained}\n{case}",
            theorem.id, found.claim, found.trial, found.shrunk
        );
        if let Some(folder) = &self.output {
            if let Err(error) = std::fs::create_dir_all(folder) {
                return complaint(&format!(
                    "error: the folder cannot be made: {error}\n  --> {}",
                    folder.display()
                ));
            }
            let path = folder.join(format!("{}-seed{}.toml", theorem.id, self.seed));
            if let Err(text) = written(&path, case.as_bytes()) {
                return complaint(&text);
            }
            out += &format!("\nwritten to {}\n", path.display());
        }
        match answer(out.as_bytes()) {
            Exit::Success => Exit::Refuted,
            other => other,
        }
    }
}
