//! The end of a flow, where the limit matters and not the path: polynomials that damp everything.

use super::chebyshev::Chebyshev;
use super::integrator::Integrator;
use super::station::Station;
use super::system::{Combination, System, Term};

/// One damping polynomial makes the gradient smaller by factors in this range: a shorter one gains less a stage, and in a
/// longer one the linear part of the flow is no longer all that matters.
const DAMP: (f64, f64) = (10.0, 1e3);
/// What lies beyond the radius is not damped but grows, so it is raised once more.
const DAMPED_MARGIN: f64 = 1.2;
/// A gradient that is `κθ` on what moves, up to this share of its square: nothing happens any more but slow decay.
const DECAY: f64 = 0.02;
/// At so many stations in a row: a loss that turns rests for a moment too.
const CALM: u32 = 3;
/// After a polynomial that failed, the gradient's squared norm falls by this factor before the next.
const PATIENCE: f64 = 0.25;

impl<S> Integrator<S> {
    /// Where the limit matters and not the path: one polynomial that damps all rates down to the slowest, `κ`. Whether the
    /// station moved.
    ///
    /// - Near rest it is taken if the error of so long a step is allowed.
    /// - Before, if all that still moves decays at `κ`: the path is a straight line then, on which the error of the step is
    ///   that it is further along. The objective falls in any case.
    pub(super) fn settle(
        &mut self,
        station: &mut Station<S>,
        system: &mut impl System<Slope = S>,
        factor: f64,
    ) -> bool {
        let Some(slowest) = self.control.slowest.filter(|_| station.steepness < self.refused) else {
            return false;
        };
        let radius = self.radius * DAMPED_MARGIN;
        let factor = factor.clamp(DAMP.0, DAMP.1);
        let (scheme, step) = Chebyshev::damping(slowest.min(self.radius / 2.0), radius, factor);
        // What the estimate will say of a step to rest.
        let n = station.point.state.len() as f64;
        let near = 0.4 * step * (station.steepness / n).sqrt() <= self.allowed(station.size);
        self.calm = if !near && decays(station, slowest, system) { self.calm + 1 } else { 0 };
        if !near && self.calm < CALM {
            return false;
        }
        let seen = self.attempt(&scheme, step, station, system);
        let error = self.error(station, step, seen, system);
        let rests = if near { error <= 1.0 } else { error.is_finite() };
        match rests {
            true => self.accept(station, seen, step, system),
            false => {
                self.refused = PATIENCE * station.steepness;
                self.estimate_radius(station, system);
            }
        }
        rests
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
