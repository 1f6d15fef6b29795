//! What is known of cross-entropy with equal counts, cell by cell: number of classes against `λ`, one panel a depth.

use super::axis::{Axis, power_of_ten};
use super::canvas::{Anchor, Canvas, Colour, LABEL, Stroke};
use super::family::{BiasWord, depths, distinct};
use super::kind::{Drawing, Figure, Progress, Refusal, Sheet};
use super::panel::{BELOW, Key, LEFT, MARGIN, Panel, frames, legend};
use super::path::Rectangle;
use super::words::bias_words;
use crate::case::{Bias, Case, Draft, Loss, Mistake, Problem, Targets};
use crate::exact::{Integer, Rational, read_rational, ten_to};
use crate::theory::Known;
use crate::theory::cross_entropy::{Budget, Phase, zero};
use clap::Args;
use num_traits::{One, Signed};
use rayon::prelude::*;

/// What is proven of cross-entropy with equal counts: classes against λ, one panel a depth
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot cross-entropy -o cells.svg
  tightframe plot cross-entropy --classes 2,3,4 --depths 2,3 --from 1e-3 --to 1e-1 --bias last-layer -o cells.png

The rows are 1 and 3 times every power of ten between --from and --to.")]
pub struct CrossEntropyMap {
    /// Numbers of classes
    #[arg(long, value_delimiter = ',', default_value = "2,3,4,5,6,8", value_parser = clap::value_parser!(u64).range(2..=24))]
    classes: Vec<u64>,
    /// Depths M, one panel each
    #[arg(long, value_delimiter = ',', default_value = "1,2,3", value_parser = clap::value_parser!(u64).range(1..=12))]
    depths: Vec<u64>,
    /// Least λ
    #[arg(long, default_value = "1e-5")]
    from: String,
    /// Largest λ
    #[arg(long, default_value = "1")]
    to: String,
    /// Samples of each class
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    per_class: u64,
    /// The bias
    #[arg(long, value_enum, default_value = "none")]
    bias: BiasWord,
}

/// Cells at most.
const MAX_CELLS: usize = 5_000;
/// Powers of ten of the rows.
const LEAST_POWER: i64 = -30;

impl Figure for CrossEntropyMap {
    fn drawing(&self, _: &[Case], progress: Progress) -> Result<Drawing, Refusal> {
        let map = Map {
            classes: distinct(&self.classes),
            depths: depths(&self.depths)?,
            weights: self.weights()?,
            per_class: self.per_class,
            bias: self.bias.into(),
        };
        if map.number() > MAX_CELLS {
            return Err(Refusal::new(
                &format!("{} cells are too many; at most {MAX_CELLS} are computed", map.number()),
                "fewer classes or depths, or a shorter range of λ",
            ));
        }
        let done = progress("cells", map.number() as u64);
        let cells = map.cells(&|| done(None))?;
        Ok(Box::new(move |sheet| figure(&map, &cells, sheet)))
    }
}

impl CrossEntropyMap {
    /// 1 and 3 times the powers of ten in the range.
    fn weights(&self) -> Result<Vec<Rational>, Refusal> {
        let bound = |option: &str, text: &str| {
            let value = read_rational(text).ok().filter(Rational::is_positive);
            let (least, most) = (ten_to(LEAST_POWER), ten_to(-LEAST_POWER));
            value.filter(|q| *q >= least && *q <= most).ok_or_else(|| {
                let range = format!("1e{LEAST_POWER} and 1e{}", -LEAST_POWER);
                Refusal::new(
                    &format!("{option} {text} is not a number between {range}"),
                    "a weight such as 1e-4",
                )
            })
        };
        let (from, to) = (bound("--from", &self.from)?, bound("--to", &self.to)?);
        let three = Rational::from(Integer::from(3));
        let all = (LEAST_POWER..=-LEAST_POWER).flat_map(|e| [ten_to(e), ten_to(e) * &three]);
        let weights: Vec<Rational> = all.filter(|λ| *λ >= from && *λ <= to).collect();
        if weights.is_empty() {
            let reason = format!("no row lies between --from {} and --to {}", self.from, self.to);
            return Err(Refusal::new(&reason, "rows are 1 and 3 times a power of ten"));
        }
        Ok(weights)
    }
}

/// What is drawn: every combination of these, with all weights equal and wide layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map {
    /// Numbers of classes, each at least 2.
    pub classes: Vec<usize>,
    /// Depths.
    pub depths: Vec<usize>,
    /// Values of `λ`, growing.
    pub weights: Vec<Rational>,
    /// Samples of each class.
    pub per_class: u64,
    /// The bias.
    pub bias: Bias,
}

/// Working precision of the cells, in bits, and digits asked of the theory.
const BITS: u32 = 128;
const DIGITS: usize = 12;
const WIDTH: f64 = 900.0;
/// Rows lie between these powers of ten.
const MOST_PLACES: i64 = 40;

/// What is proven of one problem with equal counts.
pub fn phase(problem: &Problem) -> Phase {
    if zero::is_optimal(problem, BITS) {
        return Phase::Zero;
    }
    let budget = Budget { enclose: false, ..Budget::to_digits(DIGITS) };
    match Known::cross_entropy(problem, &budget) {
        // One layer: the published theorem, and the closed form says where it is zero.
        Known::Shallow(shallow) if shallow.open.is_none() => Phase::Frame,
        Known::Deep(deep) => deep.phase(),
        _ => Phase::Open,
    }
}

pub(super) fn words(phase: Phase) -> &'static str {
    match phase {
        Phase::Frame => "certified: every optimum is a simplex frame",
        Phase::Other => "certified: another network is better than every frame and zero",
        Phase::Zero => "certified: zero is the optimum",
        Phase::Open => "open",
    }
}

pub(super) fn key(phase: Phase) -> Key {
    let ink = Stroke::solid(Colour(120, 40, 0), 1.0);
    match phase {
        Phase::Frame => Key::Area { fill: Colour(0, 158, 115).tint(0.7), hatch: None },
        Phase::Zero => Key::Bars { fill: Colour::GREY, stroke: Stroke::solid(Colour(110, 110, 110), 0.8) },
        Phase::Other => Key::Area { fill: Colour(213, 94, 0).tint(0.7), hatch: Some(ink) },
        Phase::Open => Key::Area { fill: Colour(240, 228, 66).tint(0.55), hatch: None },
    }
}

/// The legend of phases.
pub(super) fn entries() -> Vec<(Key, String)> {
    [Phase::Frame, Phase::Other, Phase::Zero, Phase::Open].map(|p| (key(p), words(p).to_owned())).to_vec()
}

impl Map {
    /// The problem of one cell.
    pub fn problem(&self, classes: usize, depth: usize, weight: &Rational) -> Result<Problem, Mistake> {
        Problem::new(Draft {
            counts: vec![self.per_class; classes],
            widths: vec![classes as u64; depth],
            loss: Loss::CrossEntropy,
            bias: self.bias,
            targets: Targets::OneHot,
            weights: vec![weight.clone(); depth],
            features: weight.clone(),
        })
    }

    /// All cells: depths, then classes, then weights. `progress` is called after each.
    pub fn cells(&self, progress: &(dyn Fn() + Sync)) -> Result<Vec<Phase>, Mistake> {
        let mut problems = Vec::with_capacity(self.number());
        for depth in &self.depths {
            for classes in &self.classes {
                for weight in &self.weights {
                    problems.push(self.problem(*classes, *depth, weight)?);
                }
            }
        }
        let cell = |problem: &Problem| {
            let cell = phase(problem);
            progress();
            cell
        };
        Ok(problems.par_iter().map(cell).collect())
    }

    /// How many cells there are.
    pub fn number(&self) -> usize {
        self.depths.len() * self.classes.len() * self.weights.len()
    }
}

/// The figure of a map and its cells.
fn figure(map: &Map, cells: &[Phase], sheet: &Sheet) -> Canvas {
    let bias = bias_words(map.bias);
    let title = format!("Is every optimum a simplex frame? Cross-entropy, equal counts, {bias}");
    let samples = if map.per_class == 1 { "sample" } else { "samples" };
    let subtitle =
        format!("n = {} {samples} a class, all weights λ; each cell is one λ, proven", map.per_class);
    let width = sheet.width(WIDTH);
    let (mut canvas, top) = Canvas::new(width, 0.0, sheet.title(&title), &subtitle);
    let across = Rectangle { x: MARGIN, y: top, width: width - 2.0 * MARGIN, height: 0.0 };
    let top = top + legend(&mut canvas, across, &entries()) + 30.0;
    let height = sheet.height((24.0 * map.weights.len() as f64).clamp(160.0, 420.0));
    let frames = frames(map.depths.len(), width, (top, height), 20.0);
    let names: Vec<String> = map.classes.iter().map(usize::to_string).collect();
    let weights: Vec<String> = map.weights.iter().map(weight_label).collect();
    let each = map.classes.len() * map.weights.len();
    for (i, (depth, frame)) in map.depths.iter().zip(&frames).enumerate() {
        let x = Axis::slots("classes K", &names).thinned((frame.width / 18.0) as usize);
        let y = Axis::slots("regularisation λ of every factor", &weights).thinned((height / 15.0) as usize);
        let panel = Panel { frame: *frame, x, y: if frame.x > LEFT { y.silent() } else { y } };
        let (w, h) = (frame.width / names.len() as f64, height / weights.len() as f64);
        for (j, cell) in cells[i * each..(i + 1) * each].iter().enumerate() {
            let (column, row) = ((j / weights.len()) as f64, (j % weights.len() + 1) as f64);
            let (x, y) = (frame.x + column * w, frame.bottom() - row * h);
            filled(&mut canvas, Rectangle { x, y, width: w, height: h }.inset(0.6), *cell);
        }
        panel.frame(&mut canvas);
        let above = (frame.x + frame.width / 2.0, frame.y - 9.0);
        canvas.text(&format!("M = {depth}"), above, LABEL, Anchor::Middle);
        canvas.height = frame.bottom() + BELOW + 6.0;
    }
    canvas
}

/// `3·10⁻⁴`, for one digit times a power of ten.
fn weight_label(weight: &Rational) -> String {
    let exponent = (-MOST_PLACES..MOST_PLACES).rev().find(|e| ten_to(*e) <= *weight).unwrap_or(0);
    let digit = weight / ten_to(exponent);
    match (exponent, digit.is_one()) {
        (0, _) => digit.to_string(),
        (_, true) => power_of_ten(exponent),
        (_, false) => format!("{digit}·{}", power_of_ten(exponent)),
    }
}

pub(super) fn filled(canvas: &mut Canvas, area: Rectangle, phase: Phase) {
    match key(phase) {
        Key::Area { fill, hatch } => {
            canvas.area(area, fill);
            if let Some(stroke) = hatch {
                canvas.hatch(area, 10.0, stroke);
            }
        }
        Key::Bars { fill, stroke } => {
            canvas.area(area, fill);
            canvas.bars(area, 9.0, stroke);
        }
        Key::Line { .. } | Key::Marker { .. } => {}
    }
}
