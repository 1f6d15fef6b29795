//! Smaller problems on which a theorem still falls.

use super::counterexample::Counterexample;
use super::problem::{critical, entropy_scale};
use super::trial::{Trial, tried};
use crate::case::{Draft, Loss, Problem};
use crate::exact::{Rational, power, whole};
use crate::theorems::Theorem;
use num_traits::{One, Signed, Zero};

/// A counterexample with fewer classes, layers, smaller numbers: the theorem is still refuted, after at most `most`
/// steps.
pub(super) fn shrunk(theorem: &Theorem, mut found: Counterexample, most: usize) -> Counterexample {
    while found.shrunk < most {
        let problem = &found.problem;
        let smaller = candidates(problem)
            .into_iter()
            .flat_map(|draft| [draft.clone(), retuned(problem, draft)])
            .filter_map(|draft| Problem::new(draft).ok())
            .filter(|p| cost(p) < cost(problem))
            .find_map(|p| match tried(theorem, &p) {
                Trial::Refuted(claim) => Some((p, claim)),
                _ => None,
            });
        let Some((problem, claim)) = smaller else { break };
        found = Counterexample { problem, claim, shrunk: found.shrunk + 1, ..found };
    }
    found
}

/// The same with `λ_H` at the place, relative to the largest class's threshold, where it was.
fn retuned(problem: &Problem, mut next: Draft) -> Draft {
    let largest = |counts: &[u64]| whole(counts.iter().copied().max().unwrap_or(1));
    let place = |counts: &[u64], weights: &[Rational]| {
        if problem.loss() == Loss::CrossEntropy && !counts.is_empty() {
            return entropy_scale(counts, weights);
        }
        let samples = whole(counts.iter().sum::<u64>().max(1));
        weights.iter().fold(critical(&largest(counts), &samples, weights.len() as u32), |c, λ| c / λ)
    };
    let before = place(problem.counts(), problem.weights());
    if next.weights.is_empty() || next.counts.is_empty() || before.is_zero() {
        return next;
    }
    let after = place(&next.counts, &next.weights);
    if after.is_positive() {
        next.features = rounded(&(problem.features() / before * after), 3);
    }
    next
}

/// What shrinking lowers, the first entry first.
fn cost(problem: &Problem) -> (usize, usize, u64, u64, u64) {
    let bits = |λ: &Rational| λ.numer().bits() + λ.denom().bits();
    let weights = problem.weights().iter().map(bits).sum::<u64>() + bits(problem.features());
    let texts = problem.weights().iter().map(|λ| λ.to_string().len() as u64).sum::<u64>();
    (
        problem.classes(),
        problem.depth(),
        problem.samples(),
        weights + texts + problem.features().to_string().len() as u64,
        problem.widths().iter().sum(),
    )
}

fn candidates(problem: &Problem) -> Vec<Draft> {
    let base = problem.draft();
    let mut all = Vec::new();
    let with = |change: &dyn Fn(&mut Draft)| {
        let mut next = base.clone();
        change(&mut next);
        next
    };
    for k in 0..base.counts.len() {
        all.push(with(&|d| {
            d.counts.remove(k);
        }));
    }
    // One layer fewer, with its weight moved into the features so that Λ stays, or dropped.
    for l in 0..base.widths.len() {
        let dropped = with(&|d| {
            d.widths.remove(l);
            d.weights.remove(l);
        });
        let mut moved = dropped.clone();
        moved.features *= &base.weights[l];
        all.extend([dropped, moved]);
    }
    // Smaller counts; Λ is scaled along so that every shrinkage stays.
    for divisor in [2u64, 3, 5, 10] {
        all.push(with(&|d| {
            d.counts.iter_mut().for_each(|n| *n = (*n / divisor).max(1));
            d.features *= whole(divisor);
        }));
    }
    for k in 0..base.counts.len() {
        for n in [1, 2, 3, 5, 10, base.counts[k] / 2, base.counts[k] - 1] {
            if (1..base.counts[k]).contains(&n) {
                all.push(with(&|d| d.counts[k] = n));
            }
        }
    }
    let equal = base.counts.iter().min().copied().unwrap_or(1);
    all.push(with(&|d| d.counts.iter_mut().for_each(|n| *n = equal)));
    for d_l in [1, 2, base.counts.len() as u64] {
        all.push(with(&|d| d.widths.iter_mut().for_each(|w| *w = (*w).min(d_l))));
    }
    // Simpler weights: all λ_l one and λ_H taking the product, one decimal digit, equal everywhere.
    let product = base.weights.iter().fold(Rational::one(), |p, λ| p * λ);
    all.push(with(&|d| {
        d.weights.iter_mut().for_each(|λ| *λ = Rational::one());
        d.features *= &product;
    }));
    for digits in [1, 2, 3] {
        all.push(with(&|d| d.features = rounded(&d.features, digits)));
        all.push(with(&|d| {
            d.weights.iter_mut().for_each(|λ| *λ = rounded(λ, digits));
            d.features = rounded(&d.features, digits);
        }));
    }
    all
}

/// A positive rational cut to so many decimal digits.
fn rounded(value: &Rational, digits: u32) -> Rational {
    let ten = whole(10);
    let top = power(&ten, digits);
    let (mut scaled, mut unit) = (value.clone(), Rational::one());
    while scaled >= top {
        scaled /= &ten;
        unit *= &ten;
    }
    while &scaled * &ten < top {
        scaled *= &ten;
        unit /= &ten;
    }
    let cut = scaled.round() * unit;
    if cut.is_positive() { cut } else { value.clone() }
}
