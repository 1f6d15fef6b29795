//! A case: the file as written, read into a validated [`Problem`].
//!
//! A case file is TOML. It is read once; every mistake is refused with its place, and what comes out holds
//! from birth. The file is never changed.

mod counts;
mod expect;
pub(crate) mod file;
pub(crate) mod limits;
mod measured;
mod mistake;
mod nearest;
mod place;
mod problem;
mod read_problem;
mod refusal;
mod target_file;
pub(crate) mod toml;
mod usual;
mod writer;

pub(crate) use counts::compact as compact_count;
pub use expect::{Decimal, Expect, Uniqueness, Verdict};
pub(crate) use limits::MAX_DEPTH;
pub use measured::Measured;
pub use mistake::Mistake;
pub use nearest::nearest;
pub use place::TextPlace;
pub(crate) use place::shown;
pub use problem::{Bias, Draft, Loss, Problem, Targets, Terms};
pub use refusal::Refusal;
pub(crate) use refusal::refused;
pub use target_file::TargetsMistake;
pub use toml::MAX_BYTES;
pub(crate) use toml::check_nesting;
pub use writer::Writing;

use crate::exact::{Integer, Rational};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A case file, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    name: String,
    bytes: Vec<u8>,
    title: String,
    source: Option<String>,
    problem: Problem,
    training: Training,
    measured: Option<Measured>,
    folder: PathBuf,
    expect: Expect,
    claims: Vec<ClaimText>,
    beside: Option<Beside>,
}

/// A file that a case names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// Its path from the case's folder.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Reads a file that a case names, by its path from the case's folder.
pub type Files<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>, TargetsMistake>;

/// The files in the folder of a case and below, those that are small enough.
pub fn files_beside(case: &Path) -> impl Fn(&str) -> Result<Vec<u8>, TargetsMistake> {
    let folder = case.parent().unwrap_or(Path::new("")).to_owned();
    move |name| {
        let unreadable = |error: std::io::Error| TargetsMistake::Unreadable { reason: error.to_string() };
        let read = bytes_up_to(&folder.join(name), limits::MAX_TARGET_BYTES).map_err(unreadable)?;
        read.map_err(|bytes| TargetsMistake::TooLarge { bytes })
    }
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
    let bytes = bytes_up_to(path, MAX_BYTES).map_err(unreadable)?;
    bytes.map_err(|bytes| Mistake::FileTooLarge { bytes, limit: MAX_BYTES })
}

impl Case {
    /// Reads a case file.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        let name = path.display().to_string();
        let bytes = bytes_of(path).map_err(|mistake| Refusal { file: name.clone(), place: None, mistake })?;
        let case = Self::parse_beside(&name, &bytes, &files_beside(path))?;
        Ok(Self { folder: path.parent().unwrap_or(Path::new("")).to_owned(), ..case })
    }

    /// Reads a case from the bytes of a file called `name`, beside which there are no others.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Refusal> {
        let none = |_: &str| {
            Err(TargetsMistake::Unreadable { reason: "no file stands beside this case".to_owned() })
        };
        Self::parse_beside(name, bytes, &none)
    }

    /// The same with files beside it.
    pub fn parse_beside(name: &str, bytes: &[u8], files: Files) -> Result<Self, Refusal> {
        file::parse(name, bytes, files)
    }

    /// The case of a problem built in code, trained as usual, with nothing expected.
    ///
    /// - Its bytes are those of its case file, which certificates bind to.
    /// - Its name is its title.
    ///
    /// Errors: a number with more digits than a case file may hold.
    pub fn of(title: &str, problem: &Problem) -> Result<Self, Refusal> {
        let text = Writing {
            note: None,
            title,
            source: None,
            problem: &problem.draft(),
            training: &Training::default(),
            expect: &Expect::default(),
            claims: &[],
        }
        .text();
        Self::parse(title, text.as_bytes())
    }

    /// The file as the user named it.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// The file of targets that it names.
    pub fn beside(&self) -> Option<&Beside> {
        self.beside.as_ref()
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
    /// The networks that others trained, and their files.
    pub fn measured(&self) -> Option<(&Measured, Vec<PathBuf>)> {
        let place = |name: &String| self.folder.join(name);
        self.measured.as_ref().map(|measured| (measured, measured.files.iter().map(place).collect()))
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

/// The bytes of a file, or how many there are if more than a limit. A device without an end is cut there too.
pub fn bytes_up_to(path: &Path, limit: u64) -> std::io::Result<Result<Vec<u8>, u64>> {
    let file = std::fs::File::open(path)?;
    let known = file.metadata()?.len();
    let mut bytes = Vec::new();
    if known <= limit {
        file.take(limit + 1).read_to_end(&mut bytes)?;
    }
    let size = known.max(bytes.len() as u64);
    Ok(if size > limit { Err(size) } else { Ok(bytes) })
}
