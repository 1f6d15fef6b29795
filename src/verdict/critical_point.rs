//! Which critical point a run ended at: recognised by its modes, not by its objective.

use crate::exact::Enclosure;
use crate::theory::Optimum;
use crate::theory::landscape::{Choice, Nature};
use num_traits::ToPrimitive;

/// What a run amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The optimum.
    Global,
    /// The best point known, where no optimum is proved.
    BestKnown,
    /// A local minimum that is not optimal.
    LocalMinimum,
    /// A critical point that is no minimum.
    Saddle,
    /// Not at rest within the budget, or at rest away from every known critical point.
    NotConverged,
    /// An objective below the proven optimum.
    Refutes,
    /// A critical point of which the theory does not say what it is.
    Undecided,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Global,
        Self::BestKnown,
        Self::LocalMinimum,
        Self::Saddle,
        Self::NotConverged,
        Self::Refutes,
        Self::Undecided,
    ];

    /// The word of the outcome.
    pub fn word(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::BestKnown => "best-known",
            Self::LocalMinimum => "local-minimum",
            Self::Saddle => "saddle",
            Self::NotConverged => "not-converged",
            Self::Refutes => "refutes",
            Self::Undecided => "undecided",
        }
    }

    /// Whether this is the optimum, or the best point known where none is proved.
    pub fn is_best(self) -> bool {
        matches!(self, Self::Global | Self::BestKnown)
    }
}

impl From<Nature> for Outcome {
    fn from(nature: Nature) -> Self {
        match nature {
            Nature::Global => Self::Global,
            Nature::LocalMinimum => Self::LocalMinimum,
            Nature::Saddle => Self::Saddle,
            Nature::Open => Self::Undecided,
        }
    }
}

/// The middle of an enclosure as a float, for measuring distances.
pub fn middle(x: &Enclosure) -> f64 {
    x.middle().to_f64().unwrap_or(f64::NAN)
}

/// The critical point with the given mode strengths (one list a distinct target): every strength is within `tolerance`
/// of zero or a root, and at most `room` of them are not zero. `None` if there is no such point.
pub fn nearest(
    optimum: &Optimum,
    room: usize,
    strengths: &[Vec<f64>],
    tolerance: f64,
) -> Option<Vec<Choice>> {
    let mut point = vec![Choice::default(); strengths.len()];
    for ((kept, values), choice) in optimum.modes.iter().zip(strengths).zip(&mut point) {
        let upper = kept.mode.upper.as_ref().map(|(u, _)| middle(u));
        let lower = kept.mode.lower_root(&optimum.law, optimum.bits).map(|(u, _)| middle(&u));
        for s in values {
            let near = |root: Option<f64>| root.is_some_and(|root| (s - root).abs() <= tolerance);
            if near(upper) {
                choice.upper += 1;
            } else if near(Some(0.0)) {
            } else if near(lower) {
                choice.lower += 1;
            } else {
                return None;
            }
        }
    }
    (point.iter().map(|c| c.upper + c.lower).sum::<usize>() <= room).then_some(point)
}
