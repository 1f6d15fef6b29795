//! A file in the making: beside its place, under a name of its own, locked while its process lives.
//!
//! Whoever finds a part that nobody locks removes it. A part is locked before it is written, and looked at again then,
//! so that none in use can be removed.

use super::folder_of;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

const PREFIX: &str = ".tightframe-";
const SUFFIX: &str = ".part";

/// The parts of this process, so that a signal can remove them.
static PARTS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
static NEXT: AtomicU64 = AtomicU64::new(0);

fn parts() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    PARTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes every part of this process, for good: whoever wants to write from now on waits. For the end only.
pub fn abandon() {
    let parts = parts();
    for path in parts.iter() {
        let _ = std::fs::remove_file(path);
    }
    std::mem::forget(parts);
}

/// A file in the making.
pub(super) struct Part {
    file: File,
    path: PathBuf,
}

impl Part {
    /// Begins a file beside a place, after removing the parts there of processes that died.
    pub(super) fn beside(place: &Path) -> io::Result<Self> {
        let folder = folder_of(place);
        remove_dead(&folder);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{PREFIX}{}-{number}{SUFFIX}", std::process::id()));
            let mut parts = parts();
            let file = match OpenOptions::new().write(true).create_new(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                opened => opened?,
            };
            parts.insert(path.clone());
            drop(parts);
            let part = Self { file, path };
            // Some network file systems have no locks; there dead parts stay.
            let _ = part.file.lock();
            if part.path.exists() {
                return Ok(part);
            }
        }
    }

    pub(super) fn file(&mut self) -> &mut (dyn Write + Send) {
        &mut self.file
    }

    /// Puts the file at its place, with the owner and the permissions of the one that it replaces.
    pub(super) fn keep(self, place: &Path) -> io::Result<()> {
        if let Ok(before) = std::fs::metadata(place) {
            #[cfg(unix)]
            {
                use std::os::unix::fs::{MetadataExt, fchown};
                // Only a privileged process can give files away.
                let _ = fchown(&self.file, Some(before.uid()), Some(before.gid()));
            }
            self.file.set_permissions(before.permissions())?;
        }
        self.file.sync_all()?;
        let mut parts = parts();
        std::fs::rename(&self.path, place)?;
        parts.remove(&self.path);
        drop(parts);
        // The name is on the disk when its folder is; not every system can say so of a folder.
        let _ = File::open(folder_of(place)).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let mut parts = parts();
        if parts.remove(&self.path) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Removes the parts in a folder whose processes are gone.
fn remove_dead(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_part = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        if !is_part {
            continue;
        }
        let path = entry.path();
        if let Ok(file) = OpenOptions::new().write(true).open(&path)
            && file.try_lock().is_ok()
        {
            let _ = std::fs::remove_file(&path);
        }
    }
}
