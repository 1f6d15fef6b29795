//! How an answer is printed: for reading, or whole as JSON.

use clap::{Args, ValueEnum};

/// The forms of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For reading.
    Text,
    /// The complete result.
    Json,
}

// The form that is asked for.
#[derive(Debug, Clone, Args)]
pub(super) struct Form {
    /// How to print
    #[arg(long, value_enum, default_value = "text", default_value_if("json", "true", "json"))]
    pub format: Format,
    #[command(flatten)]
    json: Json,
}

// The short way to ask for JSON, for every command that has a --format.
#[derive(Debug, Clone, Args)]
pub(super) struct Json {
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}
