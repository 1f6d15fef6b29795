//! Numbers that start on a cache line.

use faer::Mat;
use std::ops::{Deref, DerefMut};

/// Numbers one after the other. They start on a cache line, so that the vectors of a matrix's columns do not straddle two
/// where widths are multiples of eight: with the longest vectors a pass over a wide matrix is a fifth faster.
#[derive(Debug, Clone)]
pub struct Room(Mat<f64>);

impl Room {
    /// Zeros.
    pub fn zeros(length: usize) -> Self {
        Self(Mat::zeros(length, 1))
    }
}

impl From<&[f64]> for Room {
    fn from(entries: &[f64]) -> Self {
        let mut room = Self::zeros(entries.len());
        room.copy_from_slice(entries);
        room
    }
}

impl Deref for Room {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        self.0.col_as_slice(0)
    }
}

impl DerefMut for Room {
    fn deref_mut(&mut self) -> &mut [f64] {
        self.0.col_as_slice_mut(0)
    }
}

/// Counts entries of states that are read or written, for tests of the work.
#[cfg_attr(not(test), inline(always))]
pub(super) fn moves(entries: usize) {
    #[cfg(test)]
    MOVED.set(MOVED.get() + entries as u64);
    let _ = entries;
}

#[cfg(test)]
thread_local! {
    /// Entries that were moved on behalf of this thread.
    pub(super) static MOVED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_start_on_cache_lines() {
        for length in [1, 8, 1_000, 1 << 18] {
            let room = Room::zeros(length);
            assert_eq!((room.len(), room.as_ptr().align_offset(64)), (length, 0));
            assert_eq!(room.clone().as_ptr().align_offset(64), 0);
        }
    }
}
