//! Quantifiers and folds: what is said of every value of some variables.

use super::arguments::whole;
use super::scalar::extreme;
use super::{Evaluated, Evaluator, Number, Truth, Value, open};
use crate::theorems::language::formula::{Domain, Shape, Slot, Term};
use crate::theorems::language::names::Range;
use crate::theorems::language::syntax::Fold;
use std::cmp::Ordering;

/// Longest range of a variable.
const MAX_RANGE: i64 = 100_000;

impl Evaluator<'_, '_> {
    pub(super) fn quantified(
        &mut self,
        all: bool,
        over: &[Slot],
        filter: Option<&Term>,
        body: &Term,
    ) -> Evaluated<Truth> {
        let mut truth = Truth::from(all);
        let end = Truth::from(!all);
        self.each(over, &mut |this| {
            let wanted = filter.map_or(Truth::Proved, |f| this.truth(f));
            if wanted == Truth::Refuted {
                return Ok(true);
            }
            let body = this.truth(body);
            let known = std::mem::replace(&mut truth, Truth::Proved);
            truth = match all {
                true => known.and(wanted.negated().or(body)),
                false => known.or(wanted.and(body)),
            };
            Ok(truth != end)
        })?;
        Ok(truth)
    }

    /// Steps that a piece takes at least unless something settles it early: the values of its variables are counted.
    pub(super) fn least_steps(&mut self, term: &Term) -> u64 {
        let all = |this: &mut Self, terms: &[Term]| {
            terms.iter().fold(1, |sum: u64, term| sum.saturating_add(this.least_steps(term)))
        };
        match &term.shape {
            Shape::Quantified { over, filter, body, .. } | Shape::Fold { over, filter, body, .. } => {
                let each = if filter.is_some() { 1 } else { self.least_steps(body) };
                let mut range = |slot: &Slot| match &slot.over {
                    Domain::Between(low, high) if low.uses_variables() || high.uses_variables() => Ok((1, 1)),
                    over => self.ends(over),
                };
                let sizes = over.iter().map(|slot| range(slot).map_or(0, |(low, high)| high - low + 1));
                sizes.fold(each, |product, size| product.saturating_mul(size.max(0) as u64))
            }
            Shape::Function(_, of) => all(self, of),
            Shape::Negate(one) | Shape::Not(one) | Shape::Implies(one, _) => self.least_steps(one),
            Shape::Arithmetic(_, left, right)
            | Shape::Compare(_, left, right)
            | Shape::Proportional(left, right) => {
                self.least_steps(left).saturating_add(self.least_steps(right))
            }
            Shape::Both(of) | Shape::Either(of) => of.first().map_or(1, |one| self.least_steps(one)),
            Shape::Choice { condition, .. } => self.least_steps(condition),
            _ => 1,
        }
    }

    /// Both ends of what a variable ranges over.
    fn ends(&mut self, over: &Domain) -> Evaluated<(i64, i64)> {
        Ok(match over {
            Domain::Named(Range::Classes) => (1, self.stage.problem().classes() as i64),
            Domain::Named(Range::Layers) => (1, self.stage.problem().depth() as i64),
            Domain::Named(Range::Modes) => (1, self.stage.facts.mode_count()? as i64),
            Domain::Between(low, high) => (whole(&self.number(low)?)?, whole(&self.number(high)?)?),
        })
    }

    /// Runs `what` for every value of the variables until it says stop. Whether it ran to the end.
    fn each(&mut self, over: &[Slot], what: &mut dyn FnMut(&mut Self) -> Evaluated<bool>) -> Evaluated<bool> {
        let Some((first, rest)) = over.split_first() else { return what(self) };
        let (low, high) = self.ends(&first.over)?;
        if high.saturating_sub(low) > MAX_RANGE {
            return open("a range that is too long");
        }
        for value in low..=high {
            self.stage.facts.step(1)?;
            self.variables[first.slot] = value;
            if !self.each(rest, what)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn fold(
        &mut self,
        fold: Fold,
        over: &[Slot],
        filter: Option<&Term>,
        body: &Term,
    ) -> Evaluated<Value> {
        let mut values = Vec::new();
        self.each(over, &mut |this| {
            if filter.map_or(Ok(true), |f| this.truth(f).decided())? {
                values.push(this.number(body)?);
            }
            Ok(true)
        })?;
        let stage = self.stage;
        Ok(match fold {
            Fold::Sum => values.iter().fold(Number::from(0), |sum, x| sum.plus(x)),
            Fold::Product => values.iter().fold(Number::one(), |all, x| all.times(x, stage.relations())),
            Fold::Min => extreme(stage, values, Ordering::Less)?,
            Fold::Max => extreme(stage, values, Ordering::Greater)?,
            Fold::Diagonal => {
                let entry = |j: usize, k| Ok(if j == k { values[j].clone() } else { Number::from(0) });
                return Ok(stage.matrix(values.len(), entry)?.into());
            }
        }
        .into())
    }
}
