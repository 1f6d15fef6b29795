//! Roots of rationals: exact where they are rational, enclosed otherwise.

use super::{Dyadic, Enclosure, Integer, Rational, Toward};
use num_traits::{One, Signed};

/// The non-negative rational `k`-th root of a non-negative rational, if there is one.
pub fn exact_root(value: &Rational, k: u32) -> Option<Rational> {
    if value.is_negative() {
        return None;
    }
    let root = |n: &Integer| {
        let r = n.nth_root(k);
        (num_traits::Pow::pow(&r, k) == *n).then_some(r)
    };
    Some(Rational::new_raw(root(value.numer())?, root(value.denom())?))
}

/// The `k`-th root of a positive rational, to about `bits` bits; exact when it is rational.
pub fn root(value: &Rational, k: u32, bits: u32) -> Enclosure {
    if let Some(exact) = exact_root(value, k) {
        return exact.into();
    }
    // The integer root of value·2^{k·places}, and the next one.
    let size = value.numer().bits() as i64 - value.denom().bits() as i64;
    let places = i64::from(bits) - size.div_euclid(i64::from(k));
    let shift = places * i64::from(k);
    let scaled = if shift >= 0 {
        (value.numer() << shift.unsigned_abs()) / value.denom()
    } else {
        value.numer() / (value.denom() << shift.unsigned_abs())
    };
    let low = scaled.nth_root(k);
    let high = &low + Integer::one();
    let (low, high) = (Dyadic::new(low, -places), Dyadic::new(high, -places));
    Enclosure::between(&low.rounded(bits, Toward::Down), &high.rounded(bits, Toward::Up), bits)
}

impl Enclosure {
    /// The square root of a non-negative value, to `bits` bits; exact when the root is rational.
    ///
    /// A lower end that rounding pushed below zero counts as zero.
    pub fn sqrt(&self, bits: u32) -> Self {
        if let Some(root) = self.exact().and_then(|value| exact_root(value, 2)) {
            return root.into();
        }
        // One guard bit on each side keeps the root of a rounded radicand as sharp as asked.
        let (lower, upper) = self.ends(bits + 2);
        let lower = if lower.is_negative() { Dyadic::new(Integer::ZERO, 0) } else { lower };
        Self::between(&lower.root(bits, Toward::Down), &upper.root(bits, Toward::Up), bits)
    }

    /// The `k`-th root of a positive value, to about `bits` bits; exact when it is known to be rational.
    pub fn root(&self, k: u32, bits: u32) -> Self {
        match self.exact() {
            Some(value) => root(value, k, bits),
            None => {
                let end = |end: Rational| root(&end, k, bits);
                Self::hull(&end(self.lower()).lower(), &end(self.upper()).upper(), bits)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{power, read_rational};

    #[test]
    fn a_power_of_the_root_encloses_the_number() {
        for text in ["2", "1/3", "1e-300", "123456789/7", "1e300"] {
            for k in 2..9 {
                let value = read_rational(text).unwrap();
                let found = root(&value, k, 128);
                assert!(power(&found.lower(), k) <= value && value <= power(&found.upper(), k), "{text} {k}");
                assert!(found.width() * power(&Integer::from(2).into(), 120) <= found.upper(), "{text} {k}");
            }
        }
        assert_eq!(
            root(&read_rational("8/27").unwrap(), 3, 64).exact(),
            Some(&read_rational("2/3").unwrap())
        );
        assert!(exact_root(&read_rational("-1").unwrap(), 3).is_none());
    }
}
