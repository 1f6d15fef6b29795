//! Eigenvectors of an integer matrix by inverse iteration, in rounded arithmetic. Nothing here is proven.

use crate::exact::{Dyadic, Integer, Toward};
use crate::hints;
use num_traits::{One, Zero};

/// The shift of inverse iteration stands this many binary places off the candidate, so that no pivot vanishes.
const SHIFT_PLACES: i64 = 50;

/// Inverse iteration from float vectors that share an eigenvalue: orthonormal columns to about `places` binary
/// places, in fixed point. Nothing here is proven. `None` if the elimination breaks down.
pub fn sharpened(
    b: &[Vec<Integer>],
    modes: &[(f64, Vec<f64>)],
    places: i64,
    iterations: usize,
) -> Option<Vec<Vec<Integer>>> {
    let bits = u32::try_from(places).ok()? + 64;
    let start: Vec<Vec<Dyadic>> =
        modes.iter().map(|(_, v)| v.iter().map(|x| hints::candidate(*x)).collect()).collect();
    let image = |x: &[Dyadic]| -> Vec<Dyadic> {
        b.iter()
            .map(|row| sum(row.iter().zip(x).map(|(b, x)| Dyadic::new(b.clone(), 0).times(x)), bits))
            .collect()
    };
    // The Rayleigh quotient of the first vector, moved off by a hair.
    let quotient = inner(&start[0], &image(&start[0]), bits).divided(
        &inner(&start[0], &start[0], bits),
        bits,
        Toward::Down,
    );
    let size = b.iter().flatten().map(|x| x.bits() as i64).max()?;
    let shift = quotient.plus(&Dyadic::new(Integer::one(), size - SHIFT_PLACES));
    let elimination = Elimination::of(b, &shift, bits)?;
    let mut vectors = start;
    for _ in 0..iterations {
        let next: Vec<Vec<Dyadic>> = vectors.iter().map(|v| elimination.solve(v, bits)).collect();
        let next = orthonormal(next, bits)?;
        let moved = next.iter().zip(&vectors).any(|(x, y)| {
            let overlap = inner(x, y, bits);
            let sign =
                if overlap.is_negative() { y.iter().map(Dyadic::negated).collect() } else { y.clone() };
            x.iter().zip(&sign).any(|(a, b)| {
                let step = a.plus(&b.negated());
                !step.is_zero() && step.magnitude() > -places
            })
        });
        vectors = next;
        if !moved {
            break;
        }
    }
    Some(vectors.iter().map(|v| v.iter().map(|x| x.fixed(places, Toward::Down)).collect()).collect())
}

fn sum(terms: impl Iterator<Item = Dyadic>, bits: u32) -> Dyadic {
    terms.fold(Dyadic::new(Integer::zero(), 0), |a, b| a.plus(&b).rounded(bits, Toward::Down))
}

fn inner(x: &[Dyadic], y: &[Dyadic], bits: u32) -> Dyadic {
    sum(x.iter().zip(y).map(|(a, b)| a.times(b)), bits)
}

/// Gram–Schmidt, twice for good measure in the size of the remainder.
fn orthonormal(vectors: Vec<Vec<Dyadic>>, bits: u32) -> Option<Vec<Vec<Dyadic>>> {
    let mut done: Vec<Vec<Dyadic>> = Vec::new();
    for mut v in vectors {
        for _ in 0..2 {
            for e in &done {
                let along = inner(e, &v, bits).negated();
                v = v
                    .iter()
                    .zip(e)
                    .map(|(x, e)| x.plus(&along.times(e)).rounded(bits, Toward::Down))
                    .collect();
            }
            let length = inner(&v, &v, bits).root(bits, Toward::Down);
            if length.is_zero() {
                return None;
            }
            v = v.iter().map(|x| x.divided(&length, bits, Toward::Down)).collect();
        }
        done.push(v);
    }
    Some(done)
}

/// Gaussian elimination of `B − sI` with partial pivoting, rounded.
struct Elimination {
    /// Row operations in order: `rows[i]` holds the multipliers left of the diagonal and `U` right of it.
    rows: Vec<Vec<Dyadic>>,
    order: Vec<usize>,
}

impl Elimination {
    fn of(b: &[Vec<Integer>], shift: &Dyadic, bits: u32) -> Option<Self> {
        let k = b.len();
        let mut rows: Vec<Vec<Dyadic>> =
            b.iter().map(|row| row.iter().map(|x| Dyadic::new(x.clone(), 0)).collect()).collect();
        for (i, row) in rows.iter_mut().enumerate() {
            row[i] = row[i].plus(&shift.negated()).rounded(bits, Toward::Down);
        }
        let mut order: Vec<usize> = (0..k).collect();
        for column in 0..k {
            let size = |i: &usize| {
                let x = &rows[*i][column];
                if x.is_zero() { i64::MIN } else { x.magnitude() }
            };
            let pivot = (column..k).max_by_key(size)?;
            rows.swap(column, pivot);
            order.swap(column, pivot);
            if rows[column][column].is_zero() {
                return None;
            }
            let (done, rest) = rows.split_at_mut(column + 1);
            let top = &done[column];
            for row in rest {
                let factor = row[column].divided(&top[column], bits, Toward::Down);
                for j in column + 1..k {
                    row[j] = row[j].plus(&factor.times(&top[j]).negated()).rounded(bits, Toward::Down);
                }
                row[column] = factor;
            }
        }
        Some(Self { rows, order })
    }

    fn solve(&self, right: &[Dyadic], bits: u32) -> Vec<Dyadic> {
        let mut x: Vec<Dyadic> = self.order.iter().map(|i| right[*i].clone()).collect();
        let less = |from: &Dyadic, by: &Dyadic| from.plus(&by.negated()).rounded(bits, Toward::Down);
        for i in 0..x.len() {
            for j in 0..i {
                x[i] = less(&x[i], &self.rows[i][j].times(&x[j]));
            }
        }
        for i in (0..x.len()).rev() {
            for j in i + 1..x.len() {
                x[i] = less(&x[i], &self.rows[i][j].times(&x[j]));
            }
            x[i] = x[i].divided(&self.rows[i][i], bits, Toward::Down);
        }
        x
    }
}
