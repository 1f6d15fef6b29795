//! tightframe

pub mod case;
pub mod cli;
pub mod exact;
pub mod hints;
pub mod render;
pub mod theory;
