//! A case: the file as written, read into a validated [`Problem`].

mod problem;

pub use problem::{Bias, Draft, Loss, Problem, Targets};

/// What is wrong with a problem or a case file; one variant a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mistake {}
