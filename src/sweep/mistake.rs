//! Everything that can be wrong with a sweep's spec.

use crate::case::toml::Span;
use crate::case::{self, TextPlace, refused};
use std::fmt;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mistake {
    /// What can be wrong with a case file too.
    Case(case::Mistake),
    EmptyAxis {
        key: &'static str,
    },
    RepeatedValue {
        key: &'static str,
    },
    TwoWays {
        one: &'static str,
        other: &'static str,
    },
    Missing {
        key: &'static str,
        because: &'static str,
    },
    WithoutEffect {
        key: &'static str,
        because: &'static str,
    },
    NotAWhole {
        key: &'static str,
        least: u64,
        most: u64,
    },
    RatioBelowOne,
    BadRange {
        reason: &'static str,
    },
    RangeRepeats {
        digits: u64,
    },
    TooManyPoints {
        points: u128,
        limit: u64,
    },
    UnknownColumn {
        name: String,
        nearest: Option<String>,
    },
    NoColumns,
    ColumnTwice {
        name: &'static str,
    },
    ColumnNeedsTraining {
        name: &'static str,
    },
    BadPoint {
        point: u64,
        setting: String,
        mistake: case::Mistake,
    },
}

/// Why a spec was refused, with file, line, column and the offending text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The file as the user named it.
    pub file: String,
    /// Where in the file, if the mistake has a place there.
    pub place: Option<TextPlace>,
    /// What is wrong.
    pub mistake: Mistake,
}

impl Mistake {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Case(case::Mistake::MissingSection { section: "grid" }) => {
                "add a [grid] section; docs/sweep.md lists its keys".to_owned()
            }
            Self::Case(case::Mistake::UnknownKey { nearest: None, .. }) => {
                "remove it; docs/sweep.md lists every key".to_owned()
            }
            Self::Case(mistake) => return mistake.hint(),
            Self::EmptyAxis { .. } => "give at least one value".to_owned(),
            Self::RepeatedValue { .. } => "every value once: equal ones would give equal rows".to_owned(),
            Self::TwoWays { one, other } => format!("keep `{one}` or `{other}`"),
            Self::Missing { key, .. } => format!("add `{key} = …` under [grid]"),
            Self::WithoutEffect { key, .. } => format!("remove `{key}`"),
            Self::NotAWhole { .. } => "write it without a point".to_owned(),
            Self::RatioBelowOne => "the largest count over the smallest, at least 1".to_owned(),
            Self::BadRange { .. } => {
                "such as { from = 1e-5, to = 1e-2, points = 31, scale = \"log\", digits = 3 }".to_owned()
            }
            Self::RangeRepeats { .. } => "ask for fewer points or more `digits`".to_owned(),
            Self::TooManyPoints { limit, .. } => {
                format!("at most {limit}; split the grid into several specs")
            }
            Self::UnknownColumn { nearest: Some(nearest), .. } => format!("did you mean \"{nearest}\"?"),
            Self::UnknownColumn { .. } => "`tightframe table --list` lists all".to_owned(),
            Self::NoColumns => "name at least one column, or remove `columns`".to_owned(),
            Self::ColumnTwice { .. } => "name every column once".to_owned(),
            Self::ColumnNeedsTraining { .. } => "add `run = true` under [training]".to_owned(),
            Self::BadPoint { mistake, .. } => return mistake.hint(),
        };
        Some(text)
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(mistake) => write!(f, "{mistake}"),
            Self::EmptyAxis { key } => write!(f, "no value for `{key}`"),
            Self::RepeatedValue { key } => write!(f, "a value of `{key}` stands twice"),
            Self::TwoWays { one, other } => write!(f, "both `{one}` and `{other}` are given"),
            Self::Missing { key, because } => write!(f, "no `{key}`, which {because}"),
            Self::WithoutEffect { key, because } => write!(f, "`{key}` has no effect: {because}"),
            Self::NotAWhole { key, least, most } => {
                write!(f, "`{key}` is not a whole number from {least} to {most}")
            }
            Self::RatioBelowOne => write!(f, "`ratio` is below 1"),
            Self::BadRange { reason } => write!(f, "not a range: {reason}"),
            Self::RangeRepeats { digits } => {
                write!(f, "neighbouring points of the range are equal when rounded to {digits} digits")
            }
            Self::TooManyPoints { points, .. } => write!(f, "the grid has {points} points"),
            Self::UnknownColumn { name, .. } => write!(f, "no column \"{name}\""),
            Self::NoColumns => write!(f, "no columns"),
            Self::ColumnTwice { name } => write!(f, "column \"{name}\" stands twice"),
            Self::ColumnNeedsTraining { name } => {
                write!(f, "column \"{name}\" is measured by training, and this sweep only predicts")
            }
            Self::BadPoint { point, setting, mistake } => {
                write!(f, "point {point} ({setting}) is no problem: {mistake}")
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        refused(f, &self.mistake, &self.file, self.place.as_ref(), self.mistake.hint())
    }
}

impl std::error::Error for Refusal {}

/// A mistake with its place.
pub(super) struct Fault(pub Mistake, pub Span);

impl From<(case::Mistake, Span)> for Fault {
    fn from((mistake, span): (case::Mistake, Span)) -> Self {
        Self(Mistake::Case(mistake), span)
    }
}

pub(super) type Read<T> = Result<T, Fault>;
