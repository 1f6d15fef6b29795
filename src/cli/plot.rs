//! `plot`: figures, as SVG and PNG.

use super::cases::cases_of;
use super::{Error, Exit, answer, progress, written};
use crate::case::{Bias, Case, Loss};
use crate::exact::{DIGITS, Integer, Rational, read_rational, ten_to};
use crate::figure::canvas::Canvas;
use crate::figure::{Refusal, cross_entropy, gram, phase, png, shrinkage, spectra, svg, training};
use crate::flow::Method;
use crate::theory::{Detail, GramDetail, Prediction};
use crate::verdict::verification::Plan;
use crate::verdict::{RunReport, Verification, verify};
use clap::{Args, Subcommand, ValueEnum};
use num_traits::Signed;
use std::path::{Path, PathBuf};

/// Draw a figure as SVG or PNG
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot shrinkage my.toml -o shrinkage.svg
  tightframe plot phase --classes 4 --minority 50 --depths 1,2,3 -o phase.png
  tightframe plot cross-entropy --classes 2,3,4,6 --depths 1,2,3 -o cells.svg
  tightframe plot gram my.toml -o gram.svg -o gram.png
  tightframe plot training my.toml --method sgd --against evaluations -o sgd.png
  tightframe plot spectra my.toml --predicted > spectra.svg

A figure needs no browser and no fonts. What is proven and what is measured stands in its heading; a proven
figure has the same bytes (SVG) on every machine.")]
pub struct Plot {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    Shrinkage(Shrinkage),
    Phase(Phase),
    CrossEntropy(CrossEntropy),
    Gram(Trained),
    Training(Training),
    Spectra(Spectra),
}

/// Where a figure goes.
#[derive(Args)]
struct Output {
    /// Write to this file, .svg or .png, once or more often [default: SVG on the terminal]
    #[arg(short, long = "output", value_name = "FILE")]
    outputs: Vec<PathBuf>,
    /// Pixels of a PNG for one of the SVG
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    scale: u8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Svg,
    Png,
}

impl Output {
    /// What can be refused before anything is computed.
    fn check(&self) -> Result<(), Error> {
        for path in &self.outputs {
            form(path)?;
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
            if let Some(folder) = folder.filter(|p| !p.is_dir()) {
                return Err(Error::Output {
                    path: path.clone(),
                    wrong: format!("there is no folder {}", folder.display()),
                    hint: Some("make it first, or write elsewhere"),
                });
            }
        }
        Ok(())
    }

    fn write(&self, canvas: &Canvas) -> Result<Exit, Error> {
        if self.outputs.is_empty() {
            return answer(svg::svg(canvas).as_bytes());
        }
        for path in &self.outputs {
            let bytes = match form(path)? {
                Form::Svg => svg::svg(canvas).into_bytes(),
                Form::Png => png::png(canvas, f64::from(self.scale)).ok_or_else(|| Error::Output {
                    path: path.clone(),
                    wrong: "the image would be too large".to_owned(),
                    hint: Some("a smaller --scale, or SVG"),
                })?,
            };
            written(path, &bytes)?;
        }
        Ok(Exit::Success)
    }
}

fn form(path: &Path) -> Result<Form, Error> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("svg") => Ok(Form::Svg),
        Some("png") => Ok(Form::Png),
        found => Err(Error::Output {
            path: path.to_owned(),
            wrong: match found {
                Some(other) => format!("\".{other}\" is no format of a figure"),
                None => "the name has no extension".to_owned(),
            },
            hint: Some("a figure is written to a name that ends in .svg or .png"),
        }),
    }
}

/// Shrinkage of every mode as the regularisation of a case is scaled, with its bands (proven)
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot shrinkage cases/papers/dang2023/imbalanced-m3.toml -o shrinkage.svg")]
struct Shrinkage {
    /// The case file
    case: PathBuf,
    #[command(flatten)]
    output: Output,
}

/// Phase diagram of collapse: imbalance ratio against λ, one panel a depth (proven)
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot phase -o phase.svg
  tightframe plot phase --classes 10 --minority 50 --ratio 1000 --bias last-layer -o phase.png")]
struct Phase {
    /// Number of classes; half of them, rounded down, are minorities
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(2..=10_000))]
    classes: u64,
    /// Samples of a minority class
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    minority: u64,
    /// Largest imbalance ratio
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    ratio: u64,
    /// Depths M, one panel each
    #[arg(long, value_delimiter = ',', default_value = "1,2,3", value_parser = clap::value_parser!(u64).range(1..=64))]
    depths: Vec<u64>,
    /// The bias
    #[arg(long, value_enum, default_value = "none")]
    bias: BiasWord,
    #[command(flatten)]
    output: Output,
}

/// What is proven of cross-entropy with equal counts: classes against λ, one panel a depth
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot cross-entropy -o cells.svg
  tightframe plot cross-entropy --classes 2,3,4 --depths 2,3 --from 1e-3 --to 1e-1 --bias last-layer -o cells.png

The rows are 1 and 3 times every power of ten between --from and --to.")]
struct CrossEntropy {
    /// Numbers of classes
    #[arg(long, value_delimiter = ',', default_value = "2,3,4,5,6,8", value_parser = clap::value_parser!(u64).range(2..=24))]
    classes: Vec<u64>,
    /// Depths M, one panel each
    #[arg(long, value_delimiter = ',', default_value = "1,2,3", value_parser = clap::value_parser!(u64).range(1..=12))]
    depths: Vec<u64>,
    /// Least λ
    #[arg(long, default_value = "1e-5")]
    from: String,
    /// Largest λ
    #[arg(long, default_value = "1")]
    to: String,
    /// Samples of each class
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    per_class: u64,
    /// The bias
    #[arg(long, value_enum, default_value = "none")]
    bias: BiasWord,
    #[command(flatten)]
    output: Output,
}

/// Gram matrices as heat maps: predicted (proven) beside measured
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot gram my.toml -o gram.svg
  tightframe plot gram my.toml --predicted -o predicted.png")]
struct Trained {
    /// The case file
    case: PathBuf,
    #[command(flatten)]
    run: RunOptions,
    /// Draw the prediction only, without training
    #[arg(long)]
    predicted: bool,
    #[command(flatten)]
    output: Output,
}

/// Singular values of every factor: predicted (proven) and measured
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot spectra my.toml -o spectra.svg
  tightframe plot spectra my.toml --predicted -o predicted.png")]
struct Spectra {
    #[command(flatten)]
    trained: Trained,
}

/// Curves along a run: objective gap, NC1 to NC3, mode strengths (measured)
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot training my.toml -o flow.svg
  tightframe plot training my.toml --method sgd --against evaluations -o sgd.png
  tightframe plot training m1.toml m3.toml m6.toml --title \"Three depths\" -o depths.svg")]
struct Training {
    /// The case file; several that share counts, bias and targets stand side by side
    #[arg(required = true)]
    cases: Vec<PathBuf>,
    /// The heading [default: the first case's title]
    #[arg(long)]
    title: Option<String>,
    #[command(flatten)]
    run: RunOptions,
    /// The horizontal axis [default: time for the flow, evaluations otherwise]
    #[arg(long, value_enum)]
    against: Option<AgainstWord>,
    #[command(flatten)]
    output: Output,
}

/// Which run is drawn.
#[derive(Args)]
struct RunOptions {
    /// Seed of the random start [default: the case's first]
    #[arg(long)]
    seed: Option<u64>,
    /// How to descend
    #[arg(long, value_enum, default_value = "flow")]
    method: MethodWord,
}

#[derive(Clone, Copy, ValueEnum)]
enum BiasWord {
    None,
    LastLayer,
}

#[derive(Clone, Copy, ValueEnum)]
enum AgainstWord {
    Time,
    Evaluations,
}

#[derive(Clone, Copy, ValueEnum)]
enum MethodWord {
    /// Gradient flow.
    Flow,
    /// Momentum descent: learning rate 0.1, momentum 0.9, 30,000 steps.
    Sgd,
    /// Limited-memory BFGS.
    Lbfgs,
}

impl From<BiasWord> for Bias {
    fn from(word: BiasWord) -> Self {
        match word {
            BiasWord::None => Self::None,
            BiasWord::LastLayer => Self::LastLayer,
        }
    }
}

impl Plot {
    pub fn run(&self) -> Result<Exit, Error> {
        let (output, canvas) = match &self.kind {
            Kind::Shrinkage(k) => (&k.output, k.canvas()),
            Kind::Phase(k) => (&k.output, k.canvas()),
            Kind::CrossEntropy(k) => (&k.output, k.canvas()),
            Kind::Gram(k) => (&k.output, k.gram()),
            Kind::Spectra(k) => (&k.trained.output, k.trained.spectra()),
            Kind::Training(k) => (&k.output, k.canvas()),
        };
        output.write(&canvas?)
    }
}

/// The case of a figure that only the mean squared error has.
fn squared(case: Case, path: &Path, subject: &'static str) -> Result<Case, Error> {
    match case.problem().loss() {
        Loss::Mse => Ok(case),
        Loss::CrossEntropy => Err(Error::SquaredErrorOnly {
            subject,
            case: path.to_owned(),
            hint: "`tightframe plot cross-entropy` draws what is known there; `tightframe verify --trajectory` \
                   writes a run's points",
        }),
    }
}

impl Shrinkage {
    fn canvas(&self) -> Result<Canvas, Error> {
        self.output.check()?;
        let case = Case::read(&self.case)?;
        shrinkage::figure(case.title(), case.problem())
            .map_err(|refusal| Error::Figure { case: self.case.clone(), refusal })
    }
}

impl Phase {
    fn canvas(&self) -> Result<Canvas, Error> {
        self.output.check()?;
        let diagram = phase::Diagram {
            classes: self.classes as usize,
            minority: self.minority,
            ratio: self.ratio,
            depths: distinct(&self.depths, "--depths")?,
            bias: self.bias.into(),
        };
        Ok(phase::figure(&diagram)?)
    }
}

/// Panels at most, and cells at most.
const MAX_PANELS: usize = 6;
const MAX_CELLS: usize = 5_000;

/// Growing values, each once.
fn distinct(values: &[u64], option: &str) -> Result<Vec<usize>, Error> {
    let mut sorted: Vec<usize> = values.iter().map(|v| *v as usize).collect();
    sorted.sort_unstable();
    sorted.dedup();
    if option == "--depths" && sorted.len() > MAX_PANELS {
        return Err(Error::TooMany {
            found: sorted.len() as u64,
            noun: "depths",
            limit: MAX_PANELS as u64,
            place: None,
            hint: "a panel each; draw two figures",
        });
    }
    Ok(sorted)
}

impl CrossEntropy {
    fn canvas(&self) -> Result<Canvas, Error> {
        self.output.check()?;
        let map = cross_entropy::Map {
            classes: distinct(&self.classes, "--classes")?,
            depths: distinct(&self.depths, "--depths")?,
            weights: self.weights()?,
            per_class: self.per_class,
            bias: self.bias.into(),
        };
        if map.number() > MAX_CELLS {
            return Err(Error::TooMany {
                found: map.number() as u64,
                noun: "cells",
                limit: MAX_CELLS as u64,
                place: None,
                hint: "fewer classes or depths, or a shorter range of λ",
            });
        }
        let bar = progress(map.number() as u64, "cells");
        let cells = map.cells(&|| bar.inc(1))?;
        bar.finish_and_clear();
        Ok(cross_entropy::figure(&map, &cells))
    }

    /// 1 and 3 times the powers of ten in the range.
    fn weights(&self) -> Result<Vec<Rational>, Error> {
        let bound = |option: &str, text: &str| {
            let value = read_rational(text).ok().filter(Rational::is_positive);
            let (least, most) = (ten_to(LEAST_POWER), ten_to(-LEAST_POWER));
            value.filter(|q| *q >= least && *q <= most).ok_or_else(|| Error::Option {
                given: format!("{option} {text}"),
                wrong: format!("`{text}` is not a number between 1e{LEAST_POWER} and 1e{}", -LEAST_POWER),
                hint: "a weight such as 1e-4".to_owned(),
            })
        };
        let (from, to) = (bound("--from", &self.from)?, bound("--to", &self.to)?);
        let three = Rational::from(Integer::from(3));
        let all = (LEAST_POWER..=-LEAST_POWER).flat_map(|e| [ten_to(e), ten_to(e) * &three]);
        let weights: Vec<Rational> = all.filter(|λ| *λ >= from && *λ <= to).collect();
        if weights.is_empty() {
            return Err(Error::Option {
                given: format!("--from {} --to {}", self.from, self.to),
                wrong: "no row lies between".to_owned(),
                hint: "rows are 1 and 3 times a power of ten".to_owned(),
            });
        }
        Ok(weights)
    }
}

/// Powers of ten of the rows.
const LEAST_POWER: i64 = -30;

impl RunOptions {
    /// Trains one random start.
    fn trained(&self, case: &Case, path: &Path, trajectory: bool) -> Result<Verification, Error> {
        let mut plan = Plan::of(case.training());
        plan.seeds = vec![self.seed.or(plan.seeds.first().copied()).unwrap_or(1)];
        plan.method = match self.method {
            MethodWord::Flow => Method::Flow,
            MethodWord::Sgd => Method::Sgd,
            MethodWord::Lbfgs => Method::Lbfgs,
        };
        plan.trajectory = trajectory;
        let optimum = crate::theory::Optimum::of(case.problem(), DIGITS);
        let bar = progress(2, "runs");
        let verification = verify(case.problem(), optimum, &plan, &|_| bar.inc(1)).map_err(|reason| {
            let hint = "smaller widths; or --predicted, for Gram matrices and singular values";
            Error::Untrainable { case: path.to_owned(), reason, hint }
        })?;
        bar.finish_and_clear();
        Ok(verification)
    }
}

/// The run from the random start.
fn random(verification: &Verification) -> Option<&RunReport> {
    verification.runs.first()
}

impl Trained {
    fn gram(&self) -> Result<Canvas, Error> {
        self.drawn("Gram matrices", GramDetail::UpToLimit, gram::check, gram::figure)
    }

    fn spectra(&self) -> Result<Canvas, Error> {
        self.drawn("singular values", GramDetail::Never, spectra::check, spectra::figure)
    }

    fn drawn(
        &self,
        noun: &'static str,
        gram: GramDetail,
        check: impl Fn(&Prediction) -> Result<(), Refusal>,
        figure: impl Fn(&str, &Prediction, Option<&RunReport>) -> Result<Canvas, Refusal>,
    ) -> Result<Canvas, Error> {
        self.output.check()?;
        let case = squared(Case::read(&self.case)?, &self.case, noun)?;
        let refused = |refusal| Error::Figure { case: self.case.clone(), refusal };
        let prediction = Prediction::of(case.problem(), Detail { digits: DIGITS, gram });
        check(&prediction).map_err(refused)?;
        let verification = match self.predicted {
            true => None,
            false => Some(self.run.trained(&case, &self.case, false)?),
        };
        figure(case.title(), &prediction, verification.as_ref().and_then(random)).map_err(refused)
    }
}

impl Training {
    fn canvas(&self) -> Result<Canvas, Error> {
        self.output.check()?;
        let mut cases = Vec::new();
        for path in &self.cases {
            for case in cases_of(std::slice::from_ref(path))? {
                cases.push((path, squared(case, path, "training curves")?));
            }
        }
        if cases.len() > training::MOST_COLUMNS {
            return Err(Error::TooMany {
                found: cases.len() as u64,
                noun: "cases",
                limit: training::MOST_COLUMNS as u64,
                place: None,
                hint: "a column each; draw two figures",
            });
        }
        let runs: Vec<(Case, Verification)> = cases
            .into_iter()
            .map(|(path, case)| {
                let verification = self.run.trained(&case, path, true)?;
                Ok((case, verification))
            })
            .collect::<Result<_, Error>>()?;
        let (method, natural) = match self.run.method {
            MethodWord::Flow => ("Gradient flow", AgainstWord::Time),
            MethodWord::Sgd => ("Momentum descent, rate 0.1, momentum 0.9", AgainstWord::Evaluations),
            MethodWord::Lbfgs => ("Limited-memory BFGS", AgainstWord::Evaluations),
        };
        let against = match self.against.unwrap_or(natural) {
            AgainstWord::Time => training::Against::Time,
            AgainstWord::Evaluations => training::Against::Evaluations,
        };
        let columns: Vec<training::Column> = runs
            .iter()
            .filter_map(|(case, v)| {
                Some(training::Column { problem: case.problem(), optimum: &v.optimum, run: random(v)? })
            })
            .collect();
        let title =
            self.title.as_deref().unwrap_or_else(|| runs.first().map_or("", |(case, _)| case.title()));
        let refused = |refusal| Error::Figure { case: self.cases[0].clone(), refusal };
        training::figure(title, &columns, method, against).map_err(refused)
    }
}
