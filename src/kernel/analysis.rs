//! Exponential and logarithm in fixed point, rounded in a stated direction, by series with proven tails.
//!
//! A number `x` stands for `x · 2^-256`.

use super::number::Number;
use super::rejection::{Check, require, short};
use num_bigint::BigInt;
use num_integer::Integer;
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

    /// A product of two numbers in fixed point as one.
    fn places(self, product: BigInt) -> BigInt {
        match self {
            Down => product >> PLACES,
            Up => -((-product) >> PLACES),
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

/// A fraction in fixed point.
pub fn fixed(q: impl Into<Number>, toward: Toward) -> BigInt {
    let Number { top, bottom } = q.into();
    toward.divide(&(top << PLACES), &bottom)
}

pub fn rational(x: &BigInt) -> Number {
    Number::new(x.clone(), one())
}

/// `2 artanh(p/q)`, `0 ≤ p/q ≤ 1/3`: after a power below one unit the tail is below two units.
fn twice_artanh(p: &BigInt, q: &BigInt, toward: Toward) -> BigInt {
    let mut power = toward.divide(&(p << PLACES), q);
    let square = toward.divide(&((p * p) << PLACES), &(q * q));
    let (mut sum, mut j) = (BigInt::zero(), 1u32);
    while power > BigInt::one() {
        sum += toward.divide(&power, &j.into());
        power = toward.places(&power * &square);
        j = j.saturating_add(2);
    }
    let tail = if toward == Up { BigInt::from(3) } else { BigInt::zero() };
    (sum + tail) * 2
}

/// `ln 2` from below and from above.
fn ln_two(toward: Toward) -> &'static BigInt {
    static ENDS: OnceLock<[BigInt; 2]> = OnceLock::new();
    let third = |toward| twice_artanh(&BigInt::one(), &BigInt::from(3), toward);
    let [low, high] = ENDS.get_or_init(|| [third(Down), third(Up)]);
    if toward == Down { low } else { high }
}

/// `k ln 2`.
fn twos(k: &BigInt, toward: Toward) -> BigInt {
    k * ln_two(if k.is_negative() { toward.other() } else { toward })
}

/// `ln(c/64)` for `c = 64, 65, … 127`, from below and from above.
fn ln_table() -> &'static [[BigInt; 2]] {
    static TABLE: OnceLock<Vec<[BigInt; 2]>> = OnceLock::new();
    let entry = |c: u32| {
        let (p, q) = (BigInt::from(c) - 64, BigInt::from(c) + 64);
        [twice_artanh(&p, &q, Down), twice_artanh(&p, &q, Up)]
    };
    TABLE.get_or_init(|| (64..128).map(entry).collect())
}

/// `ln x` for `x > 0`: with `2^b ≤ x` in units, and `c` the whole part of `64 x/2^b`,
/// `ln x = (b − 256) ln 2 + ln(c/64) + 2 artanh((64 x − c 2^b)/(64 x + c 2^b))`.
pub fn ln(x: &BigInt, toward: Toward) -> BigInt {
    let b = x.bits().saturating_sub(1);
    let large: BigInt = x << 6;
    let c = &large >> b;
    let near = &c << b;
    let entry = usize::try_from(&c).ok().and_then(|c| ln_table().get(c.saturating_sub(64)));
    let nearly = entry.map(|[low, high]| if toward == Down { low } else { high });
    twos(&(BigInt::from(b) - PLACES), toward)
        + nearly.unwrap_or(&BigInt::zero())
        + twice_artanh(&(&large - &near), &(large + near), toward)
}

/// `exp x`, for numbers up to 10,000 in size (`range`). With `x = k ln 2 + r`, `0 ≤ r < 3`, the tail of the series
/// after a term below one unit (and at least six terms) is below two units.
pub fn exp(x: impl Into<Number>, toward: Toward, place: &str) -> Check<BigInt> {
    let x = x.into();
    let fits = x.top.abs() <= &x.bottom * BigInt::from(LARGEST);
    require!(fits, Range, place, short(&x), format!("at most {LARGEST} in size"));
    let x = &fixed(&x, toward);
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
    let shift = u32::try_from(k.abs()).unwrap_or(u32::MAX);
    Ok(if k.is_negative() { toward.divide(&sum, &(BigInt::one() << shift)) } else { sum << shift })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ends_enclose_and_are_near() {
        let at = |p: i64, q: i64| Number::new(p.into(), q.into());
        for (p, q) in [(1, 3), (7, 2), (-5, 1), (1, 1_000_000), (300, 1), (-300, 1), (0, 1)] {
            let x = at(p, q);
            let (low, high) = (exp(&x, Down, "").unwrap(), exp(&x, Up, "").unwrap());
            assert!(low <= high && &high - &low <= (&high >> 230u32) + 8, "{p}/{q}");
            // The logarithm leads back.
            if low > BigInt::from(1_000_000) {
                assert!(ln(&low, Down) <= fixed(&x, Up) && fixed(&x, Down) <= ln(&high, Up), "{p}/{q}");
            }
        }
        assert!(exp(at(10_000, 1), Up, "").is_ok() && exp(at(-100_001, 10), Up, "").is_err());
        let e = exp(at(1, 1), Down, "").unwrap();
        // e = 2.71828182845904523536…
        assert_eq!(((e * BigInt::from(10).pow(20)) >> PLACES).to_string(), "271828182845904523536");
        assert_eq!(
            ((ln(&(one() * 10), Down) * BigInt::from(10).pow(20)) >> PLACES).to_string(),
            "230258509299404568401"
        );
    }
}
