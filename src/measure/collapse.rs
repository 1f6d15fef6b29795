//! Neural collapse of a saved network, free of scale: what the field measures, at every layer.
//!
//! Conventions: `h_k` are class means; the centre `h_G` is the mean over samples, or on request the mean of class means;
//! `Σ_W = (1/N) Σ (h_ki − h_k)(·)ᵀ`, `Σ_B = (1/K) Σ (h_k − h_G)(·)ᵀ`; matrices are divided by their Frobenius norms before
//! they are compared.

use super::moments::Moments;
use super::paper::{Around, Centre};
use super::saved::SavedNetwork;
use super::{RANK_CUT, WithinClass, distance};
use faer::Mat;

/// The features that one layer of the head sees, and what follows it.
#[derive(Debug, Clone)]
pub struct LayerCollapse {
    /// NC1 in both forms.
    pub within: WithinClass,
    /// `‖X/‖X‖ − G/‖G‖‖` for `G = I − 11ᵀ/K`, then for `G = I`: `X` the Gram matrix of the means.
    pub features: [f64; 2],
    /// The same of the centred means.
    pub features_centred: [f64; 2],
    /// The same of the product `W_M⋯W_m` of the layers from here on.
    pub product: [f64; 2],
    /// `‖A/‖A‖ − H̄ᵀ/‖H̄‖‖` for that product and the centred means.
    pub self_duality: f64,
    /// `‖X/‖X‖ − G/‖G‖‖` for that product times the centred means and the simplex frame, then times the means and `I`.
    pub logits: [f64; 2],
}

/// Collapse of a network.
#[derive(Debug, Clone)]
pub struct Collapse {
    /// One entry a layer: the features that `W_m` sees, the first being the network's own.
    pub layers: Vec<LayerCollapse>,
    /// `‖h_k‖`, `‖h_k − h_G‖` and the rows' `‖w_k‖` of `W_M`.
    pub feature_norms: Vec<f64>,
    /// Norms of the centred class means.
    pub feature_norms_centred: Vec<f64>,
    /// Norms of the last layer's rows.
    pub classifier_norms: Vec<f64>,
    /// `NC2` of the last layer's rows, against the simplex frame and the orthonormal one.
    pub classifier: [f64; 2],
    /// Cosines between class means, centred class means, and rows of the last layer.
    pub cosines: [Mat<f64>; 3],
    /// Classes whose mean feature is zero beside the largest.
    pub collapsed: Vec<usize>,
    /// Pairs of classes with the same mean feature, beside the largest.
    pub merged: Vec<(usize, usize)>,
    /// Numerical ranks of `W_1 … W_M`.
    pub ranks: Vec<usize>,
    /// Singular values of `W_1 … W_M`.
    pub singular_values: Vec<Vec<f64>>,
    /// Slopes of `ln ‖h_k‖` and of `ln ‖w_k‖` against `ln n_k`; `None` for equal counts, and where a mean is zero.
    pub slopes: Option<[f64; 2]>,
}

/// A class mean below this share of the largest is zero, and a difference of two is.
pub const SAME: f64 = 1e-2;

impl Collapse {
    /// Whether samples stand at their class mean, up to the share of its size that counts as none.
    pub fn is_collapsed(&self) -> bool {
        self.layers.first().is_some_and(|own| own.within.traces.sqrt() <= SAME)
    }

    /// Measures a network; `None` if a decomposition does not converge.
    pub fn of(network: &SavedNetwork, moments: &Moments, centre: Centre) -> Option<Self> {
        let state = network.state(moments, centre);
        let layers = state.around().map(|around| LayerCollapse::of(&around, state.samples()));
        let layers = layers.collect::<Option<_>>()?;
        let own = centre.centred(&moments.means, &state.counts);
        let last = network.layers.last()?;
        let rows = last.transpose().to_owned();
        let norms = |x: &Mat<f64>| (0..x.ncols()).map(|k| x.col(k).norm_l2()).collect::<Vec<f64>>();
        let (feature_norms, classifier_norms) = (norms(&moments.means), norms(&rows));
        let spectrum = |w: &Mat<f64>| w.singular_values().ok();
        let singular_values: Vec<Vec<f64>> = network.layers.iter().map(spectrum).collect::<Option<_>>()?;
        let rank = |s: &Vec<f64>| {
            s.iter().filter(|x| **x > rank_cut(network) * s.first().copied().unwrap_or(0.0)).count()
        };
        let (collapsed, merged) = coincidences(&moments.means);
        Some(Self {
            classifier: against_frames(&(last * last.transpose())),
            cosines: [cosines(&moments.means), cosines(&own), cosines(&rows)],
            slopes: slopes(&network.counts, &feature_norms, &classifier_norms)
                .filter(|_| collapsed.is_empty()),
            ranks: singular_values.iter().map(rank).collect(),
            feature_norms_centred: norms(&own),
            layers,
            feature_norms,
            classifier_norms,
            collapsed,
            merged,
            singular_values,
        })
    }
}

/// Singular values below this share of the largest are rounding.
fn rank_cut(network: &SavedNetwork) -> f64 {
    (network.dtype.epsilon() * 16.0).max(RANK_CUT.sqrt())
}

impl LayerCollapse {
    fn of(Around { means, centred, scatter, product }: &Around, samples: f64) -> Option<Self> {
        Some(Self {
            within: WithinClass::of(centred, scatter, samples)?,
            features: against_frames(&(means.transpose() * means)),
            features_centred: against_frames(&(centred.transpose() * centred)),
            product: against_frames(&(product * product.transpose())),
            self_duality: distance(product, &centred.transpose().to_owned()),
            logits: [against_frames(&(product * centred))[0], against_frames(&(product * means))[1]],
        })
    }
}

/// The distance of a Gram matrix from the simplex frame's and from the identity.
fn against_frames(gram: &Mat<f64>) -> [f64; 2] {
    let k = gram.nrows();
    let one = |i, j| f64::from(u8::from(i == j));
    let simplex = Mat::from_fn(k, k, |i, j| one(i, j) - 1.0 / k as f64);
    [distance(gram, &simplex), distance(gram, &Mat::from_fn(k, k, one))]
}

fn cosines(columns: &Mat<f64>) -> Mat<f64> {
    let gram = columns.transpose() * columns;
    Mat::from_fn(gram.nrows(), gram.nrows(), |i, j| gram[(i, j)] / (gram[(i, i)] * gram[(j, j)]).sqrt())
}

/// Classes of vanishing mean, and pairs of equal means.
fn coincidences(means: &Mat<f64>) -> (Vec<usize>, Vec<(usize, usize)>) {
    let k = means.ncols();
    let size = |c: usize| means.col(c).norm_l2();
    let most = SAME * (0..k).map(size).fold(0.0, f64::max);
    let collapsed: Vec<usize> = (0..k).filter(|c| size(*c) <= most).collect();
    let alive: Vec<usize> = (0..k).filter(|c| !collapsed.contains(c)).collect();
    let mut merged = Vec::new();
    for (at, i) in alive.iter().enumerate() {
        let close = |j: &&usize| (means.col(*i) - means.col(**j)).norm_l2() <= most;
        merged.extend(alive[at + 1..].iter().filter(close).map(|j| (*i, *j)));
    }
    (collapsed, merged)
}

/// Least-squares slopes of logarithms of norms against those of counts; `None` for equal counts, and where a norm is zero.
pub fn slopes(counts: &[u64], features: &[f64], classifier: &[f64]) -> Option<[f64; 2]> {
    let x: Vec<f64> = counts.iter().map(|n| libm::log(*n as f64)).collect();
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let spread: f64 = x.iter().map(|a| (a - mean(&x)).powi(2)).sum();
    let slope = |norms: &[f64]| {
        let y: Vec<f64> = norms.iter().map(|v| libm::log(*v)).collect();
        x.iter().zip(&y).map(|(a, b)| (a - mean(&x)) * (b - mean(&y))).sum::<f64>() / spread
    };
    let found = [slope(features), slope(classifier)];
    (spread > 0.0 && found.iter().all(|slope| slope.is_finite())).then_some(found)
}
