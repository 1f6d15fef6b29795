//! Predictions against reference values from another program (see tests/reference/README.md).

use crate::case::{Bias, Case, Draft, Loss, Problem, Targets, Terms, Training};
use crate::exact::{Enclosure, Rational, read_rational, ten_to};
use crate::study::Study;
use crate::theory::{Detail, Known, Prediction, Uniqueness};
use crate::verdict::Plan;
use num_traits::{Signed, ToPrimitive};
use rayon::prelude::*;
use serde_json::Value;

fn rational(value: &Value) -> Rational {
    read_rational(value.as_str().unwrap()).unwrap()
}

fn problem(row: &Value) -> Problem {
    let whole =
        |key: &str| row[key].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect::<Vec<_>>();
    let numbers = |v: &Value| v.as_array().unwrap().iter().map(rational).collect::<Vec<_>>();
    Problem::new(Draft {
        counts: whole("counts"),
        widths: whole("widths"),
        loss: Loss::Mse,
        bias: if row["bias"] == "none" { Bias::None } else { Bias::LastLayer },
        targets: match row["targets"].as_array() {
            Some(columns) => Targets::Columns(columns.iter().map(numbers).collect()),
            None => Targets::OneHot,
        },
        weights: numbers(&row["weights"]),
        features: rational(&row["features"]),
        terms: Terms::default(),
    })
    .unwrap()
}

/// The reference lies within its own last digits of the enclosure.
fn assert_holds(found: &Enclosure, reference: &Rational, what: &str) {
    let slack = (reference.abs() + Rational::from_integer(1.into())) * ten_to(-36);
    assert!(found.lower() <= reference + &slack && reference - &slack <= found.upper(), "{what}");
    assert!(
        found.width() <= ten_to(-20) * (reference.abs() + Rational::from_integer(1.into())),
        "{what} is wide"
    );
}

#[test]
fn predictions_enclose_the_reference_values() {
    let rows: Value = serde_json::from_str(include_str!("../reference/problems.json")).unwrap();
    let mut unique = 0;
    for (i, row) in rows.as_array().unwrap().iter().enumerate() {
        let prediction = Prediction::of(&problem(row), Detail::default());
        let optimum = &prediction.optimum;
        assert_ne!(optimum.uniqueness, Uniqueness::Undecided, "problem {i}");
        assert_holds(&optimum.objective, &rational(&row["objective"]), &format!("objective of problem {i}"));
        let (targets, shrinkages) =
            (row["targets_sq"].as_array().unwrap(), row["shrinkage"].as_array().unwrap());
        let mut at = 0;
        for m in &optimum.modes {
            for copy in 0..m.mode.block.multiplicity {
                assert_holds(
                    &m.mode.block.target_sq,
                    &rational(&targets[at]),
                    &format!("μ {at} of problem {i}"),
                );
                let u = if copy < m.kept { m.shrinkage().0 } else { Enclosure::zero() };
                assert_holds(&u, &rational(&shrinkages[at]), &format!("u {at} of problem {i}"));
                at += 1;
            }
        }
        assert!(targets[at..].iter().all(|t| rational(t) < ten_to(-30)), "zero targets of problem {i}");
        let Some(reference) = row.get("gram").filter(|_| optimum.is_determined()) else { continue };
        unique += 1;
        let gram = prediction.gram.as_ref().unwrap();
        for (name, m) in
            [("features", &gram.features), ("classifier", &gram.classifier), ("logits", &gram.logits)]
        {
            for (found, expected) in m
                .iter()
                .flatten()
                .zip(reference[name].as_array().unwrap().iter().flat_map(|r| r.as_array().unwrap()))
            {
                assert_holds(found, &rational(expected), &format!("{name} of problem {i}"));
            }
        }
    }
    assert!(unique > 40, "{unique} unique optima with Gram matrices");
}

/// Targets of any shape, against the singular values of the target matrix itself (tests/reference/rectangular.py).
#[test]
fn rectangular_targets_have_the_singular_values_of_their_matrix() {
    let rows: Value = serde_json::from_str(include_str!("../reference/rectangular.json")).unwrap();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 120);
    for (i, row) in rows.iter().enumerate() {
        let prediction = Prediction::of(&problem(row), Detail::default());
        let optimum = &prediction.optimum;
        assert_ne!(optimum.uniqueness, Uniqueness::Undecided, "problem {i}");
        assert_holds(&optimum.objective, &rational(&row["objective"]), &format!("objective of problem {i}"));
        let (targets, shrinkages) =
            (row["targets_sq"].as_array().unwrap(), row["shrinkage"].as_array().unwrap());
        let mut at = 0;
        for m in &optimum.modes {
            for copy in 0..m.mode.block.multiplicity {
                assert_holds(&m.mode.block.target_sq, &rational(&targets[at]), &format!("μ {at} of {i}"));
                if copy < m.kept {
                    assert_holds(&m.shrinkage().0, &rational(&shrinkages[at]), &format!("u {at} of {i}"));
                }
                at += 1;
            }
        }
        assert_eq!(at + optimum.zeros, targets.len(), "problem {i}");
        assert!(targets[at..].iter().all(|x| rational(x).abs() < ten_to(-30)), "problem {i}");
    }
}

/// The convex problems of one layer in tests/reference/convex.json.
fn convex_problems() -> Vec<(Problem, Rational)> {
    let rows: Value = serde_json::from_str(include_str!("../reference/convex.json")).unwrap();
    let problem = |row: &Value| {
        let lists = |key: &str| -> Vec<Vec<Rational>> {
            let list = |v: &Value| v.as_array().unwrap().iter().map(rational).collect();
            row[key].as_array().unwrap().iter().map(list).collect()
        };
        let problem = Problem::new(Draft {
            counts: row["counts"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect(),
            widths: vec![16],
            loss: if row["loss"] == "mse" { Loss::Mse } else { Loss::CrossEntropy },
            bias: if row["bias"] == "none" { Bias::None } else { Bias::LastLayer },
            targets: Targets::Columns(lists("targets")),
            weights: vec![rational(&row["weight"])],
            features: rational(&row["features"]),
            terms: Terms {
                class_weights: row["class_weights"].as_array().unwrap().iter().map(rational).collect(),
                logit_shift: lists("logit_shift"),
                logit_scale: lists("logit_scale"),
                bias: row["bias_weight"].as_str().map(|t| read_rational(t).unwrap()),
                nonnegative: false,
            },
        });
        (problem.unwrap(), rational(&row["objective"]))
    };
    let problems: Vec<_> = rows.as_array().unwrap().iter().map(problem).collect();
    assert_eq!(problems.len(), 120);
    problems
}

/// Cross-entropy with soft labels, weights and adjusted logits, squares with weights, and a bias of every kind, against a
/// descent in the factors (tests/reference/convex.py), whose values are right to some 10⁻¹³.
#[test]
fn convex_problems_are_enclosed_around_what_descent_finds() {
    for (i, (problem, truth)) in convex_problems().into_iter().enumerate() {
        let Known::Shallow(found) = Known::of(&problem, 17) else { panic!("problem {i} is open") };
        let (low, high) = found.enclosed(&problem, 192).unwrap();
        let slack = (&truth + ten_to(-3)) * ten_to(-12);
        assert!(low <= high && &high - &low <= &high * ten_to(-9), "gap of problem {i}");
        assert!(low <= &truth + &slack && &truth - &slack <= high, "problem {i}");
        let shown = found.objective.clone().unwrap();
        assert!(shown.lower() <= &truth + &slack && &truth - &slack <= shown.upper(), "problem {i}");
    }
}

/// What is convex has no other minimum: gradient flow finds it from a random start.
#[test]
fn the_flow_reaches_every_convex_optimum() {
    let training = Training { seeds: vec![1], evaluations: 200_000, ..Training::default() };
    let missed: Vec<String> = convex_problems()
        .into_par_iter()
        .enumerate()
        .filter_map(|(i, (problem, truth))| {
            let case = Case::of("convex", &problem).unwrap();
            let study = Study::of(&case).trained(Plan::of(&training), &|_| {});
            let run = &study.training().as_ref().unwrap().as_ref().unwrap().runs[0];
            let truth = truth.to_f64().unwrap();
            let gap = (run.objective - truth) / truth;
            (gap.abs() > 1e-8).then(|| format!("{i}: {gap:e} after {} ({:?})", run.evaluations, run.stop))
        })
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
}
