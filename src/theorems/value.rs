//! Values of a claim's pieces.

use super::number::Number;
use super::truth::Truth;

/// A value.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Value {
    Scalar(Number),
    Vector(Vector),
    Matrix(Vec<Vec<Number>>),
    Factor(Factor),
    Truth(Truth),
    Word(&'static str),
}

/// A vector.
#[derive(Debug, Clone)]
pub enum Vector {
    /// A combination of rows of `W_M⋯W_m` and of columns of `W_{m−1}⋯W_1 H̄`, both in `R^{d_m}`. Such vectors
    /// are known up to a common rotation, so only their inner products are.
    Hidden {
        /// The layer `m` whose input space it is.
        space: usize,
        /// Coefficients of rows of `W_M⋯W_m`, by class from 0.
        rows: Vec<(usize, Number)>,
        /// Coefficients of columns of `W_{m−1}⋯W_1 H̄`.
        columns: Vec<(usize, Number)>,
    },
    /// Its entries.
    Entries(Vec<Number>),
}

/// Which matrix of the network a factor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// `W_l`.
    Layer(usize),
    /// `H`, all columns.
    FullFeatures,
    /// `W_M⋯W_m`.
    Product(usize),
    /// `W_{m−1}⋯W_1 H̄`, class means.
    Features(usize),
}

/// A multiple of a matrix of the network.
#[derive(Debug, Clone)]
pub struct Factor {
    /// Which.
    pub which: Which,
    /// Whether it is transposed.
    pub transposed: bool,
    /// Its multiple.
    pub scale: Number,
}
