//! Exponential and logarithm of enclosures, by series with proven remainders in fixed point.
//!
//! - `ln q = e ln 2 + 2 artanh((m − 1)/(m + 1))` with `q = 2^e m`, `2/3 ≤ m ≤ 4/3`; the tail of the series after the
//!   term in `z^j` is below `z^{j+2}/((j + 2)(1 − z²))`.
//! - `exp q = 2^k exp r` with `r = q − k ln 2` between 0 and 3; the tail after the term `r^j/j!` is below twice the
//!   next term once `j ≥ 6`.
//! - Every division cuts, so a sum of terms is a lower end; what the cuts lose at most is added for the upper one.

use super::{Dyadic, Enclosure, Integer, Rational, Toward, whole};
use num_integer::Integer as _;
use num_traits::{One, Signed, Zero};
use std::cell::RefCell;

/// Guard bits against the rounding of the terms.
const GUARD: i64 = 40;
/// Arguments of `exp` beyond this size are refused.
const LARGEST: i64 = 100_000;

/// Lower and upper end in units of `2^-places`.
type Ends = (Integer, Integer);

/// `2 artanh(p/q)` for `0 ≤ p/q ≤ 1/3`.
///
/// Everything is cut, so the sum is a lower end. In units: the square of `z = p/q` lacks less than 2 (`2z` of the cut of
/// `z`, and its own), a power less than 2 (a ninth of what the one before lacks, a third of what the square lacks, and its
/// own), a term less than 3.
fn twice_artanh(p: &Integer, q: &Integer, places: i64) -> Ends {
    let places = places.unsigned_abs();
    let mut power: Integer = (p << places) / q;
    let square = (&power * &power) >> places;
    let (mut low, mut j) = (Integer::zero(), 1_u64);
    while !power.is_zero() {
        low += &power / j;
        power = (power * &square) >> places;
        j += 2;
    }
    // The terms so far, and the tail: z² ≤ 1/9, and the power is below two units.
    let high = &low + 3 * (j / 2) + 3;
    (low << 1, high << 1)
}

/// `ln 2`.
fn ln_two(places: i64) -> Ends {
    thread_local! {
        /// A constant, kept at the precision that was last asked for.
        static LAST: RefCell<Option<(i64, Ends)>> = const { RefCell::new(None) };
    }
    LAST.with_borrow_mut(|last| match last {
        Some((known, ends)) if *known == places => ends.clone(),
        _ => {
            let ends = twice_artanh(&Integer::one(), &Integer::from(3), places);
            last.insert((places, ends)).1.clone()
        }
    })
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
    let (top, bottom): (Integer, Integer) = (q.numer() * 14_427, q.denom() * 10_000);
    let k: Integer = top.div_floor(&bottom) - 1;
    let (two_low, two_high) = ln_two(places);
    let places = places.unsigned_abs();
    let (two_least, two_most) = if k.is_negative() { (&two_high, &two_low) } else { (&two_low, &two_high) };
    // r = q − k ln 2, cut; it lacks less than `cut`.
    let r = ((q.numer() << places).div_floor(q.denom()) - &k * two_most).max(Integer::zero());
    let cut: Integer = k.abs() * (two_most - two_least).abs() + 1;
    // A term r^j/j! lacks less than 8 units: r/j ≤ 3/j of what the one before lacks, and 2 for two cuts.
    let (mut low, mut term, mut j) = (Integer::one() << places, Integer::one() << places, 1_u64);
    while j <= 6 || !term.is_zero() {
        term = ((term * &r) >> places) / j;
        low += &term;
        j += 1;
    }
    // The terms so far, the tail, and what r lacks: exp 3 < 21.
    let high = &low + 8 * j + 16 + cut * 22;
    ((low, high), i64::try_from(k).expect("arguments are limited in size"))
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
        if let Some(q) = self.exact() {
            let (low, high) = end(q);
            return Some(if q.is_one() { Self::zero() } else { Self::between(&low, &high, bits) });
        }
        Some(Self::between(&end(&self.lower()).0, &end(&self.upper()).1, bits))
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
        let ((low, mut high), down) = exp_ends(&self.lower(), places);
        let mut up = down;
        if self.exact().is_none() {
            ((_, high), up) = exp_ends(&self.upper(), places);
        }
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
