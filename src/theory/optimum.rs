//! The optimum of a mean-squared-error problem: which modes are kept, and what it costs.
//!
//! - The gain of a mode grows with `μ`, so the rank budget `R` keeps the largest.
//! - Precision is raised until every comparison is settled and every enclosure is as narrow as asked, or
//!   until the budget ends; then the answer is undecided.

use super::block::Group;
use super::budget::Budget;
use super::mode::{Law, Mode, Preference, Unsettled};
use super::spectrum::Spectrum;
use crate::case::{Problem, Uniqueness};
use crate::exact::{Enclosure, Rational, ten_to, whole};
use num_traits::{One, Signed};
use rayon::prelude::*;

/// What becomes of a mode in the optimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// On its upper root.
    Kept,
    /// Zero, because regularisation outweighs it.
    Collapsed,
    /// Not determined by optimality: at the threshold, or in a block that the rank budget splits.
    Tie,
    /// Zero, because the rank budget is used up.
    Cut,
    /// Not settled within the precision budget.
    Undecided,
}

impl Fate {
    /// The word of the fate.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Collapsed => "collapsed",
            Self::Tie => "tie",
            Self::Cut => "cut",
            Self::Undecided => "undecided",
        }
    }
}

/// A mode with its fate.
#[derive(Debug, Clone)]
pub struct OptimalMode {
    /// The mode.
    pub mode: Mode,
    /// Its fate.
    pub fate: Fate,
    /// How many of its copies are on the upper root (for a threshold tie: may be; they cost the same).
    pub kept: usize,
}

/// The proven optimum.
#[derive(Debug, Clone)]
pub struct Optimum {
    /// What all modes share.
    pub law: Law,
    /// Groups of classes.
    pub groups: Vec<Group>,
    /// Modes with non-zero targets, largest first.
    pub modes: Vec<OptimalMode>,
    /// Number of zero targets.
    pub zeros: usize,
    /// How far the optimum is unique.
    pub uniqueness: Uniqueness,
    /// Objective `f*`.
    pub objective: Enclosure,
    /// Energy of each layer, `λ_l ‖W_l‖² = λ_H ‖H‖²`; `None` where a tie leaves it open.
    pub energy: Option<Enclosure>,
    /// Working precision in bits.
    pub bits: u32,
}

/// Enclosures are at most `10^-20` wide, and at most that much of their size…
const WIDTH_PLACES: usize = 20;
/// …except that beyond this size (a power of ten) the width may grow with it.
const ABSOLUTE_PLACES: i64 = 20;

/// Decimal places of every enclosure, for so many significant digits.
fn places(digits: usize) -> usize {
    digits.max(WIDTH_PLACES) + 1
}

impl Optimum {
    /// The optimum of a mean-squared-error problem, with at least `digits` significant digits.
    pub fn of(problem: &Problem, digits: usize) -> Self {
        Self::within(problem, digits, Budget::of(places(digits)))
    }

    /// The same within a budget.
    ///
    /// - Every enclosure contains the true value at any budget; with too small a one they are wide.
    /// - What the last precision does not settle is undecided.
    pub fn within(problem: &Problem, digits: usize, budget: Budget) -> Self {
        #[cfg(test)]
        super::known::solved::note(digits);
        let mut bits = budget.first_bits;
        loop {
            let last = bits >= budget.last_bits;
            match Self::attempt(problem, bits, budget.iterations) {
                Ok(optimum) if last || optimum.is_sharp(places(digits)) => return optimum,
                Err(Unsettled) if last => return Self::undecided(problem, bits, budget.iterations),
                _ => bits = (bits * 2).min(budget.last_bits),
            }
        }
    }

    fn attempt(problem: &Problem, bits: u32, iterations: usize) -> Result<Self, Unsettled> {
        let law = Law::of(problem);
        let Spectrum { groups, blocks, zeros } = Spectrum::within(problem, bits, iterations);
        let modes: Result<Vec<Mode>, Unsettled> =
            blocks.into_par_iter().map(|block| Mode::of(&law, block, bits)).collect();
        Ok(Self::assembled(problem, law, groups, modes?, zeros, bits))
    }

    fn assembled(
        problem: &Problem,
        law: Law,
        groups: Vec<Group>,
        modes: Vec<Mode>,
        zeros: usize,
        bits: u32,
    ) -> Self {
        let mut budget = problem.rank_budget();
        let modes: Vec<OptimalMode> = modes
            .into_iter()
            .map(|mode| {
                let room = budget.min(mode.block.multiplicity);
                let whole = room == mode.block.multiplicity;
                let (fate, kept) = match mode.preference {
                    Preference::Zero => (Fate::Collapsed, 0),
                    _ if room == 0 => (Fate::Cut, 0),
                    Preference::Tie => (Fate::Tie, room),
                    Preference::Root if whole => (Fate::Kept, room),
                    Preference::Root if mode.is_proven_equal() => (Fate::Tie, room),
                    Preference::Root => (Fate::Undecided, room),
                };
                budget -= kept;
                OptimalMode { mode, fate, kept }
            })
            .collect();
        let has = |fate: Fate| modes.iter().any(|m| m.fate == fate);
        let uniqueness = if has(Fate::Undecided) {
            Uniqueness::Undecided
        } else if modes.iter().any(|m| m.mode.preference == Preference::Tie && m.fate == Fate::Tie) {
            Uniqueness::Tie
        } else if has(Fate::Tie) {
            Uniqueness::RankTie
        } else if has(Fate::Kept) {
            Uniqueness::Unique
        } else {
            Uniqueness::Zero
        };
        let objective = modes.iter().map(|m| m.share(&law)).sum();
        let energy = match uniqueness {
            Uniqueness::Tie => None,
            _ => Some(modes.iter().map(|m| m.energy(&law)).sum()),
        };
        Self { law, groups, modes, zeros, uniqueness, objective, energy, bits }
    }

    /// What remains to be said when no precision settled the modes: nothing but bounds of the objective.
    fn undecided(problem: &Problem, bits: u32, iterations: usize) -> Self {
        let law = Law::of(problem);
        let Spectrum { groups, blocks, zeros } = Spectrum::within(problem, bits, iterations);
        let ceiling: Enclosure = blocks
            .iter()
            .map(|b| &b.target_sq * &Enclosure::from(b.multiplicity as u64))
            .sum::<Enclosure>()
            .over(&(&law.samples + &law.samples));
        let objective = Enclosure::hull(&whole(0), &ceiling.upper(), bits);
        let modes = blocks
            .into_iter()
            .map(|block| OptimalMode {
                mode: Mode {
                    block,
                    band: super::mode::Band::None,
                    preference: Preference::Zero,
                    upper: None,
                },
                fate: Fate::Undecided,
                kept: 0,
            })
            .collect();
        Self { law, groups, modes, zeros, uniqueness: Uniqueness::Undecided, objective, energy: None, bits }
    }

    fn is_sharp(&self, places: usize) -> bool {
        let unit = ten_to(-(places as i64));
        let beyond = ten_to(ABSOLUTE_PLACES);
        let sharp = |x: &Enclosure| {
            x.exact().is_some() || {
                let size = x.upper().abs();
                let scale = size.clone().min((size / &beyond).max(Rational::one()));
                x.width() <= &unit * scale
            }
        };
        sharp(&self.objective)
            && self.modes.iter().all(|m| {
                sharp(&m.mode.block.target_sq)
                    && m.mode.upper.as_ref().is_none_or(|(u, v)| sharp(u) && sharp(v))
            })
    }

    /// By how much the objective would fall if every width that equals the rank budget were one larger: the gain
    /// of the first mode that the budget keeps out, 0 if there is none.
    pub fn price(&self) -> Enclosure {
        let out = |m: &&OptimalMode| match m.fate {
            Fate::Cut => true,
            Fate::Tie => m.mode.preference == Preference::Root,
            _ => false,
        };
        self.modes.iter().find(out).map_or(Enclosure::zero(), |m| m.mode.gain(&self.law))
    }

    /// Number of modes on their upper root, with multiplicity.
    pub fn rank(&self) -> usize {
        self.modes.iter().map(|m| m.kept).sum()
    }

    /// Whether the geometry, not only its invariants, is determined.
    pub fn is_determined(&self) -> bool {
        matches!(self.uniqueness, Uniqueness::Unique | Uniqueness::Zero)
    }
}

impl OptimalMode {
    /// Shrinkage `u` and shortfall `1 − u` of the copies on the upper root, zero and one if there are none.
    pub fn shrinkage(&self) -> (Enclosure, Enclosure) {
        match &self.mode.upper {
            Some(root) if self.kept > 0 => root.clone(),
            _ => (Enclosure::zero(), Rational::one().into()),
        }
    }

    fn share(&self, law: &Law) -> Enclosure {
        let lost = self.mode.share(law, &(Enclosure::zero(), Enclosure::one()));
        let kept = self.mode.share(law, &self.shrinkage());
        let copies = |n: usize, x: &Enclosure| x * &Enclosure::from(n as u64);
        &copies(self.kept, &kept) + &copies(self.mode.block.multiplicity - self.kept, &lost)
    }

    fn energy(&self, law: &Law) -> Enclosure {
        &self.mode.energy(law, &self.shrinkage()) * &Enclosure::from(self.kept as u64)
    }
}
