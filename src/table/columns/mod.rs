//! Every column that a table or a sweep can show, in files by what they speak of.
//!
//! A column is one entry in one of these files, and nothing else: name, heading, heading in LaTeX, what a value speaks
//! of, what the values are, what it is in a line, in brackets what a reader must know, its value for a case.

use super::Column;

/// A file's columns.
macro_rules! columns {
    ($($name:ident $heading:literal $latex:literal $per:ident $kind:ident $about:literal
        $([$note:literal])? => $cell:expr;)*) => {
        pub(super) const COLUMNS: &[crate::table::Column] = &[$(crate::table::Column {
            name: stringify!($name),
            heading: $heading,
            latex: $latex,
            per: crate::table::Per::$per,
            kind: crate::table::Kind::$kind,
            about: $about,
            notes: &[$($note)?],
            cell: $cell,
        }),*];
    };
}

mod classes;
mod cross_entropy;
mod given;
mod modes;
mod optimum;
#[cfg(test)]
mod tests;
mod theorems;
mod training;

/// All columns, in the order in which they are listed.
pub fn columns() -> impl Iterator<Item = &'static Column> {
    const FILES: &[&[Column]] = &[
        given::COLUMNS,
        optimum::COLUMNS,
        modes::COLUMNS,
        classes::COLUMNS,
        cross_entropy::COLUMNS,
        training::COLUMNS,
        theorems::COLUMNS,
        #[cfg(test)]
        tests::COLUMNS,
    ];
    FILES.iter().copied().flatten()
}

/// The column of a name.
pub fn column(name: &str) -> Option<&'static Column> {
    columns().find(|c| c.name == name)
}
