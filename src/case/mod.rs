//! A case: the file as written, read into a validated [`Problem`].
//!
//! A case file is TOML. It is read once; every mistake is refused with its place, and what comes out holds
//! from birth. The file is never changed.

mod counts;
mod expect;
pub(crate) mod file;
mod mistake;
mod problem;
mod refusal;

pub use expect::{Decimal, Expect, ExpectedOptimum, ExpectedVerdict};
pub(crate) use file::check_nesting;
pub use file::{MAX_BYTES, nearest};
pub use mistake::Mistake;
pub use problem::{Bias, Draft, Loss, Problem, Targets};
pub use refusal::{Refusal, TextPlace};
pub(crate) use refusal::{refused, shown};

use crate::exact::{Integer, Rational};
use std::path::Path;

/// A case file, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    name: String,
    bytes: Vec<u8>,
    title: String,
    source: Option<String>,
    problem: Problem,
    training: Training,
    expect: Expect,
    claims: Vec<ClaimText>,
}

/// A claim of the case's own, as written under `[[claim]]`; `crate::theorems` reads its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimText {
    /// Its name.
    pub id: String,
    /// The statement.
    pub text: String,
    /// Where the statement stands in the file.
    pub span: Option<std::ops::Range<usize>>,
}

/// How the network is trained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Training {
    /// Whether to train at all.
    pub run: bool,
    /// Seeds of the random starts.
    pub seeds: Vec<u64>,
    /// Standard deviation of all entries at the start.
    pub init: Rational,
    /// Tolerance on the relative objective gap; geometry residuals are judged at its square root.
    pub tolerance: Rational,
    /// Budget of gradient evaluations for one run.
    pub evaluations: u64,
}

impl Default for Training {
    fn default() -> Self {
        let ratio = |p: u64, q: u64| Rational::new(Integer::from(p), Integer::from(q));
        Self {
            run: true,
            seeds: vec![1, 2, 3],
            init: ratio(1, 10),
            tolerance: ratio(1, 100_000_000),
            evaluations: 20_000,
        }
    }
}

/// The bytes of a file that is small enough to be a case.
pub(crate) fn bytes_of(path: &Path) -> Result<Vec<u8>, Mistake> {
    let unreadable = |error: std::io::Error| Mistake::Unreadable { reason: error.to_string() };
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Mistake::NoSuchFile,
        _ => unreadable(error),
    })?;
    if metadata.is_dir() {
        return Err(Mistake::IsDirectory);
    }
    if metadata.len() > MAX_BYTES {
        return Err(Mistake::FileTooLarge { bytes: metadata.len(), limit: MAX_BYTES });
    }
    std::fs::read(path).map_err(unreadable)
}

impl Case {
    /// Reads a case file.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        let name = path.display().to_string();
        let bytes = bytes_of(path).map_err(|mistake| Refusal { file: name.clone(), place: None, mistake })?;
        Self::parse(&name, &bytes)
    }

    /// Reads a case from the bytes of a file called `name`.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Refusal> {
        file::parse(name, bytes)
    }

    /// The file as the user named it.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// The title; the file's name if it has none.
    pub fn title(&self) -> &str {
        &self.title
    }
    /// Where the case comes from.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }
    /// The problem.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
    /// How to train.
    pub fn training(&self) -> &Training {
        &self.training
    }
    /// Claims of the case's own.
    pub fn claims(&self) -> &[ClaimText] {
        &self.claims
    }
    /// What is expected.
    pub fn expect(&self) -> &Expect {
        &self.expect
    }
}
