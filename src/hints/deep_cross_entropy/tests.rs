//! Known counterexamples, the frames where nothing beats them, and what a candidate promises.

use super::*;
use crate::case::Bias;

fn setting(k: usize, m: usize, n: f64, λ: f64, bias: bool) -> Setting {
    let (factors, bias) = (m + 1, if bias { Bias::LastLayer } else { Bias::None });
    Setting { classes: k, per_class: n, factors, log_weight: factors as f64 * λ.ln(), rank: k, bias }
}

fn search(setting: &Setting) -> Option<Candidate> {
    super::search(setting, &Budget::default())
}

/// The parts agree with each other.
fn consistent(setting: &Setting, found: &Candidate) {
    let strengths: Vec<f64> = found.modes.iter().map(|m| m.singular_value).collect();
    assert!(strengths.windows(2).all(|pair| pair[0] >= pair[1]));
    assert!(strengths.iter().all(|s| *s > 0.0) && strengths.len() <= setting.rank);
    let scaled = sum(&found.modes, setting.classes);
    let f = setting.objective(&scaled, &found.bias, strengths.into_iter());
    assert!((f - found.objective).abs() < 1e-14);
    if found.modes.is_empty() || found.structure == "ETF" {
        return;
    }
    // At rest as a network, hence stationary.
    let network = setting.network(found.modes.len());
    let (modes, bias) = (found.modes.clone(), found.bias.clone());
    let state = flow::Start::Near { seed: 3, modes, bias, noise: 0.0 }.state(&network);
    let mut gradient = vec![0.0; state.len()];
    let cost = flow::Gradient::new(&network).evaluate(&state, &mut gradient);
    assert!((cost - f).abs() < 1e-13);
    let size: f64 = gradient.iter().map(|g| g * g).sum();
    assert!(size < 1e-11 * setting.weight() * f, "{size:e}");
}

fn known(setting: Setting, etf: f64, better: f64) {
    let (_, g) = best_etf(&setting).unwrap();
    assert!((g - etf).abs() < 1e-8, "{g}");
    let found = search(&setting).unwrap();
    consistent(&setting, &found);
    assert!(found.objective < better + 1e-8, "{found:?}");
}

#[test]
fn known_counterexamples() {
    known(setting(4, 3, 1.0, 1e-2, true), 0.15287728, 0.13807187);
    known(setting(4, 3, 1.0, 1e-2, false), 0.15287728, 0.13989875);
    known(setting(6, 2, 1.0, 1e-3, false), 0.03149014, 0.02956847);
    known(setting(10, 2, 5.0, 2f64.powi(-10), false), 0.09066218, 0.08001266);
    known(setting(3, 3, 1.0, 1e-3, true), 0.01198336, 0.01169156);
}

#[test]
fn nothing_beats_the_frame() {
    for (k, m) in [(2, 1), (2, 2), (2, 3), (3, 2)] {
        for (λ, bias) in [(1e-2, true), (1e-3, false), (1e-4, true)] {
            let setting = setting(k, m, 1.0, λ, bias);
            let found = search(&setting).unwrap();
            consistent(&setting, &found);
            let (_, g) = best_etf(&setting).unwrap();
            assert!((found.objective - g).abs() < 1e-9 * g, "{k} {m} {λ} {found:?}");
            assert_eq!(found.structure, "ETF");
        }
    }
}

#[test]
fn something_beats_the_frame() {
    for (m, classes) in [(2, vec![5, 6, 8, 10]), (3, vec![3, 4, 5, 6, 10])] {
        for (k, λ) in classes.into_iter().flat_map(|k| [1e-2, 1e-3, 1e-4].map(|λ| (k, λ))) {
            let setting = setting(k, m, 1.0, λ, true);
            let found = search(&setting).unwrap();
            consistent(&setting, &found);
            assert!(found.objective < 0.985 * best_etf(&setting).unwrap().1, "{k} {m} {λ} {found:?}");
        }
    }
}

#[test]
fn zero_wins_under_a_heavy_weight() {
    let setting = setting(4, 2, 1.0, 1.0, true);
    assert_eq!(best_etf(&setting), None);
    let found = search(&setting).unwrap();
    assert!(found.modes.is_empty() && found.structure == "zero", "{found:?}");
    assert!((found.objective - 4f64.ln()).abs() < 1e-15);
}

#[test]
fn the_rank_is_respected() {
    let mut last = 4f64.ln();
    for rank in 0..=4 {
        let setting = Setting { rank, ..setting(4, 2, 1.0, 1e-2, false) };
        let found = search(&setting).unwrap();
        consistent(&setting, &found);
        assert!(found.objective <= last * (1.0 + 1e-12));
        last = found.objective;
    }
}

#[test]
fn searching_again_finds_the_same() {
    let setting = setting(5, 2, 2.0, 1e-3, true);
    let [a, b] = [(); 2].map(|()| search(&setting).unwrap());
    assert!(a.modes == b.modes && a.bias == b.bias && a.objective == b.objective);
}
