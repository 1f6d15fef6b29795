//! How fast a network near a point of rest still approaches it.

use super::gradient::Gradient;
use super::integrator::{Control, Integrator, Point};
use super::network::Network;

/// Length of the path that is followed, in times `1/κ`. A longer one would end in rounding: runs rest with gradients of some 1e-8.
const SPAN: f64 = 4.0;
/// Its last part, of which the rate is taken: what is faster has decayed by then.
const LAST: f64 = 1.0;
/// Longest step, in times `1/κ`: a run takes far longer ones, which damp but do not follow the decay.
const STEP: f64 = 0.1;
/// Local error relative to the state: of no weight so close to rest.
const ERROR: f64 = 1e-6;

/// The rate `−d ln ‖∇f‖/dt` of the flow from a state near a point of rest, after the faster directions have decayed;
/// `slowest` is a guess of it. `None` where rounding ends the path before.
///
/// Costs some `40 √(0.15 ρ/κ)` gradients for stiffness `ρ`.
pub fn tail_rate(network: &Network, state: &[f64], slowest: f64) -> Option<f64> {
    let mut gradients = Gradient::new(network);
    let mut evaluate = |state: &[f64], gradient: &mut [f64]| gradients.evaluate(state, gradient);
    let mut gradient = vec![0.0; state.len()];
    let objective = evaluate(state, &mut gradient);
    let mut point = Point { state: state.to_vec(), gradient, objective, time: 0.0 };
    let control = Control { relative: ERROR, absolute: ERROR, longest: STEP / slowest };
    let mut integrator = Integrator::new(state.len(), control);
    // Gradients along the one at an earlier point: rounding, which is nearly as large as a gradient at the end, has no
    // direction there.
    let mut marks: Vec<Point> = Vec::new();
    while point.time < SPAN / slowest {
        point = integrator.advance(&point, &mut evaluate).ok()?;
        let due = SPAN - LAST * (2 - marks.len().min(2)) as f64;
        if marks.len() < 2 && point.time >= due / slowest {
            marks.push(point.clone());
        }
    }
    let [anchor, from] = &marks[..] else { return None };
    let along = |p: &Point| p.gradient.iter().zip(&anchor.gradient).map(|(x, y)| x * y).sum::<f64>();
    let rate = libm::log(along(from) / along(&point)) / (point.time - from.time);
    rate.is_finite().then_some(rate)
}
