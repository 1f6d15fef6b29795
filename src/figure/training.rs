//! Training curves: objective gap, neural-collapse metrics and mode strengths, one column a run.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Colour, LABEL, NOTE, Stroke};
use super::kind::{Drawing, Figure, Progress, Refusal, Sheet};
use super::letters;
use super::measured::{Column, MethodWord, RunOptions, squared};
use super::panel::{Key, LEFT, MARGIN, Panel, legend};
use super::path::Rectangle;
use super::words::{chosen, log10, middle, mode_label, setting};
use crate::case::Case;
use crate::study::Study;
use crate::verdict::{News, TrajectoryPoint};
use clap::{Args, ValueEnum};

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
        cases.iter().try_for_each(|case| squared(case, "training curves"))?;
        if cases.len() > MOST_COLUMNS {
            let words =
                format!("{} cases are given; a figure has room for {MOST_COLUMNS} columns", cases.len());
            return Err(Refusal::new(&words, "draw two figures"));
        }
        let done = progress("runs", 2 * cases.len() as u64);
        let listener = |news: News<'_>| done(Some(news));
        let studies: Vec<Study> = cases.iter().map(|case| self.run.study(case, true, &listener)).collect();
        let column = |study| if self.measured { Column::measured(study) } else { Column::run(study) };
        let columns: Vec<Option<Column>> = studies.iter().map(column).collect::<Result<_, _>>()?;
        let columns: Vec<Column> = columns.into_iter().flatten().collect();
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

/// What the curves are drawn against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Against {
    /// Time along the flow.
    Time,
    /// Gradient evaluations.
    Evaluations,
    /// Epochs of checkpoints.
    #[value(skip)]
    Epochs,
}

/// Columns at most.
pub const MOST_COLUMNS: usize = 4;
/// Modes at most.
const CURVES: usize = 7;
/// Copies of one mode at most.
const COPIES: usize = 6;
/// Points of a curve at most; a run has more, which no eye tells apart.
const POINTS: f64 = 220.0;
/// Decades of the horizontal axis at most.
const DECADES: f64 = 6.0;
/// Gaps and metrics below this are rounding.
const FLOOR: f64 = 1e-14;
const HEIGHT: f64 = 186.0;

/// A curve with its name.
type Curve = (String, Vec<(f64, f64)>);

/// The curves of one column.
struct Curves {
    /// Its depth and where it ended.
    heading: String,
    gap: Vec<Curve>,
    metrics: Vec<Curve>,
    strengths: Vec<Curve>,
    /// Further copies of a mode: the number of its curve, and theirs.
    copies: Vec<(usize, Vec<(f64, f64)>)>,
    levels: Vec<f64>,
}

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
    let gap = if middle(&first.optimum.objective) == 0.0 { "gap" } else { "relative gap" };
    let title = title.to_owned();
    Ok(Box::new(move |sheet| {
        let layout = Layout::of(&drawn, against, sheet);
        let (mut canvas, top) = Canvas::new(layout.width, 0.0, sheet.title(&title), &subtitle);
        let y = layout.curves(&mut canvas, top, (gap, 6), |c| &c.gap);
        let y = layout.curves(&mut canvas, y, ("NC metrics", 0), |c| &c.metrics);
        let bottom = layout.strengths(&mut canvas, y);
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
        (label, colour): (&str, usize),
        curves: fn(&Curves) -> &Vec<Curve>,
    ) -> f64 {
        let mut y = self.legend(canvas, top, &keys(curves(&self.drawn[0]), colour));
        let axis = decades(label, self.drawn.iter().flat_map(curves));
        let headed = colour > 0 && self.drawn.len() > 1;
        y += if headed { 22.0 } else { 0.0 };
        for (i, c) in self.drawn.iter().enumerate() {
            let panel = self.panel(i, y, self.horizontal.silent(), &axis);
            if headed {
                let words = letters::cut(&c.heading, LABEL, self.each);
                canvas.text(&words, (panel.frame.x + self.each / 2.0, y - 9.0), LABEL, Anchor::Middle);
            }
            panel.grid(canvas);
            inked(canvas, &panel, curves(c), colour);
            panel.frame(canvas);
        }
        y + self.height + 14.0
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

/// Columns share their legends, so their modes must be the same.
fn check(columns: &[Column]) -> Result<(), Refusal> {
    let same = |pair: &[Column]| {
        let (a, b) = (pair[0].problem, pair[1].problem);
        a.counts() == b.counts() && a.bias() == b.bias() && a.targets() == b.targets()
    };
    match columns.windows(2).all(same) {
        true => Ok(()),
        false => Err(Refusal::new(
            "the cases differ in counts, bias or targets, so they share no modes",
            "draw a figure for each",
        )),
    }
}

impl Curves {
    fn of(column: &Column, against: Against) -> Result<Self, Refusal> {
        let points = thinned(&column.points, against);
        if points.len() < 2 {
            return Err(match against {
                Against::Epochs => {
                    Refusal::new("one network is no trajectory", "name several checkpoints under [measured]")
                }
                _ => Refusal::new(
                    "the run ended where it began: there is nothing along it to draw",
                    "raise `evaluations` in the case's [training]",
                ),
            });
        }
        let optimum = column.optimum;
        let best = middle(&optimum.objective);
        let scale = if best > 0.0 { best } else { 1.0 };
        let line = |f: &dyn Fn(&TrajectoryPoint) -> f64| -> Vec<(f64, f64)> {
            points.iter().map(|p| (abscissa(p, against), f(p))).filter(|(_, y)| y.is_finite()).collect()
        };
        let curve = |name: &str, f: &dyn Fn(&TrajectoryPoint) -> f64| (name.to_owned(), line(f));
        let gap_name = if best > 0.0 { "(f − f*)/f*" } else { "f − f*" };
        let modes = chosen(optimum, CURVES);
        let copy = |m: usize, i: usize| line(&|p| p.strengths[m].get(i).copied().unwrap_or(f64::NAN));
        let mut copies = Vec::new();
        for (number, m) in modes.iter().enumerate() {
            copies.extend((1..points[0].strengths[*m].len().min(COPIES)).map(|i| (number, copy(*m, i))));
        }
        Ok(Self {
            heading: format!("M = {} ({})", column.problem.depth(), column.ended),
            gap: vec![curve(gap_name, &|p| (p.objective - best) / scale)],
            metrics: vec![
                curve("NC1: scatter within/between classes", &|p| p.metrics.nc1_traces),
                curve("NC2: Gram matrices", &|p| p.metrics.nc2_classifier.max(p.metrics.nc2_features)),
                curve("NC3: logits, duality", &|p| p.metrics.nc3_logits.max(p.metrics.nc3_duality)),
            ],
            strengths: modes.iter().map(|m| (mode_label(optimum, *m), copy(*m, 0))).collect(),
            copies,
            levels: modes.iter().map(|m| middle(&optimum.modes[*m].shrinkage().0)).collect(),
        })
    }
}

fn abscissa(point: &TrajectoryPoint, against: Against) -> f64 {
    match against {
        Against::Time | Against::Epochs => point.time,
        Against::Evaluations => point.evaluations as f64,
    }
}

/// Points that are apart on a logarithmic axis; the last is always there.
fn thinned(points: &[TrajectoryPoint], against: Against) -> Vec<&TrajectoryPoint> {
    if against == Against::Epochs {
        return points.iter().collect();
    }
    let place = |p: &TrajectoryPoint| log10(abscissa(p, against));
    let positive: Vec<&TrajectoryPoint> = points.iter().filter(|p| abscissa(p, against) > 0.0).collect();
    let (Some(first), Some(last)) = (positive.first(), positive.last()) else { return Vec::new() };
    let apart = (place(last) - place(first)).min(DECADES) / POINTS;
    let mut kept: Vec<&TrajectoryPoint> = vec![first];
    for p in &positive[1..] {
        if kept.last().is_none_or(|k| place(p) - place(k) >= apart) {
            kept.push(p);
        }
    }
    if kept.last().is_some_and(|k| abscissa(k, against) < abscissa(last, against)) {
        kept.push(last);
    }
    kept
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
