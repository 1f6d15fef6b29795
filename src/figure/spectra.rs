//! Singular values of every factor: predicted as strokes, measured as markers.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Colour, NOTE, Stroke};
use super::kind::{Drawing, Figure, Progress, Refusal, Sheet};
use super::measured::{Comparison, Observed};
use super::panel::{BELOW, Key, LEFT, MARGIN, Panel, legend};
use super::path::Rectangle;
use super::words::{layer, middle, mode_label, setting};
use crate::case::Case;
use crate::theory::{GramDetail, Prediction, Uniqueness};
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
    fn drawing(&self, cases: &[Case], progress: Progress) -> Result<Drawing, Refusal> {
        let what = ("singular values", GramDetail::Never);
        self.of.drawing(&cases[0], what, check, figure, progress)
    }
}

const WIDTH: f64 = 860.0;
/// Modes with a colour of their own at most; more share a scale of colours.
const COLOURS: usize = 7;
/// Pixels between two singular values at least.
const CLOSEST: f64 = 3.0;
/// Share of a factor's slot that its values take.
const FILLED: f64 = 0.84;
/// Measured values below this share of the largest stand with the zeros.
const NOTHING: f64 = 1e-3;
/// Height of the strip for zeros.
const STRIP: f64 = 34.0;

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

/// The figure of a prediction, and of a network if there is one.
fn figure(title: &str, prediction: &Prediction, seen: Option<Observed>) -> Result<Drawing, Refusal> {
    check(prediction)?;
    let (problem, optimum) = (&prediction.problem, &prediction.optimum);
    let known = Observed::heading(seen.as_ref());
    let names = std::iter::once("H".to_owned()).chain((1..=problem.depth()).map(layer));
    let measured = seen.map(|seen| seen.geometry.spectra);
    let factors = names.zip(predicted(prediction)).enumerate().map(|(l, (name, predicted))| Factor {
        name,
        measured: measured.as_ref().map_or(Vec::new(), |spectra| spectra[l].clone()),
        predicted,
    });
    let shown = Shown {
        title: title.to_owned(),
        known: format!("{known}: {}", setting(problem)),
        factors: factors.collect(),
        modes: (0..optimum.modes.len())
            .map(|m| Mode { label: mode_label(optimum, m), lost: optimum.modes[m].kept == 0 })
            .collect(),
        number: problem.rank_budget(),
    };
    Ok(Box::new(move |sheet| shown.on(sheet)))
}

/// Singular values of one factor, largest first: the predicted ones with their modes.
struct Factor {
    name: String,
    predicted: Vec<(f64, Option<usize>)>,
    measured: Vec<f64>,
}

struct Mode {
    label: String,
    lost: bool,
}

/// Everything that the figure shows.
struct Shown {
    title: String,
    known: String,
    factors: Vec<Factor>,
    modes: Vec<Mode>,
    /// Singular values of each factor.
    number: usize,
}

/// Where values stand: the panel of positive ones, and the strip for zeros below it.
struct Places {
    panel: Panel,
    strip: Option<Rectangle>,
    factors: Axis,
    /// Values at most this large are zeros.
    nothing: f64,
}

impl Places {
    fn of(&self, value: f64) -> f64 {
        match &self.strip {
            Some(strip) if value <= self.nothing => strip.y + strip.height / 2.0,
            _ => self.panel.place(0.0, value).1,
        }
    }
}

impl Shown {
    fn on(&self, sheet: &Sheet) -> Canvas {
        let width = sheet.width(WIDTH);
        let room = width - LEFT - MARGIN - 8.0;
        // As many factors as have room, the first and the last among them, and as many values of each.
        let most = ((room * FILLED / CLOSEST) / self.number as f64).floor().max(1.0) as usize;
        let factors: Vec<&Factor> = spaced(self.factors.len(), most).map(|i| &self.factors[i]).collect();
        let values: Vec<usize> = spaced(self.number, (room * FILLED / CLOSEST) as usize).collect();
        let which = match (factors.len() < self.factors.len(), values.len() < self.number) {
            (false, false) => "every factor".to_owned(),
            (true, false) => format!("{} of {} factors", factors.len(), self.factors.len()),
            (_, true) => format!("the first factor, {} of {}", values.len(), self.number),
        };
        let subtitle = format!("Singular values of {which}, {}", self.known);
        let (mut canvas, top) = Canvas::new(width, 0.0, sheet.title(&self.title), &subtitle);
        let across = Rectangle { x: MARGIN, y: top, width: width - 2.0 * MARGIN, height: 0.0 };
        let top = top + legend(&mut canvas, across, &self.entries()) + 12.0;
        let places =
            self.places(&factors, Rectangle { x: LEFT, y: top, width: room, height: sheet.height(350.0) });
        self.ground(&mut canvas, &places, factors.len());
        let slot = room / factors.len() as f64;
        let step = slot * FILLED / values.len() as f64;
        for (l, factor) in factors.iter().enumerate() {
            let x = |i: usize| LEFT + slot * (l as f64 + (1.0 - FILLED) / 2.0) + (i as f64 + 0.5) * step;
            for (place, i) in values.iter().enumerate() {
                let (value, mode) = factor.predicted[*i];
                let (x, y, half) = (x(place), places.of(value), (step * 0.45).clamp(1.2, 16.0));
                let stroke = Stroke::solid(mode.map_or(Colour::INK, |m| self.colour(m)), 2.4);
                canvas.line(&[(x - half, y), (x + half, y)], stroke);
                if let Some(value) = factor.measured.get(*i).filter(|v| v.is_finite()) {
                    // The stroke of the predicted one is seen on both sides of the ring.
                    let (at, radius) = ((x, places.of(*value)), (step * 0.2).clamp(1.2, 4.2));
                    canvas.circle(at, radius, Colour::PAPER, Stroke::solid(Colour::INK, 1.3));
                }
            }
        }
        places.panel.frame(&mut canvas);
        let lowest = places.strip.unwrap_or(places.panel.frame);
        // The words of the horizontal axis stand below all.
        Panel { frame: lowest, x: places.factors.clone(), y: Axis::slots("", &[]) }.frame(&mut canvas);
        let bottom = lowest.bottom();
        canvas.height = bottom + BELOW + 6.0;
        canvas
    }

    /// The panel over the positive values, on a logarithmic axis if they are far apart, and the strip for zeros.
    fn places(&self, factors: &[&Factor], area: Rectangle) -> Places {
        let all =
            || factors.iter().flat_map(|f| f.predicted.iter().map(|p| p.0).chain(f.measured.iter().copied()));
        let high = all().filter(|v| v.is_finite()).fold(0.0, f64::max);
        let nothing = high * NOTHING;
        let low = all().filter(|v| *v > nothing).fold(high, f64::min);
        let has_zeros = all().any(|v| v <= nothing);
        let strip = has_zeros.then(|| Rectangle { y: area.bottom() - STRIP, height: STRIP, ..area });
        let frame = Rectangle { height: area.height - strip.map_or(0.0, |s| s.height + 8.0), ..area };
        let y = match (high > 0.0, low / high) {
            (false, _) => Axis::linear("singular value", 0.0, 1.0),
            (_, ratio) if ratio < 0.05 => Axis::logarithmic("singular value", low * 0.8, high * 1.25),
            (_, ratio) if ratio < 0.4 => Axis::linear("singular value", 0.0, high * 1.06),
            _ => {
                let border = ((high - low) * 0.1).max(high * 0.02);
                Axis::linear("singular value", low - border, high + border)
            }
        };
        let names: Vec<String> = factors.iter().map(|f| f.name.clone()).collect();
        let factors = Axis::slots("factor", &names);
        Places { panel: Panel { frame, x: factors.silent(), y }, strip, factors, nothing }
    }

    /// Grid, lines between factors, and the strip for zeros with the words of the horizontal axis.
    fn ground(&self, canvas: &mut Canvas, places: &Places, factors: usize) {
        let frame = places.panel.frame;
        places.panel.grid(canvas);
        let bottom = places.strip.map_or(frame.bottom(), |s| s.bottom());
        if let Some(strip) = places.strip {
            canvas.area(strip, Colour::GREY.tint(0.45));
            canvas.text("0", (strip.x - 8.0, strip.y + strip.height / 2.0 + NOTE * 0.36), NOTE, Anchor::End);
        }
        for l in 1..factors {
            let x = frame.x + l as f64 * frame.width / factors as f64;
            canvas.line(&[(x, frame.y), (x, bottom)], Stroke::solid(Colour::GREY, 0.8));
        }
    }

    /// A few modes have colours of their own; many run from blue to orange.
    fn colour(&self, mode: usize) -> Colour {
        match self.modes.len() > COLOURS {
            false => Colour::curve(mode),
            true => {
                let share = mode as f64 / (self.modes.len() - 1) as f64;
                Colour::PALETTE[0].mixed(Colour::PALETTE[1], share)
            }
        }
    }

    fn entries(&self) -> Vec<(Key, String)> {
        let key = |m: usize| Key::Line { stroke: Stroke::solid(self.colour(m), 2.4), marker: None };
        let lost: Vec<&Mode> = self.modes.iter().filter(|m| m.lost).collect();
        let mut entries: Vec<(Key, String)> = match self.modes.len() > COLOURS {
            false => (0..self.modes.len())
                .map(|m| {
                    let mode = &self.modes[m];
                    let lost = if mode.lost { ", lost" } else { "" };
                    (key(m), format!("predicted, {}{lost}", mode.label))
                })
                .collect(),
            true => [0, self.modes.len() - 1]
                .map(|m| (key(m), format!("predicted, {}", self.modes[m].label)))
                .to_vec(),
        };
        if let ([first, .., last], true) = (&lost[..], self.modes.len() > COLOURS) {
            let words = format!("lost: {} modes, {} … {}", lost.len(), first.label, last.label);
            entries.push((Key::Area { fill: Colour::GREY.tint(0.45), hatch: None }, words));
        }
        if self.factors.iter().any(|f| !f.measured.is_empty()) {
            let key = Key::Marker { kind: 0, colour: Colour::INK, filled: false };
            entries.push((key, "measured at the end of the run".to_owned()));
        }
        entries
    }
}

/// At most so many of `number` places, the first and the last among them.
fn spaced(number: usize, most: usize) -> impl Iterator<Item = usize> {
    let shown = number.min(most.max(1));
    (0..shown).map(move |i| if shown < 2 { 0 } else { i * (number - 1) / (shown - 1) })
}

/// Predicted singular values of each factor, largest first, with their modes; zeros up to the rank budget.
fn predicted(prediction: &Prediction) -> Vec<Vec<(f64, Option<usize>)>> {
    let budget = prediction.problem.rank_budget();
    let mut factors = vec![Vec::new(); prediction.problem.depth() + 1];
    for (m, mode) in prediction.optimum.modes.iter().enumerate() {
        for (values, squared) in factors.iter_mut().zip(prediction.factor_energies(m)) {
            let value = libm::sqrt(middle(&squared).max(0.0));
            let copies = mode.mode.block.multiplicity;
            values.extend((0..copies).map(|i| (if i < mode.kept { value } else { 0.0 }, Some(m))));
        }
    }
    for values in &mut factors {
        // A larger target has the smaller factors where its shrinkage is nearer to one.
        values.sort_by(|a, b| b.0.total_cmp(&a.0));
        values.resize(budget, (0.0, None));
    }
    factors
}
