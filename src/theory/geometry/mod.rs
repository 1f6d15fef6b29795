//! The optimal geometry: norms, logits and Gram matrices of features, classifier and logits, enclosed.
//!
//! With `P_i` the projector onto a mode's directions and `T̄` the class targets as the problem sees them:
//!
//! ```text
//! classifier   W_M W_Mᵀ  = Σ_i μ_i u_i (1 − u_i)/(N λ_M) P_i
//! logits       class means = (Σ_i u_i P_i) T̄ + b 1ᵀ
//! features     H̄ᵀ H̄     = T̄ᵀ (Σ_i u_i (1 − u_i)/(N λ_H) P_i) T̄
//! ```
//!
//! For one-hot targets `P_i T̄ = μ_i P_i D⁻¹`, and everything is constant on groups of equal classes.

mod class;
mod dense;
mod gram;
mod modes;

pub use class::{ClassFate, ClassRow, Measures, class_rows};
pub use gram::{Gram, gram};
pub use modes::secular_vector;
