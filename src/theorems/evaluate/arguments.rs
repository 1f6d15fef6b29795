//! The arguments of a function.

use super::{Evaluated, Number, Stage, Value, mistyped, open};
use std::vec::IntoIter;

/// What evaluates a function.
pub(super) type Evaluate = fn(&mut Arguments) -> Evaluated<Value>;

/// The values of a function's arguments, taken one after the other.
pub(super) struct Arguments<'s, 'p> {
    pub(super) stage: &'s Stage<'p>,
    values: IntoIter<Value>,
}

impl<'s, 'p> Arguments<'s, 'p> {
    pub(super) fn new(stage: &'s Stage<'p>, values: Vec<Value>) -> Self {
        Self { stage, values: values.into_iter() }
    }

    pub(super) fn value(&mut self) -> Evaluated<Value> {
        self.values.next().map_or_else(mistyped, Ok)
    }

    pub(super) fn number(&mut self) -> Evaluated<Number> {
        self.value()?.scalar()
    }

    /// All numbers that are left.
    pub(super) fn numbers(&mut self) -> Evaluated<Vec<Number>> {
        self.values.by_ref().map(Value::scalar).collect()
    }

    pub(super) fn whole(&mut self) -> Evaluated<i64> {
        whole(&self.number()?)
    }

    /// A class index, from 0.
    pub(super) fn class(&mut self) -> Evaluated<usize> {
        let k = self.whole()?;
        self.stage.within(k, self.stage.problem().classes(), "class")
    }

    /// An output index, from 0.
    pub(super) fn output(&mut self) -> Evaluated<usize> {
        let j = self.whole()?;
        self.stage.within(j, self.stage.problem().outputs(), "output")
    }

    /// A layer index, from 1.
    pub(super) fn layer(&mut self) -> Evaluated<usize> {
        let l = self.whole()?;
        Ok(self.stage.within(l, self.stage.problem().depth(), "layer")? + 1)
    }
}

/// A number that is an index.
pub(super) fn whole(x: &Number) -> Evaluated<i64> {
    x.whole().map_or_else(|| open("an index that is not a whole number"), Ok)
}
