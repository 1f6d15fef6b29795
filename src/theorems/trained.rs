//! A trained network as claims see it: class-level matrices, and numbers as wide as the tolerance.

use super::number::Number;
use super::value::Which;
use crate::case::Problem;
use crate::exact::{Enclosure, Rational};
use crate::flow::{Columns, Network};
use crate::measure::ClassLevel;
use crate::measure::strengths::{TargetFrame, scaled_logits};
use crate::theory::{OptimalMode, Optimum};
use faer::Mat;
use std::sync::OnceLock;

/// The matrices of a trained network at class level. Numbers read from it are wide: a measured quantity is its
/// float, give or take the tolerance times its natural scale (the largest of its kind, at least the tolerance).
#[derive(Debug)]
pub struct Trained {
    network: Network,
    state: Vec<f64>,
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
        state: Vec<f64>,
        objective: f64,
        optimum: Option<&Optimum>,
        tolerance: f64,
    ) -> Option<Self> {
        let network = Network::of(problem, Columns::of(problem)).ok()?;
        if !objective.is_finite()
            || state.len() != network.parameters()
            || state.iter().any(|x| !x.is_finite())
        {
            return None;
        }
        let level = ClassLevel::of(&network, &state);
        let depth = network.depth();
        let mut products = vec![network.layer(&state, depth).to_owned()];
        let mut features = vec![level.features.clone()];
        for l in 1..depth {
            let next = products.last()? * network.layer(&state, depth - l);
            products.push(next);
            let next = network.layer(&state, l) * features.last()?;
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
            state,
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
        let sum = |all: &[f64]| all.iter().map(|x| x * x).sum::<f64>();
        match which {
            Which::FullFeatures => sum(&self.state[self.network.feature_range()]),
            Which::Layer(l) => sum(&self.state[self.network.layer_range(l)]),
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
        self.singular.get_or_init(|| {
            let depth = self.network.depth();
            let all = std::iter::once(self.network.feature_matrix(&self.state));
            let all = all.chain((1..=depth).map(|l| self.network.layer(&self.state, l)));
            all.map(|x| x.singular_values().unwrap_or_default()).collect()
        })
    }

    /// Entry `j` of the bias.
    pub(super) fn bias(&self, j: usize) -> f64 {
        self.state[self.network.bias_range()].get(j).copied().unwrap_or(0.0)
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
