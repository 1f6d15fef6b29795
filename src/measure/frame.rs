//! The geometry of an explicit network of rationals, in floats: measured, not proved.

use crate::case::Problem;
use crate::float::Svd;
use crate::theory::convex::grid::Grid;
use crate::theory::convex::point::Point;
use num_traits::ToPrimitive;

/// Norms and angles of class-mean features and classifier rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Singular values of the logits over all samples, without the bias, largest first.
    pub singular_values: Vec<f64>,
    /// `H̄ᵀH̄`.
    pub features: Vec<Vec<f64>>,
    /// `W_M W_Mᵀ`.
    pub classifier: Vec<Vec<f64>>,
    /// Logits of the class means, bias included; row `j`, column `k`.
    pub logits: Vec<Vec<f64>>,
    /// `C` with `W_M⋯W_1 = C H̃ᵀ`, `H̃` in class columns scaled by `√n_k`.
    pub duality: Vec<Vec<f64>>,
    /// Left singular vectors of the logits, and right ones over class columns scaled by `√n_k`.
    pub left: Vec<Vec<f64>>,
    /// See `left`.
    pub right: Vec<Vec<f64>>,
    /// The bias; zeros if there is none.
    pub bias: Vec<f64>,
}

/// Norms below this part of the largest count as zero, and vectors closer than it as equal.
const SAME: f64 = 1e-6;

impl Frame {
    /// The geometry of a point. Between the rows of its features and the columns of its classifier all factors are
    /// diagonal, so the singular value decomposition is read off them.
    pub fn of(problem: &Problem, point: &Point) -> Self {
        let (k, classes) = (problem.outputs(), problem.classes());
        let roots: Vec<f64> = problem.counts().iter().map(|n| (*n as f64).sqrt()).collect();
        let float = |grid: &Grid| -> Vec<Vec<f64>> {
            let entry = |x| grid.value(x).to_f64().unwrap_or(f64::NAN);
            grid.columns.iter().map(|column| column.iter().map(entry).collect()).collect()
        };
        let factors: Vec<Vec<Vec<f64>>> = point.factors.iter().map(float).collect();
        let (features, classifier) = (&factors[0], &factors[factors.len() - 1]);
        let mut bias: Vec<f64> = point.bias.iter().map(|b| b.to_f64().unwrap_or(f64::NAN)).collect();
        bias.resize(k, 0.0);
        let (mut left, mut right, mut singular_values, mut ratios) = (vec![], vec![], vec![], vec![]);
        for (i, column) in classifier.iter().enumerate() {
            let row: Vec<f64> = features.iter().zip(&roots).map(|(h, root)| h[i] * root).collect();
            let (a, b) = (dot(column, column).sqrt(), dot(&row, &row).sqrt());
            let s = factors[1..factors.len() - 1].iter().fold(a * b, |s, factor| s * factor[i][i]);
            if s > 0.0 {
                left.push(column.iter().map(|x| x / a).collect::<Vec<f64>>());
                right.push(row.iter().map(|x| x / b).collect::<Vec<f64>>());
                singular_values.push(s);
                // W_M⋯W_1 has the singular values s/b.
                ratios.push(s / (b * b));
            }
        }
        let table = |(rows, columns): (usize, usize), entry: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<f64>> {
            (0..rows).map(|i| (0..columns).map(|j| entry(i, j)).collect()).collect()
        };
        let outer = |weights: &[f64], j: usize, c: usize| -> f64 {
            weights.iter().zip(left.iter().zip(&right)).map(|(s, (p, q))| s * p[j] * q[c]).sum()
        };
        Self {
            features: table((classes, classes), &|i, j| dot(&features[i], &features[j])),
            classifier: table((k, k), &|i, j| classifier.iter().map(|column| column[i] * column[j]).sum()),
            logits: table((k, classes), &|j, c| outer(&singular_values, j, c) / roots[c] + bias[j]),
            duality: table((k, classes), &|j, c| outer(&ratios, j, c)),
            singular_values,
            left,
            right,
            bias,
        }
    }

    /// Norms from a Gram matrix.
    pub fn norms(gram: &[Vec<f64>]) -> Vec<f64> {
        (0..gram.len()).map(|i| gram[i][i].max(0.0).sqrt()).collect()
    }

    /// The cosine of two classes' mean features; zero where one vanishes.
    pub fn cosine(gram: &[Vec<f64>], i: usize, j: usize) -> f64 {
        let size = (gram[i][i] * gram[j][j]).sqrt();
        let largest = (0..gram.len()).map(|k| gram[k][k]).fold(0.0, f64::max);
        if gram[i][i].min(gram[j][j]) > SAME * SAME * largest { gram[i][j] / size } else { 0.0 }
    }

    /// Classes whose mean feature vanishes.
    pub fn vanished(&self) -> Vec<usize> {
        let norms = Self::norms(&self.features);
        let largest = norms.iter().copied().fold(0.0, f64::max);
        (0..norms.len()).filter(|k| norms[*k] <= SAME * largest || largest == 0.0).collect()
    }

    /// The other classes whose mean feature is the same as a class's.
    pub fn merged_with(&self, k: usize) -> Vec<usize> {
        let g = &self.features;
        let largest = (0..g.len()).map(|i| g[i][i]).fold(0.0, f64::max);
        let apart = |j: usize| (g[k][k] + g[j][j] - 2.0 * g[k][j]).max(0.0).sqrt();
        (0..g.len()).filter(|j| *j != k && apart(*j) <= SAME * largest.sqrt()).collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The Gram matrix of class-mean features, up to a factor, in the limit of vanishing regularisation for one layer
/// without bias: the logits tend in direction to `(I − 11ᵀ/K) Y` (Thrampoulidis et al. 2022).
pub fn vanishing_limit(counts: &[f64]) -> Option<Vec<Vec<f64>>> {
    let k = counts.len();
    let z =
        faer::Mat::from_fn(k, k, |i, j| (f64::from(u8::from(i == j)) - 1.0 / k as f64) * counts[j].sqrt());
    let svd = Svd::of(z.as_ref())?;
    let (v, s) = (svd.right, svd.values);
    let entry = |i: usize, j: usize| {
        (0..k).map(|m| s[m] * v[(i, m)] * v[(j, m)]).sum::<f64>() / (counts[i] * counts[j]).sqrt()
    };
    Some((0..k).map(|i| (0..k).map(|j| entry(i, j)).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Bias, Draft, Loss, Targets, Terms};
    use crate::exact::read_rational;
    use crate::theory::Known;

    fn frame(counts: &[u64], λ: &str, bias: Bias) -> Frame {
        let λ = read_rational(λ).unwrap();
        let draft = Draft {
            counts: counts.to_vec(),
            widths: vec![64],
            loss: Loss::CrossEntropy,
            bias,
            targets: Targets::OneHot,
            weights: vec![λ.clone()],
            features: λ,
            terms: Terms::default(),
        };
        let problem = Problem::new(draft).unwrap();
        let Known::Shallow(found) = Known::of(&problem, 17) else { panic!() };
        Frame::of(&problem, &found.point)
    }

    #[test]
    fn merged_classes_are_seen() {
        let found = frame(&[400, 400, 10, 10], "5e-3", Bias::LastLayer);
        assert_eq!(found.merged_with(2), [3]);
        assert_eq!(found.merged_with(0), [0usize; 0]);
    }

    #[test]
    fn the_parts_are_those_of_one_network() {
        let counts = [40.0f64, 30.0, 7.0];
        let found = frame(&[40, 30, 7], "1e-3", Bias::LastLayer);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-13 * (1.0 + b.abs()), "{a} {b}");
        for j in 0..3 {
            for c in 0..3 {
                let modes = found.singular_values.iter().zip(found.left.iter().zip(&found.right));
                let logit = modes.map(|(s, (p, q))| s * p[j] * q[c]).sum::<f64>() / counts[c].sqrt();
                close(found.logits[j][c], logit + found.bias[j]);
                // Z̄ = W_1 H̄ = C H̃ᵀ H̄, with H̃ᵀ H̄ = D^{1/2} (H̄ᵀ H̄).
                let through = |i: usize| found.duality[j][i] * counts[i].sqrt() * found.features[i][c];
                close((0..3).map(through).sum(), logit);
                // One layer with equal weights: W_1 W_1ᵀ and H̃ H̃ᵀ share the spectrum s.
                let modes = found.singular_values.iter().zip(&found.left);
                close(found.classifier[j][c], modes.map(|(s, p)| s * p[j] * p[c]).sum());
            }
        }
    }

    #[test]
    fn zero_has_no_modes() {
        let found = frame(&[3, 3], "1", Bias::None);
        assert!(found.singular_values.is_empty() && found.vanished() == [0, 1]);
    }
}
