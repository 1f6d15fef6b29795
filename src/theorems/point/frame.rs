//! The optimum of cross-entropy with equal counts, where it is a proven simplex frame of scale `β`, or zero: every mode
//! has the one energy `(Λ n β²)^{1/(M+1)}` and `P = I − 11ᵀ/K`, so that the logits are `β P`.

use super::{Point, norm_of_means};
use crate::case::{Bias, Uniqueness};
use crate::exact::{Enclosure, Rational, whole};
use crate::theorems::facts::{Facts, NO_MODES};
use crate::theorems::form::Atom;
use crate::theorems::number::Number;
use crate::theorems::truth::{Doubt, Evaluated, open};
use crate::theorems::value::{Pairing, Which};
use crate::theory::Known;
use crate::theory::convex::{Facts as OneLayer, Shallow};
use crate::theory::cross_entropy::{Deep, Finding};
use crate::theory::geometry::ClassFate;
use num_traits::Zero;
use std::cell::{OnceCell, RefCell};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

/// Of more layers no more is known than the frame.
static NOTHING: OneLayer = OneLayer { roles: Vec::new(), vanishes: None, fates: Vec::new() };

/// A probability: the class that is swapped with, its count, and whether it is the own one.
type Asked = (Option<usize>, u64, bool);

/// The optimum of a cross-entropy problem, as far as it is known.
#[derive(Debug)]
pub(super) struct SimplexFrame<'a> {
    facts: Rc<Facts<'a>>,
    entropy: OnceCell<Entropy>,
    /// Inner products, of one class or of two.
    inner: RefCell<HashMap<(Pairing, bool), Number>>,
    /// Differences of probabilities for the classes that one may be swapped with, and their counts.
    gaps: RefCell<HashMap<(Option<usize>, u64), Number>>,
    /// Probabilities by those differences, own and other.
    probabilities: RefCell<HashMap<Asked, Number>>,
}

/// What is proved of a cross-entropy optimum.
#[derive(Debug)]
struct Entropy {
    objective: Evaluated<Number>,
    /// What zero or the best simplex frame costs, whichever is less.
    simplex_objective: Evaluated<Number>,
    /// The optimum, where it is a simplex frame or zero.
    frame: Evaluated<Frame>,
}

/// A simplex frame: `λ a²` of every mode and factor, and the scale `β` of the logits.
#[derive(Debug, Clone)]
struct Frame {
    energy: Number,
    scale: Number,
}

impl<'a> SimplexFrame<'a> {
    pub(super) fn new(facts: Rc<Facts<'a>>) -> Self {
        let (inner, gaps, probabilities) = Default::default();
        Self { facts, entropy: OnceCell::new(), inner, gaps, probabilities }
    }

    fn entropy(&self) -> &Entropy {
        self.entropy.get_or_init(|| match self.facts.known() {
            Known::SquaredError(_) => Entropy::none("this is no cross-entropy problem"),
            Known::Open(reason) => Entropy::none(reason),
            Known::Shallow(known) => self.shallow(known),
            Known::Deep(known) => self.deep(known),
        })
    }

    fn shallow(&self, known: &Shallow) -> Entropy {
        let reason = known.open.as_deref().unwrap_or("this geometry is measured, not proved");
        let Some(closed) = known.balanced() else {
            let objective = known.objective.clone().map_or(open(reason), |f| Ok(f.into()));
            return Entropy { objective, ..Entropy::none(reason) };
        };
        let value = self.called(&closed.objective, "objective of the frame");
        let frame = self.frame_of(&closed.scale);
        Entropy { objective: Ok(value.clone()), simplex_objective: Ok(value), frame: Ok(frame) }
    }

    fn deep(&self, known: &Deep) -> Entropy {
        let reason = match &known.finding {
            Finding::Refuted => "the optimum is not a simplex frame, and no more is proved of it",
            Finding::Verified => "whether the frame beats zero is not settled",
            Finding::Open(reason) => reason,
        };
        let verified = known.finding == Finding::Verified;
        let Some(simplex) = &known.simplex else {
            let none = Entropy::none(reason);
            let zero = || self.called(&known.zero, "objective of zero");
            return match verified {
                true => {
                    Entropy { objective: Ok(zero()), frame: Ok(self.frame_of(&Enclosure::zero())), ..none }
                }
                false => none,
            };
        };
        let bits = self.facts.precision.bits();
        let floor = simplex.floor(&known.zero);
        let ceiling = simplex.objective.upper().min(known.zero.upper());
        let least = self.called(&Enclosure::hull(&floor, &ceiling, bits), "objective of the frame");
        // Otherwise at least what a tree proves, or zero, and at most what some network costs.
        let high = known.best.as_ref().map_or(ceiling.clone(), |b| b.objective.upper().min(ceiling));
        let low = known.floor().map_or_else(Rational::zero, |(floor, _)| floor.clone());
        let some = || Enclosure::hull(&low, &high, bits).into();
        let frame = match (verified, simplex.objective.compare(&known.zero)) {
            (true, Some(Ordering::Less)) => Ok(self.frame_of(&simplex.scale)),
            (true, Some(Ordering::Greater)) => Ok(self.frame_of(&Enclosure::zero())),
            _ => open(reason),
        };
        let objective = Ok(if verified { least.clone() } else { some() });
        Entropy { objective, simplex_objective: Ok(least), frame }
    }

    fn called(&self, value: &Enclosure, name: &'static str) -> Number {
        self.facts.named(value, || Atom::Named(name))
    }

    fn frame_of(&self, scale: &Enclosure) -> Frame {
        // (Λ n β²)^{1/L}.
        let problem = self.facts.problem;
        let inside = problem.regularization_product() * whole(problem.counts()[0]);
        let factors = u32::try_from(problem.depth() + 1).unwrap_or(u32::MAX);
        let (bits, scale) = (self.facts.precision.bits(), self.called(scale, "scale of the frame"));
        if factors == 2 {
            let root = Number::from(inside).length(bits, self.facts.precision.algebra);
            return Frame { energy: root.times(&scale, self.facts.relations()), scale };
        }
        let squared = &(scale.enclosure() * scale.enclosure()) * &Enclosure::from(inside);
        let energy = self.called(&squared.root(factors, bits), "energy of the frame");
        Frame { energy, scale }
    }

    fn frame(&self) -> Evaluated<&Frame> {
        self.entropy().frame.as_ref().map_err(Clone::clone)
    }

    /// What is known exactly of one layer beside a frame.
    fn one_layer(&self) -> Evaluated<&OneLayer> {
        match self.facts.known() {
            Known::Shallow(known) => Ok(&known.facts),
            _ => self.frame().map(|_| &NOTHING),
        }
    }

    /// What tells pairs of classes that may be swapped apart: the first class of their role, and the count of one.
    fn swapped(&self, j: usize, k: usize) -> Evaluated<(Option<usize>, u64)> {
        let role = self.one_layer()?.role(j, k);
        Ok((role.and_then(|role| role.classes.first().copied()), self.facts.problem.counts()[k]))
    }

    /// `x` of every mode: there are `K − 1`, all alike.
    fn every(&self, x: &Number) -> Number {
        x.times(&Number::from(self.facts.problem.classes() as i64 - 1), self.facts.relations())
    }
}

impl Entropy {
    fn none(reason: &str) -> Self {
        Self { objective: open(reason), simplex_objective: open(reason), frame: open(reason) }
    }
}

impl Point for SimplexFrame<'_> {
    fn uniqueness(&self) -> Evaluated<Uniqueness> {
        if let Known::Shallow(known) = self.facts.known()
            && let (None, Some(zero), Some(_)) = (known.balanced(), known.facts.vanishes, &known.objective)
        {
            return Ok(if zero { Uniqueness::Zero } else { Uniqueness::Unique });
        }
        Ok(if self.frame()?.scale.is_zero() { Uniqueness::Zero } else { Uniqueness::Unique })
    }

    fn simplex_objective(&self) -> Evaluated<Number> {
        self.entropy().simplex_objective.clone()
    }

    fn objective(&self) -> Evaluated<Number> {
        self.entropy().objective.clone()
    }

    fn active(&self) -> Evaluated<usize> {
        Ok(if self.frame()?.scale.is_zero() { 0 } else { self.facts.problem.classes() - 1 })
    }

    fn shrinkage(&self, _: i64) -> Evaluated<Number> {
        open(NO_MODES)
    }

    fn kept(&self, _: i64) -> Evaluated<bool> {
        open(NO_MODES)
    }

    fn energy(&self) -> Evaluated<Number> {
        Ok(self.every(&self.frame()?.energy))
    }

    fn strength(&self, which: Which, i: i64) -> Evaluated<Number> {
        let frame = self.frame()?;
        if !(1..self.facts.problem.classes() as i64).contains(&i) {
            return open(format!("there is no mode {i}"));
        }
        Ok(self.facts.length(&self.facts.strength_sq(which, &frame.energy)?))
    }

    fn norm_sq(&self, which: Which) -> Evaluated<Number> {
        match which {
            Which::Features(m) => norm_of_means(self, self.facts.problem, m),
            _ => Ok(self.every(&self.facts.strength_sq(which, &self.frame()?.energy)?)),
        }
    }

    fn inner(&self, pairing: Pairing, j: usize, k: usize) -> Evaluated<Number> {
        self.facts.step(1)?;
        let (facts, frame) = (&self.facts, self.frame()?);
        if let Some(known) = self.inner.borrow().get(&(pairing, j == k)) {
            return Ok(known.clone());
        }
        let mean = whole(facts.problem.classes() as u64).recip();
        let p = Number::from(if j == k { whole(1) - mean } else { -mean });
        let coefficient = match pairing {
            Pairing::Rows(m) => facts.strength_sq(Which::Product(m), &frame.energy)?,
            Pairing::Columns(m) => {
                let share = Number::from(whole(facts.problem.counts()[0]).recip());
                facts.feature_sq(m, &frame.energy)?.times(&share, facts.relations())
            }
            Pairing::Across => frame.scale.clone(),
        };
        let value = coefficient.times(&p, facts.relations());
        self.inner.borrow_mut().insert((pairing, j == k), value.clone());
        Ok(value)
    }

    fn logit(&self, j: usize, k: usize) -> Evaluated<Number> {
        let z = self.inner(Pairing::Across, j, k)?;
        match self.facts.problem.bias() {
            Bias::None => Ok(z),
            Bias::LastLayer => open("the bias of cross-entropy is free up to a constant"),
        }
    }

    fn collapsed(&self, k: usize) -> Evaluated<bool> {
        match (self.frame(), self.one_layer()?.fates.get(k)) {
            (Ok(frame), _) => Ok(frame.scale.is_zero()),
            (Err(_), Some(ClassFate::Collapsed)) => Ok(true),
            (Err(_), Some(ClassFate::Kept)) => Ok(false),
            (Err(doubt), _) => Err(doubt),
        }
    }

    fn merged(&self, j: usize, k: usize) -> Evaluated<bool> {
        let doubt = match self.frame() {
            Ok(frame) => return Ok(frame.scale.is_zero() || j == k),
            Err(doubt) => doubt,
        };
        let facts = self.one_layer()?;
        match (facts.role(j, k), facts.fates.get(j), facts.fates.get(k)) {
            _ if j == k || facts.vanishes == Some(true) => Ok(true),
            (Some(role), ..) => Ok(role.gap.is_zero()),
            (None, Some(ClassFate::Kept), _) | (None, _, Some(ClassFate::Kept)) => Ok(false),
            _ => Err(doubt),
        }
    }

    fn probability(&self, j: usize, k: usize) -> Evaluated<Number> {
        // P_kk = (1 + (K−1) g)/K and P_jk = (1 − g)/K, with e^β the quotient of the two.
        let (frame, facts, k_all) = (self.frame()?, &self.facts, self.facts.problem.classes());
        let other = usize::from(k == 0);
        if let Some(Ok(gap)) = (k_all > 1).then(|| self.gap(other, k)) {
            let (class, count) = self.swapped(other, k)?;
            let key = (class, count, j == k);
            if let Some(known) = self.probabilities.borrow().get(&key) {
                return Ok(known.clone());
            }
            let share = Number::from(whole(k_all).recip());
            let factor = Number::from(if j == k { k_all as i64 - 1 } else { -1 });
            let r = facts.relations();
            let value = Number::one().plus(&gap.times(&factor, r)).times(&share, r);
            self.probabilities.borrow_mut().insert(key, value.clone());
            return Ok(value);
        }
        let bits = facts.precision.bits();
        let others = Enclosure::from(facts.problem.classes() as u64 - 1);
        let small = (&Enclosure::zero() - frame.scale.enclosure()).exp(bits).ok_or(Doubt::Precision)?;
        let own = (&Enclosure::one() + &(&small * &others)).recip().ok_or(Doubt::Precision)?;
        let value = if j == k { own } else { &own * &small };
        Ok(self.called(&value, if j == k { "own probability" } else { "other probability" }))
    }

    fn gap(&self, j: usize, k: usize) -> Evaluated<Number> {
        let facts = self.one_layer()?;
        let Some(role) = facts.role(j, k).filter(|_| j != k) else {
            return open("these classes may not be swapped");
        };
        if role.gap.is_zero() {
            return Ok(Number::from(0));
        }
        let key = self.swapped(j, k)?;
        if let Some(known) = self.gaps.borrow().get(&key) {
            return Ok(known.clone());
        }
        // t − N √(Λ/n)/(ωδ).
        let (problem, r) = (self.facts.problem, self.facts.relations());
        let inside = problem.regularization_product() / whole(problem.counts()[k]);
        let root = Number::from(inside).sqrt(self.facts.bits(), self.facts.precision.algebra)?;
        let factor = whole(problem.samples()) / &role.stretch;
        let value = Number::from(role.apart.clone()).plus(&root.times(&(-factor).into(), r));
        self.gaps.borrow_mut().insert(key, value.clone());
        Ok(value)
    }
}
