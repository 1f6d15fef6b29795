//! Verdicts: prediction against observation.
//!
//! Floats and proven numbers meet here and nowhere else. A measured number never becomes certified: it can
//! agree with a prediction, fail to reach it, or lie below a proven bound and refute it.

pub mod critical_point;
pub mod cross_entropy;
pub mod expectation;
pub mod observation;
pub mod verification;

pub use critical_point::{CriticalPoint, Outcome};
pub use observation::{Geometry, Metrics, PredictedMatrices};
pub use verification::{RunReport, StartKind, TrajectoryPoint, Verification, verify};

/// The verdict on a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The prediction is proven and a run reached it (or the case asks for no run).
    Verified,
    /// A claim is false.
    Refuted,
    /// It cannot be told.
    Undecided,
}

impl Verdict {
    /// The word of the verdict.
    pub fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Refuted => "refuted",
            Self::Undecided => "undecided",
        }
    }
}
