//! The objective of the factors `A`, `B` and the bias, with its first two derivatives.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};

/// What does not change during the search.
#[derive(Debug)]
pub struct Problem {
    pub counts: Vec<f64>,
    pub roots: Vec<f64>,
    pub samples: f64,
    pub τ: f64,
    pub bias: bool,
}

/// Probabilities, the dual matrix and the loss of some logits.
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
    pub fn new(counts: &[f64], τ: f64, bias: bool) -> Self {
        let roots = counts.iter().map(|n| n.sqrt()).collect();
        Self { counts: counts.to_vec(), roots, samples: counts.iter().sum(), τ, bias }
    }

    pub fn classes(&self) -> usize {
        self.counts.len()
    }

    pub fn biases(&self) -> usize {
        if self.bias { self.classes() } else { 0 }
    }

    pub fn width(&self, state: &[f64]) -> usize {
        (state.len() - self.biases()) / (2 * self.classes())
    }

    /// `A`, `B` and the bias of a state or of a change of state.
    pub fn split<'a>(&self, state: &'a [f64]) -> (MatRef<'a, f64>, MatRef<'a, f64>, &'a [f64]) {
        let (k, r) = (self.classes(), self.width(state));
        let (a, rest) = state.split_at(k * r);
        let (b, bias) = rest.split_at(k * r);
        (MatRef::from_column_major_slice(a, k, r), MatRef::from_column_major_slice(b, k, r), bias)
    }

    pub fn split_mut<'a>(&self, state: &'a mut [f64]) -> (MatMut<'a, f64>, MatMut<'a, f64>, &'a mut [f64]) {
        let (k, r) = (self.classes(), self.width(state));
        let (a, rest) = state.split_at_mut(k * r);
        let (b, bias) = rest.split_at_mut(k * r);
        (MatMut::from_column_major_slice_mut(a, k, r), MatMut::from_column_major_slice_mut(b, k, r), bias)
    }

    /// No logits but the best bias: the logarithms of the counts.
    pub fn zero(&self) -> Vec<f64> {
        let mut bias: Vec<f64> = self.counts.iter().take(self.biases()).map(|n| n.ln()).collect();
        centre(&mut bias);
        bias
    }

    /// Logits with the bias added, for `Z D^{1/2}`.
    pub fn biased(&self, scaled: &Mat<f64>, bias: &[f64]) -> Mat<f64> {
        let shift = |i: usize| bias.get(i).copied().unwrap_or(0.0);
        Mat::from_fn(self.classes(), self.classes(), |i, k| scaled[(i, k)] / self.roots[k] + shift(i))
    }

    /// The softmax of every column; `1 − P_kk` is the sum of the others, so that it keeps its digits.
    pub fn softmax(&self, logits: &Mat<f64>) -> Softmax {
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
    pub fn balance(&self, slack: &Mat<f64>) -> Vec<f64> {
        let row = |i: usize| self.roots.iter().enumerate().map(|(k, root)| slack[(i, k)] * root).sum();
        (0..self.classes()).map(row).collect()
    }

    /// `Σ_k (n_k/N) H(P_k)`.
    pub fn entropy(&self, softmax: &Softmax) -> f64 {
        let term = |i: usize, k: usize| {
            let p = softmax.shares[(i, k)];
            let rest = softmax.slack[(k, k)] / self.roots[k] * self.samples;
            let log = if i == k && p > 0.5 { (-rest).ln_1p() } else { p.ln() };
            if p > 0.0 { -p * log } else { 0.0 }
        };
        let column = |k: usize| -> f64 { (0..self.classes()).map(|i| term(i, k)).sum() };
        self.counts.iter().enumerate().map(|(k, n)| n / self.samples * column(k)).sum()
    }

    pub fn point(&self, state: Vec<f64>) -> Point {
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
    pub fn slack_change(&self, shares: &Mat<f64>, change: &mut Mat<f64>, bias: &[f64]) {
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
    pub fn curve(&self, point: &Point, direction: &[f64]) -> Vec<f64> {
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
    pub fn diagonal(&self, point: &Point) -> Vec<f64> {
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
