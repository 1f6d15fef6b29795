//! The geometry of a network given by the singular value decomposition of its logits, in floats: measured, not
//! proved.

/// Norms and angles of class-mean features and classifier rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Singular values of the logits over all samples.
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

/// A decomposition with the weights that decide how the logits are shared between the factors.
#[derive(Debug, Clone, Copy)]
pub struct Shares<'a> {
    /// Left singular vectors.
    pub left: &'a [Vec<f64>],
    /// Singular values of `Z D^{1/2}`.
    pub strengths: &'a [f64],
    /// Right singular vectors, over class columns scaled by `√n_k`.
    pub right: &'a [Vec<f64>],
    /// The bias; zeros if there is none.
    pub bias: &'a [f64],
    /// Class counts.
    pub counts: &'a [f64],
    /// `λ_1 … λ_M`, and `λ_H`.
    pub weights: &'a [f64],
    /// The weight of the features.
    pub features: f64,
}

impl Shares<'_> {
    /// Squared singular values of a factor of weight `λ`, `Λ^{1/L} s^{2/L}/λ`.
    pub fn squares(&self, λ: f64) -> Vec<f64> {
        let l = self.weights.len() as f64 + 1.0;
        let product: f64 = self.weights.iter().product::<f64>() * self.features;
        self.strengths.iter().map(|s| libm::pow(product * s * s, 1.0 / l) / λ).collect()
    }

    /// The geometry.
    pub fn frame(&self) -> Frame {
        let k = self.counts.len();
        let last = self.weights.last().copied().unwrap_or(1.0);
        let gram = |vectors: &[Vec<f64>], squares: &[f64], scale: &dyn Fn(usize) -> f64| -> Vec<Vec<f64>> {
            let entry = |i: usize, j: usize| {
                let terms = vectors.iter().zip(squares);
                terms.map(|(v, a)| a * v[i] * v[j]).sum::<f64>() * scale(i) * scale(j)
            };
            (0..k).map(|i| (0..k).map(|j| entry(i, j)).collect()).collect()
        };
        let root = |i: usize| 1.0 / self.counts[i].sqrt();
        let logit = |j: usize, c: usize| {
            let modes = self.strengths.iter().zip(self.left.iter().zip(self.right));
            modes.map(|(s, (p, q))| s * p[j] * q[c]).sum::<f64>() * root(c) + self.bias[j]
        };
        // W_M⋯W_1 has the singular values s/a_H.
        let own = self.squares(self.features);
        let ratio = |j: usize, c: usize| -> f64 {
            let modes = self.strengths.iter().zip(&own).zip(self.left.iter().zip(self.right));
            modes.filter(|((_, a), _)| **a > 0.0).map(|((s, a), (p, q))| s / a * p[j] * q[c]).sum()
        };
        Frame {
            duality: (0..k).map(|j| (0..k).map(|c| ratio(j, c)).collect()).collect(),
            left: self.left.to_vec(),
            right: self.right.to_vec(),
            bias: self.bias.to_vec(),
            singular_values: self.strengths.to_vec(),
            features: gram(self.right, &self.squares(self.features), &root),
            classifier: gram(self.left, &self.squares(last), &|_| 1.0),
            logits: (0..k).map(|j| (0..k).map(|c| logit(j, c)).collect()).collect(),
        }
    }
}

impl Frame {
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

/// The Gram matrix of class-mean features, up to a factor, in the limit of vanishing regularisation for one layer
/// without bias: the logits tend in direction to `(I − 11ᵀ/K) Y` (Thrampoulidis et al. 2022).
pub fn vanishing_limit(counts: &[f64]) -> Option<Vec<Vec<f64>>> {
    let k = counts.len();
    let z =
        faer::Mat::from_fn(k, k, |i, j| (f64::from(u8::from(i == j)) - 1.0 / k as f64) * counts[j].sqrt());
    let svd = z.svd().ok()?;
    let (v, s) = (svd.V(), svd.S().column_vector());
    let entry = |i: usize, j: usize| {
        (0..k).map(|m| s[m] * v[(i, m)] * v[(j, m)]).sum::<f64>() / (counts[i] * counts[j]).sqrt()
    };
    Some((0..k).map(|i| (0..k).map(|j| entry(i, j)).collect()).collect())
}
