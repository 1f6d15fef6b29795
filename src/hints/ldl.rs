//! A factorisation `A ≈ Σ d_i c_i c_iᵀ` of a symmetric matrix, in floats.

use super::rounded;
use crate::exact::Rational;

/// Decimal places of the columns, whose entries are of size one.
const PLACES: u32 = 18;

/// Weights `d_i ≥ 0` and columns `c_i` (zero above place `i`, one there) of a positive semidefinite matrix less
/// `shift` on its diagonal. Pivots that are not positive are passed over.
pub fn ldl(matrix: &[Vec<f64>], shift: f64) -> (Vec<f64>, Vec<Vec<Rational>>) {
    let k = matrix.len();
    let mut a: Vec<Vec<f64>> = matrix.to_vec();
    (0..k).for_each(|i| a[i][i] -= shift);
    let (mut weights, mut columns) = (Vec::new(), Vec::new());
    for i in 0..k {
        let d = a[i][i];
        if d <= 0.0 {
            continue;
        }
        let column: Vec<f64> = (0..k).map(|j| if j < i { 0.0 } else { a[j][i] / d }).collect();
        for p in i..k {
            for q in i..k {
                a[p][q] -= d * column[p] * column[q];
            }
        }
        weights.push(d);
        columns.push(column.into_iter().map(|x| rounded(x, PLACES)).collect());
    }
    (weights, columns)
}
