//! What a paper or a person says about a case: checked, never trusted.

use crate::exact::{Enclosure, Rational, ReadError, exact_text, read_rational, ten_to, whole};
use num_traits::Signed;

/// The verdict on a case: found by the program, or expected by the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The prediction is proven and a run reached it (or the case asks for no run).
    Verified,
    /// A claim is false.
    Refuted,
    /// It cannot be told.
    Undecided,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Verified, Self::Refuted, Self::Undecided];
    /// Their words, in the same order.
    pub const WORDS: [&str; 3] = ["verified", "refuted", "undecided"];

    /// The word of the verdict.
    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }
}

/// How far the optimum is unique (always up to rotations of the hidden spaces): found, or expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uniqueness {
    /// One optimal geometry.
    Unique,
    /// A mode at its threshold: zero and the upper root are both optimal.
    Tie,
    /// The rank budget splits a block of equal targets.
    RankTie,
    /// Everything is zero.
    Zero,
    /// Not settled: by the precision budget, or by what is proved.
    Undecided,
}

impl Uniqueness {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Unique, Self::Tie, Self::RankTie, Self::Zero, Self::Undecided];
    /// Their words, in the same order.
    pub const WORDS: [&str; 5] = ["unique", "tie", "rank-tie", "zero", "undecided"];

    /// The word of it.
    pub const fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }
}

/// A number as a paper prints it: a decimal speaks for half a unit of its last digit, a fraction is exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    /// The text as written.
    pub text: String,
    /// Its value.
    pub value: Rational,
    /// One unit of its last digit; zero for a fraction.
    pub unit: Rational,
}

/// A decimal of fewer significant digits than this compares little.
const VAGUE_DIGITS: u64 = 3;

impl Decimal {
    /// Reads a decimal or a fraction.
    pub fn read(text: &str) -> Result<Self, ReadError> {
        let value = read_rational(text)?;
        let trimmed = text.trim();
        let unit = if trimmed.contains('/') {
            whole(0)
        } else {
            let (mantissa, exponent) = trimmed.split_once(['e', 'E']).unwrap_or((trimmed, "0"));
            let places =
                mantissa.split_once('.').map_or(0, |(_, f)| f.bytes().filter(u8::is_ascii_digit).count());
            ten_to(exponent.replace(['+', '_'], "").parse::<i64>().unwrap_or(0) - places as i64)
        };
        Ok(Self { text: trimmed.to_owned(), value, unit })
    }

    /// Whether an enclosed number is the one that is meant: a decimal within half a unit of its last digit of both
    /// ends, a fraction exactly.
    pub fn agrees(&self, found: &Enclosure) -> bool {
        let distance = |end: Rational| (&self.value - end).abs() * whole(2);
        distance(found.lower()) <= self.unit && distance(found.upper()) <= self.unit
    }

    /// What would be compared, where that is little: zero, or fewer than three significant digits of a number that is
    /// not exactly this one.
    pub fn vague(&self, found: &Enclosure) -> Option<String> {
        let little = self.value.abs() < &self.unit * whole(10u64.pow(VAGUE_DIGITS as u32 - 1));
        let half = &self.unit / whole(2);
        (little && found.exact() != Some(&self.value)).then(|| {
            let (low, high) = (exact_text(&(&self.value - &half)), exact_text(&(&self.value + &half)));
            format!("{} is compared as anything from {low} to {high}; write more digits", self.text)
        })
    }
}

/// Everything under `[expect]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expect {
    /// The verdict; `verified` if none is given.
    pub verdict: Option<Verdict>,
    /// The theorem that is refuted.
    pub theorem: Option<String>,
    /// The objective.
    pub objective: Option<Decimal>,
    /// Cross-entropy, more layers: the objective of the best simplex frame.
    pub etf: Option<Decimal>,
    /// How far the optimum is unique.
    pub optimum: Option<Uniqueness>,
    /// Shrinkages, one a distinct non-zero target, largest first.
    pub shrinkage: Option<Vec<Decimal>>,
    /// Number of kept modes, with multiplicity.
    pub kept: Option<u64>,
    /// How many random starts at least reach the optimum.
    pub attained: Option<u64>,
}
