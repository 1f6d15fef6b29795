//! Mode strengths: how much of each target singular direction the network's logits carry.

use crate::case::Bias;
use crate::float::{Svd, singular_values};
use crate::flow::Network;
use faer::Mat;

/// The (centred) target matrix in scaled class columns with its singular vectors; `K` rows, a column a class.
#[derive(Debug, Clone)]
pub struct TargetFrame {
    /// Left singular vectors, columns, largest first.
    pub left: Mat<f64>,
    /// Right singular vectors over scaled class columns.
    pub right: Mat<f64>,
    /// Singular values.
    pub values: Vec<f64>,
}

impl TargetFrame {
    /// The frame of a network's targets; `None` if the decomposition fails.
    pub fn of(network: &Network) -> Option<Self> {
        let (k, classes) = (network.outputs, network.classes);
        let mut t = Mat::from_fn(k, classes, |j, c| network.targets[c * k + j]);
        centre(network, &mut t);
        let t = Mat::from_fn(k, classes, |j, c| t[(j, c)] * network.counts[c].sqrt());
        let Svd { left, values, right } = Svd::of(t.as_ref())?;
        Some(Self { left, right, values })
    }

    /// Strengths of the modes in `block` (indices of singular values that are equal): the singular values of
    /// `Pᵀ Z Q / y`, largest first, for logits `Z` in scaled class columns.
    pub fn strengths(&self, logits: &Mat<f64>, block: std::ops::Range<usize>) -> Vec<f64> {
        let (start, m) = (block.start, block.len());
        let y = block.map(|i| self.values[i]).sum::<f64>() / m as f64;
        let inner = self.left.subcols(start, m).transpose() * logits * self.right.subcols(start, m);
        let values = singular_values(inner.as_ref()).unwrap_or_else(|| vec![f64::NAN; m]);
        values.into_iter().map(|s| s / y).collect()
    }

    /// The same frame with the directions of a block of equal singular values turned towards those that the
    /// logits carry, strongest first: where a tie leaves the directions free, a run's own choice.
    pub fn turned(&self, logits: &Mat<f64>, block: std::ops::Range<usize>) -> Option<Self> {
        let (start, m) = (block.start, block.len());
        let (p, q) = (self.left.subcols(start, m), self.right.subcols(start, m));
        let svd = Svd::of((p.transpose() * logits * q).as_ref())?;
        let mut turned = self.clone();
        turned.left.subcols_mut(start, m).copy_from(p * &svd.left);
        turned.right.subcols_mut(start, m).copy_from(q * &svd.left);
        Some(turned)
    }
}

/// Logits of class means without the bias, centred if there is one, in scaled class columns.
pub fn scaled_logits(network: &Network, product: &Mat<f64>, features: &Mat<f64>) -> Mat<f64> {
    let mut z = product * features;
    centre(network, &mut z);
    Mat::from_fn(z.nrows(), z.ncols(), |j, c| z[(j, c)] * network.counts[c].sqrt())
}

/// With a bias, subtracts the mean over samples from class columns.
fn centre(network: &Network, columns: &mut Mat<f64>) {
    if network.bias == Bias::None {
        return;
    }
    for j in 0..columns.nrows() {
        let mean =
            (0..columns.ncols()).map(|c| columns[(j, c)] * network.counts[c]).sum::<f64>() / network.samples;
        (0..columns.ncols()).for_each(|c| columns[(j, c)] -= mean);
    }
}
