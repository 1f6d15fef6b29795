//! The two checkers and the program's own reader against each other, on many mutated certificates and case files:
//! the same answer for the same reason, the same problem read, and never more than some seconds.
//!
//! `cargo test --release --lib differential -- --ignored --nocapture` runs them all; TIGHTFRAME_MUTANTS and
//! TIGHTFRAME_CASES say how many.

use super::checkers::{ROOT, Said, Second, files, processor_time, word};
use super::mutation::{below, mutated, mutated_case};
use crate::case::Case;
use crate::certificate::{certify, with_cells};
use crate::fuzzing::line;
use crate::kernel::{audit, reading};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The longest that one answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

type Pair = (Vec<u8>, String);

/// Every shipped case that can be certified, small trees of cells, and the certificates that are refused, all of a
/// moderate size.
fn pairs(largest: usize) -> Vec<Pair> {
    let cases = files(&Path::new(ROOT).join("cases"), "toml");
    let certified = cases.par_iter().filter_map(|path| {
        let case = Case::read(path).unwrap();
        Some((case.bytes().to_vec(), certify(&case).ok()?))
    });
    let mut pairs: Vec<Pair> = certified.collect();
    for path in files(&Path::new(ROOT).join("cases/cross-entropy/deep"), "toml") {
        let case = Case::read(&path).unwrap();
        if case.problem().classes() == 4 {
            pairs.extend(with_cells(&case, 150.into(), 0).map(|tree| (case.bytes().to_vec(), tree)));
        }
    }
    for path in files(&Path::new(ROOT).join("tests/certificates"), "json") {
        let case = std::fs::read(path.with_extension("toml")).unwrap();
        if let Ok(certificate) = String::from_utf8(std::fs::read(&path).unwrap()) {
            pairs.push((case, certificate));
        }
    }
    pairs.retain(|(case, certificate)| case.len() < 4_000 && (100..largest).contains(&certificate.len()));
    pairs
}

/// The certificate with the hash of another case, so that the case is not all that is looked at.
fn rehashed(certificate: &str, case: &[u8]) -> String {
    let hash: String = Sha256::digest(case).iter().map(|byte| format!("{byte:02x}")).collect();
    match certificate
        .find("\"case_sha256\"")
        .and_then(|at| certificate.get(at + 16..at + 80).map(|old| (at, old)))
    {
        Some((at, old)) if old.bytes().all(|b| b.is_ascii_hexdigit()) => {
            format!("{}{hash}{}", &certificate[..at + 16], &certificate[at + 80..])
        }
        _ => certificate.to_owned(),
    }
}

/// What both checkers say about pairs; the second one reads them from a pipe, in one process.
fn compare(name: &str, pairs: &[Pair]) {
    let Some((mut second, mut questions)) = Second::start() else { return };
    let slowest = AtomicU64::new(0);
    let first: Vec<(String, String)> = pairs
        .par_iter()
        .map(|(case, certificate)| {
            let begin = processor_time();
            let answer = audit(case, certificate.as_bytes());
            let took = processor_time() - begin;
            slowest.fetch_max(took.as_millis() as u64, Ordering::Relaxed);
            assert!(took < PATIENCE, "{took:?} for\n{}\n{certificate}", String::from_utf8_lossy(case));
            let read = reading(case);
            let read = read.map(|problem| {
                // Whatever a checker reads, the program reads, and as the same problem.
                let text = String::from_utf8_lossy(case);
                let own = Case::parse("mutant", case).unwrap_or_else(|refusal| panic!("{refusal}\n{text}"));
                if !problem.ends_with("too fine") {
                    assert_eq!(line(own.problem()), problem, "{text}");
                }
                problem
            });
            (word(&answer), read.unwrap_or_else(|_| "-".to_owned()))
        })
        .collect();
    let (mut apart, mut answers, mut python) = (Vec::new(), std::collections::BTreeMap::new(), 0u64);
    std::thread::scope(|scope| {
        scope.spawn(move || pairs.iter().for_each(|(case, text)| questions.ask(case, text)));
        for (pair, expected) in pairs.iter().zip(&first) {
            let Said { word, problem, milliseconds } = second.answer();
            python = python.max(milliseconds);
            *answers.entry(expected.0.clone()).or_insert(0usize) += 1;
            if (&word, &problem) != (&expected.0, &expected.1) || milliseconds > 10_000 {
                let case = String::from_utf8_lossy(&pair.0);
                let certificate: String = pair.1.chars().take(2_000).collect();
                apart.push(format!(
                    "{word}, {problem}, {milliseconds} ms\nbut {expected:?}:\n{case}\n{certificate}"
                ));
            }
        }
    });
    second.end();
    assert_eq!(answers.values().sum::<usize>(), pairs.len());
    println!(
        "{name}: {} pairs, {} differ; slowest {} ms and {python} ms; {answers:?}",
        pairs.len(),
        apart.len(),
        slowest.load(Ordering::Relaxed)
    );
    assert!(
        apart.is_empty(),
        "{} of {} differ:\n{}",
        apart.len(),
        pairs.len(),
        apart[..apart.len().min(12)].join("\n\n")
    );
}

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// In parts, so that they need not be kept all at once.
fn in_parts(name: &str, all: usize, seed: u64, mutant: impl Fn(&mut ChaCha8Rng) -> Pair) {
    let part = 20_000;
    for begin in (0..all).step_by(part) {
        let mut random = ChaCha8Rng::seed_from_u64(seed + begin as u64);
        let mutants: Vec<Pair> = (begin..all.min(begin + part)).map(|_| mutant(&mut random)).collect();
        compare(name, &mutants);
    }
}

fn differ_on_certificates(all: usize, seed: u64) {
    let pairs = pairs(12_000);
    in_parts("certificates", all, seed, |random| {
        let ((case, certificate), (_, other)) =
            (&pairs[below(pairs.len(), random)], &pairs[below(pairs.len(), random)]);
        let mut mutant = mutated(certificate, other, random);
        while below(3, random) == 0 {
            mutant = mutated(&mutant, other, random);
        }
        (case.clone(), mutant)
    });
}

fn differ_on_cases(all: usize, seed: u64) {
    let pairs = pairs(6_000);
    in_parts("cases", all, seed, |random| {
        let (case, certificate) = &pairs[below(pairs.len(), random)];
        let mut mutant = mutated_case(&String::from_utf8_lossy(case), random);
        while below(3, random) == 0 {
            mutant = mutated_case(&mutant, random);
        }
        let certificate = rehashed(certificate, mutant.as_bytes());
        (mutant.into_bytes(), certificate)
    });
}

#[test]
fn checkers_and_readers_agree_on_some_mutants() {
    differ_on_certificates(2_000, 1);
    differ_on_cases(2_000, 2);
}

#[test]
#[ignore = "many minutes: see the head of this file"]
fn checkers_and_readers_agree_on_many_mutants() {
    differ_on_certificates(number("TIGHTFRAME_MUTANTS", 200_000), 3);
    differ_on_cases(number("TIGHTFRAME_CASES", 100_000), 4);
}
