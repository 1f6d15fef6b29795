//! How much work a prediction may cost. What a budget does not settle is undecided, never wrong.

use crate::exact::bits_for;

/// The budget of an optimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Working precision of the first attempt, in bits.
    pub first_bits: u32,
    /// Precision of the last attempt, in bits: beyond it an open comparison is undecided.
    pub last_bits: u32,
    /// Steps that sharpen eigenvectors at most, for class targets other than one-hot.
    pub iterations: usize,
}

/// Precision of the first attempt at least.
const FIRST_BITS: u32 = 96;
/// Precision of the last attempt at least.
const LAST_BITS: u32 = 1 << 14;
/// Bits of the first attempt beyond what the places need.
const SPARE_BITS: usize = 32;
/// Steps that sharpen eigenvectors at most.
pub const ITERATIONS: usize = 24;

impl Budget {
    /// The budget for so many decimal places.
    pub fn of(places: usize) -> Self {
        let first_bits = FIRST_BITS.max(bits_for(places, SPARE_BITS));
        Self { first_bits, last_bits: LAST_BITS.max(first_bits), iterations: ITERATIONS }
    }
}
/// Beyond this many classes Gram matrices are computed only on request.
pub const GRAM_CLASSES: usize = 64;
