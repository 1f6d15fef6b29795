//! One run: what it may cost, where it ended, and when it rests.

use super::network::Network;
use super::station::Point;

/// Why a run stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The gradient is as small as the tolerance asks.
    AtRest,
    /// The budget of gradient evaluations is used up.
    BudgetUsed,
    /// Rounding keeps the objective from falling further.
    Stagnated,
    /// A number left the range of floats.
    NotFinite,
}

impl Stop {
    /// The word of the reason.
    pub fn word(self) -> &'static str {
        match self {
            Self::AtRest => "at-rest",
            Self::BudgetUsed => "budget-used",
            Self::Stagnated => "stagnated",
            Self::NotFinite => "not-finite",
        }
    }
}

/// What a run may cost and when it is done.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Gradient evaluations.
    pub evaluations: u64,
    /// Relative objective gap that the rest criterion aims at.
    pub tolerance: f64,
    /// Whether the path matters, up to its end, and not only where it ends.
    pub path: bool,
}

/// A point along a run, for trajectories and progress.
#[derive(Debug, Clone, Copy)]
pub struct Glimpse<'a> {
    /// The point.
    pub point: &'a Point,
    /// `‖∇f‖` there.
    pub gradient_norm: f64,
    /// Gradient evaluations so far.
    pub evaluations: u64,
}

/// A finished run.
#[derive(Debug, Clone)]
pub struct Run {
    /// The last point.
    pub last: Point,
    /// `‖∇f‖` there.
    pub gradient_norm: f64,
    /// Gradient evaluations, those for the spectral radius included.
    pub evaluations: u64,
    /// The largest spectral radius of the Hessian that was met; zero where none is estimated.
    pub stiffness: f64,
    /// Why it stopped.
    pub stop: Stop,
}

/// The rest criterion aims this far below the tolerance, so that the gap at rest is well within it.
const REST_MARGIN: f64 = 0.01;

/// The squared gradient norm at which a run rests: in the quadratic basin of a minimum the gap is at most
/// `‖∇f‖²/(2κ)` with `κ` the smallest curvature, which unused directions give as the smallest weight.
pub(super) fn rest_level(network: &Network, tolerance: f64, objective: f64) -> f64 {
    // Where the optimum is zero the gap is absolute.
    2.0 * network.smallest_weight() * tolerance * REST_MARGIN * objective.max(tolerance)
}
