//! Gradient descent with momentum on the full gradient: learning rate 0.1, momentum 0.9, 30,000 steps, as in
//! the published experiments.

use super::gradient::Gradient;
use super::integrator::norm;
use super::network::Network;
use super::room::Room;
use super::run::{Glimpse, Limits, Run, Stop, rest_level};
use super::station::Point;

/// Learning rate.
pub const LEARNING_RATE: f64 = 0.1;
/// Momentum.
pub const MOMENTUM: f64 = 0.9;
/// Steps at most.
pub const STEPS: u64 = 30_000;
/// Every so many steps are observed.
const OBSERVE_EVERY: u64 = 20;

/// Descends from a state; the budget is [`STEPS`] whatever the limits say, the rest criterion is theirs.
pub(super) fn descend(
    network: &Network,
    workspace: &mut Gradient,
    state: Vec<f64>,
    limits: Limits,
    observe: &mut dyn FnMut(Glimpse),
) -> Run {
    let length = state.len();
    let mut point = Point { state: Room::from(&state[..]), objective: 0.0, time: 0.0 };
    let (mut gradient, mut velocity) = (vec![0.0; length], vec![0.0; length]);
    let mut evaluations = 0;
    let (stop, gradient_norm) = loop {
        point.objective = workspace.evaluate(&point.state, &mut gradient);
        evaluations += 1;
        let size = norm(&gradient);
        let done = if !point.objective.is_finite() {
            Some(Stop::NotFinite)
        } else if size * size <= rest_level(network, limits.tolerance, point.objective) {
            Some(Stop::AtRest)
        } else if evaluations > STEPS {
            Some(Stop::BudgetUsed)
        } else {
            None
        };
        if done.is_some() || evaluations % OBSERVE_EVERY == 1 {
            observe(Glimpse { point: &point, gradient_norm: size, evaluations });
        }
        if let Some(stop) = done {
            break (stop, size);
        }
        for i in 0..length {
            velocity[i] = MOMENTUM * velocity[i] + gradient[i];
            point.state[i] -= LEARNING_RATE * velocity[i];
        }
        // With momentum the speed along the flow is 1/(1 − momentum) times the learning rate.
        point.time += LEARNING_RATE / (1.0 - MOMENTUM);
    };
    Run { gradient_norm, last: point, evaluations, stiffness: 0.0, stop }
}
