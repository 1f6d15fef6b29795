//! The claim about the optimum: each mode, the budget of the widths, the objective.

use super::given::{Given, Loss};
use super::reader::{Pair, Reader};
use super::spectrum;
use super::{Check, Reason, cross_entropy, reject, require, short};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};
use std::cmp::Ordering;

/// One distinct target of the claim.
pub struct Entry {
    pub place: String,
    pub target: Pair,
    pub multiplicity: usize,
    fate: Fate,
    kept: usize,
    shrinkage: Pair,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    Collapsed,
    Cut,
    Tie,
}

enum Budget {
    Slack,
    Cut { root: Pair, price: BigRational },
    Split,
}

struct Claim<'a> {
    optimum: &'a str,
    objective: Pair,
    price: Pair,
    zeros: usize,
    entries: Vec<Entry>,
}

/// Reads the certificate and tests every condition.
pub fn check(given: &Given, hash: &str, certificate: &[u8]) -> Check<()> {
    let mut reader = Reader::new(certificate)?;
    reader.symbol('{')?;
    reader.key("format")?;
    let format = reader.text()?;
    let known = "tightframe.certificate/1";
    require(format == known, Reason::Malformed, "format", format, known)?;
    reader.next_key("case_sha256")?;
    let stated = reader.text()?;
    let hexadecimal = stated.len() == hash.len()
        && stated.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    require(hexadecimal, Reason::Malformed, "case_sha256", stated, "64 lower-case hexadecimal digits")?;
    require(stated == hash, Reason::OtherCase, "case_sha256", stated, hash)?;
    reader.next_key("claim")?;
    reader.symbol('{')?;
    reader.key("statement")?;
    match reader.text()? {
        "mse-optimum" => check_mse(given, &mut reader),
        ce @ ("ce-optimum" | "ce-frame-refuted" | "ce-two-classes") => {
            cross_entropy::check(given, ce, &mut reader)
        }
        other => reject(Reason::Malformed, "statement", other, "a statement of the format"),
    }
}

fn check_mse(given: &Given, reader: &mut Reader) -> Check<()> {
    let known = given.loss == Loss::Mse;
    require(known, Reason::Statement, "statement", "mse-optimum", "one that speaks of such a problem")?;
    let claim = Claim::read(reader)?;
    reader.next_key("proof")?;
    reader.symbol('[')?;
    let spectrum = spectrum::Step::read(reader)?;
    reader.symbol(',')?;
    let budget = Budget::read(reader)?;
    reader.symbol(']')?;
    reader.symbol('}')?;
    reader.end()?;
    spectrum.check(given, &claim.entries, claim.zeros)?;
    let law = Law::of(given);
    for entry in &claim.entries {
        law.check(entry)?;
    }
    claim.check_budget(&law, given.rank, &budget)?;
    claim.check_word(&law, &budget)?;
    claim.check_objective(&law)
}

impl<'a> Claim<'a> {
    fn read(reader: &mut Reader<'a>) -> Check<Self> {
        reader.next_key("optimum")?;
        let optimum = reader.text()?;
        reader.next_key("objective")?;
        let objective = reader.pair()?;
        reader.next_key("price")?;
        let price = reader.pair()?;
        reader.next_key("zero_targets")?;
        let zeros = reader.whole()?;
        reader.next_key("modes")?;
        let mut number: usize = 0;
        let entries = reader.list(|r| {
            number = number.saturating_add(1);
            Entry::read(r, number)
        })?;
        reader.symbol('}')?;
        Ok(Self { optimum, objective, price, zeros, entries })
    }

    fn check_budget(&self, law: &Law, rank: usize, budget: &Budget) -> Check<()> {
        let kept = self.entries.iter().fold(0usize, |sum, e| sum.saturating_add(e.kept));
        require(kept <= rank, Reason::Budget, "modes", format!("{kept} kept"), format!("at most {rank}"))?;
        // The entry that the budget stops at, if any, and its fate.
        let stop = match budget {
            Budget::Slack => None,
            Budget::Cut { .. } => Some(Fate::Cut),
            Budget::Split => Some(Fate::Tie),
        };
        let before = self.entries.iter().take_while(|e| match stop {
            Some(fate) => e.fate != fate,
            None => e.fate == Fate::Kept,
        });
        let before = before.count();
        let (first, rest) = self.entries.split_at_checked(before).unwrap_or((&self.entries, &[]));
        for entry in first {
            let word = format!("{:?}", entry.fate);
            require(
                entry.fate == Fate::Kept,
                Reason::Selection,
                &entry.place,
                word,
                "kept, as one larger is",
            )?;
        }
        if stop.is_some() {
            require(kept == rank, Reason::Budget, "modes", format!("{kept} kept"), rank)?;
        }
        let after = rest.get(usize::from(stop != Some(Fate::Cut))..).unwrap_or(&[]);
        for entry in after {
            let fits = entry.fate == Fate::Collapsed || (entry.fate == Fate::Cut && stop.is_some());
            let word = format!("{:?}", entry.fate);
            require(fits, Reason::Selection, &entry.place, word, "none of it kept: one larger is not")?;
        }
        let exactly_zero = |price: &Pair| {
            require(price.is_zero(), Reason::PriceClaim, "price", short(&price.high), "0: no room is missing")
        };
        match (budget, rest.first()) {
            (Budget::Slack, None) => exactly_zero(&self.price),
            (Budget::Slack, Some(entry)) => {
                let room = rank.saturating_sub(kept.saturating_sub(entry.kept));
                let most = room.min(entry.multiplicity);
                let fits = match entry.fate {
                    Fate::Collapsed => true,
                    Fate::Tie => {
                        law.compare_threshold(&entry.target.low) == Ordering::Equal && entry.kept == most
                    }
                    _ => false,
                };
                let found = format!("{:?}, {} kept", entry.fate, entry.kept);
                require(
                    fits,
                    Reason::Selection,
                    &entry.place,
                    found,
                    format!("collapsed, or a tie with {most}"),
                )?;
                exactly_zero(&self.price)
            }
            (Budget::Cut { root, price }, Some(entry)) => {
                law.check_root(&entry.target, root, "root")?;
                let (least, most) = law.gain(&entry.target, root);
                let needed = format!("at least the gain {} that is cut, and 0", short(&most));
                let above = *price >= most && *price >= BigRational::zero();
                require(above, Reason::Price, "price", short(price), needed)?;
                if let Some(last) = first.last() {
                    let (gain, _) = law.gain(&last.target, &last.shrinkage);
                    let needed = format!("at most the gain {} that is kept", short(&gain));
                    require(*price <= gain, Reason::Price, "price", short(price), needed)?;
                }
                self.encloses_price(&least, &most)
            }
            (Budget::Split, Some(entry)) => {
                let place = entry.place.as_str();
                let halved = 0 < entry.kept && entry.kept < entry.multiplicity;
                let above = law.compare_threshold(&entry.target.low) == Ordering::Greater;
                let found = format!("{} of {} kept", entry.kept, entry.multiplicity);
                let needed = "some but not all of equal targets above the threshold";
                require(halved && above && entry.target.is_exact(), Reason::Split, place, found, needed)?;
                let (least, most) = law.gain(&entry.target, &entry.shrinkage);
                self.encloses_price(&least, &most)
            }
            (_, None) => reject(Reason::Selection, "modes", "nothing that the budget stops at", "an entry"),
        }
    }

    fn encloses_price(&self, least: &BigRational, most: &BigRational) -> Check<()> {
        let encloses = self.price.low <= *least && *most <= self.price.high;
        let found = format!("{} to {}", short(&self.price.low), short(&self.price.high));
        let needed = format!("around {} to {}", short(least), short(most));
        require(encloses, Reason::PriceClaim, "price", found, needed)
    }

    fn check_word(&self, law: &Law, budget: &Budget) -> Check<()> {
        let threshold =
            |e: &Entry| e.fate == Fate::Tie && law.compare_threshold(&e.target.low) == Ordering::Equal;
        let word = if self.entries.iter().any(threshold) {
            "tie"
        } else if matches!(budget, Budget::Split) {
            "rank-tie"
        } else if self.entries.iter().any(|e| e.kept > 0) {
            "unique"
        } else {
            "zero"
        };
        require(self.optimum == word, Reason::Optimum, "optimum", self.optimum, word)
    }

    fn check_objective(&self, law: &Law) -> Check<()> {
        let (mut least, mut most) = (BigRational::zero(), BigRational::zero());
        for e in &self.entries {
            let count = |n: usize| BigRational::from(BigInt::from(n));
            let (kept, lost) = (count(e.kept), count(e.multiplicity.saturating_sub(e.kept)));
            least += &e.target.low * (&kept * law.height(&e.shrinkage.high) + &lost);
            most += &e.target.high * (kept * law.height(&e.shrinkage.low) + lost);
        }
        let (least, most) = (least / &law.twice_samples, most / &law.twice_samples);
        let encloses = self.objective.low <= least && most <= self.objective.high;
        let found = format!("{} to {}", short(&self.objective.low), short(&self.objective.high));
        let needed = format!("around {} to {}", short(&least), short(&most));
        require(encloses, Reason::Objective, "objective", found, needed)
    }
}

impl Entry {
    fn read(reader: &mut Reader, number: usize) -> Check<Self> {
        reader.symbol('{')?;
        reader.key("target_sq")?;
        let target = reader.pair()?;
        reader.next_key("multiplicity")?;
        let multiplicity = reader.whole()?;
        reader.next_key("fate")?;
        let place = format!("mode {number}");
        let fate = match reader.text()? {
            "kept" => Fate::Kept,
            "collapsed" => Fate::Collapsed,
            "cut" => Fate::Cut,
            "tie" => Fate::Tie,
            other => return reject(Reason::Fate, &place, other, "kept, collapsed, cut or tie"),
        };
        reader.next_key("kept")?;
        let kept = reader.whole()?;
        reader.next_key("shrinkage")?;
        let shrinkage = reader.pair()?;
        reader.symbol('}')?;
        Ok(Self { place, target, multiplicity, fate, kept, shrinkage })
    }
}

impl Budget {
    fn read(reader: &mut Reader) -> Check<Self> {
        reader.symbol('{')?;
        reader.key("step")?;
        let step = match reader.text()? {
            "slack" => Self::Slack,
            "split" => Self::Split,
            "cut" => {
                reader.next_key("root")?;
                let root = reader.pair()?;
                reader.next_key("price")?;
                Self::Cut { root, price: reader.number()? }
            }
            other => return reject(Reason::Malformed, "step", other, "slack, cut or split"),
        };
        reader.symbol('}')?;
        Ok(step)
    }
}

/// What all modes share.
struct Law {
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
    fn of(given: &Given) -> Self {
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

    /// `h(u) = (1 − u)(1 + M u)`.
    fn height(&self, u: &BigRational) -> BigRational {
        (BigRational::one() - u) * (BigRational::one() + &self.m * u)
    }

    /// Bounds of the gain of keeping a mode: `μ (1 − h(u))/(2N)`.
    fn gain(&self, target: &Pair, root: &Pair) -> (BigRational, BigRational) {
        let of = |μ: &BigRational, u: &BigRational| {
            μ * (BigRational::one() - self.height(u)) / &self.twice_samples
        };
        (of(&target.low, &root.low), of(&target.high, &root.high))
    }

    fn check(&self, entry: &Entry) -> Check<()> {
        let (target, place) = (&entry.target, entry.place.as_str());
        let (low, high) = (self.compare_threshold(&target.low), self.compare_threshold(&target.high));
        let found = |μ: &BigRational| format!("μ = {}", short(μ));
        let lost = || -> Check<()> {
            require(entry.kept == 0, Reason::Kept, place, entry.kept, 0)?;
            let zero = entry.shrinkage.is_zero();
            require(zero, Reason::Fate, place, short(&entry.shrinkage.high), "shrinkage 0: the mode is lost")
        };
        match entry.fate {
            Fate::Collapsed => {
                lost()?;
                let below = high == Ordering::Less || (high == Ordering::Equal && self.depth == 1);
                require(below, Reason::ThresholdBelow, place, found(&target.high), self.bound("below"))
            }
            Fate::Cut => {
                lost()?;
                let fits = low == Ordering::Greater || (low == Ordering::Equal && self.depth > 1);
                require(fits, Reason::ThresholdCut, place, found(&target.low), self.bound("at or above"))
            }
            Fate::Kept => {
                require(
                    entry.kept == entry.multiplicity,
                    Reason::Kept,
                    place,
                    entry.kept,
                    entry.multiplicity,
                )?;
                let above = low == Ordering::Greater;
                require(above, Reason::ThresholdAbove, place, found(&target.low), self.bound("above"))?;
                self.check_root(target, &entry.shrinkage, place)
            }
            Fate::Tie => {
                let at = low == Ordering::Equal && target.is_exact() && self.depth > 1;
                let fits = at || low == Ordering::Greater;
                require(fits, Reason::Tie, place, found(&target.low), self.bound("at"))?;
                let some = 0 < entry.kept && entry.kept <= entry.multiplicity;
                let needed = format!("1 to {}", entry.multiplicity);
                require(some, Reason::Kept, place, entry.kept, needed)?;
                self.check_root(target, &entry.shrinkage, place)
            }
        }
    }

    fn bound(&self, side: &str) -> String {
        let ratio = &self.threshold / BigRational::from(self.factor.clone());
        format!("{side} the threshold, μ^{} = {}", self.depth, short(&ratio))
    }

    /// Whether the upper root for every `μ` of `target` lies in `root`.
    fn check_root(&self, target: &Pair, root: &Pair, place: &str) -> Check<()> {
        let inflection = (&self.m - BigRational::one()) / (&self.m + &self.m);
        let (low, high) = (&root.low, &root.high);
        let needed = format!("at least (M−1)/(2M) = {inflection}: the upper root");
        require(*low >= inflection, Reason::UpperRoot, place, short(low), needed)?;
        require(*high <= BigRational::one(), Reason::RootHigh, place, short(high), "at most 1")?;
        let fits = self.compare_root(low, &target.low) != Ordering::Less;
        let needed = |side: &str, μ| format!("{side} the upper root for μ = {}", short(μ));
        require(fits, Reason::RootLow, place, short(low), needed("at most", &target.low))?;
        let fits = self.compare_root(high, &target.high) != Ordering::Greater;
        require(fits, Reason::RootHigh, place, short(high), needed("at least", &target.high))
    }
}
