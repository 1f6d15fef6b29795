//! The independent checker: does a certificate prove its claim about a case?
//!
//! It rebuilds from the case's bytes what must be shown and treats the certificate as hints. Everything is integers
//! and rationals; there is no search, no recursion, no float, and nothing that can panic. It uses no code of what
//! makes certificates; those that propose trees of cells use its rules, so that there is one. The format, the mathematics assumed and every condition stand in `docs/certificate.md`;
//! the reasons below carry the names used there.
#![deny(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used, clippy::expect_used)]
#![deny(clippy::panic, clippy::unreachable, clippy::float_arithmetic, clippy::as_conversions)]

mod analysis;
mod ball;
mod budget;
mod cell;
mod congruence;
mod deep;
mod document;
mod dual;
mod frame;
mod given;
mod goal;
mod hull;
mod law;
mod matrix;
mod merging;
mod modes;
mod number;
mod point;
mod pulls;
mod reader;
mod rejection;
mod spectrum;
mod table;
mod terms;
mod toml;
mod tree;
mod work;

/// The claims about deep cross-entropy, for those who propose them.
pub(crate) use {
    self::ball::Ball,
    self::deep::{Deep, Target},
    self::given::Balanced,
    self::pulls::Pulls,
    self::tree::{Node, Tree},
};

use self::document::Document;
pub use self::given::Files;
use self::given::Given;
pub use self::rejection::{Reason, Rejection};
use self::rejection::{Stop, clipped};
use sha2::{Digest, Sha256};
use std::fmt;

/// What the checker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The claim follows.
    Accepted,
    /// A condition fails.
    Rejected(Rejection),
    /// The case uses something this checker does not read.
    Incomplete(String),
}

impl Answer {
    /// The answer in a line without an end.
    pub fn brief(&self) -> String {
        match self {
            Self::Accepted => "accepted".to_owned(),
            Self::Rejected(r) => format!("rejected: {} at {}", r.reason.word(), r.place),
            Self::Incomplete(what) => format!("incomplete: {what}"),
        }
    }
}

impl From<Stop> for Answer {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Rejected(rejection) => Self::Rejected(rejection),
            Stop::Incomplete(what) => Self::Incomplete(what),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => writeln!(f, "accepted"),
            Self::Rejected(r) => {
                writeln!(f, "rejected  {}", r.reason.word())?;
                writeln!(f, "  at      {}\n  found   {}\n  needed  {}", r.place, r.found, r.needed)
            }
            Self::Incomplete(what) => writeln!(f, "incomplete  {what}"),
        }
    }
}

/// The problem as this checker reads it from a case's bytes, in one line: to be compared with what others read.
///
/// Errors: what it does not read.
#[cfg(any(test, fuzzing))]
pub(crate) fn reading(case: &[u8]) -> Result<String, String> {
    Given::read(case, &|_| None).map(|given| given.line())
}

/// Checks a certificate against the bytes of its case.
pub fn audit(case: &[u8], certificate: &[u8]) -> Answer {
    audit_beside(case, certificate, &|_| None)
}

/// The same for a case that names a file of targets.
pub fn audit_beside(case: &[u8], certificate: &[u8], files: Files) -> Answer {
    let given = match Given::read(case, files) {
        Ok(given) => given,
        Err(what) => return Answer::Incomplete(clipped(&what)),
    };
    let hash: String = Sha256::digest(case).iter().map(|byte| format!("{byte:02x}")).collect();
    let document = match Document::read(certificate, &given, &hash) {
        Ok(document) => document,
        Err(stop) => return Answer::from(*stop),
    };
    if document.work(&given) > work::LIMIT {
        return Answer::Incomplete("checking takes more work than the format allows".to_owned());
    }
    match document.check(&given) {
        Ok(()) => Answer::Accepted,
        Err(stop) => Answer::from(*stop),
    }
}
