//! Gram matrices of features, classifier and logits.

use super::modes::{Entry, Modes};
use crate::case::{Problem, Targets};
use crate::exact::Enclosure;
use crate::theory::optimum::Optimum;
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
