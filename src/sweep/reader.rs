//! The reader of specs: keys, axes and ranges, and whether they describe problems.

use super::complete::{check_sizes, check_tail, complete};
use super::grid::{Axis, KEYS, Key, Setting, Shape, linear, logarithmic};
use super::mistake::{Fault, Mistake, Read, Refusal};
use super::spec::Spec;
use crate::case::file::TRAINING;
use crate::case::toml::{Entry, Reader, Section, Span, check_keys, document, section, source, type_word};
use crate::case::{self, Bias, Loss, Targets, TextPlace, bytes_of, nearest, shown};
use crate::exact::Rational;
use crate::table::Column;
use crate::table::columns::{column, columns};
use num_traits::{One, Signed};
use sha2::{Digest, Sha256};
use std::path::Path;
use toml_edit::{Item, TableLike, Value};

/// Points at most.
pub const MAX_POINTS: u64 = 1_000_000;
/// Significant digits at most, of output and of a range's points.
const MAX_DIGITS: u64 = 1_000;
const MAX_RANGE_DIGITS: u64 = 12;

const TOP: [&str; 5] = ["title", "columns", "digits", "grid", "training"];
const RANGE: [&str; 5] = ["from", "to", "points", "scale", "digits"];
/// Columns of a spec that names none.
const DEFAULT_COLUMNS: [&str; 12] = [
    "counts",
    "classes",
    "samples",
    "ratio",
    "depth",
    "bias",
    "loss",
    "lambda_all",
    "optimum",
    "rank",
    "collapsed",
    "objective",
];
const DEFAULT_DIGITS: u64 = 12;

impl Spec {
    /// Reads a spec file.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        let name = path.display().to_string();
        let bytes = bytes_of(path).map_err(|m| Refusal {
            file: name.clone(),
            place: None,
            mistake: Mistake::Case(m),
        })?;
        Self::parse(&name, &bytes)
    }

    /// Reads a spec from the bytes of a file called `name`. Every point is a valid problem.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Refusal> {
        let refuse = |mistake, place| Refusal { file: name.to_owned(), place, mistake };
        let text = source(bytes).map_err(|(mistake, place)| refuse(Mistake::Case(mistake), place))?;
        let read = || -> Read<Self> {
            let document = document(text)?;
            SpecReader { reader: Reader { source: text } }.spec(bytes, document.as_table())
        };
        read().map_err(|Fault(mistake, span)| refuse(mistake, span.map(|span| TextPlace::of(text, span))))
    }
}

struct SpecReader<'a> {
    reader: Reader<'a>,
}

impl<'a> SpecReader<'a> {
    fn spec(&self, bytes: &[u8], top: &'a dyn TableLike) -> Read<Spec> {
        check_keys("", top, &TOP)?;
        let names = KEYS.map(|(name, _)| name);
        let grid = section(top, "grid", &names, true)?;
        let training = section(top, "training", &TRAINING, false)?;
        if let Some(item) = top.get("title") {
            self.reader.text(&Entry { key: "title", item })?;
        }
        let digits = match top.get("digits") {
            Some(item) => self.whole("digits", item.as_value(), item.span(), 1, MAX_DIGITS)?,
            None => DEFAULT_DIGITS,
        };
        let axes = self.axes(&grid)?;
        complete(&grid)?;
        check_tail(&axes)?;
        check_sizes(&axes)?;
        let points = axes.iter().fold(1u128, |n, axis| n.saturating_mul(axis.values.len() as u128));
        if points > u128::from(MAX_POINTS) {
            return Err(Fault(Mistake::TooManyPoints { points, limit: MAX_POINTS }, grid.span.clone()));
        }
        let run = training.get("run").is_some();
        let mut training = self.reader.training(&training, true)?;
        // Unlike a case, a sweep trains only when it is told to.
        training.run &= run;
        let columns = self.columns(top.get("columns"), training.run)?;
        let digest: String = Sha256::new()
            .chain_update(env!("CARGO_PKG_VERSION"))
            .chain_update([0])
            .chain_update(bytes)
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let text = String::from_utf8_lossy(bytes).into_owned();
        Spec { columns, digits: digits as usize, axes, training, text, digest }.validated()
    }

    fn columns(&self, item: Option<&Item>, trains: bool) -> Read<Vec<&'static Column>> {
        let Some(item) = item else {
            return Ok(DEFAULT_COLUMNS.iter().filter_map(|name| column(name)).collect());
        };
        let entry = Entry { key: "columns", item };
        let expected = "a list of column names in quotes";
        let Some(list) = item.as_array() else { return Ok(entry.wrong_type(expected)?) };
        let mut all: Vec<&'static Column> = Vec::new();
        for value in list {
            let fault = |mistake| Err(Fault(mistake, value.span()));
            let Some(name) = value.as_str() else {
                return Err(wrong_type("columns", value, expected));
            };
            let Some(known) = column(name) else {
                let names: Vec<&str> = columns().map(|c| c.name).collect();
                return fault(Mistake::UnknownColumn { name: shown(name), nearest: nearest(name, &names) });
            };
            if all.iter().any(|c| c.name == known.name) {
                return fault(Mistake::ColumnTwice { name: known.name });
            }
            if known.kind.is_trained() && !trains {
                return fault(Mistake::ColumnNeedsTraining { name: known.name });
            }
            all.push(known);
        }
        if all.is_empty() { Err(Fault(Mistake::NoColumns, item.span())) } else { Ok(all) }
    }

    /// The axes, in the order of the file.
    fn axes(&self, grid: &Section<'a>) -> Read<Vec<Axis>> {
        let mut axes = Vec::new();
        for (name, item) in grid.table.into_iter().flat_map(|table| table.iter()) {
            let Some((name, key)) = KEYS.iter().find(|(known, _)| *known == name) else { continue };
            let span = item.span();
            let Some(value) = item.as_value() else {
                return Ok(Entry { key: name, item }.wrong_type("a value, a list of values, or a range")?);
            };
            let values = self.values(name, *key, value)?;
            if values.is_empty() {
                return Err(Fault(Mistake::EmptyAxis { key: name }, span));
            }
            if values.len() as u64 > MAX_POINTS {
                let points = values.len() as u128;
                return Err(Fault(Mistake::TooManyPoints { points, limit: MAX_POINTS }, span));
            }
            if has_repeats(&values) {
                return Err(Fault(Mistake::RepeatedValue { key: name }, span));
            }
            axes.push(Axis { key: *key, values, span });
        }
        Ok(axes)
    }

    fn values(&self, name: &'static str, key: Key, value: &Value) -> Read<Vec<Setting>> {
        match value {
            // What is a list itself, as counts are, varies as a list of lists.
            Value::Array(list) if nesting(value) > key.nesting() => {
                list.iter().map(|value| self.value(name, key, value)).collect()
            }
            Value::InlineTable(range) if key.nesting() == 0 => match key.is_number() {
                true => {
                    let span = value.span();
                    let numbers = self.range(range, span.clone())?;
                    if key == Key::Ratio && numbers.iter().any(|q| *q < Rational::one()) {
                        return Err(Fault(Mistake::RatioBelowOne, span));
                    }
                    Ok(numbers.into_iter().map(Setting::Number).collect())
                }
                false => {
                    let reason = "only numbers that need not be whole take one";
                    Err(Fault(Mistake::BadRange { reason }, value.span()))
                }
            },
            value => Ok(vec![self.value(name, key, value)?]),
        }
    }

    fn value(&self, name: &'static str, key: Key, value: &Value) -> Read<Setting> {
        let span = value.span();
        let list = |expected: &'static str| value.as_array().ok_or_else(|| wrong_type(name, value, expected));
        let word = |choices: &'static [&'static str]| -> Read<usize> {
            let text = value.as_str().unwrap_or_default();
            choices.iter().position(|c| *c == text).ok_or_else(|| {
                let found = shown(value.as_str().unwrap_or(type_word(&Item::Value(value.clone()))));
                let nearest = nearest(&found, choices);
                let key = name.to_owned();
                Fault(
                    Mistake::Case(case::Mistake::UnknownWord { key, found, choices, nearest }),
                    span.clone(),
                )
            })
        };
        let whole = |least: u64, most: u64| self.whole(name, Some(value), span.clone(), least, most);
        Ok(match key {
            Key::Counts => Setting::List(self.reader.count_list(list("a list of counts")?)?.0),
            Key::Widths => Setting::List(self.reader.width_list(list("a list of widths d_1 … d_M")?)?),
            Key::Classes => Setting::Whole(whole(1, 100_000)?),
            Key::Largest => Setting::Whole(whole(1, 1_000_000_000_000)?),
            Key::Minority => Setting::Whole(whole(0, 100_000)?),
            Key::Depth => Setting::Whole(whole(1, case::MAX_DEPTH as u64)?),
            Key::Width => Setting::Whole(whole(1, 1_000_000_000_000)?),
            Key::Ratio => {
                let ratio = self.reader.number_value(name, value)?;
                if ratio < Rational::one() {
                    return Err(Fault(Mistake::RatioBelowOne, span));
                }
                Setting::Number(ratio)
            }
            Key::Smoothing => {
                let number = self.reader.number_value(name, value)?;
                // Two classes stand for all: whether a smoothing is one does not depend on their number.
                match Targets::smoothed(&number, 2) {
                    Ok(_) => Setting::Number(number),
                    Err(mistake) => return Err(Fault(Mistake::Case(mistake), span)),
                }
            }
            Key::ClassWeights => Setting::Numbers(self.numbers(name, list("a list of one number a class")?)?),
            Key::LogitShift | Key::LogitScale if nesting(value) == 1 => {
                Setting::Numbers(self.numbers(name, list("a list of K numbers")?)?)
            }
            Key::Targets | Key::LogitShift | Key::LogitScale => {
                let expected = "a list of lists of numbers, one a class";
                let column = |value: &Value| match value.as_array() {
                    Some(column) => self.numbers(name, column),
                    None => Err(wrong_type(name, value, expected)),
                };
                Setting::Columns(list(expected)?.iter().map(column).collect::<Read<_>>()?)
            }
            Key::Lambda | Key::Weights | Key::Features | Key::BiasWeight => {
                let number = self.reader.number_value(name, value)?;
                if !number.is_positive() {
                    return Err(Fault(Mistake::Case(case::Mistake::NotPositive { key: name }), span));
                }
                Setting::Number(number)
            }
            Key::Shape => Setting::Shape([Shape::Step, Shape::LongTail][word(&["step", "long-tail"])?]),
            Key::Loss => Setting::Loss(Loss::ALL[word(&Loss::WORDS)?]),
            Key::Bias => Setting::Bias(Bias::ALL[word(&Bias::WORDS)?]),
        })
    }

    fn numbers(&self, name: &'static str, list: &toml_edit::Array) -> Read<Vec<Rational>> {
        list.iter().map(|value| Ok(self.reader.number_value(name, value)?)).collect()
    }

    fn whole(
        &self,
        key: &'static str,
        value: Option<&Value>,
        span: Span,
        least: u64,
        most: u64,
    ) -> Read<u64> {
        let number = value.and_then(Value::as_integer).and_then(|n| u64::try_from(n).ok());
        let number = number.filter(|n| (least..=most).contains(n));
        number.ok_or(Fault(Mistake::NotAWhole { key, least, most }, span))
    }

    fn range(&self, range: &toml_edit::InlineTable, span: Span) -> Read<Vec<Rational>> {
        check_keys("grid", range, &RANGE)?;
        let fault = |reason, span| Fault(Mistake::BadRange { reason }, span);
        let bad = |reason, span| Err(fault(reason, span));
        let end = |key: &'static str| match range.get(key) {
            Some(value) => Ok(self.reader.number_value(key, value)?),
            None => Err(fault("it needs `from`, `to` and `points`", span.clone())),
        };
        let (from, to) = (end("from")?, end("to")?);
        let Some(points) = range.get("points") else {
            return bad("it needs `from`, `to` and `points`", span);
        };
        let points = self.whole("points", Some(points), points.span(), 2, MAX_POINTS)?;
        if !from.is_positive() || !to.is_positive() {
            return bad("both ends are positive", span);
        }
        if from == to {
            return bad("its ends are equal", span);
        }
        let scale = range.get("scale").map_or(Some("linear"), Value::as_str);
        match scale {
            Some("linear") => match range.get("digits") {
                Some(value) => bad("a linear one is exact and takes no `digits`", value.span()),
                None => Ok(linear(&from, &to, points)),
            },
            Some("log") => {
                let digits = match range.get("digits") {
                    Some(value) => self.whole("digits", Some(value), value.span(), 1, MAX_RANGE_DIGITS)?,
                    None => 3,
                };
                let Some(all) = logarithmic(&from, &to, points, digits) else {
                    return bad("its ends are beyond 1e±300", span);
                };
                let ascends = from < to;
                if all.windows(2).any(|pair| (pair[0] < pair[1]) != ascends || pair[0] == pair[1]) {
                    return Err(Fault(Mistake::RangeRepeats { digits }, span));
                }
                Ok(all)
            }
            _ => bad("`scale` is \"linear\" or \"log\"", range.get("scale").and_then(Value::span)),
        }
    }
}

fn wrong_type(name: &str, value: &Value, expected: &'static str) -> Fault {
    let found = type_word(&Item::Value(value.clone()));
    let key = name.to_owned();
    Fault(Mistake::Case(case::Mistake::WrongType { key, found, expected }), value.span())
}

/// How deep a list is, going by its first entries.
fn nesting(value: &Value) -> usize {
    value.as_array().map_or(0, |list| 1 + list.get(0).map_or(0, nesting))
}

/// Whether two values are the same.
fn has_repeats(values: &[Setting]) -> bool {
    let mut texts: Vec<String> = values.iter().map(|v| format!("{v:?}")).collect();
    texts.sort();
    texts.windows(2).any(|pair| pair[0] == pair[1])
}
