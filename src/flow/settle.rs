//! The end of a flow, where the limit matters and not the path.

use super::chebyshev::Chebyshev;
use super::integrator::Integrator;
use super::station::Station;
use super::system::{Combination, Seen, System, Term};

/// The flow is as good as linear over a step to rest where that step's error is at most so many times what is allowed.
const NEAR: f64 = 30.0;
/// A step to rest takes about this long, in units of the slowest decay.
const REST: f64 = 3.0;
/// A gradient that is `κθ` on what moves, up to this share of its square: nothing happens any more but slow decay.
const DECAY: f64 = 0.02;
/// At so many stations in a row: a loss that turns rests for a moment too.
const CALM: u32 = 3;
/// One damping polynomial makes the gradient smaller by factors in this range.
const DAMP: (f64, f64) = (10.0, 1e2);
/// What lies beyond the radius is not damped but grows, so it is raised once more.
const DAMPED_MARGIN: f64 = 1.2;
/// After an attempt that failed, the gradient's squared norm falls by this factor before the next.
pub(super) const PATIENCE: f64 = 0.25;

impl<S> Integrator<S> {
    /// Goes far ahead where the limit matters and not the path. Whether the station moved.
    ///
    /// - Near rest the flow is linear and its limit the solution of a linear system.
    /// - Before, if all that still moves decays at `κ`, the path is a straight line, on which the error of a long step is that
    ///   it is further along: one polynomial damps all rates down to the slowest.
    pub(super) fn settle(
        &mut self,
        station: &mut Station<S>,
        system: &mut impl System<Slope = S>,
        factor: f64,
    ) -> bool {
        let Some(slowest) = self.control.slowest.filter(|_| station.steepness < self.refused) else {
            return false;
        };
        // What the estimate will say of a step to rest.
        let n = station.point.state.len() as f64;
        let error = 0.4 * REST / slowest * (station.steepness / n).sqrt();
        let near = error <= NEAR * self.allowed(station.size);
        self.calm = if !near && decays(station, slowest, system) { self.calm + 1 } else { 0 };
        if !near && self.calm < CALM {
            return false;
        }
        let found = match near {
            true => self.limit(station, system, factor),
            false => self.damp(station, system, factor, slowest),
        };
        match found {
            Some((seen, time)) => self.accept(station, seen, time, system),
            None => {
                (self.refused, self.calm) = (PATIENCE * station.steepness, 0);
                self.estimate_radius(station, system);
            }
        }
        found.is_some()
    }

    /// What is seen after one damping polynomial, and its time; `None` if the objective rose.
    fn damp(
        &mut self,
        station: &Station<S>,
        system: &mut impl System<Slope = S>,
        factor: f64,
        slowest: f64,
    ) -> Option<(Seen, f64)> {
        let radius = self.radius * DAMPED_MARGIN;
        let (scheme, step) =
            Chebyshev::damping(slowest.min(self.radius / 2.0), radius, factor.clamp(DAMP.0, DAMP.1));
        let seen = self.attempt(&scheme, step, station, system);
        station.is_above(seen).then_some((seen, step))
    }
}

/// Whether what moves at a station decays at the rate `κ`: `κ⟨θ, ∇f⟩` is `‖∇f‖²` up to a share of it.
fn decays<S>(station: &Station<S>, κ: f64, system: &mut impl System<Slope = S>) -> bool {
    let (steepness, size) = (station.steepness, κ * κ * station.size);
    // By Cauchy and Schwarz.
    if steepness > size * (1.0 + DECAY).powi(2) {
        return false;
    }
    let Station { point, slope, .. } = station;
    let rest = system.square(Combination::one(Term::with(-κ, &point.state, 1.0, slope)));
    // Twice the difference, as ‖∇f − κθ‖² = ‖∇f‖² − 2κ⟨θ, ∇f⟩ + κ²‖θ‖².
    (steepness - size + rest).abs() <= 2.0 * DECAY * steepness
}
