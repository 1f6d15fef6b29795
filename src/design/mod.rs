//! The inverse question: which regularisation makes the optimum as wished?
//!
//! Given counts, widths and bias (mean squared error, one-hot targets), find weights `λ_1 … λ_M, λ_H` with which every
//! mode is kept, margins reach floors and norms stay below caps, with the largest product `Λ` (ties broken towards equal
//! weights), or with the least change `Σ |ln λ − ln λ⁰|` of given ones.
//!
//! - The **margin** of class `k` is the logit of its mean on itself; without a bias that is its shrinkage `u_k`, and
//!   the other logits are 0.
//! - Proposals come from linear programs in `ln λ` ([`crate::hints::regularization`], which says what is linear and
//!   what is not). They are rounded inwards to short decimals, and an answer is given only if the exact prediction
//!   proves every wish.
//! - That no regularisation has a noticeably larger product is proved too: margins fall with `Λ` and depend on
//!   nothing else, so one product at which a floor fails bounds all.
//! - A refusal names wishes that conflict, none of which can be left out, and is proved. With each weight fixed the
//!   prediction decides. Otherwise some factors are free and each of them is capped (one without a cap could take all
//!   of the product): at a product `Λ⁺` where a floor fails, the product of `‖·‖²/cap²` over the free factors is the same
//!   for every split; if it is above 1 then no split meets the caps there, and none does below, because
//!   `Λ Π_j A_j(Λ)⁻¹` increases (each `ln A_j` rises by less than `1/L` of `ln Λ`, see the hints).

mod answer;
mod conflict;
mod question;
mod search;
mod standing;
mod wish;

pub use answer::{Answer, Because, Conflict, Found};
pub use search::{design, within};
pub use standing::{Failure, factor_norm};
pub use wish::{Asked, Factor, Request, Wish, WishMistake};

/// How much work an answer may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Significant digits at most of a weight that is not given.
    pub digits: i64,
    /// Products at most that are tried for a proof, nearest to the proposed one first.
    pub tries: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { digits: 15, tries: 5 }
    }
}
