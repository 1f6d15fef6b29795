//! The phases of few classes along the pull `c = (Λn)^{1/L}`: frame, another network, zero; each end as a certificate
//! finds it.

use super::{Budget, Deep, Finding};
use crate::case::{Bias, Draft, Loss, Mistake, Problem, Targets, Terms};
use crate::exact::{Rational, ten_to, whole};

/// What is proved to be optimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The simplex frame.
    Frame,
    /// A network that is better than every frame and than zero.
    Other,
    /// Zero.
    Zero,
    /// Nothing is proved.
    Open,
}

impl Deep {
    /// What is proved to be optimal.
    pub fn phase(&self) -> Phase {
        match (&self.finding, &self.simplex) {
            (Finding::Refuted, _) => Phase::Other,
            (Finding::Verified, None) => Phase::Zero,
            (Finding::Verified, Some(frame)) if frame.objective.upper() < self.zero.lower() => Phase::Frame,
            (Finding::Verified, Some(frame)) if frame.objective.lower() > self.zero.upper() => Phase::Zero,
            _ => Phase::Open,
        }
    }
}

/// Ends of phases in whole units of `10^-places`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phases {
    /// The frame is proved to be optimal here, and not a unit further.
    pub frame_to: Option<Rational>,
    /// Another network is proved to be better from here…
    pub other_from: Option<Rational>,
    /// …up to here.
    pub other_to: Option<Rational>,
    /// Zero is proved to be optimal here, and so for all larger `c`.
    pub zero_from: Option<Rational>,
}

impl Phases {
    /// By bisection, from one unit to 1, as if each phase were an interval; what is proved is proved at its ends.
    pub fn of(classes: usize, depth: usize, bias: Bias, places: u32) -> Result<Self, Mistake> {
        let last = 10u64.pow(places);
        let at = |c: u64| phase(classes, depth, bias, &(whole(c) * ten_to(-i64::from(places))));
        let value = |c: u64| whole(c) * ten_to(-i64::from(places));
        let frame_to = last_where(0, last, |c| Ok(at(c)? == Phase::Frame))?;
        let zero_from = last_where(frame_to, last, |c| Ok(at(c)? != Phase::Zero))? + 1;
        // The frame's end and zero's are near the other network's, unless there is none.
        let middle = frame_to.midpoint(zero_from);
        let (mut from, mut to) = (None, None);
        if at(middle)? == Phase::Other {
            from = Some(last_where(frame_to, middle, |c| Ok(at(c)? != Phase::Other))? + 1);
            to = Some(last_where(middle, zero_from, |c| Ok(at(c)? == Phase::Other))?);
        }
        Ok(Self {
            frame_to: (frame_to > 0).then(|| value(frame_to)),
            other_from: from.map(value),
            other_to: to.map(value),
            zero_from: (zero_from < last).then(|| value(zero_from)),
        })
    }
}

/// The last number at least `low` and below `high` that fulfils a condition which those before it do; `low` is taken
/// to fulfil it, `high` not to.
fn last_where(
    mut low: u64,
    mut high: u64,
    holds: impl Fn(u64) -> Result<bool, Mistake>,
) -> Result<u64, Mistake> {
    while high - low > 1 {
        let middle = low.midpoint(high);
        if holds(middle)? { low = middle } else { high = middle }
    }
    Ok(low)
}

/// One sample a class, wide layers, all weights `c`.
fn phase(classes: usize, depth: usize, bias: Bias, c: &Rational) -> Result<Phase, Mistake> {
    let problem = Problem::new(Draft {
        counts: vec![1; classes],
        widths: vec![classes as u64; depth],
        loss: Loss::CrossEntropy,
        bias,
        targets: Targets::OneHot,
        terms: Terms::default(),
        weights: vec![c.clone(); depth],
        features: c.clone(),
    })?;
    Ok(Deep::of(&problem, &Budget { enclose: false, ..Budget::default() }).phase())
}
