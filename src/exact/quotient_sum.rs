//! Sums of many quotients `w·2^shift/d` with numbers of a few machine words: what takes the time where there are many
//! classes. The same integers as with integers of any size, without their allocations.

use super::Integer;
use num_bigint::{BigInt, Sign};

/// Words of a sum.
const WORDS: usize = 8;
/// The largest shift: a quotient then has fewer bits than the words of a sum by far more than a sum of 2³⁰ needs.
const MAX_SHIFT: u32 = 340;

/// `Σ ±⌊w·2^shift/d⌋`.
#[derive(Debug, Clone)]
pub struct QuotientSum {
    shift: u32,
    positive: [u64; WORDS],
    negative: [u64; WORDS],
}

impl QuotientSum {
    /// An empty sum; `None` for a shift that is too large.
    pub fn new(shift: u32) -> Option<Self> {
        (shift <= MAX_SHIFT).then_some(Self { shift, positive: [0; WORDS], negative: [0; WORDS] })
    }

    /// Adds `⌊w·2^shift/d⌋`, or subtracts it. The divisor is positive.
    pub fn add(&mut self, weight: u64, divisor: u128, subtract: bool) {
        let spare = divisor.leading_zeros();
        let divisor = divisor << spare;
        let by = Divisor::of(divisor);
        let shift = self.shift + spare;
        let (zeros, bits) = ((shift / 64) as usize, shift % 64);
        let top = u128::from(weight) << bits;
        let (first, mut rest) = if top >= divisor { (1, top - divisor) } else { (0, top) };
        let mut quotient = [0; WORDS];
        quotient[zeros] = first;
        for word in quotient[..zeros].iter_mut().rev() {
            (*word, rest) = by.divide(rest);
        }
        let sum = if subtract { &mut self.negative } else { &mut self.positive };
        let mut carry = false;
        for (sum, word) in sum.iter_mut().zip(quotient) {
            let (once, over) = sum.overflowing_add(word);
            let (twice, again) = once.overflowing_add(u64::from(carry));
            (*sum, carry) = (twice, over || again);
        }
    }

    /// The sum.
    pub fn total(&self) -> Integer {
        let whole = |words: &[u64; WORDS]| {
            let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
            BigInt::from_bytes_le(Sign::Plus, &bytes)
        };
        whole(&self.positive) - whole(&self.negative)
    }
}

/// A divisor of two words whose leading bit is set, with its reciprocal (Möller and Granlund 2011, Improved division by
/// invariant integers, algorithms 5 and 6).
struct Divisor {
    value: u128,
    high: u64,
    low: u64,
    reciprocal: u64,
}

/// The lower and the upper word.
fn words(x: u128) -> (u64, u64) {
    (x as u64, (x >> 64) as u64)
}

impl Divisor {
    fn of(value: u128) -> Self {
        let (low, high) = words(value);
        // ⌊(2^128 − 1)/high⌋ − 2^64.
        let mut v = (((u128::from(!high) << 64) | u128::from(u64::MAX)) / u128::from(high)) as u64;
        let mut p = high.wrapping_mul(v).wrapping_add(low);
        if p < low {
            v = v.wrapping_sub(1);
            if p >= high {
                v = v.wrapping_sub(1);
                p = p.wrapping_sub(high);
            }
            p = p.wrapping_sub(high);
        }
        let (t0, t1) = words(u128::from(v) * u128::from(low));
        p = p.wrapping_add(t1);
        if p < t1 {
            v = v.wrapping_sub(1);
            if ((u128::from(p) << 64) | u128::from(t0)) >= value {
                v = v.wrapping_sub(1);
            }
        }
        Self { value, high, low, reciprocal: v }
    }

    /// `rest·2^64` divided: the quotient and what remains. `rest` is below the divisor.
    fn divide(&self, rest: u128) -> (u64, u128) {
        let (u1, u2) = words(rest);
        let (q0, q1) = words((u128::from(self.reciprocal) * u128::from(u2)).wrapping_add(rest));
        let r1 = u1.wrapping_sub(q1.wrapping_mul(self.high));
        let mut r = (u128::from(r1) << 64)
            .wrapping_sub(u128::from(self.low) * u128::from(q1))
            .wrapping_sub(self.value);
        let mut q = q1.wrapping_add(1);
        if words(r).1 >= q0 {
            q = q.wrapping_sub(1);
            r = r.wrapping_add(self.value);
        }
        if r >= self.value {
            q = q.wrapping_add(1);
            r -= self.value;
        }
        (q, r)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_integers_of_any_size() {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Words of many ones and many zeros find carries.
            match state >> 61 {
                0 => u64::MAX,
                1 => 0,
                2 => 1 << 63,
                3 => (1 << 63) - 1,
                _ => state ^ (state >> 29),
            }
        };
        for round in 0..20_000_u32 {
            let shift = round % (MAX_SHIFT + 1);
            let mut sum = QuotientSum::new(shift).unwrap();
            let mut known = Integer::from(0);
            for i in 0..4 {
                let weight = next() >> (next() % 64);
                let divisor = (((u128::from(next()) << 64) | u128::from(next())) >> (next() % 128)).max(1);
                sum.add(weight, divisor, i % 2 == 1);
                let quotient = (Integer::from(weight) << shift) / Integer::from(divisor);
                known += if i % 2 == 1 { -quotient } else { quotient };
            }
            assert_eq!(sum.total(), known, "{shift}");
        }
        assert!(QuotientSum::new(MAX_SHIFT + 1).is_none());
    }
}
