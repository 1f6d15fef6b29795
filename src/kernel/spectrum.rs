//! The spectrum step: are the claimed targets the squared singular values of the problem's targets?

use super::congruence::Congruence;
use super::given::Given;
use super::matrix::count;
use super::modes::Entry;
use super::reader::Reader;
use super::rejection::{Check, Reason, reject, require, short};
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
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
            (Self::Counts, None) if !given.bias => counts(given, entries, zeros),
            (Self::Secular { places }, None) if given.bias => secular(given, entries, zeros, *places),
            (Self::Congruence(step), Some(targets)) => step.check(given, targets, entries, zeros),
            _ => reject(Reason::Malformed, "step", "a step for other targets", "the one for these"),
        }
    }
}

fn is_count(entry: &Entry, n: u64, multiplicity: usize) -> Check<()> {
    let (target, place) = (&entry.target, entry.place.as_str());
    let exact = target.is_exact() && target.low == count(n);
    require!(exact, Target, place, short(&target.low), format!("exactly {n}"));
    has_multiplicity(entry, multiplicity)
}

fn has_multiplicity(entry: &Entry, needed: usize) -> Check<()> {
    require!(entry.multiplicity == needed, Multiplicity, &entry.place, entry.multiplicity, needed);
    Ok(())
}

fn counts(given: &Given, entries: &[Entry], zeros: usize) -> Check<()> {
    let groups = given.groups();
    require!(entries.len() == groups.len(), ModeCount, "modes", entries.len(), groups.len());
    for (entry, (n, multiplicity)) in entries.iter().zip(groups) {
        is_count(entry, n, multiplicity)?;
    }
    require!(zeros == 0, Zeros, "zero_targets", zeros, 0);
    Ok(())
}

fn secular(given: &Given, entries: &[Entry], zeros: usize, places: usize) -> Check<()> {
    require!(places <= MAX_PLACES, Malformed, "places", places, format!("at most {MAX_PLACES}"));
    let groups = given.groups();
    let repeated = groups.iter().filter(|(_, m)| *m > 1).count();
    let needed = repeated.saturating_add(groups.len()).saturating_sub(1);
    require!(entries.len() == needed, ModeCount, "modes", entries.len(), needed);
    let mut rest = entries.iter();
    let mut below = groups.iter().skip(1);
    for (n, multiplicity) in &groups {
        if *multiplicity > 1
            && let Some(entry) = rest.next()
        {
            is_count(entry, *n, multiplicity.saturating_sub(1))?;
        }
        if let Some((next, _)) = below.next()
            && let Some(entry) = rest.next()
        {
            has_multiplicity(entry, 1)?;
            is_root(entry, &groups, (*next, *n), places)?;
        }
    }
    require!(zeros == 1, Zeros, "zero_targets", zeros, 1);
    Ok(())
}

/// The root of the secular sum between two neighbouring counts.
fn is_root(entry: &Entry, groups: &[(u64, usize)], (below, above): (u64, u64), places: usize) -> Check<()> {
    let (target, place) = (&entry.target, entry.place.as_str());
    let between = target.low > count(below) && target.high < count(above);
    let ends = || format!("{} and {}", short(&target.low), short(&target.high));
    require!(between, Poles, place, ends(), format!("strictly between {below} and {above}"));
    let terms = |t: &BigRational| -> Vec<(BigInt, BigInt)> {
        let (p, q) = (t.numer(), t.denom());
        groups
            .iter()
            .map(|(c, m)| (BigInt::from(*c) * BigInt::from(*m) * q, BigInt::from(*c) * q - p))
            .collect()
    };
    if target.is_exact() {
        let sum: BigRational = terms(&target.low).into_iter().map(|(a, b)| BigRational::new(a, b)).sum();
        require!(sum.is_zero(), SecularSign, place, short(&sum), "exactly 0");
        return Ok(());
    }
    // Rounded down; each of the G terms loses less than one unit.
    let sum =
        |t: &BigRational| -> BigInt { terms(t).into_iter().map(|(a, b)| (a << places).div_floor(&b)).sum() };
    let (low, high) = (sum(&target.low), sum(&target.high));
    let units = |x: BigInt| format!("a sum of {} units", short(&x.into()));
    let negative = low < -BigInt::from(groups.len());
    require!(negative, SecularSign, place, units(low), "negative at the lower end");
    require!(high.is_positive(), SecularSign, place, units(high), "positive at the upper end");
    Ok(())
}
