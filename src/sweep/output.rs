//! Finished rows as CSV, Parquet or a shard: under a temporary name, forced to the disk, then renamed.

use super::failure::{Failure, io};
use super::header::Header;
use super::journal::line;
use crate::table::{Field, FieldKind, csv_line};
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

/// What an output is, by the ending of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    /// Comma-separated values.
    Csv,
    /// Parquet: whole numbers as INT64, measured ones as DOUBLE, proven ones as text, so that no digit is lost.
    Parquet,
    /// A part, to be merged.
    Shard,
}

impl OutputKind {
    /// The kind of a path.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "csv" => Some(Self::Csv),
            "parquet" => Some(Self::Parquet),
            "shard" => Some(Self::Shard),
            _ => None,
        }
    }
}

/// Rows of a Parquet row group at most.
const GROUP_ROWS: usize = 1 << 16;

/// Writes rows, in the order of their points.
///
/// - The file appears whole or not at all, and replaces one that was there.
pub fn write(path: &Path, header: &Header, rows: &[Vec<Field>]) -> Result<(), Failure> {
    let Some(kind) = OutputKind::of(path) else { return Err(Failure::UnknownKind { path: path.to_owned() }) };
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = path.with_file_name(format!(".{name}.part"));
    let failed = |error| io("the output cannot be written", path, error, true);
    let finish = || -> Result<(), Failure> {
        let file = File::create(&beside).map_err(failed)?;
        let file = match kind {
            OutputKind::Csv => csv(file, header, rows).map_err(failed)?,
            OutputKind::Shard => shard(file, header, rows).map_err(failed)?,
            OutputKind::Parquet => parquet(file, header, rows).map_err(|error| match error {
                ParquetError::External(error) => match error.downcast::<std::io::Error>() {
                    Ok(error) => failed(*error),
                    Err(error) => Failure::Parquet { path: path.to_owned(), message: error.to_string() },
                },
                error => Failure::Parquet { path: path.to_owned(), message: error.to_string() },
            })?,
        };
        file.sync_all().map_err(failed)?;
        std::fs::rename(&beside, path).map_err(failed)
    };
    finish().inspect_err(|_| {
        let _ = std::fs::remove_file(&beside);
    })
}

fn csv(file: File, header: &Header, rows: &[Vec<Field>]) -> std::io::Result<File> {
    let mut out = BufWriter::new(file);
    out.write_all(csv_line(header.fields.iter().map(|(name, _)| Some(name))).as_bytes())?;
    for row in rows {
        out.write_all(csv_line(row.iter().map(Option::as_ref)).as_bytes())?;
    }
    out.into_inner().map_err(std::io::IntoInnerError::into_error)
}

fn shard(file: File, header: &Header, rows: &[Vec<Field>]) -> std::io::Result<File> {
    let mut out = BufWriter::new(file);
    out.write_all(header.line().as_bytes())?;
    for (point, row) in header.shard.points(header.points).zip(rows) {
        out.write_all(line(point, row).as_bytes())?;
    }
    out.into_inner().map_err(std::io::IntoInnerError::into_error)
}

fn parquet(file: File, header: &Header, rows: &[Vec<Field>]) -> Result<File, ParquetError> {
    let field = |(name, kind): &(String, FieldKind)| {
        let (physical, logical) = match kind {
            FieldKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            FieldKind::Whole => (Physical::INT64, None),
            FieldKind::Float => (Physical::DOUBLE, None),
        };
        let built = Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()?;
        Ok(Arc::new(built))
    };
    let fields = header.fields.iter().map(field).collect::<Result<Vec<_>, ParquetError>>()?;
    let schema = Arc::new(Type::group_type_builder("sweep").with_fields(fields).build()?);
    let properties = WriterProperties::builder().set_created_by("tightframe".to_owned()).build();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
    for rows in rows.chunks(GROUP_ROWS) {
        let mut group = writer.next_row_group()?;
        for (i, (_, kind)) in header.fields.iter().enumerate() {
            let present = || rows.iter().filter_map(|row| row[i].as_ref());
            let levels: Vec<i16> = rows.iter().map(|row| i16::from(row[i].is_some())).collect();
            let Some(mut column) = group.next_column()? else { break };
            let number = |text: &String| ParquetError::General(format!("{text} is not a number"));
            match kind {
                FieldKind::Text => {
                    let values: Vec<ByteArray> = present().map(|text| text.as_str().into()).collect();
                    column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
                }
                FieldKind::Whole => {
                    let values: Result<Vec<i64>, _> =
                        present().map(|t| t.parse().map_err(|_| number(t))).collect();
                    column.typed::<Int64Type>().write_batch(&values?, Some(&levels), None)?;
                }
                FieldKind::Float => {
                    let values: Result<Vec<f64>, _> =
                        present().map(|t| t.parse().map_err(|_| number(t))).collect();
                    column.typed::<DoubleType>().write_batch(&values?, Some(&levels), None)?;
                }
            }
            column.close()?;
        }
        group.close()?;
    }
    writer.into_inner()
}
