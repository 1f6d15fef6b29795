//! Exponential and logarithm of enclosures, by series with proven remainders in fixed point.
//!
//! - `ln q = e ln 2 + 2 artanh((m − 1)/(m + 1))` with `q = 2^e m`, `2/3 ≤ m ≤ 4/3`; the tail of the series after the
//!   term in `z^j` is below `z^{j+2}/((j + 2)(1 − z²))`.
//! - `exp q = 2^k exp r` with `r = q − k ln 2` between 0 and 3; the tail after the term `r^j/j!` is below twice the
//!   next term once `j ≥ 6`.
//! - Every division rounds outwards, so the true value lies in the result.

use super::{Dyadic, Enclosure, Integer, Rational, Toward, whole};
use num_integer::Integer as _;
use num_traits::{One, Signed, Zero};

/// Guard bits against the rounding of the terms.
const GUARD: i64 = 40;
/// Arguments of `exp` beyond this size are refused.
const LARGEST: i64 = 100_000;

/// Lower and upper end in units of `2^-places`.
type Ends = (Integer, Integer);

/// `2 artanh(p/q)` for `0 ≤ p/q ≤ 1/3`.
fn twice_artanh(p: &Integer, q: &Integer, places: i64) -> Ends {
    let one = Integer::one() << places.unsigned_abs();
    let (square_p, square_q) = (p * p, q * q);
    let (mut low_power, mut high_power) = ((&one * p).div_floor(q), (&one * p).div_ceil(q));
    let (mut low, mut high) = (Integer::zero(), Integer::zero());
    let mut j = 1u64;
    loop {
        low += low_power.div_floor(&Integer::from(j));
        high += high_power.div_ceil(&Integer::from(j));
        if high_power <= Integer::one() {
            break;
        }
        low_power = (&low_power * &square_p).div_floor(&square_q);
        high_power = (&high_power * &square_p).div_ceil(&square_q);
        j += 2;
    }
    // The tail: z² ≤ 1/9, so 1/(1 − z²) < 2, and the power is at most one unit.
    (low * 2, (high + 2) * 2)
}

fn ln_two(places: i64) -> Ends {
    twice_artanh(&Integer::one(), &Integer::from(3), places)
}

/// `ln q` for `q > 0`.
fn ln_ends(q: &Rational, places: i64) -> Ends {
    // An exponent with 2/3 ≤ q/2^e ≤ 4/3.
    let mut e = q.numer().bits() as i64 - q.denom().bits() as i64;
    let scaled = |e: i64| match e >= 0 {
        true => (q.numer().clone(), q.denom() << e.unsigned_abs()),
        false => (q.numer() << e.unsigned_abs(), q.denom().clone()),
    };
    while {
        let (a, b) = scaled(e);
        a * 3 > b * 4
    } {
        e += 1;
    }
    while {
        let (a, b) = scaled(e);
        a * 3 < b * 2
    } {
        e -= 1;
    }
    let (a, b) = scaled(e);
    let (top, bottom) = (&a - &b, &a + &b);
    let (low, high) = twice_artanh(&top.abs(), &bottom, places);
    let (low, high) = if top.is_negative() { (-high, -low) } else { (low, high) };
    let (two_low, two_high) = ln_two(places);
    let e_big = Integer::from(e);
    if e >= 0 {
        (low + &e_big * two_low, high + e_big * two_high)
    } else {
        (low + &e_big * two_high, high + e_big * two_low)
    }
}

/// `exp q`, in units of `2^-places` times `2^k`, with `k`.
fn exp_ends(q: &Rational, places: i64) -> (Ends, i64) {
    // 1/ln 2 = 1.4427 to four places: with one less, the remainder is between 0 and 3 for all sizes allowed.
    let k = (q * Rational::new(14_427.into(), 10_000.into())).floor().to_integer() - 1;
    let k = i64::try_from(k).expect("arguments are limited in size");
    let (two_low, two_high) = ln_two(places);
    let fixed_low = (q.numer() << places.unsigned_abs()).div_floor(q.denom());
    let fixed_high = (q.numer() << places.unsigned_abs()).div_ceil(q.denom());
    let k_big = Integer::from(k);
    let (r_low, r_high) = if k >= 0 {
        (fixed_low - &k_big * two_high, fixed_high - k_big * two_low)
    } else {
        (fixed_low - &k_big * two_low, fixed_high - k_big * two_high)
    };
    let one = Integer::one() << places.unsigned_abs();
    let series = |r: &Integer, up: bool| {
        let (mut sum, mut term, mut j) = (one.clone(), one.clone(), 1u64);
        loop {
            let divisor = &one * j;
            term = if up { (term * r).div_ceil(&divisor) } else { (term * r).div_floor(&divisor) };
            sum += &term;
            j += 1;
            if j > 6 && term <= Integer::one() {
                return if up { sum + 2 } else { sum };
            }
        }
    };
    ((series(&r_low.max(Integer::zero()), false), series(&r_high, true)), k)
}

impl Enclosure {
    /// `ln` to about `bits` bits; `None` unless the enclosure is proven positive.
    pub fn ln(&self, bits: u32) -> Option<Self> {
        if self.sign() != Some(std::cmp::Ordering::Greater) {
            return None;
        }
        let end = |q: &Rational| {
            if q.is_one() {
                return (Dyadic::new(Integer::zero(), 0), Dyadic::new(Integer::zero(), 0));
            }
            // Near 1 the logarithm is about q − 1: keep its leading bits.
            let off = (q - Rational::one()).abs();
            let lost = (off.denom().bits() as i64 - off.numer().bits() as i64).max(0);
            let places = i64::from(bits) + lost + GUARD;
            let (low, high) = ln_ends(q, places);
            (Dyadic::new(low, -places), Dyadic::new(high, -places))
        };
        let (low, high) = (end(&self.lower()).0, end(&self.upper()).1);
        if self.exact().is_some_and(Rational::is_one) {
            return Some(Self::zero());
        }
        Some(Self::between(&low, &high, bits))
    }

    /// `exp` to about `bits` bits; `None` beyond arguments of size 100,000.
    pub fn exp(&self, bits: u32) -> Option<Self> {
        if self.is_zero() {
            return Some(Self::one());
        }
        let limit = whole(LARGEST);
        if self.lower() < -&limit || self.upper() > limit {
            return None;
        }
        let places = i64::from(bits) + GUARD;
        let ((low, _), down) = exp_ends(&self.lower(), places);
        let ((_, high), up) = exp_ends(&self.upper(), places);
        let (low, high) = (Dyadic::new(low, down - places), Dyadic::new(high, up - places));
        Some(Self::between(&low.rounded(bits, Toward::Down), &high.rounded(bits, Toward::Up), bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{read_rational, ten_to};

    fn holds(found: &Enclosure, known: &str) {
        let known = read_rational(known).unwrap();
        let slack = known.abs() * ten_to(-48);
        assert!(found.lower() <= &known + &slack && &known - &slack <= found.upper(), "{found:?}");
        assert!(found.width() <= known.abs() * ten_to(-50), "{found:?}");
    }

    #[test]
    fn known_values() {
        let of = |text: &str| Enclosure::from(read_rational(text).unwrap());
        // Fifty digits from tables.
        holds(&of("2").ln(192).unwrap(), "0.69314718055994530941723212145817656807550013436025");
        holds(&of("10").ln(192).unwrap(), "2.3025850929940456840179914546843642076011014886288");
        holds(&of("1/10").ln(192).unwrap(), "-2.3025850929940456840179914546843642076011014886288");
        holds(&of("1").exp(192).unwrap(), "2.7182818284590452353602874713526624977572470937000");
        holds(&of("-1").exp(192).unwrap(), "0.36787944117144232159552377016146086744581113103177");
        holds(&of("10").exp(192).unwrap(), "22026.465794806716516957900645284244366353512618557");
    }

    #[test]
    fn the_two_are_inverse_at_every_size() {
        for text in ["1e-300", "1e-9", "0.3", "0.999999999", "1.000000001", "2", "17/3", "1e9", "1e300"] {
            let x = read_rational(text).unwrap();
            let back = Enclosure::from(x.clone()).ln(256).unwrap().exp(256).unwrap();
            assert!(back.contains(&x) && back.width() <= &x * ten_to(-60), "{text} {back:?}");
        }
        for text in ["-99999", "-3.5", "-1e-30", "1e-30", "0.7", "2.1", "99999"] {
            let x = read_rational(text).unwrap();
            let back = Enclosure::from(x.clone()).exp(300).unwrap().ln(300).unwrap();
            assert!(back.contains(&x) && back.width() <= x.abs() * ten_to(-40), "{text} {back:?}");
        }
        assert!(Enclosure::zero().ln(64).is_none() && Enclosure::from(100_001u64).exp(64).is_none());
    }
}
