//! Cross-entropy: what is proved about its optimum.
//!
//! - One layer: the problem is convex ([`super::convex`]).
//! - More layers, equal counts: the best simplex frame, and the best network known. If that is better than every
//!   frame and zero, the statement "every optimum is a simplex frame" is refuted. For two classes it is proved, and
//!   for three and four by a tree of cells where it holds; where it does not, the tree encloses the optimum.
//! - Everything else is open, with the reason ([`super::Known`] decides).
//!
//! Proposals come from `hints`; a bound is proved here from rational data, whatever proposed it.

pub mod budget;
pub mod deep;
pub mod global;
pub mod phases;
pub mod simplex;
pub mod zero;

pub use crate::hints::optimality::Cells;
pub use budget::Budget;
pub use deep::{Best, Deep, Finding, Simplex};
pub use global::frame_interval_within;
pub use phases::{Phase, Phases};

#[cfg(test)]
mod tests;
