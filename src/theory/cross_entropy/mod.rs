//! Cross-entropy: what is proved about its optimum.
//!
//! - One layer, any counts, any bias: the problem is convex; a dual point and an explicit network enclose `f*`.
//!   Equal counts: the closed form (Zhu et al. 2021), with proven digits.
//! - More layers, equal counts: the best simplex frame, and the best network known. If that is better than every
//!   frame and zero, the statement "every optimum is a simplex frame" is refuted. For two classes it is proved, and
//!   for three and four by a tree of cells where it holds; where it does not, the tree encloses the optimum.
//! - Everything else is open, with the reason ([`super::Known`] decides).
//!
//! Proposals come from `hints`; a bound is proved here from rational data, whatever proposed it.

pub mod budget;
pub mod deep;
pub mod dual;
pub mod global;
pub mod grid;
pub mod phases;
pub mod point;
pub mod shallow;
pub mod simplex;
mod stable;
pub mod zero;

pub use crate::hints::optimality::Cells;
pub use budget::Budget;
pub use deep::{Best, Deep, Finding, Simplex};
pub use global::frame_interval_within;
pub use phases::{Phase, Phases};
pub use shallow::{Closed, Shallow};

#[cfg(test)]
mod tests;
