//! How a network is descended: from a start along the gradient flow until it rests or the budget ends, or by one of
//! the methods that the flow is compared with.

use super::gradient::Gradient;
use super::integrator::{Control, Integrator, Point, StepFailure, norm};
use super::network::Network;
use super::run::{Glimpse, Limits, Run, Stop, rest_level};
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

/// The longest step, in decay times of an unused direction.
const LONGEST_STEP: f64 = 2.0;

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
