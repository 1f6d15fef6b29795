//! Certificates and their checker: every case is accepted; every reason for rejection has a certificate under
//! `certificates/reject` that is rejected for it; no mutation that is accepted claims anything false; a solver
//! broken on purpose is caught; both checkers agree.

mod trees;

use super::checkers::{ROOT, files, second_checker_agrees, word};
use super::mutation::mutated;
use crate::case::{Case, Loss};
use crate::certificate::{certify, certify_optimum};
use crate::exact::{Enclosure, Rational, read_rational, ten_to};
use crate::kernel::{Answer, Reason, audit, audit_beside};
use crate::theory::{Band, Fate, Known, Optimum, Preference, Uniqueness};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn mse_cases() -> Vec<Case> {
    let cases = files(&Path::new(ROOT).join("cases"), "toml");
    let cases = cases.iter().map(|path| Case::read(path).unwrap());
    let modes = |case: &Case| case.problem().loss() == Loss::Mse && case.problem().has_plain_loss();
    // Files of targets have a test of their own.
    cases.filter(|case| modes(case) && case.beside().is_none()).collect()
}

fn reason(case: &Case, certificate: &str) -> Option<Reason> {
    match audit_case(case, certificate.as_bytes()) {
        Answer::Accepted => None,
        Answer::Rejected(rejection) => Some(rejection.reason),
        Answer::Incomplete(what) => panic!("{what}"),
    }
}

#[test]
fn every_case_certifies_and_is_accepted() {
    mse_cases().par_iter().for_each(|case| {
        let begin = Instant::now();
        let certificate = certify(case).unwrap();
        let certified = begin.elapsed();
        assert_eq!(audit_case(case, certificate.as_bytes()), Answer::Accepted, "{}", case.name());
        let audited = begin.elapsed() - certified;
        // A debug build of this crate is several times slower, and tests share the machine.
        let patience = if cfg!(debug_assertions) { 12 } else { 3 };
        assert!(certified < Duration::from_secs(5 * patience), "{}: {certified:?}", case.name());
        assert!(audited < Duration::from_secs(2 * patience), "{}: {audited:?}", case.name());
        if case.problem().classes() <= 12 && certificate.contains("\"counts\"") {
            assert!(
                certificate.len() < 6_000 || case.problem().depth() > 9,
                "{}: {}",
                case.name(),
                certificate.len()
            );
        }
        assert_eq!(certify(case).unwrap(), certificate, "canonical");
    });
}

/// Bounds of the optimum (for a refutation: of the best frame) that are proved without the certificate.
fn bounds(case: &Case) -> (Rational, Rational) {
    match Known::of(case.problem(), 17) {
        Known::Shallow(found) => found.enclosed(case.problem(), 192).unwrap(),
        Known::Deep(found) => {
            let frame = found.simplex.clone().unwrap().objective;
            (frame.lower(), frame.upper())
        }
        Known::Open(reason) => panic!("{reason}"),
        Known::SquaredError(_) => panic!("this case has modes"),
    }
}

#[test]
fn cross_entropy_cases_certify_and_their_mutations_claim_nothing_false() {
    let cases = files(&Path::new(ROOT).join("cases"), "toml");
    let cases: Vec<Case> = cases.iter().map(|path| Case::read(path).unwrap()).collect();
    let cases: Vec<(Case, String)> = cases
        .into_par_iter()
        .filter(|case| case.problem().loss() == Loss::CrossEntropy || !case.problem().has_plain_loss())
        .filter_map(|case| certify(&case).ok().map(|certificate| (case, certificate)))
        // Trees have their own mutations.
        .filter(|(_, certificate)| !certificate.contains("\"deep-ce-"))
        .collect();
    assert!(cases.len() >= 50);
    let shared: Vec<(&Case, String, String)> = cases
        .par_iter()
        .enumerate()
        .flat_map_iter(|(i, (case, certificate))| {
            assert_eq!(audit_case(case, certificate.as_bytes()), Answer::Accepted, "{}", case.name());
            let mut shared = vec![(case, certificate.clone(), "accepted".to_owned())];
            let rounds = if certificate.len() < 3_000 { 120 } else { 2 };
            let mut random = ChaCha8Rng::seed_from_u64(1_000 + i as u64);
            let (low, high) = bounds(case);
            for round in 0..rounds {
                let other = &cases[random.next_u64() as usize % cases.len()].1;
                let other = if other.len() < 20_000 { other } else { certificate };
                let mutant = mutated(certificate, other, &mut random);
                let answer = audit(case.bytes(), mutant.as_bytes());
                if answer == Answer::Accepted {
                    let claim = serde_json::from_str::<serde_json::Value>(&mutant).unwrap()["claim"].clone();
                    // A true claim is compatible with bounds that are proved without it.
                    if claim["objective"].is_null() {
                        let frame = number(&claim["frame_at_least"]);
                        assert!(frame <= high && number(&claim["network_at_most"]) < frame, "{mutant}");
                    } else {
                        let pair = &claim["objective"];
                        assert!(number(&pair[0]) <= high && number(&pair[1]) >= low, "{mutant}");
                    }
                }
                if round % 6 == 0 {
                    shared.push((case, mutant, word(&answer)));
                }
            }
            shared
        })
        .collect();
    let pairs: Vec<(&[u8], &str, &str)> =
        shared.iter().map(|(case, text, word)| (case.bytes(), text.as_str(), word.as_str())).collect();
    second_checker_agrees(&pairs, reason_too);
}

#[test]
fn the_worked_example_is_what_the_program_writes() {
    let page = include_str!("../../../docs/certificate.md");
    let block = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let case = Case::read(&Path::new(ROOT).join("cases/certificate/worked-example.toml")).unwrap();
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(squeezed(block), squeezed(&certify(&case).unwrap()));
    assert_eq!(audit_case(&case, block.as_bytes()), Answer::Accepted);
}

/// What the checker says of a case's certificate, with the file of targets that it names.
fn audit_case(case: &Case, certificate: &[u8]) -> Answer {
    let files = |name: &str| case.beside().filter(|file| file.name == name).map(|file| file.bytes.clone());
    audit_beside(case.bytes(), certificate, &files)
}

/// Rejected certificates are `name.json` with the case they speak of in `name.toml`; their reason is the name up
/// to a dot or the end. Incomplete ones stand beside them.
#[test]
fn every_reason_has_a_certificate_that_is_rejected_for_it() {
    let mut seen = BTreeSet::new();
    for path in files(&Path::new(ROOT).join("tests/certificates/reject"), "json") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let case = std::fs::read(path.with_extension("toml")).unwrap();
        match audit(&case, &std::fs::read(&path).unwrap()) {
            Answer::Rejected(r) => {
                assert_eq!(r.reason.word(), name.split('.').next().unwrap(), "{name}: {r:?}");
                assert!(!r.found.is_empty() && !r.needed.is_empty());
                seen.insert(r.reason);
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    for reason in Reason::ALL {
        assert!(seen.contains(reason), "nothing is rejected for {}", reason.word());
    }
    for path in files(&Path::new(ROOT).join("tests/certificates/incomplete"), "json") {
        let case = std::fs::read(path.with_extension("toml")).unwrap();
        assert!(matches!(audit(&case, &std::fs::read(&path).unwrap()), Answer::Incomplete(_)), "{path:?}");
    }
}

type Ends = (Rational, Rational);

/// What a certificate claims, read with a JSON library instead of the checker's reader.
struct Claimed {
    optimum: String,
    objective: (Rational, Rational),
    price: (Rational, Rational),
    zeros: u64,
    modes: Vec<(Ends, u64, String, u64, Ends)>,
}

/// A number of a certificate; the reader of cases allows exponents to 400 only, certificates more.
fn number(v: &serde_json::Value) -> Rational {
    let text = v.as_str().unwrap();
    match text.split_once(['e', 'E']) {
        Some((m, e)) => read_rational(m).unwrap() * ten_to(e.parse().unwrap()),
        None => read_rational(text).unwrap(),
    }
}

fn claimed(certificate: &str) -> Claimed {
    let json: serde_json::Value = serde_json::from_str(certificate).unwrap();
    let claim = &json["claim"];
    let pair = |v: &serde_json::Value| (number(&v[0]), number(&v[1]));
    let mode = |m: &serde_json::Value| {
        let word = m["fate"].as_str().unwrap().to_owned();
        let kept = m["kept"].as_u64().unwrap();
        (pair(&m["target_sq"]), m["multiplicity"].as_u64().unwrap(), word, kept, pair(&m["shrinkage"]))
    };
    Claimed {
        optimum: claim["optimum"].as_str().unwrap().to_owned(),
        objective: pair(&claim["objective"]),
        price: pair(&claim["price"]),
        zeros: claim["zero_targets"].as_u64().unwrap(),
        modes: claim["modes"].as_array().unwrap().iter().map(mode).collect(),
    }
}

/// Whether everything claimed is true of an optimum known to more digits.
fn follows(claimed: &Claimed, optimum: &Optimum) -> bool {
    let holds = |(low, high): &(Rational, Rational), x: &Enclosure| *low <= x.lower() && x.upper() <= *high;
    let word = optimum.uniqueness.word();
    let modes = claimed.modes.iter().zip(&optimum.modes).all(|(c, m)| {
        let shrinkage = if m.kept > 0 { m.shrinkage().0 } else { Enclosure::zero() };
        holds(&c.0, &m.mode.block.target_sq)
            && c.1 == m.mode.block.multiplicity as u64
            && c.2 == m.fate.word()
            && c.3 == m.kept as u64
            && holds(&c.4, &shrinkage)
    });
    claimed.optimum == word
        && holds(&claimed.objective, &optimum.objective)
        && holds(&claimed.price, &optimum.price())
        && claimed.zeros == optimum.zeros as u64
        && claimed.modes.len() == optimum.modes.len()
        && modes
}

/// Rounds of random mutations in all, spread over the small certificates.
const MUTATIONS: usize = 100_000;
/// Of these, so many also go through the second checker.
const SHARED: usize = 1_000;

#[test]
fn an_accepted_mutation_claims_nothing_false() {
    let cases: Vec<Case> = mse_cases();
    let certificates: Vec<String> = cases.par_iter().map(|case| certify(case).unwrap()).collect();
    let small: Vec<usize> = (0..cases.len()).filter(|i| certificates[*i].len() < 12_000).collect();
    let large: Vec<usize> = (0..cases.len()).filter(|i| certificates[*i].len() >= 12_000).collect();
    assert!(small.len() >= 50 && !large.is_empty());
    let sharp: Vec<Optimum> = cases.par_iter().map(|case| Optimum::of(case.problem(), 40)).collect();
    let each = MUTATIONS / small.len() + 1;
    let rounds: Vec<(usize, usize)> =
        small.iter().map(|i| (*i, each)).chain(large.iter().map(|i| (*i, 3))).collect();
    let shared: Vec<(usize, String, String)> = rounds
        .par_iter()
        .flat_map_iter(|(i, each)| {
            let mut random = ChaCha8Rng::seed_from_u64(*i as u64);
            let (case, certificate) = (&cases[*i], &certificates[*i]);
            let mut shared = Vec::new();
            for round in 0..*each {
                let other = &certificates[random.next_u64() as usize % certificates.len()];
                let mutant = mutated(certificate, other, &mut random);
                let begin = Instant::now();
                let answer = audit_case(case, mutant.as_bytes());
                let patience = if cfg!(debug_assertions) { 20 } else { 4 };
                assert!(begin.elapsed() < Duration::from_secs(patience), "{}: {mutant}", case.name());
                let harmless = answer != Answer::Accepted || follows(&claimed(&mutant), &sharp[*i]);
                assert!(harmless, "accepted for {}:\n{mutant}", case.name());
                if round % (MUTATIONS / SHARED) == 0 {
                    shared.push((*i, mutant, word(&answer)));
                }
            }
            shared
        })
        .collect();
    let pairs: Vec<(&[u8], &str, &str)> =
        shared.iter().map(|(i, mutant, word)| (cases[*i].bytes(), mutant.as_str(), word.as_str())).collect();
    assert!(pairs.len() >= 1_000);
    second_checker_agrees(&pairs, reason_too);
    let whole: Vec<(&[u8], &str, &str)> = cases
        .iter()
        .zip(&certificates)
        .map(|(case, text)| (case.bytes(), text.as_str(), "accepted"))
        .collect();
    second_checker_agrees(&whole, reason_too);
}

/// The verdict with its reason.
fn reason_too(word: &str) -> &str {
    word
}

#[test]
fn both_checkers_give_the_same_reasons() {
    let mut pairs = Vec::new();
    for folder in ["reject", "incomplete"] {
        for path in files(&Path::new(ROOT).join("tests/certificates").join(folder), "json") {
            let case = std::fs::read(path.with_extension("toml")).unwrap();
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            let answer = audit(&case, text.as_bytes());
            assert!(answer != Answer::Accepted, "{path:?}");
            pairs.push((case, text, word(&answer)));
        }
    }
    let pairs: Vec<(&[u8], &str, &str)> =
        pairs.iter().map(|(case, text, word)| (case.as_slice(), text.as_str(), word.as_str())).collect();
    second_checker_agrees(&pairs, reason_too);
}

fn small_case(text: &str) -> Case {
    let file =
        format!("[network]\n{text}loss = \"mse\"\n[regularization]\nweights = 15e-3\nfeatures = 15e-3\n");
    Case::parse("small", file.as_bytes()).unwrap()
}

#[test]
fn a_case_with_smoothing_zero_is_one_hot() {
    let case = small_case("counts = [4, 2, 1]\nwidths = [8, 8]\nbias = \"none\"\nsmoothing = 0\n");
    let certificate = certify(&case).unwrap();
    assert!(certificate.contains("\"counts\""));
    assert_eq!(audit(case.bytes(), certificate.as_bytes()), Answer::Accepted);
    second_checker_agrees(&[(case.bytes(), &certificate, "accepted")], reason_too);
}

/// The formula of published code: the largest root wherever one exists, without comparing with zero.
#[test]
fn the_published_largest_root_is_rejected_where_zero_is_better() {
    let case = small_case("counts = [200, 100, 50, 50]\nwidths = [64, 64]\nbias = \"none\"\n");
    let mut optimum = Optimum::of(case.problem(), 20);
    let wrong = optimum.modes.iter_mut().find(|m| m.mode.band == Band::Metastable).unwrap();
    (wrong.fate, wrong.kept) = (Fate::Kept, wrong.mode.block.multiplicity);
    let certificate = certify_optimum(&case, &optimum).unwrap();
    let Answer::Rejected(rejection) = audit_case(&case, certificate.as_bytes()) else { panic!("accepted") };
    assert_eq!((rejection.reason, rejection.place.as_str()), (Reason::ThresholdAbove, "mode 3"));
    assert_eq!(rejection.found, "μ = 50");
    assert!(rejection.needed.starts_with("above the threshold, μ^2 = 3456"), "{}", rejection.needed);
}

/// A solver broken on purpose, in several ways and on many cases: the checker catches it every time.
#[test]
fn a_broken_solver_is_caught() {
    let mut caught = 0;
    for case in mse_cases().iter().filter(|case| case.problem().classes() <= 30) {
        let good = Optimum::of(case.problem(), 20);
        let mut broken: Vec<Optimum> = Vec::new();
        let nudge = |x: &Enclosure, by: i64| -> Enclosure {
            let shift = Rational::from(crate::exact::Integer::from(1)) + ten_to(by);
            (x.lower() * shift).into()
        };
        for i in 0..good.modes.len() {
            // A target off by one part in 10^12.
            let mut o = good.clone();
            o.modes[i].mode.block.target_sq = nudge(&o.modes[i].mode.block.target_sq, -12);
            broken.push(o);
            // One copy too many, or one too few.
            for kept in [good.modes[i].kept + 1, good.modes[i].kept.wrapping_sub(1)] {
                if kept <= good.modes[i].mode.block.multiplicity {
                    let mut o = good.clone();
                    o.modes[i].kept = kept;
                    broken.push(o);
                }
            }
            // A lost mode kept, a kept mode lost.
            let mut o = good.clone();
            let m = &mut o.modes[i];
            if m.kept > 0 {
                (m.fate, m.kept) = (Fate::Collapsed, 0);
            } else {
                (m.fate, m.kept) = (Fate::Kept, m.mode.block.multiplicity);
            }
            broken.push(o);
        }
        for i in 1..good.modes.len() {
            let mut o = good.clone();
            o.modes.swap(i - 1, i);
            broken.push(o);
        }
        let mut o = good.clone();
        o.zeros += 1;
        broken.push(o);
        let mut o = good.clone();
        o.uniqueness =
            if good.uniqueness == Uniqueness::Unique { Uniqueness::Zero } else { Uniqueness::Unique };
        broken.push(o);
        for optimum in broken {
            // Where no root exists, there is nothing to write down.
            let rootless = |m: &crate::theory::OptimalMode| {
                m.kept > 0 && m.mode.preference == Preference::Zero && m.mode.band == Band::None
            };
            if optimum.modes.iter().any(rootless) {
                continue;
            }
            let Ok(certificate) = certify_optimum(case, &optimum) else { continue };
            assert!(reason(case, &certificate).is_some(), "{}:\n{certificate}", case.name());
            caught += 1;
        }
    }
    assert!(caught > 500, "{caught}");
}

/// The hash of the file of targets is part of the document: another file is another case, for both checkers.
#[test]
fn a_file_of_targets_is_bound_by_its_hash() {
    let named: Vec<PathBuf> = files(&Path::new(ROOT).join("cases"), "toml");
    let named: Vec<PathBuf> =
        named.into_iter().filter(|path| Case::read(path).unwrap().beside().is_some()).collect();
    assert!(named.len() >= 2);
    let folder = std::env::temp_dir().join(format!("tightframe-targets-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for path in named {
        let case = Case::read(&path).unwrap();
        let certificate = certify(&case).unwrap();
        assert_eq!(audit_case(&case, certificate.as_bytes()), Answer::Accepted);
        assert!(matches!(audit(case.bytes(), certificate.as_bytes()), Answer::Incomplete(_)));
        let file = case.beside().unwrap();
        let other = String::from_utf8(file.bytes.clone()).unwrap().replacen('1', "2", 1).into_bytes();
        let read = |name: &str| (name == file.name).then(|| other.clone());
        match audit_beside(case.bytes(), certificate.as_bytes(), &read) {
            Answer::Rejected(r) => {
                assert_eq!((r.reason, r.place.as_str()), (Reason::OtherCase, "targets_sha256"))
            }
            answer => panic!("{answer:?}"),
        }
        std::fs::write(folder.join("case.toml"), case.bytes()).unwrap();
        std::fs::write(folder.join("certificate.json"), &certificate).unwrap();
        for (bytes, code) in [(&file.bytes, 0), (&other, 1)] {
            std::fs::write(folder.join(&file.name), bytes).unwrap();
            let second = std::process::Command::new("python3")
                .arg(format!("{ROOT}/tests/audit.py"))
                .arg(folder.join("certificate.json"))
                .arg("--case")
                .arg(folder.join("case.toml"))
                .output()
                .unwrap();
            assert_eq!(second.status.code(), Some(code), "{}", String::from_utf8_lossy(&second.stdout));
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
