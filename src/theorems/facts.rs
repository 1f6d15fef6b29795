//! What is proved of a problem's modes at one precision, wherever claims are judged: targets, roots, critical
//! levels, and the algebra of equalities. It also counts the steps of an evaluation.

use super::budget::{Budget, Precision};
use super::form::{Atom, Form, Relations};
use super::number::Number;
use super::truth::{Evaluated, open};
use super::value::Which;
use crate::case::{Loss, Problem, Uniqueness};
use crate::exact::{DIGITS, Enclosure, Integer, Rational, whole};
use crate::theory::curvature::Curvature;
use crate::theory::landscape::{Choice, Landscape, Nature};
use crate::theory::mode::Roots;
use crate::theory::{Band, Known, OptimalMode, Optimum};
use num_traits::Zero;
use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// Modes are told apart up to this many.
const MAX_MODES: usize = 10_000;
/// All critical points are looked at up to this many; a Hessian counts as so many steps.
const MAX_LEVELS: usize = 100;
const HESSIAN_STEPS: u64 = 200;

/// Why a cross-entropy problem has no modes.
pub const NO_MODES: &str = "modes are those of the plain mean squared error";

const NO_CURVATURE: &str = "the signs of the Hessian are not settled";

/// The facts of one problem at one precision.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The problem.
    pub problem: &'a Problem,
    /// The precision.
    pub precision: Precision,
    /// What is known to the first digits, shared by all precisions.
    first: Rc<OnceCell<Known>>,
    known: OnceCell<Known>,
    most_steps: u64,
    rewrites: usize,
    relations: OnceCell<Option<Relations>>,
    /// Counts, largest first.
    ordered: OnceCell<Vec<u64>>,
    steps: Cell<u64>,
    /// Steps of this evaluation at most.
    limit: Cell<u64>,
}

impl<'a> Facts<'a> {
    /// The facts of a problem.
    pub fn new(
        problem: &'a Problem,
        precision: Precision,
        budget: &Budget,
        first: Rc<OnceCell<Known>>,
    ) -> Self {
        Self {
            problem,
            precision,
            most_steps: budget.steps,
            rewrites: budget.rewrites,
            first,
            known: OnceCell::new(),
            relations: OnceCell::new(),
            ordered: OnceCell::new(),
            steps: Cell::new(0),
            limit: Cell::new(budget.steps),
        }
    }

    /// Starts counting an evaluation's steps.
    pub fn restart(&self) {
        self.steps.set(0);
        self.limit.set(self.most_steps);
    }

    /// Counts steps; open when the budget is used up.
    pub fn step(&self, count: u64) -> Evaluated<()> {
        self.steps.set(self.steps.get().saturating_add(count));
        if self.steps.get() > self.limit.get() { open("the evaluation budget is used up") } else { Ok(()) }
    }

    /// Told how many steps an evaluation takes unless something settles it early: where the budget cannot hold them, only a
    /// part of it is spent.
    pub fn expect(&self, steps: u64) {
        if steps > self.most_steps {
            self.limit.set(self.most_steps / 50);
        }
    }

    /// What is known of the problem's optimum. Of cross-entropy only the closed form has more than the first digits.
    pub fn known(&self) -> &Known {
        self.known.get_or_init(|| {
            let first = self.first.get_or_init(|| Known::of(self.problem, DIGITS));
            let sharpens = match first {
                Known::SquaredError(_) => true,
                Known::Shallow(known) => known.closed.is_some(),
                Known::Deep(_) | Known::Open(_) => false,
            };
            match sharpens && self.precision.digits > DIGITS {
                true => Known::of(self.problem, self.precision.digits),
                false => first.clone(),
            }
        })
    }

    /// The optimum of the mean squared error.
    pub fn optimum(&self) -> Evaluated<&Optimum> {
        // Nothing is computed to say no.
        match self.problem.loss() == Loss::Mse && self.problem.has_plain_loss() {
            true => self.known().optimum().map_or_else(|| open(NO_MODES), Ok),
            false => open(NO_MODES),
        }
    }

    /// The optimum, where it is decided.
    pub fn settled(&self) -> Evaluated<&Optimum> {
        let optimum = self.optimum()?;
        match optimum.uniqueness {
            Uniqueness::Undecided => open("the optimum is undecided"),
            _ => Ok(optimum),
        }
    }

    /// The equations of the algebraic forms; `None` where forms are not carried.
    pub fn relations(&self) -> Option<&Relations> {
        let made = self.relations.get_or_init(|| {
            let plain = Relations::without_modes(self.rewrites);
            let target = |m: &OptimalMode| m.mode.block.target_sq.exact().cloned();
            self.precision.algebra.then(|| match self.optimum() {
                Ok(optimum) => plain.with_modes(&optimum.law, optimum.modes.iter().map(target).collect()),
                Err(_) => plain,
            })
        });
        made.as_ref()
    }

    /// Working precision in bits.
    pub fn bits(&self) -> u32 {
        self.optimum().map_or_else(|_| self.precision.bits(), |o| o.bits)
    }

    /// A number that algebra calls by a name.
    pub fn named(&self, enclosure: &Enclosure, atom: impl FnOnce() -> Atom) -> Number {
        Number::with(enclosure.clone(), self.precision.algebra.then(|| Form::atom(atom())))
    }

    /// The block of mode `i` (from 1), and which of its copies it is.
    pub fn block(&self, i: i64) -> Evaluated<(usize, usize)> {
        let optimum = self.optimum()?;
        let mut left = usize::try_from(i).ok().filter(|i| *i >= 1).map(|i| i - 1);
        for (b, mode) in optimum.modes.iter().enumerate() {
            match left {
                Some(at) if at < mode.mode.block.multiplicity => return Ok((b, at)),
                Some(at) => left = Some(at - mode.mode.block.multiplicity),
                None => break,
            }
        }
        open(format!("there is no mode {i}"))
    }

    /// Number of modes with non-zero targets.
    pub fn mode_count(&self) -> Evaluated<usize> {
        let count = self.optimum()?.modes.iter().map(|m| m.mode.block.multiplicity).sum();
        if count > MAX_MODES { open(format!("more than {MAX_MODES} modes")) } else { Ok(count) }
    }

    /// `μ_i`.
    pub fn target_sq(&self, i: i64) -> Evaluated<Number> {
        let (b, _) = self.block(i)?;
        Ok(self.block_target(b, &self.optimum()?.modes[b]))
    }

    /// `μ` of a block.
    pub fn block_target(&self, b: usize, mode: &OptimalMode) -> Number {
        self.named(&mode.mode.block.target_sq, || Atom::Target(b))
    }

    /// A root of a block, called by a name, and its shortfall `1 − u`.
    pub fn root_of(&self, mode: &OptimalMode, atom: impl FnOnce() -> Atom) -> Evaluated<(Number, Number)> {
        let Some((u, shortfall)) = &mode.mode.upper else { return open("a mode without roots") };
        let u = self.named(u, atom);
        let form = Number::one().minus(&u).form().map(Cow::into_owned);
        let rest = Number::with(shortfall.clone(), form.filter(|_| self.precision.algebra));
        Ok((u, rest))
    }

    /// The largest root of the mode's equation, zero where there are no two.
    pub fn largest_root(&self, i: i64) -> Evaluated<Number> {
        let (b, _) = self.block(i)?;
        let mode = &self.settled()?.modes[b];
        match mode.mode.band {
            Band::None => Ok(Rational::zero().into()),
            _ => Ok(self.root_of(mode, || Atom::Upper(b))?.0),
        }
    }

    /// The lower root of the mode's equation, zero where there is none.
    pub fn lower_root(&self, i: i64) -> Evaluated<Number> {
        let (b, _) = self.block(i)?;
        let optimum = self.settled()?;
        Ok(match optimum.modes[b].mode.lower_root(&optimum.law, optimum.bits) {
            Some((u, _)) => self.named(&u, || Atom::Lower(b)),
            None => Rational::zero().into(),
        })
    }

    /// The band of mode `i`.
    pub fn band(&self, i: i64) -> Evaluated<Band> {
        let (b, _) = self.block(i)?;
        Ok(self.settled()?.modes[b].mode.band)
    }

    /// The objective `value` of a point where so many copies of each block are on the root of this name, with the
    /// form of `Σ μ (1 − u)(1 + M u)/(2N)`.
    pub fn value(
        &self,
        point: &Optimum,
        kept: &[usize],
        value: Enclosure,
        name: impl Fn(usize) -> Atom,
    ) -> Number {
        if !self.precision.algebra || point.uniqueness == Uniqueness::Undecided {
            return value.into();
        }
        let r = self.relations();
        let sum = || -> Evaluated<Number> {
            let mut total = Number::from(0);
            for (b, (mode, kept)) in point.modes.iter().zip(kept).enumerate() {
                let μ = self.block_target(b, mode);
                let lost = mode.mode.block.multiplicity as i64 - *kept as i64;
                total = total.plus(&Number::from(lost).times(&μ, r));
                if *kept > 0 {
                    let (u, rest) = self.root_of(mode, || name(b))?;
                    let bracket = Number::one().plus(&Number::from(i64::from(point.law.depth)).times(&u, r));
                    let each = μ.times(&rest, r).times(&bracket, r);
                    total = total.plus(&Number::from(*kept as i64).times(&each, r));
                }
            }
            total.over(&Number::from(&point.law.samples * whole(2)), r)
        };
        Number::with(value, sum().ok().and_then(|sum| sum.form().map(Cow::into_owned)))
    }

    /// The square root of a squared length.
    pub fn length(&self, square: &Number) -> Number {
        square.length(self.bits(), self.precision.algebra)
    }

    /// The product of the weights `λ_from ⋯ λ_to` (layers from 1; empty when `from > to`).
    fn weights(&self, from: usize, to: usize) -> Rational {
        (from..=to).fold(whole(1), |product, l| product * &self.problem.weights()[l - 1])
    }

    /// The squared singular value of a factor for a mode of energy `e`.
    pub fn strength_sq(&self, which: Which, e: &Number) -> Evaluated<Number> {
        let depth = self.problem.depth();
        let (power, weight) = match which {
            Which::Layer(l) => (1, self.weights(l, l)),
            Which::FullFeatures => (1, self.problem.features().clone()),
            Which::Product(m) => ((depth - m + 1) as i64, self.weights(m, depth)),
            Which::Features(_) => {
                return open("class means have no strength of their own; take W(l), H or product(m)");
            }
        };
        Ok(e.power(power, self.relations())?.times(&weight.recip().into(), self.relations()))
    }

    /// The squared length of a class mean at the input of `W_m` along a direction of energy `e`, but for the class's
    /// own factor: `e^m/(λ_H λ_1⋯λ_{m−1})`.
    pub fn feature_sq(&self, m: usize, e: &Number) -> Evaluated<Number> {
        let weight = (self.weights(1, m - 1) * self.problem.features()).recip();
        Ok(e.power(m as i64, self.relations())?.times(&weight.into(), self.relations()))
    }

    /// Whether mode `i` is exactly at the bound of existence.
    pub fn has_double_root(&self, i: i64) -> Evaluated<bool> {
        let (b, _) = self.block(i)?;
        let optimum = self.settled()?;
        Ok(optimum.modes[b].mode.roots(&optimum.law) == Roots::Double)
    }

    /// The `i`-th largest count.
    pub fn ordered_count(&self, i: i64) -> Evaluated<u64> {
        let ordered = self.ordered.get_or_init(|| {
            let mut all = self.problem.counts().to_vec();
            all.sort_unstable_by(|a, b| b.cmp(a));
            all
        });
        let found = usize::try_from(i).ok().and_then(|i| ordered.get(i.checked_sub(1)?));
        found.map_or_else(|| open(format!("there is no class {i}")), |n| Ok(*n))
    }

    /// The critical point with modes `a … b` (from 1) on their upper or double roots.
    fn chosen(&self, a: i64, b: i64) -> Evaluated<(Landscape<'_>, Vec<Choice>)> {
        let optimum = self.settled()?;
        let mut chosen = vec![Choice::default(); optimum.modes.len()];
        for i in a..=b {
            self.step(1)?;
            let (block, _) = self.block(i)?;
            if optimum.modes[block].mode.roots(&optimum.law) == Roots::None {
                return open(format!("mode {i} has no root"));
            }
            chosen[block].upper += 1;
        }
        match b.saturating_sub(a) >= self.problem.rank_budget() as i64 {
            true => open("more modes than the widths allow"),
            false => Ok((Landscape::of(self.problem, optimum), chosen)),
        }
    }

    /// The objective at that critical point.
    pub fn level(&self, a: i64, b: i64) -> Evaluated<Number> {
        let (landscape, chosen) = self.chosen(a, b)?;
        let upper: Vec<usize> = chosen.iter().map(|c| c.upper).collect();
        Ok(self.value(self.settled()?, &upper, landscape.level(&chosen), Atom::Upper))
    }

    /// The Hessian at that critical point.
    pub fn curvature(&self, a: i64, b: i64) -> Evaluated<Curvature> {
        self.step(HESSIAN_STEPS)?;
        let (landscape, chosen) = self.chosen(a, b)?;
        landscape.curvature(&chosen).map_or_else(|| open(NO_CURVATURE), Ok)
    }

    /// The fewest negative eigenvalues that the Hessian has at a critical point that is not optimal.
    pub fn least_index(&self) -> Evaluated<Integer> {
        let landscape = Landscape::of(self.problem, self.settled()?);
        let Some(levels) = landscape.levels(MAX_LEVELS) else {
            return open(format!("more than {MAX_LEVELS} critical points"));
        };
        let mut least = None;
        for level in levels.iter().filter(|level| level.nature != Nature::Global) {
            self.step(HESSIAN_STEPS)?;
            let Some(curvature) = landscape.curvature(&level.choices) else { return open(NO_CURVATURE) };
            let index = curvature.index();
            least = Some(least.map_or(index.clone(), |least: Integer| least.min(index)));
        }
        least.map_or_else(|| open("every critical point is optimal"), Ok)
    }

    /// Whether that critical point is a local minimum.
    pub fn local_minimum(&self, a: i64, b: i64) -> Evaluated<bool> {
        let (landscape, chosen) = self.chosen(a, b)?;
        match landscape.nature(&chosen) {
            Nature::Global | Nature::LocalMinimum => Ok(true),
            Nature::Saddle => Ok(false),
            Nature::Open => open("a mode without a strict root leaves the point open"),
        }
    }
}
