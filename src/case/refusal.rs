//! A refusal: a mistake with its place in the file.

use super::{Mistake, TextPlace};
use std::fmt;

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
