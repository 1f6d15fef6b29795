//! Values of a claim's pieces.

use super::number::Number;
use super::truth::{Evaluated, Truth, open};

/// Rows of entries; square.
pub type Matrix = Vec<Vec<Number>>;

/// A value.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Value {
    Scalar(Number),
    Vector(Vector),
    Matrix(Matrix),
    Factor(Factor),
    Truth(Truth),
    Word(&'static str),
}

macro_rules! kinds {
    ($($of:ty => $kind:ident, $take:ident);*) => {
        $(impl From<$of> for Value {
            fn from(value: $of) -> Self {
                Self::$kind(value)
            }
        })*

        impl Value {
            $(/// The value, which typing promised to be of this kind.
            pub fn $take(self) -> Evaluated<$of> {
                match self {
                    Self::$kind(value) => Ok(value),
                    _ => mistyped(),
                }
            })*
        }
    };
}

kinds! {
    Number => Scalar, scalar;
    Vector => Vector, vector;
    Matrix => Matrix, matrix;
    Factor => Factor, factor;
    Truth => Truth, truth
}

/// Typing rules out every other kind.
pub fn mistyped<T>() -> Evaluated<T> {
    open("a value of another kind than typing promised")
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

impl Vector {
    /// A multiple of row `k` of `W_M⋯W_m`.
    pub fn row(m: usize, k: usize, by: Number) -> Self {
        Self::Hidden { space: m, rows: vec![(k, by)], columns: Vec::new() }
    }

    /// A multiple of column `k` of `W_{m−1}⋯W_1 H̄`.
    pub fn column(m: usize, k: usize, by: Number) -> Self {
        Self::Hidden { space: m, rows: Vec::new(), columns: vec![(k, by)] }
    }
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

impl Which {
    /// The inner products that the factor's Gram matrix is made of, in a network of so many layers.
    pub fn pairing(self, depth: usize) -> Evaluated<Pairing> {
        match self {
            Self::Product(m) => Ok(Pairing::Rows(m)),
            Self::Layer(l) if l == depth => Ok(Pairing::Rows(l)),
            Self::Features(m) => Ok(Pairing::Columns(m)),
            _ => open("this factor has no class vectors; take product(m) or features(m)"),
        }
    }
}

/// Which inner products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pairing {
    /// Row `j` of `W_M⋯W_m` with row `k`.
    Rows(usize),
    /// Column `j` of `W_{m−1}⋯W_1 H̄` with column `k`.
    Columns(usize),
    /// Row `j` of `W_M⋯W_m` with column `k` of `W_{m−1}⋯W_1 H̄`: the logit without the bias.
    Across,
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

impl From<Which> for Factor {
    fn from(which: Which) -> Self {
        Self { which, transposed: false, scale: Number::one() }
    }
}
