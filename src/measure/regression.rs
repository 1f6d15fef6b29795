//! Neural regression collapse: features in a subspace of as many dimensions as a target has, and that subspace the
//! classifier's.
//!
//! Conventions as in the published code (Andriopoulos et al. 2024, arXiv 2409.04180; relayed): features are divided by their
//! own norms and not centred, principal components are those of the centred features, everything is squared. Of a group of
//! samples with one target the mean feature stands for each of them.

use super::ClassLevel;
use super::strengths::TargetFrame;
use crate::flow::Network;
use faer::{Mat, Side};

/// How far a network of one target a sample, or a group of samples, has collapsed. Each is zero where it has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegressionCollapse {
    /// Mean squared distance of normalised features from the span of the first `K` principal components.
    pub nrc1: f64,
    /// The same from the row space of `W_M⋯W_1`.
    pub nrc2: f64,
    /// One layer: `‖WWᵀ/‖WWᵀ‖ − S/‖S‖‖²` for `S = Σ^{1/2} − √γ I`, `Σ = T Tᵀ/N` and `γ = NΛ`, with which it vanishes at an
    /// optimum that keeps all modes. Not a number for more layers.
    pub nrc3: f64,
}

/// Squared singular values below this share of the largest count as zero.
const RANK_CUT: f64 = 1e-12;

impl RegressionCollapse {
    /// Reads it off a state's matrices.
    pub fn of(network: &Network, level: &ClassLevel, targets: &TargetFrame) -> Self {
        let (h, n) = (&level.features, network.samples);
        let (d, classes) = (h.nrows(), h.ncols());
        let mean = |i: usize| (0..classes).map(|c| h[(i, c)] * network.counts[c]).sum::<f64>() / n;
        let mean: Vec<f64> = (0..d).map(mean).collect();
        let centred = Mat::from_fn(d, classes, |i, c| (h[(i, c)] - mean[i]) * network.counts[c].sqrt());
        let principal = span(&centred, network.outputs);
        let rows = span(&level.product.transpose().to_owned(), network.outputs);
        let distance = |basis: Option<Mat<f64>>| basis.map_or(f64::NAN, |u| outside(h, &u, network));
        Self { nrc1: distance(principal), nrc2: distance(rows), nrc3: shape(network, level, targets) }
    }
}

/// An orthonormal basis of the columns' span, of its first `most` principal directions.
fn span(columns: &Mat<f64>, most: usize) -> Option<Mat<f64>> {
    let is_tall = columns.nrows() > columns.ncols();
    let gram = if is_tall { columns.transpose() * columns } else { columns * columns.transpose() };
    let eigen = gram.self_adjoint_eigen(Side::Lower).ok()?;
    let values = eigen.S().column_vector();
    let largest = (0..gram.nrows()).map(|i| values[i]).fold(0.0, f64::max);
    let mut kept: Vec<usize> = (0..gram.nrows()).filter(|i| values[*i] > RANK_CUT * largest).collect();
    kept.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    kept.truncate(most);
    let vectors = Mat::from_fn(gram.nrows(), kept.len(), |i, j| eigen.U()[(i, kept[j])]);
    Some(match is_tall {
        true => {
            let scaled = columns * vectors;
            Mat::from_fn(scaled.nrows(), kept.len(), |i, j| scaled[(i, j)] / values[kept[j]].sqrt())
        }
        false => vectors,
    })
}

/// The mean squared distance of normalised features from a basis's span; a feature that is zero lies in it.
fn outside(features: &Mat<f64>, basis: &Mat<f64>, network: &Network) -> f64 {
    let within = basis * (basis.transpose() * features);
    let share = |c: usize| {
        let norm = features.col(c).norm_l2();
        let apart = (features.col(c) - within.col(c)).norm_l2();
        if norm > 0.0 { network.counts[c] * (apart / norm).powi(2) } else { 0.0 }
    };
    (0..features.ncols()).map(share).sum::<f64>() / network.samples
}

fn shape(network: &Network, level: &ClassLevel, targets: &TargetFrame) -> f64 {
    if network.depth() > 1 {
        return f64::NAN;
    }
    let γ = network.samples * network.features * network.weights[0];
    let (left, values) = (&targets.left, &targets.values);
    let scaled =
        Mat::from_fn(left.nrows(), left.ncols(), |j, i| left[(j, i)] * values[i] / network.samples.sqrt());
    let mut expected = scaled * left.transpose();
    (0..network.outputs).for_each(|j| expected[(j, j)] -= γ.sqrt());
    super::residual(&(&level.product * level.product.transpose()), &expected, f64::NAN).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Case;
    use crate::flow::Columns;

    /// Against the definitions, worked out by hand for two outputs and three groups in the plane.
    #[test]
    fn distances_are_those_of_the_definitions() {
        let text = "[network]\ncounts = [1, 2, 1]\ntargets = [[2, 0], [0, 1], [-1, 0]]\nwidths = [3]\nloss = \"mse\"\n\
                    bias = \"none\"\n[regularization]\nweights = 1e-2\nfeatures = 1e-2\n";
        let case = Case::parse("case.toml", text.as_bytes()).unwrap();
        let network = Network::of(case.problem(), Columns::of(case.problem())).unwrap();
        let columns = |rows: [[f64; 3]; 3]| Mat::from_fn(3, 3, |i, j| rows[i][j]);
        // Features span the first two axes around their mean but for a constant third coordinate.
        let features = columns([[3.0, -1.0, -1.0], [0.0, 2.0, -4.0], [4.0, 4.0, 4.0]]);
        let product = Mat::from_fn(2, 3, |i, j| [[2.0, 0.0, 0.0], [0.0, 0.0, 3.0]][i][j]);
        let level = ClassLevel {
            logits: &product * &features,
            features,
            classifier: product.clone(),
            product,
            scatter: Mat::zeros(3, 3),
        };
        let found = RegressionCollapse::of(&network, &level, &TargetFrame::of(&network).unwrap());
        // Principal components are the first two axes: the third coordinate's share of ‖h‖² is outside.
        let nrc1 = (16.0 / 25.0 + 2.0 * 16.0 / 21.0 + 16.0 / 33.0) / 4.0;
        // Rows of W span the first and third axes.
        let nrc2 = (0.0 + 2.0 * 4.0 / 21.0 + 16.0 / 33.0) / 4.0;
        // T Tᵀ = diag(5, 2), Σ^{1/2} = diag(√5, √2)/2, γ = 4·10⁻⁴; W Wᵀ = diag(4, 9).
        let s = [5f64.sqrt() / 2.0 - 0.02, 2f64.sqrt() / 2.0 - 0.02];
        let w = [4.0, 9.0];
        let norm = |x: [f64; 2]| x[0].hypot(x[1]);
        let nrc3: f64 = (0..2).map(|i| (w[i] / norm(w) - s[i] / norm(s)).powi(2)).sum();
        for (found, expected) in [(found.nrc1, nrc1), (found.nrc2, nrc2), (found.nrc3, nrc3)] {
            assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        }
    }
}
