//! Enclosures that rest on floating candidates.

use crate::exact::{Enclosure, Rational, ten_to};
use num_traits::Signed;

/// Significant digits shown: what another processor proposes gives the same ones, but for rounding at a boundary.
const STABLE_DIGITS: i64 = 12;

/// A lower and an upper bound as an enclosure whose ends survive small changes of what proposed them: they are multiples of
/// a power of ten, `room` places above the distance of the bounds where that decides.
pub fn stable(low: &Rational, high: &Rational, room: i64, bits: u32) -> Enclosure {
    let place = |x: &Rational| {
        let bits = x.numer().bits() as i64 - x.denom().bits() as i64;
        (bits * 30_103).div_euclid(100_000)
    };
    if !high.is_positive() {
        return Enclosure::hull(low, high, bits);
    }
    let mut last = place(high) - STABLE_DIGITS;
    let gap = high - low;
    if gap.is_positive() {
        last = last.max(place(&gap) + room);
    }
    let unit = ten_to(last);
    Enclosure::hull(&((low / &unit).floor() * &unit), &((high / &unit).ceil() * &unit), bits)
}
