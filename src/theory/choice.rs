//! Critical points by name: how many copies of each distinct target are on which root.

use super::mode::Roots;
use super::optimum::Optimum;
use crate::exact::read_range;
use std::collections::HashSet;
use std::fmt;

/// How many copies of one distinct target are on which root; the others are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Choice {
    /// Copies on the upper root.
    pub upper: usize,
    /// Copies on the lower root.
    pub lower: usize,
}

/// Why a text names no critical point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameMistake {
    /// Not a mode, a range of modes, or `zero`.
    Unreadable(String),
    /// There are not so many modes: the one named, and their number.
    NoMode(usize, usize),
    /// A mode is named twice.
    Twice(usize),
    /// More modes than the rank budget: the number named, and the budget.
    TooMany(usize, usize),
    /// The mode has no such root.
    NoRoot(usize),
}

impl fmt::Display for NameMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(part) => {
                write!(f, "`{part}` names no modes; write `1..3,5-` (5- is the lower root) or `zero`")
            }
            Self::NoMode(mode, count) => write!(f, "there is no mode {mode}; the modes are 1..{count}"),
            Self::Twice(mode) => write!(f, "mode {mode} is named twice"),
            Self::TooMany(named, room) => write!(f, "{named} modes are named, the widths leave {room}"),
            Self::NoRoot(mode) => write!(f, "mode {mode} has no such root"),
        }
    }
}

impl std::error::Error for NameMistake {}

/// The optimum as a critical point: the kept copies on upper roots.
pub fn kept(optimum: &Optimum) -> Vec<Choice> {
    optimum.modes.iter().map(|m| Choice { upper: m.kept, lower: 0 }).collect()
}

/// The choice that a name means: `1..3,5-` has modes 1, 2, 3 on upper roots, 5 on its lower root and the others
/// zero; `zero` has none. Modes count from 1, largest target first.
pub fn named(optimum: &Optimum, room: usize, name: &str) -> Result<Vec<Choice>, NameMistake> {
    let modes = &optimum.modes;
    let mut choices = vec![Choice::default(); modes.len()];
    let mut seen = HashSet::new();
    let count: usize = modes.iter().map(|m| m.mode.block.multiplicity).sum();
    for part in name.split(',').map(str::trim).filter(|part| *part != "zero") {
        let unreadable = || NameMistake::Unreadable(part.chars().take(40).collect());
        let (range, lower) = part.strip_suffix('-').map_or((part, false), |range| (range, true));
        let range = read_range(range).filter(|range| *range.start() > 0).ok_or_else(unreadable)?;
        for mode in range {
            let mode = usize::try_from(mode).map_err(|_| unreadable())?;
            if mode > count {
                return Err(NameMistake::NoMode(mode, count));
            }
            if !seen.insert(mode) {
                return Err(NameMistake::Twice(mode));
            }
            let mut left = mode - 1;
            let owner = modes.iter().position(|m| {
                let found = left < m.mode.block.multiplicity;
                left -= if found { 0 } else { m.mode.block.multiplicity };
                found
            });
            let Some(b) = owner else { return Err(NameMistake::NoMode(mode, count)) };
            let has_root = match modes[b].mode.roots(&optimum.law) {
                Roots::None => false,
                Roots::Double | Roots::Upper => !lower,
                Roots::Both => true,
            };
            match has_root {
                false => return Err(NameMistake::NoRoot(mode)),
                true if lower => choices[b].lower += 1,
                true => choices[b].upper += 1,
            }
        }
    }
    if seen.len() > room { Err(NameMistake::TooMany(seen.len(), room)) } else { Ok(choices) }
}

/// The name of a choice.
pub fn name(optimum: &Optimum, choices: &[Choice]) -> String {
    let mut parts: Vec<(usize, usize, bool)> = Vec::new();
    let mut at = 0;
    for (m, choice) in optimum.modes.iter().zip(choices) {
        for (count, lower) in [(choice.upper, false), (choice.lower, true)] {
            let first = if lower { at + choice.upper + 1 } else { at + 1 };
            match parts.last_mut() {
                _ if count == 0 => {}
                Some(last) if last.2 == lower && last.1 + 1 == first => last.1 += count,
                _ => parts.push((first, first + count - 1, lower)),
            }
        }
        at += m.mode.block.multiplicity;
    }
    let part = |(first, last, lower): &(usize, usize, bool)| {
        let sign = if *lower { "-" } else { "" };
        if first == last { format!("{first}{sign}") } else { format!("{first}..{last}{sign}") }
    };
    let parts: Vec<String> = parts.iter().map(part).collect();
    if parts.is_empty() { "zero".to_owned() } else { parts.join(",") }
}
