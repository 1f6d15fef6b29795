//! Runs of the mean squared error against the proven optimum: a run is where its modes are.

use super::critical_point::{middle, nearest};
use super::observation::{PredictedMatrices, PredictedModes, near_modes};
use super::plan::Plan;
use super::referee::Referee;
use super::run::Ending;
use super::{Metrics, Outcome};
use crate::case::{Problem, Targets};
use crate::flow::{Network, Start, Untrainable};
use crate::measure::ClassLevel;
use crate::measure::regression::RegressionCollapse;
use crate::measure::strengths::{TargetFrame, scaled_logits};
use crate::theory::landscape::Landscape;
use crate::theory::{Fate, OptimalMode, Optimum};
use std::ops::Range;

/// Judges runs by their modes.
pub(super) struct Modes<'a> {
    network: &'a Network,
    problem: &'a Problem,
    optimum: &'a Optimum,
    frame: TargetFrame,
    predicted: PredictedMatrices,
    /// Where the copies of each distinct target stand in the frame.
    blocks: Vec<Range<usize>>,
    plan: &'a Plan,
}

impl<'a> Modes<'a> {
    pub(super) fn of(
        problem: &'a Problem,
        network: &'a Network,
        optimum: &'a Optimum,
        plan: &'a Plan,
    ) -> Result<Self, Untrainable> {
        let frame = TargetFrame::of(network).ok_or(Untrainable::OutOfRange)?;
        let kept: Vec<usize> = optimum.modes.iter().map(|m| m.kept).collect();
        let predicted = PredictedMatrices::of(&PredictedModes::of(network, optimum, &kept, &frame), plan.std);
        let mut at = 0;
        let block = |m: &OptimalMode| {
            at += m.mode.block.multiplicity;
            at - m.mode.block.multiplicity..at
        };
        let blocks = optimum.modes.iter().map(block).collect();
        Ok(Self { network, problem, optimum, frame, predicted, blocks, plan })
    }
}

impl Referee for Modes<'_> {
    fn is_proved(&self) -> bool {
        true
    }

    fn at_zero(&self) -> f64 {
        self.frame.values.iter().map(|y| y * y).sum::<f64>() / (2.0 * self.network.samples)
    }

    fn near(&self) -> Option<Start> {
        let modes = near_modes(self.network, self.optimum, &self.frame);
        Some(self.plan.near(modes, PredictedMatrices::bias(self.network)))
    }

    fn strengths(&self, level: &ClassLevel) -> Vec<Vec<f64>> {
        let z = scaled_logits(self.network, &level.product, &level.features);
        self.blocks.iter().map(|block| self.frame.strengths(&z, block.clone())).collect()
    }

    /// Where a tie leaves a choice (which directions of a block, or how many), against the optimum that shares the run's
    /// choice.
    fn metrics(&self, level: &ClassLevel, strengths: &[Vec<f64>]) -> Metrics {
        let modes = &self.optimum.modes;
        let free =
            |m: &OptimalMode| m.fate == Fate::Tie || (0 < m.kept && m.kept < m.mode.block.multiplicity);
        if !modes.iter().any(free) {
            return self.predicted.metrics(self.network, level);
        }
        let z = scaled_logits(self.network, &level.product, &level.features);
        let mut frame = self.frame.clone();
        let mut kept = Vec::with_capacity(modes.len());
        for ((m, block), strengths) in modes.iter().zip(&self.blocks).zip(strengths) {
            if free(m) {
                frame = frame.turned(&z, block.clone()).unwrap_or(frame);
            }
            let alive = strengths.iter().filter(|s| **s > middle(&m.shrinkage().0) / 2.0).count();
            kept.push(if m.fate == Fate::Tie { alive.min(m.kept) } else { m.kept });
        }
        let modes = PredictedModes::of(self.network, self.optimum, &kept, &frame);
        PredictedMatrices::of(&modes, self.plan.std).metrics(self.network, level)
    }

    fn regression(&self, level: &ClassLevel) -> Option<RegressionCollapse> {
        let targets = self.problem.targets();
        let given = matches!(targets, Targets::Columns(_)) && targets.smoothing().is_none();
        given.then(|| RegressionCollapse::of(self.network, level, &self.frame))
    }

    fn ending(&self, _: &ClassLevel, strengths: &[Vec<f64>], _: f64) -> Ending {
        let (room, tolerance) = (self.problem.rank_budget(), self.plan.tolerance.sqrt());
        Ending::Modes(nearest(self.optimum, room, strengths, tolerance))
    }

    fn at_rest(&self, ending: &Ending, gap: f64) -> Outcome {
        let Ending::Modes(Some(point)) = ending else { return Outcome::NotConverged };
        match Landscape::of(self.problem, self.optimum).nature(point).into() {
            Outcome::Global if gap.abs() > self.plan.tolerance => Outcome::NotConverged,
            outcome => outcome,
        }
    }
}
