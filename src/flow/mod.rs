//! Gradient flow of the real network: its parameters, its gradient, the integrator and what a run ends with.
//!
//! Floats live here. What is measured on a run is never certified; it meets predictions in a verdict only.

pub mod aligned;
mod back;
mod chebyshev;
mod combine;
pub mod gradient;
pub mod integrator;
mod krylov;
mod lbfgs;
mod limit;
pub mod method;
mod narrow;
pub mod network;
mod pass;
mod residual;
pub mod room;
pub mod run;
pub mod samples;
mod settle;
mod sgd;
mod slope;
pub mod start;
mod station;
pub mod system;
pub mod tail;
mod vectors;

pub use gradient::Gradient;
pub use method::{Method, run};
pub use network::{Network, Untrainable};
pub use run::{Glimpse, Limits, Run, Stop};
pub use samples::Columns;
pub use sgd::STEPS as SGD_STEPS;
pub use start::Start;
pub use tail::tail_rate;

#[cfg(test)]
mod tests;
