//! What a column is.

use super::cell::Cell;
use super::subject::Subject;
use super::{Kind, Per};

/// A column.
#[derive(Debug)]
pub struct Column {
    /// The name on the command line and in data files.
    pub name: &'static str,
    /// The heading in plain characters.
    pub heading: &'static str,
    /// The heading in LaTeX.
    pub latex: &'static str,
    /// What a value speaks of.
    pub per: Per,
    /// What the values are.
    pub kind: Kind,
    /// What it is, in a line.
    pub about: &'static str,
    /// What a reader of the table must know.
    pub notes: &'static [&'static str],
    /// Its value for a case.
    pub cell: fn(&Subject) -> Cell,
}
