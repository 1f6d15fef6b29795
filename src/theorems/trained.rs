//! A trained network as claims see it: class-level matrices, and numbers as wide as the tolerance.

use super::number::Number;
use super::value::Which;
use crate::case::Problem;
use crate::exact::{Enclosure, Rational};
use crate::flow::{Columns, Network};
use crate::measure::ClassLevel;
use crate::measure::strengths::{TargetFrame, scaled_logits};
use crate::theory::{OptimalMode, Optimum};
#[cfg(feature = "cli")]
use crate::verdict::{free_features::class_level, measurement::Measurement};
use faer::Mat;
use std::sync::OnceLock;

/// The matrices of a trained network at class level. Numbers read from it are wide: a measured quantity is its
/// float, give or take the tolerance times its natural scale (the largest of its kind, at least the tolerance).
#[derive(Debug)]
pub struct Trained {
    network: Network,
    /// `H` (of a network from files its singular values, which have its norm), then `W_1 … W_M`.
    factors: Vec<Mat<f64>>,
    bias: Vec<f64>,
    tolerance: f64,
    pub(super) objective: f64,
    pub(super) level: ClassLevel,
    /// `W_M⋯W_m`, from `m = 1`.
    pub(super) products: Vec<Mat<f64>>,
    /// `W_{m−1}⋯W_1 H̄`.
    pub(super) features: Vec<Mat<f64>>,
    /// The largest squared length of their rows and columns.
    pub(super) row_scales: Vec<f64>,
    pub(super) column_scales: Vec<f64>,
    /// Shrinkage of every mode, largest target first; empty under cross-entropy.
    pub(super) shrinkages: Vec<f64>,
    /// Singular values of `H, W_1, …, W_M`.
    singular: OnceLock<Vec<Vec<f64>>>,
}

impl Trained {
    /// Reads a trained state of a problem's network (layout: [`Network`], columns: [`Columns::of`]). `None` if a number
    /// in it is not finite, or its targets have no singular value decomposition. Shrinkages are those of the
    /// optimum's modes (none under cross-entropy). `tolerance` is relative.
    pub fn of(
        problem: &Problem,
        state: &[f64],
        objective: f64,
        optimum: Option<&Optimum>,
        tolerance: f64,
    ) -> Option<Self> {
        let network = Network::of(problem, Columns::of(problem)).ok()?;
        if state.len() != network.parameters() || state.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let layers = (1..=network.depth()).map(|l| network.layer(state, l).to_owned());
        let factors = std::iter::once(network.feature_matrix(state).to_owned()).chain(layers).collect();
        let bias = state[network.bias_range()].to_vec();
        let level = ClassLevel::of(&network, state);
        Self::of_factors(network, (level, factors, bias), objective, optimum, tolerance)
    }

    /// The same of a network from files.
    #[cfg(feature = "cli")]
    pub fn of_files(
        problem: &Problem,
        found: &Measurement,
        optimum: Option<&Optimum>,
        tolerance: f64,
    ) -> Option<Self> {
        let network = Network::of(problem, Columns::of(problem)).ok()?;
        let values = &found.moments.singular_values;
        let features = Mat::from_fn(values.len(), 1, |i, _| values[i]);
        let factors = std::iter::once(features).chain(found.network.layers.iter().cloned()).collect();
        let spectra: Vec<_> =
            std::iter::once(values).chain(&found.collapse.singular_values).cloned().collect();
        let bias = found.network.bias.clone().unwrap_or_default();
        let level = class_level(&found.network, &found.moments);
        let objective = found.against_declared.as_ref()?.objective;
        let trained = Self::of_factors(network, (level, factors, bias), objective, optimum, tolerance)?;
        Some(Self { singular: OnceLock::from(spectra), ..trained })
    }

    fn of_factors(
        network: Network,
        (level, factors, bias): (ClassLevel, Vec<Mat<f64>>, Vec<f64>),
        objective: f64,
        optimum: Option<&Optimum>,
        tolerance: f64,
    ) -> Option<Self> {
        if !objective.is_finite() {
            return None;
        }
        let depth = network.depth();
        let mut products = vec![factors[depth].clone()];
        let mut features = vec![level.features.clone()];
        for l in 1..depth {
            let next = products.last()? * &factors[depth - l];
            products.push(next);
            let next = &factors[l] * features.last()?;
            features.push(next);
        }
        products.reverse();
        let row = |a: &Mat<f64>| (0..a.nrows()).map(|j| a.row(j).squared_norm_l2()).fold(0.0, f64::max);
        let column = |a: &Mat<f64>| (0..a.ncols()).map(|k| a.col(k).squared_norm_l2()).fold(0.0, f64::max);
        let (row_scales, column_scales) =
            (products.iter().map(row).collect(), features.iter().map(column).collect());
        let mut shrinkages = Vec::new();
        if let Some(optimum) = optimum {
            let frame = TargetFrame::of(&network)?;
            let logits = scaled_logits(&network, &level.product, &level.features);
            for OptimalMode { mode, .. } in &optimum.modes {
                let start = shrinkages.len();
                shrinkages.extend(frame.strengths(&logits, start..start + mode.block.multiplicity));
            }
        }
        Some(Self {
            network,
            factors,
            bias,
            tolerance,
            objective,
            level,
            products,
            features,
            row_scales,
            column_scales,
            shrinkages,
            singular: OnceLock::new(),
        })
    }

    /// Residuals up to this agree.
    pub fn tolerance(&self) -> f64 {
        self.tolerance
    }

    /// A measured number: so far on either side as the tolerance of its scale.
    pub(super) fn wide(&self, value: f64, scale: f64) -> Number {
        let exact = |x: f64| Rational::from_float(x).unwrap_or_default();
        let spread = self.tolerance * scale.abs().max(self.tolerance);
        Enclosure::hull(&exact(value - spread), &exact(value + spread), 64).into()
    }

    /// The squared Frobenius norm of a factor.
    pub(super) fn squared(&self, which: Which) -> f64 {
        match which {
            Which::FullFeatures => self.factors[0].squared_norm_l2(),
            Which::Layer(l) => self.factors[l].squared_norm_l2(),
            Which::Product(m) => self.products[m - 1].squared_norm_l2(),
            Which::Features(m) => self.features[m - 1].squared_norm_l2(),
        }
    }

    /// `λ_l ‖W_l‖²` and `λ_H ‖H‖²`.
    pub(super) fn energies(&self) -> Vec<f64> {
        let layer = |l: usize| self.squared(Which::Layer(l)) * self.network.weights[l - 1];
        let features = self.squared(Which::FullFeatures) * self.network.features;
        (1..=self.network.depth()).map(layer).chain([features]).collect()
    }

    /// Singular values of `H, W_1, …, W_M`.
    pub(super) fn singular(&self) -> &[Vec<f64>] {
        let spectrum = |x: &Mat<f64>| x.singular_values().unwrap_or_default();
        self.singular.get_or_init(|| self.factors.iter().map(spectrum).collect())
    }

    /// Entry `j` of the bias.
    pub(super) fn bias(&self, j: usize) -> f64 {
        self.bias.get(j).copied().unwrap_or(0.0)
    }

    /// Whether the mean features of two classes, or one class's and zero, are no further apart than the tolerance, or
    /// that of the longest feature.
    pub(super) fn meet(&self, j: usize, k: Option<usize>) -> bool {
        let h = &self.level.features;
        let apart = |j: usize, k: Option<usize>| {
            let entry = |i: usize| h[(i, j)] - k.map_or(0.0, |k| h[(i, k)]);
            (0..h.nrows()).map(|i| entry(i) * entry(i)).sum::<f64>().sqrt()
        };
        let longest = (0..self.network.classes).map(|k| apart(k, None)).fold(1.0, f64::max);
        apart(j, k) <= self.tolerance * longest
    }
}
