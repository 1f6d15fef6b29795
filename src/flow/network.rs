//! A problem in floats, and the layout of its parameters in one flat vector.
//!
//! The state holds `H` (`d_1 × columns`), `W_1 … W_M` (`d_{l+1} × d_l`, `d_{M+1} = K`) and, with a bias, `b`
//! (`K`), all column-major, one after the other.
//!
//! Where targets are many samples' or only their second moment is known, the sample space is rotated until they fill `K`
//! columns, and a free bias is eliminated: such a network has `K` classes of one sample each beside `N`, and no bias.

use super::samples::{Columns, is_rotated};
use crate::case::{Bias, Loss, Problem, Targets};
use crate::exact::Rational;
use crate::float::Svd;
use faer::{Mat, MatMut, MatRef};
use num_traits::ToPrimitive;
use std::fmt;
use std::ops::Range;

/// A network may have this many parameters: beyond it a run would need more than about 1 GiB.
pub const MAX_PARAMETERS: u64 = 12_000_000;

/// Why a problem cannot be trained here. (It can still be predicted.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untrainable {
    /// More than [`MAX_PARAMETERS`] parameters.
    TooLarge {
        /// How many there would be.
        parameters: u64,
    },
    /// A number of the problem is zero or infinite as a float.
    OutOfRange,
}

impl fmt::Display for Untrainable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { parameters } => {
                write!(f, "the network has {parameters} parameters; at most {MAX_PARAMETERS} are trained")
            }
            Self::OutOfRange => {
                write!(f, "a regularisation weight or a target is too small or too large to train with")
            }
        }
    }
}

/// A problem in floats.
#[derive(Debug, Clone)]
pub struct Network {
    /// Number of classes.
    pub classes: usize,
    /// Number of outputs `K`.
    pub outputs: usize,
    /// Class counts.
    pub counts: Vec<f64>,
    /// Number of samples `N`.
    pub samples: f64,
    /// Widths `d_1 … d_M` and `d_{M+1} = K`.
    pub widths: Vec<usize>,
    /// The loss.
    pub loss: Loss,
    /// Whether there is a bias.
    pub bias: Bias,
    /// `λ_1 … λ_M`.
    pub weights: Vec<f64>,
    /// `λ_H`.
    pub features: f64,
    /// Class targets, a column of `K` numbers each.
    pub targets: Vec<f64>,
    /// Class weights `ω`.
    pub class_weights: Vec<f64>,
    /// Scales `δ` and shifts `ι` of the logits, laid out like the targets; empty without.
    pub logit_scale: Vec<f64>,
    /// See `logit_scale`.
    pub logit_shift: Vec<f64>,
    /// `λ_b`, zero if the bias is free.
    pub bias_weight: f64,
    /// What the columns of `H` stand for.
    pub columns: Columns,
}

impl Network {
    /// The network of a problem.
    pub fn of(problem: &Problem, columns: Columns) -> Result<Self, Untrainable> {
        let k = problem.outputs();
        let float = |q: &Rational| q.to_f64().filter(|x| x.is_finite()).ok_or(Untrainable::OutOfRange);
        let positive = |q| float(q).and_then(|x| if x > 0.0 { Ok(x) } else { Err(Untrainable::OutOfRange) });
        let wide = problem.widths().iter().map(|d| u128::from(*d)).chain([k as u128]);
        let wide: Vec<u128> = wide.collect();
        let parameters =
            wide.windows(2).map(|d| d[0] * d[1]).sum::<u128>() + wide[0] * columns.number() as u128;
        if parameters > u128::from(MAX_PARAMETERS) {
            return Err(Untrainable::TooLarge { parameters: u64::try_from(parameters).unwrap_or(u64::MAX) });
        }
        let all =
            |columns: &[Vec<Rational>]| columns.iter().flatten().map(float).collect::<Result<Vec<f64>, _>>();
        let mut counts: Vec<f64> = problem.counts().iter().map(|n| *n as f64).collect();
        let mut bias = problem.bias();
        let targets = match problem.targets() {
            Targets::OneHot => (0..k * k).map(|i| if i / k == i % k { 1.0 } else { 0.0 }).collect(),
            _ if is_rotated(problem) => {
                (counts, bias) = (vec![1.0; k], Bias::None);
                rotated(problem).ok_or(Untrainable::OutOfRange)?
            }
            Targets::Columns(columns) | Targets::Covariance(columns) => all(columns)?,
        };
        let terms = problem.terms();
        Ok(Self {
            classes: counts.len(),
            outputs: k,
            class_weights: match terms.class_weights.is_empty() {
                true => vec![1.0; counts.len()],
                false => terms.class_weights.iter().map(positive).collect::<Result<_, _>>()?,
            },
            logit_scale: all(&terms.logit_scale)?,
            logit_shift: all(&terms.logit_shift)?,
            bias_weight: terms.bias.as_ref().map_or(Ok(0.0), positive)?,
            counts,
            samples: problem.samples() as f64,
            widths: wide.iter().map(|d| *d as usize).collect(),
            loss: problem.loss(),
            bias,
            weights: problem.weights().iter().map(positive).collect::<Result<_, _>>()?,
            features: positive(problem.features())?,
            targets,
            columns,
        })
    }

    /// Number of layers `M`.
    pub fn depth(&self) -> usize {
        self.weights.len()
    }

    /// Where `H` stands in the state.
    pub fn feature_range(&self) -> Range<usize> {
        0..self.widths[0] * self.columns.number()
    }

    /// Where `W_l` stands in the state, `l` from 1.
    pub fn layer_range(&self, l: usize) -> Range<usize> {
        let before = self.feature_range().end;
        let start = before + self.widths[..l].windows(2).map(|d| d[0] * d[1]).sum::<usize>();
        start..start + self.widths[l - 1] * self.widths[l]
    }

    /// Where `b` stands in the state; empty without a bias.
    pub fn bias_range(&self) -> Range<usize> {
        let start = self.layer_range(self.depth()).end;
        match self.bias {
            Bias::None => start..start,
            Bias::LastLayer => start..start + self.outputs,
        }
    }

    /// Length of the state.
    pub fn parameters(&self) -> usize {
        self.bias_range().end
    }

    /// `H` in a state.
    pub fn feature_matrix<'a>(&self, state: &'a [f64]) -> MatRef<'a, f64> {
        MatRef::from_column_major_slice(&state[self.feature_range()], self.widths[0], self.columns.number())
    }

    /// `W_l` in a state, `l` from 1.
    pub fn layer<'a>(&self, state: &'a [f64], l: usize) -> MatRef<'a, f64> {
        MatRef::from_column_major_slice(&state[self.layer_range(l)], self.widths[l], self.widths[l - 1])
    }

    /// `W_l` in a state, to be written.
    pub fn layer_mut<'a>(&self, state: &'a mut [f64], l: usize) -> MatMut<'a, f64> {
        MatMut::from_column_major_slice_mut(
            &mut state[self.layer_range(l)],
            self.widths[l],
            self.widths[l - 1],
        )
    }

    /// The smallest regularisation weight: the slowest decay of an unused direction.
    pub fn smallest_weight(&self) -> f64 {
        let bias = Some(self.bias_weight).filter(|λ| *λ > 0.0);
        self.weights.iter().copied().chain(bias).fold(self.features, f64::min)
    }
}

/// The square root of `T Tᵀ`, `T` the targets over all samples, centred if there is a bias.
fn rotated(problem: &Problem) -> Option<Vec<f64>> {
    let (k, n) = (problem.outputs(), problem.samples() as f64);
    let float = |q: &Rational| q.to_f64().unwrap_or(f64::NAN);
    let moments = match problem.targets() {
        Targets::Covariance(rows) => Mat::from_fn(k, k, |i, j| n * float(&rows[i][j])),
        _ => {
            let columns: Vec<Vec<f64>> =
                (0..problem.classes()).map(|c| problem.target(c).iter().map(float).collect()).collect();
            let counts: Vec<f64> = problem.counts().iter().map(|n| *n as f64).collect();
            let mean = |j: usize| match problem.bias() {
                Bias::None => 0.0,
                Bias::LastLayer => columns.iter().zip(&counts).map(|(c, n)| c[j] * n).sum::<f64>() / n,
            };
            let mean: Vec<f64> = (0..k).map(mean).collect();
            let mut moments = Mat::zeros(k, k);
            for (column, n) in columns.iter().zip(&counts) {
                for i in 0..k {
                    (0..k).for_each(|j| moments[(i, j)] += n * (column[i] - mean[i]) * (column[j] - mean[j]));
                }
            }
            moments
        }
    };
    let Svd { left, values, .. } = Svd::of(moments.as_ref())?;
    let entry = |i: usize, j: usize| (0..k).map(|m| left[(i, m)] * values[m].sqrt() * left[(j, m)]).sum();
    Some((0..k * k).map(|at| entry(at % k, at / k)).collect())
}
