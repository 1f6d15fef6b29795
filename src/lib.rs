//! tightframe

pub mod case;
pub mod exact;
pub mod hints;
pub mod theory;
