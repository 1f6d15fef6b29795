//! Rows as Parquet: lists as lists, floats beside proven numbers, the spec in the metadata.

use super::header::Header;
use super::shown::{Out, Shown};
use crate::table::Field;
use crate::table::frame::{FrameColumn, Type, float, frame};
use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type as Schema, TypePtr};
use std::sync::Arc;

/// Rows of a row group at most.
const GROUP_ROWS: usize = 1 << 16;

/// What every number of a file rests on.
const NORMALISATION: &str = "f = loss + sum of lambda_l/2 |W_l|^2 + lambda_H/2 |H|^2; the loss is 1/(2N) |WH - Y|^2, or the \
                             mean cross-entropy over all N samples; norms are Frobenius norms. Text is proven to all its \
                             digits, *_f64 is the float nearest to it.";

/// Writes rows.
pub(super) fn parquet(out: Out, header: &Header, shown: &Shown) -> Result<(), ParquetError> {
    let columns = frame(&shown.fields);
    let fields = columns.iter().map(schema).collect::<Result<Vec<_>, _>>()?;
    let schema = Arc::new(Schema::group_type_builder("sweep").with_fields(fields).build()?);
    let said = [
        ("tightframe.version", header.version.as_str()),
        ("tightframe.spec", &header.text),
        ("tightframe.normalisation", NORMALISATION),
    ];
    let said = said.map(|(key, value)| KeyValue::new(key.to_owned(), value.to_owned())).to_vec();
    let properties = WriterProperties::builder()
        .set_created_by("tightframe".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(said))
        .build();
    let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
    for rows in shown.rows.chunks(GROUP_ROWS) {
        let mut group = writer.next_row_group()?;
        for column in &columns {
            let Some(mut next) = group.next_column()? else { break };
            let cells = Cells::of(column, rows);
            let wrong = |text: &str| ParquetError::General(format!("{text} is not a number"));
            match column.of {
                Type::Text => {
                    let values: Vec<ByteArray> =
                        cells.texts.iter().map(|text| text.as_str().into()).collect();
                    cells.write(next.typed::<ByteArrayType>(), &values)?;
                }
                Type::Whole => {
                    let values = cells.texts.iter().map(|t| t.parse().map_err(|_| wrong(t)));
                    cells.write(next.typed::<Int64Type>(), &values.collect::<Result<Vec<_>, _>>()?)?;
                }
                Type::Float => {
                    let values = cells.texts.iter().map(|t| float(t).ok_or_else(|| wrong(t)));
                    cells.write(next.typed::<DoubleType>(), &values.collect::<Result<Vec<_>, _>>()?)?;
                }
            }
            next.close()?;
        }
        group.close()?;
    }
    writer.close().map(|_| ())
}

/// A value that may be absent, or a list of values that may be absent as a whole.
fn schema(column: &FrameColumn) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = match column.of {
        Type::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Type::Whole => (Physical::INT64, None),
        Type::Float => (Physical::DOUBLE, None),
    };
    let value = |name: &str| {
        let built = Schema::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
        built.with_logical_type(logical.clone()).build().map(Arc::new)
    };
    if !column.is_list {
        return value(&column.name);
    }
    let entries = Schema::group_type_builder("list").with_repetition(Repetition::REPEATED);
    let list = Schema::group_type_builder(&column.name)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::List))
        .with_converted_type(ConvertedType::LIST)
        .with_fields(vec![Arc::new(entries.with_fields(vec![value("element")?]).build()?)]);
    list.build().map(Arc::new)
}

/// The values of a column, with the levels that say where they stand.
struct Cells {
    texts: Vec<String>,
    definition: Vec<i16>,
    repetition: Option<Vec<i16>>,
}

/// Definition levels of a value and of a value in a list.
const VALUE: i16 = 1;
const ENTRY: i16 = 3;
/// Of an entry without a value.
const NO_ENTRY: i16 = 2;

impl Cells {
    fn of(column: &FrameColumn, rows: &[Vec<Field>]) -> Self {
        let mut cells = Self { texts: Vec::new(), definition: Vec::new(), repetition: None };
        if !column.is_list {
            cells.definition =
                rows.iter().map(|row| VALUE * i16::from(column.value(row).is_some())).collect();
            cells.texts = rows.iter().filter_map(|row| Some(column.value(row)?.text())).collect();
            return cells;
        }
        let mut repetition = Vec::new();
        for row in rows {
            match column.value(row).map(|values| values.each()).filter(|all| !all.is_empty()) {
                None => {
                    cells.definition.push(0);
                    repetition.push(0);
                }
                Some(all) => {
                    repetition.extend((0..all.len()).map(|i| i16::from(i > 0)));
                    cells.definition.extend(all.iter().map(|e| if e.is_some() { ENTRY } else { NO_ENTRY }));
                    cells.texts.extend(all.into_iter().flatten().map(str::to_owned));
                }
            }
        }
        cells.repetition = Some(repetition);
        cells
    }

    fn write<T: DataType>(
        &self,
        column: &mut ColumnWriterImpl<'_, T>,
        values: &[T::T],
    ) -> Result<(), ParquetError> {
        column.write_batch(values, Some(&self.definition), self.repetition.as_deref()).map(|_| ())
    }
}
