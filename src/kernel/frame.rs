//! The frame step: a lower bound of what a simplex frame costs, and zero.

use super::analysis::{PLACES, Toward, fixed, ln, one, ranged_exp, rational};
use super::given::Given;
use super::matrix::count;
use super::reader::Reader;
use super::rejection::{Check, require, short};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Pow, Signed, Zero};

/// Two points around the best scale of a simplex frame.
pub struct Frame {
    low: BigRational,
    high: BigRational,
}

impl Frame {
    pub fn read(reader: &mut Reader) -> Check<Self> {
        reader.step("frame")?;
        let low = reader.next_number("low")?;
        let high = reader.next_number("high")?;
        reader.symbol('}')?;
        Ok(Self { low, high })
    }

    /// `min(ln K, ln(1 + (K−1)e^{−high}) + a low^{2/L})`, rounded down.
    pub fn bound(&self, given: &Given) -> Check<BigRational> {
        let factors = given.depth.saturating_add(1);
        let others = BigInt::from(given.counts.len()) - 1;
        let n = given.counts.first().map_or(BigRational::zero(), |n| count(*n));
        let weight = &given.product * n;
        let ordered = self.low.is_positive() && self.low < self.high;
        let needed = || format!("above 0 and below {}", short(&self.high));
        require!(ordered, FrameLow, "low", short(&self.low), needed());
        // β^{L−2} against Λ n (e^β + K − 1)^L.
        let sides = |β: &BigRational, toward: Toward| -> Check<(BigRational, BigRational)> {
            let sum = ranged_exp(&fixed(β, toward), toward, "frame")? + &others * one();
            let power = |x: &BigRational, n: u32| Pow::pow(x, n);
            Ok((power(β, factors.saturating_sub(2)), power(&rational(&sum), factors) * &weight))
        };
        let (left, right) = sides(&self.low, Toward::Up)?;
        require!(left > right, FrameLow, "low", short(&left), format!("above {}", short(&right)));
        let (left, right) = sides(&self.high, Toward::Down)?;
        require!(left < right, FrameHigh, "high", short(&left), format!("below {}", short(&right)));
        let small = ranged_exp(&fixed(&-self.high.clone(), Toward::Down), Toward::Down, "frame")?;
        let loss = ln(&(one() + &others * small), Toward::Down);
        // a β^{2/L} is the L-th root of (L (K−1)/2)^L Λ n β².
        let half = BigRational::new(BigInt::from(factors) * &others, BigInt::from(2));
        let inside = Pow::pow(&half, factors) * weight * &self.low * &self.low;
        let shift = u64::from(PLACES).saturating_mul(u64::from(factors));
        let penalty = ((inside.numer() << shift) / inside.denom()).nth_root(factors);
        let zero = ln(&((others + BigInt::one()) * one()), Toward::Down);
        Ok(rational(&(loss + penalty).min(zero)))
    }
}
