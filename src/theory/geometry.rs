//! The optimal geometry: norms, logits and Gram matrices of features, classifier and logits, enclosed.
//!
//! With `P_i` the projector onto a mode's directions and `T̄` the class targets as the problem sees them:
//!
//! ```text
//! classifier   W_M W_Mᵀ  = Σ_i μ_i u_i (1 − u_i)/(N λ_M) P_i
//! logits       class means = (Σ_i u_i P_i) T̄ + b 1ᵀ
//! features     H̄ᵀ H̄     = T̄ᵀ (Σ_i u_i (1 − u_i)/(N λ_H) P_i) T̄
//! ```
//!
//! For one-hot targets `P_i T̄ = μ_i P_i D⁻¹`, and everything is constant on groups of equal classes.

use super::inertia::{mean_target, seen_targets};
use super::optimum::{Fate, OptimalMode, Optimum};
use super::secular::InverseSquares;
use super::spectrum::Directions;
use crate::case::{Bias, Problem, Targets};
use crate::exact::{Dyadic, Enclosure, Integer, Rational, Toward, whole};
use num_traits::{One, Zero};
use rayon::prelude::*;
use std::cmp::Ordering;

/// What becomes of a class in the optimum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClassFate {
    /// Its mean feature is non-zero and differs from every other class's.
    Kept,
    /// Its mean feature is zero.
    Collapsed,
    /// Its mean feature equals that of these other classes.
    Merged(Vec<usize>),
    /// Not determined: a tie, or not settled.
    Undecided,
}

impl ClassFate {
    /// The word of the fate.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Collapsed => "collapsed",
            Self::Merged(_) => "merged",
            Self::Undecided => "undecided",
        }
    }
}

/// The measures of one class (or of each class of a group of equal ones).
#[derive(Debug, Clone)]
pub struct ClassRow {
    /// Samples of each class.
    pub count: u64,
    /// The classes this row speaks of.
    pub classes: Vec<usize>,
    /// Their fate.
    pub fate: ClassFate,
    /// Logit, norm of the mean feature and norm of the classifier row; `None` where not determined.
    pub measures: Option<Measures>,
}

/// Three numbers of a class.
#[derive(Debug, Clone)]
pub struct Measures {
    /// Logit of the class on itself.
    pub logit: Enclosure,
    /// `‖h_k‖`.
    pub feature_norm: Enclosure,
    /// `‖w_k‖`, row `k` of `W_M`.
    pub classifier_norm: Enclosure,
}

/// `K × K` matrices in the order of the case's classes.
#[derive(Debug, Clone)]
pub struct Gram {
    /// `H̄ᵀ H̄`: inner products of class-mean features.
    pub features: Vec<Vec<Enclosure>>,
    /// `W_M W_Mᵀ`: inner products of classifier rows.
    pub classifier: Vec<Vec<Enclosure>>,
    /// Logits of class means: row = logit, column = class.
    pub logits: Vec<Vec<Enclosure>>,
}

/// How the modes act on groups: everything that the rows and the Gram matrices are sums of.
struct Modes<'a> {
    problem: &'a Problem,
    optimum: &'a Optimum,
    active: Vec<Active<'a>>,
}

/// One kept mode with its coefficients.
struct Active<'a> {
    mode: &'a OptimalMode,
    /// `u`.
    logit: Enclosure,
    /// `u (1 − u)/(N λ_H)`.
    feature: Enclosure,
    /// `μ u (1 − u)/(N λ_M)`.
    classifier: Enclosure,
    /// For a secular mode, `p_g` up to the factor `1/√s`, and `1/s`.
    secular: Option<(Vec<Enclosure>, Enclosure)>,
}

/// `(features, classifier, logits)` of one entry.
type Entry = (Enclosure, Enclosure, Enclosure);

/// Bits by which the smallest mode's coefficient may lie below the largest one's without losing digits.
const GUARD_BITS: i64 = 64;

/// Sums over secular modes in fixed point, for every group, with one error bound for all groups.
struct Partial {
    sums: [Vec<Integer>; 3],
    error: [Integer; 3],
    /// Binary places of the inverse squares; the same for every mode.
    places: i64,
}

impl Partial {
    fn empty(groups: usize) -> Self {
        let zeros = || vec![Integer::zero(); groups];
        Self { sums: [zeros(), zeros(), zeros()], error: Default::default(), places: 0 }
    }

    fn plus(mut self, other: Self) -> Self {
        for i in 0..3 {
            self.sums[i].iter_mut().zip(&other.sums[i]).for_each(|(a, b)| *a += b);
            self.error[i] += &other.error[i];
        }
        self.places = self.places.max(other.places);
        self
    }
}

impl<'a> Modes<'a> {
    fn of(problem: &'a Problem, optimum: &'a Optimum) -> Option<Self> {
        let last = problem.weights().last()?;
        let kept: Vec<&OptimalMode> = optimum.modes.iter().filter(|m| m.kept > 0).collect();
        let active = kept
            .into_par_iter()
            .map(|mode| {
                let (u, shortfall) = mode.shrinkage();
                let energy = (&u * &shortfall).over(&optimum.law.samples);
                Active {
                    mode,
                    feature: energy.over(problem.features()),
                    classifier: (&energy * &mode.mode.block.target_sq).over(last),
                    logit: u,
                    secular: None,
                }
            })
            .collect();
        Some(Self { problem, optimum, active })
    }

    /// With the singular vectors of the secular modes, which Gram matrices need.
    fn with_vectors(mut self) -> Option<Self> {
        for active in &mut self.active {
            if let Directions::Secular(_) = active.mode.mode.block.directions {
                active.secular = Some(secular_vector(self.optimum, &active.mode.mode.block.target_sq)?);
            }
        }
        Some(self)
    }

    /// The entry of a mode's projector for classes of groups `g` and `h`; `same` if it is one class.
    fn projector(&self, active: &Active, g: usize, h: usize, same: bool) -> Enclosure {
        let size = |g: usize| whole(self.optimum.groups[g].classes.len());
        match &active.mode.mode.block.directions {
            Directions::Classes(own) if same && *own == g => Enclosure::one(),
            Directions::Differences(own) if *own == g && g == h => {
                let mean = size(g).recip();
                if same { (Rational::one() - mean).into() } else { (-mean).into() }
            }
            Directions::Secular(_) => {
                let (vector, inverse) = active.secular.as_ref().expect("secular modes carry their vector");
                &(&vector[g] * &vector[h]) * inverse
            }
            Directions::Dense(block) => block.projector[g][h].clone(),
            _ => Enclosure::zero(),
        }
    }

    fn touches(&self, mode: &OptimalMode, g: usize) -> bool {
        match &mode.mode.block.directions {
            Directions::Classes(own) | Directions::Differences(own) => *own == g,
            Directions::Secular(_) | Directions::Dense(_) => true,
        }
    }

    fn count(&self, g: usize) -> Rational {
        whole(self.optimum.groups[g].count)
    }

    /// The entry for one-hot targets and classes of groups `g` (row) and `h` (column).
    fn entry(&self, g: usize, h: usize, same: bool) -> Entry {
        let mut sum = (Enclosure::zero(), Enclosure::zero(), Enclosure::zero());
        for active in &self.active {
            let p = self.projector(active, g, h, same);
            if !p.is_zero() {
                add(&mut sum, &p, &active.coefficients());
            }
        }
        self.finished(sum, g, h)
    }

    /// The diagonal entries of every group for one-hot targets; `None` if the precision does not suffice.
    fn diagonal(&self) -> Option<Vec<Entry>> {
        let mut total = self.secular_diagonal()?;
        for active in &self.active {
            if let Directions::Classes(g) | Directions::Differences(g) = active.mode.mode.block.directions {
                add(&mut total[g], &self.projector(active, g, g, true), &active.coefficients());
            }
        }
        Some(total.into_iter().enumerate().map(|(g, sum)| self.finished(sum, g, g)).collect())
    }

    /// What the secular modes add to the diagonal, summed exactly in fixed point (so in any order).
    fn secular_diagonal(&self) -> Option<Vec<Entry>> {
        let groups = &self.optimum.groups;
        let counts: Vec<u64> = groups.iter().map(|g| g.count).collect();
        let square = |n: u64| Integer::from(n) * Integer::from(n);
        let weights: Vec<Integer> = groups.iter().map(|g| square(g.count) * g.classes.len()).collect();
        let secular = |a: &&Active| matches!(a.mode.mode.block.directions, Directions::Secular(_));
        let modes: Vec<&Active> = self.active.iter().filter(secular).collect();
        let bits = i64::from(self.optimum.bits);
        let coefficients: Vec<[Enclosure; 3]> = modes.iter().map(|a| a.coefficients()).collect();
        let size = |x: &Enclosure| x.ends(64).1.magnitude();
        let places: Vec<i64> = (0..3)
            .map(|i| bits + GUARD_BITS - coefficients.iter().map(|c| size(&c[i])).max().unwrap_or(0))
            .collect();
        let term = |(active, coefficients): (&&Active, &[Enclosure; 3])| -> Option<Partial> {
            let squares = InverseSquares::at(&counts, &active.mode.mode.block.target_sq, self.optimum.bits)?;
            let s: Integer = squares.values.iter().zip(&weights).map(|(x, w)| x * w).sum();
            let slack = &squares.error * weights.iter().sum::<Integer>();
            let scale = |x: Integer| Dyadic::new(x, -squares.places);
            let s = Enclosure::between(&scale(&s - &slack), &scale(s + slack), self.optimum.bits).recip()?;
            let mut partial = Partial::empty(counts.len());
            for i in 0..3 {
                let (low, high) = (&coefficients[i] * &s).ends(self.optimum.bits + 32);
                // Everything is brought to the places of the finest mode, which all modes share.
                let (low, high) = (low.fixed(places[i], Toward::Down), high.fixed(places[i], Toward::Up));
                partial.error[i] =
                    &low * &squares.error + (&high - &low) * (squares.largest() + &squares.error);
                partial.sums[i].iter_mut().zip(&squares.values).for_each(|(sum, x)| *sum += &low * x);
            }
            partial.places = squares.places;
            Some(partial)
        };
        let empty = || Some(Partial::empty(counts.len()));
        let total = modes
            .par_iter()
            .zip(&coefficients)
            .try_fold(
                || Partial::empty(counts.len()),
                |sum, mode: (&&Active, &[Enclosure; 3])| Some(sum.plus(term(mode)?)),
            )
            .try_reduce_with(|a, b| Some(a.plus(b)))
            .unwrap_or_else(empty)?;
        let entry = |g: usize| {
            let enclosed = |i: usize| {
                let (sum, error) = (&total.sums[i][g], &total.error[i]);
                if modes.is_empty() {
                    return Enclosure::zero();
                }
                // The projector's entry is c² times the inverse square.
                let scale = |x: Integer| Dyadic::new(x * square(counts[g]), -total.places - places[i]);
                let low = (sum - error).max(Integer::zero());
                Enclosure::between(&scale(low), &scale(sum + error), self.optimum.bits)
            };
            (enclosed(0), enclosed(1), enclosed(2))
        };
        Some((0..groups.len()).map(entry).collect())
    }

    /// Divides by the counts (`P T̄ = μ P D⁻¹`, `T̄ᵀ P T̄ = μ² D⁻¹ P D⁻¹`) and adds the bias.
    fn finished(&self, sum: Entry, g: usize, h: usize) -> Entry {
        let (n_g, n_h) = (self.count(g), self.count(h));
        let mut logit = sum.2.over(&n_h);
        if self.problem.bias() == Bias::LastLayer {
            logit = &logit + &Enclosure::from(&n_g / &self.optimum.law.samples);
        }
        (sum.0.over(&(n_g * n_h)), sum.1, logit)
    }

    /// The three full matrices for targets other than one-hot, in class order.
    fn dense(&self, columns: &[Vec<Rational>]) -> Gram {
        let seen = seen_targets(self.problem, columns);
        let k = self.problem.classes();
        let sum = |coefficient: &dyn Fn(&Active) -> Enclosure| -> Vec<Vec<Enclosure>> {
            let coefficients: Vec<Enclosure> = self.active.iter().map(coefficient).collect();
            let entry = |i: usize, j: usize| {
                let terms = self.active.iter().zip(&coefficients);
                terms.map(|(a, c)| &self.projector(a, i, j, i == j) * c).sum::<Enclosure>()
            };
            (0..k).map(|i| (0..k).map(|j| entry(i, j)).collect()).collect()
        };
        let right = |matrix: &[Vec<Enclosure>]| -> Vec<Vec<Enclosure>> {
            let entry = |row: &[Enclosure], t: &[Rational]| -> Enclosure {
                row.iter().zip(t).map(|(a, t)| a * &t.clone().into()).sum()
            };
            matrix.iter().map(|row| seen.iter().map(|t| entry(row, t)).collect()).collect()
        };
        let inner = right(&sum(&|a| a.feature.clone()));
        let features: Vec<Vec<Enclosure>> = seen
            .iter()
            .map(|t| {
                let entry = |j: usize| -> Enclosure {
                    t.iter().zip(&inner).map(|(t, row)| &row[j] * &t.clone().into()).sum()
                };
                (0..k).map(entry).collect()
            })
            .collect();
        let mut logits = right(&sum(&|a| a.logit.clone()));
        if self.problem.bias() == Bias::LastLayer {
            for (row, b) in logits.iter_mut().zip(mean_target(self.problem, columns)) {
                row.iter_mut().for_each(|z| *z = &*z + &b.clone().into());
            }
        }
        Gram { features, classifier: sum(&|a| a.classifier.clone()), logits }
    }
}

impl Active<'_> {
    /// What a projector entry is multiplied by in features, classifier and logits, before the counts divide.
    fn coefficients(&self) -> [Enclosure; 3] {
        let μ = &self.mode.mode.block.target_sq;
        [&(μ * μ) * &self.feature, self.classifier.clone(), μ * &self.logit]
    }
}

fn add(sum: &mut Entry, p: &Enclosure, [feature, classifier, logit]: &[Enclosure; 3]) {
    sum.0 = &sum.0 + &(p * feature);
    sum.1 = &sum.1 + &(p * classifier);
    sum.2 = &sum.2 + &(p * logit);
}

/// `c_g/(c_g − μ)` for every group, and `1/Σ_g m_g (·)²`; `None` if the enclosure of `μ` touches a count.
pub fn secular_vector(optimum: &Optimum, target_sq: &Enclosure) -> Option<(Vec<Enclosure>, Enclosure)> {
    let vector = optimum
        .groups
        .iter()
        .map(|group| {
            let c = Enclosure::from(group.count);
            Some(&c * &(&c - target_sq).recip()?)
        })
        .collect::<Option<Vec<_>>>()?;
    let groups = optimum.groups.iter().zip(&vector);
    let s: Enclosure = groups.map(|(g, p)| &(p * p) * &Enclosure::from(g.classes.len() as u64)).sum();
    let inverse = s.recip()?;
    Some((vector, inverse))
}

/// One row a group of equal classes, largest count first (for targets other than one-hot: one a class).
pub fn class_rows(problem: &Problem, optimum: &Optimum) -> Vec<ClassRow> {
    let row = |g: usize, fate: ClassFate, measures: Option<Measures>| {
        let group = &optimum.groups[g];
        ClassRow { count: group.count, classes: group.classes.clone(), fate, measures }
    };
    let groups = optimum.groups.len();
    let Some(modes) = Modes::of(problem, optimum) else {
        return (0..groups).map(|g| row(g, ClassFate::Undecided, None)).collect();
    };
    let open = |g: usize| {
        let undetermined = |m: &&OptimalMode| matches!(m.fate, Fate::Tie | Fate::Undecided);
        optimum.modes.iter().filter(undetermined).any(|m| modes.touches(m, g))
    };
    let measures = |(features, classifier, logit): Entry| Measures {
        logit,
        feature_norm: features.sqrt(optimum.bits),
        classifier_norm: classifier.sqrt(optimum.bits),
    };
    match problem.targets() {
        Targets::OneHot => {
            let diagonal = modes.diagonal();
            (0..groups)
                .map(|g| match &diagonal {
                    Some(entries) if !open(g) => {
                        row(g, one_hot_fate(&modes, g), Some(measures(entries[g].clone())))
                    }
                    _ => row(g, ClassFate::Undecided, None),
                })
                .collect()
        }
        Targets::Columns(columns) => {
            let gram = (!open(0)).then(|| modes.dense(columns));
            let fates = dense_fates(problem, optimum, columns, gram.as_ref());
            let measured = |k: usize| {
                let gram = gram.as_ref()?;
                Some(measures((
                    gram.features[k][k].clone(),
                    gram.classifier[k][k].clone(),
                    gram.logits[k][k].clone(),
                )))
            };
            fates.into_iter().enumerate().map(|(k, fate)| row(k, fate, measured(k))).collect()
        }
    }
}

fn one_hot_fate(modes: &Modes, g: usize) -> ClassFate {
    let group = &modes.optimum.groups[g];
    let mut kept =
        modes.active.iter().filter(|a| modes.touches(a.mode, g)).map(|a| &a.mode.mode.block.directions);
    // A secular vector vanishes nowhere and is constant on the group.
    let (mut any, mut apart) = (false, group.classes.len() == 1);
    for directions in &mut kept {
        any = true;
        apart |= matches!(directions, Directions::Classes(_) | Directions::Differences(_));
    }
    match (any, apart) {
        (false, _) => ClassFate::Collapsed,
        (true, true) => ClassFate::Kept,
        (true, false) => ClassFate::Merged(group.classes.clone()),
    }
}

/// Fates for any targets: exact where the targets settle it, by enclosed distances otherwise.
fn dense_fates(
    problem: &Problem,
    optimum: &Optimum,
    columns: &[Vec<Rational>],
    gram: Option<&Gram>,
) -> Vec<ClassFate> {
    let k = problem.classes();
    let Some(gram) = gram else { return vec![ClassFate::Undecided; k] };
    let seen = seen_targets(problem, columns);
    if optimum.rank() == 0 {
        return vec![ClassFate::Collapsed; k];
    }
    let everything = optimum.modes.iter().all(|m| m.fate == Fate::Kept);
    let h = &gram.features;
    let length = |j: usize| {
        if seen[j].iter().all(Zero::is_zero) { Some(true) } else { settled(everything, &h[j][j]) }
    };
    let equal = |i: usize, j: usize| {
        if seen[i] == seen[j] {
            return Some(true);
        }
        settled(everything, &(&(&h[i][i] + &h[j][j]) - &(&h[i][j] + &h[j][i])))
    };
    (0..k)
        .map(|i| match length(i) {
            None => ClassFate::Undecided,
            Some(true) => ClassFate::Collapsed,
            Some(false) => {
                let others: Vec<(usize, Option<bool>)> =
                    (0..k).filter(|j| *j != i).map(|j| (j, equal(i, j))).collect();
                let twins: Vec<usize> =
                    others.iter().filter(|(_, e)| *e == Some(true)).map(|(j, _)| *j).collect();
                if !twins.is_empty() {
                    let mut all = twins;
                    all.push(i);
                    all.sort_unstable();
                    ClassFate::Merged(all)
                } else if others.iter().any(|(_, e)| e.is_none()) {
                    ClassFate::Undecided
                } else {
                    ClassFate::Kept
                }
            }
        })
        .collect()
}

/// Whether a squared distance is zero: with every mode kept only equal targets meet; otherwise the enclosure
/// must exclude zero.
fn settled(everything_kept: bool, distance_sq: &Enclosure) -> Option<bool> {
    if everything_kept {
        return Some(false);
    }
    match distance_sq.sign() {
        Some(Ordering::Equal) => Some(true),
        Some(_) => Some(false),
        None => None,
    }
}

/// The Gram matrices in class order; `None` where a tie leaves the geometry open.
pub fn gram(problem: &Problem, optimum: &Optimum) -> Option<Gram> {
    if !optimum.is_determined() {
        return None;
    }
    let modes = Modes::of(problem, optimum)?.with_vectors()?;
    if let Targets::Columns(columns) = problem.targets() {
        return Some(modes.dense(columns));
    }
    let groups = optimum.groups.len();
    let mut group_of = vec![0; problem.classes()];
    for (g, group) in optimum.groups.iter().enumerate() {
        group.classes.iter().for_each(|k| group_of[*k] = g);
    }
    let table = |same: bool| -> Vec<Vec<Entry>> {
        let row = |g: usize| {
            let columns = if same { g..g + 1 } else { 0..groups };
            columns.map(|h| modes.entry(g, h, same)).collect()
        };
        (0..groups).into_par_iter().map(row).collect()
    };
    let (own, between) = (table(true), table(false));
    let matrix = |pick: &dyn Fn(&Entry) -> Enclosure| {
        let entry = |j: usize, k: usize| {
            let (g, h) = (group_of[j], group_of[k]);
            pick(if j == k { &own[g][0] } else { &between[g][h] })
        };
        let k = problem.classes();
        (0..k).map(|j| (0..k).map(|i| entry(j, i)).collect()).collect::<Vec<Vec<Enclosure>>>()
    };
    Some(Gram {
        features: matrix(&|e| e.0.clone()),
        classifier: matrix(&|e| e.1.clone()),
        logits: matrix(&|e| e.2.clone()),
    })
}
