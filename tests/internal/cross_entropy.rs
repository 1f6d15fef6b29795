//! Cross-entropy: where the simplex theorem is refuted, verified or open, with certificates; how tight the enclosures
//! of imbalanced optima are.

use crate::case::Case;
use crate::certificate::certify;
use crate::exact::{Rational, read_rational, ten_to};
use crate::kernel::{Answer, audit};
use crate::theory::Known;
use crate::theory::cross_entropy::Finding;

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
