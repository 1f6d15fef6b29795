//! The critical levels of a problem as text and JSON.

use super::Page;
use super::number::{Number, counted};
use super::table::{Align, Table};
use crate::theory::landscape::{CriticalLevel, Landscape, Nature};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Levels are listed where there are at most this many; beyond, the local minima alone.
const MAX_LEVELS: usize = 5_000;

/// Which levels are asked for, and how many at most.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Local minima, the global one included.
    pub minima: bool,
    /// Everything else.
    pub saddles: bool,
    /// Levels at most.
    pub limit: usize,
}

/// The critical levels, `tightframe.landscape/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LandscapeJson {
    /// `tightframe.landscape/1`.
    pub format: String,
    /// The case's title.
    pub case: String,
    /// Distinct targets `μ`, largest first.
    pub targets: Vec<Number>,
    /// Number of critical levels (sets of modes on their roots); null where too many to count.
    pub count: Option<String>,
    /// Whether all that were asked for are listed.
    pub complete: bool,
    /// The levels that were asked for: minima first, each kind from the lowest objective.
    pub levels: Vec<LevelJson>,
}

/// One level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LevelJson {
    /// Its name, as `theorems --at` takes it: modes on upper roots, `-` for the lower root, the others zero.
    pub name: String,
    /// `global`, `local-minimum`, `saddle` or `undecided`.
    pub nature: String,
    /// Number of negative eigenvalues of the Hessian; null where not known.
    pub index: Option<u64>,
    /// Copies of each target on the upper root.
    pub upper: Vec<usize>,
    /// Copies of each target on the lower root.
    pub lower: Vec<usize>,
    /// The objective.
    pub objective: Number,
}

/// Targets are named one by one up to so many.
const NAMED: usize = 4;

impl LandscapeJson {
    /// The levels of a landscape.
    pub fn of(title: &str, landscape: &Landscape, wanted: Wanted, digits: usize) -> Self {
        let all = landscape.levels(MAX_LEVELS);
        let is_counted = all.is_some();
        // One minimum more than is listed says that there are more.
        let mut levels = all.unwrap_or_else(|| landscape.minima(wanted.limit + 1));
        let is_minimum = |l: &CriticalLevel| matches!(l.nature, Nature::Global | Nature::LocalMinimum);
        levels.retain(|l| if is_minimum(l) { wanted.minima } else { wanted.saddles });
        // Lowest first, and among equals the minima.
        levels.reverse();
        levels.sort_by_key(|l| (!is_minimum(l), l.nature != Nature::Global));
        let complete = levels.len() <= wanted.limit && (is_counted || !wanted.saddles);
        levels.truncate(wanted.limit);
        let level = |l: &CriticalLevel| LevelJson {
            name: landscape.name(&l.choices),
            nature: l.nature.word().to_owned(),
            index: landscape.index(&l.choices),
            upper: l.choices.iter().map(|c| c.upper).collect(),
            lower: l.choices.iter().map(|c| c.lower).collect(),
            objective: Number::of(&l.objective, digits),
        };
        Self {
            format: "tightframe.landscape/1".to_owned(),
            case: title.to_owned(),
            targets: landscape
                .optimum()
                .modes
                .iter()
                .map(|m| Number::of(&m.mode.block.target_sq, digits))
                .collect(),
            count: landscape.count().map(|n| n.to_string()),
            complete,
            levels: levels.iter().map(level).collect(),
        }
    }

    /// The text form.
    pub fn text(&self) -> Page {
        let count = self.count.as_deref().unwrap_or("too many to count");
        let listed = counted(self.levels.len() as u64, "level");
        let listed = match self.complete {
            true => format!("{listed} listed, all that were asked for"),
            false => format!("{listed} listed, minima first; there are more, and --limit lists more minima"),
        };
        let mut out = Page::from(format!("{}\ncritical levels: {count}\n{listed}\n\n", self.case));
        let columns = [
            ("name", Align::Left),
            ("objective", Align::Left),
            ("nature", Align::Left),
            ("index", Align::Right),
            ("targets on roots", Align::Left),
        ];
        let row = |l: &LevelJson| {
            let on = |copies: &[usize], sign: &str| {
                let all = copies.iter().zip(&self.targets).filter(|(n, _)| **n > 0);
                all.map(|(n, t)| match n {
                    1 => format!("{}{sign}", t.value),
                    n => format!("{}{sign} ×{n}", t.value),
                })
                .collect::<Vec<_>>()
            };
            let modes = [on(&l.upper, ""), on(&l.lower, " (lower)")].concat();
            let modes = match modes.as_slice() {
                [] => "none".to_owned(),
                [first, .., last] if modes.len() > NAMED => {
                    let number = l.upper.iter().chain(&l.lower).sum::<usize>() as u64;
                    format!("{}, {first} … {last}", counted(number, "mode"))
                }
                all => all.join(", "),
            };
            let index = l.index.map_or("–".to_owned(), |index| index.to_string());
            vec![l.name.clone(), l.objective.value.clone(), l.nature.clone(), index, modes]
        };
        out.table(Table::new(&columns, self.levels.iter().map(row).collect()));
        out += "\nModes count from the largest target μ, `-` marks the lower root, those not named are zero; the index is the \
             number of descending directions. Every digit shown is proven.\n";
        out
    }
}
