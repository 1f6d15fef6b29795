//! A plan: what the probabilities of the classes are, times their counts.

use crate::exact::{Integer, Rational};

/// `X` in integers over one denominator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// A column a class.
    pub columns: Vec<Vec<Integer>>,
    /// The denominator.
    pub unit: Integer,
}

impl Plan {
    /// An entry's value.
    pub fn value(&self, x: &Integer) -> Rational {
        Rational::new(x.clone(), self.unit.clone())
    }
}
