//! The cases that a call names: files, folders of files, points of a sweep's spec.

use super::Error;
use crate::case::Case;
use crate::sweep::Spec;
use std::path::{Path, PathBuf};

/// Points of a spec that are taken as cases at most.
const MAX_POINTS: u64 = 1_000;

/// Folders are searched this deep, so that a loop of links ends.
const MAX_DEPTH: usize = 32;

/// All case files under the paths, in the order of their names, each once.
pub(super) fn case_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        if path.is_dir() {
            collect(path, &mut files, MAX_DEPTH).map_err(|error| Error::Unreadable {
                noun: "folder",
                path: path.clone(),
                error,
            })?;
            if files.len() == before {
                return Err(Error::NoCases { path: path.clone() });
            }
        } else {
            files.push(path.clone());
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

/// The cases of some files: a case file's own, and every point of a sweep's spec, at most `MAX_POINTS` of each.
pub(super) fn cases_of(files: &[PathBuf]) -> Result<Vec<Case>, Error> {
    let mut all = Vec::new();
    for path in files {
        if !Spec::is_meant(path) {
            all.push(Case::read(path)?);
            continue;
        }
        let spec = Spec::read(path)?;
        if spec.points() > MAX_POINTS {
            return Err(Error::TooMany {
                found: spec.points(),
                noun: "points",
                limit: MAX_POINTS,
                place: Some(path.clone()),
                hint: "`tightframe sweep` takes a million",
            });
        }
        all.extend(spec.cases());
    }
    Ok(all)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>, depth: usize) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if depth > 0 {
                collect(&path, files, depth - 1)?;
            }
        } else if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
    Ok(())
}
