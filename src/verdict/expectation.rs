//! What a case expects against what was found. Expectations are checked, never trusted.

use super::Verdict;
#[cfg(feature = "cli")]
use super::measurement::Measurement;
use crate::case::Expect;
#[cfg(feature = "cli")]
use crate::case::Measured;
#[cfg(feature = "cli")]
use crate::exact::Rational;
use crate::exact::{DIGITS, decimal};
use crate::theory::Known;
#[cfg(feature = "cli")]
use num_traits::ToPrimitive;
#[cfg(feature = "cli")]
use std::cmp::Ordering;

/// Where an expectation and the finding differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// What it is about.
    pub what: String,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

impl Disagreement {
    /// Whether nothing could be told.
    pub fn is_undecided(&self) -> bool {
        self.found == Verdict::Undecided.word()
    }
}

impl std::fmt::Display for Disagreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: found {}, expected {}", self.what, self.found, self.expected)
    }
}

/// All disagreements about the optimum. `objective` speaks of it where it is proved, else of the best network known;
/// `etf` of the best simplex frame of deep cross-entropy; `shrinkage` and `kept` of the modes that only the mean squared
/// error has.
pub fn about_optimum(expect: &Expect, known: &Known) -> Vec<Disagreement> {
    let mut all = Vec::new();
    let mut differ = |what: &str, found: String, expected: String| {
        all.push(Disagreement { what: what.to_owned(), found, expected });
    };
    let simplex = match known {
        Known::Deep(found) => found.simplex.as_ref().map(|frame| frame.objective.clone()),
        _ => None,
    };
    for (what, expected, found) in
        [("objective", &expect.objective, known.best()), ("etf", &expect.etf, simplex)]
    {
        if let Some(expected) = expected.as_ref().filter(|x| found.as_ref().is_none_or(|f| !x.agrees(f))) {
            let found = found.map_or("nothing".to_owned(), |x| decimal(&x, DIGITS));
            differ(what, found, expected.text.clone());
        }
    }
    let found = known.uniqueness();
    if let Some(expected) = expect.optimum.filter(|expected| *expected != found) {
        differ("optimum", found.word().to_owned(), expected.word().to_owned());
    }
    let modes = known.optimum().map_or(&[][..], |optimum| &optimum.modes);
    if let Some(expected) = &expect.shrinkage {
        if expected.len() != modes.len() {
            let count = |n: usize| format!("{n} distinct targets");
            differ("shrinkage", count(modes.len()), count(expected.len()));
        }
        for (i, (expected, mode)) in expected.iter().zip(modes).enumerate() {
            let (u, _) = mode.shrinkage();
            if !expected.agrees(&u) {
                differ(&format!("shrinkage {}", i + 1), decimal(&u, DIGITS), expected.text.clone());
            }
        }
    }
    let rank = known.optimum().map(|optimum| optimum.rank() as u64);
    if let Some(expected) = expect.kept.filter(|expected| Some(*expected) != rank) {
        let found = rank.map_or("nothing".to_owned(), |rank| rank.to_string());
        differ("kept modes", found, expected.to_string());
    }
    all
}

/// The disagreement about the theorem that a case expects to be refuted and that is not refuted as a theorem; the
/// verdict may be about it all the same.
pub fn about_theorem(expected: &str, statement: Option<&str>) -> Option<Disagreement> {
    let found = statement.filter(|statement| *statement != expected)?;
    let (found, expected) = (found.to_owned(), expected.to_owned());
    Some(Disagreement { what: "theorem".to_owned(), found, expected })
}

/// The disagreement about how many random starts reach the optimum, if there is one.
pub fn about_attained(expect: &Expect, attained: usize) -> Option<Disagreement> {
    let expected = expect.attained.filter(|expected| (attained as u64) < *expected)?;
    let (what, found) = ("attained".to_owned(), attained.to_string());
    Some(Disagreement { what, found, expected: format!("at least {expected}") })
}

/// The disagreements about a network from files.
#[cfg(feature = "cli")]
pub fn about_measured(expect: &Measured, found: &Measurement) -> Vec<Disagreement> {
    let mut all = Vec::new();
    let mut differ = |what: &str, found_word: String, expected: String| {
        let what = format!("{}: {what}", found.files.join(" + "));
        all.push(Disagreement { what, found: found_word, expected });
    };
    let truths =
        [("rest", expect.rest, found.head.at_rest()), ("free", expect.free, found.head.features_are_free())];
    for (what, expected, own) in truths {
        if let Some(expected) = expected.filter(|expected| *expected != own) {
            differ(what, own.to_string(), expected.to_string());
        }
    }
    let comparison = found.comparison();
    let outcome = comparison.map_or("nothing", |c| c.outcome.word());
    if let Some(expected) = expect.outcome.filter(|expected| *expected != outcome) {
        differ("outcome", outcome.to_owned(), expected.to_owned());
    }
    let gap = comparison.map_or(f64::INFINITY, |c| c.relative_gap.abs());
    let most = expect.gap.as_ref().and_then(Rational::to_f64);
    // What is no number is no small gap.
    if let Some(most) =
        most.filter(|most| !matches!(gap.partial_cmp(most), Some(Ordering::Less | Ordering::Equal)))
    {
        differ("gap", format!("{gap:.3e}"), format!("at most {most:e}"));
    }
    all
}

/// What is compared of an expected objective that is written too short to compare much.
pub fn vague(expect: &Expect, known: &Known) -> Option<String> {
    Some(format!("expected objective {}", expect.objective.as_ref()?.vague(&known.best()?)?))
}

/// The disagreement about the verdict, if there is one.
pub fn about_verdict(expect: &Expect, found: Verdict) -> Option<Disagreement> {
    let expected = expect.verdict.unwrap_or(Verdict::Verified);
    (expected != found).then(|| Disagreement {
        what: "verdict".to_owned(),
        found: found.word().to_owned(),
        expected: expected.word().to_owned(),
    })
}
