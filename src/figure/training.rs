//! Training curves: objective gap, neural-collapse metrics and mode strengths along one run.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Colour, NOTE, Rectangle, Stroke};
use super::panel::{BELOW, Key, LEFT, MARGIN, Panel, legend};
use super::{Refusal, chosen, middle, mode_label, setting};
use crate::case::Problem;
use crate::theory::Optimum;
use crate::verdict::{RunReport, TrajectoryPoint};

/// What the curves are drawn against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// Time along the flow.
    Time,
    /// Gradient evaluations.
    Evaluations,
}

const WIDTH: f64 = 820.0;
/// Modes at most.
const CURVES: usize = 7;
/// Points of a curve at most; a run has more, which no eye tells apart.
const POINTS: f64 = 260.0;
/// Metrics and gaps below this are rounding.
const FLOOR: f64 = 1e-14;
const HEIGHT: f64 = 186.0;

/// The figure of one run with its recorded points. `method` is how it descended, in words.
pub fn figure(
    title: &str,
    problem: &Problem,
    optimum: &Optimum,
    run: &RunReport,
    method: &str,
    against: Against,
) -> Result<Canvas, Refusal> {
    let points = thinned(&run.trajectory, against);
    if points.len() < 2 {
        return Err(Refusal::new(
            "the run ended where it began: there is nothing along it to draw",
            "raise `evaluations` in the case's [training]",
        ));
    }
    let subtitle = format!(
        "{method}, seed {} (measured): {}; ended: {}",
        run.seed,
        setting(problem),
        run.outcome.word().replace('-', " ")
    );
    let (mut canvas, top) = Canvas::new(WIDTH, 0.0, title, &subtitle);
    let best = middle(&optimum.objective);
    let scale = if best > 0.0 { best } else { 1.0 };
    let x = |p: &TrajectoryPoint| abscissa(p, against);
    let line = |f: &dyn Fn(&TrajectoryPoint) -> f64| -> Vec<(f64, f64)> {
        points.iter().map(|p| (x(p), f(p))).filter(|(_, y)| y.is_finite()).collect()
    };
    let gap_name = if best > 0.0 { "(f − f*)/f*" } else { "f − f*" };
    let gap: Vec<Curve> = vec![(gap_name.to_owned(), line(&|p| (p.objective - best) / scale))];
    let metrics: Vec<Curve> = vec![
        ("NC1: tr Σ_W / tr Σ_B".to_owned(), line(&|p| p.metrics.nc1_traces)),
        ("NC2: Gram matrices".to_owned(), line(&|p| p.metrics.nc2_classifier.max(p.metrics.nc2_features))),
        ("NC3: logits, duality".to_owned(), line(&|p| p.metrics.nc3_logits.max(p.metrics.nc3_duality))),
    ];
    let modes = chosen(optimum, CURVES);
    let strengths: Vec<Curve> = modes
        .iter()
        .map(|m| (mode_label(optimum, *m), line(&|p| p.strengths[*m].first().copied().unwrap_or(f64::NAN))))
        .collect();
    let others: Vec<Vec<(f64, f64)>> = modes
        .iter()
        .flat_map(|m| (1..points[0].strengths[*m].len().min(8)).map(move |i| (*m, i)))
        .map(|(m, i)| line(&|p| p.strengths[m].get(i).copied().unwrap_or(f64::NAN)))
        .collect();
    let owners: Vec<usize> = modes
        .iter()
        .enumerate()
        .flat_map(|(c, m)| std::iter::repeat_n(c, points[0].strengths[*m].len().min(8).saturating_sub(1)))
        .collect();

    let range = points.iter().map(|p| x(p)).filter(|x| *x > 0.0);
    let (low, high) = range.fold((f64::INFINITY, 0.0), |(a, b): (f64, f64), x| (a.min(x), b.max(x)));
    let horizontal = Axis::logarithmic(
        match against {
            Against::Time => "time t along the flow θ′ = −∇f (θ)",
            Against::Evaluations => "gradient evaluations",
        },
        low.max(high * 1e-7),
        high,
    );
    let frame = |y: f64| Rectangle { x: LEFT, y, width: WIDTH - LEFT - MARGIN - 10.0, height: HEIGHT };
    let across = |y: f64| Rectangle { x: LEFT, y, width: WIDTH - LEFT - MARGIN, height: 0.0 };

    let mut y = top;
    for (label, curves, first) in [("relative gap", &gap, 6), ("NC metrics", &metrics, 0)] {
        let label = if best == 0.0 && first == 6 { "gap" } else { label };
        y += legend(&mut canvas, across(y), &keys(curves, first)) + 4.0;
        let panel = Panel { frame: frame(y), x: horizontal.silent(), y: decades(label, curves) };
        drawn(&mut canvas, &panel, curves, first);
        y += HEIGHT + 14.0;
    }
    let mut entries = keys(&strengths, 0);
    let dashed = Stroke::dashed(Colour::INK, 1.2);
    entries.push((Key::Line { stroke: dashed, marker: None }, "predicted level (proven)".to_owned()));
    y += legend(&mut canvas, across(y), &entries) + 4.0;
    let seen = strengths.iter().flat_map(|c| &c.1).chain(others.iter().flatten());
    let most = seen.map(|p| p.1).fold(1.0, f64::max).min(3.0);
    let panel = Panel { frame: frame(y), x: horizontal, y: Axis::linear("mode strength", 0.0, most * 1.05) };
    panel.grid(&mut canvas);
    for (curve, owner) in others.iter().zip(owners) {
        panel.curve(&mut canvas, curve, Stroke::solid(Colour::curve(owner).tint(0.6), 1.3));
    }
    drawn(&mut canvas, &panel, &strengths, 0);
    for m in &modes {
        panel.level(&mut canvas, middle(&optimum.modes[*m].shrinkage().0), dashed);
    }
    panel.frame(&mut canvas);
    canvas.height = y + HEIGHT + BELOW + 24.0;
    let note =
        "NC2, NC3: ‖X/‖X‖ − P/‖P‖‖ of a measured X and its predicted P, the larger of two; Frobenius norms.";
    canvas.text(note, (LEFT, canvas.height - 12.0), NOTE - 1.0, Anchor::Start);
    Ok(canvas)
}

/// A curve with its name.
type Curve = (String, Vec<(f64, f64)>);

fn abscissa(point: &TrajectoryPoint, against: Against) -> f64 {
    match against {
        Against::Time => point.time,
        Against::Evaluations => point.evaluations as f64,
    }
}

/// Points that are apart on a logarithmic axis; the last is always there.
fn thinned(points: &[TrajectoryPoint], against: Against) -> Vec<&TrajectoryPoint> {
    let place = |p: &TrajectoryPoint| super::log10(abscissa(p, against));
    let positive: Vec<&TrajectoryPoint> = points.iter().filter(|p| abscissa(p, against) > 0.0).collect();
    let (Some(first), Some(last)) = (positive.first(), positive.last()) else { return Vec::new() };
    let apart = (place(last) - place(first)).min(7.0) / POINTS;
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
fn decades(label: &str, curves: &[Curve]) -> Axis {
    let values = || curves.iter().flat_map(|c| &c.1).map(|p| p.1).filter(|y| *y > 0.0 && y.is_finite());
    let low = super::log10(values().fold(f64::INFINITY, f64::min).clamp(FLOOR, 1e300)).floor();
    let high = super::log10(values().fold(0.0, f64::max).max(FLOOR * 10.0)).ceil();
    Axis::logarithmic(label, libm::pow(10.0, low), libm::pow(10.0, high.max(low + 1.0)))
}

fn drawn(canvas: &mut Canvas, panel: &Panel, curves: &[Curve], first: usize) {
    panel.grid(canvas);
    for (i, (_, values)) in curves.iter().enumerate() {
        panel.curve(canvas, values, Stroke::solid(Colour::curve(first + i), 2.0));
    }
    for (i, (_, values)) in curves.iter().enumerate() {
        panel.markers(canvas, values, first + i, Colour::curve(first + i), 110.0);
    }
    panel.frame(canvas);
}
