//! Judging a claim: evaluated at rising precision until it is proved or refuted, or more digits cannot help.

use super::budget::Budget;
use super::evaluate;
use super::language::Formula;
use super::place::{Measured, Place};
use super::stage::Stage;
use super::truth::Truth;
use crate::case::Problem;
use crate::theory::Known;
use std::cell::OnceCell;
use std::rc::Rc;

/// Beyond this many classes only the first stage is used.
const MAX_REFINED: usize = 64;

/// A problem with its optimum at every precision that was needed so far.
#[derive(Debug)]
pub struct Judge<'a> {
    problem: &'a Problem,
    place: &'a Place,
    known: Rc<OnceCell<Known>>,
    budget: Budget,
    stages: Vec<OnceCell<Stage<'a>>>,
}

impl<'a> Judge<'a> {
    /// A judge of claims about a problem's optimum.
    pub fn of(problem: &'a Problem) -> Self {
        Self::at(problem, &Place::Optimum)
    }

    /// A judge of claims about another point of a problem.
    pub fn at(problem: &'a Problem, place: &'a Place) -> Self {
        let all =
            Self { problem, place, known: Rc::default(), budget: Budget::default(), stages: Vec::new() };
        all.within(Budget::default())
    }

    /// The same judge with another budget.
    pub fn within(self, budget: Budget) -> Self {
        let stages = (0..=budget.then.len()).map(|_| OnceCell::new()).collect();
        Self { budget, stages, ..self }
    }

    /// The same judge, told what is known of its problem's optimum, to at least the digits of the first stage.
    pub fn knowing(self, known: Known) -> Self {
        Self { known: Rc::new(OnceCell::from(known)), ..self }
    }

    /// The problem.
    pub fn problem(&self) -> &'a Problem {
        self.problem
    }

    /// The stage of a precision, or of the last one.
    fn stage(&self, index: usize) -> &Stage<'a> {
        let index = index.min(self.budget.then.len());
        let precision = index.checked_sub(1).map_or(self.budget.first, |after| self.budget.then[after]);
        self.stages[index]
            .get_or_init(|| Stage::new(self.problem, self.place, &self.known, precision, &self.budget))
    }

    /// The truth of a claim.
    pub fn judge(&self, formula: &Formula) -> Truth {
        let mut truth = self.glance(formula);
        // More digits of a prediction do not sharpen a measurement.
        let measured = self.stage(0).point.residual().is_some();
        let last = if measured || self.problem.classes() > MAX_REFINED { 0 } else { self.budget.then.len() };
        for index in 1..=last {
            if !truth.may_settle() {
                break;
            }
            truth = evaluate::truth(formula, self.stage(index));
        }
        truth
    }

    /// The claim on the trained network; `None` where numbers are proven.
    pub fn measure(&self, formula: &Formula) -> Option<Measured> {
        // With algebra, for the parts of the claim that are not measured.
        let stage = self.stage(1);
        stage.point.residual()?;
        let truth = evaluate::truth(formula, stage);
        stage.point.residual().map(|(residual, tolerance)| Measured { truth, residual, tolerance })
    }

    /// The truth at the last precision alone.
    pub fn in_full(&self, formula: &Formula) -> Truth {
        evaluate::truth(formula, self.stage(self.budget.then.len()))
    }

    /// The truth at the first precision: enough to find what is refuted, fast.
    pub fn glance(&self, formula: &Formula) -> Truth {
        evaluate::truth(formula, self.stage(0))
    }
}
