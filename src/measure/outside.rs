//! NC5: are features of data outside the classes orthogonal to the class means?

use super::moments::{Moments, blocks};
use super::saved::refusal::Refusal;
use super::saved::tensor::Matrix;
use faer::Mat;

/// Features of data outside the classes, beside a network's class means.
#[derive(Debug, Clone, Copy)]
pub struct Outside {
    /// Samples outside.
    pub samples: usize,
    /// `(1/K) Σ_k |cos(h_k, μ)|` for the mean `μ` of the features outside; neither is centred (Ben Ammar et al. 2024, arXiv
    /// 2310.06823). Not a number where a mean is zero.
    pub cosine: f64,
}

impl Outside {
    /// Reads features outside the classes, `d_1 × samples`, block by block.
    pub fn of(moments: &Moments, features: Matrix<'_>) -> Result<Self, Refusal> {
        let mut sum = Mat::<f64>::zeros(features.rows, 1);
        for range in blocks(features.columns, features.rows) {
            let block = features.block(range)?;
            (0..block.ncols()).for_each(|c| sum += block.subcols(c, 1));
        }
        let (means, k) = (&moments.means, moments.means.ncols());
        let inner = means.transpose() * &sum;
        let cosine = |c: usize| inner[(c, 0)].abs() / (means.col(c).norm_l2() * sum.norm_l2());
        Ok(Self { samples: features.columns, cosine: (0..k).map(cosine).sum::<f64>() / k as f64 })
    }
}
