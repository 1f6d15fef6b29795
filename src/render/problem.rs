//! The problem as JSON, and in words with the objective that it minimises.

use super::number::counted;
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
    let counts = run_lengths(problem.counts().iter().map(ToString::to_string));
    let widths = run_lengths(problem.widths().iter().map(ToString::to_string));
    let weights = run_lengths(problem.weights().iter().map(exact_text));
    let bias = match problem.bias() {
        Bias::None => "",
        Bias::LastLayer => " + b1ᵀ",
    };
    let loss = match problem.loss() {
        Loss::Mse => format!("1/(2N) ‖W_M⋯W_1 H{bias} − Y‖²"),
        Loss::CrossEntropy => format!("1/N Σ cross-entropy(W_M⋯W_1 H{bias}, class)"),
    };
    format!(
        "{title}\n  {loss} + Σ_l λ_l/2 ‖W_l‖² + λ_H/2 ‖H‖²\n  K = {}, N = {}: {counts}\n  M = {}, {} {widths}\n  \
         {} = {weights}, λ_H = {}\n",
        counted(problem.classes() as u64, "class"),
        counted(problem.samples(), "sample"),
        counted(problem.depth() as u64, "layer"),
        if problem.depth() == 1 { "width" } else { "widths" },
        if problem.depth() == 1 { "λ_1" } else { "λ_1 … λ_M" },
        exact_text(problem.features()),
    )
}

/// A problem in a line, for one that has no title of its own.
pub fn title(problem: &Problem) -> String {
    let depth = problem.depth();
    let weights = match problem.weights().iter().all(|λ| λ == problem.features()) {
        true => format!("λ {}", exact_text(problem.features())),
        false => format!(
            "λ_l {}, λ_H {}",
            run_lengths(problem.weights().iter().map(exact_text)),
            exact_text(problem.features())
        ),
    };
    let parts = [
        Some(format!("Counts {}", run_lengths(problem.counts().iter().map(ToString::to_string)))),
        Some(format!(
            "{} {}",
            if depth == 1 { "width" } else { "widths" },
            run_lengths(problem.widths().iter().map(ToString::to_string))
        )),
        Some(weights),
        (problem.bias() == Bias::LastLayer).then(|| "last-layer bias".to_owned()),
        (problem.loss() == Loss::CrossEntropy).then(|| "cross-entropy".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// `a, b*3` for `a, b, b, b`, cut when long.
fn run_lengths(items: impl Iterator<Item = String>) -> String {
    const SHOWN: usize = 16;
    let items: Vec<String> = items.collect();
    let runs = || items.chunk_by(|a, b| a == b);
    let shown = runs().take(SHOWN).map(|run| match run.len() {
        1 => run[0].clone(),
        n => format!("{}*{n}", run[0]),
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    let hidden: usize = runs().skip(SHOWN).map(<[String]>::len).sum();
    if hidden > 0 {
        text += &format!(", … ({hidden} more)");
    }
    text
}
