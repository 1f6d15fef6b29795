//! Why a place is not written.

use super::Kind;
use std::fmt;
use std::path::{Path, PathBuf};

/// Why a place is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The name as it was given.
    pub path: PathBuf,
    /// What is wrong with it.
    pub mistake: Mistake,
}

/// What is wrong with a place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mistake {
    /// The same file is read.
    Input {
        input: PathBuf,
    },
    /// Another output of the call is the same file.
    Twice,
    IsFolder,
    NoFolder {
        folder: PathBuf,
    },
    /// The file may not be written.
    Protected,
    /// The file there is something else.
    OtherKind {
        found: Option<Kind>,
        wanted: Kind,
    },
    /// Text cannot be added to the file there.
    NoText {
        found: Kind,
    },
    Unreachable {
        reason: String,
    },
}

impl Refusal {
    pub(super) fn of(path: &Path, mistake: Mistake) -> Self {
        Self { path: path.to_owned(), mistake }
    }
}

impl Mistake {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Input { .. } => "write elsewhere; what a call reads it never overwrites",
            Self::Twice => "name every output once",
            Self::IsFolder => "name a file in it",
            Self::NoFolder { .. } => "make it first, or write elsewhere",
            Self::Protected => "allow writing first, or write elsewhere",
            Self::OtherKind { .. } => "write elsewhere, or overwrite it with --force",
            Self::NoText { .. } => "write elsewhere, or add to it with --force",
            Self::Unreachable { .. } => "write elsewhere",
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { input } => write!(f, "the output is an input: {}", input.display()),
            Self::Twice => write!(f, "an output is given twice"),
            Self::IsFolder => write!(f, "the output is a folder"),
            Self::NoFolder { folder } => write!(f, "there is no folder {}", folder.display()),
            Self::Protected => write!(f, "the file is write-protected"),
            Self::OtherKind { found: Some(found), wanted } => {
                write!(f, "the file is {}, not {}", found.word(), wanted.word())
            }
            Self::OtherKind { found: None, wanted } => write!(f, "the file is not {}", wanted.word()),
            Self::NoText { found } => write!(f, "the file is {}; a summary would spoil it", found.word()),
            Self::Unreachable { reason } => write!(f, "the file cannot be reached: {reason}"),
        }
    }
}
