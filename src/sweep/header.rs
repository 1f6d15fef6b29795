//! What a journal says of itself in its first line: the spec, the part of its grid, and the fields of a row.

use crate::table::FieldKind;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The part `index` of `of` parts, counted from 1: points `index − 1`, `index − 1 + of`, ….
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part.
    pub index: u64,
    /// How many there are.
    pub of: u64,
}

impl Shard {
    /// The whole.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// Its points, of so many.
    pub fn points(self, all: u64) -> impl Iterator<Item = u64> {
        (self.index - 1..all).step_by(self.of as usize)
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
    /// Points of the whole grid.
    pub points: u64,
    /// The part of them that is here.
    pub shard: Shard,
    /// Names and types of a row's fields.
    pub fields: Vec<(String, FieldKind)>,
}

#[derive(Serialize, Deserialize)]
struct HeaderLine {
    format: String,
    spec: String,
    points: u64,
    shard: (u64, u64),
    columns: Vec<(String, String)>,
}

const FORMAT: &str = "tightframe.sweep/1";

impl Header {
    /// The header as a line.
    pub(super) fn line(&self) -> String {
        let columns = self.fields.iter().map(|(name, kind)| (name.clone(), kind.word().to_owned())).collect();
        let line = HeaderLine {
            format: FORMAT.to_owned(),
            spec: self.spec.clone(),
            points: self.points,
            shard: (self.shard.index, self.shard.of),
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
        let fits = line.format == FORMAT && (1..=shard.of).contains(&shard.index) && !fields.is_empty();
        fits.then_some(Self { spec: line.spec, points: line.points, shard, fields })
    }
}
