//! Singular values and left singular vectors of a target matrix, in floats.

use crate::float::Svd;
use faer::Mat;

/// Squared singular values, largest first, with their left singular vectors (each a column of `K` numbers), of
/// a matrix given by at least as many columns as rows.
///
/// `None` if the decomposition does not converge.
pub fn left_singular(columns: &[Vec<f64>]) -> Option<Vec<(f64, Vec<f64>)>> {
    let rows = columns.first()?.len();
    let matrix = Mat::from_fn(rows, columns.len(), |i, j| columns[j][i]);
    let svd = if columns.len() > rows { Svd::thin(matrix.as_ref()) } else { Svd::of(matrix.as_ref()) };
    let triples = svd?.triples();
    Some(triples.into_iter().map(|t| (t.singular_value.powi(2), t.left)).collect())
}
