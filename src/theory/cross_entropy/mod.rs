//! Cross-entropy: what is proved about its optimum.
//!
//! - One layer, any counts, any bias: the problem is convex; a dual point and an explicit network enclose `f*`.
//!   Equal counts: the closed form (Zhu et al. 2021), with proven digits.
//! - More layers, equal counts: the best simplex frame, and the best network known. If that is better than every
//!   frame and zero, the statement "every optimum is a simplex frame" is refuted. For two classes it is proved.
//! - Everything else is open, with the reason.
//!
//! Proposals come from `hints`; a bound is proved here from rational data, whatever proposed it.

pub mod budget;
pub mod deep;
pub mod dual;
pub mod grid;
pub mod point;
pub mod shallow;
pub mod simplex;
mod stable;
pub mod zero;

use budget::BITS;
pub use budget::Budget;
pub use deep::{Best, Deep, Finding, Simplex};
pub use shallow::{Closed, Shallow};

use crate::case::Problem;
use crate::exact::{SPARE_BITS, bits_for};
use std::sync::Arc;

/// What is known about a cross-entropy problem.
#[derive(Debug, Clone)]
pub enum CrossEntropy {
    /// One layer.
    Shallow(Arc<Shallow>),
    /// More layers, equal counts.
    Deep(Arc<Deep>),
    /// Nothing, and why.
    Open(String),
}

impl CrossEntropy {
    /// What is known about a cross-entropy problem, to `digits` digits where a closed form gives them.
    pub fn of(problem: &Problem, digits: usize) -> Self {
        #[cfg(test)]
        super::known::solved::note(digits);
        let bits = BITS.max(bits_for(digits, SPARE_BITS));
        Self::within(problem, &Budget { bits, ..Budget::default() })
    }

    /// What a budget finds out. With less, more is open; what is said stays true.
    pub fn within(problem: &Problem, budget: &Budget) -> Self {
        let counts = problem.counts();
        let balanced = counts.iter().all(|n| *n == counts[0]);
        let k = problem.classes();
        if k == 1 {
            return Self::Open("one class: the loss is zero".to_owned());
        }
        if problem.depth() > 1 {
            return match balanced {
                true => Self::Deep(Arc::new(Deep::of(problem, budget))),
                false => {
                    Self::Open("no theory is known for more than one layer and unequal counts".to_owned())
                }
            };
        }
        if k > budget.convex_classes {
            return Self::Open(format!(
                "the convex problem is solved up to {} classes",
                budget.convex_classes
            ));
        }
        let shallow = match balanced {
            true => Shallow::balanced(problem, budget.bits),
            false => Shallow::of(problem, budget),
        };
        match shallow {
            Some(shallow) => Self::Shallow(Arc::new(shallow)),
            None => Self::Open("the numerical search proposed nothing that could be proved".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
