//! Known optima, the certificate's conditions, and thresholds at which a strength is about to vanish.

use super::*;

const TAIL: [f64; 10] = [500.0, 300.0, 190.0, 120.0, 75.0, 47.0, 30.0, 19.0, 12.0, 7.0];

fn step(major: usize, minor: usize, count: f64) -> Vec<f64> {
    [vec![500.0; major], vec![count; minor]].concat()
}

fn long_tail(k: usize) -> Vec<f64> {
    (0..k).map(|i| (500.0 * 0.01f64.powf(i as f64 / (k as f64 - 1.0))).round()).collect()
}

fn convex(counts: &[f64], τ: f64, bias: bool) -> Option<Convex> {
    super::convex(&Problem::new(counts, τ, bias), &Budget::default())
}

fn solve(counts: &[f64], τ: f64, bias: bool) -> Convex {
    convex(counts, τ, bias).unwrap()
}

fn assert_optimal(counts: &[f64], τ: f64, bias: bool, tolerance: f64) {
    let found = solve(counts, τ, bias);
    let label = format!("{counts:?} {τ} {bias}: {} {} {}", found.violation, found.imbalance, found.gap);
    assert!(found.violation <= tolerance && found.imbalance <= tolerance, "{label}");
    assert!(found.gap.abs() <= tolerance * found.objective, "{label}");
}

#[test]
fn small_settings_are_solved_to_rounding() {
    let settings = [
        vec![7.0],
        vec![1.0, 1.0],
        vec![1e6, 1.0],
        vec![3.0, 500.0, 20.0, 500.0, 1.0, 77.0],
        vec![200.0, 100.0, 50.0, 10.0],
        vec![200.0, 100.0, 50.0, 50.0],
        vec![400.0, 400.0, 10.0, 10.0],
        TAIL.to_vec(),
        step(5, 5, 50.0),
        step(5, 5, 5.0),
        vec![100.0; 10],
    ];
    for counts in settings {
        for τ in [1e-2, 5e-3, 1e-3, 1e-4, 1e-6] {
            assert_optimal(&counts, τ, false, 3e-14);
            assert_optimal(&counts, τ, true, 3e-14);
        }
    }
}

#[test]
fn a_hundred_classes_are_solved_to_rounding() {
    for (counts, τ) in [(long_tail(100), 1e-3), (long_tail(100), 1e-4), (step(50, 50, 5.0), 1e-4)] {
        assert_optimal(&counts, τ, false, 1e-12);
        assert_optimal(&counts, τ, true, 1e-12);
    }
}

#[test]
fn objectives_are_the_known_ones() {
    let counts = [200.0, 100.0, 50.0, 10.0];
    assert!((solve(&counts, 1e-3, false).objective - 0.150_012_830_734).abs() < 1e-11);
    assert!((solve(&counts, 1e-3, true).objective - 0.129_485_227_375).abs() < 1e-11);
}

#[test]
fn balanced_classes_have_the_closed_form() {
    for (k, n, τ) in [(2, 30.0, 1e-3), (5, 500.0, 2e-3), (10, 100.0, 5e-3), (30, 40.0, 1e-3)] {
        let others = k as f64 - 1.0;
        let β = (1.0 / (f64::sqrt(n) * τ) - others).ln();
        let objective = (others * (-β).exp()).ln_1p() + τ * n.sqrt() * others * β;
        for bias in [false, true] {
            let found = solve(&vec![n; k], τ, bias);
            assert!((found.objective - objective).abs() < 1e-14 * (1.0 + objective), "{k} {n} {τ}");
            for (i, z) in found.logits.iter().enumerate() {
                let own = if i % k == i / k { 1.0 } else { 0.0 };
                assert!((z - β * (own - 1.0 / k as f64)).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn strong_regularisation_leaves_no_logits() {
    // The threshold itself, τ √n K = 1, and a little beyond.
    for τ in [1e-2, 2e-2] {
        for bias in [false, true] {
            let found = solve(&[100.0; 10], τ, bias);
            assert!(found.modes.is_empty() && found.logits.iter().all(|z| *z == 0.0));
            assert!((found.objective - 10f64.ln()).abs() < 1e-14);
        }
    }
    let found = solve(&[300.0, 100.0], 1.0, true);
    assert!((found.bias[0] - found.bias[1] - 3f64.ln()).abs() < 1e-15);
    assert!((found.probabilities[0] - 0.75).abs() < 1e-15);
}

#[test]
fn small_classes_merge() {
    let found = solve(&[400.0, 400.0, 10.0, 10.0], 5e-3, true);
    assert_eq!(found.modes.len(), 2);
    let (third, fourth) = (&found.logits[8..12], &found.logits[12..16]);
    assert!(third.iter().zip(fourth).all(|(x, y)| (x - y).abs() < 1e-13));
}

#[test]
fn the_modes_rebuild_the_logits_and_are_those_of_the_dual() {
    let (counts, τ) = (TAIL, 5e-3);
    let found = solve(&counts, τ, true);
    let (k, samples) = (10, counts.iter().sum::<f64>());
    for c in 0..k {
        for i in 0..k {
            let rebuilt: f64 = found.modes.iter().map(|m| m.singular_value * m.left[i] * m.right[c]).sum();
            assert!((rebuilt - found.logits[c * k + i] * counts[c].sqrt()).abs() < 1e-11);
        }
    }
    for Triple { left, right: v, .. } in &found.modes {
        for (i, u) in left.iter().enumerate() {
            let m = |c: usize| f64::from(u8::from(i == c)) - found.probabilities[c * k + i];
            let image: f64 = (0..k).map(|c| m(c) * counts[c].sqrt() / samples * v[c]).sum();
            assert!((image - τ * u).abs() < 1e-12 * τ);
        }
    }
}

#[test]
fn a_strength_may_be_about_to_vanish() {
    // The ninth strength of these counts appears here.
    let edge = 0.002_120_305_817;
    for part in [-1e-5, -1e-7, -1e-9, 0.0, 1e-9, 1e-7] {
        assert_optimal(&TAIL, edge * (1.0 + part), false, 1e-8);
    }
    let edge = 0.001 * (1.0 - 1e-13);
    assert_optimal(&[1e4; 10], edge, false, 1e-12);
    assert_optimal(&[1e4; 10], edge, true, 1e-12);
}

#[test]
fn the_same_question_has_the_same_answer() {
    let [first, second] = [(); 2].map(|()| solve(&long_tail(30), 1e-3, true));
    assert_eq!(first.logits, second.logits);
    assert_eq!(first.probabilities, second.probabilities);
}

#[test]
fn senseless_input_has_no_answer() {
    assert!(convex(&[], 1e-3, false).is_none());
    assert!(convex(&[1.0, 0.0], 1e-3, false).is_none());
    assert!(convex(&[1.0, f64::NAN], 1e-3, false).is_none());
    assert!(convex(&[1.0, 2.0], 0.0, true).is_none());
}
