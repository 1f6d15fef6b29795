//! Where a run starts: at random, or near a predicted optimum.

use super::network::Network;
use super::samples::Columns;
use crate::case::Bias;
use crate::float::{Normal, Triple};
use faer::Mat;

/// A start.
#[derive(Debug, Clone)]
pub enum Start {
    /// Independent Gaussian entries of the given standard deviation; the bias starts at zero.
    Random {
        /// The seed.
        seed: u64,
        /// Standard deviation.
        std: f64,
    },
    /// Balanced factors of the given logits in random coordinates, plus Gaussian noise on every entry.
    Near {
        /// The seed of coordinates and noise.
        seed: u64,
        /// Singular triples of the logits `W_M⋯W_1 H` in class columns scaled by `√n_k`.
        modes: Vec<Triple>,
        /// The bias, `K` numbers; empty without one.
        bias: Vec<f64>,
        /// Standard deviation of the noise.
        noise: f64,
    },
}

impl Start {
    /// The seed.
    pub fn seed(&self) -> u64 {
        match self {
            Self::Random { seed, .. } | Self::Near { seed, .. } => *seed,
        }
    }

    /// The state at the start.
    pub fn state(&self, network: &Network) -> Vec<f64> {
        match self {
            Self::Random { seed, std } => random(network, *seed, *std),
            Self::Near { seed, modes, bias, noise } => near(network, *seed, modes, bias, *noise),
        }
    }
}

fn random(network: &Network, seed: u64, std: f64) -> Vec<f64> {
    let mut normal = Normal::of(seed);
    let mut state = network.columns.gaussian(network.widths[0], network.samples as u64, std, &mut normal);
    let layers = network.bias_range().start - state.len();
    state.extend((0..layers).map(|_| std * normal.draw()));
    state.resize(network.parameters(), 0.0);
    state
}

fn near(network: &Network, seed: u64, modes: &[Triple], bias: &[f64], noise: f64) -> Vec<f64> {
    let mut state = random(network, seed, noise);
    // Coordinates must not depend on the noise.
    let mut normal = Normal::of(u64::MAX - seed);
    let (r, depth) = (modes.len(), network.depth());
    let bases: Vec<Mat<f64>> = (0..depth).map(|l| orthonormal(network.widths[l], r, &mut normal)).collect();
    let product: f64 = network.weights.iter().product::<f64>() * network.features;
    // Balance: λ_l a_l² = e for every factor, and the product of all a is σ.
    let energy = |σ: f64| (σ * product.sqrt()).powf(2.0 / (depth as f64 + 1.0));
    let energies: Vec<f64> = modes.iter().map(|m| energy(m.singular_value)).collect();
    let size = |i: usize, λ: f64| (energies[i] / λ).sqrt();
    for l in 1..=depth {
        let rows = network.widths[l];
        let out = &mut state[network.layer_range(l)];
        for (j, column) in out.chunks_exact_mut(rows).enumerate() {
            for (row, entry) in column.iter_mut().enumerate() {
                let left = |i: usize| if l == depth { modes[i].left[row] } else { bases[l][(row, i)] };
                *entry += (0..r)
                    .map(|i| size(i, network.weights[l - 1]) * left(i) * bases[l - 1][(j, i)])
                    .sum::<f64>();
            }
        }
    }
    let d = network.widths[0];
    // A column of class k carries the class direction, divided by √n_k if samples are kept apart.
    let scaled: Vec<(usize, f64)> = match &network.columns {
        Columns::Samples(classes) => {
            classes.iter().map(|k| (*k, network.counts[*k].sqrt().recip())).collect()
        }
        Columns::Reduced { classes, .. } | Columns::Classes(classes) => {
            (0..*classes).map(|k| (k, 1.0)).collect()
        }
    };
    for (column, (k, scale)) in state[network.feature_range()].chunks_exact_mut(d).zip(scaled) {
        for (row, entry) in column.iter_mut().enumerate() {
            *entry += scale
                * (0..r)
                    .map(|i| size(i, network.features) * bases[0][(row, i)] * modes[i].right[k])
                    .sum::<f64>();
        }
    }
    if network.bias == Bias::LastLayer {
        state[network.bias_range()].copy_from_slice(bias);
    }
    state
}

/// `r` random orthonormal columns (fewer rows than columns: the leading ones are orthonormal, the rest zero).
fn orthonormal(rows: usize, r: usize, normal: &mut Normal) -> Mat<f64> {
    let mut basis = Mat::from_fn(rows, r, |_, _| normal.draw());
    for i in 0..r {
        for _ in 0..2 {
            for j in 0..i {
                let along: f64 = (0..rows).map(|k| basis[(k, i)] * basis[(k, j)]).sum();
                (0..rows).for_each(|k| basis[(k, i)] -= along * basis[(k, j)]);
            }
        }
        let length = (0..rows).map(|k| basis[(k, i)] * basis[(k, i)]).sum::<f64>().sqrt();
        let scale = if length > 1e-8 && i < rows { length.recip() } else { 0.0 };
        (0..rows).for_each(|k| basis[(k, i)] *= scale);
    }
    basis
}
