//! Algebraic forms: what a number is made of, so that equalities of irrational numbers can be proved.
//!
//! - A [`Form`] is a quotient of polynomials with rational coefficients in *atoms*: the shrinkage `u` of a mode
//!   (upper or lower root), an irrational target `μ`, and square roots of forms.
//! - `a/b = c/d` is proved when `ad − bc` reduces to zero by `(1 − u)^{M+1} u^{M−1} μ^M = Λ N^L` and `√x² = x`.
//!   The converse does not hold: a remainder that is not zero proves nothing.
//! - Work is bounded: a form that grows too large is dropped, and the equality stays open.

use crate::exact::{Rational, power};
use crate::theory::Law;
use num_traits::{One, Zero};
use std::collections::BTreeMap;

/// Polynomials with more terms are dropped.
const MAX_TERMS: usize = 400;
/// The defining equation is used up to this depth.
const MAX_DEPTH: u32 = 12;

/// A number that polynomials treat as a variable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Atom {
    /// The upper root `u⁺` of a block of modes.
    Upper(usize),
    /// The lower root `u⁻`.
    Lower(usize),
    /// The irrational target `μ` of a block.
    Target(usize),
    /// The strength of a direction of which nothing more is known.
    Strength(usize),
    /// A number of which nothing is known but its name.
    Named(&'static str),
    /// The non-negative square root of a form.
    Root(Box<Form>),
}

type Monomial = BTreeMap<Atom, u32>;

/// A polynomial in atoms: no coefficient is zero.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Polynomial(BTreeMap<Monomial, Rational>);

/// A quotient of two polynomials; the lower one is not zero.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Form {
    top: Polynomial,
    bottom: Polynomial,
}

/// The equations that atoms satisfy.
#[derive(Debug, Clone)]
pub struct Relations {
    depth: u32,
    numerator: Rational,
    /// `μ` of every block, where rational.
    targets: Vec<Option<Rational>>,
    /// Rewriting steps of one reduction at most.
    rewrites: usize,
}

impl Polynomial {
    fn constant(value: Rational) -> Self {
        let mut terms = BTreeMap::new();
        if !value.is_zero() {
            terms.insert(Monomial::new(), value);
        }
        Self(terms)
    }

    fn as_constant(&self) -> Option<Rational> {
        match self.0.len() {
            0 => Some(Rational::zero()),
            1 => self.0.get(&Monomial::new()).cloned(),
            _ => None,
        }
    }

    fn add_term(&mut self, monomial: Monomial, coefficient: Rational) {
        use std::collections::btree_map::Entry;
        match self.0.entry(monomial) {
            Entry::Vacant(place) => {
                if !coefficient.is_zero() {
                    place.insert(coefficient);
                }
            }
            Entry::Occupied(mut place) => {
                *place.get_mut() += coefficient;
                if place.get().is_zero() {
                    place.remove();
                }
            }
        }
    }

    fn plus(&self, other: &Self, factor: &Rational) -> Option<Self> {
        let mut sum = self.clone();
        other.0.iter().for_each(|(m, c)| sum.add_term(m.clone(), c * factor));
        sum.bounded()
    }

    fn times(&self, other: &Self) -> Option<Self> {
        if self.0.len() * other.0.len() > 4 * MAX_TERMS {
            return None;
        }
        let mut product = Self::default();
        for (m, c) in &self.0 {
            for (n, d) in &other.0 {
                let mut monomial = m.clone();
                n.iter().for_each(|(atom, e)| *monomial.entry(atom.clone()).or_insert(0) += e);
                product.add_term(monomial, c * d);
            }
        }
        product.bounded()
    }

    fn bounded(self) -> Option<Self> {
        (self.0.len() <= MAX_TERMS).then_some(self)
    }

    /// The factor `q` with `self = q · other`, if there is one.
    fn ratio(&self, other: &Self) -> Option<Rational> {
        if self.0.len() != other.0.len() {
            return None;
        }
        let mut pairs = self.0.iter().zip(&other.0);
        let ((m, c), (n, d)) = pairs.next()?;
        let q = c / d;
        let same = m == n && pairs.all(|((m, c), (n, d))| m == n && *c == d * &q);
        same.then_some(q)
    }
}

impl Form {
    /// A rational number.
    pub fn constant(value: Rational) -> Self {
        Self { top: Polynomial::constant(value), bottom: Polynomial::constant(Rational::one()) }
    }

    /// An atom.
    pub fn atom(atom: Atom) -> Self {
        let top = Polynomial(BTreeMap::from([(Monomial::from([(atom, 1)]), Rational::one())]));
        Self { top, bottom: Polynomial::constant(Rational::one()) }
    }

    /// The value, if the form is visibly rational.
    pub fn as_constant(&self) -> Option<Rational> {
        if self.top.0.is_empty() { Some(Rational::zero()) } else { self.top.ratio(&self.bottom) }
    }

    /// The sum.
    pub fn plus(&self, other: &Self) -> Option<Self> {
        self.combined(other, &Rational::one())
    }

    /// The difference.
    pub fn minus(&self, other: &Self) -> Option<Self> {
        self.combined(other, &-Rational::one())
    }

    fn combined(&self, other: &Self, factor: &Rational) -> Option<Self> {
        if self.bottom == other.bottom {
            return Some(Self { top: self.top.plus(&other.top, factor)?, bottom: self.bottom.clone() });
        }
        let top = self.top.times(&other.bottom)?.plus(&other.top.times(&self.bottom)?, factor)?;
        Some(Self { top, bottom: self.bottom.times(&other.bottom)? })
    }

    /// The product.
    pub fn times(&self, other: &Self, relations: &Relations) -> Option<Self> {
        Some(Self {
            top: relations.squared_roots(self.top.times(&other.top)?)?,
            bottom: relations.squared_roots(self.bottom.times(&other.bottom)?)?,
        })
    }

    /// The reciprocal; the caller knows that the number is not zero.
    pub fn recip(&self) -> Option<Self> {
        if self.top.0.is_empty() {
            return None;
        }
        Some(match self.top.as_constant() {
            Some(c) => Self {
                top: self.bottom.times(&Polynomial::constant(c.recip()))?,
                bottom: Polynomial::constant(Rational::one()),
            },
            None => Self { top: self.bottom.clone(), bottom: self.top.clone() },
        })
    }

    /// The non-negative square root of a non-negative number.
    pub fn root(&self) -> Option<Self> {
        if self.top.0.len() > MAX_TERMS / 8 || self.is_nested() {
            return None;
        }
        Some(Self::atom(Atom::Root(Box::new(self.clone()))))
    }

    fn is_nested(&self) -> bool {
        let has = |p: &Polynomial| p.0.keys().any(|m| m.keys().any(|a| matches!(a, Atom::Root(_))));
        has(&self.top) || has(&self.bottom)
    }

    /// Whether two forms are provably equal.
    pub fn equals(&self, other: &Self, relations: &Relations) -> bool {
        let difference = || {
            let left = self.top.times(&other.bottom)?;
            let right = other.top.times(&self.bottom)?;
            relations.reduced(left.plus(&right, &-Rational::one())?)
        };
        difference().is_some_and(|p| p.0.is_empty())
    }
}

impl Relations {
    /// The relations of numbers without modes, used at most `rewrites` times in one reduction.
    pub fn without_modes(rewrites: usize) -> Self {
        Self { depth: 1, numerator: Rational::zero(), targets: Vec::new(), rewrites }
    }

    /// The same with a problem's modes; `targets` holds the rational ones.
    pub fn with_modes(self, law: &Law, targets: Vec<Option<Rational>>) -> Self {
        Self { depth: law.depth, numerator: law.numerator.clone(), targets, ..self }
    }

    /// Replaces squares of square roots by what is under the root (where that is a polynomial).
    fn squared_roots(&self, mut polynomial: Polynomial) -> Option<Polynomial> {
        for _ in 0..self.rewrites {
            let found = polynomial.0.keys().find_map(|m| {
                let (atom, form) = m.iter().find_map(|(atom, e)| match atom {
                    Atom::Root(form) if *e >= 2 && form.bottom.as_constant().is_some() => Some((atom, form)),
                    _ => None,
                })?;
                Some((m.clone(), atom.clone(), form.clone()))
            });
            let Some((monomial, atom, form)) = found else { return Some(polynomial) };
            let scale = form.bottom.as_constant()?.recip();
            let under = form.top.times(&Polynomial::constant(scale))?;
            polynomial = replaced(polynomial, monomial, &[(atom, 2)], &under)?;
        }
        None
    }

    /// The polynomial reduced by all relations.
    fn reduced(&self, polynomial: Polynomial) -> Option<Polynomial> {
        let mut polynomial = self.squared_roots(polynomial)?;
        if self.depth > MAX_DEPTH {
            return Some(polynomial);
        }
        for _ in 0..self.rewrites {
            let found = polynomial.0.keys().rev().find_map(|m| {
                m.iter().find_map(|(atom, e)| {
                    let (Atom::Upper(block) | Atom::Lower(block)) = atom else { return None };
                    if *e < 2 * self.depth {
                        return None;
                    }
                    let rational = self.targets.get(*block)?.is_some();
                    let powers = m.get(&Atom::Target(*block)).copied().unwrap_or(0);
                    (rational || powers >= self.depth).then(|| (m.clone(), atom.clone(), *block))
                })
            });
            let Some((monomial, atom, block)) = found else { return Some(polynomial) };
            let mut leading = vec![(atom.clone(), 2 * self.depth)];
            if self.targets[block].is_none() {
                leading.push((Atom::Target(block), self.depth));
            }
            polynomial = replaced(polynomial, monomial, &leading, &self.rest(&atom, block))?;
        }
        None
    }

    /// What `u^{2M}` (with `μ^M` where that is irrational) equals: the equation solved for its leading term.
    fn rest(&self, atom: &Atom, block: usize) -> Polynomial {
        let m = self.depth;
        // (1 − u)^{M+1} u^{M−1} = Σ_j C(M+1, j) (−1)^j u^{j+M−1}; the leading term has j = M + 1.
        let sign = |j: u32| if j.is_multiple_of(2) { Rational::one() } else { -Rational::one() };
        let lead = sign(m + 1);
        let mut rest = Polynomial::default();
        let (value, symbol) = match &self.targets[block] {
            Some(μ) => (&self.numerator / power(μ, m), None),
            None => (self.numerator.clone(), Some((Atom::Target(block), m))),
        };
        rest.add_term(Monomial::new(), &value * &lead);
        let mut binomial = Rational::one();
        for j in 0..=m {
            let mut monomial = Monomial::new();
            if j + m > 1 {
                monomial.insert(atom.clone(), j + m - 1);
            }
            if let Some((target, e)) = &symbol {
                monomial.insert(target.clone(), *e);
            }
            rest.add_term(monomial, -(&lead * sign(j) * &binomial));
            binomial = binomial * Rational::from_integer((m + 1 - j).into())
                / Rational::from_integer((j + 1).into());
        }
        rest
    }
}

/// One monomial with the powers `leading` taken out and replaced.
fn replaced(
    mut polynomial: Polynomial,
    monomial: Monomial,
    leading: &[(Atom, u32)],
    by: &Polynomial,
) -> Option<Polynomial> {
    let coefficient = polynomial.0.remove(&monomial)?;
    let mut rest = monomial;
    for (atom, e) in leading {
        let left = rest.get(atom)?.checked_sub(*e)?;
        if left == 0 {
            rest.remove(atom)
        } else {
            rest.insert(atom.clone(), left)
        };
    }
    let single = Polynomial(BTreeMap::from([(rest, coefficient)]));
    polynomial.plus(&single.times(by)?, &Rational::one())
}
