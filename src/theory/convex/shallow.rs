//! One layer: the convex problem, enclosed by a dual point and a network, or in closed form.

use super::closed::{Balanced, Closed};
use super::dual::Dual;
use super::facts::Facts;
use super::point::Point;
use super::stable::stable;
use crate::case::Problem;
use crate::exact::{Enclosure, Rational};
use crate::hints::convex::{self, Convex};

/// What the search for an enclosure may cost.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Working precision, in bits.
    pub bits: u32,
    /// Pulls towards the targets at most that may make a dual point provable.
    pub pulls: usize,
    /// The numerical search.
    pub search: convex::Budget,
}

/// One layer: the convex problem.
#[derive(Debug, Clone)]
pub struct Shallow {
    /// `f*`: between the dual bound and the network's objective. `None` while the widths leave it open.
    pub objective: Option<Enclosure>,
    /// A proven lower bound of `f*`, whatever the widths.
    pub floor: Rational,
    /// The closed form, where there is one.
    pub closed: Option<Closed>,
    /// What is known exactly beside it.
    pub facts: Facts,
    /// The dual point behind the lower end.
    pub dual: Dual,
    /// The network behind the upper end.
    pub point: Point,
    /// Why the optimum is open, if it is.
    pub open: Option<String>,
}

impl Shallow {
    /// The problem in closed form, or from a numerical optimum.
    pub(in crate::theory) fn of(problem: &Problem, budget: &Budget) -> Option<Self> {
        let (closed, dual, point) = match Closed::of(problem, budget.bits) {
            Some((closed, dual, point)) => (Some(closed), dual, point),
            None => {
                let found = Convex::of(problem, &budget.search)?;
                let dual = Dual::of(problem, &found, budget.pulls)?;
                (None, dual, Point::of(problem, &found.modes, &found.bias))
            }
        };
        let (objective, floor) = match &closed {
            Some(closed) => (closed.objective().clone(), closed.objective().lower()),
            None => {
                let low = dual.bound(problem, budget.bits)?.lower();
                let high = point.objective(problem, budget.bits)?.upper();
                let room = if problem.has_plain_loss() { 2 } else { 1 };
                (stable(&low, &high, room, budget.bits), low)
            }
        };
        let facts = match &closed {
            Some(Closed::Orthant(form)) => Facts::orthant(form.strengths.iter().map(Enclosure::is_zero)),
            _ => Facts::of(problem, budget.bits),
        };
        let mut shallow = Self { objective: Some(objective), floor, closed, facts, dual, point, open: None };
        shallow.judge_width(problem);
        Some(shallow)
    }

    /// The closed form of equal counts under cross-entropy.
    pub fn balanced(&self) -> Option<&Balanced> {
        self.closed.as_ref().and_then(Closed::balanced)
    }

    fn judge_width(&mut self, problem: &Problem) {
        let (needed, room) = (self.point.rank(), problem.rank_budget());
        if needed > room {
            self.objective = None;
            self.closed = None;
            self.facts = Facts::default();
            self.open = Some(format!(
                "the optimum without width limits needs rank {needed}, the widths leave {room}"
            ));
        }
    }

    /// The enclosure of `f*` that the dual point and the network prove, without the closed form.
    pub fn enclosed(&self, problem: &Problem, bits: u32) -> Option<(Rational, Rational)> {
        Some((self.dual.bound(problem, bits)?.lower(), self.point.objective(problem, bits)?.upper()))
    }
}
