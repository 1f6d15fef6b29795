//! Comparisons, as sharp as the point allows.

use super::matrix::{same_size, trace_of};
use super::vector::{difference, dot, squared_norm};
use super::{Doubt, Evaluated, Number, Stage, Truth, Value, factor, mistyped};
use crate::theorems::language::syntax::Comparison;
use crate::theorems::value::Vector;
use std::cmp::Ordering;

pub(super) fn compare(stage: &Stage, comparison: Comparison, left: Value, right: Value) -> Evaluated<Truth> {
    let fits: fn(Ordering) -> bool = match comparison {
        Comparison::Equal => return equal(stage, left, right),
        Comparison::Unequal => return Ok(equal(stage, left, right)?.negated()),
        Comparison::Less => Ordering::is_lt,
        Comparison::AtMost => Ordering::is_le,
        Comparison::Greater => Ordering::is_gt,
        Comparison::AtLeast => Ordering::is_ge,
    };
    Ok(stage.point.ordered(&left.scalar()?, &right.scalar()?, stage.relations(), fits))
}

fn equal(stage: &Stage, left: Value, right: Value) -> Evaluated<Truth> {
    match (left, right) {
        (Value::Scalar(x), Value::Scalar(y)) => Ok(stage.equals(&x, &y)),
        (Value::Word(x), Value::Word(y)) => Ok((x == y).into()),
        (Value::Vector(x), Value::Vector(y)) => {
            let difference = difference(stage, x, y)?;
            Ok(stage.equals(&dot(stage, &difference, &difference)?, &Number::from(0)))
        }
        (Value::Matrix(x), Value::Matrix(y)) => {
            same_size(&x, &y)?;
            let pairs = x.iter().flatten().zip(y.iter().flatten());
            Ok(all(pairs.map(|(x, y)| stage.equals(x, y))))
        }
        _ => mistyped(),
    }
}

/// All of some truths, asked for until one is refuted.
fn all(mut truths: impl Iterator<Item = Truth>) -> Truth {
    let joined = truths.try_fold(Truth::Proved, |all, next| match all.and(next) {
        Truth::Refuted => Err(Truth::Refuted),
        all => Ok(all),
    });
    joined.unwrap_or_else(|refuted| refuted)
}

/// Whether `left = c · right` for some `c > 0`.
pub(super) fn proportional(stage: &Stage, left: Value, right: Value) -> Evaluated<Truth> {
    match (left, right) {
        (Value::Matrix(x), Value::Matrix(y)) => {
            same_size(&x, &y)?;
            same_ratio(stage, &x.concat(), &y.concat())
        }
        (Value::Vector(Vector::Entries(x)), Value::Vector(Vector::Entries(y))) if x.len() == y.len() => {
            same_ratio(stage, &x, &y)
        }
        (Value::Vector(x), Value::Vector(y)) => {
            let products = (dot(stage, &x, &x)?, dot(stage, &x, &y)?, dot(stage, &y, &y)?);
            Ok(cauchy_schwarz(stage, products))
        }
        (Value::Factor(x), Value::Factor(y)) => {
            // ⟨A, Bᵀ⟩ = tr(A B) for A = product(m), B = features(m).
            let turned = factor::flipped(y.clone());
            let (first, second) = if x.transposed { (&turned, &x) } else { (&x, &turned) };
            let trace = trace_of(&factor::times(stage, first, second)?);
            let norms = (squared_norm(stage, &x.into())?, squared_norm(stage, &y.into())?);
            Ok(cauchy_schwarz(stage, (norms.0, trace, norms.1)))
        }
        _ => mistyped(),
    }
}

/// `⟨x, y⟩² = ⟨x, x⟩⟨y, y⟩` and `⟨x, y⟩ > 0`, or both zero.
fn cauchy_schwarz(stage: &Stage, (xx, xy, yy): (Number, Number, Number)) -> Truth {
    let (none, other) = (stage.point.vanishes(&xx), stage.point.vanishes(&yy));
    if none || other {
        return Truth::from(none && other);
    }
    let sign = match xy.enclosure().sign() {
        Some(sign) => Truth::from(sign.is_gt()),
        None => Truth::Undecided(Doubt::Precision),
    };
    let relations = stage.relations();
    sign.and(stage.equals(&xy.times(&xy, relations), &xx.times(&yy, relations)))
}

fn same_ratio(stage: &Stage, x: &[Number], y: &[Number]) -> Evaluated<Truth> {
    let relations = stage.relations();
    let away = |y: &Number| y.enclosure().sign().is_some_and(Ordering::is_ne);
    let Some(pivot) = y.iter().position(away) else {
        if !y.iter().all(Number::is_zero) {
            return Err(Doubt::Precision);
        }
        let zero = Number::from(0);
        return Ok(x.iter().fold(Truth::Proved, |t, x| t.and(stage.equals(x, &zero))));
    };
    let (lead, base) = (&x[pivot], &y[pivot]);
    let sign = match (lead.enclosure().sign(), base.enclosure().sign()) {
        (Some(a), Some(b)) => Truth::from(a == b),
        _ => Truth::Undecided(Doubt::Precision),
    };
    let cross =
        |(x, y): (&Number, &Number)| stage.equals(&x.times(base, relations), &y.times(lead, relations));
    Ok(all(x.iter().zip(y).map(cross)).and(sign))
}
