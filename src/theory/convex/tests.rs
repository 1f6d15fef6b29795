//! Closed forms against what proves them, and exact facts at and around their thresholds.

use super::*;
use crate::case::{Bias, Draft, Loss, Problem, Targets, Terms};
use crate::exact::{Rational, read_rational, ten_to, whole};
use crate::theory::Known;
use crate::theory::geometry::ClassFate;

fn q(text: &str) -> Rational {
    read_rational(text).unwrap()
}

fn problem(loss: Loss, counts: &[u64], λ: &str, bias: Bias, terms: Terms) -> Problem {
    Problem::new(Draft {
        counts: counts.to_vec(),
        widths: vec![16],
        loss,
        bias,
        targets: Targets::OneHot,
        weights: vec![q(λ)],
        features: q(λ),
        terms,
    })
    .unwrap()
}

fn shallow(problem: &Problem) -> Shallow {
    match Known::of(problem, 30) {
        Known::Shallow(found) => found.as_ref().clone(),
        other => panic!("{other:?}"),
    }
}

/// The dual point and the network enclose the closed form as tightly as their digits allow.
#[test]
fn closed_forms_lie_between_the_dual_point_and_the_network() {
    let weights =
        |all: &[&str]| Terms { class_weights: all.iter().map(|t| q(t)).collect(), ..Terms::default() };
    let ridge = |λ: &str| Terms { bias: Some(q(λ)), ..Terms::default() };
    let mut all = vec![
        problem(Loss::Mse, &[100, 25, 4], "5e-3", Bias::None, weights(&["1", "2", "3"])),
        problem(Loss::Mse, &[100, 25, 4], "5e-2", Bias::None, weights(&["1", "2", "1/9"])),
        problem(Loss::Mse, &[100, 25, 4], "5", Bias::None, weights(&["1", "2", "3"])),
        problem(Loss::CrossEntropy, &[30; 4], "5e-3", Bias::LastLayer, weights(&["2"; 4])),
    ];
    for λ_b in ["1e-3", "1/20", "1/2", "10"] {
        for λ in ["1e-4", "5e-3", "1"] {
            all.push(problem(Loss::Mse, &[50; 4], λ, Bias::LastLayer, ridge(λ_b)));
        }
    }
    for α in ["1/10", "1/2"] {
        for λ in ["1e-4", "1e-2", "1"] {
            let plain = problem(Loss::CrossEntropy, &[50; 4], λ, Bias::LastLayer, Terms::default());
            let targets = Targets::smoothed(&q(α), 4).unwrap();
            all.push(Problem::new(Draft { targets, ..plain.draft() }).unwrap());
        }
    }
    for problem in all {
        let found = shallow(&problem);
        let closed = found.closed.as_ref().unwrap_or_else(|| panic!("{problem:?}")).objective();
        let (low, high) = found.enclosed(&problem, 256).unwrap();
        assert!(low <= closed.upper() && closed.lower() <= high, "{problem:?}");
        assert!(&high - &low <= &high * ten_to(-30), "{problem:?}");
    }
}

/// Features of at least 0: an explicit network attains the closed form, and its features are orthogonal.
#[test]
fn the_orthant_is_attained() {
    let terms = Terms { nonnegative: true, ..Terms::default() };
    for (counts, λ) in [(vec![100, 100, 20, 5], "5e-3"), (vec![7, 1], "1e-2"), (vec![3; 5], "1/2")] {
        let problem = problem(Loss::CrossEntropy, &counts, λ, Bias::None, terms.clone());
        let found = shallow(&problem);
        let Some(Closed::Orthant(form)) = &found.closed else { panic!() };
        let high = found.point.objective(&problem, 256).unwrap();
        let gap = &high.upper() - form.objective.lower();
        assert!(gap <= ten_to(-28) && -ten_to(-28) <= gap, "{counts:?}");
        // Without the bound of the features less is possible.
        let free = Problem::new(Draft { terms: Terms::default(), ..problem.draft() }).unwrap();
        assert!(shallow(&free).floor <= form.objective.upper());
    }
}

/// Hong and Ling's grid, and the threshold itself: n = N²Λ merges, a hair less keeps apart.
#[test]
fn classes_merge_exactly_at_the_threshold() {
    let grid = |major: usize, n: u64, λ: &str, bias: Bias, terms: Terms| {
        let counts = [vec![n; major], vec![100; 10 - major]].concat();
        shallow(&problem(Loss::CrossEntropy, &counts, λ, bias, terms)).facts
    };
    for bias in [Bias::None, Bias::LastLayer] {
        for (major, n, λ, merged) in [
            (5, 500, "33e-4", false),
            (5, 500, "34e-4", true),
            (3, 500, "45e-4", false),
            (3, 500, "46e-4", true),
            (3, 433, "5e-3", false),
            (3, 434, "5e-3", true),
        ] {
            let facts = grid(major, n, λ, bias, Terms::default());
            assert_eq!(facts.roles[1].gap.is_zero(), merged, "{major} {n} {λ}");
            assert_eq!(facts.vanishes, Some(false));
            let fate = &facts.fates[9];
            assert_eq!(matches!(fate, ClassFate::Merged(_)), merged, "{fate:?}");
            assert_eq!(*fate == ClassFate::Kept, !merged);
        }
    }
    // N = 3000: λ = 1/300 is the threshold of 100 samples exactly.
    assert!(grid(5, 500, "1/300", Bias::None, Terms::default()).roles[1].gap.is_zero());
    let doubled =
        Terms { class_weights: [vec![whole(1); 5], vec![whole(2); 5]].concat(), ..Terms::default() };
    assert!(!grid(5, 500, "1/300", Bias::None, doubled).roles[1].gap.is_zero());
}

/// Everything vanishes exactly from `λ_max(C D C)` or `λ_max(D − nnᵀ/N)` on: two classes of counts m and n have
/// `(m + n)/2` and `2mn/(m + n)`.
#[test]
fn everything_vanishes_exactly_at_the_threshold() {
    for (bias, λ_max) in [(Bias::None, q("4")), (Bias::LastLayer, q("3"))] {
        // N²Λ = λ_max with N = 8: λ² = λ_max/64.
        let at = |factor: &str| {
            let terms = Terms::default();
            let base = problem(Loss::CrossEntropy, &[6, 2], "1", bias, terms);
            let draft =
                Draft { weights: vec![&λ_max / q("64") * q(factor)], features: q("1"), ..base.draft() };
            shallow(&Problem::new(draft).unwrap())
        };
        assert_eq!(at("1").facts.vanishes, Some(true), "{bias:?}");
        assert_eq!(at("0.999999999").facts.vanishes, Some(false), "{bias:?}");
    }
}
