//! Gram matrices as heat maps: predicted above, measured below.

use super::canvas::{Anchor, Canvas, Colour, LABEL, NOTE, Stroke};
use super::kind::{Figure, Files, Progress, Refusal};
use super::letters;
use super::measured::Comparison;
use super::panel::MARGIN;
use super::path::Rectangle;
use super::words::{ended, layer, log10, middle, setting};
use crate::case::Case;
use crate::exact::Enclosure;
use crate::theory::{GramDetail, Prediction};
use crate::verdict::{Geometry, RunReport};
use clap::Args;

/// Gram matrices as heat maps: predicted (proven) beside measured
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot gram my.toml -o gram.svg
  tightframe plot gram my.toml --predicted -o predicted.png")]
pub struct Grams {
    #[command(flatten)]
    of: Comparison,
}

impl Figure for Grams {
    fn files(&self) -> Files<'_> {
        Files::One(&self.of.case)
    }

    fn drawing(&self, cases: &[Case], progress: Progress) -> Result<Canvas, Refusal> {
        let what = ("Gram matrices", GramDetail::UpToLimit);
        self.of.drawing(&cases[0], what, check, figure, progress)
    }
}

const WIDTH: f64 = 860.0;
/// Values are written into the cells up to this many classes.
const WRITTEN: usize = 6;
/// Classes at most.
const MOST: usize = crate::theory::prediction::GRAM_CLASSES;
/// Width of the words to the left of a row.
const SIDE: f64 = 40.0;

/// The three matrices of a geometry.
type Matrices = [Vec<Vec<f64>>; 3];

/// What must hold of a problem before anything is trained.
pub fn check(prediction: &Prediction) -> Result<(), Refusal> {
    if prediction.gram.is_some() {
        return Ok(());
    }
    debug_assert!(prediction.detail.gram != GramDetail::Never);
    let classes = prediction.problem.classes();
    Err(match classes > MOST {
        true => Refusal::new(
            &format!("{classes} classes are too many for heat maps; at most {MOST} are drawn"),
            "`tightframe predict --gram --format json` prints the matrices",
        ),
        false => Refusal::new(
            "the optimum leaves the Gram matrices open: a tie, or an undecided mode",
            "`tightframe predict` says which; `tightframe plot spectra` needs no Gram matrices",
        ),
    })
}

/// The figure of a prediction, and of a run if there is one.
pub fn figure(title: &str, prediction: &Prediction, run: Option<&RunReport>) -> Result<Canvas, Refusal> {
    check(prediction)?;
    let Some(gram) = &prediction.gram else { return Err(Refusal::new("there are no Gram matrices", "")) };
    let floats = |m: &[Vec<Enclosure>]| m.iter().map(|row| row.iter().map(middle).collect()).collect();
    let predicted: Matrices = [floats(&gram.features), floats(&gram.classifier), floats(&gram.logits)];
    let measured = run.and_then(|r| Some((r, matrices(Geometry::of(&prediction.problem, &r.state)?))));
    let known = match &measured {
        Some((run, _)) => {
            format!("predicted (proven) and measured (seed {}, ended {})", run.seed, ended(run))
        }
        None => "predicted (proven)".to_owned(),
    };
    let subtitle = format!("Gram matrices, {known}: {}", setting(&prediction.problem));
    let (mut canvas, top) = Canvas::new(WIDTH, 0.0, title, &subtitle);
    let gap = 26.0;
    let side = (WIDTH - SIDE - MARGIN - 10.0 - 2.0 * gap) / 3.0;
    let classifier = layer(prediction.problem.depth());
    let names = [
        "class-mean features HᵀH".to_owned(),
        format!("classifier {classifier} {classifier}ᵀ"),
        "logits of class means".to_owned(),
    ];
    let mut bottom = top;
    for i in 0..3 {
        let x = SIDE + i as f64 * (side + gap);
        canvas.text(&names[i], (x + side / 2.0, top + 14.0), LABEL, Anchor::Middle);
        let mut shown: Vec<(&str, &Vec<Vec<f64>>)> = vec![("predicted", &predicted[i])];
        if let Some((_, m)) = &measured {
            shown.push(("measured", &m[i]));
        }
        let largest =
            shown.iter().flat_map(|(_, m)| m.iter().flatten()).fold(0.0, |a: f64, x| a.max(x.abs()));
        let mut y = top + 26.0;
        for (word, matrix) in &shown {
            let area = Rectangle { x, y, width: side, height: side };
            heat(&mut canvas, area, matrix, largest);
            if i == 0 {
                canvas.turned_text(word, (SIDE - 14.0, y + side / 2.0), LABEL, Anchor::Middle);
            }
            y += side + 14.0;
        }
        scale(&mut canvas, Rectangle { x, y, width: side, height: 13.0 }, largest);
        bottom = y + 13.0 + 22.0;
        if let [(_, p), (_, m)] = shown.as_slice() {
            let apart =
                p.iter().flatten().zip(m.iter().flatten()).fold(0.0, |a: f64, (p, m)| a.max((p - m).abs()));
            let words = format!("largest difference {} (measured)", plain(apart));
            canvas.text(&words, (x + side / 2.0, bottom + 14.0), NOTE, Anchor::Middle);
        }
    }
    canvas.height = bottom + 28.0;
    Ok(canvas)
}

fn matrices(geometry: Geometry) -> Matrices {
    [geometry.features, geometry.classifier, geometry.logits]
}

/// Blue for positive, orange for negative, white for zero.
fn colour(value: f64, largest: f64) -> Colour {
    let share = if largest > 0.0 { (value / largest).clamp(-1.0, 1.0) } else { 0.0 };
    match value.is_finite() {
        false => Colour::GREY,
        true if share >= 0.0 => Colour::PAPER.mixed(Colour(0, 90, 160), share),
        true => Colour::PAPER.mixed(Colour(200, 90, 0), -share),
    }
}

fn heat(canvas: &mut Canvas, area: Rectangle, matrix: &[Vec<f64>], largest: f64) {
    let k = matrix.len();
    let cell = area.width / k as f64;
    for (i, row) in matrix.iter().enumerate() {
        for (j, value) in row.iter().enumerate() {
            let at = Rectangle {
                x: area.x + j as f64 * cell,
                y: area.y + i as f64 * cell,
                width: cell,
                height: cell,
            };
            canvas.area(at, colour(*value, largest));
            if k <= WRITTEN {
                let words = written(*value, largest);
                let ink = if value.abs() > 0.55 * largest { Colour::PAPER } else { Colour::INK };
                let size = if letters::width(&words, NOTE) < cell - 6.0 { NOTE } else { NOTE - 3.5 };
                let middle = (at.x + cell / 2.0, at.y + cell / 2.0 + size * 0.36);
                canvas.coloured_text(&words, middle, size, Anchor::Middle, ink);
            }
        }
    }
    canvas.outline(area, Stroke::solid(Colour::INK, 1.0));
}

/// A value to three places of the largest: what a cell has room for.
fn written(value: f64, largest: f64) -> String {
    let places = if largest >= 100.0 {
        0
    } else if largest >= 10.0 {
        1
    } else if largest >= 1.0 {
        2
    } else {
        3
    };
    let text = format!("{value:.places$}");
    match text.trim_matches(|c| matches!(c, '-' | '0' | '.')).is_empty() {
        true => "0".to_owned(),
        false => text.replace('-', "−"),
    }
}

fn scale(canvas: &mut Canvas, area: Rectangle, largest: f64) {
    let steps = 32;
    let width = area.width / f64::from(steps);
    for i in 0..steps {
        let value = (f64::from(i) + 0.5) / f64::from(steps) * 2.0 - 1.0;
        let x = area.x + f64::from(i) * width;
        let at = Rectangle { x, width: (width + 1.0).min(area.right() - x), ..area };
        canvas.area(at, colour(value, 1.0));
    }
    canvas.outline(area, Stroke::solid(Colour::INK, 0.8));
    let ends = [(area.x, -largest, Anchor::Start), (area.x + area.width / 2.0, 0.0, Anchor::Middle)];
    for (x, value, anchor) in ends.into_iter().chain([(area.right(), largest, Anchor::End)]) {
        canvas.text(&plain(value), (x, area.bottom() + 16.0), NOTE, anchor);
    }
}

/// Three significant digits.
fn plain(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    let text = if (1e-3..1e4).contains(&size) {
        let places = (2.0 - log10(size).floor()).max(0.0) as usize;
        format!("{value:.places$}")
    } else {
        format!("{value:.2e}")
    };
    text.replace('-', "−")
}
