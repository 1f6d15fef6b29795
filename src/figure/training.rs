//! Training curves: objective gap, neural-collapse metrics and mode strengths, one column a run.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Colour, LABEL, NOTE, Stroke};
use super::curves::{Against, Curve, Curves, DECADES, check};
use super::kind::{Drawing, Figure, Progress, Refusal, Sheet};
use super::letters;
use super::measured::{Column, MethodWord, RunOptions};
use super::panel::{Key, LEFT, MARGIN, Panel, legend};
use super::path::Rectangle;
use super::words::{log10, setting};
use crate::case::Case;
use crate::study::Study;
use crate::verdict::News;
use clap::Args;

/// Curves along a run: objective gap, NC1 to NC3, mode strengths (measured)
///
/// Several cases that share counts, bias and targets stand side by side.
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot training my.toml -o flow.svg
  tightframe plot training my.toml --method sgd --against evaluations -o sgd.png
  tightframe plot training m1.toml m3.toml m6.toml --title \"Three depths\" -o depths.svg
  tightframe plot training checkpoints.toml --measured -o epochs.svg")]
pub struct Training {
    #[command(flatten)]
    run: RunOptions,
    /// The horizontal axis [default: time for the flow, evaluations otherwise]
    #[arg(long, value_enum)]
    against: Option<Against>,
    /// Draw the networks of the case's [measured], one an epoch, instead of training one
    #[arg(long, conflicts_with = "against")]
    measured: bool,
}

impl Figure for Training {
    fn drawing(&self, cases: &[Case], progress: Progress) -> Result<Drawing, Refusal> {
        if cases.len() > MOST_COLUMNS {
            let words =
                format!("{} cases are given; a figure has room for {MOST_COLUMNS} columns", cases.len());
            return Err(Refusal::new(&words, "draw two figures"));
        }
        let done = progress("runs", 2 * cases.len() as u64);
        let listener = |news: News<'_>| done(Some(news));
        let studies: Vec<Study> = cases.iter().map(|case| self.run.study(case, true, &listener)).collect();
        let columns = studies.iter().map(|study| Column::of(study, self.measured));
        let columns: Vec<Column> = columns.collect::<Result<_, _>>()?;
        let (method, natural) = match self.run.method {
            _ if self.measured => ("Checkpoints", Against::Epochs),
            MethodWord::Flow => ("Gradient flow", Against::Time),
            MethodWord::Sgd => ("Momentum descent, rate 0.1, momentum 0.9", Against::Evaluations),
            MethodWord::Lbfgs => ("Limited-memory BFGS", Against::Evaluations),
        };
        let title = cases.first().map_or("", Case::title);
        figure(title, &columns, method, self.against.unwrap_or(natural)).map_err(|r| match cases {
            [first, ..] => r.of(first),
            [] => r,
        })
    }
}

/// Columns at most.
pub const MOST_COLUMNS: usize = 4;
/// Gaps and metrics below this are rounding.
const FLOOR: f64 = 1e-14;
const HEIGHT: f64 = 186.0;

/// The figure of one or more runs. `method` is how they descended, in words.
fn figure(title: &str, columns: &[Column], method: &str, against: Against) -> Result<Drawing, Refusal> {
    check(columns)?;
    let Some(first) = columns.first() else {
        return Err(Refusal::new("there is no run to draw", "name a case"));
    };
    let drawn: Vec<Curves> = columns.iter().map(|c| Curves::of(c, against)).collect::<Result<_, _>>()?;
    let mut subtitle = format!("{method}, {} (measured)", first.name);
    if let [one] = columns {
        subtitle += &format!(": {}; ended {}", setting(one.problem), one.ended);
    }
    let gap = if first.best == 0.0 { "gap" } else { "relative gap" };
    let title = title.to_owned();
    Ok(Box::new(move |sheet| {
        let layout = Layout::of(&drawn, against, sheet);
        let (mut canvas, top) = Canvas::new(layout.width, 0.0, sheet.title(&title), &subtitle);
        let y = layout.curves(&mut canvas, top, (gap, 6, Place::Above), |c| &c.gap);
        let has_modes = drawn.iter().any(|c| !c.strengths.is_empty());
        let last = if has_modes { Place::Above } else { Place::Last };
        let y = layout.curves(&mut canvas, y, ("NC metrics", 0, last), |c| &c.metrics);
        let bottom = if has_modes { layout.strengths(&mut canvas, y) } else { y - BELOW_CURVES };
        layout.words(&mut canvas, bottom, against);
        canvas
    }))
}

/// Rows of panels, a column a run. Words stand at the first column only, and below the last row only.
struct Layout<'a> {
    drawn: &'a [Curves],
    width: f64,
    /// Width of a panel.
    each: f64,
    /// Height of a panel.
    height: f64,
    horizontal: Axis,
}

/// Between two columns.
const BETWEEN: f64 = 16.0;
/// Below a row of curves.
const BELOW_CURVES: f64 = 14.0;

/// Where a row of panels stands: words of the horizontal axis stand below the last only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Above,
    Last,
}

impl<'a> Layout<'a> {
    fn of(drawn: &'a [Curves], against: Against, sheet: &Sheet) -> Self {
        let width = sheet.width(if drawn.len() == 1 { 820.0 } else { 960.0 });
        let number = drawn.len() as f64;
        let each = (width - LEFT - MARGIN - 10.0 - BETWEEN * (number - 1.0)) / number;
        let horizontal = horizontal(drawn, against, (each / 50.0) as usize);
        Self { drawn, width, each, height: sheet.height(HEIGHT), horizontal }
    }

    /// The words below all panels.
    fn words(&self, canvas: &mut Canvas, bottom: f64, against: Against) {
        let words = match against {
            Against::Time => "time t along the flow θ′ = −∇f(θ)",
            Against::Evaluations => "gradient evaluations",
            Against::Epochs => "epochs",
        };
        let middle = LEFT + (self.width - LEFT - MARGIN) / 2.0;
        canvas.text(words, (middle, bottom + 40.0), LABEL, Anchor::Middle);
        let note = "NC2, NC3: ‖X/‖X‖ − P/‖P‖‖ of a measured X and its predicted P, the larger of two; Frobenius norms.";
        let mut y = bottom + 49.0;
        for line in letters::wrapped(note, NOTE - 1.0, self.width - LEFT - MARGIN) {
            y += 15.0;
            canvas.text(&line, (LEFT, y), NOTE - 1.0, Anchor::Start);
        }
        canvas.height = y + 12.0;
    }

    fn panel(&self, i: usize, y: f64, x: Axis, axis: &Axis) -> Panel {
        let x0 = LEFT + i as f64 * (self.each + BETWEEN);
        let frame = Rectangle { x: x0, y, width: self.each, height: self.height };
        Panel { frame, x, y: if i == 0 { axis.clone() } else { axis.silent() } }
    }

    /// Draws the legend of a row; where its panels begin.
    fn legend(&self, canvas: &mut Canvas, y: f64, entries: &[(Key, String)]) -> f64 {
        let across = Rectangle { x: LEFT, y, width: self.width - LEFT - MARGIN, height: 0.0 };
        y + legend(canvas, across, entries) + 4.0
    }

    /// Draws a row of curves over decades, coloured from a number on; where the next one begins.
    fn curves(
        &self,
        canvas: &mut Canvas,
        top: f64,
        (label, colour, place): (&str, usize, Place),
        curves: fn(&Curves) -> &Vec<Curve>,
    ) -> f64 {
        let mut y = self.legend(canvas, top, &keys(curves(&self.drawn[0]), colour));
        let axis = decades(label, self.drawn.iter().flat_map(curves));
        let headed = colour > 0 && self.drawn.len() > 1;
        y += if headed { 22.0 } else { 0.0 };
        for (i, c) in self.drawn.iter().enumerate() {
            let horizontal = match place {
                Place::Above => self.horizontal.silent(),
                Place::Last => self.horizontal.clone(),
            };
            let panel = self.panel(i, y, horizontal, &axis);
            if headed {
                let words = letters::cut(&c.heading, LABEL, self.each);
                canvas.text(&words, (panel.frame.x + self.each / 2.0, y - 9.0), LABEL, Anchor::Middle);
            }
            panel.grid(canvas);
            inked(canvas, &panel, curves(c), colour);
            panel.frame(canvas);
        }
        y + self.height + BELOW_CURVES
    }

    /// Draws the row of mode strengths with their predicted levels; where it ends.
    fn strengths(&self, canvas: &mut Canvas, top: f64) -> f64 {
        let dashed = Stroke::dashed(Colour::INK, 1.2);
        let mut entries = keys(&self.drawn[0].strengths, 0);
        entries.push((
            Key::Line { stroke: dashed, marker: None },
            "predicted level (proven), in its mode's colour".to_owned(),
        ));
        if self.drawn.iter().any(|c| !c.copies.is_empty()) {
            let pale = Stroke::solid(Colour::INK.tint(0.6), 1.3);
            entries.push((Key::Line { stroke: pale, marker: None }, "further copies".to_owned()));
        }
        let dotted = Stroke::dotted(Colour::INK, 2.2);
        if self.drawn.iter().any(|c| !c.aligned.is_empty()) {
            let words = "predicted flow of an aligned, balanced network";
            entries.push((Key::Line { stroke: dotted, marker: None }, words.to_owned()));
        }
        let y = self.legend(canvas, top, &entries);
        let all = self
            .drawn
            .iter()
            .flat_map(|c| c.strengths.iter().map(|s| &s.1).chain(c.copies.iter().map(|s| &s.1)));
        let most = all.flatten().map(|p| p.1).fold(1.0, f64::max).min(3.0);
        let axis = Axis::linear("mode strength", -0.04, most * 1.06);
        for (i, c) in self.drawn.iter().enumerate() {
            let panel = self.panel(i, y, self.horizontal.clone(), &axis);
            panel.grid(canvas);
            for (owner, curve) in &c.copies {
                panel.curve(canvas, curve, Stroke::solid(Colour::curve(*owner).tint(0.6), 1.3));
            }
            inked(canvas, &panel, &c.strengths, 0);
            for (owner, curve) in &c.aligned {
                let ink = Colour::curve(*owner).mixed(Colour::INK, 0.6);
                panel.curve(canvas, curve, Stroke { colour: ink, ..dotted });
            }
            // In the colour of its mode, darker than the curve that ends on it.
            for (mode, level) in c.levels.iter().enumerate() {
                let ink = Colour::curve(mode).mixed(Colour::INK, 0.4);
                panel.level(canvas, *level, Stroke { colour: ink, ..dashed });
            }
            panel.frame(canvas);
        }
        y + self.height
    }
}

fn horizontal(drawn: &[Curves], against: Against, labels: usize) -> Axis {
    let all = drawn.iter().flat_map(|c| &c.gap[0].1).map(|p| p.0);
    let (low, high) = all.fold((f64::INFINITY, 0.0), |(a, b): (f64, f64), x| (a.min(x), b.max(x)));
    let floor = match against {
        Against::Time => high * libm::pow(10.0, -DECADES),
        // The first step is at one evaluation or so, and shows nothing yet.
        Against::Evaluations => 10.0_f64.min(high / 10.0),
        Against::Epochs => return Axis::linear("", low, high).thinned(labels),
    };
    Axis::logarithmic("", low.max(floor), high).thinned(labels)
}

fn keys(curves: &[Curve], first: usize) -> Vec<(Key, String)> {
    curves
        .iter()
        .enumerate()
        .map(|(i, (name, _))| {
            let stroke = Stroke::solid(Colour::curve(first + i), 2.0);
            (Key::Line { stroke, marker: Some(first + i) }, name.clone())
        })
        .collect()
}

/// A logarithmic axis over whole decades that holds the curves.
fn decades<'a>(label: &str, curves: impl Iterator<Item = &'a Curve>) -> Axis {
    let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
    for (_, y) in curves.flat_map(|c| &c.1).filter(|(_, y)| *y > 0.0) {
        (low, high) = (low.min(*y), high.max(*y));
    }
    let low = log10(low.clamp(FLOOR, 1e300)).floor();
    let high = log10(high.max(FLOOR * 10.0)).ceil().max(low + 1.0);
    Axis::logarithmic(label, libm::pow(10.0, low), libm::pow(10.0, high))
}

fn inked(canvas: &mut Canvas, panel: &Panel, curves: &[Curve], first: usize) {
    for (i, (_, values)) in curves.iter().enumerate() {
        panel.curve(canvas, values, Stroke::solid(Colour::curve(first + i), 2.0));
    }
    for (i, (_, values)) in curves.iter().enumerate() {
        panel.markers(canvas, values, first + i, Colour::curve(first + i), 110.0);
    }
}
