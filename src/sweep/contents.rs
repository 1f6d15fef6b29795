//! What a journal or a finished shard holds, and how the parts of a sweep come together.

use super::failure::{Failure, io};
use super::header::{Header, Shard};
use super::line::{Entry, Row};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A row for every point of a shard, as far as there is one.
pub type Rows = Vec<Option<Row>>;

/// The whole lines of a file: its header, its rows, and how many bytes they are.
pub struct Contents {
    /// What it says of itself.
    pub header: Header,
    /// The rows.
    pub rows: Rows,
    /// At how many stops each point was in work.
    pub stops: BTreeMap<u64, u64>,
    /// When the last process began, in seconds of Unix time, and how many rows there are since.
    pub begun: Option<(f64, u64)>,
    /// Bytes of what holds.
    pub(super) length: u64,
    /// Rows before the first that does not check; `None` if all do.
    pub damaged: Option<usize>,
}

impl Contents {
    /// What a file holds.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(path).map_err(|e| io("the shard cannot be read", path, e, false))?;
        Self::of(&bytes).ok_or_else(|| Failure::NotAJournal { path: path.to_owned() })
    }

    /// Of a file that has only a header of so many bytes.
    pub(super) fn empty(header: Header, length: u64) -> Self {
        let (rows, stops) = (vec![None; header.own.len()], BTreeMap::new());
        Self { header, rows, stops, begun: None, length, damaged: None }
    }

    /// `None` if even the header is no header.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|b| *b == b'\n')?;
        let header = Header::of(std::str::from_utf8(&bytes[..end]).ok()?)?;
        let mut found = Self::empty(header, end as u64 + 1);
        let mut rest = &bytes[end + 1..];
        while !rest.is_empty() {
            let line = rest.iter().position(|b| *b == b'\n').map(|length| &rest[..length]);
            let entry = line.and_then(|line| Entry::of(std::str::from_utf8(line).ok()?));
            let (Some(line), Some(())) = (line, entry.and_then(|(point, entry)| found.take(point, entry)))
            else {
                found.damaged = Some(found.done() + 1);
                break;
            };
            rest = &rest[line.len() + 1..];
            found.length += line.len() as u64 + 1;
        }
        Some(found)
    }

    /// Takes an entry; `None` if it does not belong here.
    pub(super) fn take(&mut self, point: u64, entry: Entry) -> Option<()> {
        match entry {
            Entry::Row(row) => {
                let slot = self.header.own.binary_search(&point).ok()?;
                if self.rows[slot].is_some() || row.row.len() != self.header.fields.len() {
                    return None;
                }
                self.rows[slot] = Some(row);
                self.begun.iter_mut().for_each(|(_, rows)| *rows += 1);
            }
            Entry::Stopped { .. } => *self.stops.entry(point).or_default() += 1,
            Entry::Begun { begun } => self.begun = Some((begun, 0)),
        }
        Some(())
    }

    /// How many rows there are.
    pub fn done(&self) -> usize {
        self.rows.iter().flatten().count()
    }

    /// Points without a row.
    pub fn missing(&self) -> Vec<u64> {
        let points = self.header.own.iter().zip(&self.rows);
        points.filter(|(_, row)| row.is_none()).map(|(point, _)| *point).collect()
    }

    /// All rows, in the order of their points.
    pub fn whole(self, path: &Path) -> Result<Vec<Row>, Failure> {
        match self.missing()[..] {
            [] => Ok(self.rows.into_iter().flatten().collect()),
            [first, ..] => {
                let missing = self.missing().len() as u64;
                Err(Failure::Gap { path: path.to_owned(), missing, first })
            }
        }
    }
}

/// Refuses what belongs to another spec or shard.
pub fn is_of(path: &Path, found: &Header, wanted: &Header) -> Result<(), Failure> {
    let path = path.to_owned();
    if found == wanted {
        return Ok(());
    }
    Err(match found.is_of_one_sweep(wanted) {
        true => Failure::OtherShard { path, found: found.shard },
        false => Failure::OtherSpec { path, version: found.version.clone() },
    })
}

/// The header of the whole grid and its rows, from all its shards.
pub fn joined(shards: Vec<(PathBuf, Contents)>) -> Result<(Header, Vec<Row>), Failure> {
    let Some((_, first)) = shards.first() else { return Err(Failure::NoShards) };
    let (of, whole) = (first.header.shard.of, first.header.whole());
    agree(&shards)?;
    let mut rows: Rows = vec![None; whole.own.len()];
    for index in 1..=of {
        let shard = Shard { index, of };
        if shards.iter().all(|(_, s)| s.header.shard != shard) {
            return Err(Failure::MissingShard { shard });
        }
    }
    for (path, contents) in shards {
        if let Some(row) = contents.damaged {
            return Err(Failure::Damaged { path, row });
        }
        let own = contents.header.own.clone();
        for (point, row) in own.into_iter().zip(contents.whole(&path)?) {
            rows[point as usize] = Some(row.without_time());
        }
    }
    let missing = rows.iter().filter(|row| row.is_none()).count() as u64;
    match rows.iter().position(Option::is_none) {
        None => Ok((whole, rows.into_iter().flatten().collect())),
        Some(first) => Err(Failure::Holes { missing, first: first as u64 }),
    }
}

/// Whether parts belong together, each once.
pub fn agree(shards: &[(PathBuf, Contents)]) -> Result<(), Failure> {
    let Some((one, first)) = shards.first() else { return Err(Failure::NoShards) };
    for (i, (other, shard)) in shards.iter().enumerate() {
        let (one, other) = (one.clone(), other.clone());
        if !shard.header.is_of_one_sweep(&first.header) {
            return Err(Failure::MixedSpecs { one, other });
        }
        if shard.header.shard.of != first.header.shard.of {
            return Err(Failure::MixedParts { one, other });
        }
        if let Some((twin, _)) = shards[..i].iter().find(|(_, s)| s.header.shard == shard.header.shard) {
            return Err(Failure::Overlap { one: twin.clone(), other, shard: shard.header.shard });
        }
    }
    Ok(())
}
