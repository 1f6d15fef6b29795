//! Where outputs go: nothing under any name is lost.
//!
//! - A place is checked before anything runs. Refused: an input of the same call under any spelling or link, one place
//!   twice, a folder, a file that is write-protected, and a file of another kind than the one that is to be written.
//! - Symbolic links are followed; devices, pipes and descriptors (`/dev/stdout`) are written and never replaced.
//! - A file appears whole or not at all, keeps its permissions, and is on the disk when the call returns.

mod kind;
mod part;
mod refusal;

pub use kind::Kind;
pub use part::abandon;
pub use refusal::{Mistake, Refusal};

use part::Part;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What a call reads, and whether it may overwrite files of another kind.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The files that the call reads.
    pub inputs: &'a [PathBuf],
    /// Whether files of another kind are overwritten. Inputs never are.
    pub force: bool,
}

/// A place that was checked.
#[derive(Debug, Clone)]
pub struct Target {
    path: PathBuf,
    place: Place,
}

/// What stands behind a name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Stdout,
    Stderr,
    /// A device, a pipe or another descriptor.
    Stream(PathBuf),
    /// A file, or none yet; no link.
    File(PathBuf),
}

/// Links are followed this often.
const MAX_LINKS: usize = 40;

/// Bytes of an existing file that say its kind.
const HEAD: u64 = 1 << 16;

impl Target {
    /// Checks the place of one output.
    pub fn new(path: &Path, kind: Kind, call: Call<'_>) -> Result<Self, Refusal> {
        let target = Self::resolved(path, call)?;
        match &target.place {
            Place::File(place) => match found(place) {
                Found::Nothing => Ok(target),
                Found::Unknown if call.force => Ok(target),
                Found::Kind(found) if found == kind || call.force => Ok(target),
                Found::Kind(found) => {
                    Err(Refusal::of(path, Mistake::OtherKind { found: Some(found), wanted: kind }))
                }
                Found::Unknown => Err(Refusal::of(path, Mistake::OtherKind { found: None, wanted: kind })),
            },
            _ => Ok(target),
        }
    }

    /// Checks the place of a text that is added to what stands there: anything but the kinds that are known.
    pub fn addition(path: &Path, call: Call<'_>) -> Result<Self, Refusal> {
        let target = Self::resolved(path, call)?;
        match &target.place {
            Place::File(place) => match found(place) {
                Found::Kind(found) if !call.force => Err(Refusal::of(path, Mistake::NoText { found })),
                _ => Ok(target),
            },
            _ => Ok(target),
        }
    }

    /// Checks the places of several outputs.
    pub fn all<'a>(
        outputs: impl IntoIterator<Item = (&'a Path, Kind)>,
        call: Call<'_>,
    ) -> Result<Vec<Self>, Refusal> {
        let mut all: Vec<Self> = Vec::new();
        for (path, kind) in outputs {
            let target = Self::new(path, kind, call)?;
            let twice = |other: &Self| match (&other.place, &target.place) {
                (Place::File(one), Place::File(other)) => one == other || same(one, other),
                _ => false,
            };
            if all.iter().any(twice) {
                return Err(Refusal::of(path, Mistake::Twice));
            }
            all.push(target);
        }
        Ok(all)
    }

    /// Whether a name is a device, a pipe or a descriptor, whatever its ending.
    pub fn is_stream(path: &Path) -> bool {
        !matches!(behind(path), Ok(Place::File(_)) | Err(_))
    }

    /// The name as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn resolved(path: &Path, call: Call<'_>) -> Result<Self, Refusal> {
        let refuse = |mistake| Refusal::of(path, mistake);
        let place = behind(path).map_err(refuse)?;
        if let Place::File(file) = &place {
            if let Some(input) = call.inputs.iter().find(|input| same(input, file)) {
                return Err(refuse(Mistake::Input { input: input.clone() }));
            }
            if std::fs::metadata(file).is_ok_and(|m| m.permissions().readonly()) {
                return Err(refuse(Mistake::Protected));
            }
        }
        Ok(Self { path: path.to_owned(), place })
    }

    /// Writes bytes: a file whole or not at all.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        self.write_with(|out| out.write_all(bytes))
    }

    /// Writes what a function writes: a file whole or not at all.
    pub fn write_with<E: From<io::Error>>(
        &self,
        fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut stream: Box<dyn Write + Send> = match &self.place {
            Place::Stdout => Box::new(io::stdout()),
            Place::Stderr => Box::new(io::stderr()),
            Place::Stream(path) => Box::new(OpenOptions::new().append(true).open(path)?),
            Place::File(path) => {
                let mut part = Part::beside(path)?;
                fill(part.file())?;
                return Ok(part.keep(path)?);
            }
        };
        fill(&mut stream)?;
        Ok(stream.flush()?)
    }

    /// Adds bytes at the end; what stands there stays, and an addition that fails leaves nothing.
    pub fn add(&self, bytes: &[u8]) -> io::Result<()> {
        let Place::File(path) = &self.place else { return self.write(bytes) };
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        let before = file.metadata()?.len();
        file.write_all(bytes).and_then(|()| file.sync_all()).inspect_err(|_| {
            let _ = file.set_len(before);
        })
    }
}

/// Follows the links of a name.
fn behind(path: &Path) -> Result<Place, Mistake> {
    let mut place = path.to_owned();
    for _ in 0..MAX_LINKS {
        // The link of a descriptor names a file, but the descriptor is meant: others write there too.
        if let Some(descriptor) = descriptor(&place) {
            return Ok(match descriptor {
                1 => Place::Stdout,
                2 => Place::Stderr,
                _ => Place::Stream(place),
            });
        }
        let Ok(next) = std::fs::read_link(&place) else { return at(place) };
        place = folder_of(&place).join(next);
    }
    Err(Mistake::Unreachable { reason: "too many links".to_owned() })
}

fn at(place: PathBuf) -> Result<Place, Mistake> {
    match std::fs::metadata(&place) {
        Ok(metadata) if metadata.is_dir() => Err(Mistake::IsFolder),
        Ok(metadata) if metadata.is_file() => Ok(Place::File(place)),
        Ok(_) => Ok(Place::Stream(place)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = folder_of(&place);
            match (folder.canonicalize(), place.file_name()) {
                (Ok(folder), Some(name)) if folder.is_dir() => Ok(Place::File(folder.join(name))),
                (Ok(_), None) => Err(Mistake::IsFolder),
                _ => Err(Mistake::NoFolder { folder }),
            }
        }
        Err(error) => Err(Mistake::Unreachable { reason: error.to_string() }),
    }
}

/// The folder of a name; `.` for a name alone.
fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The number of a descriptor of this process.
fn descriptor(path: &Path) -> Option<u32> {
    let own = format!("/proc/{}/fd", std::process::id());
    let folders = ["/dev/fd", "/proc/self/fd", "/proc/thread-self/fd", own.as_str()];
    let folder = path.parent()?.to_str()?;
    if folders.contains(&folder) { path.file_name()?.to_str()?.parse().ok() } else { None }
}

/// Whether two names are one file, through links, hard links and spellings.
fn same(one: &Path, other: &Path) -> bool {
    let known = |path: &Path| std::fs::metadata(path).ok().filter(Metadata::is_file);
    let (Some(a), Some(b)) = (known(one), known(other)) else { return false };
    let canonical = |path: &Path| path.canonicalize().ok();
    one_file(&a, &b) || canonical(one).is_some_and(|path| canonical(other) == Some(path))
}

#[cfg(unix)]
fn one_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn one_file(_: &Metadata, _: &Metadata) -> bool {
    false
}

/// What stands at a place.
enum Found {
    /// No file, or an empty one.
    Nothing,
    Kind(Kind),
    Unknown,
}

fn found(path: &Path) -> Found {
    let mut head = Vec::new();
    match File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Nothing,
        Ok(0) => Found::Nothing,
        Ok(_) => Kind::of(path, &head).map_or(Found::Unknown, Found::Kind),
        Err(_) => Found::Unknown,
    }
}
