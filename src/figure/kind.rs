//! What every kind of figure is: options on the command line, and the drawing that they ask for.

use super::canvas::Canvas;
use crate::case::{Case, Mistake};
use clap::{ArgMatches, Args, Command};
use std::path::{Path, PathBuf};

/// A figure that was asked for.
pub trait Figure {
    /// The files of its cases.
    fn files(&self) -> Files<'_> {
        Files::None
    }

    /// Its drawing; `cases` are those of its files, in their order.
    fn drawing(&self, cases: &[Case], progress: Progress) -> Result<Canvas, Refusal>;
}

/// Files of cases.
#[derive(Debug, Clone, Copy)]
pub enum Files<'a> {
    /// The figure has no case.
    None,
    /// One case.
    One(&'a Path),
    /// Cases, and specs of several.
    Several(&'a [PathBuf]),
}

/// Hears of work: of its parts and their number beforehand, then each time one is done.
pub type Progress<'a> = &'a dyn Fn(&'static str, u64) -> Box<dyn Fn() + Sync>;

/// A kind of figure.
pub struct Kind {
    /// Its name on the command line.
    pub name: &'static str,
    /// Adds its options to a command.
    pub options: fn(Command) -> Command,
    /// The figure that options ask for.
    pub asked: fn(&ArgMatches) -> Result<Box<dyn Figure>, clap::Error>,
}

impl Kind {
    /// The kind whose options are a figure's fields.
    pub const fn of<F: Figure + Args + 'static>(name: &'static str) -> Self {
        Self {
            name,
            options: F::augment_args,
            asked: |matches| F::from_arg_matches(matches).map(|figure| Box::new(figure) as Box<dyn Figure>),
        }
    }
}

/// Why there is no such figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub reason: String,
    /// The case that has none.
    pub case: Option<String>,
    /// The way out.
    pub hint: Option<String>,
}

impl Refusal {
    /// What is wrong, and the way out.
    pub fn new(reason: &str, hint: &str) -> Self {
        Self { reason: reason.to_owned(), case: None, hint: Some(hint.to_owned()) }
    }

    /// The same of a case.
    pub fn of(self, case: &Case) -> Self {
        Self { case: Some(case.name().to_owned()), ..self }
    }
}

impl From<Mistake> for Refusal {
    fn from(mistake: Mistake) -> Self {
        Self { reason: mistake.to_string(), case: None, hint: mistake.hint() }
    }
}
