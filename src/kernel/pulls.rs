//! The pulls that a claim about deep cross-entropy speaks of: `c = (Λn)^{1/L}`.

use super::reader::Pair;
use num_rational::BigRational;

/// Values of `c`, from the least to the greatest.
#[derive(Debug, Clone)]
pub struct Pulls {
    pub low: BigRational,
    pub high: BigRational,
}

impl Pulls {
    pub fn exact(value: BigRational) -> Self {
        Self { low: value.clone(), high: value }
    }

    pub fn of(pair: &Pair) -> Self {
        Self { low: pair.low.ratio(), high: pair.high.ratio() }
    }

    pub fn is_exact(&self) -> bool {
        self.low == self.high
    }
}
