//! Figures: finished values to drawings, drawings to SVG, PDF and PNG.
//!
//! - One kind of figure a file, with its options and its line in [`KINDS`]; each draws a pure function of what it shows.
//!   [`canvas`] holds paths and texts in pixels, [`panel`] axes, curves and legends; [`svg`], [`pdf`] and [`png`] write bytes.
//! - The program carries a font. Texts are laid out with its widths; PDF has its letters embedded, PNG their outlines,
//!   SVG names it and says how wide every text is.
//! - Floats here place ink. A proven figure is drawn from enclosures far narrower than a tenth of a pixel, so
//!   its SVG is the same on every machine; a measured one says so in its heading.
//! - Colours are those of Okabe and Ito, which the colour-blind tell apart; curves differ in their markers too, and
//!   areas in their hatching.

pub mod axis;
pub mod canvas;
pub mod kind;
pub mod letters;
pub mod panel;
pub mod path;
pub mod pdf;
pub mod png;
pub mod svg;

mod curves;
mod family;
mod measured;
mod words;

pub mod cross_entropy;
pub mod curvature;
pub mod gram;
pub mod phase;
pub mod phases;
pub mod shrinkage;
pub mod spectra;
pub mod training;

use kind::{Kind, Takes};

/// Every kind of figure, in the order in which they are listed.
pub const KINDS: &[Kind] = &[
    Kind::of::<shrinkage::Shrinkage>("shrinkage", Takes::One),
    Kind::of::<phase::Phase>("phase", Takes::None),
    Kind::of::<cross_entropy::CrossEntropyMap>("cross-entropy", Takes::None),
    Kind::of::<phases::PhaseDiagram>("phases", Takes::None),
    Kind::of::<gram::Grams>("gram", Takes::One),
    Kind::of::<training::Training>("training", Takes::Several),
    Kind::of::<spectra::Spectra>("spectra", Takes::One),
    Kind::of::<curvature::Spectrum>("curvature", Takes::One),
];
