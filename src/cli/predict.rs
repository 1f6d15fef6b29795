//! `predict`: the optimal geometry of cases.

use super::cases::{Cases, Given};
use super::form::{Form, Format};
use super::screen::Screen;
use super::{Error, Exit};
use crate::case::{Case, Verdict};
use crate::exact::{DIGITS, read_rational};
use crate::render::landscape::{LandscapeJson, Wanted};
use crate::render::prediction::PredictionJson;
use crate::render::start::StartJson;
use crate::render::{self, Page};
use crate::study::Study;
use crate::theory::GramDetail;
use clap::{Args, ValueEnum};
use num_traits::ToPrimitive;

/// Most digits that can be asked for.
const MAX_DIGITS: u64 = 1_000;

/// Critical levels, on the command line.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Levels {
    /// Minima first, then saddles.
    All,
    /// Local minima, the global one among them.
    Minima,
    /// Everything but minima.
    Saddles,
}

/// Predict the optimal geometry of a case, exactly
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe predict --counts 200,100,50*2 --widths 64,64 --lambda 5e-4
  tightframe predict cases/papers/dang2023/gof-m2.toml
  tightframe predict my.toml --digits 50
  tightframe predict my.toml --json | jq .objective
  tightframe predict my.toml --critical-points=minima
  tightframe predict --counts 20,10 --widths 8 --lambda 1e-3 --print-case > my.toml

Several cases, or a folder, are answered one after the other; in JSON, in a list. Exit code 0 when every optimum is
settled, or what a statement says of it; 3 when one is undecided.")]
pub struct Predict {
    #[command(flatten)]
    given: Given,
    #[command(flatten)]
    form: Form,
    /// Significant digits, all proven [default: 12 in text, 17 in JSON]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=MAX_DIGITS))]
    digits: Option<u64>,
    /// List the critical levels instead
    #[arg(long, value_enum, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    critical_points: Option<Levels>,
    /// Critical levels that are listed at most
    #[arg(long, value_name = "LEVELS", default_value_t = 200, requires = "critical_points",
        value_parser = clap::value_parser!(u64).range(1..=100_000))]
    limit: u64,
    /// Print the founding paper's own quantities too: b, b/n, x*, s and Nλ_H/(1 − u)
    #[arg(long, conflicts_with = "critical_points")]
    paper: bool,
    /// Say which modes a random start of this standard deviation is expected to lose (a heuristic) [default: the case's]
    #[arg(long, value_name = "STD", num_args = 0..=1, require_equals = true, default_missing_value = "",
        conflicts_with = "critical_points")]
    explain_start: Option<String>,
    /// Print Gram matrices beyond 64 classes too (JSON)
    #[arg(long)]
    gram: bool,
}

/// What is printed of a case.
enum Answer {
    Text(Page),
    Json(String),
}

impl Predict {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        if let Some(exit) = self.given.flags.printed()? {
            return Ok(exit);
        }
        let Cases { all, is_list } = self.given.cases(&self.given.files()?)?;
        let bar = screen.progress(if is_list { all.len() as u64 } else { 0 }, "predicted");
        let mut exit = Exit::Success;
        let (mut page, mut documents) = (Page::default(), Vec::new());
        for (i, case) in all.iter().enumerate() {
            let (settled, answered) = self.answered(case)?;
            bar.inc(1);
            exit = exit.worse(settled);
            match answered {
                Answer::Text(text) => {
                    page += if i > 0 { "\n" } else { "" };
                    page.append(text);
                }
                Answer::Json(document) => documents.push(document),
            }
        }
        bar.finish_and_clear();
        self.form.say(screen, &page, &documents, is_list)?;
        Ok(exit)
    }

    fn answered(&self, case: &Case) -> Result<(Exit, Answer), Error> {
        let gram = if self.gram { GramDetail::Always } else { GramDetail::UpToLimit };
        let default = match (self.critical_points, self.form.format) {
            (Some(_), _) | (_, Format::Text) => render::DIGITS,
            (None, Format::Json) => DIGITS,
        };
        let digits = self.digits.map_or(default, |n| n as usize);
        let study = Study::of(case).to_digits(digits).with_gram(gram).with_paper(self.paper);
        let start = self.start(&study)?;
        let answered = match (self.critical_points, self.form.format) {
            (Some(levels), format) => {
                let landscape = self.landscape(&study, levels, digits)?;
                match format {
                    Format::Text => Answer::Text(landscape.text()),
                    Format::Json => Answer::Json(render::json(&landscape)),
                }
            }
            (None, Format::Text) => {
                let mut page = render::prediction::text(&study, digits);
                if let Some(start) = start {
                    page.append(start.text());
                }
                Answer::Text(page)
            }
            (None, Format::Json) => {
                Answer::Json(render::json(&PredictionJson { start, ..PredictionJson::of(&study, digits) }))
            }
        };
        let exit = match study.known().verdict() {
            Verdict::Undecided => Exit::Undecided,
            Verdict::Verified | Verdict::Refuted => Exit::Success,
        };
        Ok((exit, answered))
    }

    /// What a random start is expected to lose, if it is asked for.
    fn start(&self, study: &Study) -> Result<Option<StartJson>, Error> {
        let Some(text) = &self.explain_start else { return Ok(None) };
        let std = match text.as_str() {
            "" => study.case().training().init.to_f64(),
            text => read_rational(text).ok().and_then(|q| q.to_f64()),
        };
        let std = std.filter(|std| *std > 0.0 && std.is_finite()).ok_or_else(|| Error::Option {
            given: format!("--explain-start={text}"),
            wrong: "the standard deviation is not a positive number".to_owned(),
            hint: "such as 0.1; without a number it is the case's `init`".to_owned(),
        })?;
        let optimum = study.optimum().ok_or_else(|| Error::SquaredErrorOnly {
            subject: "modes",
            case: study.case().name().into(),
            hint: "`tightframe verify` says where random starts end",
        })?;
        Ok(Some(StartJson::of(study.problem(), optimum, std)))
    }

    /// The critical levels.
    fn landscape(&self, study: &Study, levels: Levels, digits: usize) -> Result<LandscapeJson, Error> {
        let landscape = study.landscape().ok_or_else(|| Error::SquaredErrorOnly {
            subject: "critical points",
            case: study.case().name().into(),
            hint: "`predict` without --critical-points says what is known",
        })?;
        let wanted = Wanted {
            minima: levels != Levels::Saddles,
            saddles: levels != Levels::Minima,
            limit: self.limit as usize,
        };
        Ok(LandscapeJson::of(study.case().title(), &landscape, wanted, digits))
    }
}
