//! Exponential and logarithm in fixed point, rounded in a stated direction, by series with proven tails.
//!
//! A number `x` stands for `x · 2^-256`.

use super::rejection::{Check, Reason, reject};
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use std::sync::OnceLock;

/// Binary places.
pub const PLACES: u32 = 256;
/// Arguments of the exponential at most, in size.
const LARGEST: u32 = 10_000;

/// Which way to round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toward {
    Down,
    Up,
}

use self::Toward::{Down, Up};

impl Toward {
    fn divide(self, a: &BigInt, b: &BigInt) -> BigInt {
        match self {
            Down => a.div_floor(b),
            Up => a.div_ceil(b),
        }
    }

    fn other(self) -> Self {
        match self {
            Down => Up,
            Up => Down,
        }
    }
}

pub fn one() -> BigInt {
    BigInt::one() << PLACES
}

/// A rational in fixed point.
pub fn fixed(q: &BigRational, toward: Toward) -> BigInt {
    toward.divide(&(q.numer() << PLACES), q.denom())
}

pub fn rational(x: &BigInt) -> BigRational {
    BigRational::new(x.clone(), one())
}

/// `2 artanh(p/q)`, `0 ≤ p/q ≤ 1/3`: after a power below one unit the tail is below two units.
fn twice_artanh(p: &BigInt, q: &BigInt, toward: Toward) -> BigInt {
    let (square_p, square_q) = (p * p, q * q);
    let mut power = toward.divide(&(p << PLACES), q);
    let (mut sum, mut j) = (BigInt::zero(), BigInt::one());
    while power > BigInt::one() {
        sum += toward.divide(&power, &j);
        power = toward.divide(&(power * &square_p), &square_q);
        j += 2;
    }
    let tail = if toward == Up { BigInt::from(3) } else { BigInt::zero() };
    (sum + tail) * 2
}

fn ln_two(toward: Toward) -> &'static BigInt {
    static ENDS: OnceLock<[BigInt; 2]> = OnceLock::new();
    let end = |toward| twice_artanh(&BigInt::one(), &BigInt::from(3), toward);
    let [low, high] = ENDS.get_or_init(|| [end(Down), end(Up)]);
    if toward == Down { low } else { high }
}

/// `k ln 2`.
fn twos(k: &BigInt, toward: Toward) -> BigInt {
    k * ln_two(if k.is_negative() { toward.other() } else { toward })
}

/// `ln x` for `x > 0`: with `2^b ≤ x < 2^{b+1}` in units, `ln = (b − 256) ln 2 + 2 artanh((x − 2^b)/(x + 2^b))`.
pub fn ln(x: &BigInt, toward: Toward) -> BigInt {
    let b = x.bits().saturating_sub(1);
    // Without common factors of two, small numbers stay small.
    let twos_in = x.trailing_zeros().unwrap_or(0);
    let (odd, power) = (x >> twos_in, BigInt::one() << b.saturating_sub(twos_in));
    twos(&(BigInt::from(b) - PLACES), toward) + twice_artanh(&(&odd - &power), &(odd + power), toward)
}

/// `exp x`; `None` beyond arguments of size 10,000. With `x = k ln 2 + r`, `0 ≤ r < 3`, the tail of the series after a
/// term below one unit (and at least six terms) is below two units.
fn exp(x: &BigInt, toward: Toward) -> Option<BigInt> {
    if x.abs() > BigInt::from(LARGEST) << PLACES {
        return None;
    }
    let k = (x * BigInt::from(14_427)).div_floor(&(one() * BigInt::from(10_000))) - 1;
    let r = (x - twos(&k, toward.other())).max(BigInt::zero());
    let (mut sum, mut term, mut j) = (one(), one(), BigInt::one());
    while j < BigInt::from(7) || term > BigInt::one() {
        term = toward.divide(&(term * &r), &(one() * &j));
        sum += &term;
        j += 1;
    }
    if toward == Up {
        sum += 2;
    }
    let shift = u32::try_from(k.abs()).ok()?;
    Some(if k.is_negative() { toward.divide(&sum, &(BigInt::one() << shift)) } else { sum << shift })
}

/// The exponential of a number at a place of the certificate.
pub fn ranged_exp(x: &BigInt, toward: Toward, place: &str) -> Check<BigInt> {
    match exp(x, toward) {
        Some(value) => Ok(value),
        None => reject(Reason::Range, place, "an exponent", "at most 10000 in size"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ends_enclose_and_are_near() {
        let at = |p: i64, q: i64| BigRational::new(p.into(), q.into());
        for (p, q) in [(1, 3), (7, 2), (-5, 1), (1, 1_000_000), (300, 1), (-300, 1), (0, 1)] {
            let x = at(p, q);
            let (low, high) = (exp(&fixed(&x, Down), Down).unwrap(), exp(&fixed(&x, Up), Up).unwrap());
            assert!(low <= high && &high - &low <= (&high >> 230u32) + 8, "{p}/{q}");
            // The logarithm leads back.
            if low > BigInt::from(1_000_000) {
                assert!(ln(&low, Down) <= fixed(&x, Up) && fixed(&x, Down) <= ln(&high, Up), "{p}/{q}");
            }
        }
        assert!(exp(&(one() * 10_001), Up).is_none());
        let e = exp(&one(), Down).unwrap();
        // e = 2.71828182845904523536…
        assert_eq!(((e * BigInt::from(10).pow(20)) >> PLACES).to_string(), "271828182845904523536");
        assert_eq!(
            ((ln(&(one() * 10), Down) * BigInt::from(10).pow(20)) >> PLACES).to_string(),
            "230258509299404568401"
        );
    }
}
