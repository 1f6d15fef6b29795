//! Designs: wishes granted, conflicts named, every answer proven.

use crate::case::{Bias, Draft, Loss, Problem, Targets, Terms};
use crate::design::{
    Answer, Asked, Because, Budget, Factor, Found, Request, Wish, WishMistake, design, within,
};
use crate::exact::{Enclosure, Rational, power, read_rational, whole};
use crate::render::wish::case_file;
use crate::theory::{Detail, Fate, Prediction};
use num_traits::{One, ToPrimitive};
use proptest::prelude::*;

fn q(text: &str) -> Rational {
    read_rational(text).unwrap()
}

fn network(counts: &[u64], depth: usize, bias: Bias) -> Problem {
    with_weights(counts, bias, &vec![Rational::one(); depth + 1])
}

fn with_weights(counts: &[u64], bias: Bias, weights: &[Rational]) -> Problem {
    let draft = Draft {
        counts: counts.to_vec(),
        widths: vec![64; weights.len() - 1],
        loss: Loss::Mse,
        bias,
        targets: Targets::OneHot,
        terms: Terms::default(),
        weights: weights[1..].to_vec(),
        features: weights[0].clone(),
    };
    Problem::new(draft).unwrap()
}

fn asked(wishes: Vec<Wish>) -> Vec<Asked> {
    wishes.into_iter().map(|wish| Asked { wish, words: String::new() }).collect()
}

fn request(problem: &Problem, wishes: Vec<Wish>) -> Request {
    Request::new(problem, asked(wishes), None).unwrap()
}

fn margin(floor: &Rational) -> Wish {
    Wish::Margin { class: None, floor: floor.clone() }
}

fn found(answer: Answer) -> Found {
    match answer {
        Answer::Found(found) => *found,
        other => panic!("{other:?}"),
    }
}

/// The largest product at which every margin reaches the floor, without a bias: theory §2.
fn largest_product(counts: &[u64], depth: u32, floor: &Rational) -> Rational {
    let (m, one) = (whole(depth), Rational::one());
    let (n, smallest) = (whole(counts.iter().sum::<u64>()), whole(*counts.iter().min().unwrap()));
    let scale = power(&smallest, depth) / power(&n, depth + 1);
    let lost = power(&(&m - &one), depth - 1) / power(&m, 2 * depth);
    match *floor > (&m - &one) / &m {
        true => power(&(&one - floor), depth + 1) * power(floor, depth - 1) * scale,
        false => lost * scale,
    }
}

/// What an answer must be, looked at with the prediction alone.
fn grants(found: &Found, wishes: &[Wish]) {
    let problem = &found.prediction.problem;
    let prediction = Prediction::of(problem, Detail { digits: 30, ..Detail::default() });
    assert!(prediction.optimum.modes.iter().all(|m| m.fate == Fate::Kept));
    let at_most = |x: &Enclosure, cap: &Rational| assert!(x.lower() <= *cap, "{x:?} {cap}");
    for row in &prediction.classes {
        let measures = row.measures.as_ref().unwrap();
        for wish in wishes {
            let mine = |class: &Option<usize>| class.is_none_or(|k| row.classes.contains(&k));
            match wish {
                Wish::Margin { class, floor } if mine(class) => {
                    assert!(measures.logit.as_ref().unwrap().upper() >= *floor)
                }
                Wish::FeatureNorm { class, cap } if mine(class) => at_most(&measures.feature_norm, cap),
                Wish::ClassifierNorm { class, cap } if mine(class) => {
                    at_most(measures.classifier_norm.as_ref().unwrap(), cap)
                }
                Wish::FactorNorm { factor, cap } => {
                    let λ = if factor.0 == 0 { problem.features() } else { &problem.weights()[factor.0 - 1] };
                    let energy = prediction.optimum.energy.as_ref().unwrap();
                    at_most(&energy.over(λ), &(cap * cap));
                }
                Wish::Fixed { factor, weight } => {
                    let λ = if factor.0 == 0 { problem.features() } else { &problem.weights()[factor.0 - 1] };
                    assert_eq!(λ, weight);
                }
                _ => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_product_is_the_largest_up_to_its_rounding(
        counts in prop::collection::vec(1u64..100_000, 1..7),
        depth in 1u32..9,
        floor in 1u64..1_000_000,
    ) {
        let floor = whole(floor) / whole(1_000_000);
        let known = largest_product(&counts, depth, &floor);
        let wishes = vec![margin(&floor)];
        let found = found(design(&request(&network(&counts, depth as usize, Bias::None), wishes.clone())));
        grants(&found, &wishes);
        let product = found.prediction.problem.regularization_product();
        prop_assert!(product <= known, "{} {}", product, known);
        prop_assert!(product >= &known * q("0.999"), "{}", (product / &known).to_f64().unwrap());
        let ceiling = found.ceiling.unwrap().product;
        prop_assert!(ceiling > known && ceiling < known * q("1.001"));
        // Nothing tells the factors apart.
        prop_assert!(found.prediction.problem.weights().iter().all(|λ| λ == found.prediction.problem.features()));
    }

    /// Starved of digits and of tries, an answer is open or lacks its ceiling, never wrong.
    #[test]
    fn a_starved_answer_is_open_never_wrong(
        counts in prop::collection::vec(1u64..1_000, 1..5),
        depth in 1usize..4,
        (floor, cap) in (1u64..1_000, 1u64..50_000),
        biased in any::<bool>(),
        (digits, tries) in (0i64..3, 0usize..3),
    ) {
        let bias = if biased && counts.len() > 1 { Bias::LastLayer } else { Bias::None };
        let (floor, cap) = (whole(floor) / whole(1_000), whole(cap) / whole(1_000));
        let wishes =
            vec![margin(&floor), Wish::FeatureNorm { class: None, cap: cap.clone() }, Wish::ClassifierNorm { class: None, cap }];
        let request = request(&network(&counts, depth, bias), wishes.clone());
        let full = design(&request);
        match within(&request, Budget { digits, tries }) {
            Answer::Found(found) => {
                grants(&found, &wishes);
                prop_assert!(!matches!(full, Answer::Conflict(_)));
            }
            Answer::Conflict(_) => prop_assert!(!matches!(full, Answer::Found(_))),
            Answer::Open(_) => {}
        }
    }

    #[test]
    fn with_a_bias_the_answer_is_proved_and_close_to_its_ceiling(
        counts in prop::collection::vec(1u64..1_000, 2..6),
        depth in 1usize..5,
        floor in 1u64..1_000,
    ) {
        let floor = whole(floor) / whole(1_000);
        let wishes = vec![margin(&floor)];
        let found = found(design(&request(&network(&counts, depth, Bias::LastLayer), wishes.clone())));
        grants(&found, &wishes);
        let product = found.prediction.problem.regularization_product();
        prop_assert!(product >= found.ceiling.unwrap().product * q("0.998"));
    }

    /// Caps and floors that some weights meet with a little to spare are met; caps on all factors that are too small
    /// at the largest product are refused, by a conflict that no wish can leave.
    #[test]
    fn caps_are_met_or_refused(
        counts in prop::collection::vec(1u64..1_000, 2..5),
        weights in prop::collection::vec(1u64..1_000, 2..5),
        biased in any::<bool>(),
        whole_factors in any::<bool>(),
    ) {
        let bias = if biased { Bias::LastLayer } else { Bias::None };
        let depth = weights.len() - 1;
        let total: u64 = counts.iter().sum();
        let weights: Vec<Rational> = weights.iter().map(|λ| whole(*λ) / whole(1_000_000 * total)).collect();
        let prediction = Prediction::of(&with_weights(&counts, bias, &weights), Detail::default());
        prop_assume!(prediction.optimum.modes.iter().all(|m| m.fate == Fate::Kept));
        let rows: Vec<_> = prediction.classes.iter().map(|row| row.measures.clone().unwrap()).collect();
        let energy = prediction.optimum.energy.clone().unwrap();
        let norm = |j: usize| energy.over(&weights[j]).sqrt(64).upper();
        let features = rows.iter().map(|m| m.feature_norm.upper()).max().unwrap();
        let classifier = rows.iter().map(|m| m.classifier_norm.as_ref().unwrap().upper()).max().unwrap();
        let floor = rows.iter().map(|m| m.logit.as_ref().unwrap().lower()).min().unwrap();
        let caps = |scale: &Rational| -> Vec<Wish> {
            (0..=depth).map(|j| match j {
                0 if !whole_factors => Wish::FeatureNorm { class: None, cap: &features * scale },
                j if j == depth && !whole_factors => {
                    Wish::ClassifierNorm { class: None, cap: &classifier * scale }
                }
                j => Wish::FactorNorm { factor: Factor(j), cap: norm(j) * scale },
            }).collect()
        };
        let problem = network(&counts, depth, bias);
        let mut wishes = vec![margin(&(floor * q("0.9999")))];
        wishes.extend(caps(&q("1.0001")));
        let found = found(design(&request(&problem, wishes.clone())));
        grants(&found, &wishes);
        // A millionth of each norm asks for far more product than keeps the classes.
        let wishes = caps(&q("1e-6"));
        let all = request(&problem, wishes.clone());
        let Answer::Conflict(conflict) = design(&all) else {
            // One layer near its threshold: the smallest class's norms vanish there, and with equal counts all do.
            prop_assert!(depth == 1, "{:?}", design(&all));
            return Ok(());
        };
        prop_assert_eq!(&conflict.wishes, &(0..=depth + 1).collect::<Vec<_>>());
        for left_out in 0..wishes.len() {
            let mut fewer = wishes.clone();
            fewer.remove(left_out);
            let answer = design(&request(&problem, fewer.clone()));
            prop_assert!(matches!(answer, Answer::Found(_)), "{answer:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Wishes that known weights grant, some of which are fixed: never called a conflict, and met.
    #[test]
    fn what_some_weights_grant_is_no_conflict(
        counts in prop::collection::vec(1u64..1_000, 2..5),
        weights in prop::collection::vec((1u64..1_000, any::<bool>(), any::<bool>()), 2..5),
        biased in any::<bool>(),
        near in prop::option::of(1u64..1_000),
    ) {
        let bias = if biased { Bias::LastLayer } else { Bias::None };
        let depth = weights.len() - 1;
        let total: u64 = counts.iter().sum();
        let λ: Vec<Rational> = weights.iter().map(|w| whole(w.0) / whole(1_000 * total)).collect();
        let prediction = Prediction::of(&with_weights(&counts, bias, &λ), Detail::default());
        prop_assume!(prediction.optimum.modes.iter().all(|m| m.fate == Fate::Kept));
        let margins = prediction.classes.iter().map(|row| row.measures.as_ref().unwrap().logit.as_ref().unwrap().lower());
        let mut wishes = vec![margin(&(margins.min().unwrap() * q("0.999")))];
        let energy = prediction.optimum.energy.clone().unwrap();
        for (j, (_, fixed, capped)) in weights.iter().enumerate() {
            if *fixed {
                wishes.push(Wish::Fixed { factor: Factor(j), weight: λ[j].clone() });
            }
            if *capped {
                let cap = energy.over(&λ[j]).sqrt(64).upper() * q("1.001");
                wishes.push(Wish::FactorNorm { factor: Factor(j), cap });
            }
        }
        let near = near.map(|w| (0..=depth).map(|j| (Factor(j), whole(w) / whole(1_000 * total))).collect());
        let problem = network(&counts, depth, bias);
        let answer = design(&Request::new(&problem, asked(wishes.clone()), near).unwrap());
        match answer {
            Answer::Found(found) => grants(&found, &wishes),
            Answer::Conflict(conflict) => prop_assert!(false, "{conflict:?}"),
            Answer::Open(_) => prop_assert!(depth == 1, "open"),
        }
    }
}

#[test]
fn the_example_is_within_a_thousandth() {
    let counts = [200, 100, 50, 10];
    let wishes = vec![margin(&q("0.9"))];
    let found = found(design(&request(&network(&counts, 2, Bias::None), wishes.clone())));
    grants(&found, &wishes);
    // (1 − u)³ u μ²/N³ at u = 0.9, μ = 10, N = 360.
    let known = q("0.09") / power(&whole(360), 3);
    assert_eq!(known, largest_product(&counts, 2, &q("0.9")));
    let product = found.prediction.problem.regularization_product();
    assert!(product <= known && product >= known * q("0.999"));
}

#[test]
fn exact_weights_are_found_exactly() {
    // One layer, equal counts: u = 1 − √(λ_W λ_H N²/n) = 0.98 at λ = 5e-4.
    let found = found(design(&request(&network(&[100; 4], 1, Bias::None), vec![margin(&q("0.98"))])));
    assert_eq!(found.prediction.problem.features(), &q("5e-4"));
    assert_eq!(found.prediction.problem.weights(), &[q("5e-4")]);
}

#[test]
fn the_least_change_is_the_distance_to_the_ceiling() {
    let counts = [200, 100, 50, 10];
    let near = [q("1e-2"), q("2e-3"), q("3e-3")];
    let given = near.iter().cloned().enumerate().map(|(j, λ)| (Factor(j), λ)).collect();
    let wishes = vec![margin(&q("0.9"))];
    let problem = network(&counts, 2, Bias::None);
    let request = Request::new(&problem, asked(wishes.clone()), Some(given)).unwrap();
    let found = found(design(&request));
    grants(&found, &wishes);
    let change: f64 =
        found.weights().zip(&near).map(|((_, λ), near)| (λ / near).to_f64().unwrap().ln().abs()).sum();
    let before = near.iter().fold(Rational::one(), |p, λ| p * λ);
    let least = (before / largest_product(&counts, 2, &q("0.9"))).to_f64().unwrap().ln();
    assert!(change >= least - 1e-12 && change <= least + 2e-3, "{change} {least}");
    // Weights that meet the wishes stay as they are.
    let good: Vec<(Factor, Rational)> = (0..3).map(|j| (Factor(j), q("1e-4"))).collect();
    let kept = design(&Request::new(&problem, asked(wishes), Some(good)).unwrap());
    assert!(self::found(kept).weights().all(|(_, λ)| *λ == q("1e-4")));
}

#[test]
fn caps_move_the_nearest_weights_too() {
    // The cap on the features forces λ_H up; the product may not grow, so the others fall by as much.
    let problem = network(&[200, 100, 50, 10], 2, Bias::None);
    let start = found(design(&request(&problem, vec![margin(&q("0.9"))])));
    let near: Vec<(Factor, Rational)> = start.weights().map(|(f, λ)| (f, λ.clone())).collect();
    let wishes = vec![margin(&q("0.9")), Wish::FeatureNorm { class: None, cap: q("0.3") }];
    let moved = found(design(&Request::new(&problem, asked(wishes.clone()), Some(near.clone())).unwrap()));
    grants(&moved, &wishes);
    let weights: Vec<&Rational> = moved.weights().map(|(_, λ)| λ).collect();
    assert!(*weights[0] > near[0].1 && *weights[1] < near[1].1 && *weights[2] < near[2].1, "{weights:?}");
}

fn conflict(problem: &Problem, wishes: Vec<Wish>) -> (Vec<usize>, Because) {
    match design(&request(problem, wishes)) {
        Answer::Conflict(conflict) => (conflict.wishes, conflict.because),
        other => panic!("{other:?}"),
    }
}

#[test]
fn infeasible_requests_are_named() {
    let problem = network(&[200, 100, 50, 10], 2, Bias::None);
    // A margin of one. (The wish at place 0 is that no class is lost.)
    let (wishes, because) = conflict(&problem, vec![margin(&q("0.5")), margin(&Rational::one())]);
    assert!(wishes == [2] && matches!(because, Because::MarginOfOne));
    // A width below the number of classes.
    for (bias, fits) in [(Bias::None, false), (Bias::LastLayer, true)] {
        let narrow = Problem::new(Draft {
            counts: problem.counts().to_vec(),
            widths: vec![64, 3],
            loss: Loss::Mse,
            bias,
            targets: Targets::OneHot,
            terms: Terms::default(),
            weights: vec![Rational::one(); 2],
            features: Rational::one(),
        })
        .unwrap();
        match design(&request(&narrow, vec![margin(&q("0.5"))])) {
            Answer::Conflict(c) => {
                assert!(!fits && c.wishes == [0]);
                assert!(matches!(c.because, Because::Width { layer: 2, width: 3, needed: 4 }));
            }
            answer => assert!(fits && matches!(answer, Answer::Found(_))),
        }
    }
    // Fixed weights too large for no collapse; the margin is not to blame.
    let fixed = |weight: &str| -> Vec<Wish> {
        (0..3).map(|j| Wish::Fixed { factor: Factor(j), weight: q(weight) }).collect()
    };
    let with =
        |wish: Wish, weight: &str| -> Vec<Wish> { std::iter::once(wish).chain(fixed(weight)).collect() };
    let (wishes, because) = conflict(&problem, with(margin(&q("0.9")), "0.01"));
    assert_eq!(wishes, [0, 2, 3, 4]);
    assert!(matches!(because, Because::Given { wish: 0, .. }));
    // Fixed weights that keep every class, but one margin too small.
    let (wishes, because) =
        conflict(&problem, with(Wish::Margin { class: Some(3), floor: q("0.9") }, "0.0015"));
    assert_eq!(wishes, [1, 2, 3, 4]);
    let Because::Given { wish: 1, failure } = because else { panic!("{because:?}") };
    assert_eq!(failure.class, Some(3));
    assert!(failure.value.unwrap().upper() < q("0.9"));
    // A margin against caps on all factors; the fourth cap, far away, is not named.
    let caps = vec![
        margin(&q("0.9")),
        Wish::FeatureNorm { class: None, cap: q("1000") },
        Wish::FeatureNorm { class: Some(3), cap: q("0.4") },
        Wish::FactorNorm { factor: Factor(1), cap: q("3.9") },
        Wish::ClassifierNorm { class: None, cap: q("2.3") },
    ];
    let (wishes, because) = conflict(&problem, caps.clone());
    assert_eq!(wishes, [1, 3, 4, 5]);
    let Because::Split { excess, ceiling, factors } = because else { panic!("{because:?}") };
    assert!(excess > Rational::one() && ceiling.wish == 1 && factors.len() == 3);
    for left_out in [0, 2, 3, 4] {
        let mut fewer = caps.clone();
        fewer.remove(left_out);
        assert!(matches!(design(&request(&problem, fewer)), Answer::Found(_)), "{left_out}");
    }
    // Two weights fixed, the third too small for its cap.
    let tight = vec![
        margin(&q("0.9")),
        Wish::Fixed { factor: Factor(0), weight: q("0.01") },
        Wish::Fixed { factor: Factor(1), weight: q("0.01") },
        Wish::FactorNorm { factor: Factor(2), cap: q("20") },
    ];
    assert_eq!(conflict(&problem, tight).0, [1, 2, 3, 4]);
}

#[test]
fn a_cap_on_a_fixed_weight_bounds_the_product() {
    let problem = network(&[200, 100, 50, 10], 2, Bias::None);
    let wishes = vec![
        Wish::Fixed { factor: Factor(0), weight: q("1e-3") },
        Wish::FeatureNorm { class: None, cap: q("0.4") },
    ];
    let found = found(design(&request(&problem, wishes.clone())));
    grants(&found, &wishes);
    let ceiling = found.ceiling.unwrap();
    assert_eq!(ceiling.wish, 2);
    assert!(found.prediction.problem.regularization_product() >= ceiling.product * q("0.998"));
}

#[test]
fn bad_requests_are_refused() {
    let problem = network(&[20, 10], 2, Bias::None);
    let refused = |wish: Wish| Request::new(&problem, asked(vec![wish]), None).unwrap_err();
    assert!(matches!(
        refused(Wish::Margin { class: Some(2), floor: q("0.5") }),
        WishMistake::NoSuchClass { class: 2, classes: 2, .. }
    ));
    assert!(matches!(
        refused(Wish::FactorNorm { factor: Factor(3), cap: q("1") }),
        WishMistake::NoSuchFactor { depth: 2, .. }
    ));
    assert!(matches!(refused(margin(&q("0"))), WishMistake::NotPositive { .. }));
    let twice = vec![Wish::Fixed { factor: Factor(1), weight: q("1") }; 2];
    assert!(matches!(
        Request::new(&problem, asked(twice), None).unwrap_err(),
        WishMistake::FixedTwice { factor: Factor(1), .. }
    ));
    let near = Some(vec![(Factor(0), q("1"))]);
    assert!(matches!(
        Request::new(&problem, Vec::new(), near).unwrap_err(),
        WishMistake::NearIncomplete { factor: Factor(1) }
    ));
    assert_eq!(
        Request::new(&network(&[5], 1, Bias::LastLayer), Vec::new(), None).unwrap_err(),
        WishMistake::NothingToKeep
    );
}

#[test]
fn huge_and_tiny_numbers_are_designed_for() {
    let rows = [
        (vec![1_000_000_000_000, 1], 1, "1e-300"),
        (vec![1; 5], 64, "0.999999"),
        (vec![1_000_000_000_000, 999_999_999_999, 3], 3, "0.5"),
        (vec![7, 5], 2, "0.999999999999999999999999999999999999"),
    ];
    for (counts, depth, floor) in rows {
        let problem = network(&counts, depth, Bias::None);
        let wishes = vec![margin(&q(floor))];
        let answer = design(&request(&problem, wishes.clone()));
        let found = found(answer);
        grants(&found, &wishes);
        let known = largest_product(&counts, depth as u32, &q(floor));
        assert!(found.prediction.problem.regularization_product() >= known * q("0.999"));
        assert!(case_file(&request(&problem, wishes), &found).contains("[regularization]"));
    }
}
