//! One layer with a loss that is convex in the logits: cross-entropy with any targets, weights and adjusted logits, and the
//! mean squared error with weights or a regularised bias. A dual point and an explicit network enclose the optimum; some
//! problems have closed forms, and of cross-entropy it is known which classes merge and whether everything vanishes.
//!
//! With class weights `ω_k`, targets `s_k`, scales `δ_k`, shifts `ι_k` (all plain under squares) the problem is
//!
//! ```text
//! min Σ_k (n_kω_k/N) ℓ_k(z_k + b) + √Λ ‖Z D^{1/2}‖_* + λ_b/2 ‖b‖²
//! ```
//!
//! Proposals come from `hints`; a bound is proved here from rational data, whatever proposed it.

mod balance;
pub mod closed;
pub mod dual;
pub mod facts;
pub mod grid;
pub mod orthant;
pub mod plan;
pub mod point;
mod residual;
pub mod shallow;
pub mod stable;

pub use closed::Closed;
pub use facts::Facts;
pub use shallow::Shallow;

#[cfg(test)]
mod tests;
