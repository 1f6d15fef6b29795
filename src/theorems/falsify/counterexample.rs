//! A counterexample and its case file.

use crate::case::{ClaimText, Expect, Problem, Training, Verdict, Writing};
use crate::theorems::Theorem;
use crate::theorems::catalogue::Statement;

/// A problem that refutes a theorem.
#[derive(Debug, Clone)]
pub struct Counterexample {
    /// The trial that found it.
    pub trial: u64,
    /// The problem, shrunk.
    pub problem: Problem,
    /// The claim that is false there.
    pub claim: String,
    /// Number of shrinking steps.
    pub shrunk: usize,
}

/// The case file of a counterexample: `check` finds the theorem refuted there. A theorem that is not in the
/// catalogue is written into it as a claim.
pub fn case_file(theorem: &Theorem, found: &Counterexample, seed: u64, in_catalogue: bool) -> String {
    let all = |statements: &[Statement]| {
        statements.iter().map(|s| format!("({})", s.text)).collect::<Vec<_>>().join(" and ")
    };
    let text = match theorem.hypotheses.is_empty() {
        true => all(&theorem.claims),
        false => format!("({}) implies ({})", all(&theorem.hypotheses), all(&theorem.claims)),
    };
    let claim = ClaimText { id: theorem.id.clone(), text: text.replace('\n', " "), span: None };
    let (id, trial, shrunk) = (&theorem.id, found.trial, found.shrunk);
    Writing {
        note: Some(&format!(
            "Found by `falsify {id} --seed {seed}`, trial {trial}, shrunk in {shrunk} steps."
        )),
        title: &format!("Counterexample to {id}"),
        source: None,
        problem: &found.problem.draft(),
        training: &Training { run: false, ..Training::default() },
        expect: &Expect { verdict: Some(Verdict::Refuted), theorem: Some(id.clone()), ..Expect::default() },
        claims: if in_catalogue { &[] } else { std::slice::from_ref(&claim) },
    }
    .text()
}
