//! How fast a network that is kicked a little from its point of rest approaches it again.

use super::gradient::Gradient;
use super::integrator::{Control, Integrator, norm};
use super::network::Network;
use super::slope::Slope;
use super::station::Station;
use super::system::{Combination, System, Term};
use crate::float::Normal;

/// Size of the kick, relative to the state: all that decays is excited, and linear.
const KICK: f64 = 1e-3;
/// Length of the path that is followed, in times `1/κ`.
const SPAN: f64 = 4.0;
/// Its last part, of which the rate is taken: what is faster has decayed by then.
const LAST: f64 = 1.0;
/// Longest step, in times `1/κ`: a run takes far longer ones, which damp but do not follow the decay.
const STEP: f64 = 0.1;
/// Local error relative to the state: far less than the kick.
const ERROR: f64 = 1e-8;

/// The rate `−d ln ‖∇f‖/dt` of the flow from beside a state of rest, after the faster directions have decayed; `slowest` is a
/// guess of it. `None` where rounding ends the path before.
///
/// Costs some `40 √(0.15 ρ/κ)` gradients for stiffness `ρ`.
pub fn tail_rate(network: &Network, state: &[f64], slowest: f64) -> Option<f64> {
    let mut system = Gradient::new(network);
    let control = Control { relative: ERROR, absolute: ERROR, longest: STEP / slowest, slowest: None };
    let mut integrator = Integrator::new(&system, state.len(), control);
    let mut noise = Normal::of(0);
    let size = KICK * norm(state) / (state.len() as f64).sqrt();
    let beside: Vec<f64> = state.iter().map(|x| x + size * noise.draw()).collect();
    let mut station = Station::start(&mut system, &beside);
    let gradient = |station: &Station<Slope>, system: &mut Gradient| {
        let mut whole = vec![0.0; state.len()];
        system.combine(
            Combination::one(Term::with(0.0, &station.point.state, 1.0, &station.slope)),
            &mut whole,
        );
        whole
    };
    // Times and gradients there. Rates are of gradients along the first.
    let mut marks: Vec<(f64, Vec<f64>)> = Vec::new();
    while station.point.time < SPAN / slowest {
        integrator.advance(&mut station, &mut system, 1.0).ok()?;
        let due = SPAN - LAST * (2 - marks.len().min(2)) as f64;
        if marks.len() < 2 && station.point.time >= due / slowest {
            marks.push((station.point.time, gradient(&station, &mut system)));
        }
    }
    let [(_, anchor), (from, start)] = &marks[..] else { return None };
    let along = |g: &[f64]| g.iter().zip(anchor).map(|(x, y)| x * y).sum::<f64>();
    let end = along(&gradient(&station, &mut system));
    let rate = libm::log(along(start) / end) / (station.point.time - from);
    rate.is_finite().then_some(rate)
}
