//! The problem as JSON, and in words with the objective that it minimises.

use crate::case::{Bias, Loss, Problem, Targets};
use crate::exact::exact_text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The problem, exact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProblemJson {
    /// Class counts.
    pub counts: Vec<u64>,
    /// Widths `d_1 … d_M`.
    pub widths: Vec<u64>,
    /// `mse` or `ce`.
    pub loss: String,
    /// `none` or `last-layer`.
    pub bias: String,
    /// Class targets by columns, if they are not one-hot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<Vec<String>>>,
    /// `λ_1 … λ_M`.
    pub weights: Vec<String>,
    /// `λ_H`.
    pub features: String,
}

impl ProblemJson {
    /// The JSON form of a problem.
    pub fn of(problem: &Problem) -> Self {
        let targets = match problem.targets() {
            Targets::OneHot => None,
            Targets::Columns(columns) => {
                Some(columns.iter().map(|c| c.iter().map(ToString::to_string).collect()).collect())
            }
        };
        Self {
            counts: problem.counts().to_vec(),
            widths: problem.widths().to_vec(),
            loss: problem.loss().word().to_owned(),
            bias: problem.bias().word().to_owned(),
            targets,
            weights: problem.weights().iter().map(ToString::to_string).collect(),
            features: problem.features().to_string(),
        }
    }
}

/// The problem in words, with the objective it minimises.
pub fn heading(title: &str, problem: &Problem) -> String {
    let counts = run_lengths(&problem.counts().iter().map(ToString::to_string).collect::<Vec<_>>());
    let widths = run_lengths(&problem.widths().iter().map(ToString::to_string).collect::<Vec<_>>());
    let weights = run_lengths(&problem.weights().iter().map(exact_text).collect::<Vec<_>>());
    let bias = match problem.bias() {
        Bias::None => "",
        Bias::LastLayer => " + b1ᵀ",
    };
    let loss = match problem.loss() {
        Loss::Mse => format!("1/(2N) ‖W_M⋯W_1 H{bias} − Y‖²"),
        Loss::CrossEntropy => format!("1/N Σ cross-entropy(W_M⋯W_1 H{bias}, class)"),
    };
    format!(
        "{title}\n  {loss} + Σ_l λ_l/2 ‖W_l‖² + λ_H/2 ‖H‖²\n  K = {} classes, N = {} samples: {counts}\n  \
         M = {} layers, widths {widths}\n  λ_1 … λ_M = {weights}, λ_H = {}\n",
        problem.classes(),
        problem.samples(),
        problem.depth(),
        exact_text(problem.features()),
    )
}

/// `a, b*3` for `a, b, b, b`, cut when long.
fn run_lengths(items: &[String]) -> String {
    let mut runs: Vec<(&str, usize)> = Vec::new();
    for item in items {
        match runs.last_mut() {
            Some((last, n)) if last == item => *n += 1,
            _ => runs.push((item, 1)),
        }
    }
    const SHOWN: usize = 16;
    let shown = runs.iter().take(SHOWN).map(|(item, n)| match n {
        1 => (*item).to_owned(),
        n => format!("{item}*{n}"),
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if runs.len() > SHOWN {
        text += &format!(", … ({} more)", items.len() - runs.iter().take(SHOWN).map(|r| r.1).sum::<usize>());
    }
    text
}
