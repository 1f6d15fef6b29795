//! The target spectrum: the squared singular values `μ` of the (centred) target matrix, largest first, with
//! the class directions they belong to.
//!
//! - Without a bias and with one-hot targets, `μ` is a count and its directions are the unit vectors of the
//!   classes that have it.
//! - With a bias, a count shared by `m` classes gives `μ` with multiplicity `m − 1` (differences inside the
//!   group), and each neighbouring pair of distinct counts gives one secular root.
//! - Other targets: the eigenvalues of `T Tᵀ`, proved by inertia counts ([`super::inertia`]).

use super::inertia::{self, DenseBlock};
use super::secular::Secular;
use crate::case::{Bias, Problem, Targets};
use crate::exact::Enclosure;
use num_traits::Zero;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Classes that the problem does not tell apart: the same count and, for one-hot targets, the same role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Number of samples of each class in the group.
    pub count: u64,
    /// The classes, in the order of the case.
    pub classes: Vec<usize>,
}

/// The directions in class space that belong to one target singular value.
#[derive(Debug, Clone)]
pub enum Directions {
    /// All classes of a group: the projector is the identity on the group.
    Classes(usize),
    /// Differences between classes of a group: identity minus the mean.
    Differences(usize),
    /// One vector `p ∝ n_k/(n_k − μ)` that is constant on groups; between groups `j` and `j + 1`.
    Secular(usize),
    /// Found numerically and enclosed.
    Dense(Box<DenseBlock>),
}

/// How a multiplicity above one is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repetition {
    /// The singular values are proven equal (or there is only one).
    Equal,
    /// They lie within the enclosure; whether they are equal is open.
    Cluster,
}

/// One distinct target singular value.
#[derive(Debug, Clone)]
pub struct Block {
    /// Squared target singular value `μ > 0`.
    pub target_sq: Enclosure,
    /// How many modes share it.
    pub multiplicity: usize,
    /// Whether they are proven to share it.
    pub repetition: Repetition,
    /// The left singular directions.
    pub directions: Directions,
}

/// The whole spectrum of a problem.
#[derive(Debug, Clone)]
pub struct Spectrum {
    /// Groups of equal classes, largest count first (for dense targets one group a class, in class order).
    pub groups: Vec<Group>,
    /// Distinct non-zero targets, largest first.
    pub blocks: Vec<Block>,
    /// Number of zero targets, `K` minus the multiplicities.
    pub zeros: usize,
}

impl Spectrum {
    /// The spectrum of a problem, to about `bits` binary places.
    pub fn of(problem: &Problem, bits: u32) -> Self {
        match problem.targets() {
            Targets::OneHot => one_hot(problem, bits),
            Targets::Columns(columns) => {
                let groups = problem.counts().iter().enumerate();
                let groups = groups.map(|(k, n)| Group { count: *n, classes: vec![k] }).collect();
                let blocks = inertia::blocks(problem, columns, bits);
                finished(problem, groups, blocks)
            }
        }
    }
}

fn finished(problem: &Problem, groups: Vec<Group>, blocks: Vec<Block>) -> Spectrum {
    let found: usize = blocks.iter().map(|b| b.multiplicity).sum();
    Spectrum { groups, blocks, zeros: problem.classes() - found }
}

/// Groups of classes with equal counts, largest count first.
pub fn count_groups(counts: &[u64]) -> Vec<Group> {
    let mut by_count: BTreeMap<Reverse<u64>, Vec<usize>> = BTreeMap::new();
    for (k, n) in counts.iter().enumerate() {
        by_count.entry(Reverse(*n)).or_default().push(k);
    }
    by_count.into_iter().map(|(Reverse(count), classes)| Group { count, classes }).collect()
}

fn one_hot(problem: &Problem, bits: u32) -> Spectrum {
    let groups = count_groups(problem.counts());
    let exact = |count: u64, multiplicity: usize, directions: Directions| Block {
        target_sq: count.into(),
        multiplicity,
        repetition: Repetition::Equal,
        directions,
    };
    let blocks = match problem.bias() {
        Bias::None => {
            let each = groups.iter().enumerate();
            each.map(|(g, group)| exact(group.count, group.classes.len(), Directions::Classes(g))).collect()
        }
        Bias::LastLayer => {
            let sizes: Vec<(u64, usize)> = groups.iter().map(|g| (g.count, g.classes.len())).collect();
            let secular = Secular::new(&sizes);
            let fixed = secular.fixed_point(bits);
            let roots: Vec<Enclosure> =
                (1..groups.len()).into_par_iter().map(|j| secular.root(&fixed, j - 1)).collect();
            let mut blocks = Vec::with_capacity(2 * groups.len());
            for (g, group) in groups.iter().enumerate() {
                if group.classes.len() > 1 {
                    blocks.push(exact(group.count, group.classes.len() - 1, Directions::Differences(g)));
                }
                if let Some(root) = roots.get(g) {
                    blocks.push(Block {
                        target_sq: root.clone(),
                        multiplicity: 1,
                        repetition: Repetition::Equal,
                        directions: Directions::Secular(g),
                    });
                }
            }
            blocks
        }
    };
    debug_assert!(blocks.iter().all(|b: &Block| !b.target_sq.lower().is_zero()));
    finished(problem, groups, blocks)
}
