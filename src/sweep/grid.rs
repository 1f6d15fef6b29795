//! The grid: axes, their values, and the class counts of a shape.

use crate::case::{Bias, Loss};
use crate::exact::{Integer, Rational, exact_text, power, read_rational, whole};
use num_integer::Integer as _;
use num_traits::{One, ToPrimitive};

/// What an axis varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Key {
    Counts,
    Classes,
    Largest,
    Ratio,
    Shape,
    Minority,
    Widths,
    Depth,
    Width,
    Lambda,
    Weights,
    Features,
    Loss,
    Bias,
    BiasWeight,
    Smoothing,
    Targets,
    ClassWeights,
    LogitShift,
    LogitScale,
}

/// Every key with its name.
pub const KEYS: [(&str, Key); 20] = [
    ("counts", Key::Counts),
    ("classes", Key::Classes),
    ("largest", Key::Largest),
    ("ratio", Key::Ratio),
    ("shape", Key::Shape),
    ("minority", Key::Minority),
    ("widths", Key::Widths),
    ("depth", Key::Depth),
    ("width", Key::Width),
    ("lambda", Key::Lambda),
    ("weights", Key::Weights),
    ("features", Key::Features),
    ("loss", Key::Loss),
    ("bias", Key::Bias),
    ("bias_weight", Key::BiasWeight),
    ("smoothing", Key::Smoothing),
    ("targets", Key::Targets),
    ("class_weights", Key::ClassWeights),
    ("logit_shift", Key::LogitShift),
    ("logit_scale", Key::LogitScale),
];

impl Key {
    /// Its name in a spec.
    pub fn name(self) -> &'static str {
        KEYS.iter().find(|(_, key)| *key == self).map_or("", |(name, _)| name)
    }

    /// How deep a list one value is: a list of such values is an axis.
    pub fn nesting(self) -> usize {
        match self {
            Self::Targets => 2,
            Self::Counts | Self::Widths | Self::ClassWeights | Self::LogitShift | Self::LogitScale => 1,
            _ => 0,
        }
    }

    /// Whether a value is a number that need not be whole, so that a range of them makes sense.
    pub fn is_number(self) -> bool {
        use Key::{BiasWeight, Features, Lambda, Ratio, Smoothing, Weights};
        matches!(self, Lambda | Weights | Features | Ratio | BiasWeight | Smoothing)
    }
}

/// How counts fall from the largest to the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Large classes, then small ones.
    Step,
    /// Geometrically.
    LongTail,
}

/// A value of an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// Class counts or widths.
    List(Vec<u64>),
    /// A whole number.
    Whole(u64),
    /// A rational.
    Number(Rational),
    /// One number a class or an output.
    Numbers(Vec<Rational>),
    /// One list of numbers a class.
    Columns(Vec<Vec<Rational>>),
    /// A shape.
    Shape(Shape),
    /// A loss.
    Loss(Loss),
    /// A bias.
    Bias(Bias),
}

impl Setting {
    /// How a message shows it.
    pub fn shown(&self) -> String {
        match self {
            Self::List(all) => listed(all, ToString::to_string),
            Self::Whole(n) => n.to_string(),
            Self::Number(q) => exact_text(q),
            Self::Numbers(all) => listed(all, exact_text),
            Self::Columns(all) => listed(all, |column| listed(column, exact_text)),
            Self::Shape(Shape::Step) => "step".to_owned(),
            Self::Shape(Shape::LongTail) => "long-tail".to_owned(),
            Self::Loss(loss) => loss.word().to_owned(),
            Self::Bias(bias) => bias.word().to_owned(),
        }
    }
}

/// Entries of a list that a message shows.
const SHOWN: usize = 8;

fn listed<T>(all: &[T], text: impl Fn(&T) -> String) -> String {
    let texts: Vec<String> = all.iter().take(SHOWN).map(text).collect();
    format!("[{}{}]", texts.join(", "), if all.len() > SHOWN { ", …" } else { "" })
}

/// One axis: a key and its values. A key with one value is an axis of one point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// The key.
    pub key: Key,
    /// Its values, in order.
    pub values: Vec<Setting>,
    /// Where it stands in the spec.
    pub span: Option<std::ops::Range<usize>>,
}

/// Class counts of a shape: `classes` counts from `largest` down to `largest/ratio`, rounded to the nearest whole
/// number (halves up) and at least 1.
///
/// - A step has `minority` small classes at its end.
/// - A long tail has `n_k = largest · ratio^{−(k−1)/(K−1)}`, rounded exactly: no float decides.
pub fn counts(shape: Shape, classes: u64, largest: u64, ratio: &Rational, minority: u64) -> Vec<u64> {
    let last = classes.saturating_sub(1);
    let count = |k: u64| match shape {
        Shape::Step if k < classes.saturating_sub(minority) => largest,
        Shape::Step => rounded_root(&(whole(largest) / ratio), 1),
        Shape::LongTail if k == 0 => largest,
        Shape::LongTail => {
            let largest = power(&whole(largest), last as u32);
            rounded_root(&(largest / power(ratio, k as u32)), last as u32)
        }
    };
    (0..classes).map(count).collect()
}

/// The `degree`-th root of a positive rational, rounded to the nearest whole number (halves up), at least 1.
fn rounded_root(value: &Rational, degree: u32) -> u64 {
    // ⌊x + 1/2⌋ = ⌊(⌊2x⌋ + 1)/2⌋, and ⌊2x⌋ is the integer root of ⌊2^degree · value⌋.
    let doubled = value * power(&whole(2), degree);
    let twice = doubled.floor().to_integer().nth_root(degree);
    (twice + Integer::one()).div_floor(&Integer::from(2)).to_u64().unwrap_or(u64::MAX).max(1)
}

/// Equal steps from one rational to another, exactly.
pub fn linear(from: &Rational, to: &Rational, points: u64) -> Vec<Rational> {
    let step = |i: u64| from + (to - from) * Rational::new(Integer::from(i), Integer::from(points - 1));
    (0..points).map(step).collect()
}

/// Equal ratios from one positive rational to another: the ends as they are, the points between rounded to `digits`
/// significant digits. What is rounded is a float of a portable library, so the decimals are the same everywhere;
/// they are exact from then on. `None` beyond the range of floats.
pub fn logarithmic(from: &Rational, to: &Rational, points: u64, digits: u64) -> Option<Vec<Rational>> {
    let logarithm = |q: &Rational| q.to_f64().filter(|x| *x > 0.0 && x.is_finite()).map(libm::log);
    let (low, high) = (logarithm(from)?, logarithm(to)?);
    let point = |i: u64| {
        if i == 0 {
            return Some(from.clone());
        }
        if i == points - 1 {
            return Some(to.clone());
        }
        let share = i as f64 / (points - 1) as f64;
        let value = libm::exp(low + (high - low) * share);
        read_rational(&format!("{value:.*e}", digits as usize - 1)).ok()
    };
    (0..points).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn q(text: &str) -> Rational {
        read_rational(text).unwrap()
    }

    #[test]
    fn steps_and_long_tails() {
        assert_eq!(counts(Shape::Step, 5, 500, &q("10"), 2), [500, 500, 500, 50, 50]);
        assert_eq!(counts(Shape::Step, 3, 10, &q("4"), 1), [10, 10, 3]);
        // The counts of the usual long-tailed benchmark: 5000 · 100^{−k/9}, rounded.
        let tail = counts(Shape::LongTail, 10, 5000, &q("100"), 0);
        assert_eq!(tail, [5000, 2997, 1797, 1077, 646, 387, 232, 139, 83, 50]);
        assert_eq!(counts(Shape::LongTail, 3, 4, &q("1000"), 0), [4, 1, 1]);
        assert_eq!(counts(Shape::LongTail, 1, 7, &q("9"), 0), [7]);
        // 9 · (9/4)^{−1/2} = 6 exactly: no root is rounded away.
        assert_eq!(counts(Shape::LongTail, 3, 9, &q("9/4"), 0), [9, 6, 4]);
    }

    #[test]
    fn grids_have_exact_points() {
        let all = linear(&q("0"), &q("1"), 4);
        assert_eq!(all, [q("0"), q("1/3"), q("2/3"), q("1")]);
        let all = logarithmic(&q("1e-5"), &q("1e-2"), 7, 3).unwrap();
        assert_eq!(all, ["1e-5", "3.16e-5", "1e-4", "3.16e-4", "1e-3", "3.16e-3", "1e-2"].map(q));
        assert!(logarithmic(&q("1e-400"), &q("1"), 3, 3).is_none());
    }
}
