//! The cases that a command is given: files, folders of files, and the points of sweep specs.

use crate::case::Case;
use crate::sweep::Spec;
use std::path::{Path, PathBuf};

/// All case files under the paths, in the order of their names, each once.
pub(super) fn case_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        if path.is_dir() {
            collect(path, &mut files, MAX_DEPTH)
                .map_err(|e| format!("error: the folder cannot be read: {e}\n  --> {}", path.display()))?;
            if files.len() == before {
                return Err(format!(
                    "error: no case files\n  --> {}\nhint: a case file ends in .toml",
                    path.display()
                ));
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
pub(super) fn cases_of(files: &[PathBuf]) -> Result<Vec<Case>, String> {
    let mut all = Vec::new();
    for path in files {
        if !Spec::is_meant(path) {
            all.push(Case::read(path).map_err(|refusal| refusal.to_string())?);
            continue;
        }
        let spec = Spec::read(path).map_err(|refusal| refusal.to_string())?;
        if spec.points() > MAX_POINTS {
            return Err(format!(
                "error: the spec has {} points; at most {MAX_POINTS} are taken here\n  --> {}\nhint: `tightframe sweep` takes a million",
                spec.points(),
                path.display()
            ));
        }
        all.extend(spec.cases());
    }
    Ok(all)
}

/// Points of a spec that are taken as cases at most.
const MAX_POINTS: u64 = 1_000;

/// Folders are searched this deep, so that a loop of links ends.
const MAX_DEPTH: usize = 32;

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
