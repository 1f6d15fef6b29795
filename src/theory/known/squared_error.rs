//! The mean squared error: everything is proven, or the precision budget ended.

use super::Kind;
use crate::case::Uniqueness;
use crate::exact::Enclosure;
use crate::theory::Optimum;

impl Kind for Optimum {
    fn objective(&self) -> Option<Enclosure> {
        Some(self.objective.clone())
    }

    fn uniqueness(&self) -> Uniqueness {
        self.uniqueness
    }
}
