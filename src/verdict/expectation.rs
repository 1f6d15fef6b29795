//! What a case expects against what was found. Expectations are checked, never trusted.

use super::Verdict;
use super::cross_entropy::STATEMENT;
use crate::case::{Decimal, Expect};
use crate::exact::{DIGITS, Enclosure, decimal};
use crate::theory::cross_entropy::CrossEntropy;
use crate::theory::{Optimum, Uniqueness};

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

impl std::fmt::Display for Disagreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: found {}, expected {}", self.what, self.found, self.expected)
    }
}

/// Whether an expected number speaks for an enclosed one: a decimal within one unit of its last digit of both
/// ends, a fraction exactly.
pub fn agrees(expected: &Decimal, found: &Enclosure) -> bool {
    let distance = |end| num_traits::Signed::abs(&(&expected.value - end));
    distance(found.lower()) <= expected.unit && distance(found.upper()) <= expected.unit
}

/// All disagreements about the optimum.
pub fn about_optimum(expect: &Expect, optimum: &Optimum) -> Vec<Disagreement> {
    let mut all = Vec::new();
    let mut differ =
        |what: String, found: String, expected: String| all.push(Disagreement { what, found, expected });
    if let Some(expected) = &expect.objective
        && !agrees(expected, &optimum.objective)
    {
        differ("objective".to_owned(), decimal(&optimum.objective, DIGITS), expected.text.clone());
    }
    if let Some(expected) = expect.optimum.filter(|expected| *expected != optimum.uniqueness) {
        differ("optimum".to_owned(), optimum.uniqueness.word().to_owned(), expected.word().to_owned());
    }
    if let Some(expected) = &expect.shrinkage {
        if expected.len() != optimum.modes.len() {
            let count = |n: usize| format!("{n} distinct targets");
            differ("shrinkage".to_owned(), count(optimum.modes.len()), count(expected.len()));
        }
        for (i, (expected, mode)) in expected.iter().zip(&optimum.modes).enumerate() {
            let (u, _) = mode.shrinkage();
            if !agrees(expected, &u) {
                differ(format!("shrinkage {}", i + 1), decimal(&u, DIGITS), expected.text.clone());
            }
        }
    }
    if let Some(expected) = expect.kept
        && expected != optimum.rank() as u64
    {
        differ("kept modes".to_owned(), optimum.rank().to_string(), expected.to_string());
    }
    all
}

/// All disagreements about a cross-entropy problem. `objective` speaks of the optimum where it is proved, else of the
/// best network known.
pub fn about_cross_entropy(expect: &Expect, known: &CrossEntropy) -> Vec<Disagreement> {
    let (objective, simplex, optimum) = match known {
        CrossEntropy::Shallow(found) => {
            let zero = found.point.is_zero();
            let word = if zero { Uniqueness::Zero } else { Uniqueness::Unique };
            (found.objective.clone(), None, found.objective.as_ref().map(|_| word))
        }
        CrossEntropy::Deep(found) => {
            let best = found.best.as_ref().map(|b| b.objective.clone());
            (found.objective().or(best), found.simplex.as_ref().map(|s| s.objective.clone()), None)
        }
        CrossEntropy::Open(_) => (None, None, None),
    };
    let mut all = Vec::new();
    let mut compare = |what: &str, expected: &Option<Decimal>, found: Option<Enclosure>| {
        let Some(expected) = expected else { return };
        if !found.as_ref().is_some_and(|x| agrees(expected, x)) {
            let found = found.map_or("nothing".to_owned(), |x| decimal(&x, DIGITS));
            all.push(Disagreement { what: what.to_owned(), found, expected: expected.text.clone() });
        }
    };
    compare("objective", &expect.objective, objective);
    compare("etf", &expect.etf, simplex);
    let found = optimum.unwrap_or(Uniqueness::Undecided);
    if let Some(expected) = expect.optimum.filter(|expected| *expected != found) {
        let (found, expected) = (found.word().to_owned(), expected.word().to_owned());
        all.push(Disagreement { what: "optimum".to_owned(), found, expected });
    }
    if let Some(theorem) = expect.theorem.as_ref().filter(|theorem| *theorem != STATEMENT) {
        all.push(Disagreement {
            what: "theorem".to_owned(),
            found: STATEMENT.to_owned(),
            expected: theorem.clone(),
        });
    }
    all
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
