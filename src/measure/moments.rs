//! What two passes over a saved network's features give, in blocks of samples: no matrix of `N` columns is kept.
//!
//! First pass: class means `h_k`. Second: deviations from them, logits `Z = W_M⋯W_1 H + b`, and the loss with its
//! gradient `R = ∂loss/∂Z` (`K × N`), of which only products with `H` are kept.

use super::paper::{Centre, State};
use super::saved::SavedNetwork;
use super::saved::refusal::Refusal;
use crate::case::Loss;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

/// Sums over all samples.
#[derive(Debug, Clone)]
pub struct Moments {
    /// Class means `H̄`, `d_1 × K`.
    pub means: Mat<f64>,
    /// Within-class scatter `N Σ_W`, `d_1 × d_1`.
    pub scatter: Mat<f64>,
    /// `‖H‖²`, and `‖H − h_G 1ᵀ‖²`.
    pub features_sq: (f64, f64),
    /// Singular values of `H`, largest first, at most `min(d_1, N)`.
    pub singular_values: Vec<f64>,
    /// The loss.
    pub loss: f64,
    /// `R Hᵀ`, `K × d_1`.
    pub pull: Mat<f64>,
    /// `R 1`: the gradient by a bias.
    pub bias_gradient: Vec<f64>,
    /// `‖A_1ᵀ R‖²`, the squared norm of the gradient by the features, and its inner product with them.
    pub feature_gradient: (f64, f64),
    /// `‖R‖²`.
    pub residual_sq: f64,
    /// `‖Z‖²`.
    pub logits_sq: f64,
    /// `⟨R, Y⟩`: the residuals of samples on their own class, summed.
    pub own: f64,
    /// The least entry of `N R + Y` in each row: for cross-entropy the least probability of each class.
    pub least: Vec<f64>,
    /// Samples whose largest logit is their class's.
    pub correct: usize,
    /// Samples whose largest logit is that of the nearest class mean.
    pub nearest: usize,
}

/// Numbers of one block of samples, about.
const BLOCK: usize = 1 << 20;

/// Ranges of samples, a block each.
pub fn blocks(samples: usize, width: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let step = (BLOCK / width.max(1)).max(1);
    (0..samples).step_by(step).map(move |start| start..(start + step).min(samples))
}

/// `R = ∂loss/∂Z` of a block, in place of its logits, and the block's share of the loss.
///
/// Mean squared error: `1/(2N) ‖Z − Y‖²`, `R = (Z − Y)/N`. Cross-entropy: the mean over samples, `R = (P − Y)/N`.
pub fn residuals(logits: &mut Mat<f64>, labels: &[usize], loss: Loss, samples: f64) -> f64 {
    let mut total = 0.0;
    for (c, class) in labels.iter().enumerate() {
        let column = logits.col_as_slice_mut(c);
        match loss {
            Loss::Mse => {
                column[*class] -= 1.0;
                total += column.iter().map(|x| x * x).sum::<f64>() / 2.0;
            }
            Loss::CrossEntropy => {
                let most = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let own = column[*class] - most;
                column.iter_mut().for_each(|x| *x = libm::exp(*x - most));
                let sum: f64 = column.iter().sum();
                total += libm::log(sum) - own;
                column.iter_mut().for_each(|x| *x /= sum);
                column[*class] -= 1.0;
            }
        }
        column.iter_mut().for_each(|x| *x /= samples);
    }
    total / samples
}

impl Moments {
    /// Reads the features twice. `progress` hears how many samples of both passes are done.
    pub fn of(network: &SavedNetwork, loss: Loss, progress: &mut dyn FnMut(usize)) -> Result<Self, Refusal> {
        let (k, d, n) = (network.classes(), network.width(), network.samples());
        let Some(features) = network.features() else {
            return Err(Refusal::Broken { what: "features of two dimensions are gone".to_owned() });
        };
        let mut means = Mat::<f64>::zeros(d, k);
        let mut features_sq = 0.0;
        for range in blocks(n, d) {
            let block = features.block(range.clone())?;
            for (c, class) in network.labels[range.clone()].iter().enumerate() {
                for (sum, x) in means.col_as_slice_mut(*class).iter_mut().zip(block.col_as_slice(c)) {
                    *sum += x;
                }
            }
            features_sq += block.squared_norm_l2();
            progress(range.end);
        }
        for c in 0..k {
            let count = network.counts[c] as f64;
            means.col_as_slice_mut(c).iter_mut().for_each(|x| *x /= count);
        }
        let mut sums = Self {
            scatter: Mat::zeros(d, d),
            features_sq: (features_sq, 0.0),
            singular_values: Vec::new(),
            loss: 0.0,
            pull: Mat::zeros(k, d),
            bias_gradient: vec![0.0; k],
            feature_gradient: (0.0, 0.0),
            residual_sq: 0.0,
            logits_sq: 0.0,
            own: 0.0,
            least: vec![f64::INFINITY; k],
            correct: 0,
            nearest: 0,
            means,
        };
        let mean = network.mean(&sums.means);
        let apart = |c: usize| {
            let entries = sums.means.col_as_slice(c).iter().zip(&mean);
            network.counts[c] as f64 * entries.map(|(x, m)| (x - m).powi(2)).sum::<f64>()
        };
        let between: f64 = (0..k).map(apart).sum();
        let product = network.product();
        let (par, mut triangle) = (Par::Seq, Mat::<f64>::zeros(0, d));
        for range in blocks(n, d) {
            let block = features.block(range.clone())?;
            // Both need this block only: two threads, and each sum in its one order.
            let mut next = Mat::new();
            std::thread::scope(|scope| {
                scope.spawn(|| next = triangular(&triangle, &block));
                sums.second(network, loss, &product, &range, &mut block.clone(), par);
            });
            triangle = next;
            progress(n + range.end);
        }
        sums.features_sq.1 = between + sums.scatter.diagonal().column_vector().sum();
        if ![sums.features_sq.0, sums.loss, sums.logits_sq, sums.feature_gradient.0]
            .iter()
            .all(|x| x.is_finite())
        {
            return Err(Refusal::Overflow);
        }
        let broken =
            |_| Refusal::Broken { what: "the singular values of the features do not converge".to_owned() };
        sums.singular_values = triangle.singular_values().map_err(broken)?;
        sums.singular_values.truncate(n.min(d));
        Ok(sums)
    }

    /// One block of the second pass.
    fn second(
        &mut self,
        network: &SavedNetwork,
        loss: Loss,
        product: &Mat<f64>,
        range: &std::ops::Range<usize>,
        block: &mut Mat<f64>,
        par: Par,
    ) {
        let (k, labels) = (network.classes(), &network.labels[range.clone()]);
        let mut logits = network.logits(product, block);
        let nearest = nearest(&self.means, block);
        for c in 0..labels.len() {
            let answer = largest(logits.col_as_slice(c));
            self.correct += usize::from(answer == labels[c]);
            self.nearest += usize::from(answer == nearest[c]);
        }
        self.logits_sq += logits.squared_norm_l2();
        self.loss += residuals(&mut logits, labels, loss, network.samples() as f64);
        matmul(self.pull.as_mut(), Accum::Add, logits.as_ref(), block.transpose(), 1.0, par);
        let back = product.transpose() * &logits;
        self.feature_gradient.0 += back.squared_norm_l2();
        for c in 0..labels.len() {
            let (b, h) = (back.col_as_slice(c), block.col_as_slice(c));
            self.feature_gradient.1 += b.iter().zip(h).map(|(x, y)| x * y).sum::<f64>();
            (0..k).for_each(|j| self.bias_gradient[j] += logits[(j, c)]);
        }
        self.residual_sq += logits.squared_norm_l2();
        let n = network.samples() as f64;
        for (c, class) in labels.iter().enumerate() {
            self.own += logits[(*class, c)];
            for j in 0..k {
                let own = f64::from(u8::from(j == *class));
                self.least[j] = self.least[j].min(n * logits[(j, c)] + own);
            }
        }
        for (c, class) in labels.iter().enumerate() {
            let mean = self.means.col_as_slice(*class);
            block.col_as_slice_mut(c).iter_mut().zip(mean).for_each(|(x, m)| *x -= m);
        }
        matmul(self.scatter.as_mut(), Accum::Add, block.as_ref(), block.transpose(), 1.0, par);
    }
}

/// The triangular factor of `[Rᵀ H_block]ᵀ`: singular values of `H` survive it without squaring them.
fn triangular(triangle: &Mat<f64>, block: &Mat<f64>) -> Mat<f64> {
    let (top, d) = (triangle.nrows(), block.nrows());
    let stacked =
        Mat::from_fn(
            top + block.ncols(),
            d,
            |i, j| {
                if i < top { triangle[(i, j)] } else { block[(j, i - top)] }
            },
        );
    if stacked.nrows() <= d { stacked } else { stacked.qr().thin_R().to_owned() }
}

/// The place of the largest entry, the first of equal ones.
fn largest(values: &[f64]) -> usize {
    (0..values.len()).fold(0, |best, j| if values[j] > values[best] { j } else { best })
}

/// The nearest class mean of each column, the first of equal ones. Products say which means may be nearest; where rounding
/// leaves several, as with merged classes, their distances decide.
fn nearest(means: &Mat<f64>, block: &Mat<f64>) -> Vec<usize> {
    let inner = means.transpose() * block;
    let sizes: Vec<f64> = (0..means.ncols()).map(|k| means.col(k).squared_norm_l2()).collect();
    let largest_size = sizes.iter().copied().fold(0.0, f64::max);
    let column = |c: usize| {
        let closeness = |k: usize| 2.0 * inner[(k, c)] - sizes[k];
        let most = (0..sizes.len()).map(closeness).fold(f64::NEG_INFINITY, f64::max);
        let doubt = 1e-10 * (largest_size + block.col(c).squared_norm_l2());
        let mut near = (0..sizes.len()).filter(|k| closeness(*k) >= most - doubt).peekable();
        let first = near.next().unwrap_or(0);
        if near.peek().is_none() {
            return first;
        }
        let distance = |k: usize| {
            let entries = means.col_as_slice(k).iter().zip(block.col_as_slice(c));
            entries.map(|(m, h)| (m - h).powi(2)).sum::<f64>()
        };
        near.fold((first, distance(first)), |best, k| {
            let own = distance(k);
            if own < best.1 { (k, own) } else { best }
        })
        .0
    };
    (0..block.ncols()).map(column).collect()
}

impl SavedNetwork {
    /// The mean over samples from class means.
    pub fn mean(&self, means: &Mat<f64>) -> Vec<f64> {
        let share = |c: usize| self.counts[c] as f64 / self.samples() as f64;
        (0..means.nrows()).map(|i| (0..self.classes()).map(|c| means[(i, c)] * share(c)).sum()).collect()
    }

    /// `W_M⋯W_1`, `K × d_1`.
    pub fn product(&self) -> Mat<f64> {
        let mut layers = self.layers.iter().rev();
        let last = layers.next().cloned().unwrap_or_else(Mat::new);
        layers.fold(last, |a, w| &a * w)
    }

    /// At class level.
    pub fn state<'a>(&'a self, moments: &'a Moments, centre: Centre) -> State<'a> {
        let counts = self.counts.iter().map(|n| *n as f64).collect();
        let layers = self.layers.iter().map(Mat::as_ref).collect();
        State { layers, means: &moments.means, scatter: &moments.scatter, counts, centre }
    }

    /// Logits of some columns, with the bias.
    pub fn logits(&self, product: &Mat<f64>, columns: &Mat<f64>) -> Mat<f64> {
        let mut z = product * columns;
        if let Some(bias) = &self.bias {
            for c in 0..z.ncols() {
                z.col_as_slice_mut(c).iter_mut().zip(bias).for_each(|(x, b)| *x += b);
            }
        }
        z
    }
}
