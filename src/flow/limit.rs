//! The limit of a flow that is linear, without its path: conjugate gradients.
//!
//! Near rest `δ' = −(∇f + Hδ)`, which ends at the `δ` of `Hδ = −∇f`. After `k` conjugate gradients what is left of the gradient
//! is `R_k(H)∇f`, and no other polynomial with `R_k(0) = 1` leaves a lower objective. Rates come in clusters (unused
//! directions at `λ`, imbalance at `2λ`, modes a hundred times faster), so few steps do where a polynomial that damps an
//! interval needs hundreds. Below zero `R_k` grows as the flow does: a saddle is left and not approached.

use super::integrator::Integrator;
use super::krylov::{Krylov, dot};
use super::settle::PATIENCE;
use super::station::Station;
use super::system::{Combination, Seen, System, Term};

/// One solution makes the gradient smaller by factors in this range: beyond, the flow is no longer linear.
const FACTOR: (f64, f64) = (10.0, 1e3);
/// `H` times a direction is the difference of gradients over this share of the state.
const REACH: f64 = 1e-6;
/// Conjugate gradients for one solution at most.
const MOST: usize = 400;

impl<S> Integrator<S> {
    /// What is seen at the limit of the flow as it is linear at a station, and the time that slow directions take there;
    /// `None` if the gradient does not grow along a direction, or if the limit is no better than the station.
    pub(super) fn limit(
        &mut self,
        station: &Station<S>,
        system: &mut impl System<Slope = S>,
        factor: f64,
    ) -> Option<(Seen, f64)> {
        let (state, slope) = (&station.point.state, &station.slope);
        let ([moved, product], [there, _]) = (&mut self.stages, &mut self.slopes);
        let vectors = self.krylov.get_or_insert_with(|| Krylov::zeros(state.len()));
        vectors.step.fill(0.0);
        system.combine(Combination::one(Term::with(0.0, state, -1.0, slope)), &mut vectors.residual);
        vectors.direction.copy_from_slice(&vectors.residual);
        let (reach, first) = (REACH * station.size.sqrt(), station.steepness);
        let enough = first / factor.clamp(FACTOR.0, FACTOR.1).powi(2);
        // Squared norms of the residual and the direction; the time is `−R_k'(0)`, and `rate` that of the direction's
        // polynomial at zero.
        let (mut square, mut length, mut time, mut rate) = (first, first, 0.0, 1.0);
        for _ in 0..MOST {
            let scale = reach / length.sqrt();
            let trial = Combination::two(Term::of(1.0, state), Term::of(scale, &vectors.direction));
            system.visit(trial, moved, there);
            let ahead = Term::with(0.0, moved, 1.0 / scale, there);
            let here = Term::with(0.0, state, -1.0 / scale, slope);
            let size = system.combine(Combination::two(here, ahead), product);
            let curvature = dot(&vectors.direction, product);
            if curvature.is_nan() || curvature <= 0.0 {
                return None;
            }
            let along = square / curvature;
            time += along * rate;
            // `‖r − αq‖²`, as `r` is what `p` was turned from: `⟨r, q⟩ = ⟨p, q⟩ = ‖r‖²/α`.
            let share = ((along * along * size - square) / square).max(0.0);
            rate = 1.0 + share * rate;
            (square, length) = vectors.advance(product, along, share);
            if square <= enough {
                break;
            }
        }
        let end = Combination::two(Term::of(1.0, state), Term::of(1.0, &vectors.step));
        let seen = system.visit(end, moved, there);
        let steepness = system.square(Combination::one(Term::with(0.0, moved, 1.0, there)));
        (station.is_above(seen) && steepness <= PATIENCE * first).then_some((seen, time))
    }
}

#[cfg(test)]
mod tests {
    use super::super::integrator::Control;
    use super::super::integrator::tests::{linear, start};
    use super::*;

    #[test]
    fn the_limit_of_a_linear_flow_needs_as_many_gradients_as_there_are_rates() {
        let rates: Vec<f64> = [0.0, 1e-3, 2e-3, 0.1, 0.3].into_iter().cycle().take(500).collect();
        let (station, mut system) = (start(&rates), linear(&rates));
        let mut integrator = Integrator::new(&system, rates.len(), Control::default());
        let (seen, time) = integrator.limit(&station, &mut system, 1e3).unwrap();
        // Four rates but zero, and the limit.
        assert_eq!(system.visits, 5);
        assert!(seen.objective < 1e-6 * station.point.objective, "{}", seen.objective);
        // What does not move stays; the time is that of the slowest, and some more.
        assert_eq!(integrator.stages[0][0], 1.0);
        assert!(time > 1.0 / 1e-3 && time < 2.0 / 1e-3, "{time}");
    }

    #[test]
    fn the_limit_leaves_a_saddle() {
        let rates = [1e-3, 2e-3, 0.1, -0.05];
        let mut station = start(&rates);
        station.point.state[3] = 1e-4;
        let mut system = linear(&rates);
        station = Station::start(&mut system, &station.point.state);
        let mut integrator = Integrator::new(&system, rates.len(), Control::default());
        // It grows by (1 + 50)(1 + 25)(1 + 1/2), and then it shows: nothing is solved any more.
        let after = integrator.limit(&station, &mut system, 1e3).map(|_| integrator.stages[0][3] / 1e-4);
        assert!(after.is_none_or(|growth| growth > 100.0), "{after:?}");
        station.point.state[3] = 1.0;
        station = Station::start(&mut system, &station.point.state);
        assert!(integrator.limit(&station, &mut system, 1e3).is_none());
    }
}
