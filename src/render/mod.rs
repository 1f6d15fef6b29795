//! Pure renderers: finished values to bytes, one file a value.

pub mod certificate;
pub mod check;
pub mod cross_entropy;
pub mod design;
pub mod facts;
pub mod falsification;
pub mod founding;
pub mod landscape;
mod lines;
#[cfg(feature = "cli")]
pub mod measurement;
#[cfg(feature = "cli")]
pub mod measurement_text;
pub mod modes;
pub mod number;
pub mod page;
pub mod paper;
pub mod prediction;
pub mod problem;
pub mod start;
pub mod summary;
pub mod table;
pub mod theorems;
pub mod verification;
pub mod verification_text;
pub mod wish;

pub use page::Page;

/// Significant digits in text where nobody asks for others.
pub const DIGITS: usize = 12;

/// The list of some JSON documents.
#[cfg(feature = "cli")]
pub fn json_list(documents: &[String]) -> String {
    let indented =
        |text: &String| text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
    match documents {
        [] => "[]\n".to_owned(),
        all => format!("[\n{}\n]\n", all.iter().map(indented).collect::<Vec<_>>().join(",\n")),
    }
}

/// A value as indented JSON with a final newline.
pub fn json<T: serde::Serialize>(value: &T) -> String {
    let mut text =
        serde_json::to_string_pretty(value).expect("our values have string keys and no failing parts");
    text.push('\n');
    text
}
