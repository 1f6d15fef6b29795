//! Singular values of every factor: predicted as strokes, measured as markers.

use super::axis::Axis;
use super::canvas::{Canvas, Colour, Stroke};
use super::kind::{Figure, Files, Progress, Refusal};
use super::measured::Comparison;
use super::panel::{BELOW, Key, LEFT, MARGIN, Panel, legend};
use super::path::Rectangle;
use super::words::{ended, layer, middle, setting};
use crate::case::Case;
use crate::theory::{GramDetail, Prediction, Uniqueness};
use crate::verdict::{Geometry, RunReport};
use clap::Args;

/// Singular values of every factor: predicted (proven) and measured
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot spectra my.toml -o spectra.svg
  tightframe plot spectra my.toml --predicted -o predicted.png")]
pub struct Spectra {
    #[command(flatten)]
    of: Comparison,
}

impl Figure for Spectra {
    fn files(&self) -> Files<'_> {
        Files::One(&self.of.case)
    }

    fn drawing(&self, cases: &[Case], progress: Progress) -> Result<Canvas, Refusal> {
        let what = ("singular values", GramDetail::Never);
        self.of.drawing(&cases[0], what, check, figure, progress)
    }
}

const WIDTH: f64 = 860.0;
/// Singular values of a factor at most.
const MOST: usize = 24;

/// What must hold of a problem before anything is trained.
pub fn check(prediction: &Prediction) -> Result<(), Refusal> {
    match prediction.optimum.uniqueness {
        Uniqueness::Tie => Err(Refusal::new(
            "a mode is at its threshold: several spectra are optimal",
            "`tightframe predict` shows them; move a weight off the threshold",
        )),
        Uniqueness::Undecided => {
            Err(Refusal::new("the optimum is undecided", "`tightframe predict` says which mode is"))
        }
        _ => Ok(()),
    }
}

/// The figure of a prediction, and of a run if there is one.
pub fn figure(title: &str, prediction: &Prediction, run: Option<&RunReport>) -> Result<Canvas, Refusal> {
    check(prediction)?;
    let problem = &prediction.problem;
    let predicted = predicted(prediction);
    let measured = run.and_then(|r| Some((r, Geometry::of(problem, &r.state)?)));
    let shown = problem.rank_budget().min(MOST);
    let known = match &measured {
        Some((run, _)) => {
            format!("predicted (proven) and measured (seed {}, ended {})", run.seed, ended(run))
        }
        None => "predicted (proven)".to_owned(),
    };
    let cut = match problem.rank_budget() > shown {
        true => format!(", the {shown} largest"),
        false => String::new(),
    };
    let subtitle = format!("Singular values of every factor{cut}, {known}: {}", setting(problem));
    let (mut canvas, top) = Canvas::new(WIDTH, 0.0, title, &subtitle);
    let across = Rectangle { x: MARGIN, y: top, width: WIDTH - 2.0 * MARGIN, height: 0.0 };
    let mut entries = vec![(
        Key::Line { stroke: Stroke::solid(Colour::INK, 2.4), marker: None },
        "predicted, largest left".to_owned(),
    )];
    if measured.is_some() {
        let key = Key::Marker { kind: 0, colour: Colour::PALETTE[1], filled: false };
        entries.push((key, "measured at the end of the run".to_owned()));
    }
    let top = top + legend(&mut canvas, across, &entries) + 12.0;
    let everything =
        predicted.iter().flatten().chain(measured.iter().flat_map(|(_, g)| g.spectra.iter().flatten()));
    let largest = everything.filter(|x| x.is_finite()).fold(0.0, |a: f64, x| a.max(*x));
    let names: Vec<String> =
        std::iter::once("H".to_owned()).chain((1..=problem.depth()).map(layer)).collect();
    let frame = Rectangle { x: LEFT, y: top, width: WIDTH - LEFT - MARGIN - 8.0, height: 350.0 };
    let high = if largest > 0.0 { largest * 1.08 } else { 1.0 };
    let panel = Panel {
        frame,
        x: Axis::slots("factor", &names),
        y: Axis::linear("singular value", -0.02 * high, high),
    };
    panel.grid(&mut canvas);
    let slot = frame.width / names.len() as f64;
    let step = slot * 0.84 / shown as f64;
    for l in 1..names.len() {
        let x = frame.x + l as f64 * slot;
        canvas.line(&[(x, frame.y), (x, frame.bottom())], Stroke::solid(Colour::GREY, 0.8));
    }
    for (l, values) in predicted.iter().enumerate() {
        let x = |i: usize| frame.x + l as f64 * slot + slot * 0.08 + (i as f64 + 0.5) * step;
        for i in 0..shown {
            let y = panel.place(0.0, values[i]).1;
            let half = (step * 0.45).min(16.0);
            canvas.line(&[(x(i) - half, y), (x(i) + half, y)], Stroke::solid(Colour::INK, 2.4));
        }
        if let Some((_, geometry)) = &measured {
            for (i, value) in
                geometry.spectra[l].iter().take(shown).enumerate().filter(|(_, v)| v.is_finite())
            {
                // The stroke of the predicted one is seen on both sides of the ring.
                let (at, radius) = ((x(i), panel.place(0.0, *value).1), (step * 0.2).clamp(1.6, 4.2));
                canvas.circle(at, radius, Colour::PAPER, Stroke::solid(Colour::PALETTE[1], 1.5));
            }
        }
    }
    panel.frame(&mut canvas);
    canvas.height = top + 350.0 + BELOW + 6.0;
    Ok(canvas)
}

/// Predicted singular values of each factor, largest first, zeros up to the rank budget.
fn predicted(prediction: &Prediction) -> Vec<Vec<f64>> {
    let problem = &prediction.problem;
    let mut factors = vec![Vec::new(); problem.depth() + 1];
    for (m, mode) in prediction.optimum.modes.iter().enumerate() {
        for (values, squared) in factors.iter_mut().zip(prediction.factor_energies(m)) {
            let value = libm::sqrt(middle(&squared).max(0.0));
            values.extend(std::iter::repeat_n(value, mode.kept));
        }
    }
    for values in &mut factors {
        values.resize(values.len().max(problem.rank_budget()), 0.0);
        // A larger target has the smaller factors where its shrinkage is nearer to one.
        values.sort_by(|a, b| b.total_cmp(a));
    }
    factors
}
