//! One process a journal: a lock of the file system, which ends with its process, however it ends; where there are no
//! locks (some network file systems), a file beside the journal that says who writes it, and is touched as long as its
//! process lives.

use super::failure::{Failure, io};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How often the file is touched.
const BEAT: Duration = Duration::from_secs(15);
/// When a file that is not touched counts as left behind.
const DEAD: Duration = Duration::from_secs(150);
/// How often a lock is tried, and how long between.
const PATIENCE: usize = 5;
const MOMENT: Duration = Duration::from_millis(20);
/// How long two processes that take over at once wait to see which of them did.
const SETTLE: Duration = Duration::from_millis(500);

/// A lock that is held until it is dropped.
pub(super) enum Lock {
    /// By the file system.
    System,
    /// By a file.
    File(Held),
}

/// A lock file that is touched until this is dropped.
pub(super) struct Held {
    path: PathBuf,
    words: String,
    lost: Arc<AtomicBool>,
    /// Dropped to end the thread that touches.
    beat: Option<Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Lock {
    /// Locks an open journal.
    pub fn of(file: &File, path: &Path) -> Result<Self, Failure> {
        // Whoever asks how far a sweep is holds the lock for a moment.
        for _ in 0..PATIENCE {
            match file.try_lock() {
                Ok(()) => return Ok(Self::System),
                Err(TryLockError::WouldBlock) => std::thread::sleep(MOMENT),
                // There are none here: ENOSYS, ENOLCK, EOPNOTSUPP and whatever else a file system says.
                Err(TryLockError::Error(_)) => return Held::beside(path).map(Self::File),
            }
        }
        Err(Failure::Busy { path: path.to_owned(), by: None })
    }

    /// Whether another process took it over in the meantime.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::File(held) if held.lost.load(Ordering::Relaxed))
    }

    /// Lets others have it at once, at the end of a process that drops nothing.
    pub fn release(&self) {
        if let Self::File(held) = self {
            held.remove();
        }
    }

    /// The file that stands for the lock, if one does.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::System => None,
            Self::File(held) => Some(&held.path),
        }
    }
}

/// Whether a process holds a journal: by a lock, or by a lock file that is touched.
pub(super) fn is_held(journal: &Path) -> bool {
    let is_locked = || match File::open(journal).ok()?.try_lock() {
        Ok(()) => Some(false),
        Err(TryLockError::WouldBlock) => Some(true),
        Err(TryLockError::Error(_)) => None,
    };
    let lock = lock_file(journal);
    let is_touched = || {
        let words = std::fs::read_to_string(&lock).ok()?;
        let age = std::fs::metadata(&lock).ok()?.modified().ok()?.elapsed().unwrap_or_default();
        Some(!is_dead(&words) && age < DEAD)
    };
    is_locked() == Some(true) || is_touched() == Some(true)
}

/// The lock file of a journal.
pub(super) fn lock_file(journal: &Path) -> PathBuf {
    beside(journal, ".lock")
}

/// The journal of an output.
pub fn journal_of(output: &Path) -> PathBuf {
    beside(output, ".journal")
}

/// A file beside another one, named after it.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

impl Held {
    fn remove(&self) {
        if std::fs::read_to_string(&self.path).is_ok_and(|found| found == self.words) {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    fn beside(journal: &Path) -> Result<Self, Failure> {
        let path = lock_file(journal);
        let failed = |error| io("the lock file cannot be written", &path, error, true);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let words = format!("host {} pid {} since {}\n", host(), std::process::id(), since.as_nanos());
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => file.write_all(words.as_bytes()).map_err(failed)?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let by = std::fs::read_to_string(&path).unwrap_or_default();
                // The file system's clock, which need not be ours.
                let mine = path.with_extension(format!("{}-{}", host(), std::process::id()));
                std::fs::write(&mine, &words).map_err(failed)?;
                if !is_dead(&by) && age(&path, &mine).is_none_or(|age| age < DEAD) {
                    let _ = std::fs::remove_file(&mine);
                    return Err(Failure::Busy { path: journal.to_owned(), by: Some((path, by)) });
                }
                std::fs::rename(&mine, &path).map_err(failed)?;
                std::thread::sleep(SETTLE);
                let now = std::fs::read_to_string(&path).unwrap_or_default();
                if now != words {
                    return Err(Failure::Busy { path: journal.to_owned(), by: Some((path, now)) });
                }
            }
            Err(error) => return Err(failed(error)),
        }
        Ok(Self::touched(path, words))
    }

    fn touched(path: PathBuf, words: String) -> Self {
        let lost = Arc::new(AtomicBool::new(false));
        let (beat, ended) = channel();
        let thread = {
            let (path, words, lost) = (path.clone(), words.clone(), lost.clone());
            std::thread::spawn(move || {
                while ended.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                    // Writing what stands there moves its time, on the file system's clock.
                    match std::fs::read_to_string(&path) {
                        Ok(found) if found == words => drop(std::fs::write(&path, &words)),
                        _ => return lost.store(true, Ordering::Relaxed),
                    }
                }
            })
        };
        Self { path, words, lost, beat: Some(beat), thread: Some(thread) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.beat.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.remove();
    }
}

/// Whether the process that a lock file names was one of this host, and is gone.
fn is_dead(words: &str) -> bool {
    let parts: Vec<&str> = words.split_whitespace().collect();
    let ["host", name, "pid", pid, ..] = parts[..] else { return false };
    name == host() && Path::new("/proc/self").exists() && !Path::new("/proc").join(pid).exists()
}

/// How much older a file is than another.
fn age(one: &Path, than: &Path) -> Option<Duration> {
    let time = |path: &Path| std::fs::metadata(path).ok()?.modified().ok();
    time(than)?.duration_since(time(one)?).ok()
}

fn host() -> String {
    let read = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = read.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    let name: String =
        name.trim().chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    if name.is_empty() { "unknown".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("tightframe-lock-{}-{name}.journal", std::process::id()))
    }

    #[test]
    fn a_lock_file_is_held_by_one_and_goes_with_it() {
        let journal = journal("one");
        let held = Held::beside(&journal).unwrap();
        assert!(matches!(Held::beside(&journal), Err(Failure::Busy { by: Some(_), .. })));
        drop(held);
        assert!(!lock_file(&journal).exists());
    }

    #[test]
    fn a_lock_file_of_the_dead_is_taken_over_and_one_of_the_living_is_not() {
        let journal = journal("dead");
        let path = lock_file(&journal);
        // No process has this number.
        std::fs::write(&path, format!("host {} pid 4194305 since 0\n", host())).unwrap();
        drop(Held::beside(&journal).unwrap());
        assert!(!path.exists());
        // Of another host nothing is known but when it was touched.
        std::fs::write(&path, "host elsewhere pid 1 since 0\n").unwrap();
        assert!(matches!(Held::beside(&journal), Err(Failure::Busy { .. })));
        let old = SystemTime::now() - 2 * DEAD;
        File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        drop(Held::beside(&journal).unwrap());
        assert!(!path.exists());
    }
}
