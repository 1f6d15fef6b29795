//! Singular values and left singular vectors of a target matrix, in floats.

use super::number::candidate;
use crate::exact::{Integer, Rational, Toward};
use crate::float::Svd;
use faer::Mat;
use num_traits::ToPrimitive;

/// Squared singular values, largest first, with their left singular vectors (each a column of `K` numbers), of
/// a `K × K` matrix given by columns.
///
/// `None` if the decomposition does not converge.
pub fn left_singular(columns: &[Vec<f64>]) -> Option<Vec<(f64, Vec<f64>)>> {
    let k = columns.len();
    let triples = Svd::of(Mat::from_fn(k, k, |i, j| columns[j][i]).as_ref())?.triples();
    Some(triples.into_iter().map(|t| (t.singular_value.powi(2), t.left)).collect())
}

/// Eigenvalues, smallest first, of a symmetric matrix of integers worth `2^-places` each, in the same unit; `None` if they
/// are not found.
pub fn eigenvalues(rows: &[Vec<Integer>], places: i64) -> Option<Vec<Integer>> {
    let n = rows.len();
    let float = |x: &Integer| {
        Rational::new(x.clone(), Integer::from(1) << places.max(0)).to_f64().unwrap_or(f64::NAN)
    };
    let matrix = Mat::from_fn(n, n, |i, j| float(&rows[i][j]));
    let found = matrix.self_adjoint_eigenvalues(faer::Side::Lower).ok()?;
    let fixed = |x: &f64| x.is_finite().then(|| candidate(*x).fixed(places, Toward::Down));
    found.iter().map(fixed).collect()
}
