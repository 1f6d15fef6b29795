//! Judging a claim: evaluated at rising precision until it is proved or refuted, or more digits cannot help.

use super::evaluate;
use super::language::Formula;
use super::stage::Stage;
use super::truth::Truth;
use crate::case::Problem;
use std::cell::OnceCell;

/// Digits and whether algebra is used, one stage after the other.
const STAGES: [(usize, bool); 4] = [(17, false), (17, true), (50, true), (200, true)];
/// Beyond this many classes only the first stage is used.
const MAX_REFINED: usize = 64;

/// A problem with its optimum at every precision that was needed so far.
#[derive(Debug)]
pub struct Judge<'a> {
    problem: &'a Problem,
    stages: [OnceCell<Stage<'a>>; 4],
}

impl<'a> Judge<'a> {
    /// A judge of claims about a problem.
    pub fn of(problem: &'a Problem) -> Self {
        Self { problem, stages: Default::default() }
    }

    /// The problem.
    pub fn problem(&self) -> &'a Problem {
        self.problem
    }

    fn stage(&self, index: usize) -> &Stage<'a> {
        let (digits, symbolic) = STAGES[index];
        self.stages[index].get_or_init(|| Stage::new(self.problem, digits, symbolic))
    }

    /// The truth of a claim.
    pub fn judge(&self, formula: &Formula) -> Truth {
        let last = if self.problem.classes() > MAX_REFINED { 1 } else { STAGES.len() };
        let mut truth = evaluate::truth(formula, self.stage(0));
        for index in 1..last {
            if !truth.may_settle() {
                break;
            }
            truth = evaluate::truth(formula, self.stage(index));
        }
        truth
    }

    /// The truth at the last precision alone.
    pub fn in_full(&self, formula: &Formula) -> Truth {
        evaluate::truth(formula, self.stage(STAGES.len() - 1))
    }

    /// The truth at the first precision: enough to find what is refuted, fast.
    pub fn glance(&self, formula: &Formula) -> Truth {
        evaluate::truth(formula, self.stage(0))
    }
}
