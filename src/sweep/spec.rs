//! The spec: TOML, read with the place of every value, by the same reader as case files.
//!
//! ```toml
//! title = "When do the small classes collapse?"
//! columns = ["ratio", "depth", "lambda_all", "collapsed", "objective"]
//! digits = 12
//! [grid]                                     # every key takes one value, a list, or (numbers) a range
//! classes = 10
//! largest = 500
//! ratio = [1, 10, 100]
//! shape = "long-tail"
//! depth = [1, 2, 3]
//! width = 64
//! loss = "mse"
//! lambda = { from = 1e-6, to = 1e-2, points = 81, scale = "log", digits = 3 }
//! [training]                                 # as in a case file; but a sweep trains only if run = true
//! ```

use super::grid::{Axis, Key, Setting, Shape, counts};
use super::header::{Header, Shard};
use super::mistake::{Fault, Mistake, Read};
use crate::case::{
    self, Bias, Case, Draft, Expect, Loss, Targets, Terms, Training, Writing, bytes_of, shown,
};
use crate::exact::Rational;
use crate::table::{Column, FieldKind, Per, Scalar};
use num_traits::{One, Zero};
use rayon::prelude::*;
use std::path::Path;

/// A sweep.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Columns of the output, after the point's number.
    pub columns: Vec<&'static Column>,
    /// Significant digits of proven numbers.
    pub digits: usize,
    /// Axes in the order of the file; the last runs fastest.
    pub axes: Vec<Axis>,
    /// How points are trained, if they are.
    pub training: Training,
    /// The text of the file.
    pub text: String,
    /// What tells this spec's journals from others': a hash of its text and of the program's version.
    pub digest: String,
}

impl Spec {
    /// Whether a file is meant as a spec: it has a `[grid]`.
    pub fn is_meant(path: &Path) -> bool {
        let bytes = bytes_of(path).unwrap_or_default();
        String::from_utf8_lossy(&bytes).lines().any(|line| line.trim_start().starts_with("[grid]"))
    }

    /// The cases of all points, in their order.
    pub fn cases(&self) -> Vec<Case> {
        let case = |point| {
            Case::parse(&format!("point {point}"), self.case_text(point).as_bytes())
                .expect("every point was validated when the spec was read")
        };
        (0..self.points()).map(case).collect()
    }

    /// Number of points.
    pub fn points(&self) -> u64 {
        self.axes.iter().map(|axis| axis.values.len() as u64).product()
    }

    /// Names and types of the output's fields, the point's number first.
    pub fn fields(&self) -> Vec<(String, FieldKind)> {
        let point = ("point".to_owned(), FieldKind::one(Scalar::Whole));
        std::iter::once(point).chain(self.columns.iter().flat_map(|c| c.fields(Per::Case))).collect()
    }

    /// What a journal of a shard says of itself.
    pub fn header(&self, shard: Shard) -> Header {
        Header {
            spec: self.digest.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            text: self.text.clone(),
            points: self.points(),
            shard,
            own: self.part(shard),
            fields: self.fields(),
        }
    }

    /// The settings of a point, one an axis.
    fn settings(&self, point: u64) -> Vec<(Key, &Setting)> {
        let mut rest = point;
        let mut all: Vec<(Key, &Setting)> = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
            let n = axis.values.len() as u64;
            all.push((axis.key, &axis.values[(rest % n) as usize]));
            rest /= n;
        }
        all.reverse();
        all
    }

    /// The problem of a point, not yet validated.
    pub(super) fn draft(&self, point: u64) -> Draft {
        let settings = self.settings(point);
        let get = |key: Key| settings.iter().find(|(k, _)| *k == key).map(|(_, value)| *value);
        let whole = |key: Key| match get(key) {
            Some(Setting::Whole(n)) => Some(*n),
            _ => None,
        };
        let number = |key: Key| match get(key) {
            Some(Setting::Number(q)) => Some(q.clone()),
            _ => None,
        };
        let counts = match get(Key::Counts) {
            Some(Setting::List(all)) => all.clone(),
            _ => {
                let classes = whole(Key::Classes).unwrap_or(0);
                let shape = match get(Key::Shape) {
                    Some(Setting::Shape(shape)) => *shape,
                    _ => Shape::Step,
                };
                let minority = whole(Key::Minority).unwrap_or(classes / 2);
                let ratio = number(Key::Ratio).unwrap_or_else(Rational::one);
                counts(shape, classes, whole(Key::Largest).unwrap_or(0), &ratio, minority)
            }
        };
        let widths = match get(Key::Widths) {
            Some(Setting::List(all)) => all.clone(),
            _ => vec![whole(Key::Width).unwrap_or(0); whole(Key::Depth).unwrap_or(0) as usize],
        };
        let classes = counts.len();
        let targets = match get(Key::Targets) {
            Some(Setting::Columns(all)) => Targets::Columns(all.clone()),
            _ => number(Key::Smoothing)
                .and_then(|smoothing| Targets::smoothed(&smoothing, classes).ok())
                .unwrap_or(Targets::OneHot),
        };
        let adjusted = |key: Key| match get(key) {
            Some(Setting::Columns(all)) => all.clone(),
            Some(Setting::Numbers(all)) => vec![all.clone(); classes],
            _ => Vec::new(),
        };
        let class_weights = match get(Key::ClassWeights) {
            Some(Setting::Numbers(all)) => all.clone(),
            _ => Vec::new(),
        };
        let terms = Terms {
            class_weights,
            logit_shift: adjusted(Key::LogitShift),
            logit_scale: adjusted(Key::LogitScale),
            bias: number(Key::BiasWeight),
            nonnegative: false,
        };
        let λ = |key: Key| number(key).or_else(|| number(Key::Lambda)).unwrap_or_else(Rational::zero);
        Draft {
            weights: vec![λ(Key::Weights); widths.len()],
            features: λ(Key::Features),
            counts,
            widths,
            loss: match get(Key::Loss) {
                Some(Setting::Loss(loss)) => *loss,
                _ => Loss::Mse,
            },
            bias: match get(Key::Bias) {
                Some(Setting::Bias(bias)) => *bias,
                _ => Bias::None,
            },
            targets,
            terms,
        }
    }

    /// The case file of a point.
    pub fn case_text(&self, point: u64) -> String {
        Writing {
            note: None,
            title: &format!("point {point}"),
            source: None,
            problem: &self.draft(point),
            training: &self.training,
            expect: &Expect::default(),
            claims: &[],
        }
        .text()
    }

    /// Refuses a grid with a point that is no problem.
    pub(super) fn validated(self) -> Read<Self> {
        // As text, because that is how a point will be read: its numbers may have too many digits.
        let refused = |point: u64| Some((point, Case::parse("", self.case_text(point).as_bytes()).err()?));
        match (0..self.points()).into_par_iter().find_map_first(refused) {
            Some((point, refusal)) => Err(self.fault(point, refusal.mistake)),
            None => Ok(self),
        }
    }

    /// A point's mistake, where the spec is at fault for it.
    fn fault(&self, point: u64, mistake: case::Mistake) -> Fault {
        let keys: &[Key] = match mistake.key() {
            Some("counts") => &[Key::Counts, Key::Classes, Key::Largest],
            Some("widths") => &[Key::Widths, Key::Width, Key::Depth],
            Some("weights") => &[Key::Weights, Key::Lambda],
            Some("features") => &[Key::Features, Key::Lambda],
            Some("loss") => &[Key::Loss],
            Some("bias") => &[Key::BiasWeight],
            Some("targets") => &[Key::Targets, Key::Smoothing],
            Some("class_weights") => &[Key::ClassWeights],
            Some("logit_shift") => &[Key::LogitShift],
            Some("logit_scale") => &[Key::LogitScale],
            _ => &[],
        };
        let axis = keys.iter().find_map(|key| self.axes.iter().find(|axis| axis.key == *key));
        let varied = self.settings(point);
        let varied = varied.iter().zip(&self.axes).filter(|(_, axis)| axis.values.len() > 1);
        let setting: Vec<String> =
            varied.map(|((key, value), _)| format!("{} = {}", key.name(), value.shown())).collect();
        let setting = if setting.is_empty() { "the only one".to_owned() } else { shown(&setting.join(", ")) };
        Fault(Mistake::BadPoint { point, setting, mistake }, axis.and_then(|axis| axis.span.clone()))
    }
}
