//! Neural collapse of a saved network, free of scale: what the field measures, at every layer.
//!
//! Conventions: `h_k` are class means; the centre `h_G` is the mean over samples, or on request the mean of class means;
//! `Σ_W = (1/N) Σ (h_ki − h_k)(·)ᵀ`, `Σ_B = (1/K) Σ (h_k − h_G)(·)ᵀ`; matrices are divided by their Frobenius norms before
//! they are compared.

use super::moments::Moments;
use super::saved::SavedNetwork;
use faer::{Mat, Side};

/// Which centre class means are measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Centre {
    /// The mean over samples.
    Samples,
    /// The mean of class means.
    Classes,
}

impl Centre {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Samples => "samples",
            Self::Classes => "classes",
        }
    }
}

/// The features that one layer of the head sees, and what follows it.
#[derive(Debug, Clone)]
pub struct LayerCollapse {
    /// `tr(Σ_W Σ_B⁺)/K`, with `Σ_B` cut at its numerical rank. It is blind to spread outside the span of the means.
    pub nc1_pinv: f64,
    /// That rank.
    pub nc1_rank: usize,
    /// `tr Σ_W/tr Σ_B`.
    pub nc1_traces: f64,
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

/// Eigenvalues of `Σ_B` below this share of the largest count as zero; so do singular values below its root.
const RANK_CUT: f64 = 1e-10;
/// A class mean below this share of the largest is zero, and a difference of two is.
pub const SAME: f64 = 1e-2;

impl Collapse {
    /// Measures a network; `None` if a decomposition does not converge.
    pub fn of(network: &SavedNetwork, moments: &Moments, centre: Centre) -> Option<Self> {
        let mut means = moments.means.clone();
        let mut scatter = moments.scatter.clone();
        let centred = |means: &Mat<f64>| centred(network, means, centre);
        let mut layers = Vec::new();
        for m in 0..network.layers.len() {
            let rest = &network.layers[m..];
            let product = rest[1..].iter().fold(rest[0].clone(), |a, w| w * &a);
            layers.push(LayerCollapse::of(network, &means, &centred(&means), &scatter, &product)?);
            let w = &network.layers[m];
            means = w * &means;
            scatter = w * &scatter * w.transpose();
        }
        let own = centred(&moments.means);
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
            slopes: slopes(network, &feature_norms, &classifier_norms).filter(|_| collapsed.is_empty()),
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
    fn of(
        network: &SavedNetwork,
        means: &Mat<f64>,
        centred: &Mat<f64>,
        scatter: &Mat<f64>,
        product: &Mat<f64>,
    ) -> Option<Self> {
        let (k, n) = (network.classes() as f64, network.samples() as f64);
        // Σ_B⁺ through the Gram matrix of the centred means X: Σ_B = X Xᵀ/K.
        let gram = centred.transpose() * centred;
        let inner = centred.transpose() * scatter * centred;
        let eigen = gram.self_adjoint_eigen(Side::Lower).ok()?;
        let values = eigen.S().column_vector();
        let largest = values.iter().copied().fold(0.0, f64::max);
        let mut nc1 = 0.0;
        let mut rank = 0;
        for i in (0..network.classes()).filter(|i| values[*i] > RANK_CUT * largest) {
            let v = eigen.U().col(i);
            nc1 += (v.transpose() * &inner * v) / n / values[i].powi(2);
            rank += 1;
        }
        let within: f64 = scatter.diagonal().column_vector().sum() / n;
        let features = means.transpose() * means;
        let dual = centred.transpose();
        Some(Self {
            // K of Σ_B⁺ and 1/K of the convention cancel.
            nc1_pinv: if rank > 0 { nc1 } else { f64::INFINITY },
            nc1_rank: rank,
            nc1_traces: within / (centred.squared_norm_l2() / k),
            features: against_frames(&features),
            features_centred: against_frames(&gram),
            product: against_frames(&(product * product.transpose())),
            self_duality: distance(product, &dual.to_owned()),
            logits: [against_frames(&(product * centred))[0], against_frames(&(product * means))[1]],
        })
    }
}

/// Class means less their centre.
fn centred(network: &SavedNetwork, means: &Mat<f64>, centre: Centre) -> Mat<f64> {
    let k = network.classes();
    let mean: Vec<f64> = match centre {
        Centre::Samples => network.mean(means),
        Centre::Classes => {
            (0..means.nrows()).map(|i| (0..k).map(|c| means[(i, c)]).sum::<f64>() / k as f64).collect()
        }
    };
    Mat::from_fn(means.nrows(), k, |i, c| means[(i, c)] - mean[i])
}

/// `‖X/‖X‖ − G/‖G‖‖`.
fn distance(x: &Mat<f64>, g: &Mat<f64>) -> f64 {
    (x * faer::Scale(1.0 / x.norm_l2()) - g * faer::Scale(1.0 / g.norm_l2())).norm_l2()
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

/// Least-squares slopes of logarithms of norms against those of counts.
fn slopes(network: &SavedNetwork, features: &[f64], classifier: &[f64]) -> Option<[f64; 2]> {
    let x: Vec<f64> = network.counts.iter().map(|n| libm::log(*n as f64)).collect();
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let spread: f64 = x.iter().map(|a| (a - mean(&x)).powi(2)).sum();
    let slope = |norms: &[f64]| {
        let y: Vec<f64> = norms.iter().map(|v| libm::log(*v)).collect();
        x.iter().zip(&y).map(|(a, b)| (a - mean(&x)) * (b - mean(&y))).sum::<f64>() / spread
    };
    (spread > 0.0).then(|| [slope(features), slope(classifier)])
}
