//! Truth values: what is proved, refuted, agrees as far as anybody looked, or is open.

use std::fmt;

/// Why something is not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// Enclosures overlap; more digits may settle it.
    Precision,
    /// No number of digits would: a tie, a budget, a quantity that is not defined here.
    Open(String),
}

/// A value, or why there is none.
pub type Evaluated<T> = Result<T, Doubt>;

/// No value, for a reason that no number of digits removes.
pub fn open<T>(reason: impl Into<String>) -> Evaluated<T> {
    Err(Doubt::Open(reason.into()))
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Precision => write!(f, "the enclosures overlap at every precision tried"),
            Self::Open(reason) => write!(f, "{reason}"),
        }
    }
}

/// The truth of a claim about one problem.
///
/// Ordered `Refuted < Undecided < Agrees < Proved`: `and` is the least, `or` the greatest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// True, proven.
    Proved,
    /// False, proven.
    Refuted,
    /// An equality that algebra does not settle holds to this many digits.
    Agrees(u32),
    /// Not settled.
    Undecided(Doubt),
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::Proved } else { Self::Refuted }
    }
}

impl From<Doubt> for Truth {
    fn from(doubt: Doubt) -> Self {
        Self::Undecided(doubt)
    }
}

impl Truth {
    /// Both.
    pub fn and(self, other: Self) -> Self {
        use Truth::{Agrees, Proved, Refuted, Undecided};
        match (self, other) {
            (Refuted, _) | (_, Refuted) => Refuted,
            (Proved, x) | (x, Proved) => x,
            (Undecided(Doubt::Precision), x) | (x, Undecided(Doubt::Precision)) => match x {
                Undecided(_) | Agrees(_) => Undecided(Doubt::Precision),
                x => x,
            },
            (Undecided(d), _) | (_, Undecided(d)) => Undecided(d),
            (Agrees(a), Agrees(b)) => Agrees(a.min(b)),
        }
    }

    /// At least one.
    pub fn or(self, other: Self) -> Self {
        use Truth::{Agrees, Proved, Refuted, Undecided};
        match (self, other) {
            (Proved, _) | (_, Proved) => Proved,
            (Refuted, x) | (x, Refuted) => x,
            (Agrees(a), Agrees(b)) => Agrees(a.max(b)),
            (Agrees(a), _) | (_, Agrees(a)) => Agrees(a),
            (Undecided(Doubt::Precision), _) | (_, Undecided(Doubt::Precision)) => {
                Undecided(Doubt::Precision)
            }
            (Undecided(d), Undecided(_)) => Undecided(d),
        }
    }

    /// The contrary. Agreement to some digits is no proof, so its contrary is open.
    pub fn negated(self) -> Self {
        match self {
            Self::Proved => Self::Refuted,
            Self::Refuted => Self::Proved,
            Self::Agrees(_) => Self::Undecided(Doubt::Precision),
            Self::Undecided(d) => Self::Undecided(d),
        }
    }

    /// The value, where it is proved or refuted.
    pub fn decided(self) -> Evaluated<bool> {
        match self {
            Self::Proved => Ok(true),
            Self::Refuted => Ok(false),
            Self::Agrees(_) => Err(Doubt::Precision),
            Self::Undecided(doubt) => Err(doubt),
        }
    }

    /// Whether more digits could change it.
    pub fn may_settle(&self) -> bool {
        matches!(self, Self::Agrees(_) | Self::Undecided(Doubt::Precision))
    }

    /// The word of the value.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Refuted => "refuted",
            Self::Agrees(_) => "agrees",
            Self::Undecided(_) => "undecided",
        }
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agrees(digits) => write!(f, "agrees to {digits} digits"),
            Self::Undecided(doubt) => write!(f, "undecided: {doubt}"),
            other => f.write_str(other.word()),
        }
    }
}
