//! One run: from a start along the gradient flow until it rests, or the budget ends.

use super::gradient::Gradient;
use super::integrator::{Control, Integrator, Point, StepFailure, norm};
use super::network::Network;
use super::start::Start;
use super::{lbfgs, sgd};

/// How the objective is descended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Gradient flow by the stabilised integrator.
    Flow,
    /// Stochastic-gradient-style descent with momentum on the full gradient: the published protocol.
    Sgd,
    /// Limited-memory BFGS, for comparison.
    Lbfgs,
}

impl Method {
    /// The word of the method.
    pub fn word(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Sgd => "sgd",
            Self::Lbfgs => "lbfgs",
        }
    }
}

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
}

/// A point along a run, for trajectories and progress.
#[derive(Debug, Clone, Copy)]
pub struct Glimpse<'a> {
    /// The point.
    pub point: &'a Point,
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
    /// Why it stopped.
    pub stop: Stop,
}

/// The rest criterion aims this far below the tolerance, so that the gap at rest is well within it.
const REST_MARGIN: f64 = 0.01;

/// The longest step, in decay times of an unused direction.
const LONGEST_STEP: f64 = 2.0;

/// The squared gradient norm at which a run rests: in the quadratic basin of a minimum the gap is at most
/// `‖∇f‖²/(2κ)` with `κ` the smallest curvature, which unused directions give as the smallest weight.
pub(super) fn rest_level(network: &Network, tolerance: f64, objective: f64) -> f64 {
    // Where the optimum is zero the gap is absolute.
    2.0 * network.smallest_weight() * tolerance * REST_MARGIN * objective.max(tolerance)
}

/// Runs a network from a start. `observe` sees every accepted point.
pub fn run(
    network: &Network,
    start: &Start,
    method: Method,
    limits: Limits,
    observe: &mut dyn FnMut(Glimpse),
) -> Run {
    let state = start.state(network);
    let mut workspace = Gradient::new(network);
    match method {
        Method::Flow => flow(network, &mut workspace, state, limits, observe),
        Method::Sgd => sgd::descend(network, &mut workspace, state, limits, observe),
        Method::Lbfgs => lbfgs::descend(network, workspace, state, limits, observe),
    }
}

fn flow(
    network: &Network,
    workspace: &mut Gradient,
    state: Vec<f64>,
    limits: Limits,
    observe: &mut dyn FnMut(Glimpse),
) -> Run {
    let mut evaluations = 0;
    let mut gradient = vec![0.0; state.len()];
    let mut counted = |x: &[f64], g: &mut [f64]| {
        evaluations += 1;
        workspace.evaluate(x, g)
    };
    let objective = counted(&state, &mut gradient);
    let longest = LONGEST_STEP / network.smallest_weight();
    let mut integrator = Integrator::new(state.len(), Control { longest, ..Control::default() });
    let mut point = Point { state, gradient, objective, time: 0.0 };
    let stop = loop {
        observe(Glimpse { point: &point, evaluations });
        let size = norm(&point.gradient);
        if size * size <= rest_level(network, limits.tolerance, point.objective) {
            break Stop::AtRest;
        }
        if evaluations >= limits.evaluations {
            break Stop::BudgetUsed;
        }
        let mut counted = |x: &[f64], g: &mut [f64]| {
            evaluations += 1;
            workspace.evaluate(x, g)
        };
        match integrator.advance(&point, &mut counted) {
            Ok(next) => point = next,
            Err(StepFailure::NotFinite) => break Stop::NotFinite,
            Err(StepFailure::Stagnated) => break Stop::Stagnated,
        }
    };
    Run { gradient_norm: norm(&point.gradient), last: point, evaluations, stop }
}
