//! A class-balanced deep problem: what logits cost, the best simplex frame, and the network.

use crate::case::{Bias, Loss, Problem};
use crate::float::softmax;
use crate::flow::{Columns, Network};
use crate::hints::log_of;
use faer::Mat;

/// A class-balanced problem.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// `K`.
    pub classes: usize,
    /// `n`.
    pub per_class: f64,
    /// `L`: one more than the layers.
    pub factors: usize,
    /// `ln Λ`.
    pub log_weight: f64,
    /// `R`: the narrowest width.
    pub rank: usize,
    /// Whether there is an unregularised bias.
    pub bias: Bias,
}

impl Setting {
    /// The setting of a problem with equal counts.
    pub fn of(problem: &Problem) -> Self {
        Self {
            classes: problem.classes(),
            per_class: problem.counts()[0] as f64,
            factors: problem.depth() + 1,
            log_weight: log_of(&problem.regularization_product()),
            rank: problem.rank_budget(),
            bias: problem.bias(),
        }
    }

    /// `Λ^{1/L}`: the weight of each factor when they are equal.
    pub(super) fn weight(&self) -> f64 {
        libm::exp(self.log_weight / self.factors as f64)
    }

    /// `(L/2) Λ^{1/L} Σ s^{2/L}`.
    fn penalty(&self, strengths: impl Iterator<Item = f64>) -> f64 {
        let l = self.factors as f64;
        l / 2.0 * self.weight() * strengths.map(|s| libm::pow(s, 2.0 / l)).sum::<f64>()
    }

    /// `f` at `√n Z`.
    pub(super) fn objective(
        &self,
        scaled: &Mat<f64>,
        bias: &[f64],
        strengths: impl Iterator<Item = f64>,
    ) -> f64 {
        let (k, root) = (self.classes, self.per_class.sqrt());
        let loss = |class: usize| {
            let mut logits: Vec<f64> = (0..k).map(|j| scaled[(j, class)] / root + bias[j]).collect();
            softmax(&mut logits, class).0
        };
        (0..k).map(loss).sum::<f64>() / k as f64 + self.penalty(strengths)
    }

    fn etf(&self, β: f64) -> f64 {
        let others = (self.classes - 1) as f64;
        let s = β * self.per_class.sqrt();
        libm::log1p(others * libm::exp(-β)) + self.penalty([s].into_iter()) * others
    }

    /// The network of `L` equally weighted factors and a given width, one column a class.
    pub(super) fn network(&self, width: usize) -> Network {
        let (k, λ) = (self.classes, self.weight());
        let mut widths = vec![width; self.factors - 1];
        widths.push(k);
        Network {
            classes: k,
            outputs: k,
            class_weights: vec![1.0; k],
            logit_scale: Vec::new(),
            logit_shift: Vec::new(),
            bias_weight: 0.0,
            counts: vec![self.per_class; k],
            samples: self.per_class * k as f64,
            weights: vec![λ; widths.len() - 1],
            widths,
            loss: Loss::CrossEntropy,
            bias: self.bias,
            features: λ,
            targets: (0..k * k).map(|i| f64::from(u8::from(i / k == i % k))).collect(),
            columns: Columns::Classes(k),
        }
    }
}

/// `(β, g(β))` of the simplex frame with the least cost; `None` if none is better than nothing.
pub fn best_etf(setting: &Setting) -> Option<(f64, f64)> {
    outer_etf(setting).filter(|(_, cost)| *cost < libm::log(setting.classes as f64))
}

/// `(β, g(β))` at the larger stationary point of `g`, if it has any: the frame that costs least but for zero.
pub fn outer_etf(setting: &Setting) -> Option<(f64, f64)> {
    let (k, l) = (setting.classes as f64, setting.factors as f64);
    let pull = setting.weight() * libm::pow(setting.per_class, 1.0 / l);
    // g′(β)/(K−1).
    let slope = |β: f64| pull * libm::pow(β, 2.0 / l - 1.0) - 1.0 / (libm::exp(β) + k - 1.0);
    let grid: Vec<f64> = (0..=1000).map(|i| libm::exp(f64::from(i) * 0.02 - 10.0)).collect();
    let minima = grid.windows(2).filter(|pair| slope(pair[0]) < 0.0 && slope(pair[1]) >= 0.0);
    let refined = minima.map(|pair| {
        let (mut low, mut high) = (pair[0], pair[1]);
        for _ in 0..60 {
            let middle = low.midpoint(high);
            if slope(middle) < 0.0 { low = middle } else { high = middle }
        }
        (low, setting.etf(low))
    });
    refined.reduce(|best, next| if next.1 < best.1 { next } else { best })
}
