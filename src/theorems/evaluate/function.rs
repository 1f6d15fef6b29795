//! The table of functions, and the arguments they take.

use super::{Evaluated, Number, Stage, Value, factor, matrix, mistyped, open, quantity, scalar, vector};
use crate::theorems::language::names::Function;
use std::vec::IntoIter;

/// The values of a function's arguments, taken one after the other.
pub(super) struct Arguments<'s, 'p> {
    pub(super) stage: &'s Stage<'p>,
    values: IntoIter<Value>,
}

/// What evaluates a function.
pub(super) type Evaluate = fn(&mut Arguments) -> Evaluated<Value>;

/// The evaluator of every function.
pub(super) fn evaluator(function: Function) -> Evaluate {
    match function {
        Function::Norm => vector::norm,
        Function::Dot => vector::dot_of,
        Function::Cos => vector::cos,
        Function::Row => |of| vector::line(of, true),
        Function::Column => |of| vector::line(of, false),
        Function::Gram => factor::gram,
        Function::Rank => factor::rank,
        Function::Transpose => factor::transpose,
        Function::Strength => factor::strength,
        Function::Layer => factor::layer,
        Function::Product => factor::product,
        Function::Features => factor::features,
        Function::Trace => matrix::trace,
        Function::Entry => matrix::entry,
        Function::Identity => matrix::identity,
        Function::Simplex => matrix::simplex,
        Function::Ones => matrix::ones,
        Function::BestRank => matrix::best_rank,
        Function::Sqrt => scalar::sqrt,
        Function::Log => scalar::log,
        Function::Exp => scalar::exp,
        Function::Abs => scalar::abs,
        Function::Min => scalar::min,
        Function::Max => scalar::max,
        Function::Level => quantity::level,
        Function::LocalMinimum => quantity::local_minimum,
        Function::Collapsed => quantity::collapsed,
        Function::Merged => quantity::merged,
        Function::Kept => quantity::kept,
        Function::HasRoot => quantity::has_root,
        Function::Metastable => quantity::metastable,
    }
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
