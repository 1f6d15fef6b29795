//! The questions of the training loop whose answers depend on the loss.

use super::run::Ending;
use super::{Metrics, Outcome};
use crate::flow::Start;
use crate::measure::ClassLevel;
use crate::measure::regression::RegressionCollapse;

/// What the runs of one problem are judged by.
pub trait Referee: Sync {
    /// Whether the value that runs are compared with is the proven optimum.
    fn is_proved(&self) -> bool;
    /// What zero costs, by which rounding is judged.
    fn at_zero(&self) -> f64;
    /// The start near the optimum, or near the best network known.
    fn near(&self) -> Option<Start>;
    /// Strengths of the modes, one list a distinct target, if there are modes.
    fn strengths(&self, level: &ClassLevel) -> Vec<Vec<f64>>;
    /// Residuals against the prediction.
    fn metrics(&self, level: &ClassLevel, strengths: &[Vec<f64>]) -> Metrics;
    /// Neural regression collapse, where targets are given one by one.
    fn regression(&self, _: &ClassLevel) -> Option<RegressionCollapse> {
        None
    }
    /// The point that a state is.
    fn ending(&self, level: &ClassLevel, strengths: &[Vec<f64>], objective: f64) -> Ending;
    /// What a run amounts to that rests at a point with a relative gap, and is not below the optimum.
    fn at_rest(&self, ending: &Ending, gap: f64) -> Outcome;
}
