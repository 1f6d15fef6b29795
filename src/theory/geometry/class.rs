//! Classes: their fates and their three numbers.

use super::gram::Gram;
use super::modes::{Entry, Modes};
use crate::case::{Problem, Targets};
use crate::exact::{Enclosure, Rational};
use crate::theory::block::{Directions, Group};
use crate::theory::budget::GRAM_CLASSES;
use crate::theory::optimum::{Fate, OptimalMode, Optimum};
use crate::theory::targets::seen_targets;
use num_traits::Zero;
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
    /// Their numbers; `None` where not determined.
    pub measures: Option<Measures>,
}

/// Three numbers of a class; two of them speak of an output of its own.
#[derive(Debug, Clone)]
pub struct Measures {
    /// Logit of the class on itself; `None` where outputs are not classes.
    pub logit: Option<Enclosure>,
    /// `‖h_k‖`.
    pub feature_norm: Enclosure,
    /// `‖w_k‖`, row `k` of `W_M`; `None` where outputs are not classes.
    pub classifier_norm: Option<Enclosure>,
}

/// One row a group of equal classes, largest count first. For targets other than one-hot one a class, up to 64 classes and
/// none beyond.
pub fn class_rows(problem: &Problem, optimum: &Optimum) -> Vec<ClassRow> {
    let row = |g: usize, fate: ClassFate, measures: Option<Measures>| {
        let group = &optimum.groups[g];
        ClassRow { count: group.count, classes: group.classes.clone(), fate, measures }
    };
    let groups = optimum.groups.len();
    let Some(modes) = Modes::of(problem, optimum) else {
        return (0..groups).map(|g| row(g, ClassFate::Undecided, None)).collect();
    };
    let undetermined = |m: &&OptimalMode| matches!(m.fate, Fate::Tie | Fate::Undecided);
    let open = Touched::by(optimum.modes.iter().filter(undetermined), groups);
    let measures = |(features, classifier, logit): Entry| Measures {
        logit: Some(logit),
        feature_norm: features.sqrt(optimum.bits),
        classifier_norm: Some(classifier.sqrt(optimum.bits)),
    };
    match problem.targets() {
        Targets::OneHot => {
            let diagonal = modes.diagonal();
            let kept = Touched::by(modes.active.iter().map(|a| a.mode), groups);
            (0..groups)
                .map(|g| match &diagonal {
                    Some(entries) if !open.touches(g) => {
                        let fate = one_hot_fate(&optimum.groups[g], &kept, g);
                        row(g, fate, Some(measures(entries[g].clone())))
                    }
                    _ => row(g, ClassFate::Undecided, None),
                })
                .collect()
        }
        Targets::Covariance(_) => Vec::new(),
        Targets::Columns(_) if problem.classes() > GRAM_CLASSES => Vec::new(),
        Targets::Columns(columns) => {
            let gram = (!open.touches(0)).then(|| modes.dense(columns));
            let fates = dense_fates(problem, optimum, columns, gram.as_ref());
            let own = problem.outputs() == problem.classes();
            let measured = |k: usize| {
                let gram = gram.as_ref()?;
                Some(Measures {
                    logit: own.then(|| gram.logits[k][k].clone()),
                    feature_norm: gram.features[k][k].sqrt(optimum.bits),
                    classifier_norm: own.then(|| gram.classifier[k][k].sqrt(optimum.bits)),
                })
            };
            fates.into_iter().enumerate().map(|(k, fate)| row(k, fate, measured(k))).collect()
        }
    }
}

/// Which groups some modes act on.
struct Touched {
    /// A mode acts on all of them.
    all: bool,
    /// A mode belongs to this group alone.
    own: Vec<bool>,
}

impl Touched {
    fn by<'a>(modes: impl Iterator<Item = &'a OptimalMode>, groups: usize) -> Self {
        let mut touched = Self { all: false, own: vec![false; groups] };
        for mode in modes {
            match &mode.mode.block.directions {
                Directions::Classes(own) | Directions::Differences(own) => touched.own[*own] = true,
                Directions::Secular(_) | Directions::Dense(_) => touched.all = true,
            }
        }
        touched
    }

    fn touches(&self, g: usize) -> bool {
        self.all || self.own.get(g) == Some(&true)
    }
}

/// The fate of a group's classes. A secular vector vanishes nowhere and is constant on the group.
fn one_hot_fate(group: &Group, kept: &Touched, g: usize) -> ClassFate {
    match (kept.touches(g), kept.own[g] || group.classes.len() == 1) {
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
