//! Tables as JSON: a list of objects.

use super::Table;
use super::csv::data;
use super::field::{Field, FieldKind, Scalar, Values};
use super::frame::json_lines;
use super::style::on_one_line;
use crate::render;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct TableJson {
    format: &'static str,
    command: String,
    columns: Vec<String>,
    rows: Vec<BTreeMap<String, Value>>,
}

/// A value: proven numbers are texts, so that no digit is lost.
#[derive(Serialize)]
#[serde(untagged)]
enum Value {
    Nothing,
    Whole(u64),
    Float(f64),
    Text(String),
}

impl Value {
    fn of(kind: FieldKind, field: Field) -> Self {
        let Some(text) = field.as_ref().map(Values::text) else { return Self::Nothing };
        let number = match kind.of {
            _ if kind.is_list => None,
            Scalar::Text | Scalar::Proven => None,
            Scalar::Whole => text.parse().ok().map(Self::Whole),
            Scalar::Float => text.parse().ok().filter(|x: &f64| x.is_finite()).map(Self::Float),
        };
        number.unwrap_or(Self::Text(text))
    }
}

/// The table, `tightframe.table/1`.
pub(super) fn json(table: &Table) -> String {
    let (names, rows) = data(table);
    let row = |fields: Vec<Field>| {
        let value =
            |((name, kind), field): (&(String, FieldKind), Field)| (name.clone(), Value::of(*kind, field));
        names.iter().zip(fields).map(value).collect()
    };
    render::json(&TableJson {
        format: "tightframe.table/1",
        command: on_one_line(&table.request.command),
        columns: names.iter().map(|(name, _)| name.clone()).collect(),
        rows: rows.into_iter().map(row).collect(),
    })
}

/// The table, an object a line, as a data frame has it.
pub(super) fn lines(table: &Table) -> String {
    let (fields, rows) = data(table);
    rows.iter().map(|row| json_lines(&fields, row)).collect()
}
