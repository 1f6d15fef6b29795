//! `verify`: gradient flow of cases against their predictions.

use super::cases::{Cases, Given};
use super::form::Form;
use super::progress::Training;
use super::screen::Screen;
use super::{Error, Exit, interrupt};
use crate::case::Case;
use crate::exact::{Rational, exact_text, read_range, read_rational, whole};
use crate::flow::{Method, SGD_STEPS};
use crate::output::{Call, Kind, Target};
use crate::render::verification::VerificationJson;
use crate::render::verification_text::{self, WITHOUT_RUNS, details, runs, statements};
use crate::render::{self, Page};
use crate::study::Study;
use crate::verdict::plan::NEAR_NOISE;
use crate::verdict::{Plan, Verdict, Verification};
use clap::{Args, ValueEnum};
use num_traits::{One, Signed, ToPrimitive};
use std::collections::HashSet;
use std::path::PathBuf;

#[derive(Clone, Copy, ValueEnum)]
enum Descent {
    /// Gradient flow, Runge–Kutta–Chebyshev.
    Flow,
    /// Momentum descent: learning rate 0.1, momentum 0.9, 30,000 steps.
    Sgd,
    /// Limited-memory BFGS.
    Lbfgs,
}

/// Train a case's network by gradient flow and compare with the prediction
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe verify my.toml
  tightframe verify --counts 20,10 --widths 8,8 --lambda 1e-3
  tightframe verify my.toml --seeds 1,2,3,4,5 --tolerance 1e-10
  tightframe verify my.toml --require-attained=1/2
  tightframe verify my.toml --method sgd --trajectory sgd.csv

Two statements, apart: the prediction stands when a run reaches the proven optimum and none falls below it; training
found it from so many of the random starts. One more run starts beside the predicted optimum.

Exit codes: 0 verified, 1 refuted or not attained as required, 2 bad input, 3 undecided.")]
pub struct Verify {
    #[command(flatten)]
    given: Given,
    #[command(flatten)]
    form: Form,
    /// Seeds of the random starts, instead of the case's: 1,2,5 or 1..20
    #[arg(long, value_name = "LIST")]
    seeds: Option<String>,
    /// Tolerance on the relative objective gap, instead of the case's
    #[arg(long, allow_hyphen_values = true)]
    tolerance: Option<String>,
    /// How to descend
    #[arg(long, value_enum, default_value = "flow")]
    method: Descent,
    /// Fail unless training finds the optimum from this share of the random starts [default: 1, all of them]
    #[arg(long, value_name = "SHARE", num_args = 0..=1, require_equals = true, default_missing_value = "1")]
    require_attained: Option<String>,
    /// Metrics at the ends of runs: residuals against the prediction, the founding paper's at every layer, or both
    #[arg(long, value_enum, default_value = "residuals")]
    metrics: MetricsWord,
    /// Measure too how fast the flow comes back to the optimum after a small kick, beside the predicted slowest rate
    #[arg(long)]
    tail: bool,
    /// Write the points along all runs to this CSV file
    #[arg(long, value_name = "FILE")]
    trajectory: Option<PathBuf>,
    /// Overwrite a file of another kind too; what the call reads is never overwritten
    #[arg(long)]
    force: bool,
    /// Print the settings of the runs and stop
    #[arg(long)]
    explain: bool,
}

/// Which metrics, on the command line.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MetricsWord {
    /// NC1, and NC2 and NC3 as residuals against the predicted matrices.
    Residuals,
    /// The founding paper's, by its names, at every layer.
    Paper,
    /// Both.
    All,
}

/// What is said of one case.
struct Said {
    exit: Exit,
    page: Page,
    document: Option<String>,
}

impl Verify {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        if let Some(exit) = self.given.flags.printed()? {
            return Ok(exit);
        }
        let files = self.given.files()?;
        let call = Call { inputs: &files, force: self.force };
        let target = self.trajectory.as_deref().map(|path| Target::new(path, Kind::Csv, call)).transpose()?;
        let required = self.required()?;
        let Cases { all, is_list } = self.given.cases(&files)?;
        if is_list && target.is_some() {
            return Err(Error::Option {
                given: "--trajectory".to_owned(),
                wrong: format!("{} cases have more than one trajectory", all.len()),
                hint: "name one case".to_owned(),
            });
        }
        let plans = all.iter().map(|case| self.plan(case)).collect::<Result<Vec<Plan>, Error>>()?;
        if self.explain {
            let all = all.iter().zip(&plans).map(|(case, plan)| self.explained(case, plan));
            return screen.show(&Page::from(all.collect::<Result<Vec<_>, _>>()?.join("\n")));
        }
        let mut exit = Exit::Success;
        let (mut page, mut documents) = (Page::default(), Vec::new());
        for (i, (case, plan)) in all.iter().zip(plans).enumerate() {
            let said = self.verified(screen, case, plan, required.as_ref(), target.as_ref())?;
            exit = exit.worse(said.exit);
            documents.extend(said.document);
            page += if i > 0 { "\n" } else { "" };
            page.append(said.page);
        }
        self.form.say(screen, &page, &documents, is_list)?;
        Ok(exit)
    }

    fn verified(
        &self,
        screen: &Screen,
        case: &Case,
        plan: Plan,
        required: Option<&Rational>,
        target: Option<&Target>,
    ) -> Result<Said, Error> {
        let (starts, tolerance) = (plan.seeds.len() as u64 + 1, plan.tolerance);
        let training = screen.training(starts);
        let words = interrupt::last_words(runs_done(screen, &training, case.title(), starts));
        let listener = |news: crate::verdict::News<'_>| training.hear(news);
        let study =
            Study::of(case).trained(plan, &listener).with_paper(self.metrics != MetricsWord::Residuals);
        let found = study.training().map_err(|reason| Error::Untrainable {
            case: case.name().into(),
            reason: *reason,
            hint: "`tightframe predict` needs no training",
        })?;
        training.bar.finish_and_clear();
        drop(words);
        let Some(found) = found else {
            let mut page = Page::from(format!("{WITHOUT_RUNS}\n"));
            page.append(render::prediction::text(&study, render::DIGITS));
            let document = render::json(&VerificationJson::without_runs(case.title(), tolerance));
            return Ok(Said { exit: Exit::Undecided, page, document: Some(document) });
        };
        if let Some(target) = target {
            let rows = render::verification::trajectory_csv(study.known(), found);
            target.write(rows.as_bytes()).map_err(Error::unwritable(target))?;
        }
        let missed = required.is_some_and(|share| !is_attained(found, share));
        let mut page = Page::from(statements(study.known(), found));
        if let Some(share) = required.filter(|_| missed) {
            page += &format!("required   {} of the random starts: not attained\n", exact_text(share));
        }
        let paper = study.paper_metrics();
        let tails = if self.tail { study.tail_rates().unwrap_or_default() } else { Vec::new() };
        if !screen.quiet {
            page.append(details(&study, found, self.metrics != MetricsWord::Paper));
            if self.metrics != MetricsWord::Residuals {
                page.append(verification_text::paper(found, &paper));
            }
            if self.tail {
                page.append(verification_text::tails(&study, found, &tails));
            }
        }
        let exit = Exit::from(found.verdict).worse(if missed { Exit::Refuted } else { Exit::Success });
        let document = render::json(&VerificationJson::of(case.title(), found).with(&paper, &tails));
        Ok(Said { exit, page, document: Some(document) })
    }

    /// The share of random starts from which training must find the optimum.
    fn required(&self) -> Result<Option<Rational>, Error> {
        let Some(text) = &self.require_attained else { return Ok(None) };
        let share = read_rational(text).ok().filter(|q| q.is_positive() && *q <= Rational::one());
        share.map(Some).ok_or_else(|| Error::Option {
            given: format!("--require-attained={text}"),
            wrong: "the share is not a number from 0 to 1".to_owned(),
            hint: "such as 1/2 or 0.8; without a number it is 1".to_owned(),
        })
    }

    fn plan(&self, case: &Case) -> Result<Plan, Error> {
        let mut plan = Plan::of(case.training());
        if let Some(text) = &self.seeds {
            plan.seeds = seeds(text).map_err(|(wrong, hint)| Error::Option {
                given: format!("--seeds {text}"),
                wrong,
                hint: hint.to_owned(),
            })?;
        }
        if self.tolerance.is_some() {
            plan.tolerance = self.tolerance(case)?.to_f64().unwrap_or(0.0);
        }
        plan.method = match self.method {
            Descent::Flow => Method::Flow,
            Descent::Sgd => Method::Sgd,
            Descent::Lbfgs => Method::Lbfgs,
        };
        plan.trajectory = self.trajectory.is_some();
        Ok(plan)
    }

    /// The tolerance as it was written.
    fn tolerance(&self, case: &Case) -> Result<Rational, Error> {
        let Some(text) = &self.tolerance else { return Ok(case.training().tolerance.clone()) };
        let value =
            read_rational(text).ok().filter(|q| *q < Rational::one() && q.to_f64().is_some_and(|x| x > 0.0));
        value.ok_or_else(|| Error::Option {
            given: format!("--tolerance {text}"),
            wrong: "the tolerance is not a number between 0 and 1".to_owned(),
            hint: "a relative gap such as 1e-8".to_owned(),
        })
    }

    /// The settings of a case's runs, numbers as they were written.
    fn explained(&self, case: &Case, plan: &Plan) -> Result<String, Error> {
        let (init, tolerance) = (&case.training().init, self.tolerance(case)?);
        let noise = init * read_rational(&NEAR_NOISE.to_string()).unwrap_or_else(|_| whole(0u64));
        let budget = match plan.method {
            Method::Flow => {
                format!("{} gradient evaluations for one run; its last step is finished", plan.evaluations)
            }
            Method::Lbfgs => format!("{} gradient evaluations for one run", plan.evaluations),
            Method::Sgd => {
                format!("{SGD_STEPS} steps for one run, one gradient evaluation each, as published")
            }
        };
        Ok(format!(
            "method     {}\nseeds      {}, and one start beside the predicted optimum\ninit       {}, standard \
             deviation of all entries at a random start\nnear       {}, standard deviation of the noise on the predicted \
             factors\ntolerance  {} on the relative objective gap; strengths at its square root, {:e}\nbudget     {budget}\n",
            plan.method.word(),
            listed(&plan.seeds),
            exact_text(init),
            exact_text(&noise),
            exact_text(&tolerance),
            plan.tolerance.sqrt(),
        ))
    }
}

/// The seeds that a text names, or what is wrong with it and the way out.
fn seeds(text: &str) -> Result<Vec<u64>, (String, &'static str)> {
    let (mut all, mut seen) = (Vec::new(), HashSet::new());
    for part in text.split(',').map(str::trim) {
        let Some(range) = read_range(part) else {
            return Err((format!("{part:?} names no seeds"), "such as 1,2,5 or 1..20"));
        };
        if range.end() - range.start() >= MAX_SEEDS {
            return Err((format!("{part} are too many starts"), "at most a million at a time"));
        }
        for seed in range {
            if !seen.insert(seed) {
                return Err((
                    format!("--seeds names seed {seed} twice"),
                    "each seed is one start; name it once",
                ));
            }
            all.push(seed);
        }
    }
    Ok(all)
}

/// Seeds that one range may name.
const MAX_SEEDS: u64 = 1_000_000;

fn listed(seeds: &[u64]) -> String {
    seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

fn is_attained(found: &Verification, share: &Rational) -> bool {
    whole(found.attained as u64) >= share * whole(found.random().count() as u64)
}

/// What is said when the runs are interrupted: those that are finished.
fn runs_done(
    screen: &Screen,
    training: &Training,
    title: &str,
    of: u64,
) -> impl FnOnce() -> (String, String) + Send + 'static {
    let (screen, training, title) = (screen.clone(), training.clone(), title.to_owned());
    move || {
        let rows = training.rows();
        let talk = format!("interrupted: {} of {of} runs are done", rows.len());
        let mut page = Page::from(format!("undecided  interrupted\n\n{title}\n"));
        if !rows.is_empty() {
            page += "\nfinished runs (measured)\n";
            page.table(runs(rows));
        }
        (screen.text(&page), talk)
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Verified => Self::Success,
            Verdict::Refuted => Self::Refuted,
            Verdict::Undecided => Self::Undecided,
        }
    }
}
