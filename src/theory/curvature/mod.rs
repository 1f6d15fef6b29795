//! Curvature: the whole Hessian of a mean-squared-error problem at a critical point, as a direct sum of small blocks.
//!
//! Factors are `W_0 = H` (`λ_0 = λ_H`), `W_1 … W_M`. In bases in which all of them are diagonal, a perturbation couples only
//! the entries `(p, q)` and `(q, p)` of the factors, and stationarity (`λ_l a_l² = t = μ u (1 − u)/N` for every factor)
//! leaves of each block nothing but `λ`, the shrinkage `u` and ratios of targets. With `κ = u/(1 − u)` and
//! `ρ = √(t_q/t_p)`:
//!
//! | block | of | matrix or eigenvalues |
//! |---|---|---|
//! | strength | a mode `p` on a root | `2 diag(λ) + (κ − 1) √λ √λᵀ` |
//! | pair | modes `p`, `q` on roots | `x_l x_m: λ_l δ + κ ρ^{l+m} s`, `z_l z_m: λ_l δ + κ ρ^{2M−l−m} s`, `x_m z_l: −ρ^{m−l−1} s`, `x_l z_m: −ρ^{l−m+1} s` for `m > l`, `s = √(λ_l λ_m)` |
//! | turn | `p`, an unused direction of hidden layer `l` | `0` (a rotation of the layer), `λ_l + λ_{l−1}` |
//! | swap | `p`, a mode `s` that is zero | `(λ_M, λ_0; −√(λ_0 λ_M) √(μ_s/μ_p))/(1 − u)` |
//! | spread | `p`, a direction of samples (or outputs) without a target | `λ_0/(1 − u)` (or `λ_M/(1 − u)`) |
//! | birth | `M = 1`: a mode `s` that is zero, an unused hidden direction | `(λ_1, λ_0; −√μ_s/N)` |
//! | idle | all else in factor `l` | `λ_l` |
//! | bias | `p` and the free bias | `(λ_0/(1 − u), 1; √(λ_0 κ))`; `1` for the other outputs |
//!
//! The rotations of the `M` hidden layers are the gauge: they give `M` zeros to every pair and one to every turn. Without
//! them a pair is a positive matrix bordered once, so it has at most one negative eigenvalue, exactly if
//! `(1 + κ − |b|²)(1 + κ|w|²) + κ (b·w)² < 0`, with `|b|² = Σ_{0≤j<M} ρ^{−2j}`, `|w|² = Σ_{0≤j≤M} ρ^{2j}` and
//! `b·w = Σ_{1≤m≤M} ρ^{M+1−2m}`. So the index is a count of exact signs; `docs/theory.md`, section 8.

mod blocks;
mod symmetric;

use super::choice::{Choice, kept};
use super::mode::Roots;
use super::optimum::Optimum;
use crate::case::{Bias, Problem, Uniqueness};
use crate::exact::{Enclosure, Integer, Rational, whole};
use num_traits::{One, Zero};
use std::cmp::Ordering;
use std::fmt;
use symmetric::Symmetric;

/// What a block of the Hessian moves. Modes are named by their distinct target, from 0, and whether they are on the lower
/// root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// The strengths of one mode in the factors.
    Strength(Root),
    /// Two modes against each other.
    Pair(Root, Root),
    /// A mode against an unused direction of a hidden layer (from 1): the imbalance of the factors beside it.
    Turn(Root, usize),
    /// A mode against one that is zero.
    Swap(Root, usize),
    /// A mode's features within classes, or in directions without a target.
    Spread(Root),
    /// A mode's classifier in directions without a target.
    Unasked(Root),
    /// One layer: the growth of a mode that is zero.
    Birth(usize),
    /// Entries of a factor (0 for the features) that no mode uses.
    Idle(usize),
    /// The bias, alone or with a mode.
    Bias,
}

/// A mode on a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Root {
    /// Its distinct target, from 0.
    pub mode: usize,
    /// Whether it is the lower root.
    pub lower: bool,
}

/// Equal blocks of the Hessian.
#[derive(Debug, Clone)]
pub struct Part {
    /// What it moves.
    pub motion: Motion,
    /// How many there are.
    pub copies: Integer,
    /// Negative eigenvalues; the zeros follow, the rest is positive.
    pub negative: usize,
    /// Zeros that the rotations of hidden layers give.
    pub gauge: usize,
    /// Other zeros.
    pub flat: usize,
    values: Values,
}

#[derive(Debug, Clone)]
enum Values {
    /// All eigenvalues but zeros, ascending.
    Known(Vec<Enclosure>),
    Matrix(Symmetric),
}

impl Part {
    /// How many eigenvalues are not positive.
    fn first_positive(&self) -> usize {
        self.negative + self.gauge + self.flat
    }

    /// Number of eigenvalues.
    pub fn size(&self) -> usize {
        match &self.values {
            Values::Known(values) => values.len() + self.gauge + self.flat,
            Values::Matrix(matrix) => matrix.size(),
        }
    }

    /// The eigenvalue with `k` others of the block below it, to about `bits` bits; exactly zero where it is.
    pub fn eigenvalue(&self, k: usize, bits: u32) -> Option<Enclosure> {
        let zeros = self.negative..self.first_positive();
        match &self.values {
            _ if zeros.contains(&k) => Some(Enclosure::zero()),
            Values::Known(values) => values.get(if k < zeros.start { k } else { k - zeros.len() }).cloned(),
            Values::Matrix(matrix) => matrix.eigenvalue(k, bits),
        }
    }
}

impl fmt::Display for Motion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = |r: &Root| format!("mode {}{}", r.mode + 1, if r.lower { "-" } else { "" });
        match self {
            Self::Strength(p) => write!(f, "strength of {}", root(p)),
            Self::Pair(p, q) if p == q => write!(f, "copies of {} against each other", root(p)),
            Self::Pair(p, q) => write!(f, "{} against {}", root(p), root(q)),
            Self::Turn(p, l) => write!(f, "imbalance of W_{l} in {}", root(p)),
            Self::Swap(p, s) => write!(f, "{} against lost mode {}", root(p), s + 1),
            Self::Spread(p) => write!(f, "features of {} within classes", root(p)),
            Self::Unasked(p) => write!(f, "classifier of {} without a target", root(p)),
            Self::Birth(s) => write!(f, "birth of mode {}", s + 1),
            Self::Idle(0) => write!(f, "unused features"),
            Self::Idle(l) => write!(f, "unused entries of W_{l}"),
            Self::Bias => write!(f, "bias"),
        }
    }
}

/// The Hessian at a critical point.
#[derive(Debug, Clone)]
pub struct Curvature {
    parts: Vec<Part>,
}

/// An eigenvalue with what it moves.
#[derive(Debug, Clone)]
pub struct Extreme {
    /// The eigenvalue.
    pub value: Enclosure,
    /// What it moves.
    pub motion: Motion,
}

/// Bits by which the extreme block is found.
const COARSE_BITS: u32 = 24;
/// Distinct modes on roots at most: each pair of them has a block.
const MAX_ROOTS: usize = 16;

impl Curvature {
    /// The Hessian at the critical point that has these copies on roots.
    ///
    /// `None` where the precision of the optimum does not settle a sign, where targets are not proven equal or distinct,
    /// or where the point has too many distinct modes on roots.
    pub fn at(problem: &Problem, optimum: &Optimum, choices: &[Choice]) -> Option<Self> {
        let parts = blocks::Blocks::of(problem, optimum, choices)?.parts()?;
        Some(Self { parts: parts.into_iter().filter(|part| !part.copies.is_zero()).collect() })
    }

    /// The Hessian at the optimum; `None` also where that is undecided.
    pub fn of_optimum(problem: &Problem, optimum: &Optimum) -> Option<Self> {
        let settled = optimum.uniqueness != Uniqueness::Undecided;
        settled.then(|| Self::at(problem, optimum, &kept(optimum))).flatten()
    }

    /// Its blocks, equal ones together.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn total(&self, of: impl Fn(&Part) -> usize) -> Integer {
        self.parts.iter().map(|part| &part.copies * Integer::from(of(part))).sum()
    }

    /// Number of eigenvalues: of parameters, the entries of all factors and of the bias.
    pub fn size(&self) -> Integer {
        self.total(Part::size)
    }

    /// Number of negative eigenvalues.
    pub fn index(&self) -> Integer {
        self.total(|part| part.negative)
    }

    /// Dimension of the orbit under rotations of the hidden layers.
    pub fn gauge(&self) -> Integer {
        self.total(|part| part.gauge)
    }

    /// Number of zero eigenvalues beyond the gauge.
    pub fn nullity(&self) -> Integer {
        self.total(|part| part.flat)
    }

    /// The smallest positive eigenvalue: where there is no negative one, the rate of the slowest direction of the flow.
    pub fn slowest(&self, bits: u32) -> Option<Extreme> {
        self.extreme(bits, |part| Some(part.first_positive()).filter(|k| *k < part.size()), Ordering::Less)
    }

    /// The largest eigenvalue: the stiffness.
    pub fn largest(&self, bits: u32) -> Option<Extreme> {
        self.extreme(bits, |part| part.size().checked_sub(1), Ordering::Greater)
    }

    /// The smallest eigenvalue where there are negative ones.
    pub fn steepest(&self, bits: u32) -> Option<Extreme> {
        self.extreme(bits, |part| (part.negative > 0).then_some(0), Ordering::Less)
    }

    /// The least or greatest of one eigenvalue a part; the least of enclosures lies between their least ends.
    fn extreme<'s>(
        &'s self,
        bits: u32,
        which: impl Fn(&Part) -> Option<usize>,
        wanted: Ordering,
    ) -> Option<Extreme> {
        // Few bits tell most blocks from the one that is asked for; only what they leave is made sharp.
        let of = |part: &'s Part| {
            let k = which(part)?;
            Some(part.eigenvalue(k, COARSE_BITS.min(bits)).map(|value| (part, k, value)))
        };
        let coarse: Vec<(&Part, usize, Enclosure)> =
            self.parts.iter().filter_map(of).collect::<Option<_>>()?;
        let near = |x: &Enclosure| if wanted == Ordering::Less { x.upper() } else { x.lower() };
        let far = |x: &Enclosure| if wanted == Ordering::Less { x.lower() } else { x.upper() };
        let ahead = |a: Rational, b: Rational| if b.cmp(&a) == wanted { b } else { a };
        let bound = coarse.iter().map(|(_, _, value)| near(value)).reduce(ahead)?;
        let left =
            coarse.iter().filter(|(_, _, value)| far(value) == bound || far(value).cmp(&bound) == wanted);
        let sharp = |(part, k, _): &(&Part, usize, Enclosure)| {
            part.eigenvalue(*k, bits).map(|value| Extreme { value, motion: part.motion })
        };
        let all: Vec<Extreme> = left.map(sharp).collect::<Option<_>>()?;
        let first = |a: Rational, b: Rational| if b.cmp(&a) == wanted { b } else { a };
        let lower = all.iter().map(|e| e.value.lower()).reduce(first)?;
        let upper = all.iter().map(|e| e.value.upper()).reduce(first)?;
        let ahead = |a: &Extreme, b: &Extreme| b.value.middle().cmp(&a.value.middle()) == wanted;
        let best = all.into_iter().reduce(|a, b| if ahead(&a, &b) { b } else { a })?;
        if best.value.lower() == lower && best.value.upper() == upper {
            return Some(best);
        }
        Some(Extreme { value: Enclosure::hull(&lower, &upper, bits + 8), ..best })
    }
}
