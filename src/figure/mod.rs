//! Figures: finished values to drawings, drawings to SVG and PNG.
//!
//! - One kind of figure a file; each is a pure function of what it shows. [`canvas`] holds shapes in pixels,
//!   [`panel`] axes, curves and legends; [`svg`] and [`png`] write bytes.
//! - Letters are drawn as outlines of a font that the program carries, so that a figure needs no fonts and looks
//!   the same everywhere.
//! - Floats here place ink. A proven figure is drawn from enclosures far narrower than a tenth of a pixel, so
//!   its SVG is the same on every machine; a measured one says so in its heading.
//! - Colours are those of Okabe and Ito, which the colour-blind tell apart; curves differ in their markers too, and
//!   areas in their hatching.

pub mod axis;
pub mod canvas;
pub mod cross_entropy;
pub mod gram;
pub mod letters;
pub mod panel;
pub mod path;
pub mod phase;
pub mod png;
pub mod shrinkage;
pub mod spectra;
pub mod svg;
pub mod training;

use crate::case::{Bias, Problem};
use crate::exact::{Enclosure, Rational, decimal};
use crate::theory::Optimum;
use crate::verdict::critical_point::middle;
use crate::verdict::{Outcome, RunReport};

/// Why a problem has no figure of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub reason: String,
    /// The way out.
    pub hint: String,
}

impl Refusal {
    fn new(reason: &str, hint: &str) -> Self {
        Self { reason: reason.to_owned(), hint: hint.to_owned() }
    }
}

/// Working precision of what is drawn, in bits.
const BITS: u32 = 96;

/// The common logarithm, the same on every machine.
fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// A number for a label, three significant digits of the enclosure.
fn short(x: &Enclosure) -> String {
    decimal(x, 3)
}

/// `K = 4, N = 400, M = 2, no bias`, with blanks that do not break within an equation.
fn setting(problem: &Problem) -> String {
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
fn ended(run: &RunReport) -> String {
    match run.outcome {
        Outcome::Global => "at the optimum".to_owned(),
        Outcome::LocalMinimum => "at a local minimum".to_owned(),
        Outcome::Saddle => "at a saddle".to_owned(),
        other => other.word().replace('-', " "),
    }
}

/// The common value of all weights, if they have one.
fn common_weight(problem: &Problem) -> Option<&Rational> {
    let λ = problem.features();
    problem.weights().iter().all(|w| w == λ).then_some(λ)
}

/// The modes that a figure with a curve for each shows: at most `most`, the largest, the smallest and some between.
fn chosen(optimum: &Optimum, most: usize) -> Vec<usize> {
    let number = optimum.modes.len();
    if number <= most {
        return (0..number).collect();
    }
    (0..most).map(|i| i * (number - 1) / (most - 1)).collect()
}

/// `μ = 50 (twice)`.
fn mode_label(optimum: &Optimum, mode: usize) -> String {
    let block = &optimum.modes[mode].mode.block;
    let μ = short(&block.target_sq);
    match block.multiplicity {
        1 => format!("μ = {μ}"),
        m => format!("μ = {μ} (×{m})"),
    }
}
