//! What it costs to check a document, added up from its sizes before any condition is tested: `docs/certificate.md`,
//! section 7.

/// Units of work at most; what costs more is not checked. A unit is some nanoseconds.
pub const LIMIT: u64 = 500_000_000;
/// One exponential or logarithm.
pub const SERIES: u64 = 4_000;
/// One logarithm of an integer of at most 60 bits.
pub const LOGARITHM: u64 = 600;

/// Units, counted up to the largest number there is.
#[derive(Debug, Clone, Copy)]
pub struct Work(pub u64);

impl Work {
    /// So many times so many operations of a cost each.
    pub fn add(&mut self, times: &[usize], each: u64) {
        let factor = |n: &usize| u64::try_from(*n).unwrap_or(u64::MAX);
        let all = times.iter().map(factor).fold(each, u64::saturating_mul);
        self.0 = self.0.saturating_add(all);
    }
}

/// Words of so many bits.
pub fn words(bits: u64) -> u64 {
    bits.div_ceil(64)
}

/// A product of integers of so many bits, some words by some words: the longer times the root of the shorter.
pub fn product(a: u64, b: u64) -> u64 {
    let (long, short) = (words(a.max(b)), words(a.min(b)));
    long.saturating_mul(short.isqrt()).saturating_add(16)
}

/// The quotient of an integer of so many bits by one of fewer: all words by all words.
pub fn quotient(a: u64, b: u64) -> u64 {
    words(a).saturating_mul(words(b)).saturating_add(16)
}
