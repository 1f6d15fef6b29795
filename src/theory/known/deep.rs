//! Cross-entropy, more layers, equal counts: the verdict is about the statement that every optimum is a simplex frame,
//! or zero. Where it is proved, the better of these two is the optimum.

use super::Kind;
use crate::case::{Uniqueness, Verdict};
use crate::exact::Enclosure;
use crate::theory::convex::point::Point;
use crate::theory::cross_entropy::{Deep, Finding};
use std::cmp::Ordering;

/// The id of the statement.
pub const STATEMENT: &str = "deep-ce-etf";

impl Kind for Deep {
    fn objective(&self) -> Option<Enclosure> {
        self.objective()
    }

    fn best(&self) -> Option<Enclosure> {
        // An enclosure by a tree is wider than what the best network costs.
        let known = || self.best.as_ref().map(|best| best.objective.clone());
        if self.finding == Finding::Verified { self.objective() } else { known() }
    }

    fn reference(&self) -> Option<Enclosure> {
        Some(self.best().unwrap_or_else(|| self.zero.clone()))
    }

    fn network(&self) -> Option<&Point> {
        self.best.as_ref().map(|best| &best.point)
    }

    fn uniqueness(&self) -> Uniqueness {
        if self.finding != Finding::Verified {
            return Uniqueness::Undecided;
        }
        // Without a frame that is worth comparing, zero is what is proved.
        let Some(frame) = &self.simplex else { return Uniqueness::Zero };
        match frame.objective.compare(&self.zero) {
            Some(Ordering::Less) => Uniqueness::Unique,
            Some(Ordering::Greater) => Uniqueness::Zero,
            Some(Ordering::Equal) | None => Uniqueness::Undecided,
        }
    }

    fn verdict(&self) -> Verdict {
        match self.finding {
            Finding::Refuted => Verdict::Refuted,
            Finding::Verified => Verdict::Verified,
            Finding::Open(_) => Verdict::Undecided,
        }
    }

    fn statement(&self) -> Option<&'static str> {
        Some(STATEMENT)
    }
}
