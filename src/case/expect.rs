//! What a paper or a person says about a case: checked, never trusted.

use crate::exact::{Rational, ReadError, read_rational, ten_to, whole};

/// A verdict that a case may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedVerdict {
    /// The prediction holds and a run reached it.
    Verified,
    /// A named theorem is false here.
    Refuted,
    /// It cannot be told.
    Undecided,
}

/// How far the optimum should be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ExpectedOptimum {
    Unique,
    Tie,
    RankTie,
    Zero,
    Undecided,
}

/// A number as a paper prints it: a decimal speaks for one unit of its last digit, a fraction is exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    /// The text as written.
    pub text: String,
    /// Its value.
    pub value: Rational,
    /// One unit of its last digit; zero for a fraction.
    pub unit: Rational,
}

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
}

/// Everything under `[expect]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expect {
    /// The verdict; `verified` if none is given.
    pub verdict: Option<ExpectedVerdict>,
    /// The theorem that is refuted.
    pub theorem: Option<String>,
    /// The objective.
    pub objective: Option<Decimal>,
    /// Cross-entropy, more layers: the objective of the best simplex frame.
    pub etf: Option<Decimal>,
    /// How far the optimum is unique.
    pub optimum: Option<ExpectedOptimum>,
    /// Shrinkages, one a distinct non-zero target, largest first.
    pub shrinkage: Option<Vec<Decimal>>,
    /// Number of kept modes, with multiplicity.
    pub kept: Option<u64>,
}
