//! The optimum of the mean squared error, or one of its critical points. With `e_i = μ_i u_i (1 − u_i)/N` (so that
//! `λ_l a_{l,i}² = e_i`) and `P_i` the projector onto a mode's directions, for the factors of `docs/theory.md` section 2:
//!
//! ```text
//! (W_M⋯W_m)(W_M⋯W_m)ᵀ          = Σ_i e_i^{M−m+1}/(λ_m⋯λ_M) P_i
//! (W_{m−1}⋯W_1 H̄)ᵀ(W_{m−1}⋯H̄)  = Σ_i μ_i e_i^m/(λ_H λ_1⋯λ_{m−1}) D⁻¹ P_i D⁻¹      one-hot targets
//! (W_M⋯W_m)(W_{m−1}⋯W_1 H̄)     = Σ_i μ_i u_i P_i D⁻¹                                one-hot targets
//! ```

use super::{Point, norm_of_means};
use crate::case::{Bias, Targets, Uniqueness};
use crate::exact::{Enclosure, Rational, whole};
use crate::theorems::facts::Facts;
use crate::theorems::form::Atom;
use crate::theorems::number::Number;
use crate::theorems::truth::{Doubt, Evaluated, open};
use crate::theorems::value::{Pairing, Which};
use crate::theory::block::Directions;
use crate::theory::geometry::{self, secular_vector};
use crate::theory::landscape::{Choice, Landscape};
use crate::theory::{ClassFate, ClassRow, Fate, OptimalMode, Optimum, Preference};
use num_traits::Zero;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::rc::Rc;

/// A point whose modes are on roots of their own: one choice a distinct target, or the optimal ones.
#[derive(Debug)]
pub(super) struct Modes<'a> {
    facts: Rc<Facts<'a>>,
    choices: Option<&'a [Choice]>,
    /// The critical point, shaped as an optimum.
    critical: OnceCell<Evaluated<Optimum>>,
    rows: OnceCell<Vec<ClassRow>>,
    group_of: OnceCell<Vec<usize>>,
    secular: RefCell<HashMap<usize, Option<SecularVector>>>,
    coefficients: RefCell<HashMap<(Pairing, usize), Number>>,
    inner: RefCell<HashMap<(Pairing, usize, usize, bool), Number>>,
}

type SecularVector = (Vec<Enclosure>, Enclosure);

impl<'a> Modes<'a> {
    pub(super) fn optimal(facts: Rc<Facts<'a>>) -> Self {
        Self {
            facts,
            choices: None,
            critical: OnceCell::new(),
            rows: OnceCell::new(),
            group_of: OnceCell::new(),
            secular: RefCell::default(),
            coefficients: RefCell::default(),
            inner: RefCell::default(),
        }
    }

    pub(super) fn critical(facts: Rc<Facts<'a>>, choices: &'a [Choice]) -> Self {
        Self { choices: Some(choices), ..Self::optimal(facts) }
    }

    /// The optimum, or the critical point in its shape.
    fn point(&self) -> Evaluated<&Optimum> {
        let optimum = self.facts.settled()?;
        let Some(choices) = self.choices else { return Ok(optimum) };
        let made = self.critical.get_or_init(|| {
            let point = Landscape::of(self.facts.problem, optimum).point(choices);
            point.map_or(open("copies of one target on both of its roots have no single shrinkage"), Ok)
        });
        made.as_ref().map_err(Clone::clone)
    }

    /// The point, where no mode at its threshold leaves invariants open.
    fn untied(&self, what: &str) -> Evaluated<&Optimum> {
        match self.point()? {
            point if point.uniqueness == Uniqueness::Tie => open(format!("a tie leaves {what} open")),
            point => Ok(point),
        }
    }

    /// The block of mode `i` and which of its copies it is, where no tie leaves the mode open.
    fn mode(&self, i: i64, what: &str) -> Evaluated<(usize, &OptimalMode, bool)> {
        let (b, copy) = self.facts.block(i)?;
        let mode = &self.point()?.modes[b];
        if mode.mode.preference == Preference::Tie && mode.fate == Fate::Tie {
            return open(format!("a tie leaves {what} open"));
        }
        Ok((b, mode, copy < mode.kept))
    }

    /// What the root is called that the copies of a block that are not zero are on.
    fn name(&self, b: usize) -> Atom {
        let lower = self.choices.and_then(|all| all.get(b)).is_some_and(|choice| choice.lower > 0);
        if lower { Atom::Lower(b) } else { Atom::Upper(b) }
    }

    /// `u` of a block on its root, and `1 − u`.
    fn root(&self, b: usize, mode: &OptimalMode) -> Evaluated<(Number, Number)> {
        self.facts.root_of(mode, || self.name(b))
    }

    /// `e = μ u (1 − u)/N` of a block on its root.
    fn energy_of(&self, b: usize, mode: &OptimalMode) -> Evaluated<Number> {
        let (u, rest) = self.root(b, mode)?;
        let samples = Number::from(self.facts.optimum()?.law.samples.recip());
        let r = self.facts.relations();
        Ok(self.facts.block_target(b, mode).times(&u, r).times(&rest, r).times(&samples, r))
    }

    /// `Σ_i x(e_i)` over the kept modes.
    fn traced(&self, point: &Optimum, x: impl Fn(&Number) -> Evaluated<Number>) -> Evaluated<Number> {
        let mut total = Number::from(0);
        for (b, mode) in kept(point) {
            let copies = Number::from(mode.kept as i64);
            total = total.plus(&x(&self.energy_of(b, mode)?)?.times(&copies, self.facts.relations()));
        }
        Ok(total)
    }

    fn group_of(&self, point: &Optimum) -> &[usize] {
        self.group_of.get_or_init(|| {
            let mut of = vec![0; self.facts.problem.classes()];
            for (g, group) in point.groups.iter().enumerate() {
                group.classes.iter().for_each(|k| of[*k] = g);
            }
            of
        })
    }

    /// An inner product of classes of groups `g` and `h`; `same` if it is one class.
    fn inner_of_groups(
        &self,
        point: &Optimum,
        pairing: Pairing,
        (g, h, same): (usize, usize, bool),
    ) -> Evaluated<Number> {
        let (facts, r) = (&self.facts, self.facts.relations());
        let mut total = Number::from(0);
        for (b, mode) in kept(point) {
            let Some(p) = self.projector(point, b, mode, (g, h, same))? else { continue };
            facts.step(1)?;
            let coefficient = self.coefficient(pairing, b, mode)?;
            total = total.plus(&coefficient.times(&p, r));
        }
        let count = |g: usize| whole(point.groups[g].count);
        let divisor = match pairing {
            Pairing::Rows(_) => whole(1),
            Pairing::Columns(_) => count(g) * count(h),
            Pairing::Across => count(h),
        };
        Ok(total.times(&divisor.recip().into(), r))
    }

    /// What the projector of a block is multiplied with in a matrix of inner products.
    fn coefficient(&self, pairing: Pairing, b: usize, mode: &OptimalMode) -> Evaluated<Number> {
        if let Some(known) = self.coefficients.borrow().get(&(pairing, b)) {
            return Ok(known.clone());
        }
        let (facts, r) = (&self.facts, self.facts.relations());
        let μ = || facts.block_target(b, mode);
        let made = match pairing {
            Pairing::Rows(m) => facts.strength_sq(Which::Product(m), &self.energy_of(b, mode)?)?,
            Pairing::Columns(m) => facts.feature_sq(m, &self.energy_of(b, mode)?)?.times(&μ(), r),
            Pairing::Across => μ().times(&self.root(b, mode)?.0, r),
        };
        self.coefficients.borrow_mut().insert((pairing, b), made.clone());
        Ok(made)
    }

    /// The projector's entry; `None` where it is zero by structure.
    fn projector(
        &self,
        point: &Optimum,
        b: usize,
        mode: &OptimalMode,
        (g, h, same): (usize, usize, bool),
    ) -> Evaluated<Option<Number>> {
        Ok(match &mode.mode.block.directions {
            Directions::Classes(own) => (same && *own == g).then(Number::one),
            Directions::Differences(own) if *own == g && g == h => {
                let mean = whole(point.groups[g].classes.len() as u64).recip();
                Some(if same { (whole(1) - mean).into() } else { (-mean).into() })
            }
            Directions::Differences(_) => None,
            Directions::Secular(_) => {
                let mut known = self.secular.borrow_mut();
                let vector = match known.entry(b) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(place) => {
                        self.facts.step(point.groups.len() as u64)?;
                        place.insert(secular_vector(point, &mode.mode.block.target_sq))
                    }
                };
                let Some((vector, inverse)) = vector else { return Err(Doubt::Precision) };
                Some((&(&vector[g] * &vector[h]) * inverse).into())
            }
            Directions::Dense(block) => Some(block.entry(g, h).into()),
        })
    }

    fn fate(&self, k: usize) -> Evaluated<&ClassFate> {
        let point = self.point()?;
        let rows = self.rows.get_or_init(|| geometry::class_rows(self.facts.problem, point));
        match rows.iter().find(|row| row.classes.contains(&k)).map(|row| &row.fate) {
            Some(ClassFate::Undecided) | None => open("a tie leaves the class open"),
            Some(fate) => Ok(fate),
        }
    }
}

fn kept(point: &Optimum) -> impl Iterator<Item = (usize, &OptimalMode)> {
    point.modes.iter().enumerate().filter(|(_, m)| m.kept > 0)
}

impl Point for Modes<'_> {
    fn uniqueness(&self) -> Evaluated<Uniqueness> {
        Ok(self.facts.optimum()?.uniqueness)
    }

    fn objective(&self) -> Evaluated<Number> {
        // An undecided optimum has bounds at least.
        let point = if self.choices.is_some() { self.point()? } else { self.facts.optimum()? };
        let kept: Vec<usize> = point.modes.iter().map(|m| m.kept).collect();
        Ok(self.facts.value(point, &kept, point.objective.clone(), |b| self.name(b)))
    }

    fn active(&self) -> Evaluated<usize> {
        Ok(self.untied("the number of kept modes")?.rank())
    }

    fn shrinkage(&self, i: i64) -> Evaluated<Number> {
        let (b, mode, kept) = self.mode(i, &format!("u[{i}]"))?;
        Ok(if kept { self.root(b, mode)?.0 } else { Rational::zero().into() })
    }

    fn kept(&self, i: i64) -> Evaluated<bool> {
        Ok(self.mode(i, &format!("mode {i}"))?.2)
    }

    fn energy(&self) -> Evaluated<Number> {
        self.traced(self.untied("the energy")?, |e| Ok(e.clone()))
    }

    fn strength(&self, which: Which, i: i64) -> Evaluated<Number> {
        let (b, mode, kept) = self.mode(i, &format!("mode {i}"))?;
        if !kept {
            return Ok(Number::from(0));
        }
        Ok(self.facts.length(&self.facts.strength_sq(which, &self.energy_of(b, mode)?)?))
    }

    fn norm_sq(&self, which: Which) -> Evaluated<Number> {
        match which {
            Which::Features(m) => norm_of_means(self, self.facts.problem, m),
            _ => self.traced(self.untied("the norms")?, |e| self.facts.strength_sq(which, e)),
        }
    }

    fn inner(&self, pairing: Pairing, j: usize, k: usize) -> Evaluated<Number> {
        self.facts.step(1)?;
        let point = self.point()?;
        if !point.is_determined() {
            return open("a tie leaves the geometry open");
        }
        let given = *self.facts.problem.targets() != Targets::OneHot;
        // Rows of targets other than one-hot belong to outputs, of which there are no groups.
        let entry = match (given, pairing) {
            (false, _) => (self.group_of(point)[j], self.group_of(point)[k], j == k),
            (true, Pairing::Rows(_)) => (j, k, j == k),
            _ => return open("features and logits of targets other than one-hot are not read by claims"),
        };
        let key = (pairing, entry.0, entry.1, entry.2);
        if let Some(known) = self.inner.borrow().get(&key) {
            return Ok(known.clone());
        }
        let value = self.inner_of_groups(point, pairing, entry)?;
        self.inner.borrow_mut().insert(key, value.clone());
        Ok(value)
    }

    fn logit(&self, j: usize, k: usize) -> Evaluated<Number> {
        let z = self.inner(Pairing::Across, j, k)?;
        let problem = self.facts.problem;
        Ok(match problem.bias() {
            Bias::None => z,
            Bias::LastLayer => z.plus(&(whole(problem.counts()[j]) / whole(problem.samples())).into()),
        })
    }

    /// One-hot: `Σ u` and `Σ u²`, and one more for the bias; with a bias where counts are equal.
    fn invariants(&self) -> Evaluated<(Number, Number)> {
        let (problem, r) = (self.facts.problem, self.facts.relations());
        let (biased, counts) = (problem.bias() == Bias::LastLayer, problem.counts());
        if *problem.targets() != Targets::OneHot || biased && counts.iter().any(|n| *n != counts[0]) {
            return open("a tie leaves the geometry open");
        }
        let (mut trace, mut square) = (Number::from(i64::from(biased)), Number::from(i64::from(biased)));
        for (b, mode) in kept(self.untied("the logits")?) {
            let (u, copies) = (self.root(b, mode)?.0, Number::from(mode.kept as i64));
            trace = trace.plus(&u.times(&copies, r));
            square = square.plus(&u.times(&u, r).times(&copies, r));
        }
        Ok((trace, square))
    }

    fn collapsed(&self, k: usize) -> Evaluated<bool> {
        Ok(*self.fate(k)? == ClassFate::Collapsed)
    }

    fn merged(&self, j: usize, k: usize) -> Evaluated<bool> {
        Ok(match (self.fate(j)?, self.fate(k)?) {
            _ if j == k => true,
            (ClassFate::Collapsed, ClassFate::Collapsed) => true,
            (ClassFate::Merged(all), _) => all.contains(&k),
            _ => false,
        })
    }
}
