//! An answer for reading: words and tables, laid out for the width of a screen.

use super::lines::wrapped;
use super::table::Table;
use std::fmt;
use std::ops::AddAssign;

/// Words and tables in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Words(String),
    Table(Table),
}

impl Page {
    /// Adds a table.
    pub fn table(&mut self, table: Table) {
        self.parts.push(Part::Table(table));
    }

    /// Adds all of another page.
    pub fn append(&mut self, other: Self) {
        self.parts.extend(other.parts);
    }

    /// The text, with no line longer than `width`: lines are broken at spaces, and their rests stand below their
    /// values.
    pub fn laid(&self, width: usize) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Table(table) => out += &table.laid(width),
                Part::Words(words) => {
                    words.split_inclusive('\n').for_each(|line| out += &wrapped(line, width))
                }
            }
        }
        out
    }
}

/// The text at its natural width.
impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.laid(usize::MAX))
    }
}

impl AddAssign<&str> for Page {
    fn add_assign(&mut self, words: &str) {
        match self.parts.last_mut() {
            Some(Part::Words(last)) => *last += words,
            _ => self.parts.push(Part::Words(words.to_owned())),
        }
    }
}

impl From<String> for Page {
    fn from(words: String) -> Self {
        Self { parts: vec![Part::Words(words)] }
    }
}
