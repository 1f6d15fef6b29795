//! Whether axes together describe problems of a size that can be had.

use super::grid::{Axis, Key, Setting, Shape};
use super::mistake::{Fault, Mistake, Read};
use crate::case;
use crate::case::limits::{MAX_NUMBERS, MAX_TARGETS};
use crate::case::toml::Section;
use num_traits::Zero;

/// Classes at most in a long tail: its counts are exact roots of that degree.
const MAX_TAIL: u64 = 1_000;

/// Whether the keys together describe problems.
pub(super) fn complete(grid: &Section) -> Read<()> {
    let has = |key: Key| grid.get(key.name()).is_some();
    let span = |key: Key| grid.get(key.name()).and_then(|e| e.span());
    for (one, others) in [
        (Key::Counts, &[Key::Classes, Key::Largest, Key::Ratio, Key::Shape, Key::Minority][..]),
        (Key::Widths, &[Key::Depth, Key::Width]),
        (Key::Targets, &[Key::Smoothing]),
    ] {
        if let Some(other) = others.iter().find(|other| has(one) && has(**other)) {
            return Err(Fault(Mistake::TwoWays { one: one.name(), other: other.name() }, span(*other)));
        }
    }
    let need = |key: Key, because: &'static str| match has(key) {
        true => Ok(()),
        false => Err(Fault(Mistake::Missing { key: key.name(), because }, grid.span.clone())),
    };
    if !has(Key::Counts) {
        need(Key::Classes, "is needed where `counts` is not given")?;
        need(Key::Largest, "is needed where `counts` is not given")?;
    }
    for key in [Key::Shape, Key::Minority] {
        if has(key) && !has(Key::Ratio) {
            let because = "without `ratio` all counts are equal";
            return Err(Fault(Mistake::WithoutEffect { key: key.name(), because }, span(key)));
        }
    }
    if has(Key::Ratio) {
        need(Key::Shape, "says how counts fall: \"step\" or \"long-tail\"")?;
    }
    if !has(Key::Widths) {
        need(Key::Depth, "is needed where `widths` is not given")?;
        need(Key::Width, "is needed where `widths` is not given")?;
    }
    need(Key::Loss, "is \"mse\" or \"ce\"")?;
    if has(Key::Weights) && has(Key::Features) && has(Key::Lambda) {
        let because = "`weights` and `features` are given";
        return Err(Fault(Mistake::WithoutEffect { key: "lambda", because }, span(Key::Lambda)));
    }
    if !has(Key::Lambda) {
        need(Key::Weights, "is needed where `lambda` is not given")?;
        need(Key::Features, "is needed where `lambda` is not given")?;
    }
    Ok(())
}

/// A long tail's classes are limited: every count is an exact root.
pub(super) fn check_tail(axes: &[Axis]) -> Read<()> {
    let values = |key: Key| axes.iter().filter(move |axis| axis.key == key).flat_map(|axis| &axis.values);
    if !values(Key::Shape).any(|s| *s == Setting::Shape(Shape::LongTail)) {
        return Ok(());
    }
    match values(Key::Classes).any(|s| matches!(s, Setting::Whole(k) if *k > MAX_TAIL)) {
        true => {
            let span = axes.iter().find(|axis| axis.key == Key::Classes).and_then(|axis| axis.span.clone());
            Err(Fault(Mistake::NotAWhole { key: "classes", least: 1, most: MAX_TAIL }, span))
        }
        false => Ok(()),
    }
}

/// Numbers that a point has for every class and output are limited before any point is made.
pub(super) fn check_sizes(axes: &[Axis]) -> Read<()> {
    let classes = |setting: &Setting| match setting {
        Setting::List(counts) => counts.len(),
        Setting::Whole(classes) => *classes as usize,
        _ => 0,
    };
    let most = axes.iter().filter(|axis| matches!(axis.key, Key::Counts | Key::Classes));
    let most = most.flat_map(|axis| axis.values.iter().map(classes)).max().unwrap_or(0);
    for axis in axes {
        let mistake = axis.values.iter().find_map(|setting| match (axis.key, setting) {
            (Key::Smoothing, Setting::Number(s)) if !s.is_zero() && most > MAX_TARGETS => {
                Some(case::Mistake::TooManyTargets { classes: most })
            }
            (_, Setting::Numbers(all)) if most.saturating_mul(all.len()) > MAX_NUMBERS => {
                let (key, outputs) = (axis.key.name(), all.len());
                Some(case::Mistake::WrongAdjustment { key, classes: most, outputs })
            }
            _ => None,
        });
        if let Some(mistake) = mistake {
            return Err(Fault(Mistake::Case(mistake), axis.span.clone()));
        }
    }
    Ok(())
}
