//! Eigenvalues of a small symmetric matrix of enclosures, each proved by counting.
//!
//! - The entries are rounded to integers on one scale; by Weyl's inequality that moves no eigenvalue by more than the size
//!   of the matrix times the largest rounding.
//! - Sylvester's law: as many eigenvalues lie below `t` as the leading minors of `A − tI` change sign.
//! - A float solver says where to look; two counts prove what it says, and bisection sharpens it.

use crate::exact::{Dyadic, Enclosure, Integer, Toward};
use crate::hints;
use num_integer::Integer as _;
use num_traits::{One, Signed, Zero};

/// Binary places of the integers, relative to the largest entry.
const PLACES: i64 = 128;
/// Nudges of a point at which a minor vanishes; each is twice the one before.
const NUDGES: u32 = 32;
/// Counts for one eigenvalue at most: a float's bracket opens, then halves.
const MAX_COUNTS: usize = 400;

/// A symmetric matrix on an integer scale.
#[derive(Debug, Clone)]
pub struct Symmetric {
    rows: Vec<Vec<Integer>>,
    /// One of the integers is worth `2^-places`.
    places: i64,
    /// No eigenvalue is moved by more by the rounding, in the same unit.
    slack: Integer,
}

impl Symmetric {
    /// The matrix of these entries, of which the lower triangle is read.
    pub fn of(entries: &[Vec<Enclosure>]) -> Self {
        let n = entries.len();
        let ends: Vec<Vec<(Dyadic, Dyadic)>> = (0..n)
            .map(|i| (0..n).map(|j| entries[i.max(j)][i.min(j)].ends(2 * PLACES as u32)).collect())
            .collect();
        let sizes = ends.iter().flatten().flat_map(|(low, high)| [low, high]).filter(|x| !x.is_zero());
        let places = PLACES - sizes.map(Dyadic::magnitude).max().unwrap_or(0);
        let fixed =
            |at: &(Dyadic, Dyadic)| (at.0.fixed(places, Toward::Down), at.1.fixed(places, Toward::Up));
        let ends: Vec<Vec<(Integer, Integer)>> =
            ends.iter().map(|row| row.iter().map(fixed).collect()).collect();
        let widest = ends.iter().flatten().map(|(low, high)| high - low).max().unwrap_or_default();
        let rows = ends.into_iter().map(|row| row.into_iter().map(|(low, _)| low).collect()).collect();
        Self { rows, places, slack: widest * Integer::from(n) }
    }

    /// Number of rows.
    pub fn size(&self) -> usize {
        self.rows.len()
    }

    /// The eigenvalue with `k` others below it, to about `bits` bits where it is not tiny beside the matrix.
    pub fn eigenvalue(&self, k: usize, bits: u32) -> Option<Enclosure> {
        let norm: Integer = self.rows.iter().map(|row| row.iter().map(Signed::abs).sum()).max()?;
        let floor = Integer::from(4) * (&self.slack + Integer::one());
        let (far_low, far_high) = (-&norm - &floor, &norm + &floor);
        let seen = hints::spectrum::eigenvalues(&self.rows, self.places).and_then(|all| all.get(k).cloned());
        let (mut low, mut high) = (far_low.clone(), far_high.clone());
        let mut counts = 0;
        if let Some(seen) = seen {
            let mut reach = (&norm >> 48u32) + &floor;
            loop {
                (low, high) = ((&seen - &reach).max(far_low.clone()), (&seen + &reach).min(far_high.clone()));
                counts += 2;
                let (under, over) =
                    (low == far_low || self.is_above(k, &low)?, high == far_high || self.is_below(k, &high)?);
                if under && over {
                    break;
                }
                if counts > MAX_COUNTS {
                    return None;
                }
                reach <<= 8u32;
            }
        }
        let room = |low: &Integer, high: &Integer| floor.clone().max(low.abs().min(high.abs()) >> (bits + 3));
        while &high - &low > room(&low, &high) && counts < MAX_COUNTS {
            let middle: Integer = (&low + &high) >> 1u32;
            counts += 1;
            if self.is_above(k, &middle)? {
                low = middle;
            } else if self.is_below(k, &middle)? {
                high = middle;
            } else {
                // It is no further from here than the rounding and the nudges of both counts.
                let reach = (&self.slack << 1u32) + (Integer::one() << NUDGES);
                (low, high) = (low.max(&middle - &reach), high.min(middle + reach));
                break;
            }
        }
        let cell = Integer::one() << room(&low, &high).bits();
        if &high - &low <= cell {
            (low, high) = self.cell(k, low, high, &cell)?;
        }
        let end = |x: Integer| Dyadic::new(x, -self.places);
        Some(Enclosure::between(&end(low), &end(high), bits + 8))
    }

    /// The cell of a grid that an eigenvalue lies in, or two of them, from ends that are no further apart than one is long:
    /// the answer does not depend on the ends, which a float search found.
    fn cell(&self, k: usize, low: Integer, high: Integer, length: &Integer) -> Option<(Integer, Integer)> {
        let start = low.div_floor(length) * length;
        let line = &start + length;
        let beyond = &line + length;
        Some(if high <= line || self.is_below(k, &line)? {
            (start, line)
        } else if self.is_above(k, &line)? {
            (line, beyond)
        } else {
            (start, beyond)
        })
    }

    /// Whether the eigenvalue with `k` others below it is proved to be at least `t`.
    fn is_above(&self, k: usize, t: &Integer) -> Option<bool> {
        Some(self.below(&(t + &self.slack), &Integer::one())? <= k)
    }

    /// Whether it is proved to be less than `t`.
    fn is_below(&self, k: usize, t: &Integer) -> Option<bool> {
        Some(self.below(&(t - &self.slack), &-Integer::one())? > k)
    }

    /// How many eigenvalues of the integer matrix lie below `t`, or a point a few nudges from it; `None` where minors keep
    /// vanishing.
    fn below(&self, t: &Integer, nudge: &Integer) -> Option<usize> {
        let at = |n: u32| if n == 0 { t.clone() } else { t + (nudge << (n - 1)) };
        (0..NUDGES).find_map(|n| self.sign_changes(&at(n)))
    }

    /// Sign changes of the leading minors of `A − tI`, by fraction-free elimination; `None` where one vanishes.
    fn sign_changes(&self, t: &Integer) -> Option<usize> {
        let n = self.size();
        let mut a = self.rows.clone();
        for (i, row) in a.iter_mut().enumerate() {
            row[i] -= t;
        }
        let (mut before, mut changes) = (Integer::one(), 0);
        for k in 0..n {
            let pivot = a[k][k].clone();
            if pivot.is_zero() {
                return None;
            }
            changes += usize::from(pivot.is_negative() != before.is_negative());
            for i in k + 1..n {
                for j in k + 1..=i {
                    // A step keeps the lower triangle; `a[j][k]` stands for `a[k][j]`.
                    a[i][j] = (&a[i][j] * &pivot - &a[i][k] * &a[j][k]) / &before;
                }
            }
            before = pivot;
        }
        Some(changes)
    }
}
