//! Sweeps: the same columns as a table's for every point of a grid of problems.
//!
//! - A [`Spec`] is read from TOML; its grid's points are numbered, the last key of the file running fastest.
//! - A point is a case file in memory ([`Spec::case_text`]), so a row says exactly what that case's table says.
//! - Rows go to a [`journal`] beside the output as they are done. A process that dies loses at most the row it was
//!   writing; the next one reads the journal and goes on. The output is written from the journal, in the order of the
//!   points, to a temporary name and renamed: same bytes for any number of threads or interruptions.
//! - Shards are journals of every `n`-th point; [`merge`] joins them.

mod complete;
mod failure;
mod grid;
mod header;
pub mod journal;
mod mistake;
mod output;
mod reader;
mod spec;

pub use failure::Failure;
pub use header::{Header, Shard};
pub use journal::Journal;
pub use mistake::{Mistake, Refusal};
pub use output::{kind_of, write};
pub use spec::Spec;

use crate::case::Case;
use crate::output::Target;
use crate::table::{Field, Subject, fields};
use crate::theorems::Theorem;
use rayon::prelude::*;
use std::path::Path;

/// Computes every point of a shard that the journal lacks. `progress` hears of every row that is added.
pub fn compute(
    spec: &Spec,
    theorems: &[Theorem],
    journal: &Journal,
    progress: &(dyn Fn() + Sync),
) -> Result<(), Failure> {
    let missing = journal.missing();
    // Points differ much in cost; one at a time to each thread keeps all of them busy.
    missing.par_iter().with_max_len(1).try_for_each(|point| {
        journal.append(*point, &row(spec, theorems, *point))?;
        progress();
        Ok(())
    })
}

/// The fields of a point: its number, then its columns'.
pub fn row(spec: &Spec, theorems: &[Theorem], point: u64) -> Vec<Field> {
    let text = spec.case_text(point);
    let case = Case::parse(&format!("point {point}"), text.as_bytes())
        .expect("every point was validated when the spec was read");
    let subject = Subject::of(&case, theorems, spec.digits, false);
    let columns = spec.columns.iter().flat_map(|c| fields(c, &(c.cell)(&subject), spec.digits));
    std::iter::once(Some(point.to_string())).chain(columns).collect()
}

/// Joins the shards of one spec into outputs; how many rows there are.
pub fn merge(shards: &[impl AsRef<Path>], outputs: &[Target]) -> Result<u64, Failure> {
    let read = shards.iter().map(|path| Journal::read(path.as_ref())).collect::<Result<Vec<_>, _>>()?;
    let (header, rows) = journal::joined(&read)?;
    for target in outputs {
        write(target, &header, &rows)?;
    }
    Ok(header.points)
}
