//! A refusal: a mistake with its place in the file.

use super::Mistake;
use std::fmt;
use std::ops::Range;

/// Why a case file was refused, with file, line, column and the offending text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The file as the user named it.
    pub file: String,
    /// Where in the file, if the mistake has a place there.
    pub place: Option<TextPlace>,
    /// What is wrong.
    pub mistake: Mistake,
}

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPlace {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The offending text, cut when long.
    pub text: String,
}

/// The offending text is shown up to this many characters.
const SHOWN: usize = 60;

impl TextPlace {
    /// The place of a byte range in a text.
    pub fn of(source: &str, span: Range<usize>) -> Self {
        let start = floor_boundary(source, span.start);
        let end = floor_boundary(source, span.end).max(start);
        let before = &source[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let first_line = source[start..end].lines().next().unwrap_or("");
        Self {
            line: before.matches('\n').count() + 1,
            column: source[line_start..start].chars().count() + 1,
            text: shown(first_line),
        }
    }
}

/// A text as a message shows it: cut when long, without control characters.
pub(crate) fn shown(text: &str) -> String {
    let mut start: String = text.chars().take(SHOWN).map(|c| if c.is_control() { '�' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        start.push('…');
    }
    start
}

fn floor_boundary(source: &str, at: usize) -> usize {
    (0..=at.min(source.len())).rev().find(|i| source.is_char_boundary(*i)).unwrap_or(0)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        refused(f, &self.mistake, &self.file, self.place.as_ref(), self.mistake.hint())
    }
}

/// Writes a mistake with its place and its hint, each on its own line.
pub(crate) fn refused(
    f: &mut fmt::Formatter<'_>,
    mistake: &dyn fmt::Display,
    file: &str,
    place: Option<&TextPlace>,
    hint: Option<String>,
) -> fmt::Result {
    write!(f, "error: {mistake}")?;
    match place {
        Some(place) => {
            write!(f, "\n  --> {file}:{}:{}", place.line, place.column)?;
            if !place.text.is_empty() {
                write!(f, "\n   |  {}", place.text)?;
            }
        }
        None => write!(f, "\n  --> {file}")?,
    }
    match hint {
        Some(hint) => write!(f, "\nhint: {hint}"),
        None => Ok(()),
    }
}

impl std::error::Error for Refusal {}
