//! The curves of trained networks, as they are drawn: one column a run.

use super::kind::Refusal;
use super::measured::Column;
use super::words::{chosen, log10, middle, mode_label};
use crate::exact::Rational;
use crate::flow::aligned::AlignedMode;
use crate::theory::Optimum;
use crate::verdict::TrajectoryPoint;
use clap::ValueEnum;
use num_traits::ToPrimitive;

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

/// Modes at most.
const CURVES: usize = 7;
/// Copies of one mode at most.
const COPIES: usize = 6;
/// Points of a curve at most; a run has more, which no eye tells apart.
const POINTS: f64 = 220.0;
/// Decades of the horizontal axis at most.
pub(super) const DECADES: f64 = 6.0;

/// Columns share their legends, so their modes must be the same.
pub(super) fn check(columns: &[Column]) -> Result<(), Refusal> {
    let same = |pair: &[Column]| {
        let (a, b) = (pair[0].problem, pair[1].problem);
        (a.counts(), a.bias(), a.targets(), a.loss()) == (b.counts(), b.bias(), b.targets(), b.loss())
    };
    match columns.windows(2).all(same) {
        true => Ok(()),
        false => Err(Refusal::new(
            "the cases differ in counts, bias, targets or loss, so they share no modes",
            "draw a figure for each",
        )),
    }
}

/// A curve with its name.
pub(super) type Curve = (String, Vec<(f64, f64)>);

/// The curves of one column.
pub(super) struct Curves {
    /// Its depth and where it ended.
    pub heading: String,
    pub gap: Vec<Curve>,
    pub metrics: Vec<Curve>,
    pub strengths: Vec<Curve>,
    /// Further copies of a mode: the number of its curve, and theirs.
    pub copies: Vec<(usize, Vec<(f64, f64)>)>,
    pub levels: Vec<f64>,
    /// The aligned, balanced flow of a mode from where the run has passed its threshold: the number of its curve, and its own.
    pub aligned: Vec<(usize, Vec<(f64, f64)>)>,
}

impl Curves {
    pub fn of(column: &Column, against: Against) -> Result<Self, Refusal> {
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
        let best = column.best;
        let scale = if best > 0.0 { best } else { 1.0 };
        let line = |f: &dyn Fn(&TrajectoryPoint) -> f64| -> Vec<(f64, f64)> {
            points.iter().map(|p| (abscissa(p, against), f(p))).filter(|(_, y)| y.is_finite()).collect()
        };
        let curve = |name: &str, f: &dyn Fn(&TrajectoryPoint) -> f64| (name.to_owned(), line(f));
        let gap_name = match (column.proved, best > 0.0) {
            (true, true) => "(f − f*)/f*",
            (true, false) => "f − f*",
            (false, _) => "(f − g)/g, g the best network known",
        };
        let modes = column.optimum.map_or(Vec::new(), |optimum| chosen(optimum, CURVES));
        let copy = |m: usize, i: usize| line(&|p| p.strengths[m].get(i).copied().unwrap_or(f64::NAN));
        let mut copies = Vec::new();
        for (number, m) in modes.iter().enumerate() {
            copies.extend((1..points[0].strengths[*m].len().min(COPIES)).map(|i| (number, copy(*m, i))));
        }
        let measured: Vec<Vec<(f64, f64)>> = modes.iter().map(|m| copy(*m, 0)).collect();
        let aligned = match against {
            Against::Time => {
                column.optimum.map_or(Vec::new(), |optimum| aligned(column, optimum, &modes, &measured))
            }
            _ => Vec::new(),
        };
        Ok(Self {
            aligned,
            heading: format!("M = {} ({})", column.problem.depth(), column.ended),
            gap: vec![curve(gap_name, &|p| (p.objective - best) / scale)],
            metrics: vec![
                curve("NC1: scatter within/between classes", &|p| p.metrics.nc1_traces),
                curve("NC2: Gram matrices", &|p| p.metrics.nc2_classifier.max(p.metrics.nc2_features)),
                curve("NC3: logits, duality", &|p| p.metrics.nc3_logits.max(p.metrics.nc3_duality)),
            ],
            strengths: modes
                .iter()
                .filter_map(|m| Some((mode_label(column.optimum?, *m), copy(*m, 0))))
                .collect(),
            copies,
            levels: modes
                .iter()
                .filter_map(|m| Some(middle(&column.optimum?.modes[*m].shrinkage().0)))
                .collect(),
        })
    }
}

/// A mode's curve begins where its strength has grown to this share of its upper root: before, a run is not aligned.
const ALIGNED: f64 = 0.05;

/// Curves of the aligned, balanced flow; none where the weights differ.
fn aligned(
    column: &Column,
    optimum: &Optimum,
    modes: &[usize],
    measured: &[Vec<(f64, f64)>],
) -> Vec<(usize, Vec<(f64, f64)>)> {
    let problem = column.problem;
    let float = |q: &Rational| q.to_f64().unwrap_or(f64::NAN);
    if problem.weights().iter().any(|λ| λ != problem.features()) {
        return Vec::new();
    }
    let curve = |(number, m): (usize, &usize)| {
        let mode = AlignedMode {
            target: middle(&optimum.modes[*m].mode.block.target_sq).sqrt(),
            samples: problem.samples() as f64,
            weight: float(problem.features()),
            factors: problem.depth() as u32 + 1,
        };
        let end = middle(&optimum.modes[*m].shrinkage().0);
        let begun = measured[number].iter().position(|(_, u)| *u > ALIGNED * end)?;
        let (from, strength) = measured[number][begun];
        let times: Vec<f64> = measured[number][begun..].iter().map(|(t, _)| t - from).collect();
        let values = mode.strengths(strength, times.iter().copied());
        Some((number, times.iter().map(|t| t + from).zip(values).filter(|(_, u)| u.is_finite()).collect()))
    };
    modes.iter().enumerate().filter_map(curve).collect()
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
