//! How an answer is printed: for reading, or whole as JSON.

use super::screen::Screen;
use super::{Error, Exit, answer};
use crate::render::{self, Page};
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

impl Form {
    /// Prints what was asked for: the page, or the documents, in a list where the call names one.
    pub fn say(
        &self,
        screen: &Screen,
        page: &Page,
        documents: &[String],
        is_list: bool,
    ) -> Result<Exit, Error> {
        match (self.format, documents) {
            (Format::Text, _) => screen.show(page),
            (Format::Json, [one]) if !is_list => answer(one.as_bytes()),
            (Format::Json, all) => answer(render::json_list(all).as_bytes()),
        }
    }
}

// The short way to ask for JSON, for every command that has a --format.
#[derive(Debug, Clone, Args)]
pub(super) struct Json {
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}
