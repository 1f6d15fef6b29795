//! The optimum of one layer with free features whose loss is convex in the logits, in floats.
//!
//! For classes (groups of samples with one target `s_k` of `K` numbers) with counts `n_k` and weights `ω_k`, `N = Σ n_k`,
//! `D = diag(n)`, logits `Z` (a column a class) and an optional bias `b`, free or with `λ_b > 0`, minimises the convex
//!
//! ```text
//! f(Z, b) = Σ_k (n_kω_k/N) ℓ_k(Z_k + b) + τ ‖Z D^{1/2}‖_* + λ_b/2 ‖b‖²
//! ```
//!
//! where `ℓ_k(z)` is the cross-entropy of `s_k` and the softmax of `δ_k ⊙ z + ι_k`, or `‖z − s_k‖²/2`. The dual certificate
//! is `M`, with columns `√n_k (ω_k/N) δ_k ⊙ (s_k − P_k)`, and `‖M‖₂ ≤ τ`; the columns of `P` are the softmax, or `Z_k + b`.
//! `M n^{1/2} = λ_b b` if there is a bias.
//!
//! With `Z D^{1/2} = A Bᵀ` the norm is the least `(‖A‖² + ‖B‖²)/2`, and
//!
//! ```text
//! ∂A = τ A − M B        ∂B = τ B − Mᵀ A        ∂b = λ_b b − M n^{1/2}
//! ```
//!
//! A trust-region Newton method solves for the factors at the width of the support: the directions of `M` beyond
//! `τ` join it, those which fade leave it. The answers are candidates only: nothing here is proved.

mod newton;
mod problem;

use crate::case;
use crate::exact::Rational;
use crate::float::{Svd, Triple, singular_values};
use faer::Mat;
pub use newton::Steps;
use num_traits::{One, ToPrimitive, Zero};
use problem::{Loss, Problem, Softmax, centre, dot};

/// A violation below this is rounding.
const MET: f64 = 1e-14;

/// What the search of a bias alone may leave where its objective is not the plain one.
const FLAT: f64 = 1e-12;

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
    /// `Z`, a column of `K` numbers a class.
    pub logits: Vec<f64>,
    /// `b`, zeros if there is none; it sums to zero where that is free.
    pub bias: Vec<f64>,
    /// `P`, a column of `K` numbers a class; for squares, the logits with the bias.
    pub probabilities: Vec<f64>,
    /// The decomposition of `Z D^{1/2}`: strengths which have not faded, largest first.
    pub modes: Vec<Triple>,
    /// `f(Z, b)`.
    pub objective: f64,
    /// `max(0, ‖M‖₂/τ − 1)`.
    pub violation: f64,
    /// `f(Z, b)` less the dual objective, which without violation and imbalance is a lower bound.
    pub gap: f64,
    /// The largest derivative by the bias, in size; zero if there is none.
    pub imbalance: f64,
}

/// The optimum of a problem.
///
/// Violation, imbalance and gap are of the order of rounding, except where a strength is about to appear or to
/// vanish: within a part of `10⁻⁷` of such a `τ` they may reach some `10⁻⁹`.
///
/// `None` unless counts, weights, scales and `τ` are positive and finite, or if a decomposition does not converge.
fn convex(problem: &Problem, budget: &Budget) -> Option<Convex> {
    let valid = |x: &f64| x.is_finite() && *x > 0.0;
    let finite = |m: &Mat<f64>| (0..m.ncols()).all(|j| m.col_as_slice(j).iter().all(|x| x.is_finite()));
    let positive = |m: &Mat<f64>| (0..m.ncols()).all(|j| m.col_as_slice(j).iter().all(valid));
    let sound = !problem.counts.is_empty()
        && problem.counts.iter().chain(&problem.weights).chain([&problem.τ]).all(valid)
        && problem.scale.iter().all(positive)
        && problem.shift.iter().chain([&problem.targets]).all(finite)
        && problem.bias.is_none_or(f64::is_finite);
    if !sound {
        return None;
    }
    let (mut best, softmax) = problem.assess(problem.zero(budget.steps))?;
    if best.violation <= MET && (problem.is_plain() || best.defect() <= FLAT) {
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

/// A case's problem with one layer, in floats.
fn question(problem: &case::Problem) -> Option<Problem> {
    let counts: Vec<f64> = problem.counts().iter().map(|n| *n as f64).collect();
    let τ = problem.regularization_product().to_f64()?.sqrt();
    let (terms, targets) = (problem.terms(), problem.targets());
    let mut question = Problem::new(&counts, τ, problem.bias() == case::Bias::LastLayer);
    let matrix = |columns: &[Vec<Rational>]| {
        let entry = |i: usize, k: usize| columns[k][i].to_f64().unwrap_or(f64::NAN);
        Mat::from_fn(problem.outputs(), columns.len(), entry)
    };
    if let case::Targets::Columns(columns) = targets {
        question.targets = matrix(columns);
        let one = |column: &Vec<Rational>| {
            column
                .iter()
                .position(One::is_one)
                .filter(|_| column.iter().filter(|x| !x.is_zero()).count() == 1)
        };
        question.own = columns.iter().map(one).collect();
    }
    if problem.loss() == case::Loss::Mse {
        question.loss = Loss::Squares;
    }
    if !terms.class_weights.is_empty() {
        question.weights = terms.class_weights.iter().map(|ω| ω.to_f64().unwrap_or(f64::NAN)).collect();
    }
    if let Some(λ) = &terms.bias {
        question.bias = Some(λ.to_f64()?);
    }
    let some = |columns: &Vec<Vec<Rational>>| (!columns.is_empty()).then(|| matrix(columns));
    (question.scale, question.shift) = (some(&terms.logit_scale), some(&terms.logit_shift));
    Some(question)
}

impl Convex {
    /// The optimum of a problem with one layer; `None` as for the numbers of the problem that leave the floats, or if a
    /// decomposition does not converge.
    pub fn of(problem: &case::Problem, budget: &Budget) -> Option<Self> {
        convex(&question(problem)?, budget)
    }

    /// How far the point is from optimal; a number that is not one counts as far.
    fn defect(&self) -> f64 {
        let size = self.objective.abs().max(f64::MIN_POSITIVE);
        let defect = self.violation.max(self.imbalance).max(self.gap.abs() / size);
        if defect.is_nan() { f64::INFINITY } else { defect }
    }
}

impl Problem {
    /// No logits but the best bias: the logarithms of the counts where that is plain, a search otherwise.
    fn zero(&self, steps: Steps) -> Vec<f64> {
        if self.is_plain() {
            let mut bias: Vec<f64> = self.counts.iter().take(self.biases()).map(|n| n.ln()).collect();
            centre(&mut bias);
            return bias;
        }
        let none = vec![0.0; self.biases()];
        if none.is_empty() { none } else { self.descend(none, steps).state }
    }

    /// The answer a state stands for, with its softmax.
    fn assess(&self, mut state: Vec<f64>) -> Option<(Convex, Softmax)> {
        let (outputs, classes, factors) = (self.outputs(), self.classes(), state.len() - self.biases());
        if self.is_centred() {
            centre(&mut state[factors..]);
        }
        let (a, b, bias) = self.split(&state);
        let scaled = a * b.transpose();
        let softmax = self.softmax(&self.biased(&scaled, bias));
        let mut modes = Svd::of(scaled.as_ref())?.triples();
        let top = modes.first().map_or(0.0, |m| m.singular_value);
        let nuclear: f64 = modes.iter().map(|m| m.singular_value).sum();
        let ridge = self.bias.filter(|λ| *λ > 0.0).map_or(0.0, |λ| λ / 2.0 * dot(bias, bias));
        let objective = softmax.loss + self.τ * nuclear + ridge;
        modes.retain(|m| m.singular_value > FADED * top);
        let largest = singular_values(softmax.slack.as_ref())?.into_iter().fold(0.0, f64::max);
        let imbalance = self.imbalance(&softmax, bias);
        let by_columns = |m: &Mat<f64>| (0..classes).flat_map(|k| m.col_as_slice(k).to_vec()).collect();
        let found = Convex {
            logits: by_columns(&Mat::from_fn(outputs, classes, |i, k| scaled[(i, k)] / self.roots[k])),
            bias: (0..outputs).map(|i| bias.get(i).copied().unwrap_or(0.0)).collect(),
            probabilities: by_columns(&softmax.shares),
            objective,
            gap: objective - self.dual(&softmax),
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
        let classes = self.classes();
        let mut change = Mat::from_fn(self.outputs(), classes, |i, k| mode.left[i] * mode.right[k]);
        self.slack_change(&softmax.shares, &mut change, &[]);
        let column = |k: usize| -mode.right[k] * dot(&mode.left, change.col_as_slice(k));
        let curvature: f64 = (0..classes).map(column).sum();
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
