//! Certificates of global optima (section 6 of `docs/certificate.md`): the cases that have one, their sizes, the worked
//! example, and mutations.

use super::{ROOT, audit, files, mutated, number, second_checker_agrees, word};
use crate::case::{Bias, Case};
use crate::certificate::{certify, with_cells};
use crate::exact::{Rational, read_rational, ten_to};
use crate::kernel::Answer;
use crate::theory::Known;
use crate::theory::cross_entropy::frame_interval_within;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use std::path::Path;

/// The verdict without its reason.
fn verdict(word: &str) -> &str {
    word.split(' ').next().unwrap_or(word)
}

fn case(classes: usize, layers: usize, bias: &str, λ: &str) -> Case {
    let widths = vec!["8"; layers].join(", ");
    let text = format!(
        "[network]\ncounts = [\"1*{classes}\"]\nwidths = [{widths}]\nloss = \"ce\"\nbias = \"{bias}\"\n\
         [regularization]\nweights = {λ}\nfeatures = {λ}\n"
    );
    Case::parse("small", text.as_bytes()).unwrap()
}

/// What issue and page promise of three classes: the statement, in at most 50 kB.
#[test]
fn three_classes_are_certified() {
    let mut asked = Vec::new();
    for bias in ["none", "last-layer"] {
        for λ in ["1e-2", "1e-3", "1e-4"] {
            asked.push((2, bias, λ, "deep-ce-frame-optimal"));
        }
    }
    for layers in [3, 4] {
        for λ in ["1e-2", "1e-3", "1e-4"] {
            asked.push((layers, "none", λ, "deep-ce-frame-optimal"));
        }
    }
    asked.push((2, "none", "0.18", "deep-ce-frame-refuted"));
    asked.push((2, "none", "0.19", "deep-ce-frame-refuted"));
    asked.push((3, "last-layer", "1e-3", "deep-ce-frame-refuted"));
    asked.push((2, "none", "0.2", "deep-ce-zero-optimal"));
    asked.push((2, "last-layer", "0.5", "deep-ce-zero-optimal"));
    asked.par_iter().for_each(|(layers, bias, λ, statement)| {
        let case = case(3, *layers, bias, λ);
        let certificate = certify(&case).unwrap();
        assert!(certificate.contains(&format!("\"statement\": \"{statement}\"")), "{layers} {bias} {λ}");
        assert!(certificate.len() <= 50_000, "{layers} {bias} {λ}: {} bytes", certificate.len());
        assert_eq!(audit(case.bytes(), certificate.as_bytes()), Answer::Accepted, "{layers} {bias} {λ}");
    });
}

/// Four classes and two layers: the frame, away from the flip, in at most a megabyte; enclosures of a thousandth where
/// the frame is refuted at three.
#[test]
fn four_classes_are_certified() {
    let asked = [
        (2, "none", "1e-4", "deep-ce-frame-optimal"),
        (2, "last-layer", "1e-3", "deep-ce-frame-optimal"),
        (2, "none", "1e-2", "deep-ce-frame-optimal"),
        (3, "last-layer", "1e-2", "deep-ce-frame-refuted"),
        // A tree for a thousandth would cost more than a checker may spend.
        (4, "last-layer", "1e-3", "deep-ce-frame-refuted"),
    ];
    for (layers, bias, λ, statement) in asked {
        let case = case(4, layers, bias, λ);
        let certificate = match statement {
            "deep-ce-frame-refuted" => with_cells(&case, 50_000.into(), 0).unwrap(),
            _ => certify(&case).unwrap(),
        };
        assert!(certificate.contains(&format!("\"statement\": \"{statement}\"")), "{layers} {bias} {λ}");
        assert!(certificate.len() <= 1_000_000, "{layers} {bias} {λ}: {} bytes", certificate.len());
        assert_eq!(audit(case.bytes(), certificate.as_bytes()), Answer::Accepted, "{layers} {bias} {λ}");
        if statement == "deep-ce-frame-refuted" {
            assert!(gap(&certificate) <= ratio(if layers == 3 { 2 } else { 11 }, 1_000));
        }
    }
}

/// The relative gap of a certified enclosure.
fn gap(certificate: &str) -> Rational {
    let claim = serde_json::from_str::<serde_json::Value>(certificate).unwrap()["claim"].clone();
    let (low, high) = (number(&claim["objective"][0]), number(&claim["objective"][1]));
    (&high - &low) / low
}

/// Three classes, three layers, a bias: the optimum to two millionths; 0.01169156 is the page's network.
#[test]
fn an_optimum_that_is_no_frame_is_enclosed() {
    let case = case(3, 3, "last-layer", "1e-3");
    let certificate = certify(&case).unwrap();
    assert!(gap(&certificate) <= ratio(2, 1_000_000));
    let claim = serde_json::from_str::<serde_json::Value>(&certificate).unwrap()["claim"].clone();
    let known = read_rational("0.01169156005").unwrap();
    assert!(number(&claim["objective"][0]) < known && known < number(&claim["objective"][1]));
}

/// Widths that leave no room for a frame: the optimum of rank one.
#[test]
fn narrow_optima_are_enclosed() {
    for bias in ["none", "last-layer"] {
        let text = String::from_utf8(case(3, 2, bias, "1e-2").bytes().to_vec()).unwrap();
        let narrow = Case::parse("narrow", text.replace("[8, 8]", "[8, 1]").as_bytes()).unwrap();
        let certificate = certify(&narrow).unwrap();
        assert!(certificate.contains("deep-ce-enclosure") && gap(&certificate) <= ratio(2, 1_000_000));
        assert_eq!(audit(narrow.bytes(), certificate.as_bytes()), Answer::Accepted);
        let wide = certify(&case(3, 2, bias, "1e-2")).unwrap();
        assert!(wide.contains("deep-ce-frame-optimal"));
        second_checker_agrees(&[(narrow.bytes(), certificate.as_str(), "accepted")], verdict);
    }
}

fn ratio(a: i64, b: i64) -> Rational {
    Rational::new(a.into(), b.into())
}

/// Proofs whose intervals of `c` overlap cover the ranges of the theorem `deep-ce-frame-optimal`.
#[test]
#[ignore = "minutes of trees: cargo test --release --lib whole_ranges -- --ignored"]
fn the_frame_is_optimal_on_whole_ranges() {
    let rows =
        [(2, "none", "0.173"), (2, "last-layer", "0.1605"), (3, "none", "0.1315"), (4, "none", "0.108")];
    rows.par_iter().for_each(|(layers, bias, end)| {
        let end = read_rational(end).unwrap();
        let (mut reached, mut number_of) = (ratio(1, 1_000_000), 0);
        while reached < end {
            let next = [2, 1].iter().find_map(|percent| interval(*layers, bias, &reached, &end, *percent));
            reached = next.unwrap_or_else(|| panic!("{layers} {bias} {reached}"));
            number_of += 1;
        }
        assert!(number_of < 400, "{layers} {bias}: {number_of}");
    });
}

#[test]
fn a_certificate_covers_an_interval() {
    let case = case(3, 2, "none", "1e-2");
    let certificate = with_cells(&case, 2_000.into(), 2).unwrap();
    assert!(certificate.contains("\"pull\": [\"0.009803\", \"0.0102\"]"), "{certificate}");
    assert_eq!(audit(case.bytes(), certificate.as_bytes()), Answer::Accepted);
    second_checker_agrees(&[(case.bytes(), certificate.as_str(), "accepted")], verdict);
}

/// The upper end of a proved interval that begins at `from` or below it; it ends at `end` at most.
fn interval(layers: usize, bias: &str, from: &Rational, end: &Rational, percent: u32) -> Option<Rational> {
    // The interval around this begins a little below `from`.
    let unit = from / ratio(100_000, 1);
    let unit = (1..20).map(|places| ten_to(-places)).find(|ten| *ten <= unit).unwrap();
    let wider = ratio(100 + i64::from(percent), 100);
    let middle = (from * &wider).min(end / wider);
    let middle = (middle / &unit).floor() * unit;
    let case = case(3, layers, bias, &format!("\"{middle}\""));
    let (low, high) = frame_interval_within(case.problem(), percent)?;
    (low <= *from && high > *from).then_some(high)
}

/// More samples and unequal weights change nothing but `c`, which is then irrational.
#[test]
fn an_irrational_pull_is_enclosed() {
    let text = "[network]\ncounts = [\"7*3\"]\nwidths = [8, 2]\nloss = \"ce\"\nbias = \"none\"\n\
                [regularization]\nweights = [1e-3, 3e-3]\nfeatures = 1e-3\n";
    let case = Case::parse("small", text.as_bytes()).unwrap();
    let certificate = certify(&case).unwrap();
    assert!(certificate.contains("deep-ce-frame-optimal"));
    assert_eq!(audit(case.bytes(), certificate.as_bytes()), Answer::Accepted);
    // The same certificate proves nothing about another weight.
    let hash = |text: &str| text.split('"').nth(7).unwrap().to_owned();
    let other = Case::parse("small", text.replace("features = 1e-3", "features = 1e-4").as_bytes()).unwrap();
    let moved = certificate.replace(&hash(&certificate), &hash(&certify(&other).unwrap()));
    let Answer::Rejected(rejection) = audit(other.bytes(), moved.as_bytes()) else { panic!("accepted") };
    assert_eq!(rejection.reason.word(), "pull");
}

#[test]
fn the_worked_example_of_a_tree_is_what_the_program_writes() {
    let page = include_str!("../../../docs/certificate.md");
    let block = page.split("```json\n").nth(2).unwrap().split("```").next().unwrap();
    let case = Case::read(&Path::new(ROOT).join("cases/cross-entropy/deep/k3-m2.toml")).unwrap();
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(squeezed(block), squeezed(&certify(&case).unwrap()));
    assert_eq!(audit(case.bytes(), block.as_bytes()), Answer::Accepted);
}

/// `c` up to which the frame, and from which zero, may be claimed: networks beyond are better (found by searches that
/// share nothing with the proofs; three classes).
fn limits(layers: usize, bias: Bias) -> (Rational, Rational) {
    let (frame, zero) = match (layers, bias) {
        (2, Bias::None) => ("0.1735", "0.1941"),
        (2, Bias::LastLayer) => ("0.1612", "0.1970"),
        (3, Bias::None) => ("0.1320", "0.1655"),
        (3, Bias::LastLayer) => ("0", "0.1750"),
        (4, Bias::None) => ("0.1087", "0.1476"),
        (4, Bias::LastLayer) => ("0", "0.1642"),
        other => panic!("{other:?}"),
    };
    (read_rational(frame).unwrap(), read_rational(zero).unwrap())
}

/// Mutations of each certificate, more with `ROUNDS=…`; those that are accepted claim nothing beyond the limits.
const ROUNDS: usize = 6_000;

#[test]
fn accepted_mutations_of_trees_claim_nothing_false() {
    let folder = Path::new(ROOT).join("cases/cross-entropy/deep");
    let mut cases: Vec<Case> = files(&folder, "toml").iter().map(|path| Case::read(path).unwrap()).collect();
    cases.retain(|case| case.problem().classes() == 3);
    cases.extend([case(3, 2, "none", "0.2"), case(3, 2, "none", "0.17"), case(3, 2, "last-layer", "0.21")]);
    let cases: Vec<(Case, String)> = cases
        .into_iter()
        .filter_map(|case| certify(&case).ok().map(|text| (case, text)))
        .filter(|(_, text)| text.contains("\"deep-ce-") && text.len() < 6_000)
        .collect();
    assert!(cases.len() >= 8);
    // The whole search's enclosure, which another tree proves.
    let known: Vec<Known> = cases.par_iter().map(|(case, _)| Known::of(case.problem(), 17)).collect();
    let rounds = std::env::var("ROUNDS").map_or(ROUNDS, |n| n.parse().unwrap());
    let jobs: Vec<(usize, usize)> =
        (0..cases.len()).flat_map(|i| (0..rounds / 100).map(move |j| (i, j))).collect();
    let shared: Vec<(usize, String, String)> = jobs
        .par_iter()
        .flat_map_iter(|(i, j)| {
            let (case, certificate) = &cases[*i];
            let mut random = ChaCha8Rng::seed_from_u64((*i * rounds + *j) as u64);
            let mut shared = Vec::new();
            for round in 0..100 {
                let other = &cases[random.next_u64() as usize % cases.len()].1;
                let mutant = mutated(certificate, other, &mut random);
                let answer = audit(case.bytes(), mutant.as_bytes());
                if answer == Answer::Accepted {
                    require_true(case, &known[*i], &mutant);
                }
                if round == 0 && *j < ROUNDS / 100 {
                    shared.push((*i, mutant, word(&answer)));
                }
            }
            shared
        })
        .collect();
    let pairs: Vec<(&[u8], &str, &str)> =
        shared.iter().map(|(i, text, word)| (cases[*i].0.bytes(), text.as_str(), word.as_str())).collect();
    second_checker_agrees(&pairs, verdict);
}

fn require_true(case: &Case, known: &Known, certificate: &str) {
    let claim = serde_json::from_str::<serde_json::Value>(certificate).unwrap()["claim"].clone();
    let (frame, zero) = limits(case.problem().depth(), case.problem().bias());
    let pull = &claim["pull"];
    match claim["statement"].as_str().unwrap() {
        "deep-ce-frame-optimal" => assert!(number(&pull[1]) <= frame, "{certificate}"),
        "deep-ce-zero-optimal" => assert!(number(pull) >= zero, "{certificate}"),
        "deep-ce-enclosure" | "deep-ce-frame-refuted" => {
            let pair = &claim["objective"];
            let Known::Deep(found) = known else { panic!() };
            let known = found.objective().unwrap();
            assert!(number(&pair[0]) <= known.upper() && number(&pair[1]) >= known.lower(), "{certificate}");
            let floor = found.simplex.as_ref().unwrap().objective.upper().min(found.zero.upper());
            assert!(claim["frame_at_least"].is_null() || number(&claim["frame_at_least"]) <= floor);
        }
        other => panic!("{other}"),
    }
}
