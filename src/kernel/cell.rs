//! Cells: left frames between vertices, and an interval for each `τ_j`, on a grid that makes halving exact.

use super::rejection::{Check, incomplete, require};
use num_integer::Integer;

/// A root's interval in units of the finest cell.
pub const GRID: i64 = 1 << 60;

/// - Three classes: `u_1 ∝ (1, −s, s − 1)`; a vertex is `s` in units of `2^-61`.
/// - Four classes: a rotation with the quaternion `(1, r)`; a vertex is `r` in units of `(427/1024) 2^-60`.
/// - `τ_j` is in units of `T/(j 2^60)`, `j = 1, 2, …`.
#[derive(Clone)]
pub struct Cell {
    pub vertices: Vec<Vec<i64>>,
    pub ends: Vec<[i64; 2]>,
}

impl Cell {
    /// The cells that hold every ordered spectrum up to `T` of at most that rank and, but for the symmetry of the classes,
    /// every frame.
    pub fn roots(classes: usize, rank: usize) -> Vec<Self> {
        let ends = |j| [0, if j < rank { GRID } else { 0 }];
        let cell = |vertices| Self { vertices, ends: (0..classes.saturating_sub(1)).map(ends).collect() };
        if classes == 3 {
            return vec![cell(vec![vec![GRID], vec![0]])];
        }
        let ways = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let path = |third: i64, way: [usize; 3]| {
            let mut corner = vec![0; 3];
            let mut vertices = vec![corner.clone()];
            for axis in way {
                if let Some(x) = corner.get_mut(axis) {
                    *x = if axis == 2 { third } else { GRID };
                }
                vertices.push(corner.clone());
            }
            cell(vertices)
        };
        [-GRID, GRID].iter().flat_map(|third| ways.map(|way| path(*third, way))).collect()
    }

    /// The lower and the upper half in `τ_{j+1}`.
    pub fn halved(&self, j: usize, place: &str) -> Check<[Self; 2]> {
        let (mut lower, mut upper) = (self.clone(), self.clone());
        let sides = lower.ends.get_mut(j).zip(upper.ends.get_mut(j));
        require!(sides.is_some(), Tree, place, "a spectrum that is longer", "at most K − 1");
        if let Some(([a, b], [c, _])) = sides {
            let middle = middle(*a, *b)?;
            (*b, *c) = (middle, middle);
        }
        Ok([lower, upper])
    }

    /// The half without vertex `j`, and the one without vertex `i`.
    pub fn bisected(&self, i: usize, j: usize, place: &str) -> Check<[Self; 2]> {
        let (mut first, mut second) = (self.clone(), self.clone());
        let sides = first.vertices.get_mut(j).zip(second.vertices.get_mut(i));
        require!(sides.is_some(), Tree, place, "an edge to another vertex", "one of the cell's");
        if let Some((u, v)) = sides {
            let middles: Check<Vec<i64>> = u.iter().zip(v.iter()).map(|(x, y)| middle(*x, *y)).collect();
            u.clone_from(&middles?);
            v.clone_from(u);
        }
        Ok([first, second])
    }
}

/// The middle of two multiples of the finest cell.
fn middle(a: i64, b: i64) -> Check<i64> {
    let sum = a.saturating_add(b);
    if sum.is_odd() { incomplete("a cell is halved more than 60 times") } else { Ok(sum / 2) }
}
