//! Closed enclosures: a real number known exactly, or known to lie between two dyadic end points.
//!
//! - `Exact ∘ Exact` stays exact; anything else is rounded outwards to the working precision that the
//!   operands carry.
//! - The true result of an operation on true operands always lies in the result.

use super::dyadic::{Dyadic, Toward};
use super::{Integer, Rational, whole};
use num_integer::Integer as _;
use num_traits::{One, Zero};
use std::cmp::Ordering;
use std::ops::{Add, Mul, Neg, Sub};

/// A real number that is known exactly or enclosed.
#[derive(Debug, Clone)]
pub struct Enclosure(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Exact(Rational),
    Between { lower: Dyadic, upper: Dyadic, bits: u32 },
}

impl From<Rational> for Enclosure {
    fn from(value: Rational) -> Self {
        Self(Kind::Exact(value))
    }
}

impl From<u64> for Enclosure {
    fn from(value: u64) -> Self {
        whole(value).into()
    }
}

impl Enclosure {
    /// Zero, exactly.
    pub fn zero() -> Self {
        Rational::zero().into()
    }

    /// One, exactly.
    pub fn one() -> Self {
        Rational::one().into()
    }

    /// The numbers from `lower` to `upper`, rounded outwards to `bits` bits.
    ///
    /// Callers give `lower ≤ upper`.
    pub fn between(lower: &Dyadic, upper: &Dyadic, bits: u32) -> Self {
        debug_assert!(lower.compare(upper) != Ordering::Greater);
        Self(Kind::Between {
            lower: lower.clone().rounded(bits, Toward::Down),
            upper: upper.clone().rounded(bits, Toward::Up),
            bits,
        })
    }

    fn outward(lower: Dyadic, upper: Dyadic, bits: u32) -> Self {
        debug_assert!(lower.compare(&upper) != Ordering::Greater);
        Self(Kind::Between {
            lower: lower.rounded(bits, Toward::Down),
            upper: upper.rounded(bits, Toward::Up),
            bits,
        })
    }

    /// The numbers from `lower` to `upper`, rounded outwards to `bits` bits; exact when they are equal.
    pub fn hull(lower: &Rational, upper: &Rational, bits: u32) -> Self {
        if lower == upper {
            return lower.clone().into();
        }
        Self::between(
            &Dyadic::from_rational(lower, bits, Toward::Down),
            &Dyadic::from_rational(upper, bits, Toward::Up),
            bits,
        )
    }

    /// The value, if it is known exactly.
    pub fn exact(&self) -> Option<&Rational> {
        match &self.0 {
            Kind::Exact(value) => Some(value),
            Kind::Between { .. } => None,
        }
    }

    /// Whether the value is exactly zero.
    pub fn is_zero(&self) -> bool {
        self.exact().is_some_and(Zero::is_zero)
    }

    /// The lower end.
    pub fn lower(&self) -> Rational {
        match &self.0 {
            Kind::Exact(value) => value.clone(),
            Kind::Between { lower, .. } => lower.to_rational(),
        }
    }

    /// The upper end.
    pub fn upper(&self) -> Rational {
        match &self.0 {
            Kind::Exact(value) => value.clone(),
            Kind::Between { upper, .. } => upper.to_rational(),
        }
    }

    /// The middle of the two ends.
    pub fn middle(&self) -> Rational {
        match &self.0 {
            Kind::Exact(value) => value.clone(),
            Kind::Between { lower, upper, .. } => {
                let sum = lower.plus(upper);
                sum.times(&Dyadic::new(Integer::one(), -1)).to_rational()
            }
        }
    }

    /// Upper end minus lower end.
    pub fn width(&self) -> Rational {
        match &self.0 {
            Kind::Exact(_) => Rational::zero(),
            Kind::Between { lower, upper, .. } => upper.plus(&lower.negated()).to_rational(),
        }
    }

    /// The lower end rounded down and the upper end rounded up, each times an integer of at least 0.
    pub fn whole_ends(&self, factor: &Integer) -> (Integer, Integer) {
        match &self.0 {
            Kind::Exact(value) => {
                let scaled = value.numer() * factor;
                (scaled.div_floor(value.denom()), scaled.div_ceil(value.denom()))
            }
            Kind::Between { lower, upper, .. } => {
                (lower.whole_times(factor, Toward::Down), upper.whole_times(factor, Toward::Up))
            }
        }
    }

    /// Both ends over one positive denominator, which comes last; not in lowest terms.
    pub fn over_one(&self) -> (Integer, Integer, Integer) {
        match &self.0 {
            Kind::Exact(value) => (value.numer().clone(), value.numer().clone(), value.denom().clone()),
            Kind::Between { lower, upper, .. } => {
                let places = lower.places().max(upper.places()).max(0);
                let end = |x: &Dyadic| x.fixed(places, Toward::Down);
                (end(lower), end(upper), Integer::one() << places.unsigned_abs())
            }
        }
    }

    /// Both ends of two values over one positive denominator, which comes last; not in lowest terms.
    pub fn ends_with(&self, other: &Self) -> ([Integer; 2], [Integer; 2], Integer) {
        let ((a, b, p), (c, d, q)) = (self.over_one(), other.over_one());
        if p == q {
            return ([a, b], [c, d], p);
        }
        ([a * &q, b * &q], [c * &p, d * &p], p * q)
    }

    /// The larger of the ends' positions of the leading bit; `None` for an exact value.
    pub fn magnitude(&self) -> Option<i64> {
        match &self.0 {
            Kind::Exact(_) => None,
            Kind::Between { lower, upper, .. } => {
                let sizes = [lower, upper].into_iter().filter(|x| !x.is_zero()).map(Dyadic::magnitude);
                Some(sizes.max().unwrap_or(0))
            }
        }
    }

    /// Both ends as dyadics with at most `bits` bits, moved outwards.
    pub fn ends(&self, bits: u32) -> (Dyadic, Dyadic) {
        match &self.0 {
            Kind::Exact(value) => (
                Dyadic::from_rational(value, bits, Toward::Down),
                Dyadic::from_rational(value, bits, Toward::Up),
            ),
            Kind::Between { lower, upper, .. } => {
                (lower.clone().rounded(bits, Toward::Down), upper.clone().rounded(bits, Toward::Up))
            }
        }
    }

    /// The same value enclosed with at most `bits` bits, so that later operations stay small.
    pub fn rounded(&self, bits: u32) -> Self {
        if self.is_zero() {
            return self.clone();
        }
        let (lower, upper) = self.ends(bits);
        Self::between(&lower, &upper, bits)
    }

    /// The sign, if the enclosure settles it.
    pub fn sign(&self) -> Option<Ordering> {
        match &self.0 {
            Kind::Exact(value) => Some(value.cmp(&Rational::zero())),
            Kind::Between { lower, upper, .. } => {
                if !lower.is_negative() && !lower.is_zero() {
                    Some(Ordering::Greater)
                } else if upper.is_negative() {
                    Some(Ordering::Less)
                } else {
                    None
                }
            }
        }
    }

    /// How the value compares with another, if the enclosures settle it.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (&self.0, &other.0) {
            (Kind::Exact(a), Kind::Exact(b)) => Some(a.cmp(b)),
            _ => {
                let bits = self.bits().max(other.bits());
                let ((a_low, a_high), (b_low, b_high)) = (self.ends(bits), other.ends(bits));
                if a_low.compare(&b_high) == Ordering::Greater {
                    Some(Ordering::Greater)
                } else if a_high.compare(&b_low) == Ordering::Less {
                    Some(Ordering::Less)
                } else {
                    None
                }
            }
        }
    }

    /// Whether a rational lies in the closed enclosure.
    pub fn contains(&self, value: &Rational) -> bool {
        self.lower() <= *value && *value <= self.upper()
    }

    /// The reciprocal, or `None` if zero is not excluded.
    pub fn recip(&self) -> Option<Self> {
        match &self.0 {
            Kind::Exact(value) => (!value.is_zero()).then(|| value.recip().into()),
            Kind::Between { lower, upper, bits } => {
                self.sign()?;
                let one = Dyadic::new(Integer::one(), 0);
                Some(Self::outward(
                    one.divided(upper, *bits, Toward::Down),
                    one.divided(lower, *bits, Toward::Up),
                    *bits,
                ))
            }
        }
    }

    /// The value divided by an exact non-zero rational.
    pub fn over(&self, divisor: &Rational) -> Self {
        self * &Self::from(divisor.recip())
    }

    /// The value to a small power.
    pub fn pow(&self, exponent: u32) -> Self {
        if let Kind::Exact(value) = &self.0 {
            return super::power(value, exponent).into();
        }
        let (mut result, mut square, mut left) = (Self::one(), self.clone(), exponent);
        while left > 0 {
            if left & 1 == 1 {
                result = &result * &square;
            }
            left >>= 1;
            if left > 0 {
                square = &square * &square;
            }
        }
        result
    }

    /// The value plus or minus `radius`, to `bits` bits.
    pub fn widened(&self, radius: &Dyadic, bits: u32) -> Self {
        let (lower, upper) = self.ends(bits);
        Self::between(&lower.plus(&radius.negated()), &upper.plus(radius), bits)
    }

    fn bits(&self) -> u32 {
        match &self.0 {
            Kind::Exact(_) => 64,
            Kind::Between { bits, .. } => *bits,
        }
    }
}

impl Add for &Enclosure {
    type Output = Enclosure;
    fn add(self, other: Self) -> Enclosure {
        if self.is_zero() {
            return other.clone();
        }
        if other.is_zero() {
            return self.clone();
        }
        match (&self.0, &other.0) {
            (Kind::Exact(a), Kind::Exact(b)) => (a + b).into(),
            (
                Kind::Between { lower: a, upper: b, bits: p },
                Kind::Between { lower: c, upper: d, bits: q },
            ) => Enclosure::outward(a.plus(c), b.plus(d), *p.max(q)),
            _ => {
                let bits = self.bits().max(other.bits());
                let ((a, b), (c, d)) = (self.ends(bits), other.ends(bits));
                Enclosure::outward(a.plus(&c), b.plus(&d), bits)
            }
        }
    }
}

impl Neg for &Enclosure {
    type Output = Enclosure;
    fn neg(self) -> Enclosure {
        match &self.0 {
            Kind::Exact(value) => (-value).into(),
            Kind::Between { lower, upper, bits } => {
                Enclosure(Kind::Between { lower: upper.negated(), upper: lower.negated(), bits: *bits })
            }
        }
    }
}

impl Sub for &Enclosure {
    type Output = Enclosure;
    fn sub(self, other: Self) -> Enclosure {
        self + &-other
    }
}

impl Mul for &Enclosure {
    type Output = Enclosure;
    fn mul(self, other: Self) -> Enclosure {
        match (&self.0, &other.0) {
            (Kind::Exact(a), Kind::Exact(b)) => (a * b).into(),
            _ if self.is_zero() || other.is_zero() => Enclosure::zero(),
            (
                Kind::Between { lower: a, upper: b, bits: p },
                Kind::Between { lower: c, upper: d, bits: q },
            ) if !a.is_negative() && !c.is_negative() => {
                Enclosure::outward(a.times(c), b.times(d), *p.max(q))
            }
            _ => {
                let bits = self.bits().max(other.bits());
                let ((a, b), (c, d)) = (self.ends(bits), other.ends(bits));
                // Where both signs are known, so are the two corners.
                let known = match (!a.is_negative(), !b.is_positive(), !c.is_negative(), !d.is_positive()) {
                    (true, _, true, _) => Some((&a, &c, &b, &d)),
                    (true, _, _, true) => Some((&b, &c, &a, &d)),
                    (_, true, true, _) => Some((&a, &d, &b, &c)),
                    (_, true, _, true) => Some((&b, &d, &a, &c)),
                    _ => None,
                };
                if let Some((p, q, r, s)) = known {
                    return Enclosure::outward(p.times(q), r.times(s), bits);
                }
                let corners = [a.times(&c), a.times(&d), b.times(&c), b.times(&d)];
                let least = corners.iter().min_by(|x, y| x.compare(y)).expect("four corners");
                let most = corners.iter().max_by(|x, y| x.compare(y)).expect("four corners");
                Enclosure::between(least, most, bits)
            }
        }
    }
}

impl<'a> std::iter::Sum<&'a Enclosure> for Enclosure {
    fn sum<I: Iterator<Item = &'a Enclosure>>(values: I) -> Self {
        values.fold(Self::zero(), |total, value| &total + value)
    }
}

impl std::iter::Sum for Enclosure {
    fn sum<I: Iterator<Item = Enclosure>>(values: I) -> Self {
        values.fold(Self::zero(), |total, value| &total + &value)
    }
}
