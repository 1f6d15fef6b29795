//! What is measured on a trained network: floats, never certified.
//!
//! Conventions, which differ between codes: `h_k` are class means, `h_G` the mean over all samples;
//! `Σ_W = (1/N) Σ (h_ki − h_k)(·)ᵀ`, `Σ_B = (1/K) Σ (h_k − h_G)(·)ᵀ`; NC1 = tr(Σ_W Σ_B⁺)/K with Σ_B cut at its
//! numerical rank, and the ratio of traces beside it; all norms are Frobenius norms, not squared.

#[cfg(feature = "cli")]
pub mod collapse;
pub mod frame;
#[cfg(feature = "cli")]
pub mod head;
#[cfg(feature = "cli")]
pub mod moments;
#[cfg(feature = "cli")]
pub mod outside;
pub mod paper;
pub mod regression;
#[cfg(feature = "cli")]
pub mod saved;
pub mod strengths;

use crate::case::Bias;
use crate::float::Svd;
use crate::flow::{Columns, Network};
use faer::Mat;

/// Matrices of a state at class level.
#[derive(Debug, Clone)]
pub struct ClassLevel {
    /// Class means `H̄`, `d_1` rows and a column a class.
    pub features: Mat<f64>,
    /// Logits of class means with the bias, `K` rows and a column a class.
    pub logits: Mat<f64>,
    /// `A_1 = W_M⋯W_1`, `K × d_1`.
    pub product: Mat<f64>,
    /// `W_M`, `K × d_M`.
    pub classifier: Mat<f64>,
    /// Within-class scatter `N Σ_W`, `d_1 × d_1`.
    pub scatter: Mat<f64>,
}

impl ClassLevel {
    /// Reads them off a state.
    pub fn of(network: &Network, state: &[f64]) -> Self {
        let (k, d) = (network.classes, network.widths[0]);
        let h = network.feature_matrix(state);
        let (features, deviations) = match &network.columns {
            Columns::Reduced { .. } | Columns::Classes(_) => {
                let means = Mat::from_fn(d, k, |i, c| h[(i, c)] / network.counts[c].sqrt());
                (means, h.subcols(k, h.ncols() - k).to_owned())
            }
            Columns::Samples(classes) => {
                let mut means = Mat::zeros(d, k);
                for (c, class) in classes.iter().enumerate() {
                    (0..d).for_each(|i| means[(i, *class)] += h[(i, c)] / network.counts[*class]);
                }
                let apart = Mat::from_fn(d, classes.len(), |i, c| h[(i, c)] - means[(i, classes[c])]);
                (means, apart)
            }
        };
        let classifier = network.layer(state, network.depth()).to_owned();
        let product =
            (1..network.depth()).rev().fold(classifier.clone(), |a, l| &a * network.layer(state, l));
        let mut logits = &product * &features;
        if network.bias == Bias::LastLayer {
            let b = &state[network.bias_range()];
            for c in 0..k {
                (0..network.outputs).for_each(|j| logits[(j, c)] += b[j]);
            }
        }
        let scatter = &deviations * deviations.transpose();
        Self { features, logits, product, classifier, scatter }
    }

    /// NC1 of the class means around their mean over samples; not numbers if a decomposition fails.
    pub fn within_class(&self, network: &Network) -> WithinClass {
        let (k, d, n) = (network.classes, network.widths[0], network.samples);
        let mean: Vec<f64> = (0..d)
            .map(|i| (0..k).map(|c| self.features[(i, c)] * network.counts[c]).sum::<f64>() / n)
            .collect();
        let centred = Mat::from_fn(d, k, |i, c| self.features[(i, c)] - mean[i]);
        let failed = WithinClass { pinv: f64::NAN, rank: 0, traces: f64::NAN };
        WithinClass::of(&centred, &self.scatter, n).unwrap_or(failed)
    }
}

/// NC1 in both forms; infinite where all class means coincide.
#[derive(Debug, Clone, Copy)]
pub struct WithinClass {
    /// `tr(Σ_W Σ_B⁺)/K`, `Σ_B` cut at its numerical rank. It is blind to spread outside the span of the means.
    pub pinv: f64,
    /// That rank.
    pub rank: usize,
    /// `tr Σ_W/tr Σ_B`.
    pub traces: f64,
}

/// Eigenvalues of `Σ_B` below this share of the largest count as zero.
pub(crate) const RANK_CUT: f64 = 1e-10;

impl WithinClass {
    /// From centred class means `X`, a column a class, and the scatter `N Σ_W`; `None` if a decomposition fails.
    pub fn of(centred: &Mat<f64>, scatter: &Mat<f64>, samples: f64) -> Option<Self> {
        // Σ_B = X Xᵀ/K: with X = U S Vᵀ, tr(Σ_W Σ_B⁺) = K Σ_i u_iᵀ Σ_W u_i/s_i², and nothing is squared before it is cut.
        let svd = Svd::thin(centred.as_ref())?;
        let largest = svd.values.first().copied().unwrap_or(0.0);
        let rank = svd.values.iter().filter(|s| **s > RANK_CUT.sqrt() * largest).count();
        let spread = |i: usize| {
            let u = svd.left.col(i);
            (u.transpose() * scatter * u) / samples / svd.values[i].powi(2)
        };
        let pinv = if rank > 0 { (0..rank).map(spread).sum() } else { f64::INFINITY };
        let within = scatter.diagonal().column_vector().sum() / samples;
        let between = centred.squared_norm_l2() / centred.ncols() as f64;
        Some(Self { pinv, rank, traces: if between > 0.0 { within / between } else { f64::INFINITY } })
    }
}

/// `‖X/‖X‖ − G/‖G‖‖`; not a number where a matrix is zero.
pub fn distance(x: &Mat<f64>, g: &Mat<f64>) -> f64 {
    (x * faer::Scale(1.0 / x.norm_l2()) - g * faer::Scale(1.0 / g.norm_l2())).norm_l2()
}

/// `‖X/‖X‖ − P/‖P‖‖` for a measured and a predicted matrix; for a zero prediction `‖X‖/scale`.
pub fn residual(measured: &Mat<f64>, predicted: &Mat<f64>, scale: f64) -> f64 {
    let (x, p) = (measured.norm_l2(), predicted.norm_l2());
    if p == 0.0 {
        return x / scale;
    }
    if x == 0.0 {
        return 1.0;
    }
    distance(measured, predicted)
}

/// Largest `‖λ_{l+1} W_{l+1}ᵀ W_{l+1} − λ_l W_l W_lᵀ‖` over neighbouring factors, relative to the larger term.
pub fn imbalance(network: &Network, state: &[f64]) -> f64 {
    let h = network.feature_matrix(state);
    let w = |l: usize| network.layer(state, l);
    let mut largest: f64 = 0.0;
    for l in 0..network.depth() {
        let inner = if l == 0 { h * h.transpose() } else { w(l) * w(l).transpose() };
        let λ = if l == 0 { network.features } else { network.weights[l - 1] };
        let inner = inner * faer::Scale(λ);
        let outer = w(l + 1).transpose() * w(l + 1) * faer::Scale(network.weights[l]);
        let size = inner.norm_l2().max(outer.norm_l2());
        if size > 0.0 {
            largest = largest.max((outer - inner).norm_l2() / size);
        }
    }
    largest
}
