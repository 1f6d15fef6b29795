//! tightframe

pub mod case;
pub mod exact;
