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
    ("study", &["case", "certificate", "flow", "kernel", "measure", "theorems", "theory", "verdict"]),
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
    "src/theory/convex/balance.rs",
    "src/theory/convex/dual.rs",
    "src/theory/convex/facts.rs",
    "src/theory/convex/point.rs",
    "src/theory/cross_entropy/global.rs",
    "src/theory/cross_entropy/simplex.rs",
    "src/certificate/mod.rs",
    "src/design/question.rs",
    "src/design/search.rs",
];

/// Lines of the kernel at most, tests and comments not counted.
const KERNEL_LINES: usize = 3_550;

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

/// What the files of `src` take from each other, by the names that bind them.
mod files {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    /// A module, or anything in it, as the segments of its path.
    type Segments = Vec<String>;

    /// The program of a file: no comments, texts or tests.
    fn program(text: &str) -> String {
        let text = text.split("#[cfg(test)]\nmod").next().unwrap();
        let code = text.lines().map(|line| line.split("//").next().unwrap());
        code.collect::<Vec<_>>().join("\n").split('"').step_by(2).collect::<Vec<_>>().join("\"")
    }

    /// The paths of a `use` tree, each with the name that it binds.
    fn leaves(before: &[String], tree: &str, found: &mut Vec<(Segments, String)>) {
        let tree = tree.trim();
        let (head, rest) = tree.split_once('{').map_or((tree, None), |(head, rest)| (head, Some(rest)));
        let (path, name) = head.split_once(" as ").map_or((head, None), |(path, name)| (path, Some(name)));
        let segments =
            path.split("::").map(str::trim).filter(|s| !s.is_empty() && *s != "*").map(str::to_owned);
        let mut here = [before, &segments.collect::<Vec<_>>()].concat();
        let Some(rest) = rest else {
            let own = here.len() > 1 && here[here.len() - 1] == "self";
            if own {
                here.pop();
            }
            let name =
                name.map_or_else(|| here.last().cloned().unwrap_or_default(), |name| name.trim().to_owned());
            return found.push((here, name));
        };
        let (mut depth, mut part) = (0, String::new());
        for c in rest.rsplit_once('}').map_or(rest, |(inner, _)| inner).chars().chain([',']) {
            depth += i32::from(c == '{') - i32::from(c == '}');
            match c {
                ',' if depth == 0 => {
                    if !part.trim().is_empty() {
                        leaves(&here, &part, found);
                    }
                    part.clear();
                }
                _ => part.push(c),
            }
        }
    }

    /// Paths that a file names, and those that it exports under a name.
    #[derive(Default)]
    struct Paths {
        all: Vec<Segments>,
        exported: Vec<(Segments, String)>,
    }

    impl Paths {
        fn of(text: &str) -> Self {
            let mut found = Self::default();
            for statement in program(text).split(';') {
                let start = statement.rfind("\nuse ").map(|at| (at, false));
                let shared = ["pub use ", "pub(crate) use ", "pub(super) use "].iter();
                let shared = shared.filter_map(|word| statement.rfind(word).map(|at| (at, true))).next();
                let code = match shared.or(start) {
                    Some((at, exported)) => {
                        let tree = &statement[statement[at..].find("use ").unwrap() + at + 4..];
                        let mut paths = Vec::new();
                        leaves(&[], tree, &mut paths);
                        match exported {
                            true => found.exported.extend(paths),
                            false => found.all.extend(paths.into_iter().map(|(path, _)| path)),
                        }
                        &statement[..at]
                    }
                    None => statement,
                };
                for (at, _) in code.match_indices("crate::").chain(code.match_indices("super::")) {
                    let word = |c: &char| c.is_alphanumeric() || "_:".contains(*c);
                    let path: String = code[at..].chars().take_while(word).collect();
                    found.all.push(path.split("::").filter(|s| !s.is_empty()).map(str::to_owned).collect());
                }
            }
            found
        }
    }

    /// Which file takes something from which.
    pub fn edges(src: &Path) -> BTreeMap<Segments, BTreeSet<Segments>> {
        let (mut paths, mut folders) = (BTreeMap::new(), BTreeSet::new());
        for file in super::sources(src) {
            let mut module: Segments = file
                .strip_prefix(src)
                .unwrap()
                .with_extension("")
                .iter()
                .map(|s| s.to_str().unwrap().to_owned())
                .collect();
            match module.last().unwrap().as_str() {
                "main" | "tests" => continue,
                "mod" | "lib" => {
                    module.pop();
                    folders.insert(module.clone());
                }
                _ => {}
            }
            paths.insert(module, Paths::of(&std::fs::read_to_string(&file).unwrap()));
        }
        let absolute = |at: &Segments, path: &[String]| -> Option<Vec<String>> {
            let (mut here, mut rest) = (at.clone(), path);
            match rest.first().map(String::as_str) {
                Some("crate") => (here, rest) = (Vec::new(), &rest[1..]),
                Some("self") => rest = &rest[1..],
                Some("super") => {
                    while rest.first().is_some_and(|s| s == "super") {
                        here.pop();
                        rest = &rest[1..];
                    }
                }
                Some(child) => {
                    here.push(child.to_owned());
                    if !paths.contains_key(&here) {
                        return None;
                    }
                    here.pop();
                }
                None => return None,
            }
            Some([here.as_slice(), rest].concat())
        };
        let exports: BTreeMap<(Segments, String), Vec<String>> = paths
            .iter()
            .flat_map(|(at, found)| {
                found
                    .exported
                    .iter()
                    .filter_map(|(path, name)| Some(((at.clone(), name.clone()), absolute(at, path)?)))
            })
            .collect();
        // The module that defines what a path names, through re-exports.
        let home = |mut path: Vec<String>| -> Segments {
            for _ in 0..5 {
                let deep = (0..=path.len()).rev().find(|n| paths.contains_key(&path[..*n])).unwrap();
                let Some(name) = path.get(deep) else { break };
                match exports.get(&(path[..deep].to_vec(), name.clone())) {
                    Some(other) if *other != path => path = other.clone(),
                    _ => return path[..deep].to_vec(),
                }
            }
            path
        };
        let mut edges = BTreeMap::new();
        for (at, found) in &paths {
            let taken = found.all.iter().filter_map(|path| Some(home(absolute(at, path)?)));
            // A folder's own file may speak of its children.
            let other = |to: &Segments| to != at && !(folders.contains(at) && to.starts_with(at));
            edges.insert(at.clone(), taken.filter(other).filter(|to| paths.contains_key(to)).collect());
        }
        edges
    }
}

#[test]
fn no_two_files_of_src_import_each_other_in_a_circle() {
    let mut edges = files::edges(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(edges.len() > 100 && edges.values().filter(|to| !to.is_empty()).count() > 100);
    // Files that take nothing from those that are left stand in no circle.
    while let Some(leaf) = edges.iter().find(|(_, to)| to.is_empty()).map(|(at, _)| at.clone()) {
        edges.remove(&leaf);
        edges.values_mut().for_each(|to| {
            to.remove(&leaf);
        });
    }
    assert!(edges.is_empty(), "in or above a circle: {edges:#?}");
}

#[test]
fn files_and_functions_fit() {
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() <= 400, "{} has {} lines", path.display(), text.lines().count());
        let mut start: Option<(usize, usize)> = None;
        for (number, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let begins = line
                .trim_start()
                .trim_start_matches("pub ")
                .trim_start_matches("pub(crate) ")
                .trim_start_matches("pub(super) ");
            match start {
                None if begins.starts_with("fn ") && !line.ends_with(['}', ';']) => {
                    start = Some((number, indent))
                }
                Some((first, at)) if indent == at && line.trim() == "}" => {
                    assert!(
                        number - first < 80,
                        "{}:{} is {} lines",
                        path.display(),
                        first + 1,
                        number - first + 1
                    );
                    start = None;
                }
                _ => {}
            }
        }
    }
}
