//! Why a certificate is rejected: which condition fails, where, and both sides of it.

use super::number::Number;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use std::fmt::Display;

/// Which condition fails, where, and both sides of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The condition.
    pub reason: Reason,
    /// The place in the certificate.
    pub place: String,
    /// What stands there, shortened.
    pub found: String,
    /// What would have to hold, shortened.
    pub needed: String,
}

macro_rules! reasons {
    ($($reason:ident $word:literal,)*) => {
        /// The conditions that can fail, by the names of `docs/certificate.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs)]
        pub enum Reason { $($reason,)* }

        impl Reason {
            /// All reasons.
            pub const ALL: &[Self] = &[$(Self::$reason,)*];

            /// The name of the condition.
            pub fn word(self) -> &'static str {
                match self { $(Self::$reason => $word,)* }
            }
        }
    };
}

reasons! {
    Malformed "malformed",
    OtherCase "other-case",
    Ends "ends",
    Order "order",
    Positive "positive",
    ModeCount "mode-count",
    Target "target",
    Multiplicity "multiplicity",
    Zeros "zeros",
    Poles "poles",
    SecularSign "secular-sign",
    Dominance "dominance",
    Inertia "inertia",
    NullVector "null-vector",
    Independence "independence",
    Fate "fate",
    Kept "kept",
    ThresholdAbove "threshold-above",
    ThresholdBelow "threshold-below",
    ThresholdCut "threshold-cut",
    Tie "tie",
    UpperRoot "upper-root",
    RootLow "root-low",
    RootHigh "root-high",
    Budget "budget",
    Selection "selection",
    Split "split",
    Price "price",
    PriceClaim "price-claim",
    Optimum "optimum",
    Objective "objective",
    Statement "statement",
    Shape "shape",
    Range "range",
    PlanSign "plan-sign",
    PlanSums "plan-sums",
    PlanRows "plan-rows",
    Spectral "spectral",
    Merging "merging",
    FrameLow "frame-low",
    FrameHigh "frame-high",
    FrameBound "frame-bound",
    NetworkBound "network-bound",
    Refutation "refutation",
    Pull "pull",
    Ball "ball",
    Top "top",
    Tree "tree",
    Heavy "heavy",
    Outside "outside",
    ZeroCell "zero-cell",
    Leaf "leaf",
    Wide "wide",
}

/// What ends a check before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// A condition fails.
    Rejected(Rejection),
    /// The work is more than this checker does.
    Incomplete(String),
}

/// What follows from a condition that holds, or why there is no more to check.
pub type Check<T> = Result<T, Box<Stop>>;

/// Gives up.
pub fn incomplete<T>(what: &str) -> Check<T> {
    Err(Box::new(Stop::Incomplete(what.to_owned())))
}

/// Rejects, with shortened sides.
pub fn reject<T>(reason: Reason, place: &str, found: impl Display, needed: impl Display) -> Check<T> {
    let (place, found, needed) = (clipped(place), clipped(&found.to_string()), clipped(&needed.to_string()));
    Err(Box::new(Stop::Rejected(Rejection { reason, place, found, needed })))
}

/// Returns a rejection unless the condition holds; only then are the place and both sides looked at.
macro_rules! require {
    ($holds:expr, $reason:ident, $place:expr, $found:expr, $needed:expr $(,)?) => {
        if !$holds {
            let reason = $crate::kernel::rejection::Reason::$reason;
            return $crate::kernel::rejection::reject(reason, $place, $found, $needed);
        }
    };
}
pub(super) use require;

/// Characters of a text in a message at most.
const LONGEST: usize = 120;

/// The beginning of a text, without characters that a terminal would obey.
pub fn clipped(text: &str) -> String {
    let mut start: String =
        text.chars().take(LONGEST).map(|c| if c.is_control() { '?' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        start.push('…');
    }
    start
}

/// Bits above which a number is not written out to see how long it is.
const EXACT_BITS: u64 = 160;

/// A number for people: exact if short, else its first digits.
pub fn short(value: impl Into<Number>) -> String {
    let Number { top, bottom } = value.into();
    if top.is_zero() {
        return "0".to_owned();
    }
    if top.bits().max(bottom.bits()) <= EXACT_BITS && !bottom.is_zero() {
        let text = BigRational::new(top.clone(), bottom.clone()).to_string();
        if text.len() <= 24 {
            return text;
        }
    }
    // Both parts to 128 bits, then a power of ten that leaves about 12 digits.
    let cut = |x: &BigInt| x.bits().saturating_sub(128);
    let (top_cut, bottom_cut) = (cut(&top), cut(&bottom));
    let sign = if top.is_negative() { "-" } else { "" };
    let (mut top, mut bottom) = (top.abs() >> top_cut, bottom >> bottom_cut);
    let mut exponent = 0i64;
    let (ten, bound) = (BigInt::from(10), BigInt::from(10).pow(12));
    // Powers of two become powers of ten one by one: 2^10 = 1.024 · 10^3 would not do.
    for _ in bottom_cut..top_cut {
        top <<= 1;
        if top.bits() > 160 {
            top /= &ten;
            exponent = exponent.saturating_add(1);
        }
    }
    for _ in top_cut..bottom_cut {
        bottom <<= 1;
        if bottom.bits() > 160 {
            bottom /= &ten;
            exponent = exponent.saturating_sub(1);
        }
    }
    if bottom.is_zero() {
        return "a fraction without a denominator".to_owned();
    }
    while &top / &bottom < bound {
        top *= &ten;
        exponent = exponent.saturating_sub(1);
    }
    while &top / &bottom >= bound {
        bottom *= &ten;
        exponent = exponent.saturating_add(1);
    }
    format!("{sign}{}…e{exponent}", top / bottom)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::unreachable)]
mod tests {
    use super::*;

    struct Never;

    impl Display for Never {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            unreachable!("a side of a condition that holds is not formatted")
        }
    }

    #[test]
    fn sides_are_looked_at_only_when_a_condition_fails_and_are_short() {
        fn holds(x: bool) -> Check<()> {
            require!(x, Ends, "pair", if x { Never.to_string() } else { "9".repeat(1 << 20) }, "\u{1b}[1m");
            Ok(())
        }
        assert_eq!(holds(true), Ok(()));
        let Stop::Rejected(rejection) = *holds(false).unwrap_err() else { unreachable!() };
        assert_eq!(rejection.found.chars().count(), LONGEST + 1);
        assert_eq!(rejection.needed, "?[1m");
    }

    #[test]
    fn numbers_are_shown_by_their_first_digits() {
        let show = |p: i64, e: u32| short(Number::new(p.into(), BigInt::from(10).pow(e)));
        assert_eq!(show(-1, 3), "-1/1000");
        assert_eq!(show(123_456_789, 30), "123456789000…e-33");
        assert_eq!(show(-123_456_789, 3_000), "-123456789000…e-3003");
        assert_eq!(show(0, 3_000), "0");
        // 7 · 2^100000 = 6.99301465…e30103, by whole numbers in another language.
        assert!(short(&(BigInt::from(7) << 100_000u32)).starts_with("69930146"));
    }
}
