//! A network that others trained against the prediction for its own problem, as if its features were free.
//!
//! `λ_1 … λ_M` and `λ_H` are declared or fitted; with the file's counts and widths they are a problem like any other. Its
//! optimum is proven; the network's objective, strengths and matrices are measured, and so is every comparison.

use super::critical_point::{Outcome, middle, nearest};
use super::observation::{Metrics, PredictedMatrices, PredictedModes};
use crate::case::{Bias, Draft, Loss, Mistake, Problem, Targets, Terms};
use crate::exact::{DIGITS, Rational, read_rational};
use crate::flow::{Columns, Network, Untrainable};
use crate::measure::collapse::slopes;
use crate::measure::moments::Moments;
use crate::measure::paper::{Around, Centre, Frame, PaperMetrics};
use crate::measure::saved::SavedNetwork;
use crate::measure::strengths::{TargetFrame, scaled_logits};
use crate::measure::{ClassLevel, residual};
use crate::theory::cross_entropy::Finding;
use crate::theory::landscape::{Choice, Landscape};
use crate::theory::{Kind, Known, OptimalMode, Optimum};
use faer::Mat;
use std::fmt;

/// Why a network cannot be compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Incomparable {
    /// Its problem is outside the limits.
    Problem(Mistake),
    /// A fitted weight is not positive: the loss does not pull the network back.
    Weight(f64),
    /// It is too large.
    Size(Untrainable),
    /// Nothing is known of its optimum.
    Open(String),
}

impl fmt::Display for Incomparable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problem(mistake) => write!(f, "{mistake}"),
            Self::Weight(λ) => write!(f, "the fitted weight {λ:.3e} is not positive"),
            Self::Size(reason) => write!(f, "{reason}"),
            Self::Open(reason) => write!(f, "{reason}"),
        }
    }
}

/// Relative objective gap up to which a network stands at a critical point; strengths are judged at its square root.
pub const TOLERANCE: f64 = 1e-3;

/// How a network is measured.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// The loss.
    pub loss: Loss,
    /// What class means are measured from.
    pub centre: Centre,
    /// As [`TOLERANCE`].
    pub tolerance: f64,
}

impl Manner {
    /// By the loss, with samples as the centre.
    pub fn of(loss: Loss) -> Self {
        Self { loss, centre: Centre::Samples, tolerance: TOLERANCE }
    }
}

/// A network beside the optimum of its problem.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// `λ_1 … λ_M`, then `λ_H`.
    pub weights: Vec<f64>,
    /// The network's objective.
    pub objective: f64,
    /// The proven optimum; the best objective known where none is proved.
    pub predicted: f64,
    /// The difference, relative to the optimum; absolute where that is zero.
    pub relative_gap: f64,
    /// Shrinkages `u`, one a mode, largest target first; the network's own beside the predicted ones.
    pub strengths: Vec<(f64, f64)>,
    /// The critical point it stands at, if it is one within the tolerance.
    pub outcome: Outcome,
    /// That point's name.
    pub point: Option<String>,
    /// Targets `μ` of optimal modes that it lost, each with how many.
    pub lost: Vec<(f64, usize)>,
    /// Residuals of matrices against the predicted ones.
    pub metrics: Option<Metrics>,
    /// The matrices at every layer, the first first; none under cross-entropy.
    pub layers: Vec<LayerAgreement>,
    /// The founding paper's metrics against this prediction.
    pub paper: Option<PaperMetrics>,
    /// Predicted slopes of `ln ‖h_k‖` and `ln ‖w_k‖` against `ln n_k`, where no norm is zero and counts differ.
    pub slopes: Option<[f64; 2]>,
}

/// The matrices around one layer against the predicted ones: `‖X/‖X‖ − G/‖G‖‖`, as the founding paper measures them at the
/// product of all layers, and where classes are balanced at every one.
#[derive(Debug, Clone)]
pub struct LayerAgreement {
    /// `A_m A_mᵀ`, `A_m = W_M⋯W_m`.
    pub product: f64,
    /// `H̄_mᵀH̄_m`, class means at the layer's input.
    pub features: f64,
    /// The same of centred means.
    pub features_centred: f64,
    /// `A_m` against its predicted multiple of `H̄_mᵀ`.
    pub duality: f64,
}

impl LayerAgreement {
    fn of((around, frame): (Around, &Frame)) -> Self {
        let (means, product) = (&around.means, &around.product);
        let gram = |x: &Mat<f64>| residual(&(x.transpose() * x), &frame.features, 1.0);
        Self {
            product: residual(&(product * product.transpose()), &frame.product, 1.0),
            features: gram(means),
            features_centred: gram(&around.centred),
            duality: residual(product, &(&frame.duality * means.transpose()), 1.0),
        }
    }
}

/// The problem of a network with given `λ_1 … λ_M` and `λ_H`.
pub fn problem(network: &SavedNetwork, loss: Loss, weights: &[Rational]) -> Result<Problem, Incomparable> {
    let (features, layers) = weights.split_last().ok_or(Incomparable::Weight(f64::NAN))?;
    let draft = Draft {
        counts: network.counts.clone(),
        widths: network.layers.iter().map(|w| w.ncols() as u64).collect(),
        loss,
        bias: if network.bias.is_some() { Bias::LastLayer } else { Bias::None },
        targets: Targets::OneHot,
        weights: layers.to_vec(),
        features: features.clone(),
        terms: Terms::default(),
    };
    Problem::new(draft).map_err(Incomparable::Problem)
}

/// The shortest decimal that reads as a float, as a rational.
pub fn rational(x: f64) -> Result<Rational, Incomparable> {
    let text = format!("{x:e}");
    read_rational(&text).ok().filter(|_| x > 0.0 && x.is_finite()).ok_or(Incomparable::Weight(x))
}

/// Compares a network with the optimum of a problem that has its counts and widths.
pub fn compare(
    network: &SavedNetwork,
    moments: &Moments,
    problem: &Problem,
    manner: Manner,
) -> Result<Comparison, Incomparable> {
    let tolerance = manner.tolerance;
    let floats = Network::of(problem, Columns::of(problem)).map_err(Incomparable::Size)?;
    let weights: Vec<f64> = floats.weights.iter().copied().chain([floats.features]).collect();
    let sizes = network.layers.iter().map(|w| w.squared_norm_l2());
    let sizes = sizes.chain([moments.features_sq.0]);
    let objective = moments.loss + weights.iter().zip(sizes).map(|(λ, size)| λ / 2.0 * size).sum::<f64>();
    let against = |predicted: f64| {
        let gap = objective - predicted;
        (predicted, if predicted > 0.0 { gap / predicted } else { gap })
    };
    let empty = |predicted: f64, outcome: Outcome| Comparison {
        weights: weights.clone(),
        objective,
        predicted: against(predicted).0,
        relative_gap: against(predicted).1,
        strengths: Vec::new(),
        outcome,
        point: None,
        lost: Vec::new(),
        metrics: None,
        paper: None,
        slopes: None,
        layers: Vec::new(),
    };
    if problem.loss() == Loss::CrossEntropy {
        let (best, proved) = best_known(problem)?;
        let outcome = match against(best).1 <= tolerance {
            true if proved => Outcome::Global,
            true => Outcome::BestKnown,
            false => Outcome::NotConverged,
        };
        return Ok(empty(best, outcome));
    }
    let optimum = Optimum::of(problem, DIGITS);
    let open = || Incomparable::Open("the targets' decomposition does not converge".to_owned());
    let frame = TargetFrame::of(&floats).ok_or_else(open)?;
    let level = class_level(network, moments);
    let z = scaled_logits(&floats, &level.product, &level.features);
    let mut at = 0;
    let mut found = Vec::new();
    for mode in &optimum.modes {
        let size = mode.mode.block.multiplicity;
        found.push(frame.strengths(&z, at..at + size));
        at += size;
    }
    let kept: Vec<usize> = optimum.modes.iter().map(|m| m.kept).collect();
    let modes = PredictedModes::of(&floats, &optimum, &kept, &frame);
    let predicted_matrices = PredictedMatrices::of(&modes, 1.0);
    let predicted = middle(&optimum.objective);
    let point = nearest(&optimum, problem.rank_budget(), &found, tolerance.sqrt());
    let landscape = Landscape::of(problem, &optimum);
    // At a critical point it is where its modes are those of one, and its objective that point's.
    let stands = |p: &Vec<Choice>| against(middle(&landscape.level(p))).1.abs() <= tolerance;
    let outcome = match point.as_ref().filter(|p| stands(p)) {
        Some(point) => Outcome::from(landscape.nature(point)),
        None => Outcome::NotConverged,
    };
    let u = |m: &OptimalMode, i: usize| if i < m.kept { middle(&m.shrinkage().0) } else { 0.0 };
    let pairs = |(m, own): (&OptimalMode, &Vec<f64>)| {
        own.iter().enumerate().map(|(i, s)| (*s, u(m, i))).collect::<Vec<_>>()
    };
    let strengths = optimum.modes.iter().zip(&found).flat_map(pairs).collect();
    let missing = |(b, m): (usize, &OptimalMode)| {
        let short = m.kept.checked_sub(point.as_ref()?[b].upper).filter(|n| *n > 0)?;
        Some((middle(&m.mode.block.target_sq), short))
    };
    let lost = optimum.modes.iter().enumerate().filter_map(missing).collect();
    let metrics = predicted_matrices.metrics(&floats, &level);
    let (state, frames) = (network.state(moments, manner.centre), modes.frames("predicted"));
    let norms =
        |gram: &Mat<f64>| gram.diagonal().column_vector().iter().map(|x| x.sqrt()).collect::<Vec<_>>();
    let norms = [&predicted_matrices.features, &predicted_matrices.classifier].map(norms);
    Ok(Comparison {
        slopes: slopes(&network.counts, &norms[0], &norms[1]),
        strengths,
        point: point.map(|p| landscape.name(&p)),
        lost,
        metrics: Some(metrics),
        layers: state.around().zip(&frames.layers).map(LayerAgreement::of).collect(),
        paper: PaperMetrics::of(&state, network.bias.is_some(), &frames),
        ..empty(predicted, outcome)
    })
}

/// The proven optimum of a cross-entropy problem, or the best objective known, and whether it is proven.
fn best_known(problem: &Problem) -> Result<(f64, bool), Incomparable> {
    let (best, proved) = match Known::of(problem, DIGITS) {
        Known::Shallow(known) => (known.objective.clone(), true),
        Known::Deep(known) => (known.best(), known.finding == Finding::Verified),
        Known::SquaredError(optimum) => (Some(optimum.objective.clone()), true),
        Known::Open(reason) => return Err(Incomparable::Open(reason)),
    };
    let open = || Incomparable::Open("nothing is known of the optimum".to_owned());
    Ok((middle(&best.ok_or_else(open)?), proved))
}

/// A saved network's matrices at class level.
pub fn class_level(network: &SavedNetwork, moments: &Moments) -> ClassLevel {
    let product = network.product();
    ClassLevel {
        logits: network.logits(&product, &moments.means),
        features: moments.means.clone(),
        classifier: network.layers.last().cloned().unwrap_or_else(Mat::new),
        scatter: moments.scatter.clone(),
        product,
    }
}
