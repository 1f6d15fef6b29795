//! Singular value decompositions with their guards.
//!
//! The library's answer is silently wrong where entries are tiny, fails where they are huge, and says nothing of what
//! is not a number. So a matrix is asked first, and scaled by a power of two, which changes no digit, if need be.

use faer::{Mat, MatRef};

/// A singular value with its unit vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Triple {
    /// Left vector.
    pub left: Vec<f64>,
    /// Right vector.
    pub right: Vec<f64>,
    /// Singular value.
    pub singular_value: f64,
}

/// A decomposition `U S Vᵀ` of a matrix.
#[derive(Debug, Clone)]
pub struct Svd {
    /// `U`, square.
    pub left: Mat<f64>,
    /// The diagonal of `S`, largest first.
    pub values: Vec<f64>,
    /// `V`, square unless it is thin.
    pub right: Mat<f64>,
}

/// Entries below and above these sizes are scaled.
const TAME: std::ops::Range<f64> = 1e-100..1e100;

/// The matrix with its largest entry tame, and what it was divided by; `None` if an entry is not finite.
fn tamed(matrix: MatRef<f64>) -> Option<(Mat<f64>, f64)> {
    let largest = matrix.norm_max();
    let finite = (0..matrix.ncols()).all(|j| matrix.col(j).iter().all(|x| x.is_finite()));
    let scale = if largest == 0.0 || TAME.contains(&largest) {
        1.0
    } else {
        libm::exp2(f64::from(libm::frexp(largest).1))
    };
    (finite && scale.is_finite()).then(|| (matrix * faer::Scale(1.0 / scale), scale))
}

impl Svd {
    /// The decomposition; `None` if an entry is not finite or the iteration does not converge.
    pub fn of(matrix: MatRef<f64>) -> Option<Self> {
        let (tame, scale) = tamed(matrix)?;
        let svd = tame.svd().ok()?;
        let values: Vec<f64> = svd.S().column_vector().iter().map(|s| s * scale).collect();
        let (left, right) = (svd.U().to_owned(), svd.V().to_owned());
        values.iter().all(|s| s.is_finite()).then_some(Self { left, values, right })
    }

    /// The same of a matrix with more columns than rows, with as many right vectors as rows.
    pub fn thin(matrix: MatRef<f64>) -> Option<Self> {
        let (tame, scale) = tamed(matrix)?;
        let svd = tame.thin_svd().ok()?;
        let values: Vec<f64> = svd.S().column_vector().iter().map(|s| s * scale).collect();
        let (left, right) = (svd.U().to_owned(), svd.V().to_owned());
        values.iter().all(|s| s.is_finite()).then_some(Self { left, values, right })
    }

    /// Value and vectors, one after the other.
    pub fn triples(&self) -> Vec<Triple> {
        let column = |m: &Mat<f64>, i: usize| m.col(i).iter().copied().collect();
        let triple = |(i, s): (usize, &f64)| Triple {
            left: column(&self.left, i),
            right: column(&self.right, i),
            singular_value: *s,
        };
        self.values.iter().enumerate().map(triple).collect()
    }
}

/// The singular values alone, largest first; `None` as for [`Svd::of`].
pub fn singular_values(matrix: MatRef<f64>) -> Option<Vec<f64>> {
    let (tame, scale) = tamed(matrix)?;
    Some(tame.singular_values().ok()?.into_iter().map(|s| s * scale).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_the_library_loses_are_kept() {
        // Orthogonal columns of lengths 5 and 13.
        let plain = Mat::from_fn(2, 2, |i, j| [[3.0, -12.0 * 13.0 / 15.0], [4.0, 9.0 * 13.0 / 15.0]][i][j]);
        for power in [-900, -600, -40, 0, 40, 600, 900] {
            let scale = 2f64.powi(power);
            let matrix = &plain * faer::Scale(scale);
            let svd = Svd::of(matrix.as_ref()).unwrap();
            for values in [&svd.values, &singular_values(matrix.as_ref()).unwrap()] {
                assert!((values[0] / scale - 13.0).abs() < 1e-13 && (values[1] / scale - 5.0).abs() < 1e-13);
            }
            assert!((svd.left[(0, 1)].abs() - 0.6).abs() < 1e-14);
        }
    }

    #[test]
    fn what_is_not_finite_has_no_answer() {
        for bad in [f64::NAN, f64::INFINITY] {
            let matrix = Mat::from_fn(2, 2, |i, j| if i == j { 1.0 } else { bad });
            assert!(Svd::of(matrix.as_ref()).is_none() && singular_values(matrix.as_ref()).is_none());
        }
    }
}
