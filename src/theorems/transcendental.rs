//! `exp` and `log` of enclosures, by series with a bounded remainder.

use crate::exact::{Enclosure, Integer, Rational, ten_to};
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Arguments of `exp` beyond this are refused.
const MAX_EXPONENT: i64 = 10_000;

fn small(n: i64) -> Rational {
    Rational::from(Integer::from(n))
}

/// `e^x`; `None` for arguments too large to be of use.
pub fn exp(x: &Enclosure, bits: u32) -> Option<Enclosure> {
    if x.is_zero() {
        return Some(Enclosure::one());
    }
    let lower = exp_at(&x.lower(), bits)?;
    let upper = exp_at(&x.upper(), bits)?;
    Some(Enclosure::hull(&lower.lower(), &upper.upper(), bits))
}

/// The series after halving the argument until it is below 2⁻⁸, squared back.
fn exp_at(x: &Rational, bits: u32) -> Option<Enclosure> {
    if x.abs() > small(MAX_EXPONENT) {
        return None;
    }
    let mut halvings = 0u32;
    let mut y = x.clone();
    while y.abs() > Rational::new(1.into(), 256.into()) {
        y /= small(2);
        halvings += 1;
    }
    let work = bits + 2 * halvings + 32;
    let y = Enclosure::from(y).rounded(work);
    let (mut sum, mut term) = (Enclosure::one().rounded(work), Enclosure::one().rounded(work));
    // |term_k| < 2^{−8k}, and the tail is below twice the first term left out.
    let terms = i64::from(work) / 8 + 2;
    for k in 1..=terms {
        term = (&term * &y).over(&small(k));
        sum = &sum + &term;
    }
    let tail = Rational::new(Integer::one(), Integer::one() << (8 * terms as usize));
    let mut result = &sum + &Enclosure::hull(&-tail.clone(), &tail, work);
    for _ in 0..halvings {
        result = &result * &result;
    }
    Some(result)
}

/// The natural logarithm of a positive number; `None` if zero is not excluded.
pub fn log(x: &Enclosure, bits: u32) -> Option<Enclosure> {
    if !x.lower().is_positive() {
        return None;
    }
    if x.exact().is_some_and(One::is_one) {
        return Some(Enclosure::zero());
    }
    let (lower, upper) = (log_at(&x.lower(), bits), log_at(&x.upper(), bits));
    Some(Enclosure::hull(&lower.lower(), &upper.upper(), bits))
}

/// `log x = e log 2 + 2 artanh((m − 1)/(m + 1))` with `x = m 2^e`, `1/2 ≤ m ≤ 2`.
fn log_at(x: &Rational, bits: u32) -> Enclosure {
    let e = x.numer().bits() as i64 - x.denom().bits() as i64;
    let two_to = |e: i64| {
        let p = Integer::one() << e.unsigned_abs();
        if e >= 0 { Rational::from(p) } else { Rational::new(Integer::one(), p) }
    };
    let m = x * two_to(-e);
    let work = bits + 64;
    let part = artanh(&((&m - small(1)) / (&m + small(1))), work);
    let two = artanh(&Rational::new(1.into(), 3.into()), work);
    let total = &part + &(&two * &Enclosure::from(small(e)));
    &total + &total
}

/// `artanh z = Σ z^{2k+1}/(2k+1)` for `|z| ≤ 1/3`.
fn artanh(z: &Rational, bits: u32) -> Enclosure {
    if z.is_zero() {
        return Enclosure::zero();
    }
    let z = Enclosure::from(z.clone()).rounded(bits);
    let square = &z * &z;
    let (mut power, mut sum) = (z.clone(), z);
    // z² ≤ 1/9 < 2⁻³, and the tail is below twice the first term left out.
    let terms = i64::from(bits) / 3 + 2;
    for k in 1..=terms {
        power = &power * &square;
        sum = &sum + &power.over(&small(2 * k + 1));
    }
    let tail = Rational::new(Integer::one(), Integer::one() << (3 * terms as usize));
    &sum + &Enclosure::hull(&-tail.clone(), &tail, bits)
}

/// How many digits two values that are not told apart share at least.
pub fn shared_digits(a: &Enclosure, b: &Enclosure) -> u32 {
    let spread = (a.upper() - b.lower()).abs().max((b.upper() - a.lower()).abs());
    if spread.is_zero() {
        return u32::MAX;
    }
    let away = |x: &Enclosure| x.sign().is_some_and(|s| s.is_ne());
    let size = match away(a) || away(b) {
        true => a.upper().abs().max(b.upper().abs()).max(a.lower().abs()).max(b.lower().abs()),
        false => Rational::one(),
    };
    let ratio = size / spread;
    let bits = ratio.numer().bits() as i64 - ratio.denom().bits() as i64;
    let mut digits = (bits * 30_103 / 100_000).max(0);
    while digits > 0 && ten_to(digits) > ratio {
        digits -= 1;
    }
    digits.to_u32().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::read_rational;

    fn close(found: &Enclosure, known: &str, places: i64) {
        let known = read_rational(known).unwrap();
        assert!(
            (found.lower() - &known).abs() < ten_to(-places)
                && (found.upper() - &known).abs() < ten_to(-places)
        );
    }

    #[test]
    fn known_values() {
        // Digits of e, e^-10 and log 2, log 10 from tables.
        close(&exp(&Enclosure::one(), 160).unwrap(), "2.71828182845904523536028747135266249775724709", 40);
        close(&exp(&Enclosure::from(small(-10)), 160).unwrap(), "0.0000453999297624848515355915155605", 32);
        close(&log(&Enclosure::from(2), 160).unwrap(), "0.693147180559945309417232121458176568075500134", 40);
        close(
            &log(&Enclosure::from(10), 160).unwrap(),
            "2.302585092994045684017991454684364207601101488",
            40,
        );
        assert!(log(&Enclosure::zero(), 160).is_none());
    }

    #[test]
    fn exp_and_log_undo_each_other() {
        for text in ["1/3", "17", "1e-9", "123456789"] {
            let x = Enclosure::from(read_rational(text).unwrap());
            let back = exp(&log(&x, 200).unwrap(), 160).unwrap();
            assert!(back.contains(&x.lower()) && back.width() < x.upper() * ten_to(-40));
        }
    }
}
