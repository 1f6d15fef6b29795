//! What all theorems, and the claims of a case's own, say of one case.

use super::catalogue::{Applicability, Theorem, TheoremMistake, TheoremRefusal, place_inside};
use super::{Judge, Truth};
use crate::case::{Case, TextPlace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How many theorems speak of a case, and what became of them. The case's own claims count as theorems.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TheoremCounts {
    /// Theorems whose hypotheses are proved.
    pub applicable: usize,
    /// All claims proved.
    pub proved: usize,
    /// Some claim agrees to every digit tried but is not proved, none is worse.
    pub agrees: usize,
    /// Some claim is refuted: their ids.
    pub refuted: Vec<String>,
    /// Some claim is undecided.
    pub undecided: usize,
    /// Of the applicable ones, those whose claims all hold within the tolerance on a run that reached the optimum.
    #[serde(default)]
    pub measured: usize,
    /// Proved, but a claim does not hold there: id and residual.
    #[serde(default)]
    pub not_shown: Vec<String>,
}

/// The theorems and the case's own claims, these as theorems without hypotheses; the refusal of a claim that is not
/// read.
pub fn statements<'a>(case: &Case, theorems: &'a [Theorem]) -> Result<Vec<Cow<'a, Theorem>>, TheoremRefusal> {
    let mut all: Vec<Cow<'a, Theorem>> = theorems.iter().map(Cow::Borrowed).collect();
    let source = String::from_utf8_lossy(case.bytes());
    for claim in case.claims() {
        let theorem = Theorem::of_claim(&claim.id, &claim.text).map_err(|refusal| {
            let span = place_inside(&source, claim.span.clone(), &claim.text, refusal.span.clone());
            let place = span.map(|span| TextPlace::of(&source, span));
            let (file, mistake) = (case.name().to_owned(), TheoremMistake::Claim(refusal.mistake));
            TheoremRefusal { file, place, mistake }
        })?;
        all.push(Cow::Owned(theorem));
    }
    Ok(all)
}

/// A statement that applies, and what it is on the optimum.
pub type Judged<'a> = (Cow<'a, Theorem>, Truth);

/// What the statements that apply are on the optimum.
pub fn judged<'a>(judge: &Judge, theorems: Vec<Cow<'a, Theorem>>) -> Vec<Judged<'a>> {
    let applies = |theorem: Cow<'a, Theorem>| {
        let finding = theorem.judge(judge);
        let truth = finding.truth().unwrap_or(Truth::Proved);
        (finding.applicability == Applicability::Applies).then_some((theorem, truth))
    };
    theorems.into_iter().filter_map(applies).collect()
}

impl TheoremCounts {
    /// Counts them; `observer` judges the trained network.
    pub fn of(judged: &[Judged], observer: Option<&Judge>) -> Self {
        let mut counts = Self { applicable: judged.len(), ..Self::default() };
        for (theorem, truth) in judged {
            match truth {
                Truth::Proved => counts.proved += 1,
                Truth::Agrees(_) => counts.agrees += 1,
                Truth::Refuted => counts.refuted.push(theorem.id.clone()),
                Truth::Undecided(_) => counts.undecided += 1,
            }
            let Some(measured) = observer.and_then(|observer| theorem.measure(observer)) else { continue };
            match measured.truth {
                Truth::Proved | Truth::Agrees(_) => counts.measured += 1,
                Truth::Refuted if *truth == Truth::Proved => {
                    counts.not_shown.push(format!("{} (residual {:.1e})", theorem.id, measured.residual));
                }
                Truth::Refuted | Truth::Undecided(_) => {}
            }
        }
        counts
    }
}
