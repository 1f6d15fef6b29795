//! What decides about a single mode: its threshold, its upper root, its gain.

use super::given::Given;
use super::modes::{Entry, Fate, Modes};
use super::number::Number;
use super::reader::Pair;
use super::rejection::{Check, require, short};
use super::work::{Work, product};
use num_bigint::BigInt;
use num_traits::Zero;
use std::cmp::Ordering;

/// What all modes share.
pub struct Law {
    /// `M`.
    depth: u32,
    m: BigInt,
    /// `Λ N^L`.
    numerator: Number,
    /// `M^{2M} N^{M+1} Λ`, and `(M−1)^{M−1}`.
    threshold: Number,
    factor: BigInt,
    /// `2N`.
    twice_samples: BigInt,
}

impl Law {
    pub fn of(given: &Given) -> Self {
        let depth = given.depth;
        let (m, n, λ) = (BigInt::from(depth), &given.samples, &given.product);
        let numerator = Number::new(&λ.top * n.pow(depth.saturating_add(1)), λ.bottom.clone());
        let power = m.pow(depth.saturating_mul(2));
        Self {
            depth,
            threshold: Number::new(&numerator.top * power, numerator.bottom.clone()),
            factor: BigInt::from(depth.saturating_sub(1)).pow(depth.saturating_sub(1)),
            m,
            numerator,
            twice_samples: n + n,
        }
    }

    /// The cost of thresholds and roots, entry by entry, of a further root, and of the objective.
    pub fn work(given: &Given, claim: &Modes, root: Option<&Pair>, work: &mut Work) {
        let m = u64::from(given.depth);
        let longer = |pair: &Pair| pair.low.bits().max(pair.high.bits());
        let common = given.samples.bits().saturating_mul(m.saturating_add(1)).saturating_add(1024);
        let common = common.saturating_add(given.product.bits());
        let compared = |μ: u64, u: u64| {
            let bits = m.saturating_mul(u.saturating_mul(2).saturating_add(μ)).saturating_add(common);
            product(bits, bits).saturating_mul(12)
        };
        for entry in &claim.entries {
            work.add(&[], compared(longer(&entry.target), longer(&entry.shrinkage)));
        }
        if let Some(root) = root {
            let longest = claim.entries.iter().map(|e| longer(&e.target)).max().unwrap_or(0);
            work.add(&[], compared(longest, longer(root)));
        }
        let term = product(claim.targets.bits, claim.shrinkages.bits.saturating_mul(2));
        work.add(&[claim.entries.len(), 8], term);
    }

    /// `μ^M (M−1)^{M−1}` against `M^{2M} N^{M+1} Λ`.
    fn compare_threshold(&self, μ: &Number) -> Ordering {
        let left = μ.top.pow(self.depth) * &self.factor * &self.threshold.bottom;
        left.cmp(&(&self.threshold.top * μ.bottom.pow(self.depth)))
    }

    /// `(1 − u)^{M+1} u^{M−1}` against `Λ N^L/μ^M`, for `0 ≤ u ≤ 1` and `μ > 0`.
    fn compare_root(&self, u: &Number, μ: &Number) -> Ordering {
        let (p, q, m) = (&u.top, &u.bottom, self.depth);
        let (up, down) = (m.saturating_add(1), m.saturating_sub(1));
        let left = (q - p).pow(up) * p.pow(down) * μ.top.pow(m) * &self.numerator.bottom;
        left.cmp(&(&self.numerator.top * μ.bottom.pow(m) * q.pow(m.saturating_mul(2))))
    }

    /// Whether optimality does not decide about a mode, as it costs what zero costs.
    pub fn is_threshold_tie(&self, entry: &Entry) -> bool {
        entry.fate == Fate::Tie && self.compare_threshold(&entry.target.low) == Ordering::Equal
    }

    /// `h(u) = (1 − u)(1 + M u)` at `u = p/q`, times `q²`.
    fn height(&self, p: &BigInt, q: &BigInt) -> BigInt {
        (q - p) * (q + &self.m * p)
    }

    /// Bounds of the gain of keeping a mode: `μ (1 − h(u))/(2N)`.
    pub fn gain(&self, target: &Pair, root: &Pair) -> (Number, Number) {
        let of = |μ: &Number, u: &Number| {
            let square = &u.bottom * &u.bottom;
            let gained = &square - self.height(&u.top, &u.bottom);
            Number::new(&μ.top * gained, &μ.bottom * square * &self.twice_samples)
        };
        (of(&target.low, &root.low), of(&target.high, &root.high))
    }

    /// Bounds of the objective: `Σ μ (kept · h(u) + lost)/(2N)`.
    pub fn objective(&self, claim: &Modes) -> (Number, Number) {
        let (targets, shrinkages) = (&claim.targets, &claim.shrinkages);
        let square = &shrinkages.unit * &shrinkages.unit;
        let sum = |μ: Option<&Vec<BigInt>>, u: Option<&Vec<BigInt>>| {
            let mut top = BigInt::zero();
            for ((μ, u), e) in μ.into_iter().flatten().zip(u.into_iter().flatten()).zip(&claim.entries) {
                let lost = BigInt::from(e.multiplicity.saturating_sub(e.kept)) * &square;
                top += μ * (BigInt::from(e.kept) * self.height(u, &shrinkages.unit) + lost);
            }
            Number::new(top, &targets.unit * &square * &self.twice_samples)
        };
        let (a, b) = (targets.columns.first(), targets.columns.last());
        let (p, q) = (shrinkages.columns.first(), shrinkages.columns.last());
        (sum(a, q), sum(b, p))
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
        let ratio = Number::new(self.threshold.top.clone(), &self.threshold.bottom * &self.factor);
        format!("{side} the threshold, μ^{} = {}", self.depth, short(&ratio))
    }

    /// Whether the upper root for every `μ` of `target` lies in `root`.
    pub fn check_root(&self, target: &Pair, root: &Pair, place: &str) -> Check<()> {
        let inflection = Number::new(&self.m - 1, &self.m + &self.m);
        let (low, high) = (&root.low, &root.high);
        let needed = || format!("at least (M−1)/(2M) = {}: the upper root", short(&inflection));
        require!(*low >= inflection, UpperRoot, place, short(low), needed());
        require!(high.top <= high.bottom, RootHigh, place, short(high), "at most 1");
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
