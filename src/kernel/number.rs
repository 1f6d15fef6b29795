//! Numbers: fractions of integers, exactly as written.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use std::cmp::Ordering;

/// Characters of a number in a certificate at most, and its decimal exponent at most, in size.
pub const CERTIFICATE: (usize, u32) = (2_000, 1_000);
/// The same for a case.
pub const CASE: (usize, u32) = (1_000, 400);

/// `top/bottom`, `bottom > 0`; in lowest terms where it was read, not where it was computed.
///
/// Comparisons multiply crosswise: continued fractions, as the crate of rationals compares them, recurse as deep as
/// the numbers agree.
#[derive(Debug, Clone)]
pub struct Number {
    pub top: BigInt,
    pub bottom: BigInt,
}

impl Number {
    pub fn new(top: BigInt, bottom: BigInt) -> Self {
        Self { top, bottom }
    }

    pub fn whole(n: impl Into<BigInt>) -> Self {
        Self::new(n.into(), BigInt::from(1))
    }

    pub fn reduced(top: BigInt, bottom: BigInt) -> Self {
        let common = top.gcd(&bottom);
        Self::new(top / &common, bottom / common)
    }

    /// A decimal, `12`, `-0.5`, `5e-4`, or a fraction, `1/3`; exactly as written, within limits.
    pub fn read(text: &str, (longest, largest): (usize, u32)) -> Option<Self> {
        if text.len() > longest {
            return None;
        }
        let (negative, body) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let value = match body.split_once('/') {
            Some((top, bottom)) => {
                Self::reduced(digits(top)?, digits(bottom).filter(|bottom| !bottom.is_zero())?)
            }
            None => Self::decimal(body, largest)?,
        };
        Some(if negative { Self::new(-value.top, value.bottom) } else { value })
    }

    fn decimal(text: &str, largest: u32) -> Option<Self> {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        digits(part)?;
        let part = if mantissa.len() == whole.len() { "" } else { part };
        let top = digits(whole).and_then(|_| digits(&[whole, part].concat()))?;
        let (down, size) = match exponent.strip_prefix('-') {
            Some(size) => (true, size),
            None => (false, exponent),
        };
        let size = u32::try_from(digits(size)?).ok().filter(|size| *size <= largest)?;
        let (ten, places) = (BigInt::from(10), u32::try_from(part.len()).ok()?);
        let (up, down) = if down { (0, size) } else { (size, 0) };
        Some(Self::reduced(top * ten.pow(up), ten.pow(places) * ten.pow(down)))
    }

    /// For arithmetic with what is known to be short: it reduces at every step.
    pub fn ratio(&self) -> BigRational {
        BigRational::new(self.top.clone(), self.bottom.clone())
    }

    /// Bits of both parts.
    pub fn bits(&self) -> u64 {
        self.top.bits().saturating_add(self.bottom.bits())
    }

    pub fn plus(&self, other: &Self) -> Self {
        if self.bottom == other.bottom {
            return Self::new(&self.top + &other.top, self.bottom.clone());
        }
        Self::new(&self.top * &other.bottom + &other.top * &self.bottom, &self.bottom * &other.bottom)
    }

    pub fn minus(&self, other: &Self) -> Self {
        self.plus(&Self::new(-&other.top, other.bottom.clone()))
    }

    pub fn is_zero(&self) -> bool {
        self.top.is_zero()
    }

    pub fn is_positive(&self) -> bool {
        self.top.is_positive()
    }

    pub fn is_negative(&self) -> bool {
        self.top.is_negative()
    }
}

fn digits(text: &str) -> Option<BigInt> {
    let good = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if good { BigInt::parse_bytes(text.as_bytes(), 10) } else { None }
}

impl From<&Number> for Number {
    fn from(number: &Number) -> Self {
        number.clone()
    }
}

impl From<&BigRational> for Number {
    fn from(ratio: &BigRational) -> Self {
        Self::new(ratio.numer().clone(), ratio.denom().clone())
    }
}

impl From<&BigInt> for Number {
    fn from(whole: &BigInt) -> Self {
        Self::whole(whole.clone())
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.top * &other.bottom).cmp(&(&other.top * &self.bottom))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_written() {
        let read = |text: &str| Number::read(text, CERTIFICATE).map(|x| (x.top, x.bottom));
        let pair = |p: i64, q: i64| Some((BigInt::from(p), BigInt::from(q)));
        for (text, value) in [
            ("12", pair(12, 1)),
            ("-0.50", pair(-1, 2)),
            ("5e-4", pair(1, 2000)),
            ("1.5e1", pair(15, 1)),
            ("-4/6", pair(-2, 3)),
            ("0e7", pair(0, 1)),
        ] {
            assert_eq!(read(text), value, "{text}");
        }
        for text in
            ["", "-", "1.", ".5", "1e", "1e+2", "1E2", "1/0", "1/-2", "--1", "1e1001", " 1", "1_0", "1.5/2"]
        {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(read(&"1".repeat(2000)).is_some() && read(&"1".repeat(2001)).is_none());
    }

    /// Neighbouring fractions of Fibonacci numbers agree in some 4,700 steps of their continued fractions.
    #[test]
    fn comparisons_do_not_recurse() {
        let (mut a, mut b) = (BigInt::from(1), BigInt::from(1));
        for _ in 0..4_700 {
            (a, b) = (b.clone(), a + b);
        }
        let (c, d) = (b.clone(), &a + &b);
        let compared = std::thread::Builder::new().stack_size(64 << 10).spawn(move || {
            let (x, y) = (Number::new(a, b), Number::new(c, d));
            (x == y, x < y || y < x)
        });
        assert_eq!(compared.unwrap().join().unwrap(), (false, true));
    }
}
