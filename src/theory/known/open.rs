//! Nothing is known, for a reason.

use super::Kind;
use crate::case::Uniqueness;
use crate::exact::Enclosure;

pub(super) struct Nothing;

impl Kind for Nothing {
    fn objective(&self) -> Option<Enclosure> {
        None
    }

    fn uniqueness(&self) -> Uniqueness {
        Uniqueness::Undecided
    }
}
