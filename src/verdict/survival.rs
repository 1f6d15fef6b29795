//! Which modes a random start is expected to lose: a heuristic, nothing of it is proven.
//!
//! With all entries of standard deviation `σ` the logits begin along a mode with a root mean square of
//! `σ^L √(d_1⋯d_M)`. Once aligned and balanced a mode of two layers or more lives if and only if it is above its lower
//! root; of one layer any start will do.

use super::critical_point::middle;
use crate::case::Problem;
use crate::theory::{Fate, OptimalMode, Optimum};

/// What is expected of a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// It starts well above its lower root.
    Kept,
    /// It starts well below, or is not kept by the optimum.
    Lost,
    /// It starts near its lower root.
    Unclear,
}

impl Expected {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Lost => "lost",
            Self::Unclear => "unclear",
        }
    }
}

/// A mode at the start.
#[derive(Debug, Clone, Copy)]
pub struct Survival {
    /// Typical strength at the start, in units of the target.
    pub start: f64,
    /// The lower root; `None` with one layer, and where there is none.
    pub lower_root: Option<f64>,
    /// What is expected.
    pub expected: Expected,
}

/// A start within this factor of the lower root says nothing.
const UNCLEAR: f64 = 3.0;

/// The modes of a problem at a random start of standard deviation `std`, one a distinct target.
pub fn survival(problem: &Problem, optimum: &Optimum, std: f64) -> Vec<Survival> {
    let widths: f64 = problem.widths().iter().map(|d| (*d as f64).sqrt()).product();
    let size = libm::pow(std, problem.depth() as f64 + 1.0) * widths;
    let one = |m: &OptimalMode| {
        let start = size / middle(&m.mode.block.target_sq).sqrt();
        let lower = m.mode.lower_root(&optimum.law, optimum.bits).map(|(u, _)| middle(&u));
        let expected = match (m.fate, lower) {
            _ if m.kept == 0 && m.fate != Fate::Tie => Expected::Lost,
            (_, None) => Expected::Kept,
            (_, Some(u)) if start > u * UNCLEAR => Expected::Kept,
            (_, Some(u)) if start < u / UNCLEAR => Expected::Lost,
            _ => Expected::Unclear,
        };
        Survival { start, lower_root: lower, expected }
    };
    optimum.modes.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Case;

    /// The theory's table: three classes of 40 and five layers lose everything at 0.1 and nothing at 0.2.
    #[test]
    fn what_random_starts_were_seen_to_lose() {
        for (width, std, expected) in
            [(60, 0.1, Expected::Lost), (60, 0.2, Expected::Kept), (32, 0.1, Expected::Lost)]
        {
            let text = format!(
                "[network]\ncounts = [\"40*3\"]\nwidths = [{width}, {width}, {width}, {width}, {width}]\nloss = \"mse\"\nbias = \"none\"\n\
                 [regularization]\nweights = 1e-2\nfeatures = 1e-2\n"
            );
            let case = Case::parse("case.toml", text.as_bytes()).unwrap();
            let optimum = Optimum::of(case.problem(), 17);
            let found = survival(case.problem(), &optimum, std);
            assert_eq!(found[0].expected, expected, "{width} {std}: {:?}", found[0]);
        }
    }
}
