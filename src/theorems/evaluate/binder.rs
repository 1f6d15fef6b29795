//! Quantifiers and folds: what is said of every value of some variables.

use super::arguments::whole;
use super::scalar::extreme;
use super::{Evaluated, Evaluator, Number, Truth, Value, open};
use crate::theorems::language::formula::{Domain, Slot, Term};
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

    /// Runs `what` for every value of the variables until it says stop. Whether it ran to the end.
    fn each(&mut self, over: &[Slot], what: &mut dyn FnMut(&mut Self) -> Evaluated<bool>) -> Evaluated<bool> {
        let Some((first, rest)) = over.split_first() else { return what(self) };
        let (low, high) = match &first.over {
            Domain::Named(Range::Classes) => (1, self.stage.problem().classes() as i64),
            Domain::Named(Range::Layers) => (1, self.stage.problem().depth() as i64),
            Domain::Named(Range::Modes) => (1, self.stage.facts.mode_count()? as i64),
            Domain::Between(low, high) => (whole(&self.number(low)?)?, whole(&self.number(high)?)?),
        };
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
