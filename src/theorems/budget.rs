//! How far a judge goes before it says undecided.

use crate::exact::{DIGITS, SPARE_BITS, bits_for};

/// One precision of a judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Precision {
    /// Significant digits of every enclosure.
    pub digits: usize,
    /// Whether numbers carry algebraic forms, so that equalities can be proved.
    pub algebra: bool,
}

impl Precision {
    /// Working precision in bits, where no optimum says it.
    pub fn bits(self) -> u32 {
        bits_for(self.digits, SPARE_BITS)
    }
}

/// What a judge may spend. A smaller budget makes answers undecided, never wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The precision of the first look.
    pub first: Precision,
    /// Precisions tried after it, while more of it may settle a claim.
    pub then: Vec<Precision>,
    /// Steps of one evaluation.
    pub steps: u64,
    /// Rewriting steps of one reduction of an algebraic form.
    pub rewrites: usize,
}

impl Default for Budget {
    fn default() -> Self {
        let precision = |digits, algebra| Precision { digits, algebra };
        Self {
            first: precision(DIGITS, false),
            then: vec![precision(DIGITS, true), precision(50, true), precision(200, true)],
            steps: 400_000,
            rewrites: 2_000,
        }
    }
}
