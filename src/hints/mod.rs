//! Float solvers whose answers are only candidates: whatever they say is proved by exact code or marked measured.

pub mod convex;
pub mod deep_cross_entropy;
pub mod ldl;
mod number;
pub mod optimality;
pub mod rank_budget;
pub mod regularization;
pub mod secular;
pub mod shrinkage;
pub mod spectrum;

pub use number::{candidate, exponential, log_of, rounded};
