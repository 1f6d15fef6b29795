//! Runs of cross-entropy against the enclosed optimum (one layer), or the best simplex frame and the best network known
//! (more layers): a run is what its logits are.

use super::critical_point::middle;
use super::observation::PredictedMatrices;
use super::plan::Plan;
use super::referee::Referee;
use super::run::{Ending, Structure};
use super::{Metrics, Outcome};
use crate::case::{Bias, Problem};
use crate::float::{Triple, singular_values};
use crate::flow::{Gradient, Network, Start};
use crate::measure::ClassLevel;
use crate::measure::frame::Frame;
use crate::theory::convex::Shallow;
use crate::theory::cross_entropy::{Deep, Finding};
use faer::Mat;

/// Singular values below this share of the largest are not counted.
const RANK_CUT: f64 = 1e-4;
/// Logits within this distance of a simplex frame, relatively, are one.
const SAME: f64 = 1e-3;

/// Judges runs by their logits.
pub(super) struct Logits<'a> {
    network: &'a Network,
    /// What zero costs.
    at_zero: f64,
    proved: bool,
    /// The measured geometry of the optimum, or of the best network known.
    frame: Option<Frame>,
    predicted: Option<PredictedMatrices>,
    /// What the best simplex frame costs, or zero if that is less.
    simplex: Option<f64>,
    bias: Bias,
    plan: &'a Plan,
}

impl<'a> Logits<'a> {
    pub(super) fn shallow(
        problem: &Problem,
        network: &'a Network,
        found: &'a Shallow,
        plan: &'a Plan,
    ) -> Self {
        let frame = Frame::of(problem, &found.point);
        Self::of(problem, network, Some(frame), found.objective.is_some(), None, plan)
    }

    pub(super) fn deep(problem: &Problem, network: &'a Network, found: &'a Deep, plan: &'a Plan) -> Self {
        let least = found.simplex.as_ref().map_or(&found.zero, |s| &s.objective);
        let simplex = middle(least).min(middle(&found.zero));
        let frame = found.best.as_ref().map(|b| Frame::of(problem, &b.point));
        Self::of(problem, network, frame, found.finding == Finding::Verified, Some(simplex), plan)
    }

    /// Nothing is known to compare with.
    pub(super) fn open(problem: &Problem, network: &'a Network, plan: &'a Plan) -> Self {
        Self::of(problem, network, None, false, None, plan)
    }

    fn of(
        problem: &Problem,
        network: &'a Network,
        frame: Option<Frame>,
        proved: bool,
        simplex: Option<f64>,
        plan: &'a Plan,
    ) -> Self {
        let predicted = frame.as_ref().map(|f| PredictedMatrices::measured(network, f, plan.std));
        let mut workspace = Gradient::new(network);
        let zero = vec![0.0; network.parameters()];
        let at_zero = workspace.evaluate(&zero, &mut zero.clone());
        Self { network, at_zero, proved, frame, predicted, simplex, bias: problem.bias(), plan }
    }
}

impl Referee for Logits<'_> {
    fn is_proved(&self) -> bool {
        self.proved
    }

    fn at_zero(&self) -> f64 {
        self.at_zero
    }

    fn near(&self) -> Option<Start> {
        let frame = self.frame.as_ref()?;
        let modes = frame.left.iter().zip(&frame.right).zip(&frame.singular_values);
        let mode = |((left, right), s): ((&Vec<f64>, &Vec<f64>), &f64)| Triple {
            left: left.clone(),
            right: right.clone(),
            singular_value: *s,
        };
        let bias = if self.bias == Bias::None { Vec::new() } else { frame.bias.clone() };
        Some(self.plan.near(modes.map(mode).collect(), bias))
    }

    fn strengths(&self, _: &ClassLevel) -> Vec<Vec<f64>> {
        Vec::new()
    }

    fn metrics(&self, level: &ClassLevel, _: &[Vec<f64>]) -> Metrics {
        match &self.predicted {
            Some(predicted) => predicted.metrics(self.network, level),
            None => Metrics::alone(self.network, level),
        }
    }

    fn ending(&self, level: &ClassLevel, _: &[Vec<f64>], objective: f64) -> Ending {
        let (k, classes) = (self.network.outputs, self.network.classes);
        let z = &level.product * &level.features;
        let scaled = Mat::from_fn(k, classes, |j, c| z[(j, c)] * self.network.counts[c].sqrt());
        let mut values = singular_values(scaled.as_ref()).unwrap_or_default();
        let largest = values.iter().copied().fold(0.0, f64::max);
        values.retain(|s| *s > RANK_CUT * largest.max(RANK_CUT));
        let column_mean = |c: usize| (0..k).map(|j| z[(j, c)]).sum::<f64>() / k as f64;
        let centred = Mat::from_fn(k, classes, |j, c| z[(j, c)] - column_mean(c));
        let simplex = Mat::from_fn(k, classes, |j, c| f64::from(u8::from(j == c)) - 1.0 / k as f64);
        let apart = crate::measure::residual(&centred, &simplex, 1.0);
        Ending::Logits(Structure {
            is_simplex: !values.is_empty() && apart < SAME,
            singular_values: values,
            relative_to_simplex: self.simplex.map(|s| objective / s),
        })
    }

    fn at_rest(&self, _: &Ending, gap: f64) -> Outcome {
        if gap.is_nan() {
            return Outcome::Undecided;
        }
        match gap <= self.plan.tolerance {
            true if self.proved => Outcome::Global,
            true => Outcome::BestKnown,
            // One layer has no other minima; more layers may rest at one.
            false if self.network.depth() > 1 => Outcome::LocalMinimum,
            false => Outcome::NotConverged,
        }
    }
}
