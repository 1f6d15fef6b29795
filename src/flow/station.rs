//! A point along a flow, and what is known there.

use super::room::Room;
use super::system::{Combination, Seen, System, Term};

/// A point along a flow.
#[derive(Debug, Clone)]
pub struct Point {
    /// Parameters.
    pub state: Room,
    /// `f`.
    pub objective: f64,
    /// Time along the flow.
    pub time: f64,
}

/// A point with the gradient there.
#[derive(Debug, Clone)]
pub struct Station<S> {
    /// The point.
    pub point: Point,
    /// `∇f`.
    pub slope: S,
    /// `‖∇f‖²`.
    pub steepness: f64,
    /// `‖θ‖²`.
    pub size: f64,
}

/// Accepted steps may raise the computed objective by this much of itself: its rounding.
const ROUNDING: f64 = 1e-14;

impl<S> Station<S> {
    /// Whether what is seen elsewhere is no higher, but for rounding.
    pub fn is_above(&self, seen: Seen) -> bool {
        seen.objective <= self.point.objective * (1.0 + ROUNDING)
    }

    /// Where a flow starts.
    pub fn start(system: &mut impl System<Slope = S>, state: &[f64]) -> Self {
        let (mut slope, mut copy) = (system.room(), Room::zeros(state.len()));
        let Seen { objective, square } =
            system.visit(Combination::one(Term::of(1.0, state)), &mut copy, &mut slope);
        let steepness = system.square(Combination::one(Term::with(0.0, &copy, 1.0, &slope)));
        Self { point: Point { state: copy, objective, time: 0.0 }, slope, steepness, size: square }
    }
}
