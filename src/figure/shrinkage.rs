//! Shrinkage against regularisation: every branch of every mode as all weights of a case are scaled, and below it
//! the three bands of each mode.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Colour, NOTE, Stroke};
use super::kind::{Drawing, Figure, Progress, Refusal, Sheet};
use super::letters;
use super::panel::{BELOW, Key, MARGIN, Panel, legend};
use super::path::Rectangle;
use super::words::{BITS, chosen, common_weight, middle, mode_label, setting, short};
use crate::case::{Case, Loss, Problem};
use crate::exact::{DIGITS, Enclosure, Integer, Rational};
use crate::theory::phase::{Edges, scale_at};
use crate::theory::{Law, Optimum};
use clap::Args;
use num_traits::ToPrimitive;

/// Shrinkage of every mode as the regularisation of a case is scaled, with its bands (proven)
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot shrinkage cases/papers/dang2023/imbalanced-m3.toml -o shrinkage.svg")]
pub struct Shrinkage {}

impl Figure for Shrinkage {
    fn drawing(&self, cases: &[Case], _: Progress) -> Result<Drawing, Refusal> {
        figure(cases[0].title(), cases[0].problem()).map_err(|r| r.of(&cases[0]))
    }
}

const WIDTH: f64 = 780.0;
/// Curves at most.
const CURVES: usize = 7;
/// Points on the linear part of a branch.
const POINTS: i64 = 96;
/// Room for the words beside the bands.
const SIDE: f64 = 116.0;

/// A mode with its edges and branches, on the axis that is drawn.
struct Drawn {
    label: String,
    global: f64,
    existence: f64,
    upper: Vec<(f64, f64)>,
    lower: Vec<(f64, f64)>,
}

/// The figure of a case.
fn figure(title: &str, problem: &Problem) -> Result<Drawing, Refusal> {
    if problem.loss() != Loss::Mse {
        return Err(Refusal::new(
            "shrinkage is a notion of the mean squared error; this case has cross-entropy",
            "`tightframe plot cross-entropy` draws what is known there",
        ));
    }
    let optimum = Optimum::of(problem, DIGITS);
    let law = &optimum.law;
    // Without a common value the axis is the factor on the weights as they stand.
    let (unit, label) = match common_weight(problem) {
        Some(λ) => (λ.clone(), "regularisation λ of every factor"),
        None => (Rational::from(Integer::from(1)), "factor on all weights of the case"),
    };
    let own = unit.to_f64().unwrap_or(f64::NAN);
    // Only as many modes as the widths leave room for.
    let mut room = problem.rank_budget();
    let reachable = optimum.modes.iter().take_while(|m| {
        let open = room > 0;
        room = room.saturating_sub(m.mode.block.multiplicity);
        open
    });
    let reachable = reachable.count();
    let shown: Vec<usize> = chosen(&optimum, CURVES).into_iter().filter(|m| *m < reachable).collect();
    let mut ranges = Vec::new();
    for m in &shown {
        let target = &optimum.modes[*m].mode.block.target_sq;
        let edges = Edges::of(law, target, BITS).map_err(|_| unsettled())?;
        ranges.push((middle(&edges.global) * own, middle(&edges.existence) * own));
    }
    if shown.is_empty() {
        return Err(Refusal::new(
            "all targets are zero: there is no mode to draw",
            "give the classes different targets",
        ));
    }
    let least = ranges.iter().map(|r| r.0).fold(own, f64::min) / 12.0;
    let most = ranges.iter().map(|r| r.1).fold(own, f64::max) * 2.5;
    let drawn: Vec<Drawn> = shown
        .iter()
        .zip(&ranges)
        .map(|(m, (global, existence))| {
            let target = &optimum.modes[*m].mode.block.target_sq;
            let branch = |upper| branch(law, target, upper, least / own, own);
            Ok(Drawn {
                label: mode_label(&optimum, *m),
                global: *global,
                existence: *existence,
                upper: branch(true)?,
                lower: branch(false)?,
            })
        })
        .collect::<Result<_, Refusal>>()?;

    let hidden = match optimum.modes.len() - shown.len() {
        0 => String::new(),
        _ => format!(", {} of {} distinct modes", shown.len(), optimum.modes.len()),
    };
    let subtitle = format!("Shrinkage u of each mode against λ: {}{hidden} (proven)", setting(problem));
    let shown = Shown {
        title: title.to_owned(),
        subtitle,
        depth: law.depth,
        drawn,
        range: (least, most),
        label,
        own,
        weight: common_weight(problem).cloned(),
    };
    Ok(Box::new(move |sheet| shown.on(sheet)))
}

/// Everything that the figure shows.
struct Shown {
    title: String,
    subtitle: String,
    depth: u32,
    drawn: Vec<Drawn>,
    range: (f64, f64),
    label: &'static str,
    own: f64,
    weight: Option<Rational>,
}

impl Shown {
    fn on(&self, sheet: &Sheet) -> Canvas {
        let width = sheet.width(WIDTH);
        let (mut canvas, top) = Canvas::new(width, 0.0, sheet.title(&self.title), &self.subtitle);
        let across = Rectangle { x: MARGIN, y: top, width: width - 2.0 * MARGIN, height: 0.0 };
        let top = top + legend(&mut canvas, across, &entries(&self.drawn, self.depth));
        let height = sheet.height(330.0);
        let frame = Rectangle { x: SIDE, y: top + 24.0, width: width - SIDE - 24.0, height };
        let (least, most) = self.range;
        let axis = Axis::logarithmic(self.label, least, most).thinned((frame.width / 46.0) as usize);
        let panel = Panel { frame, x: axis.silent(), y: Axis::linear("shrinkage u", -0.03, 1.03) };
        panel.grid(&mut canvas);
        branches(&mut canvas, &panel, &self.drawn, self.depth, most);
        let bottom = bands(&mut canvas, &panel, &self.drawn, axis);
        own_weight(&mut canvas, &panel, self.own, bottom, self.weight.as_ref());
        panel.frame(&mut canvas);
        canvas.height = bottom + BELOW + 6.0;
        canvas
    }
}

fn unsettled() -> Refusal {
    Refusal::new("a target is not settled to be positive", "`tightframe predict` says what is undecided")
}

/// One branch as values `(λ, u)`, from the largest `u` down for the upper one, from small `u` up for the lower one.
///
/// `u` is the parameter: `λ` is then an explicit root, and the fold is met exactly.
fn branch(
    law: &Law,
    target: &Enclosure,
    upper: bool,
    least: f64,
    own: f64,
) -> Result<Vec<(f64, f64)>, Refusal> {
    let m = i64::from(law.depth);
    if !upper && m == 1 {
        return Ok(Vec::new());
    }
    let ratio = |p: i64, q: i64| Rational::new(Integer::from(p), Integer::from(q));
    let fold = ratio(m - 1, 2 * m);
    let whole = ratio(1, 1);
    // x is the distance from the branch's far end: 1 − u, or u.
    let reach = if upper { &whole - &fold } else { fold };
    let mut values = Vec::new();
    let mut push = |x: &Rational| {
        let u = if upper { &whole - x } else { x.clone() };
        let s = middle(&scale_at(law, target, &u, BITS).map_err(|_| unsettled())?);
        values.push((s * own, u.to_f64().unwrap_or(f64::NAN)));
        Ok::<f64, Refusal>(s)
    };
    for i in 0..POINTS {
        let x = &reach * ratio(POINTS - i, POINTS);
        if x < whole {
            push(&x)?;
        }
    }
    let mut x = &reach / ratio(POINTS, 1);
    // Towards the far end in steps that are equal on the logarithmic axis.
    for _ in 0..400 {
        x *= ratio(4, 5);
        if push(&x)? < least {
            break;
        }
    }
    Ok(values)
}

fn entries(drawn: &[Drawn], depth: u32) -> Vec<(Key, String)> {
    let mut all: Vec<(Key, String)> = drawn
        .iter()
        .enumerate()
        .map(|(i, d)| {
            (Key::Line { stroke: Stroke::solid(Colour::curve(i), 2.0), marker: Some(i) }, d.label.clone())
        })
        .collect();
    let ink = Colour::INK;
    let line = |stroke, words: &str| (Key::Line { stroke, marker: None }, words.to_owned());
    all.push(line(Stroke::solid(ink, 2.0), "optimum"));
    if depth > 1 {
        all.push(line(Stroke::dashed(ink, 2.0), "local minimum, zero is better"));
        all.push(line(Stroke::dotted(ink, 1.6), "saddle"));
    }
    let marker = |filled| Key::Marker { kind: 0, colour: ink, filled };
    all.push((marker(true), "threshold".to_owned()));
    if depth > 1 {
        all.push((marker(false), "zero, as good there".to_owned()));
    }
    all.push((Key::Area { fill: global_fill(ink), hatch: None }, "global".to_owned()));
    if depth > 1 {
        all.push((
            Key::Area { fill: Colour::PAPER, hatch: Some(Stroke::solid(ink, 1.0)) },
            "metastable".to_owned(),
        ));
    }
    all.push((Key::Area { fill: Colour::GREY, hatch: None }, "dead".to_owned()));
    all
}

fn global_fill(colour: Colour) -> Colour {
    colour.tint(0.55)
}

fn branches(canvas: &mut Canvas, panel: &Panel, drawn: &[Drawn], depth: u32, most: f64) {
    let tie = (f64::from(depth) - 1.0) / f64::from(depth);
    for (i, d) in drawn.iter().enumerate() {
        let colour = Colour::curve(i);
        panel.curve(canvas, &d.lower, Stroke::dotted(colour, 1.6));
        // The branch up to the tie is the optimum; from there to the fold it is a local minimum.
        let mut kept: Vec<(f64, f64)> = d.upper.iter().copied().filter(|(_, u)| *u > tie).collect();
        kept.insert(0, (d.global, tie));
        let mut local: Vec<(f64, f64)> = d.upper.iter().copied().filter(|(_, u)| *u < tie).collect();
        local.push((d.global, tie));
        if depth > 1 {
            panel.curve(canvas, &local, Stroke::dashed(colour, 2.0));
            panel.curve(canvas, &[(d.global, tie), (d.global, 0.0)], Stroke::solid(colour, 0.7));
        }
        panel.curve(canvas, &kept, Stroke::solid(colour, 2.2));
        panel.curve(canvas, &[(d.global, 0.0), (most, 0.0)], Stroke::solid(colour, 2.2));
        // The threshold has a marker of its own.
        let tie_at = panel.place(d.global, tie).1;
        let thinned: Vec<(f64, f64)> =
            kept.iter().copied().filter(|(λ, u)| panel.place(*λ, *u).1 < tie_at - 25.0).collect();
        panel.markers(canvas, &thinned, i, colour, 95.0);
    }
    for (i, d) in drawn.iter().enumerate() {
        canvas.marker(i, panel.place(d.global, tie), Colour::curve(i), true);
        if depth > 1 {
            canvas.marker(i, panel.place(d.global, 0.0), Colour::curve(i), false);
        }
    }
}

/// One row a mode below the panel; returns where they end.
fn bands(canvas: &mut Canvas, panel: &Panel, drawn: &[Drawn], axis: Axis) -> f64 {
    let f = panel.frame;
    let (row, gap) = (17.0, 5.0);
    let mut y = f.bottom() + 16.0;
    for (i, d) in drawn.iter().enumerate() {
        let colour = Colour::curve(i);
        let at = |λ: f64| panel.place(λ, 0.0).0.clamp(f.x, f.right());
        let (a, b) = (at(d.global), at(d.existence));
        let part = |from: f64, to: f64| Rectangle { x: from, y, width: to - from, height: row };
        canvas.area(part(f.x, a), global_fill(colour));
        canvas.area(part(b, f.right()), Colour::GREY);
        if b - a > 0.5 {
            canvas.hatch(part(a, b), 5.0, Stroke::solid(colour, 1.0));
        }
        canvas.outline(part(f.x, f.right()), Stroke::solid(Colour::INK, 0.6));
        for x in [a, b] {
            canvas.line(&[(x, y), (x, y + row)], Stroke::solid(Colour::INK, 1.0));
        }
        let label = letters::cut(&d.label, NOTE, SIDE - 34.0);
        canvas.text(&label, (f.x - 24.0, y + row * 0.75), NOTE, Anchor::End);
        canvas.marker(i, (f.x - 12.0, y + row / 2.0), colour, true);
        y += row + gap;
    }
    // The axis of λ stands below the bands, which share it with the panel above.
    let thin =
        Rectangle { x: f.x, y: f.bottom() + 16.0, width: f.width, height: y - gap - f.bottom() - 16.0 };
    let below = Panel { frame: thin, x: axis, y: Axis::slots("", &[]) };
    below.frame(canvas);
    thin.bottom()
}

fn own_weight(canvas: &mut Canvas, panel: &Panel, own: f64, bottom: f64, weight: Option<&Rational>) {
    let (x, f) = (panel.place(own, 0.0).0, panel.frame);
    canvas.line(&[(x, f.y), (x, bottom)], Stroke::dashed(Colour::INK, 1.1));
    let words = match weight {
        Some(λ) => format!("this case, λ = {}", short(&λ.clone().into())),
        None => "this case".to_owned(),
    };
    let half = letters::width(&words, NOTE) / 2.0;
    let x = x.clamp(f.x + half, (f.right() - half).max(f.x + half));
    canvas.text(&words, (x, f.y - 7.0), NOTE, Anchor::Middle);
}
