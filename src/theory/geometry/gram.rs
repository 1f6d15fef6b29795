//! Gram matrices of features, classifier and logits.

use super::modes::{Active, Entry, Modes};
use crate::case::{Bias, Problem, Targets};
use crate::exact::{Enclosure, Rational};
use crate::theory::optimum::Optimum;
use crate::theory::targets::{mean_target, seen_targets};
use rayon::prelude::*;

/// Matrices in the order of the case's classes and outputs; without classes where only a covariance of targets is known.
#[derive(Debug, Clone)]
pub struct Gram {
    /// `H̄ᵀ H̄`: inner products of class-mean features, a row and a column a class.
    pub features: Vec<Vec<Enclosure>>,
    /// `W_M W_Mᵀ`: inner products of classifier rows, a row and a column an output.
    pub classifier: Vec<Vec<Enclosure>>,
    /// Logits of class means: row = logit, column = class.
    pub logits: Vec<Vec<Enclosure>>,
}

impl Modes<'_> {
    /// The three full matrices for targets other than one-hot, in class order.
    pub fn dense(&self, columns: &[Vec<Rational>]) -> Gram {
        let k = self.problem.outputs();
        let rounded = |t: &Rational| Enclosure::from(t.clone()).rounded(self.optimum.bits);
        let seen = seen_targets(self.problem, columns);
        let seen: Vec<Vec<Enclosure>> = seen.iter().map(|t| t.iter().map(rounded).collect()).collect();
        let sum = |coefficient: fn(&Active) -> Enclosure| -> Vec<Vec<Enclosure>> {
            let coefficients: Vec<Enclosure> = self.active.iter().map(coefficient).collect();
            let entry = |i: usize, j: usize| {
                let terms = self.active.iter().zip(&coefficients);
                terms.map(|(a, c)| &self.projector(a, i, j, i == j) * c).sum::<Enclosure>()
            };
            (0..k).into_par_iter().map(|i| (0..k).map(|j| entry(i, j)).collect()).collect()
        };
        let inner_product = |x: &[Enclosure], y: &[Enclosure]| x.iter().zip(y).map(|(x, y)| x * y).sum();
        let right = |matrix: &[Vec<Enclosure>]| -> Vec<Vec<Enclosure>> {
            let row = |row: &Vec<Enclosure>| seen.iter().map(|t| inner_product(row, t)).collect();
            matrix.par_iter().map(row).collect()
        };
        let inner = right(&sum(|a| a.feature.clone()));
        let columns_of = |j: usize| inner.iter().map(|row| row[j].clone()).collect::<Vec<_>>();
        let inner: Vec<Vec<Enclosure>> = (0..seen.len()).map(columns_of).collect();
        let feature = |t: &Vec<Enclosure>| inner.iter().map(|column| inner_product(column, t)).collect();
        let features: Vec<Vec<Enclosure>> = seen.par_iter().map(feature).collect();
        let mut logits = right(&sum(|a| a.logit.clone()));
        if self.problem.bias() == Bias::LastLayer {
            for (row, b) in logits.iter_mut().zip(mean_target(self.problem, columns)) {
                row.iter_mut().for_each(|z| *z = &*z + &b.clone().into());
            }
        }
        Gram { features, classifier: sum(|a| a.classifier.clone()), logits }
    }
}

/// The Gram matrices in class order; `None` where a tie leaves the geometry open.
pub fn gram(problem: &Problem, optimum: &Optimum) -> Option<Gram> {
    if !optimum.is_determined() {
        return None;
    }
    let modes = Modes::of(problem, optimum)?.with_vectors()?;
    match problem.targets() {
        Targets::OneHot => {}
        Targets::Columns(columns) => return Some(modes.dense(columns)),
        Targets::Covariance(_) => return Some(modes.dense(&[])),
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
