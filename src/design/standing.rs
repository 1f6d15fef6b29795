//! Whether a prediction grants a wish.

use super::wish::{Request, Wish};
use crate::case::Targets;
use crate::exact::{DIGITS, Enclosure, Rational, leading_place};
use crate::theory::geometry::Measures;
use crate::theory::{ClassRow, Detail, Fate, GramDetail, Prediction};
use num_traits::One;
use std::cmp::Ordering;

/// Whether a wish is granted.
#[derive(Debug, Clone)]
pub enum Standing {
    /// Proved.
    Holds,
    /// Disproved.
    Fails(Failure),
    /// Not settled: a tie, or the digits do not suffice.
    Open,
}

/// What a wish came to instead.
#[derive(Debug, Clone)]
pub struct Failure {
    /// A class that it fails for, from 0.
    pub class: Option<usize>,
    /// Its margin or norm; `None` for a class that is lost.
    pub value: Option<Enclosure>,
}

/// Digits that tell a margin near 1 from its floor.
fn digits(request: &Request) -> usize {
    let near_one = |wish: &Wish| match wish {
        Wish::Margin { floor, .. } if *floor < Rational::one() => {
            leading_place(&(Rational::one() - floor)).min(0).unsigned_abs() as usize
        }
        _ => 0,
    };
    DIGITS + request.wishes().iter().map(|asked| near_one(&asked.wish)).max().unwrap_or(0)
}

/// The prediction for these weights (features first).
pub fn predicted(request: &Request, weights: &[Rational]) -> Prediction {
    Prediction::of(&request.problem(weights), Detail { digits: digits(request), gram: GramDetail::Never })
}

/// Whether a prediction grants a wish about it.
pub fn standing(wish: &Wish, prediction: &Prediction) -> Standing {
    match wish {
        Wish::NoCollapse => no_collapse(prediction),
        Wish::Margin { class, floor } => {
            let margin = |m: &Measures| m.logit.clone();
            classes(prediction, *class, &margin, floor, Ordering::Less)
        }
        Wish::FeatureNorm { class, cap } => {
            let norm = |m: &Measures| Some(m.feature_norm.clone());
            classes(prediction, *class, &norm, cap, Ordering::Greater)
        }
        Wish::ClassifierNorm { class, cap } => {
            let norm = |m: &Measures| m.classifier_norm.clone();
            classes(prediction, *class, &norm, cap, Ordering::Greater)
        }
        Wish::FactorNorm { factor, cap } => match factor_norm(prediction, factor.0) {
            Some(norm) => compared(&norm, cap, Ordering::Greater, None),
            None => Standing::Open,
        },
        // The prediction was made with it.
        Wish::Fixed { .. } => Standing::Holds,
    }
}

/// `‖H‖` or `‖W_l‖`; `None` where a tie leaves it open.
pub fn factor_norm(prediction: &Prediction, factor: usize) -> Option<Enclosure> {
    let optimum = &prediction.optimum;
    let weight = match factor {
        0 => prediction.problem.features(),
        l => &prediction.problem.weights()[l - 1],
    };
    Some(optimum.energy.as_ref()?.over(weight).sqrt(optimum.bits))
}

fn no_collapse(prediction: &Prediction) -> Standing {
    let modes = &prediction.optimum.modes;
    if modes.iter().all(|m| m.fate == Fate::Kept) {
        return Standing::Holds;
    }
    if modes.iter().any(|m| m.fate == Fate::Undecided) {
        return Standing::Open;
    }
    // The smallest class is lost first; a tie also says that zero is optimal.
    let smallest = prediction.classes.iter().min_by_key(|row| row.count);
    let class = smallest.filter(|_| *prediction.problem.targets() == Targets::OneHot);
    Standing::Fails(Failure { class: class.map(|row| row.classes[0]), value: None })
}

fn classes(
    prediction: &Prediction,
    class: Option<usize>,
    measure: &dyn Fn(&Measures) -> Option<Enclosure>,
    bound: &Rational,
    wrong: Ordering,
) -> Standing {
    let asked = |row: &&ClassRow| class.is_none_or(|k| row.classes.contains(&k));
    let mut open = false;
    // Smallest classes first: they are the ones that fail.
    for row in prediction.classes.iter().rev().filter(asked) {
        let Some(value) = row.measures.as_ref().and_then(measure) else {
            open = true;
            continue;
        };
        match compared(&value, bound, wrong, Some(class.unwrap_or(row.classes[0]))) {
            Standing::Holds => {}
            Standing::Open => open = true,
            fails => return fails,
        }
    }
    if open { Standing::Open } else { Standing::Holds }
}

fn compared(value: &Enclosure, bound: &Rational, wrong: Ordering, class: Option<usize>) -> Standing {
    match value.compare(&bound.clone().into()) {
        None => Standing::Open,
        Some(order) if order == wrong => Standing::Fails(Failure { class, value: Some(value.clone()) }),
        Some(_) => Standing::Holds,
    }
}

/// Some weights with this product; margins, and norms of factors with fixed weights, do not depend on which.
pub fn split_freely(fixed: &[Option<Rational>], product: &Rational) -> Vec<Rational> {
    let given = fixed.iter().flatten().fold(Rational::one(), |all, λ| all * λ);
    let first = fixed.iter().position(Option::is_none);
    let free = |j: usize| if Some(j) == first { product / &given } else { Rational::one() };
    (0..fixed.len()).map(|j| fixed[j].clone().unwrap_or_else(|| free(j))).collect()
}
