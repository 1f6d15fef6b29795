//! Shrinkage of one mode: the roots of `(1 − u)^{M+1} u^{M−1} = c`.
//!
//! Both branches are the smaller root of `x^a (1 − x)^b = c`, which increases on `(0, a/(a+b))`: the upper
//! root with `x = 1 − u` (its shortfall), the lower root with `x = u`. Working in `x` keeps full relative
//! accuracy where `u` is close to 1 or to 0.

use crate::exact::{Dyadic, Enclosure, Integer, Rational, Toward, exact_root, in_units, power};
use crate::hints;
use num_traits::{One, ToPrimitive, Zero};
use std::cmp::Ordering;

/// Which stationary point of a mode is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// The larger root: a local minimum of the mode.
    Upper,
    /// The smaller root: a saddle. It exists for `M ≥ 2` only.
    Lower,
}

/// Guard bits between the candidate's aim and the bracket that is proven around it.
const GUARD_BITS: i64 = 6;

/// The root on a branch: `(u, 1 − u)`, each enclosed to about `bits` bits, exact when rational.
///
/// - `c` is positive, and roots exist for every value in it (`c` at most [`largest_coefficient`]).
/// - For the upper branch the lower end of `u` is never below `(M − 1)/(2M)`; for the lower branch the upper
///   end is never above it.
pub fn root(c: &Enclosure, depth: u32, branch: Branch, bits: u32) -> (Enclosure, Enclosure) {
    let m = depth;
    let (a, b) = match branch {
        Branch::Upper => (m + 1, m - 1),
        Branch::Lower => (m - 1, m + 1),
    };
    let x = match c.exact().and_then(|c| rational_root(c, a, b)) {
        Some(x) => x.into(),
        None => {
            let (low, high) = c.ends(bits + 16);
            let lower = smaller_root(&low, a, b, bits, Toward::Down);
            let upper = smaller_root(&high, a, b, bits, Toward::Up);
            Enclosure::between(&lower, &upper, bits)
        }
    };
    let rest = &Enclosure::one() - &x;
    match branch {
        Branch::Upper => (rest, x),
        Branch::Lower => (x, rest),
    }
}

/// The largest `c` with a root: `((M+1)/(2M))^{M+1} ((M−1)/(2M))^{M−1}`, where the two roots meet.
pub fn largest_coefficient(depth: u32) -> Rational {
    let m = Integer::from(depth);
    let two_m: Integer = &m * 2;
    power(&Rational::new(&m + 1, two_m.clone()), depth + 1) * power(&Rational::new(&m - 1, two_m), depth - 1)
}

/// The smaller root as a rational, if it is one.
///
/// For `x = p/q` in lowest terms `x^a (1 − x)^b` has the denominator `q^{a+b}` in lowest terms, so `q` is
/// read off `c` and `p` is the only integer in reach.
fn rational_root(c: &Rational, a: u32, b: u32) -> Option<Rational> {
    let q = exact_root(&Rational::from(c.denom().clone()), a + b)?.to_integer();
    let bits = q.bits() as u32 + 64;
    let near = smaller_root(&Dyadic::from_rational(c, bits, Toward::Down), a, b, bits, Toward::Down);
    let p = in_units(&near.to_rational(), &q);
    let x = Rational::new(p, q);
    let one = Rational::one();
    let inside = x > Rational::zero() && x <= Rational::new(a.into(), (a + b).into());
    (inside && power(&x, a) * power(&(one - &x), b) == *c).then_some(x)
}

/// A bound of the smaller root of `x^a (1 − x)^b = c` from the side asked for, to about `bits` bits.
fn smaller_root(c: &Dyadic, a: u32, b: u32, bits: u32, toward: Toward) -> Dyadic {
    let candidate = candidate_root(c, a, b, bits);
    let turning = Rational::new(a.into(), (a + b).into());
    let mut reach = candidate.magnitude() - i64::from(bits) + GUARD_BITS;
    // The bracket opens until the sign proves it; 0 and the turning point always hold.
    for _ in 0..bits {
        let step = Dyadic::new(Integer::one(), reach);
        let x = match toward {
            Toward::Down => candidate.plus(&step.negated()),
            Toward::Up => candidate.plus(&step),
        };
        if proves(&x, c, a, b, bits + 32, toward, &turning) {
            return x;
        }
        reach += 3;
    }
    match toward {
        Toward::Down => Dyadic::new(Integer::zero(), 0),
        Toward::Up => Dyadic::from_rational(&turning, bits, Toward::Up),
    }
}

/// Whether `x` provably lies on the asked side of the smaller root.
fn proves(x: &Dyadic, c: &Dyadic, a: u32, b: u32, bits: u32, toward: Toward, turning: &Rational) -> bool {
    let in_range = |x: &Dyadic| !x.is_negative() && x.to_rational() <= *turning;
    if !in_range(x) {
        return false;
    }
    // Directed evaluation: each factor is rounded away from what is to be shown.
    let away = match toward {
        Toward::Down => Toward::Up,
        Toward::Up => Toward::Down,
    };
    let rest = Dyadic::new(Integer::one(), 0).plus(&x.negated());
    let value = powered(x, a, bits, away).times(&powered(&rest, b, bits, away));
    match toward {
        Toward::Down => value.compare(c) != Ordering::Greater,
        Toward::Up => value.compare(c) != Ordering::Less,
    }
}

/// `x^k` of a non-negative number, rounded at every step.
fn powered(x: &Dyadic, k: u32, bits: u32, toward: Toward) -> Dyadic {
    let mut result = Dyadic::new(Integer::one(), 0);
    for bit in (0..u32::BITS - k.leading_zeros()).rev() {
        result = result.times(&result).rounded(bits, toward);
        if k >> bit & 1 == 1 {
            result = result.times(x).rounded(bits, toward);
        }
    }
    result
}

/// A float root polished by Newton's method; nothing here is proven.
fn candidate_root(c: &Dyadic, a: u32, b: u32, bits: u32) -> Dyadic {
    let bits = bits + 16;
    let short = c.clone().rounded(53, Toward::Down);
    let exponent = short.magnitude();
    let mantissa = short.to_rational() / power_of_two(exponent);
    let (m, e) = hints::shrinkage::smaller_root(a, b, mantissa.to_f64().unwrap_or(0.5), exponent);
    let mut x = hints::candidate(m).times(&Dyadic::new(Integer::one(), e));
    let one = Dyadic::new(Integer::one(), 0);
    let down = Toward::Down;
    let mut right = 40;
    while right < bits {
        right *= 2;
        // Newton for x^a (1−x)^b − c, divided by x^{a−1} (1−x)^{b−1}: the slope is then a − (a+b) x.
        let rest = one.plus(&x.negated());
        if rest.is_zero() || rest.is_negative() || x.is_zero() {
            return x;
        }
        let tail = powered(&x, a - 1, bits, down).times(&powered(&rest, b.saturating_sub(1), bits, down));
        let product = match b {
            0 => x.clone(),
            _ => x.times(&rest),
        };
        let excess = product.plus(&c.divided(&tail, bits, down).negated());
        let slope = match b {
            0 => Dyadic::new(a.into(), 0),
            _ => Dyadic::new(a.into(), 0).plus(&x.times(&Dyadic::new((a + b).into(), 0)).negated()),
        };
        if slope.is_zero() {
            return x;
        }
        x = x.plus(&excess.divided(&slope, bits, down).negated()).rounded(bits, down);
    }
    x
}

fn power_of_two(exponent: i64) -> Rational {
    Dyadic::new(Integer::one(), exponent).to_rational()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{read_rational, ten_to};
    use num_traits::Signed;

    fn shrinkage(c: &str, depth: u32) -> Enclosure {
        root(&read_rational(c).unwrap().into(), depth, Branch::Upper, 192).0
    }

    #[test]
    fn one_layer_is_a_square_root() {
        // n = 100, N = 400, λ = 5e-4: c = λ² N²/n = 0.0004, u = 1 − 0.02.
        assert_eq!(shrinkage("0.0004", 1).exact(), Some(&read_rational("0.98").unwrap()));
        let u = shrinkage("0.0002", 1);
        let known = read_rational("0.98585786437626904951198311275790301921430328124623").unwrap();
        assert!((u.lower() - known).abs() < ten_to(-49));
    }

    #[test]
    fn rational_roots_are_exact_at_every_depth() {
        for depth in 1..9u32 {
            let u = Rational::new((4 * depth - 1).into(), (4 * depth).into());
            let c = power(&(Rational::one() - &u), depth + 1) * power(&u, depth - 1);
            let (root, shortfall) = root(&c.into(), depth, Branch::Upper, 128);
            assert_eq!(root.exact(), Some(&u));
            assert_eq!(shortfall.exact(), Some(&(Rational::one() - u)));
        }
    }

    #[test]
    fn brackets_have_opposite_signs_and_are_narrow_at_any_size() {
        for depth in 1..=12u32 {
            let top = largest_coefficient(depth);
            for text in ["0.999", "1/3", "1e-9", "1e-300"] {
                let c = &top * read_rational(text).unwrap();
                for branch in [Branch::Upper, Branch::Lower] {
                    if depth == 1 && branch == Branch::Lower {
                        continue;
                    }
                    let (u, v) = root(&c.clone().into(), depth, branch, 160);
                    let polynomial =
                        |u: Rational| power(&(Rational::one() - &u), depth + 1) * power(&u, depth - 1) - &c;
                    let (at_low, at_high) = (polynomial(u.lower()), polynomial(u.upper()));
                    let zero = Rational::zero();
                    assert!(
                        (at_low <= zero) != (at_high < zero) || u.exact().is_some(),
                        "{depth} {text} {branch:?}"
                    );
                    let small = if branch == Branch::Upper { &v } else { &u };
                    assert!(small.width() <= small.upper() / power_of_two(130), "{depth} {text} {branch:?}");
                }
            }
        }
    }
}
