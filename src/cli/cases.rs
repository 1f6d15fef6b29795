//! The cases that a call is about: files, folders of files, standard input, points of a sweep's spec, or the flags of
//! one problem.

use super::{Error, Exit, answer};
use crate::case::{
    Bias, Case, Draft, Loss, MAX_BYTES, Mistake, Problem, Refusal, Targets, Terms, compact_count,
};
use crate::exact::{Rational, read_rational};
use crate::render::problem::title;
use crate::sweep::Spec;
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Points of a spec that are taken as cases at most.
const MAX_POINTS: u64 = 1_000;

/// Folders are searched this deep, so that a loop of links ends.
const MAX_DEPTH: usize = 32;

/// A path that means standard input.
const STDIN: &str = "-";

/// Whether the last layer has a bias.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum BiasWord {
    /// No bias.
    None,
    /// A free bias in the last layer.
    LastLayer,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LossWord {
    /// Mean squared error.
    Mse,
    /// Cross-entropy.
    Ce,
}

// A network without a file.
#[derive(Debug, Clone, Args)]
pub(super) struct Network {
    /// Samples of each class; '50*20' is 50 twenty times
    #[arg(long, value_name = "N,…", value_delimiter = ',', requires = "widths", allow_hyphen_values = true)]
    pub counts: Vec<String>,
    /// Widths d_1 … d_M: W_l is d_{l+1} × d_l, and their number is the depth
    #[arg(long, value_name = "D,…", value_delimiter = ',', requires = "counts", allow_hyphen_values = true)]
    pub widths: Vec<String>,
    /// Whether the last layer has a bias
    #[arg(long, value_enum, default_value = "none")]
    pub bias: BiasWord,
}

// A problem without a file.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "A problem without a file")]
pub(super) struct Flags {
    #[command(flatten)]
    network: Network,
    /// The loss
    #[arg(long, value_enum, default_value = "mse", requires = "counts")]
    loss: LossWord,
    /// Regularisation λ of every layer and of the features
    #[arg(long, value_name = "λ", requires = "counts", allow_hyphen_values = true)]
    lambda: Option<String>,
    /// λ_1 … λ_M, one number or one a layer
    #[arg(long, value_name = "λ,…", value_delimiter = ',', requires = "counts", allow_hyphen_values = true)]
    weights: Vec<String>,
    /// λ_H
    #[arg(long, value_name = "λ", requires = "counts", allow_hyphen_values = true)]
    features: Option<String>,
    /// Print the case file of these flags and stop
    #[arg(long, requires = "counts")]
    print_case: bool,
}

// Cases, or the flags of one.
#[derive(Debug, Clone, Args)]
pub(super) struct Given {
    /// Case files and folders of case files; `-` is standard input
    #[arg(value_name = "CASE", required_unless_present = "counts", conflicts_with = "counts")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub flags: Flags,
}

/// What a call is about.
pub(super) struct Cases {
    /// The cases.
    pub all: Vec<Case>,
    /// Whether the call names several, or a folder, which answers with a list.
    pub is_list: bool,
}

impl Given {
    /// The files that are read.
    pub fn files(&self) -> Result<Vec<PathBuf>, Error> {
        case_files(&self.paths)
    }

    /// The cases: of these files, unless there are flags.
    pub fn cases(&self, files: &[PathBuf]) -> Result<Cases, Error> {
        let is_list = self.paths.len() > 1 || self.paths.iter().any(|path| path.is_dir());
        let all = match self.flags.case()? {
            Some(case) => vec![case],
            None => files.iter().map(|path| read(path)).collect::<Result<_, _>>()?,
        };
        Ok(Cases { all, is_list })
    }
}

impl Flags {
    /// The case of the flags, if there are any: as if its file had been read.
    pub fn case(&self) -> Result<Option<Case>, Error> {
        if self.network.counts.is_empty() {
            return Ok(None);
        }
        let loss = match self.loss {
            LossWord::Mse => Loss::Mse,
            LossWord::Ce => Loss::CrossEntropy,
        };
        let number = |flag: &str, text: &str| {
            read_rational(text).map_err(|error| {
                let mistake = Mistake::BadNumber { key: flag.trim_start_matches('-').to_owned(), error };
                refused(&format!("{flag} {text}"), mistake)
            })
        };
        let all = self.lambda.as_deref().map(|text| number("--lambda", text)).transpose()?;
        let weights: Vec<Rational> =
            self.weights.iter().map(|text| number("--weights", text)).collect::<Result<_, _>>()?;
        let features = self.features.as_deref().map(|text| number("--features", text)).transpose()?;
        let depth = self.network.widths.len();
        let weights = match (weights.as_slice(), &all) {
            ([], Some(λ)) => vec![λ.clone(); depth],
            ([], None) => return Err(unregularized("the layers", "--weights 5e-4")),
            ([λ], _) => vec![λ.clone(); depth],
            (weights, _) => weights.to_vec(),
        };
        let features = features.or(all).ok_or_else(|| unregularized("the features", "--features 5e-4"))?;
        let problem = self.network.problem(loss, weights, features, &|key| self.flag(key))?;
        Ok(Some(Case::of(&title(&problem), &problem)?))
    }

    /// Prints the case file of the flags, if that is asked for.
    pub fn printed(&self) -> Result<Option<Exit>, Error> {
        if !self.print_case {
            return Ok(None);
        }
        self.case()?.map(|case| answer(case.bytes())).transpose()
    }

    /// The flag that says what a key of a case file says, with its value.
    fn flag(&self, key: &str) -> Option<String> {
        match key {
            "weights" if !self.weights.is_empty() => Some(format!("--weights {}", self.weights.join(","))),
            "features" if self.features.is_some() => {
                self.features.as_ref().map(|λ| format!("--features {λ}"))
            }
            "weights" | "features" => self.lambda.as_ref().map(|λ| format!("--lambda {λ}")),
            "loss" => Some("--loss".to_owned()),
            _ => None,
        }
    }
}

impl Network {
    /// The problem with a loss and regularisation; `flag` names the flag of a key that is none of the network's.
    pub fn problem(
        &self,
        loss: Loss,
        weights: Vec<Rational>,
        features: Rational,
        flag: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Problem, Error> {
        let mut counts = Vec::new();
        for text in &self.counts {
            let (count, times) =
                compact_count(text).map_err(|mistake| refused(&format!("--counts {text}"), mistake))?;
            counts.extend(std::iter::repeat_n(count, times));
        }
        let width = |(l, text): (usize, &String)| {
            let mistake = match text.starts_with('-') || text.bytes().all(|b| b == b'0') {
                true => Mistake::ZeroWidth { layer: l + 1 },
                false => Mistake::NotAWholeNumber { key: "widths".to_owned() },
            };
            text.parse::<u64>()
                .ok()
                .filter(|d| *d > 0)
                .ok_or_else(|| refused(&format!("--widths {text}"), mistake))
        };
        let draft = Draft {
            counts,
            widths: self.widths.iter().enumerate().map(width).collect::<Result<_, _>>()?,
            loss,
            bias: match self.bias {
                BiasWord::None => Bias::None,
                BiasWord::LastLayer => Bias::LastLayer,
            },
            targets: Targets::OneHot,
            terms: Terms::default(),
            weights,
            features,
        };
        Problem::new(draft).map_err(|mistake| {
            let flag = match mistake.key() {
                Some("counts") => Some(format!("--counts {}", self.counts.join(","))),
                Some("widths") => Some(format!("--widths {}", self.widths.join(","))),
                key => key.and_then(flag),
            };
            refused(&flag.unwrap_or_else(|| "the flags".to_owned()), mistake)
        })
    }
}

fn refused(flag: &str, mistake: Mistake) -> Error {
    Error::from(Refusal { file: flag.to_owned(), place: None, mistake })
}

fn unregularized(what: &str, flag: &str) -> Error {
    Error::Option {
        given: "--counts … --widths …".to_owned(),
        wrong: format!("no regularisation of {what} is given"),
        hint: format!("--lambda 5e-4 is for all layers and the features, {flag} for {what}"),
    }
}

/// Reads a case file, or standard input.
pub(super) fn read(path: &Path) -> Result<Case, Refusal> {
    if path != Path::new(STDIN) {
        return Case::read(path);
    }
    let name = "standard input";
    let refused = |mistake| Refusal { file: name.to_owned(), place: None, mistake };
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| refused(Mistake::Unreadable { reason: error.to_string() }))?;
    match bytes.len() as u64 > MAX_BYTES {
        true => Err(refused(Mistake::FileTooLarge { bytes: bytes.len() as u64, limit: MAX_BYTES })),
        false => Case::parse(name, &bytes),
    }
}

/// Works on all items, the longest first, each handed to whoever is free, so that all processors are busy to the end; the
/// results in the order of the items.
pub(super) fn longest_first<T: Sync, R: Send>(
    items: &[T],
    cost: impl Fn(&T) -> u64,
    work: impl Fn(usize, &T) -> R + Sync,
) -> Vec<R> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_cached_key(|i| Reverse(cost(&items[*i])));
    let mut done: Vec<(usize, R)> = order.into_iter().par_bridge().map(|i| (i, work(i, &items[i]))).collect();
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Cross-entropy costs so many times what the mean squared error does: series in place of quotients, and long tails.
const ENTROPY: u64 = 50;

/// How long a case takes, very roughly and in no unit: entries of predicted matrices, and of trained ones.
pub(super) fn cost(case: &Case, trained: bool) -> u64 {
    let problem = case.problem();
    let (k, g) = (problem.outputs() as u64, problem.classes() as u64);
    let widths = problem.widths();
    let entries = |pair: &[u64]| pair[0].saturating_mul(pair[1]);
    let layers = widths.windows(2).map(entries).fold(0, u64::saturating_add);
    let ends = (k + g).saturating_mul(widths.iter().copied().max().unwrap_or(0));
    let seeds = if trained { case.training().seeds.len() as u64 } else { 0 };
    let all = k.saturating_mul(g).saturating_add(seeds.saturating_mul(layers.saturating_add(ends)));
    if problem.loss() == Loss::CrossEntropy { all.saturating_mul(ENTROPY) } else { all }
}

/// All case files under the paths, those of a folder in the order of their names, each once.
pub(super) fn case_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        let before = files.len();
        if path.is_dir() {
            collect(path, &mut files, MAX_DEPTH).map_err(|error| Error::Unreadable {
                noun: "folder",
                path: path.clone(),
                error,
            })?;
            if files.len() == before {
                return Err(Error::NoCases { path: path.clone() });
            }
            files[before..].sort();
        } else {
            files.push(path.clone());
        }
    }
    let mut seen = HashSet::new();
    files.retain(|path| seen.insert(path.clone()));
    Ok(files)
}

/// The cases of some files: a case file's own, and every point of a sweep's spec, at most `MAX_POINTS` of each.
pub(super) fn cases_of(files: &[PathBuf]) -> Result<Vec<Case>, Error> {
    let mut all = Vec::new();
    for path in files {
        if !Spec::is_meant(path) {
            all.push(read(path)?);
            continue;
        }
        let spec = Spec::read(path)?;
        if spec.points() > MAX_POINTS {
            return Err(Error::TooMany {
                found: spec.points(),
                noun: "points",
                limit: MAX_POINTS,
                place: Some(path.clone()),
                hint: "`tightframe sweep` takes a million",
            });
        }
        all.extend(spec.cases());
    }
    Ok(all)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>, depth: usize) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if depth > 0 {
                collect(&path, files, depth - 1)?;
            }
        } else if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
    Ok(())
}
