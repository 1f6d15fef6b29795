//! Which critical point a run ended at: recognised by its modes, not by its objective.

use crate::exact::Enclosure;
use crate::theory::{Optimum, Uniqueness};
use num_traits::ToPrimitive;

/// What a run amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The optimum.
    Global,
    /// The best point known, where no optimum is proved.
    BestKnown,
    /// A local minimum that is not optimal: a proper prefix of the modes on their upper roots.
    LocalMinimum,
    /// A critical point that is no minimum.
    Saddle,
    /// Not at rest within the budget, or at rest away from every known critical point.
    NotConverged,
    /// An objective below the proven optimum.
    Refutes,
}

impl Outcome {
    /// The word of the outcome.
    pub fn word(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::BestKnown => "best-known",
            Self::LocalMinimum => "local-minimum",
            Self::Saddle => "saddle",
            Self::NotConverged => "not-converged",
            Self::Refutes => "refutes",
        }
    }
}

/// A critical point by its modes: how many copies of each distinct target are on which root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriticalPoint {
    /// Copies on the upper root, one number a distinct target.
    pub upper: Vec<usize>,
    /// Copies on the lower root.
    pub lower: Vec<usize>,
}

/// The middle of an enclosure as a float, for measuring distances.
pub fn middle(x: &Enclosure) -> f64 {
    x.middle().to_f64().unwrap_or(f64::NAN)
}

impl CriticalPoint {
    /// The critical point with the given mode strengths (one list a distinct target), if every strength is
    /// within `tolerance` of zero or a root.
    pub fn nearest(optimum: &Optimum, strengths: &[Vec<f64>], tolerance: f64) -> Option<Self> {
        let mut point = Self { upper: vec![0; strengths.len()], lower: vec![0; strengths.len()] };
        for (i, (kept, values)) in optimum.modes.iter().zip(strengths).enumerate() {
            let upper = kept.mode.upper.as_ref().map(|(u, _)| middle(u));
            let lower = kept.mode.lower_root(&optimum.law, optimum.bits).map(|(u, _)| middle(&u));
            for s in values {
                let near = |root: Option<f64>| root.is_some_and(|root| (s - root).abs() <= tolerance);
                if near(upper) {
                    point.upper[i] += 1;
                } else if near(Some(0.0)) {
                } else if near(lower) {
                    point.lower[i] += 1;
                } else {
                    return None;
                }
            }
        }
        Some(point)
    }

    /// Whether this is the optimum's own set of modes (for a tie: one of them).
    pub fn is_optimal(&self, optimum: &Optimum) -> bool {
        if self.lower.iter().any(|n| *n > 0) {
            return false;
        }
        optimum.modes.iter().zip(&self.upper).all(|(m, active)| match optimum.uniqueness {
            // At a threshold both are optimal.
            Uniqueness::Tie if m.fate == crate::theory::Fate::Tie => *active <= m.kept,
            _ => *active == m.kept,
        })
    }

    /// What the landscape says of the point.
    ///
    /// For `M = 1` everything but the optimum is a strict saddle. For `M ≥ 2` upper roots on a prefix of the
    /// modes (with ties: any choice inside the block) are a local minimum, everything else is a saddle.
    pub fn outcome(&self, optimum: &Optimum, rank_budget: usize) -> Outcome {
        if self.is_optimal(optimum) {
            return Outcome::Global;
        }
        let prefix = {
            let mut open = true;
            optimum.modes.iter().zip(&self.upper).all(|(m, active)| {
                let fits = open || *active == 0;
                open &= *active == m.mode.block.multiplicity;
                fits
            })
        };
        let within = self.upper.iter().sum::<usize>() <= rank_budget;
        if optimum.law.depth >= 2 && prefix && within && self.lower.iter().all(|n| *n == 0) {
            Outcome::LocalMinimum
        } else {
            Outcome::Saddle
        }
    }

    /// For every distinct target, how many optimal copies are missing.
    pub fn missing(&self, optimum: &Optimum) -> Vec<usize> {
        let modes = optimum.modes.iter().zip(&self.upper);
        modes.map(|(m, active)| m.kept.saturating_sub(*active)).collect()
    }
}
