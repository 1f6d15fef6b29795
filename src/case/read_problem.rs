//! The problem in a case file: what stands under `[network]` and `[regularization]`.

use super::limits::{MAX_NUMBERS, MAX_TARGETS};
use super::target_file;
use super::toml::{Entry, Found, Reader, Section, Span, type_word};
use super::{Beside, Bias, Draft, Files, Loss, Mistake, Problem, Targets, TargetsMistake, Terms};
use crate::exact::Rational;
use num_traits::{One, Signed, Zero};
use std::ops::Range;
use toml_edit::{Item, Value};

/// Counts with the place of each.
type Counts = (Vec<u64>, Vec<Span>);

impl<'a> Reader<'a> {
    /// The problem, and the file of targets that it names.
    pub fn problem(
        &self,
        network: &Section<'a>,
        regularization: &Section<'a>,
        files: Files,
    ) -> Found<(Problem, Option<Beside>)> {
        misplaced(network, regularization)?;
        let given = match network.get("counts") {
            Some(entry) => Some(self.counts(&entry)?),
            None => None,
        };
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
        let (targets, (counts, spans), beside) = self.targets(network, given, files)?;
        let mut weights = self.weights(&regularization.require("weights")?, widths.len())?;
        let mut features = self.number(&regularization.require("features")?)?;
        let mut terms = self.terms(network, regularization, counts.len())?;
        let scale = self.loss_scale(regularization)?;
        for λ in weights.iter_mut().chain([&mut features]).chain(&mut terms.bias) {
            *λ /= &scale;
        }
        let draft = Draft { counts, widths, loss, bias, targets, weights, features, terms };
        let problem = Problem::new(draft).map_err(|mistake| {
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
        })?;
        Ok((problem, beside))
    }

    /// Counts, class by class, with the place each came from.
    fn counts(&self, entry: &Entry) -> Found<(Vec<u64>, Vec<Span>)> {
        match entry.item.as_array() {
            Some(list) => self.count_list(list),
            None => entry.wrong_type("a list of counts"),
        }
    }

    fn widths(&self, entry: &Entry) -> Found<Vec<u64>> {
        match entry.item.as_array() {
            Some(list) => self.width_list(list),
            None => entry.wrong_type("a list of widths d_1 … d_M"),
        }
    }

    /// The factor of the loss in the objective that the weights belong to, 1 for our own. The objective is divided by it.
    fn loss_scale(&self, regularization: &Section<'a>) -> Found<Rational> {
        let Some(entry) = regularization.get("loss_scale") else { return Ok(Rational::one()) };
        let scale = self.number(&entry)?;
        if scale.is_positive() { Ok(scale) } else { entry.fail(Mistake::NotPositive { key: "loss_scale" }) }
    }

    fn weights(&self, entry: &Entry, depth: usize) -> Found<Vec<Rational>> {
        match entry.item.as_array() {
            Some(list) => list.iter().map(|v| self.number_value("weights", v)).collect(),
            None => Ok(vec![self.number(entry)?; depth]),
        }
    }

    /// Targets, the counts that belong to them, and the file they come from. Without counts every target is one sample's.
    fn targets(
        &self,
        network: &Section<'a>,
        counts: Option<Counts>,
        files: Files,
    ) -> Found<(Targets, Counts, Option<Beside>)> {
        let required = || counts.clone().ok_or_else(|| self.missing_counts(network));
        if let Some(entry) = network.get("covariance") {
            if network.get("targets").is_some() || network.get("smoothing").is_some() {
                return entry.fail(Mistake::TargetsAndCovariance);
            }
            let counts = match network.get("samples") {
                Some(_) if counts.is_some() => return entry.fail(Mistake::BadCovariance),
                Some(entry) => match entry.item.as_integer().and_then(|n| u64::try_from(n).ok()) {
                    Some(n) => (vec![n], vec![entry.span()]),
                    None => return entry.fail(Mistake::NotAWholeNumber { key: "samples".to_owned() }),
                },
                None => required()?,
            };
            return Ok((Targets::Covariance(self.columns(&entry)?), counts, None));
        }
        if let Some(entry) = network.get("samples") {
            // Elsewhere it is the key of other tools for what `counts` says here.
            let key = network.table.and_then(|table| table.key("samples")).and_then(|key| key.span());
            let (section, name) = ("network".to_owned(), "samples".to_owned());
            let mistake = Mistake::UnknownKey { section, key: name, nearest: None };
            return Err((mistake, key.or_else(|| entry.span())));
        }
        let (columns, beside) = match (network.get("smoothing"), network.get("targets")) {
            (Some(_), Some(entry)) => return entry.fail(Mistake::SmoothingAndTargets),
            (None, None) => return Ok((Targets::OneHot, required()?, None)),
            (Some(entry), None) => {
                let (counts, smoothing) = (required()?, self.number(&entry)?);
                let classes = counts.0.len();
                if classes > MAX_TARGETS && !smoothing.is_zero() {
                    return entry.fail(Mistake::TooManyTargets { classes });
                }
                let targets =
                    Targets::smoothed(&smoothing, classes).or_else(|mistake| entry.fail(mistake))?;
                return Ok((targets, counts, None));
            }
            (None, Some(entry)) => match entry.item.as_str() {
                Some(name) => self.target_file(&entry, name, files)?,
                None => (self.columns(&entry)?, None),
            },
        };
        let counts = counts.unwrap_or_else(|| (vec![1; columns.len()], vec![None; columns.len()]));
        Ok((Targets::Columns(columns), counts, beside))
    }

    fn missing_counts(&self, network: &Section<'a>) -> (Mistake, Span) {
        (Mistake::MissingKey { section: "network", key: "counts" }, network.span.clone())
    }

    fn target_file(
        &self,
        entry: &Entry,
        name: &str,
        files: Files,
    ) -> Found<(Vec<Vec<Rational>>, Option<Beside>)> {
        let named = |reason| (Mistake::TargetsFile { file: super::shown(name), reason }, entry.span());
        if !target_file::is_name(name) {
            return Err(named(TargetsMistake::Name));
        }
        let bytes = files(name).map_err(named)?;
        let columns = target_file::rows(name, &bytes).map_err(named)?;
        Ok((columns, Some(Beside { name: name.to_owned(), bytes })))
    }

    /// A list of lists of numbers.
    fn columns(&self, entry: &Entry) -> Found<Vec<Vec<Rational>>> {
        let expected = "a list of columns, each a list of numbers";
        let Some(list) = entry.item.as_array() else { return entry.wrong_type(expected) };
        let column = |value: &Value| match value.as_array() {
            Some(column) => self.numbers(entry.key, column),
            None => {
                let found = type_word(&Item::Value(value.clone()));
                Err((Mistake::WrongType { key: entry.key.to_owned(), found, expected }, value.span()))
            }
        };
        list.iter().map(column).collect()
    }

    fn numbers(&self, key: &str, list: &toml_edit::Array) -> Found<Vec<Rational>> {
        list.iter().map(|v| self.number_value(key, v)).collect()
    }

    /// What differs from the plain loss.
    fn terms(&self, network: &Section<'a>, regularization: &Section<'a>, classes: usize) -> Found<Terms> {
        let mut terms = Terms::default();
        if let Some(entry) = network.get("class_weights") {
            let Some(list) = entry.item.as_array() else {
                return entry.wrong_type("a list of one number a class");
            };
            terms.class_weights = self.numbers("class_weights", list)?;
            if terms.class_weights.is_empty() {
                return entry.fail(Mistake::WrongNumberOfClassWeights { found: 0, classes });
            }
        }
        for (key, value) in [("logit_shift", &mut terms.logit_shift), ("logit_scale", &mut terms.logit_scale)]
        {
            let Some(entry) = network.get(key) else { continue };
            let expected = "a list of K numbers, or one such list a class";
            let Some(list) = entry.item.as_array() else { return entry.wrong_type(expected) };
            *value = match list.get(0).and_then(Value::as_array) {
                Some(_) => self.columns(&entry)?,
                None if list.len().saturating_mul(classes) > MAX_NUMBERS => {
                    return entry.fail(Mistake::WrongAdjustment { key, classes, outputs: list.len() });
                }
                None => vec![self.numbers(key, list)?; classes],
            };
        }
        if let Some(entry) = regularization.get("bias") {
            terms.bias = Some(self.number(&entry)?);
        }
        if let Some(entry) = network.get("features") {
            terms.nonnegative = self.word(&entry, &["nonnegative"], &[true])?;
        }
        Ok(terms)
    }
}

/// Refuses `λ_H` among the network's keys, and the word of the bias among the weights: both sections have such a key.
fn misplaced(network: &Section, regularization: &Section) -> Found<()> {
    let number = network.get("features").filter(|entry| entry.item.as_str().is_none());
    let bias = |entry: &Entry| entry.item.as_str().is_some_and(|word| Bias::WORDS.contains(&word));
    let word = regularization.get("bias").filter(bias);
    for (from, entry, section, belongs) in
        [(network, number, "network", "regularization"), (regularization, word, "regularization", "network")]
    {
        if let Some(entry) = entry {
            let key = from.table.and_then(|table| table.key(entry.key)).and_then(|key| key.span());
            let (section, name) = (section.to_owned(), entry.key.to_owned());
            let mistake = Mistake::MisplacedKey { section, key: name, belongs };
            return Err((mistake, key.or_else(|| entry.span())));
        }
    }
    Ok(())
}

fn entry_span(item: &Item, index: usize) -> Option<Range<usize>> {
    match item.as_array() {
        Some(list) => list.get(index)?.span(),
        None => item.span(),
    }
}
