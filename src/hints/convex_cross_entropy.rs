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

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};

/// Newton steps at most at one width.
const STEPS: usize = 300;

/// Conjugate-gradient steps at most for one Newton step.
const INNER_STEPS: usize = 4000;

/// Changes of width at most.
const STAGES: usize = 12;

/// Below this part of the objective a predicted decrease drowns in rounding, and the gradient decides.
const FINE: f64 = 1e-12;

/// The part of a gradient's terms which is rounding; what is less would move the point along the orbit of equal
/// products `A Bᵀ`, where the Hessian vanishes.
const ROUNDING: f64 = 4e-16;

/// Curvature below this part of the diagonal's is rounding.
const FLAT: f64 = 1e-9;

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

/// A point which is optimal up to rounding, as far as floats can tell.
#[derive(Debug, Clone)]
pub struct Convex {
    /// `Z`, `K × K` by columns.
    pub logits: Vec<f64>,
    /// `b`, which sums to zero; zeros if there is none.
    pub bias: Vec<f64>,
    /// `P`, `K × K` by columns.
    pub probabilities: Vec<f64>,
    /// Left singular vectors of `Z D^{1/2}`, one for each strength.
    pub left: Vec<Vec<f64>>,
    /// The singular values of `Z D^{1/2}` which have not faded, largest first.
    pub strengths: Vec<f64>,
    /// Right singular vectors of `Z D^{1/2}`, one for each strength.
    pub right: Vec<Vec<f64>>,
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
pub fn convex_cross_entropy(counts: &[f64], τ: f64, bias: bool) -> Option<Convex> {
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
    for _ in 0..STAGES {
        let width = problem.width(&state);
        let Some((found, softmax)) = problem.assess(problem.descend(state).state) else { break };
        let (defect, before) = (found.defect(), best.defect());
        if found.strengths.len() == width && defect <= MET {
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
    /// How far the point is from optimal; a number that is not one counts as far.
    fn defect(&self) -> f64 {
        let defect = self.violation.max(self.imbalance).max(self.gap.abs() / self.objective);
        if defect.is_nan() { f64::INFINITY } else { defect }
    }
}

/// What does not change during the search.
#[derive(Debug)]
struct Problem {
    counts: Vec<f64>,
    roots: Vec<f64>,
    samples: f64,
    τ: f64,
    bias: bool,
}

/// Probabilities, the dual matrix and the loss of some logits.
#[derive(Debug)]
struct Softmax {
    shares: Mat<f64>,
    slack: Mat<f64>,
    loss: f64,
}

/// The objective with its gradient at a state: `A`, `B` by columns, then the bias if there is one.
#[derive(Debug)]
struct Point {
    state: Vec<f64>,
    softmax: Softmax,
    gradient: Vec<f64>,
    objective: f64,
}

impl Problem {
    fn new(counts: &[f64], τ: f64, bias: bool) -> Self {
        let roots = counts.iter().map(|n| n.sqrt()).collect();
        Self { counts: counts.to_vec(), roots, samples: counts.iter().sum(), τ, bias }
    }

    fn classes(&self) -> usize {
        self.counts.len()
    }

    fn biases(&self) -> usize {
        if self.bias { self.classes() } else { 0 }
    }

    fn width(&self, state: &[f64]) -> usize {
        (state.len() - self.biases()) / (2 * self.classes())
    }

    /// `A`, `B` and the bias of a state or of a change of state.
    fn split<'a>(&self, state: &'a [f64]) -> (MatRef<'a, f64>, MatRef<'a, f64>, &'a [f64]) {
        let (k, r) = (self.classes(), self.width(state));
        let (a, rest) = state.split_at(k * r);
        let (b, bias) = rest.split_at(k * r);
        (MatRef::from_column_major_slice(a, k, r), MatRef::from_column_major_slice(b, k, r), bias)
    }

    fn split_mut<'a>(&self, state: &'a mut [f64]) -> (MatMut<'a, f64>, MatMut<'a, f64>, &'a mut [f64]) {
        let (k, r) = (self.classes(), self.width(state));
        let (a, rest) = state.split_at_mut(k * r);
        let (b, bias) = rest.split_at_mut(k * r);
        (MatMut::from_column_major_slice_mut(a, k, r), MatMut::from_column_major_slice_mut(b, k, r), bias)
    }

    /// No logits but the best bias: the logarithms of the counts.
    fn zero(&self) -> Vec<f64> {
        let mut bias: Vec<f64> = self.counts.iter().take(self.biases()).map(|n| n.ln()).collect();
        centre(&mut bias);
        bias
    }

    /// Logits with the bias added, for `Z D^{1/2}`.
    fn biased(&self, scaled: &Mat<f64>, bias: &[f64]) -> Mat<f64> {
        let shift = |i: usize| bias.get(i).copied().unwrap_or(0.0);
        Mat::from_fn(self.classes(), self.classes(), |i, k| scaled[(i, k)] / self.roots[k] + shift(i))
    }

    /// The softmax of every column; `1 − P_kk` is the sum of the others, so that it keeps its digits.
    fn softmax(&self, logits: &Mat<f64>) -> Softmax {
        let size = self.classes();
        let (mut shares, mut slack) = (Mat::zeros(size, size), Mat::zeros(size, size));
        let mut loss = 0.0;
        for k in 0..size {
            let column = logits.col_as_slice(k);
            let top = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = column.iter().map(|z| (z - top).exp()).collect();
            let others: f64 = weights.iter().enumerate().filter(|(i, _)| *i != k).map(|(_, w)| w).sum();
            let total = others + weights[k];
            let log_total = if column[k] == top { others.ln_1p() } else { total.ln() };
            loss += self.counts[k] / self.samples * (log_total + (top - column[k]));
            let scale = self.roots[k] / self.samples;
            for (i, w) in weights.iter().enumerate() {
                shares[(i, k)] = w / total;
                slack[(i, k)] = if i == k { others / total } else { -(w / total) } * scale;
            }
        }
        Softmax { shares, slack, loss }
    }

    /// `M n^{1/2}`.
    fn balance(&self, slack: &Mat<f64>) -> Vec<f64> {
        let row = |i: usize| self.roots.iter().enumerate().map(|(k, root)| slack[(i, k)] * root).sum();
        (0..self.classes()).map(row).collect()
    }

    /// `Σ_k (n_k/N) H(P_k)`.
    fn entropy(&self, softmax: &Softmax) -> f64 {
        let term = |i: usize, k: usize| {
            let p = softmax.shares[(i, k)];
            let rest = softmax.slack[(k, k)] / self.roots[k] * self.samples;
            let log = if i == k && p > 0.5 { (-rest).ln_1p() } else { p.ln() };
            if p > 0.0 { -p * log } else { 0.0 }
        };
        let column = |k: usize| -> f64 { (0..self.classes()).map(|i| term(i, k)).sum() };
        self.counts.iter().enumerate().map(|(k, n)| n / self.samples * column(k)).sum()
    }

    fn point(&self, state: Vec<f64>) -> Point {
        let (a, b, bias) = self.split(&state);
        let mut scaled = Mat::zeros(self.classes(), self.classes());
        multiply(scaled.as_mut(), Accum::Replace, a, b.transpose(), 1.0);
        let softmax = self.softmax(&self.biased(&scaled, bias));
        let mut gradient: Vec<f64> = state.iter().map(|x| self.τ * x).collect();
        let (ga, gb, gbias) = self.split_mut(&mut gradient);
        multiply(ga, Accum::Add, softmax.slack.as_ref(), b, -1.0);
        multiply(gb, Accum::Add, softmax.slack.transpose(), a, -1.0);
        if self.bias {
            gbias.iter_mut().zip(self.balance(&softmax.slack)).for_each(|(g, m)| *g = -m);
        }
        let factors = state.len() - self.biases();
        let objective = softmax.loss + self.τ / 2.0 * dot(&state[..factors], &state[..factors]);
        Point { state, softmax, gradient, objective }
    }

    /// The derivative of `M` along a change of `Z D^{1/2}` and of the bias.
    fn slack_change(&self, shares: &Mat<f64>, change: &mut Mat<f64>, bias: &[f64]) {
        for k in 0..self.classes() {
            let (p, column) = (shares.col_as_slice(k), change.col_as_slice_mut(k));
            column.iter_mut().for_each(|x| *x /= self.roots[k]);
            column.iter_mut().zip(bias).for_each(|(x, b)| *x += b);
            // Relative to the own class, whose probability is often close to one.
            let own = column[k];
            column.iter_mut().for_each(|x| *x -= own);
            let mean = dot(p, column);
            let scale = -self.roots[k] / self.samples;
            column.iter_mut().zip(p).for_each(|(x, p)| *x = scale * p * (*x - mean));
        }
    }

    /// The Hessian at a point times a direction.
    fn curve(&self, point: &Point, direction: &[f64]) -> Vec<f64> {
        let (a, b, _) = self.split(&point.state);
        let (da, db, dbias) = self.split(direction);
        let mut change = Mat::zeros(self.classes(), self.classes());
        multiply(change.as_mut(), Accum::Replace, da, b.transpose(), 1.0);
        multiply(change.as_mut(), Accum::Add, a, db.transpose(), 1.0);
        self.slack_change(&point.softmax.shares, &mut change, dbias);
        let slack = &point.softmax.slack;
        let mut out: Vec<f64> = direction.iter().map(|x| self.τ * x).collect();
        let (mut oa, mut ob, obias) = self.split_mut(&mut out);
        multiply(oa.as_mut(), Accum::Add, change.as_ref(), b, -1.0);
        multiply(oa, Accum::Add, slack.as_ref(), db, -1.0);
        multiply(ob.as_mut(), Accum::Add, change.transpose(), a, -1.0);
        multiply(ob, Accum::Add, slack.transpose(), da, -1.0);
        if self.bias {
            obias.iter_mut().zip(self.balance(&change)).for_each(|(o, m)| *o = -m);
        }
        out
    }

    /// The diagonal of the Hessian.
    fn diagonal(&self, point: &Point) -> Vec<f64> {
        let size = self.classes();
        let (a, b, _) = self.split(&point.state);
        let p = &point.softmax.shares;
        // P (1 − P)/N, where 1 − P is known to all digits only through M.
        let spread = Mat::from_fn(size, size, |i, k| {
            let m = point.softmax.slack[(i, k)].abs() / self.roots[k];
            if i == k { m * p[(i, k)] } else { m * (1.0 - p[(i, k)]) }
        });
        let squares = |m: MatRef<f64>| Mat::from_fn(m.nrows(), m.ncols(), |i, j| m[(i, j)] * m[(i, j)]);
        let mut out = vec![self.τ; point.state.len()];
        let (oa, mut ob, obias) = self.split_mut(&mut out);
        multiply(oa, Accum::Add, spread.as_ref(), squares(b).as_ref(), 1.0);
        multiply(ob.as_mut(), Accum::Add, p.transpose(), squares(a).as_ref(), 1.0 / self.samples);
        let mut means = Mat::zeros(size, a.ncols());
        multiply(means.as_mut(), Accum::Replace, p.transpose(), a, 1.0);
        for j in 0..a.ncols() {
            for k in 0..size {
                ob[(k, j)] = (ob[(k, j)] - means[(k, j)] * means[(k, j)] / self.samples).max(self.τ);
            }
        }
        for (i, o) in obias.iter_mut().enumerate() {
            *o = (0..size).map(|k| spread[(i, k)] * self.counts[k]).sum::<f64>().max(f64::MIN_POSITIVE);
        }
        out
    }

    /// Newton's method until rounding stops it.
    fn descend(&self, state: Vec<f64>) -> Point {
        let mut point = self.point(state);
        let mut scale = self.diagonal(&point);
        let first = dual_norm(&point.gradient, &scale);
        let mut radius = norm(&point.state, &scale);
        for _ in 0..STEPS {
            let size = dual_norm(&point.gradient, &scale);
            if size == 0.0 || !size.is_finite() {
                break;
            }
            let accuracy = (size / first).sqrt().clamp(1e-5, 0.1);
            let noise = ROUNDING * self.τ * dual_norm(&point.state, &scale);
            let step = self.newton_step(&point, &scale, radius, noise.max(accuracy * size));
            let moved = point.state.iter().zip(&step.change).map(|(x, d)| x + d).collect();
            let trial = self.point(moved);
            if step.decrease <= FINE * point.objective {
                // The objective has no digits left.
                let smaller = dual_norm(&trial.gradient, &scale);
                if smaller < size {
                    point = trial;
                    scale = self.diagonal(&point);
                }
                if smaller.is_nan() || smaller > size / 2.0 {
                    break;
                }
                continue;
            }
            let ratio = (point.objective - trial.objective) / step.decrease;
            let length = norm(&step.change, &scale);
            if ratio.is_nan() || ratio < 0.25 {
                radius = length / 4.0;
            } else if ratio > 0.75 && step.at_boundary {
                radius *= 3.0;
            }
            if ratio > 1e-3 {
                point = trial;
                scale = self.diagonal(&point);
            }
        }
        point
    }

    /// The Newton step within a radius (in the norm of `scale`) by preconditioned conjugate gradients, which
    /// never leave the range of a singular Hessian.
    fn newton_step(&self, point: &Point, scale: &[f64], radius: f64, target: f64) -> Step {
        let mut change = vec![0.0; scale.len()];
        let mut residual: Vec<f64> = point.gradient.iter().map(|g| -g).collect();
        let preconditioned = |r: &[f64]| -> Vec<f64> { r.iter().zip(scale).map(|(r, c)| r / c).collect() };
        let mut z = preconditioned(&residual);
        let mut direction = z.clone();
        let mut size = dot(&residual, &z);
        let mut decrease = 0.0;
        for _ in 0..INNER_STEPS {
            let curved = self.curve(point, &direction);
            let curvature = dot(&direction, &curved);
            let weight = norm(&direction, scale).powi(2);
            let flat = curvature <= FLAT * weight;
            if flat && curvature > -FLAT * weight && decrease > 0.0 {
                break;
            }
            let α = size / curvature;
            let inside = !flat && {
                let length: f64 =
                    change.iter().zip(&direction).zip(scale).map(|((x, d), c)| (x + α * d).powi(2) * c).sum();
                length < radius * radius
            };
            let α = if inside { α } else { to_boundary(&change, &direction, scale, radius) };
            decrease += α * dot(&residual, &direction) - α * α / 2.0 * curvature;
            change.iter_mut().zip(&direction).for_each(|(x, d)| *x += α * d);
            if !inside {
                return Step { change, decrease, at_boundary: true };
            }
            residual.iter_mut().zip(&curved).for_each(|(r, h)| *r -= α * h);
            z = preconditioned(&residual);
            let next = dot(&residual, &z);
            if next.sqrt() <= target {
                break;
            }
            let β = next / size;
            size = next;
            direction.iter_mut().zip(&z).for_each(|(d, z)| *d = z + β * *d);
        }
        Step { change, decrease, at_boundary: false }
    }

    /// The answer a state stands for, with its softmax.
    fn assess(&self, mut state: Vec<f64>) -> Option<(Convex, Softmax)> {
        let (size, factors) = (self.classes(), state.len() - self.biases());
        centre(&mut state[factors..]);
        let (a, b, bias) = self.split(&state);
        let scaled = a * b.transpose();
        let softmax = self.softmax(&self.biased(&scaled, bias));
        let modes = modes(&scaled)?;
        let top = modes.first().map_or(0.0, |m| m.strength);
        let nuclear: f64 = modes.iter().map(|m| m.strength).sum();
        let objective = softmax.loss + self.τ * nuclear;
        let kept: Vec<Mode> = modes.into_iter().filter(|m| m.strength > FADED * top).collect();
        let largest = softmax.slack.singular_values().ok()?.into_iter().fold(0.0, f64::max);
        let imbalance = if self.bias { self.balance(&softmax.slack) } else { Vec::new() };
        let strengths: Vec<f64> = kept.iter().map(|m| m.strength).collect();
        let by_columns = |m: &Mat<f64>| (0..size).flat_map(|k| m.col_as_slice(k).to_vec()).collect();
        let found = Convex {
            logits: by_columns(&Mat::from_fn(size, size, |i, k| scaled[(i, k)] / self.roots[k])),
            bias: (0..size).map(|i| bias.get(i).copied().unwrap_or(0.0)).collect(),
            probabilities: by_columns(&softmax.shares),
            objective,
            gap: objective - self.entropy(&softmax),
            left: kept.iter().map(|m| m.left.clone()).collect(),
            right: kept.iter().map(|m| m.right.clone()).collect(),
            strengths,
            violation: (largest / self.τ - 1.0).max(0.0),
            imbalance: imbalance.into_iter().map(f64::abs).fold(0.0, f64::max),
        };
        Some((found, softmax))
    }

    /// A state whose `A Bᵀ` has the given modes.
    fn state(&self, modes: &[Mode], bias: &[f64]) -> Vec<f64> {
        let side = |pick: fn(&Mode) -> &Vec<f64>| {
            modes.iter().flat_map(move |m| pick(m).iter().map(|x| x * m.strength.sqrt()))
        };
        let factors = side(|m| &m.left).chain(side(|m| &m.right));
        factors.chain(bias.iter().take(self.biases()).copied()).collect()
    }

    /// The multiple of the descent direction at zero after which doubling no longer helps.
    fn start(&self, zero: &Convex, slack: &Mat<f64>) -> Option<Vec<f64>> {
        let modes = modes(slack)?;
        let top = modes[0].strength;
        let at = |size: f64| {
            let scaled: Vec<Mode> = modes
                .iter()
                .filter(|m| m.strength > 1e-12 * top)
                .map(|m| Mode { strength: m.strength * size, ..m.clone() })
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
    fn reach(&self, softmax: &Softmax, mode: &Mode) -> f64 {
        let size = self.classes();
        let mut change = Mat::from_fn(size, size, |i, k| mode.left[i] * mode.right[k]);
        self.slack_change(&softmax.shares, &mut change, &[]);
        let column = |k: usize| -mode.right[k] * dot(&mode.left, change.col_as_slice(k));
        let curvature: f64 = (0..size).map(column).sum();
        OVERSHOOT * (mode.strength - self.τ) / curvature
    }

    /// The modes above a part of the largest, with the directions along which the objective still falls.
    fn restart(&self, found: &Convex, softmax: &Softmax, cut: f64) -> Option<Vec<f64>> {
        let top = found.strengths.first().copied().unwrap_or(0.0);
        let support = found.strengths.iter().zip(&found.left).zip(&found.right);
        let mut modes: Vec<Mode> = support
            .filter(|((strength, _), _)| **strength > cut * top)
            .map(|((strength, left), right)| Mode {
                strength: *strength,
                left: left.clone(),
                right: right.clone(),
            })
            .collect();
        let fresh = self::modes(&softmax.slack)?.into_iter().filter(|m| {
            let overlap: f64 = found.left.iter().map(|u| dot(u, &m.left).powi(2)).sum();
            m.strength > self.τ * (1.0 + EXCESS) && overlap < 0.5
        });
        modes.extend(fresh.map(|m| Mode { strength: self.reach(softmax, &m), ..m }));
        Some(self.state(&modes, &found.bias))
    }
}

/// A singular value with its vectors.
#[derive(Debug, Clone)]
struct Mode {
    strength: f64,
    left: Vec<f64>,
    right: Vec<f64>,
}

/// A step of the trust-region method with the decrease its model promises.
#[derive(Debug)]
struct Step {
    change: Vec<f64>,
    decrease: f64,
    at_boundary: bool,
}

/// The singular value decomposition, largest first.
fn modes(matrix: &Mat<f64>) -> Option<Vec<Mode>> {
    let svd = matrix.svd().ok()?;
    let column = |m: MatRef<f64>, j: usize| m.col(j).iter().copied().collect();
    let mode = |j: usize| Mode {
        strength: svd.S().column_vector()[j],
        left: column(svd.U(), j),
        right: column(svd.V(), j),
    };
    Some((0..matrix.ncols()).map(mode).collect())
}

/// How far along a direction the boundary of the trust region lies.
fn to_boundary(x: &[f64], direction: &[f64], scale: &[f64], radius: f64) -> f64 {
    let inner =
        |u: &[f64], v: &[f64]| -> f64 { u.iter().zip(v).zip(scale).map(|((u, v), c)| u * v * c).sum() };
    let (dd, xd, xx) = (inner(direction, direction), inner(x, direction), inner(x, x));
    let gap = (radius * radius - xx).max(0.0);
    gap / (xd + (xd * xd + dd * gap).sqrt())
}

fn multiply(target: MatMut<f64>, accum: Accum, left: MatRef<f64>, right: MatRef<f64>, factor: f64) {
    matmul(target, accum, left, right, factor, Par::Seq);
}

fn centre(x: &mut [f64]) {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    x.iter_mut().for_each(|x| *x -= mean);
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// The norm with a diagonal weight.
fn norm(x: &[f64], scale: &[f64]) -> f64 {
    x.iter().zip(scale).map(|(x, c)| x * x * c).sum::<f64>().sqrt()
}

/// Its dual norm.
fn dual_norm(x: &[f64], scale: &[f64]) -> f64 {
    x.iter().zip(scale).map(|(x, c)| x * x / c).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAIL: [f64; 10] = [500.0, 300.0, 190.0, 120.0, 75.0, 47.0, 30.0, 19.0, 12.0, 7.0];

    fn step(major: usize, minor: usize, count: f64) -> Vec<f64> {
        [vec![500.0; major], vec![count; minor]].concat()
    }

    fn long_tail(k: usize) -> Vec<f64> {
        (0..k).map(|i| (500.0 * 0.01f64.powf(i as f64 / (k as f64 - 1.0))).round()).collect()
    }

    fn solve(counts: &[f64], τ: f64, bias: bool) -> Convex {
        convex_cross_entropy(counts, τ, bias).unwrap()
    }

    fn assert_optimal(counts: &[f64], τ: f64, bias: bool, tolerance: f64) {
        let found = solve(counts, τ, bias);
        let label = format!("{counts:?} {τ} {bias}: {} {} {}", found.violation, found.imbalance, found.gap);
        assert!(found.violation <= tolerance && found.imbalance <= tolerance, "{label}");
        assert!(found.gap.abs() <= tolerance * found.objective, "{label}");
    }

    #[test]
    fn small_settings_are_solved_to_rounding() {
        let settings = [
            vec![7.0],
            vec![1.0, 1.0],
            vec![1e6, 1.0],
            vec![3.0, 500.0, 20.0, 500.0, 1.0, 77.0],
            vec![200.0, 100.0, 50.0, 10.0],
            vec![200.0, 100.0, 50.0, 50.0],
            vec![400.0, 400.0, 10.0, 10.0],
            TAIL.to_vec(),
            step(5, 5, 50.0),
            step(5, 5, 5.0),
            vec![100.0; 10],
        ];
        for counts in settings {
            for τ in [1e-2, 5e-3, 1e-3, 1e-4, 1e-6] {
                assert_optimal(&counts, τ, false, 3e-14);
                assert_optimal(&counts, τ, true, 3e-14);
            }
        }
    }

    #[test]
    fn a_hundred_classes_are_solved_to_rounding() {
        for (counts, τ) in [(long_tail(100), 1e-3), (long_tail(100), 1e-4), (step(50, 50, 5.0), 1e-4)] {
            assert_optimal(&counts, τ, false, 1e-12);
            assert_optimal(&counts, τ, true, 1e-12);
        }
    }

    #[test]
    fn objectives_are_the_known_ones() {
        let counts = [200.0, 100.0, 50.0, 10.0];
        assert!((solve(&counts, 1e-3, false).objective - 0.150_012_830_734).abs() < 1e-11);
        assert!((solve(&counts, 1e-3, true).objective - 0.129_485_227_375).abs() < 1e-11);
    }

    #[test]
    fn balanced_classes_have_the_closed_form() {
        for (k, n, τ) in [(2, 30.0, 1e-3), (5, 500.0, 2e-3), (10, 100.0, 5e-3), (30, 40.0, 1e-3)] {
            let others = k as f64 - 1.0;
            let β = (1.0 / (f64::sqrt(n) * τ) - others).ln();
            let objective = (others * (-β).exp()).ln_1p() + τ * n.sqrt() * others * β;
            for bias in [false, true] {
                let found = solve(&vec![n; k], τ, bias);
                assert!((found.objective - objective).abs() < 1e-14 * (1.0 + objective), "{k} {n} {τ}");
                for (i, z) in found.logits.iter().enumerate() {
                    let own = if i % k == i / k { 1.0 } else { 0.0 };
                    assert!((z - β * (own - 1.0 / k as f64)).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn strong_regularisation_leaves_no_logits() {
        // The threshold itself, τ √n K = 1, and a little beyond.
        for τ in [1e-2, 2e-2] {
            for bias in [false, true] {
                let found = solve(&[100.0; 10], τ, bias);
                assert!(found.strengths.is_empty() && found.logits.iter().all(|z| *z == 0.0));
                assert!((found.objective - 10f64.ln()).abs() < 1e-14);
            }
        }
        let found = solve(&[300.0, 100.0], 1.0, true);
        assert!((found.bias[0] - found.bias[1] - 3f64.ln()).abs() < 1e-15);
        assert!((found.probabilities[0] - 0.75).abs() < 1e-15);
    }

    #[test]
    fn small_classes_merge() {
        let found = solve(&[400.0, 400.0, 10.0, 10.0], 5e-3, true);
        assert_eq!(found.strengths.len(), 2);
        let (third, fourth) = (&found.logits[8..12], &found.logits[12..16]);
        assert!(third.iter().zip(fourth).all(|(x, y)| (x - y).abs() < 1e-13));
    }

    #[test]
    fn the_modes_rebuild_the_logits_and_are_those_of_the_dual() {
        let (counts, τ) = (TAIL, 5e-3);
        let found = solve(&counts, τ, true);
        let (k, samples) = (10, counts.iter().sum::<f64>());
        for c in 0..k {
            for i in 0..k {
                let modes = found.strengths.iter().zip(&found.left).zip(&found.right);
                let rebuilt: f64 = modes.map(|((s, u), v)| s * u[i] * v[c]).sum();
                assert!((rebuilt - found.logits[c * k + i] * counts[c].sqrt()).abs() < 1e-11);
            }
        }
        for (u, v) in found.left.iter().zip(&found.right) {
            for (i, u) in u.iter().enumerate() {
                let m = |c: usize| f64::from(u8::from(i == c)) - found.probabilities[c * k + i];
                let image: f64 = (0..k).map(|c| m(c) * counts[c].sqrt() / samples * v[c]).sum();
                assert!((image - τ * u).abs() < 1e-12 * τ);
            }
        }
    }

    #[test]
    fn a_strength_may_be_about_to_vanish() {
        // The ninth strength of these counts appears here.
        let edge = 0.002_120_305_817;
        for part in [-1e-5, -1e-7, -1e-9, 0.0, 1e-9, 1e-7] {
            assert_optimal(&TAIL, edge * (1.0 + part), false, 1e-8);
        }
        let edge = 0.001 * (1.0 - 1e-13);
        assert_optimal(&[1e4; 10], edge, false, 1e-12);
        assert_optimal(&[1e4; 10], edge, true, 1e-12);
    }

    #[test]
    fn the_same_question_has_the_same_answer() {
        let [first, second] = [(); 2].map(|()| solve(&long_tail(30), 1e-3, true));
        assert_eq!(first.logits, second.logits);
        assert_eq!(first.probabilities, second.probabilities);
    }

    #[test]
    fn senseless_input_has_no_answer() {
        assert!(convex_cross_entropy(&[], 1e-3, false).is_none());
        assert!(convex_cross_entropy(&[1.0, 0.0], 1e-3, false).is_none());
        assert!(convex_cross_entropy(&[1.0, f64::NAN], 1e-3, false).is_none());
        assert!(convex_cross_entropy(&[1.0, 2.0], 0.0, true).is_none());
    }
}
