//! The target spectrum: the squared singular values `μ` of the (centred) target matrix, largest first, with
//! the class directions they belong to.
//!
//! - Without a bias and with one-hot targets, `μ` is a count and its directions are the unit vectors of the
//!   classes that have it.
//! - With a bias, a count shared by `m` classes gives `μ` with multiplicity `m − 1` (differences inside the
//!   group), and each neighbouring pair of distinct counts gives one secular root.
//! - Other targets: the eigenvalues of `T Tᵀ`, proved by inertia counts ([`super::inertia`]).

use super::block::{Block, Directions, Group, Repetition};
use super::budget::ITERATIONS;
use super::inertia;
use super::secular::Secular;
use crate::case::{Bias, Problem, Targets};
use crate::exact::Enclosure;
use num_traits::Zero;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The whole spectrum of a problem.
#[derive(Debug, Clone)]
pub struct Spectrum {
    /// Groups of equal classes, largest count first (for dense targets one group a class, in class order; none where only a covariance is known).
    pub groups: Vec<Group>,
    /// Distinct non-zero targets, largest first.
    pub blocks: Vec<Block>,
    /// Number of zero targets: outputs less the multiplicities.
    pub zeros: usize,
}

impl Spectrum {
    /// The spectrum of a problem, to about `bits` binary places.
    pub fn of(problem: &Problem, bits: u32) -> Self {
        Self::within(problem, bits, ITERATIONS)
    }

    /// The same with at most `iterations` steps that sharpen eigenvectors.
    pub fn within(problem: &Problem, bits: u32, iterations: usize) -> Self {
        match problem.targets() {
            Targets::OneHot => one_hot(problem, bits),
            Targets::Columns(_) => {
                let groups = problem.counts().iter().enumerate();
                let groups = groups.map(|(k, n)| Group { count: *n, classes: vec![k] }).collect();
                finished(problem, groups, inertia::blocks(problem, bits, iterations))
            }
            Targets::Covariance(_) => {
                finished(problem, Vec::new(), inertia::blocks(problem, bits, iterations))
            }
        }
    }
}

fn finished(problem: &Problem, groups: Vec<Group>, blocks: Vec<Block>) -> Spectrum {
    let found: usize = blocks.iter().map(|b| b.multiplicity).sum();
    Spectrum { groups, blocks, zeros: problem.outputs() - found }
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
