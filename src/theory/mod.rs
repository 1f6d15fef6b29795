//! The theory: what the optimum of a problem is, proven.

pub mod block;
pub mod budget;
pub mod choice;
pub mod closed_form;
pub mod convex;
pub mod cross_entropy;
pub(crate) mod curvature;
mod eigenvectors;
pub mod founding;
pub mod geometry;
pub mod inertia;
pub mod known;
pub mod landscape;
pub mod mode;
pub mod optimum;
pub mod phase;
pub mod prediction;
pub mod secular;
pub mod shrinkage;
pub mod spectrum;
pub mod targets;

pub use crate::case::Uniqueness;
pub use budget::Budget;
pub use geometry::{ClassFate, ClassRow, Gram};
pub use known::{Kind, Known};
pub use mode::{Band, Law, Preference};
pub use optimum::{Fate, OptimalMode, Optimum};
pub use prediction::{Detail, GramDetail, Prediction};

#[cfg(test)]
mod tests;
