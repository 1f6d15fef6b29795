//! What the search for proofs may cost.

use crate::exact::{SPARE_BITS, bits_for};
use crate::hints::optimality::Cells;
use crate::hints::{convex, deep_cross_entropy};

/// Working precision of what is shown, at least, in bits.
pub(super) const BITS: u32 = 192;

/// Limits of the work. With smaller ones more is undecided; nothing that is said becomes wrong.
#[derive(Debug, Clone, Copy)]
pub struct Budget<'a> {
    /// Working precision, in bits.
    pub bits: u32,
    /// Classes or outputs, whichever are fewer, at most for the numerical search of the convex optimum.
    pub convex_classes: usize,
    /// The more numerous of them at most.
    pub convex_groups: usize,
    /// Classes at most for the search of deep networks.
    pub deep_classes: usize,
    /// Pulls towards the diagonal at most that may make a dual point provable.
    pub pulls: usize,
    /// Cells at most of a tree that proves a global optimum.
    pub cells: Cells<'a>,
    /// By how many percent to both sides of `c` a proof that the frame is optimal reaches.
    pub percent: u32,
    /// Whether an optimum that is neither frame nor zero is enclosed.
    pub enclose: bool,
    /// The search of the convex optimum.
    pub convex: convex::Budget,
    /// The search of deep networks.
    pub deep: deep_cross_entropy::Budget,
}

impl Budget<'_> {
    /// The usual limits, and closed forms to so many digits.
    pub fn to_digits(digits: usize) -> Self {
        Self { bits: BITS.max(bits_for(digits, SPARE_BITS)), ..Self::default() }
    }
}

impl Default for Budget<'_> {
    fn default() -> Self {
        Self {
            bits: BITS,
            convex_classes: 128,
            convex_groups: 1024,
            deep_classes: 24,
            pulls: 16,
            cells: 6_000.into(),
            percent: 0,
            enclose: true,
            convex: Default::default(),
            deep: Default::default(),
        }
    }
}
