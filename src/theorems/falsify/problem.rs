//! Random problems with corners: thresholds, ties, bands, narrow widths, equal and nearly equal counts.

use crate::case::{Bias, Draft, Loss, Problem, Targets, Terms};
use crate::exact::{Rational, power, whole};
use crate::theorems::Theorem;
use crate::theory::shrinkage::largest_coefficient;
use num_traits::One;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Whole numbers from one stream.
struct Dice(ChaCha8Rng);

impl Dice {
    /// From `0` to `sides − 1`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0.next_u64() % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len() as u64) as usize]
    }
}

/// One problem in so many is cross-entropy.
const ENTROPY: u64 = 20;

/// What a theorem speaks of beside the plain problems, by the words of its text.
#[derive(Debug, Clone, Copy, Default)]
struct Topics {
    entropy: bool,
    other_losses: bool,
    bias_weight: bool,
    nonnegative: bool,
    targets: bool,
    double_roots: bool,
}

impl Topics {
    fn of(theorem: &Theorem) -> Self {
        let says =
            |word: &str| theorem.hypotheses.iter().chain(&theorem.claims).any(|s| s.text.contains(word));
        Self {
            entropy: theorem.speaks_of_entropy(),
            other_losses: says("other_"),
            bias_weight: says("regularised"),
            nonnegative: theorem.hypotheses.iter().any(|h| h.text == "nonnegative"),
            targets: says("target("),
            double_roots: says("has_double_root"),
        }
    }
}

/// The problem of a trial.
#[cfg(test)]
pub fn random_problem(seed: u64, trial: u64) -> Problem {
    drawn(seed, trial, Topics::default())
}

/// The problem of a trial for a theorem: of what the theorem speaks of.
pub(super) fn problem_for(theorem: &Theorem, seed: u64, trial: u64) -> Problem {
    drawn(seed, trial, Topics::of(theorem))
}

fn drawn(seed: u64, trial: u64, topics: Topics) -> Problem {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    stream.set_stream(trial);
    let dice = &mut Dice(stream);
    let mut draft = random_draft(dice, if topics.entropy { 1 } else { ENTROPY });
    adorned(dice, &mut draft, topics);
    let plain = Draft {
        counts: vec![2, 1],
        widths: vec![2],
        loss: Loss::Mse,
        bias: Bias::None,
        targets: Targets::OneHot,
        weights: vec![whole(1) / whole(100)],
        features: whole(1) / whole(100),
        terms: Terms::default(),
    };
    Problem::new(draft).unwrap_or_else(|_| Problem::new(plain).expect("a small problem is valid"))
}

/// A draft with what a theorem speaks of: terms of the loss with one layer, features of at least 0, targets, double roots.
fn adorned(dice: &mut Dice, draft: &mut Draft, topics: Topics) {
    let classes = draft.counts.len();
    let ratio = |dice: &mut Dice, most: u64| whole(1 + dice.roll(most)) / whole(1 + dice.roll(3));
    if topics.other_losses || topics.nonnegative && topics.entropy {
        draft.widths.truncate(1);
        draft.weights.truncate(1);
    }
    if topics.nonnegative {
        (draft.bias, draft.terms.nonnegative) = (Bias::None, !dice.one_in(8));
        draft.widths.iter_mut().for_each(|d| *d = (*d).max(classes as u64));
        return;
    }
    if topics.double_roots && !dice.one_in(4) {
        let depth = draft.widths.len() as u32;
        let μ = whole(draft.counts[dice.roll(classes as u64) as usize]);
        let samples = whole(draft.counts.iter().sum::<u64>());
        let bound = power(&μ, depth) * largest_coefficient(depth) / power(&samples, depth + 1);
        draft.features = draft.weights.iter().fold(bound, |λ, weight| λ / weight);
    }
    if topics.targets && draft.loss == Loss::Mse && dice.one_in(2) {
        let outputs = 1 + dice.roll(4);
        let entry = |dice: &mut Dice| (whole(dice.roll(6)) - whole(2)) / whole(1 + dice.roll(2));
        let mut column = || (0..outputs).map(|_| entry(dice)).collect();
        draft.targets = Targets::Columns((0..classes).map(|_| column()).collect());
    }
    if !topics.other_losses {
        return;
    }
    if topics.targets && draft.loss == Loss::CrossEntropy {
        let smoothing = whole(dice.pick(&[0, 1, 1, 2, 5])) / whole(10);
        draft.targets = Targets::smoothed(&smoothing, classes).unwrap_or(Targets::OneHot);
    }
    if !dice.one_in(3) {
        let one = ratio(dice, 4);
        let even = topics.bias_weight && !dice.one_in(4) || dice.one_in(4);
        let weight = |dice: &mut Dice| if even { one.clone() } else { ratio(dice, 4) };
        draft.terms.class_weights = (0..classes).map(|_| weight(dice)).collect();
    }
    if topics.bias_weight && !dice.one_in(4) {
        draft.bias = Bias::LastLayer;
        draft.terms.bias = Some(ratio(dice, 9) / power(&whole(10), dice.roll(4) as u32));
        draft.counts = if dice.one_in(4) { draft.counts.clone() } else { vec![draft.counts[0]; classes] };
    }
}

fn random_draft(dice: &mut Dice, entropy_in: u64) -> Draft {
    let classes = dice.pick(&[1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 8]);
    let depth = dice.pick(&[1u32, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 6, 9]);
    let mut counts = counts(dice, classes);
    let loss = if dice.one_in(entropy_in) { Loss::CrossEntropy } else { Loss::Mse };
    // Little is known of deep cross-entropy with unequal counts.
    if loss == Loss::CrossEntropy && depth > 1 && !dice.one_in(8) {
        counts = vec![counts[0]; classes];
    }
    let bias = if dice.one_in(2) { Bias::None } else { Bias::LastLayer };
    let narrow = dice.one_in(4);
    let width = |dice: &mut Dice| match narrow {
        true => 1 + dice.roll(classes as u64),
        false => classes as u64 + dice.pick(&[0, 0, 1, 5, 60]),
    };
    let widths = (0..depth).map(|_| width(dice)).collect();
    let weight = |dice: &mut Dice| match dice.roll(4) {
        0 => whole(1 + dice.roll(9)),
        1 => whole(1 + dice.roll(20)) / whole(1 + dice.roll(200)),
        _ => whole(1) / power(&whole(10), 1 + dice.roll(5) as u32),
    };
    let weights: Vec<Rational> = if dice.one_in(2) {
        vec![weight(dice); depth as usize]
    } else {
        (0..depth).map(|_| weight(dice)).collect()
    };
    let features = match loss {
        Loss::Mse => feature_weight(dice, &counts, &weights),
        Loss::CrossEntropy => entropy_weight(dice, &counts, &weights),
    };
    Draft { counts, widths, loss, bias, targets: Targets::OneHot, weights, features, terms: Terms::default() }
}

fn counts(dice: &mut Dice, classes: usize) -> Vec<u64> {
    match dice.roll(6) {
        // Equal counts.
        0 | 1 => vec![dice.pick(&[1, 2, 10, 100, 977]); classes],
        // Two sizes.
        2 => {
            let (large, small) = (10 + dice.roll(500), 1 + dice.roll(10));
            (0..classes).map(|_| if dice.one_in(2) { large } else { small }).collect()
        }
        // Very different.
        3 => (0..classes).map(|_| 10u64.pow(dice.roll(6) as u32)).collect(),
        // Neighbours.
        4 => {
            let base = 1 + dice.roll(1000);
            (0..classes).map(|_| base + dice.roll(2)).collect()
        }
        _ => (0..classes).map(|_| 1 + dice.roll(300)).collect(),
    }
}

/// `λ_H` that puts one class at a place of interest: exactly at its threshold, a hair beside it, a factor away,
/// into the metastable band, or far from all.
fn feature_weight(dice: &mut Dice, counts: &[u64], weights: &[Rational]) -> Rational {
    let depth = weights.len() as u32;
    let samples = whole(counts.iter().sum::<u64>());
    let class = whole(counts[dice.roll(counts.len() as u64) as usize]);
    let product = weights.iter().fold(Rational::one(), |p, λ| p * λ);
    let critical = critical(&class, &samples, depth) / product;
    let hair = Rational::one() / power(&whole(10), 3 + 9 * dice.roll(3) as u32);
    let factor = match dice.roll(10) {
        0 => Rational::one(),
        1 => Rational::one() + hair,
        2 => Rational::one() - hair,
        // The metastable band reaches to about (1 + 1/M) e/… times the threshold: a little above it.
        3 | 4 => Rational::one() + whole(1 + dice.roll(30)) / whole(100),
        5 => whole(1 + dice.roll(40)) / whole(10),
        6 => Rational::one() / whole(1 + dice.roll(100)),
        7 => Rational::one() / power(&whole(10), dice.roll(12) as u32),
        8 => power(&whole(10), dice.roll(4) as u32),
        _ => Rational::one() / whole(4),
    };
    critical * factor
}

/// `λ_H` for which the regularisation of a simplex frame of scale one is a share of the loss at zero: frames win at
/// small shares, zero at large ones.
fn entropy_weight(dice: &mut Dice, counts: &[u64], weights: &[Rational]) -> Rational {
    let share = dice.pick(&[1, 2, 5, 10, 20, 50, 100, 200, 500]);
    entropy_scale(counts, weights) * power(&(whole(share) / whole(1000)), weights.len() as u32 + 1)
}

/// `λ_H` with `(L/2)(K − 1)(Λ n)^{1/L} = 1`.
pub(super) fn entropy_scale(counts: &[u64], weights: &[Rational]) -> Rational {
    let factors = weights.len() as u32 + 1;
    let modes = whole(counts.len().saturating_sub(1).max(1) as u64);
    let share = power(&(whole(2) / (whole(u64::from(factors)) * modes)), factors);
    weights.iter().fold(share / whole(counts[0].max(1)), |λ, weight| λ / weight)
}

/// `Λ` at a class's threshold: `μ^M (M−1)^{M−1} / (M^{2M} N^{M+1})`.
pub(super) fn critical(class: &Rational, samples: &Rational, depth: u32) -> Rational {
    let m = whole(u64::from(depth));
    power(class, depth) * power(&(&m - Rational::one()), depth.saturating_sub(1))
        / (power(&m, 2 * depth) * power(samples, depth + 1))
}
