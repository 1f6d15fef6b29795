//! The journal: rows as they are done, in a file that only grows.
//!
//! - After the header, a [line](super::line) a row: its fields, and how long it took.
//! - What holds after opening: every line counted is whole. A last line that is torn, or anything after a line that
//!   does not check, is cut off and computed again.
//! - A journal is [locked](super::lock) while it is written.
//! - A process that is asked to stop says which points were in work, so that one that never ends is found.
//! - A shard's finished output has the same form, rows in the order of their points.

use super::contents::{Contents, is_of};
use super::failure::{Failure, io};
use super::header::Header;
use super::line::{Entry, Row};
use super::lock::Lock;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Bytes are forced to the disk when so much time has passed; a killed process loses nothing of what it wrote, a
/// machine without power at most this.
const SYNC_EVERY: Duration = Duration::from_secs(2);

/// An open journal.
pub struct Journal {
    path: PathBuf,
    found: Contents,
    lock: Lock,
    writer: Mutex<Writing>,
    /// Points in work, and since when.
    working: Mutex<BTreeMap<u64, Instant>>,
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

impl Writer {
    fn write(&mut self, bytes: &[u8], sync: bool) -> std::io::Result<()> {
        self.file.write_all(bytes)?;
        if sync || self.synced.elapsed() > SYNC_EVERY {
            self.file.sync_data()?;
            self.synced = Instant::now();
        }
        Ok(())
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
        let lock = Lock::of(&file, path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let line = header.line();
        // A process may die while it writes the header: then a part of it is all there is.
        let is_begun = line.as_bytes().starts_with(&bytes);
        let found = match Contents::of(&bytes) {
            Some(found) => {
                is_of(path, &found.header, header)?;
                found
            }
            None if is_begun => Contents::empty(header.clone(), 0),
            None => return Err(Failure::NotAJournal { path: path.to_owned() }),
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let begun = Entry::Begun { begun: now }.line(0);
        let begin = |file: &mut File| -> std::io::Result<()> {
            file.set_len(found.length)?;
            file.seek(SeekFrom::Start(found.length))?;
            let head = if found.length == 0 { line.as_str() } else { "" };
            file.write_all(format!("{head}{begun}").as_bytes())?;
            file.sync_all()
        };
        begin(&mut file).map_err(|error| io("the journal cannot be written", path, error, true))?;
        let writer = Mutex::new(Writing::Open(Writer { file, synced: Instant::now() }));
        Ok(Self { path: path.to_owned(), found, lock, writer, working: Mutex::default() })
    }

    /// Takes over rows that are known from elsewhere.
    pub fn adopt(&mut self, rows: Contents) -> Result<(), Failure> {
        for (point, row) in rows.header.own.iter().zip(rows.rows) {
            let Some(row) = row else { continue };
            let entry = Entry::Row(row);
            let line = entry.line(*point);
            if self.found.take(*point, entry).is_some() {
                self.write(line.as_bytes(), false)?;
            }
        }
        Ok(())
    }

    /// What was there when it was opened.
    pub fn found(&self) -> &Contents {
        &self.found
    }

    /// The file that stands for a lock, where the file system has none.
    pub fn lock_file(&self) -> Option<&Path> {
        self.lock.file()
    }

    /// Says that a point is in work.
    pub fn begin(&self, point: u64) {
        held(&self.working).insert(point, Instant::now());
    }

    /// Adds a row. After a failure nothing more is added: the file's end may be torn.
    pub fn append(&self, point: u64, row: Row) -> Result<(), Failure> {
        let since = held(&self.working).remove(&point);
        let seconds = since.map(|since| since.elapsed().as_secs_f64());
        self.write(Entry::Row(Row { seconds, ..row }).line(point).as_bytes(), false)
    }

    /// Adds which points are in work, and lets others have the journal: for the end of the process.
    pub fn stop(&self) -> Result<(), Failure> {
        let working = std::mem::take(&mut *held(&self.working));
        let line = |(point, since): (&u64, &Instant)| {
            Entry::Stopped { stopped: since.elapsed().as_secs_f64() }.line(*point)
        };
        self.write(working.iter().map(line).collect::<String>().as_bytes(), true)?;
        *held(&self.writer) = Writing::Failed("the process was asked to stop".to_owned());
        self.lock.release();
        Ok(())
    }

    fn write(&self, bytes: &[u8], sync: bool) -> Result<(), Failure> {
        let mut guard = held(&self.writer);
        let failed = |error| io("the journal cannot be written", &self.path, error, true);
        if self.lock.is_lost() {
            return Err(Failure::Busy { path: self.path.clone(), by: None });
        }
        let writer = match &mut *guard {
            Writing::Open(writer) => writer,
            Writing::Failed(why) => return Err(failed(std::io::Error::other(why.clone()))),
        };
        writer.write(bytes, sync).map_err(|error| {
            *guard = Writing::Failed(error.to_string());
            failed(error)
        })
    }

    /// Removes the journal, once what it says is written elsewhere.
    pub fn remove(&self) -> Result<(), Failure> {
        std::fs::remove_file(&self.path)
            .map_err(|e| io("the journal cannot be removed", &self.path, e, false))
    }

    /// All rows, in the order of their points.
    pub fn finished(&self) -> Result<Vec<Row>, Failure> {
        Contents::read(&self.path)?.whole(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::header::Shard;
    use crate::table::{FieldKind, Scalar, Values};

    fn header(shard: Shard) -> Header {
        let field = |name: &str, of| (name.to_owned(), FieldKind::one(of));
        Header {
            spec: "abc".to_owned(),
            version: "1".to_owned(),
            text: "[grid]".to_owned(),
            points: 7,
            shard,
            own: shard.by_turn(7).collect(),
            fields: vec![field("point", Scalar::Whole), field("word", Scalar::Text)],
        }
    }

    fn fields(point: u64) -> Row {
        let row = vec![Values::one(point.to_string()), Values::one(format!("é\n\"{point}\""))];
        Row { row, seconds: None, given_up: None }
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
        (0..7).rev().for_each(|p| journal.append(p, fields(p)).unwrap());
        drop(journal);
        let whole = std::fs::read(&place.0).unwrap();
        let expected: Vec<Row> = (0..7).map(fields).collect();
        for length in 0..=whole.len() {
            std::fs::write(&place.0, &whole[..length]).unwrap();
            let lines = whole[..length].iter().filter(|b| **b == b'\n').count();
            let journal = Journal::open(&place.0, &header).unwrap();
            let missing = journal.found().missing();
            assert_eq!(missing.len(), 7 - lines.saturating_sub(2).min(7), "{length}");
            missing.iter().for_each(|p| journal.append(*p, fields(*p)).unwrap());
            assert_eq!(journal.finished().unwrap(), expected);
        }
    }

    #[test]
    fn a_changed_byte_is_found() {
        let place = Place::new("flip");
        let header = header(Shard::WHOLE);
        let journal = Journal::open(&place.0, &header).unwrap();
        (0..7).for_each(|p| journal.append(p, fields(p)).unwrap());
        drop(journal);
        let whole = std::fs::read(&place.0).unwrap();
        let begin = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
        // What a process writes when it begins is a line too.
        let rows = |lines: usize| lines.saturating_sub(1);
        for at in begin..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(&place.0, &changed).unwrap();
            let before = whole[begin..at].iter().filter(|b| **b == b'\n').count();
            let journal = Journal::open(&place.0, &header).unwrap();
            assert_eq!(journal.found().missing().len(), 7 - rows(before), "{at}");
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

    /// A point that was in work at a stop is known by it, and one that is done is not.
    #[test]
    fn stops_are_counted_for_the_points_in_work() {
        let place = Place::new("stops");
        let header = header(Shard::WHOLE);
        for stop in 0..3 {
            let journal = Journal::open(&place.0, &header).unwrap();
            assert_eq!(journal.found().stops.get(&5).copied().unwrap_or(0), stop);
            journal.begin(stop);
            journal.begin(5);
            journal.append(stop, fields(stop)).unwrap();
            journal.stop().unwrap();
        }
        let found = Contents::read(&place.0).unwrap();
        assert_eq!((found.stops, found.rows.iter().flatten().count()), (BTreeMap::from([(5, 3)]), 3));
        assert!(found.rows[0].as_ref().unwrap().seconds.is_some());
    }
}
