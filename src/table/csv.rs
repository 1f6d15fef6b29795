//! Tables as data: every value in fields of its own, measured numbers with all their digits.

use super::style::TEXT;
use super::{Cell, Column, Kind, Table};

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// UTF-8. Proven numbers are texts, so that no digit is lost.
    Text,
    /// A whole number.
    Whole,
    /// A float.
    Float,
}

impl FieldKind {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Whole => "whole",
            Self::Float => "float",
        }
    }

    /// The kind of a word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Text, Self::Whole, Self::Float].into_iter().find(|kind| kind.word() == word)
    }
}

/// A field as text; `None` where there is no value.
pub type Field = Option<String>;

/// The names of a column's fields, and their types: one, but for a spread its median and its ends.
pub fn field_names(column: &Column) -> Vec<(String, FieldKind)> {
    let name = column.name.to_owned();
    match column.kind {
        Kind::Words | Kind::Proven | Kind::Found | Kind::RanWords => vec![(name, FieldKind::Text)],
        Kind::Whole | Kind::RanWhole => vec![(name, FieldKind::Whole)],
        Kind::Spread => {
            ["median", "least", "greatest"].map(|part| (format!("{name}_{part}"), FieldKind::Float)).to_vec()
        }
    }
}

/// The fields of a cell of a column.
pub fn fields(column: &Column, cell: &Cell, digits: usize) -> Vec<Field> {
    match (column.kind, cell) {
        (Kind::Spread, Cell::Measured(s)) => {
            [s.median, s.least, s.greatest].map(|x| Some(format!("{x:e}"))).to_vec()
        }
        (Kind::Spread, _) => vec![None; 3],
        (Kind::Whole | Kind::RanWhole, Cell::Whole(n)) => vec![Some(n.to_string())],
        (Kind::Whole | Kind::RanWhole, _) | (_, Cell::Nothing) => vec![None],
        (_, Cell::List(all)) if all.is_empty() => vec![None],
        (_, cell) => vec![Some(cell.written(&TEXT, digits))],
    }
}

/// One line of fields.
pub fn line<T: AsRef<str>>(fields: impl IntoIterator<Item = Option<T>>) -> String {
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

/// The names of a table's fields with their types, and its rows of them; the column it is grouped by stands first.
pub(super) fn all_fields(table: &Table) -> (Vec<(String, FieldKind)>, Vec<Vec<Field>>) {
    let request = &table.request;
    let by = request.group_by.filter(|by| request.columns.iter().all(|c| c.name != by.name));
    let columns: Vec<&Column> = by.into_iter().chain(request.columns.iter().copied()).collect();
    let rows = table.groups.iter().flat_map(|group| group.rows.iter().map(move |row| (group, row)));
    let row = |(group, row): (&super::Group, &Vec<Cell>)| {
        let cells = by.and(group.value.as_ref()).into_iter().chain(row);
        columns.iter().zip(cells).flat_map(|(c, cell)| fields(c, cell, request.digits)).collect()
    };
    (columns.iter().flat_map(|c| field_names(c)).collect(), rows.map(row).collect())
}

/// The table.
pub(super) fn csv(table: &Table) -> String {
    let (names, rows) = all_fields(table);
    let header = line(names.into_iter().map(|(name, _)| Some(name)));
    rows.into_iter().fold(header, |out, row| out + &line(row))
}
