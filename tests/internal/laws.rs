//! Laws that hold for every problem: symmetry under permutations, the dimensional law, more width never hurts,
//! and no point of the network's objective lies below the proven optimum.

use crate::case::{Bias, Draft, Loss, Problem, Targets, Terms};
use crate::exact::{Enclosure, Integer, Rational};
use crate::flow::{self, Columns, Limits, Method, Network, Start};
use crate::theory::{Detail, GramDetail, Optimum, Prediction};
use proptest::prelude::*;

fn draft() -> impl Strategy<Value = Draft> {
    let counts = proptest::collection::vec(1u64..60, 1..6);
    let widths = proptest::collection::vec(1u64..7, 1..4);
    (counts, widths, any::<bool>(), 1i64..4000, 1i64..4000).prop_map(|(counts, widths, bias, w, h)| {
        let depth = widths.len();
        let weight = |k: i64| Rational::new(Integer::from(k), Integer::from(100_000));
        Draft {
            counts,
            widths,
            loss: Loss::Mse,
            bias: if bias { Bias::LastLayer } else { Bias::None },
            targets: Targets::OneHot,
            weights: (0..depth).map(|l| weight(w + l as i64)).collect(),
            features: weight(h),
            terms: Terms::default(),
        }
    })
}

fn overlap(a: &Enclosure, b: &Enclosure) -> bool {
    a.lower() <= b.upper() && b.lower() <= a.upper()
}

fn optimum(draft: &Draft) -> Optimum {
    Optimum::of(&Problem::new(draft.clone()).unwrap(), 17)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..Default::default() })]

    #[test]
    fn permuting_classes_permutes_the_answer(draft in draft(), turn in 0usize..6) {
        let detail = Detail { digits: 12, gram: GramDetail::Always };
        let k = draft.counts.len();
        let mut turned = draft.clone();
        turned.counts.rotate_left(turn % k);
        let before = Prediction::of(&Problem::new(draft).unwrap(), detail);
        let after = Prediction::of(&Problem::new(turned).unwrap(), detail);
        prop_assert_eq!(before.optimum.uniqueness, after.optimum.uniqueness);
        prop_assert!(overlap(&before.optimum.objective, &after.optimum.objective));
        prop_assert_eq!(before.gram.is_some(), after.gram.is_some());
        if let (Some(a), Some(b)) = (before.gram, after.gram) {
            for i in 0..k {
                for j in 0..k {
                    let (p, q) = ((i + turn) % k, (j + turn) % k);
                    prop_assert!(overlap(&a.features[p][q], &b.features[i][j]));
                    prop_assert!(overlap(&a.classifier[p][q], &b.classifier[i][j]));
                    prop_assert!(overlap(&a.logits[p][q], &b.logits[i][j]));
                }
            }
        }
    }

    #[test]
    fn more_samples_and_less_regularisation_keep_every_shrinkage(draft in draft(), t in 2u64..50) {
        let mut scaled = draft.clone();
        scaled.counts.iter_mut().for_each(|n| *n *= t);
        scaled.features /= Rational::from(Integer::from(t));
        let (before, after) = (optimum(&draft), optimum(&scaled));
        prop_assert_eq!(before.uniqueness, after.uniqueness);
        prop_assert!(overlap(&before.objective, &after.objective));
        for (a, b) in before.modes.iter().zip(&after.modes) {
            prop_assert_eq!(a.fate, b.fate);
            prop_assert!(overlap(&a.shrinkage().0, &b.shrinkage().0));
        }
    }

    #[test]
    fn more_width_never_raises_the_objective(draft in draft(), layer in 0usize..3, more in 1u64..5) {
        let mut wider = draft.clone();
        let layer = layer % wider.widths.len();
        wider.widths[layer] += more;
        prop_assert!(optimum(&wider).objective.lower() <= optimum(&draft).objective.upper());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..Default::default() })]

    /// L-BFGS from several starts on the network with all its samples: the naive route to the optimum.
    #[test]
    fn no_descent_goes_below_the_proven_objective(draft in draft()) {
        let problem = Problem::new(draft).unwrap();
        let optimum = Optimum::of(&problem, 17);
        let samples: Vec<usize> =
            problem.counts().iter().enumerate().flat_map(|(k, n)| vec![k; *n as usize]).collect();
        let network = Network::of(&problem, Columns::Samples(samples)).unwrap();
        let limits = Limits { evaluations: 300, tolerance: 1e-10, path: false };
        let floor = float(&optimum.objective.lower()) * (1.0 - 1e-12) - 1e-15;
        for seed in 1..=3 {
            let start = Start::Random { seed, std: 0.5 };
            let run = flow::run(&network, &start, Method::Lbfgs, limits, &mut |_| {});
            prop_assert!(run.last.objective >= floor, "{} < {floor}", run.last.objective);
        }
    }
}

fn float(q: &Rational) -> f64 {
    num_traits::ToPrimitive::to_f64(q).unwrap()
}
