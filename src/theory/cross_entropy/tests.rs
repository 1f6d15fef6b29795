//! Known values of cross-entropy optima, and the counterexamples to the simplex theorem.

use super::*;
use crate::case::{Bias, Draft, Loss, Problem, Targets, Terms};
use crate::exact::{Enclosure, Integer, Rational, decimal, read_rational, ten_to};
use crate::hints::{convex, deep_cross_entropy};
use crate::theory::Known;
use crate::theory::convex::Shallow;
use num_traits::{One, Signed, ToPrimitive};

fn float(q: &Rational) -> f64 {
    q.to_f64().unwrap()
}

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
        terms: Terms::default(),
    })
    .unwrap()
}

fn shallow(problem: &Problem) -> Shallow {
    match Known::of(problem, 17) {
        Known::Shallow(found) => found.as_ref().clone(),
        other => panic!("{other:?}"),
    }
}

fn deep(k: usize, m: usize, n: u64, λ: &str, bias: Bias) -> Deep {
    match Known::of(&problem(&vec![n; k], &vec![16; m], λ, bias), 17) {
        Known::Deep(found) => found.as_ref().clone(),
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
            let objective = found.objective.clone().unwrap();
            assert!(low <= objective.upper() && objective.lower() <= high, "{k} {n} {λ}");
            assert!(&high - &low <= ten_to(-30), "{k} {n} {λ} {}", float(&(&high - &low)));
            let zero = found.balanced().unwrap().scale.is_zero();
            let λ = read_rational(λ).unwrap();
            let weight = &λ * &λ * Rational::from(Integer::from(n as usize * k * k));
            assert_eq!(zero, weight >= Rational::one());
        }
    }
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
fn two_classes_are_proved_and_three_at_two_layers_by_a_tree() {
    for m in 2..=6 {
        let found = deep(2, m, 3, "1e-3", Bias::LastLayer);
        assert_eq!(found.finding, Finding::Verified);
        let problem = problem(&[3, 3], &vec![16; m], "1e-3", Bias::LastLayer);
        let point = found.simplex_point(&problem).unwrap().objective(&problem, 192).unwrap();
        let objective = found.objective().unwrap();
        assert!((point.upper() - objective.lower()).abs() < ten_to(-20), "{m}");
    }
    // The frame's cost as the page of deep cross-entropy has it.
    let found = deep(3, 2, 1, "1e-3", Bias::LastLayer);
    assert_eq!(found.finding, Finding::Verified);
    assert!(found.proof.as_ref().is_some_and(|proof| proof.says_optimal()));
    let apart = found.objective().unwrap().lower() - read_rational("0.012596836046356318").unwrap();
    assert!(apart.abs() < ten_to(-17));
    // Five classes have no such proof.
    assert!(matches!(deep(5, 2, 1, "1e-4", Bias::None).finding, Finding::Open(_)));
}

/// A starved budget from six small numbers.
fn starved(n: [u8; 6]) -> Budget<'static> {
    let n = n.map(usize::from);
    Budget {
        bits: 2 + 2 * n[0] as u32,
        convex_classes: 128,
        convex_groups: 1024,
        deep_classes: 24,
        pulls: n[1],
        cells: (10 * n[5]).into(),
        percent: 0,
        enclose: n[5] % 2 == 0,
        convex: convex::Budget { steps: convex::Steps { newton: n[2], inner: n[3] }, stages: n[1] / 2 },
        deep: deep_cross_entropy::Budget {
            partitions: n[4],
            random: n[1],
            finalists: n[2],
            short: n[3] as u64,
            full: 3 * n[4] as u64,
            kicks: n[5],
        },
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 96, failure_persistence: None, ..Default::default() })]

    /// Starved, the answer is open or wide, never wrong: bounds contain the value that the whole budget proves.
    #[test]
    fn starved_one_layer_bounds_hold(
        counts in proptest::collection::vec(1u64..60, 2..5), λ in 1u32..40, biased: bool,
        n in proptest::array::uniform6(0u8..20),
    ) {
        let bias = if biased { Bias::LastLayer } else { Bias::None };
        let problem = problem(&counts, &[8], &format!("{λ}e-3"), bias);
        let (low, high) = shallow(&problem).enclosed(&problem, 192).unwrap();
        if let Known::Shallow(found) = Known::within(&problem, &starved(n)) {
            assert!(found.floor <= high);
            if let Some(objective) = &found.objective {
                assert!(objective.lower() <= high && low <= objective.upper());
            }
            if let Some(closed) = found.balanced() {
                assert_eq!(closed.scale.is_zero(), found.point.is_zero());
            }
        }
    }

    #[test]
    fn starved_findings_are_open_or_the_same(
        k in 2usize..6, m in 2usize..4, n in 1u64..9, λ in 1u32..40, biased: bool,
        few in proptest::array::uniform6(0u8..20),
    ) {
        let bias = if biased { Bias::LastLayer } else { Bias::None };
        let λ = format!("{λ}e-3");
        let problem = problem(&vec![n; k], &vec![16; m], &λ, bias);
        // Trees of a few hundred cells, so that the test is short.
        let budget = Budget { cells: 600.into(), ..Budget::default() };
        let Known::Deep(whole) = Known::within(&problem, &budget) else { panic!() };
        let Known::Deep(found) = Known::within(&problem, &starved(few)) else { panic!() };
        assert!(matches!(found.finding, Finding::Open(_)) || found.finding == whole.finding);
        if let Some(simplex) = &found.simplex {
            let full = &whole.simplex.as_ref().unwrap().objective;
            assert!(simplex.objective.lower() <= full.upper() && full.lower() <= simplex.objective.upper());
        }
        if let (Some(few), Some(best)) = (&found.best, &whole.best) {
            // Any network is an upper bound; the whole search knows the lowest one.
            assert!(few.objective.upper() >= best.objective.lower() * (Rational::one() - ten_to(-8)));
        }
    }
}
