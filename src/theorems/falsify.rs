//! The search for counterexamples: random problems with corners, claims judged on the proven optimum, a failure
//! shrunk to a small problem.
//!
//! - Trial `t` of seed `s` is the same problem on every machine and for any number of threads.
//! - A trial counts when every hypothesis is proved. A counterexample is a proven refutation, never a measured one.
//! - Shrinking keeps the refutation at every step.

use super::{Doubt, Judge, Measured, Theorem, Truth, place};
use crate::case::{Bias, ClaimText, Draft, Expect, Loss, Problem, Targets, Training, Verdict, Writing};
use crate::exact::{Rational, power, whole};
use crate::flow::Method;
use crate::verdict::Plan;
use num_traits::{One, Signed, Zero};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// What to search.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// Number of random problems.
    pub trials: u64,
    /// Seed of all of them.
    pub seed: u64,
    /// Whether to train the network of every trial where the theorem holds, and measure the claims there.
    pub train: bool,
}

/// What a search found.
#[derive(Debug, Clone)]
pub struct SearchResult {
    /// Trials made, up to the first counterexample.
    pub trials: u64,
    /// Of them, trials where the theorem applied.
    pub applied: u64,
    /// Of those, trials where some claim was undecided at first sight.
    pub undecided: u64,
    /// The first counterexample.
    pub counterexample: Option<Counterexample>,
    /// What trained networks show.
    pub trained: Tally,
}

/// What trained networks show: a measurement, which refutes nothing.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Networks trained.
    pub runs: u64,
    /// Of them, those that reached the optimum.
    pub reached: u64,
    /// Of those, networks where every claim holds within the tolerance.
    pub shown: u64,
    /// Of those, networks where a claim does not hold: trials and residuals.
    pub missed: Vec<(u64, f64)>,
}

/// A problem that refutes a theorem.
#[derive(Debug, Clone)]
pub struct Counterexample {
    /// The trial that found it.
    pub trial: u64,
    /// The problem, shrunk.
    pub problem: Problem,
    /// The claim that is false there.
    pub claim: String,
    /// Number of shrinking steps.
    pub shrunk: usize,
}

/// Trials between two reports of progress.
const CHUNK: u64 = 512;
/// Shrinking stops after this many steps.
const MAX_SHRINKS: usize = 200;
/// The relative gap that training aims at.
const GAP: f64 = 1e-10;
/// Gradient evaluations for one network.
const TRAINING: u64 = 20_000;

/// Searches; `report` is told how many more trials are done.
pub fn search(theorem: &Theorem, search: Search, report: &(dyn Fn(u64) + Sync)) -> SearchResult {
    let mut result =
        SearchResult { trials: 0, applied: 0, undecided: 0, counterexample: None, trained: Tally::default() };
    let mut start = 0;
    while start < search.trials {
        let end = (start + CHUNK).min(search.trials);
        let found: Vec<(u64, Trial, Tally)> = (start..end)
            .into_par_iter()
            .map(|trial| {
                let problem = random_problem(search.seed, trial);
                let outcome = tried(theorem, &problem);
                let tally = match outcome {
                    Trial::Holds if search.train => observed(theorem, &problem, trial),
                    _ => Tally::default(),
                };
                (trial, outcome, tally)
            })
            .collect();
        for (trial, outcome, tally) in found {
            result.trials += 1;
            result.trained.add(tally);
            match outcome {
                Trial::DoesNotApply => {}
                Trial::Holds => result.applied += 1,
                Trial::Undecided => {
                    result.applied += 1;
                    result.undecided += 1;
                }
                Trial::Refuted(_) => {
                    result.applied += 1;
                    let (problem, shrunk) = shrink(theorem, random_problem(search.seed, trial));
                    let claim = match tried(theorem, &problem) {
                        Trial::Refuted(claim) => claim,
                        _ => String::new(),
                    };
                    result.counterexample = Some(Counterexample { trial, problem, claim, shrunk });
                    report(end - start);
                    return result;
                }
            }
        }
        report(end - start);
        start = end;
    }
    result
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.reached += other.reached;
        self.shown += other.shown;
        self.missed.extend(other.missed);
    }
}

/// Trains the network of a problem, once at random and once from near the optimum, and measures the claims.
fn observed(theorem: &Theorem, problem: &Problem, trial: u64) -> Tally {
    let plan = Plan {
        seeds: vec![trial],
        std: 0.1,
        tolerance: GAP,
        evaluations: TRAINING,
        method: Method::Flow,
        trajectory: false,
    };
    let mut tally = Tally::default();
    for run in place::train(problem, &plan).unwrap_or_default() {
        tally.runs += 1;
        if !run.outcome.is_best() {
            continue;
        }
        tally.reached += 1;
        match theorem.measure(&Judge::at(problem, &run.place)) {
            Some(measured) if measured.truth == Truth::Refuted => {
                tally.missed.push((trial, measured.residual))
            }
            Some(Measured { truth: Truth::Proved | Truth::Agrees(_), .. }) => tally.shown += 1,
            _ => {}
        }
    }
    tally
}

enum Trial {
    DoesNotApply,
    Holds,
    Undecided,
    Refuted(String),
}

fn tried(theorem: &Theorem, problem: &Problem) -> Trial {
    let judge = Judge::of(problem);
    if !theorem.hypotheses.iter().all(|h| judge.judge(&h.formula) == Truth::Proved) {
        return Trial::DoesNotApply;
    }
    let mut undecided = false;
    for claim in &theorem.claims {
        let glance = judge.glance(&claim.formula);
        let truth = match glance {
            Truth::Undecided(Doubt::Precision) => judge.judge(&claim.formula),
            settled => settled,
        };
        match truth {
            Truth::Refuted => return Trial::Refuted(claim.name.clone()),
            Truth::Undecided(_) => undecided = true,
            Truth::Proved | Truth::Agrees(_) => {}
        }
    }
    if undecided { Trial::Undecided } else { Trial::Holds }
}

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

/// The problem of a trial.
pub fn random_problem(seed: u64, trial: u64) -> Problem {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    stream.set_stream(trial);
    let dice = &mut Dice(stream);
    let draft = random_draft(dice);
    let plain = Draft {
        counts: vec![2, 1],
        widths: vec![2],
        loss: Loss::Mse,
        bias: Bias::None,
        targets: Targets::OneHot,
        weights: vec![whole(1) / whole(100)],
        features: whole(1) / whole(100),
    };
    Problem::new(draft).unwrap_or_else(|_| Problem::new(plain).expect("a small problem is valid"))
}

fn random_draft(dice: &mut Dice) -> Draft {
    let classes = dice.pick(&[1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 8]);
    let depth = dice.pick(&[1u32, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 6, 9]);
    let counts = counts(dice, classes);
    let loss = if dice.one_in(20) { Loss::CrossEntropy } else { Loss::Mse };
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
    Draft { counts, widths, loss, bias, targets: Targets::OneHot, weights, features }
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
fn entropy_scale(counts: &[u64], weights: &[Rational]) -> Rational {
    let factors = weights.len() as u32 + 1;
    let modes = whole(counts.len().saturating_sub(1).max(1) as u64);
    let share = power(&(whole(2) / (whole(u64::from(factors)) * modes)), factors);
    weights.iter().fold(share / whole(counts[0].max(1)), |λ, weight| λ / weight)
}

/// A problem with fewer classes, layers, smaller numbers on which the theorem is still refuted, and the steps made.
fn shrink(theorem: &Theorem, mut problem: Problem) -> (Problem, usize) {
    let mut steps = 0;
    while steps < MAX_SHRINKS {
        let smaller = candidates(&problem)
            .into_iter()
            .flat_map(|draft| [draft.clone(), retuned(&problem, draft)])
            .filter_map(|draft| Problem::new(draft).ok())
            .find(|p| cost(p) < cost(&problem) && matches!(tried(theorem, p), Trial::Refuted(_)));
        match smaller {
            Some(next) => problem = next,
            None => break,
        }
        steps += 1;
    }
    (problem, steps)
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

/// `Λ` at a class's threshold: `μ^M (M−1)^{M−1} / (M^{2M} N^{M+1})`.
fn critical(class: &Rational, samples: &Rational, depth: u32) -> Rational {
    let m = whole(u64::from(depth));
    power(class, depth) * power(&(&m - Rational::one()), depth.saturating_sub(1))
        / (power(&m, 2 * depth) * power(samples, depth + 1))
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

/// The case file of a counterexample: `check` finds the theorem refuted there. A theorem that is not in the
/// catalogue is written into it as a claim.
pub fn case_file(theorem: &Theorem, found: &Counterexample, seed: u64, in_catalogue: bool) -> String {
    let all = |statements: &[super::catalogue::Statement]| {
        statements.iter().map(|s| format!("({})", s.text)).collect::<Vec<_>>().join(" and ")
    };
    let text = match theorem.hypotheses.is_empty() {
        true => all(&theorem.claims),
        false => format!("({}) implies ({})", all(&theorem.hypotheses), all(&theorem.claims)),
    };
    let claim = ClaimText { id: theorem.id.clone(), text: text.replace('\n', " "), span: None };
    let (id, trial, shrunk) = (&theorem.id, found.trial, found.shrunk);
    Writing {
        note: Some(&format!(
            "Found by `falsify {id} --seed {seed}`, trial {trial}, shrunk in {shrunk} steps."
        )),
        title: &format!("Counterexample to {id}"),
        source: None,
        problem: &found.problem.draft(),
        training: &Training { run: false, ..Training::default() },
        expect: &Expect { verdict: Some(Verdict::Refuted), theorem: Some(id.clone()), ..Expect::default() },
        claims: if in_catalogue { &[] } else { std::slice::from_ref(&claim) },
    }
    .text()
}
