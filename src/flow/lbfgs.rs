//! Limited-memory BFGS (unconstrained, Moré–Thuente line search), for comparison with the flow.

use super::gradient::Gradient;
use super::integrator::norm;
use super::network::Network;
use super::room::Room;
use super::run::{Glimpse, Limits, Run, Stop, rest_level};
use super::station::Point;
use basin::{
    ConstraintDescription, ConstraintSet, Constraints, CostFunction, Executor, FirstOrderState, Lbfgs,
    NoConstraints,
};
use std::cell::RefCell;

/// Curvature pairs kept.
const HISTORY: usize = 10;

/// The network's objective as the library sees it. Evaluations and the point to return are kept here, since
/// the library counts its own way.
struct Objective<'a> {
    network: &'a Network,
    limits: Limits,
    inner: RefCell<Inner<'a>>,
}

struct Inner<'a> {
    workspace: Gradient<'a>,
    evaluations: u64,
    best: Point,
    /// `‖∇f‖` there.
    gradient_norm: f64,
}

/// Raised through the library to end the descent.
#[derive(Debug, Clone, Copy)]
struct Halt(Stop);

impl std::fmt::Display for Halt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Halt {}

/// The library owns its problem; ours is read again afterwards, so it gets a reference.
impl Constraints for &Objective<'_> {
    type Set = NoConstraints;
    fn constraints(&self) -> <Self::Set as ConstraintDescription>::Borrowed<'_> {
        ConstraintSet::new()
    }
}

impl CostFunction for &Objective<'_> {
    type Param = Vec<f64>;
    type Output = f64;
    type Error = Halt;
    fn cost(&self, x: &Vec<f64>) -> Result<f64, Halt> {
        basin::Gradient::cost_and_gradient(self, x).map(|(cost, _)| cost)
    }
}

impl basin::Gradient for &Objective<'_> {
    type Gradient = Vec<f64>;
    fn gradient(&self, x: &Vec<f64>) -> Result<Vec<f64>, Halt> {
        basin::Gradient::cost_and_gradient(self, x).map(|(_, gradient)| gradient)
    }
    fn cost_and_gradient(&self, x: &Vec<f64>) -> Result<(f64, Vec<f64>), Halt> {
        let inner = &mut *self.inner.borrow_mut();
        let mut gradient = vec![0.0; x.len()];
        let objective = inner.workspace.evaluate(x, &mut gradient);
        inner.evaluations += 1;
        if objective.is_finite() && objective <= inner.best.objective {
            inner.best = Point { state: Room::from(&x[..]), objective, time: 0.0 };
            let size = norm(&gradient);
            inner.gradient_norm = size;
            if size * size <= rest_level(self.network, self.limits.tolerance, objective) {
                return Err(Halt(Stop::AtRest));
            }
        }
        if inner.evaluations >= self.limits.evaluations {
            return Err(Halt(Stop::BudgetUsed));
        }
        Ok((objective, gradient))
    }
}

/// Descends from a state. There is no time along the flow: it stays zero.
pub(super) fn descend(
    network: &Network,
    workspace: Gradient,
    state: Vec<f64>,
    limits: Limits,
    observe: &mut dyn FnMut(Glimpse),
) -> Run {
    let best = Point { state: Room::from(&state[..]), objective: f64::INFINITY, time: 0.0 };
    let inner = RefCell::new(Inner { workspace, evaluations: 0, best, gradient_norm: 0.0 });
    let objective = Objective { network, limits, inner };
    let solver = Lbfgs::new().unbounded().with_m_capacity(HISTORY);
    let outcome =
        Executor::new(&objective, solver, FirstOrderState::new(state)).max_iter(limits.evaluations).run();
    let stop = match outcome {
        Err(Halt(stop)) => stop,
        // The line search found nothing lower: rounding.
        Ok(_) => Stop::Stagnated,
    };
    let Inner { evaluations, best, gradient_norm, .. } = objective.inner.into_inner();
    observe(Glimpse { point: &best, gradient_norm, evaluations });
    Run { gradient_norm, last: best, evaluations, stiffness: 0.0, stop }
}
