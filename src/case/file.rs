//! The case file: TOML, read with the place of every value, numbers taken from their text.

use super::expect::{Decimal, Expect, Uniqueness, Verdict};
use super::limits::MAX_CLASSES;
use super::measured::MEASURED;
use super::toml::{Entry, Found, Reader, Section, Span, check_keys, document, section, source, type_word};
use super::{Case, ClaimText, Files, Mistake, Refusal, TextPlace, Training, counts};
use crate::exact::Rational;
use num_traits::{One, Signed};
use std::collections::HashSet;
use std::path::PathBuf;
use toml_edit::{Item, TableLike, Value};

/// Largest budget of gradient evaluations.
pub const MAX_EVALUATIONS: u64 = 100_000_000;

const TOP: [&str; 8] =
    ["title", "source", "network", "regularization", "training", "measured", "expect", "claim"];
const CLAIM: [&str; 2] = ["id", "text"];
const NETWORK: [&str; 12] = [
    "counts",
    "widths",
    "loss",
    "bias",
    "smoothing",
    "targets",
    "covariance",
    "samples",
    "class_weights",
    "logit_shift",
    "logit_scale",
    "features",
];
const REGULARIZATION: [&str; 4] = ["weights", "features", "bias", "loss_scale"];
pub const TRAINING: [&str; 5] = ["run", "seeds", "init", "tolerance", "evaluations"];
const EXPECT: [&str; 8] =
    ["verdict", "theorem", "objective", "etf", "optimum", "shrinkage", "kept", "attained"];

/// Reads a case from the bytes of a file called `name`, and the file of targets that it may name.
pub fn parse(name: &str, bytes: &[u8], files: Files) -> Result<Case, Refusal> {
    let refuse = |(mistake, place)| Refusal { file: name.to_owned(), place, mistake };
    let source = source(bytes).map_err(refuse)?;
    let place = |span: Span| span.map(|span| TextPlace::of(source, span));
    let read = || -> Found<Case> {
        let document = document(source)?;
        Reader { source }.case(name, bytes, document.as_table(), files).map_err(placed)
    };
    read().map_err(|(mistake, span)| refuse((mistake, place(span))))
}

/// An unknown key that another section has stands in the wrong place.
fn placed((mistake, span): (Mistake, Span)) -> (Mistake, Span) {
    let sections: [(&str, &[&str]); 6] = [
        ("network", &NETWORK),
        ("measured", &MEASURED),
        ("regularization", &REGULARIZATION),
        ("training", &TRAINING),
        ("expect", &EXPECT),
        ("", &TOP[..2]),
    ];
    match mistake {
        Mistake::UnknownKey { section, key, nearest } => {
            let elsewhere =
                |(name, keys): &&(&str, &[&str])| *name != section && keys.contains(&key.as_str());
            match sections.iter().find(elsewhere) {
                Some((belongs, _)) => (Mistake::MisplacedKey { section, key, belongs }, span),
                None => (Mistake::UnknownKey { section, key, nearest }, span),
            }
        }
        other => (other, span),
    }
}

impl<'a> Reader<'a> {
    fn case(&self, name: &str, bytes: &[u8], top: &'a dyn TableLike, files: Files) -> Found<Case> {
        check_keys("", top, &TOP)?;
        let network = section(top, "network", &NETWORK, true)?;
        let regularization = section(top, "regularization", &REGULARIZATION, true)?;
        let training = section(top, "training", &TRAINING, false)?;
        let measured = section(top, "measured", &MEASURED, false)?;
        let expect = section(top, "expect", &EXPECT, false)?;
        let text = |key| match top.get(key) {
            Some(item) => self.text(&Entry { key, item }).map(Some),
            None => Ok(None),
        };
        let (problem, beside) = self.problem(&network, &regularization, files)?;
        Ok(Case {
            name: name.to_owned(),
            bytes: bytes.to_vec(),
            title: text("title")?.unwrap_or_else(|| name.to_owned()),
            source: text("source")?,
            problem,
            // Networks that others trained stand in place of training.
            training: self.training(&training, measured.table.is_none())?,
            measured: self.measured(&measured)?,
            folder: PathBuf::new(),
            expect: self.expect(&expect)?,
            claims: self.claims(top)?,
            beside,
        })
    }

    /// The same from a list.
    pub fn count_list(&self, list: &toml_edit::Array) -> Found<(Vec<u64>, Vec<Span>)> {
        let (mut all, mut spans) = (Vec::new(), Vec::new());
        for value in list {
            let class = all.len() + 1;
            let at = |mistake| (mistake, value.span());
            let (count, times) = match value {
                Value::Integer(n) if *n.value() < 0 => return Err(at(Mistake::NegativeCount { class })),
                Value::Integer(n) => (n.value().unsigned_abs(), 1),
                Value::String(text) => counts::compact(text.value()).map_err(at)?,
                other => {
                    let found = type_word(&Item::Value(other.clone()));
                    let expected = "whole numbers or compact counts like \"50*20\"";
                    return Err(at(Mistake::WrongType { key: "counts".to_owned(), found, expected }));
                }
            };
            if all.len() + times > MAX_CLASSES {
                return Err(at(Mistake::TooManyClasses { found: (all.len() + times) as u128 }));
            }
            all.extend(std::iter::repeat_n(count, times));
            spans.extend(std::iter::repeat_n(value.span(), times));
        }
        Ok((all, spans))
    }

    /// The same from a list.
    pub fn width_list(&self, list: &toml_edit::Array) -> Found<Vec<u64>> {
        let width = |(l, value): (usize, &Value)| match value {
            Value::Integer(n) if *n.value() <= 0 => Err((Mistake::ZeroWidth { layer: l + 1 }, value.span())),
            Value::Integer(n) => Ok(n.value().unsigned_abs()),
            other => {
                let found = type_word(&Item::Value(other.clone()));
                let mistake =
                    Mistake::WrongType { key: "widths".to_owned(), found, expected: "whole numbers" };
                Err((mistake, value.span()))
            }
        };
        list.iter().enumerate().map(width).collect()
    }

    pub fn training(&self, section: &Section, run: bool) -> Found<Training> {
        let mut training = Training { run, ..Training::default() };
        if let Some(entry) = section.get("run") {
            match entry.item.as_bool() {
                Some(run) => training.run = run,
                None => return entry.wrong_type("true or false"),
            }
        }
        if let Some(entry) = section.get("seeds") {
            training.seeds = self.seeds(&entry)?;
        }
        for (key, value) in [("init", &mut training.init), ("tolerance", &mut training.tolerance)] {
            if let Some(entry) = section.get(key) {
                *value = self.number(&entry)?;
                if !value.is_positive() {
                    return entry.fail(Mistake::NotPositive { key });
                }
                if key == "tolerance" && *value >= Rational::one() {
                    return entry.fail(Mistake::ToleranceTooLarge);
                }
            }
        }
        if let Some(entry) = section.get("evaluations") {
            let Some(n) = entry.item.as_integer() else { return entry.wrong_type("a whole number") };
            training.evaluations = u64::try_from(n)
                .ok()
                .filter(|n| (1..=MAX_EVALUATIONS).contains(n))
                .ok_or((Mistake::EvaluationsOutOfRange { limit: MAX_EVALUATIONS }, entry.span()))?;
        }
        Ok(training)
    }

    fn seeds(&self, entry: &Entry) -> Found<Vec<u64>> {
        let Some(list) = entry.item.as_array() else { return entry.wrong_type("a list of seeds") };
        if list.is_empty() {
            return entry.fail(Mistake::NoSeeds);
        }
        let (mut seeds, mut seen) = (Vec::new(), HashSet::new());
        for value in list {
            let seed = value.as_integer().and_then(|n| u64::try_from(n).ok());
            let Some(seed) = seed else { return Err((Mistake::BadSeed, value.span())) };
            if !seen.insert(seed) {
                return Err((Mistake::DuplicateSeed { seed }, value.span()));
            }
            seeds.push(seed);
        }
        Ok(seeds)
    }

    fn expect(&self, section: &Section) -> Found<Expect> {
        let mut expect = Expect::default();
        if let Some(entry) = section.get("verdict") {
            expect.verdict = Some(self.word(&entry, &Verdict::WORDS, &Verdict::ALL)?);
        }
        if let Some(entry) = section.get("theorem") {
            expect.theorem = Some(self.text(&entry)?);
            if expect.verdict != Some(Verdict::Refuted) {
                return entry.fail(Mistake::TheoremWithoutRefuted);
            }
        } else if expect.verdict == Some(Verdict::Refuted) {
            return Err((Mistake::RefutedWithoutTheorem, section.get("verdict").and_then(|e| e.span())));
        }
        if let Some(entry) = section.get("objective") {
            expect.objective = Some(self.decimal(&entry)?);
        }
        if let Some(entry) = section.get("etf") {
            expect.etf = Some(self.decimal(&entry)?);
        }
        if let Some(entry) = section.get("optimum") {
            expect.optimum = Some(self.word(&entry, &Uniqueness::WORDS, &Uniqueness::ALL)?);
        }
        if let Some(entry) = section.get("shrinkage") {
            let read = |v: &Value| v.as_str().and_then(|text| Decimal::read(text).ok());
            let all = entry.item.as_array().and_then(|list| list.iter().map(read).collect());
            let Some(all) = all else { return entry.fail(Mistake::BadExpectedShrinkage) };
            expect.shrinkage = Some(all);
        }
        for (key, value) in [("kept", &mut expect.kept), ("attained", &mut expect.attained)] {
            if let Some(entry) = section.get(key) {
                match entry.item.as_integer().and_then(|n| u64::try_from(n).ok()) {
                    Some(n) => *value = Some(n),
                    None => return entry.fail(Mistake::NotAWholeNumber { key: key.to_owned() }),
                }
            }
        }
        Ok(expect)
    }

    /// The case's own claims, each under its `[[claim]]`.
    fn claims(&self, top: &dyn TableLike) -> Found<Vec<ClaimText>> {
        let Some(item) = top.get("claim") else { return Ok(Vec::new()) };
        let Some(tables) = item.as_array_of_tables() else {
            return Entry { key: "claim", item }.wrong_type("[[claim]] sections with `id` and `text`");
        };
        let mut all = Vec::new();
        for table in tables {
            check_keys("claim", table, &CLAIM)?;
            let section = Section { name: "claim", table: Some(table), span: table.span() };
            let (id, text) = (section.require("id")?, section.require("text")?);
            all.push(ClaimText { id: self.text(&id)?, text: self.text(&text)?, span: text.span() });
        }
        Ok(all)
    }

    fn decimal(&self, entry: &Entry) -> Found<Decimal> {
        let text = match entry.item.as_value() {
            Some(Value::String(text)) => text.value().clone(),
            Some(Value::Integer(_) | Value::Float(_)) => self.raw(entry.span()).to_owned(),
            _ => return entry.wrong_type("a number, in quotes to keep its digits"),
        };
        Decimal::read(&text)
            .or_else(|error| entry.fail(Mistake::BadNumber { key: entry.key.to_owned(), error }))
    }
}
