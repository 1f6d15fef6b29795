//! `theorems`: the catalogue, and one theorem explained.

use super::check::case_files;
use super::{Exit, answer, complaint};
use crate::case::Case;
use crate::render;
use crate::render::theorems::{CaseFinding, TheoremJson};
use crate::theorems::{Judge, Theorem, catalogue};
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use std::path::PathBuf;

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For reading.
    Text,
    /// The complete result.
    Json,
}

/// List the theorems, or explain one
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe theorems
  tightframe theorems norm-ratios --on cases
  tightframe theorems --theorems my-theorems/ --format json")]
pub struct Theorems {
    /// The theorem to explain
    id: Option<String>,
    /// Case files and folders to judge it on
    #[arg(long, num_args = 1..)]
    on: Vec<PathBuf>,
    /// A folder of further theorem files
    #[arg(long)]
    theorems: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

impl Theorems {
    pub fn run(&self) -> Exit {
        let all = match catalogue::with_folder(self.theorems.as_deref()) {
            Ok(all) => all,
            Err(refusal) => return complaint(&refusal.to_string()),
        };
        let chosen: Vec<&Theorem> = match &self.id {
            None => all.iter().collect(),
            Some(id) => match all.iter().find(|t| t.id == *id) {
                Some(theorem) => vec![theorem],
                None => {
                    let ids: Vec<&str> = all.iter().map(|t| t.id.as_str()).collect();
                    let hint = match crate::case::nearest(id, &ids) {
                        Some(nearest) => format!("did you mean `{nearest}`?"),
                        None => "`tightframe theorems` lists all".to_owned(),
                    };
                    return complaint(&format!("error: no theorem \"{id}\"\nhint: {hint}"));
                }
            },
        };
        let files = match case_files(&self.on) {
            Ok(files) => files,
            Err(text) => return complaint(&text),
        };
        let cases: Result<Vec<Case>, _> = files.iter().map(|path| Case::read(path)).collect();
        let cases = match cases {
            Ok(cases) => cases,
            Err(refusal) => return complaint(&refusal.to_string()),
        };
        // One judge a case: its optimum serves every theorem.
        let rows: Vec<Vec<CaseFinding>> = cases
            .par_iter()
            .map(|case| {
                let judge = Judge::of(case.problem());
                chosen.iter().map(|t| CaseFinding::of(case.name(), &t.judge(&judge))).collect()
            })
            .collect();
        let finished = chosen
            .iter()
            .enumerate()
            .map(|(i, theorem)| TheoremJson::of(theorem, rows.iter().map(|row| row[i].clone()).collect()));
        let finished: Vec<TheoremJson> = finished.collect();
        let text = match (self.format, &self.id) {
            (Format::Json, _) => render::json(&finished),
            (Format::Text, Some(_)) => finished.iter().map(render::theorems::explained).collect(),
            (Format::Text, None) => render::theorems::listed(&finished),
        };
        answer(text.as_bytes())
    }
}
