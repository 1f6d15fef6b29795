//! What decides about a single mode: its threshold, its upper root, its gain.

use super::given::Given;
use super::modes::{Entry, Fate};
use super::reader::Pair;
use super::rejection::{Check, require, short};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use std::cmp::Ordering;

/// What all modes share.
pub struct Law {
    /// `M`.
    depth: u32,
    m: BigRational,
    /// `Λ N^L`.
    numerator: BigRational,
    /// `M^{2M} N^{M+1} Λ`, and `(M−1)^{M−1}`.
    threshold: BigRational,
    factor: BigInt,
    /// `2N`.
    twice_samples: BigRational,
}

impl Law {
    pub fn of(given: &Given) -> Self {
        let depth = given.depth;
        let (m, n) = (BigInt::from(depth), &given.samples);
        let numerator = &given.product * BigRational::from(n.pow(depth.saturating_add(1)));
        Self {
            depth,
            threshold: &numerator * BigRational::from(m.pow(depth.saturating_mul(2))),
            factor: BigInt::from(depth.saturating_sub(1)).pow(depth.saturating_sub(1)),
            m: BigRational::from(m),
            numerator,
            twice_samples: BigRational::from(n + n),
        }
    }

    /// `μ^M (M−1)^{M−1}` against `M^{2M} N^{M+1} Λ`.
    fn compare_threshold(&self, μ: &BigRational) -> Ordering {
        let left = μ.numer().pow(self.depth) * &self.factor * self.threshold.denom();
        let right = self.threshold.numer() * μ.denom().pow(self.depth);
        left.cmp(&right)
    }

    /// `(1 − u)^{M+1} u^{M−1}` against `Λ N^L/μ^M`, for `0 ≤ u ≤ 1` and `μ > 0`.
    fn compare_root(&self, u: &BigRational, μ: &BigRational) -> Ordering {
        let (p, q, m) = (u.numer(), u.denom(), self.depth);
        let (up, down) = (m.saturating_add(1), m.saturating_sub(1));
        let left = (q - p).pow(up) * p.pow(down) * μ.numer().pow(m) * self.numerator.denom();
        let right = self.numerator.numer() * μ.denom().pow(m) * q.pow(m.saturating_mul(2));
        left.cmp(&right)
    }

    /// Whether optimality does not decide about a mode, as it costs what zero costs.
    pub fn is_threshold_tie(&self, entry: &Entry) -> bool {
        entry.fate == Fate::Tie && self.compare_threshold(&entry.target.low) == Ordering::Equal
    }

    /// `h(u) = (1 − u)(1 + M u)`.
    fn height(&self, u: &BigRational) -> BigRational {
        (BigRational::one() - u) * (BigRational::one() + &self.m * u)
    }

    /// Bounds of the gain of keeping a mode: `μ (1 − h(u))/(2N)`.
    pub fn gain(&self, target: &Pair, root: &Pair) -> (BigRational, BigRational) {
        let of = |μ: &BigRational, u: &BigRational| {
            μ * (BigRational::one() - self.height(u)) / &self.twice_samples
        };
        (of(&target.low, &root.low), of(&target.high, &root.high))
    }

    /// Bounds of the objective: `Σ μ (kept · h(u) + lost)/(2N)`.
    pub fn objective(&self, entries: &[Entry]) -> (BigRational, BigRational) {
        let times = |n: usize| BigRational::from(BigInt::from(n));
        let (mut least, mut most) = (BigRational::zero(), BigRational::zero());
        for e in entries {
            let (kept, lost) = (times(e.kept), times(e.multiplicity.saturating_sub(e.kept)));
            least += &e.target.low * (&kept * self.height(&e.shrinkage.high) + &lost);
            most += &e.target.high * (kept * self.height(&e.shrinkage.low) + lost);
        }
        (least / &self.twice_samples, most / &self.twice_samples)
    }

    /// Whether an entry's fate, its number and its root are those of its targets.
    pub fn check(&self, entry: &Entry) -> Check<()> {
        match entry.fate {
            Fate::Collapsed => self.check_collapsed(entry),
            Fate::Cut => self.check_cut(entry),
            Fate::Kept => self.check_kept(entry),
            Fate::Tie => self.check_tie(entry),
        }
    }

    fn check_collapsed(&self, entry: &Entry) -> Check<()> {
        lost(entry)?;
        let (μ, place) = (&entry.target.high, entry.place.as_str());
        let side = self.compare_threshold(μ);
        let below = side == Ordering::Less || (side == Ordering::Equal && self.depth == 1);
        require!(below, ThresholdBelow, place, format!("μ = {}", short(μ)), self.threshold_words("below"));
        Ok(())
    }

    fn check_cut(&self, entry: &Entry) -> Check<()> {
        lost(entry)?;
        let (μ, place) = (&entry.target.low, entry.place.as_str());
        let side = self.compare_threshold(μ);
        // One layer: a mode at its threshold is zero anyway, the widths do not cut it.
        let fits = side == Ordering::Greater || (side == Ordering::Equal && self.depth > 1);
        require!(fits, ThresholdCut, place, format!("μ = {}", short(μ)), self.threshold_words("at or above"));
        Ok(())
    }

    fn check_kept(&self, entry: &Entry) -> Check<()> {
        let (μ, place) = (&entry.target.low, entry.place.as_str());
        require!(entry.kept == entry.multiplicity, Kept, place, entry.kept, entry.multiplicity);
        let above = self.compare_threshold(μ) == Ordering::Greater;
        require!(above, ThresholdAbove, place, format!("μ = {}", short(μ)), self.threshold_words("above"));
        self.check_root(&entry.target, &entry.shrinkage, place)
    }

    fn check_tie(&self, entry: &Entry) -> Check<()> {
        let (μ, place) = (&entry.target.low, entry.place.as_str());
        let side = self.compare_threshold(μ);
        let at = side == Ordering::Equal && entry.target.is_exact() && self.depth > 1;
        let fits = at || side == Ordering::Greater;
        require!(fits, Tie, place, format!("μ = {}", short(μ)), self.threshold_words("at"));
        // None kept would be no tie: the widths decide then.
        let some = 0 < entry.kept && entry.kept <= entry.multiplicity;
        require!(some, Kept, place, entry.kept, format!("1 to {}", entry.multiplicity));
        self.check_root(&entry.target, &entry.shrinkage, place)
    }

    fn threshold_words(&self, side: &str) -> String {
        let ratio = &self.threshold / BigRational::from(self.factor.clone());
        format!("{side} the threshold, μ^{} = {}", self.depth, short(&ratio))
    }

    /// Whether the upper root for every `μ` of `target` lies in `root`.
    pub fn check_root(&self, target: &Pair, root: &Pair, place: &str) -> Check<()> {
        let inflection = (&self.m - BigRational::one()) / (&self.m + &self.m);
        let (low, high) = (&root.low, &root.high);
        let needed = || format!("at least (M−1)/(2M) = {inflection}: the upper root");
        require!(*low >= inflection, UpperRoot, place, short(low), needed());
        require!(*high <= BigRational::one(), RootHigh, place, short(high), "at most 1");
        let fits = self.compare_root(low, &target.low) != Ordering::Less;
        let needed = |side: &str, μ| format!("{side} the upper root for μ = {}", short(μ));
        require!(fits, RootLow, place, short(low), needed("at most", &target.low));
        let fits = self.compare_root(high, &target.high) != Ordering::Greater;
        require!(fits, RootHigh, place, short(high), needed("at least", &target.high));
        Ok(())
    }
}

/// An entry of which nothing is kept.
fn lost(entry: &Entry) -> Check<()> {
    let place = entry.place.as_str();
    require!(entry.kept == 0, Kept, place, entry.kept, 0);
    let zero = entry.shrinkage.is_zero();
    require!(zero, Fate, place, short(&entry.shrinkage.high), "shrinkage 0: the mode is lost");
    Ok(())
}
