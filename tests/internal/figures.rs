//! Figures: the phase boundary against the exact threshold, cells of maps against the theory.

use crate::case::{Bias, Loss};
use crate::exact::{Enclosure, Integer, Rational, read_rational, ten_to};
use crate::figure::cross_entropy::{Map, phase};
use crate::figure::phase::Diagram;
use crate::theory::Known;
use crate::theory::convex::Facts;
use crate::theory::cross_entropy::{Phase, zero};
use crate::theory::geometry::ClassFate;
use crate::theory::phase::{Step, StepMode};
use crate::theory::{Band, Fate, Law, Optimum, Preference, Uniqueness};
use num_traits::{One, Pow};
use std::cmp::Ordering;

fn q(n: u64) -> Rational {
    Rational::from(Integer::from(n))
}

/// `μ^M (M−1)^{M−1}` against `M^{2M} N^{M+1} λ^{M+1}`: the threshold as the theory states it, in rationals.
fn kept(μ: &Rational, λ: &Rational, samples: u64, depth: u32) -> Ordering {
    let m = q(u64::from(depth));
    let left = Pow::pow(μ, depth) * Pow::pow(&(&m - Rational::one()), depth - 1);
    let right = Pow::pow(&m, 2 * depth) * Pow::pow(&(q(samples) * λ), depth + 1);
    left.cmp(&right)
}

/// What the optimum of a family's member does with a mode: the modes of the program's own spectrum, largest first.
fn fate(optimum: &Optimum, μ: &Rational) -> (Fate, Band) {
    let mode = optimum.modes.iter().find(|m| m.mode.block.target_sq.contains(μ)).unwrap();
    (mode.fate, mode.mode.band)
}

/// Steps of many shapes: `count` of them for a depth, and those at which the diagram itself is computed.
fn steps(depth: usize, count: u64) -> Vec<Step> {
    let shaped = (0..count).map(|i| {
        let minority = 1 + (i * 37) % 211;
        let majority = minority + (i * i * 53) % 9_973;
        let bias = if i % 2 == 0 { Bias::None } else { Bias::LastLayer };
        let classes = 2 + (i % 9) as usize;
        Step { loss: Loss::Mse, classes, minorities: classes / 2, minority, majority, depth, bias }
    });
    let diagram = |bias| Diagram {
        loss: Loss::Mse,
        classes: 4,
        minorities: 2,
        minority: 50,
        ratio: 100,
        depths: vec![depth],
        bias,
    };
    let drawn = [Bias::None, Bias::LastLayer].map(diagram);
    shaped.chain(drawn.iter().flat_map(|d| d.columns(depth))).collect()
}

#[test]
fn the_phase_boundary_lies_on_the_exact_threshold() {
    let hair = ten_to(-24);
    for depth in [1, 2, 3] {
        let (mut points, mut exact) = (0, 0);
        for (number, step) in steps(depth, 900).into_iter().enumerate() {
            let (targets, edges) = (step.targets(), step.edges(96).unwrap());
            let samples = step.problem(&Rational::one()).unwrap().samples();
            assert!(targets.windows(2).all(|pair| pair[0].1 >= pair[1].1));
            // The smallest mode is the boundary of "every class is kept", the largest that of "everything is lost".
            for at in [0, edges.len() - 1] {
                let ((mode, edge), (same, μ)) = (&edges[at], &targets[at]);
                assert_eq!(mode, same);
                // What the theory says, what the program decides, and now and then the whole optimum (not beside the
                // double root, where proving its digits takes a second).
                let decided = |λ: &Rational, whole: bool| -> (Ordering, Band, Preference) {
                    let problem = step.problem(λ).unwrap();
                    let (band, preference) = Law::of(&problem).band(&μ.clone().into()).unwrap();
                    if whole && number % 40 == 0 {
                        let optimum = Optimum::of(&problem, 6);
                        let found = fate(&optimum, μ);
                        let expected = match preference {
                            Preference::Root => Fate::Kept,
                            Preference::Tie => Fate::Tie,
                            Preference::Zero => Fate::Collapsed,
                        };
                        assert_eq!(found, (expected, band), "{step:?} {mode:?}");
                        assert!(preference != Preference::Tie || optimum.uniqueness == Uniqueness::Tie);
                    }
                    (kept(μ, λ, samples, depth as u32), band, preference)
                };
                let just = |edge: &Enclosure| {
                    let (low, high) = (edge.lower(), edge.upper());
                    assert!(&high - &low <= &high * &hair);
                    (low * (Rational::one() - &hair), high * (Rational::one() + &hair))
                };
                let (below, above) = just(&edge.global);
                assert_eq!(
                    decided(&below, true),
                    (Ordering::Greater, Band::Global, Preference::Root),
                    "{step:?} {mode:?}"
                );
                let (side, band, preference) = decided(&above, true);
                assert_eq!((side, preference), (Ordering::Less, Preference::Zero), "{step:?} {mode:?}");
                assert_eq!(band, if depth == 1 { Band::None } else { Band::Metastable });
                points += 1;
                if let Some(λ) = edge.global.exact() {
                    let on = if depth == 1 {
                        (Band::None, Preference::Zero)
                    } else {
                        (Band::Global, Preference::Tie)
                    };
                    assert_eq!(decided(λ, true), (Ordering::Equal, on.0, on.1));
                    exact += 1;
                }
                // The dashed line: below it a local minimum, above it none.
                if depth > 1 {
                    let (inside, beyond) = just(&edge.existence);
                    assert_eq!(
                        (decided(&inside, false).1, decided(&beyond, false).1),
                        (Band::Metastable, Band::None)
                    );
                }
            }
        }
        println!("M = {depth}: {points} points on either side, {exact} exactly on the threshold");
        assert!(points >= 1_000 && exact > 0);
    }
}

/// One layer of cross-entropy: on either side of its boundaries the exact facts of the problem are those of the region.
#[test]
fn minority_classes_merge_and_everything_vanishes_at_the_boundaries() {
    let hair = ten_to(-20);
    let shapes = [(2, 1), (3, 1), (3, 2), (4, 2), (7, 3), (10, 9)];
    let counts = [(1, 1), (7, 7), (100, 433), (100, 434), (3, 5_000)];
    for (classes, minorities) in shapes {
        for (minority, majority) in counts {
            for bias in [Bias::None, Bias::LastLayer] {
                let loss = Loss::CrossEntropy;
                let step = Step { loss, classes, minorities, minority, majority, depth: 1, bias };
                let edges = step.edges(96).unwrap();
                let facts = |λ: &Rational| Facts::of(&step.problem(λ).unwrap(), 64);
                for (i, (mode, edge)) in edges.iter().enumerate() {
                    let λ = &edge.global;
                    let below = facts(&(λ.lower() * (Rational::one() - &hair)));
                    let above = facts(&(λ.upper() * (Rational::one() + &hair)));
                    assert_eq!(below.vanishes, Some(false), "{step:?} {mode:?}");
                    assert_eq!(above.vanishes, Some(i == 0 || majority == minority), "{step:?} {mode:?}");
                    if *mode == StepMode::Minority {
                        let merged = |f: &Facts| matches!(f.fates[classes - 1], ClassFate::Merged(_));
                        assert!(!merged(&below) && (merged(&above) || above.vanishes == Some(true)));
                        let open = |fate: &ClassFate| matches!(fate, ClassFate::Kept | ClassFate::Undecided);
                        assert!(below.fates.iter().all(open), "{step:?}");
                    }
                }
            }
        }
    }
}

/// The rational contrast of the family is the secular root that the spectrum isolates.
#[test]
fn the_contrast_is_the_secular_root() {
    for step in steps(2, 60).into_iter().filter(|s| s.bias == Bias::LastLayer && s.majority > s.minority) {
        let optimum = Optimum::of(&step.problem(&ten_to(-9)).unwrap(), 20);
        let contrast = step.targets().into_iter().find(|(mode, _)| *mode == StepMode::Contrast).unwrap().1;
        let found: Vec<&Enclosure> = optimum.modes.iter().map(|m| &m.mode.block.target_sq).collect();
        assert!(found.iter().any(|μ| μ.exact() == Some(&contrast)), "{step:?}: {contrast} {found:?}");
    }
}

/// Cells whose answer stands in the theory's tables, and where zero is optimal: exactly for one layer, and never where
/// the theory knows a better network.
#[test]
fn cells_say_what_the_theory_says() {
    let map = |bias| Map { classes: vec![], depths: vec![], weights: vec![], per_class: 1, bias };
    let problem =
        |k: usize, m: usize, λ: &str, bias| map(bias).problem(k, m, &read_rational(λ).unwrap()).unwrap();
    let (none, last) = (Bias::None, Bias::LastLayer);
    for (k, m, λ, bias, cell) in [
        (4, 3, "1e-2", last, Phase::Other),
        (6, 2, "1e-3", none, Phase::Other),
        (3, 3, "1e-3", last, Phase::Other),
        (2, 3, "1e-3", none, Phase::Frame),
        // A tree of cells proves it for three classes.
        (3, 2, "1e-3", none, Phase::Frame),
        (5, 2, "2e-5", none, Phase::Open),
        (5, 4, "1", last, Phase::Zero),
        // n λ_W λ_H K² against 1.
        (4, 1, "0.25", none, Phase::Zero),
        (4, 1, "0.2499", none, Phase::Frame),
    ] {
        assert_eq!(phase(&problem(k, m, λ, bias)), cell, "K = {k}, M = {m}, λ = {λ}");
    }
    let (mut optimal, mut open) = (0, 0);
    for (k, m) in [(2, 2), (3, 2), (4, 2), (2, 3), (3, 3), (4, 3), (6, 3)] {
        for λ in ["0.1", "0.2", "0.3", "0.4", "0.6", "1"] {
            let problem = problem(k, m, λ, last);
            let Known::Deep(deep) = Known::of(&problem, 12) else { panic!() };
            let better = |x: &Enclosure| x.upper() < deep.zero.lower();
            let known = deep.best.as_ref().is_some_and(|b| better(&b.objective));
            let frame = deep.simplex.as_ref().is_some_and(|s| better(&s.objective));
            match zero::is_optimal(&problem, 96) {
                true => optimal += usize::from(!known && !frame),
                false => open += 1,
            }
            assert!(!zero::is_optimal(&problem, 96) || !known && !frame, "K = {k}, M = {m}, λ = {λ}");
        }
    }
    assert!(optimal > 10 && open > 10, "{optimal} {open}");
}
