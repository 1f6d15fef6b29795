//! Factors of the network, known up to rotations of hidden space.

use super::arguments::Arguments;
use super::{Evaluated, Number, Stage, Value, matrix, mistyped, open};
use crate::theorems::value::{Factor, Matrix, Pairing, Which};
use std::cmp::Ordering;

pub(super) fn layer(of: &mut Arguments) -> Evaluated<Value> {
    Ok(Factor::from(Which::Layer(of.layer()?)).into())
}

pub(super) fn product(of: &mut Arguments) -> Evaluated<Value> {
    Ok(Factor::from(Which::Product(of.layer()?)).into())
}

pub(super) fn features(of: &mut Arguments) -> Evaluated<Value> {
    Ok(Factor::from(Which::Features(of.layer()?)).into())
}

pub(super) fn strength(of: &mut Arguments) -> Evaluated<Value> {
    let (f, i) = (of.value()?.factor()?, of.whole()?);
    if f.scale.enclosure().sign().is_none_or(Ordering::is_lt) {
        return open("the strength of a negative multiple");
    }
    Ok(of.stage.point.strength(f.which, i)?.times(&f.scale, of.stage.relations()).into())
}

pub(super) fn rank(of: &mut Arguments) -> Evaluated<Value> {
    let rank = match of.value()? {
        Value::Factor(f) if !f.scale.is_zero() => of.stage.point.active()?,
        Value::Matrix(rows) => matrix::exact_rank(&rows)?,
        _ => return open("the rank of a vanishing multiple"),
    };
    Ok(Number::from(rank as i64).into())
}

pub(super) fn transpose(of: &mut Arguments) -> Evaluated<Value> {
    Ok(match of.value()? {
        Value::Matrix(rows) => matrix::transposed(&rows).into(),
        Value::Factor(f) => flipped(f).into(),
        _ => return mistyped(),
    })
}

pub(super) fn flipped(f: Factor) -> Factor {
    Factor { transposed: !f.transposed, ..f }
}

pub(super) fn gram(of: &mut Arguments) -> Evaluated<Value> {
    let stage = of.stage;
    let (relations, problem) = (stage.relations(), stage.problem());
    Ok(match of.value()? {
        Value::Matrix(rows) => matrix::times(stage, &rows, &matrix::transposed(&rows))?.into(),
        Value::Factor(f) => {
            let pairing = f.which.pairing(problem.depth())?;
            let square = f.scale.times(&f.scale, relations);
            let entry = |j, k| Ok(stage.point.inner(pairing, j, k)?.times(&square, relations));
            let size =
                if matches!(pairing, Pairing::Rows(_)) { problem.outputs() } else { problem.classes() };
            stage.matrix(size, entry)?.into()
        }
        _ => return mistyped(),
    })
}

pub(super) fn squared_norm(stage: &Stage, f: &Factor) -> Evaluated<Number> {
    let square = f.scale.times(&f.scale, stage.relations());
    Ok(stage.point.norm_sq(f.which)?.times(&square, stage.relations()))
}

/// `(W_M⋯W_m)(W_{m−1}⋯W_1 H̄)`, or its transpose.
pub(super) fn times(stage: &Stage, a: &Factor, b: &Factor) -> Evaluated<Matrix> {
    let depth = stage.problem().depth();
    let meet = |left: Which, right: Which| match (left, right) {
        (Which::Product(m), Which::Features(n)) => m == n,
        (Which::Layer(l), Which::Features(n)) => l == depth && l == n,
        _ => false,
    };
    let turned = match (a.transposed, b.transposed) {
        (false, false) if meet(a.which, b.which) => false,
        (true, true) if meet(b.which, a.which) => true,
        _ => return open("of products only product(m) * features(m) is known"),
    };
    let scale = a.scale.times(&b.scale, stage.relations());
    square_logits(stage)?;
    stage.matrix(stage.problem().classes(), |j, k| {
        let (j, k) = if turned { (k, j) } else { (j, k) };
        Ok(stage.point.inner(Pairing::Across, j, k)?.times(&scale, stage.relations()))
    })
}

/// Matrices are square: the logits are one where outputs are classes.
pub(super) fn square_logits(stage: &Stage) -> Evaluated<()> {
    let same = stage.problem().outputs() == stage.problem().classes();
    if same { Ok(()) } else { open("the logits are no square matrix; take entry(logits, j, k)") }
}
