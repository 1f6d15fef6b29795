//! Theorems as data: statements with hypotheses and claims, judged on the proven optimum.
//!
//! - [`language`] reads hypotheses and claims; every mistake has its place.
//! - [`Judge`] evaluates them on a problem, on enclosures refined on demand: proved, refuted, agrees to some digits,
//!   or undecided with a reason ([`Truth`]). Equalities of irrational numbers are proved by algebra ([`form`]).
//! - A claim may also be judged at a critical point, or measured on a trained network ([`place`]); the language asks
//!   a point and never which kind it is.
//! - What a judge may spend is its [`Budget`].
//! - [`catalogue`] holds the theorems, one file each; [`falsify`] searches for problems that refute one.
//!
//! A published theorem is a claim, not a source of truth: nothing here is assumed because a paper says it.

mod budget;
pub mod catalogue;
mod evaluate;
mod facts;
pub mod falsify;
pub mod form;
mod judge;
pub mod language;
mod number;
pub mod place;
mod point;
mod stage;
pub mod tally;
mod trained;
mod truth;
mod value;

pub use budget::{Budget, Precision};
pub use catalogue::{Applicability, Theorem, TheoremFinding};
pub use judge::Judge;
pub use place::{Measured, Place};
pub use tally::TheoremCounts;
pub use truth::{Doubt, Truth};
