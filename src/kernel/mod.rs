//! The independent checker: does a certificate prove its claim about a case?
//!
//! It rebuilds from the case's bytes what must be shown and treats the certificate as hints. Everything is integers
//! and rationals; there is no search, no recursion, no float, and nothing that can panic. It shares no code with what
//! makes certificates. The format, the mathematics assumed and every condition stand in `docs/certificate.md`;
//! the reasons below carry the names used there.
#![deny(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used, clippy::expect_used)]
#![deny(clippy::panic, clippy::unreachable, clippy::float_arithmetic, clippy::as_conversions)]

mod analysis;
mod cross_entropy;
mod given;
mod optimum;
mod reader;
mod spectrum;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use sha2::{Digest, Sha256};
use std::fmt;

/// What the checker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The claim follows.
    Accepted,
    /// A condition fails.
    Rejected(Rejection),
    /// The case uses something this checker does not read.
    Incomplete(String),
}

/// Which condition fails, where, and both sides of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The condition.
    pub reason: Reason,
    /// The place in the certificate.
    pub place: String,
    /// What stands there.
    pub found: String,
    /// What would have to hold.
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
    FrameLow "frame-low",
    FrameHigh "frame-high",
    FrameBound "frame-bound",
    NetworkBound "network-bound",
    Refutation "refutation",
}

impl Answer {
    /// The answer in a line without an end.
    pub fn brief(&self) -> String {
        match self {
            Self::Accepted => "accepted".to_owned(),
            Self::Rejected(r) => format!("rejected: {} at {}", r.reason.word(), r.place),
            Self::Incomplete(what) => format!("incomplete: {what}"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => writeln!(f, "accepted"),
            Self::Rejected(r) => {
                writeln!(f, "rejected  {}", r.reason.word())?;
                writeln!(f, "  at      {}\n  found   {}\n  needed  {}", r.place, r.found, r.needed)
            }
            Self::Incomplete(what) => writeln!(f, "incomplete  {what}"),
        }
    }
}

/// Checks a certificate against the bytes of its case.
pub fn audit(case: &[u8], certificate: &[u8]) -> Answer {
    let given = match given::Given::read(case) {
        Ok(given) => given,
        Err(what) => return Answer::Incomplete(what),
    };
    let hash: String = Sha256::digest(case).iter().map(|byte| format!("{byte:02x}")).collect();
    match optimum::check(&given, &hash, certificate) {
        Ok(()) => Answer::Accepted,
        Err(rejection) => Answer::Rejected(*rejection),
    }
}

type Check<T> = Result<T, Box<Rejection>>;

fn reject<T>(reason: Reason, place: &str, found: impl fmt::Display, needed: impl fmt::Display) -> Check<T> {
    let (found, needed) = (found.to_string(), needed.to_string());
    Err(Box::new(Rejection { reason, place: place.to_owned(), found, needed }))
}

fn require(
    holds: bool,
    reason: Reason,
    place: &str,
    found: impl fmt::Display,
    needed: impl fmt::Display,
) -> Check<()> {
    if holds { Ok(()) } else { reject(reason, place, found, needed) }
}

/// A number for people: exact if short, else its first digits.
fn short(value: &BigRational) -> String {
    let text = value.to_string();
    if text.len() <= 24 {
        return text;
    }
    let (ten, bound) = (BigInt::from(10), BigInt::from(10).pow(12));
    let (mut top, mut bottom, mut exponent) = (value.numer().abs(), value.denom().clone(), 0i64);
    // Scale by single powers of ten near the end, by the difference in length before.
    let bits = |x: &BigInt| i64::try_from(x.bits()).unwrap_or(i64::MAX);
    let jump = bits(&bottom).saturating_sub(bits(&top)).saturating_mul(30) / 100;
    let power = ten.pow(u32::try_from(jump.unsigned_abs()).unwrap_or(0));
    if jump >= 0 {
        top *= power
    } else {
        bottom *= power
    }
    exponent -= jump;
    top *= &bound;
    exponent -= 12;
    let mut digits = if bottom.is_zero() { BigInt::zero() } else { top / bottom };
    while digits >= bound {
        digits /= &ten;
        exponent += 1;
    }
    let sign = if value.is_negative() { "-" } else { "" };
    format!("{sign}{digits}…e{exponent}")
}
