//! The optimum of one-layer cross-entropy with free features, in floats.
//!
//! For `K` classes with counts `n_k`, `N = Σ n_k`, `D = diag(n)`, class logits `Z` (`K × K`, column `k` for the
//! samples of class `k`) and an optional unregularised bias `b`, minimises the convex
//!
//! ```text
//! f(Z, b) = Σ_k (n_k/N) CE(Z_k + b, k) + τ ‖Z D^{1/2}‖_*
//! ```
//!
//! whose dual certificate is `M = (I − P) D^{1/2}/N` with `‖M‖₂ ≤ τ`, the columns of `P` being the softmax of
//! `Z_k + b`, and `M n^{1/2} = 0` if there is a bias.
//!
//! With `Z D^{1/2} = A Bᵀ` the norm is the least `(‖A‖² + ‖B‖²)/2`, and
//!
//! ```text
//! ∂A = τ A − M B        ∂B = τ B − Mᵀ A        ∂b = −M n^{1/2}
//! ```
//!
//! A trust-region Newton method solves for the factors at the width of the support: the directions of `M` beyond
//! `τ` join it, those which fade leave it. The answers are candidates only: nothing here is proved.

mod newton;
mod problem;

use crate::case;
use crate::float::{Svd, Triple, singular_values};
use faer::Mat;
pub use newton::Steps;
use num_traits::ToPrimitive;
use problem::{Problem, Softmax, centre, dot};

/// A violation below this is rounding.
const MET: f64 = 1e-14;

/// Strengths below this part of the largest have faded.
const FADED: f64 = 1e-9;

/// What a singular value of `M` beyond `τ` must exceed to count, in parts of `τ`.
const EXCESS: f64 = 1e-12;

/// How far beyond its own optimum a new mode starts: the others will yield.
const OVERSHOOT: f64 = 10.0;

/// Strengths below this part of the largest may only seem not to have faded.
const WEAK: f64 = 1e-4;

/// What the search may cost.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Steps at one width.
    pub steps: Steps,
    /// Changes of width.
    pub stages: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: Steps { newton: 300, inner: 4000 }, stages: 12 }
    }
}

/// A point which is optimal up to rounding, as far as floats can tell.
#[derive(Debug, Clone)]
pub struct Convex {
    /// `Z`, `K × K` by columns.
    pub logits: Vec<f64>,
    /// `b`, which sums to zero; zeros if there is none.
    pub bias: Vec<f64>,
    /// `P`, `K × K` by columns.
    pub probabilities: Vec<f64>,
    /// The decomposition of `Z D^{1/2}`: strengths which have not faded, largest first.
    pub modes: Vec<Triple>,
    /// `f(Z, b)`.
    pub objective: f64,
    /// `max(0, ‖M‖₂/τ − 1)`.
    pub violation: f64,
    /// `f(Z, b)` less the entropy `Σ_k (n_k/N) H(P_k)`, which without violation and imbalance is a lower bound.
    pub gap: f64,
    /// The largest entry of `|M n^{1/2}|`, the derivative by the bias; zero if there is none.
    pub imbalance: f64,
}

/// The optimum for class counts and the threshold `τ = √(λ_W λ_H)`, with or without a bias.
///
/// Violation, imbalance and gap are of the order of rounding, except where a strength is about to appear or to
/// vanish: within a part of `10⁻⁷` of such a `τ` they may reach some `10⁻⁹`.
///
/// `None` unless the counts and `τ` are positive and finite, or if a decomposition does not converge.
fn convex_cross_entropy(counts: &[f64], τ: f64, bias: bool, budget: &Budget) -> Option<Convex> {
    let valid = |x: &f64| x.is_finite() && *x > 0.0;
    if counts.is_empty() || !counts.iter().all(valid) || !valid(&τ) {
        return None;
    }
    let problem = Problem::new(counts, τ, bias);
    let (mut best, softmax) = problem.assess(problem.zero())?;
    if best.violation <= MET {
        return Some(best);
    }
    let mut state = problem.start(&best, &softmax.slack)?;
    let mut failures = 0;
    for _ in 0..budget.stages {
        let width = problem.width(&state);
        let Some((found, softmax)) = problem.assess(problem.descend(state, budget.steps).state) else {
            break;
        };
        let (defect, before) = (found.defect(), best.defect());
        if found.modes.len() == width && defect <= MET {
            return Some(found);
        }
        failures = if defect <= before / 2.0 { 0 } else { failures + 1 };
        if failures > 2 {
            break;
        }
        // After a failure the weak modes leave; the stage after that takes back those which are missed.
        let cut = if failures == 1 { WEAK } else { FADED };
        state = problem.restart(&found, &softmax, cut)?;
        if defect <= before.max(MET) {
            best = found;
        }
    }
    Some(best)
}

impl Convex {
    /// The optimum of a problem with one layer; `None` as for the numbers of the problem that leave the floats, or if a
    /// decomposition does not converge.
    pub fn of(problem: &case::Problem, budget: &Budget) -> Option<Self> {
        let counts: Vec<f64> = problem.counts().iter().map(|n| *n as f64).collect();
        let τ = problem.regularization_product().to_f64()?.sqrt();
        convex_cross_entropy(&counts, τ, problem.bias() == case::Bias::LastLayer, budget)
    }

    /// How far the point is from optimal; a number that is not one counts as far.
    fn defect(&self) -> f64 {
        let defect = self.violation.max(self.imbalance).max(self.gap.abs() / self.objective);
        if defect.is_nan() { f64::INFINITY } else { defect }
    }
}

impl Problem {
    /// The answer a state stands for, with its softmax.
    fn assess(&self, mut state: Vec<f64>) -> Option<(Convex, Softmax)> {
        let (size, factors) = (self.classes(), state.len() - self.biases());
        centre(&mut state[factors..]);
        let (a, b, bias) = self.split(&state);
        let scaled = a * b.transpose();
        let softmax = self.softmax(&self.biased(&scaled, bias));
        let mut modes = Svd::of(scaled.as_ref())?.triples();
        let top = modes.first().map_or(0.0, |m| m.singular_value);
        let nuclear: f64 = modes.iter().map(|m| m.singular_value).sum();
        let objective = softmax.loss + self.τ * nuclear;
        modes.retain(|m| m.singular_value > FADED * top);
        let largest = singular_values(softmax.slack.as_ref())?.into_iter().fold(0.0, f64::max);
        let imbalance = if self.bias { self.balance(&softmax.slack) } else { Vec::new() };
        let by_columns = |m: &Mat<f64>| (0..size).flat_map(|k| m.col_as_slice(k).to_vec()).collect();
        let found = Convex {
            logits: by_columns(&Mat::from_fn(size, size, |i, k| scaled[(i, k)] / self.roots[k])),
            bias: (0..size).map(|i| bias.get(i).copied().unwrap_or(0.0)).collect(),
            probabilities: by_columns(&softmax.shares),
            objective,
            gap: objective - self.entropy(&softmax),
            modes,
            violation: (largest / self.τ - 1.0).max(0.0),
            imbalance: imbalance.into_iter().map(f64::abs).fold(0.0, f64::max),
        };
        Some((found, softmax))
    }

    /// A state whose `A Bᵀ` has the given modes.
    fn state(&self, modes: &[Triple], bias: &[f64]) -> Vec<f64> {
        let side = |pick: fn(&Triple) -> &Vec<f64>| {
            modes.iter().flat_map(move |m| pick(m).iter().map(|x| x * m.singular_value.sqrt()))
        };
        let factors = side(|m| &m.left).chain(side(|m| &m.right));
        factors.chain(bias.iter().take(self.biases()).copied()).collect()
    }

    /// The multiple of the descent direction at zero after which doubling no longer helps.
    fn start(&self, zero: &Convex, slack: &Mat<f64>) -> Option<Vec<f64>> {
        let modes = Svd::of(slack.as_ref())?.triples();
        let top = modes[0].singular_value;
        let at = |size: f64| {
            let scaled: Vec<Triple> = modes
                .iter()
                .filter(|m| m.singular_value > 1e-12 * top)
                .map(|m| Triple { singular_value: m.singular_value * size, ..m.clone() })
                .collect();
            self.point(self.state(&scaled, &zero.bias))
        };
        let mut point = at(self.samples);
        for doublings in 1..60 {
            let next = at(self.samples * f64::from(doublings).exp2());
            if next.objective.is_nan() || next.objective >= point.objective {
                break;
            }
            point = next;
        }
        Some(point.state)
    }

    /// A strength beyond the one at which a mode of `M` would meet `τ`: Newton's method comes back from above.
    fn reach(&self, softmax: &Softmax, mode: &Triple) -> f64 {
        let size = self.classes();
        let mut change = Mat::from_fn(size, size, |i, k| mode.left[i] * mode.right[k]);
        self.slack_change(&softmax.shares, &mut change, &[]);
        let column = |k: usize| -mode.right[k] * dot(&mode.left, change.col_as_slice(k));
        let curvature: f64 = (0..size).map(column).sum();
        OVERSHOOT * (mode.singular_value - self.τ) / curvature
    }

    /// The modes above a part of the largest, with the directions along which the objective still falls.
    fn restart(&self, found: &Convex, softmax: &Softmax, cut: f64) -> Option<Vec<f64>> {
        let top = found.modes.first().map_or(0.0, |m| m.singular_value);
        let mut modes = found.modes.clone();
        modes.retain(|m| m.singular_value > cut * top);
        let fresh = Svd::of(softmax.slack.as_ref())?.triples().into_iter().filter(|m| {
            let overlap: f64 = found.modes.iter().map(|own| dot(&own.left, &m.left).powi(2)).sum();
            m.singular_value > self.τ * (1.0 + EXCESS) && overlap < 0.5
        });
        modes.extend(fresh.map(|m| Triple { singular_value: self.reach(softmax, &m), ..m }));
        Some(self.state(&modes, &found.bias))
    }
}

#[cfg(test)]
mod tests;
