//! The case file: TOML, read with the place of every value, numbers taken from their text.

use super::expect::{Decimal, Expect, Uniqueness, Verdict};
use super::refusal::{TextPlace, shown};
use super::{Bias, Case, ClaimText, Draft, Loss, Mistake, Problem, Refusal, Targets, Training, counts};
use crate::exact::{Rational, read_rational};
use num_traits::{One, Signed, Zero};
use std::ops::Range;
use toml_edit::{Item, TableLike, Value};

/// Largest file that is read.
pub const MAX_BYTES: u64 = 8 << 20;
/// Brackets may nest this deep; the parser would recurse on more.
const MAX_NESTING: usize = 32;
/// Largest budget of gradient evaluations.
pub const MAX_EVALUATIONS: u64 = 100_000_000;

/// The bytes of a value in its file, where known.
pub(crate) type Span = Option<Range<usize>>;
/// What reading a value gives.
pub(crate) type Found<T> = Result<T, (Mistake, Span)>;

const TOP: [&str; 7] = ["title", "source", "network", "regularization", "training", "expect", "claim"];
const CLAIM: [&str; 2] = ["id", "text"];
const NETWORK: [&str; 6] = ["counts", "widths", "loss", "bias", "smoothing", "targets"];
const REGULARIZATION: [&str; 2] = ["weights", "features"];
pub(crate) const TRAINING: [&str; 5] = ["run", "seeds", "init", "tolerance", "evaluations"];
const EXPECT: [&str; 7] = ["verdict", "theorem", "objective", "etf", "optimum", "shrinkage", "kept"];

/// Reads a case from the bytes of a file called `name`.
pub fn parse(name: &str, bytes: &[u8]) -> Result<Case, Refusal> {
    let refuse = |(mistake, place)| Refusal { file: name.to_owned(), place, mistake };
    let source = source(bytes).map_err(refuse)?;
    let place = |span: Span| span.map(|span| TextPlace::of(source, span));
    let read = || -> Found<Case> {
        let document = document(source)?;
        Reader { source }.case(name, bytes, document.as_table())
    };
    read().map_err(|(mistake, span)| refuse((mistake, place(span))))
}

/// The text of a file's bytes.
pub(crate) fn source(bytes: &[u8]) -> Result<&str, (Mistake, Option<TextPlace>)> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err((Mistake::FileTooLarge { bytes: bytes.len() as u64, limit: MAX_BYTES }, None));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or("");
        let end = valid.len();
        (Mistake::NotText, Some(TextPlace::of(valid, end..end)))
    })
}

/// The TOML of a text.
pub(crate) fn document(source: &str) -> Found<toml_edit::Document<&str>> {
    check_nesting(source)?;
    toml_edit::Document::parse(source)
        .map_err(|e| (Mistake::Syntax { message: first_line(e.message()) }, e.span()))
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or("unreadable").to_owned()
}

/// Refuses brackets and dotted keys that nest too deep, before the parser sees them. Texts and comments may
/// hold any.
pub(crate) fn check_nesting(source: &str) -> Found<()> {
    let bytes = source.as_bytes();
    let (mut at, mut brackets, mut dots) = (0, 0usize, 0);
    while let Some(byte) = bytes.get(at) {
        let next = match byte {
            b'"' | b'\'' => after_text(bytes, at),
            b'#' => after_line(bytes, at),
            _ => at + 1,
        };
        match byte {
            b'[' | b'{' => (brackets, dots) = (brackets + 1, 0),
            b']' | b'}' => brackets = brackets.saturating_sub(1),
            b'.' => dots += 1,
            b'=' | b',' | b'#' | b'\n' => dots = 0,
            _ => {}
        }
        if brackets.max(dots) > MAX_NESTING {
            return Err((Mistake::TooNested { limit: MAX_NESTING }, Some(at..next)));
        }
        at = next;
    }
    Ok(())
}

/// Where the line from `at` ends.
fn after_line(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |length| at + length)
}

/// Where the text that opens at `at` has been closed; one in single quotes ends with its line at the latest.
fn after_text(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let long = bytes[at..].starts_with(&[quote; 3]);
    let close = if long { &[quote; 3][..] } else { &[quote][..] };
    let mut at = at + close.len();
    while at < bytes.len() {
        if bytes[at..].starts_with(close) {
            let more = bytes[at..].iter().take_while(|b| long && **b == quote).count();
            return at + more.clamp(close.len(), 5);
        }
        match bytes[at] {
            b'\n' if !long => return at,
            b'\\' if quote == b'"' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// One value of a section with its name for messages.
pub(crate) struct Entry<'a> {
    pub key: &'static str,
    pub item: &'a Item,
}

impl Entry<'_> {
    pub fn span(&self) -> Option<Range<usize>> {
        self.item.span()
    }
    pub fn fail<T>(&self, mistake: Mistake) -> Found<T> {
        Err((mistake, self.span()))
    }
    pub fn wrong_type<T>(&self, expected: &'static str) -> Found<T> {
        self.fail(Mistake::WrongType { key: self.key.to_owned(), found: type_word(self.item), expected })
    }
}

/// What a value is, in words.
pub(crate) fn type_word(item: &Item) -> &'static str {
    match item {
        Item::None => "nothing",
        Item::Table(_) | Item::Value(Value::InlineTable(_)) => "a table",
        Item::ArrayOfTables(_) => "a list of tables",
        Item::Value(Value::String(_)) => "a text",
        Item::Value(Value::Integer(_)) => "a whole number",
        Item::Value(Value::Float(_)) => "a number with a point",
        Item::Value(Value::Boolean(_)) => "true or false",
        Item::Value(Value::Datetime(_)) => "a date",
        Item::Value(Value::Array(_)) => "a list",
    }
}

/// Reads values with their places.
pub(crate) struct Reader<'a> {
    pub source: &'a str,
}

/// A section of the file, or nothing where it is absent.
pub(crate) struct Section<'a> {
    name: &'static str,
    pub table: Option<&'a dyn TableLike>,
    pub span: Option<Range<usize>>,
}

impl<'a> Section<'a> {
    pub fn get(&self, key: &'static str) -> Option<Entry<'a>> {
        self.table?.get(key).map(|item| Entry { key, item })
    }
    pub fn require(&self, key: &'static str) -> Found<Entry<'a>> {
        self.get(key).ok_or_else(|| (Mistake::MissingKey { section: self.name, key }, self.span.clone()))
    }
}

impl<'a> Reader<'a> {
    fn case(&self, name: &str, bytes: &[u8], top: &'a dyn TableLike) -> Found<Case> {
        check_keys("", top, &TOP)?;
        let network = section(top, "network", &NETWORK, true)?;
        let regularization = section(top, "regularization", &REGULARIZATION, true)?;
        let training = section(top, "training", &TRAINING, false)?;
        let expect = section(top, "expect", &EXPECT, false)?;
        let text = |key| match top.get(key) {
            Some(item) => self.text(&Entry { key, item }).map(Some),
            None => Ok(None),
        };
        let problem = self.problem(&network, &regularization)?;
        Ok(Case {
            name: name.to_owned(),
            bytes: bytes.to_vec(),
            title: text("title")?.unwrap_or_else(|| name.to_owned()),
            source: text("source")?,
            problem,
            training: self.training(&training)?,
            expect: self.expect(&expect)?,
            claims: self.claims(top)?,
        })
    }

    fn problem(&self, network: &Section<'a>, regularization: &Section<'a>) -> Found<Problem> {
        let (counts, spans) = self.counts(&network.require("counts")?)?;
        let widths = self.widths(&network.require("widths")?)?;
        let loss = match network.get("loss") {
            Some(entry) => self.word(&entry, &Loss::WORDS, &Loss::ALL)?,
            None => {
                return Err((Mistake::MissingKey { section: "network", key: "loss" }, network.span.clone()));
            }
        };
        let bias = match network.get("bias") {
            Some(entry) => self.word(&entry, &Bias::WORDS, &Bias::ALL)?,
            None => Bias::None,
        };
        let targets = self.targets(network, counts.len())?;
        let weights = self.weights(&regularization.require("weights")?, widths.len())?;
        let features = self.number(&regularization.require("features")?)?;
        let draft = Draft { counts, widths, loss, bias, targets, weights, features };
        Problem::new(draft).map_err(|mistake| {
            let span = mistake.place().and_then(|(section, key, index)| {
                let from = if section == "network" { network } else { regularization };
                let entry = from.get(key).or_else(|| from.get("smoothing"))?;
                match (key, index) {
                    ("counts", Some(class)) => spans.get(class).cloned().flatten(),
                    (_, Some(i)) => entry_span(entry.item, i),
                    (_, None) => entry.span(),
                }
            });
            (mistake, span)
        })
    }

    /// Counts, class by class, with the place each came from.
    fn counts(&self, entry: &Entry) -> Found<(Vec<u64>, Vec<Span>)> {
        match entry.item.as_array() {
            Some(list) => self.count_list(list),
            None => entry.wrong_type("a list of counts"),
        }
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
            if all.len() + times > super::problem::MAX_CLASSES {
                return Err(at(Mistake::TooManyClasses { found: (all.len() + times) as u128 }));
            }
            all.extend(std::iter::repeat_n(count, times));
            spans.extend(std::iter::repeat_n(value.span(), times));
        }
        Ok((all, spans))
    }

    fn widths(&self, entry: &Entry) -> Found<Vec<u64>> {
        match entry.item.as_array() {
            Some(list) => self.width_list(list),
            None => entry.wrong_type("a list of widths d_1 … d_M"),
        }
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

    fn weights(&self, entry: &Entry, depth: usize) -> Found<Vec<Rational>> {
        match entry.item.as_array() {
            Some(list) => list.iter().map(|v| self.number_value("weights", v)).collect(),
            None => Ok(vec![self.number(entry)?; depth]),
        }
    }

    fn targets(&self, network: &Section<'a>, classes: usize) -> Found<Targets> {
        match (network.get("smoothing"), network.get("targets")) {
            (Some(_), Some(entry)) => entry.fail(Mistake::SmoothingAndTargets),
            (None, None) => Ok(Targets::OneHot),
            (Some(entry), None) => {
                let smoothing = self.number(&entry)?;
                if classes > super::problem::MAX_TARGETS && !smoothing.is_zero() {
                    return entry.fail(Mistake::TooManyTargets { classes });
                }
                Targets::smoothed(&smoothing, classes).or_else(|mistake| entry.fail(mistake))
            }
            (None, Some(entry)) => {
                let expected = "a list of columns, each a list of numbers";
                let Some(list) = entry.item.as_array() else { return entry.wrong_type(expected) };
                let column = |value: &Value| match value.as_array() {
                    Some(column) => column.iter().map(|v| self.number_value("targets", v)).collect(),
                    None => {
                        let found = type_word(&Item::Value(value.clone()));
                        Err((Mistake::WrongType { key: "targets".to_owned(), found, expected }, value.span()))
                    }
                };
                Ok(Targets::Columns(list.iter().map(column).collect::<Found<Vec<Vec<Rational>>>>()?))
            }
        }
    }

    pub fn training(&self, section: &Section) -> Found<Training> {
        let mut training = Training::default();
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
        let mut seeds = Vec::new();
        for value in list {
            let seed = value.as_integer().and_then(|n| u64::try_from(n).ok());
            let Some(seed) = seed else { return Err((Mistake::BadSeed, value.span())) };
            if seeds.contains(&seed) {
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
        if let Some(entry) = section.get("kept") {
            match entry.item.as_integer().and_then(|n| u64::try_from(n).ok()) {
                Some(n) => expect.kept = Some(n),
                None => return entry.fail(Mistake::NotAWholeNumber { key: "kept".to_owned() }),
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

    pub fn text(&self, entry: &Entry) -> Found<String> {
        match entry.item.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => entry.wrong_type("a text in quotes"),
        }
    }

    fn word<T: Copy>(&self, entry: &Entry, choices: &'static [&'static str], values: &[T]) -> Found<T> {
        let text = self.text(entry)?;
        match choices.iter().position(|c| *c == text) {
            Some(i) => Ok(values[i]),
            None => {
                let nearest = nearest(&text, choices);
                let found = shown(&text);
                entry.fail(Mistake::UnknownWord { key: entry.key.to_owned(), found, choices, nearest })
            }
        }
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

    fn number(&self, entry: &Entry) -> Found<Rational> {
        match entry.item.as_value() {
            Some(value) => self.number_value(entry.key, value),
            None => entry.wrong_type("a number"),
        }
    }

    /// A number from its text, so that `5e-4` is exactly 1/2000.
    pub fn number_value(&self, key: &str, value: &Value) -> Found<Rational> {
        let at = |mistake| (mistake, value.span());
        let text = match value {
            Value::String(text) => text.value().as_str(),
            Value::Integer(_) | Value::Float(_) => self.raw(value.span()),
            other => {
                let found = type_word(&Item::Value(other.clone()));
                return Err(at(Mistake::WrongType { key: key.to_owned(), found, expected: "a number" }));
            }
        };
        read_rational(text).map_err(|error| at(Mistake::BadNumber { key: key.to_owned(), error }))
    }

    fn raw(&self, span: Option<Range<usize>>) -> &'a str {
        span.and_then(|span| self.source.get(span)).unwrap_or("")
    }
}

fn entry_span(item: &Item, index: usize) -> Option<Range<usize>> {
    match item.as_array() {
        Some(list) => list.get(index)?.span(),
        None => item.span(),
    }
}

/// A section of the file; its keys are known ones.
pub(crate) fn section<'a>(
    top: &'a dyn TableLike,
    name: &'static str,
    keys: &[&str],
    required: bool,
) -> Found<Section<'a>> {
    let Some(item) = top.get(name) else {
        return match required {
            true => Err((Mistake::MissingSection { section: name }, None)),
            false => Ok(Section { name, table: None, span: None }),
        };
    };
    let Some(table) = item.as_table_like() else {
        return Entry { key: name, item }.wrong_type("a section with keys");
    };
    check_keys(name, table, keys)?;
    Ok(Section { name, table: Some(table), span: item.span() })
}

/// Refuses keys that are not known.
pub(crate) fn check_keys(section: &str, table: &dyn TableLike, known: &[&str]) -> Found<()> {
    for (key, item) in table.iter() {
        if !known.contains(&key) {
            let span = table.key(key).and_then(|k| k.span()).or_else(|| item.span());
            let nearest = nearest(key, known);
            let (section, key) = (section.to_owned(), shown(key));
            return Err((Mistake::UnknownKey { section, key, nearest }, span));
        }
    }
    Ok(())
}

/// The known word within a third of its length in edits, if there is one.
pub fn nearest(word: &str, known: &[&str]) -> Option<String> {
    if word.len() > 40 {
        return None;
    }
    let word = word.to_lowercase();
    let scored = known.iter().map(|k| (strsim::osa_distance(&word, k), k));
    let (distance, best) = scored.min()?;
    (distance <= best.chars().count().div_ceil(3)).then(|| (*best).to_owned())
}
