//! The problem as JSON, and in words with the objective that it minimises.

use super::number::counted;
use crate::case::{Bias, Loss, Problem, Targets};
use crate::exact::{Rational, exact_text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Targets are shown for at most so many classes.
const SHOWN_TARGETS: usize = 64;

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
    /// Class targets by columns, if they are not one-hot and at most 64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<Vec<String>>>,
    /// The second moment of the targets, where only that is given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub covariance: Option<Vec<Vec<String>>>,
    /// Class weights `ω`, if they are not 1.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub class_weights: Vec<String>,
    /// Shifts `ι` of the logits, by columns, if there are any.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub logit_shift: Vec<Vec<String>>,
    /// Scales `δ` of the logits, by columns, if they are not 1.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub logit_scale: Vec<Vec<String>>,
    /// `λ_b`, if the bias is regularised.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bias_weight: Option<String>,
    /// Whether the features are at least 0.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub nonnegative_features: bool,
    /// `λ_1 … λ_M`.
    pub weights: Vec<String>,
    /// `λ_H`.
    pub features: String,
}

impl ProblemJson {
    /// The JSON form of a problem.
    pub fn of(problem: &Problem) -> Self {
        let texts =
            |numbers: &[Rational]| -> Vec<String> { numbers.iter().map(ToString::to_string).collect() };
        let all =
            |columns: &[Vec<Rational>]| -> Vec<Vec<String>> { columns.iter().map(|c| texts(c)).collect() };
        let (targets, covariance) = match problem.targets() {
            Targets::Columns(columns) if columns.len() <= SHOWN_TARGETS => (Some(all(columns)), None),
            Targets::OneHot | Targets::Columns(_) => (None, None),
            Targets::Covariance(rows) => (None, Some(all(rows))),
        };
        let terms = problem.terms();
        Self {
            counts: problem.counts().to_vec(),
            widths: problem.widths().to_vec(),
            loss: problem.loss().word().to_owned(),
            bias: problem.bias().word().to_owned(),
            targets,
            covariance,
            class_weights: texts(&terms.class_weights),
            logit_shift: all(&terms.logit_shift),
            logit_scale: all(&terms.logit_scale),
            bias_weight: terms.bias.as_ref().map(ToString::to_string),
            nonnegative_features: terms.nonnegative,
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
    let terms = problem.terms();
    let logits = match (terms.logit_scale.is_empty(), terms.logit_shift.is_empty()) {
        (true, true) => format!("W_M⋯W_1 H{bias}"),
        (true, false) => format!("W_M⋯W_1 H{bias} + ι"),
        (false, shiftless) => {
            format!("δ ⊙ (W_M⋯W_1 H{bias}){}", if shiftless { "" } else { " + ι" })
        }
    };
    let soft = if *problem.targets() == Targets::OneHot { "class" } else { "target" };
    let loss = match (problem.loss(), terms.class_weights.is_empty()) {
        (Loss::Mse, true) => format!("1/(2N) ‖{logits} − Y‖²"),
        (Loss::Mse, false) => format!("1/(2N) ‖({logits} − Y) Ω^{{1/2}}‖²"),
        (Loss::CrossEntropy, true) => format!("1/N Σ cross-entropy({logits}, {soft})"),
        (Loss::CrossEntropy, false) => format!("1/N Σ ω cross-entropy({logits}, {soft})"),
    };
    let ridge = if terms.bias.is_some() { " + λ_b/2 ‖b‖²" } else { "" };
    let (classes, samples) = (problem.classes(), problem.samples());
    let groups = match problem.targets() {
        Targets::OneHot => {
            format!("K = {}, N = {}: {counts}", counted(classes as u64, "class"), counted(samples, "sample"))
        }
        Targets::Covariance(_) => {
            format!("K = {}, N = {}", counted(problem.outputs() as u64, "output"), counted(samples, "sample"))
        }
        Targets::Columns(_) if problem.outputs() == classes => {
            format!("K = {}, N = {}: {counts}", counted(classes as u64, "class"), counted(samples, "sample"))
        }
        Targets::Columns(_) => {
            format!(
                "K = {}, {}, N = {}: {counts}",
                counted(problem.outputs() as u64, "output"),
                counted(classes as u64, "class"),
                counted(samples, "sample")
            )
        }
    };
    let mut out = format!(
        "{title}\n  {loss} + Σ_l λ_l/2 ‖W_l‖² + λ_H/2 ‖H‖²{ridge}\n  {groups}\n  \
         M = {}, {} {widths}\n  {} = {weights}, λ_H = {}",
        counted(problem.depth() as u64, "layer"),
        if problem.depth() == 1 { "width" } else { "widths" },
        if problem.depth() == 1 { "λ_1" } else { "λ_1 … λ_M" },
        exact_text(problem.features()),
    );
    if let Some(λ) = &terms.bias {
        out += &format!(", λ_b = {}", exact_text(λ));
    }
    if !terms.class_weights.is_empty() {
        out += &format!("\n  ω = {}", run_lengths(terms.class_weights.iter().map(exact_text)));
    }
    if terms.nonnegative {
        out += "\n  H ≥ 0";
    }
    out + "\n"
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
