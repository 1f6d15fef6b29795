//! The metrics of a trained network against the predicted geometry.

use super::critical_point::middle;
use crate::case::{Bias, Loss, Problem, Targets};
use crate::float::{Triple, singular_values};
use crate::flow::{Columns, Network};
use crate::measure::frame;
use crate::measure::paper::{Centre, Frame, Frames, PaperMetrics, State};
use crate::measure::strengths::TargetFrame;
use crate::measure::{ClassLevel, WithinClass, residual};
use crate::theory::{Known, Optimum};
use faer::{Mat, MatRef};

/// Neural-collapse metrics of one state. Conventions: see [`crate::measure`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metrics {
    /// `tr(Σ_W Σ_B⁺)/K`, `Σ_B` cut at its numerical rank.
    pub nc1: f64,
    /// `tr Σ_W / tr Σ_B`.
    pub nc1_traces: f64,
    /// Gram matrix of classifier rows against the predicted one, both normalised.
    pub nc2_classifier: f64,
    /// Gram matrix of class-mean features against the predicted one.
    pub nc2_features: f64,
    /// Logits of class means against the predicted ones.
    pub nc3_logits: f64,
    /// `W_M⋯W_1` against its predicted multiple of `H̄ᵀ`.
    pub nc3_duality: f64,
}

impl Metrics {
    /// The metrics of a state without a prediction to compare with: residuals are not numbers.
    pub fn alone(network: &Network, level: &ClassLevel) -> Self {
        let WithinClass { pinv: nc1, traces: nc1_traces, .. } = level.within_class(network);
        let none = f64::NAN;
        Self {
            nc1,
            nc1_traces,
            nc2_classifier: none,
            nc2_features: none,
            nc3_logits: none,
            nc3_duality: none,
        }
    }
}

/// The geometry of one state, measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Geometry {
    /// `H̄ᵀ H̄`, `K × K`.
    pub features: Vec<Vec<f64>>,
    /// `W_M W_Mᵀ`.
    pub classifier: Vec<Vec<f64>>,
    /// Logits of class means, with the bias.
    pub logits: Vec<Vec<f64>>,
    /// Singular values of every factor, largest first: `H` over all samples, then `W_1 … W_M`; at most `K` each.
    /// Not numbers where a decomposition failed.
    pub spectra: Vec<Vec<f64>>,
}

impl Geometry {
    /// The geometry of a state of a problem's network; `None` where it is not one.
    pub fn of(problem: &Problem, state: &[f64]) -> Option<Self> {
        let network = &Network::of(problem, Columns::of(problem)).ok()?;
        if state.len() != network.parameters() {
            return None;
        }
        let spectrum =
            |factor: MatRef<f64>| singular_values(factor).unwrap_or_else(|| vec![f64::NAN; network.classes]);
        let factors = (1..=network.depth()).map(|l| network.layer(state, l));
        let spectra = std::iter::once(network.feature_matrix(state)).chain(factors).map(spectrum).collect();
        Some(Self::at(&ClassLevel::of(network, state), spectra))
    }

    /// From matrices at class level and the singular values of `H, W_1, …, W_M`.
    pub fn at(level: &ClassLevel, mut spectra: Vec<Vec<f64>>) -> Self {
        let row = |m: &Mat<f64>, i: usize| (0..m.ncols()).map(|j| m[(i, j)]).collect();
        let rows = |m: &Mat<f64>| (0..m.nrows()).map(|i| row(m, i)).collect();
        spectra.iter_mut().for_each(|values| values.truncate(level.features.ncols()));
        Self {
            features: rows(&(level.features.transpose() * &level.features)),
            classifier: rows(&(&level.classifier * level.classifier.transpose())),
            logits: rows(&level.logits),
            spectra,
        }
    }
}

/// The founding paper's metrics of a state of a problem's network, against the predicted matrices, or under cross-entropy with
/// equal counts the simplex frame; `None` where there is neither.
pub fn paper_metrics(problem: &Problem, known: &Known, state: &[f64]) -> Option<PaperMetrics> {
    let network = Network::of(problem, Columns::of(problem)).ok()?;
    let level = ClassLevel::of(&network, state);
    let centred = problem.bias() == Bias::LastLayer || problem.loss() == Loss::CrossEntropy;
    let state = State {
        layers: (1..=network.depth()).map(|l| network.layer(state, l)).collect(),
        means: &level.features,
        scatter: &level.scatter,
        counts: network.counts.clone(),
        centre: Centre::Samples,
    };
    let counts = problem.counts();
    let frames = match known.optimum() {
        Some(optimum) => {
            let kept: Vec<usize> = optimum.modes.iter().map(|m| m.kept).collect();
            PredictedModes::of(&network, optimum, &kept, &TargetFrame::of(&network)?).frames("predicted")
        }
        None if *problem.targets() == Targets::OneHot && counts.iter().all(|n| *n == counts[0]) => {
            Frames::balanced(problem.classes(), problem.depth(), true)
        }
        None => return None,
    };
    PaperMetrics::of(&state, centred, &frames)
}

/// The predicted geometry in floats: shrinkages are the proven ones, singular vectors those of the targets.
#[derive(Debug, Clone)]
pub struct PredictedMatrices {
    /// `H̄ᵀ H̄`, `K × K`.
    pub features: Mat<f64>,
    /// `W_M W_Mᵀ`.
    pub classifier: Mat<f64>,
    /// Logits of class means, with the bias.
    pub logits: Mat<f64>,
    /// `C` with `W_M⋯W_1 = C H̃ᵀ`, `H̃` in scaled class columns.
    duality: Mat<f64>,
    /// Size to compare with where the prediction is zero.
    scale: f64,
}

/// The shrinkage of every singular direction of the frame, from the proven optimum, with some copies of each
/// distinct target kept.
fn shrinkages(optimum: &Optimum, kept: &[usize], classes: usize) -> Vec<(f64, f64)> {
    let mut all = Vec::with_capacity(classes);
    for (m, kept) in optimum.modes.iter().zip(kept) {
        let (u, v) = m.shrinkage();
        let pair = (middle(&u), middle(&v));
        all.extend((0..m.mode.block.multiplicity).map(|i| if i < *kept { pair } else { (0.0, 1.0) }));
    }
    all.resize(classes, (0.0, 1.0));
    all
}

/// The modes of a predicted optimum: what every layer's matrices are made of.
#[derive(Debug, Clone)]
pub struct PredictedModes<'a> {
    network: &'a Network,
    frame: &'a TargetFrame,
    /// `λ_l σ_l²`, one number for all factors, a mode each.
    energy: Vec<f64>,
    shrinkage: Vec<f64>,
}

impl<'a> PredictedModes<'a> {
    /// The modes over the frame of the network's targets, with `kept` copies of each distinct target.
    pub fn of(network: &'a Network, optimum: &Optimum, kept: &[usize], frame: &'a TargetFrame) -> Self {
        let pairs = shrinkages(optimum, kept, frame.values.len());
        let energy = |(y, (u, v)): (&f64, &(f64, f64))| y * y * u * v / network.samples;
        let energy = frame.values.iter().zip(&pairs).map(energy).collect();
        Self { network, frame, energy, shrinkage: pairs.iter().map(|(u, _)| *u).collect() }
    }

    fn sum(&self, left: &Mat<f64>, right: &Mat<f64>, size: impl Fn(usize) -> f64) -> Mat<f64> {
        let rank = self.energy.len();
        let scaled = Mat::from_fn(left.nrows(), rank, |row, i| left[(row, i)] * size(i));
        scaled * right.subcols(0, rank).transpose()
    }

    /// `λ_H λ_1⋯λ_{m−1}` and `λ_m⋯λ_M`.
    fn weights(&self, m: usize) -> (f64, f64) {
        let (before, after) = self.network.weights.split_at(m - 1);
        (self.network.features * before.iter().product::<f64>(), after.iter().product())
    }

    /// All that the founding paper compares networks with, for one prediction or another.
    pub fn frames(&self, word: &'static str) -> Frames {
        let root: Vec<f64> = self.network.counts.iter().map(|n| n.sqrt()).collect();
        let columns = |x: Mat<f64>, scale: &dyn Fn(f64) -> f64| {
            Mat::from_fn(x.nrows(), root.len(), |j, c| x[(j, c)] * scale(root[c]))
        };
        let frame = |m: usize| Frame {
            product: self.product(m),
            features: self.features(m),
            duality: columns(self.duality(m), &|root| root),
        };
        let layers = (1..=self.network.depth()).map(frame).collect();
        Frames { word, layers, logits: columns(self.logits(), &|root| 1.0 / root), has_size: true }
    }

    /// `H̄_mᵀH̄_m` of the class means at the input of `W_m`.
    pub fn features(&self, m: usize) -> Mat<f64> {
        let (q, weight) = (&self.frame.right, self.weights(m).0);
        let scaled = self.sum(q, q, |i| self.energy[i].powi(m as i32) / weight);
        let root: Vec<f64> = self.network.counts.iter().map(|n| n.sqrt()).collect();
        Mat::from_fn(root.len(), root.len(), |a, b| scaled[(a, b)] / (root[a] * root[b]))
    }

    /// `A_m A_mᵀ`, `A_m = W_M⋯W_m`.
    pub fn product(&self, m: usize) -> Mat<f64> {
        let (p, layers) = (&self.frame.left, (self.network.depth() + 1 - m) as i32);
        self.sum(p, p, |i| self.energy[i].powi(layers) / self.weights(m).1)
    }

    /// `C` with `A_m = C H̃_mᵀ`, `H̃_m` in scaled class columns.
    pub fn duality(&self, m: usize) -> Mat<f64> {
        let ((before, after), layers) = (self.weights(m), self.network.depth() as i32 + 1 - 2 * m as i32);
        let ratio = |e: f64| if e > 0.0 { e.sqrt().powi(layers) * (before / after).sqrt() } else { 0.0 };
        self.sum(&self.frame.left, &self.frame.right, |i| ratio(self.energy[i]))
    }

    /// Logits in scaled class columns, without the bias.
    fn logits(&self) -> Mat<f64> {
        let size = |i: usize| self.shrinkage[i] * self.frame.values[i];
        self.sum(&self.frame.left, &self.frame.right, size)
    }
}

/// Columns times the roots of their classes' counts.
pub fn scaled(network: &Network, columns: &Mat<f64>) -> Mat<f64> {
    Mat::from_fn(columns.nrows(), network.classes, |i, c| columns[(i, c)] * network.counts[c].sqrt())
}

impl PredictedMatrices {
    /// The matrices of predicted modes. `std` is the standard deviation of the start, the scale where the prediction is
    /// zero.
    pub fn of(modes: &PredictedModes, std: f64) -> Self {
        let (network, scaled_logits) = (modes.network, modes.logits());
        let (k, bias) = (network.outputs, Self::bias(network));
        let logits = Mat::from_fn(k, network.classes, |j, c| {
            scaled_logits[(j, c)] / network.counts[c].sqrt() + bias.get(j).copied().unwrap_or(0.0)
        });
        let scale = std * std * network.widths[0] as f64 * (k as f64).sqrt();
        Self {
            features: modes.features(1),
            classifier: modes.product(network.depth()),
            logits,
            duality: modes.duality(1),
            scale,
        }
    }

    /// The geometry of a frame that is measured itself. `std` as in [`PredictedMatrices::of`].
    pub fn measured(network: &Network, frame: &frame::Frame, std: f64) -> Self {
        let k = network.outputs;
        let matrix = |rows: &Vec<Vec<f64>>| {
            Mat::from_fn(rows.len(), rows.first().map_or(0, Vec::len), |i, j| rows[i][j])
        };
        Self {
            features: matrix(&frame.features),
            classifier: matrix(&frame.classifier),
            logits: matrix(&frame.logits),
            duality: matrix(&frame.duality),
            scale: std * std * network.widths[0] as f64 * (k as f64).sqrt(),
        }
    }

    /// The optimal bias: the mean target. Empty without a bias.
    pub fn bias(network: &Network) -> Vec<f64> {
        let k = network.outputs;
        let mean = |j: usize| {
            (0..network.classes).map(|c| network.targets[c * k + j] * network.counts[c]).sum::<f64>()
                / network.samples
        };
        match network.bias {
            Bias::None => Vec::new(),
            Bias::LastLayer => (0..k).map(mean).collect(),
        }
    }

    /// The metrics of a state.
    pub fn metrics(&self, network: &Network, level: &ClassLevel) -> Metrics {
        let WithinClass { pinv: nc1, traces: nc1_traces, .. } = level.within_class(network);
        let expected = &self.duality * scaled(network, &level.features).transpose();
        Metrics {
            nc1,
            nc1_traces,
            nc2_classifier: residual(
                &(&level.classifier * level.classifier.transpose()),
                &self.classifier,
                self.scale,
            ),
            nc2_features: residual(
                &(level.features.transpose() * &level.features),
                &self.features,
                self.scale,
            ),
            nc3_logits: residual(&level.logits, &self.logits, 1.0),
            nc3_duality: if self.duality.norm_l2() == 0.0 {
                level.product.norm_l2() / self.scale
            } else {
                residual(&level.product, &expected, self.scale)
            },
        }
    }
}

/// Singular triples of the optimal logits, for a start near the optimum.
pub fn near_modes(network: &Network, optimum: &Optimum, frame: &TargetFrame) -> Vec<Triple> {
    let rank = frame.values.len();
    let kept: Vec<usize> = optimum.modes.iter().map(|m| m.kept).collect();
    let u = shrinkages(optimum, &kept, rank);
    (0..rank)
        .filter(|i| u[*i].0 > 0.0)
        .map(|i| Triple {
            left: (0..network.outputs).map(|j| frame.left[(j, i)]).collect(),
            right: (0..network.classes).map(|j| frame.right[(j, i)]).collect(),
            singular_value: u[i].0 * frame.values[i],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Draft, Loss, Problem, Targets, Terms};
    use crate::exact::{Enclosure, read_rational};
    use crate::flow::Columns;
    use crate::theory::geometry;

    /// The matrices that runs are compared with are the proven ones.
    #[test]
    fn matrices_over_the_frame_are_the_proven_ones() {
        let λ = |t: &str| read_rational(t).unwrap();
        let smooth = Targets::smoothed(&λ("0.1"), 4).unwrap();
        for (bias, targets, widths) in [
            (Bias::None, Targets::OneHot, vec![9, 9]),
            (Bias::LastLayer, Targets::OneHot, vec![9, 9, 9]),
            (Bias::LastLayer, smooth, vec![9]),
            (Bias::LastLayer, Targets::OneHot, vec![9, 2]),
        ] {
            let problem = Problem::new(Draft {
                counts: vec![30, 20, 20, 9],
                weights: (0..widths.len()).map(|l| λ("1e-3") * λ(["1", "2", "1/3"][l])).collect(),
                widths,
                loss: Loss::Mse,
                bias,
                targets,
                features: λ("2e-3"),
                terms: Terms::default(),
            })
            .unwrap();
            let network = Network::of(&problem, Columns::of(&problem)).unwrap();
            let frame = TargetFrame::of(&network).unwrap();
            let optimum = Optimum::of(&problem, 17);
            let kept: Vec<usize> = optimum.modes.iter().map(|m| m.kept).collect();
            let floats = PredictedMatrices::of(&PredictedModes::of(&network, &optimum, &kept, &frame), 0.1);
            let proven = geometry::gram(&problem, &optimum).unwrap();
            let agree = |a: &Mat<f64>, b: &[Vec<Enclosure>]| {
                for i in 0..4 {
                    for j in 0..4 {
                        assert!((a[(i, j)] - middle(&b[i][j])).abs() < 1e-12, "{i} {j}");
                    }
                }
            };
            agree(&floats.features, &proven.features);
            agree(&floats.classifier, &proven.classifier);
            agree(&floats.logits, &proven.logits);
        }
    }
}
