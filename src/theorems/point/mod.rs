//! The point that a claim is judged at, at one precision. Claims ask a [`Point`] and never which kind it is:
//!
//! - [`modes`]: the optimum of the mean squared error, or one of its critical points;
//! - [`frame`]: the optimum of cross-entropy, where it is a proven simplex frame;
//! - [`direct`]: one layer in closed form: squares with weights or a regularised bias, features of at least 0;
//! - [`network`]: a trained network, whose numbers are measured.
//!
//! Classes count from 0, layers and modes from 1.

mod direct;
mod frame;
mod modes;
mod network;

use super::facts::Facts;
use super::form::Relations;
use super::number::Number;
use super::place::Place;
use super::truth::{Evaluated, Truth, open};
use super::value::{Pairing, Which};
use crate::case::{Loss, Problem, Uniqueness};
use direct::Direct;
use frame::SimplexFrame;
use modes::Modes;
use network::Network;
use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

/// The point of a problem that a place names.
pub fn at<'a>(facts: &Rc<Facts<'a>>, place: &'a Place) -> Box<dyn Point + 'a> {
    let optimum = || -> Box<dyn Point + 'a> {
        match facts.problem.loss() {
            Loss::Mse if facts.problem.has_plain_loss() => Box::new(Modes::optimal(facts.clone())),
            Loss::CrossEntropy if !facts.problem.terms().nonnegative => {
                Box::new(SimplexFrame::new(facts.clone()))
            }
            _ => Box::new(Direct::new(facts.clone())),
        }
    };
    match place {
        Place::Optimum => optimum(),
        Place::CriticalPoint(choices) => Box::new(Modes::critical(facts.clone(), choices)),
        Place::Trained(trained) => Box::new(Network::new(facts.clone(), trained, optimum())),
    }
}

/// What a claim may ask of a point. Every answer encloses the true value; what is not determined there is open.
pub trait Point: fmt::Debug {
    /// How far the problem's optimum is unique, wherever this point is.
    fn uniqueness(&self) -> Evaluated<Uniqueness>;

    /// What zero or the best simplex frame costs under cross-entropy, whichever is less, wherever this point is.
    fn simplex_objective(&self) -> Evaluated<Number> {
        open("the simplex objective is that of cross-entropy")
    }

    /// The objective.
    fn objective(&self) -> Evaluated<Number>;

    /// Number of modes that are not zero.
    fn active(&self) -> Evaluated<usize>;

    /// `u_i`.
    fn shrinkage(&self, i: i64) -> Evaluated<Number>;

    /// Whether mode `i` is not zero.
    fn kept(&self, i: i64) -> Evaluated<bool>;

    /// The energy of each factor, `λ_l ‖W_l‖² = λ_H ‖H‖²`.
    fn energy(&self) -> Evaluated<Number>;

    /// The singular value of a factor for mode `i`; zero if the mode is lost.
    fn strength(&self, which: Which, i: i64) -> Evaluated<Number>;

    /// The squared norm of a factor.
    fn norm_sq(&self, which: Which) -> Evaluated<Number>;

    /// An inner product of class vectors.
    fn inner(&self, pairing: Pairing, j: usize, k: usize) -> Evaluated<Number>;

    /// The logit of class `k` on `j`, with the bias.
    fn logit(&self, j: usize, k: usize) -> Evaluated<Number>;

    /// The trace and the squared norm of the class means' logits, where a tie leaves the logits open.
    fn invariants(&self) -> Evaluated<(Number, Number)> {
        open("a tie leaves the geometry open")
    }

    /// The probability of output `j` for class `k`.
    fn probability(&self, _j: usize, _k: usize) -> Evaluated<Number> {
        open("probabilities are known of simplex frames and of trained networks")
    }

    /// `P_kk − P_jk` for two classes that may be swapped.
    fn gap(&self, _j: usize, _k: usize) -> Evaluated<Number> {
        open("the gap is known for classes that may be swapped, with one layer of cross-entropy")
    }

    /// Whether class `k` has a zero mean feature.
    fn collapsed(&self, k: usize) -> Evaluated<bool>;

    /// Whether classes `j` and `k` have the same mean feature.
    fn merged(&self, j: usize, k: usize) -> Evaluated<bool>;

    /// Whether two numbers are equal.
    fn equals(&self, x: &Number, y: &Number, relations: Option<&Relations>) -> Truth {
        x.equals(y, relations)
    }

    /// Whether the order of two numbers is one that fits.
    fn ordered(
        &self,
        x: &Number,
        y: &Number,
        relations: Option<&Relations>,
        fits: fn(Ordering) -> bool,
    ) -> Truth {
        x.compare(y, relations).map_or_else(Truth::from, |order| fits(order).into())
    }

    /// Whether a squared length counts as zero.
    fn vanishes(&self, x: &Number) -> bool {
        x.is_zero()
    }

    /// Forgets the residual of the evaluation before.
    fn restart(&self) {}

    /// The residual of the evaluation so far, and up to which residual numbers agree; `None` where numbers are proven.
    fn residual(&self) -> Option<(f64, f64)> {
        None
    }
}

/// The class means' share of a squared norm, class by class.
fn norm_of_means(point: &dyn Point, problem: &Problem, m: usize) -> Evaluated<Number> {
    let mut total = Number::from(0);
    for k in 0..problem.classes() {
        total = total.plus(&point.inner(Pairing::Columns(m), k, k)?);
    }
    Ok(total)
}
