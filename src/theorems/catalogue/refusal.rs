//! Why a theorem file is refused, with the place and a hint.

use crate::case::{TextPlace, refused};
use crate::theorems::language;
use std::fmt;

/// Why a theorem file was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TheoremRefusal {
    /// The file as the user named it.
    pub file: String,
    /// Where in the file.
    pub place: Option<TextPlace>,
    /// What is wrong.
    pub mistake: TheoremMistake,
}

/// What is wrong with a theorem file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TheoremMistake {
    Unreadable { reason: String },
    NotUtf8,
    TooLarge,
    TooNested,
    Syntax { message: String },
    UnknownKey { key: String, nearest: Option<String> },
    Missing { key: &'static str },
    NotText { key: String },
    NotSection { key: &'static str },
    UnknownBasis { found: String },
    BadId { found: String },
    DuplicateId { id: String },
    Claim(language::ClaimMistake),
}

impl TheoremMistake {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { .. } => {
                "check the name; a theorem is one file, --theorems takes a folder".to_owned()
            }
            Self::NotUtf8 => return None,
            Self::UnknownKey { key, .. } if key == "network" => {
                "this is a case; `check` and `predict` take cases".to_owned()
            }
            Self::TooLarge | Self::TooNested => "a theorem is a page of TOML".to_owned(),
            Self::Syntax { .. } => {
                "a theorem is TOML: `key = \"text\"`, then [hypotheses] and [claims]".to_owned()
            }
            Self::UnknownKey { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownKey { .. } => "remove it; docs/claims.md lists every key".to_owned(),
            Self::Missing { key } => format!("add `{key}`"),
            Self::NotText { .. } => "write a text in quotes".to_owned(),
            Self::NotSection { key } => format!("write [{key}] and `\"name\" = \"statement\"` under it"),
            Self::UnknownBasis { .. } => "choose one of \"read\", \"relayed\", \"ours\"".to_owned(),
            Self::BadId { .. } => "small letters, digits and hyphens".to_owned(),
            Self::DuplicateId { .. } => "choose another id".to_owned(),
            Self::Claim(mistake) => return mistake.hint(),
        })
    }
}

impl fmt::Display for TheoremMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { reason } => write!(f, "the file cannot be read: {reason}"),
            Self::NotUtf8 => write!(f, "the file is not UTF-8 text"),
            Self::TooLarge => write!(f, "the file is too large for a theorem"),
            Self::TooNested => write!(f, "brackets nested too deep"),
            Self::Syntax { message } => write!(f, "not TOML: {message}"),
            Self::UnknownKey { key, .. } => write!(f, "unknown key `{key}`"),
            Self::Missing { key } => write!(f, "no `{key}`"),
            Self::NotText { key } => write!(f, "`{key}` is not a text"),
            Self::NotSection { key } => write!(f, "`{key}` is not a section"),
            Self::UnknownBasis { found } => write!(f, "found \"{found}\" for `basis`"),
            Self::BadId { found } => write!(f, "\"{found}\" is not an id"),
            Self::DuplicateId { id } => write!(f, "a theorem \"{id}\" exists already"),
            Self::Claim(mistake) => write!(f, "{mistake}"),
        }
    }
}

impl fmt::Display for TheoremRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        refused(f, &self.mistake, &self.file, self.place.as_ref(), self.mistake.hint())
    }
}

impl std::error::Error for TheoremRefusal {}
