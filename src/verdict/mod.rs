//! Verdicts: prediction against observation.
//!
//! Floats and proven numbers meet here and nowhere else. A measured number never becomes certified: it can
//! agree with a prediction, fail to reach it, or lie below a proven bound and refute it.

pub mod critical_point;
mod cross_entropy;
pub mod expectation;
#[cfg(feature = "cli")]
pub mod free_features;
#[cfg(feature = "cli")]
pub mod measurement;
pub mod observation;
pub mod plan;
mod referee;
mod run;
mod squared_error;
pub mod survival;
mod verification;

pub use crate::case::Verdict;
pub use critical_point::Outcome;
pub use observation::{Geometry, Metrics, PredictedMatrices, paper_metrics};
pub use plan::{Plan, StartKind};
pub use run::{Ending, Listener, News, RunReport, Structure, TrajectoryPoint, Verification};
pub use verification::verify;
