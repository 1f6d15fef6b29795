//! Square matrices of numbers.

use super::arguments::Arguments;
use super::{Evaluated, Number, Stage, Value, open};
use crate::exact::{Rational, is_semidefinite, over_one, whole};
use crate::theorems::truth::Truth;
use crate::theorems::value::Matrix;
use num_traits::{Signed, Zero};

pub(super) fn trace(of: &mut Arguments) -> Evaluated<Value> {
    Ok(trace_of(&of.value()?.matrix()?).into())
}

pub(super) fn trace_of(rows: &Matrix) -> Number {
    rows.iter().enumerate().fold(Number::from(0), |sum, (i, row)| sum.plus(&row[i]))
}

pub(super) fn entry(of: &mut Arguments) -> Evaluated<Value> {
    let (rows, j, k) = (of.value()?.matrix()?, of.whole()?, of.whole()?);
    let (j, k) = (of.stage.within(j, rows.len(), "row")?, of.stage.within(k, rows.len(), "column")?);
    Ok(rows[j][k].clone().into())
}

pub(super) fn identity(of: &mut Arguments) -> Evaluated<Value> {
    pattern(of, |_| (whole(1), whole(0)))
}

pub(super) fn simplex(of: &mut Arguments) -> Evaluated<Value> {
    pattern(of, |size| (whole(1) - whole(size).recip(), -whole(size).recip()))
}

pub(super) fn ones(of: &mut Arguments) -> Evaluated<Value> {
    pattern(of, |_| (whole(1), whole(1)))
}

/// The matrix of a size with one number on its diagonal and one elsewhere.
fn pattern(of: &mut Arguments, entries: fn(u64) -> (Rational, Rational)) -> Evaluated<Value> {
    let size = match of.whole()? {
        size @ 1.. => size as u64,
        size => return open(format!("a matrix of size {size}")),
    };
    let (own, other) = entries(size);
    let entry = |j, k| Ok(if j == k { own.clone() } else { other.clone() }.into());
    Ok(of.stage.matrix(size as usize, entry)?.into())
}

pub(super) fn best_rank(of: &mut Arguments) -> Evaluated<Value> {
    let (rank, rows) = (of.whole()?, of.value()?.matrix()?);
    Ok(best_of_rank(rank, rows)?.into())
}

pub(super) fn by_entries(
    stage: &Stage,
    a: &Matrix,
    b: &Matrix,
    entry: fn(&Number, &Number) -> Number,
) -> Evaluated<Matrix> {
    same_size(a, b)?;
    stage.facts.step((a.len() * a.len()) as u64)?;
    Ok(a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(a, b)| entry(a, b)).collect()).collect())
}

pub(super) fn times(stage: &Stage, a: &Matrix, b: &Matrix) -> Evaluated<Matrix> {
    same_size(a, b)?;
    stage.facts.step((a.len() * a.len() * a.len()) as u64)?;
    let entry = |j: usize, k: usize| {
        let terms = (0..a.len()).map(|i| a[j][i].times(&b[i][k], stage.relations()));
        terms.fold(Number::from(0), |sum, x| sum.plus(&x))
    };
    Ok((0..a.len()).map(|j| (0..a.len()).map(|k| entry(j, k)).collect()).collect())
}

pub(super) fn same_size(a: &Matrix, b: &Matrix) -> Evaluated<()> {
    if a.len() == b.len() { Ok(()) } else { open("matrices of different sizes") }
}

pub(super) fn transposed(rows: &Matrix) -> Matrix {
    (0..rows.len()).map(|k| rows.iter().map(|row| row[k].clone()).collect()).collect()
}

/// Whether a symmetric matrix of exact numbers has no negative eigenvalue.
pub(super) fn semidefinite(of: &mut Arguments) -> Evaluated<Value> {
    let rows = exact(&of.value()?.matrix()?)?;
    of.stage.facts.step((rows.len() * rows.len() * rows.len()) as u64)?;
    match rows
        == (0..rows.len()).map(|k| rows.iter().map(|row| row[k].clone()).collect()).collect::<Vec<Vec<_>>>()
    {
        true => Ok(Truth::from(is_semidefinite(over_one(&rows).0)).into()),
        false => open("a matrix that is not symmetric"),
    }
}

/// The entries, where all are exact.
fn exact(rows: &Matrix) -> Evaluated<Vec<Vec<Rational>>> {
    let row = |row: &Vec<Number>| row.iter().map(|x| x.exact().cloned()).collect::<Option<_>>();
    rows.iter().map(row).collect::<Option<_>>().map_or_else(|| open("a matrix that is not exact"), Ok)
}

/// The rank of a matrix of exact numbers, by elimination.
pub(super) fn exact_rank(rows: &Matrix) -> Evaluated<usize> {
    let mut rows = exact(rows)?;
    let (mut rank, size) = (0, rows.len());
    for column in 0..size {
        let Some(pivot) = (rank..size).find(|r| !rows[*r][column].is_zero()) else { continue };
        rows.swap(rank, pivot);
        for r in rank + 1..size {
            let factor = &rows[r][column] / &rows[rank][column];
            for c in column..size {
                let change = &factor * &rows[rank][c];
                rows[r][c] -= change;
            }
        }
        rank += 1;
    }
    Ok(rank)
}

/// The best approximation of rank `r`, where it is the matrix itself or unique by a diagonal with a gap.
fn best_of_rank(rank: i64, rows: Matrix) -> Evaluated<Matrix> {
    let rank = match usize::try_from(rank) {
        Ok(rank) if rank >= rows.len() => return Ok(rows),
        Ok(rank) => rank,
        Err(_) => return open("a negative rank"),
    };
    if exact_rank(&rows).is_ok_and(|r| r <= rank) {
        return Ok(rows);
    }
    let diagonal =
        rows.iter().enumerate().all(|(j, row)| row.iter().enumerate().all(|(k, x)| j == k || x.is_zero()));
    let sizes: Option<Vec<Rational>> =
        rows.iter().enumerate().map(|(j, row)| row[j].exact().map(Signed::abs)).collect();
    let (true, Some(sizes)) = (diagonal, sizes) else {
        return open("a best approximation that is not read off a diagonal");
    };
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|a, b| sizes[*b].cmp(&sizes[*a]));
    if rank > 0 && sizes[order[rank - 1]] == sizes[order[rank]] {
        return open("a best approximation that is not unique");
    }
    let kept = &order[..rank];
    let entry = |(j, row): (usize, Vec<Number>)| {
        if kept.contains(&j) { row } else { vec![Number::from(0); sizes.len()] }
    };
    Ok(rows.into_iter().enumerate().map(entry).collect())
}
