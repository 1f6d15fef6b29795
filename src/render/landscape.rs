//! The critical levels of a problem as text and JSON.

use super::number::Number;
use super::table::{self, Align};
use crate::theory::landscape::{CriticalLevel, Landscape};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All levels are listed up to this many; beyond, the local minima alone.
const MAX_LEVELS: usize = 200;

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
    /// Whether all are listed, or only the local minima.
    pub complete: bool,
    /// The levels, highest objective first.
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

impl LandscapeJson {
    /// The levels of a landscape.
    pub fn of(title: &str, landscape: &Landscape, digits: usize) -> Self {
        let all = landscape.levels(MAX_LEVELS);
        let complete = all.is_some();
        let levels = all.unwrap_or_else(|| landscape.minima(MAX_LEVELS));
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
    pub fn text(&self) -> String {
        let count = self.count.as_deref().unwrap_or("too many to count");
        let listed = if self.complete { "all listed" } else { "the local minima listed" };
        let mut out = format!("{}\ncritical levels: {count}, {listed}\n\n", self.case);
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
            let modes = if modes.is_empty() { "none".to_owned() } else { modes.join(", ") };
            let index = l.index.map_or("–".to_owned(), |index| index.to_string());
            vec![l.name.clone(), l.objective.value.clone(), l.nature.clone(), index, modes]
        };
        out += &table::lines(&columns, &self.levels.iter().map(row).collect::<Vec<_>>());
        out += "\nModes count from the largest target μ, `-` marks the lower root, those not named are zero; the index is the\n\
             number of descending directions. Every digit shown is proven.\n";
        out
    }
}
