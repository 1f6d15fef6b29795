//! Dyadic numbers `m·2^e` with directed rounding of the mantissa.

use super::{Integer, Rational};
use num_bigint::Sign;
use num_integer::Integer as _;
use num_traits::{One, Signed, Zero};
use std::cmp::Ordering;

/// The number `mantissa · 2^exponent`.
#[derive(Debug, Clone)]
pub struct Dyadic {
    mantissa: Integer,
    exponent: i64,
}

/// Which way a result that does not fit is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toward {
    /// Towards −∞.
    Down,
    /// Towards +∞.
    Up,
}

/// `m·2^shift`, rounded when `shift` is negative.
pub(super) fn shifted(m: &Integer, shift: i64, toward: Toward) -> Integer {
    if shift >= 0 {
        return m << shift.unsigned_abs();
    }
    match toward {
        Toward::Down => m >> shift.unsigned_abs(),
        Toward::Up => {
            let shift = shift.unsigned_abs();
            (m >> shift) + u8::from(m.trailing_zeros().is_some_and(|zeros| zeros < shift))
        }
    }
}

/// `a / b` rounded to an integer.
fn quotient(a: &Integer, b: &Integer, toward: Toward) -> Integer {
    match toward {
        Toward::Down => a.div_floor(b),
        Toward::Up => a.div_ceil(b),
    }
}

impl Dyadic {
    /// The number `mantissa · 2^exponent`, as it is.
    pub fn new(mantissa: Integer, exponent: i64) -> Self {
        Self { mantissa, exponent }
    }

    /// The nearest number with a mantissa of at most `bits` bits on the side asked for.
    pub fn from_rational(value: &Rational, bits: u32, toward: Toward) -> Self {
        let (p, q) = (value.numer(), value.denom());
        if q.is_one() {
            return Self::new(p.clone(), 0).rounded(bits, toward);
        }
        let scale = i64::from(bits) + q.bits() as i64 - p.bits() as i64;
        let (p, q) = if scale >= 0 {
            (p << scale.unsigned_abs(), q.clone())
        } else {
            (p.clone(), q << scale.unsigned_abs())
        };
        Self::new(quotient(&p, &q, toward), -scale).rounded(bits, toward)
    }

    /// The same value as a rational.
    pub fn to_rational(&self) -> Rational {
        if self.exponent >= 0 {
            return Rational::from(&self.mantissa << self.exponent.unsigned_abs());
        }
        // In lowest terms without a greatest common divisor: the denominator is a power of two.
        let Some(even) = self.mantissa.trailing_zeros() else { return Rational::zero() };
        let places = self.exponent.unsigned_abs();
        let shared = even.min(places);
        Rational::new_raw(&self.mantissa >> shared, Integer::one() << (places - shared))
    }

    /// At most `bits` bits of mantissa, moved `toward` if need be.
    pub fn rounded(self, bits: u32, toward: Toward) -> Self {
        let excess = self.mantissa.bits() as i64 - i64::from(bits);
        if excess <= 0 {
            return self;
        }
        Self { mantissa: shifted(&self.mantissa, -excess, toward), exponent: self.exponent + excess }
    }

    /// The product with an integer, rounded to an integer.
    pub fn whole_times(&self, factor: &Integer, toward: Toward) -> Integer {
        shifted(&(&self.mantissa * factor), self.exponent, toward)
    }

    /// The mantissa on the scale `2^-places`, rounded.
    pub fn fixed(&self, places: i64, toward: Toward) -> Integer {
        shifted(&self.mantissa, self.exponent + places, toward)
    }

    /// The sum, exact.
    pub fn plus(&self, other: &Self) -> Self {
        if self.exponent >= other.exponent {
            let shift = (self.exponent - other.exponent).unsigned_abs();
            Self::new((&self.mantissa << shift) + &other.mantissa, other.exponent)
        } else {
            other.plus(self)
        }
    }

    /// The product, exact.
    pub fn times(&self, other: &Self) -> Self {
        Self::new(&self.mantissa * &other.mantissa, self.exponent + other.exponent)
    }

    /// The quotient by a non-zero number, with about `bits` bits.
    pub fn divided(&self, other: &Self, bits: u32, toward: Toward) -> Self {
        let scale = (i64::from(bits) + other.mantissa.bits() as i64 - self.mantissa.bits() as i64).max(0);
        let numerator = &self.mantissa << scale.unsigned_abs();
        Self::new(quotient(&numerator, &other.mantissa, toward), self.exponent - other.exponent - scale)
            .rounded(bits, toward)
    }

    /// The square root of a non-negative number, with about `bits` bits.
    pub fn root(&self, bits: u32, toward: Toward) -> Self {
        let mut scale = (2 * i64::from(bits) + 2 - self.mantissa.bits() as i64).max(0);
        if (self.exponent - scale).is_odd() {
            scale += 1;
        }
        let radicand = &self.mantissa << scale.unsigned_abs();
        let mut root = radicand.sqrt();
        if toward == Toward::Up && &root * &root != radicand {
            root += 1;
        }
        Self::new(root, (self.exponent - scale) / 2).rounded(bits, toward)
    }

    /// The number with the other sign.
    pub fn negated(&self) -> Self {
        Self::new(-&self.mantissa, self.exponent)
    }

    /// Binary places behind the point; negative if the last bits before it are zero too.
    pub fn places(&self) -> i64 {
        -self.exponent
    }

    /// Whether the number is zero.
    pub fn is_zero(&self) -> bool {
        self.mantissa.is_zero()
    }

    /// Whether the number is above zero.
    pub fn is_positive(&self) -> bool {
        self.mantissa.is_positive()
    }

    /// Whether the number is below zero.
    pub fn is_negative(&self) -> bool {
        self.mantissa.is_negative()
    }

    /// The position of the leading bit: `2^(magnitude−1) ≤ |x| < 2^magnitude`; 0 for zero.
    pub fn magnitude(&self) -> i64 {
        if self.is_zero() { 0 } else { self.mantissa.bits() as i64 + self.exponent }
    }

    /// Order of values.
    pub fn compare(&self, other: &Self) -> Ordering {
        let sign = |m: &Integer| match m.sign() {
            Sign::Minus => -1,
            Sign::NoSign => 0,
            Sign::Plus => 1,
        };
        let (a, b) = (sign(&self.mantissa), sign(&other.mantissa));
        if a != b || a == 0 {
            return a.cmp(&b);
        }
        if self.magnitude() != other.magnitude() {
            let by_size = self.magnitude().cmp(&other.magnitude());
            return if a > 0 { by_size } else { by_size.reverse() };
        }
        let low = self.exponent.min(other.exponent);
        let at = |x: &Self| &x.mantissa << (x.exponent - low).unsigned_abs();
        at(self).cmp(&at(other))
    }
}
