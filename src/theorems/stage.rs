//! One point of a problem at one precision, as claims see it: quantities, vectors and factors. The point is the
//! proven optimum, a critical point, or a trained network ([`Place`]).
//!
//! With `e_i = μ_i u_i (1 − u_i)/N` (so that `λ_l a_{l,i}² = e_i`) and `P_i` the projector onto a mode's
//! directions, for the factors of `docs/theory.md` section 2:
//!
//! ```text
//! (W_M⋯W_m)(W_M⋯W_m)ᵀ          = Σ_i e_i^{M−m+1}/(λ_m⋯λ_M) P_i
//! (W_{m−1}⋯W_1 H̄)ᵀ(W_{m−1}⋯H̄)  = Σ_i μ_i e_i^m/(λ_H λ_1⋯λ_{m−1}) D⁻¹ P_i D⁻¹      one-hot targets
//! (W_M⋯W_m)(W_{m−1}⋯W_1 H̄)     = Σ_i μ_i u_i P_i D⁻¹                                one-hot targets
//! ```
//!
//! For cross-entropy with equal counts, where the optimum is a proven simplex frame of scale `β`, every mode has the
//! one energy `(Λ n β²)^{1/(M+1)}` and `P = I − 11ᵀ/K`, so that the logits are `β P`.

use super::form::{Atom, Form, Relations};
use super::number::Number;
use super::place::{Place, Trained};
use super::truth::{Doubt, Truth};
use super::value::Which;
use crate::case::{Bias, Loss, Problem, Targets};
use crate::exact::{DIGITS, Enclosure, Rational, SPARE_BITS, bits_for, whole};
use crate::theory::block::Directions;
use crate::theory::cross_entropy::Finding;
use crate::theory::geometry::{self, secular_vector};
use crate::theory::landscape::{Choice, Landscape, Nature};
use crate::theory::prediction::GRAM_CLASSES;
use crate::theory::{Band, ClassFate, ClassRow, Fate, Known, OptimalMode, Optimum, Preference, Uniqueness};
use num_traits::{Signed, ToPrimitive, Zero};
use std::cell::{Cell, OnceCell, RefCell};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// Matrices are built up to this many classes.
pub const MAX_MATRIX: usize = GRAM_CLASSES;
/// Modes are told apart up to this many.
const MAX_MODES: usize = 10_000;
/// Steps of one evaluation.
const BUDGET: u64 = 400_000;

/// What a claim may ask of a problem, at one precision.
#[derive(Debug)]
pub struct Stage<'a> {
    problem: &'a Problem,
    place: &'a Place,
    digits: usize,
    symbolic: bool,
    optimum: OnceCell<Result<Arc<Optimum>, Doubt>>,
    /// The critical point, shaped as an optimum.
    critical: OnceCell<Result<Optimum, Doubt>>,
    entropy: OnceCell<Entropy>,
    /// What is known to the first digits, shared by all precisions.
    known: Rc<OnceCell<Known>>,
    relations: OnceCell<Option<Relations>>,
    rows: OnceCell<Vec<ClassRow>>,
    group_of: OnceCell<Vec<usize>>,
    secular: RefCell<HashMap<usize, Option<SecularVector>>>,
    inner: RefCell<HashMap<(Pairing, usize, usize, bool), Number>>,
    steps: Cell<u64>,
    /// Of the trained network: the residual of the last equality that failed, or the largest of those that hold.
    residual: Cell<f64>,
    failed: Cell<bool>,
}

/// Digits of a closed form at first.
pub const FIRST_DIGITS: usize = DIGITS;

type SecularVector = (Vec<Enclosure>, Enclosure);

/// What is proved of a cross-entropy optimum.
#[derive(Debug)]
struct Entropy {
    objective: Result<Number, Doubt>,
    /// What zero or the best simplex frame costs, whichever is less.
    simplex_objective: Result<Number, Doubt>,
    /// The optimum, where it is a simplex frame or zero.
    frame: Result<Frame, Doubt>,
}

/// A simplex frame: `λ a²` of every mode and factor, and the scale `β` of the logits.
#[derive(Debug, Clone)]
struct Frame {
    energy: Number,
    scale: Number,
}

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

impl<'a> Stage<'a> {
    /// A stage of `digits` digits; `symbolic` carries algebraic forms along.
    pub fn new(
        problem: &'a Problem,
        place: &'a Place,
        known: Rc<OnceCell<Known>>,
        digits: usize,
        symbolic: bool,
    ) -> Self {
        Self {
            problem,
            place,
            known,
            digits,
            symbolic,
            optimum: OnceCell::new(),
            critical: OnceCell::new(),
            entropy: OnceCell::new(),
            relations: OnceCell::new(),
            rows: OnceCell::new(),
            group_of: OnceCell::new(),
            secular: RefCell::new(HashMap::new()),
            inner: RefCell::new(HashMap::new()),
            steps: Cell::new(0),
            residual: Cell::new(0.0),
            failed: Cell::new(false),
        }
    }

    /// The problem.
    pub fn problem(&self) -> &'a Problem {
        self.problem
    }

    /// Starts counting an evaluation's steps.
    pub fn restart(&self) {
        self.steps.set(0);
        self.residual.set(0.0);
        self.failed.set(false);
    }

    /// Whether two numbers are equal; on a trained network the residual is noted.
    pub fn equals(&self, x: &Number, y: &Number) -> Truth {
        let truth = x.equals(y, self.relations());
        if let Some(trained) = self.trained() {
            let (x, y) = (x.enclosure(), y.enclosure());
            let spread = x.width() + y.width();
            if !spread.is_zero() {
                let apart = ((x.middle() - y.middle()) * whole(2)).abs();
                let residual = trained.tolerance() * (apart / spread).to_f64().unwrap_or(f64::INFINITY);
                let fails = truth == Truth::Refuted;
                if fails || !self.failed.get() && residual > self.residual.get() {
                    self.residual.set(residual);
                    self.failed.set(fails);
                }
            }
        }
        truth
    }

    /// Whether the numbers are measured on a trained network.
    pub fn is_measured(&self) -> bool {
        self.trained().is_some()
    }

    /// The residual of the last evaluation on a trained network.
    pub fn residual(&self) -> f64 {
        self.residual.get()
    }

    /// Counts steps; open when the budget is used up.
    pub fn step(&self, count: u64) -> Result<(), Doubt> {
        self.steps.set(self.steps.get() + count);
        if self.steps.get() > BUDGET { open("the evaluation budget is used up") } else { Ok(()) }
    }

    /// The optimum.
    pub fn optimum(&self) -> Result<&Optimum, Doubt> {
        let made = self.optimum.get_or_init(|| match self.problem.loss() {
            Loss::Mse => match known(self.problem, &self.known, self.digits) {
                Known::SquaredError(optimum) => Ok(optimum),
                _ => open("nothing is known of the optimum"),
            },
            Loss::CrossEntropy => open("modes are those of the mean squared error"),
        });
        made.as_ref().map(Arc::as_ref).map_err(Clone::clone)
    }

    /// What is proved of a cross-entropy optimum; `None` for the mean squared error.
    fn entropy(&self) -> Option<&Entropy> {
        (self.problem.loss() == Loss::CrossEntropy).then(|| {
            self.entropy.get_or_init(|| Entropy::of(self.problem, &self.known, self.digits, self.symbolic))
        })
    }

    /// The proven simplex frame of a cross-entropy problem; `None` for the mean squared error.
    fn frame(&self) -> Result<Option<&Frame>, Doubt> {
        self.entropy().map(|known| known.frame.as_ref().map_err(Clone::clone)).transpose()
    }

    /// The trained network, where claims are about one.
    fn trained(&self) -> Option<&'a Trained> {
        match self.place {
            Place::Trained(trained) => Some(trained),
            Place::Optimum | Place::CriticalPoint(_) => None,
        }
    }

    /// The equations of the algebraic forms; `None` where forms are not carried.
    pub fn relations(&self) -> Option<&Relations> {
        let made = self.relations.get_or_init(|| {
            if !self.symbolic {
                return None;
            }
            let Ok(optimum) = self.optimum() else { return Some(Relations::without_modes()) };
            let targets = optimum.modes.iter().map(|m| m.mode.block.target_sq.exact().cloned()).collect();
            Some(Relations::new(&optimum.law, targets))
        });
        made.as_ref()
    }

    /// Working precision.
    pub fn bits(&self) -> u32 {
        self.optimum().map_or(bits_for(self.digits, SPARE_BITS), |o| o.bits)
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
        if let Some(trained) = self.trained() {
            return Ok(trained.active());
        }
        if let Some(frame) = self.frame()? {
            return Ok(if frame.scale.is_zero() { 0 } else { self.problem.classes() - 1 });
        }
        let optimum = self.point()?;
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

    /// The optimum, or the critical point in its shape.
    fn point(&self) -> Result<&Optimum, Doubt> {
        match self.place {
            Place::CriticalPoint(choices) => {
                let made = self.critical.get_or_init(|| {
                    let optimum = self.settled()?;
                    let landscape = Landscape::of(self.problem, optimum);
                    landscape.point(choices).ok_or_else(|| {
                        Doubt::Open(
                            "copies of one target on both of its roots have no single shrinkage".to_owned(),
                        )
                    })
                });
                made.as_ref().map_err(Clone::clone)
            }
            Place::Optimum | Place::Trained(_) => self.settled(),
        }
    }

    /// Whether the copies of a block that are not zero are on the lower root.
    fn is_lower(&self, b: usize) -> bool {
        matches!(self.place, Place::CriticalPoint(choices) if choices.get(b).is_some_and(|c| c.lower > 0))
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
        if let Some(trained) = self.trained() {
            return trained.shrinkage(i);
        }
        let mode = &self.point()?.modes[b];
        if mode.mode.preference == Preference::Tie && mode.fate == Fate::Tie {
            return open(format!("a tie leaves u[{i}] open"));
        }
        Ok(if copy < mode.kept { self.root(b, mode)?.0 } else { Rational::zero().into() })
    }

    /// The root that a block's copies are on, and its shortfall.
    fn root(&self, b: usize, mode: &OptimalMode) -> Result<(Number, Number), Doubt> {
        self.root_of(mode, || if self.is_lower(b) { Atom::Lower(b) } else { Atom::Upper(b) })
    }

    fn root_of(&self, mode: &OptimalMode, atom: impl FnOnce() -> Atom) -> Result<(Number, Number), Doubt> {
        let Some((u, shortfall)) = &mode.mode.upper else { return open("a mode without roots") };
        let u = self.named(u, atom);
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
            _ => Ok(self.root_of(mode, || Atom::Upper(b))?.0),
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
        if let Some(trained) = self.trained() {
            return trained.kept(i);
        }
        let mode = &self.point()?.modes[b];
        if mode.mode.preference == Preference::Tie && mode.fate == Fate::Tie {
            return open(format!("a tie leaves mode {i} open"));
        }
        Ok(copy < mode.kept)
    }

    /// The objective.
    pub fn objective(&self) -> Result<Number, Doubt> {
        if let Some(trained) = self.trained() {
            return Ok(trained.objective());
        }
        if let Some(known) = self.entropy() {
            return known.objective.clone();
        }
        let optimum = match self.place {
            Place::CriticalPoint(_) => self.point()?,
            Place::Optimum | Place::Trained(_) => self.optimum()?,
        };
        let active: Vec<usize> = optimum.modes.iter().map(|m| m.kept).collect();
        let wanted = self.symbolic && optimum.uniqueness != Uniqueness::Undecided;
        let root = |b: usize, mode: &OptimalMode| self.root(b, mode);
        let form = if wanted { self.value_form(optimum, &active, &root) } else { None };
        Ok(Number::with(optimum.objective.clone(), form))
    }

    /// What zero or the best simplex frame costs under cross-entropy, whichever is less.
    pub fn simplex_objective(&self) -> Result<Number, Doubt> {
        match self.entropy() {
            Some(known) => known.simplex_objective.clone(),
            None => open("the simplex objective is that of cross-entropy"),
        }
    }

    /// The form of `Σ μ (1 − u)(1 + M u)/(2N)` with so many copies of each block on their root.
    fn value_form(&self, optimum: &Optimum, active: &[usize], root: &BlockRoot<'_>) -> Option<Form> {
        let r = self.relations();
        let mut total = Number::from(0);
        for (b, (mode, active)) in optimum.modes.iter().zip(active).enumerate() {
            let lost = mode.mode.block.multiplicity.checked_sub(*active)?;
            let μ = self.block_target(b, mode);
            let mut share = Number::from(lost as i64).times(&μ, r);
            if *active > 0 {
                let (u, rest) = root(b, mode).ok()?;
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
        if let Some(trained) = self.trained() {
            return Ok(trained.energy());
        }
        if self.frame()?.is_none() && self.point()?.uniqueness == Uniqueness::Tie {
            return open("a tie leaves the energy open");
        }
        self.traced(|e| Ok(e.clone()))
    }

    /// `Σ_i x(e_i)` over the kept modes.
    fn traced(&self, x: impl Fn(&Number) -> Result<Number, Doubt>) -> Result<Number, Doubt> {
        if let Some(frame) = self.frame()? {
            let modes = Number::from(self.problem.classes() as i64 - 1);
            return Ok(x(&frame.energy)?.times(&modes, self.relations()));
        }
        let mut total = Number::from(0);
        for (b, mode) in self.point()?.modes.iter().enumerate().filter(|(_, m)| m.kept > 0) {
            let each = x(&self.mode_energy(b, mode)?)?;
            total = total.plus(&each.times(&Number::from(mode.kept as i64), self.relations()));
        }
        Ok(total)
    }

    /// `e = μ u (1 − u)/N` of a block on its root.
    fn mode_energy(&self, b: usize, mode: &OptimalMode) -> Result<Number, Doubt> {
        let (u, rest) = self.root(b, mode)?;
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
        if let Some(trained) = self.trained() {
            return trained.strength(which, i);
        }
        let e = match self.frame()? {
            Some(_) if !(1..self.problem.classes() as i64).contains(&i) => {
                return open(format!("there is no mode {i}"));
            }
            Some(frame) => frame.energy.clone(),
            None => {
                let (b, _) = self.block(i)?;
                if !self.kept(i)? {
                    return Ok(Number::from(0));
                }
                self.mode_energy(b, &self.point()?.modes[b])?
            }
        };
        Ok(self.strength_sq(which, &e)?.length(self.bits(), self.symbolic))
    }

    /// The squared norm of a factor.
    pub fn norm_sq(&self, which: Which) -> Result<Number, Doubt> {
        if let Some(trained) = self.trained() {
            return trained.norm_sq(which);
        }
        if let Which::Features(_) = which {
            let mut total = Number::from(0);
            for k in 0..self.problem.classes() {
                self.step(1)?;
                total = total.plus(&self.inner(self.pairing(which)?, k, k)?);
            }
            return Ok(total);
        }
        if self.frame()?.is_none() && self.point()?.uniqueness == Uniqueness::Tie {
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
        if let Some(trained) = self.trained() {
            return trained.inner(pairing, j, k);
        }
        if let Some(frame) = self.frame()? {
            return self.inner_of_frame(frame, pairing, j == k);
        }
        let optimum = self.point()?;
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

    fn inner_of_frame(&self, frame: &Frame, pairing: Pairing, same: bool) -> Result<Number, Doubt> {
        let mean = whole(self.problem.classes() as u64).recip();
        let p = Number::from(if same { whole(1) - mean } else { -mean });
        let coefficient = match pairing {
            Pairing::Rows(m) => self.strength_sq(Which::Product(m), &frame.energy)?,
            Pairing::Columns(m) => {
                let count = whole(self.problem.counts()[0]);
                let weight = (self.weights(1, m - 1) * self.problem.features() * count).recip();
                frame.energy.power(m as i64, self.relations())?.times(&weight.into(), self.relations())
            }
            Pairing::Across => frame.scale.clone(),
        };
        Ok(coefficient.times(&p, self.relations()))
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
                Pairing::Across => self.block_target(b, mode).times(&self.root(b, mode)?.0, r),
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
        if let Some(trained) = self.trained() {
            return Ok(trained.logit(j, k));
        }
        let z = self.inner(Pairing::Across, j, k)?;
        Ok(match self.problem.bias() {
            Bias::None => z,
            Bias::LastLayer if self.problem.loss() == Loss::CrossEntropy => {
                return open("the bias of cross-entropy is free up to a constant");
            }
            Bias::LastLayer => {
                let b = whole(self.problem.counts()[j]) / whole(self.problem.samples());
                z.plus(&b.into())
            }
        })
    }

    fn fate(&self, k: usize) -> Result<&ClassFate, Doubt> {
        let optimum = self.point()?;
        let rows = self.rows.get_or_init(|| geometry::class_rows(self.problem, optimum));
        let row = rows.iter().find(|row| row.classes.contains(&k));
        match row.map(|row| &row.fate) {
            Some(ClassFate::Undecided) | None => open("a tie leaves the class open"),
            Some(fate) => Ok(fate),
        }
    }

    /// Whether class `k` (from 0) has a zero mean feature.
    pub fn collapsed(&self, k: usize) -> Result<bool, Doubt> {
        if let Some(trained) = self.trained() {
            return Ok(trained.collapsed(k));
        }
        if let Some(frame) = self.frame()? {
            return Ok(frame.scale.is_zero());
        }
        Ok(*self.fate(k)? == ClassFate::Collapsed)
    }

    /// Whether classes `j` and `k` have the same mean feature.
    pub fn merged(&self, j: usize, k: usize) -> Result<bool, Doubt> {
        if let Some(trained) = self.trained() {
            return Ok(trained.merged(j, k));
        }
        if let Some(frame) = self.frame()? {
            return Ok(j == k || frame.scale.is_zero());
        }
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
        let root = |b: usize, mode: &OptimalMode| self.root_of(mode, || Atom::Upper(b));
        let form = if self.symbolic { self.value_form(self.settled()?, &upper, &root) } else { None };
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
        if let Some(frame) = self.frame()? {
            return Ok(if frame.scale.is_zero() { "zero" } else { "unique" });
        }
        Ok(match self.optimum()?.uniqueness {
            Uniqueness::Unique => "unique",
            Uniqueness::Tie => "tie",
            Uniqueness::RankTie => "rank_tie",
            Uniqueness::Zero => "zero",
            Uniqueness::Undecided => "undecided",
        })
    }
}

/// The root that a block's copies are on, and its shortfall.
type BlockRoot<'a> = dyn Fn(usize, &OptimalMode) -> Result<(Number, Number), Doubt> + 'a;

/// What is known to so many digits: shared by all who ask for the first ones.
fn known(problem: &Problem, first: &OnceCell<Known>, digits: usize) -> Known {
    match digits > FIRST_DIGITS {
        true => Known::of(problem, digits),
        false => first.get_or_init(|| Known::of(problem, FIRST_DIGITS)).clone(),
    }
}

impl Entropy {
    fn of(problem: &Problem, known: &OnceCell<Known>, digits: usize, symbolic: bool) -> Self {
        let bits = bits_for(digits, SPARE_BITS);
        let named = |enclosure: &Enclosure, name: &'static str| {
            Number::with(enclosure.clone(), symbolic.then(|| Form::atom(Atom::Named(name))))
        };
        let frame = |scale: &Enclosure| {
            // (Λ n β²)^{1/L}.
            let inside = problem.regularization_product() * whole(problem.counts()[0]);
            let factors = u32::try_from(problem.depth() + 1).unwrap_or(u32::MAX);
            let squared = &(scale * scale) * &Enclosure::from(inside);
            let energy = squared.root(factors, bits);
            Frame { energy: named(&energy, "energy of the frame"), scale: named(scale, "scale of the frame") }
        };
        let none = |reason: &str| -> Self {
            let doubt = Doubt::Open(reason.to_owned());
            Self { objective: Err(doubt.clone()), simplex_objective: Err(doubt.clone()), frame: Err(doubt) }
        };
        let first = known.get_or_init(|| Known::of(problem, FIRST_DIGITS));
        // Of cross-entropy only the closed form has more digits.
        let closed = matches!(first, Known::Shallow(known) if known.closed.is_some());
        let sharper = (closed && digits > FIRST_DIGITS).then(|| Known::of(problem, digits));
        match sharper.as_ref().unwrap_or(first) {
            Known::SquaredError(_) => none("this is no cross-entropy problem"),
            Known::Open(reason) => none(reason),
            Known::Shallow(known) => {
                let reason =
                    known.open.clone().unwrap_or_else(|| "this geometry is measured, not proved".to_owned());
                let Some(closed) = &known.closed else {
                    let objective = known.objective.clone().map(Number::from);
                    return Self { objective: objective.ok_or(Doubt::Open(reason.clone())), ..none(&reason) };
                };
                let value = named(&closed.objective, "objective of the frame");
                Self {
                    objective: Ok(value.clone()),
                    simplex_objective: Ok(value),
                    frame: Ok(frame(&closed.scale)),
                }
            }
            Known::Deep(known) => {
                let reason = match &known.finding {
                    Finding::Refuted => "the optimum is not a simplex frame, and no more is proved of it",
                    Finding::Verified => "whether the frame beats zero is not settled",
                    Finding::Open(reason) => reason,
                };
                let Some(simplex) = &known.simplex else { return none(reason) };
                let floor = simplex.floor(&known.zero);
                let ceiling = simplex.objective.upper().min(known.zero.upper());
                let least = named(&Enclosure::hull(&floor, &ceiling, bits), "objective of the frame");
                let objective = match (&known.finding, &known.best) {
                    (Finding::Verified, _) => least.clone(),
                    // At least zero, at most what some network costs.
                    (_, best) => {
                        let high =
                            best.as_ref().map_or(ceiling.clone(), |b| b.objective.upper().min(ceiling));
                        Enclosure::hull(&Rational::zero(), &high, bits).into()
                    }
                };
                let frame = match (&known.finding, simplex.objective.compare(&known.zero)) {
                    (Finding::Verified, Some(Ordering::Less)) => Ok(frame(&simplex.scale)),
                    (Finding::Verified, Some(Ordering::Greater)) => Ok(frame(&Enclosure::zero())),
                    _ => Err(Doubt::Open(reason.to_owned())),
                };
                Self { objective: Ok(objective), simplex_objective: Ok(least), frame }
            }
        }
    }
}
