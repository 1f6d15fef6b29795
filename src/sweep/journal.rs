//! The journal: rows as they are done, in a file that only grows.
//!
//! ```text
//! {"format":"tightframe.sweep/1","spec":"…","points":10000,"shard":[1,1],"columns":[["point","whole"],…]}
//! 17 42 9f86d081884c7d65 ["17","0.98",null]
//! ```
//!
//! - After the header, a line a row: the point, the length of its fields in bytes, their checksum (SHA-256 with point
//!   and length, cut), the fields as JSON.
//! - What holds after opening: every line counted is whole. A last line that is torn, or anything after a line that
//!   does not check, is cut off and computed again.
//! - A journal is locked while it is written; the lock ends with the process, however it ends.
//! - A shard's finished output has the same form, rows in the order of their points.

use super::failure::{Failure, io};
use super::header::{Header, Shard};
use crate::table::Field;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Bytes are forced to the disk when so much time has passed; a killed process loses nothing of what it wrote, a
/// machine without power at most this.
const SYNC_EVERY: Duration = Duration::from_secs(2);

/// A row as a line.
pub(super) fn line(point: u64, fields: &[Field]) -> String {
    let payload = serde_json::to_string(fields).expect("texts are JSON");
    format!("{point} {} {} {payload}\n", payload.len(), checksum(point, &payload))
}

fn checksum(point: u64, payload: &str) -> String {
    let hash = Sha256::new()
        .chain_update(point.to_le_bytes())
        .chain_update((payload.len() as u64).to_le_bytes())
        .chain_update(payload)
        .finalize();
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The row of a line without its end; `None` if it is torn.
fn row(line: &str) -> Option<(u64, Vec<Field>)> {
    let mut parts = line.splitn(4, ' ');
    let point: u64 = parts.next()?.parse().ok()?;
    let length: usize = parts.next()?.parse().ok()?;
    let (sum, payload) = (parts.next()?, parts.next()?);
    let whole = payload.len() == length && sum == checksum(point, payload);
    if whole { Some((point, serde_json::from_str(payload).ok()?)) } else { None }
}

/// A row for every point of a shard, as far as there is one.
pub type Rows = Vec<Option<Vec<Field>>>;

/// The whole lines of a file: its header, its rows, and how many bytes they are.
struct Contents {
    header: Header,
    rows: Rows,
    length: u64,
    /// Rows before the first that does not check; `None` if all do.
    damaged: Option<usize>,
}

/// `None` if even the header is no header.
fn contents(bytes: &[u8]) -> Option<Contents> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let header = Header::of(std::str::from_utf8(&bytes[..end]).ok()?)?;
    let own = header.shard.points(header.points).count();
    let mut rows: Rows = vec![None; own];
    let (mut at, mut count, mut damaged) = (end + 1, 0, None);
    while at < bytes.len() {
        let line = bytes[at..].iter().position(|b| *b == b'\n').map(|length| &bytes[at..at + length]);
        let found = line.and_then(|line| row(std::str::from_utf8(line).ok()?));
        // A row of this shard, of the right form, that is not there yet.
        let slot = found.and_then(|(point, fields)| {
            let first = header.shard.index - 1;
            let own = point >= first
                && (point - first) % header.shard.of == 0
                && fields.len() == header.fields.len();
            Some((own.then(|| (point - first) / header.shard.of)? as usize, fields))
        });
        match (slot, line) {
            (Some((slot, fields)), Some(line)) if rows.get(slot).is_some_and(Option::is_none) => {
                rows[slot] = Some(fields);
                at += line.len() + 1;
                count += 1;
            }
            _ => {
                damaged = Some(count + 1);
                break;
            }
        }
    }
    Some(Contents { header, rows, length: at as u64, damaged })
}

/// An open journal.
pub struct Journal {
    path: PathBuf,
    header: Header,
    rows: Rows,
    damaged: Option<usize>,
    writer: Mutex<Writing>,
}

/// What the journal is written with.
enum Writing {
    Open(Writer),
    /// Nothing more is written after this failure, which every later row repeats.
    Failed(String),
}

struct Writer {
    file: File,
    synced: Instant,
}

impl Journal {
    /// Opens a journal to go on with it, or begins one.
    ///
    /// - A torn end is cut off.
    /// - Refused: a journal of another spec or shard, a file that is no journal, one that another process writes.
    pub fn open(path: &Path, header: &Header) -> Result<Self, Failure> {
        let failed = |error| io("the journal cannot be opened", path, error, false);
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(Failure::Busy { path: path.to_owned() }),
            Err(std::fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let line = header.line();
        let found = contents(&bytes);
        // A process may die while it writes the header: then a part of it is all there is.
        let (rows, length) = match found {
            Some(found) if found.header == *header => (found.rows, found.length),
            Some(found) => {
                let same = Header { shard: found.header.shard, ..header.clone() } == found.header;
                let path = path.to_owned();
                return Err(match same {
                    true => Failure::OtherShard { path, found: found.header.shard },
                    false => Failure::OtherSpec { path },
                });
            }
            None if line.as_bytes().starts_with(&bytes) => {
                (vec![None; header.shard.points(header.points).count()], 0)
            }
            None => return Err(Failure::NotAJournal { path: path.to_owned() }),
        };
        let begin = |file: &mut File| -> std::io::Result<()> {
            file.set_len(length)?;
            file.seek(SeekFrom::Start(length))?;
            if length == 0 {
                file.write_all(line.as_bytes())?;
            }
            file.sync_all()
        };
        begin(&mut file).map_err(|error| io("the journal cannot be written", path, error, true))?;
        let writer = Mutex::new(Writing::Open(Writer { file, synced: Instant::now() }));
        Ok(Self { path: path.to_owned(), header: header.clone(), rows, damaged: None, writer })
    }

    /// Reads a finished shard, or a journal as far as it is.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(path).map_err(|e| io("the shard cannot be read", path, e, false))?;
        let Some(found) = contents(&bytes) else {
            return Err(Failure::NotAJournal { path: path.to_owned() });
        };
        Ok(Self {
            path: path.to_owned(),
            header: found.header,
            rows: found.rows,
            damaged: found.damaged,
            writer: Mutex::new(Writing::Failed("it was opened to be read".to_owned())),
        })
    }

    /// Points without a row when it was opened.
    pub fn missing(&self) -> Vec<u64> {
        let points = self.header.shard.points(self.header.points).zip(&self.rows);
        points.filter(|(_, row)| row.is_none()).map(|(point, _)| point).collect()
    }

    /// Adds a row. After a failure nothing more is added: the file's end may be torn.
    pub fn append(&self, point: u64, fields: &[Field]) -> Result<(), Failure> {
        let bytes = line(point, fields);
        let mut guard = self.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let failed = |error| io("the journal cannot be written", &self.path, error, true);
        let writer = match &mut *guard {
            Writing::Open(writer) => writer,
            Writing::Failed(why) => return Err(failed(std::io::Error::other(why.clone()))),
        };
        let mut write = || -> std::io::Result<()> {
            writer.file.write_all(bytes.as_bytes())?;
            if writer.synced.elapsed() > SYNC_EVERY {
                writer.file.sync_data()?;
                writer.synced = Instant::now();
            }
            Ok(())
        };
        write().map_err(|error| {
            *guard = Writing::Failed(error.to_string());
            failed(error)
        })
    }

    /// Removes the journal, once what it says is written elsewhere.
    pub fn remove(self) -> Result<(), Failure> {
        std::fs::remove_file(&self.path)
            .map_err(|e| io("the journal cannot be removed", &self.path, e, false))
    }

    /// All rows, in the order of their points.
    pub fn finished(&self) -> Result<Vec<Vec<Field>>, Failure> {
        let bytes =
            std::fs::read(&self.path).map_err(|e| io("the journal cannot be read", &self.path, e, true))?;
        match contents(&bytes) {
            Some(found) => whole(&self.path, found.rows, self.header.shard),
            None => Err(Failure::NotAJournal { path: self.path.clone() }),
        }
    }
}

fn whole(path: &Path, rows: Rows, shard: Shard) -> Result<Vec<Vec<Field>>, Failure> {
    let missing = rows.iter().filter(|row| row.is_none()).count() as u64;
    match rows.iter().position(Option::is_none) {
        None => Ok(rows.into_iter().flatten().collect()),
        Some(slot) => {
            let first = shard.index - 1 + slot as u64 * shard.of;
            Err(Failure::Gap { path: path.to_owned(), missing, first })
        }
    }
}

/// The header of the whole grid and its rows, from all its shards.
pub fn joined(shards: &[Journal]) -> Result<(Header, Vec<Vec<Field>>), Failure> {
    let Some(first) = shards.first() else { return Err(Failure::NoShards) };
    let of = first.header.shard.of;
    for (i, shard) in shards.iter().enumerate() {
        let (one, other) = (first.path.clone(), shard.path.clone());
        let Header { spec, points, shard: own, fields } = &shard.header;
        if (spec, points, fields) != (&first.header.spec, &first.header.points, &first.header.fields) {
            return Err(Failure::MixedSpecs { one, other });
        }
        if own.of != of {
            return Err(Failure::MixedParts { one, other });
        }
        if let Some(twin) = shards[..i].iter().find(|s| s.header.shard == *own) {
            return Err(Failure::Overlap { one: twin.path.clone(), other, shard: *own });
        }
    }
    let mut parts = Vec::new();
    for index in 1..=of {
        let shard = Shard { index, of };
        let Some(journal) = shards.iter().find(|s| s.header.shard == shard) else {
            return Err(Failure::MissingShard { shard });
        };
        if let Some(row) = journal.damaged {
            return Err(Failure::Damaged { path: journal.path.clone(), row });
        }
        parts.push(whole(&journal.path, journal.rows.clone(), shard)?.into_iter());
    }
    let next = |point: u64| parts[(point % of) as usize].next().expect("every part was found whole");
    let rows = (0..first.header.points).map(next).collect();
    Ok((Header { shard: Shard::WHOLE, ..first.header.clone() }, rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::FieldKind;

    fn header(shard: Shard) -> Header {
        let fields = vec![("point".to_owned(), FieldKind::Whole), ("word".to_owned(), FieldKind::Text)];
        Header { spec: "abc".to_owned(), points: 7, shard, fields }
    }

    fn fields(point: u64) -> Vec<Field> {
        vec![Some(point.to_string()), Some(format!("é\n\"{point}\""))]
    }

    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("tightframe-journal-{}-{name}", std::process::id())))
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    /// Cut anywhere: what is whole is kept, the rest is missing, and going on gives everything.
    #[test]
    fn a_journal_cut_anywhere_loses_only_what_was_torn() {
        let place = Place::new("cut");
        let header = header(Shard::WHOLE);
        let journal = Journal::open(&place.0, &header).unwrap();
        (0..7).rev().for_each(|p| journal.append(p, &fields(p)).unwrap());
        drop(journal);
        let whole = std::fs::read(&place.0).unwrap();
        let expected: Vec<Vec<Field>> = (0..7).map(fields).collect();
        for length in 0..=whole.len() {
            std::fs::write(&place.0, &whole[..length]).unwrap();
            let lines = whole[..length].iter().filter(|b| **b == b'\n').count();
            let journal = Journal::open(&place.0, &header).unwrap();
            let missing = journal.missing();
            assert_eq!(missing.len(), 7 - lines.saturating_sub(1).min(7), "{length}");
            missing.iter().for_each(|p| journal.append(*p, &fields(*p)).unwrap());
            assert_eq!(journal.finished().unwrap(), expected);
        }
    }

    #[test]
    fn a_changed_byte_is_found() {
        let place = Place::new("flip");
        let header = header(Shard::WHOLE);
        let journal = Journal::open(&place.0, &header).unwrap();
        (0..7).for_each(|p| journal.append(p, &fields(p)).unwrap());
        drop(journal);
        let whole = std::fs::read(&place.0).unwrap();
        let begin = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
        for at in begin..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(&place.0, &changed).unwrap();
            let before = whole[begin..at].iter().filter(|b| **b == b'\n').count();
            let journal = Journal::open(&place.0, &header).unwrap();
            assert_eq!(journal.missing().len(), 7 - before, "{at}");
        }
    }

    #[test]
    fn others_journals_are_refused() {
        let place = Place::new("others");
        let mine = header(Shard::WHOLE);
        let open = Journal::open(&place.0, &mine).unwrap();
        assert!(matches!(Journal::open(&place.0, &mine), Err(Failure::Busy { .. })));
        drop(open);
        let other = Header { spec: "xyz".to_owned(), ..mine.clone() };
        assert!(matches!(Journal::open(&place.0, &other), Err(Failure::OtherSpec { .. })));
        let shard = header(Shard { index: 2, of: 3 });
        assert!(matches!(Journal::open(&place.0, &shard), Err(Failure::OtherShard { .. })));
        std::fs::write(&place.0, "something else\n").unwrap();
        assert!(matches!(Journal::open(&place.0, &mine), Err(Failure::NotAJournal { .. })));
        assert_eq!(std::fs::read(&place.0).unwrap(), b"something else\n");
    }

    #[test]
    fn shards_part_the_points() {
        let all: Vec<u64> = (1..=3).flat_map(|index| Shard { index, of: 3 }.points(7)).collect();
        assert_eq!(all, [0, 3, 6, 1, 4, 2, 5]);
        assert_eq!(Shard { index: 9, of: 9 }.points(7).count(), 0);
    }
}
