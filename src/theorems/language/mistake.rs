//! Everything that can be wrong with the text of a claim: one variant a mistake, its data inside.

use super::Span;
use super::names::Kind;
use crate::exact::ReadError;
use std::fmt;

/// A mistake with the bytes of the text it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRefusal {
    /// Where in the text.
    pub span: Span,
    /// What is wrong.
    pub mistake: ClaimMistake,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ClaimMistake {
    // The text.
    TooLong { limit: usize },
    UnknownCharacter { found: char },
    BadNumber { error: ReadError },
    // The grammar.
    Unexpected { found: String, expected: &'static str },
    Ends { expected: &'static str },
    TooNested { limit: usize },
    TooManyOperators { limit: usize },
    // The names.
    UnknownName { found: String, nearest: Option<String> },
    UnknownDomain { found: String, nearest: Option<String> },
    Reserved { found: String },
    NeedsIndex { name: String, index: &'static str },
    NeedsArguments { name: String, usage: &'static str },
    TakesNoIndex { name: String },
    WrongNumberOfArguments { name: String, found: usize, usage: &'static str },
    // The kinds.
    WrongKind { found: Kind, expected: &'static str },
    DifferentKinds { left: Kind, right: Kind, operator: &'static str },
    NotOrdered { found: Kind },
    NotAStatement { found: Kind },
    UnknownWord { found: String, quantity: &'static str, choices: &'static [&'static str] },
}

impl ClaimMistake {
    /// What to do about it, where there is something to say.
    pub fn hint(&self) -> Option<String> {
        let near = |nearest: &Option<String>| nearest.as_ref().map(|n| format!("did you mean `{n}`?"));
        match self {
            Self::TooLong { .. } => Some("split it into several claims".to_owned()),
            Self::UnknownCharacter { found: '&' } => Some("write `and`".to_owned()),
            Self::UnknownCharacter { found: '|' } => {
                Some("write `or`, or norm(x) for the length of x".to_owned())
            }
            Self::UnknownCharacter { .. } => Some("docs/claims.md lists every symbol".to_owned()),
            Self::BadNumber { .. } => Some("write a decimal like 5e-4, or a fraction like 1/3".to_owned()),
            Self::Unexpected { expected, .. } | Self::Ends { expected } => Some(format!("write {expected}")),
            Self::TooNested { .. } | Self::TooManyOperators { .. } => {
                Some("split it into several claims".to_owned())
            }
            Self::UnknownName { nearest, .. } => {
                near(nearest).or_else(|| Some("docs/claims.md lists every name".to_owned()))
            }
            Self::UnknownDomain { nearest, .. } => {
                near(nearest).or_else(|| Some("classes, modes, layers, or a range such as 1..K".to_owned()))
            }
            Self::Reserved { .. } => Some("choose another name for the variable".to_owned()),
            Self::NeedsIndex { name, index } => Some(format!("write {name}[{index}]")),
            Self::NeedsArguments { usage, .. } | Self::WrongNumberOfArguments { usage, .. } => {
                Some(format!("write {usage}"))
            }
            Self::TakesNoIndex { name } => Some(format!("write {name} alone")),
            Self::WrongKind { expected, .. } => Some(format!("give {expected}")),
            Self::DifferentKinds { left: Kind::Factor, .. }
            | Self::DifferentKinds { right: Kind::Factor, .. } => Some(
                "a factor is known up to rotations of hidden space; take its gram(…), norm(…) or rank(…)"
                    .to_owned(),
            ),
            Self::DifferentKinds { .. } => Some("both sides must be of one kind".to_owned()),
            Self::NotOrdered { .. } => Some("only numbers have an order; compare norms".to_owned()),
            Self::NotAStatement { .. } => Some("compare it with something: … = …".to_owned()),
            Self::UnknownWord { choices, .. } => Some(format!("choose one of {}", choices.join(", "))),
        }
    }
}

impl fmt::Display for ClaimMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit } => write!(f, "a claim of more than {limit} bytes"),
            Self::UnknownCharacter { found } if found.is_control() => {
                write!(f, "a control character, {}", found.escape_unicode())
            }
            Self::UnknownCharacter { found } => write!(f, "found `{found}`, which no claim uses"),
            Self::BadNumber { error } => write!(f, "{error}"),
            Self::Unexpected { found, expected } => write!(f, "found {found}, expected {expected}"),
            Self::Ends { expected } => write!(f, "the claim ends, expected {expected}"),
            Self::TooNested { limit } => write!(f, "nested deeper than {limit}"),
            Self::TooManyOperators { limit } => write!(f, "more than {limit} operators"),
            Self::UnknownName { found, .. } => write!(f, "unknown name `{found}`"),
            Self::UnknownDomain { found, .. } => write!(f, "found `{found}`, which is nothing to range over"),
            Self::Reserved { found } => write!(f, "`{found}` has a meaning already"),
            Self::NeedsIndex { name, .. } => write!(f, "`{name}` without an index"),
            Self::NeedsArguments { name, .. } => write!(f, "`{name}` without its arguments"),
            Self::TakesNoIndex { name } => write!(f, "`{name}` with an index or arguments"),
            Self::WrongNumberOfArguments { name, found, .. } => {
                write!(f, "`{name}` with {found} argument{}", if *found == 1 { "" } else { "s" })
            }
            Self::WrongKind { found, expected } => write!(f, "found {found}, expected {expected}"),
            Self::DifferentKinds { left, right, operator } => {
                write!(f, "{left} and {right} with `{operator}` between them")
            }
            Self::NotOrdered { found } => write!(f, "{found} has no order"),
            Self::NotAStatement { found } => write!(f, "found {found}, expected something true or false"),
            Self::UnknownWord { found, quantity, .. } => write!(f, "`{quantity}` is never `{found}`"),
        }
    }
}

impl fmt::Display for ClaimRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.mistake)
    }
}

impl std::error::Error for ClaimRefusal {}
