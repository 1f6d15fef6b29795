//! Whether a symmetric matrix is positive semidefinite, exactly.

use super::{Integer, Rational};
use num_integer::Integer as _;
use num_traits::{One, Signed, Zero};

/// A matrix of rationals as integers over one positive denominator.
pub fn over_one(rows: &[Vec<Rational>]) -> (Vec<Vec<Integer>>, Integer) {
    let mut unit = Integer::one();
    for x in rows.iter().flatten().filter(|x| !x.denom().is_one()) {
        if !unit.is_multiple_of(x.denom()) {
            unit = unit.lcm(x.denom());
        }
    }
    let whole = |x: &Rational| x.numer() * (&unit / x.denom());
    (rows.iter().map(|row| row.iter().map(whole).collect()).collect(), unit)
}

/// Whether a symmetric matrix has no negative eigenvalue: elimination without fractions. A row whose pivot is zero is
/// zero, or there is one.
pub fn is_semidefinite(mut a: Vec<Vec<Integer>>) -> bool {
    let mut previous = Integer::one();
    for i in 0..a.len() {
        let (done, rest) = a.split_at_mut(i + 1);
        let top = &done[i];
        if top[i].is_negative() || (top[i].is_zero() && top[i..].iter().any(|x| !x.is_zero())) {
            return false;
        }
        if top[i].is_zero() {
            continue;
        }
        for row in rest {
            let head = row[i].clone();
            for k in i + 1..top.len() {
                row[k] = (&row[k] * &top[i] - &head * &top[k]) / &previous;
            }
        }
        previous = top[i].clone();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_eigenvalues_are_seen() {
        let of = |rows: &[&[i64]]| {
            is_semidefinite(rows.iter().map(|r| r.iter().map(|x| Integer::from(*x)).collect()).collect())
        };
        assert!(of(&[&[2, -1, -1], &[-1, 2, -1], &[-1, -1, 2]]));
        assert!(!of(&[&[2, -1, -1], &[-1, 2, -1], &[-1, -1, 1]]));
        assert!(of(&[&[0, 0], &[0, 3]]) && !of(&[&[0, 1], &[1, 3]]) && !of(&[&[1, 0], &[0, -1]]));
        // Rank one, then zeros, then more.
        assert!(of(&[&[1, 1, 1, 0], &[1, 1, 1, 0], &[1, 1, 2, 1], &[0, 0, 1, 1]]));
        assert!(!of(&[&[1, 1, 1, 0], &[1, 1, 1, 1], &[1, 1, 2, 1], &[0, 1, 1, 5]]));
    }
}
