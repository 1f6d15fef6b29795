//! A cell in floats: its corners, and the bound of probabilities at them.

use super::cell::{Cell, GRID};
use super::relaxed::Symmetric;

/// A corner of a cell: `S = Σ τ_j^M u_j u_jᵀ` and its parts.
#[derive(Clone)]
pub struct Corner {
    pub s: Symmetric,
    /// `τ_j^M`.
    pub powers: [f64; 3],
    /// `τ_j`.
    pub ends: [f64; 3],
    /// Its weight in the mean.
    pub weight: f64,
}

/// Intervals of spectra, and the hull of the left frames.
pub struct Faces {
    /// `M`.
    layers: f64,
    /// `τ_j` at both ends, and their `M`-th powers.
    pub ends: Vec<[f64; 2]>,
    pub powers: Vec<[f64; 2]>,
    /// `u_j u_jᵀ` for each point of the hull.
    pub hull: Vec<Vec<Symmetric>>,
}

impl Faces {
    /// For the box of spectra up to `top`.
    pub fn of(cell: &Cell, top: f64, layers: usize) -> Self {
        let end = |(j, ends): (usize, &[i64; 2])| ends.map(|x| x as f64 / GRID as f64 * top / (j + 1) as f64);
        let ends: Vec<[f64; 2]> = cell.ends.iter().enumerate().map(end).collect();
        let power = |τ: f64| (0..layers).map(|_| τ).product::<f64>();
        let powers = ends.iter().map(|ends| ends.map(power)).collect();
        Self { layers: layers as f64, ends, powers, hull: cell.hull() }
    }

    /// The least of `Σ_j (c M τ_j/2 − τ_j^M x_j/(2c))` over the ends, and which ends give it.
    pub fn least(&self, c: f64, x: &[f64]) -> (f64, Vec<usize>) {
        let mut sum = 0.0;
        let mut sides = Vec::with_capacity(3);
        for (j, x) in x.iter().enumerate() {
            let term = |i: usize| c * self.layers / 2.0 * self.ends[j][i] - self.powers[j][i] * x / (2.0 * c);
            let (low, high) = (term(0), term(1));
            sides.push(usize::from(high < low));
            sum += low.min(high);
        }
        (sum, sides)
    }

    /// The corner at a point of the hull and at given ends.
    pub fn corner(&self, point: usize, sides: &[usize], weight: f64) -> Corner {
        let mut corner = Corner { s: [0.0; 6], powers: [0.0; 3], ends: [0.0; 3], weight };
        for (j, side) in sides.iter().enumerate() {
            corner.powers[j] = self.powers[j][*side];
            corner.ends[j] = self.ends[j][*side];
            corner.s.iter_mut().zip(self.hull[point][j]).for_each(|(s, x)| *s += corner.powers[j] * x);
        }
        corner
    }
}
