//! When zero is proved to be the optimum of a balanced problem of any depth.
//!
//! The loss is convex in the logits and at least `ln K − ‖Z‖_*/(K√n)` (its gradient at zero has that spectral norm,
//! and none along the bias), and at least 0. The penalty is at least `P ‖Z‖_*^{2/L}` with `P = (L/2) Λ^{1/L}`. So `f` is
//! at least the least value of `max(0, ln K − s/(K√n)) + P s^{2/L}`: concave up to `s = K√n ln K` and rising after it,
//! so least at one of the two ends. Zero is optimal if the second end is no better:
//!
//! ```text
//! (L/2)^L Λ K² n (ln K)² ≥ (ln K)^L
//! ```
//!
//! For one layer this is the known exact condition `n λ_W λ_H K² ≥ 1`.

use crate::case::Problem;
use crate::exact::{Enclosure, power, whole};
use std::cmp::Ordering;

/// Whether the condition is proved to hold. Counts are equal, at least two classes.
pub fn is_optimal(problem: &Problem, bits: u32) -> bool {
    let l = u32::try_from(problem.depth() + 1).expect("depth is limited");
    let q = |n: u64| whole(n);
    let (k, n) = (q(problem.classes() as u64), q(problem.counts()[0]));
    let half = power(&(whole(l) / whole(2)), l);
    let size = Enclosure::from(half * problem.regularization_product() * &k * &k * n);
    let Some(ln) = Enclosure::from(k).ln(bits) else { return false };
    // Divided by (ln K)², so that one layer is compared exactly.
    matches!(size.compare(&ln.pow(l - 2)), Some(Ordering::Greater | Ordering::Equal))
}
