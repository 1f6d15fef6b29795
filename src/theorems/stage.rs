//! The optimum of one problem at one precision, as claims see it: quantities, vectors and factors.
//!
//! With `e_i = μ_i u_i (1 − u_i)/N` (so that `λ_l a_{l,i}² = e_i`) and `P_i` the projector onto a mode's
//! directions, for the factors of `docs/theory.md` section 2:
//!
//! ```text
//! (W_M⋯W_m)(W_M⋯W_m)ᵀ          = Σ_i e_i^{M−m+1}/(λ_m⋯λ_M) P_i
//! (W_{m−1}⋯W_1 H̄)ᵀ(W_{m−1}⋯H̄)  = Σ_i μ_i e_i^m/(λ_H λ_1⋯λ_{m−1}) D⁻¹ P_i D⁻¹      one-hot targets
//! (W_M⋯W_m)(W_{m−1}⋯W_1 H̄)     = Σ_i μ_i u_i P_i D⁻¹                                one-hot targets
//! ```

use super::form::{Atom, Form, Relations};
use super::number::Number;
use super::truth::{Doubt, Truth};
use super::value::Which;
use crate::case::{Bias, Loss, Problem, Targets};
use crate::exact::{Enclosure, Integer, Rational};
use crate::theory::geometry::{self, secular_vector};
use crate::theory::landscape::{Choice, Landscape, Nature};
use crate::theory::spectrum::Directions;
use crate::theory::{Band, ClassFate, ClassRow, Fate, OptimalMode, Optimum, Preference, Uniqueness};
use num_traits::Zero;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

/// Matrices are built up to this many classes.
pub const MAX_MATRIX: usize = 64;
/// Modes are told apart up to this many.
const MAX_MODES: usize = 10_000;
/// Steps of one evaluation.
const BUDGET: u64 = 400_000;

/// What a claim may ask of a problem, at one precision.
#[derive(Debug)]
pub struct Stage<'a> {
    problem: &'a Problem,
    digits: usize,
    symbolic: bool,
    optimum: OnceCell<Result<Optimum, Doubt>>,
    relations: OnceCell<Option<Relations>>,
    rows: OnceCell<Vec<ClassRow>>,
    group_of: OnceCell<Vec<usize>>,
    secular: RefCell<HashMap<usize, Option<SecularVector>>>,
    inner: RefCell<HashMap<(Pairing, usize, usize, bool), Number>>,
    steps: Cell<u64>,
}

type SecularVector = (Vec<Enclosure>, Enclosure);

/// Which inner products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pairing {
    /// Row `j` of `W_M⋯W_m` with row `k`.
    Rows(usize),
    /// Column `j` of `W_{m−1}⋯W_1 H̄` with column `k`.
    Columns(usize),
    /// Row `j` of `W_M⋯W_m` with column `k` of `W_{m−1}⋯W_1 H̄`: the logit without the bias.
    Across,
}

fn open<T>(reason: impl Into<String>) -> Result<T, Doubt> {
    Err(Doubt::Open(reason.into()))
}

fn whole(n: u64) -> Rational {
    Rational::from(Integer::from(n))
}

impl<'a> Stage<'a> {
    /// A stage of `digits` digits; `symbolic` carries algebraic forms along.
    pub fn new(problem: &'a Problem, digits: usize, symbolic: bool) -> Self {
        Self {
            problem,
            digits,
            symbolic,
            optimum: OnceCell::new(),
            relations: OnceCell::new(),
            rows: OnceCell::new(),
            group_of: OnceCell::new(),
            secular: RefCell::new(HashMap::new()),
            inner: RefCell::new(HashMap::new()),
            steps: Cell::new(0),
        }
    }

    /// The problem.
    pub fn problem(&self) -> &'a Problem {
        self.problem
    }

    /// Starts counting an evaluation's steps.
    pub fn restart(&self) {
        self.steps.set(0);
    }

    /// Counts steps; open when the budget is used up.
    pub fn step(&self, count: u64) -> Result<(), Doubt> {
        self.steps.set(self.steps.get() + count);
        if self.steps.get() > BUDGET { open("the evaluation budget is used up") } else { Ok(()) }
    }

    /// The optimum.
    pub fn optimum(&self) -> Result<&Optimum, Doubt> {
        let made = self.optimum.get_or_init(|| match self.problem.loss() {
            Loss::Mse => Ok(Optimum::of(self.problem, self.digits)),
            Loss::CrossEntropy => open("cross-entropy claims are judged by `predict`"),
        });
        made.as_ref().map_err(Clone::clone)
    }

    /// The equations of the algebraic forms; `None` where forms are not carried.
    pub fn relations(&self) -> Option<&Relations> {
        let made = self.relations.get_or_init(|| {
            let optimum = self.optimum().ok().filter(|_| self.symbolic)?;
            let targets = optimum.modes.iter().map(|m| m.mode.block.target_sq.exact().cloned()).collect();
            Some(Relations::new(&optimum.law, targets))
        });
        made.as_ref()
    }

    /// Working precision.
    pub fn bits(&self) -> u32 {
        self.optimum().map_or(128, |o| o.bits)
    }

    fn named(&self, enclosure: &Enclosure, atom: impl FnOnce() -> Atom) -> Number {
        let form = self.symbolic.then(|| Form::atom(atom()));
        Number::with(enclosure.clone(), form)
    }

    /// The block of mode `i` (from 1), and which of its copies it is.
    fn block(&self, i: i64) -> Result<(usize, usize), Doubt> {
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
    pub fn mode_count(&self) -> Result<usize, Doubt> {
        let count = self.optimum()?.modes.iter().map(|m| m.mode.block.multiplicity).sum();
        if count > MAX_MODES { open(format!("more than {MAX_MODES} modes")) } else { Ok(count) }
    }

    /// Number of modes on their upper root.
    pub fn active(&self) -> Result<usize, Doubt> {
        let optimum = self.settled()?;
        match optimum.uniqueness {
            Uniqueness::Tie => open("a tie leaves the number of kept modes open"),
            _ => Ok(optimum.rank()),
        }
    }

    fn settled(&self) -> Result<&Optimum, Doubt> {
        let optimum = self.optimum()?;
        match optimum.uniqueness {
            Uniqueness::Undecided => open("the optimum is undecided"),
            _ => Ok(optimum),
        }
    }

    /// `μ_i`.
    pub fn target_sq(&self, i: i64) -> Result<Number, Doubt> {
        let (b, _) = self.block(i)?;
        Ok(self.block_target(b, &self.optimum()?.modes[b]))
    }

    fn block_target(&self, b: usize, mode: &OptimalMode) -> Number {
        self.named(&mode.mode.block.target_sq, || Atom::Target(b))
    }

    /// `u_i` in the optimum.
    pub fn shrinkage(&self, i: i64) -> Result<Number, Doubt> {
        let (b, copy) = self.block(i)?;
        let mode = &self.settled()?.modes[b];
        if mode.mode.preference == Preference::Tie && mode.fate == Fate::Tie {
            return open(format!("a tie leaves u[{i}] open"));
        }
        Ok(if copy < mode.kept { self.upper(b, mode)?.0 } else { Rational::zero().into() })
    }

    /// The upper root of a block and its shortfall.
    fn upper(&self, b: usize, mode: &OptimalMode) -> Result<(Number, Number), Doubt> {
        let Some((u, shortfall)) = &mode.mode.upper else { return open("a mode without roots") };
        let u = self.named(u, || Atom::Upper(b));
        let form = Number::one().minus(&u).form().map(std::borrow::Cow::into_owned);
        let rest = Number::with(shortfall.clone(), form.filter(|_| self.symbolic));
        Ok((u, rest))
    }

    /// The largest root of the mode's equation, zero where there are no two.
    pub fn largest_root(&self, i: i64) -> Result<Number, Doubt> {
        let (b, _) = self.block(i)?;
        let mode = &self.settled()?.modes[b];
        match mode.mode.band {
            Band::None => Ok(Rational::zero().into()),
            _ => Ok(self.upper(b, mode)?.0),
        }
    }

    /// The lower root of the mode's equation, zero where there is none.
    pub fn lower_root(&self, i: i64) -> Result<Number, Doubt> {
        let (b, _) = self.block(i)?;
        let optimum = self.settled()?;
        Ok(match optimum.modes[b].mode.lower_root(&optimum.law, optimum.bits) {
            Some((u, _)) => self.named(&u, || Atom::Lower(b)),
            None => Rational::zero().into(),
        })
    }

    /// The band of mode `i`.
    pub fn band(&self, i: i64) -> Result<Band, Doubt> {
        let (b, _) = self.block(i)?;
        Ok(self.settled()?.modes[b].mode.band)
    }

    /// Whether mode `i` is kept.
    pub fn kept(&self, i: i64) -> Result<bool, Doubt> {
        let (b, copy) = self.block(i)?;
        let mode = &self.settled()?.modes[b];
        if mode.mode.preference == Preference::Tie && mode.fate == Fate::Tie {
            return open(format!("a tie leaves mode {i} open"));
        }
        Ok(copy < mode.kept)
    }

    /// The objective.
    pub fn objective(&self) -> Result<Number, Doubt> {
        let optimum = self.optimum()?;
        let upper: Vec<usize> = optimum.modes.iter().map(|m| m.kept).collect();
        let wanted = self.symbolic && optimum.uniqueness != Uniqueness::Undecided;
        let form = if wanted { self.value_form(optimum, &upper) } else { None };
        Ok(Number::with(optimum.objective.clone(), form))
    }

    /// The form of `Σ μ (1 − u)(1 + M u)/(2N)` with so many copies of each block on the upper root.
    fn value_form(&self, optimum: &Optimum, upper: &[usize]) -> Option<Form> {
        let r = self.relations();
        let mut total = Number::from(0);
        for (b, (mode, active)) in optimum.modes.iter().zip(upper).enumerate() {
            let lost = mode.mode.block.multiplicity.checked_sub(*active)?;
            let μ = self.block_target(b, mode);
            let mut share = Number::from(lost as i64).times(&μ, r);
            if *active > 0 {
                let (u, rest) = self.upper(b, mode).ok()?;
                let depth = Number::from(i64::from(optimum.law.depth));
                let bracket = Number::one().plus(&depth.times(&u, r));
                let each = μ.times(&rest, r).times(&bracket, r);
                share = share.plus(&Number::from(*active as i64).times(&each, r));
            }
            total = total.plus(&share);
        }
        let two_n = Number::from(&optimum.law.samples * whole(2));
        total.over(&two_n, r).ok()?.form().map(std::borrow::Cow::into_owned)
    }

    /// The energy of each factor, `λ_l ‖W_l‖² = λ_H ‖H‖²`.
    pub fn energy(&self) -> Result<Number, Doubt> {
        if self.settled()?.uniqueness == Uniqueness::Tie {
            return open("a tie leaves the energy open");
        }
        self.traced(|e| Ok(e.clone()))
    }

    /// `Σ_i x(e_i)` over the kept modes.
    fn traced(&self, x: impl Fn(&Number) -> Result<Number, Doubt>) -> Result<Number, Doubt> {
        let mut total = Number::from(0);
        for (b, mode) in self.settled()?.modes.iter().enumerate().filter(|(_, m)| m.kept > 0) {
            let each = x(&self.mode_energy(b, mode)?)?;
            total = total.plus(&each.times(&Number::from(mode.kept as i64), self.relations()));
        }
        Ok(total)
    }

    /// `e = μ u (1 − u)/N` of a block on its upper root.
    fn mode_energy(&self, b: usize, mode: &OptimalMode) -> Result<Number, Doubt> {
        let (u, rest) = self.upper(b, mode)?;
        let samples = Number::from(self.optimum()?.law.samples.recip());
        let r = self.relations();
        Ok(self.block_target(b, mode).times(&u, r).times(&rest, r).times(&samples, r))
    }

    /// The product of the weights `λ_from ⋯ λ_to` (layers from 1; empty when `from > to`).
    fn weights(&self, from: usize, to: usize) -> Rational {
        (from..=to).fold(whole(1), |product, l| product * &self.problem.weights()[l - 1])
    }

    /// The squared singular value of a factor for a mode of energy `e`.
    fn strength_sq(&self, which: Which, e: &Number) -> Result<Number, Doubt> {
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

    /// The singular value of a factor for mode `i`; zero if the mode is lost.
    pub fn strength(&self, which: Which, i: i64) -> Result<Number, Doubt> {
        let (b, _) = self.block(i)?;
        if !self.kept(i)? {
            return Ok(Number::from(0));
        }
        let e = self.mode_energy(b, &self.settled()?.modes[b])?;
        Ok(self.strength_sq(which, &e)?.length(self.bits(), self.symbolic))
    }

    /// The squared norm of a factor.
    pub fn norm_sq(&self, which: Which) -> Result<Number, Doubt> {
        if let Which::Features(_) = which {
            let mut total = Number::from(0);
            for k in 0..self.problem.classes() {
                self.step(1)?;
                total = total.plus(&self.inner(self.pairing(which)?, k, k)?);
            }
            return Ok(total);
        }
        if self.settled()?.uniqueness == Uniqueness::Tie {
            return open("a tie leaves the norms open");
        }
        self.traced(|e| self.strength_sq(which, e))
    }

    /// The inner products that a factor's Gram matrix is made of.
    pub fn pairing(&self, which: Which) -> Result<Pairing, Doubt> {
        match which {
            Which::Product(m) => Ok(Pairing::Rows(m)),
            Which::Layer(l) if l == self.problem.depth() => Ok(Pairing::Rows(l)),
            Which::Features(m) => Ok(Pairing::Columns(m)),
            _ => open("this factor has no class vectors; take product(m) or features(m)"),
        }
    }

    /// An inner product of class vectors, for classes from 0.
    pub fn inner(&self, pairing: Pairing, j: usize, k: usize) -> Result<Number, Doubt> {
        self.step(1)?;
        let optimum = self.settled()?;
        if !optimum.is_determined() {
            return open("a tie leaves the geometry open");
        }
        if matches!(self.problem.targets(), Targets::Columns(_)) && !matches!(pairing, Pairing::Rows(_)) {
            return open("geometry of targets other than one-hot is not read by claims");
        }
        let group_of = self.group_of.get_or_init(|| {
            let mut of = vec![0; self.problem.classes()];
            for (g, group) in optimum.groups.iter().enumerate() {
                group.classes.iter().for_each(|k| of[*k] = g);
            }
            of
        });
        let (g, h, same) = (group_of[j], group_of[k], j == k);
        if let Some(known) = self.inner.borrow().get(&(pairing, g, h, same)) {
            return Ok(known.clone());
        }
        let value = self.inner_of_groups(optimum, pairing, g, h, same)?;
        self.inner.borrow_mut().insert((pairing, g, h, same), value.clone());
        Ok(value)
    }

    fn inner_of_groups(
        &self,
        optimum: &Optimum,
        pairing: Pairing,
        g: usize,
        h: usize,
        same: bool,
    ) -> Result<Number, Doubt> {
        let r = self.relations();
        let mut total = Number::from(0);
        for (b, mode) in optimum.modes.iter().enumerate().filter(|(_, m)| m.kept > 0) {
            let Some(p) = self.projector(optimum, b, mode, g, h, same)? else { continue };
            self.step(1)?;
            let coefficient = match pairing {
                Pairing::Rows(m) => self.strength_sq(Which::Product(m), &self.mode_energy(b, mode)?)?,
                Pairing::Columns(m) => {
                    let e = self.mode_energy(b, mode)?.power(m as i64, r)?;
                    let weight = (self.weights(1, m - 1) * self.problem.features()).recip();
                    e.times(&weight.into(), r).times(&self.block_target(b, mode), r)
                }
                Pairing::Across => self.block_target(b, mode).times(&self.upper(b, mode)?.0, r),
            };
            total = total.plus(&coefficient.times(&p, r));
        }
        let count = |g: usize| whole(optimum.groups[g].count);
        let divisor = match pairing {
            Pairing::Rows(_) => whole(1),
            Pairing::Columns(_) => count(g) * count(h),
            Pairing::Across => count(h),
        };
        Ok(total.times(&divisor.recip().into(), r))
    }

    /// The projector's entry; `None` where it is zero by structure.
    fn projector(
        &self,
        optimum: &Optimum,
        b: usize,
        mode: &OptimalMode,
        g: usize,
        h: usize,
        same: bool,
    ) -> Result<Option<Number>, Doubt> {
        let size = |g: usize| whole(optimum.groups[g].classes.len() as u64);
        Ok(match &mode.mode.block.directions {
            Directions::Classes(own) => (same && *own == g).then(Number::one),
            Directions::Differences(own) if *own == g && g == h => {
                let mean = size(g).recip();
                Some(if same { (whole(1) - mean).into() } else { (-mean).into() })
            }
            Directions::Differences(_) => None,
            Directions::Secular(_) => {
                let mut known = self.secular.borrow_mut();
                let vector =
                    known.entry(b).or_insert_with(|| secular_vector(optimum, &mode.mode.block.target_sq));
                let Some((vector, inverse)) = vector else { return Err(Doubt::Precision) };
                Some((&(&vector[g] * &vector[h]) * inverse).into())
            }
            Directions::Dense(block) => Some(block.projector[g][h].clone().into()),
        })
    }

    /// The logit of class `k` on `j`, classes from 0, with the bias.
    pub fn logit(&self, j: usize, k: usize) -> Result<Number, Doubt> {
        let z = self.inner(Pairing::Across, j, k)?;
        Ok(match self.problem.bias() {
            Bias::None => z,
            Bias::LastLayer => {
                let b = whole(self.problem.counts()[j]) / whole(self.problem.samples());
                z.plus(&b.into())
            }
        })
    }

    fn fate(&self, k: usize) -> Result<&ClassFate, Doubt> {
        let optimum = self.settled()?;
        let rows = self.rows.get_or_init(|| geometry::class_rows(self.problem, optimum));
        let row = rows.iter().find(|row| row.classes.contains(&k));
        match row.map(|row| &row.fate) {
            Some(ClassFate::Undecided) | None => open("a tie leaves the class open"),
            Some(fate) => Ok(fate),
        }
    }

    /// Whether class `k` (from 0) has a zero mean feature.
    pub fn collapsed(&self, k: usize) -> Result<bool, Doubt> {
        Ok(*self.fate(k)? == ClassFate::Collapsed)
    }

    /// Whether classes `j` and `k` have the same mean feature.
    pub fn merged(&self, j: usize, k: usize) -> Result<bool, Doubt> {
        Ok(match (self.fate(j)?, self.fate(k)?) {
            _ if j == k => true,
            (ClassFate::Collapsed, ClassFate::Collapsed) => true,
            (ClassFate::Merged(all), _) => all.contains(&k),
            _ => false,
        })
    }

    /// The critical point with modes `a … b` (from 1) on their upper roots.
    fn chosen(&self, a: i64, b: i64) -> Result<(Landscape<'_>, Vec<Choice>), Doubt> {
        let optimum = self.settled()?;
        let landscape = Landscape::of(self.problem, optimum);
        let mut chosen = vec![Choice::default(); optimum.modes.len()];
        for i in a..=b {
            self.step(1)?;
            let (block, _) = self.block(i)?;
            if optimum.modes[block].mode.band == Band::None {
                return open(format!("mode {i} has no upper root"));
            }
            chosen[block].upper += 1;
        }
        if b - a + 1 > self.problem.rank_budget() as i64 {
            return open("more modes than the widths allow");
        }
        Ok((landscape, chosen))
    }

    /// The objective at that critical point.
    pub fn level(&self, a: i64, b: i64) -> Result<Number, Doubt> {
        let (landscape, chosen) = self.chosen(a, b)?;
        let upper: Vec<usize> = chosen.iter().map(|c| c.upper).collect();
        let form = if self.symbolic { self.value_form(self.settled()?, &upper) } else { None };
        Ok(Number::with(landscape.level(&chosen), form))
    }

    /// Whether that critical point is a local minimum.
    pub fn local_minimum(&self, a: i64, b: i64) -> Result<Truth, Doubt> {
        let (landscape, chosen) = self.chosen(a, b)?;
        match landscape.nature(&chosen) {
            Nature::Global | Nature::LocalMinimum => Ok(Truth::Proved),
            Nature::Saddle => Ok(Truth::Refuted),
            Nature::Open => open("a mode without a strict root leaves the point open"),
        }
    }

    /// How far the optimum is unique, as a word.
    pub fn uniqueness(&self) -> Result<&'static str, Doubt> {
        Ok(match self.optimum()?.uniqueness {
            Uniqueness::Unique => "unique",
            Uniqueness::Tie => "tie",
            Uniqueness::RankTie => "rank_tie",
            Uniqueness::Zero => "zero",
            Uniqueness::Undecided => "undecided",
        })
    }
}
