//! Sums, products and quotients of values of every kind.

use super::scalar::{power, scaled};
use super::{Evaluated, Number, Stage, Value, factor, matrix, mistyped, vector};
use crate::theorems::language::syntax::Arithmetic::{self, Add, Divide, Multiply, Power, Subtract};

pub(super) fn arithmetic(stage: &Stage, operator: Arithmetic, left: Value, right: Value) -> Evaluated<Value> {
    use Value::{Factor, Matrix, Scalar, Vector};
    let relations = stage.relations();
    Ok(match (operator, left, right) {
        (Add, Scalar(a), Scalar(b)) => a.plus(&b).into(),
        (Subtract, Scalar(a), Scalar(b)) => a.minus(&b).into(),
        (Multiply, Scalar(a), Scalar(b)) => a.times(&b, relations).into(),
        (Divide, Scalar(a), Scalar(b)) => a.over(&b, relations)?.into(),
        (Power, Scalar(a), Scalar(b)) => power(stage, &a, &b)?.into(),
        (Add, Vector(a), Vector(b)) => vector::sum(a, b)?.into(),
        (Subtract, Vector(a), Vector(b)) => vector::difference(stage, a, b)?.into(),
        (Add, Matrix(a), Matrix(b)) => matrix::by_entries(stage, &a, &b, Number::plus)?.into(),
        (Subtract, Matrix(a), Matrix(b)) => matrix::by_entries(stage, &a, &b, Number::minus)?.into(),
        (Multiply, Matrix(a), Matrix(b)) => matrix::times(stage, &a, &b)?.into(),
        (Multiply, Factor(a), Factor(b)) => factor::times(stage, &a, &b)?.into(),
        (Multiply, Scalar(s), x) | (Multiply, x, Scalar(s)) => scaled(stage, x, &s)?,
        (Divide, x, Scalar(s)) => scaled(stage, x, &s.recip()?)?,
        _ => return mistyped(),
    })
}
