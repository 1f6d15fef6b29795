//! Why a command ended without its answer: one enum, one text, one exit code.

use super::Exit;
use crate::case::{self, nearest};
use crate::certificate::Uncertifiable;
use crate::design::WishMistake;
use crate::figure;
use crate::flow::Untrainable;
use crate::measure;
use crate::output::{self, Target};
use crate::sweep;
use crate::theorems::catalogue::TheoremRefusal;
use crate::theory::landscape::NameMistake;
use crate::verdict::measurement::Unmeasured;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a command ended without its answer.
#[derive(Debug)]
pub enum Error {
    /// A case file is refused.
    Case(Box<case::Refusal>),
    /// A theorem file is refused.
    Theorem(Box<TheoremRefusal>),
    /// The spec of a sweep is refused.
    Spec(Box<sweep::Refusal>),
    /// A sweep, its journal or its shards.
    Sweep(Box<sweep::Failure>),
    /// A name that is not known; `listing` lists those that are.
    Unknown { noun: &'static str, name: String, nearest: Option<String>, listing: &'static str },
    /// What an option is given, and what is wrong with it.
    Option { given: String, wrong: String, hint: String },
    /// More than is drawn or taken.
    TooMany { found: u64, noun: &'static str, limit: u64, place: Option<PathBuf>, hint: &'static str },
    /// A file or folder that cannot be read.
    Unreadable { noun: &'static str, path: PathBuf, error: io::Error },
    /// A file that is larger than a checker reads.
    TooLarge { path: PathBuf, size: u64 },
    /// A folder without a case file.
    NoCases { path: PathBuf },
    /// What is known for the mean squared error only.
    SquaredErrorOnly { subject: &'static str, case: PathBuf, hint: &'static str },
    /// A critical point that the case does not have.
    NoSuchPoint { case: String, name: String, mistake: NameMistake },
    /// Wishes that make no question.
    Wishes { case: Option<String>, mistake: WishMistake },
    /// Wishes that conflict, provably; the text names them.
    Conflict { text: String },
    /// Wishes of which nothing is proved; the text says what is suspected.
    Open { text: String },
    /// A figure that there is not.
    Figure(figure::kind::Refusal),
    /// Files that are no network.
    Network { files: String, refusal: measure::saved::refusal::Refusal },
    /// A network that a case names and that is not measured.
    Unmeasured { case: PathBuf, reason: Unmeasured },
    /// A network that is not trained.
    Untrainable { case: PathBuf, reason: Untrainable, hint: &'static str },
    /// A case about which nothing is proved.
    Uncertifiable { case: PathBuf, reason: Uncertifiable },
    /// A place that is not written.
    Output(output::Refusal),
    /// An output that cannot be what its name says.
    Form { path: PathBuf, wrong: String, hint: &'static str },
    /// A file that cannot be written.
    Unwritable { noun: &'static str, path: PathBuf, error: io::Error },
    /// The answer cannot be written to stdout.
    Answer(io::Error),
}

impl Error {
    /// A name that is not among the known ones.
    pub fn unknown(noun: &'static str, name: &str, known: &[&str], listing: &'static str) -> Self {
        Self::Unknown { noun, name: name.to_owned(), nearest: nearest(name, known), listing }
    }

    /// What a target that cannot be written says.
    pub fn unwritable(target: &Target) -> impl FnOnce(io::Error) -> Self {
        let path = target.path().to_owned();
        move |error| Self::Unwritable { noun: "file", path, error }
    }

    /// How a command ends with it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Open { .. } | Self::Uncertifiable { .. } => Exit::Undecided,
            _ => Exit::Usage,
        }
    }

    /// What is wrong, where, and what to do about it; not for those that have a text of their own.
    fn parts(&self) -> (String, Option<String>, Option<String>) {
        let at = |path: &Path| Some(path.display().to_string());
        let hint = |text: &str| Some(text.to_owned());
        match self {
            Self::Case(_) | Self::Theorem(_) | Self::Spec(_) | Self::Sweep(_) => (String::new(), None, None),
            Self::Conflict { text } | Self::Open { text } => (text.clone(), None, None),
            Self::Unknown { noun, name, nearest, listing } => {
                let near = nearest.as_ref().map_or(String::new(), |near| format!("did you mean `{near}`? "));
                (format!("no {noun} `{name}`"), None, Some(format!("{near}`{listing}` lists all")))
            }
            Self::Option { given, wrong, hint } => (wrong.clone(), Some(given.clone()), Some(hint.clone())),
            Self::TooMany { found, noun, limit, place, hint } => (
                format!("{found} {noun} are too many; at most {limit} are taken here"),
                place.as_deref().and_then(at),
                Some((*hint).to_owned()),
            ),
            Self::Unreadable { noun, path, error } => {
                (format!("the {noun} cannot be read: {error}"), at(path), None)
            }
            Self::TooLarge { path, size } => {
                (format!("the file has {size} bytes or more, more than a checker reads"), at(path), None)
            }
            Self::NoCases { path } => {
                ("no case files".to_owned(), at(path), hint("a case file ends in .toml"))
            }
            Self::SquaredErrorOnly { subject, case, hint: way } => {
                let wrong = "are known for the mean squared error only; this case has cross-entropy";
                (format!("{subject} {wrong}"), at(case), hint(way))
            }
            Self::NoSuchPoint { case, name, mistake } => (
                mistake.to_string(),
                Some(format!("{case}, --at {name}")),
                Some(format!("`tightframe predict --critical-points {case}` lists the names")),
            ),
            Self::Wishes { case, mistake } => (mistake.to_string(), case.clone(), None),
            Self::Figure(refusal) => (refusal.reason.clone(), refusal.case.clone(), refusal.hint.clone()),
            Self::Network { files, refusal } => (refusal.to_string(), Some(files.clone()), refusal.hint()),
            Self::Unmeasured { case, reason } => (reason.to_string(), at(case), None),
            Self::Untrainable { case, reason, hint: way } => (reason.to_string(), at(case), hint(way)),
            Self::Uncertifiable { case, reason } => (reason.to_string(), at(case), None),
            Self::Output(refusal) => {
                (refusal.mistake.to_string(), at(&refusal.path), hint(refusal.mistake.hint()))
            }
            Self::Form { path, wrong, hint: way } => (wrong.clone(), at(path), hint(way)),
            Self::Unwritable { noun, path, error } => {
                (format!("the {noun} cannot be written: {error}"), at(path), None)
            }
            Self::Answer(error) => (format!("the answer cannot be written: {error}"), None, None),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(refusal) => return refusal.fmt(f),
            Self::Theorem(refusal) => return refusal.fmt(f),
            Self::Spec(refusal) => return refusal.fmt(f),
            Self::Sweep(failure) => return failure.fmt(f),
            Self::Conflict { text } | Self::Open { text } => return f.write_str(text),
            _ => {}
        }
        let (wrong, place, hint) = self.parts();
        write!(f, "error: {wrong}")?;
        if let Some(place) = place {
            write!(f, "\n  --> {place}")?;
        }
        match hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<case::Refusal> for Error {
    fn from(refusal: case::Refusal) -> Self {
        Self::Case(Box::new(refusal))
    }
}

impl From<TheoremRefusal> for Error {
    fn from(refusal: TheoremRefusal) -> Self {
        Self::Theorem(Box::new(refusal))
    }
}

impl From<sweep::Refusal> for Error {
    fn from(refusal: sweep::Refusal) -> Self {
        Self::Spec(Box::new(refusal))
    }
}

impl From<sweep::Failure> for Error {
    fn from(failure: sweep::Failure) -> Self {
        Self::Sweep(Box::new(failure))
    }
}

impl From<measure::saved::Unread> for Error {
    fn from(unread: measure::saved::Unread) -> Self {
        Self::Network { files: unread.files, refusal: unread.refusal }
    }
}

impl From<output::Refusal> for Error {
    fn from(refusal: output::Refusal) -> Self {
        Self::Output(refusal)
    }
}
