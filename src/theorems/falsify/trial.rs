//! One problem against one theorem.

use crate::case::Problem;
use crate::theorems::{Doubt, Judge, Theorem, Truth};

/// What a trial showed; of a refutation, the claim's name.
pub(super) enum Trial {
    DoesNotApply,
    Holds,
    Undecided,
    Refuted(String),
}

/// Judges every claim, at a glance where that settles it.
pub(super) fn tried(theorem: &Theorem, problem: &Problem) -> Trial {
    let judge = Judge::of(problem);
    if !theorem.hypotheses.iter().all(|h| judge.judge(&h.formula) == Truth::Proved) {
        return Trial::DoesNotApply;
    }
    let mut undecided = false;
    for claim in &theorem.claims {
        let glance = judge.glance(&claim.formula);
        let truth = match glance {
            Truth::Undecided(Doubt::Precision) => judge.judge(&claim.formula),
            settled => settled,
        };
        match truth {
            Truth::Refuted => return Trial::Refuted(claim.name.clone()),
            Truth::Undecided(_) => undecided = true,
            Truth::Proved | Truth::Agrees(_) => {}
        }
    }
    if undecided { Trial::Undecided } else { Trial::Holds }
}
