//! Rows as comma-separated values.

use super::field::{Field, FieldKind, Scalar, Values};
use super::frame::{FLOATS, float};
use super::{Cell, Column, Table};

/// A header, and rows one by one: a column of proven numbers that holds a fraction has a column of floats beside it.
#[derive(Debug)]
pub struct Csv {
    /// The names.
    names: Vec<String>,
    /// Which fields have floats beside them.
    floats: Vec<bool>,
}

impl Csv {
    /// The form of some rows.
    pub fn of(fields: &[(String, FieldKind)], rows: &[Vec<Field>]) -> Self {
        let is_fraction = |field: &Field| matches!(field, Some(Values::One(text)) if text.contains('/'));
        let needs = |(i, (_, kind)): (usize, &(String, FieldKind))| {
            *kind == FieldKind::one(Scalar::Proven) && rows.iter().any(|row| is_fraction(&row[i]))
        };
        let floats: Vec<bool> = fields.iter().enumerate().map(needs).collect();
        let name = |((name, _), floats): (&(String, FieldKind), &bool)| {
            std::iter::once(name.clone()).chain(floats.then(|| format!("{name}{FLOATS}"))).collect::<Vec<_>>()
        };
        Self { names: fields.iter().zip(&floats).flat_map(name).collect(), floats }
    }

    /// The first line.
    pub fn header(&self) -> String {
        line(self.names.iter().map(Some))
    }

    /// A row's line.
    pub fn row(&self, row: &[Field]) -> String {
        let texts = |(field, floats): (&Field, &bool)| {
            let text = field.as_ref().map(Values::text);
            let beside = floats.then(|| text.as_deref().and_then(float).map(|x| format!("{x:e}")));
            std::iter::once(text).chain(beside).collect::<Vec<_>>()
        };
        line(row.iter().zip(&self.floats).flat_map(texts))
    }
}

/// One line of texts.
fn line<T: AsRef<str>>(fields: impl IntoIterator<Item = Option<T>>) -> String {
    let quoted = |field: Option<T>| {
        let Some(text) = field else { return String::new() };
        let text = text.as_ref();
        // An empty text is quoted: an absent value is not.
        if text.is_empty()
            || text.contains([',', '"', '\n', '\r'])
            || text.starts_with([' ', '#'])
            || text.ends_with(' ')
        {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    fields.into_iter().map(quoted).collect::<Vec<_>>().join(",") + "\n"
}

/// Names with types, and rows.
pub(super) type Data = (Vec<(String, FieldKind)>, Vec<Vec<Field>>);

/// A table's fields and its rows of them; the column it is grouped by stands first.
pub(super) fn data(table: &Table) -> Data {
    let request = &table.request;
    let by = request.group_by.filter(|by| request.columns.iter().all(|c| c.name != by.name));
    let columns: Vec<&Column> = by.into_iter().chain(request.columns.iter().copied()).collect();
    let rows = table.groups.iter().flat_map(|group| group.rows.iter().map(move |row| (group, row)));
    let row = |(group, row): (&super::Group, &Vec<Cell>)| {
        let cells = by.and(group.value.as_ref()).into_iter().chain(row);
        let values = |(c, cell): (&&Column, _)| c.values(cell, request.per, request.digits);
        columns.iter().zip(cells).flat_map(values).collect()
    };
    (columns.iter().flat_map(|c| c.fields(request.per)).collect(), rows.map(row).collect())
}

/// The table.
pub(super) fn csv(table: &Table) -> String {
    let (fields, rows) = data(table);
    // Who asks for fractions wants no floats beside them.
    let form = Csv::of(&fields, if table.request.symbolic { &[] } else { &rows });
    rows.iter().fold(form.header(), |out, row| out + &form.row(row))
}
