//! The objective of the factors `A`, `B` and the bias, with its first two derivatives.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};

/// The loss on adjusted logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    Entropy,
    Squares,
}

/// What does not change during the search. A class is a group of samples with one target.
#[derive(Debug)]
pub struct Problem {
    pub loss: Loss,
    pub counts: Vec<f64>,
    pub roots: Vec<f64>,
    pub samples: f64,
    pub τ: f64,
    /// `λ_b`, zero if the bias is free; none without a bias.
    pub bias: Option<f64>,
    /// `ω`.
    pub weights: Vec<f64>,
    /// A column of `K` numbers a class, and the output where it is one-hot.
    pub targets: Mat<f64>,
    pub own: Vec<Option<usize>>,
    /// `δ` and `ι`, a column a class.
    pub scale: Option<Mat<f64>>,
    pub shift: Option<Mat<f64>>,
}

/// Probabilities (or logits, for squares), the dual matrix and the loss of some logits.
#[derive(Debug)]
pub struct Softmax {
    pub shares: Mat<f64>,
    pub slack: Mat<f64>,
    pub loss: f64,
}

/// The objective with its gradient at a state: `A`, `B` by columns, then the bias if there is one.
#[derive(Debug)]
pub struct Point {
    pub state: Vec<f64>,
    pub softmax: Softmax,
    pub gradient: Vec<f64>,
    pub objective: f64,
}

impl Problem {
    /// Cross-entropy of classes with one-hot targets and weights one.
    pub fn new(counts: &[f64], τ: f64, bias: bool) -> Self {
        let k = counts.len();
        Self {
            loss: Loss::Entropy,
            counts: counts.to_vec(),
            roots: counts.iter().map(|n| n.sqrt()).collect(),
            samples: counts.iter().sum(),
            τ,
            bias: bias.then_some(0.0),
            weights: vec![1.0; k],
            targets: Mat::from_fn(k, k, |i, j| f64::from(u8::from(i == j))),
            own: (0..k).map(Some).collect(),
            scale: None,
            shift: None,
        }
    }

    pub fn classes(&self) -> usize {
        self.counts.len()
    }

    pub fn outputs(&self) -> usize {
        self.targets.nrows()
    }

    pub fn biases(&self) -> usize {
        if self.bias.is_some() { self.outputs() } else { 0 }
    }

    pub fn width(&self, state: &[f64]) -> usize {
        (state.len() - self.biases()) / (self.classes() + self.outputs())
    }

    /// Whether targets are one-hot and nothing differs from the plain cross-entropy.
    pub fn is_plain(&self) -> bool {
        self.loss == Loss::Entropy
            && self.own.iter().all(Option::is_some)
            && self.weights.iter().all(|ω| *ω == 1.0)
            && self.scale.is_none()
            && self.shift.is_none()
            && self.bias.is_none_or(|λ| λ == 0.0)
    }

    /// Whether adding a number to all of the bias changes nothing.
    pub fn is_centred(&self) -> bool {
        self.loss == Loss::Entropy && self.scale.is_none() && self.bias == Some(0.0)
    }

    /// `A`, `B` and the bias of a state or of a change of state.
    pub fn split<'a>(&self, state: &'a [f64]) -> (MatRef<'a, f64>, MatRef<'a, f64>, &'a [f64]) {
        let (k, n, r) = (self.outputs(), self.classes(), self.width(state));
        let (a, rest) = state.split_at(k * r);
        let (b, bias) = rest.split_at(n * r);
        (MatRef::from_column_major_slice(a, k, r), MatRef::from_column_major_slice(b, n, r), bias)
    }

    pub fn split_mut<'a>(&self, state: &'a mut [f64]) -> (MatMut<'a, f64>, MatMut<'a, f64>, &'a mut [f64]) {
        let (k, n, r) = (self.outputs(), self.classes(), self.width(state));
        let (a, rest) = state.split_at_mut(k * r);
        let (b, bias) = rest.split_at_mut(n * r);
        (MatMut::from_column_major_slice_mut(a, k, r), MatMut::from_column_major_slice_mut(b, n, r), bias)
    }

    /// Logits with the bias added, for `Z D^{1/2}`.
    pub fn biased(&self, scaled: &Mat<f64>, bias: &[f64]) -> Mat<f64> {
        let shift = |i: usize| bias.get(i).copied().unwrap_or(0.0);
        Mat::from_fn(self.outputs(), self.classes(), |i, k| scaled[(i, k)] / self.roots[k] + shift(i))
    }

    fn stretch(&self, i: usize, k: usize) -> f64 {
        self.scale.as_ref().map_or(1.0, |δ| δ[(i, k)])
    }

    /// The softmax of every column and `M`; `1 − P_kk` is the sum of the others, so that it keeps its digits. For squares,
    /// the logits.
    pub fn softmax(&self, logits: &Mat<f64>) -> Softmax {
        let (outputs, classes) = (self.outputs(), self.classes());
        let (mut shares, mut slack) = (Mat::zeros(outputs, classes), Mat::zeros(outputs, classes));
        let mut loss = 0.0;
        for k in 0..classes {
            let scale = self.roots[k] / self.samples * self.weights[k];
            let share = self.counts[k] / self.samples * self.weights[k];
            let target = self.targets.col_as_slice(k);
            if self.loss == Loss::Squares {
                for (i, z) in logits.col_as_slice(k).iter().enumerate() {
                    shares[(i, k)] = *z;
                    slack[(i, k)] = (target[i] - z) * scale;
                    loss += share / 2.0 * (target[i] - z) * (target[i] - z);
                }
                continue;
            }
            let adjusted = |(i, z): (usize, &f64)| match (&self.scale, &self.shift) {
                (None, None) => *z,
                (_, shift) => self.stretch(i, k) * z + shift.as_ref().map_or(0.0, |ι| ι[(i, k)]),
            };
            let column: Vec<f64> = logits.col_as_slice(k).iter().enumerate().map(adjusted).collect();
            let top = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = column.iter().map(|z| (z - top).exp()).collect();
            match self.own[k] {
                Some(own) => {
                    let others: f64 =
                        weights.iter().enumerate().filter(|(i, _)| *i != own).map(|(_, w)| w).sum();
                    let total = others + weights[own];
                    let log_total = if column[own] == top { others.ln_1p() } else { total.ln() };
                    loss += share * (log_total + (top - column[own]));
                    for (i, w) in weights.iter().enumerate() {
                        shares[(i, k)] = w / total;
                        slack[(i, k)] = if i == own { others / total } else { -(w / total) } * scale;
                    }
                }
                None => {
                    let total: f64 = weights.iter().sum();
                    let away: f64 = column.iter().zip(target).map(|(z, s)| s * (top - z)).sum();
                    loss += share * (total.ln() + away);
                    for (i, w) in weights.iter().enumerate() {
                        shares[(i, k)] = w / total;
                        slack[(i, k)] = (target[i] - w / total) * scale;
                    }
                }
            }
            if self.scale.is_some() {
                (0..outputs).for_each(|i| slack[(i, k)] *= self.stretch(i, k));
            }
        }
        Softmax { shares, slack, loss }
    }

    /// `M n^{1/2}`.
    pub fn balance(&self, slack: &Mat<f64>) -> Vec<f64> {
        let row = |i: usize| self.roots.iter().enumerate().map(|(k, root)| slack[(i, k)] * root).sum();
        (0..self.outputs()).map(row).collect()
    }

    /// The dual objective: `Σ_k (n_kω_k/N) (H(P_k) + ⟨P_k − s_k, ι_k⟩)`, or `Σ_k (n_kω_k/2N) (‖s_k‖² − ‖z_k‖²)`, less what
    /// a regularised bias takes.
    pub fn dual(&self, softmax: &Softmax) -> f64 {
        let p = |i: usize, k: usize| softmax.shares[(i, k)];
        let term = |i: usize, k: usize| {
            if self.loss == Loss::Squares {
                let s = self.targets[(i, k)];
                return (s - p(i, k)) * (s + p(i, k)) / 2.0;
            }
            let (p, own) = (p(i, k), self.own[k] == Some(i) && self.scale.is_none());
            let rest = softmax.slack[(i, k)] / self.roots[k] * self.samples / self.weights[k];
            let log = if own && p > 0.5 { (-rest).ln_1p() } else { p.ln() };
            let shifted = self.shift.as_ref().map_or(0.0, |ι| (p - self.targets[(i, k)]) * ι[(i, k)]);
            shifted + if p > 0.0 { -p * log } else { 0.0 }
        };
        let column = |k: usize| -> f64 { (0..self.outputs()).map(|i| term(i, k)).sum() };
        let classes = self.counts.iter().zip(&self.weights).enumerate();
        let whole: f64 = classes.map(|(k, (n, ω))| n / self.samples * ω * column(k)).sum();
        match self.bias {
            Some(λ) if λ > 0.0 => {
                let balance = self.balance(&softmax.slack);
                whole - dot(&balance, &balance) / (2.0 * λ)
            }
            _ => whole,
        }
    }

    /// The derivative by the bias.
    pub fn imbalance(&self, softmax: &Softmax, bias: &[f64]) -> Vec<f64> {
        let Some(λ) = self.bias else { return Vec::new() };
        self.balance(&softmax.slack)
            .into_iter()
            .zip(bias)
            .map(|(m, b)| if λ > 0.0 { m - λ * b } else { m })
            .collect()
    }

    pub fn point(&self, state: Vec<f64>) -> Point {
        let (a, b, bias) = self.split(&state);
        let mut scaled = Mat::zeros(self.outputs(), self.classes());
        multiply(scaled.as_mut(), Accum::Replace, a, b.transpose(), 1.0);
        let softmax = self.softmax(&self.biased(&scaled, bias));
        let mut gradient: Vec<f64> = state.iter().map(|x| self.τ * x).collect();
        let (ga, gb, gbias) = self.split_mut(&mut gradient);
        multiply(ga, Accum::Add, softmax.slack.as_ref(), b, -1.0);
        multiply(gb, Accum::Add, softmax.slack.transpose(), a, -1.0);
        gbias.iter_mut().zip(self.imbalance(&softmax, bias)).for_each(|(g, m)| *g = -m);
        let factors = state.len() - self.biases();
        let ridge = self.bias.filter(|λ| *λ > 0.0).map_or(0.0, |λ| λ / 2.0 * dot(bias, bias));
        let objective = softmax.loss + self.τ / 2.0 * dot(&state[..factors], &state[..factors]) + ridge;
        Point { state, softmax, gradient, objective }
    }

    /// The derivative of `M` along a change of `Z D^{1/2}` and of the bias.
    pub fn slack_change(&self, shares: &Mat<f64>, change: &mut Mat<f64>, bias: &[f64]) {
        for k in 0..self.classes() {
            let (p, column) = (shares.col_as_slice(k), change.col_as_slice_mut(k));
            column.iter_mut().for_each(|x| *x /= self.roots[k]);
            column.iter_mut().zip(bias).for_each(|(x, b)| *x += b);
            let scale = -self.roots[k] / self.samples * self.weights[k];
            if self.loss == Loss::Squares {
                column.iter_mut().for_each(|x| *x *= scale);
                continue;
            }
            if self.scale.is_some() {
                column.iter_mut().enumerate().for_each(|(i, x)| *x *= self.stretch(i, k));
            }
            // Relative to the own class, whose probability is often close to one.
            let most = || (0..p.len()).fold(0, |most, i| if p[i] > p[most] { i } else { most });
            let own = column[self.own[k].unwrap_or_else(most)];
            column.iter_mut().for_each(|x| *x -= own);
            let mean = dot(p, column);
            column.iter_mut().zip(p).for_each(|(x, p)| *x = scale * p * (*x - mean));
            if self.scale.is_some() {
                column.iter_mut().enumerate().for_each(|(i, x)| *x *= self.stretch(i, k));
            }
        }
    }

    /// The Hessian at a point times a direction.
    pub fn curve(&self, point: &Point, direction: &[f64]) -> Vec<f64> {
        let (a, b, _) = self.split(&point.state);
        let (da, db, dbias) = self.split(direction);
        let mut change = Mat::zeros(self.outputs(), self.classes());
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
        if let Some(λ) = self.bias {
            let moved = self.balance(&change).into_iter().zip(dbias);
            obias.iter_mut().zip(moved).for_each(|(o, (m, b))| *o = if λ > 0.0 { λ * b - m } else { -m });
        }
        out
    }

    /// The diagonal of the Hessian.
    pub fn diagonal(&self, point: &Point) -> Vec<f64> {
        let (outputs, classes) = (self.outputs(), self.classes());
        let (a, b, _) = self.split(&point.state);
        let p = &point.softmax.shares;
        // ω δ² P (1 − P)/N, where 1 − P of the own class is known to all digits only through M.
        let spread = Mat::from_fn(outputs, classes, |i, k| {
            let δ = self.stretch(i, k);
            if self.loss == Loss::Squares {
                return self.weights[k] / self.samples;
            }
            let m = match self.own[k] {
                Some(_) => point.softmax.slack[(i, k)].abs() / self.roots[k] * δ,
                None => self.weights[k] * δ * δ * p[(i, k)] / self.samples,
            };
            if self.own[k] == Some(i) { m * p[(i, k)] } else { m * (1.0 - p[(i, k)]) }
        });
        let squares = |m: MatRef<f64>| Mat::from_fn(m.nrows(), m.ncols(), |i, j| m[(i, j)] * m[(i, j)]);
        let mut out = vec![self.τ; point.state.len()];
        let (oa, mut ob, obias) = self.split_mut(&mut out);
        multiply(oa, Accum::Add, spread.as_ref(), squares(b).as_ref(), 1.0);
        if self.loss == Loss::Squares {
            multiply(ob.as_mut(), Accum::Add, spread.transpose(), squares(a).as_ref(), 1.0);
        } else {
            let stretched = |power: i32| {
                Mat::from_fn(outputs, classes, |i, k| {
                    p[(i, k)] * self.weights[k] * self.stretch(i, k).powi(power)
                })
            };
            multiply(
                ob.as_mut(),
                Accum::Add,
                stretched(2).transpose(),
                squares(a).as_ref(),
                1.0 / self.samples,
            );
            let mut means = Mat::zeros(classes, a.ncols());
            multiply(means.as_mut(), Accum::Replace, stretched(1).transpose(), a, 1.0);
            for j in 0..a.ncols() {
                for k in 0..classes {
                    let less = means[(k, j)] * means[(k, j)] / self.samples / self.weights[k];
                    ob[(k, j)] = (ob[(k, j)] - less).max(self.τ);
                }
            }
        }
        for (i, o) in obias.iter_mut().enumerate() {
            let all = (0..classes).map(|k| spread[(i, k)] * self.counts[k]).sum::<f64>();
            *o = (all + self.bias.unwrap_or(0.0)).max(f64::MIN_POSITIVE);
        }
        out
    }
}

fn multiply(target: MatMut<f64>, accum: Accum, left: MatRef<f64>, right: MatRef<f64>, factor: f64) {
    matmul(target, accum, left, right, factor, Par::Seq);
}

/// Subtracts the mean.
pub fn centre(x: &mut [f64]) {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    x.iter_mut().for_each(|x| *x -= mean);
}

/// The inner product.
pub fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}
