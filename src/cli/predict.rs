//! `predict`: the optimal geometry of one case.

use super::{Error, Exit, answer};
use crate::case::{Case, Loss};
use crate::exact::DIGITS;
use crate::render;
use crate::render::landscape::LandscapeJson;
use crate::theory::cross_entropy::CrossEntropy;
use crate::theory::landscape::Landscape;
use crate::theory::{Detail, GramDetail, Optimum, Prediction};
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
  tightframe predict my.toml --format json | jq .objective"
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
        let digits = |default: usize| self.digits.map_or(default, |n| n as usize);
        if self.critical_points {
            return self.landscape(&case, digits(12));
        }
        if case.problem().loss() == Loss::CrossEntropy {
            let digits = digits(if matches!(self.format, Format::Text) { 12 } else { DIGITS });
            let known = CrossEntropy::of(case.problem(), digits);
            return match self.format {
                Format::Text => answer(
                    render::cross_entropy::text(case.title(), case.problem(), &known, digits).as_bytes(),
                ),
                Format::Json => {
                    let json = render::cross_entropy::json(case.title(), case.problem(), &known, digits);
                    answer(render::json(&json).as_bytes())
                }
            };
        }
        match self.format {
            Format::Text => {
                let prediction = Prediction::of(case.problem(), Detail { digits: digits(12), gram });
                answer(render::prediction::text(case.title(), &prediction).as_bytes())
            }
            Format::Json => {
                let prediction = Prediction::of(case.problem(), Detail { digits: digits(DIGITS), gram });
                let json = render::prediction::PredictionJson::of(case.title(), &prediction);
                answer(render::json(&json).as_bytes())
            }
        }
    }

    /// The critical levels; `undecided` where the modes are.
    fn landscape(&self, case: &Case, digits: usize) -> Result<Exit, Error> {
        if case.problem().loss() != Loss::Mse {
            return Err(Error::SquaredErrorOnly {
                subject: "critical points",
                case: self.case.clone(),
                hint: "`predict` without --critical-points says what is known",
            });
        }
        let optimum = Optimum::of(case.problem(), digits);
        let json =
            LandscapeJson::of(case.title(), &Landscape::of(case.problem(), &optimum), &optimum, digits);
        answer(
            match self.format {
                Format::Text => json.text().into_bytes(),
                Format::Json => render::json(&json).into_bytes(),
            }
            .as_slice(),
        )
    }
}
