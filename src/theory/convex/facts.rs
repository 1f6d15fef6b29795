//! What is known exactly of one layer of cross-entropy: whether everything vanishes, which classes merge, and how far the
//! probabilities of others are apart.
//!
//! **Merging** *(proved)*. Let the swap of two classes be a symmetry: equal counts `n` and weights `ω`, targets that the swap
//! maps to each other, no adjustment that tells their outputs or samples apart. The problem is convex, and the logits of its
//! optimum are unique up to constants, so the swap fixes them: `z_j − z_k = β (e_j − e_k)`, and `e_j − e_k` is a singular vector
//! of `Z D^{1/2}` with value `β√n`, and of the dual matrix with value `(√n ωδ/N)(t − g)`, `t` the difference of the target on
//! the own output and the other's, `g = P_jj − P_kj` (output by class), `δ` the scale. The dual matrix has norm `√Λ` and
//! attains it where `Z` does not vanish. So `β = 0 = g` iff `(ωδt)² n ≤ N²Λ`, and else `g = t − N√Λ/(ωδ√n)`.
//!
//! **Apart** *(proved)*. Two classes with equal weights, one-hot and without adjustments, of counts `m` and `n`: if their logits
//! were equal, so were their probabilities, and the dual matrix would map `e_j/√m − e_k/√n`, on which `Z D^{1/2}` vanishes, to
//! `(ω/N)(e_j − e_k)`; so `2ω² ≤ N²Λ (1/m + 1/n)`. If that fails, they are apart.
//!
//! **Vanishing** *(proved)*. Zero is the optimum iff the dual matrix at zero logits has norm at most `√Λ`. It is rational where
//! the probabilities there are: `1/K` without a bias, the mean target with a free one. (One-hot: iff
//! `λ_max(C D C) ≤ N²Λ` with `C = I − 11ᵀ/K`, or `λ_max(D − nnᵀ/N) ≤ N²Λ`.)

use super::dual::Dual;
use super::plan::Plan;
use super::residual::Residual;
use crate::case::{Bias, Loss, Problem, Targets};
use crate::exact::{Enclosure, Integer, Rational, is_semidefinite, over_one, whole};
use crate::hints::{rounded, spectrum};
use crate::theory::geometry::ClassFate;
use num_traits::{One, ToPrimitive, Zero};

/// Classes that may be swapped.
#[derive(Debug, Clone)]
pub struct Role {
    /// The classes, in the order of the case; at least two.
    pub classes: Vec<usize>,
    /// `P_kk − P_jk`, zero exactly if they merge.
    pub gap: Enclosure,
    /// `t`: by how much the target on the own output exceeds that on another's.
    pub apart: Rational,
    /// `ωδ`.
    pub stretch: Rational,
    /// The largest `Λ` at which they are apart: they are for all smaller ones.
    pub threshold: Rational,
}

/// What is known exactly; nothing for the mean squared error and where the widths are below `K − 1`.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Classes that may be swapped.
    pub roles: Vec<Role>,
    /// Whether all logits vanish; `None` where that is not decided.
    pub vanishes: Option<bool>,
    /// What becomes of every class, as far as that is proved.
    pub fates: Vec<ClassFate>,
}

/// Up to this size an eigenvalue is compared by elimination.
const ELIMINATED: usize = 40;
/// Decimal places of a candidate for a vector.
const PLACES: u32 = 20;

impl Facts {
    /// The facts of a problem with one layer.
    pub fn of(problem: &Problem, bits: u32) -> Self {
        let k = problem.outputs();
        if problem.loss() == Loss::Mse || problem.rank_budget() + 1 < k {
            return Self::default();
        }
        let vanishes = vanishes(problem);
        if problem.classes() != k {
            return Self { vanishes, ..Self::default() };
        }
        let roles: Vec<Role> =
            roles(problem).into_iter().map(|classes| role(problem, classes, bits)).collect();
        let fates = fates(problem, &roles, vanishes);
        Self { roles, vanishes, fates }
    }

    /// With features of at least 0, which are orthogonal: whether each class vanishes.
    pub fn orthant(vanished: impl Iterator<Item = bool>) -> Self {
        let fate = |zero: bool| if zero { ClassFate::Collapsed } else { ClassFate::Kept };
        let fates: Vec<ClassFate> = vanished.map(fate).collect();
        let all = fates.iter().all(|fate| *fate == ClassFate::Collapsed);
        Self { roles: Vec::new(), vanishes: Some(all), fates }
    }

    /// What two different classes may be swapped in.
    pub fn role(&self, j: usize, k: usize) -> Option<&Role> {
        self.roles.iter().find(|role| role.classes.contains(&j) && role.classes.contains(&k))
    }

    /// Classes that merge, list by list.
    pub fn merged(&self) -> impl Iterator<Item = &Vec<usize>> {
        self.roles.iter().filter(|role| role.gap.is_zero()).map(|role| &role.classes)
    }
}

/// Lists of at least two classes of which any two may be swapped.
fn roles(problem: &Problem) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = Vec::new();
    for c in 0..problem.classes() {
        match all.iter_mut().find(|role| may_swap(problem, role[0], c)) {
            Some(role) => role.push(c),
            None => all.push(vec![c]),
        }
    }
    all.retain(|role| role.len() > 1);
    all
}

fn may_swap(problem: &Problem, a: usize, b: usize) -> bool {
    let terms = problem.terms();
    let even = |m: &Vec<Vec<Rational>>| {
        m.is_empty() || (0..m.len()).all(|j| m[a][j] == m[b][j] && m[j][a] == m[j][b])
    };
    let targets = match problem.targets() {
        Targets::Columns(s) => {
            let others = (0..s.len()).filter(|j| *j != a && *j != b);
            s[a][a] == s[b][b]
                && s[a][b] == s[b][a]
                && s[a][a] >= s[a][b]
                && others.into_iter().all(|j| s[a][j] == s[b][j] && s[j][a] == s[j][b])
        }
        _ => true,
    };
    problem.counts()[a] == problem.counts()[b]
        && problem.class_weight(a) == problem.class_weight(b)
        && targets
        && even(&terms.logit_scale)
        && even(&terms.logit_shift)
}

fn role(problem: &Problem, classes: Vec<usize>, bits: u32) -> Role {
    let (a, b) = (classes[0], classes[1]);
    let (n, samples) = (whole(problem.counts()[a]), whole(problem.samples()));
    let target = problem.target(a);
    let apart = &target[a] - &target[b];
    let δ = problem.terms().logit_scale.get(a).map_or_else(Rational::one, |δ| δ[a].clone());
    let stretch = problem.class_weight(a) * δ;
    // (ωδ)² n t² against N² Λ.
    let threshold = &stretch * &stretch * &n * &apart * &apart / (&samples * &samples);
    let product = problem.regularization_product();
    let gap = match product >= threshold {
        true => Enclosure::zero(),
        false => {
            let squared = &samples * &samples * product / (&stretch * &stretch * &n);
            &Enclosure::from(apart.clone()) - &Enclosure::from(squared).sqrt(bits)
        }
    };
    Role { classes, gap, apart, stretch, threshold }
}

/// The probabilities of every class where all logits vanish, if they are rational.
fn at_zero(problem: &Problem) -> Option<Vec<Rational>> {
    let (k, terms) = (problem.outputs(), problem.terms());
    if !terms.logit_shift.is_empty() {
        return None;
    }
    let uniform = vec![whole(k).recip(); k];
    if problem.bias() == Bias::None {
        return Some(uniform);
    }
    let weight = |g: usize| whole(problem.counts()[g]) * problem.class_weight(g);
    let (mut mean, mut total) = (vec![Rational::zero(); k], Rational::zero());
    for g in 0..problem.classes() {
        let w = weight(g);
        mean.iter_mut().zip(problem.target(g)).for_each(|(m, s)| *m += s * &w);
        total += w;
    }
    mean.iter_mut().for_each(|m| *m /= &total);
    match (&terms.bias, terms.logit_scale.is_empty()) {
        _ if mean == uniform && terms.logit_scale.is_empty() => Some(uniform),
        (None, true) => Some(mean),
        _ => None,
    }
}

fn vanishes(problem: &Problem) -> Option<bool> {
    let p = at_zero(problem)?;
    let column = |n: &u64| p.iter().map(|p| p * whole(*n)).collect();
    let (columns, unit) = over_one(&problem.counts().iter().map(column).collect::<Vec<Vec<Rational>>>());
    let plan = Plan { columns, unit };
    let rest = Residual::of(problem, &plan);
    if exceeds(problem, &rest)? {
        return Some(false);
    }
    let matrix = rest.slack(problem);
    if matrix.entries.len() <= ELIMINATED {
        return Some(is_semidefinite(matrix.entries));
    }
    Dual::witnessed(problem, plan, 0.0).map(|_| true)
}

/// Whether a vector proves that the dual matrix has a norm above `√Λ`: `Σ_g (B_g·u)²/n_g > ΛN² ‖u‖²`.
fn exceeds(problem: &Problem, rest: &Residual) -> Option<bool> {
    let ratio = |x: &Integer| Rational::new(x.clone(), rest.unit.clone());
    let float = |(column, n): (&Vec<Integer>, &u64)| -> Vec<f64> {
        column.iter().map(|x| ratio(x).to_f64().unwrap_or(0.0) / (*n as f64).sqrt()).collect()
    };
    let mut floats: Vec<Vec<f64>> = rest.columns.iter().zip(problem.counts()).map(float).collect();
    let k = problem.outputs();
    floats.resize(floats.len().max(k), vec![0.0; k]);
    let (_, u) = spectrum::left_singular(&floats)?.into_iter().next()?;
    let u: Vec<Rational> = u.into_iter().map(|x| rounded(x, PLACES)).collect();
    let along =
        |column: &Vec<Integer>| -> Rational { column.iter().zip(&u).map(|(x, u)| ratio(x) * u).sum() };
    let found: Rational =
        rest.columns.iter().zip(problem.counts()).map(|(c, n)| along(c).pow(2) / whole(*n)).sum();
    let n = whole(problem.samples());
    let size: Rational = u.iter().map(|x| x * x).sum();
    Some(found > problem.regularization_product() * &n * &n * size)
}

fn fates(problem: &Problem, roles: &[Role], vanishes: Option<bool>) -> Vec<ClassFate> {
    let k = problem.classes();
    if vanishes == Some(true) {
        return vec![ClassFate::Collapsed; k];
    }
    let role = |c: usize| roles.iter().find(|role| role.classes.contains(&c));
    let fate = |c: usize| match role(c) {
        Some(role) if role.gap.is_zero() => ClassFate::Merged(role.classes.clone()),
        own => {
            let peers = |j: usize| own.is_some_and(|role| role.classes.contains(&j));
            let apart = (0..k).all(|j| j == c || peers(j) || are_apart(problem, c, j));
            let alive = own.is_some() || is_alive(problem, c);
            if apart && alive { ClassFate::Kept } else { ClassFate::Undecided }
        }
    };
    (0..k).map(fate).collect()
}

/// Whether one-hot classes of the same weight are proved to have different logits.
fn are_apart(problem: &Problem, a: usize, b: usize) -> bool {
    if !is_bare(problem) || problem.class_weight(a) != problem.class_weight(b) {
        return false;
    }
    let (ω, n) = (problem.class_weight(a), whole(problem.samples()));
    let inverse = |c: usize| whole(problem.counts()[c]).recip();
    &ω * &ω * whole(2) > &n * &n * problem.regularization_product() * (inverse(a) + inverse(b))
}

/// Without a bias: whether a class's feature is proved not to be zero, as its column of the dual matrix would be too long.
fn is_alive(problem: &Problem, c: usize) -> bool {
    let (ω, n, k) = (problem.class_weight(c), whole(problem.samples()), whole(problem.outputs()));
    let apart = Rational::one() - k.recip();
    is_bare(problem)
        && problem.bias() == Bias::None
        && &ω * &ω * whole(problem.counts()[c]) * apart > &n * &n * problem.regularization_product()
}

/// One-hot and without adjusted logits.
fn is_bare(problem: &Problem) -> bool {
    let terms = problem.terms();
    *problem.targets() == Targets::OneHot && terms.logit_scale.is_empty() && terms.logit_shift.is_empty()
}
