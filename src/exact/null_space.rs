//! Null spaces of integer matrices, exactly.

use super::{Integer, Rational};
use num_integer::Integer as _;
use num_traits::{One, ToPrimitive, Zero};

/// A prime of one word: what is independent modulo it is independent.
const PRIME: u64 = (1 << 61) - 1;

/// Whether the columns of a matrix leave a null space of exactly so many dimensions.
///
/// The rank modulo a prime is never above the rank, so most matrices of smaller nullity are told at once.
pub fn has_nullity(rows: &[Vec<Integer>], nullity: usize) -> bool {
    columns(rows) - rank_modulo(rows) >= nullity && null_space(rows.to_vec()).len() == nullity
}

/// A basis of the null space, each vector with a one where the others have zero: its own column is the last one that
/// it fills, and depends on columns before it.
///
/// Gauss and Jordan's elimination without fractions: entries are minors of the matrix, so divisions leave no rest, and
/// after each step the rows so far have one number in their own columns.
pub fn null_space(mut rows: Vec<Vec<Integer>>) -> Vec<Vec<Rational>> {
    let k = columns(&rows);
    let (mut pivots, mut free, mut one) = (Vec::new(), Vec::new(), Integer::one());
    for column in 0..k {
        let rank = pivots.len();
        let Some(found) = (rank..rows.len()).find(|i| !rows[*i][column].is_zero()) else {
            free.push(column);
            continue;
        };
        rows.swap(rank, found);
        let top = std::mem::take(&mut rows[rank]);
        for (i, row) in rows.iter_mut().enumerate().filter(|(i, _)| *i != rank) {
            let head = std::mem::take(&mut row[column]);
            // Columns of pivots are known; in free ones the new row is zero.
            let ahead = if i < rank { &free[..] } else { &[] };
            for j in ahead.iter().copied().chain(column + 1..k) {
                row[j] = (&row[j] * &top[column] - &head * &top[j]) / &one;
            }
        }
        one = top[column].clone();
        rows[rank] = top;
        pivots.push(column);
    }
    let vector = |own: usize| {
        let mut v = vec![Rational::zero(); k];
        v[own] = Rational::one();
        pivots.iter().zip(&rows).for_each(|(p, row)| v[*p] = Rational::new(-&row[own], one.clone()));
        v
    };
    free.into_iter().map(vector).collect()
}

fn columns(rows: &[Vec<Integer>]) -> usize {
    rows.first().map_or(0, Vec::len)
}

/// The rank modulo the prime.
fn rank_modulo(rows: &[Vec<Integer>]) -> usize {
    let prime = Integer::from(PRIME);
    let rest = |x: &Integer| x.mod_floor(&prime).to_u64().unwrap_or(0);
    let mut rows: Vec<Vec<u64>> = rows.iter().map(|row| row.iter().map(rest).collect()).collect();
    let mut rank = 0;
    for column in 0..rows.first().map_or(0, Vec::len) {
        let Some(found) = (rank..rows.len()).find(|i| rows[*i][column] != 0) else { continue };
        rows.swap(rank, found);
        let (done, below) = rows.split_at_mut(rank + 1);
        let top = &done[rank];
        let inverse = power(top[column], PRIME - 2);
        for row in below.iter_mut().filter(|row| row[column] != 0) {
            let factor = PRIME - times(row[column], inverse);
            row.iter_mut().zip(top).skip(column).for_each(|(x, t)| *x = (*x + times(factor, *t)) % PRIME);
        }
        rank += 1;
    }
    rank
}

/// `ab` modulo the prime.
fn times(a: u64, b: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(PRIME)) as u64
}

fn power(mut x: u64, mut exponent: u64) -> u64 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, x);
        }
        x = times(x, x);
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::read_rational;

    fn matrix(rows: &[&[i64]]) -> Vec<Vec<Integer>> {
        rows.iter().map(|row| row.iter().map(|x| Integer::from(*x)).collect()).collect()
    }

    #[test]
    fn vectors_are_those_of_the_reduced_echelon_form() {
        // By hand: columns 2 and 5 are 2·column 1 and column 1 − 3·column 3 + column 4/2.
        let a = matrix(&[&[1, 2, 0, 2, 2], &[3, 6, 1, 0, 0], &[0, 0, 2, 2, -5], &[4, 8, 3, 6, -2]]);
        let text = |v: &Vec<Rational>| v.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let found: Vec<String> = null_space(a.clone()).iter().map(text).collect();
        assert_eq!(found, ["-2 1 0 0 0", "-1 0 3 -1/2 1"]);
        assert!(has_nullity(&a, 2) && !has_nullity(&a, 1) && !has_nullity(&a, 3));
    }

    #[test]
    fn a_prime_that_divides_a_determinant_decides_nothing() {
        let a = vec![vec![Integer::from(PRIME), Integer::zero()], vec![Integer::zero(), Integer::one()]];
        assert_eq!(rank_modulo(&a), 1);
        assert!(has_nullity(&a, 0) && !has_nullity(&a, 1));
        assert!(null_space(a).is_empty());
    }

    #[test]
    fn random_matrices_of_low_rank_times_their_vectors_are_zero() {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Integer::from((state >> 33) as i64 - (1 << 30))
        };
        let (rank, k) = (5, 9);
        let mut random = |n: usize, m: usize| -> Vec<Vec<Integer>> {
            (0..n).map(|_| (0..m).map(|_| next()).collect()).collect()
        };
        let (left, right) = (random(k, rank), random(rank, k));
        let entry = |i: usize, j: usize| (0..rank).map(|r| &left[i][r] * &right[r][j]).sum::<Integer>();
        let a: Vec<Vec<Integer>> = (0..k).map(|i| (0..k).map(|j| entry(i, j)).collect()).collect();
        let vectors = null_space(a.clone());
        assert!(vectors.len() == k - rank && has_nullity(&a, k - rank));
        for v in &vectors {
            let zero = |row: &Vec<Integer>| {
                row.iter().zip(v).map(|(x, y)| Rational::from(x.clone()) * y).sum::<Rational>().is_zero()
            };
            assert!(a.iter().all(zero));
        }
        assert_eq!(read_rational("1").ok(), vectors[0].get(rank).cloned());
    }
}
