//! The roots of the secular equation `Σ_g m_g c_g/(c_g − μ) = 0`: the target spectrum with a bias.
//!
//! - One root strictly between each neighbouring pair of distinct counts; between two poles the sum increases
//!   from −∞ to +∞, so its sign at a point says on which side the root lies.
//! - Signs are taken in fixed point with outward rounding, so numbers do not grow with the number of counts.
//! - `N·μ` is an algebraic integer, so a rational root is `j/N`: it is recognised, and then exact.

use crate::exact::{Dyadic, Enclosure, Integer, QuotientSum, Rational, Toward};
use crate::hints;
use num_traits::{One, ToPrimitive, Zero};
use std::cmp::Ordering;

/// Distinct counts `c_1 > … > c_G` with their multiplicities `m_g`.
#[derive(Debug, Clone)]
pub struct Secular {
    counts: Vec<Integer>,
    multiplicities: Vec<Integer>,
    samples: Integer,
}

/// Bits that a float candidate should have after one Newton step in fixed point, and bits that it should have
/// at least: the first bracket is this narrow, relatively.
const CANDIDATE_BITS: [i64; 2] = [92, 46];
/// The first interpolation narrows the bracket by this many bits; later ones by twice the one before.
const FIRST_CELLS: u64 = 40;
/// A bracket of `2^SLACK_BITS` places is narrow enough.
const SLACK_BITS: u64 = 14;

impl Secular {
    /// The equation for distinct counts in decreasing order, each with its multiplicity.
    pub fn new(groups: &[(u64, usize)]) -> Self {
        let counts: Vec<Integer> = groups.iter().map(|(c, _)| Integer::from(*c)).collect();
        let multiplicities: Vec<Integer> = groups.iter().map(|(_, m)| Integer::from(*m)).collect();
        let samples = counts.iter().zip(&multiplicities).map(|(c, m)| c * m).sum();
        Self { counts, multiplicities, samples }
    }

    /// The sum in fixed point, for roots to `bits` binary places.
    pub fn fixed_point(&self, bits: u32) -> FixedPoint {
        // The sum's slope is at least N/c_1² and each quotient is off by less than one unit, so with this scale
        // an unsettled point lies within one place of the root.
        let shift = 2 * bits as usize + 2 * self.counts[0].bits() as usize + 8;
        let floats = |v: &[Integer]| v.iter().map(|c| c.to_f64().unwrap_or(0.0)).collect::<Vec<_>>();
        FixedPoint {
            words: self.words(bits),
            counts: self.counts.iter().map(|c| c << bits).collect(),
            weights: self.counts.iter().zip(&self.multiplicities).map(|(c, m)| (c * m) << shift).collect(),
            places: i64::from(bits),
            shift: shift as i64,
            floats: (floats(&self.counts), floats(&self.multiplicities)),
        }
    }

    /// `c_g` to so many binary places and `m_g c_g` in machine words; `None` if they do not fit.
    fn words(&self, bits: u32) -> Option<Vec<(u128, u64)>> {
        let word = |(c, m): (&Integer, &Integer)| Some(((c << bits).to_u128()?, (c * m).to_u64()?));
        self.counts.iter().zip(&self.multiplicities).map(word).collect()
    }

    /// The root between `counts[j]` and `counts[j + 1]`, from the sum in fixed point; exact when it is rational.
    pub fn root(&self, fixed: &FixedPoint, j: usize) -> Enclosure {
        let (low, high) = fixed.bracket(j);
        let (bits, places) = (fixed.places as u32, -fixed.places);
        let (low, high) = (Dyadic::new(low, places), Dyadic::new(high, places));
        if let Some(root) = self.rational_root(&low.to_rational(), &high.to_rational()) {
            return root.into();
        }
        // Guard bits above the binary point, so that counts of any size keep the places.
        let kept = bits + self.counts[0].bits() as u32 + 2;
        Enclosure::between(&low, &high, kept)
    }

    /// The rational root in a bracket that holds one root, if that root is rational.
    fn rational_root(&self, low: &Rational, high: &Rational) -> Option<Rational> {
        let n = Rational::from(self.samples.clone());
        let candidate = (low * &n).ceil() / &n;
        (candidate <= *high && self.sign_at(&candidate) == Some(Ordering::Equal)).then_some(candidate)
    }

    /// The sign of the sum at a rational point, exactly; `None` at a pole.
    pub fn sign_at(&self, t: &Rational) -> Option<Ordering> {
        let mut sum = Rational::zero();
        for (c, m) in self.counts.iter().zip(&self.multiplicities) {
            let distance = Rational::from(c.clone()) - t;
            if distance.is_zero() {
                return None;
            }
            sum += Rational::from(c * m) / distance;
        }
        Some(sum.cmp(&Rational::zero()))
    }
}

/// The secular sum in fixed point: points have `places` binary places, values more.
#[derive(Debug)]
pub struct FixedPoint {
    /// `c_g`, decreasing.
    counts: Vec<Integer>,
    /// `c_g` and `m_g c_g` in machine words, where they fit.
    words: Option<Vec<(u128, u64)>>,
    /// `m_g c_g` on the scale of the quotients.
    weights: Vec<Integer>,
    places: i64,
    /// Binary places of `weights`.
    shift: i64,
    floats: (Vec<f64>, Vec<f64>),
}

impl FixedPoint {
    /// Binary places of the quotients and their sum.
    fn places_of_sums(&self) -> i64 {
        self.shift - self.places
    }

    /// The sum's sign at a point, with a bound of its size for interpolation, if the fixed point settles it.
    fn probe(&self, t: &Integer) -> Probe {
        let Some(sum) = self.sum_in_words(t).unwrap_or_else(|| self.sum(t)) else {
            return Probe::Unsettled;
        };
        // Each quotient was cut by less than one unit.
        let slack = self.counts.len();
        if sum > Integer::from(slack) {
            Probe::Above(sum + slack)
        } else if sum < -Integer::from(slack) {
            Probe::Below(-sum + slack)
        } else {
            Probe::Unsettled
        }
    }

    /// `Σ m_g c_g/(c_g − t)`, every quotient cut; `None` at a pole.
    fn sum(&self, t: &Integer) -> Option<Integer> {
        let mut sum = Integer::zero();
        for (c, weight) in self.counts.iter().zip(&self.weights) {
            let distance = c - t;
            if distance.is_zero() {
                return None;
            }
            sum += weight / distance;
        }
        Some(sum)
    }

    /// The same in machine words; `None` if numbers do not fit.
    fn sum_in_words(&self, t: &Integer) -> Option<Option<Integer>> {
        let (words, t) = (self.words.as_ref()?, t.to_u128()?);
        let mut sum = QuotientSum::new(u32::try_from(self.shift).ok()?)?;
        for (c, weight) in words {
            match c.abs_diff(t) {
                0 => return Some(None),
                distance => sum.add(*weight, distance, t > *c),
            }
        }
        Some(Some(sum.total()))
    }

    /// Integers `low < high` with the root between `counts[j + 1]` and `counts[j]` between them.
    fn bracket(&self, j: usize) -> (Integer, Integer) {
        if let Some(found) = self.candidate_bracket(j) {
            return found;
        }
        let (mut low, mut high) = (self.counts[j + 1].clone(), self.counts[j].clone());
        while &high - &low > Integer::one() {
            let middle: Integer = (&low + &high) >> 1;
            match self.probe(&middle) {
                Probe::Above(_) => high = middle,
                Probe::Below(_) => low = middle,
                Probe::Unsettled => return (middle.clone() - 1, middle + 1),
            }
        }
        (low, high)
    }

    /// The bracket from a float candidate, narrowed by quadratic interval refinement; `None` if the candidate
    /// does not hold.
    fn candidate_bracket(&self, j: usize) -> Option<(Integer, Integer)> {
        let (counts, multiplicities) = &self.floats;
        let hint = hints::secular::root(counts, multiplicities, j);
        let (offset, places) = (hints::candidate(hint.offset), self.places);
        let start = &self.counts[hint.pole] + offset.fixed(places, Toward::Down);
        let slope = hints::candidate(hint.slope);
        // Newton: the sum in units of the quotients, divided by the slope in the same units a place.
        let step = |size: Integer| {
            Dyadic::new(size, -self.places_of_sums())
                .divided(&slope, 128, Toward::Down)
                .fixed(places, Toward::Down)
        };
        let middle = match self.probe(&start) {
            Probe::Above(size) if !slope.is_zero() => start - step(size),
            Probe::Below(size) if !slope.is_zero() => start + step(size),
            _ => start,
        };
        let around = |bits: &i64| {
            let reach = Integer::one() << (offset.magnitude() + places - bits).max(0).unsigned_abs();
            let (low, high) = (&middle - &reach, &middle + &reach);
            if low <= self.counts[j + 1] || high >= self.counts[j] {
                return None;
            }
            match (self.probe(&low), self.probe(&high)) {
                (Probe::Below(f_low), Probe::Above(f_high)) => Some((low, high, f_low, f_high)),
                _ => None,
            }
        };
        let (mut low, mut high, mut f_low, mut f_high) = CANDIDATE_BITS.iter().find_map(around)?;
        let mut cells = FIRST_CELLS;
        while (&high - &low).bits() > SLACK_BITS {
            let span = &high - &low;
            let cell = (&span >> cells).max(Integer::one());
            // Linear interpolation says in which cell the root should lie.
            let guess = &low + (&span * &f_low) / (&f_low + &f_high);
            let (left, right) = ((&guess - &cell).max(low.clone()), (&guess + &cell).min(high.clone()));
            let sharper = cells * 2;
            match self.probe(&left) {
                Probe::Below(value) => (low, f_low) = (left, value),
                Probe::Above(value) => {
                    (high, f_high) = (left, value);
                    cells = (cells / 2).max(1);
                    continue;
                }
                Probe::Unsettled => return Some((left.clone() - 2, left + 2)),
            }
            match self.probe(&right) {
                Probe::Above(value) => (high, f_high) = (right, value),
                Probe::Below(value) => {
                    (low, f_low) = (right, value);
                    cells = (cells / 2).max(1);
                    continue;
                }
                Probe::Unsettled => return Some((right.clone() - 2, right + 2)),
            }
            cells = sharper;
        }
        Some((low, high))
    }
}

/// `1/(c_g − μ)²` for all groups at a secular root, in fixed point: the true values lie within `error` units of
/// `2^-places` of `values`.
///
/// The singular vector of the root is `p_g ∝ c_g/(c_g − μ)`.
#[derive(Debug)]
pub struct InverseSquares {
    /// One value a group.
    pub values: Vec<Integer>,
    /// Bound of every value's error, in units.
    pub error: Integer,
    /// Binary places.
    pub places: i64,
}

impl InverseSquares {
    /// The values for groups of decreasing counts at a root; `None` if its enclosure touches a count.
    pub fn at(counts: &[u64], target_sq: &Enclosure, bits: u32) -> Option<Self> {
        let largest = i64::from(u64::BITS - counts.first()?.leading_zeros());
        let places = i64::from(bits) + 2 * largest;
        let (low, high) = target_sq.ends(u32::try_from(places + largest).ok()?);
        let (low, high) = (low.fixed(places, Toward::Down), high.fixed(places, Toward::Up));
        let distances: Vec<Integer> =
            counts.iter().map(|c| (Integer::from(*c) << places.unsigned_abs()) - &low).collect();
        let nearest = distances.iter().map(Integer::bits).min()? as i64;
        let spread = high - low;
        if spread.bits() as i64 + 2 > nearest {
            return None;
        }
        // All |c − μ| ≥ 2^-a with this a, so 1/(c − μ) ≤ 2^a moves by at most 2·spread·4^a units, and its
        // square by 2^{a+1} times as much; one unit more for each division.
        let a = (places - nearest + 2).max(0).unsigned_abs();
        let one = Integer::one() << (2 * places).unsigned_abs();
        let step: Integer = (spread << (2 * a + 1)) + 2;
        let error = (&step << (a + 2)) + ((&step * &step) >> places.unsigned_abs()) + 2;
        let square = |d: &Integer| {
            let inverse = &one / d;
            (&inverse * &inverse) >> places.unsigned_abs()
        };
        Some(Self { values: distances.iter().map(square).collect(), error, places })
    }

    /// The largest value.
    pub fn largest(&self) -> Integer {
        self.values.iter().max().cloned().unwrap_or_default()
    }
}

/// What the sum's sign says about a point.
enum Probe {
    /// The sum is positive: the root lies below. With an upper bound of the sum.
    Above(Integer),
    /// The sum is negative: the root lies above. With an upper bound of its size.
    Below(Integer),
    /// Nearer to the root than the scale resolves, or a pole.
    Unsettled,
}
