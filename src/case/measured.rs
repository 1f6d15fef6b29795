//! Networks that others trained, named by a case under `[measured]`: where they stand, and what is expected of them.

use super::Mistake;
use super::toml::{Entry, Found, Reader, Section};
use crate::exact::Rational;
use num_traits::Signed;

pub const MEASURED: [&str; 11] = [
    "files",
    "features",
    "labels",
    "head",
    "bias",
    "transposed",
    "features_are",
    "rest",
    "free",
    "outcome",
    "gap",
];
/// What a network may be expected to stand at.
const OUTCOMES: [&str; 5] = ["global", "best-known", "local-minimum", "saddle", "not-converged"];

/// Everything under `[measured]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measured {
    /// Files, by their paths from the case's folder: one network each, or one in all of them.
    pub files: Vec<String>,
    /// The tensor of the features, if its name is not known.
    pub features: Option<String>,
    /// The tensor of the labels.
    pub labels: Option<String>,
    /// Patterns of the layers' names.
    pub head: Vec<String>,
    /// The tensor of the bias.
    pub bias: Option<String>,
    /// Whether layers are in × out.
    pub transposed: bool,
    /// Whether a sample is a row of the features.
    pub samples_are_rows: Option<bool>,
    /// Whether the head is expected to be at rest.
    pub rest: Option<bool>,
    /// Whether the features are expected to behave as free ones.
    pub free: Option<bool>,
    /// What the network is expected to stand at.
    pub outcome: Option<&'static str>,
    /// The relative gap of the objective at most.
    pub gap: Option<Rational>,
}

impl Reader<'_> {
    pub fn measured(&self, section: &Section) -> Found<Option<Measured>> {
        if section.table.is_none() {
            return Ok(None);
        }
        let text = |key| section.get(key).map(|entry| self.text(&entry)).transpose();
        let truth = |key| section.get(key).map(|entry| self.truth(&entry)).transpose();
        let outcome = |entry: Entry| self.word(&entry, &OUTCOMES, &OUTCOMES);
        let gap = |entry: Entry| match self.number(&entry)? {
            gap if gap.is_positive() => Ok(gap),
            _ => entry.fail(Mistake::NotPositive { key: "gap" }),
        };
        let are = |entry: Entry| self.word(&entry, &["rows", "columns"], &[true, false]);
        Ok(Some(Measured {
            files: self.texts(&section.require("files")?)?,
            features: text("features")?,
            labels: text("labels")?,
            head: section.get("head").map_or(Ok(Vec::new()), |entry| self.texts(&entry))?,
            bias: text("bias")?,
            transposed: truth("transposed")?.unwrap_or(false),
            samples_are_rows: section.get("features_are").map(are).transpose()?,
            rest: truth("rest")?,
            free: truth("free")?,
            outcome: section.get("outcome").map(outcome).transpose()?,
            gap: section.get("gap").map(gap).transpose()?,
        }))
    }

    fn truth(&self, entry: &Entry) -> Found<bool> {
        entry.item.as_bool().map_or_else(|| entry.wrong_type("true or false"), Ok)
    }

    /// A text, or a list of some.
    fn texts(&self, entry: &Entry) -> Found<Vec<String>> {
        let wrong = || entry.wrong_type("a text in quotes, or a list of them");
        let Some(list) = entry.item.as_array() else {
            return entry.item.as_str().map_or_else(wrong, |text| Ok(vec![text.to_owned()]));
        };
        let all: Option<Vec<String>> = list.iter().map(|text| text.as_str().map(str::to_owned)).collect();
        all.filter(|all| !all.is_empty()).map_or_else(wrong, Ok)
    }
}
