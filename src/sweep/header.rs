//! What a journal says of itself in its first line: the spec, the part of its grid, and the fields of a row.

use crate::table::FieldKind;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The part `index` of `of` parts, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// Which part.
    pub index: u64,
    /// How many there are.
    pub of: u64,
}

impl Shard {
    /// The whole.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// Every `n`-th point from the `i`-th: what a shard has where all points cost the same.
    pub(super) fn by_turn(self, points: u64) -> impl Iterator<Item = u64> {
        (self.index - 1..points).step_by(usize::try_from(self.of).unwrap_or(usize::MAX))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// What a journal says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The spec's digest.
    pub spec: String,
    /// The version of the program.
    pub version: String,
    /// The spec.
    pub text: String,
    /// Points of the whole grid.
    pub points: u64,
    /// The part of them that is here.
    pub shard: Shard,
    /// Its points, ascending.
    pub own: Vec<u64>,
    /// Names and types of a row's fields.
    pub fields: Vec<(String, FieldKind)>,
}

#[derive(Serialize, Deserialize)]
struct HeaderLine {
    format: String,
    spec: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    text: String,
    points: u64,
    shard: (u64, u64),
    /// Where they are not every `n`-th.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    own: Option<Vec<u64>>,
    columns: Vec<(String, String)>,
}

const FORMAT: &str = "tightframe.sweep/1";

impl Header {
    /// Whether both speak of the same rows: spec, version, points and fields.
    pub fn is_of_one_sweep(&self, other: &Self) -> bool {
        let all = |h: &Self| (h.spec.clone(), h.version.clone(), h.points, h.fields.clone());
        all(self) == all(other)
    }

    /// The header of the whole grid.
    pub fn whole(&self) -> Self {
        Self { shard: Shard::WHOLE, own: (0..self.points).collect(), ..self.clone() }
    }

    /// The header as a line.
    pub(super) fn line(&self) -> String {
        let columns = self.fields.iter().map(|(name, kind)| (name.clone(), kind.words())).collect();
        let own = Some(&self.own).filter(|own| self.shard.by_turn(self.points).ne(own.iter().copied()));
        let line = HeaderLine {
            format: FORMAT.to_owned(),
            spec: self.spec.clone(),
            version: self.version.clone(),
            text: self.text.clone(),
            points: self.points,
            shard: (self.shard.index, self.shard.of),
            own: own.cloned(),
            columns,
        };
        serde_json::to_string(&line).expect("texts and numbers are JSON") + "\n"
    }

    /// The header of a line; `None` if it is none.
    pub(super) fn of(line: &str) -> Option<Self> {
        let line: HeaderLine = serde_json::from_str(line).ok()?;
        let field = |(name, kind): &(String, String)| Some((name.clone(), FieldKind::of(kind)?));
        let fields = line.columns.iter().map(field).collect::<Option<Vec<_>>>()?;
        let shard = Shard { index: line.shard.0, of: line.shard.1 };
        let HeaderLine { spec, version, text, points, .. } = line;
        let fits = line.format == FORMAT && (1..=shard.of).contains(&shard.index) && !fields.is_empty();
        let own = line.own.unwrap_or_else(|| shard.by_turn(points).collect());
        let ascends = own.windows(2).all(|pair| pair[0] < pair[1]) && own.last().is_none_or(|p| *p < points);
        (fits && ascends).then_some(Self { spec, version, text, points, shard, own, fields })
    }
}
