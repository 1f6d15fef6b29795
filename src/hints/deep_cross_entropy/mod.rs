//! Logits of deep networks under cross-entropy that may beat every simplex frame, in floats.
//!
//! `K` balanced classes of `n` samples, `L` factors whose regularisation weights multiply to `Λ`, logits `Z`
//! (column `k` belongs to class `k`) of rank at most `R`, an optional unregularised bias `b`. With the hidden
//! factors at their cheapest, a network with these logits costs
//!
//! ```text
//! f(Z, b) = (1/K) Σ_k CE(Z_k + b, k) + (L/2) Λ^{1/L} Σ_i s_i^{2/L}
//! ```
//!
//! with `s_i` the singular values of `√n Z`, and the simplex frame `Z = β(I − 11ᵀ/K)` costs
//!
//! ```text
//! g(β) = ln(1 + (K−1)e^{−β}) + (L/2) Λ^{1/L} (K−1) (β√n)^{2/L}
//! ```
//!
//! For `L > 2` the penalty is not convex and lower ranks are cheaper, so the search lets the network of [`crate::flow`]
//! with `L` equally weighted factors descend from `codes` of low rank.
//!
//! What comes out is a candidate only: a point whose objective is to be evaluated again by exact code.

mod codes;
mod setting;

pub use setting::{Setting, best_etf, outer_etf};

use crate::float::{Normal, Svd, Triple};
use crate::flow::{self, Limits, Method, Network};
use codes::Start;
use faer::Mat;

/// A point of the network, by the singular value decomposition of its logits.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The decomposition of `√n Z`: positive values, largest first.
    pub modes: Vec<Triple>,
    /// `b`, with mean zero; zeros if there is none.
    pub bias: Vec<f64>,
    /// `f(Z, b)`.
    pub objective: f64,
    /// The code the descent started from, in words.
    pub structure: String,
}

/// What a search may cost.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Partitions of the classes into groups tried, about.
    pub partitions: usize,
    /// Random codes.
    pub random: usize,
    /// Starts descended to the end.
    pub finalists: usize,
    /// Evaluations of the short descent that selects them.
    pub short: u64,
    /// Evaluations of a full descent.
    pub full: u64,
    /// Descents from the best point with noise added, after those with one mode removed.
    pub kicks: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { partitions: 40, random: 6, finalists: 16, short: 60, full: 3000, kicks: 8 }
    }
}

/// A rank is reduced if that raises the objective by less than this, relatively.
const NEGLIGIBLE: f64 = 1e-10;
/// Costs closer than this, relatively, are taken for equal.
const TIE: f64 = 1e-9;
/// Size of the noise that breaks the symmetry of a start, relative to its strongest mode.
const NOISE: f64 = 0.02;
/// The relative gap at which a descent rests.
const REST: f64 = 1e-13;

/// The point of least cost found, better than the simplex frames or not. The same for the same setting and budget.
/// Meant for few classes: well under a second for ten, seconds for twenty, growing faster than `K³`.
///
/// `None` for fewer than two classes or factors, or if a decomposition does not converge.
pub fn search(setting: &Setting, budget: &Budget) -> Option<Candidate> {
    if setting.classes < 2 || setting.factors < 2 {
        return None;
    }
    let mut best = frame(setting)?;
    if setting.rank == 0 {
        return Some(best);
    }
    let wide = setting.network(setting.rank.min(setting.classes));
    let mut noise = Normal::of(0);
    for (structure, start) in finalists(setting, &wide, budget, &mut noise)? {
        let end = start.descend(&wide, budget.full)?;
        best = lower(best, end.candidate(setting, structure)?);
    }
    for trial in 0..best.modes.len() + budget.kicks {
        let end = kicked(&best, trial, &mut noise).descend(&wide, budget.full / 3)?;
        let next = end.candidate(setting, best.structure.clone())?;
        best = lower(best, next);
    }
    if best.modes.is_empty() {
        return Some(best);
    }
    let narrow = setting.network(best.modes.len());
    let last =
        Place::of(&best).descend(&narrow, 3 * budget.full)?.candidate(setting, best.structure.clone())?;
    Some(if last.objective < best.objective { last } else { best })
}

/// The better of two points; the first if they cost the same but for rounding, so that it keeps its name.
fn lower(best: Candidate, next: Candidate) -> Candidate {
    if next.objective < best.objective * (1.0 - TIE) { next } else { best }
}

/// What the starts come to that a short descent brings lowest, each lowest point once, in the order of what they cost
/// before it; with the words for their codes.
fn finalists(
    setting: &Setting,
    network: &Network,
    budget: &Budget,
    noise: &mut Normal,
) -> Option<Vec<(String, Place)>> {
    let mut pool = Vec::new();
    let starts = codes::starts(setting.classes, setting.bias, budget.partitions, budget.random);
    for (order, start) in starts.into_iter().enumerate() {
        let (cost, place) = at_best_scale(setting, &start, noise)?;
        // Starts that differ by rounding only keep the order they are listed in.
        let cost = cost * (1.0 + TIE * order as f64);
        pool.push((cost, start.structure, place.descend(network, budget.short)?));
    }
    pool.sort_by(|(.., a), (.., b)| a.objective.total_cmp(&b.objective));
    pool.dedup_by(|later, earlier| {
        let same = later.2.objective - earlier.2.objective <= 1e-7 * earlier.2.objective;
        if same && later.0 < earlier.0 {
            std::mem::swap(later, earlier);
        }
        same
    });
    pool.truncate(budget.finalists);
    pool.sort_by(|(a, ..), (b, ..)| a.total_cmp(b));
    Some(pool.into_iter().map(|(_, structure, place)| (structure, place)).collect())
}

/// The best simplex frame if the rank admits it, otherwise zero.
fn frame(setting: &Setting) -> Option<Candidate> {
    let k = setting.classes;
    let etf = best_etf(setting).filter(|_| setting.rank + 1 >= k);
    let (β, words) = etf.map_or((0.0, "zero"), |(β, _)| (β, "ETF"));
    let size = β * setting.per_class.sqrt();
    let scaled = Mat::from_fn(k, k, |i, j| size * (f64::from(u8::from(i == j)) - 1.0 / k as f64));
    Place { scaled, bias: vec![0.0; k], objective: f64::NAN }.candidate(setting, words.to_string())
}

/// A candidate without its mode `trial`, or with noise if there is no such mode.
fn kicked(best: &Candidate, trial: usize, noise: &mut Normal) -> Place {
    let mut place = Place::of(best);
    match best.modes.get(trial) {
        Some(mode) => place.scaled -= sum(std::slice::from_ref(mode), best.bias.len()),
        None => {
            let k = best.bias.len();
            let size = 0.5 * best.modes.first().map_or(1.0, |m| m.singular_value) / k as f64;
            place.scaled += Mat::from_fn(k, k, |_, _| size * noise.draw());
        }
    }
    place
}

/// `Σ s u vᵀ`, `K × K`.
fn sum(modes: &[Triple], k: usize) -> Mat<f64> {
    let entry = |i: usize, j: usize| modes.iter().map(|m| m.singular_value * m.left[i] * m.right[j]).sum();
    Mat::from_fn(k, k, entry)
}

/// A start at its best scale, within the rank: its cost, and the place, with noise.
fn at_best_scale(setting: &Setting, start: &Start, noise: &mut Normal) -> Option<(f64, Place)> {
    let (k, root) = (setting.classes, setting.per_class.sqrt());
    let mut modes = Svd::of(start.logits.as_ref())?.triples();
    modes.truncate(setting.rank);
    let code = sum(&modes, k) * faer::Scale(root);
    let biased = |t: f64| start.bias.iter().map(|b| t * b).collect::<Vec<f64>>();
    let value = |t: f64| {
        let strengths = modes.iter().map(|m| t * root * m.singular_value);
        setting.objective(&(&code * faer::Scale(t)), &biased(t), strengths)
    };
    // The best minimum away from zero, where deep networks have one of their own.
    let grid: Vec<(f64, f64)> =
        (0..48).map(|i| libm::exp(f64::from(i) * 0.2 - 3.0)).map(|t| (t, value(t))).collect();
    let inner = grid.windows(3).filter(|w| w[1].1 <= w[0].1 && w[1].1 <= w[2].1).map(|w| w[1]);
    let (t, cost) = inner.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((4.0, value(4.0)));
    let size = NOISE * t * root * modes[0].singular_value / k as f64;
    let scaled = Mat::from_fn(k, k, |i, j| t * code[(i, j)] + size * noise.draw());
    Some((cost, Place { scaled, bias: biased(t), objective: cost }))
}

/// Where a descent starts or ends: its factors are the balanced ones of its logits.
struct Place {
    /// `√n Z`.
    scaled: Mat<f64>,
    bias: Vec<f64>,
    objective: f64,
}

impl Place {
    fn of(candidate: &Candidate) -> Self {
        let Candidate { modes, bias, objective, .. } = candidate;
        Self { scaled: sum(modes, bias.len()), bias: bias.clone(), objective: *objective }
    }

    /// Where L-BFGS ends from here; `None` if the decomposition of the logits does not converge.
    fn descend(&self, network: &Network, evaluations: u64) -> Option<Self> {
        let mut modes = Svd::of(self.scaled.as_ref())?.triples();
        modes.truncate(network.widths[0]);
        let start = flow::Start::Near { seed: 0, modes, bias: self.bias.clone(), noise: 0.0 };
        let limits = Limits { evaluations, tolerance: REST, path: false };
        let end = flow::run(network, &start, Method::Lbfgs, limits, &mut |_| {}).last;
        let mut bias = end.state[network.bias_range()].to_vec();
        bias.resize(network.classes, 0.0);
        let features = network.feature_matrix(&end.state).to_owned();
        let scaled = (1..=network.depth()).fold(features, |z, l| network.layer(&end.state, l) * z);
        Some(Self { scaled, bias, objective: end.objective })
    }

    /// The candidate of these logits, at the least rank that costs nothing.
    fn candidate(&self, setting: &Setting, structure: String) -> Option<Candidate> {
        let k = setting.classes;
        let mean = self.bias.iter().sum::<f64>() / k as f64;
        let bias: Vec<f64> = self.bias.iter().map(|b| b - mean).collect();
        let mut modes = Svd::of(self.scaled.as_ref())?.triples();
        let value = |rank: usize| {
            let kept = &modes[..rank];
            setting.objective(&sum(kept, k), &bias, kept.iter().map(|m| m.singular_value))
        };
        let values: Vec<f64> = (0..=setting.rank.min(k)).map(value).collect();
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let rank = values.iter().position(|f| *f <= least * (1.0 + NEGLIGIBLE))?;
        modes.truncate(rank);
        Some(Candidate { modes, bias, objective: values[rank], structure })
    }
}

#[cfg(test)]
mod leading;
#[cfg(test)]
mod tests;
