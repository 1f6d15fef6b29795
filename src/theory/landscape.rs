//! The landscape of a mean-squared-error problem: its critical levels, and which of them are local minima.
//!
//! At a critical point every mode is zero or on one of its two roots, at most `R` of them not zero. Copies of one
//! distinct target are interchangeable, so a point is named by how many copies are where ([`Choice`]).
//!
//! - `M = 1`: every point that is not a global minimum is a strict saddle.
//! - `M ≥ 2`: upper roots on a *prefix* of the modes, largest `μ` first (any copies of one target), are a local
//!   minimum; everything else is a saddle.
//! - A mode exactly at the bound of existence has a double root. Copies on it make a saddle: the objective falls to
//!   one side of it and rises to the other. The rule does not speak of the other points of such a problem: those with a
//!   negative eigenvalue are saddles, the others are open.
//!
//! Published for regularised deep matrix factorisation (arXiv 2506.20344); `docs/theory.md`, section 2.

use super::Preference;
use super::choice;
pub use super::choice::{Choice, NameMistake};
use super::curvature::Curvature;
use super::mode::{Band, Roots};
use super::optimum::{Fate, OptimalMode, Optimum};
use crate::case::{Problem, Uniqueness};
use crate::exact::{Enclosure, Integer};
use num_traits::{ToPrimitive, Zero};

/// What a critical point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// A global minimum.
    Global,
    /// A local minimum that is not global.
    LocalMinimum,
    /// A saddle (zero may also be a local maximum of a mode's lower root).
    Saddle,
    /// The rule does not speak of it.
    Open,
}

impl Nature {
    /// The word of the nature.
    pub fn word(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::LocalMinimum => "local-minimum",
            Self::Saddle => "saddle",
            Self::Open => "undecided",
        }
    }
}

/// A critical level.
#[derive(Debug, Clone)]
pub struct CriticalLevel {
    /// One choice a distinct target.
    pub choices: Vec<Choice>,
    /// The objective there.
    pub objective: Enclosure,
    /// What the point is.
    pub nature: Nature,
}

/// All critical points of a problem.
#[derive(Debug)]
pub struct Landscape<'a> {
    problem: &'a Problem,
    optimum: &'a Optimum,
}

/// Levels are counted up to this many modes.
const MAX_COUNTED: usize = 512;

impl<'a> Landscape<'a> {
    /// The landscape around an optimum that is settled.
    pub fn of(problem: &'a Problem, optimum: &'a Optimum) -> Self {
        Self { problem, optimum }
    }

    /// The optimum.
    pub fn optimum(&self) -> &'a Optimum {
        self.optimum
    }

    /// The choice that a name means; see [`choice::named`].
    pub fn named(&self, name: &str) -> Result<Vec<Choice>, NameMistake> {
        choice::named(self.optimum, self.problem.rank_budget(), name)
    }

    /// The name of a choice.
    pub fn name(&self, choices: &[Choice]) -> String {
        choice::name(self.optimum, choices)
    }

    /// The Hessian at a choice; `None` where it is not settled (see [`Curvature::at`]).
    pub fn curvature(&self, choices: &[Choice]) -> Option<Curvature> {
        Curvature::at(self.problem, self.optimum, choices)
    }

    /// Number of negative eigenvalues of the Hessian at a choice: zero at a minimum; `None` where it is not settled.
    pub fn index(&self, choices: &[Choice]) -> Option<u64> {
        match self.nature(choices) {
            Nature::Global | Nature::LocalMinimum => Some(0),
            Nature::Saddle | Nature::Open => self.curvature(choices)?.index().to_u64(),
        }
    }

    /// The objective at a choice: `Σ μ (1 − u)(1 + M u)/(2N)`. Chosen copies need roots.
    pub fn level(&self, choices: &[Choice]) -> Enclosure {
        let law = &self.optimum.law;
        let copies = |n: usize, x: Enclosure| &x * &Enclosure::from(n as u64);
        let zero = (Enclosure::zero(), Enclosure::one());
        let block = |(m, choice): (&OptimalMode, &Choice)| {
            let mode = &m.mode;
            let lost = mode.block.multiplicity.saturating_sub(choice.upper + choice.lower);
            let mut total = copies(lost, mode.share(law, &zero));
            if choice.upper > 0
                && let Some(root) = mode.upper_root(law)
            {
                total = &total + &copies(choice.upper, mode.share(law, &root));
            }
            if choice.lower > 0
                && let Some(root) = mode.lower_root(law, self.optimum.bits)
            {
                total = &total + &copies(choice.lower, mode.share(law, &root));
            }
            total
        };
        self.optimum.modes.iter().zip(choices).map(block).sum()
    }

    /// The point in the shape of an optimum: `kept` copies of each block on its one root. `None` where a block
    /// has copies on both of its roots, or on a root that it does not have.
    pub fn point(&self, choices: &[Choice]) -> Option<Optimum> {
        let mut point = self.optimum.clone();
        for (m, choice) in point.modes.iter_mut().zip(choices) {
            m.mode.upper = match choice.lower {
                0 => m.mode.upper_root(&point.law),
                _ => m.mode.lower_root(&point.law, point.bits),
            };
            let without_root = choice.upper + choice.lower > 0 && m.mode.upper.is_none();
            if choice.upper > 0 && choice.lower > 0 || without_root {
                return None;
            }
            m.kept = choice.upper + choice.lower;
            m.fate = match m.kept {
                0 => Fate::Collapsed,
                kept if kept < m.mode.block.multiplicity => Fate::Tie,
                _ => Fate::Kept,
            };
            // The copies that are meant are named, so nothing is a tie at the threshold.
            m.mode.preference = Preference::Root;
        }
        let partial = point.modes.iter().any(|m| m.fate == Fate::Tie);
        point.uniqueness = match point.rank() {
            _ if partial => Uniqueness::RankTie,
            0 => Uniqueness::Zero,
            _ => Uniqueness::Unique,
        };
        point.objective = self.level(choices);
        Some(point)
    }

    /// What the point is.
    pub fn nature(&self, choices: &[Choice]) -> Nature {
        if self.is_optimal(choices) {
            return Nature::Global;
        }
        let double = |m: &OptimalMode| m.mode.roots(&self.optimum.law) == Roots::Double;
        let mut modes = self.optimum.modes.iter().zip(choices);
        if modes.any(|(m, choice)| choice.upper > 0 && double(m)) {
            return Nature::Saddle;
        }
        if self.optimum.uniqueness == Uniqueness::Undecided || self.optimum.modes.iter().any(double) {
            let descends = self.curvature(choices).is_some_and(|c| !c.index().is_zero());
            return if descends { Nature::Saddle } else { Nature::Open };
        }
        let mut whole = true;
        let prefix = self.optimum.modes.iter().zip(choices).all(|(m, choice)| {
            let fits = choice.lower == 0 && (whole || choice.upper == 0);
            whole &= choice.upper == m.mode.block.multiplicity;
            fits
        });
        if self.optimum.law.depth >= 2 && prefix { Nature::LocalMinimum } else { Nature::Saddle }
    }

    /// Whether the choice costs what the optimum costs.
    fn is_optimal(&self, choices: &[Choice]) -> bool {
        let threshold = |m: &OptimalMode| m.mode.preference == Preference::Tie && m.fate == Fate::Tie;
        self.optimum.uniqueness != Uniqueness::Undecided
            && self.optimum.modes.iter().zip(choices).all(|(m, choice)| {
                let fits = if threshold(m) { choice.upper <= m.kept } else { choice.upper == m.kept };
                fits && choice.lower == 0
            })
    }

    /// Number of distinct choices; `None` for more modes than are counted.
    pub fn count(&self) -> Option<Integer> {
        let total: usize = self.optimum.modes.iter().map(|m| m.mode.block.multiplicity).sum();
        if total > MAX_COUNTED {
            return None;
        }
        let room = self.problem.rank_budget().min(total);
        // ways[r]: choices of the blocks so far that use r modes.
        let mut ways = vec![Integer::from(0); room + 1];
        ways[0] = Integer::from(1);
        for m in &self.optimum.modes {
            let mut next = vec![Integer::from(0); room + 1];
            for used in 0..=m.mode.block.multiplicity.min(room) {
                let kinds = match m.mode.roots(&self.optimum.law) {
                    Roots::None if used > 0 => break,
                    Roots::Both => used + 1,
                    _ => 1,
                };
                for r in used..=room {
                    next[r] += &ways[r - used] * Integer::from(kinds);
                }
            }
            ways = next;
        }
        Some(ways.into_iter().sum())
    }

    /// The local minima, the smallest objective last: prefixes of the modes (for `M = 1` the optimum alone), at
    /// most `limit` of them, the optimum always among them.
    pub fn minima(&self, limit: usize) -> Vec<CriticalLevel> {
        let blocks = self.optimum.modes.len();
        let mut all = Vec::new();
        let mut choices = vec![Choice::default(); blocks];
        let room = self.problem.rank_budget();
        let mut used = 0;
        let mut add = |choices: &[Choice]| {
            let nature = self.nature(choices);
            if matches!(nature, Nature::Global | Nature::LocalMinimum) && all.len() < limit {
                let objective = self.level(choices);
                all.push(CriticalLevel { choices: choices.to_vec(), objective, nature });
            }
        };
        let optimal = choice::kept(self.optimum);
        add(&optimal);
        if choices != optimal {
            add(&choices);
        }
        'blocks: for (b, m) in self.optimum.modes.iter().enumerate() {
            if m.mode.band == Band::None {
                break;
            }
            for _ in 0..m.mode.block.multiplicity {
                if used == room || used > limit {
                    break 'blocks;
                }
                used += 1;
                choices[b].upper += 1;
                if choices != optimal {
                    add(&choices);
                }
            }
        }
        sorted(all)
    }

    /// Every critical level, highest first; `None` if there are more than `limit`.
    pub fn levels(&self, limit: usize) -> Option<Vec<CriticalLevel>> {
        if self.count()? > Integer::from(limit) {
            return None;
        }
        let mut all = Vec::new();
        let mut choices = vec![Choice::default(); self.optimum.modes.len()];
        self.enumerate(0, self.problem.rank_budget(), &mut choices, &mut all);
        Some(sorted(all))
    }

    fn enumerate(&self, b: usize, room: usize, choices: &mut Vec<Choice>, all: &mut Vec<CriticalLevel>) {
        let Some(m) = self.optimum.modes.get(b) else {
            let (objective, nature) = (self.level(choices), self.nature(choices));
            all.push(CriticalLevel { choices: choices.clone(), objective, nature });
            return;
        };
        let roots = m.mode.roots(&self.optimum.law);
        let most = if roots == Roots::None { 0 } else { m.mode.block.multiplicity.min(room) };
        for upper in 0..=most {
            let lowest = if roots == Roots::Both { most - upper } else { 0 };
            for lower in 0..=lowest {
                choices[b] = Choice { upper, lower };
                self.enumerate(b + 1, room - upper - lower, choices, all);
            }
        }
        choices[b] = Choice::default();
    }
}

/// Highest objective first. The middle of the enclosures orders them, so that the order is total.
fn sorted(mut all: Vec<CriticalLevel>) -> Vec<CriticalLevel> {
    all.sort_by_cached_key(|level| std::cmp::Reverse(level.objective.middle()));
    all
}
