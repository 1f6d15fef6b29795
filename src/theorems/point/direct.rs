//! One layer in closed form (`theory::convex::closed`): the mean squared error with weights or a regularised bias, and
//! cross-entropy with features of at least 0. Logits are a sum over directions of a strength `s` times a pattern, and each
//! direction has one energy `e = λ_W a_W² = λ_H a_H²`:
//!
//! | pattern | logits of class `k` | `e` | strength |
//! |---|---|---|---|
//! | own (squares) | `s e_k` | `√(Λ n_k) s` | `1 − N√Λ/(ω_k√n_k)` |
//! | own (features of at least 0) | `s (e_k − 1/K)` | `√((K−1)Λ n_k/K) s` | `M_k` |
//! | frame | `s (e_k − 1/K)`, all classes | `√(Λ n) s` | `1 − K√(nΛ)/ω` |
//! | mean | `s 1/K`, all classes | `√(Λ n) s` | `1 − K√(nΛ)(ω + λ_b)/(ωλ_b)` |

use super::{Point, norm_of_means};
use crate::case::{Bias, Loss, Problem, Uniqueness};
use crate::exact::{Enclosure, Rational, whole};
use crate::theorems::facts::{Facts, NO_MODES};
use crate::theorems::form::Atom;
use crate::theorems::number::Number;
use crate::theorems::truth::{Evaluated, open};
use crate::theorems::value::{Pairing, Which};
use crate::theory::Known;
use crate::theory::convex::Closed;
use num_traits::{One, Zero};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

/// The optimum of such a problem, as far as it is known.
#[derive(Debug)]
pub(super) struct Direct<'a> {
    facts: Rc<Facts<'a>>,
    directions: OnceCell<Evaluated<Vec<Direction>>>,
}

/// What a direction of the logits looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pattern {
    Own { class: usize, centred: bool },
    Frame,
    Mean,
}

#[derive(Debug)]
struct Direction {
    pattern: Pattern,
    strength: Number,
    energy: Number,
}

impl Pattern {
    /// How many copies of it there are.
    fn copies(self, classes: usize) -> i64 {
        if self == Self::Frame { classes as i64 - 1 } else { 1 }
    }

    /// The share of class `k` in output `j` of the logits.
    fn logit(self, problem: &Problem, j: usize, k: usize) -> Rational {
        let (unit, mean) = (whole(u8::from(j == k)), whole(problem.classes()).recip());
        match self {
            Self::Own { class, .. } if class != k => Rational::zero(),
            Self::Own { centred: false, .. } => unit,
            Self::Own { .. } | Self::Frame => unit - mean,
            Self::Mean => mean,
        }
    }

    /// The entry of its projector on outputs.
    fn outputs(self, problem: &Problem, i: usize, j: usize) -> Rational {
        match self {
            Self::Own { class, centred } => {
                let one = |j| self.logit(problem, j, class);
                let k = whole(problem.classes());
                let size = if centred { (&k - Rational::one()) / k } else { Rational::one() };
                one(i) * one(j) / size
            }
            _ => self.logit(problem, i, j),
        }
    }

    /// The inner product of the mean features of two classes, for `a_H = 1`.
    fn features(self, problem: &Problem, j: usize, k: usize) -> Rational {
        let share = match self {
            Self::Own { class, .. } => whole(u8::from(class == j && j == k)),
            _ => self.logit(problem, j, k),
        };
        // Counts are equal unless the class is one.
        share / whole(problem.counts()[k])
    }
}

impl<'a> Direct<'a> {
    pub(super) fn new(facts: Rc<Facts<'a>>) -> Self {
        Self { facts, directions: OnceCell::new() }
    }

    fn directions(&self) -> Evaluated<&[Direction]> {
        let made = self.directions.get_or_init(|| {
            let closed = match self.facts.known() {
                Known::Shallow(known) => known.closed.as_ref(),
                Known::Open(reason) => return open(reason),
                _ => None,
            };
            let one = |pattern, strength, k: usize, root: Number| {
                let r = self.facts.relations();
                let n = Number::from(whole(self.facts.problem.counts()[k]));
                Direction { pattern, energy: n.times(&root, r).times(&strength, r), strength }
            };
            let k = self.facts.problem.classes();
            match closed {
                Some(Closed::Strengths(form)) if form.bias.is_none() => (0..k)
                    .map(|c| {
                        let strength = self.strength_of(&form.values[c], c, &Rational::one())?;
                        let pattern = Pattern::Own { class: c, centred: false };
                        Ok(one(pattern, strength, c, self.pull(c, &Rational::one())?))
                    })
                    .collect(),
                Some(Closed::Strengths(form)) => {
                    let (ω, root) = (self.facts.problem.class_weight(0), self.pull(0, &Rational::one())?);
                    let λ = self.facts.problem.terms().bias.clone().unwrap_or_else(Rational::one);
                    let frame = self.strength_of(&form.values[0], 0, &Rational::one())?;
                    let mean = self.strength_of(&form.values[1], 0, &((&ω + &λ) / λ))?;
                    Ok(vec![one(Pattern::Frame, frame, 0, root.clone()), one(Pattern::Mean, mean, 0, root)])
                }
                Some(Closed::Orthant(form)) => (0..k)
                    .map(|c| {
                        let strength = self.facts.named(&form.strengths[c], || Atom::Strength(c));
                        let pattern = Pattern::Own { class: c, centred: true };
                        let share = (whole(k) - Rational::one()) / whole(k);
                        Ok(one(pattern, strength, c, self.pull(c, &share)?))
                    })
                    .collect(),
                _ => open("this geometry is measured, not proved"),
            }
        });
        made.as_deref().map_err(Clone::clone)
    }

    /// `√(share Λ/n_k)`.
    fn pull(&self, k: usize, share: &Rational) -> Evaluated<Number> {
        let problem = self.facts.problem;
        let inside = problem.regularization_product() * share / whole(problem.counts()[k]);
        Number::from(inside).sqrt(self.facts.bits(), self.facts.precision.algebra)
    }

    /// `1 − more N√(Λ/n_k)/ω_k`, of which the value is known.
    fn strength_of(&self, value: &Enclosure, k: usize, more: &Rational) -> Evaluated<Number> {
        if value.is_zero() {
            return Ok(Number::from(0));
        }
        let (problem, r) = (self.facts.problem, self.facts.relations());
        let factor = whole(problem.samples()) * more / problem.class_weight(k);
        let root = self.pull(k, &Rational::one())?;
        Ok(Number::one().plus(&root.times(&(-factor).into(), r)))
    }

    /// `Σ x(direction)` over the directions that are not zero.
    fn total(&self, x: impl Fn(&Direction) -> Evaluated<Number>) -> Evaluated<Number> {
        let kept = self.directions()?.iter().filter(|d| !d.strength.is_zero());
        kept.map(x).try_fold(Number::from(0), |sum, x| Ok(sum.plus(&x?)))
    }

    /// `Σ ω n (1 − s)²/(2N) + e` of squares, with `ωλ_b/(ω + λ_b)` for `ω` on the mean; nothing for cross-entropy.
    fn objective_form(&self) -> Evaluated<Option<Number>> {
        let (problem, r) = (self.facts.problem, self.facts.relations());
        if problem.loss() != Loss::Mse || !self.facts.precision.algebra {
            return Ok(None);
        }
        let mut sum = Number::from(0);
        for d in self.directions()? {
            let (class, ω) = match d.pattern {
                Pattern::Own { class, .. } => (class, problem.class_weight(class)),
                _ => (0, problem.class_weight(0)),
            };
            let ω = match &problem.terms().bias {
                Some(λ) if d.pattern == Pattern::Mean => &ω * λ / (&ω + λ),
                _ => ω,
            };
            let rest = Number::one().minus(&d.strength);
            let loss = ω * whole(problem.counts()[class]) / (whole(2) * whole(problem.samples()));
            let share = self.times(&rest.times(&rest, r), loss).plus(&d.energy);
            sum = sum.plus(&self.times(&share, whole(d.pattern.copies(problem.classes()))));
        }
        Ok(Some(sum))
    }

    fn times(&self, x: &Number, by: Rational) -> Number {
        x.times(&by.into(), self.facts.relations())
    }
}

impl Point for Direct<'_> {
    fn uniqueness(&self) -> Evaluated<Uniqueness> {
        Ok(self.facts.known().uniqueness())
    }

    fn objective(&self) -> Evaluated<Number> {
        match (self.facts.known(), self.facts.known().objective()) {
            (_, Some(value)) => match self.objective_form() {
                Ok(Some(sum)) => Ok(Number::with(value, sum.form().map(Cow::into_owned))),
                _ => Ok(value.into()),
            },
            (Known::Open(reason), None) => open(reason),
            _ => open("the widths leave the optimum open"),
        }
    }

    fn active(&self) -> Evaluated<usize> {
        let classes = self.facts.problem.classes();
        let kept = self.directions()?.iter().filter(|d| !d.strength.is_zero());
        Ok(kept.map(|d| d.pattern.copies(classes) as usize).sum())
    }

    fn shrinkage(&self, _: i64) -> Evaluated<Number> {
        open(NO_MODES)
    }

    fn kept(&self, _: i64) -> Evaluated<bool> {
        open(NO_MODES)
    }

    fn energy(&self) -> Evaluated<Number> {
        let classes = self.facts.problem.classes();
        self.total(|d| Ok(self.times(&d.energy, whole(d.pattern.copies(classes)))))
    }

    fn strength(&self, _: Which, _: i64) -> Evaluated<Number> {
        open(NO_MODES)
    }

    fn norm_sq(&self, which: Which) -> Evaluated<Number> {
        match which {
            Which::Features(m) => norm_of_means(self, self.facts.problem, m),
            _ => self.facts.strength_sq(which, &self.energy()?),
        }
    }

    fn inner(&self, pairing: Pairing, j: usize, k: usize) -> Evaluated<Number> {
        self.facts.step(1)?;
        let problem = self.facts.problem;
        self.total(|d| {
            self.facts.step(1)?;
            Ok(match pairing {
                Pairing::Rows(m) => {
                    let by = d.pattern.outputs(problem, j, k);
                    self.times(&self.facts.strength_sq(Which::Product(m), &d.energy)?, by)
                }
                Pairing::Columns(m) => {
                    let by = d.pattern.features(problem, j, k);
                    self.times(&self.facts.feature_sq(m, &d.energy)?, by)
                }
                Pairing::Across => self.times(&d.strength, d.pattern.logit(problem, j, k)),
            })
        })
    }

    fn logit(&self, j: usize, k: usize) -> Evaluated<Number> {
        let (z, problem) = (self.inner(Pairing::Across, j, k)?, self.facts.problem);
        let Some(λ) = problem.terms().bias.as_ref().filter(|_| problem.bias() == Bias::LastLayer) else {
            return Ok(z);
        };
        // (1 − β)/(K (1 + λ_b/ω)), β the strength of the mean.
        let β = self.directions()?.iter().find(|d| d.pattern == Pattern::Mean).map(|d| d.strength.clone());
        let rest = Number::one().minus(&β.unwrap_or_else(|| Number::from(0)));
        let share = Rational::one() + λ / problem.class_weight(0);
        Ok(z.plus(&self.times(&rest, (share * whole(problem.classes())).recip())))
    }

    /// Features of at least 0: `N √(Λ/(n K (K−1)))` for every other output of a class that does not vanish.
    fn probability(&self, j: usize, k: usize) -> Evaluated<Number> {
        let problem = self.facts.problem;
        if problem.loss() != Loss::CrossEntropy {
            return open("probabilities are those of cross-entropy");
        }
        let lost = self.collapsed(k)?;
        let (classes, others) = (whole(problem.classes()), whole(problem.classes() - 1));
        if lost || others.is_zero() {
            return Ok(classes.recip().into());
        }
        let root = self.pull(k, &(&classes * &others).recip())?;
        let other = self.times(&root, whole(problem.samples()));
        Ok(if j == k { Number::one().minus(&self.times(&other, others)) } else { other })
    }

    fn collapsed(&self, k: usize) -> Evaluated<bool> {
        Ok(self.inner(Pairing::Columns(1), k, k)?.is_zero())
    }

    fn merged(&self, j: usize, k: usize) -> Evaluated<bool> {
        let apart = |d: &Direction| match d.pattern {
            Pattern::Own { class, .. } => class == j || class == k,
            pattern => pattern == Pattern::Frame,
        };
        Ok(j == k || self.directions()?.iter().all(|d| d.strength.is_zero() || !apart(d)))
    }
}
