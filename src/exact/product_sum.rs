//! Sums of many products of natural numbers, added in place: without an allocation for each.

use super::Integer;
use num_bigint::{BigInt, Sign};

/// A natural number in machine words, the lowest first.
pub type Words = Vec<u64>;

/// The words of a number's size.
pub fn words(x: &Integer) -> Words {
    x.magnitude().to_u64_digits()
}

/// `Σ a b` of natural numbers.
#[derive(Debug, Clone, Default)]
pub struct ProductSum(Words);

impl ProductSum {
    /// Adds a product.
    pub fn add(&mut self, a: &[u64], b: &[u64]) {
        let sum = &mut self.0;
        if sum.len() < a.len() + b.len() {
            sum.resize(a.len() + b.len(), 0);
        }
        for (i, x) in a.iter().enumerate() {
            let mut carry = 0;
            for (sum, y) in sum[i..].iter_mut().zip(b) {
                // At most (2⁶⁴ − 1)² + 2 (2⁶⁴ − 1) = 2¹²⁸ − 1.
                let all = u128::from(*x) * u128::from(*y) + u128::from(*sum) + u128::from(carry);
                (*sum, carry) = (all as u64, (all >> 64) as u64);
            }
            let mut at = i + b.len();
            while carry > 0 {
                if at == sum.len() {
                    sum.push(0);
                }
                let (word, over) = sum[at].overflowing_add(carry);
                (sum[at], carry) = (word, u64::from(over));
                at += 1;
            }
        }
    }

    /// Adds another sum.
    pub fn join(&mut self, other: &Self) {
        self.add(&other.0, &[1]);
    }

    /// The sum.
    pub fn total(&self) -> Integer {
        let bytes: Vec<u8> = self.0.iter().flat_map(|word| word.to_le_bytes()).collect();
        BigInt::from_bytes_le(Sign::Plus, &bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_integers_of_any_size() {
        let number = |i: u32| (Integer::from(1) << (i * 37 % 331)) - (i % 3);
        let (mut sum, mut other, mut known) =
            (ProductSum::default(), ProductSum::default(), Integer::from(0));
        for i in 0..2_000 {
            let (a, b) = (number(i), number(i / 5 + 7));
            if i % 2 == 0 { &mut sum } else { &mut other }.add(&words(&a), &words(&b));
            // Words are those of a number's size.
            known += Integer::from(a.magnitude() * b.magnitude());
        }
        sum.join(&other);
        assert_eq!(sum.total(), known);
        assert_eq!(ProductSum::default().total(), Integer::from(0));
    }
}
