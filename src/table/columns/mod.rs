//! Every column that a table or a sweep can show, in files by what they speak of.
//!
//! A column is one entry in one of these files, and nothing else: name, heading, heading in LaTeX, what a value speaks
//! of, what the values are, what it is in a line, in brackets what a reader must know, its value for a case.

use super::Column;
use super::Subject;
use super::style::TEXT;
use crate::case::Case;
use std::collections::BTreeSet;

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

/// Names that columns had, which data frames and SQL cannot use: `lambda` is a reserved word of both, and SQL does not
/// tell it from `Lambda`.
const FORMER: [(&str, &str); 2] = [("lambda", "lambda_all"), ("Lambda", "lambda_product")];

/// The column of a name, or of one that it had.
pub fn column(name: &str) -> Option<&'static Column> {
    let name = FORMER.iter().find(|(former, _)| *former == name).map_or(name, |(_, now)| now);
    columns().find(|c| c.name == name)
}

/// Whether a column says what a case gives, and so may tell cases, classes or modes apart.
pub fn is_given(column: &Column) -> bool {
    given::COLUMNS.iter().any(|c| c.name == column.name) || ["count", "mu"].contains(&column.name)
}

/// Columns that tell cases apart: their titles, and for the points of a spec, which have none, what it varies.
pub fn telling_apart(cases: &[Case]) -> Vec<&'static Column> {
    const VARIED: [&str; 14] = [
        "classes",
        "ratio",
        "counts",
        "depth",
        "widths",
        "bias",
        "loss",
        "lambda_all",
        "weights",
        "bias_weight",
        "smoothing",
        "class_weights",
        "logit_shift",
        "logit_scale",
    ];
    let is_point = |case: &Case| case.name().starts_with("point ");
    if cases.is_empty() || !cases.iter().all(is_point) {
        return column("title").into_iter().collect();
    }
    let mut chosen = Vec::new();
    let mut told: Vec<String> = vec![String::new(); cases.len()];
    for column in VARIED.iter().filter_map(|name| column(name)) {
        let value = |case| (column.cell)(&Subject::of(case, &[], 17, false)).written(&TEXT, 17);
        let finer: Vec<String> =
            told.iter().zip(cases).map(|(text, case)| format!("{text}\n{}", value(case))).collect();
        let kinds = |texts: &[String]| texts.iter().collect::<BTreeSet<_>>().len();
        if kinds(&finer) > kinds(&told) {
            chosen.push(column);
            told = finer;
        }
    }
    chosen
}
