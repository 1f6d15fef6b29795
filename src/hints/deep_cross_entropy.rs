//! Logits of deep networks under cross-entropy that may beat every simplex frame, in floats.
//!
//! `K` balanced classes of `n` samples, `L` factors whose regularisation weights multiply to `Λ`, logits `Z`
//! (column `k` belongs to class `k`) of rank at most `R`, an optional unregularised bias `b`. With the hidden
//! factors at their cheapest, a network with these logits costs
//!
//! ```text
//! f(Z, b) = (1/K) Σ_k CE(Z_k + b, k) + (L/2) Λ^{1/L} Σ_i (√n σ_i(Z))^{2/L}
//! ```
//!
//! and the simplex frame `Z = β(I − 11ᵀ/K)` costs
//!
//! ```text
//! g(β) = ln(1 + (K−1)e^{−β}) + (L/2) Λ^{1/L} (K−1) (β√n)^{2/L}
//! ```
//!
//! For `L > 2` the penalty is not convex and lower ranks are cheaper, so the search descends the real network of
//! `L` equally weighted factors from codes of low rank: classes as points `c_k` of a space, with the logits
//! `2 c_j·c_k − |c_j|²` of the nearest-point decoder. Random starts alone miss most of them.
//!
//! What comes out is a candidate only: a point whose objective is to be evaluated again by exact code.

use crate::flow::normal::Normal;
use basin::{
    ConstraintDescription, ConstraintSet, Constraints, CostFunction, Executor, FirstOrderState, Gradient,
    Lbfgs, NoConstraints,
};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use std::cell::RefCell;
use std::f64::consts::TAU;

/// A class-balanced problem.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// `K`.
    pub classes: usize,
    /// `n`.
    pub per_class: f64,
    /// `L`: one more than the layers.
    pub factors: usize,
    /// `ln Λ`.
    pub log_weight: f64,
    /// `R`: the narrowest width.
    pub rank: usize,
    /// Whether there is an unregularised bias.
    pub bias: bool,
}

/// A point of the network, by the singular value decomposition of its logits.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// `Z`, column by column.
    pub logits: Vec<f64>,
    /// `b`, with mean zero; zeros if there is none.
    pub bias: Vec<f64>,
    /// Left singular vectors of `Z`.
    pub left: Vec<Vec<f64>>,
    /// Positive singular values of `Z`, largest first.
    pub strengths: Vec<f64>,
    /// Right singular vectors of `Z`.
    pub right: Vec<Vec<f64>>,
    /// `f(Z, b)`.
    pub objective: f64,
    /// The code the descent started from, in words.
    pub structure: String,
}

/// Starts descended to the end.
const FINALISTS: usize = 16;
/// Evaluations of the short descent that selects them, and of a full one.
const SHORT: u64 = 60;
const FULL: u64 = 3000;
/// Descents from the best point with one mode removed or with noise added.
const KICKS: usize = 8;
/// Random codes.
const RANDOM: usize = 6;
/// Partitions of the classes into groups tried.
const PARTITIONS: usize = 40;
/// A rank is reduced if that raises the objective by less than this, relatively.
const NEGLIGIBLE: f64 = 1e-10;
/// Costs closer than this, relatively, are taken for equal.
const TIE: f64 = 1e-9;
/// Size of the noise that breaks the symmetry of a start, relative to its strongest mode.
const NOISE: f64 = 0.02;

impl Setting {
    /// `Λ^{1/L}`: the weight of each factor when they are equal.
    fn weight(&self) -> f64 {
        libm::exp(self.log_weight / self.factors as f64)
    }

    /// `(L/2) Λ^{1/L} Σ (√n σ)^{2/L}`.
    fn penalty(&self, strengths: &[f64]) -> f64 {
        let (l, root) = (self.factors as f64, self.per_class.sqrt());
        let sum: f64 = strengths.iter().map(|σ| libm::pow(root * σ, 2.0 / l)).sum();
        l / 2.0 * self.weight() * sum
    }

    fn objective(&self, logits: &Mat<f64>, bias: &[f64], strengths: &[f64]) -> f64 {
        cross_entropy(logits, bias, None) + self.penalty(strengths)
    }

    fn etf(&self, β: f64) -> f64 {
        let others = (self.classes - 1) as f64;
        libm::log1p(others * libm::exp(-β)) + self.penalty(&[β]) * others
    }
}

/// `(β, g(β))` of the simplex frame with the least cost; `β = 0` if none is better than nothing.
pub fn best_etf(setting: &Setting) -> (f64, f64) {
    let (k, l) = (setting.classes as f64, setting.factors as f64);
    let pull = setting.weight() * libm::pow(setting.per_class, 1.0 / l);
    // g′(β)/(K−1).
    let slope = |β: f64| pull * libm::pow(β, 2.0 / l - 1.0) - 1.0 / (libm::exp(β) + k - 1.0);
    let zero = (0.0, libm::log(k));
    let grid: Vec<f64> = (0..=1000).map(|i| libm::exp(f64::from(i) * 0.02 - 10.0)).collect();
    let minima = grid.windows(2).filter(|pair| slope(pair[0]) < 0.0 && slope(pair[1]) >= 0.0);
    let refined = minima.map(|pair| {
        let (mut low, mut high) = (pair[0], pair[1]);
        for _ in 0..60 {
            let middle = low.midpoint(high);
            if slope(middle) < 0.0 { low = middle } else { high = middle }
        }
        (low, setting.etf(low))
    });
    refined.fold(zero, |best, next| if next.1 < best.1 { next } else { best })
}

/// The point of least cost found, better than the simplex frames or not. The same for the same setting.
/// Meant for few classes: well under a second for ten, seconds for twenty, growing faster than `K³`.
///
/// `None` for fewer than two classes or factors, or if a decomposition does not converge.
pub fn search(setting: &Setting) -> Option<Candidate> {
    if setting.classes < 2 || setting.factors < 2 {
        return None;
    }
    let mut best = frame(setting)?;
    let problem = Problem::new(setting, setting.rank.min(setting.classes));
    let mut noise = Normal::of(0);
    for descent in finalists(setting, &problem, &mut noise)? {
        let descent = problem.descend(descent.state, FULL, descent.structure);
        best = lower(best, problem.candidate(descent)?);
    }
    for trial in 0..best.strengths.len() + KICKS {
        let (logits, bias) = kicked(&best, trial, &mut noise);
        let descent = problem.descend(problem.state(&logits, &bias)?, FULL / 3, best.structure.clone());
        best = lower(best, problem.candidate(descent)?);
    }
    if best.strengths.is_empty() {
        return Some(best);
    }
    let logits = columns(&best.logits, setting.classes);
    let narrow = Problem::new(setting, best.strengths.len());
    let last = narrow.descend(narrow.state(&logits, &best.bias)?, 3 * FULL, best.structure.clone());
    let last = narrow.candidate(last)?;
    Some(if last.objective < best.objective { last } else { best })
}

/// The better of two points; the first if they cost the same but for rounding, so that it keeps its name.
fn lower(best: Candidate, next: Candidate) -> Candidate {
    if next.objective < best.objective * (1.0 - TIE) { next } else { best }
}

/// The starts that a short descent brings lowest, each lowest point once, in the order of what they cost before it.
fn finalists(setting: &Setting, problem: &Problem, noise: &mut Normal) -> Option<Vec<Descent>> {
    let mut pool = Vec::new();
    for (order, start) in starts(setting).into_iter().enumerate() {
        let (cost, logits, bias) = scaled(setting, &start, noise)?;
        let descent = problem.descend(problem.state(&logits, &bias)?, SHORT, start.structure);
        // Starts that differ by rounding only keep the order they are listed in.
        pool.push((cost * (1.0 + TIE * order as f64), descent));
    }
    pool.sort_by(|(_, a), (_, b)| a.objective.total_cmp(&b.objective));
    pool.dedup_by(|later, earlier| {
        let same = later.1.objective - earlier.1.objective <= 1e-7 * earlier.1.objective;
        if same && later.0 < earlier.0 {
            std::mem::swap(later, earlier);
        }
        same
    });
    pool.truncate(FINALISTS);
    pool.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    Some(pool.into_iter().map(|(_, descent)| descent).collect())
}

/// The best simplex frame if the rank admits it, otherwise zero.
fn frame(setting: &Setting) -> Option<Candidate> {
    let k = setting.classes;
    let β = if setting.rank + 1 >= k { best_etf(setting).0 } else { 0.0 };
    let logits = Mat::from_fn(k, k, |i, j| β * (f64::from(i == j) - 1.0 / k as f64));
    let words = if β > 0.0 { "ETF" } else { "zero" };
    truncated(setting, &logits, vec![0.0; k], words.to_string())
}

/// The logits and bias of a candidate without its mode `trial`, or with noise if there is no such mode.
fn kicked(best: &Candidate, trial: usize, noise: &mut Normal) -> (Mat<f64>, Vec<f64>) {
    let k = best.bias.len();
    let logits = columns(&best.logits, k);
    let logits = match best.strengths.get(trial) {
        Some(σ) => {
            let (u, v) = (&best.left[trial], &best.right[trial]);
            Mat::from_fn(k, k, |i, j| logits[(i, j)] - σ * u[i] * v[j])
        }
        None => {
            let size = 0.5 * best.strengths.first().copied().unwrap_or(1.0) / k as f64;
            Mat::from_fn(k, k, |i, j| logits[(i, j)] + size * noise.draw())
        }
    };
    (logits, best.bias.clone())
}

fn columns(logits: &[f64], k: usize) -> Mat<f64> {
    Mat::from_fn(k, k, |i, j| logits[j * k + i])
}

/// `(1/K) Σ_k CE(Z_k + b, k)`; its derivative in `Z` is written to `residual`.
fn cross_entropy(logits: &Mat<f64>, bias: &[f64], mut residual: Option<&mut Mat<f64>>) -> f64 {
    let k = logits.ncols();
    let mut total = 0.0;
    let mut terms = vec![0.0; k];
    for class in 0..k {
        let column = logits.col(class);
        let own = column[class] + bias[class];
        let margin = |j: usize| column[j] + bias[j] - own;
        let top = (0..k).map(margin).fold(0.0, f64::max);
        let mut others = 0.0;
        for (j, term) in terms.iter_mut().enumerate() {
            *term = libm::exp(margin(j) - top);
            if j != class {
                others += *term;
            }
        }
        let all = terms[class] + others;
        total += if top == 0.0 { libm::log1p(others) } else { top + libm::log(all) };
        if let Some(residual) = residual.as_deref_mut() {
            for (j, term) in terms.iter().enumerate() {
                let signed = if j == class { -others } else { *term };
                residual[(j, class)] = signed / (all * k as f64);
            }
        }
    }
    total / k as f64
}

/// A singular value decomposition, largest values first.
struct Modes {
    left: Mat<f64>,
    strengths: Vec<f64>,
    right: Mat<f64>,
}

impl Modes {
    fn of(logits: &Mat<f64>) -> Option<Self> {
        let svd = logits.svd().ok()?;
        let strengths = svd.S().column_vector().iter().copied().collect();
        Some(Self { left: svd.U().to_owned(), strengths, right: svd.V().to_owned() })
    }

    /// The product of the first modes.
    fn sum(&self, number: usize) -> Mat<f64> {
        let k = self.strengths.len();
        let (u, v) = (&self.left, &self.right);
        let entry = |i, j| (0..number.min(k)).map(|m| self.strengths[m] * u[(i, m)] * v[(j, m)]).sum();
        Mat::from_fn(k, k, entry)
    }
}

/// The candidate of given logits, at the least rank that costs nothing.
fn truncated(setting: &Setting, logits: &Mat<f64>, bias: Vec<f64>, structure: String) -> Option<Candidate> {
    let k = setting.classes;
    let mean = bias.iter().sum::<f64>() / k as f64;
    let bias: Vec<f64> = bias.iter().map(|b| b - mean).collect();
    let modes = Modes::of(logits)?;
    let value = |rank: usize| setting.objective(&modes.sum(rank), &bias, &modes.strengths[..rank]);
    let values: Vec<f64> = (0..=setting.rank.min(k)).map(value).collect();
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let rank = values.iter().position(|f| *f <= least * (1.0 + NEGLIGIBLE))?;
    let column = |m: &Mat<f64>, i: usize| m.col(i).iter().copied().collect::<Vec<f64>>();
    let kept = modes.sum(rank);
    Some(Candidate {
        logits: (0..k).flat_map(|i| column(&kept, i)).collect(),
        bias,
        left: (0..rank).map(|i| column(&modes.left, i)).collect(),
        strengths: modes.strengths[..rank].to_vec(),
        right: (0..rank).map(|i| column(&modes.right, i)).collect(),
        objective: values[rank],
        structure,
    })
}

/// The network: `Z = F_1 ⋯ F_L/√n` with the penalty `(λ/2) Σ |F_i|²`, `λ = Λ^{1/L}`; the state is the factors, each
/// column by column, then the bias.
struct Problem<'a> {
    setting: &'a Setting,
    width: usize,
}

/// Where a descent ended.
struct Descent {
    state: Vec<f64>,
    objective: f64,
    structure: String,
}

impl<'a> Problem<'a> {
    fn new(setting: &'a Setting, width: usize) -> Self {
        Self { setting, width }
    }

    fn shape(&self, factor: usize) -> (usize, usize) {
        let k = self.setting.classes;
        let rows = if factor == 0 { k } else { self.width };
        (rows, if factor + 1 == self.setting.factors { k } else { self.width })
    }

    /// Where each factor ends in the state.
    fn ends(&self) -> Vec<usize> {
        let sizes = (0..self.setting.factors).map(|i| self.shape(i).0 * self.shape(i).1);
        sizes
            .scan(0, |end, size| {
                *end += size;
                Some(*end)
            })
            .collect()
    }

    fn factors<'x>(&self, x: &'x [f64]) -> Vec<MatRef<'x, f64>> {
        let mut start = 0;
        let part = |(i, end): (usize, usize)| {
            let (rows, cols) = self.shape(i);
            let slice = &x[start..end];
            start = end;
            MatRef::from_column_major_slice(slice, rows, cols)
        };
        self.ends().into_iter().enumerate().map(part).collect()
    }

    /// The bias in a state.
    fn bias(&self, x: &[f64]) -> Vec<f64> {
        let k = self.setting.classes;
        if self.setting.bias { x[x.len() - k..].to_vec() } else { vec![0.0; k] }
    }

    fn logits(&self, x: &[f64]) -> Mat<f64> {
        let root = self.setting.per_class.sqrt();
        let products = self.products(&self.factors(x));
        products.last().map_or(Mat::new(), |z| faer::Scale(1.0 / root) * z)
    }

    /// `F_1, F_1F_2, …`.
    fn products(&self, factors: &[MatRef<f64>]) -> Vec<Mat<f64>> {
        let mut products = vec![factors[0].to_owned()];
        for (i, factor) in factors.iter().enumerate().skip(1) {
            let mut next = Mat::zeros(self.setting.classes, factor.ncols());
            matmul(next.as_mut(), Accum::Replace, products[i - 1].as_ref(), *factor, 1.0, Par::Seq);
            products.push(next);
        }
        products
    }

    /// The objective; its gradient is written to `gradient`.
    fn evaluate(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let (k, λ, root) = (self.setting.classes, self.setting.weight(), self.setting.per_class.sqrt());
        let factors = self.factors(x);
        let products = self.products(&factors);
        let ends = self.ends();
        let penalised = ends[factors.len() - 1];
        let z = faer::Scale(1.0 / root) * &products[factors.len() - 1];
        let mut back = Mat::zeros(k, k);
        let loss = cross_entropy(&z, &self.bias(x), Some(&mut back));
        if self.setting.bias {
            let sums = (0..k).map(|j| back.row(j).iter().sum::<f64>());
            gradient[penalised..].iter_mut().zip(sums).for_each(|(g, sum)| *g = sum);
        }
        gradient[..penalised].iter_mut().zip(x).for_each(|(g, x)| *g = λ * x);
        for i in (0..factors.len()).rev() {
            let (rows, cols) = self.shape(i);
            let slice = &mut gradient[ends[i] - rows * cols..ends[i]];
            let mut target = MatMut::from_column_major_slice_mut(slice, rows, cols);
            if i == 0 {
                target += faer::Scale(1.0 / root) * &back;
            } else {
                let before = products[i - 1].transpose();
                matmul(target, Accum::Add, before, back.as_ref(), 1.0 / root, Par::Seq);
                let mut next = Mat::zeros(k, rows);
                matmul(next.as_mut(), Accum::Replace, back.as_ref(), factors[i].transpose(), 1.0, Par::Seq);
                back = next;
            }
        }
        loss + λ / 2.0 * x[..penalised].iter().map(|x| x * x).sum::<f64>()
    }

    /// The balanced factors of given logits, with the bias.
    fn state(&self, logits: &Mat<f64>, bias: &[f64]) -> Option<Vec<f64>> {
        let modes = Modes::of(logits)?;
        let (l, root) = (self.setting.factors, self.setting.per_class.sqrt());
        let mut x = Vec::new();
        for i in 0..l {
            let (rows, cols) = self.shape(i);
            for column in 0..cols {
                for row in 0..rows {
                    let mode = if i + 1 == l { row } else { column };
                    let entry = if i == 0 {
                        modes.left[(row, mode)]
                    } else if i + 1 == l {
                        modes.right[(column, mode)]
                    } else {
                        f64::from(row == column)
                    };
                    x.push(entry * libm::pow(root * modes.strengths[mode], 1.0 / l as f64));
                }
            }
        }
        if self.setting.bias {
            x.extend(bias);
        }
        Some(x)
    }

    fn candidate(&self, descent: Descent) -> Option<Candidate> {
        let bias = self.bias(&descent.state);
        truncated(self.setting, &self.logits(&descent.state), bias, descent.structure)
    }

    /// L-BFGS.
    fn descend(&self, state: Vec<f64>, evaluations: u64, structure: String) -> Descent {
        let best = Descent { state: state.clone(), objective: f64::INFINITY, structure };
        let objective = Objective { problem: self, evaluations, inner: RefCell::new((0, best)) };
        let solver = Lbfgs::new().unbounded().with_m_capacity(20);
        // However it ends, the best point is kept aside.
        let _ = Executor::new(&objective, solver, FirstOrderState::new(state)).max_iter(evaluations).run();
        objective.inner.into_inner().1
    }
}

/// The network's objective as the library sees it, with the evaluations so far and the best point.
struct Objective<'a> {
    problem: &'a Problem<'a>,
    evaluations: u64,
    inner: RefCell<(u64, Descent)>,
}

/// Raised through the library to end the descent.
#[derive(Debug, Clone, Copy)]
struct Halt;

impl std::fmt::Display for Halt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the descent is over")
    }
}

impl std::error::Error for Halt {}

impl Constraints for &Objective<'_> {
    type Set = NoConstraints;
    fn constraints(&self) -> <Self::Set as ConstraintDescription>::Borrowed<'_> {
        ConstraintSet::new()
    }
}

impl CostFunction for &Objective<'_> {
    type Param = Vec<f64>;
    type Output = f64;
    type Error = Halt;
    fn cost(&self, x: &Vec<f64>) -> Result<f64, Halt> {
        self.cost_and_gradient(x).map(|(cost, _)| cost)
    }
}

impl Gradient for &Objective<'_> {
    type Gradient = Vec<f64>;
    fn gradient(&self, x: &Vec<f64>) -> Result<Vec<f64>, Halt> {
        self.cost_and_gradient(x).map(|(_, gradient)| gradient)
    }
    fn cost_and_gradient(&self, x: &Vec<f64>) -> Result<(f64, Vec<f64>), Halt> {
        let (used, best) = &mut *self.inner.borrow_mut();
        let mut gradient = vec![0.0; x.len()];
        let objective = self.problem.evaluate(x, &mut gradient);
        *used += 1;
        let mut over = *used >= self.evaluations;
        if objective < best.objective {
            best.state.clone_from(x);
            best.objective = objective;
            // The curvature is at least about λ, so what is left to gain is this small a part of the objective.
            let size: f64 = gradient.iter().map(|g| g * g).sum();
            over |= size <= 1e-13 * self.problem.setting.weight() * objective;
        }
        if over { Err(Halt) } else { Ok((objective, gradient)) }
    }
}

/// Logits and bias to start from, up to a common scale.
struct Start {
    logits: Mat<f64>,
    bias: Vec<f64>,
    structure: String,
}

/// A start at its best scale, within the rank: its cost, and its logits with noise and its bias.
fn scaled(setting: &Setting, start: &Start, noise: &mut Normal) -> Option<(f64, Mat<f64>, Vec<f64>)> {
    let k = setting.classes;
    let modes = Modes::of(&start.logits)?;
    let rank = setting.rank.min(k);
    let logits = modes.sum(rank);
    let value = |t: f64| {
        let bias: Vec<f64> = start.bias.iter().map(|b| t * b).collect();
        let strengths: Vec<f64> = modes.strengths[..rank].iter().map(|σ| t * σ).collect();
        setting.objective(&(faer::Scale(t) * &logits), &bias, &strengths)
    };
    // The best minimum away from zero, where deep networks have one of their own.
    let grid: Vec<(f64, f64)> =
        (0..48).map(|i| libm::exp(f64::from(i) * 0.2 - 3.0)).map(|t| (t, value(t))).collect();
    let inner = grid.windows(3).filter(|w| w[1].1 <= w[0].1 && w[1].1 <= w[2].1).map(|w| w[1]);
    let (t, cost) = inner.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((4.0, value(4.0)));
    let size = NOISE * t * modes.strengths[0] / k as f64;
    let logits = Mat::from_fn(k, k, |i, j| t * logits[(i, j)] + size * noise.draw());
    Some((cost, logits, start.bias.iter().map(|b| t * b).collect()))
}

/// Classes as points.
type Points = Vec<Vec<f64>>;

/// All structured and random starts.
fn starts(setting: &Setting) -> Vec<Start> {
    let mut codes = groupings(setting);
    codes.extend(whole_codes(setting.classes));
    codes.extend(spheres(setting.classes));
    codes.extend(splits(setting.classes));
    codes.extend(partial(setting.classes));
    codes.extend(random(setting.classes));
    codes.into_iter().flat_map(|(points, words)| decoders(setting, &points, &words)).collect()
}

/// The nearest-point decoder of a code. Without a bias, the plain inner products, and the decoder with its bias
/// as a mode of the logits if it is not constant.
fn decoders(setting: &Setting, points: &Points, words: &str) -> Vec<Start> {
    let k = points.len();
    let norms: Vec<f64> = points.iter().map(|c| dot(c, c)).collect();
    let mean = norms.iter().sum::<f64>() / k as f64;
    let bias: Vec<f64> = norms.iter().map(|norm| mean - norm).collect();
    let logits = Mat::from_fn(k, k, |i, j| 2.0 * dot(&points[i], &points[j]));
    if setting.bias {
        return vec![Start { logits, bias, structure: words.to_string() }];
    }
    let lifted = Mat::from_fn(k, k, |i, j| logits[(i, j)] + bias[i]);
    let uneven = bias.iter().any(|b| b.abs() > 1e-9 * mean);
    let start = |logits, structure| Start { logits, bias: vec![0.0; k], structure };
    let mut found = vec![start(logits, words.to_string())];
    if uneven {
        found.push(start(lifted, format!("{words}, its bias a mode")));
    }
    found
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The code of one group of classes, centred, of one dimension a coordinate.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Block {
    Simplex,
    Line,
    Circle,
    /// A single class at the origin.
    Centre,
}

impl Block {
    /// The points, at distances such that the least margin of the decoder is 1.
    fn points(self, size: usize) -> Points {
        let raw: Points = match self {
            Self::Centre => return vec![Vec::new(); size],
            Self::Simplex if size == 1 => vec![vec![1.0]],
            Self::Simplex if size == 2 => vec![vec![1.0], vec![-1.0]],
            Self::Simplex => {
                let entry = |i, j| f64::from(i == j) - 1.0 / size as f64;
                (0..size).map(|i| (0..size).map(|j| entry(i, j)).collect()).collect()
            }
            Self::Line => (0..size).map(|i| vec![i as f64 - (size - 1) as f64 / 2.0]).collect(),
            Self::Circle => {
                let angle = |i: usize| TAU * i as f64 / size as f64;
                (0..size).map(|i| vec![libm::cos(angle(i)), libm::sin(angle(i))]).collect()
            }
        };
        let mut margin = f64::INFINITY;
        for (i, a) in raw.iter().enumerate() {
            let norm = dot(a, a);
            if norm > 1e-9 {
                margin = margin.min(2.0 * norm);
            }
            for b in &raw[..i] {
                margin = margin.min(norm + dot(b, b) - 2.0 * dot(a, b));
            }
        }
        shrunk(&raw, margin.sqrt())
    }

    fn word(self, size: usize, number: usize) -> String {
        let (one, of) = match (self, size) {
            (Self::Centre, _) => return "a centre".to_string(),
            (_, 1) => ("single", false),
            (Self::Simplex, 2) => ("pair", false),
            (Self::Simplex, _) => ("ETF", true),
            (Self::Line, _) => ("line", true),
            (Self::Circle, _) => ("circle", true),
        };
        let plural = if number > 1 { "s" } else { "" };
        let of = if of { format!(" of {size}") } else { String::new() };
        let number = if number > 1 { format!("{} ", count(number)) } else { String::new() };
        format!("{number}{one}{plural}{of}")
    }
}

/// A number in words.
fn count(number: usize) -> String {
    let words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    words.get(number).map_or_else(|| number.to_string(), ToString::to_string)
}

fn shrunk(points: &Points, by: f64) -> Points {
    points.iter().map(|c| c.iter().map(|x| x / by).collect()).collect()
}

/// Codes in coordinates of their own.
fn direct_sum(blocks: &[Points]) -> Points {
    let width: usize = blocks.iter().map(|b| b.first().map_or(0, Vec::len)).sum();
    let (mut before, mut all) = (0, Vec::new());
    for block in blocks {
        for c in block {
            let mut point = vec![0.0; width];
            point[before..before + c.len()].copy_from_slice(c);
            all.push(point);
        }
        before += block.first().map_or(0, Vec::len);
    }
    all
}

/// Groups of classes with codes in coordinates of their own, of equal margins, and of unequal ones.
fn groupings(setting: &Setting) -> Vec<(Points, String)> {
    let mut found = Vec::new();
    for sizes in partitions(setting.classes) {
        let mut kinds = vec![Block::Simplex];
        if sizes[0] >= 3 {
            kinds.push(Block::Line);
        }
        if sizes[0] >= 4 {
            kinds.push(Block::Circle);
        }
        for kind in kinds {
            let single =
                if sizes.last() == Some(&1) { vec![Block::Simplex, Block::Centre] } else { vec![kind] };
            for single in single {
                let block = |size: usize| match size {
                    1 => single,
                    2 => Block::Simplex,
                    _ => kind,
                };
                let blocks: Vec<Points> = sizes.iter().map(|s| block(*s).points(*s)).collect();
                let words: Vec<String> = sizes
                    .chunk_by(|a, b| a == b)
                    .map(|equal| block(equal[0]).word(equal[0], equal.len()))
                    .collect();
                let words = words.join(" + ");
                if kind == Block::Simplex && blocks.len() > 1 {
                    let unequal = blocks.iter().enumerate();
                    let unequal = unequal.map(|(i, b)| shrunk(b, 1.0 + 0.2 * i as f64)).collect::<Vec<_>>();
                    found.push((direct_sum(&unequal), format!("{words} of unequal strength")));
                }
                found.push((direct_sum(&blocks), words));
            }
        }
    }
    found
}

/// Partitions into parts of which at most one is 1: those into equal parts and a rest, then others up to a limit.
fn partitions(classes: usize) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = Vec::new();
    for part in 2..=classes {
        let mut sizes = vec![part; classes / part];
        sizes.extend(Some(classes % part).filter(|rest| *rest > 0));
        found.push(sizes);
    }
    if classes > 4 {
        found.push(vec![classes - 2, 2]);
        if classes % 2 == 1 {
            let mut sizes = vec![3];
            sizes.extend(vec![2; (classes - 3) / 2]);
            found.push(sizes);
        }
    }
    for largest in 2..=classes {
        extend(&mut found, &mut vec![largest], classes - largest);
    }
    let mut distinct: Vec<Vec<usize>> = Vec::new();
    for sizes in found {
        if !distinct.contains(&sizes) {
            distinct.push(sizes);
        }
    }
    distinct.truncate(PARTITIONS.max(classes / 2));
    distinct
}

/// Completes a partition with parts no larger than its last, in all ways, up to a limit.
fn extend(found: &mut Vec<Vec<usize>>, parts: &mut Vec<usize>, rest: usize) {
    if found.len() > 4 * PARTITIONS {
        return;
    }
    if rest == 0 {
        found.push(parts.clone());
        return;
    }
    let last = parts.last().copied().unwrap_or(rest);
    for part in (2..=last.min(rest)).rev().chain((rest == 1).then_some(1)) {
        parts.push(part);
        extend(found, parts, rest - part);
        parts.pop();
    }
}

/// Flat codes of all classes together: grids and cubes, a circle with a centre, two circles.
fn whole_codes(k: usize) -> Vec<(Points, String)> {
    let mut found = Vec::new();
    for rows in 2..=k / 2 {
        let columns = k.div_ceil(rows);
        let (middle_row, middle) = ((rows - 1) as f64 / 2.0, (columns - 1) as f64 / 2.0);
        let point = |i: usize| vec![(i % rows) as f64 - middle_row, (i / rows) as f64 - middle];
        found.push(((0..k).map(point).collect(), format!("grid of {rows} by {columns}")));
    }
    let bits = (usize::BITS - (k - 1).leading_zeros()) as usize;
    let corner = |i: usize| (0..bits).map(|b| if i >> b & 1 == 1 { 0.5 } else { -0.5 }).collect();
    found.push(((0..k).map(corner).collect(), "cube".to_string()));
    if k >= 5 {
        let mut points = Block::Circle.points(k - 1);
        points.push(vec![0.0, 0.0]);
        found.push((points, "circle with a centre".to_string()));
        let inner = k / 3;
        let mut points = Block::Circle.points(k - inner);
        points.extend(shrunk(&Block::Circle.points(k - inner), 2.0).into_iter().step_by(2).take(inner));
        let missing = k - points.len();
        points.extend(vec![vec![0.0, 0.0]; missing]);
        found.push((points, "two circles".to_string()));
    }
    found
}

/// Codes on the sphere: a spiral, rings at several heights turned against each other, each with a centre too.
fn spheres(k: usize) -> Vec<(Points, String)> {
    let mut found = Vec::new();
    for (centre, words) in [(0, ""), (1, " with a centre")] {
        if k < 6 + centre {
            continue;
        }
        let k = k - centre;
        let mut add = |mut points: Points, name: &str| {
            points.extend(vec![vec![0.0; 3]; centre]);
            found.push((points, format!("{name}{words}")));
        };
        let golden = TAU * (1.5 - 1.25f64.sqrt());
        let height = |i: usize| 1.0 - (2 * i + 1) as f64 / k as f64;
        add((0..k).map(|i| on_sphere(height(i), golden * i as f64)).collect(), "spiral");
        add(rings(&[k - k / 2, k / 2], 0.5), "two rings");
        let inner = k - 2;
        add(rings(&[1, inner - inner / 2, inner / 2, 1], 1.0), "two rings with poles");
        add(rings(&[1, (k - 1).div_ceil(2), (k - 1) / 2], 1.0), "two rings with a pole");
        let belt = k - 2 * (k / 3);
        add(rings(&[k / 3, belt, k / 3], 0.75), "three rings");
    }
    found
}

fn on_sphere(height: f64, angle: f64) -> Vec<f64> {
    let radius = (1.0 - height * height).max(0.0).sqrt();
    vec![radius * libm::cos(angle), radius * libm::sin(angle), height]
}

/// Rings of given sizes at heights from `top` to `-top`, every other one turned by half a step.
fn rings(sizes: &[usize], top: f64) -> Points {
    let step = 2.0 * top / (sizes.len() - 1) as f64;
    let ring = |(level, size): (usize, &usize)| {
        let (size, turn) = (*size, (level % 2) as f64 / 2.0);
        let point =
            move |i: usize| on_sphere(top - step * level as f64, TAU * (i as f64 + turn) / size as f64);
        (0..size).map(point)
    };
    sizes.iter().enumerate().flat_map(ring).collect()
}

/// Two groups apart along one mode, both coded in the same coordinates or each in its own.
fn splits(k: usize) -> Vec<(Points, String)> {
    let mut found = Vec::new();
    if k < 4 {
        return found;
    }
    for (block, word) in [(Block::Simplex, "an ETF"), (Block::Line, "a line"), (Block::Circle, "a circle")] {
        let halves = [block.points(k - k / 2), block.points(k / 2)];
        let pairs = |size: usize| {
            let blocks = vec![Block::Simplex.points(2); size.div_ceil(2)];
            direct_sum(&blocks)[..size].to_vec()
        };
        let paired = [pairs(k - k / 2), pairs(k / 2)];
        for apart in [0.5, 1.0] {
            let mut add = |halves: &[Points; 2], word: &str| {
                let shared: Points = halves.iter().flatten().cloned().collect();
                let width = shared.iter().map(Vec::len).max().unwrap_or(0);
                let own = direct_sum(halves);
                for (points, how) in [(shared, "alike"), (own, "apart")] {
                    let sign = |i: usize| if i < k - k / 2 { apart } else { -apart };
                    let raise = |(i, mut c): (usize, Vec<f64>)| {
                        c.resize(c.len().max(width), 0.0);
                        c.push(sign(i));
                        c
                    };
                    let points = points.into_iter().enumerate().map(raise).collect();
                    found.push((points, format!("two groups, each {word}, {how}")));
                }
            };
            add(&halves, word);
            if block == Block::Simplex {
                add(&paired, "a set of pairs");
            }
        }
    }
    found
}

/// Codes that leave classes together: merged into groups, or some pairs and the rest at the origin.
fn partial(k: usize) -> Vec<(Points, String)> {
    let mut found = Vec::new();
    for groups in 2..=k / 2 {
        let points = Block::Simplex.points(groups);
        let merged = (0..k).map(|i| points[i % groups].clone()).collect();
        found.push((merged, format!("classes merged into {} groups", count(groups))));
    }
    for pairs in 1..k.div_ceil(2) {
        let mut blocks = vec![Block::Simplex.points(2); pairs];
        blocks.push(Block::Centre.points(k - 2 * pairs));
        let words = Block::Simplex.word(2, pairs);
        found.push((direct_sum(&blocks), format!("{words}, the rest at zero")));
    }
    found
}

fn random(k: usize) -> Vec<(Points, String)> {
    let code = |seed: usize| {
        let mut normal = Normal::of(seed as u64 + 1);
        let dimension = 1 + seed % (k - 1);
        let points = (0..k).map(|_| (0..dimension).map(|_| normal.draw()).collect()).collect();
        (points, format!("random points in dimension {dimension}"))
    };
    (0..RANDOM).map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::{Candidate, Problem, Setting, best_etf, columns, search};
    use faer::Mat;

    fn setting(k: usize, m: usize, n: f64, λ: f64, bias: bool) -> Setting {
        let factors = m + 1;
        Setting { classes: k, per_class: n, factors, log_weight: factors as f64 * λ.ln(), rank: k, bias }
    }

    /// The parts agree with each other.
    fn consistent(setting: &Setting, found: &Candidate) {
        let k = setting.classes;
        let sum = |i, j| {
            let modes = found.strengths.iter().zip(found.left.iter().zip(&found.right));
            modes.map(|(σ, (u, v))| σ * u[i] * v[j]).sum::<f64>()
        };
        let difference = Mat::from_fn(k, k, sum) - columns(&found.logits, k);
        assert!(difference.norm_l2() < 1e-9);
        assert!(found.strengths.windows(2).all(|pair| pair[0] >= pair[1]));
        assert!(found.strengths.iter().all(|σ| *σ > 0.0) && found.strengths.len() <= setting.rank);
        let f = setting.objective(&columns(&found.logits, k), &found.bias, &found.strengths);
        assert!((f - found.objective).abs() < 1e-14);
        if found.strengths.is_empty() || found.structure == "ETF" {
            return;
        }
        // At rest as a network, hence stationary.
        let network = Problem::new(setting, found.strengths.len());
        let state = network.state(&columns(&found.logits, k), &found.bias).unwrap();
        let mut gradient = vec![0.0; state.len()];
        let cost = network.evaluate(&state, &mut gradient);
        assert!((cost - f).abs() < 1e-13);
        let size: f64 = gradient.iter().map(|g| g * g).sum();
        assert!(size < 1e-11 * setting.weight() * f, "{size:e}");
    }

    fn known(setting: Setting, etf: f64, better: f64) {
        assert!((best_etf(&setting).1 - etf).abs() < 1e-8, "{:?}", best_etf(&setting));
        let found = search(&setting).unwrap();
        consistent(&setting, &found);
        assert!(found.objective < better + 1e-8, "{found:?}");
    }

    #[test]
    fn known_counterexamples() {
        known(setting(4, 3, 1.0, 1e-2, true), 0.15287728, 0.13807187);
        known(setting(4, 3, 1.0, 1e-2, false), 0.15287728, 0.13989875);
        known(setting(6, 2, 1.0, 1e-3, false), 0.03149014, 0.02956847);
        known(setting(10, 2, 5.0, 2f64.powi(-10), false), 0.09066218, 0.08001266);
        known(setting(3, 3, 1.0, 1e-3, true), 0.01198336, 0.01169156);
    }

    #[test]
    fn nothing_beats_the_frame() {
        for (k, m) in [(2, 1), (2, 2), (2, 3), (3, 2)] {
            for (λ, bias) in [(1e-2, true), (1e-3, false), (1e-4, true)] {
                let setting = setting(k, m, 1.0, λ, bias);
                let found = search(&setting).unwrap();
                consistent(&setting, &found);
                let (_, g) = best_etf(&setting);
                assert!((found.objective - g).abs() < 1e-9 * g, "{k} {m} {λ} {found:?}");
                assert_eq!(found.structure, "ETF");
            }
        }
    }

    #[test]
    fn something_beats_the_frame() {
        for (m, classes) in [(2, vec![5, 6, 8, 10]), (3, vec![3, 4, 5, 6, 10])] {
            for (k, λ) in classes.into_iter().flat_map(|k| [1e-2, 1e-3, 1e-4].map(|λ| (k, λ))) {
                let setting = setting(k, m, 1.0, λ, true);
                let found = search(&setting).unwrap();
                consistent(&setting, &found);
                assert!(found.objective < 0.985 * best_etf(&setting).1, "{k} {m} {λ} {found:?}");
            }
        }
    }

    #[test]
    fn zero_wins_under_a_heavy_weight() {
        let setting = setting(4, 2, 1.0, 1.0, true);
        assert_eq!(best_etf(&setting), (0.0, 4f64.ln()));
        let found = search(&setting).unwrap();
        assert!(found.strengths.is_empty() && found.structure == "zero", "{found:?}");
        assert!((found.objective - 4f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn the_rank_is_respected() {
        let mut last = 4f64.ln();
        for rank in 0..=4 {
            let setting = Setting { rank, ..setting(4, 2, 1.0, 1e-2, false) };
            let found = search(&setting).unwrap();
            consistent(&setting, &found);
            assert!(found.objective <= last * (1.0 + 1e-12));
            last = found.objective;
        }
    }

    #[test]
    fn searching_again_finds_the_same() {
        let setting = setting(5, 2, 2.0, 1e-3, true);
        let [a, b] = [(); 2].map(|()| search(&setting).unwrap());
        assert!(a.logits == b.logits && a.bias == b.bias && a.objective == b.objective);
    }
}
