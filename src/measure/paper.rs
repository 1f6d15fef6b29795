//! The founding paper's metrics (Dang et al. 2023), at every layer of a network.
//!
//! `A_m = W_M⋯W_m`, `H̄_m = W_{m−1}⋯W_1 H̄` the class means at the input of `W_m`, centred where there is a bias or the
//! loss is cross-entropy. Matrices are divided by their Frobenius norms before they are compared; the bias is no part of the logits.
//!
//! ```text
//! NC1    tr(Σ_W Σ_B⁺)/K, of every layer's features        NC2_W  A_m A_mᵀ        NC2_H  H̄_mᵀH̄_m
//! NC3    A_m H̄_m, one matrix for all m                    NC3_W  A_m against its multiple of H̄_mᵀ
//! ```
//!
//! `NC3_W_div_H` speaks of sizes, class by class: how far `⟨row k of A_m, h_k⟩` is from what the predicted multiple of `H̄_mᵀ` has there,
//! as a share of that, at most over the classes.

use super::{WithinClass, residual};
use faer::{Mat, MatRef};

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

    /// Class means, a column a class, less their centre.
    pub fn centred(self, means: &Mat<f64>, counts: &[f64]) -> Mat<f64> {
        let weights = match self {
            Self::Samples => counts.to_vec(),
            Self::Classes => vec![1.0; counts.len()],
        };
        let total: f64 = weights.iter().sum();
        let mean = |i: usize| weights.iter().enumerate().map(|(c, w)| means[(i, c)] * w).sum::<f64>() / total;
        let mean: Vec<f64> = (0..means.nrows()).map(mean).collect();
        Mat::from_fn(means.nrows(), means.ncols(), |i, c| means[(i, c)] - mean[i])
    }
}

/// A network at class level.
#[derive(Debug, Clone)]
pub struct State<'a> {
    /// `W_1 … W_M`.
    pub layers: Vec<MatRef<'a, f64>>,
    /// `H̄`, `d_1 × K`.
    pub means: &'a Mat<f64>,
    /// `N Σ_W`, `d_1 × d_1`.
    pub scatter: &'a Mat<f64>,
    /// Samples of each class.
    pub counts: Vec<f64>,
    /// What class means are measured from.
    pub centre: Centre,
}

/// The matrices around one layer.
#[derive(Debug, Clone)]
pub struct Around {
    /// `H̄_m`, not centred.
    pub means: Mat<f64>,
    /// The same, centred.
    pub centred: Mat<f64>,
    /// `N Σ_W` of the features there.
    pub scatter: Mat<f64>,
    /// `A_m`.
    pub product: Mat<f64>,
}

impl State<'_> {
    /// The matrices around each layer, the first first.
    pub fn around(&self) -> impl Iterator<Item = Around> + '_ {
        let mut next = (self.means.clone(), self.scatter.clone());
        self.layers.iter().enumerate().map(move |(m, w)| {
            let (means, scatter) = std::mem::replace(&mut next, (Mat::new(), Mat::new()));
            if m + 1 < self.layers.len() {
                next = (w * &means, w * &scatter * w.transpose());
            }
            let last = self.layers[self.layers.len() - 1].to_owned();
            let product = self.layers[m..self.layers.len() - 1].iter().rev().fold(last, |a, w| &a * w);
            Around { centred: self.centre.centred(&means, &self.counts), means, scatter, product }
        })
    }

    /// `N`.
    pub fn samples(&self) -> f64 {
        self.counts.iter().sum()
    }
}

/// What the matrices of a network are compared with, up to their norms.
#[derive(Debug, Clone)]
pub struct Frames {
    /// `simplex`, `identity` or whose prediction it is.
    pub word: &'static str,
    /// Around each layer, the first first.
    pub layers: Vec<Frame>,
    /// `A_m H̄_m`.
    pub logits: Mat<f64>,
    /// Whether the matrices are predicted with their sizes.
    pub has_size: bool,
}

/// The frame of one layer.
#[derive(Debug, Clone)]
pub struct Frame {
    /// `A_m A_mᵀ`.
    pub product: Mat<f64>,
    /// `H̄_mᵀH̄_m`.
    pub features: Mat<f64>,
    /// `C` with `A_m = C H̄_mᵀ`.
    pub duality: Mat<f64>,
}

impl Frames {
    /// Where classes are balanced every matrix is the identity, or, `centred`, `I − 11ᵀ/K`, whatever the weights.
    pub fn balanced(classes: usize, depth: usize, centred: bool) -> Self {
        let identity = Mat::<f64>::identity(classes, classes);
        let share = if centred { 1.0 / classes as f64 } else { 0.0 };
        let gram = Mat::from_fn(classes, classes, |i, j| identity[(i, j)] - share);
        let frame = Frame { product: gram.clone(), features: gram.clone(), duality: identity };
        let word = if centred { "simplex" } else { "identity" };
        Self { word, layers: vec![frame; depth], logits: gram, has_size: false }
    }
}

/// The metrics.
#[derive(Debug, Clone)]
pub struct PaperMetrics {
    /// What the matrices are compared with.
    pub frame: &'static str,
    /// `NC3`.
    pub logits: f64,
    /// The others at each layer, the first first: those of the network's own features, and of the product of all layers.
    pub layers: Vec<PaperLayer>,
}

/// The metrics at one layer.
#[derive(Debug, Clone, Copy)]
pub struct PaperLayer {
    /// `NC1`, and by traces.
    pub within: WithinClass,
    /// `NC2_W`.
    pub product: f64,
    /// `NC2_H`.
    pub features: f64,
    /// `NC3_W`.
    pub duality: f64,
    /// `NC3_W_div_H`; not a number against a frame, which has no size.
    pub ratio: f64,
}

impl PaperMetrics {
    /// The metrics of a state; `None` if a decomposition does not converge. A matrix that is predicted zero gives its norm, a
    /// zero matrix 1.
    pub fn of(state: &State, centred: bool, frames: &Frames) -> Option<Self> {
        let mut logits = f64::NAN;
        let mut layers = Vec::with_capacity(frames.layers.len());
        for (around, frame) in state.around().zip(&frames.layers) {
            let means = if centred { &around.centred } else { &around.means };
            let product = &around.product;
            logits = residual(&(product * means), &frames.logits, 1.0);
            let expected = &frame.duality * means.transpose();
            layers.push(PaperLayer {
                within: WithinClass::of(&around.centred, &around.scatter, state.samples())?,
                product: residual(&(product * product.transpose()), &frame.product, 1.0),
                features: residual(&(means.transpose() * means), &frame.features, 1.0),
                duality: residual(product, &expected, 1.0),
                ratio: if frames.has_size { ratio(product, &expected, means) } else { f64::NAN },
            });
        }
        Some(Self { frame: frames.word, logits, layers })
    }
}

/// Products of rows with features below this share of the largest say nothing.
const NEGLIGIBLE: f64 = 1e-9;

/// Largest `|⟨a_k, h_k⟩/⟨e_k, h_k⟩ − 1|` over the classes where the expected product is not negligible.
fn ratio(product: &Mat<f64>, expected: &Mat<f64>, means: &Mat<f64>) -> f64 {
    if product.nrows() != means.ncols() {
        return f64::NAN;
    }
    let along = |rows: &Mat<f64>, k: usize| rows.row(k) * means.col(k);
    let all: Vec<(f64, f64)> = (0..means.ncols()).map(|k| (along(product, k), along(expected, k))).collect();
    let largest = all.iter().map(|(_, e)| e.abs()).fold(0.0, f64::max);
    let counted = all.iter().filter(|(_, e)| e.abs() > NEGLIGIBLE * largest);
    counted.map(|(a, e)| (a / e - 1.0).abs()).fold(f64::NAN, f64::max)
}
