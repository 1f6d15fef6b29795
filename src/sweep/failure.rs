//! Why a journal cannot be used, or an output not written.

use super::header::Shard;
use std::fmt;
use std::path::{Path, PathBuf};

/// Why a journal cannot be used, or an output not written.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum Failure {
    Io { doing: &'static str, path: PathBuf, error: std::io::Error, kept: bool },
    Busy { path: PathBuf, by: Option<(PathBuf, String)> },
    NotAJournal { path: PathBuf },
    OtherSpec { path: PathBuf, version: String },
    OtherShard { path: PathBuf, found: Shard },
    MixedSpecs { one: PathBuf, other: PathBuf },
    MixedParts { one: PathBuf, other: PathBuf },
    Overlap { one: PathBuf, other: PathBuf, shard: Shard },
    MissingShard { shard: Shard },
    Gap { path: PathBuf, missing: u64, first: u64 },
    Holes { missing: u64, first: u64 },
    Unfinished { folder: PathBuf, holes: String, again: String },
    NotARun { folder: PathBuf },
    NotTimes { path: PathBuf, line: usize },
    OtherRun { folder: PathBuf, what: &'static str },
    Damaged { path: PathBuf, row: usize },
    NoShards,
    UnknownKind { path: PathBuf },
    Parquet { path: PathBuf, message: String },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { doing, path, error, kept } => {
                write!(f, "error: {doing}: {error}{}", at(path))?;
                if *kept {
                    write!(
                        f,
                        "\nhint: nothing that was done is lost; when the cause is gone, the same command goes on"
                    )?;
                }
                Ok(())
            }
            Self::Busy { path, by: None } => write!(
                f,
                "error: another process is writing this sweep{}\nhint: wait for it, or end it; the journal stays",
                at(path)
            ),
            Self::Busy { path, by: Some((lock, by)) } => write!(
                f,
                "error: another process is writing this sweep: {}{}\nhint: wait for it, or end it; if it is gone, remove {}",
                by.split(" since").next().unwrap_or_default().trim(),
                at(path),
                lock.display()
            ),
            Self::NotAJournal { path } => write!(
                f,
                "error: not a journal of a sweep{}\nhint: choose another output, or remove the file",
                at(path)
            ),
            Self::OtherSpec { path, version } => {
                let ours = env!("CARGO_PKG_VERSION");
                let whose = match version.is_empty() || version == ours {
                    true => "another spec".to_owned(),
                    false => format!("tightframe {version}, and this is {ours}"),
                };
                write!(
                    f,
                    "error: what is there belongs to {whose}{}\nhint: go on with that one, choose another output, or \
                     remove the file to begin anew",
                    at(path)
                )
            }
            Self::OtherShard { path, found } => write!(
                f,
                "error: what is there belongs to shard {found}{}\nhint: give every shard an output of its own",
                at(path)
            ),
            Self::UnknownKind { path } => write!(
                f,
                "error: an output's name says what it is{}\nhint: end it in .csv, .parquet or .jsonl, or in .shard with \
                 --shard",
                at(path)
            ),
            Self::Parquet { path, message } => {
                write!(f, "error: the Parquet writer failed: {message}{}", at(path))
            }
            _ => self.parts(f),
        }
    }
}

impl Failure {
    /// What is wrong with parts that should come together.
    fn parts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MixedSpecs { one, other } => write!(
                f,
                "error: two shards belong to different specs{}{}\nhint: merge the shards of one spec",
                at(one),
                at(other)
            ),
            Self::MixedParts { one, other } => write!(
                f,
                "error: two shards part the grid differently{}{}\nhint: merge shards with the same n of `--shard i/n`",
                at(one),
                at(other)
            ),
            Self::Overlap { one, other, shard } => write!(
                f,
                "error: shard {shard} is given twice{}{}\nhint: name every shard once",
                at(one),
                at(other)
            ),
            Self::MissingShard { shard } => {
                write!(f, "error: shard {shard} is missing\nhint: name all {} shards", shard.of)
            }
            Self::Gap { path, missing, first } => write!(
                f,
                "error: the shard lacks {missing} points, point {first} the first{}\nhint: run its sweep to the end",
                at(path)
            ),
            Self::Holes { missing, first } => write!(
                f,
                "error: the shards lack {missing} points of the grid, point {first} the first\nhint: name the shards of \
                 one sweep"
            ),
            Self::Unfinished { folder, holes, again } => {
                write!(f, "error: shards are not finished{}\n{holes}hint: {again}", at(folder))
            }
            Self::NotARun { folder } => write!(
                f,
                "error: no sweep was prepared in this folder{}\nhint: `tightframe sweep SPEC --slurm N -o FOLDER` \
                 prepares one",
                at(folder)
            ),
            Self::NotTimes { path, line } => write!(
                f,
                "error: not the times of a sweep\n  --> {}:{line}\nhint: `tightframe sweep SPEC --times FILE` writes them",
                path.display()
            ),
            Self::OtherRun { folder, what } => write!(
                f,
                "error: the folder holds a sweep with {what}{}\nhint: choose another folder; nothing there was touched",
                at(folder)
            ),
            Self::Damaged { path, row } => {
                write!(f, "error: row {row} of the shard is damaged{}\nhint: run its sweep again", at(path))
            }
            Self::NoShards => write!(f, "error: no shards\nhint: name the files that `sweep --shard` wrote"),
            _ => Ok(()),
        }
    }
}

fn at(path: &Path) -> String {
    format!("\n  --> {}", path.display())
}

impl std::error::Error for Failure {}

pub(super) fn io(doing: &'static str, path: &Path, error: std::io::Error, kept: bool) -> Failure {
    Failure::Io { doing, path: path.to_owned(), error, kept }
}
