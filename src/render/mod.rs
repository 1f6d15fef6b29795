//! Pure renderers: finished values to bytes, one file a value.

pub mod check;
pub mod cross_entropy;
pub mod design;
pub mod landscape;
pub mod number;
pub mod prediction;
pub mod summary;
pub mod table;
pub mod theorems;
pub mod verification;

/// A value as indented JSON with a final newline.
pub fn json<T: serde::Serialize>(value: &T) -> String {
    let mut text =
        serde_json::to_string_pretty(value).expect("our values have string keys and no failing parts");
    text.push('\n');
    text
}
