//! Judging a claim: evaluated at rising precision until it is proved or refuted, or more digits cannot help.

use super::evaluate;
use super::language::Formula;
use super::place::{Measured, Place};
use super::stage::{FIRST_DIGITS, Stage};
use super::truth::Truth;
use crate::case::Problem;
use crate::theory::Known;
use std::cell::OnceCell;
use std::rc::Rc;

/// Digits and whether algebra is used, one stage after the other.
const STAGES: [(usize, bool); 4] = [(FIRST_DIGITS, false), (FIRST_DIGITS, true), (50, true), (200, true)];
/// Beyond this many classes only the first stage is used.
const MAX_REFINED: usize = 64;

/// A problem with its optimum at every precision that was needed so far.
#[derive(Debug)]
pub struct Judge<'a> {
    problem: &'a Problem,
    place: &'a Place,
    known: Rc<OnceCell<Known>>,
    stages: [OnceCell<Stage<'a>>; 4],
}

impl<'a> Judge<'a> {
    /// A judge of claims about a problem's optimum.
    pub fn of(problem: &'a Problem) -> Self {
        Self::at(problem, &Place::Optimum)
    }

    /// A judge of claims about another point of a problem.
    pub fn at(problem: &'a Problem, place: &'a Place) -> Self {
        Self { problem, place, known: Rc::default(), stages: Default::default() }
    }

    /// The same judge, told what is known of its problem's optimum, to at least the digits of the first stage.
    pub fn knowing(self, known: Known) -> Self {
        Self { known: Rc::new(OnceCell::from(known)), ..self }
    }

    /// The problem.
    pub fn problem(&self) -> &'a Problem {
        self.problem
    }

    fn stage(&self, index: usize) -> &Stage<'a> {
        let (digits, symbolic) = STAGES[index];
        self.stages[index]
            .get_or_init(|| Stage::new(self.problem, self.place, self.known.clone(), digits, symbolic))
    }

    /// The truth of a claim.
    pub fn judge(&self, formula: &Formula) -> Truth {
        // More digits of a prediction do not sharpen a measurement.
        let measured = matches!(self.place, Place::Trained(_));
        let last = if measured || self.problem.classes() > MAX_REFINED { 1 } else { STAGES.len() };
        let mut truth = evaluate::truth(formula, self.stage(0));
        for index in 1..last {
            if !truth.may_settle() {
                break;
            }
            truth = evaluate::truth(formula, self.stage(index));
        }
        truth
    }

    /// The claim on the trained network; `None` for another place.
    pub fn measure(&self, formula: &Formula) -> Option<Measured> {
        let Place::Trained(trained) = self.place else { return None };
        // With algebra, for the parts of the claim that are not measured.
        let stage = self.stage(1);
        let truth = evaluate::truth(formula, stage);
        Some(Measured { truth, residual: stage.residual(), tolerance: trained.tolerance() })
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
