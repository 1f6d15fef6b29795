//! The borders of the program: which folder may import which, no floats in exact folders, and a checker kernel
//! that stands alone and can be read in one sitting.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The lines of a module that are program: no comments, no tests.
fn program(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let mut lines = Vec::new();
    for path in sources(&root) {
        if path.file_name().is_some_and(|n| n == "tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
        for line in text.lines() {
            let code = line.split("//").next().unwrap();
            if !code.trim().is_empty() {
                lines.push((path.clone(), code.to_owned()));
            }
        }
    }
    lines
}

/// What each folder may import, besides itself. An arrow that is missing here is a decision, not an oversight.
const ARROWS: &[(&str, &[&str])] = &[
    ("exact", &[]),
    ("kernel", &[]),
    ("case", &["exact"]),
    ("float", &[]),
    ("hints", &["case", "exact", "float", "flow"]),
    ("theory", &["case", "exact", "float", "hints", "kernel"]),
    ("certificate", &["case", "exact", "hints", "kernel", "theory"]),
    ("design", &["case", "exact", "hints", "theory"]),
    ("flow", &["case", "exact", "float"]),
    ("measure", &["case", "float", "flow", "theory"]),
    ("theorems", &["case", "exact", "flow", "measure", "theory", "verdict"]),
    ("study", &["case", "certificate", "flow", "kernel", "theorems", "theory", "verdict"]),
    ("verdict", &["case", "exact", "float", "flow", "measure", "theory"]),
    (
        "render",
        &["case", "design", "exact", "flow", "kernel", "measure", "study", "theorems", "theory", "verdict"],
    ),
    ("figure", &["case", "exact", "flow", "study", "theory", "verdict"]),
    ("table", &["case", "exact", "measure", "render", "study", "theorems", "theory", "verdict"]),
    ("output", &[]),
    ("sweep", &["case", "exact", "output", "render", "table", "theorems"]),
];

#[test]
fn imports_point_only_along_the_arrows() {
    for (folder, allowed) in ARROWS {
        for (path, line) in program(folder) {
            for (at, _) in line.match_indices("crate::") {
                let name: String =
                    line[at + 7..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                let fits = name == *folder || allowed.contains(&name.as_str());
                assert!(fits, "{} may not import {name}: {}", path.display(), line.trim());
            }
        }
    }
    // Every folder has its arrows; the command line may import anything.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && name != "cli" {
            assert!(ARROWS.iter().any(|(folder, _)| *folder == name), "{name} has no arrows");
        }
    }
}

/// Whether a line of code names a float type, a float literal or a float conversion.
fn has_float(line: &str) -> bool {
    let outside: String = line.split('"').step_by(2).collect();
    let word = |w: &str| {
        outside.match_indices(w).any(|(at, _)| {
            let before = outside[..at].chars().next_back();
            let after = outside[at + w.len()..].chars().next();
            let part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
            !part(before) && !part(after)
        })
    };
    let bytes = outside.as_bytes();
    let literal = (1..bytes.len().saturating_sub(1)).any(|i| {
        // A digit, a point, a digit, and not a field of a field (`x.0.1`).
        let number = bytes[i] == b'.' && bytes[i - 1].is_ascii_digit() && bytes[i + 1].is_ascii_digit();
        let start = bytes[..i].iter().rposition(|b| !b.is_ascii_digit()).map_or(b' ', |at| bytes[at]);
        number && start != b'.' && !start.is_ascii_alphabetic()
    });
    word("f64") || word("f32") || word("to_f64") || literal
}

#[test]
fn exact_folders_hold_no_floats() {
    assert!(
        has_float("let x = 1.5;") && has_float("x as f64") && !has_float("x.0.1") && !has_float("\"1.5\"")
    );
    let mut found = BTreeMap::new();
    for folder in ["exact", "case", "theory", "design", "certificate", "kernel"] {
        for (path, line) in program(folder) {
            if has_float(&line) {
                let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string();
                found.entry(name).or_insert_with(Vec::new).push(line.trim().to_owned());
            }
        }
    }
    // Where exact code asks a float solver for a candidate, it must say the question in floats.
    found.retain(|name, _| !ASKS_HINTS.contains(&name.as_str()));
    assert!(found.is_empty(), "{found:#?}");
}

/// The files that put questions to the float solvers under `hints`.
const ASKS_HINTS: &[&str] = &[
    "src/theory/secular.rs",
    "src/theory/eigenvectors.rs",
    "src/theory/inertia.rs",
    "src/theory/shrinkage.rs",
    "src/theory/cross_entropy/dual.rs",
    "src/theory/cross_entropy/point.rs",
    "src/theory/cross_entropy/global.rs",
    "src/theory/cross_entropy/simplex.rs",
    "src/certificate/mod.rs",
    "src/design/question.rs",
    "src/design/search.rs",
];

/// Lines of the kernel at most, tests and comments not counted.
const KERNEL_LINES: usize = 2_900;

#[test]
fn the_kernel_stands_alone() {
    let lines = program("kernel");
    assert!(lines.len() <= KERNEL_LINES, "{} lines", lines.len());
    let allowed = ["self", "super", "num_bigint", "num_rational", "num_integer", "num_traits", "sha2", "std"];
    for (path, line) in &lines {
        let line = line.trim();
        if let Some(import) = line.strip_prefix("use ") {
            let root: String =
                import.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            assert!(allowed.contains(&root.as_str()), "{}: {line}", path.display());
        }
        for word in ["unwrap()", "expect(", "panic!", "unreachable!", "unsafe", "todo!"] {
            assert!(!line.contains(word), "{}: {line}", path.display());
        }
    }
    let head = std::fs::read_to_string(format!("{}/src/kernel/mod.rs", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for lint in ["indexing_slicing", "unwrap_used", "expect_used", "panic", "float_arithmetic"] {
        assert!(head.contains(&format!("clippy::{lint}")), "{lint} is not denied");
    }
}
