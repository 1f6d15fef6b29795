//! What is known exactly of one layer of cross-entropy: which classes merge, and whether everything vanishes.

use super::modes::{ClassJson, class_json};
use super::number::Number;
use crate::case::Problem;
use crate::exact::decimal;
use crate::theory::convex::Shallow;
use crate::theory::convex::facts::Role;
use crate::theory::{ClassFate, ClassRow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Classes that are named.
const SHOWN: usize = 12;

/// What is known exactly of one layer of cross-entropy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FactsJson {
    /// Whether all logits vanish; null where that is not decided.
    pub vanishes: Option<bool>,
    /// Classes that may be swapped.
    pub swaps: Vec<SwapJson>,
}

/// Classes that may be swapped: the problem does not tell them apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SwapJson {
    /// The classes, counted from 1.
    pub classes: Vec<usize>,
    /// Whether their logits are equal.
    pub merged: bool,
    /// `P_kk − P_jk`.
    pub gap: Number,
    /// From this product of the regularisation weights on they merge.
    pub critical_product: String,
}

/// The exact facts of one layer, if there are any.
pub fn json(found: &Shallow, digits: usize) -> Option<FactsJson> {
    let known = &found.facts;
    let swap = |role: &Role| SwapJson {
        classes: role.classes.iter().map(|k| k + 1).collect(),
        merged: role.gap.is_zero(),
        gap: Number::of(&role.gap, digits),
        critical_product: role.threshold.to_string(),
    };
    (known.vanishes.is_some() || !known.roles.is_empty())
        .then(|| FactsJson { vanishes: known.vanishes, swaps: known.roles.iter().map(swap).collect() })
}

/// One entry a class with its fate, where one is proved.
pub fn classes(problem: &Problem, found: &Shallow) -> Vec<ClassJson> {
    let class = |(k, fate): (usize, &ClassFate)| {
        let classes = vec![k];
        let row = ClassRow { count: problem.counts()[k], classes, fate: fate.clone(), measures: None };
        class_json(&row, 1).map(|(_, class)| class).next()
    };
    found.facts.fates.iter().enumerate().filter_map(class).collect()
}

/// What is known exactly, in words.
pub fn text(found: &Shallow, digits: usize) -> String {
    let known = &found.facts;
    let mut out = String::new();
    for role in &known.roles {
        let names: Vec<String> = role.classes.iter().take(SHOWN).map(|k| (k + 1).to_string()).collect();
        let more = if role.classes.len() > SHOWN { ", …" } else { "" };
        out += &match role.gap.is_zero() {
            true => format!("  classes {}{more} merge: their logits are equal\n", names.join(", ")),
            false => format!(
                "  classes {}{more} are apart: the own probability exceeds each other's by {}\n",
                names.join(", "),
                decimal(&role.gap, digits)
            ),
        };
    }
    match known.vanishes {
        Some(true) => out += "  all logits vanish\n",
        Some(false) if !out.is_empty() => out += "  not all logits vanish\n",
        _ => {}
    }
    if out.is_empty() { out } else { format!("\nproved\n{out}") }
}
