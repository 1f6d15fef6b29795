//! Cells of left frames and spectra, on the grid of the certificate, and the hull of the left frames in floats.

use super::relaxed::{Symmetric, Vector};

/// A root's interval in units of the finest cell.
pub const GRID: i64 = 1 << 60;
/// Rodrigues coordinates end at 427/1024, which is above √2 − 1.
const REACH: f64 = 427.0 / 1024.0;

/// Left frames between vertices, and intervals of `τ_j` in units of `T/(j 2^60)`.
///
/// - Three classes: `u_1 ∝ (1, −s, s − 1)`; a vertex is `s` in units of `2^-61`.
/// - Four classes: a rotation with the quaternion `(1, r)`; a vertex is `r` in units of `(427/1024) 2^-60`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub vertices: Vec<[i64; 3]>,
    pub ends: Vec<[i64; 2]>,
}

impl Cell {
    /// The cells to begin with, in the certificate's order, for spectra of at most that rank.
    pub fn roots(classes: usize, rank: usize) -> Vec<Self> {
        let ends = |j| [0, if j < rank { GRID } else { 0 }];
        let cell = |vertices| Self { vertices, ends: (0..classes - 1).map(ends).collect() };
        if classes == 3 {
            return vec![cell(vec![[GRID, 0, 0], [0; 3]])];
        }
        let ways = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let path = |third: i64, way: [usize; 3]| {
            let (mut corner, mut vertices) = ([0; 3], vec![[0; 3]]);
            for axis in way {
                corner[axis] = if axis == 2 { third } else { GRID };
                vertices.push(corner);
            }
            cell(vertices)
        };
        [-GRID, GRID].iter().flat_map(|third| ways.map(|way| path(*third, way))).collect()
    }

    /// Both halves along `τ_{j+1}`; `None` on the finest grid.
    pub fn halved(&self, j: usize) -> Option<[Self; 2]> {
        let (mut first, mut second) = (self.clone(), self.clone());
        let middle = middle(self.ends[j][0], self.ends[j][1])?;
        (first.ends[j][1], second.ends[j][0]) = (middle, middle);
        Some([first, second])
    }

    /// Both halves along the edge between two vertices.
    pub fn bisected(&self, i: usize, j: usize) -> Option<[Self; 2]> {
        let (mut first, mut second) = (self.clone(), self.clone());
        let (u, v) = (self.vertices[i], self.vertices[j]);
        let middle = [middle(u[0], v[0])?, middle(u[1], v[1])?, middle(u[2], v[2])?];
        (first.vertices[j], second.vertices[i]) = (middle, middle);
        Some([first, second])
    }

    /// The longest edge.
    pub fn longest(&self) -> (usize, usize) {
        let (mut best, mut most) = ((0, 1), 0.0);
        for i in 0..self.vertices.len() {
            for j in i + 1..self.vertices.len() {
                let apart = |k: usize| (self.vertices[i][k] - self.vertices[j][k]) as f64 / GRID as f64;
                let length = apart(0) * apart(0) + apart(1) * apart(1) + apart(2) * apart(2);
                if length > most * (1.0 + 1e-9) {
                    (best, most) = ((i, j), length);
                }
            }
        }
        best
    }

    /// For each point of the hull the matrices `u_j u_jᵀ`, the pure powers of the vertices first.
    pub fn hull(&self) -> Vec<Vec<Symmetric>> {
        if self.ends.len() == 2 { self.segment() } else { self.tetrahedron() }
    }

    fn segment(&self) -> Vec<Vec<Symmetric>> {
        let (a, b) = (1.5f64.sqrt(), 0.5f64.sqrt());
        // (1, −s, s − 1) in the coordinates of the classes.
        let vector = |v: &[i64; 3]| [a, b * (1.0 - v[0] as f64 / GRID as f64), 0.0];
        let (q, r) = (vector(&self.vertices[0]), vector(&self.vertices[1]));
        let point = |q: &Vector, r: &Vector| {
            let first = quotient(&symmetric(q, r), q[0] * r[0] + q[1] * r[1]);
            let second = [1.0 - first[0], -first[1], 0.0, 1.0 - first[3], 0.0, 0.0];
            vec![first, second]
        };
        vec![point(&q, &q), point(&r, &r), point(&q, &r)]
    }

    fn tetrahedron(&self) -> Vec<Vec<Symmetric>> {
        let quaternion = |v: &[i64; 3]| {
            let r = v.map(|x| x as f64 / GRID as f64 * REACH);
            [1.0, r[0], r[1], r[2]]
        };
        let q: Vec<[f64; 4]> = self.vertices.iter().map(quaternion).collect();
        let pair = |i: usize, j: usize| {
            (q[i].iter().zip(&q[j]).map(|(x, y)| x * y).sum::<f64>(), polar(&q[i], &q[j]))
        };
        let pairs: Vec<Vec<_>> = (0..4).map(|i| (0..4).map(|j| pair(i, j)).collect()).collect();
        let point = |[a, b, c, d]: [usize; 4]| {
            let matchings = [((a, b), (c, d)), ((a, c), (b, d)), ((a, d), (b, c))];
            let (mut bottom, mut tops) = (0.0, vec![[0.0; 6]; 3]);
            for ((i, j), (k, l)) in matchings {
                let ((g, u), (h, v)) = (&pairs[i][j], &pairs[k][l]);
                bottom += g * h;
                for (top, (u, v)) in tops.iter_mut().zip(u.iter().zip(v)) {
                    top.iter_mut().zip(symmetric(u, v)).for_each(|(sum, x)| *sum += x);
                }
            }
            tops.iter().map(|top| quotient(top, bottom)).collect::<Vec<_>>()
        };
        let mut multisets: Vec<[usize; 4]> = (0..4).map(|a| [a; 4]).collect();
        for a in 0..4 {
            for b in a..4 {
                for c in b..4 {
                    multisets.extend((c..4).filter(|d| *d != a).map(|d| [a, b, c, d]));
                }
            }
        }
        multisets.into_iter().map(point).collect()
    }
}

/// The middle of two multiples of the finest cell, if it is one.
fn middle(a: i64, b: i64) -> Option<i64> {
    ((a + b) % 2 == 0).then_some((a + b) / 2)
}

fn symmetric(x: &Vector, y: &Vector) -> Symmetric {
    let entry = |i: usize, j: usize| (x[i] * y[j] + x[j] * y[i]) / 2.0;
    [entry(0, 0), entry(0, 1), entry(0, 2), entry(1, 1), entry(1, 2), entry(2, 2)]
}

fn quotient(a: &Symmetric, by: f64) -> Symmetric {
    a.map(|x| x / by)
}

/// The polar forms of the columns of the rotation of a quaternion.
fn polar(q: &[f64; 4], r: &[f64; 4]) -> [Vector; 3] {
    let s = |i: usize, j: usize| (q[i] * r[j] + q[j] * r[i]) / 2.0;
    let [w, x, y, z] = [s(0, 0), s(1, 1), s(2, 2), s(3, 3)];
    [
        [w + x - y - z, 2.0 * (s(1, 2) + s(0, 3)), 2.0 * (s(1, 3) - s(0, 2))],
        [2.0 * (s(1, 2) - s(0, 3)), w - x + y - z, 2.0 * (s(2, 3) + s(0, 1))],
        [2.0 * (s(1, 3) + s(0, 2)), 2.0 * (s(2, 3) - s(0, 1)), w - x - y + z],
    ]
}
