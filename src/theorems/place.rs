//! The point that claims are about: the proven optimum, a critical point named by the user, or a trained network.

use super::number::Number;
use super::stage::Pairing;
use super::truth::{Doubt, Truth};
use super::value::Which;
use crate::case::{Loss, Problem};
use crate::exact::{DIGITS, Enclosure, Rational};
use crate::flow::{Columns, Network, Untrainable};
use crate::measure::ClassLevel;
use crate::measure::strengths::{TargetFrame, scaled_logits};
use crate::theory::landscape::Choice;
use crate::theory::{Known, Optimum};
use crate::verdict::{Outcome, Plan, RunReport, StartKind, Verification, verify};
use faer::Mat;
use std::sync::OnceLock;

/// Which point of a problem claims are about.
#[derive(Debug)]
pub enum Place {
    /// The proven optimum.
    Optimum,
    /// A critical point of the mean squared error: one choice a distinct target.
    CriticalPoint(Vec<Choice>),
    /// A trained network.
    Trained(Box<Trained>),
}

/// A network that training ended in.
#[derive(Debug)]
pub struct TrainedRun {
    /// How it began.
    pub start: StartKind,
    /// Its seed.
    pub seed: u64,
    /// What it reached.
    pub outcome: Outcome,
    /// The network, a [`Place::Trained`].
    pub place: Place,
}

/// Trains a problem's network from every seed and from near the optimum. Networks that are not finite are left out; a
/// cross-entropy problem of which nothing is known gives none.
pub fn train(problem: &Problem, plan: &Plan) -> Result<Vec<TrainedRun>, Untrainable> {
    let known = Known::of(problem, DIGITS);
    let training = verify(problem, &known, plan, &|| {})?;
    Ok(training.map_or(Vec::new(), |training| networks(problem, &known, &training)))
}

/// The networks that a training ended in, but for those that are not finite.
pub fn networks(problem: &Problem, known: &Known, training: &Verification) -> Vec<TrainedRun> {
    let run = |r: &RunReport| {
        let place = network(problem, known, r, training.tolerance)?;
        Some(TrainedRun { start: r.start, seed: r.seed, outcome: r.outcome, place })
    };
    training.runs.iter().filter_map(run).collect()
}

/// The network that a run ended in, trained to a relative objective gap; `None` if it is not finite.
pub fn network(problem: &Problem, known: &Known, run: &RunReport, gap: f64) -> Option<Place> {
    let (optimum, tolerance) = (known.optimum(), claim_tolerance(gap));
    let trained = Trained::of(problem, run.state.clone(), run.objective, optimum, tolerance)?;
    Some(Place::Trained(Box::new(trained)))
}

/// The tolerance on claims for networks whose objective is within a relative gap of the optimum: their factors are
/// within about the gap's square root of it, so ten times that.
pub fn claim_tolerance(gap: f64) -> f64 {
    10.0 * gap.sqrt()
}

/// A claim on a trained network.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Holds within the tolerance ([`Truth::Agrees`], [`Truth::Proved`] where nothing measured enters), fails, or
    /// is open.
    pub truth: Truth,
    /// The largest residual of an equality that holds; of the one that fails, where one does.
    pub residual: f64,
    /// Residuals up to this agree.
    pub tolerance: f64,
}

/// The matrices of a trained network at class level. Numbers read from it are wide: a measured quantity is its
/// float, give or take the tolerance times its natural scale (the largest of its kind, at least the tolerance).
#[derive(Debug)]
pub struct Trained {
    network: Network,
    state: Vec<f64>,
    tolerance: f64,
    objective: f64,
    level: ClassLevel,
    /// `W_M⋯W_m`, from `m = 1`.
    products: Vec<Mat<f64>>,
    /// `W_{m−1}⋯W_1 H̄`.
    features: Vec<Mat<f64>>,
    /// The largest squared length of their rows and columns.
    row_scales: Vec<f64>,
    column_scales: Vec<f64>,
    /// Shrinkage of every mode, largest target first; empty under cross-entropy.
    shrinkages: Vec<f64>,
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
        let shrinkages = match (network.loss, optimum) {
            (Loss::Mse, Some(optimum)) => {
                let frame = TargetFrame::of(&network)?;
                let logits = scaled_logits(&network, &level.product, &level.features);
                let mut at = 0;
                let block = |m: &crate::theory::OptimalMode| {
                    let start = at;
                    at += m.mode.block.multiplicity;
                    frame.strengths(&logits, start..at)
                };
                optimum.modes.iter().flat_map(block).collect()
            }
            _ => Vec::new(),
        };
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

    fn wide(&self, value: f64, scale: f64) -> Number {
        let exact = |x: f64| Rational::from_float(x).unwrap_or_default();
        let spread = self.tolerance * scale.abs().max(self.tolerance);
        Enclosure::hull(&exact(value - spread), &exact(value + spread), 64).into()
    }

    pub(super) fn objective(&self) -> Number {
        self.wide(self.objective, self.objective)
    }

    fn mode(&self, i: i64) -> Result<f64, Doubt> {
        let at = usize::try_from(i).ok().and_then(|i| i.checked_sub(1));
        let found = at.and_then(|at| self.shrinkages.get(at));
        found.copied().ok_or_else(|| Doubt::Open(format!("there is no mode {i}")))
    }

    pub(super) fn shrinkage(&self, i: i64) -> Result<Number, Doubt> {
        Ok(self.wide(self.mode(i)?, 1.0))
    }

    pub(super) fn kept(&self, i: i64) -> Result<bool, Doubt> {
        Ok(self.mode(i)? > self.tolerance)
    }

    /// Modes that are not zero: singular values of the class logits above the tolerance, relative to the first.
    pub(super) fn active(&self) -> usize {
        let product = &self.level.product * &self.level.features;
        let values = product.singular_values().unwrap_or_default();
        let least = self.tolerance * values.first().copied().unwrap_or(0.0).max(self.tolerance);
        values.iter().filter(|s| **s > least).count()
    }

    fn squared(&self, which: Which) -> Result<f64, Doubt> {
        let sum = |all: &[f64]| all.iter().map(|x| x * x).sum::<f64>();
        Ok(match which {
            Which::FullFeatures => sum(&self.state[self.network.feature_range()]),
            Which::Layer(l) => sum(&self.state[self.network.layer_range(l)]),
            Which::Product(m) => self.products[m - 1].squared_norm_l2(),
            Which::Features(m) => self.features[m - 1].squared_norm_l2(),
        })
    }

    pub(super) fn norm_sq(&self, which: Which) -> Result<Number, Doubt> {
        let value = self.squared(which)?;
        Ok(self.wide(value, value))
    }

    /// `λ_l ‖W_l‖²` and `λ_H ‖H‖²`, all of them: at rest they are equal.
    pub(super) fn energy(&self) -> Number {
        let layer = |l: usize| self.squared(Which::Layer(l)).map(|x| x * self.network.weights[l - 1]);
        let features = self.squared(Which::FullFeatures).map(|x| x * self.network.features);
        let all: Vec<f64> = (1..=self.network.depth()).map(layer).chain([features]).flatten().collect();
        let (low, high) = all.iter().fold((f64::MAX, 0.0f64), |(low, high), x| (low.min(*x), high.max(*x)));
        self.wide((low + high) / 2.0, high + (high - low) / self.tolerance)
    }

    pub(super) fn strength(&self, which: Which, i: i64) -> Result<Number, Doubt> {
        let values = self.singular.get_or_init(|| {
            let depth = self.network.depth();
            let all = std::iter::once(self.network.feature_matrix(&self.state));
            let all = all.chain((1..=depth).map(|l| self.network.layer(&self.state, l)));
            all.map(|x| x.singular_values().unwrap_or_default()).collect()
        });
        let values = match which {
            Which::FullFeatures => &values[0],
            Which::Layer(l) => &values[l],
            Which::Product(_) | Which::Features(_) => {
                return Err(Doubt::Open(
                    "of a trained network, strengths are those of W(l) and H".to_owned(),
                ));
            }
        };
        let at = usize::try_from(i).ok().and_then(|i| i.checked_sub(1));
        let value = at.and_then(|at| values.get(at)).copied().unwrap_or(0.0);
        Ok(self.wide(value, values.first().copied().unwrap_or(0.0)))
    }

    pub(super) fn inner(&self, pairing: Pairing, j: usize, k: usize) -> Result<Number, Doubt> {
        Ok(match pairing {
            Pairing::Rows(m) => {
                let a = &self.products[m - 1];
                self.wide(a.row(j) * a.row(k).transpose(), self.row_scales[m - 1])
            }
            Pairing::Columns(m) => {
                let h = &self.features[m - 1];
                self.wide(h.col(j).transpose() * h.col(k), self.column_scales[m - 1])
            }
            Pairing::Across => {
                let bias = match self.network.bias_range() {
                    range if range.is_empty() => 0.0,
                    range => self.state[range][j],
                };
                self.wide(self.level.logits[(j, k)] - bias, self.largest_logit())
            }
        })
    }

    fn largest_logit(&self) -> f64 {
        self.level.logits.norm_max()
    }

    pub(super) fn logit(&self, j: usize, k: usize) -> Number {
        self.wide(self.level.logits[(j, k)], self.largest_logit())
    }

    fn apart(&self, j: usize, k: Option<usize>) -> f64 {
        let h = &self.level.features;
        let entry = |i: usize| h[(i, j)] - k.map_or(0.0, |k| h[(i, k)]);
        (0..h.nrows()).map(|i| entry(i) * entry(i)).sum::<f64>().sqrt()
    }

    /// Distances up to this are zero: the tolerance, or that of the longest feature.
    fn least_distance(&self) -> f64 {
        self.tolerance * (0..self.network.classes).map(|k| self.apart(k, None)).fold(1.0, f64::max)
    }

    pub(super) fn collapsed(&self, k: usize) -> bool {
        self.apart(k, None) <= self.least_distance()
    }

    pub(super) fn merged(&self, j: usize, k: usize) -> bool {
        self.apart(j, Some(k)) <= self.least_distance()
    }
}
