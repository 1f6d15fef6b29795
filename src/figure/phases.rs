//! Phases of deep cross-entropy with three or four classes: where along `(Λn)^{1/L}` the frame, another network or zero
//! is certified, depth by depth.

use super::axis::Axis;
use super::canvas::Canvas;
use super::cross_entropy::{entries, filled};
use super::family::{BiasWord, depths};
use super::kind::{Drawing, Figure, Progress, Refusal, Sheet};
use super::panel::{BELOW, LEFT, MARGIN, Panel, legend};
use super::path::Rectangle;
use super::words::bias_words;
use crate::case::{Bias, Case, Mistake};
use crate::exact::Rational;
use crate::theory::cross_entropy::{Phase, Phases};
use clap::Args;
use num_traits::ToPrimitive;
use rayon::prelude::*;

/// Certified phases of deep cross-entropy with three or four classes: depths against (Λn)^{1/(M+1)}
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot phases -o phases.svg
  tightframe plot phases --bias last-layer --depths 2,3,4,5,6 -o phases.pdf

Each end is found by bisection to four places, and proved there; a phase is drawn as an interval between its ends.")]
pub struct PhaseDiagram {
    /// Number of classes
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(3..=4))]
    classes: u64,
    /// Depths M, one column each
    #[arg(long, value_delimiter = ',', default_value = "2,3,4,5,6", value_parser = clap::value_parser!(u64).range(2..=12))]
    depths: Vec<u64>,
    /// The bias
    #[arg(long, value_enum, default_value = "none")]
    bias: BiasWord,
}

/// Decimal places of the ends.
const PLACES: u32 = 4;
const WIDTH: f64 = 620.0;
/// The largest `c` shown: zero is optimal from below it on.
const MOST: f64 = 0.25;

impl Figure for PhaseDiagram {
    fn drawing(&self, _: &[Case], progress: Progress) -> Result<Drawing, Refusal> {
        let (classes, depths, bias) = (self.classes as usize, depths(&self.depths)?, Bias::from(self.bias));
        let heard = progress("depths", depths.len() as u64);
        let column = |depth: &usize| {
            let found = Phases::of(classes, *depth, bias, PLACES);
            heard(None);
            found
        };
        let columns: Result<Vec<Phases>, Mistake> = depths.par_iter().map(column).collect();
        let columns = columns?;
        Ok(Box::new(move |sheet| figure(classes, bias, &depths, &columns, sheet)))
    }
}

/// What is proved from one `c` to another, in order; what lies between certified ends is open.
fn bands(phases: &Phases) -> Vec<(Phase, f64, f64)> {
    let at = |x: &Option<Rational>| x.as_ref().and_then(Rational::to_f64);
    let mut bands = Vec::new();
    let mut reached = 0.0;
    let mut add = |phase, from: Option<f64>, to: Option<f64>| {
        let (Some(from), Some(to)) = (from, to) else { return };
        if from > reached {
            bands.push((Phase::Open, reached, from));
        }
        bands.push((phase, from, to));
        reached = to;
    };
    add(Phase::Frame, phases.frame_to.as_ref().map(|_| 0.0), at(&phases.frame_to));
    add(Phase::Other, at(&phases.other_from), at(&phases.other_to));
    add(Phase::Zero, at(&phases.zero_from), Some(MOST));
    bands
}

fn figure(classes: usize, bias: Bias, depths: &[usize], columns: &[Phases], sheet: &Sheet) -> Canvas {
    let title = format!("What is optimal? Cross-entropy, {classes} equal classes, {}", bias_words(bias));
    let subtitle = "c = (Λn)^{1/(M+1)}, Λ the product of all weights, n samples a class; every end is proven";
    let width = sheet.width(WIDTH);
    let (mut canvas, top) = Canvas::new(width, 0.0, sheet.title(&title), subtitle);
    let across = Rectangle { x: MARGIN, y: top, width: width - 2.0 * MARGIN, height: 0.0 };
    let top = top + legend(&mut canvas, across, &entries()) + 20.0;
    let names: Vec<String> = depths.iter().map(usize::to_string).collect();
    let frame =
        Rectangle { x: LEFT, y: top, width: width - LEFT - MARGIN - 8.0, height: sheet.height(360.0) };
    let panel = Panel { frame, x: Axis::slots("layers M", &names), y: Axis::linear("c", 0.0, MOST) };
    let slot = frame.width / names.len() as f64;
    for (i, phases) in columns.iter().enumerate() {
        for (phase, from, to) in bands(phases) {
            let (x, y) = (frame.x + i as f64 * slot, panel.place(0.0, to.min(MOST)).1);
            let height = panel.place(0.0, from).1 - y;
            filled(&mut canvas, Rectangle { x: x + 1.0, y, width: slot - 2.0, height }, phase);
        }
    }
    panel.frame(&mut canvas);
    canvas.height = frame.bottom() + BELOW + 6.0;
    canvas
}
