//! What a random start is expected to lose, as text and JSON.

use super::Page;
use super::table::{Align, Table};
use crate::case::Problem;
use crate::theory::Optimum;
use crate::verdict::survival::survival;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a random start is expected to lose: a heuristic, nothing of it is proven.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StartJson {
    /// Always true.
    pub heuristic: bool,
    /// Standard deviation of all entries.
    pub std: f64,
    /// One entry a distinct non-zero target, largest first.
    pub modes: Vec<StartModeJson>,
}

/// A mode at the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StartModeJson {
    /// Its target `μ`.
    pub target_sq: f64,
    /// Typical strength at the start, in units of the target.
    pub strength: f64,
    /// The lower root, above which an aligned and balanced mode grows; null with one layer, and where there is none.
    pub lower_root: Option<f64>,
    /// `kept`, `lost` or `unclear`.
    pub expected: String,
}

impl StartJson {
    /// A problem's modes at a random start.
    pub fn of(problem: &Problem, optimum: &Optimum, std: f64) -> Self {
        let targets =
            optimum.modes.iter().map(|m| crate::verdict::critical_point::middle(&m.mode.block.target_sq));
        let modes =
            survival(problem, optimum, std).into_iter().zip(targets).map(|(s, target_sq)| StartModeJson {
                target_sq,
                strength: s.start,
                lower_root: s.lower_root,
                expected: s.expected.word().to_owned(),
            });
        Self { heuristic: true, std, modes: modes.collect() }
    }

    /// The text form.
    pub fn text(&self) -> Page {
        let mut out = Page::from(format!(
            "\na random start of standard deviation {} (a heuristic, not proven)\n",
            self.std
        ));
        let row = |m: &StartModeJson| {
            let lower = m.lower_root.map_or("–".to_owned(), |u| format!("{u:.3e}"));
            vec![format!("{:.6}", m.target_sq), format!("{:.3e}", m.strength), lower, m.expected.clone()]
        };
        let columns = ["target μ", "strength", "lower root", "expected"].map(|name| (name, Align::Left));
        out.table(Table::new(&columns, self.modes.iter().take(ROWS).map(row).collect()));
        out += "\nStrengths begin at σ^L √(d_1⋯d_M)/√μ or so; once aligned and balanced a mode lives above its lower root.\n";
        out
    }
}

/// Rows of the text form at most.
const ROWS: usize = 60;
