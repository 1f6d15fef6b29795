//! Gram matrices as heat maps: predicted above, measured below.

use super::canvas::{Anchor, Canvas, Colour, LABEL, NOTE, Stroke};
use super::kind::{Drawing, Figure, Progress, Refusal, Sheet};
use super::letters;
use super::measured::{Comparison, Observed};
use super::panel::MARGIN;
use super::path::Rectangle;
use super::words::{layer, log10, middle, setting};
use crate::case::Case;
use crate::exact::Enclosure;
use crate::theory::{GramDetail, Prediction};
use crate::verdict::Geometry;
use clap::Args;

/// Gram matrices as heat maps: predicted (proven) beside measured
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot gram my.toml -o gram.svg
  tightframe plot gram my.toml --predicted -o predicted.png
  tightframe plot gram network.toml --measured -o network.svg")]
pub struct Grams {
    #[command(flatten)]
    of: Comparison,
}

impl Figure for Grams {
    fn drawing(&self, cases: &[Case], progress: Progress) -> Result<Drawing, Refusal> {
        let what = ("Gram matrices", GramDetail::UpToLimit);
        self.of.drawing(&cases[0], what, check, figure, progress)
    }
}

const WIDTH: f64 = 860.0;
/// Values are written into the cells up to this many classes.
const WRITTEN: usize = 6;
/// Classes at most.
const MOST: usize = crate::theory::prediction::GRAM_CLASSES;
/// Width of the words to the left of a row: its source, and its classes.
const SIDE: f64 = 94.0;

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

/// The figure of a prediction, and of a network if there is one.
fn figure(title: &str, prediction: &Prediction, seen: Option<Observed>) -> Result<Drawing, Refusal> {
    check(prediction)?;
    let Some(gram) = &prediction.gram else { return Err(Refusal::new("there are no Gram matrices", "")) };
    let problem = &prediction.problem;
    let floats = |m: &[Vec<Enclosure>]| m.iter().map(|row| row.iter().map(middle).collect()).collect();
    let predicted: Matrices = [floats(&gram.features), floats(&gram.classifier), floats(&gram.logits)];
    let known = Observed::heading(seen.as_ref());
    let classifier = layer(problem.depth());
    let shown = Shown {
        title: title.to_owned(),
        subtitle: format!("Gram matrices, {known}: {}", setting(problem)),
        names: [
            "class-mean features HᵀH".to_owned(),
            format!("classifier {classifier} {classifier}ᵀ"),
            "logits of class means".to_owned(),
        ],
        classes: problem.counts().iter().map(|n| format!("n = {n}")).collect(),
        sources: std::iter::once(("predicted", predicted))
            .chain(seen.map(|seen| ("measured", matrices(seen.geometry))))
            .collect(),
    };
    Ok(Box::new(move |sheet| shown.on(sheet)))
}

/// Everything that the figure shows.
struct Shown {
    title: String,
    subtitle: String,
    names: [String; 3],
    /// What each class is called.
    classes: Vec<String>,
    /// The prediction, and what was measured.
    sources: Vec<(&'static str, Matrices)>,
}

/// Between two matrices.
const GAP: f64 = 26.0;
/// A narrower sheet has a row for each matrix, a wider one a column.
const NARROW: f64 = 560.0;

impl Shown {
    fn on(&self, sheet: &Sheet) -> Canvas {
        let width = sheet.width(WIDTH);
        let (mut canvas, top) = Canvas::new(width, 0.0, sheet.title(&self.title), &self.subtitle);
        let columns = if width < NARROW { self.sources.len() } else { 3 };
        let room = width - SIDE - MARGIN - 10.0 - GAP * (columns as f64 - 1.0);
        let side = (room / columns as f64).min(300.0);
        let place = |column: usize, y: f64| Rectangle {
            x: SIDE + column as f64 * (side + GAP),
            y,
            width: side,
            height: side,
        };
        let mut y = top;
        if width < NARROW {
            for i in 0..3 {
                let areas: Vec<Rectangle> = (0..columns).map(|j| place(j, y + 44.0)).collect();
                canvas.text(&self.names[i], (SIDE, y + 18.0), LABEL, Anchor::Start);
                for (area, (word, _)) in areas.iter().zip(&self.sources) {
                    canvas.text(word, (area.x + side / 2.0, y + 38.0), NOTE, Anchor::Middle);
                }
                y = self.compared(&mut canvas, i, &areas);
            }
        } else {
            let below = |j: usize| top + 26.0 + j as f64 * (side + 14.0);
            for i in 0..3 {
                let areas: Vec<Rectangle> = (0..self.sources.len()).map(|j| place(i, below(j))).collect();
                canvas.text(&self.names[i], (areas[0].x + side / 2.0, top + 14.0), LABEL, Anchor::Middle);
                y = self.compared(&mut canvas, i, &areas);
            }
            for (j, (word, _)) in self.sources.iter().enumerate() {
                canvas.turned_text(word, (20.0, below(j) + side / 2.0), LABEL, Anchor::Middle);
            }
        }
        canvas.height = y + 8.0;
        canvas
    }

    /// Draws the `i`-th matrix of every source with their common scale; where it ends.
    fn compared(&self, canvas: &mut Canvas, i: usize, areas: &[Rectangle]) -> f64 {
        let matrices: Vec<&Vec<Vec<f64>>> = self.sources.iter().map(|(_, m)| &m[i]).collect();
        let largest = matrices.iter().copied().flatten().flatten().fold(0.0, |a: f64, x| a.max(x.abs()));
        for (area, matrix) in areas.iter().zip(&matrices) {
            heat(canvas, *area, matrix, largest);
            if area.x <= SIDE {
                self.rows(canvas, *area);
            }
        }
        let (first, last) = (areas[0], areas[areas.len() - 1]);
        let across = Rectangle { x: first.x, width: last.right() - first.x, ..first };
        let y = last.bottom() + 14.0;
        scale(canvas, Rectangle { y, height: 13.0, ..across }, largest);
        let mut bottom = y + 13.0 + 22.0;
        if let [p, m] = matrices.as_slice() {
            let pairs = p.iter().flatten().zip(m.iter().flatten());
            let apart = pairs.fold(0.0, |a: f64, (p, m)| a.max((p - m).abs()));
            let words = format!("largest difference {} (measured)", plain(apart));
            bottom += 14.0;
            canvas.text(&words, (across.x + across.width / 2.0, bottom), NOTE, Anchor::Middle);
        }
        bottom + 10.0
    }

    /// The classes beside a matrix's rows, and a tick each; as many as have room.
    fn rows(&self, canvas: &mut Canvas, area: Rectangle) {
        let cell = area.height / self.classes.len() as f64;
        let every = (LINE / cell).ceil().max(1.0) as usize;
        for (i, class) in self.classes.iter().enumerate().step_by(every) {
            let y = area.y + (i as f64 + 0.5) * cell;
            let words = letters::cut(class, NOTE - 1.0, SIDE - 32.0);
            canvas.text(&words, (area.x - 6.0, y + NOTE * 0.34), NOTE - 1.0, Anchor::End);
        }
    }
}

/// Height of a class's words.
const LINE: f64 = 14.0;

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
            let words = written(*value, largest);
            if k <= WRITTEN && letters::width(&words, NOTE - 3.5) < cell - 2.0 {
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
