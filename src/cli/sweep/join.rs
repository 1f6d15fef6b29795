//! `sweep merge` and `sweep export`: the rows of shards in one file.

use super::super::form::Form;
use super::super::{Exit, Screen};
use super::report::Swept;
use super::{Error, targets};
use crate::output::{Call, Kind, Target};
use crate::sweep::{self, Run};
use clap::Args;
use std::path::PathBuf;

/// Join all shards of a sweep
#[derive(Args)]
pub(super) struct Merge {
    /// The shards, or the folder of a job array
    #[arg(required = true)]
    shards: Vec<PathBuf>,
    #[command(flatten)]
    into: Into,
}

/// Write the rows that are there by now, while a sweep runs or after it was ended
#[derive(Args)]
pub(super) struct Export {
    /// Shards and journals, or the folder of a job array
    #[arg(required = true)]
    shards: Vec<PathBuf>,
    #[command(flatten)]
    into: Into,
}

// Where rows go.
#[derive(Args)]
struct Into {
    /// Write here: .csv, .jsonl or .parquet; may be given several times
    #[arg(short, long, value_name = "FILE", required = true)]
    output: Vec<PathBuf>,
    /// Overwrite files of another kind too; what the call reads is never overwritten
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    form: Form,
}

impl Merge {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        let shards = files(&self.shards, Run::finished)?;
        let targets = self.into.targets(&shards)?;
        let merged = sweep::merge(&shards, &targets)?;
        let swept = Swept::of(merged.points, 0, &self.into.output).with_shards(shards.len());
        swept.with_given_up(merged.given_up).said(screen, &self.into.form)
    }
}

impl Export {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        let shards = files(&self.shards, |run| Ok(run.found()))?;
        let targets = self.into.targets(&shards)?;
        let found = sweep::export(&shards, &targets)?;
        let swept = Swept::of(found.points, 0, &self.into.output).with_shards(shards.len());
        swept.with_given_up(found.given_up).of_all(found.of).said(screen, &self.into.form)
    }
}

/// The files that are meant: a folder stands for its shards.
fn files(
    paths: &[PathBuf],
    of: impl Fn(&Run) -> Result<Vec<PathBuf>, sweep::Failure>,
) -> Result<Vec<PathBuf>, Error> {
    let mut all = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => all.extend(of(&Run::open(path)?)?),
            false => all.push(path.clone()),
        }
    }
    Ok(all)
}

impl Into {
    fn targets(&self, shards: &[PathBuf]) -> Result<Vec<Target>, Error> {
        let call = Call { inputs: shards, force: self.force };
        targets(&self.output, None, |kind| kind != Kind::Shard, call)
    }
}
