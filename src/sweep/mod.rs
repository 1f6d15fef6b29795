//! Sweeps: the same columns as a table's for every point of a grid of problems.
//!
//! - A [`Spec`] is read from TOML; its grid's points are numbered, the last key of the file running fastest.
//! - A point is a case file in memory ([`Spec::case_text`]), so a row says exactly what that case's table says.
//! - Rows go to a [`Journal`] beside the output as they are done. A process that dies loses at most the row it was
//!   writing; the next one reads the journal and goes on. The output is written from the journal, in the order of the
//!   points, to a temporary name and renamed: same bytes for any number of threads or interruptions.
//! - Shards are journals of a part of the points, equal in expected cost; [`merge`] joins them.
//! - A [`Run`] is a folder with a sweep's shards for a job array.

mod complete;
mod contents;
mod failure;
mod grid;
mod header;
mod journal;
mod line;
mod lock;
mod mistake;
mod output;
mod parquet;
mod parts;
mod plan;
mod reader;
mod run;
mod script;
mod shown;
pub mod simulate;
mod spec;

pub use contents::{Contents, is_of};
pub use failure::Failure;
pub use header::{Header, Shard};
pub use journal::Journal;
pub use line::Row;
pub use lock::journal_of;
pub use mistake::{Mistake, Refusal};
pub use output::{kind_of, write};
pub use plan::Plan;
pub use run::{Run, ShardState, State, ranges};
pub use script::word as shell_word;
pub use spec::Spec;

use crate::case::Case;
use crate::output::Target;
use crate::table::columns::is_given;
use crate::table::{Column, Field, Per, Subject, Values};
use crate::theorems::Theorem;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::path::PathBuf;

/// Computes every point of a shard that the journal lacks. `progress` hears of every row that is added.
///
/// Points that were in work at so many stops are given up: their rows say only what the problem gives.
pub fn compute(
    spec: &Spec,
    theorems: &[Theorem],
    journal: &Journal,
    give_up_after: Option<u64>,
    progress: &(dyn Fn() + Sync),
) -> Result<(), Failure> {
    let stops = |point: u64| journal.found().stops.get(&point).copied().unwrap_or(0);
    let mut missing = journal.found().missing();
    // What a stop interrupted has all the time of this process; then the dearest, so that none is last.
    missing.sort_by_cached_key(|point| (Reverse(stops(*point)), Reverse(spec.cost(*point)), *point));
    // Points differ much in cost; one at a time to each thread keeps all of them busy.
    missing.par_iter().with_max_len(1).try_for_each(|point| {
        let given_up = Some(stops(*point)).filter(|stops| give_up_after.is_some_and(|most| *stops >= most));
        if given_up.is_none() {
            journal.begin(*point);
        }
        let is_wanted = |column: &Column| given_up.is_none() || is_given(column);
        journal.append(
            *point,
            Row { row: fields(spec, theorems, *point, &is_wanted), seconds: None, given_up },
        )?;
        progress();
        Ok(())
    })
}

/// The fields of a point: its number, then its columns'.
#[cfg(test)]
pub fn row(spec: &Spec, theorems: &[Theorem], point: u64) -> Vec<Field> {
    fields(spec, theorems, point, &|_| true)
}

/// The same with some columns only; the others have nothing.
fn fields(spec: &Spec, theorems: &[Theorem], point: u64, is_wanted: &dyn Fn(&Column) -> bool) -> Vec<Field> {
    let text = spec.case_text(point);
    let case = Case::parse(&format!("point {point}"), text.as_bytes())
        .expect("every point was validated when the spec was read");
    let subject = Subject::of(&case, theorems, spec.digits, false);
    let columns = spec.columns.iter().flat_map(|c| match is_wanted(c) {
        true => c.values(&(c.cell)(&subject), Per::Case, spec.digits),
        false => vec![None; c.fields(Per::Case).len()],
    });
    std::iter::once(Values::one(point.to_string())).chain(columns).collect()
}

/// What a merge has joined.
#[derive(Debug)]
pub struct Merged {
    /// Rows.
    pub points: u64,
    /// Points of the grid.
    pub of: u64,
    /// Those that were given up.
    pub given_up: Vec<u64>,
}

/// Joins the shards of one spec into outputs.
pub fn merge(shards: &[PathBuf], outputs: &[Target]) -> Result<Merged, Failure> {
    let (header, rows) = contents::joined(read(shards)?)?;
    written(&header, &rows, outputs)
}

/// Writes what is there of the shards of one spec, in the order of the points.
pub fn export(shards: &[PathBuf], outputs: &[Target]) -> Result<Merged, Failure> {
    let read = read(shards)?;
    contents::agree(&read)?;
    let Some((_, first)) = read.first() else { return Err(Failure::NoShards) };
    let whole = first.header.whole();
    let parts = read.into_iter().flat_map(|(_, part)| part.header.own.into_iter().zip(part.rows));
    let mut rows: Vec<(u64, Row)> =
        parts.filter_map(|(point, row)| Some((point, row?.without_time()))).collect();
    rows.sort_by_key(|(point, _)| *point);
    let (own, rows): (Vec<u64>, Vec<Row>) = rows.into_iter().unzip();
    written(&Header { own, ..whole }, &rows, outputs)
}

fn read(shards: &[PathBuf]) -> Result<Vec<(PathBuf, Contents)>, Failure> {
    shards.iter().map(|path| Ok((path.clone(), Contents::read(path)?))).collect()
}

fn written(header: &Header, rows: &[Row], outputs: &[Target]) -> Result<Merged, Failure> {
    for target in outputs {
        write(target, header, rows)?;
    }
    Ok(Merged { points: rows.len() as u64, of: header.points, given_up: given_up(&header.own, rows) })
}

/// The points of rows that were given up.
pub fn given_up(own: &[u64], rows: &[Row]) -> Vec<u64> {
    own.iter().zip(rows).filter(|(_, row)| row.given_up.is_some()).map(|(point, _)| *point).collect()
}
