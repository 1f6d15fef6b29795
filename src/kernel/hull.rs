//! The hull of the left frames of a cell: how much of a matrix `A` lies along the left singular vectors.
//!
//! `u_j u_jᵀ` is a quotient of forms in the vertices' coordinates; the quotients of their polar forms at the multisets
//! of vertices span a hull of all values between (section 6 of `docs/certificate.md`).

use super::analysis::PLACES;
use super::cell::{Cell, GRID};
use super::matrix::{dot, transposed};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};

/// Rodrigues coordinates end at 427/1024, which is above √2 − 1.
const REACH: [i64; 2] = [427, 1024];
/// Four classes: the columns for which the coordinates `(x, y, z)` of a vector stand.
const AXES: [[i8; 4]; 3] = [[1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]];

/// What the points of all probabilities have in common: the same as long as the vertices are.
pub struct Hull {
    vertices: Vec<Vec<i64>>,
    /// For each `u_j` but the last: the vectors whose products are added.
    vectors: Vec<Vec<Vec<BigInt>>>,
    points: Vec<Quotient>,
}

/// A sum of products `⟨x, y⟩_A` over `bottom`; a pair says which vector, and how many of them later.
struct Quotient {
    pairs: Vec<[usize; 2]>,
    bottom: BigInt,
}

impl Hull {
    pub fn of(cell: &Cell) -> Self {
        let vertices = cell.vertices.clone();
        let (vectors, points) =
            if cell.ends.len() == 2 { segment(&vertices) } else { tetrahedron(&vertices) };
        Self { vertices, vectors, points }
    }

    pub fn is_of(&self, cell: &Cell) -> bool {
        self.vertices == cell.vertices
    }

    /// Vectors `(x_1, …, x_{K−1})` in fixed point, rounded up, whose hull holds all `(‖u_1ᵀA‖², …, ‖u_{K−1}ᵀA‖²)` of
    /// the cell, `A = (I − P)/K`, for the columns of `P` in units.
    pub fn points(&self, plan: &[Vec<BigInt>], unit: &BigInt) -> Vec<Vec<BigInt>> {
        // The columns of A, times K and the unit.
        let residual = |(k, column): (usize, &Vec<BigInt>)| -> Vec<BigInt> {
            column.iter().enumerate().map(|(j, x)| if j == k { unit - x } else { -x }).collect()
        };
        let residuals: Vec<Vec<BigInt>> = plan.iter().enumerate().map(residual).collect();
        let scale = (unit * BigInt::from(plan.len())).pow(2u32);
        let all: BigInt = residuals.iter().flatten().map(|x| x * x).sum();
        let all = (all << PLACES).div_ceil(&scale);
        let gram = gram(&residuals);
        let products = |vectors: &Vec<Vec<BigInt>>| -> Vec<Vec<BigInt>> {
            let image = |x: &Vec<BigInt>| -> Vec<BigInt> { gram.iter().map(|row| dot(row, x)).collect() };
            let images: Vec<Vec<BigInt>> = vectors.iter().map(image).collect();
            let later = |(i, x): (usize, &Vec<BigInt>)| images.iter().skip(i).map(|y| dot(x, y)).collect();
            vectors.iter().enumerate().map(later).collect()
        };
        let products: Vec<Vec<Vec<BigInt>>> = self.vectors.iter().map(products).collect();
        let point = |quotient: &Quotient| {
            let bottom = &quotient.bottom * &scale;
            let entry = |products: &Vec<Vec<BigInt>>| {
                let product = |[i, j]: &[usize; 2]| products.get(*i).and_then(|row| row.get(*j));
                let top: BigInt = quotient.pairs.iter().filter_map(product).sum();
                (top << PLACES).div_ceil(&bottom)
            };
            let mut x: Vec<BigInt> = products.iter().map(entry).collect();
            // All of them sum to ‖A‖²; each is at most one unit too large.
            let last = &all - x.iter().map(|x| x - BigInt::one()).sum::<BigInt>();
            x.push(last);
            x
        };
        self.points.iter().map(point).collect()
    }
}

/// `⟨x, y⟩_A = Σ_k (x·a_k)(y·a_k)` as a matrix, in the coordinates of the vectors.
fn gram(residuals: &[Vec<BigInt>]) -> Vec<Vec<BigInt>> {
    let along = |axis: &[i8; 4]| -> Vec<BigInt> {
        let axis = axis.map(BigInt::from);
        residuals.iter().map(|a| dot(&axis, a)).collect()
    };
    let rows = if residuals.len() == 3 { transposed(residuals) } else { AXES.iter().map(along).collect() };
    rows.iter().map(|x| rows.iter().map(|y| dot(x, y)).collect()).collect()
}

type Parts = (Vec<Vec<Vec<BigInt>>>, Vec<Quotient>);

/// Three classes: `u_1` is a positive combination of `q = (1, −s, s − 1)` at the two ends; quadratic forms.
fn segment(vertices: &[Vec<i64>]) -> Parts {
    let grid: BigInt = BigInt::from(GRID) * 2;
    let vector = |s: &Vec<i64>| {
        let s: BigInt = s.iter().copied().map(BigInt::from).sum();
        vec![grid.clone(), -&s, s - &grid]
    };
    let vectors: Vec<Vec<BigInt>> = vertices.iter().map(vector).collect();
    let mut points = Vec::new();
    for (i, u) in vectors.iter().enumerate() {
        for (later, v) in vectors.iter().skip(i).enumerate() {
            points.push(Quotient { pairs: vec![[i, later]], bottom: dot(u, v) });
        }
    }
    (vec![vectors], points)
}

/// Four classes: `u_1, u_2` are quadratic forms of the quaternion `(1, r)`, a positive combination of the vertices';
/// quartic forms, by their polar forms at the 35 multisets of vertices.
fn tetrahedron(vertices: &[Vec<i64>]) -> Parts {
    let [reach, unit] = REACH.map(BigInt::from);
    let one = BigInt::from(GRID) * unit;
    let quaternion = |r: &Vec<i64>| -> Vec<BigInt> {
        std::iter::once(one.clone()).chain(r.iter().map(|x| BigInt::from(*x) * &reach)).collect()
    };
    let mut vertices: Vec<Vec<BigInt>> = vertices.iter().map(quaternion).collect();
    // Only their directions matter: short numbers.
    let common = vertices.iter().flatten().fold(BigInt::zero(), |common, x| common.gcd(x));
    vertices.iter_mut().flatten().for_each(|x| *x /= &common);
    let ways = |n: usize| (0..n).flat_map(move |a| (a..n).map(move |b| [a, b]));
    let (mut inner, mut vectors) = (Vec::new(), vec![Vec::new(), Vec::new()]);
    for (a, q) in vertices.iter().enumerate() {
        for r in vertices.iter().skip(a) {
            inner.push(dot(q, r));
            vectors.iter_mut().zip(polar(q, r)).for_each(|(all, vector)| all.push(vector));
        }
    }
    let edges: Vec<[usize; 2]> = ways(vertices.len()).collect();
    let number = |a: usize, b: usize| edges.iter().position(|edge| *edge == [a.min(b), a.max(b)]);
    let mut points = Vec::new();
    for [a, b] in &edges {
        for [c, d] in edges.iter().filter(|[c, _]| c >= b) {
            let (mut pairs, mut bottom) = (Vec::new(), BigInt::zero());
            for [x, y, z, w] in [[a, b, c, d], [a, c, b, d], [a, d, b, c]] {
                let (Some(i), Some(j)) = (number(*x, *y), number(*z, *w)) else { continue };
                pairs.push([i.min(j), i.max(j).saturating_sub(i.min(j))]);
                bottom += inner.get(i).zip(inner.get(j)).map(|(g, h)| g * h * 16).unwrap_or_default();
            }
            points.push(Quotient { pairs, bottom });
        }
    }
    (vectors, points)
}

/// Four times the polar forms of the first two columns of the rotation of a quaternion, in the coordinates that stand
/// for half of `(x + y + z, x − y − z, y − x − z, z − x − y)`.
fn polar(q: &[BigInt], r: &[BigInt]) -> [Vec<BigInt>; 2] {
    let product = |i: usize, j: usize| Some(q.get(i)? * r.get(j)?);
    let twice = |i: usize, j: usize| -> BigInt { product(i, j).into_iter().chain(product(j, i)).sum() };
    let [w, x, y, z] = [twice(0, 0), twice(1, 1), twice(2, 2), twice(3, 3)];
    let first = vec![&w + &x - &y - &z, (twice(1, 2) + twice(0, 3)) * 2, (twice(1, 3) - twice(0, 2)) * 2];
    let second = vec![(twice(1, 2) - twice(0, 3)) * 2, w - x + y - z, (twice(2, 3) + twice(0, 1)) * 2];
    [first, second]
}
