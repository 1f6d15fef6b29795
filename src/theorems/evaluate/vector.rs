//! Vectors: of hidden space, known by their inner products, or by their entries.

use super::arguments::Arguments;
use super::scalar::scaled;
use super::{Evaluated, Number, Stage, Value, factor, mistyped, open};
use crate::theorems::value::Pairing::{Across, Columns, Rows};
use crate::theorems::value::{Vector, Which};

pub(super) fn norm(of: &mut Arguments) -> Evaluated<Value> {
    let square = squared_norm(of.stage, &of.value()?)?;
    Ok(of.stage.facts.length(&square).into())
}

pub(super) fn dot_of(of: &mut Arguments) -> Evaluated<Value> {
    let (a, b) = (of.value()?.vector()?, of.value()?.vector()?);
    Ok(dot(of.stage, &a, &b)?.into())
}

pub(super) fn cos(of: &mut Arguments) -> Evaluated<Value> {
    let (stage, relations) = (of.stage, of.stage.relations());
    let (a, b) = (of.value()?.vector()?, of.value()?.vector()?);
    let length = |x: &Vector| Ok(stage.facts.length(&dot(stage, x, x)?));
    let lengths = length(&a)?.times(&length(&b)?, relations);
    Ok(dot(stage, &a, &b)?.over(&lengths, relations)?.into())
}

/// A row of a matrix or factor, or a column.
pub(super) fn line(of: &mut Arguments, row: bool) -> Evaluated<Value> {
    let (stage, value, k) = (of.stage, of.value()?, of.whole()?);
    let depth = stage.problem().depth();
    Ok(match value {
        Value::Matrix(rows) => {
            let k = stage.within(k, rows.len(), if row { "row" } else { "column" })?;
            let entries = if row { rows[k].clone() } else { rows.iter().map(|r| r[k].clone()).collect() };
            Vector::Entries(entries)
        }
        Value::Factor(f) => {
            let output = || stage.within(k, stage.problem().outputs(), "output");
            match (f.which, row != f.transposed) {
                (Which::Product(m), true) => Vector::row(m, output()?, f.scale),
                (Which::Layer(l), true) if l == depth => Vector::row(l, output()?, f.scale),
                (Which::Features(m), false) => {
                    Vector::column(m, stage.within(k, stage.problem().classes(), "class")?, f.scale)
                }
                _ => return open("only rows of product(m) and columns of features(m) are known"),
            }
        }
        _ => return mistyped(),
    }
    .into())
}

pub(super) fn sum(a: Vector, b: Vector) -> Evaluated<Vector> {
    match (a, b) {
        (
            Vector::Hidden { space, mut rows, mut columns },
            Vector::Hidden { space: other, rows: more, columns: others },
        ) if space == other => {
            rows.extend(more);
            columns.extend(others);
            Ok(Vector::Hidden { space, rows, columns })
        }
        (Vector::Entries(a), Vector::Entries(b)) if a.len() == b.len() => {
            Ok(Vector::Entries(a.iter().zip(&b).map(|(a, b)| a.plus(b)).collect()))
        }
        _ => open("vectors of different spaces"),
    }
}

pub(super) fn difference(stage: &Stage, a: Vector, b: Vector) -> Evaluated<Vector> {
    sum(a, scaled(stage, b.into(), &Number::from(-1))?.vector()?)
}

pub(super) fn dot(stage: &Stage, a: &Vector, b: &Vector) -> Evaluated<Number> {
    let (point, relations) = (&stage.point, stage.relations());
    let mut total = Number::from(0);
    match (a, b) {
        (
            Vector::Hidden { space, rows, columns },
            Vector::Hidden { space: other, rows: rows_b, columns: columns_b },
        ) if space == other => {
            let mut add = |x: &Number, y: &Number, inner: Number| {
                total = total.plus(&x.times(y, relations).times(&inner, relations));
            };
            for (j, x) in rows {
                for (k, y) in rows_b {
                    add(x, y, point.inner(Rows(*space), *j, *k)?);
                }
                for (k, y) in columns_b {
                    add(x, y, point.inner(Across, *j, *k)?);
                }
            }
            for (k, x) in columns {
                for (j, y) in rows_b {
                    add(x, y, point.inner(Across, *j, *k)?);
                }
                for (j, y) in columns_b {
                    add(x, y, point.inner(Columns(*space), *k, *j)?);
                }
            }
            Ok(total)
        }
        (Vector::Entries(a), Vector::Entries(b)) if a.len() == b.len() => {
            Ok(a.iter().zip(b).fold(total, |sum, (a, b)| sum.plus(&a.times(b, relations))))
        }
        _ => open("vectors of different spaces have no inner product"),
    }
}

/// The squared norm of a vector, a matrix or a factor.
pub(super) fn squared_norm(stage: &Stage, value: &Value) -> Evaluated<Number> {
    let relations = stage.relations();
    match value {
        Value::Vector(x) => dot(stage, x, x),
        Value::Matrix(rows) => {
            let squares = rows.iter().flatten().map(|x| x.times(x, relations));
            Ok(squares.fold(Number::from(0), |sum, x| sum.plus(&x)))
        }
        Value::Factor(f) => factor::squared_norm(stage, f),
        _ => mistyped(),
    }
}
