//! Numbers and names as figures show them.

use crate::case::{Bias, Problem};
use crate::exact::{Enclosure, Rational, decimal};
use crate::theory::Optimum;
use crate::verdict::Outcome;

pub(super) use crate::verdict::critical_point::middle;

/// Working precision of what is drawn, in bits.
pub(super) const BITS: u32 = 96;

/// The common logarithm, the same on every machine.
pub(super) fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// A number for a label, three significant digits of the enclosure.
pub(super) fn short(x: &Enclosure) -> String {
    decimal(x, 3)
}

/// `K = 4, N = 400, M = 2, no bias`, with blanks that do not break within an equation.
pub(super) fn setting(problem: &Problem) -> String {
    let bias = match problem.bias() {
        Bias::None => "no\u{a0}bias",
        Bias::LastLayer => "last-layer\u{a0}bias",
    };
    format!(
        "K\u{a0}=\u{a0}{}, N\u{a0}=\u{a0}{}, M\u{a0}=\u{a0}{}, {bias}",
        problem.classes(),
        problem.samples(),
        problem.depth()
    )
}

/// Where a run ended, in words that end a sentence.
pub(super) fn ended(outcome: Outcome) -> String {
    match outcome {
        Outcome::Global => "at the optimum".to_owned(),
        Outcome::LocalMinimum => "at a local minimum".to_owned(),
        Outcome::Saddle => "at a saddle".to_owned(),
        other => other.word().replace('-', " "),
    }
}

/// The common value of all weights, if they have one.
pub(super) fn common_weight(problem: &Problem) -> Option<&Rational> {
    let λ = problem.features();
    problem.weights().iter().all(|w| w == λ).then_some(λ)
}

/// The modes that a figure with a curve for each shows: at most `most`, the largest, the smallest and some between.
pub(super) fn chosen(optimum: &Optimum, most: usize) -> Vec<usize> {
    let number = optimum.modes.len();
    if number <= most {
        return (0..number).collect();
    }
    (0..most).map(|i| i * (number - 1) / (most - 1)).collect()
}

/// `μ = 50 (twice)`.
pub(super) fn mode_label(optimum: &Optimum, mode: usize) -> String {
    let block = &optimum.modes[mode].mode.block;
    let μ = short(&block.target_sq);
    match block.multiplicity {
        1 => format!("μ = {μ}"),
        m => format!("μ = {μ} (×{m})"),
    }
}

/// How the bias stands in a heading.
pub(super) fn bias_words(bias: Bias) -> &'static str {
    match bias {
        Bias::None => "no bias",
        Bias::LastLayer => "last-layer bias",
    }
}

/// `W₃`.
pub(super) fn layer(l: usize) -> String {
    let digits = l.to_string();
    let low = digits.chars().map(|c| char::from_u32(0x2080 + c.to_digit(10).unwrap_or(0)).unwrap_or(c));
    std::iter::once('W').chain(low).collect()
}
