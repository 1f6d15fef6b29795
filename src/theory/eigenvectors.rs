//! Eigenvectors of a symmetric integer matrix, sharpened from floats in fixed point. Nothing here is proven.
//!
//! - One step replaces `X` by `X(I + E)`, with `R = I − XᵀX`, `S = XᵀBX`, `λ_i = s_ii/(1 − r_ii)` and
//!   `e_ij = (s_ij + λ_j r_ij)/(λ_j − λ_i)`, or `r_ij/2` inside a cluster of eigenvalues (Ogita and Aishima 2018).
//!   It squares the error.
//! - Floats see eigenvalues apart only if they are so on the scale of the largest. Jacobi's rotations in a cluster's
//!   own span tell the rest apart.

use crate::exact::{Dyadic, Integer, Toward};
use crate::hints;
use num_traits::{One, Zero};
use rayon::prelude::*;
use std::cmp::Reverse;
use std::ops::Range;

/// Binary places beyond those asked for.
const GUARD_PLACES: i64 = 32;
/// Sweeps of rotations at most.
const SWEEPS: usize = 40;
/// What rounding may leave off the diagonal.
const ROUNDING_BITS: u64 = 12;

/// Near-eigenvectors with their clusters.
pub struct Basis {
    /// Columns, largest eigenvalue first, in fixed point.
    pub vectors: Vec<Vec<Integer>>,
    /// Columns whose eigenvalues are not told apart.
    pub clusters: Vec<Range<usize>>,
}

type Matrix = Vec<Vec<Integer>>;

/// `xᵀy`.
pub fn dot(x: &[Integer], y: &[Integer]) -> Integer {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

/// `B x`.
pub fn times(b: &[Vec<Integer>], x: &[Integer]) -> Vec<Integer> {
    b.iter().map(|row| dot(row, x)).collect()
}

/// `[xᵢᵀyⱼ]` of columns, computed above the diagonal and mirrored.
pub fn inner_products(x: &[Vec<Integer>], y: &[Vec<Integer>]) -> Matrix {
    let half: Matrix =
        (0..x.len()).into_par_iter().map(|i| (i..x.len()).map(|j| dot(&x[i], &y[j])).collect()).collect();
    let entry = |i: usize, j: usize| half[i.min(j)][i.max(j) - i.min(j)].clone();
    (0..x.len()).map(|i| (0..x.len()).map(|j| entry(i, j)).collect()).collect()
}

/// The eigenvectors to about `places` binary places, from floats in clusters. `None` if eigenvalues of different
/// clusters meet.
pub fn sharpened(
    b: &[Vec<Integer>],
    floats: &[Vec<f64>],
    clusters: &[Range<usize>],
    places: i64,
    iterations: usize,
) -> Option<Basis> {
    let scale = places + GUARD_PLACES;
    let fixed = |x: &f64| hints::candidate(*x).fixed(scale, Toward::Down);
    let mut vectors: Matrix = floats.iter().map(|v| v.iter().map(fixed).collect()).collect();
    for _ in 0..iterations {
        let size = step(b, &mut vectors, clusters, scale)?;
        // The next error is the square of this one.
        if size <= scale - places / 2 - 4 {
            break;
        }
    }
    let largest = b.iter().flatten().map(|x| x.bits() as i64).max()?;
    let mut all = Vec::new();
    for cluster in clusters {
        all.extend(split(b, &mut vectors, cluster.clone(), scale, largest - places / 2));
    }
    let vectors =
        vectors.iter().map(|v| v.iter().map(|x| x >> GUARD_PLACES.unsigned_abs()).collect()).collect();
    Some(Basis { vectors, clusters: all })
}

/// One step for columns on the scale `2^-scale`; the number of bits of the largest entry of `E` on that scale.
fn step(b: &[Vec<Integer>], x: &mut Matrix, clusters: &[Range<usize>], scale: i64) -> Option<i64> {
    let k = x.len();
    let shift = scale.unsigned_abs();
    let images: Matrix = x.par_iter().map(|x| times(b, x)).collect();
    let down = |m: Matrix| -> Matrix {
        m.into_iter().map(|row| row.into_iter().map(|x| x >> shift).collect()).collect()
    };
    let (form, gram) = (down(inner_products(x, &images)), down(inner_products(x, x)));
    let one = Integer::one() << shift;
    let rest = |i: usize, j: usize| if i == j { &one - &gram[i][j] } else { -&gram[i][j] };
    let values: Vec<Integer> =
        (0..k).map(|i| (&form[i][i] << shift) / gram[i][i].clone().max(Integer::one())).collect();
    let cluster = |i: usize| clusters.iter().position(|c| c.contains(&i));
    let homes: Vec<Option<usize>> = (0..k).map(cluster).collect();
    let column = |j: usize| -> Option<Vec<Integer>> {
        let entry = |i: usize| {
            if homes[i] == homes[j] {
                return Some(rest(i, j) >> 1);
            }
            let gap = &values[j] - &values[i];
            let residual = &form[i][j] + ((&values[j] * rest(i, j)) >> shift);
            (!gap.is_zero()).then(|| (residual << shift) / gap)
        };
        (0..k).map(entry).collect()
    };
    let corrections: Matrix = (0..k).into_par_iter().map(column).collect::<Option<_>>()?;
    let next = |j: usize| -> Vec<Integer> {
        let entry = |r: usize| {
            let sum: Integer = (0..k).map(|i| &x[i][r] * &corrections[j][i]).sum();
            &x[j][r] + (sum >> shift)
        };
        (0..x[j].len()).map(entry).collect()
    };
    let sharper: Matrix = (0..k).into_par_iter().map(next).collect();
    *x = sharper;
    corrections.iter().flatten().map(|e| e.bits() as i64).max()
}

/// Turns the columns of a cluster into eigenvectors within their span, largest eigenvalue first, and parts them where
/// eigenvalues differ by more than `2^apart`.
fn split(
    b: &[Vec<Integer>],
    x: &mut Matrix,
    cluster: Range<usize>,
    scale: i64,
    apart: i64,
) -> Vec<Range<usize>> {
    let size = cluster.len();
    if size == 1 {
        return vec![cluster];
    }
    let own = &x[cluster.clone()];
    let images: Matrix = own.iter().map(|x| times(b, x)).collect();
    let mut form = inner_products(own, &images);
    form.iter_mut().flatten().for_each(|s| *s = &*s >> scale.unsigned_abs());
    // On the scale 2^-scale, what is not told apart.
    let close = |s: &Integer| s.bits() as i64 <= apart + scale;
    let first = form[0][0].clone();
    let tight = (0..size)
        .all(|i| (0..size).all(|j| close(&if i == j { &form[i][j] - &first } else { form[i][j].clone() })));
    if tight {
        return vec![cluster];
    }
    let mut turned = own.to_vec();
    rotated(&mut form, &mut turned, scale);
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by_key(|i| Reverse(form[*i][*i].clone()));
    let mut parts: Vec<Range<usize>> = Vec::new();
    for (at, i) in order.iter().enumerate() {
        x[cluster.start + at] = turned[*i].clone();
        let place = cluster.start + at;
        let follows = at > 0 && close(&(&form[order[at - 1]][order[at - 1]] - &form[*i][*i]));
        match parts.last_mut() {
            Some(last) if follows => last.end = place + 1,
            _ => parts.push(place..place + 1),
        }
    }
    parts
}

/// Jacobi's method for a symmetric matrix on the scale `2^-scale`: it becomes diagonal, the columns turn along.
fn rotated(a: &mut Matrix, x: &mut Matrix, scale: i64) {
    let (bits, down) = (u32::try_from(scale).unwrap_or(u32::MAX) + 32, Toward::Down);
    let number = |x: &Integer| Dyadic::new(x.clone(), -scale);
    let one = Dyadic::new(Integer::one(), 0);
    let k = a.len();
    for _ in 0..SWEEPS {
        let mut moved = false;
        for (i, j) in (0..k).flat_map(|i| (i + 1..k).map(move |j| (i, j))) {
            if a[i][j].bits() <= ROUNDING_BITS {
                continue;
            }
            moved = true;
            // t = sign(τ)/(|τ| + √(1 + τ²)) with τ = (a_jj − a_ii)/(2 a_ij); c = 1/√(1 + t²), s = t c.
            let τ = number(&(&a[j][j] - &a[i][i])).divided(&number(&(&a[i][j] << 1)), bits, down);
            let size = if τ.is_negative() { τ.negated() } else { τ.clone() };
            let root = |x: &Dyadic| one.plus(&x.times(x)).rounded(2 * bits, down).root(bits, down);
            let t = one.divided(&size.plus(&root(&size)), bits, down);
            let t = if τ.is_negative() { t.negated() } else { t };
            let c = one.divided(&root(&t), bits, down);
            let s = t.times(&c).fixed(scale, down);
            let c = c.fixed(scale, down);
            let turn = |p: &Integer, q: &Integer| {
                let (p, q) = (&c * p - &s * q, &s * p + &c * q);
                (p >> scale.unsigned_abs(), q >> scale.unsigned_abs())
            };
            for r in 0..x[i].len() {
                (x[i][r], x[j][r]) = turn(&x[i][r], &x[j][r]);
            }
            for r in 0..k {
                (a[i][r], a[j][r]) = turn(&a[i][r], &a[j][r]);
            }
            for row in a.iter_mut() {
                (row[i], row[j]) = turn(&row[i], &row[j]);
            }
        }
        if !moved {
            break;
        }
    }
}
