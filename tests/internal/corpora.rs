//! The corpora of the fuzzers, and everything that fuzzing ever found, through the functions that are fuzzed.

use crate::fuzzing::TARGETS;
use rayon::prelude::*;
use std::path::{Path, PathBuf};

#[test]
fn corpora_pass() {
    TARGETS.par_iter().for_each(|(name, target)| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
        let files: Vec<PathBuf> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.len() >= 100, "{name}: {} inputs", files.len());
        files.par_iter().for_each(|path| {
            let bytes = std::fs::read(path).unwrap();
            assert!(std::panic::catch_unwind(|| target(&bytes)).is_ok(), "{}", path.display());
        });
    });
}
