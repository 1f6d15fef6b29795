//! The reader of theorem files.

use super::refusal::{TheoremMistake, TheoremRefusal};
use super::theorem::{Basis, Statement, Theorem};
use crate::case::{MAX_BYTES, TextPlace, check_nesting, nearest};
use crate::theorems::language;
use std::ops::Range;
use toml_edit::{Item, TableLike};

impl Theorem {
    /// Reads the text of a theorem file called `file`.
    pub fn parse(file: &str, source: &str) -> Result<Self, TheoremRefusal> {
        read(source).map_err(|(mistake, span)| TheoremRefusal {
            file: file.to_owned(),
            place: span.map(|span| TextPlace::of(source, span)),
            mistake,
        })
    }
}

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
