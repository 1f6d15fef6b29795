//! Values as data: fields of a row with their types, measured numbers with all their digits.

use super::style::TEXT;
use super::{Cell, Column, Kind, Per};
use serde::{Deserialize, Serialize};

/// What one value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// UTF-8.
    Text,
    /// A whole number.
    Whole,
    /// A measured float.
    Float,
    /// A number of which every digit is proven, or a fraction: a text, so that nothing is lost.
    Proven,
}

/// The type of a field: one value, or a list of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldKind {
    /// What a value is.
    pub of: Scalar,
    /// Whether there are several.
    pub is_list: bool,
}

const WORDS: [(&str, Scalar); 4] =
    [("text", Scalar::Text), ("whole", Scalar::Whole), ("float", Scalar::Float), ("proven", Scalar::Proven)];
const LIST: &str = "list of ";

impl FieldKind {
    /// One value.
    pub const fn one(of: Scalar) -> Self {
        Self { of, is_list: false }
    }

    /// Its words.
    pub fn words(self) -> String {
        let word = WORDS.iter().find(|(_, of)| *of == self.of).map_or("", |(word, _)| word);
        format!("{}{word}", if self.is_list { LIST } else { "" })
    }

    /// The kind of some words.
    pub fn of(words: &str) -> Option<Self> {
        let word = words.strip_prefix(LIST);
        let found = WORDS.iter().find(|(known, _)| *known == word.unwrap_or(words));
        found.map(|(_, of)| Self { of: *of, is_list: word.is_some() })
    }
}

/// The values of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// One.
    One(String),
    /// A list, where an entry may have no value: neighbours that are equal are one entry, with how often it stands.
    Many(Vec<(Option<String>, u64)>),
}

/// A field; `None` where there is no value.
pub type Field = Option<Values>;

impl Values {
    /// One value as a field.
    pub fn one(text: impl Into<String>) -> Field {
        Some(Self::One(text.into()))
    }

    /// As one text: `a, b*3` for a list.
    pub fn text(&self) -> String {
        let run = |(text, times): &(Option<String>, u64)| {
            let text = text.as_deref().unwrap_or(TEXT.nothing);
            if *times == 1 { text.to_owned() } else { (TEXT.times)(text, *times as usize) }
        };
        match self {
            Self::One(text) => text.clone(),
            Self::Many(all) => all.iter().map(run).collect::<Vec<_>>().join(TEXT.separator),
        }
    }

    /// The values one by one.
    pub fn each(&self) -> Vec<Option<&str>> {
        match self {
            Self::One(text) => vec![Some(text)],
            Self::Many(all) => {
                all.iter().flat_map(|(text, n)| std::iter::repeat_n(text.as_deref(), *n as usize)).collect()
            }
        }
    }
}

impl Column {
    /// The names and types of its fields where rows speak of something: one, but for a spread its median and its ends.
    pub fn fields(&self, per: Per) -> Vec<(String, FieldKind)> {
        let of = match self.kind {
            Kind::Words | Kind::RanWords => Scalar::Text,
            Kind::Whole | Kind::RanWhole | Kind::Wholes => Scalar::Whole,
            Kind::Proven | Kind::Numbers => Scalar::Proven,
            Kind::Found | Kind::FoundNumbers => Scalar::Float,
            Kind::Spread => {
                let part = |part| (format!("{}_{part}", self.name), FieldKind::one(Scalar::Float));
                return ["median", "least", "greatest"].map(part).to_vec();
            }
        };
        vec![(self.name.to_owned(), FieldKind { of, is_list: self.is_list(per) })]
    }

    /// Whether its cells hold several values where rows speak of something.
    fn is_list(&self, per: Per) -> bool {
        let several = matches!(self.kind, Kind::Wholes | Kind::Numbers | Kind::FoundNumbers);
        several || (per == Per::Case && self.per != Per::Case)
    }

    /// The fields of one of its cells.
    pub fn values(&self, cell: &Cell, per: Per, digits: usize) -> Vec<Field> {
        let text = |cell: &Cell| match (self.kind, cell) {
            (Kind::Found | Kind::FoundNumbers, Cell::Measured(s)) => format!("{:e}", s.median),
            (_, cell) => cell.written(&TEXT, digits),
        };
        match (self.kind, cell) {
            (Kind::Spread, Cell::Measured(s)) => {
                [s.median, s.least, s.greatest].map(|x| Values::one(format!("{x:e}"))).to_vec()
            }
            (Kind::Spread, _) => vec![None; 3],
            (_, Cell::Nothing) => vec![None],
            (_, Cell::List(all)) if all.is_empty() => vec![None],
            _ if !self.is_list(per) => vec![Values::one(text(cell))],
            (_, Cell::List(all)) => {
                let mut runs: Vec<(Option<String>, u64)> = Vec::new();
                for (cell, times) in all {
                    let text = Some(cell).filter(|cell| !matches!(cell, Cell::Nothing)).map(text);
                    match runs.last_mut().filter(|(last, _)| *last == text) {
                        Some((_, n)) => *n += *times as u64,
                        None => runs.push((text, *times as u64)),
                    }
                }
                vec![Some(Values::Many(runs))]
            }
            _ => vec![Some(Values::Many(vec![(Some(text(cell)), 1)]))],
        }
    }
}
