//! The best simplex frame of a balanced deep network: `Z = β(I − 11ᵀ/K)` costs
//!
//! ```text
//! g(β) = ln(1 + (K−1)e^{−β}) + a β^{2/L},   a = (L/2) Λ^{1/L} (K−1) n^{1/L}
//! ```
//!
//! `g' < 0` exactly where `β^{L−2} > Λ n (e^β + K − 1)^L`. The `L`-th root of the quotient rises and then falls, so that
//! holds on one interval `(β_−, β_*)` or nowhere, and the least value is `g(0) = ln K` or `g(β_*)`. Two points, the
//! condition true at the lower and false at the upper, enclose `β_*`, and
//! `min g ≥ min(ln K, ln(1 + (K−1)e^{−upper}) + a lower^{2/L})`.

use crate::case::{Bias, Problem};
use crate::exact::{Enclosure, Integer, Rational, power, root, ten_to, to_places, whole};
use crate::hints::rounded;
use crate::theory::convex::point::Point;
use num_traits::{One, Signed, Zero};
use std::cmp::Ordering;

/// Decimal places of networks and dual points in closed form.
pub const PLACES: u32 = 40;

/// What decides the cost of a frame.
#[derive(Debug, Clone)]
pub struct Law {
    classes: Rational,
    factors: u32,
    /// `Λ n`.
    weight: Rational,
}

/// Two points around the best scale.
#[derive(Debug, Clone)]
pub struct Bracket {
    /// `g` decreases here.
    pub low: Rational,
    /// `g` increases from here on.
    pub high: Rational,
}

impl Law {
    /// The law of a balanced problem.
    pub fn of(problem: &Problem) -> Self {
        let n = whole(problem.counts()[0]);
        Self {
            classes: whole(problem.classes()),
            factors: u32::try_from(problem.depth() + 1).expect("depth is limited"),
            weight: problem.regularization_product() * n,
        }
    }

    /// Whether `g` decreases at `β`.
    fn decreases(&self, β: &Rational, bits: u32) -> Option<bool> {
        let others = Enclosure::from(&self.classes - Rational::one());
        let sum = (&Enclosure::from(β.clone()).exp(bits)? + &others).pow(self.factors);
        let right = &sum * &Enclosure::from(self.weight.clone());
        match Enclosure::from(power(β, self.factors - 2)).compare(&right)? {
            Ordering::Equal => None,
            order => Some(order == Ordering::Greater),
        }
    }

    /// A bracket near a float candidate, narrowed to `places` decimal places.
    pub fn bracket(&self, near: f64, places: i64, bits: u32) -> Option<Bracket> {
        let middle = rounded(near, 16);
        let mut reach = ten_to(-13);
        let mut bracket = loop {
            let (low, high) = (&middle - &reach, &middle + &reach);
            if low.is_positive()
                && self.decreases(&low, bits) == Some(true)
                && self.decreases(&high, bits) == Some(false)
            {
                break Bracket { low, high };
            }
            reach *= whole(10);
            if reach > Rational::one() {
                return None;
            }
        };
        let (unit, two) = (ten_to(-places), whole(2));
        while &bracket.high - &bracket.low > &unit * &two {
            let middle = to_places(&((&bracket.low + &bracket.high) / &two), places.unsigned_abs());
            match self.decreases(&middle, bits) {
                Some(true) => bracket.low = middle,
                Some(false) => bracket.high = middle,
                None => break,
            }
        }
        Some(bracket)
    }

    /// `ln(1 + (K−1)e^{−β})`.
    fn loss(&self, β: &Rational, bits: u32) -> Option<Enclosure> {
        let others = Enclosure::from(&self.classes - Rational::one());
        let small = Enclosure::from(-β.clone()).exp(bits)?;
        (&Enclosure::one() + &(&others * &small)).ln(bits)
    }

    /// `a β^{2/L}`, the `L`-th root of `(L/2)^L Λ n (K−1)^L β²`.
    fn penalty(&self, β: &Rational, bits: u32) -> Enclosure {
        let l = whole(self.factors) / whole(2) * (&self.classes - Rational::one());
        let inside = power(&l, self.factors) * &self.weight * β * β;
        root(&inside, self.factors, bits)
    }

    /// The cost of no frame at all, `ln K`.
    pub fn zero(&self, bits: u32) -> Option<Enclosure> {
        Enclosure::from(self.classes.clone()).ln(bits)
    }

    /// `g(β_*)`, enclosed.
    pub fn cost(&self, bracket: &Bracket, bits: u32) -> Option<Enclosure> {
        let low = &self.loss(&bracket.high, bits)? + &self.penalty(&bracket.low, bits);
        let high = &self.loss(&bracket.high, bits)? + &self.penalty(&bracket.high, bits);
        Some(Enclosure::hull(&low.lower(), &high.upper(), bits))
    }
}

/// Directions of the simplex: entries of the Helmert basis, `K − 1` vectors.
pub fn helmert(k: usize, bits: u32) -> Vec<Vec<Rational>> {
    let vector = |i: usize| {
        let size = Integer::from(i) * Integer::from(i + 1);
        let unit = Enclosure::from(Rational::new(Integer::one(), size)).sqrt(bits).lower();
        (0..k)
            .map(|j| match j.cmp(&i) {
                Ordering::Less => unit.clone(),
                Ordering::Equal => -&unit * whole(i),
                Ordering::Greater => Rational::zero(),
            })
            .collect()
    };
    (1..k).map(vector).collect()
}

/// A simplex network whose factors have squared singular values `shared/λ` (features: a row entry is divided by
/// `√n`).
pub fn point(problem: &Problem, shared: &Enclosure, bits: u32) -> Point {
    let k = problem.classes();
    let (left, rank) = match shared.is_zero() {
        // Zero, with one mode so that the factors have a shape.
        true => (vec![vec![Rational::zero(); k]], 1),
        false => (helmert(k, bits), k - 1),
    };
    let root_n = Enclosure::from(problem.counts()[0]).sqrt(bits);
    let inverse = root_n.recip().map_or(Rational::zero(), |x| x.lower());
    let right = left.iter().map(|v| v.iter().map(|x| x * &inverse).collect()).collect::<Vec<_>>();
    let factor = |λ: &Rational| vec![(shared * &λ.recip().into()).sqrt(bits).lower(); rank];
    let strengths: Vec<_> =
        std::iter::once(problem.features()).chain(problem.weights()).map(factor).collect();
    let bias = match problem.bias() {
        Bias::None => Vec::new(),
        Bias::LastLayer => vec![Rational::zero(); k],
    };
    Point::diagonal(&left, &right, &strengths, bias, PLACES)
}
