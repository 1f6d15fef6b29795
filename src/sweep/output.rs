//! Finished rows as CSV, JSON lines, Parquet or a shard.

use super::failure::{Failure, io};
use super::header::Header;
use super::line::{Entry, Row};
use super::parquet::parquet;
use super::shown::{Out, Shown};
use crate::output::{Kind, Target};
use crate::table::{Csv, frame};
use parquet::errors::ParquetError;
use std::io::{BufWriter, Write};
use std::path::Path;

/// What an output is, by the ending of its name.
pub fn kind_of(path: &Path) -> Option<Kind> {
    match path.extension()?.to_str()? {
        "csv" => Some(Kind::Csv),
        "jsonl" => Some(Kind::JsonLines),
        "parquet" => Some(Kind::Parquet),
        "shard" => Some(Kind::Shard),
        _ => None,
    }
}

/// Writes rows, in the order of their points.
pub fn write(target: &Target, header: &Header, rows: &[Row]) -> Result<(), Failure> {
    let path = target.path();
    let failed = |error| io("the output cannot be written", path, error, true);
    let message = |message| Failure::Parquet { path: path.to_owned(), message };
    if kind_of(path) == Some(Kind::Shard) {
        return target.write_with(|out| shard(out, header, rows)).map_err(failed);
    }
    let shown = Shown::of(header, rows);
    match kind_of(path) {
        Some(Kind::Csv) => {
            let form = Csv::of(&shown.fields, &shown.rows);
            let lines = || shown.rows.iter().map(|row| form.row(row));
            target.write_with(|out| texts(out, std::iter::once(form.header()).chain(lines()))).map_err(failed)
        }
        Some(Kind::JsonLines) => {
            let lines = || shown.rows.iter().map(|row| frame::json_lines(&shown.fields, row));
            target.write_with(|out| texts(out, lines())).map_err(failed)
        }
        Some(Kind::Parquet) => {
            target.write_with(|out| parquet(out, header, &shown)).map_err(|error| match error {
                ParquetError::External(error) => match error.downcast::<std::io::Error>() {
                    Ok(error) => failed(*error),
                    Err(error) => message(error.to_string()),
                },
                error => message(error.to_string()),
            })
        }
        _ => Err(Failure::UnknownKind { path: path.to_owned() }),
    }
}

fn texts(out: Out, lines: impl Iterator<Item = String>) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    lines.into_iter().try_for_each(|line| out.write_all(line.as_bytes()))?;
    out.flush()
}

fn shard(out: Out, header: &Header, rows: &[Row]) -> std::io::Result<()> {
    let line = |(point, row): (&u64, &Row)| Entry::Row(row.clone().without_time()).line(*point);
    texts(out, std::iter::once(header.line()).chain(header.own.iter().zip(rows).map(line)))
}
