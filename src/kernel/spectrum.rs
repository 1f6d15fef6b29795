//! The spectrum step: are the claimed targets the squared singular values of the problem's targets?

use super::congruence::Congruence;
use super::given::{Given, Targets};
use super::modes::Entry;
use super::number::Number;
use super::reader::Reader;
use super::rejection::{Check, Reason, reject, require, short};
use super::work::{Work, product, quotient};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};

/// Binary places of the secular sum at most.
const MAX_PLACES: usize = 4096;

/// The step as written.
pub enum Spectrum {
    Counts,
    Secular { places: usize },
    Congruence(Congruence),
}

impl Spectrum {
    pub fn read(reader: &mut Reader) -> Check<Self> {
        reader.symbol('{')?;
        reader.key("step")?;
        let step = match reader.text()? {
            "counts" => Self::Counts,
            "secular" => {
                reader.next_key("places")?;
                Self::Secular { places: reader.whole()? }
            }
            "congruence" => Self::Congruence(Congruence::read(reader)?),
            other => return reject(Reason::Malformed, "step", other, "counts, secular or congruence"),
        };
        reader.symbol('}')?;
        Ok(step)
    }

    /// What counts cost is little.
    pub fn work(&self, given: &Given, entries: &[Entry], work: &mut Work) {
        match (self, &given.targets) {
            (Self::Secular { places }, Targets::OneHot) => secular_work(given, entries, *places, work),
            (_, Targets::OneHot) | (Self::Counts | Self::Secular { .. }, _) => {}
            (Self::Congruence(step), _) => step.work(given, entries, work),
        }
    }

    pub fn check(&self, given: &Given, entries: &[Entry], zeros: usize) -> Check<()> {
        for (larger, smaller) in entries.iter().zip(entries.iter().skip(1)) {
            let (low, high) = (&larger.target.low, &smaller.target.high);
            require!(low > high, Order, &larger.place, short(low), format!("above {}", short(high)));
        }
        if let Some(last) = entries.last() {
            let low = &last.target.low;
            require!(low.is_positive(), Positive, &last.place, short(low), "above 0");
        }
        match (self, &given.targets) {
            (Self::Counts, Targets::OneHot) if !given.bias => counts(given, entries, zeros),
            (Self::Secular { places }, Targets::OneHot) if given.bias => {
                secular(given, entries, zeros, *places)
            }
            (Self::Congruence(step), Targets::Columns(_) | Targets::Covariance(_)) => {
                step.check(given, entries, zeros)
            }
            _ => reject(Reason::Malformed, "step", "a step for other targets", "the one for these"),
        }
    }
}

fn is_count(entry: &Entry, n: u64, multiplicity: usize) -> Check<()> {
    let (target, place) = (&entry.target, entry.place.as_str());
    let exact = target.is_exact() && target.low == Number::whole(n);
    require!(exact, Target, place, short(&target.low), format!("exactly {n}"));
    has_multiplicity(entry, multiplicity)
}

fn has_multiplicity(entry: &Entry, needed: usize) -> Check<()> {
    require!(entry.multiplicity == needed, Multiplicity, &entry.place, entry.multiplicity, needed);
    Ok(())
}

fn counts(given: &Given, entries: &[Entry], zeros: usize) -> Check<()> {
    let groups = &given.groups;
    require!(entries.len() == groups.len(), ModeCount, "modes", entries.len(), groups.len());
    for (entry, (n, multiplicity)) in entries.iter().zip(groups) {
        is_count(entry, *n, *multiplicity)?;
    }
    require!(zeros == 0, Zeros, "zero_targets", zeros, 0);
    Ok(())
}

fn secular(given: &Given, entries: &[Entry], zeros: usize, places: usize) -> Check<()> {
    require!(places <= MAX_PLACES, Malformed, "places", places, format!("at most {MAX_PLACES}"));
    let groups = &given.groups;
    let repeated = groups.iter().filter(|(_, m)| *m > 1).count();
    let needed = repeated.saturating_add(groups.len()).saturating_sub(1);
    require!(entries.len() == needed, ModeCount, "modes", entries.len(), needed);
    let mut rest = entries.iter();
    let mut below = groups.iter().skip(1);
    for (n, multiplicity) in groups {
        if *multiplicity > 1
            && let Some(entry) = rest.next()
        {
            is_count(entry, *n, multiplicity.saturating_sub(1))?;
        }
        if let Some((next, _)) = below.next()
            && let Some(entry) = rest.next()
        {
            has_multiplicity(entry, 1)?;
            is_root(entry, given, (*next, *n), places)?;
        }
    }
    require!(zeros == 1, Zeros, "zero_targets", zeros, 1);
    Ok(())
}

/// Binary places in which a sum that should be exactly zero is looked at first.
const FIRST_PLACES: usize = 128;

/// Two sums for a root between ends; for one that is exact, a quick look and the exact sum.
fn secular_work(given: &Given, entries: &[Entry], places: usize, work: &mut Work) {
    let groups = given.groups.len();
    let terms = u64::try_from(groups).unwrap_or(u64::MAX);
    let is_count = |x: &Number| given.groups.iter().any(|(n, _)| *x == Number::whole(*n));
    for entry in entries {
        let bits = entry.target.low.bits().max(entry.target.high.bits());
        let places = u64::try_from(places).unwrap_or(u64::MAX);
        if !entry.target.is_exact() {
            work.add(&[groups, 2], quotient(places.saturating_add(bits), bits));
        } else if !is_count(&entry.target.low) {
            let whole = terms.saturating_mul(160);
            work.add(&[groups], quotient(bits.saturating_add(160), bits));
            work.add(&[4], product(whole, whole));
        }
    }
}

/// The root of the secular sum between two neighbouring counts.
fn is_root(entry: &Entry, given: &Given, (below, above): (u64, u64), places: usize) -> Check<()> {
    let (target, place) = (&entry.target, entry.place.as_str());
    let between = target.low > Number::whole(below) && target.high < Number::whole(above);
    let ends = || format!("{} and {}", short(&target.low), short(&target.high));
    require!(between, Poles, place, ends(), format!("strictly between {below} and {above}"));
    let groups = &given.groups;
    let terms = |t: &Number| -> Vec<(BigInt, BigInt)> {
        let term = |(c, m): &(u64, usize)| {
            let weight = BigInt::from(*c) * BigInt::from(*m) * &t.bottom;
            (weight, BigInt::from(*c) * &t.bottom - &t.top)
        };
        groups.iter().map(term).collect()
    };
    // Rounded down; each of the G terms loses less than one unit.
    let sum = |t: &Number, places: usize| -> BigInt {
        terms(t).into_iter().map(|(a, b)| (a << places).div_floor(&b)).sum()
    };
    let slack = BigInt::from(groups.len());
    let units = |x: BigInt| format!("a sum of {} units", short(&x));
    if target.is_exact() {
        // The roots are those of an integer polynomial whose first coefficient is N.
        let possible = (&given.samples % &target.low.bottom).is_zero();
        require!(possible, SecularSign, place, "a denominator that does not divide N", "exactly 0");
        let near = sum(&target.low, FIRST_PLACES);
        let zero = -slack <= near && !near.is_positive() && total(terms(&target.low)).is_zero();
        require!(zero, SecularSign, place, units(near), "exactly 0");
        return Ok(());
    }
    let low = sum(&target.low, places);
    require!(low < -slack, SecularSign, place, units(low), "negative at the lower end");
    let high = sum(&target.high, places);
    require!(high.is_positive(), SecularSign, place, units(high), "positive at the upper end");
    Ok(())
}

/// The numerator of a sum of fractions, added in pairs.
fn total(mut terms: Vec<(BigInt, BigInt)>) -> BigInt {
    while terms.len() > 1 {
        let add = |pair: &[(BigInt, BigInt)]| match pair {
            [(a, b), (c, d)] => (a * d + c * b, b * d),
            _ => pair.first().cloned().unwrap_or_default(),
        };
        terms = terms.chunks(2).map(add).collect();
    }
    terms.pop().map_or(BigInt::zero(), |(top, _)| top)
}
