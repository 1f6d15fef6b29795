//! How a network is descended: from a start along the gradient flow until it rests or the budget ends, or by one of
//! the methods that the flow is compared with.

use super::gradient::Gradient;
use super::integrator::{Control, Integrator, StepFailure};
use super::network::Network;
use super::run::{Glimpse, Limits, Run, Stop, rest_level};
use super::start::Start;
use super::station::Station;
use super::system::{Combination, Seen, System};
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

/// Damping aims so far below the gradient at which a run rests: what is not linear is in the way.
const DAMPED: f64 = 2.0;
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
    let (mut evaluations, length) = (0, state.len());
    let mut system = Counted { system: workspace, visits: &mut evaluations };
    let longest = LONGEST_STEP / network.smallest_weight();
    let slowest = (!limits.path).then(|| network.smallest_weight());
    let control = Control { longest, slowest, ..Control::default() };
    let mut integrator = Integrator::new(&system, length, control);
    let mut station = Station::start(&mut system, &state);
    let (stop, gradient_norm) = loop {
        let (point, square) = (&station.point, station.steepness);
        let gradient_norm = square.sqrt();
        observe(Glimpse { point, gradient_norm, evaluations: *system.visits });
        let rest = rest_level(network, limits.tolerance, point.objective);
        if square <= rest {
            break (Stop::AtRest, gradient_norm);
        }
        if *system.visits >= limits.evaluations {
            break (Stop::BudgetUsed, gradient_norm);
        }
        match integrator.advance(&mut station, &mut system, DAMPED * (square / rest).sqrt()) {
            Ok(()) => {}
            Err(StepFailure::NotFinite) => break (Stop::NotFinite, gradient_norm),
            Err(StepFailure::Stagnated) => break (Stop::Stagnated, gradient_norm),
        }
    };
    Run { gradient_norm, last: station.point, evaluations, stiffness: integrator.stiffness, stop }
}

/// A system whose gradients are counted.
struct Counted<'a, S> {
    system: &'a mut S,
    visits: &'a mut u64,
}

impl<S: System> System for Counted<'_, S> {
    type Slope = S::Slope;

    fn room(&self) -> S::Slope {
        self.system.room()
    }

    fn visit(&mut self, from: Combination<S::Slope>, out: &mut [f64], slope: &mut S::Slope) -> Seen {
        *self.visits += 1;
        self.system.visit(from, out, slope)
    }

    fn combine(&mut self, from: Combination<S::Slope>, out: &mut [f64]) -> f64 {
        self.system.combine(from, out)
    }

    fn square(&mut self, from: Combination<S::Slope>) -> f64 {
        self.system.square(from)
    }
}
