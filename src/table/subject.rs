//! The study of a case as columns ask it: its numbers become cells.

use super::cell::{Cell, Spread};
use crate::case::{Case, Targets};
use crate::exact::{Enclosure, Integer, Rational, decimal, leading_place, ten_to};
use crate::study::Study;
use crate::theorems::Theorem;
use crate::theory::closed_form::{self, ClosedForm};
use crate::theory::geometry::ClassRow;
use crate::theory::{ClassFate, Known, OptimalMode, Optimum};
use crate::verdict::RunReport;
use num_traits::{One, Signed, Zero};
use std::ops::Deref;

/// Enclosures carry some digits more than are printed, so that what is computed from them still has enough.
const SPARE_DIGITS: usize = 4;

/// A case whose columns are asked for.
pub struct Subject<'a> {
    study: Study<'a>,
    digits: usize,
    symbolic: bool,
}

impl<'a> Deref for Subject<'a> {
    type Target = Study<'a>;

    fn deref(&self) -> &Study<'a> {
        &self.study
    }
}

impl<'a> Subject<'a> {
    /// A case, to be tabled with so many digits.
    pub fn of(case: &'a Case, theorems: &'a [Theorem], digits: usize, symbolic: bool) -> Self {
        let study = Study::of(case).with_theorems(theorems).to_digits(digits + SPARE_DIGITS);
        Self { study, digits, symbolic }
    }

    /// Distinct targets.
    pub fn modes(&self) -> usize {
        self.optimum().map_or(0, |o| o.modes.len())
    }

    /// Groups of classes: of equal ones for the mean squared error, single ones for cross-entropy.
    pub fn class_groups(&self) -> usize {
        self.optimum().map_or(self.problem().classes(), |o| o.groups.len())
    }

    /// What becomes of the classes as far as it is proved, each fate with the classes that share it: equal ones of the mean
    /// squared error are counted together.
    pub fn fates(&self) -> Option<Vec<(&ClassFate, usize)>> {
        match (self.classes(), self.known()) {
            (Some(rows), _) => Some(rows.iter().map(|row| (&row.fate, row.classes.len())).collect()),
            (None, Known::Shallow(found)) if !found.facts.fates.is_empty() => {
                Some(found.facts.fates.iter().map(|fate| (fate, 1)).collect())
            }
            _ => None,
        }
    }

    /// The mode that is exactly a group of classes; `None` where modes mix them.
    pub fn mode_of_group(&self, group: usize) -> Option<usize> {
        let optimum = self.optimum()?;
        let mode = closed_form::of_group(optimum, group)?;
        optimum.modes.iter().position(|m| std::ptr::eq(m, mode))
    }

    /// A measure of the runs from random starts.
    pub fn spread(&self, measure: impl Fn(&RunReport) -> f64) -> Cell {
        let values = self.runs().map(|runs| runs.random().map(measure));
        values.and_then(Spread::of).map_or(Cell::Nothing, Cell::Measured)
    }

    /// A proven number: a decimal, or on request its closed form or its ends.
    pub fn proven(&self, x: &Enclosure) -> Cell {
        self.proven_or(x, None)
    }

    /// A proven number where there is one.
    pub fn proven_if(&self, x: Option<&Enclosure>) -> Cell {
        x.map_or(Cell::Nothing, |x| self.proven(x))
    }

    /// A proven number that may have a closed form.
    pub fn proven_or(&self, x: &Enclosure, form: Option<ClosedForm>) -> Cell {
        if !self.symbolic {
            return Cell::Proven(x.clone());
        }
        match (x.exact(), form) {
            (Some(exact), _) => Cell::Closed(ClosedForm::Surd(closed_form::Surd::rational(exact.clone()))),
            (None, Some(form)) => Cell::Closed(form),
            (None, None) => between(x, self.digits),
        }
    }

    /// One value a mode.
    pub fn per_mode(&self, value: impl Fn(&Optimum, &OptimalMode) -> Cell) -> Cell {
        let Some(optimum) = self.optimum() else { return Cell::Nothing };
        Cell::list(optimum.modes.iter().map(|m| (value(optimum, m), m.mode.block.multiplicity)))
    }

    /// One value a group of classes.
    pub fn per_group(&self, value: impl Fn(usize, &ClassRow) -> Cell) -> Cell {
        let Some(rows) = self.classes() else { return Cell::Nothing };
        Cell::list(rows.iter().enumerate().map(|(g, row)| (value(g, row), row.classes.len())))
    }

    /// Whether targets are one-hot.
    pub fn is_one_hot(&self) -> bool {
        matches!(self.problem().targets(), Targets::OneHot)
    }
}

/// Two decimals of `digits` digits around a value, rounded outwards.
fn between(x: &Enclosure, digits: usize) -> Cell {
    let size = x.upper().abs().max(x.lower().abs());
    if size.is_zero() {
        return Cell::Proven(x.clone());
    }
    let last = leading_place(&size) + 1 - digits as i64;
    let unit = ten_to(last);
    let text = |steps: Rational| decimal(&Enclosure::from(steps * &unit), digits + 1);
    let (lower, upper) = ((x.lower() / &unit).floor(), (x.upper() / &unit).ceil());
    // An end that happens to be the value's own digit would claim an equality that is not shown.
    let upper = if upper == lower { upper + Rational::from(Integer::one()) } else { upper };
    Cell::Between { lower: text(lower), upper: text(upper) }
}
