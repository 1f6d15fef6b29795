//! The loss at the logits, and its derivative.

use super::narrow::Narrow;
use super::network::Network;
use super::samples::Columns;
use crate::case::Loss;
use crate::float::softmax;

/// What the columns of the logits are compared with.
#[derive(Debug)]
pub(super) struct Residual<'a> {
    network: &'a Network,
    /// `s`: the square root of each column's weight, 0 for deviations.
    scale: Vec<f64>,
    /// The class of each column that has one.
    class: Vec<Option<usize>>,
}

impl<'a> Residual<'a> {
    /// The columns of a network.
    pub fn of(network: &'a Network) -> Self {
        let classes = network.classes;
        let roots: Vec<f64> = network.counts.iter().map(|n| n.sqrt()).collect();
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
        Self { network, scale, class }
    }

    /// Turns `A_0 H` into `E = N ∂loss/∂(A_0 H)` and returns the loss.
    pub fn turn(&self, logits: &mut Narrow, bias: &[f64]) -> f64 {
        let net = self.network;
        let k = net.outputs;
        let mut total = 0.0;
        for (c, class) in self.class.iter().enumerate() {
            let (s, column) = (self.scale[c], logits.column_mut(c));
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

    /// `E s`, the derivative by the bias times `N`.
    pub fn bias(&self, residual: &Narrow, out: &mut [f64]) {
        out.fill(0.0);
        for (c, s) in self.scale.iter().enumerate() {
            if *s > 0.0 {
                out.iter_mut().zip(residual.column(c)).for_each(|(g, e)| *g += e * s);
            }
        }
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
