//! One layer: the convex problem has one optimum, which is zero or not.

use super::Kind;
use crate::case::Uniqueness;
use crate::exact::Enclosure;
use crate::theory::convex::Closed;
use crate::theory::convex::Shallow;
use crate::theory::convex::point::Point;

impl Kind for Shallow {
    fn objective(&self) -> Option<Enclosure> {
        self.objective.clone()
    }

    fn network(&self) -> Option<&Point> {
        self.objective.is_some().then_some(&self.point)
    }

    fn uniqueness(&self) -> Uniqueness {
        let zero = match &self.closed {
            Some(Closed::Balanced(form)) => form.scale.is_zero(),
            Some(Closed::Orthant(form)) => form.strengths.iter().all(Enclosure::is_zero),
            Some(Closed::Strengths(form)) => form.values.iter().all(Enclosure::is_zero),
            None => self.point.is_zero(),
        };
        match (&self.objective, zero) {
            (None, _) => Uniqueness::Undecided,
            (Some(_), true) => Uniqueness::Zero,
            (Some(_), false) => Uniqueness::Unique,
        }
    }
}
