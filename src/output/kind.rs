//! What a file is, by its first bytes.

use std::path::Path;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A case.
    Case,
    /// A sweep's spec.
    Spec,
    /// A theorem.
    Theorem,
    /// A certificate.
    Certificate,
    /// Rows of values with commas between them.
    Csv,
    /// Rows as a JSON object a line.
    JsonLines,
    /// A sweep's rows as Parquet.
    Parquet,
    /// A part of a sweep, or its journal.
    Shard,
    /// A figure as SVG.
    Svg,
    /// A figure as PDF.
    Pdf,
    /// A figure as PNG.
    Png,
    /// A manual page.
    Manual,
    /// A table for a paper, with the command that made it.
    Table,
}

impl Kind {
    /// With its article.
    pub fn word(self) -> &'static str {
        match self {
            Self::Case => "a case",
            Self::Spec => "the spec of a sweep",
            Self::Theorem => "a theorem",
            Self::Certificate => "a certificate",
            Self::Csv => "a CSV file",
            Self::JsonLines => "a file of JSON lines",
            Self::Parquet => "a Parquet file",
            Self::Shard => "a part of a sweep",
            Self::Svg => "an SVG image",
            Self::Pdf => "a PDF document",
            Self::Png => "a PNG image",
            Self::Manual => "a manual page",
            Self::Table => "a table",
        }
    }

    /// The kind of a file that begins with some bytes.
    pub fn of(path: &Path, head: &[u8]) -> Option<Self> {
        if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Some(Self::Png);
        }
        if head.starts_with(b"%PDF-") {
            return Some(Self::Pdf);
        }
        if head.starts_with(b"PAR1") {
            return Some(Self::Parquet);
        }
        let text = text(head)?;
        let start = text.trim_start();
        let compact: String = start.chars().take(200).filter(|c| !c.is_whitespace()).collect();
        if compact.starts_with("{\"format\":\"tightframe.certificate/") {
            return Some(Self::Certificate);
        }
        if compact.starts_with("{\"format\":\"tightframe.sweep/") {
            return Some(Self::Shard);
        }
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("jsonl")) && start.starts_with('{') {
            return Some(Self::JsonLines);
        }
        if start.starts_with("<svg") || (start.starts_with("<?xml") && start.contains("<svg")) {
            return Some(Self::Svg);
        }
        if text.lines().take(5).any(|line| line.starts_with(".TH tightframe")) {
            return Some(Self::Manual);
        }
        let csv = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
        let made = |line: &str| line.contains("tightframe table ");
        // A document begins with its packages.
        if !csv && (text.lines().take(12).any(made) || text.lines().last().is_some_and(made)) {
            return Some(Self::Table);
        }
        let section = |name: &str| text.lines().any(|line| line.replace(' ', "").starts_with(name));
        let toml = [("[network]", Self::Case), ("[grid]", Self::Spec), ("[claims]", Self::Theorem)];
        if let Some((_, kind)) = toml.into_iter().rev().find(|(name, _)| section(name)) {
            return Some(kind);
        }
        is_csv(text, csv).then_some(Self::Csv)
    }
}

/// The text that some bytes begin with, cut before a letter that is not whole.
fn text(head: &[u8]) -> Option<&str> {
    match std::str::from_utf8(head) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).ok(),
        Err(_) => None,
    }
}

/// Lines that are looked at.
const LINES: usize = 5;

/// Whether the first whole lines have the same number of commas: at least one, unless the file's name says it.
fn is_csv(text: &str, named: bool) -> bool {
    let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n') && !line.starts_with('#'));
    let commas = |line: &str| line.split('"').step_by(2).map(|part| part.matches(',').count()).sum::<usize>();
    let counts: Vec<usize> = lines.take(LINES).map(commas).collect();
    let plain = !text.trim_start().starts_with(['{', '[', '<']);
    plain && counts.first().is_some_and(|n| (*n > 0 || named) && counts.iter().all(|m| m == n))
}
