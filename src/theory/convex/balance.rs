//! Plans of floats, made exact: columns sum to the counts, and with a free bias `Σ_k ω_k δ_k ⊙ (X_k − n_k s_k) = 0`.

use super::plan::Plan;
use crate::case::{Bias, Loss, Problem};
use crate::exact::{Integer, Rational, in_units, over_one, power_of_ten, to_places, whole};
use crate::hints::candidate;
use crate::hints::convex::Convex;
use num_traits::{Signed, ToPrimitive, Zero};

/// Decimal places of a plan from floats.
const PLACES: u32 = 18;

fn count(n: u64) -> Integer {
    Integer::from(n)
}

/// The plan of a numerical optimum, pulled towards the targets by `1 − t`.
pub fn plan(problem: &Problem, found: &Convex, t: f64) -> Option<Plan> {
    if *problem.targets() == crate::case::Targets::OneHot && problem.has_plain_loss() {
        return Some(transported(problem, &found.probabilities, t));
    }
    let mut columns = pulled(problem, &found.probabilities, t);
    if problem.bias() == Bias::LastLayer && problem.terms().bias.is_none() {
        balance(problem, &mut columns)?;
    }
    let (columns, unit) = over_one(&columns);
    Some(Plan { columns, unit })
}

/// One-hot: probabilities as a transportation plan, pulled towards the diagonal.
fn transported(problem: &Problem, probabilities: &[f64], t: f64) -> Plan {
    let k = problem.classes();
    let unit = power_of_ten(u64::from(PLACES));
    let off = |c: usize, j: usize| {
        let x = (probabilities[c * k + j] * t * problem.counts()[c] as f64).max(0.0);
        in_units(&candidate(x).to_rational(), &unit)
    };
    let zero = |c: usize, j: usize| if j == c { Integer::zero() } else { off(c, j) };
    let mut columns: Vec<Vec<Integer>> = (0..k).map(|c| (0..k).map(|j| zero(c, j)).collect()).collect();
    if problem.bias() == Bias::LastLayer {
        // Rows must sum like columns: what is missing goes through the first class, which balances itself.
        for j in 1..k {
            let row: Integer = columns.iter().map(|c| &c[j]).sum();
            let column: Integer = columns[j].iter().sum();
            let more = row - column;
            if more.is_positive() { columns[j][0] += more } else { columns[0][j] -= more }
        }
    }
    for (c, column) in columns.iter_mut().enumerate() {
        let others: Integer = column.iter().sum();
        column[c] = count(problem.counts()[c]) * &unit - others;
    }
    Plan { columns, unit }
}

/// Any targets: columns `n_k (s_k + t (P_k − s_k))`, rounded; under cross-entropy they are at least 0 and sum to the counts.
fn pulled(problem: &Problem, shares: &[f64], t: f64) -> Vec<Vec<Rational>> {
    let (k, t) = (problem.outputs(), candidate(t).to_rational());
    let column = |c: usize| -> Vec<Rational> {
        let (n, target) = (whole(problem.counts()[c]), problem.target(c));
        let entry = |(j, s): (usize, &Rational)| {
            let p = candidate(shares[c * k + j]).to_rational();
            to_places(&((s + &t * (p - s)) * &n), u64::from(PLACES))
        };
        let mut column: Vec<Rational> = target.iter().enumerate().map(entry).collect();
        if problem.loss() == Loss::CrossEntropy {
            column.iter_mut().filter(|x| x.is_negative()).for_each(|x| *x = Rational::zero());
            let most = (0..k).fold(0, |most, j| if column[j] > column[most] { j } else { most });
            let others: Rational = column.iter().sum::<Rational>() - &column[most];
            column[most] = n - others;
        }
        column
    };
    (0..problem.classes()).map(column).collect()
}

/// `ω_k δ_kj`.
fn coefficient(problem: &Problem, k: usize, j: usize) -> Rational {
    let ω = problem.class_weight(k);
    problem.terms().logit_scale.get(k).map_or(ω.clone(), |δ| ω * &δ[j])
}

/// Shifts little amounts so that the balance is exact; `None` if there is no room.
///
/// Under cross-entropy an amount moves within a column, between an output and the last one. With scales that differ between
/// classes the last output's row is left over; two columns, shifted in opposite directions, close it.
fn balance(problem: &Problem, columns: &mut [Vec<Rational>]) -> Option<()> {
    let (k, classes) = (problem.outputs(), problem.classes());
    let float = |q: &Rational| q.to_f64().unwrap_or(0.0);
    let c: Vec<Vec<Rational>> =
        (0..classes).map(|g| (0..k).map(|j| coefficient(problem, g, j)).collect()).collect();
    let goal: Vec<Vec<Rational>> = (0..classes)
        .map(|g| problem.target(g).into_iter().map(|s| s * whole(problem.counts()[g])).collect())
        .collect();
    let row = |columns: &[Vec<Rational>], j: usize| -> Rational {
        (0..classes).map(|g| &c[g][j] * (&columns[g][j] - &goal[g][j])).sum()
    };
    if problem.loss() == Loss::Mse {
        for j in 0..k {
            let rest = row(columns, j);
            columns[0][j] -= rest / &c[0][j];
        }
        return Some(());
    }
    let hub = k - 1;
    let room =
        |columns: &[Vec<Rational>], g: usize, j: usize| float(&columns[g][j]).min(float(&columns[g][hub]));
    for j in 0..hub {
        let rest = row(columns, j);
        if rest.is_zero() {
            continue;
        }
        let g = (0..classes).max_by(|a, b| room(columns, *a, j).total_cmp(&room(columns, *b, j)))?;
        let amount = rest / &c[g][j];
        columns[g][j] -= &amount;
        columns[g][hub] += amount;
    }
    let rest = row(columns, hub);
    if !rest.is_zero() {
        let ratio = |g: usize, j: usize| float(&c[g][j]) / float(&c[g][hub]);
        let pairs = (0..classes).flat_map(|a| (0..classes).map(move |b| (a, b)));
        let triples = pairs.flat_map(|(a, b)| (0..hub).map(move |j| (a, b, j)));
        let worth = |(a, b, j): &(usize, usize, usize)| {
            (ratio(*a, *j) - ratio(*b, *j)).abs() * room(columns, *a, *j).min(room(columns, *b, *j))
        };
        let (a, b, j) = triples.max_by(|x, y| worth(x).total_cmp(&worth(y)))?;
        // x from the last output to j in column a, y in column b: c_aj x + c_bj y = 0, c_ah x + c_bh y = rest.
        let determinant = &c[a][hub] - &c[b][hub] * &c[a][j] / &c[b][j];
        if determinant.is_zero() {
            return None;
        }
        let x = rest / determinant;
        let y = -(&c[a][j] * &x) / &c[b][j];
        for (g, amount) in [(a, x), (b, y)] {
            columns[g][j] += &amount;
            columns[g][hub] -= amount;
        }
    }
    Some(())
}
