//! The exact reduction of sample columns.
//!
//! For the mean squared error, rotating the sample space keeps the flow. So the `N` columns of `H` are split
//! into the `K` class directions `H·1_k/√n_k` and the deviations; the flow acts on the deviations from the
//! left only, so they may be replaced by any factor with the same Gram matrix, of at most `d_1` columns. No
//! cost depends on `N`, and every metric of the class geometry, the within-class spread included, is unchanged.
//!
//! Cross-entropy acts a column at a time, and weights tell the deviations of classes apart: small problems keep their columns, larger ones start with equal
//! columns in each class, which stay equal, and carry one weighted column a class.

use crate::case::{Loss, Problem, Targets};
use crate::float::Normal;

/// What the columns of `H` stand for.
#[derive(Debug, Clone, PartialEq)]
pub enum Columns {
    /// `K` class directions `√n_k h_k`, then deviations.
    Reduced {
        /// Number of classes.
        classes: usize,
        /// Number of deviation columns, `min(d_1, N − K)`.
        deviations: usize,
    },
    /// Every sample, class by class: the class of each column.
    Samples(Vec<usize>),
    /// One column `√n_k h_k` a class; samples of a class start equal and stay equal.
    Classes(usize),
}

/// Cross-entropy keeps its sample columns up to this many entries of `H`.
pub const MAX_SAMPLE_ENTRIES: u64 = 100_000;

impl Columns {
    /// The columns that a run of a problem carries.
    pub fn of(problem: &Problem) -> Self {
        let (n, d) = (problem.samples(), problem.widths()[0]);
        let k = if is_rotated(problem) { problem.outputs() } else { problem.classes() };
        match problem.loss() {
            // With weights the deviations of classes do not flow alike.
            Loss::Mse if problem.terms().class_weights.is_empty() => Self::Reduced {
                classes: k,
                deviations: usize::try_from(d.min(n.saturating_sub(k as u64))).unwrap_or(usize::MAX / 2),
            },
            _ if n.saturating_mul(d) <= MAX_SAMPLE_ENTRIES => {
                let classes = problem.counts().iter().enumerate();
                Self::Samples(classes.flat_map(|(k, n)| std::iter::repeat_n(k, *n as usize)).collect())
            }
            _ => Self::Classes(k),
        }
    }

    /// Number of columns.
    pub fn number(&self) -> usize {
        match self {
            Self::Reduced { classes, deviations } => classes + deviations,
            Self::Samples(classes) => classes.len(),
            Self::Classes(classes) => *classes,
        }
    }

    /// A Gaussian `H` with independent entries of standard deviation `std`, in these columns (`d_1` rows,
    /// column-major).
    pub fn gaussian(&self, rows: usize, samples: u64, std: f64, normal: &mut Normal) -> Vec<f64> {
        let mut h: Vec<f64> = Vec::with_capacity(rows * self.number());
        let (plain, deviations) = match self {
            Self::Reduced { classes, deviations } => (*classes, *deviations),
            Self::Samples(_) | Self::Classes(_) => (self.number(), 0),
        };
        h.extend((0..rows * plain).map(|_| std * normal.draw()));
        let degrees = samples.saturating_sub(plain as u64);
        if (deviations as u64) == degrees {
            h.extend((0..rows * deviations).map(|_| std * normal.draw()));
        } else {
            // Bartlett: the Gram matrix of d_1 × ν Gaussians has a lower triangular factor with independent
            // entries, χ with ν − j degrees on the diagonal and normal below it.
            for j in 0..deviations {
                h.extend((0..rows).map(|i| match i.cmp(&j) {
                    std::cmp::Ordering::Less => 0.0,
                    std::cmp::Ordering::Equal => std * normal.chi(degrees - j as u64),
                    std::cmp::Ordering::Greater => std * normal.draw(),
                }));
            }
        }
        h
    }
}

/// Classes with targets of their own that are trained one by one; more are rotated.
const APART: usize = 64;

/// Whether the sample space of a problem is rotated until its targets fill `K` columns.
pub fn is_rotated(problem: &Problem) -> bool {
    match problem.targets() {
        Targets::OneHot => false,
        Targets::Columns(_) => {
            problem.loss() == Loss::Mse && problem.has_plain_loss() && problem.classes() > APART
        }
        Targets::Covariance(_) => problem.has_plain_loss(),
    }
}
