//! Cross-entropy: where the simplex theorem is refuted, verified or open, with certificates; how tight the enclosures
//! of imbalanced optima are.

use crate::case::{Bias, Case};
use crate::certificate::certify;
use crate::exact::{Rational, decimal, read_rational, ten_to};
use crate::kernel::{Answer, audit};
use crate::theory::Known;
use crate::theory::cross_entropy::{Finding, Phases};
use rayon::prelude::*;

fn case(counts: &str, layers: usize, bias: &str, λ: &str) -> Case {
    let widths = vec!["16"; layers].join(", ");
    let text = format!(
        "[network]\ncounts = {counts}\nwidths = [{widths}]\nloss = \"ce\"\nbias = \"{bias}\"\n\
         [regularization]\nweights = {λ}\nfeatures = {λ}\n"
    );
    Case::parse("case", text.as_bytes()).unwrap()
}

fn finding(case: &Case) -> Finding {
    match Known::of(case.problem(), 17) {
        Known::Deep(found) => found.finding.clone(),
        other => panic!("{other:?}"),
    }
}

fn accepted(case: &Case) {
    let certificate = certify(case).unwrap();
    assert_eq!(audit(case.bytes(), certificate.as_bytes()), Answer::Accepted);
}

#[test]
fn with_bias_the_simplex_is_refuted_from_few_classes_on_and_proved_for_three_at_two_layers() {
    for λ in ["1e-2", "1e-3", "1e-4"] {
        for (layers, classes) in [(2, &[5, 6, 8, 10][..]), (3, &[3, 4, 5, 6, 10][..])] {
            for k in classes {
                let case = case(&format!("[\"1*{k}\"]"), layers, "last-layer", λ);
                assert_eq!(finding(&case), Finding::Refuted, "K = {k}, M = {layers}, λ = {λ}");
                accepted(&case);
            }
        }
        let three = case("[1, 1, 1]", 2, "last-layer", λ);
        assert_eq!(finding(&three), Finding::Verified, "λ = {λ}");
        accepted(&three);
    }
}

#[test]
fn two_classes_are_verified_at_every_depth() {
    for bias in ["none", "last-layer"] {
        for layers in 1..=6 {
            let case = case("[3, 3]", layers, bias, "1e-3");
            if layers > 1 {
                assert_eq!(finding(&case), Finding::Verified);
            }
            accepted(&case);
        }
    }
}

/// Relative distance of the proven bounds.
fn gap(case: &Case) -> Rational {
    match Known::of(case.problem(), 17) {
        Known::Shallow(found) => {
            let (low, high) = found.enclosed(case.problem(), 192).unwrap();
            assert!(low <= high);
            (&high - &low) / low
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn imbalanced_optima_are_enclosed_tightly() {
    let rows = [
        "[200, 100, 50, 50]",
        "[200, 100, 50, 10]",
        "[400, 400, 10, 10]",
        "[500, 300, 190, 120, 75, 47, 30, 19, 12, 7]",
        "[\"500*5\", \"50*5\"]",
        "[\"500*5\", \"5*5\"]",
        "[1000000, 1]",
        "[7, 5, 3, 2, 1]",
    ];
    for counts in rows {
        for bias in ["none", "last-layer"] {
            for λ in ["1e-2", "5e-3", "1e-3", "1e-4"] {
                let case = case(counts, 1, bias, λ);
                let gap = gap(&case);
                assert!(gap <= ten_to(-9), "{counts} {bias} {λ}");
                accepted(&case);
            }
        }
    }
}

/// A dual point is a proof of a lower bound: this value, which a paper draft had, lies below it.
#[test]
fn a_draft_value_is_below_the_proven_bound() {
    let case = case("[200, 100, 50, 10]", 1, "last-layer", "1e-3");
    let Known::Shallow(found) = Known::of(case.problem(), 17) else { panic!() };
    assert!(read_rational("0.129485225").unwrap() < found.floor);
    assert!(read_rational("0.1294852273").unwrap() < found.floor);
}

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/deep-cross-entropy.md");
const OPEN: &str = "<!-- phases -->\n";

/// The rows of the page's table of phases.
fn rows(page: &str) -> Vec<Vec<String>> {
    let table = page.split(OPEN).nth(1).unwrap().split("<!-- end -->").next().unwrap();
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    table.lines().skip(2).map(cells).collect()
}

/// A certificate proves every end of the table, and the ends on either side of a threshold agree to three digits.
#[test]
fn the_ends_of_phases_are_certified() {
    let rows = rows(&std::fs::read_to_string(PAGE).unwrap());
    assert_eq!(rows.len(), 10);
    rows.par_iter().for_each(|row| {
        let [m, bias, ends @ ..] = &row[..] else { panic!("{row:?}") };
        let bias = if bias == "no" { "none" } else { "last-layer" };
        let words = ["deep-ce-frame-optimal", "ce-frame-refuted", "ce-frame-refuted", "deep-ce-zero-optimal"];
        for (end, word) in ends.iter().zip(words).filter(|(end, _)| end.starts_with("0.")) {
            let case = case("[1, 1, 1]", m.parse().unwrap(), bias, end);
            let certificate = certify(&case).unwrap();
            assert!(certificate.contains(&format!("{word}\"")), "{row:?} {end}");
            assert_eq!(audit(case.bytes(), certificate.as_bytes()), Answer::Accepted, "{row:?} {end}");
        }
        for pair in ends.chunks(2).filter(|pair| pair[0] != "never") {
            let [a, b] = [&pair[0], &pair[1]].map(|x| read_rational(x).unwrap());
            assert!(b > a && (&b - &a) / a <= ten_to(-3), "{row:?}");
        }
    });
}

/// Makes the table anew: `PHASES=write cargo test --release --lib phases_are_found -- --ignored`.
#[test]
#[ignore = "it searches for every end"]
fn phases_are_found() {
    let mut table = "| M | bias | frame proved up to | refuted from | refuted up to | zero proved from |\n\
                     |---|---|---|---|---|---|\n"
        .to_owned();
    for m in 2..=6 {
        for (bias, word) in [(Bias::None, "no"), (Bias::LastLayer, "yes")] {
            let found = Phases::of(3, m, bias, 5).unwrap();
            let shown = |x: &Option<Rational>| decimal(&x.clone().unwrap().into(), 5);
            let (frame, from) = match &found.frame_to {
                Some(_) => (shown(&found.frame_to), shown(&found.other_from)),
                None => ("never".to_owned(), "any".to_owned()),
            };
            let (to, zero) = (shown(&found.other_to), shown(&found.zero_from));
            table += &format!("| {m} | {word} | {frame} | {from} | {to} | {zero} |\n");
        }
    }
    println!("{table}");
    if std::env::var_os("PHASES").is_some_and(|word| word == "write") {
        let page = std::fs::read_to_string(PAGE).unwrap();
        let (head, rest) = page.split_once(OPEN).unwrap();
        let (_, tail) = rest.split_once("<!-- end -->").unwrap();
        std::fs::write(PAGE, format!("{head}{OPEN}{table}<!-- end -->{tail}")).unwrap();
    }
}
