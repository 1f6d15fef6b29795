//! Class targets other than one-hot: as the problem sees them, and their Gram matrix.

use crate::case::{Bias, Problem};
use crate::exact::{Integer, Rational, whole};
use num_integer::Integer as _;
use num_traits::{One, Zero};

/// Class targets as the problem sees them: `S`, or with a bias `S − (S n/N) 1ᵀ`. Columns.
pub fn seen_targets(problem: &Problem, columns: &[Vec<Rational>]) -> Vec<Vec<Rational>> {
    match problem.bias() {
        Bias::None => columns.to_vec(),
        Bias::LastLayer => {
            let mean = mean_target(problem, columns);
            columns.iter().map(|c| c.iter().zip(&mean).map(|(x, m)| x - m).collect()).collect()
        }
    }
}

/// The mean target `S n/N`, `K` numbers.
pub fn mean_target(problem: &Problem, columns: &[Vec<Rational>]) -> Vec<Rational> {
    let n = whole(problem.samples());
    let entry = |j: usize| -> Rational {
        let terms = columns.iter().zip(problem.counts());
        let sum: Rational = terms.map(|(c, n)| &c[j] * whole(*n)).sum();
        sum / &n
    };
    (0..problem.classes()).map(entry).collect()
}

/// `scale · T Tᵀ` as an integer matrix without a common factor, with the scale.
pub fn integer_gram(problem: &Problem, seen: &[Vec<Rational>]) -> (Vec<Vec<Integer>>, Rational) {
    let k = problem.classes();
    let entry = |i: usize, j: usize| -> Rational {
        let terms = seen.iter().zip(problem.counts());
        terms.map(|(t, n)| &t[i] * &t[j] * whole(*n)).sum()
    };
    let a: Vec<Vec<Rational>> = (0..k).map(|i| (0..k).map(|j| entry(i, j)).collect()).collect();
    let common = a.iter().flatten().fold(Integer::one(), |l, x| l.lcm(x.denom()));
    let mut b: Vec<Vec<Integer>> =
        a.iter().map(|row| row.iter().map(|x| x.numer() * (&common / x.denom())).collect()).collect();
    let factor = b.iter().flatten().fold(Integer::zero(), |g, x| g.gcd(x));
    if factor.is_zero() {
        return (b, Rational::one());
    }
    b.iter_mut().flatten().for_each(|x| *x = &*x / &factor);
    (b, Rational::new(common, factor))
}

/// `T Tᵀ`, exactly; rows.
pub fn target_gram(problem: &Problem, columns: &[Vec<Rational>]) -> Vec<Vec<Rational>> {
    let (b, scale) = integer_gram(problem, &seen_targets(problem, columns));
    b.into_iter().map(|row| row.into_iter().map(|x| Rational::from(x) / &scale).collect()).collect()
}
