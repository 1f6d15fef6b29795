//! A folder with a sweep for a job array: a snapshot of its spec, the scripts, the shards, and how far they are.
//!
//! ```text
//! run/spec.toml  run.json  array.sbatch  merge.sbatch  logs/  shards/3.shard  shards/4.shard.journal
//! ```

use super::contents::Contents;
use super::failure::{Failure, io};
use super::header::Shard;
use super::lock::{is_held, journal_of};
use super::parts::by_cost;
use super::plan::{Plan, RUN_FORMAT, Record};
use super::script;
use super::spec::Spec;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// A folder with a sweep.
#[derive(Debug)]
pub struct Run {
    /// The folder.
    pub folder: PathBuf,
    record: Record,
}

/// How far a shard is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// All rows are there.
    Finished,
    /// A process is at it.
    InWork,
    /// There is a journal, and nobody writes it.
    Stopped,
    /// Nothing is there.
    NotBegun,
    /// What is there cannot be read, or belongs to another sweep.
    Unusable,
}

impl State {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::InWork => "in work",
            Self::Stopped => "stopped",
            Self::NotBegun => "not begun",
            Self::Unusable => "unusable",
        }
    }
}

/// A shard of a folder.
#[derive(Debug, Clone, Serialize)]
pub struct ShardState {
    /// Which.
    pub shard: u64,
    /// How far it is.
    pub state: State,
    /// Its points.
    pub points: u64,
    /// Its rows so far.
    pub done: u64,
    /// Those that were given up.
    pub given_up: u64,
    /// Rows a second since its process began.
    pub rate: Option<f64>,
}

/// A shard that is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// Which.
    pub shard: u64,
    /// What is missing.
    pub words: String,
}

impl Run {
    /// Prepares a folder, or its scripts anew where it holds the same sweep.
    pub fn prepare(folder: &Path, spec: &Spec, plan: &Plan, program: &Path) -> Result<Self, Failure> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| io("the folder of the sweep cannot be written", &path, error, false)
        };
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        let folder = folder.canonicalize().map_err(failed(folder))?;
        let parts = by_cost(&spec.costs(), plan.shards).iter().map(|own| own.len() as u64).collect();
        let record = Record {
            format: RUN_FORMAT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            spec: spec.digest.clone(),
            points: spec.points(),
            shards: plan.shards,
            shards_per_task: plan.shards_per_task,
            parts,
        };
        match Self::open(&folder) {
            Ok(run) if run.record.spec != record.spec => {
                return Err(Failure::OtherRun { folder, what: "another spec, or of another version" });
            }
            Ok(run) if run.record.shards != record.shards => {
                return Err(Failure::OtherRun { folder, what: "another number of shards" });
            }
            Ok(_) => {}
            Err(_) if is_foreign(&folder) => {
                return Err(Failure::OtherRun {
                    folder,
                    what: "no record of how it was made, or other files",
                });
            }
            Err(_) => {}
        }
        for name in ["shards", "logs"] {
            std::fs::create_dir_all(folder.join(name)).map_err(failed(&folder))?;
        }
        let run = Self { folder, record };
        let json = serde_json::to_string_pretty(&run.record).expect("texts and numbers are JSON") + "\n";
        // The record comes last: a folder without one is not prepared.
        for (name, text) in [
            ("spec.toml", spec.text.clone()),
            ("array.sbatch", script::array(&run.folder, &run.record, plan, program)),
            ("merge.sbatch", script::merge(&run.folder, plan, program)),
            (RECORD, json),
        ] {
            let path = run.folder.join(name);
            let part = run.folder.join(format!(".{name}.part"));
            std::fs::write(&part, text).map_err(failed(&path))?;
            std::fs::rename(&part, &path).map_err(failed(&path))?;
        }
        Ok(run)
    }

    /// A folder that was prepared.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(folder.join(RECORD)).ok();
        let record: Option<Record> = text.and_then(|text| serde_json::from_str(&text).ok());
        match record.filter(|r| r.format == RUN_FORMAT && r.shards > 0 && r.shards_per_task > 0) {
            Some(record) => Ok(Self { folder: folder.to_owned(), record }),
            None => Err(Failure::NotARun { folder: folder.to_owned() }),
        }
    }

    /// Tasks of the array.
    pub fn tasks(&self) -> u64 {
        self.record.tasks()
    }

    /// Points of the grid.
    pub fn points(&self) -> u64 {
        self.record.points
    }

    /// The finished shard of a number.
    fn shard(&self, index: u64) -> PathBuf {
        self.folder.join(format!("shards/{index}.shard"))
    }

    fn journal(&self, index: u64) -> PathBuf {
        journal_of(&self.shard(index))
    }

    /// The measured times that are there.
    pub fn times(&self) -> Vec<PathBuf> {
        let path = |index| self.folder.join(format!("shards/{index}.times.csv"));
        (1..=self.record.shards).map(path).filter(|path| path.exists()).collect()
    }

    /// What is there of every shard: finished, or the journal.
    pub fn found(&self) -> Vec<PathBuf> {
        let of = |index| [self.shard(index), self.journal(index)].into_iter().find(|path| path.exists());
        (1..=self.record.shards).filter_map(of).collect()
    }

    /// How far every shard is.
    pub fn states(&self) -> Vec<ShardState> {
        (1..=self.record.shards).map(|index| self.state(index)).collect()
    }

    fn state(&self, index: u64) -> ShardState {
        let points = self.record.parts.get(index as usize - 1).copied().unwrap_or(0);
        let mut state =
            ShardState { shard: index, state: State::NotBegun, points, done: 0, given_up: 0, rate: None };
        let (shard, journal) = (self.shard(index), self.journal(index));
        let path = if shard.exists() { &shard } else { &journal };
        if !path.exists() {
            return state;
        }
        let wanted = Shard { index, of: self.record.shards };
        let is_ours = |c: &Contents| c.header.spec == self.record.spec && c.header.shard == wanted;
        let Some(found) = Contents::read(path).ok().filter(is_ours) else {
            // A process that has only just begun has not written its first line.
            let state = ShardState { state: State::Unusable, ..state };
            return if is_held(path) { ShardState { state: State::InWork, ..state } } else { state };
        };
        state.done = found.done() as u64;
        state.given_up = found.rows.iter().flatten().filter(|row| row.given_up.is_some()).count() as u64;
        state.state = match (path == &shard, state.done == points) {
            (true, true) => State::Finished,
            (true, false) => State::Unusable,
            (false, _) if is_held(path) => State::InWork,
            (false, _) => State::Stopped,
        };
        let changed = std::fs::metadata(path).ok().and_then(|m| m.modified().ok());
        let changed = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        state.rate = found.begun.zip(changed).and_then(|((begun, rows), changed)| {
            let seconds = changed.as_secs_f64() - begun;
            (rows > 0 && seconds > 0.0).then(|| rows as f64 / seconds)
        });
        state
    }

    /// The shards that are not finished, and what is missing.
    pub fn holes(&self) -> Vec<Hole> {
        let hole = |state: ShardState| {
            let missing = state.points - state.done.min(state.points);
            let words = match state.state {
                State::Finished => return None,
                State::NotBegun => format!("not begun, {missing} points"),
                other => format!("{}, {missing} of {} points are missing", other.word(), state.points),
            };
            Some(Hole { shard: state.shard, words })
        };
        self.states().into_iter().filter_map(hole).collect()
    }

    /// The line that submits the tasks of some shards again.
    pub fn again(&self, shards: impl IntoIterator<Item = u64>) -> String {
        let mut tasks: Vec<u64> =
            shards.into_iter().map(|i| i.div_ceil(self.record.shards_per_task)).collect();
        tasks.dedup();
        format!(
            "sbatch --array={} {}",
            ranges(&tasks),
            script::word(&self.script("array").display().to_string())
        )
    }

    /// The script of a name.
    pub fn script(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.sbatch"))
    }

    /// Every shard, if all are finished.
    pub fn finished(&self) -> Result<Vec<PathBuf>, Failure> {
        let holes = self.holes();
        if holes.is_empty() {
            return Ok((1..=self.record.shards).map(|index| self.shard(index)).collect());
        }
        let again = self.again(holes.iter().map(|hole| hole.shard));
        let line = |hole: &Hole| format!("  shard {}: {}\n", hole.shard, hole.words);
        let shown: String = holes.iter().take(SHOWN).map(line).collect();
        let more = holes.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!("  and {more} more\n") } else { String::new() };
        Err(Failure::Unfinished {
            folder: self.folder.clone(),
            holes: shown + &more,
            again: format!(
                "`{again}` computes what is missing, then merge again; `sweep export` takes what is there"
            ),
        })
    }
}

const RECORD: &str = "run.json";
/// Holes that a message names.
const SHOWN: usize = 20;

/// Whether a folder holds anything that a half-prepared one does not.
fn is_foreign(folder: &Path) -> bool {
    const OURS: [&str; 5] = ["spec.toml", "array.sbatch", "merge.sbatch", "shards", "logs"];
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.any(|name| {
        let is_part = name.starts_with('.') && name.ends_with(".part");
        !(is_part || OURS.contains(&name.as_str()))
    })
}

/// Ascending numbers as Slurm takes them: `1-3,7`.
pub fn ranges(all: &[u64]) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for n in all {
        match runs.last_mut().filter(|(_, last)| last + 1 == *n) {
            Some((_, last)) => *last = *n,
            None => runs.push((*n, *n)),
        }
    }
    let text = |(first, last): &(u64, u64)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    runs.iter().map(text).collect::<Vec<_>>().join(",")
}
