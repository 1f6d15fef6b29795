//! What differs from the plain loss, as the case's bytes give it.

use super::matrix::Matrix;
use super::number::Number;
use num_bigint::BigInt;
use num_traits::One;

/// Weights and adjustments; a part that would change nothing is absent.
#[derive(Default)]
pub struct Terms {
    /// `ω`, one column.
    pub weights: Option<Matrix>,
    /// `ι` and `δ`, a column a class.
    pub shift: Option<Matrix>,
    pub scale: Option<Matrix>,
    /// `λ_b`.
    pub bias: Option<Number>,
}

impl Terms {
    pub fn is_plain(&self) -> bool {
        self.weights.is_none() && self.shift.is_none() && self.scale.is_none() && self.bias.is_none()
    }

    /// The terms of so many classes and outputs; none if they make no sense.
    pub fn of(
        weights: Option<Vec<Number>>,
        [shift, scale]: [Option<Vec<Vec<Number>>>; 2],
        bias: Option<Number>,
        (classes, outputs): (usize, usize),
    ) -> Option<Self> {
        let one = |x: &Number| x.top == x.bottom;
        let square = |all: &Vec<Vec<Number>>| all.len() == classes && all.iter().all(|c| c.len() == outputs);
        let sound = weights.iter().all(|w| w.len() == classes && w.iter().all(Number::is_positive))
            && shift.iter().chain(&scale).all(square)
            && scale.iter().flatten().flatten().all(Number::is_positive);
        let differs = |all: &Vec<Vec<Number>>, same: fn(&Number) -> bool| !all.iter().flatten().all(same);
        sound.then(|| Self {
            weights: weights.filter(|w| !w.iter().all(one)).map(|w| Matrix::of(&[w])),
            shift: shift.filter(|all| differs(all, Number::is_zero)).map(|all| Matrix::of(&all)),
            scale: scale.filter(|all| differs(all, |x| x.top == x.bottom)).map(|all| Matrix::of(&all)),
            bias,
        })
    }

    /// A class's weight, over [`Terms::weight_unit`].
    pub fn weight(&self, class: usize) -> BigInt {
        let weight = self.weights.as_ref().and_then(|w| w.first().get(class).cloned());
        weight.unwrap_or_else(BigInt::one)
    }

    pub fn weight_unit(&self) -> BigInt {
        unit(&self.weights)
    }

    /// A number of a class in a matrix; without the matrix it is `otherwise`.
    pub fn entry(matrix: &Option<Matrix>, class: usize, output: usize, otherwise: u8) -> BigInt {
        let entry = |m: &Matrix| m.columns.get(class)?.get(output).cloned();
        matrix.as_ref().and_then(entry).unwrap_or_else(|| BigInt::from(otherwise))
    }

    /// Bits of the longest of all these numbers together.
    pub fn bits(&self) -> u64 {
        let parts = [&self.weights, &self.shift, &self.scale].into_iter().flatten().map(|m| m.bits);
        parts.chain(self.bias.as_ref().map(Number::bits)).fold(0, u64::saturating_add)
    }
}

/// The denominator of a matrix, 1 without one.
pub fn unit(matrix: &Option<Matrix>) -> BigInt {
    matrix.as_ref().map_or_else(BigInt::one, |m| m.unit.clone())
}
