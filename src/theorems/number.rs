//! A number of a claim: its enclosure and, where equalities are to be proved, its algebraic form.

use super::form::{Form, Relations};
use super::truth::{Doubt, Evaluated, Truth, open};
use crate::exact::{Enclosure, Integer, Rational, ten_to};
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::borrow::Cow;
use std::cmp::Ordering;

/// Largest absolute exponent of `^`.
const MAX_EXPONENT: i64 = 512;
/// Powers of exact numbers are refused beyond this many bits.
const MAX_BITS: u64 = 200_000;

/// A real number of a claim.
#[derive(Debug, Clone)]
pub struct Number {
    enclosure: Enclosure,
    /// `None` for exact numbers, and where forms are not wanted or not known.
    form: Option<Box<Form>>,
}

impl From<Rational> for Number {
    fn from(value: Rational) -> Self {
        Self { enclosure: value.into(), form: None }
    }
}

impl From<Enclosure> for Number {
    fn from(enclosure: Enclosure) -> Self {
        Self { enclosure, form: None }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Rational::from(Integer::from(value)).into()
    }
}

impl Number {
    /// A number with its form. A form that is visibly rational makes the number exact.
    pub fn with(enclosure: Enclosure, form: Option<Form>) -> Self {
        if enclosure.exact().is_some() {
            return Self { enclosure, form: None };
        }
        match form.as_ref().and_then(Form::as_constant) {
            Some(value) => value.into(),
            None => Self { enclosure, form: form.map(Box::new) },
        }
    }

    /// The enclosure.
    pub fn enclosure(&self) -> &Enclosure {
        &self.enclosure
    }

    /// The value, if it is exact.
    pub fn exact(&self) -> Option<&Rational> {
        self.enclosure.exact()
    }

    /// Whether the number is exactly zero.
    pub fn is_zero(&self) -> bool {
        self.enclosure.is_zero()
    }

    /// The value as a small whole number.
    pub fn whole(&self) -> Option<i64> {
        self.exact().filter(|q| q.is_integer()).and_then(|q| q.to_integer().to_i64())
    }

    /// The form, that of a constant where exact.
    pub fn form(&self) -> Option<Cow<'_, Form>> {
        match (&self.form, self.exact()) {
            (Some(form), _) => Some(Cow::Borrowed(form)),
            (None, Some(value)) => Some(Cow::Owned(Form::constant(value.clone()))),
            (None, None) => None,
        }
    }

    /// Combines two numbers; forms only where one is there to begin with.
    fn combined(
        &self,
        other: &Self,
        enclosure: Enclosure,
        form: impl FnOnce(&Form, &Form) -> Option<Form>,
    ) -> Self {
        let made = match (&self.form, &other.form) {
            (None, None) => None,
            _ => self.form().zip(other.form()).and_then(|(a, b)| form(&a, &b)),
        };
        Self::with(enclosure, made)
    }

    /// The sum.
    pub fn plus(&self, other: &Self) -> Self {
        self.combined(other, &self.enclosure + &other.enclosure, Form::plus)
    }

    /// The difference.
    pub fn minus(&self, other: &Self) -> Self {
        self.combined(other, &self.enclosure - &other.enclosure, Form::minus)
    }

    /// The product.
    pub fn times(&self, other: &Self, relations: Option<&Relations>) -> Self {
        let enclosure = &self.enclosure * &other.enclosure;
        self.combined(other, enclosure, |a, b| a.times(b, relations?))
    }

    /// The reciprocal.
    pub fn recip(&self) -> Evaluated<Self> {
        if self.is_zero() {
            return open("a division by zero");
        }
        let enclosure = self.enclosure.recip().ok_or(Doubt::Precision)?;
        Ok(Self::with(enclosure, self.form.as_ref().and_then(|f| f.recip())))
    }

    /// The quotient.
    pub fn over(&self, other: &Self, relations: Option<&Relations>) -> Evaluated<Self> {
        Ok(self.times(&other.recip()?, relations))
    }

    /// The number with the other sign.
    pub fn negated(&self) -> Self {
        Self::from(0).minus(self)
    }

    /// The square root to `bits` bits; `symbolic` keeps the form of an irrational root of an exact number.
    pub fn sqrt(&self, bits: u32, symbolic: bool) -> Evaluated<Self> {
        match self.enclosure.sign() {
            Some(Ordering::Less) => open("the square root of a negative number"),
            Some(_) => Ok(self.length(bits, symbolic)),
            None => Err(Doubt::Precision),
        }
    }

    /// The square root of a number that is a sum of squares, so that a lower end below zero counts as zero.
    pub fn length(&self, bits: u32, symbolic: bool) -> Self {
        let form = if symbolic { self.form().and_then(|f| f.root()) } else { None };
        Self::with(self.enclosure.sqrt(bits), form)
    }

    /// A whole power.
    pub fn power(&self, exponent: i64, relations: Option<&Relations>) -> Evaluated<Self> {
        if exponent.abs() > MAX_EXPONENT {
            return open(format!("a power beyond ±{MAX_EXPONENT}"));
        }
        let size = |q: &Rational| q.numer().bits() + q.denom().bits();
        if self.exact().is_some_and(|q| size(q) * exponent.unsigned_abs() > MAX_BITS) {
            return open("a power with too many digits");
        }
        let base = if exponent < 0 { self.recip()? } else { self.clone() };
        let (mut result, mut square, mut left) = (Self::from(1), base, exponent.unsigned_abs());
        while left > 0 {
            if left & 1 == 1 {
                result = result.times(&square, relations);
            }
            left >>= 1;
            if left > 0 {
                square = square.times(&square, relations);
            }
        }
        Ok(result)
    }

    /// Whether two numbers are equal.
    pub fn equals(&self, other: &Self, relations: Option<&Relations>) -> Truth {
        match self.enclosure.compare(&other.enclosure) {
            Some(order) => return order.is_eq().into(),
            None if self.same_form(other, relations) => return Truth::Proved,
            None => {}
        }
        Truth::Agrees(shared_digits(&self.enclosure, &other.enclosure))
    }

    /// Whether algebra proves equality: the same form, or the same sign and the same square.
    fn same_form(&self, other: &Self, relations: Option<&Relations>) -> bool {
        let Some(relations) = relations else { return false };
        let Some((a, b)) = self.form().zip(other.form()) else { return false };
        if a.equals(&b, relations) {
            return true;
        }
        let not_negative = |x: &Self| !x.enclosure.lower().is_negative();
        let squares = || Some((a.times(&a, relations)?, b.times(&b, relations)?));
        not_negative(self) && not_negative(other) && squares().is_some_and(|(a, b)| a.equals(&b, relations))
    }

    /// How two numbers compare; algebra proves equality where enclosures overlap.
    pub fn compare(&self, other: &Self, relations: Option<&Relations>) -> Evaluated<Ordering> {
        match self.enclosure.compare(&other.enclosure) {
            Some(order) => Ok(order),
            None if self.same_form(other, relations) => Ok(Ordering::Equal),
            None => Err(Doubt::Precision),
        }
    }

    /// One.
    pub fn one() -> Self {
        Rational::one().into()
    }
}

/// How many digits two values that are not told apart share at least.
fn shared_digits(a: &Enclosure, b: &Enclosure) -> u32 {
    let ([a_low, a_high], [b_low, b_high], unit) = a.ends_with(b);
    let spread = (&a_high - &b_low).abs().max((&b_high - &a_low).abs());
    if spread.is_zero() {
        return u32::MAX;
    }
    let away = |x: &Enclosure| x.sign().is_some_and(|s| s.is_ne());
    let size = match away(a) || away(b) {
        true => a_low.abs().max(a_high.abs()).max(b_low.abs()).max(b_high.abs()),
        false => unit,
    };
    let ratio = Rational::new(size, spread);
    let bits = ratio.numer().bits() as i64 - ratio.denom().bits() as i64;
    let mut digits = (bits * 30_103 / 100_000).max(0);
    while digits > 0 && ten_to(digits) > ratio {
        digits -= 1;
    }
    digits.to_u32().unwrap_or(0)
}
