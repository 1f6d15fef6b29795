//! The spectrum of the Hessian at the optimum: how many eigenvalues, how large, and what they move.

use super::axis::Axis;
use super::canvas::{Canvas, Colour, Stroke};
use super::kind::{Drawing, Figure, Progress, Refusal, Sheet};
use super::panel::{BELOW, Key, LEFT, MARGIN, Panel, legend};
use super::path::Rectangle;
use super::words::{BITS, middle, setting};
use crate::case::Case;
use crate::exact::Integer;
use crate::study::Study;
use crate::theory::curvature::{Curvature, Motion};
use clap::Args;
use num_traits::ToPrimitive;

/// Spectrum of the Hessian at the optimum: each eigenvalue with its multiplicity, by what it moves (proven)
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot curvature cases/papers/dang2023/imbalanced-m3.toml -o curvature.svg")]
pub struct Spectrum {}

impl Figure for Spectrum {
    fn drawing(&self, cases: &[Case], _: Progress) -> Result<Drawing, Refusal> {
        let case = &cases[0];
        let study = Study::of(case);
        let found = study.curvature().and_then(stems).ok_or_else(|| {
            let reason = "the Hessian at the optimum is not settled, or this case has no modes";
            Refusal::new(
                reason,
                "the mean squared error with a settled optimum has it; see `tightframe predict`",
            )
            .of(case)
        })?;
        let subtitle = format!("{}; {} (proven)", setting(case.problem()), counted(study.curvature()));
        let title = case.title().to_owned();
        Ok(Box::new(move |sheet| figure(&title, &subtitle, &found, sheet)))
    }
}

/// What directions do, in the order of the legend.
const KINDS: [&str; 5] = [
    "modes: strengths, pairs, turns into lost modes",
    "imbalance of neighbouring factors",
    "features within classes, classifier without a target",
    "entries that no mode uses",
    "bias",
];

fn kind(motion: Motion) -> usize {
    match motion {
        Motion::Strength(_) | Motion::Pair(..) | Motion::Swap(..) | Motion::Birth(_) => 0,
        Motion::Turn(..) => 1,
        Motion::Spread(_) | Motion::Unasked(_) => 2,
        Motion::Idle(_) => 3,
        Motion::Bias => 4,
    }
}

/// An eigenvalue, its multiplicity, and the kind of its directions.
type Stem = (f64, f64, usize);

/// The eigenvalues that are not zero; none if one is not enclosed.
fn stems(curvature: &Curvature) -> Option<Vec<Stem>> {
    let mut all = Vec::new();
    for part in curvature.parts() {
        let copies = part.copies.to_f64()?;
        for k in 0..part.size() {
            let value = middle(&part.eigenvalue(k, BITS)?);
            all.extend((value != 0.0).then(|| (value, copies, kind(part.motion))));
        }
    }
    Some(all)
}

fn counted(curvature: Option<&Curvature>) -> String {
    let Some(c) = curvature else { return String::new() };
    let (size, gauge, flat) = (c.size(), c.gauge(), c.nullity());
    let more = if flat == Integer::from(0) { String::new() } else { format!(", {flat} more are zero") };
    format!("{size} eigenvalues, {gauge} of them zero by rotations{more}")
}

const WIDTH: f64 = 780.0;
const HEIGHT: f64 = 300.0;

fn figure(title: &str, subtitle: &str, stems: &[Stem], sheet: &Sheet) -> Canvas {
    let width = sheet.width(WIDTH);
    let (mut canvas, top) = Canvas::new(width, 0.0, sheet.title(title), subtitle);
    let across = Rectangle { x: MARGIN, y: top, width: width - 2.0 * MARGIN, height: 0.0 };
    let present = |k: &usize| stems.iter().any(|s| s.2 == *k);
    let key =
        |k: usize| (Key::Marker { kind: k, colour: Colour::curve(k), filled: true }, KINDS[k].to_owned());
    let entries: Vec<(Key, String)> = (0..KINDS.len()).filter(present).map(key).collect();
    let top = top + legend(&mut canvas, across, &entries) + 12.0;
    let least = stems.iter().map(|s| s.0).filter(|x| *x > 0.0).fold(f64::INFINITY, f64::min);
    let most = stems.iter().map(|s| s.0).fold(least, f64::max);
    let highest = stems.iter().map(|s| s.1).fold(1.0, f64::max);
    let frame = Rectangle { x: LEFT, y: top, width: width - LEFT - MARGIN, height: sheet.height(HEIGHT) };
    let x = Axis::logarithmic(
        "eigenvalue of the Hessian: rate of the flow along its direction",
        least / 1.6,
        most * 1.6,
    );
    let y = Axis::logarithmic("multiplicity", 0.6, highest * 2.0);
    let panel = Panel { frame, x: x.thinned((frame.width / 50.0) as usize), y };
    panel.grid(&mut canvas);
    // The largest multiplicity first, so that smaller ones stand before it.
    let mut shown: Vec<&Stem> = stems.iter().filter(|s| s.0 > 0.0).collect();
    shown.sort_by(|a, b| b.1.total_cmp(&a.1));
    let foot: Vec<[(f64, f64); 2]> = shown
        .iter()
        .map(|s| {
            let head = panel.place(s.0, s.1);
            [(head.0, frame.bottom()), head]
        })
        .collect();
    for (stem, line) in shown.iter().zip(&foot) {
        canvas.strokes(&[*line], Stroke::solid(Colour::curve(stem.2).tint(0.4), 1.2));
    }
    for (stem, line) in shown.iter().zip(&foot) {
        canvas.marker(stem.2, line[1], Colour::curve(stem.2), true);
    }
    panel.frame(&mut canvas);
    canvas.height = frame.bottom() + BELOW + 6.0;
    canvas
}
