//! One mode: minimise `(σ − y)²/(2N) + (L/2) Λ^{1/L} σ^{2/L}` over `σ ≥ 0`, with `σ = u y`, `μ = y²`.
//!
//! Everything is decided by comparing `μ^M` with a rational:
//!
//! - roots exist iff `μ^M ≥ Λ N^L / c_max`; strictly above, the upper root is a local minimum;
//! - the upper root is the only global minimum iff `μ^M > Λ N^L M^{2M} / (M−1)^{M−1}`; at equality (`M ≥ 2`)
//!   it ties with zero.
//!
//! The comparison is exact when `μ` is rational. Otherwise `μ` is an irrational eigenvalue of a rational
//! positive semidefinite matrix; all its conjugates are positive, so `μ^M` is irrational too (a rational
//! `μ^M = r` would put every conjugate on the one positive root of `x^M = r`), and refining the enclosure
//! decides.

use super::block::{Block, Repetition};
use super::shrinkage::{self, Branch};
use crate::case::Problem;
use crate::exact::{Enclosure, Rational, power, whole};
use num_traits::One;
use std::cmp::Ordering;

/// The working precision does not settle a comparison; more bits may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsettled;

/// Which stationary points a mode has besides zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// None that is a local minimum: zero is the only one.
    None,
    /// The upper root is a local minimum, but zero is better.
    Metastable,
    /// The upper root is a global minimum (at the threshold together with zero).
    Global,
}

impl Band {
    /// The word of the band.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Metastable => "metastable",
            Self::Global => "global",
        }
    }
}

/// How the upper root compares with zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// The upper root is better.
    Root,
    /// Both are optimal.
    Tie,
    /// Zero is better, or the only stationary point.
    Zero,
}

/// The stationary points of a mode besides zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roots {
    /// None.
    None,
    /// The two roots are one, `u = (M − 1)/(2M)`, for `μ` exactly at the bound of existence (`M ≥ 2`). The mode's
    /// objective falls to one side of it and rises to the other.
    Double,
    /// One layer: the upper root alone.
    Upper,
    /// The upper and the lower root.
    Both,
}

/// What all modes of a problem share.
#[derive(Debug, Clone)]
pub struct Law {
    /// Number of layers `M`.
    pub depth: u32,
    /// Number of samples `N`.
    pub samples: Rational,
    /// `Λ N^L`, so that a mode's coefficient is `c = Λ N^L / μ^M`.
    pub numerator: Rational,
    /// `μ^M` must exceed this for the upper root to be optimal.
    pub threshold: Rational,
    /// `μ^M` must reach this for roots to exist.
    pub existence: Rational,
}

impl Law {
    /// The law of a problem.
    pub fn of(problem: &Problem) -> Self {
        let depth = u32::try_from(problem.depth()).expect("depth is limited");
        let samples = whole(problem.samples());
        let numerator = problem.regularization_product() * power(&samples, depth + 1);
        let m = whole(depth);
        let critical = power(&m, 2 * depth) / power(&(&m - Rational::one()), depth - 1);
        Self {
            depth,
            samples,
            threshold: &numerator * critical,
            existence: &numerator / shrinkage::largest_coefficient(depth),
            numerator,
        }
    }

    /// The mode's coefficient `c = Λ N^L / μ^M`.
    pub fn coefficient(&self, target_sq: &Enclosure) -> Result<Enclosure, Unsettled> {
        let inverse = target_sq.pow(self.depth).recip().ok_or(Unsettled)?;
        Ok(&inverse * &Enclosure::from(self.numerator.clone()))
    }

    /// The largest `Λ` at which a mode with this target is not lost.
    pub fn critical_product(&self, target_sq: &Enclosure, product: &Rational) -> Enclosure {
        let ratio = product / &self.threshold;
        &target_sq.pow(self.depth) * &Enclosure::from(ratio)
    }

    fn compare(&self, target_sq: &Enclosure, bound: &Rational) -> Result<Ordering, Unsettled> {
        target_sq.pow(self.depth).compare(&bound.clone().into()).ok_or(Unsettled)
    }

    /// Which band a target is in, and whether its upper root beats zero.
    pub fn band(&self, target_sq: &Enclosure) -> Result<(Band, Preference), Unsettled> {
        match self.compare(target_sq, &self.threshold)? {
            Ordering::Greater => return Ok((Band::Global, Preference::Root)),
            // For M = 1 the upper root meets zero at the threshold.
            Ordering::Equal if self.depth == 1 => return Ok((Band::None, Preference::Zero)),
            Ordering::Equal => return Ok((Band::Global, Preference::Tie)),
            Ordering::Less => {}
        }
        match self.compare(target_sq, &self.existence)? {
            Ordering::Greater => Ok((Band::Metastable, Preference::Zero)),
            _ => Ok((Band::None, Preference::Zero)),
        }
    }
}

/// A distinct target singular value with everything the scalar problem says about it.
#[derive(Debug, Clone)]
pub struct Mode {
    /// The target and its directions.
    pub block: Block,
    /// The band.
    pub band: Band,
    /// How the upper root compares with zero.
    pub preference: Preference,
    /// Upper root `u⁺` and `1 − u⁺`, where it exists.
    pub upper: Option<(Enclosure, Enclosure)>,
}

impl Mode {
    /// Solves the scalar problem of a block to about `bits` bits.
    pub fn of(law: &Law, block: Block, bits: u32) -> Result<Self, Unsettled> {
        if block.target_sq.sign() != Some(Ordering::Greater) {
            return Err(Unsettled);
        }
        let (band, preference) = law.band(&block.target_sq)?;
        let upper = match band {
            Band::None => None,
            Band::Metastable | Band::Global => {
                let c = law.coefficient(&block.target_sq)?;
                Some(shrinkage::root(&c, law.depth, Branch::Upper, bits))
            }
        };
        Ok(Self { block, band, preference, upper })
    }

    /// Which roots the mode has.
    pub fn roots(&self, law: &Law) -> Roots {
        let meets = || law.compare(&self.block.target_sq, &law.existence) == Ok(Ordering::Equal);
        match self.band {
            Band::None if law.depth > 1 && meets() => Roots::Double,
            Band::None => Roots::None,
            _ if law.depth == 1 => Roots::Upper,
            _ => Roots::Both,
        }
    }

    /// The upper root `u⁺` and `1 − u⁺`, or the double root `(M − 1)/(2M)`; `None` where there is neither.
    pub fn upper_root(&self, law: &Law) -> Option<(Enclosure, Enclosure)> {
        if self.roots(law) != Roots::Double {
            return self.upper.clone();
        }
        let u = whole(law.depth - 1) / whole(2 * law.depth);
        Some((u.clone().into(), (Rational::one() - u).into()))
    }

    /// The lower root `u⁻` and `1 − u⁻`, where it exists (`M ≥ 2`).
    pub fn lower_root(&self, law: &Law, bits: u32) -> Option<(Enclosure, Enclosure)> {
        if law.depth == 1 || self.band == Band::None {
            return None;
        }
        let c = law.coefficient(&self.block.target_sq).ok()?;
        Some(shrinkage::root(&c, law.depth, Branch::Lower, bits))
    }

    /// One mode's share of the objective at a stationary point `(u, 1 − u)`:
    /// `μ (1 − u)(1 + M u)/(2N)`.
    pub fn share(&self, law: &Law, (u, shortfall): &(Enclosure, Enclosure)) -> Enclosure {
        let m = Enclosure::from(u64::from(law.depth));
        let bracket = &Enclosure::one() + &(&m * u);
        (&(&self.block.target_sq * shortfall) * &bracket).over(&(&law.samples * whole(2)))
    }

    /// One mode's regularisation energy in each factor at `(u, 1 − u)`: `μ u (1 − u)/N = λ_l a_l²`.
    pub fn energy(&self, law: &Law, (u, shortfall): &(Enclosure, Enclosure)) -> Enclosure {
        (&(&self.block.target_sq * u) * shortfall).over(&law.samples)
    }

    /// What keeping the mode gains over losing it: `μ/(2N) − share(u⁺)`, at least 0 in the global band.
    ///
    /// `μ (1 − (1−u)(1+Mu))/(2N) = μ u (1 − M (1 − u))/(2N)`.
    pub fn gain(&self, law: &Law) -> Enclosure {
        let Some((u, shortfall)) = &self.upper else { return Enclosure::zero() };
        let bracket = &Enclosure::one() - &(&Enclosure::from(u64::from(law.depth)) * shortfall);
        (&(&self.block.target_sq * u) * &bracket).over(&(&law.samples * whole(2)))
    }

    /// Whether the block's size is proven to be a multiplicity.
    pub fn is_proven_equal(&self) -> bool {
        self.block.repetition == Repetition::Equal
    }
}
