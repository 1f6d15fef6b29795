//! Tables for papers: rows of cases, columns chosen from everything that is known of a case.
//!
//! - [`columns`] has one entry for each column, which is all that a new one needs.
//! - A [`Subject`] is one case; it computes what the asked columns need, once, and trains only if one asks.
//! - A [`Cell`] knows whether its number is given, proven, in closed form or measured; formats only write it.
//!
//! Rows are cases, or with [`Per::Class`] and [`Per::Mode`] the classes or modes inside each case.

mod breadth;
mod cell;
mod column;
pub mod columns;
mod csv;
mod field;
pub mod frame;
mod json;
mod latex;
mod markdown;
mod signs;
mod style;
mod subject;
mod text;
mod typst;

pub use cell::{Cell, Spread};
pub use column::Column;
pub use csv::Csv;
pub use field::{Field, FieldKind, Scalar, Values};
pub use subject::Subject;

use crate::render::Page;
use std::cmp::Ordering;

/// What a value speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// A whole case.
    Case,
    /// A class (classes with equal counts together).
    Class,
    /// A distinct target of the mean squared error.
    Mode,
}

/// What a column's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Words,
    /// A whole number.
    Whole,
    /// A list of whole numbers.
    Wholes,
    /// Exactly as the case gives it, or proven to every digit.
    Proven,
    /// A list of such numbers.
    Numbers,
    /// Measured: floats of a search, no training.
    Found,
    /// A list of such floats.
    FoundNumbers,
    /// Measured: a spread over the random starts of the training.
    Spread,
    /// Measured by training: words.
    RanWords,
    /// Measured by training: a whole number.
    RanWhole,
}

impl Kind {
    /// Whether values are floats, or rest on them.
    pub fn is_measured(self) -> bool {
        matches!(self, Self::Found | Self::FoundNumbers) || self.is_trained()
    }

    /// Whether values come from training.
    pub fn is_trained(self) -> bool {
        matches!(self, Self::Spread | Self::RanWords | Self::RanWhole)
    }
}

/// What a table should show.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its columns.
    pub columns: Vec<&'static Column>,
    /// What its rows are.
    pub per: Per,
    /// Rows with equal values of this column stand together.
    pub group_by: Option<&'static Column>,
    /// Rows ascend by this column, or descend.
    pub sort: Option<(&'static Column, bool)>,
    /// Significant digits.
    pub digits: usize,
    /// Closed forms and enclosures instead of decimals.
    pub symbolic: bool,
    /// The caption.
    pub caption: Option<String>,
    /// The label for references.
    pub label: Option<String>,
    /// The command that makes the table.
    pub command: String,
}

/// A finished table.
#[derive(Debug, Clone)]
pub struct Table {
    request: Request,
    groups: Vec<Group>,
}

/// Rows under one value of the column they are grouped by.
#[derive(Debug, Clone)]
struct Group {
    /// That value, if rows are grouped.
    value: Option<Cell>,
    rows: Vec<Vec<Cell>>,
}

/// One row with what it is sorted and grouped by.
#[derive(Debug, Clone)]
pub struct Row {
    cells: Vec<Cell>,
    group: Option<Cell>,
    key: Option<Cell>,
}

impl Request {
    /// The rows of one case.
    pub fn rows(&self, subject: &Subject) -> Vec<Row> {
        let group = self.group_by.map(|c| CellsOf::of(c, subject));
        let key = self.sort.map(|(c, _)| CellsOf::of(c, subject));
        let columns: Vec<CellsOf> = self.columns.iter().map(|c| CellsOf::of(c, subject)).collect();
        let count = match self.per {
            Per::Case => 1,
            Per::Class => subject.class_groups(),
            Per::Mode => subject.modes(),
        };
        let row = |i: usize| Row {
            cells: columns.iter().map(|v| v.at(self.per, i, subject)).collect(),
            group: group.as_ref().map(|v| v.at(self.per, i, subject)),
            key: key.as_ref().map(|v| v.at(self.per, i, subject)),
        };
        (0..count).map(row).collect()
    }

    /// The table of all rows, in the order of their cases.
    pub fn table(&self, mut rows: Vec<Row>) -> Table {
        if let Some((_, descending)) = self.sort {
            rows.sort_by(|a, b| ordered(&a.key, &b.key, descending));
        }
        if self.group_by.is_some() {
            rows.sort_by(|a, b| ordered(&a.group, &b.group, false));
        }
        let mut groups: Vec<Group> = Vec::new();
        for row in rows {
            let same = |g: &Group| ordered(&g.value, &row.group, false) == Ordering::Equal;
            match groups.last_mut().filter(|g| same(g)) {
                Some(group) => group.rows.push(row.cells),
                None => groups.push(Group { value: row.group, rows: vec![row.cells] }),
            }
        }
        Table { request: self.clone(), groups }
    }
}

/// Cells without a value come last, whichever way the others run.
fn ordered(a: &Option<Cell>, b: &Option<Cell>, descending: bool) -> Ordering {
    let present = |cell: &Option<Cell>| cell.as_ref().is_some_and(|c| !matches!(c, Cell::Nothing));
    match (a, b) {
        (Some(x), Some(y)) if present(a) && present(b) => {
            if descending {
                y.compare(x)
            } else {
                x.compare(y)
            }
        }
        _ => present(b).cmp(&present(a)),
    }
}

/// A column's cell for one case, and what it speaks of.
struct CellsOf {
    per: Per,
    cell: Cell,
}

impl CellsOf {
    fn of(column: &Column, subject: &Subject) -> Self {
        Self { per: column.per, cell: (column.cell)(subject) }
    }

    /// The value for the `i`-th class or mode; nothing where modes mix classes.
    fn at(&self, per: Per, i: usize, subject: &Subject) -> Cell {
        let index = match (per, self.per) {
            (Per::Case, _) | (_, Per::Case) => return self.cell.clone(),
            (Per::Class, Per::Mode) => subject.mode_of_group(i),
            (Per::Mode, Per::Class) => {
                (0..subject.class_groups()).find(|g| subject.mode_of_group(*g) == Some(i))
            }
            _ => Some(i),
        };
        match (&self.cell, index) {
            (Cell::List(all), Some(i)) => all.get(i).map_or(Cell::Nothing, |(cell, _)| cell.clone()),
            _ => Cell::Nothing,
        }
    }
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for reading.
    Text,
    /// A `table` environment, or a `longtable`, that fits the text of an article.
    Latex,
    /// The same as a document that compiles alone.
    LatexDocument,
    /// A pipe table.
    Markdown,
    /// A Typst figure.
    Typst,
    /// Comma-separated values under the columns' names.
    Csv,
    /// The values of CSV as objects under the columns' names.
    Json,
    /// An object a line for data frames: lists as lists, floats beside proven numbers.
    JsonLines,
}

impl Table {
    /// The table's bytes.
    pub fn written(&self, format: Format) -> String {
        match format {
            Format::Text => self.page().to_string(),
            Format::Latex => latex::latex(self),
            Format::LatexDocument => latex::document(self),
            Format::Markdown => markdown::markdown(self),
            Format::Typst => typst::typst(self),
            Format::Csv => csv::csv(self),
            Format::Json => json::json(self),
            Format::JsonLines => json::lines(self),
        }
    }

    /// The table as text, to be laid out for a screen.
    pub fn page(&self) -> Page {
        text::text(self)
    }

    /// The names of the last columns, without which it fits the text of an article in LaTeX; none if it does.
    pub fn too_many_for_latex(&self) -> Vec<&'static str> {
        latex::too_many(self)
    }

    fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.groups.iter().flat_map(|g| &g.rows).flatten()
    }

    /// What a reader must know about the values, one sentence each.
    fn notes(&self) -> Vec<String> {
        let columns = &self.request.columns;
        let has = |kind: Kind| columns.iter().any(|c| c.kind == kind);
        let measured = columns.iter().any(|c| c.kind.is_measured());
        let any = |test: &dyn Fn(&Cell) -> bool| self.cells().any(|c| c.any(test));
        let mut notes = Vec::new();
        if has(Kind::Proven) {
            let but = if measured { "not marked measured " } else { "" };
            notes.push(format!("Every digit {but}is proven."));
        }
        if measured {
            let spread = if any(&|c| matches!(c, Cell::Measured(s) if s.is_spread())) {
                "; over several random starts: median [least, greatest]"
            } else {
                ""
            };
            notes.push(format!("* measured{spread}."));
        }
        if any(
            &|c| matches!(c, Cell::Closed(f) if matches!(f, crate::theory::closed_form::ClosedForm::Quartic(_))),
        ) {
            notes.push(
                "φ(c) = 3/4 − R/2 + ½√(3/4 − R² + 1/(4R)) with R = √(1/4 + y) and y = ∛(c/2 + s) + ∛(c/2 − s), \
                 s = √(c²/4 − 64c³/27)."
                    .to_owned(),
            );
        }
        if any(&|c| matches!(c, Cell::Between { .. })) {
            notes.push("[a, b] holds the value; both ends are proven.".to_owned());
        }
        let explained: Vec<&str> = columns.iter().flat_map(|c| c.notes).copied().collect();
        let mut seen = Vec::new();
        for note in explained {
            if !seen.contains(&note) {
                seen.push(note);
                notes.push(note.to_owned());
            }
        }
        notes
    }
}
