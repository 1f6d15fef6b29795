//! What every float room shares: normal variates with fixed values, the softmax, and singular value decompositions
//! that say when they failed.

mod normal;
mod softmax;
mod svd;

pub use normal::Normal;
pub use softmax::softmax;
pub use svd::{Svd, Triple, singular_values};
