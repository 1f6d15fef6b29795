//! Options of figures that show a family of problems instead of a case.

use super::kind::Refusal;
use crate::case::{Bias, Loss};
use clap::ValueEnum;

/// Panels at most.
const MAX_PANELS: usize = 6;

/// The bias on the command line.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum BiasWord {
    None,
    LastLayer,
}

impl From<BiasWord> for Bias {
    fn from(word: BiasWord) -> Self {
        match word {
            BiasWord::None => Self::None,
            BiasWord::LastLayer => Self::LastLayer,
        }
    }
}

/// The loss on the command line.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum LossWord {
    Mse,
    Ce,
}

impl From<LossWord> for Loss {
    fn from(word: LossWord) -> Self {
        match word {
            LossWord::Mse => Self::Mse,
            LossWord::Ce => Self::CrossEntropy,
        }
    }
}

/// Growing values, each once.
pub(super) fn distinct(values: &[u64]) -> Vec<usize> {
    let mut sorted: Vec<usize> = values.iter().map(|v| *v as usize).collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

/// Growing depths, each once, for which there is room.
pub(super) fn depths(values: &[u64]) -> Result<Vec<usize>, Refusal> {
    let depths = distinct(values);
    match depths.len() > MAX_PANELS {
        true => Err(Refusal::new(
            &format!("{} depths are given; a figure has room for {MAX_PANELS} panels", depths.len()),
            "draw two figures",
        )),
        false => Ok(depths),
    }
}
