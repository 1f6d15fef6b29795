//! The phase diagram of collapse: imbalance ratio against `λ`, one panel a depth.
//!
//! The curves are [`Step::edges`], proven roots of rationals at whole majority counts.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Colour, LABEL, Stroke};
use super::family::{BiasWord, LossWord, depths};
use super::kind::{Drawing, Figure, Progress, Refusal, Sheet};
use super::panel::{BELOW, Key, LEFT, MARGIN, Panel, frames, legend};
use super::path::Rectangle;
use super::words::{BITS, bias_words, log10, middle};
use crate::case::{Bias, Case, Loss, Mistake};
use crate::theory::phase::{Step, StepMode};
use clap::Args;

/// Phase diagram of collapse: imbalance ratio against λ, one panel a depth (proven)
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot phase -o phase.svg
  tightframe plot phase --classes 10 --minority 50 --ratio 1000 --bias last-layer -o phase.png
  tightframe plot phase --loss ce --classes 10 --minorities 7 --minority 100 -o merging.svg

Under cross-entropy the figure is of one layer: which λ makes the minority classes merge, and which makes everything
vanish.")]
pub struct Phase {
    /// Number of classes
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(2..=10_000))]
    classes: u64,
    /// Number of minority classes [default: half of all, rounded down]
    #[arg(long)]
    minorities: Option<u64>,
    /// Samples of a minority class
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    minority: u64,
    /// Largest imbalance ratio
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    ratio: u64,
    /// Depths M, one panel each [default: 1,2,3; under cross-entropy 1]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..=64))]
    depths: Vec<u64>,
    /// The loss
    #[arg(long, value_enum, default_value = "mse")]
    loss: LossWord,
    /// The bias
    #[arg(long, value_enum, default_value = "none")]
    bias: BiasWord,
}

impl Figure for Phase {
    fn drawing(&self, _: &[Case], _: Progress) -> Result<Drawing, Refusal> {
        let loss = Loss::from(self.loss);
        let usual: &[u64] = if loss == Loss::Mse { &[1, 2, 3] } else { &[1] };
        let given = if self.depths.is_empty() { usual } else { &self.depths };
        if let Some(depth) = given.iter().find(|depth| loss == Loss::CrossEntropy && **depth > 1) {
            return Err(Refusal::new(
                &format!("no boundaries are known of cross-entropy with {depth} layers and unequal counts"),
                "--depths 1; for equal counts `tightframe plot cross-entropy`",
            ));
        }
        let minorities = self.minorities.unwrap_or(self.classes / 2);
        if !(1..self.classes).contains(&minorities) {
            return Err(Refusal::new(
                &format!("{minorities} of {} classes cannot be the minorities", self.classes),
                &format!("--minorities between 1 and {}", self.classes - 1),
            ));
        }
        let diagram = Diagram {
            loss,
            classes: self.classes as usize,
            minorities: minorities as usize,
            minority: self.minority,
            ratio: self.ratio,
            depths: depths(given)?,
            bias: self.bias.into(),
        };
        let panels = diagram.panels()?;
        Ok(Box::new(move |sheet| figure(&diagram, &panels, sheet)))
    }
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagram {
    /// The loss; under cross-entropy the one depth is 1.
    pub loss: Loss,
    /// Number of classes.
    pub classes: usize,
    /// Number of minority classes.
    pub minorities: usize,
    /// Samples of a minority class.
    pub minority: u64,
    /// The largest imbalance ratio.
    pub ratio: u64,
    /// Depths, one panel each.
    pub depths: Vec<usize>,
    /// The bias.
    pub bias: Bias,
}

/// Columns at which the boundary is computed, less one; between them it is drawn straight.
const COLUMNS: u64 = 64;
const WIDTH: f64 = 900.0;
const BARS: Stroke = Stroke { colour: Colour(150, 90, 0), width: 0.6, dashes: &[] };

/// One column of the diagram: the imbalance ratio and the edges of the modes there, each `(global, existence)`.
struct Column {
    ratio: f64,
    edges: Vec<(StepMode, f64, f64)>,
}

impl Diagram {
    /// The family's members at which the boundary of a depth is computed, by growing imbalance.
    pub fn columns(&self, depth: usize) -> Vec<Step> {
        let most = self.minority.saturating_mul(self.ratio);
        let step = |majority: u64| Step {
            loss: self.loss,
            classes: self.classes,
            minorities: self.minorities,
            minority: self.minority,
            majority,
            depth,
            bias: self.bias,
        };
        let spread = log10(self.ratio as f64) / COLUMNS as f64;
        let mut majorities: Vec<u64> = (0..=COLUMNS)
            .map(|i| (self.minority as f64 * libm::pow(10.0, spread * i as f64)).round() as u64)
            .map(|n| n.clamp(self.minority, most))
            .collect();
        majorities.dedup();
        majorities.into_iter().map(step).collect()
    }

    fn panels(&self) -> Result<Vec<(usize, Vec<Column>)>, Mistake> {
        self.depths.iter().map(|depth| Ok((*depth, self.computed(*depth)?))).collect()
    }

    fn computed(&self, depth: usize) -> Result<Vec<Column>, Mistake> {
        let column = |step: Step| {
            let edges = step.edges(BITS)?;
            Ok(Column {
                ratio: step.majority as f64 / step.minority as f64,
                edges: edges.into_iter().map(|(m, e)| (m, middle(&e.global), middle(&e.existence))).collect(),
            })
        };
        self.columns(depth).into_iter().map(column).collect()
    }
}

/// What holds below a mode's edge and above those of the larger ones, in words and colour.
fn region(lost: Option<StepMode>, all: bool, diagram: &Diagram) -> (&'static str, Colour, bool) {
    let merges = (diagram.loss, diagram.bias) != (Loss::Mse, Bias::None);
    match lost {
        None if diagram.loss == Loss::CrossEntropy => {
            ("all classes are apart", Colour(86, 180, 233).tint(0.45), false)
        }
        None => ("every class is kept", Colour(86, 180, 233).tint(0.45), false),
        Some(_) if all => ("everything is lost", Colour::GREY, false),
        Some(StepMode::Minority) if merges => {
            ("minority classes merge", Colour(230, 159, 0).tint(0.35), false)
        }
        Some(_) => ("minority classes are lost", Colour(230, 159, 0).tint(0.75), true),
    }
}

/// The figure.
fn figure(diagram: &Diagram, panels: &[(usize, Vec<Column>)], sheet: &Sheet) -> Canvas {
    let edges = || panels.iter().flat_map(|(_, c)| c).flat_map(|c| &c.edges);
    let low = edges().map(|e| e.1).fold(f64::INFINITY, f64::min) / 2.0;
    let high = edges().map(|e| e.2).fold(0.0, f64::max) * 2.0;

    let bias = bias_words(diagram.bias);
    let loss = if diagram.loss == Loss::Mse { "mean squared error" } else { "cross-entropy" };
    let title = format!("Phase diagram of collapse, K = {}, {loss}, {bias}", diagram.classes);
    let classes = |n: usize| if n == 1 { "1 class".to_owned() } else { format!("{n} classes") };
    let subtitle = format!(
        "{} with {} samples, {} with that times the imbalance ratio; all weights λ (boundaries proven)",
        classes(diagram.minorities),
        diagram.minority,
        classes(diagram.classes - diagram.minorities),
    );
    let width = sheet.width(WIDTH);
    let (mut canvas, top) = Canvas::new(width, 0.0, sheet.title(&title), &subtitle);
    let across = Rectangle { x: MARGIN, y: top, width: width - 2.0 * MARGIN, height: 0.0 };
    let modes: Vec<StepMode> = panels[0].1[0].edges.iter().map(|e| e.0).collect();
    let top = top + legend(&mut canvas, across, &entries(&modes, diagram)) + 30.0;
    let frames = frames(panels.len(), width, (top, sheet.height(340.0)), 34.0);
    for ((depth, columns), frame) in panels.iter().zip(&frames) {
        let y = Axis::logarithmic("regularisation λ of every factor", low, high);
        let x = Axis::logarithmic("imbalance ratio", 1.0, diagram.ratio.max(2) as f64);
        let x = x.thinned((frame.width / 34.0) as usize);
        let panel = Panel { frame: *frame, x, y: if frame.x > LEFT { y.silent() } else { y } };
        regions(&mut canvas, &panel, columns, &modes, diagram);
        boundaries(&mut canvas, &panel, columns, &modes, *depth);
        panel.frame(&mut canvas);
        let above = (frame.x + frame.width / 2.0, frame.y - 9.0);
        canvas.text(&format!("M = {depth}"), above, LABEL, Anchor::Middle);
        canvas.height = frame.bottom() + BELOW + 6.0;
    }
    canvas
}

fn entries(modes: &[StepMode], diagram: &Diagram) -> Vec<(Key, String)> {
    let area = |lost: Option<StepMode>, all: bool| {
        let (words, fill, hatched) = region(lost, all, diagram);
        let key = match hatched {
            true => Key::Bars { fill, stroke: BARS },
            false => Key::Area { fill, hatch: None },
        };
        (key, words.to_owned())
    };
    let mut all = vec![area(None, false)];
    for (i, mode) in modes.iter().enumerate().rev() {
        all.push(area(Some(*mode), i == 0));
    }
    let line = |stroke, words: &str| (Key::Line { stroke, marker: None }, words.to_owned());
    all.push(line(Stroke::solid(Colour::INK, 2.0), "exact threshold"));
    if diagram.depths.iter().any(|m| *m > 1) {
        all.push(line(
            Stroke::dashed(Colour::INK, 1.4),
            "up to here the smallest mode has a local minimum (metastable)",
        ));
    }
    all
}

fn regions(canvas: &mut Canvas, panel: &Panel, columns: &[Column], modes: &[StepMode], diagram: &Diagram) {
    let f = panel.frame;
    canvas.area(f, region(None, false, diagram).1);
    // From the smallest mode up: above its edge it is lost.
    for (i, mode) in modes.iter().enumerate().rev() {
        let (_, fill, hatched) = region(Some(*mode), i == 0, diagram);
        let edge: Vec<(f64, f64)> = columns.iter().map(|c| panel.place(c.ratio, c.edges[i].1)).collect();
        let mut area = edge.clone();
        area.extend([(f.right(), f.y), (f.x, f.y)]);
        canvas.polygon(&area, fill);
        if hatched {
            upwards_hatch(canvas, &edge, f, BARS);
        }
    }
}

/// Upright lines above a curve: for the eye that does not tell the colours apart.
fn upwards_hatch(canvas: &mut Canvas, edge: &[(f64, f64)], f: Rectangle, stroke: Stroke) {
    let mut lines = Vec::new();
    let mut next = f.x + 4.0;
    for pair in edge.windows(2) {
        while next <= pair[1].0 {
            let share = (next - pair[0].0) / (pair[1].0 - pair[0].0);
            let y = pair[0].1 + share * (pair[1].1 - pair[0].1);
            lines.push([(next, y), (next, f.y)]);
            next += 9.0;
        }
    }
    canvas.strokes(&lines, stroke);
}

fn boundaries(canvas: &mut Canvas, panel: &Panel, columns: &[Column], modes: &[StepMode], depth: usize) {
    for i in 0..modes.len() {
        let edge: Vec<(f64, f64)> = columns.iter().map(|c| (c.ratio, c.edges[i].1)).collect();
        panel.curve(canvas, &edge, Stroke::solid(Colour::INK, 2.0));
    }
    if let (true, Some(last)) = (depth > 1, modes.len().checked_sub(1)) {
        let edge: Vec<(f64, f64)> = columns.iter().map(|c| (c.ratio, c.edges[last].2)).collect();
        panel.curve(canvas, &edge, Stroke::dashed(Colour::INK, 1.4));
    }
}
