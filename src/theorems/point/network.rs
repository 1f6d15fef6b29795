//! A trained network. Its numbers are wide, so comparisons are lenient: what cannot be told from equal is equal, and
//! the residual is noted.

use super::Point;
use crate::case::Uniqueness;
use crate::exact::Rational;
use crate::theorems::facts::Facts;
use crate::theorems::form::Relations;
use crate::theorems::number::Number;
use crate::theorems::trained::Trained;
use crate::theorems::truth::{Evaluated, Truth, open};
use crate::theorems::value::{Pairing, Which};
use num_traits::{Signed, ToPrimitive, Zero};
use std::cell::Cell;
use std::cmp::Ordering;
use std::rc::Rc;

#[derive(Debug)]
pub(super) struct Network<'a> {
    facts: Rc<Facts<'a>>,
    trained: &'a Trained,
    /// What is proved of the problem's optimum.
    optimum: Box<dyn Point + 'a>,
    /// The residual of the last equality that failed, or the largest of those that hold.
    residual: Cell<f64>,
    failed: Cell<bool>,
}

impl<'a> Network<'a> {
    pub(super) fn new(facts: Rc<Facts<'a>>, trained: &'a Trained, optimum: Box<dyn Point + 'a>) -> Self {
        Self { facts, trained, optimum, residual: Cell::new(0.0), failed: Cell::new(false) }
    }

    /// The measured shrinkage of mode `i`.
    fn mode(&self, i: i64) -> Evaluated<f64> {
        self.facts.block(i)?;
        let found = index(i).and_then(|at| self.trained.shrinkages.get(at));
        found.map_or_else(|| open(format!("there is no mode {i}")), |u| Ok(*u))
    }
}

/// An index from 1 as one from 0.
fn index(i: i64) -> Option<usize> {
    usize::try_from(i).ok()?.checked_sub(1)
}

impl Point for Network<'_> {
    fn uniqueness(&self) -> Evaluated<Uniqueness> {
        self.optimum.uniqueness()
    }

    fn simplex_objective(&self) -> Evaluated<Number> {
        self.optimum.simplex_objective()
    }

    fn objective(&self) -> Evaluated<Number> {
        Ok(self.trained.wide(self.trained.objective, self.trained.objective))
    }

    fn active(&self) -> Evaluated<usize> {
        let level = &self.trained.level;
        let values = (&level.product * &level.features).singular_values().unwrap_or_default();
        let tolerance = self.trained.tolerance();
        let least = tolerance * values.first().copied().unwrap_or(0.0).max(tolerance);
        Ok(values.iter().filter(|s| **s > least).count())
    }

    fn shrinkage(&self, i: i64) -> Evaluated<Number> {
        Ok(self.trained.wide(self.mode(i)?, 1.0))
    }

    fn kept(&self, i: i64) -> Evaluated<bool> {
        Ok(self.mode(i)? > self.trained.tolerance())
    }

    /// At rest all factors have the same energy.
    fn energy(&self) -> Evaluated<Number> {
        let all = self.trained.energies();
        let (low, high) = all.iter().fold((f64::MAX, 0.0f64), |(low, high), x| (low.min(*x), high.max(*x)));
        Ok(self.trained.wide((low + high) / 2.0, high + (high - low) / self.trained.tolerance()))
    }

    fn strength(&self, which: Which, i: i64) -> Evaluated<Number> {
        let values = match which {
            Which::FullFeatures => &self.trained.singular()[0],
            Which::Layer(l) => &self.trained.singular()[l],
            Which::Product(_) | Which::Features(_) => {
                return open("of a trained network, strengths are those of W(l) and H");
            }
        };
        let value = index(i).and_then(|at| values.get(at)).copied().unwrap_or(0.0);
        Ok(self.trained.wide(value, values.first().copied().unwrap_or(0.0)))
    }

    fn norm_sq(&self, which: Which) -> Evaluated<Number> {
        let value = self.trained.squared(which);
        Ok(self.trained.wide(value, value))
    }

    fn inner(&self, pairing: Pairing, j: usize, k: usize) -> Evaluated<Number> {
        self.facts.step(1)?;
        let of = self.trained;
        Ok(match pairing {
            Pairing::Rows(m) => {
                let a = &of.products[m - 1];
                of.wide(a.row(j) * a.row(k).transpose(), of.row_scales[m - 1])
            }
            Pairing::Columns(m) => {
                let h = &of.features[m - 1];
                of.wide(h.col(j).transpose() * h.col(k), of.column_scales[m - 1])
            }
            Pairing::Across => of.wide(of.level.logits[(j, k)] - of.bias(j), of.level.logits.norm_max()),
        })
    }

    fn logit(&self, j: usize, k: usize) -> Evaluated<Number> {
        let logits = &self.trained.level.logits;
        Ok(self.trained.wide(logits[(j, k)], logits.norm_max()))
    }

    fn collapsed(&self, k: usize) -> Evaluated<bool> {
        Ok(self.trained.meet(k, None))
    }

    fn merged(&self, j: usize, k: usize) -> Evaluated<bool> {
        Ok(self.trained.meet(j, Some(k)))
    }

    fn equals(&self, x: &Number, y: &Number, relations: Option<&Relations>) -> Truth {
        let truth = x.equals(y, relations);
        let (x, y) = (x.enclosure(), y.enclosure());
        let ([x_low, x_high], [y_low, y_high], _) = x.ends_with(y);
        let spread = (&x_high - &x_low) + (&y_high - &y_low);
        if !spread.is_zero() {
            let apart = ((x_low + x_high) - (y_low + y_high)).abs();
            let ratio = Rational::new_raw(apart, spread).to_f64();
            let residual = self.trained.tolerance() * ratio.unwrap_or(f64::INFINITY);
            let fails = truth == Truth::Refuted;
            if fails || !self.failed.get() && residual > self.residual.get() {
                self.residual.set(residual);
                self.failed.set(fails);
            }
        }
        truth
    }

    /// `≤` and `≥` hold as far as equality does.
    fn ordered(
        &self,
        x: &Number,
        y: &Number,
        relations: Option<&Relations>,
        fits: fn(Ordering) -> bool,
    ) -> Truth {
        match x.compare(y, relations) {
            Ok(order) => fits(order).into(),
            Err(_) if fits(Ordering::Equal) => self.equals(x, y, relations),
            Err(doubt) => doubt.into(),
        }
    }

    fn vanishes(&self, x: &Number) -> bool {
        x.enclosure().sign().is_none_or(Ordering::is_eq)
    }

    fn restart(&self) {
        self.residual.set(0.0);
        self.failed.set(false);
    }

    fn residual(&self) -> Option<(f64, f64)> {
        Some((self.residual.get(), self.trained.tolerance()))
    }
}
