//! The head of a saved network alone: is it at rest, whatever its features are?
//!
//! Where the head is at rest, `−∂loss/∂W_l = λ_l W_l` for every layer. So the gradient of the loss is parallel to the
//! layer, `e = −⟨W_l, ∂loss/∂W_l⟩ = λ_l ‖W_l‖²` gives `λ_l` from the file alone, and neighbours are balanced,
//! `λ_{l+1} W_{l+1}ᵀW_{l+1} = λ_l W_l W_lᵀ`. `e` is one number for every layer, at rest or not: it is `−⟨R, Z − b1ᵀ⟩`.
//!
//! For one and two layers the head's problem at fixed features is convex in the logits, and a point of its dual says how
//! far above its least the objective can be. The bound is a float, and so measured.

use super::moments::{Moments, blocks, residuals};
use super::saved::SavedNetwork;
use super::saved::refusal::Refusal;
use crate::case::Loss;
use faer::Mat;

/// What the head says of itself.
#[derive(Debug, Clone)]
pub struct Head {
    /// `e = −⟨W_l, ∂loss/∂W_l⟩`.
    pub energy: f64,
    /// `λ̂_l = e/‖W_l‖²`.
    pub weights: Vec<f64>,
    /// `λ̂_H = e/‖H‖²`, and with the centred features.
    pub features_weight: (f64, f64),
    /// Cosine between `−∂loss/∂W_l` and `W_l`; not a number where one of them is zero.
    pub cosines: Vec<f64>,
    /// Whether a layer and its gradient are zero, which is rest for every `λ_l`.
    pub vanished: Vec<bool>,
    /// The same of the features.
    pub features_vanished: bool,
    /// Cosine between `−∂loss/∂H` and `H`.
    pub features_cosine: f64,
    /// `‖λ_{l+1}W_{l+1}ᵀW_{l+1} − λ_lW_lW_lᵀ‖` relative to the larger term, between neighbouring layers, with `λ̂`.
    pub balance: Vec<f64>,
    /// `‖∂loss/∂b‖/(√N ‖R‖)`, from 0 at rest to 1; 0 without a bias.
    pub bias: f64,
    /// What rounding of the file's numbers alone may do to the direction of a gradient: `ε ‖Z‖/(N‖R‖)`.
    pub rounding: f64,
}

/// A head is at rest if gradient and layer are parallel, and neighbours balanced, up to this share (or to rounding).
pub const REST: f64 = 0.05;
/// Features are free if their gradient is parallel to them up to this share (or to rounding).
pub const FREE: f64 = 0.15;

impl Head {
    /// Measures a head.
    pub fn of(network: &SavedNetwork, moments: &Moments) -> Self {
        let gradients = gradients(network, moments);
        let inner = |a: &Mat<f64>, b: &Mat<f64>| (a.transpose() * b).diagonal().column_vector().sum();
        let energy = -inner(&moments.pull, &network.product());
        let sizes: Vec<f64> = network.layers.iter().map(Mat::squared_norm_l2).collect();
        let weights: Vec<f64> = sizes.iter().map(|size| energy / size).collect();
        let cosine = |(g, w): (&Mat<f64>, &Mat<f64>)| -inner(g, w) / (g.norm_l2() * w.norm_l2());
        let cosines = gradients.iter().zip(&network.layers).map(cosine).collect();
        let vanish = |(g, w): (&Mat<f64>, &Mat<f64>)| g.norm_l2() == 0.0 && w.norm_l2() == 0.0;
        let vanished = gradients.iter().zip(&network.layers).map(vanish).collect();
        let (gradient_sq, with_features) = moments.feature_gradient;
        let balance = (1..network.layers.len())
            .map(|l| {
                let (inside, outside) = (&network.layers[l - 1], &network.layers[l]);
                let inside = inside * inside.transpose() * faer::Scale(weights[l - 1]);
                let outside = outside.transpose() * outside * faer::Scale(weights[l]);
                (&outside - &inside).norm_l2() / outside.norm_l2().max(inside.norm_l2())
            })
            .collect();
        let residual = network.samples() as f64 * moments.residual_sq.sqrt();
        Self {
            energy,
            features_weight: (energy / moments.features_sq.0, energy / moments.features_sq.1),
            features_cosine: -with_features / (gradient_sq * moments.features_sq.0).sqrt(),
            rounding: match residual > 0.0 {
                true => network.dtype.epsilon() * moments.logits_sq.sqrt() / residual,
                false => 0.0,
            },
            vanished,
            features_vanished: gradient_sq == 0.0 && moments.features_sq.0 == 0.0,
            bias: match network.bias.is_some() && residual > 0.0 {
                true => {
                    let pull = moments.bias_gradient.iter().map(|r| r * r).sum::<f64>();
                    (network.samples() as f64 * pull).sqrt() / residual
                }
                false => 0.0,
            },
            weights,
            cosines,
            balance,
        }
    }

    /// Whether the head is at rest.
    pub fn at_rest(&self) -> bool {
        let most = REST.max(self.rounding);
        let still = |(c, zero): (&f64, &bool)| *zero || sine(*c) <= most;
        // Between two zero layers there is nothing to balance.
        let balanced = |(b, pair): (&f64, &[bool])| *b <= most || pair == [true, true];
        self.bias_at_rest()
            && self.cosines.iter().zip(&self.vanished).all(still)
            && self.balance.iter().zip(self.vanished.windows(2)).all(balanced)
    }

    /// Whether the loss does not pull at the bias.
    pub fn bias_at_rest(&self) -> bool {
        self.bias <= REST.max(self.rounding)
    }

    /// Whether the features behave like free ones.
    pub fn features_are_free(&self) -> bool {
        self.features_vanished || sine(self.features_cosine) <= FREE.max(self.rounding)
    }
}

/// The sine of an angle from its cosine; 1 beyond a right angle.
fn sine(cosine: f64) -> f64 {
    if cosine > 0.0 { (1.0 - cosine * cosine).max(0.0).sqrt() } else { 1.0 }
}

/// `∂loss/∂W_l = (W_M⋯W_{l+1})ᵀ (R Hᵀ) (W_{l−1}⋯W_1)ᵀ`.
fn gradients(network: &SavedNetwork, moments: &Moments) -> Vec<Mat<f64>> {
    let layers = &network.layers;
    let mut right = vec![moments.pull.clone()];
    for w in &layers[..layers.len() - 1] {
        let next = right.last().map_or_else(Mat::new, |b| b * w.transpose());
        right.push(next);
    }
    let mut left: Option<Mat<f64>> = None;
    let mut gradients = Vec::new();
    for (w, b) in layers.iter().zip(&right).rev() {
        gradients.push(left.as_ref().map_or_else(|| b.clone(), |a| a.transpose() * b));
        left = Some(left.map_or_else(|| w.clone(), |a| a * w));
    }
    gradients.reverse();
    gradients
}

/// The head's objective at fixed features, and a lower bound of its least.
#[derive(Debug, Clone, Copy)]
pub struct Gap {
    /// `loss + Σ λ_l/2 ‖W_l‖²`.
    pub objective: f64,
    /// The dual bound.
    pub floor: f64,
}

/// The gap of a head of one or two layers, for given `λ_l`; `None` for more layers, or where a hidden width cuts the rank
/// and the problem is not convex.
///
/// With `Q = (P − Y)` for cross-entropy and any `Q` for the mean squared error, `G = QHᵀ/N`, and `Q1 = 0` if there is a bias:
///
/// ```text
/// one layer    min ≥ φ(Q) − ‖G‖²/(2λ_1)
/// two layers   min ≥ φ(Q)   if ‖G‖₂ ≤ √(λ_1λ_2)
/// φ(Q) = −⟨Q, Y⟩/N − ‖Q‖²/(2N)      or the mean entropy of P
/// ```
pub fn gap(
    network: &SavedNetwork,
    moments: &Moments,
    loss: Loss,
    weights: &[f64],
) -> Result<Option<Gap>, Refusal> {
    let layers = &network.layers;
    let narrow =
        layers[..layers.len() - 1].iter().any(|w| w.nrows() < network.classes().min(network.width()));
    if layers.len() > 2 || narrow || !weights.iter().all(|λ| *λ > 0.0) {
        return Ok(None);
    }
    let regularisation: f64 = layers.iter().zip(weights).map(|(w, λ)| λ / 2.0 * w.squared_norm_l2()).sum();
    let dual = Dual::of(network, moments, weights);
    let floor = match loss {
        Loss::Mse => dual.squared_error(network, moments),
        Loss::CrossEntropy => dual.cross_entropy(network, moments)?,
    };
    Ok(floor.map(|floor| Gap { objective: moments.loss + regularisation, floor }))
}

struct Dual<'a> {
    weights: &'a [f64],
    /// `r = R 1`, zero without a bias.
    shift: Vec<f64>,
    /// `h_G`.
    mean: Vec<f64>,
    /// `(R − r1ᵀ/N) Hᵀ`.
    pull: Mat<f64>,
}

impl<'a> Dual<'a> {
    fn of(network: &SavedNetwork, moments: &Moments, weights: &'a [f64]) -> Self {
        let k = network.classes();
        let shift = if network.bias.is_some() { moments.bias_gradient.clone() } else { vec![0.0; k] };
        let mean = network.mean(&moments.means);
        let pull = Mat::from_fn(k, network.width(), |j, i| moments.pull[(j, i)] - shift[j] * mean[i]);
        Self { weights, shift, mean, pull }
    }

    /// The bound `−⟨Q,Y⟩/N − ‖Q‖²/(2N)` less the penalty's share, at the best multiple `Q` of the (centred) residual.
    fn squared_error(&self, network: &SavedNetwork, moments: &Moments) -> Option<f64> {
        let n = network.samples() as f64;
        let on_targets: f64 = moments.own
            - (0..network.classes()).map(|j| self.shift[j] * network.counts[j] as f64 / n).sum::<f64>();
        let size = n * moments.residual_sq - self.shift.iter().map(|r| r * r).sum::<f64>();
        let (slope, curve) = match self.weights {
            [λ] => (on_targets, size + self.pull.squared_norm_l2() / λ),
            _ => (on_targets, size),
        };
        let mut multiple = -slope / curve;
        if let [first, second] = self.weights {
            multiple = multiple.min((first * second).sqrt() / spectral_norm(&self.pull)?);
        }
        Some(-multiple * slope - multiple * multiple * curve / 2.0)
    }

    /// The mean entropy of probabilities near the softmax that satisfy the conditions.
    fn cross_entropy(&self, network: &SavedNetwork, moments: &Moments) -> Result<Option<f64>, Refusal> {
        let (k, n) = (network.classes(), network.samples());
        let prior: Vec<f64> = network.counts.iter().map(|c| *c as f64 / n as f64).collect();
        // (1 − τ)(P − r) + τ·prior is positive everywhere, and its rows sum to the counts.
        let need = |j: usize| {
            let lack = self.shift[j] - moments.least[j];
            if lack > 0.0 { lack / (lack + prior[j]) } else { 0.0 }
        };
        let τ = (0..k).map(need).fold(0.0, f64::max);
        let pull = Mat::from_fn(k, network.width(), |j, i| {
            let apart = prior[j] * (self.mean[i] - moments.means[(i, j)]);
            (1.0 - τ) * self.pull[(j, i)] + τ * apart
        });
        let (towards, price) = match self.weights {
            [λ] => (1.0, pull.squared_norm_l2() / (2.0 * λ)),
            [first, second] => {
                let Some(norm) = spectral_norm(&pull) else { return Ok(None) };
                (((first * second).sqrt() / norm).min(1.0), 0.0)
            }
            _ => return Ok(None),
        };
        let Some(features) = network.features() else { return Ok(None) };
        let product = network.product();
        let mut entropy = 0.0;
        for range in blocks(n, network.width()) {
            let mut p = network.logits(&product, &features.block(range.clone())?);
            let labels = &network.labels[range];
            residuals(&mut p, labels, Loss::CrossEntropy, 1.0);
            for (c, class) in labels.iter().enumerate() {
                for j in 0..k {
                    let own = f64::from(u8::from(j == *class));
                    let balanced = (1.0 - τ) * (p[(j, c)] + own - self.shift[j]) + τ * prior[j];
                    let x = towards * balanced + (1.0 - towards) * own;
                    entropy -= if x > 0.0 { x * libm::log(x) } else { 0.0 };
                }
            }
        }
        Ok(Some(entropy / n as f64 - price))
    }
}

/// The largest singular value, a hair above it, so that what is divided by it stays within.
fn spectral_norm(matrix: &Mat<f64>) -> Option<f64> {
    let values = matrix.singular_values().ok()?;
    values.first().map(|s| s * (1.0 + 1e-12)).filter(|s| *s > 0.0)
}
