//! `predict`: the optimal geometry of one case.

use super::{Error, Exit, answer};
use crate::case::{Case, Verdict};
use crate::exact::DIGITS;
use crate::render;
use crate::render::landscape::LandscapeJson;
use crate::render::prediction::PredictionJson;
use crate::study::Study;
use crate::theory::GramDetail;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Most digits that can be asked for.
const MAX_DIGITS: u64 = 1_000;

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For reading.
    Text,
    /// The complete result.
    Json,
}

/// Predict the optimal geometry of a case, exactly
#[derive(Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Examples:
  tightframe predict cases/papers/dang2023/gof-m2.toml
  tightframe predict my.toml --digits 50
  tightframe predict my.toml --format json | jq .objective

Exit code 0 when the optimum is settled, or what a statement says of it; 3 when it is undecided."
)]
pub struct Predict {
    /// The case file
    case: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Significant digits, all proven [default: 12 in text, 17 in JSON]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=MAX_DIGITS))]
    digits: Option<u64>,
    /// List the critical levels instead: local minima and saddles
    #[arg(long)]
    critical_points: bool,
    /// Print Gram matrices beyond 64 classes too (JSON)
    #[arg(long)]
    gram: bool,
}

impl Predict {
    pub fn run(&self) -> Result<Exit, Error> {
        let case = Case::read(&self.case)?;
        let gram = if self.gram { GramDetail::Always } else { GramDetail::UpToLimit };
        let default = match (self.critical_points, self.format) {
            (true, _) | (_, Format::Text) => render::DIGITS,
            (false, Format::Json) => DIGITS,
        };
        let digits = self.digits.map_or(default, |n| n as usize);
        let study = Study::of(&case).to_digits(digits).with_gram(gram);
        let text = match (self.critical_points, self.format) {
            (true, _) => self.landscape(&study, digits)?,
            (false, Format::Text) => render::prediction::text(&study, digits),
            (false, Format::Json) => render::json(&PredictionJson::of(&study, digits)),
        };
        answer(text.as_bytes())?;
        Ok(match study.known().verdict() {
            Verdict::Undecided => Exit::Undecided,
            Verdict::Verified | Verdict::Refuted => Exit::Success,
        })
    }

    /// The critical levels.
    fn landscape(&self, study: &Study, digits: usize) -> Result<String, Error> {
        let landscape = study.landscape().ok_or_else(|| Error::SquaredErrorOnly {
            subject: "critical points",
            case: self.case.clone(),
            hint: "`predict` without --critical-points says what is known",
        })?;
        let json = LandscapeJson::of(study.case().title(), &landscape, digits);
        Ok(match self.format {
            Format::Text => json.text(),
            Format::Json => render::json(&json),
        })
    }
}
