//! Targets other than one-hot: as the problem sees them, and their Gram matrix.

use crate::case::{Bias, Problem, Targets};
use crate::exact::{Integer, Rational, over_one};
use num_integer::Integer as _;
use num_traits::{One, Zero};

/// Class targets as integers over one denominator: `S`, or with a bias `S − (S n/N) 1ᵀ`. Columns.
fn seen_integers(problem: &Problem, columns: &[Vec<Rational>]) -> (Vec<Vec<Integer>>, Integer) {
    let (columns, unit) = over_one(columns);
    if problem.bias() == Bias::None {
        return (columns, unit);
    }
    let samples = Integer::from(problem.samples());
    let sums = sums(problem, &columns);
    let less = |c: Vec<Integer>| c.into_iter().zip(&sums).map(|(x, sum)| x * &samples - sum).collect();
    (columns.into_iter().map(less).collect(), unit * samples)
}

/// `S n`.
fn sums(problem: &Problem, columns: &[Vec<Integer>]) -> Vec<Integer> {
    let mut sums = vec![Integer::zero(); problem.outputs()];
    for (column, n) in columns.iter().zip(problem.counts()) {
        sums.iter_mut().zip(column).for_each(|(sum, x)| *sum += x * n);
    }
    sums
}

/// Class targets as the problem sees them: `S`, or with a bias `S − (S n/N) 1ᵀ`. Columns.
pub fn seen_targets(problem: &Problem, columns: &[Vec<Rational>]) -> Vec<Vec<Rational>> {
    let (columns, unit) = seen_integers(problem, columns);
    let ratio = |x: Integer| Rational::new(x, unit.clone());
    columns.into_iter().map(|c| c.into_iter().map(ratio).collect()).collect()
}

/// The mean target `S n/N`, `K` numbers.
pub fn mean_target(problem: &Problem, columns: &[Vec<Rational>]) -> Vec<Rational> {
    let (columns, unit) = over_one(columns);
    let whole = unit * Integer::from(problem.samples());
    sums(problem, &columns).into_iter().map(|sum| Rational::new(sum, whole.clone())).collect()
}

/// `scale · T Tᵀ` as an integer matrix without a common factor, with the scale; `None` if targets are one-hot.
pub fn integer_gram(problem: &Problem) -> Option<(Vec<Vec<Integer>>, Rational)> {
    let (mut b, common) = match problem.targets() {
        Targets::OneHot => return None,
        Targets::Columns(columns) => {
            let (seen, unit) = seen_integers(problem, columns);
            let k = problem.outputs();
            let mut b = vec![vec![Integer::zero(); k]; k];
            for (t, n) in seen.iter().zip(problem.counts()) {
                for (x, row) in t.iter().zip(&mut b) {
                    let x = x * n;
                    t.iter().zip(row).for_each(|(y, sum)| *sum += &x * y);
                }
            }
            (b, &unit * &unit)
        }
        Targets::Covariance(rows) => {
            let (mut b, unit) = over_one(rows);
            b.iter_mut().flatten().for_each(|x| *x *= problem.samples());
            (b, unit)
        }
    };
    let factor = b.iter().flatten().fold(Integer::zero(), |g, x| g.gcd(x));
    if factor.is_zero() {
        return Some((b, Rational::one()));
    }
    b.iter_mut().flatten().for_each(|x| *x = &*x / &factor);
    Some((b, Rational::new(common, factor)))
}

/// `T Tᵀ`, exactly; rows. `None` if targets are one-hot.
pub fn target_gram(problem: &Problem) -> Option<Vec<Vec<Rational>>> {
    let (b, scale) = integer_gram(problem)?;
    Some(b.into_iter().map(|row| row.into_iter().map(|x| Rational::from(x) / &scale).collect()).collect())
}
