//! Finished rows as CSV, Parquet or a shard.

use super::failure::{Failure, io};
use super::header::Header;
use super::journal::line;
use crate::output::{Kind, Target};
use crate::table::{Field, FieldKind, csv_line};
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

/// What an output is, by the ending of its name.
///
/// Parquet has whole numbers as INT64, measured ones as DOUBLE, proven ones as text, so that no digit is lost.
pub fn kind_of(path: &Path) -> Option<Kind> {
    match path.extension()?.to_str()? {
        "csv" => Some(Kind::Csv),
        "parquet" => Some(Kind::Parquet),
        "shard" => Some(Kind::Shard),
        _ => None,
    }
}

/// Rows of a Parquet row group at most.
const GROUP_ROWS: usize = 1 << 16;

/// Writes rows, in the order of their points.
pub fn write(target: &Target, header: &Header, rows: &[Vec<Field>]) -> Result<(), Failure> {
    let path = target.path();
    let failed = |error| io("the output cannot be written", path, error, true);
    let message = |message| Failure::Parquet { path: path.to_owned(), message };
    match kind_of(path) {
        Some(Kind::Csv) => target.write_with(|out| csv(out, header, rows)).map_err(failed),
        Some(Kind::Shard) => target.write_with(|out| shard(out, header, rows)).map_err(failed),
        Some(Kind::Parquet) => {
            target.write_with(|out| parquet(out, header, rows)).map_err(|error| match error {
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

/// Where bytes go.
type Out<'a> = &'a mut (dyn Write + Send);

fn csv(out: Out, header: &Header, rows: &[Vec<Field>]) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    out.write_all(csv_line(header.fields.iter().map(|(name, _)| Some(name))).as_bytes())?;
    for row in rows {
        out.write_all(csv_line(row.iter().map(Option::as_ref)).as_bytes())?;
    }
    out.flush()
}

fn shard(out: Out, header: &Header, rows: &[Vec<Field>]) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    out.write_all(header.line().as_bytes())?;
    for (point, row) in header.shard.points(header.points).zip(rows) {
        out.write_all(line(point, row).as_bytes())?;
    }
    out.flush()
}

fn parquet(out: Out, header: &Header, rows: &[Vec<Field>]) -> Result<(), ParquetError> {
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
    let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
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
    writer.close().map(|_| ())
}
