//! tightframe

pub mod case;
pub mod cli;
pub mod exact;
pub mod flow;
pub mod hints;
pub mod measure;
pub mod render;
pub mod theory;
pub mod verdict;
