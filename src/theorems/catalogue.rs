//! The catalogue: one theorem a file, in TOML. Hypotheses and claims are named texts in the language of
//! `docs/claims.md`.
//!
//! ```toml
//! id = "one-layer-threshold"
//! title = "A class is lost at an exact count"
//! source = "…"
//! basis = "ours"              # "read": its text was read; "relayed": as docs/theory.md relays it; "ours"
//! statement = "…"
//! latex = '…'
//! [hypotheses]
//! "one layer" = "M = 1"
//! [claims]
//! "lost below" = "forall k in classes: collapsed(k) implies n[k] <= N^2 * lambda_w[1] * lambda_h"
//! ```

use super::language::{self, Formula};
use super::{Judge, Measured, Truth};
use crate::case::{MAX_BYTES, TextPlace, bytes_up_to, check_nesting, nearest, refused};
use std::fmt;
use std::ops::Range;
use std::path::Path;
use toml_edit::{Item, TableLike};

/// How a statement is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The source's text was read.
    Read,
    /// As `docs/theory.md` relays the source.
    Relayed,
    /// Ours.
    Ours,
}

impl Basis {
    /// The word of the basis.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Relayed => "relayed",
            Self::Ours => "ours",
        }
    }
}

/// A named hypothesis or claim.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The text, read.
    pub formula: Formula,
}

/// A theorem.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Theorem {
    pub id: String,
    pub title: String,
    pub source: String,
    pub basis: Basis,
    pub statement: String,
    pub latex: String,
    pub hypotheses: Vec<Statement>,
    pub claims: Vec<Statement>,
}

/// Whether a theorem speaks of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applicability {
    /// Every hypothesis is proved.
    Applies,
    /// This hypothesis is refuted.
    Fails(String),
    /// This hypothesis is not settled, for this reason.
    Open(String, Truth),
}

/// What was found of a theorem on one problem.
#[derive(Debug, Clone)]
pub struct TheoremFinding {
    /// Whether it applies.
    pub applicability: Applicability,
    /// Its claims' truths, by name; empty unless it applies.
    pub claims: Vec<(String, Truth)>,
}

impl TheoremFinding {
    /// All claims together; `None` where the theorem does not apply.
    pub fn truth(&self) -> Option<Truth> {
        let claims = self.claims.iter().map(|(_, truth)| truth.clone());
        (self.applicability == Applicability::Applies).then(|| claims.fold(Truth::Proved, Truth::and))
    }
}

impl Theorem {
    /// Judges the theorem on a problem.
    pub fn judge(&self, judge: &Judge) -> TheoremFinding {
        for hypothesis in &self.hypotheses {
            let applicability = match judge.judge(&hypothesis.formula) {
                Truth::Proved => continue,
                Truth::Refuted => Applicability::Fails(hypothesis.name.clone()),
                truth => Applicability::Open(hypothesis.name.clone(), truth),
            };
            return TheoremFinding { applicability, claims: Vec::new() };
        }
        let claims = self.claims.iter().map(|c| (c.name.clone(), judge.judge(&c.formula))).collect();
        TheoremFinding { applicability: Applicability::Applies, claims }
    }

    /// The claims on a trained network, all together: the worst truth with its residual, or the largest residual.
    /// `None` where the judge has none before it.
    pub fn measure(&self, judge: &Judge) -> Option<Measured> {
        let worse = |a: Measured, b: Measured| {
            let truth = a.truth.clone().and(b.truth.clone());
            let residual = match (a.truth == Truth::Refuted, b.truth == Truth::Refuted) {
                (true, false) => a.residual,
                (false, true) => b.residual,
                _ => a.residual.max(b.residual),
            };
            Measured { truth, residual, ..a }
        };
        let all: Option<Vec<Measured>> = self.claims.iter().map(|c| judge.measure(&c.formula)).collect();
        all?.into_iter().reduce(worse)
    }

    /// A claim alone, as a theorem without hypotheses.
    pub fn of_claim(id: &str, text: &str) -> Result<Self, language::ClaimRefusal> {
        let formula = language::read(text)?;
        let claim = Statement { name: id.to_owned(), text: text.to_owned(), formula };
        Ok(Self {
            id: id.to_owned(),
            title: id.to_owned(),
            source: String::new(),
            basis: Basis::Ours,
            statement: String::new(),
            latex: String::new(),
            hypotheses: Vec::new(),
            claims: vec![claim],
        })
    }

    /// Reads the text of a theorem file called `file`.
    pub fn parse(file: &str, source: &str) -> Result<Self, TheoremRefusal> {
        read(source).map_err(|(mistake, span)| TheoremRefusal {
            file: file.to_owned(),
            place: span.map(|span| TextPlace::of(source, span)),
            mistake,
        })
    }
}

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

type Found<T> = Result<T, (TheoremMistake, Option<Range<usize>>)>;

const KEYS: [&str; 8] = ["id", "title", "source", "basis", "statement", "latex", "hypotheses", "claims"];

fn read(source: &str) -> Found<Theorem> {
    if source.len() as u64 > MAX_BYTES {
        return Err((TheoremMistake::TooLarge, None));
    }
    check_nesting(source).map_err(|(_, span)| (TheoremMistake::TooNested, span))?;
    let document = toml_edit::Document::parse(source).map_err(|e| {
        let message = e.message().lines().next().unwrap_or("unreadable").to_owned();
        (TheoremMistake::Syntax { message }, e.span())
    })?;
    let top = document.as_table();
    for (key, item) in top.iter() {
        if !KEYS.contains(&key) {
            let span = top.key(key).and_then(|k| k.span()).or_else(|| item.span());
            let found = key.chars().take(40).collect();
            return Err((TheoremMistake::UnknownKey { key: found, nearest: nearest(key, &KEYS) }, span));
        }
    }
    let text = |key: &'static str| -> Found<(String, Option<Range<usize>>)> {
        let item = top.get(key).ok_or((TheoremMistake::Missing { key }, None))?;
        match item.as_str() {
            Some(text) => Ok((text.trim().to_owned(), item.span())),
            None => Err((TheoremMistake::NotText { key: key.to_owned() }, item.span())),
        }
    };
    let optional = |key: &'static str| match top.get(key) {
        Some(_) => text(key).map(|(text, _)| text),
        None => Ok(String::new()),
    };
    let (id, span) = text("id")?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || id.len() > 80 || !id.chars().all(plain) {
        return Err((TheoremMistake::BadId { found: id.chars().take(40).collect() }, span));
    }
    let basis = match top.get("basis") {
        None => Basis::Ours,
        Some(_) => {
            let (word, span) = text("basis")?;
            match [Basis::Read, Basis::Relayed, Basis::Ours].into_iter().find(|b| b.word() == word) {
                Some(basis) => basis,
                None => {
                    let found = word.chars().take(40).collect();
                    return Err((TheoremMistake::UnknownBasis { found }, span));
                }
            }
        }
    };
    let claims = statements(source, top, "claims")?;
    if claims.is_empty() {
        return Err((TheoremMistake::Missing { key: "claims" }, top.get("claims").and_then(Item::span)));
    }
    Ok(Theorem {
        id,
        title: text("title")?.0,
        source: optional("source")?,
        basis,
        statement: optional("statement")?,
        latex: optional("latex")?,
        hypotheses: statements(source, top, "hypotheses")?,
        claims,
    })
}

fn statements(source: &str, top: &dyn TableLike, key: &'static str) -> Found<Vec<Statement>> {
    let Some(item) = top.get(key) else { return Ok(Vec::new()) };
    let Some(table) = item.as_table_like() else {
        return Err((TheoremMistake::NotSection { key }, item.span()));
    };
    let mut all = Vec::new();
    for (name, item) in table.iter() {
        let Some(text) = item.as_str() else {
            return Err((TheoremMistake::NotText { key: name.chars().take(40).collect() }, item.span()));
        };
        let formula = language::read(text).map_err(|refusal| {
            (TheoremMistake::Claim(refusal.mistake), place_inside(source, item.span(), text, refusal.span))
        })?;
        all.push(Statement { name: name.to_owned(), text: text.trim().to_owned(), formula });
    }
    Ok(all)
}

/// Where bytes of a text stand in the file: exact where the text is written without escapes.
pub fn place_inside(
    source: &str,
    value: Option<Range<usize>>,
    text: &str,
    inside: Range<usize>,
) -> Option<Range<usize>> {
    let value = value?;
    match source.get(value.clone()).and_then(|raw| raw.find(text)) {
        Some(at) => Some(value.start + at + inside.start..value.start + at + inside.end),
        None => Some(value),
    }
}

macro_rules! embedded {
    ($($file:literal),* $(,)?) => { [$(($file, include_str!($file))),*] };
}

/// The theorems that come with the program, in the order of the list.
const EMBEDDED: [(&str, &str); 32] = embedded![
    "gof-one-layer.toml",
    "gof-two-layers.toml",
    "gof-any-depth.toml",
    "gof-norms.toml",
    "norm-ratios.toml",
    "balanced-frame.toml",
    "balanced-simplex.toml",
    "self-duality.toml",
    "hidden-features.toml",
    "bottleneck.toml",
    "bottleneck-bias.toml",
    "collapse-one-layer.toml",
    "collapse-any-depth.toml",
    "mode-threshold.toml",
    "stationarity.toml",
    "optimal-value.toml",
    "balanced-energy.toml",
    "published-largest-root.toml",
    "simplex-one-layer.toml",
    "one-layer-saddles.toml",
    "two-layers-balanced.toml",
    "bias-imbalance.toml",
    "interlacing.toml",
    "prefix-rule.toml",
    "prefix-levels.toml",
    "largest-modes.toml",
    "lower-root.toml",
    "deep-ce-etf.toml",
    "ce-one-layer.toml",
    "deep-ce-not-etf.toml",
    "ce-two-classes.toml",
    "ce-seli-limit.toml",
];

/// The theorems that come with the program.
pub fn embedded() -> Result<Vec<Theorem>, TheoremRefusal> {
    EMBEDDED.iter().map(|(file, text)| Theorem::parse(file, text)).collect()
}

/// The embedded theorems, and those of the `*.toml` files in a folder.
pub fn with_folder(folder: Option<&Path>) -> Result<Vec<Theorem>, TheoremRefusal> {
    let mut all = embedded()?;
    let Some(folder) = folder else { return Ok(all) };
    let refuse =
        |path: &Path, mistake| TheoremRefusal { file: path.display().to_string(), place: None, mistake };
    let unreadable =
        |path: &Path, e: std::io::Error| refuse(path, TheoremMistake::Unreadable { reason: e.to_string() });
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| unreadable(folder, e))? {
        let path = entry.map_err(|e| unreadable(folder, e))?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
    files.sort();
    for path in files {
        let theorem = from_file(&path)?;
        if all.iter().any(|t| t.id == theorem.id) {
            return Err(refuse(&path, TheoremMistake::DuplicateId { id: theorem.id }));
        }
        all.push(theorem);
    }
    Ok(all)
}

/// The theorem of one file.
pub fn from_file(path: &Path) -> Result<Theorem, TheoremRefusal> {
    let refuse = |mistake| TheoremRefusal { file: path.display().to_string(), place: None, mistake };
    let bytes = bytes_up_to(path, MAX_BYTES)
        .map_err(|e| refuse(TheoremMistake::Unreadable { reason: e.to_string() }))?
        .map_err(|_| refuse(TheoremMistake::TooLarge))?;
    let text = String::from_utf8(bytes).map_err(|_| refuse(TheoremMistake::NotUtf8))?;
    Theorem::parse(&path.display().to_string(), &text)
}
