//! Random bytes and mutated case files: reading never panics, every refusal can be shown and names its
//! place, and what is still a case can be predicted and printed in bounded time.
//!
//! - Every input comes from a seed and its number alone, so a failure names an input that can be made again.

use crate::case::{Case, Loss, Mistake, Targets};
use crate::render;
use crate::study::Study;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Inputs of each kind.
const INPUTS: u64 = 100_000;
/// One in so many readable cases is predicted.
const PREDICTED: u64 = 10;
/// One prediction with both of its renderings takes at most this long; unoptimised, more.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 5 });

/// A stream of choices.
struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream of one input.
    fn of(seed: u64, input: u64) -> Self {
        let mut stream = ChaCha8Rng::seed_from_u64(seed);
        stream.set_stream(input);
        Self(stream)
    }
    /// A number below `n`, which is at least 1.
    fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n as u64) as usize
    }
    fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}

/// Pieces of case files.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "\n", "\r\n", " ", "\t", "=", " = ", ",", ", ", ".", "#", "\"", "'", "\"\"\"", "'''", "\\", "\\u0041", "\\n",
    "[", "]", "[[", "]]", "{", "}", "*", "/", "-", "+", "_", "e", "\u{feff}", "λ", "\0",
    "[network]\n", "[regularization]\n", "[training]\n", "[expect]\n", "title", "source", "network",
    "regularization", "counts", "widths", "loss", "bias", "smoothing", "targets", "weights", "features", "run",
    "seeds", "init", "tolerance", "evaluations", "verdict", "theorem", "objective", "optimum", "shrinkage", "kept",
    "counts = [30, 20, 10]\n", "counts = [\"50*20\"]\n", "widths = [8, 8]\n", "loss = \"mse\"\n", "loss = \"ce\"\n",
    "bias = \"last-layer\"\n", "smoothing = 0.1\n", "targets = [[1, 0], [0, 1]]\n", "weights = 0.02\n",
    "weights = [1e-3, \"1/3\"]\n", "features = 5e-4\n", "true", "false", "\"mse\"", "\"50*20\"", "2024-01-01",
];

/// Numbers at and beyond the ends of what a case may hold.
#[rustfmt::skip]
const NUMBERS: &[&str] = &[
    "0", "-1", "1", "2", "64", "65", "0.0", "-0.0", "1e300", "1e-300", "-1e-300", "999999999999", "1000000000000",
    "1000000000001", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e400", "1e401",
    "\"1e400\"", "\"1e-400\"", "\"1e401\"", "nan", "inf", "-inf", "\"1/3\"", "\"-1/3\"", "\"1/0\"", "\"0/1\"",
    "\"1000000007/1000000009\"", "0x10", "0b1", "1_000", "\"7*3\"", "\"0*3\"", "\"7*100001\"", "true", "[]", "[1]",
    "\"\"", "0.5", "0.02", "0.999999999999999999999999", "1.000000000000000000000001", "1e-9", "1e9",
];

fn random_bytes(dice: &mut Dice) -> Vec<u8> {
    let length = dice.below(301);
    let (mut bytes, style) = (Vec::new(), dice.below(4));
    while bytes.len() < length {
        match style {
            0 => bytes.push(dice.byte()),
            1 => bytes.push(b' ' + dice.below(95) as u8),
            2 => bytes.extend(dice.pick(PIECES).bytes()),
            _ => {
                let all = if dice.below(3) == 0 { NUMBERS } else { PIECES };
                bytes.extend(dice.pick(all).bytes());
                if dice.below(8) == 0 {
                    bytes.push(dice.byte());
                }
            }
        }
    }
    bytes.truncate(length);
    bytes
}

/// The shipped cases, in the order of their names.
static SHIPPED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let (mut folders, mut files) = (vec![PathBuf::from("cases")], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of cases") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "toml") {
                files.push(path);
            }
        }
    }
    files.sort();
    let read = |path: &PathBuf| std::fs::read(path).expect("a shipped case");
    // A few long cases would take most of the time and are cut no better than short ones.
    files.iter().map(read).filter(|bytes| bytes.len() <= 2_000).collect()
});

/// Words and numbers of a text, as ranges.
fn tokens(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let inside = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'"' | b'*' | b'/');
    let (mut all, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|b| inside(**b)).count();
        if length > 0 {
            all.push(at..at + length);
        }
        at += length + 1;
    }
    all
}

fn is_number(token: &[u8]) -> bool {
    token.iter().find(|b| **b != b'"').is_some_and(|b| b.is_ascii_digit() || *b == b'-')
}

fn mutated(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = SHIPPED[dice.below(SHIPPED.len())].clone();
    let gentle = dice.below(2) == 0;
    for _ in 0..1 + dice.below(4) {
        let kind = if gentle { 10 } else { dice.below(16) };
        mutate(dice, kind, &mut bytes);
    }
    bytes
}

/// Changes one thing: a byte, a line, a token, or (from kind 10) a number.
fn mutate(dice: &mut Dice, kind: usize, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    match kind {
        0 => {
            let at = dice.below(bytes.len());
            bytes[at] ^= 1 << dice.below(8);
        }
        1 => {
            let at = dice.below(bytes.len());
            bytes[at] = dice.byte();
        }
        2 => {
            let at = dice.below(bytes.len());
            bytes.remove(at);
        }
        3 => {
            let at = dice.below(bytes.len() + 1);
            bytes.splice(at..at, dice.pick(PIECES).bytes());
        }
        4 => bytes.truncate(dice.below(bytes.len())),
        5..=7 => {
            let mut lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
            let (i, j) = (dice.below(lines.len()), dice.below(lines.len()));
            match kind {
                5 => drop(lines.remove(i)),
                6 => lines.insert(j, lines[i]),
                _ => lines.swap(i, j),
            }
            *bytes = lines.concat();
        }
        8 | 9 => {
            let other = &SHIPPED[dice.below(SHIPPED.len())];
            let (here, there) = (tokens(bytes), tokens(other));
            if let (false, false) = (here.is_empty(), there.is_empty()) {
                let (to, from) =
                    (here[dice.below(here.len())].clone(), there[dice.below(there.len())].clone());
                bytes.splice(to, other[from].iter().copied());
            }
        }
        _ => {
            let numbers: Vec<_> =
                tokens(bytes).into_iter().filter(|t| is_number(&bytes[t.clone()])).collect();
            if !numbers.is_empty() {
                let at = numbers[dice.below(numbers.len())].clone();
                bytes.splice(at, dice.pick(NUMBERS).bytes());
            }
        }
    }
}

/// What a panic said, with the input that caused it.
fn without_panic<T>(what: &str, bytes: &[u8], act: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(act))
        .unwrap_or_else(|_| panic!("{what} panics on {:?}", String::from_utf8_lossy(bytes)))
}

/// The case, if the bytes are one; a refusal is checked.
fn read(name: &str, bytes: &[u8]) -> Option<Case> {
    let refusal = match without_panic("reading", bytes, || Case::parse(name, bytes).map_err(Box::new)) {
        Ok(case) => return Some(case),
        Err(refusal) => refusal,
    };
    let text = without_panic("showing the refusal", bytes, || refusal.to_string());
    let place = match &refusal.place {
        Some(place) => {
            let lines = bytes.iter().filter(|b| **b == b'\n').count() + 1;
            assert!((1..=lines).contains(&place.line) && place.column >= 1, "{text}");
            format!("\n  --> {name}:{}:{}", place.line, place.column)
        }
        None => format!("\n  --> {name}"),
    };
    assert!(text.starts_with("error: ") && text.contains(&place), "{text}");
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    assert!(text.lines().count() <= 4 && text.lines().all(|line| line.chars().count() <= 300), "{text}");
    None
}

/// Whether a prediction is a matter of moments.
fn is_moderate(case: &Case) -> bool {
    let problem = case.problem();
    let distinct: BTreeSet<u64> = problem.counts().iter().copied().collect();
    problem.loss() == Loss::Mse
        && *problem.targets() == Targets::OneHot
        && distinct.len() <= 12
        && problem.classes() <= 1_000
        && problem.depth() <= 20
}

fn predict(case: &Case) {
    let start = Instant::now();
    without_panic("predicting", case.bytes(), || {
        let study = Study::of(case);
        let text = render::prediction::text(&study, 12).to_string();
        let json = render::json(&render::prediction::PredictionJson::of(&study, 17));
        assert!(text.ends_with('\n') && json.ends_with("}\n"));
    });
    let took = start.elapsed();
    let input = String::from_utf8_lossy(case.bytes());
    assert!(took <= PATIENCE, "a prediction takes {took:?}:\n{input}");
}

#[test]
fn random_bytes_are_read_or_refused() {
    let inputs = 0..INPUTS;
    inputs.into_par_iter().for_each(|input| {
        read("random.toml", &random_bytes(&mut Dice::of(1, input)));
    });
}

#[test]
fn mutated_cases_are_read_or_refused_and_predicted() {
    assert!(Path::new("cases").is_dir() && SHIPPED.len() > 50, "{} shipped cases", SHIPPED.len());
    let (cases, predicted) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let inputs = 0..INPUTS;
    inputs.into_par_iter().for_each(|input| {
        let Some(case) = read("mutated.toml", &mutated(&mut Dice::of(2, input))) else { return };
        cases.fetch_add(1, Ordering::Relaxed);
        if input % PREDICTED == 0 && is_moderate(&case) {
            predict(&case);
            predicted.fetch_add(1, Ordering::Relaxed);
        }
    });
    // Most mutations break a case, yet not all: both sides are tried.
    let (cases, predicted) = (cases.into_inner(), predicted.into_inner());
    assert!((5_000..95_000).contains(&cases), "{cases} of the mutated cases are cases");
    assert!(predicted >= 500, "{predicted} predictions");
}

/// Nesting just within the limits, which reading and dropping must survive on a small stack.
#[test]
fn the_deepest_nesting_is_refused() {
    let key = ["a"; 33].join(".");
    let deep = format!("[{key}]\n{}{key} = 1{}\n", format!("{key} = {{ ").repeat(32), " }".repeat(32));
    let lists = format!("a = {}1{}\n", "[\"]\", ".repeat(32), "]".repeat(32));
    for text in [deep, lists] {
        let read = move || match Case::parse("deep.toml", text.as_bytes()) {
            Ok(_) => panic!("accepted"),
            Err(refusal) => refusal.to_string(),
        };
        let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(read).expect("a thread");
        let text = thread.join().expect("no panic");
        assert!(text.starts_with("error: unknown key `a`\n  --> deep.toml:1:"), "{text}");
    }
}

/// Each seed is looked up among those before it, not compared with all of them.
#[test]
fn many_seeds_are_read() {
    let seeds = (0..200_000).map(|n: u32| n.to_string()).collect::<Vec<_>>().join(", ");
    let text = format!(
        "[network]\ncounts = [3, 2]\nwidths = [2]\nloss = \"mse\"\n[regularization]\nweights = 1\nfeatures = 1\n[training]\n\
         seeds = [{seeds}]\n"
    );
    let case = Case::parse("seeds.toml", text.as_bytes()).expect("a case");
    assert_eq!(case.training().seeds.len(), 200_000);
    let twice = text.replace("[0, 1,", "[0, 199999, 1,");
    let refusal = Case::parse("seeds.toml", twice.as_bytes()).expect_err("a seed twice");
    assert!(matches!(refusal.mistake, Mistake::DuplicateSeed { seed: 199_999 }), "{refusal}");
}
