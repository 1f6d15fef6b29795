//! The frame step: a lower bound of what a simplex frame costs, and zero.

use super::analysis::{PLACES, Toward, exp, ln, one, rational};
use super::given::Given;
use super::number::Number;
use super::reader::Reader;
use super::rejection::{Check, require, short};
use num_bigint::BigInt;
use std::cmp::Ordering;

/// Two points around the best scale of a simplex frame.
pub struct Frame {
    low: Number,
    high: Number,
}

impl Frame {
    pub fn read(reader: &mut Reader) -> Check<Self> {
        reader.step("frame")?;
        let low = reader.next_number("low")?;
        let high = reader.next_number("high")?;
        reader.symbol('}')?;
        Ok(Self { low, high })
    }

    /// `min(ln K, ln(1 + (K−1)e^{−high}) + a low^{2/L})`, rounded down. What it costs is bounded by the limits of
    /// numbers and layers.
    pub fn bound(&self, given: &Given) -> Check<Number> {
        let factors = given.depth.saturating_add(1);
        let others = BigInt::from(given.counts.len()) - 1;
        let n = given.counts.first().copied().unwrap_or(0);
        // Λ n.
        let weight = Number::new(&given.product.top * BigInt::from(n), given.product.bottom.clone());
        let ordered = self.low.is_positive() && self.low < self.high;
        let needed = || format!("above 0 and below {}", short(&self.high));
        require!(ordered, FrameLow, "low", short(&self.low), needed());
        // β^{L−2} against Λ n (e^β + K − 1)^L.
        let compare = |β: &Number, toward: Toward| -> Check<Ordering> {
            let sum: BigInt = exp(β, toward, "frame")? + &others * one();
            let power = factors.saturating_sub(2);
            let left = (β.top.pow(power) * &weight.bottom) << places(factors);
            Ok(left.cmp(&(sum.pow(factors) * &weight.top * β.bottom.pow(power))))
        };
        let falls = compare(&self.low, Toward::Up)? == Ordering::Greater;
        require!(falls, FrameLow, "low", short(&self.low), "where the cost of a frame falls");
        let rises = compare(&self.high, Toward::Down)? == Ordering::Less;
        require!(rises, FrameHigh, "high", short(&self.high), "where the cost of a frame rises");
        let high = Number::new(-self.high.top.clone(), self.high.bottom.clone());
        let small = exp(&high, Toward::Down, "frame")?;
        let loss = ln(&(one() + &others * small), Toward::Down);
        // a β^{2/L} is the L-th root of (L (K−1)/2)^L Λ n β².
        let half: BigInt = BigInt::from(factors) * &others;
        let low = &self.low;
        let top = half.pow(factors) * &weight.top * &low.top * &low.top;
        let bottom = (&weight.bottom * &low.bottom * &low.bottom) << factors;
        let penalty = ((top << places(factors)) / bottom).nth_root(factors);
        let zero = ln(&((others + 1) * one()), Toward::Down);
        Ok(rational(&(loss + penalty).min(zero)))
    }
}

/// Binary places of an `L`-th power.
fn places(factors: u32) -> u64 {
    u64::from(PLACES).saturating_mul(u64::from(factors))
}
