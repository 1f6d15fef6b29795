//! Functions of numbers, and multiples of values.

use super::arguments::Arguments;
use super::{Doubt, Evaluated, Number, Stage, Value, mistyped, open};
use crate::exact::{Enclosure, Rational};
use crate::theorems::value::{Factor, Vector};
use num_traits::{Signed, Zero};
use std::cmp::Ordering;

pub(super) fn sqrt(of: &mut Arguments) -> Evaluated<Value> {
    let (facts, x) = (&of.stage.facts, of.number()?);
    Ok(x.sqrt(facts.bits(), facts.precision.algebra)?.into())
}

pub(super) fn log(of: &mut Arguments) -> Evaluated<Value> {
    let x = of.number()?;
    if !x.enclosure().upper().is_positive() {
        return open("the logarithm of a number that is not positive");
    }
    let value = x.enclosure().ln(of.stage.facts.bits()).ok_or(Doubt::Precision)?;
    Ok(Number::from(value).into())
}

pub(super) fn exp(of: &mut Arguments) -> Evaluated<Value> {
    match of.number()?.enclosure().exp(of.stage.facts.bits()) {
        Some(value) => Ok(Number::from(value).into()),
        None => open("an exponential that is too large"),
    }
}

pub(super) fn abs(of: &mut Arguments) -> Evaluated<Value> {
    let x = of.number()?;
    Ok(match x.enclosure().sign() {
        Some(Ordering::Less) => x.negated(),
        Some(_) => x,
        None => {
            let top = x.enclosure().upper().max(-x.enclosure().lower());
            Enclosure::hull(&Rational::zero(), &top, of.stage.facts.bits()).into()
        }
    }
    .into())
}

pub(super) fn min(of: &mut Arguments) -> Evaluated<Value> {
    Ok(extreme(of.stage, of.numbers()?, Ordering::Less)?.into())
}

pub(super) fn max(of: &mut Arguments) -> Evaluated<Value> {
    Ok(extreme(of.stage, of.numbers()?, Ordering::Greater)?.into())
}

/// The least or greatest of some numbers.
pub(super) fn extreme(stage: &Stage, values: Vec<Number>, wanted: Ordering) -> Evaluated<Number> {
    let mut values = values.into_iter();
    let Some(mut best) = values.next() else { return open("the least or greatest of nothing") };
    for x in values {
        match x.compare(&best, stage.relations()) {
            Ok(order) if order == wanted => best = x,
            Ok(_) => {}
            Err(_) => {
                // Not told apart: what is least or greatest lies between the extremes of both.
                let (a, b) = (best.enclosure(), x.enclosure());
                let pick = |p: Rational, q: Rational| if wanted.is_lt() { p.min(q) } else { p.max(q) };
                let (low, high) = (pick(a.lower(), b.lower()), pick(a.upper(), b.upper()));
                best = Enclosure::hull(&low, &high, stage.facts.bits()).into();
            }
        }
    }
    Ok(best)
}

pub(super) fn power(stage: &Stage, base: &Number, exponent: &Number) -> Evaluated<Number> {
    if let Some(e) = exponent.whole() {
        return base.power(e, stage.relations());
    }
    let bits = stage.facts.bits();
    if base.enclosure().sign() != Some(Ordering::Greater) {
        return open("a power with a fractional exponent of a number that is not positive");
    }
    let log = base.enclosure().ln(bits).ok_or(Doubt::Precision)?;
    match (&log * exponent.enclosure()).exp(bits) {
        Some(value) => Ok(value.into()),
        None => open("a power that is too large"),
    }
}

/// A multiple of a value.
pub(super) fn scaled(stage: &Stage, value: Value, by: &Number) -> Evaluated<Value> {
    let times = |x: Number| x.times(by, stage.relations());
    let all = |list: Vec<(usize, Number)>| list.into_iter().map(|(k, x)| (k, times(x))).collect();
    let row = |row: Vec<Number>| -> Vec<Number> { row.into_iter().map(times).collect() };
    Ok(match value {
        Value::Scalar(x) => times(x).into(),
        Value::Vector(Vector::Hidden { space, rows, columns }) => {
            Vector::Hidden { space, rows: all(rows), columns: all(columns) }.into()
        }
        Value::Vector(Vector::Entries(entries)) => Vector::Entries(row(entries)).into(),
        Value::Matrix(rows) => Value::Matrix(rows.into_iter().map(row).collect()),
        Value::Factor(f) => Factor { scale: times(f.scale), ..f }.into(),
        _ => return mistyped(),
    })
}
