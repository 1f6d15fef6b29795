//! The spectrum step of a certificate.

use super::number::{Pair, list, text};
use crate::case::{Bias, Problem, Targets};
use crate::exact::{Integer, Rational, null_space, over_one};
use crate::theory::targets::target_gram;
use crate::theory::{Optimum, inertia};
use num_traits::Zero;

/// Binary places of the secular sum beyond those of the brackets and the counts.
const GUARD_PLACES: u64 = 16;

/// The step for a problem's targets; `None` if nothing proves them.
pub fn step(problem: &Problem, optimum: &Optimum) -> Option<String> {
    match (problem.targets(), problem.bias()) {
        (Targets::OneHot, Bias::None) => Some("{\"step\": \"counts\"}".to_owned()),
        (Targets::OneHot, Bias::LastLayer) => {
            // At a distance δ from its root the sum is at least δ N/c², c the largest count.
            let count = Integer::from(problem.counts().iter().copied().max().unwrap_or(1)).bits();
            let places = u64::from(optimum.bits) + 2 * count + GUARD_PLACES;
            Some(format!("{{\"step\": \"secular\", \"places\": {places}}}"))
        }
        _ => congruence(problem, optimum),
    }
}

fn congruence(problem: &Problem, optimum: &Optimum) -> Option<String> {
    let gram = target_gram(problem)?;
    let mut null = Vec::new();
    let mut multiplicities: Vec<(Option<Rational>, usize)> = optimum
        .modes
        .iter()
        .map(|m| (m.mode.block.target_sq.exact().cloned(), m.mode.block.multiplicity))
        .collect();
    multiplicities.push((Some(Rational::zero()), optimum.zeros));
    for (exact, multiplicity) in &multiplicities {
        let vectors = match exact {
            Some(value) if *multiplicity > 0 => eigenvectors(&gram, value),
            _ => Vec::new(),
        };
        null.push(vectors);
    }
    let (vectors, points) = if optimum.modes.is_empty() {
        // T = 0: any basis serves, and no point is tested.
        let unit = |i: usize| (0..gram.len()).map(|j| Integer::from(u8::from(i == j))).collect();
        ((0..gram.len()).map(unit).collect(), Vec::new())
    } else {
        let witness = inertia::witness(problem, optimum.bits)?;
        (witness.vectors, witness.points)
    };
    let points: Vec<Pair> =
        points.into_iter().take(optimum.modes.len()).map(|(low, high)| Pair::around(low, high)).collect();
    let column = |v: &Vec<Rational>| list(v, |x| format!("\"{}\"", text(x)));
    Some(format!(
        "{{\"step\": \"congruence\", \"vectors\": {},\n   \"points\": {},\n   \"null\": {}}}",
        list(&vectors, |v| list(v, |x| format!("\"{x}\""))),
        list(&points, ToString::to_string),
        list(&null, |vectors| list(vectors, column)),
    ))
}

/// A basis of the null space of `A − μI`, each vector with a one where the others have zero.
fn eigenvectors(a: &[Vec<Rational>], μ: &Rational) -> Vec<Vec<Rational>> {
    let mut rows: Vec<Vec<Rational>> = a.to_vec();
    rows.iter_mut().enumerate().for_each(|(i, row)| row[i] -= μ);
    null_space(over_one(&rows).0)
}
