//! Singular values and left singular vectors of a target matrix, in floats.

use faer::Mat;

/// Squared singular values, largest first, with their left singular vectors (each a column of `K` numbers), of
/// a `K × K` matrix given by columns.
///
/// `None` if the decomposition does not converge.
pub fn left_singular(columns: &[Vec<f64>]) -> Option<Vec<(f64, Vec<f64>)>> {
    let k = columns.len();
    let t = Mat::from_fn(k, k, |i, j| columns[j][i]);
    let svd = t.svd().ok()?;
    let (u, s) = (svd.U(), svd.S().column_vector());
    let mode = |i: usize| (s[i] * s[i], (0..k).map(|row| u[(row, i)]).collect());
    Some((0..k).map(mode).collect())
}
