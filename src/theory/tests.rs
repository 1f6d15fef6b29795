//! Known values of the optimum (docs/theory.md, section 6) and laws that hold for every problem.

use super::landscape::{Landscape, Nature};
use super::{Budget, ClassFate, Fate, Optimum, Uniqueness, geometry};
use crate::case::{Bias, Draft, Loss, Problem, Targets, Terms};
use crate::exact::{Enclosure, Rational, decimal, read_rational, whole};
use proptest::prelude::*;

fn problem(counts: &[u64], widths: &[u64], λ: &str, bias: Bias) -> Problem {
    let λ = read_rational(λ).unwrap();
    Problem::new(Draft {
        counts: counts.to_vec(),
        widths: widths.to_vec(),
        loss: Loss::Mse,
        bias,
        targets: Targets::OneHot,
        weights: vec![λ.clone(); widths.len()],
        features: λ,
        terms: Terms::default(),
    })
    .unwrap()
}

fn with_targets(problem: &Problem, columns: Vec<Vec<Rational>>) -> Problem {
    Problem::new(Draft { targets: Targets::Columns(columns), ..problem.draft() }).unwrap()
}

fn unit_columns(k: usize) -> Vec<Vec<Rational>> {
    let entry = |i: usize, j: usize| whole(u8::from(i == j));
    (0..k).map(|j| (0..k).map(|i| entry(i, j)).collect()).collect()
}

#[test]
fn known_objectives() {
    let dang = [200, 100, 50, 50];
    let stairs = [100, 100, 200, 200, 300, 300, 400, 400, 500, 500];
    let mut steps = vec![1500];
    steps.extend([600; 5]);
    steps.extend([50; 20]);
    let rows: [(&[u64], &str, usize, Bias, &str); 10] = [
        (&dang, "5e-4", 1, Bias::None, "0.018942135624"),
        (&dang, "5e-4", 2, Bias::None, "0.013346614046"),
        (&dang, "5e-4", 2, Bias::LastLayer, "0.009737912653"),
        (&dang, "5e-4", 3, Bias::None, "0.012218400372"),
        (&dang, "5e-4", 6, Bias::None, "0.013220353373"),
        (&[100; 4], "5e-4", 1, Bias::None, "0.0198"),
        (&[100; 4], "5e-4", 1, Bias::LastLayer, "0.01485"),
        (&stairs, "1e-5", 3, Bias::None, "0.000811323670"),
        (&steps, "1e-5", 3, Bias::None, "0.001682206769"),
        (&[40; 3], "1e-2", 5, Bias::None, "0.164837872724478"),
    ];
    for (counts, λ, depth, bias, expected) in rows {
        let optimum = Optimum::of(&problem(counts, &vec![64; depth], λ, bias), 17);
        let digits = expected.trim_start_matches(['0', '.']).len();
        let printed = decimal(&optimum.objective, digits);
        let difference = read_rational(&printed).unwrap() - read_rational(expected).unwrap();
        let unit = crate::exact::ten_to(-(expected.len() as i64 - 2));
        assert!(num_traits::Signed::abs(&difference) <= unit, "{counts:?} {depth}: {printed} {expected}");
        assert_eq!(optimum.uniqueness, Uniqueness::Unique);
    }
}

#[test]
fn metastable_modes_are_lost() {
    let optimum = Optimum::of(&problem(&[200, 100, 50, 50], &[64, 64], "0.015", Bias::None), 17);
    assert_eq!(decimal(&optimum.objective, 6), "0.341917");
    let fates: Vec<Fate> = optimum.modes.iter().map(|m| m.fate).collect();
    assert_eq!(fates, [Fate::Kept, Fate::Kept, Fate::Collapsed]);
}

fn overlap(a: &Enclosure, b: &Enclosure) -> bool {
    a.lower() <= b.upper() && b.lower() <= a.upper()
}

#[test]
fn one_hot_targets_as_a_matrix_agree_with_the_closed_forms() {
    for (counts, bias, depth) in [
        (vec![200, 100, 50, 50], Bias::None, 2),
        (vec![200, 100, 50, 50], Bias::LastLayer, 3),
        (vec![7, 7, 7], Bias::LastLayer, 1),
        (vec![1_000_000, 3, 2, 1, 1], Bias::LastLayer, 2),
        (vec![9, 8, 7, 6, 5, 4, 3, 2], Bias::LastLayer, 2),
    ] {
        let plain = problem(&counts, &vec![10; depth], "1e-4", bias);
        let dense = with_targets(&plain, unit_columns(counts.len()));
        let (a, b) = (Optimum::of(&plain, 17), Optimum::of(&dense, 17));
        assert!(overlap(&a.objective, &b.objective), "{counts:?}");
        assert_eq!(a.modes.len(), b.modes.len(), "{counts:?}");
        for (x, y) in a.modes.iter().zip(&b.modes) {
            assert_eq!(x.mode.block.multiplicity, y.mode.block.multiplicity);
            assert!(overlap(&x.mode.block.target_sq, &y.mode.block.target_sq));
            assert_eq!(x.mode.block.target_sq.exact(), y.mode.block.target_sq.exact());
            assert_eq!(x.fate, y.fate);
        }
        let (g, h) = (geometry::gram(&plain, &a).unwrap(), geometry::gram(&dense, &b).unwrap());
        for (x, y) in [(&g.features, &h.features), (&g.classifier, &h.classifier), (&g.logits, &h.logits)] {
            for (x, y) in x.iter().flatten().zip(y.iter().flatten()) {
                assert!(overlap(x, y), "{counts:?} {} {}", decimal(x, 20), decimal(y, 20));
                assert!(
                    y.width() < crate::exact::ten_to(-20),
                    "{counts:?} {}",
                    decimal(&y.width().into(), 3)
                );
            }
        }
    }
}

/// Columns with one huge entry: floats see one eigenvalue and nothing of the others, which stand `10^60` below it.
/// The work is counted in bits, of which an undecided answer would have used all.
#[test]
fn targets_of_very_different_sizes_are_told_apart() {
    for (entry, most) in [("123456789", 250), ("1e30", 500)] {
        let mut columns: Vec<Vec<Rational>> =
            [[3, -1, 2, 0, 1], [1, 4, -1, 2, 0], [0, 2, 5, -2, 1], [2, 0, 1, 3, -1], [1, 1, 0, 2, 6]]
                .map(|column| column.map(whole).to_vec())
                .to_vec();
        columns[1][2] = read_rational(entry).unwrap();
        let problem = with_targets(&problem(&[5, 4, 3, 2, 1], &[5, 5], "1e-9", Bias::None), columns);
        let optimum = Optimum::of(&problem, 17);
        assert!(optimum.bits <= most, "{entry}: {} bits", optimum.bits);
        assert!(optimum.modes.len() == 5 && optimum.modes.iter().all(|m| m.mode.is_proven_equal()));
        assert_ne!(optimum.uniqueness, Uniqueness::Undecided);
    }
}

/// The first precision settles 64 random columns.
#[test]
fn many_random_targets_need_one_attempt() {
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        whole(i64::from((state >> 40) as i32 % 2001) - 1000) / whole(1000)
    };
    let columns: Vec<Vec<Rational>> = (0..64).map(|_| (0..64).map(|_| random()).collect()).collect();
    let problem = with_targets(&problem(&[7; 64], &[64], "1e-6", Bias::None), columns);
    let optimum = Optimum::of(&problem, 17);
    assert_eq!(optimum.bits, super::Budget::of(21).first_bits);
    assert_eq!(optimum.modes.len(), 64);
}

/// Whether what a starved budget found agrees with the truth: undecided, or the same.
fn agrees(starved: &Optimum, full: &Optimum) -> Result<(), TestCaseError> {
    prop_assert!(overlap(&starved.objective, &full.objective));
    if starved.uniqueness == Uniqueness::Undecided || full.uniqueness == Uniqueness::Undecided {
        return Ok(());
    }
    prop_assert_eq!(starved.uniqueness, full.uniqueness);
    prop_assert_eq!(starved.rank(), full.rank());
    if let (Some(x), Some(y)) = (&starved.energy, &full.energy) {
        prop_assert!(overlap(x, y));
    }
    if starved.modes.len() == full.modes.len() {
        for (x, y) in starved.modes.iter().zip(&full.modes) {
            prop_assert_eq!((x.fate, x.kept), (y.fate, y.kept));
            prop_assert!(overlap(&x.mode.block.target_sq, &y.mode.block.target_sq));
            prop_assert!(overlap(&x.shrinkage().0, &y.shrinkage().0));
        }
    }
    Ok(())
}

/// `c = Λ N³/μ² = 27/256` is the largest coefficient of two layers, where both roots are `1/4`; the objective there is
/// `μ (1 − u)(1 + 2u)/(2N) = 9/16` (docs/theory.md, section 2), that of zero 1/2.
#[test]
fn double_roots_are_critical_points() {
    let q = |text: &str| read_rational(text).unwrap();
    let weights = Draft {
        weights: vec![q("3/8"); 2],
        features: q("3/4"),
        ..problem(&[1], &[1, 1], "1", Bias::None).draft()
    };
    let problem = Problem::new(weights).unwrap();
    let optimum = Optimum::of(&problem, 17);
    let landscape = Landscape::of(&problem, &optimum);
    let levels = landscape.levels(10).unwrap();
    let found: Vec<_> = levels
        .iter()
        .map(|level| (landscape.name(&level.choices), level.objective.exact().cloned(), level.nature))
        .collect();
    let expected = [
        ("1".to_owned(), Some(q("9/16")), Nature::Saddle),
        ("zero".to_owned(), Some(q("1/2")), Nature::Global),
    ];
    assert_eq!(found, expected);
    assert_eq!(landscape.count(), Some(2.into()));
    assert!(landscape.named("1").is_ok() && landscape.named("1-").is_err());
    let point = landscape.point(&landscape.named("1").unwrap()).unwrap();
    assert_eq!(point.modes[0].shrinkage().0.exact(), Some(&q("1/4")));
    // One hair beside the bound there are two roots or none.
    for (features, count) in [("0.75000001", 1), ("0.74999999", 3)] {
        let problem = Problem::new(Draft { features: q(features), ..problem.draft() }).unwrap();
        let optimum = Optimum::of(&problem, 17);
        assert_eq!(Landscape::of(&problem, &optimum).count(), Some(count.into()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Starved of precision or of iterations, an optimum is undecided, never wrong.
    #[test]
    fn a_starved_optimum_is_undecided_never_wrong(
        counts in prop::collection::vec(prop_oneof![1u64..9, 1u64..1_000], 1..7),
        widths in prop::collection::vec(1u64..8, 1..4),
        (m, e) in (1u64..1_000, 2i32..7),
        bias in prop::sample::select(Bias::ALL.to_vec()),
        columns in prop::option::of(prop::collection::vec(prop::collection::vec(-3i32..4, 7), 7)),
        bits in prop::sample::select(vec![1u32, 2, 4, 8, 16, 24, 40, 64]),
        iterations in 0usize..4,
    ) {
        let plain = problem(&counts, &widths, &format!("{m}e-{e}"), bias);
        let k = counts.len();
        let problem = match columns {
            Some(all) => with_targets(
                &plain,
                all[..k].iter().map(|c| c[..k].iter().map(|x| whole(*x)).collect()).collect(),
            ),
            None => plain,
        };
        let full = Optimum::of(&problem, 17);
        let budget = Budget { first_bits: bits, last_bits: bits, iterations };
        let starved = Optimum::within(&problem, 17, budget);
        agrees(&starved, &full)?;
        for (x, y) in
            geometry::class_rows(&problem, &starved).iter().zip(geometry::class_rows(&problem, &full))
        {
            if x.fate != ClassFate::Undecided && y.fate != ClassFate::Undecided {
                prop_assert_eq!(&x.fate, &y.fate);
            }
            if let (Some(x), Some(y)) = (&x.measures, &y.measures) {
                prop_assert!(overlap(x.logit.as_ref().unwrap(), y.logit.as_ref().unwrap()));
                prop_assert!(overlap(&x.feature_norm, &y.feature_norm));
                prop_assert!(overlap(x.classifier_norm.as_ref().unwrap(), y.classifier_norm.as_ref().unwrap()));
            }
        }
    }
}
