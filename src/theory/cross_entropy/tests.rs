//! Known values of cross-entropy optima, and the counterexamples to the simplex theorem.

use super::*;
use crate::case::{Draft, Loss, Targets};
use crate::exact::{decimal, read_rational};

fn problem(counts: &[u64], widths: &[u64], λ: &str, bias: Bias) -> Problem {
    let λ = read_rational(λ).unwrap();
    Problem::new(Draft {
        counts: counts.to_vec(),
        widths: widths.to_vec(),
        loss: Loss::CrossEntropy,
        bias,
        targets: Targets::OneHot,
        weights: vec![λ.clone(); widths.len()],
        features: λ,
    })
    .unwrap()
}

fn shallow(problem: &Problem) -> Shallow {
    match CrossEntropy::of(problem, 17) {
        CrossEntropy::Shallow(found) => *found,
        other => panic!("{other:?}"),
    }
}

fn deep(k: usize, m: usize, n: u64, λ: &str, bias: Bias) -> Deep {
    match CrossEntropy::of(&problem(&vec![n; k], &vec![16; m], λ, bias), 17) {
        CrossEntropy::Deep(found) => *found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn imbalanced_optima_are_enclosed() {
    for (bias, known) in [(Bias::None, "0.150012830"), (Bias::LastLayer, "0.129485227")] {
        let problem = problem(&[200, 100, 50, 10], &[64], "1e-3", bias);
        let found = shallow(&problem);
        let (low, high) = found.enclosed(&problem, 192).unwrap();
        assert!((&high - &low) <= &low * ten_to(-11), "{}", float(&((&high - &low) / &low)));
        assert!(low <= high);
        let objective = found.objective.unwrap();
        assert!(decimal(&objective, 12).starts_with(known), "{}", decimal(&objective, 12));
    }
}

#[test]
fn the_closed_form_agrees_with_the_dual_and_the_network() {
    for (k, n, λ) in
        [(2, 1, "1e-2"), (4, 100, "5e-4"), (10, 50, "1e-3"), (3, 7, "1/21"), (3, 7, "0.2"), (4, 1, "1/4")]
    {
        for bias in [Bias::None, Bias::LastLayer] {
            let problem = problem(&vec![n; k], &[64], λ, bias);
            let found = shallow(&problem);
            let (low, high) = found.enclosed(&problem, 192).unwrap();
            let objective = found.objective.unwrap();
            assert!(low <= objective.upper() && objective.lower() <= high, "{k} {n} {λ}");
            assert!(&high - &low <= ten_to(-30), "{k} {n} {λ} {}", float(&(&high - &low)));
            let zero = found.closed.unwrap().scale.is_zero();
            let λ = read_rational(λ).unwrap();
            let weight = &λ * &λ * Rational::from(Integer::from(n as usize * k * k));
            assert_eq!(zero, weight >= Rational::one());
        }
    }
}

#[test]
fn merged_classes_are_seen() {
    let found = shallow(&problem(&[400, 400, 10, 10], &[64], "5e-3", Bias::LastLayer));
    assert_eq!(found.frame.merged_with(2), [3]);
    assert_eq!(found.frame.merged_with(0), [0usize; 0]);
}

#[test]
fn too_narrow_is_open() {
    let found = shallow(&problem(&[200, 100, 50, 10], &[2], "1e-3", Bias::LastLayer));
    assert!(found.objective.is_none() && found.open.is_some() && found.floor.is_positive());
}

#[test]
fn the_simplex_theorem_is_refuted() {
    let rows = [
        (4, 3, 1, "1e-2", Bias::LastLayer, "0.15287728", "0.13807187"),
        (6, 2, 1, "1e-3", Bias::None, "0.03149014", "0.02956847"),
        (10, 2, 5, "0.0009765625", Bias::None, "0.09066218", "0.08001266"),
        (3, 3, 1, "1e-3", Bias::LastLayer, "0.01198336", "0.01169156"),
    ];
    for (k, m, n, λ, bias, frame, better) in rows {
        let found = deep(k, m, n, λ, bias);
        assert_eq!(found.finding, Finding::Refuted);
        let near = |x: &Enclosure, known: &str| {
            (x.lower() - read_rational(known).unwrap()).abs() < Rational::new(6.into(), 1_000_000_000.into())
        };
        let (simplex, best) = (found.simplex.unwrap(), found.best.unwrap());
        assert!(near(&simplex.objective, frame), "{}", decimal(&simplex.objective, 12));
        assert!(near(&best.objective, better), "{}", decimal(&best.objective, 12));
        assert!(simplex.objective.width() < ten_to(-25));
    }
}

#[test]
fn two_classes_are_proved_and_three_at_two_layers_are_open() {
    for m in 2..=6 {
        let found = deep(2, m, 3, "1e-3", Bias::LastLayer);
        assert_eq!(found.finding, Finding::Verified);
        let problem = problem(&[3, 3], &vec![16; m], "1e-3", Bias::LastLayer);
        let point = found.simplex_point(&problem).unwrap().objective(&problem, 192).unwrap();
        let objective = found.objective().unwrap();
        assert!((point.upper() - objective.lower()).abs() < ten_to(-20), "{m}");
    }
    assert!(matches!(deep(3, 2, 1, "1e-3", Bias::LastLayer).finding, Finding::Open(_)));
}
