//! Blocks of equal target singular values, and the directions in class space that belong to them.

use crate::exact::{Dyadic, Enclosure, Integer};

/// Classes that the problem does not tell apart: the same count and, for one-hot targets, the same role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Number of samples of each class in the group.
    pub count: u64,
    /// The classes, in the order of the case.
    pub classes: Vec<usize>,
}

/// The directions in class space that belong to one target singular value.
#[derive(Debug, Clone)]
pub enum Directions {
    /// All classes of a group: the projector is the identity on the group.
    Classes(usize),
    /// Differences between classes of a group: identity minus the mean.
    Differences(usize),
    /// One vector `p ∝ n_k/(n_k − μ)` that is constant on groups; between groups `j` and `j + 1`.
    Secular(usize),
    /// Found numerically and enclosed.
    Dense(Box<DenseBlock>),
}

/// How a multiplicity above one is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repetition {
    /// The singular values are proven equal (or there is only one).
    Equal,
    /// They lie within the enclosure; whether they are equal is open.
    Cluster,
}

/// One distinct target singular value.
#[derive(Debug, Clone)]
pub struct Block {
    /// Squared target singular value `μ > 0`.
    pub target_sq: Enclosure,
    /// How many modes share it.
    pub multiplicity: usize,
    /// Whether they are proven to share it.
    pub repetition: Repetition,
    /// The left singular directions.
    pub directions: Directions,
}

/// A block whose directions were found numerically: its orthogonal projector is `X Xᵀ`, each entry up to `radius`.
#[derive(Debug, Clone)]
pub struct DenseBlock {
    /// Columns of `X`, `K` numbers each, on the scale `2^-places`; none if nothing is known.
    pub vectors: Vec<Vec<Integer>>,
    /// Binary places of the vectors.
    pub places: i64,
    /// How far the true entries are from those of `X Xᵀ` at most.
    pub radius: Dyadic,
    /// Working precision in bits.
    pub bits: u32,
}

impl DenseBlock {
    /// The projector's entry for two classes.
    pub fn entry(&self, j: usize, k: usize) -> Enclosure {
        let sum: Integer = self.vectors.iter().map(|x| &x[j] * &x[k]).sum();
        let middle = Dyadic::new(sum, -2 * self.places);
        Enclosure::between(&middle.plus(&self.radius.negated()), &middle.plus(&self.radius), self.bits)
    }
}
