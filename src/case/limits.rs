//! How large a problem may be.

/// Largest class count.
pub const MAX_COUNT: u64 = 1_000_000_000_000;
/// Largest number of classes.
pub const MAX_CLASSES: usize = 100_000;
/// Largest number of different counts without a bias.
pub const MAX_DISTINCT: usize = 20_000;
/// Largest number of different counts with a bias: finding their secular roots costs its square.
pub const MAX_DISTINCT_BIASED: usize = 1_000;
/// Largest width; for a prediction a width only bounds the rank.
pub const MAX_WIDTH: u64 = 1_000_000_000_000;
/// Largest number of layers.
pub const MAX_DEPTH: usize = 64;
/// Largest number of outputs with targets other than one-hot.
pub const MAX_TARGETS: usize = 64;
/// Largest number of numbers that targets other than one-hot have together.
pub const MAX_NUMBERS: usize = 1_000_000;
/// Largest file of targets.
pub const MAX_TARGET_BYTES: u64 = 16 << 20;
