//! README: every command that it prints is run, and what it shows is what is printed. `README=write cargo test --test
//! readme` writes the answers anew.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder that looks like the repository and takes what the commands write; gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tightframe-readme-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        for name in ["cases", "docs"] {
            let there = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
            std::os::unix::fs::symlink(there, path.join(name)).unwrap();
        }
        Self(path)
    }

    fn run(&self, words: &[String]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tightframe")).current_dir(&self.0).args(words).output().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The words of a command after the program's name, as a shell reads them.
fn words(line: &str) -> Vec<String> {
    let (mut all, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (c, quote) {
            (c, Some(q)) if c == q => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            (' ', None) => all.push(std::mem::take(&mut word)),
            (c, _) => word.push(c),
        }
    }
    all.push(word);
    all.retain(|word| !word.is_empty());
    all
}

/// The pieces of the README: what stands between the console blocks, and the blocks.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some((before, block)) = rest.split_once("```console\n") {
        let (block, after) = block.split_once("```\n").unwrap();
        all.push((before.to_owned(), block.to_owned()));
        rest = after;
    }
    all.push((rest.to_owned(), String::new()));
    all
}

/// Commands of a block with what is shown below each.
fn commands(block: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ tightframe "), all.last_mut()) {
            (Some(command), _) => all.push((command.to_owned(), String::new())),
            (None, Some((_, shown))) => *shown += &format!("{line}\n"),
            (None, None) => panic!("a block begins with a command: {line}"),
        }
    }
    all
}

/// Whether two words are the same, or numbers that a processor may round in another way: what runs measure.
fn same(shown: &str, printed: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    match (number(shown), number(printed)) {
        // Residuals and gaps: their size.
        (Some(a), Some(b)) if shown.contains("e-") && printed.contains("e-") => (a / b).log10().abs() < 1.0,
        // Gradient evaluations.
        (Some(a), Some(b)) if a.fract() == 0.0 && b.fract() == 0.0 && a > 100.0 => (a / b).ln().abs() < 0.2,
        _ => shown == printed,
    }
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let folder = Folder::new("blocks");
    let (mut written, mut tried) = (String::new(), 0);
    for (before, block) in blocks(&readme) {
        written += &before;
        if block.is_empty() {
            continue;
        }
        written += "```console\n";
        for (command, shown) in commands(&block) {
            let output = folder.run(&words(&command));
            let printed = String::from_utf8(output.stdout).unwrap();
            assert!(output.stderr.is_empty(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
            written += &format!("$ tightframe {command}\n{printed}");
            tried += 1;
            if std::env::var_os("README").is_some_and(|word| word == "write") {
                continue;
            }
            assert!(!shown.contains("[…]"), "{command}");
            assert_eq!(shown.lines().count(), printed.lines().count(), "{command}\n{printed}");
            for (a, b) in shown.lines().zip(printed.lines()) {
                let close = a.split_whitespace().count() == b.split_whitespace().count()
                    && a.split_whitespace().zip(b.split_whitespace()).all(|(a, b)| same(a, b));
                assert!(a == b || close, "{command}\n{a}\n{b}");
            }
        }
        written += "```\n";
    }
    assert!(tried >= 9, "{tried}");
    if std::env::var_os("README").is_some_and(|word| word == "write") {
        std::fs::write(&path, written).unwrap();
    }
}

/// Commands in running text exist too: those with a place for a name are asked for help.
#[test]
fn every_command_in_the_text_exists() {
    let readme = include_str!("../README.md");
    let folder = Folder::new("text");
    let mut tried = 0;
    for (i, code) in readme.split('`').enumerate() {
        let Some(command) = code.strip_prefix("tightframe ").filter(|_| i % 2 == 1 && !code.contains('\n'))
        else {
            continue;
        };
        let mut words = words(command);
        if command == "check cases" {
            // The gate runs it, in a release build.
            words = vec!["check".to_owned(), "cases/degenerate".to_owned()];
        } else if command.contains("CASE") || words.len() == 1 {
            words.push("--help".to_owned());
        }
        let output = folder.run(&words);
        assert_eq!(output.status.code(), Some(0), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        tried += 1;
    }
    assert!(tried >= 4, "{tried}");
    // The files and pictures that it names are there.
    for target in readme.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(target).exists(), "{target}");
    }
}

/// The case file in the README is a case, and is what its first command is given by flags.
#[test]
fn the_case_file_of_the_readme_is_that_of_its_flags() {
    let readme = include_str!("../README.md");
    let text = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = Folder::new("case");
    std::fs::write(folder.0.join("my.toml"), text).unwrap();
    let objective = |words: &str| {
        let output = folder.run(&self::words(words));
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (json["problem"].clone(), json["objective"].clone())
    };
    let flags = "--counts 200,100,50*2 --widths 64,64 --lambda 5e-4";
    assert_eq!(objective("predict my.toml --json"), objective(&format!("predict {flags} --json")));
    assert_eq!(folder.run(&words("check my.toml")).status.code(), Some(0));
}
