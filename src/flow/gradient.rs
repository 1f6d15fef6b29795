//! The objective and its gradient, contracted through the narrow end.
//!
//! With `A_l = W_M⋯W_{l+1}` (`K` rows), the residual `E` (`K × columns`) and `B_l = E Hᵀ W_1ᵀ⋯W_lᵀ` (`K` rows):
//!
//! ```text
//! ∂W_l = A_lᵀ B_{l−1}/N + λ_l W_l        ∂H = A_0ᵀ E/N + λ_H H        ∂b = E s/N
//! ```
//!
//! No product of two wide matrices is formed: `O(M K d² + K d columns)` operations.

use super::network::Network;
use super::samples::Columns;
use crate::case::{Bias, Loss};
use crate::float::softmax;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};

/// Working memory for gradients of one network; nothing is allocated while it is used.
#[derive(Debug)]
pub struct Gradient<'a> {
    network: &'a Network,
    /// `A_0 … A_{M−1}`, `K × d_{l+1}`.
    products: Vec<Narrow>,
    /// `B_0 … B_{M−1}`, `K × d_{l+1}`.
    backward: Vec<Narrow>,
    /// `E`, `K × columns`.
    residual: Narrow,
    /// `s`: the square root of each column's weight, 0 for deviations.
    scale: Vec<f64>,
    /// The class of each column that has one.
    class: Vec<Option<usize>>,
}

/// A matrix with few rows. Kernels work on whole vectors: the rows up to the next multiple of a vector are there, zero,
/// and take part in products. Otherwise they would be whatever memory holds, and denormal numbers make products many times
/// slower.
#[derive(Debug)]
struct Narrow {
    room: Mat<f64>,
    rows: usize,
}

/// Floats in the longest vector of a processor.
const VECTOR: usize = 8;

impl Narrow {
    fn zeros(rows: usize, columns: usize) -> Self {
        Self { room: Mat::zeros(rows.next_multiple_of(VECTOR), columns), rows }
    }

    fn as_ref(&self) -> MatRef<'_, f64> {
        self.room.subrows(0, self.rows)
    }

    /// Makes this the product of another one with a wide matrix.
    fn set(&mut self, narrow: &Self, wide: MatRef<'_, f64>) {
        matmul(self.room.as_mut(), Accum::Replace, narrow.room.as_ref(), wide, 1.0, Par::Seq);
    }

    fn column(&self, j: usize) -> &[f64] {
        &self.room.col_as_slice(j)[..self.rows]
    }

    fn column_mut(&mut self, j: usize) -> &mut [f64] {
        &mut self.room.col_as_slice_mut(j)[..self.rows]
    }
}

impl<'a> Gradient<'a> {
    /// Working memory for a network.
    pub fn new(network: &'a Network) -> Self {
        let (k, classes, columns) = (network.outputs, network.classes, network.columns.number());
        let roots: Vec<f64> = network.counts.iter().map(|n| n.sqrt()).collect();
        let narrow = || (0..network.depth()).map(|l| Narrow::zeros(k, network.widths[l])).collect::<Vec<_>>();
        let (scale, class) = match &network.columns {
            Columns::Reduced { deviations, .. } => {
                let scale = roots.into_iter().chain(vec![0.0; *deviations]).collect();
                (scale, (0..classes).map(Some).chain(vec![None; *deviations]).collect())
            }
            Columns::Samples(classes) => {
                (vec![1.0; classes.len()], classes.iter().map(|k| Some(*k)).collect())
            }
            Columns::Classes(_) => (roots, (0..classes).map(Some).collect()),
        };
        Self {
            network,
            products: narrow(),
            backward: narrow(),
            residual: Narrow::zeros(k, columns),
            scale,
            class,
        }
    }

    /// The objective at a state; its gradient is written to `gradient`.
    pub fn evaluate(&mut self, state: &[f64], gradient: &mut [f64]) -> f64 {
        let net = self.network;
        let (depth, n) = (net.depth(), net.samples);
        self.forward(state);
        let loss = self.loss(&state[net.bias_range()]);
        let h = net.feature_matrix(state);
        // B_0 = E Hᵀ, B_l = B_{l−1} W_lᵀ.
        self.backward[0].set(&self.residual, h.transpose());
        for l in 1..depth {
            let (done, rest) = self.backward.split_at_mut(l);
            rest[0].set(&done[l - 1], net.layer(state, l).transpose());
        }
        let mut energy = 0.0;
        for l in 1..=depth {
            let (range, λ) = (net.layer_range(l), net.weights[l - 1]);
            energy += decay(&state[range.clone()], &mut gradient[range], λ);
            let target = net.layer_mut(gradient, l);
            match self.products.get(l) {
                Some(a) => {
                    matmul(
                        target,
                        Accum::Add,
                        a.as_ref().transpose(),
                        self.backward[l - 1].as_ref(),
                        1.0 / n,
                        Par::Seq,
                    );
                }
                // A_M is the identity.
                None => {
                    let b = &self.backward[l - 1];
                    let range = net.layer_range(l);
                    for (j, column) in gradient[range].chunks_exact_mut(net.outputs).enumerate() {
                        column.iter_mut().zip(b.column(j)).for_each(|(g, b)| *g += b / n);
                    }
                }
            }
        }
        let range = net.feature_range();
        energy += decay(&state[range.clone()], &mut gradient[range.clone()], net.features);
        let target =
            MatMut::from_column_major_slice_mut(&mut gradient[range], net.widths[0], net.columns.number());
        matmul(
            target,
            Accum::Add,
            self.products[0].as_ref().transpose(),
            self.residual.as_ref(),
            1.0 / n,
            Par::Seq,
        );
        if net.bias == Bias::LastLayer {
            let range = net.bias_range();
            let (bias, out) = (&state[range.clone()], &mut gradient[range]);
            energy += decay(bias, out, net.bias_weight);
            for (c, s) in self.scale.iter().enumerate() {
                if *s > 0.0 {
                    let e = self.residual.column(c);
                    out.iter_mut().zip(e).for_each(|(g, e)| *g += e * s / n);
                }
            }
        }
        loss + energy
    }

    /// `A_l` for all layers, and `A_0 H` in the residual.
    fn forward(&mut self, state: &[f64]) {
        let net = self.network;
        let depth = net.depth();
        let outer = &mut self.products[depth - 1];
        outer.room.subrows_mut(0, outer.rows).copy_from(net.layer(state, depth));
        for l in (1..depth).rev() {
            let (low, high) = self.products.split_at_mut(l);
            low[l - 1].set(&high[0], net.layer(state, l));
        }
        self.residual.set(&self.products[0], net.feature_matrix(state));
    }

    /// Turns `A_0 H` into `E = N ∂loss/∂(A_0 H)` and returns the loss.
    fn loss(&mut self, bias: &[f64]) -> f64 {
        let net = self.network;
        let k = net.outputs;
        let mut total = 0.0;
        for (c, class) in self.class.iter().enumerate() {
            let (s, column) = (self.scale[c], self.residual.column_mut(c));
            let ω = class.map_or(1.0, |class| net.class_weights[class]);
            if net.loss == Loss::Mse {
                if let Some(class) = class {
                    let target = &net.targets[class * k..(class + 1) * k];
                    for (j, e) in column.iter_mut().enumerate() {
                        *e += s * (bias.get(j).copied().unwrap_or(0.0) - target[j]);
                    }
                }
                total += ω * column.iter().map(|e| e * e).sum::<f64>() / (2.0 * net.samples);
            } else if let Some(class) = class {
                total += ω * s * s / net.samples * net.cross_entropy(column, s, bias, *class);
            }
            if ω != 1.0 {
                column.iter_mut().for_each(|e| *e *= ω);
            }
        }
        total
    }
}

impl Network {
    /// Cross-entropy of one column of `A_0 H`, which becomes `s δ ⊙ (softmax − target)`.
    fn cross_entropy(&self, column: &mut [f64], s: f64, bias: &[f64], class: usize) -> f64 {
        for (j, z) in column.iter_mut().enumerate() {
            *z = *z / s + bias.get(j).copied().unwrap_or(0.0);
        }
        let range = class * self.outputs..(class + 1) * self.outputs;
        let (target, scale) = (&self.targets[range.clone()], self.logit_scale.get(range.clone()));
        if let Some(δ) = scale {
            column.iter_mut().zip(δ).for_each(|(z, δ)| *z *= δ);
        }
        if let Some(ι) = self.logit_shift.get(range) {
            column.iter_mut().zip(ι).for_each(|(z, ι)| *z += ι);
        }
        let loss = if target.get(class) == Some(&1.0) && target.iter().filter(|x| **x != 0.0).count() == 1 {
            let (loss, others) = softmax(column, class);
            column.iter_mut().for_each(|p| *p *= s);
            column[class] = -s * others;
            loss
        } else {
            let top = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let away: f64 = column.iter().zip(target).map(|(z, t)| t * (top - z)).sum();
            column.iter_mut().for_each(|z| *z = (*z - top).exp());
            let total: f64 = column.iter().sum();
            column.iter_mut().zip(target).for_each(|(w, t)| *w = s * (*w / total - t));
            total.ln() + away
        };
        if let Some(δ) = scale {
            column.iter_mut().zip(δ).for_each(|(e, δ)| *e *= δ);
        }
        loss
    }
}

/// Writes `λ x` to `out`; returns `λ/2 ‖x‖²`.
fn decay(x: &[f64], out: &mut [f64], λ: f64) -> f64 {
    let mut partial = [0.0; 8];
    for (xs, outs) in x.chunks(8).zip(out.chunks_mut(8)) {
        for ((x, o), sum) in xs.iter().zip(outs).zip(&mut partial) {
            *o = λ * x;
            *sum += x * x;
        }
    }
    λ / 2.0 * partial.iter().sum::<f64>()
}
