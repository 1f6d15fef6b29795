//! The hull of the left frames of a cell: how much of a matrix `A` lies along the left singular vectors.
//!
//! `u_j u_jᵀ` is a quotient of forms in the vertices' coordinates; the quotients of their polar forms at the multisets
//! of vertices span a hull of all values between (section 6 of `docs/certificate.md`).

use super::analysis::PLACES;
use super::cell::{Cell, GRID};
use super::matrix::dot;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};

/// Rodrigues coordinates end at 427/1024, which is above √2 − 1.
const REACH: [i64; 2] = [427, 1024];

/// `(‖u_1ᵀA‖², …, ‖u_{K−2}ᵀA‖²)`, each a quotient.
type Quotients = Vec<(BigInt, BigInt)>;

/// Vectors `(x_1, …, x_{K−1})` in fixed point, rounded up, whose hull holds all `(‖u_1ᵀA‖², …, ‖u_{K−1}ᵀA‖²)` of the
/// cell, `A = (I − P)/K`, for the columns of `P` in units.
pub fn points(cell: &Cell, plan: &[Vec<BigInt>], unit: &BigInt) -> Vec<Vec<BigInt>> {
    // The columns of A, times K and the unit.
    let residual = |(k, column): (usize, &Vec<BigInt>)| -> Vec<BigInt> {
        column.iter().enumerate().map(|(j, x)| if j == k { unit - x } else { -x }).collect()
    };
    let residuals: Vec<Vec<BigInt>> = plan.iter().enumerate().map(residual).collect();
    let scale = (unit * BigInt::from(plan.len())).pow(2u32);
    let fraction = |top: BigInt, bottom: BigInt| (top << PLACES).div_ceil(&(bottom * &scale));
    let all = fraction(residuals.iter().flatten().map(|x| x * x).sum(), BigInt::one());
    let quotients = match plan.len() {
        3 => segment(&cell.vertices, &residuals),
        _ => tetrahedron(&cell.vertices, &residuals),
    };
    let rounded = quotients.into_iter().map(|quotients| {
        let mut x: Vec<BigInt> = quotients.into_iter().map(|(top, bottom)| fraction(top, bottom)).collect();
        // All of them sum to ‖A‖²; each is at most one unit too large.
        let last = &all - x.iter().map(|x| x - BigInt::one()).sum::<BigInt>();
        x.push(last);
        x
    });
    rounded.collect()
}

/// `Σ_k (x·a_k)(y·a_k)` from the products with the columns `a_k`.
fn along(x: &[BigInt], residuals: &[Vec<BigInt>]) -> Vec<BigInt> {
    residuals.iter().map(|a| dot(x, a)).collect()
}

/// Three classes: `u_1` is a positive combination of `q = (1, −s, s − 1)` at the two ends; quadratic forms.
fn segment(vertices: &[Vec<i64>], residuals: &[Vec<BigInt>]) -> Vec<Quotients> {
    let grid: BigInt = BigInt::from(GRID) * 2;
    let vector = |s: &Vec<i64>| {
        let s: BigInt = s.iter().copied().map(BigInt::from).sum();
        vec![grid.clone(), -&s, s - &grid]
    };
    let vectors: Vec<Vec<BigInt>> = vertices.iter().map(vector).collect();
    let mut points = Vec::new();
    for (i, u) in vectors.iter().enumerate() {
        for v in vectors.iter().skip(i) {
            points.push(vec![(dot(&along(u, residuals), &along(v, residuals)), dot(u, v))]);
        }
    }
    points
}

/// Four classes: `u_1, u_2` are quadratic forms of the quaternion `(1, r)`, a positive combination of the vertices';
/// quartic forms, by their polar forms at the 35 multisets of vertices.
fn tetrahedron(vertices: &[Vec<i64>], residuals: &[Vec<BigInt>]) -> Vec<Quotients> {
    let [reach, unit] = REACH.map(BigInt::from);
    let one = BigInt::from(GRID) * unit;
    let quaternion = |r: &Vec<i64>| -> Vec<BigInt> {
        std::iter::once(one.clone()).chain(r.iter().map(|x| BigInt::from(*x) * &reach)).collect()
    };
    let vertices: Vec<Vec<BigInt>> = vertices.iter().map(quaternion).collect();
    let number = vertices.len();
    // For each pair of vertices its inner product, and both polar vectors (four times them) along the columns of A.
    let pairs: Vec<(BigInt, [Vec<BigInt>; 2])> = (0..number)
        .flat_map(|i| (0..number).map(move |j| (i, j)))
        .filter_map(|(i, j)| Some((vertices.get(i)?, vertices.get(j)?)))
        .map(|(q, r)| (dot(q, r), polar(q, r).map(|u| along(&u, residuals))))
        .collect();
    let pair = |i: usize, j: usize| pairs.get(i.saturating_mul(number).saturating_add(j));
    let mut points = Vec::new();
    let multisets = (0..number)
        .flat_map(|a| (a..number).map(move |b| (a, b)))
        .flat_map(|(a, b)| (b..number).flat_map(move |c| (c..number).map(move |d| (a, b, c, d))));
    for (a, b, c, d) in multisets {
        let matchings = [(pair(a, b), pair(c, d)), (pair(a, c), pair(b, d)), (pair(a, d), pair(b, c))];
        let (mut bottom, mut tops) = (BigInt::zero(), [BigInt::zero(), BigInt::zero()]);
        for (left, right) in matchings {
            let (Some((g, u)), Some((h, v))) = (left, right) else { continue };
            bottom += g * h * 16;
            tops.iter_mut().zip(u.iter().zip(v)).for_each(|(top, (u, v))| *top += dot(u, v));
        }
        points.push(tops.map(|top| (top, bottom.clone())).to_vec());
    }
    points
}

/// Four times the polar forms of the first two columns of the rotation of a quaternion, in the coordinates of the
/// classes: `(x, y, z)` stands for `(x + y + z, x − y − z, y − x − z, z − x − y)/2`.
fn polar(q: &[BigInt], r: &[BigInt]) -> [Vec<BigInt>; 2] {
    let at = |v: &[BigInt], i: usize| v.get(i).cloned().unwrap_or_default();
    let twice = |i: usize, j: usize| at(q, i) * at(r, j) + at(q, j) * at(r, i);
    let [w, x, y, z] = [twice(0, 0), twice(1, 1), twice(2, 2), twice(3, 3)];
    let first = [&w + &x - &y - &z, (twice(1, 2) + twice(0, 3)) * 2, (twice(1, 3) - twice(0, 2)) * 2];
    let second = [(twice(1, 2) - twice(0, 3)) * 2, &w - &x + &y - &z, (twice(2, 3) + twice(0, 1)) * 2];
    [first, second].map(|[x, y, z]| vec![&x + &y + &z, &x - &y - &z, &y - &x - &z, &z - &x - &y])
}
