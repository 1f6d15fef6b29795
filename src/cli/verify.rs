//! `verify`: gradient flow of one case against its prediction.

use super::{Error, Exit, answer, interrupt, progress};
use crate::case::Case;
use crate::exact::read_rational;
use crate::flow::Method;
use crate::output::{Call, Kind, Target};
use crate::render;
use crate::render::verification::VerificationJson;
use crate::study::Study;
use crate::verdict::plan::NEAR_NOISE;
use crate::verdict::{Plan, Verdict};
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use num_traits::ToPrimitive;
use std::collections::HashSet;
use std::path::PathBuf;

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For reading.
    Text,
    /// The complete result.
    Json,
}

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
#[command(
    allow_negative_numbers = true,
    after_help = "\
Examples:
  tightframe verify my.toml
  tightframe verify my.toml --seeds 1,2,3,4,5 --tolerance 1e-10
  tightframe verify my.toml --method sgd --trajectory sgd.csv

The case is verified when a run reaches the proven optimum and none refutes it. `attained 1/3` says how many
random starts got there; one more run starts near the predicted optimum."
)]
pub struct Verify {
    /// The case file
    case: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Seeds of the random starts, instead of the case's
    #[arg(long, value_delimiter = ',')]
    seeds: Option<Vec<u64>>,
    /// Tolerance on the relative objective gap, instead of the case's
    #[arg(long)]
    tolerance: Option<String>,
    /// How to descend
    #[arg(long, value_enum, default_value = "flow")]
    method: Descent,
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

impl Verify {
    pub fn run(&self) -> Result<Exit, Error> {
        let call = Call { inputs: std::slice::from_ref(&self.case), force: self.force };
        let target = self.trajectory.as_deref().map(|path| Target::new(path, Kind::Csv, call)).transpose()?;
        let case = Case::read(&self.case)?;
        let plan = self.plan(&case)?;
        if self.explain {
            return answer(explained(&plan).as_bytes());
        }
        let bar = progress(plan.seeds.len() as u64 + 1, "runs");
        let words = interrupt::last_words(runs_done(&bar));
        let tick = || bar.inc(1);
        let study = Study::of(&case).trained(plan, &tick);
        let training = study.training().map_err(|reason| Error::Untrainable {
            case: self.case.clone(),
            reason: *reason,
            hint: "`tightframe predict` needs no training",
        })?;
        bar.finish_and_clear();
        drop(words);
        let Some(training) = training else {
            let text = render::prediction::text(&study, render::DIGITS);
            answer(format!("undecided\n\n{text}").as_bytes())?;
            return Ok(Exit::Undecided);
        };
        if let Some(target) = target {
            let rows = render::verification::trajectory_csv(study.known(), training);
            target.write(rows.as_bytes()).map_err(Error::unwritable(&target))?;
        }
        let text = match self.format {
            Format::Text => render::verification::text(&study, training),
            Format::Json => render::json(&VerificationJson::of(case.title(), training)),
        };
        answer(text.as_bytes())?;
        Ok(training.verdict.into())
    }

    fn plan(&self, case: &Case) -> Result<Plan, Error> {
        let mut plan = Plan::of(case.training());
        if let Some(seeds) = &self.seeds {
            let mut seen = HashSet::new();
            if let Some(seed) = seeds.iter().find(|seed| !seen.insert(**seed)) {
                return Err(Error::Option {
                    given: format!(
                        "--seeds {}",
                        seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
                    ),
                    wrong: format!("--seeds names seed {seed} twice"),
                    hint: "each seed is one start; name it once".to_owned(),
                });
            }
            plan.seeds = seeds.clone();
        }
        if let Some(text) = &self.tolerance {
            let value = read_rational(text).ok().and_then(|q| q.to_f64()).filter(|x| *x > 0.0 && *x < 1.0);
            plan.tolerance = value.ok_or_else(|| Error::Option {
                given: format!("--tolerance {text}"),
                wrong: "the tolerance is not a number between 0 and 1".to_owned(),
                hint: "a relative gap such as 1e-8".to_owned(),
            })?;
        }
        plan.method = match self.method {
            Descent::Flow => Method::Flow,
            Descent::Sgd => Method::Sgd,
            Descent::Lbfgs => Method::Lbfgs,
        };
        plan.trajectory = self.trajectory.is_some();
        Ok(plan)
    }
}

/// What is said when the runs are interrupted.
fn runs_done(bar: &ProgressBar) -> impl FnOnce() -> (String, String) + Send + 'static {
    let bar = bar.clone();
    move || {
        let (done, of) = (bar.position(), bar.length().unwrap_or(0));
        ("undecided\n".to_owned(), format!("interrupted: {done} of {of} runs are done"))
    }
}

fn explained(plan: &Plan) -> String {
    format!(
        "method       {}\nseeds        {:?}, and one start near the predicted optimum\ninit         {:e}  \
         standard deviation of all entries at a random start\nnear         {:e}  standard deviation of the noise on \
         the predicted factors\ntolerance    {:e}  on the relative objective gap; strengths at its square \
         root, {:e}\nevaluations  {}  gradient evaluations for one run\n",
        plan.method.word(),
        plan.seeds,
        plan.std,
        plan.std * NEAR_NOISE,
        plan.tolerance,
        plan.tolerance.sqrt(),
        plan.evaluations,
    )
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
