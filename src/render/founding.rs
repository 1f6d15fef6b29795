//! The founding paper's own quantities in its symbols, as text and JSON.

use super::Page;
use super::number::Number;
use super::table::{Align, Table};
use crate::exact::decimal;
use crate::theory::founding::{Founding, FoundingMode};
use crate::theory::{OptimalMode, Optimum};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The founding paper's own quantities (Dang et al. 2023).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundingJson {
    /// `b = M N (NΛ)^{1/M}`.
    pub b: Number,
    /// `(M − 1)^{(M−1)/M}`: a class is kept where `b/n` is below it.
    pub bound: Number,
    /// One entry a distinct non-zero target, largest first.
    pub modes: Vec<FoundingModeJson>,
}

/// Those of a mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundingModeJson {
    /// `b/n`, the target `μ` in the place of `n`.
    pub b_over_n: Number,
    /// `x*`, `x^M = u/(1 − u)`.
    pub x: Number,
    /// The singular value of `W_1`.
    pub s: Number,
    /// `Nλ_H/(1 − u)`, which the rows of `W_M⋯W_1` are times the features.
    pub multiplier: Number,
}

impl FoundingJson {
    /// The JSON form, to `digits` significant digits.
    pub fn of(found: &Founding, digits: usize) -> Self {
        let mode = |m: &FoundingMode| FoundingModeJson {
            b_over_n: Number::of(&m.ratio, digits),
            x: Number::of(&m.x, digits),
            s: Number::of(&m.s, digits),
            multiplier: Number::of(&m.multiplier, digits),
        };
        Self {
            b: Number::of(&found.b, digits),
            bound: Number::of(&found.bound, digits),
            modes: found.modes.iter().map(mode).collect(),
        }
    }
}

/// The text form; rows beyond `most` are left to the JSON form.
pub fn text(found: &Founding, optimum: &Optimum, digits: usize, most: usize) -> Page {
    let mut out = Page::from("\nin the founding paper's symbols\n".to_owned());
    out += &format!("  b = M N (NΛ)^(1/M) = {}\n", decimal(&found.b, digits));
    out += &format!("  kept where b/n < (M − 1)^((M−1)/M) = {}\n", decimal(&found.bound, digits));
    let row = |(mode, m): (&OptimalMode, &FoundingMode)| {
        let numbers = [&mode.mode.block.target_sq, &m.ratio, &m.x, &m.s, &m.multiplier];
        numbers.map(|x| decimal(x, digits)).to_vec()
    };
    let rows = optimum.modes.iter().zip(&found.modes).take(most).map(row).collect();
    let columns = ["n (target μ)", "b/n", "x*", "s", "Nλ_H/(1 − u)"].map(|name| (name, Align::Left));
    out.table(Table::new(&columns, rows));
    out
}
