//! What every kind of figure is: options on the command line, and the drawing that they ask for.

use super::canvas::Canvas;
use crate::case::{Case, Mistake};
use crate::verdict::News;
use clap::{ArgMatches, Args, Command};

/// A figure that was asked for.
pub trait Figure {
    /// Computes what it shows of cases, of which there are as many as its kind takes.
    fn drawing(&self, cases: &[Case], progress: Progress) -> Result<Drawing, Refusal>;
}

/// What was computed, drawn on a sheet.
pub type Drawing = Box<dyn Fn(&Sheet) -> Canvas>;

/// What a drawing must fit.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The heading, if it is not the figure's own.
    pub title: Option<String>,
    /// Width of the finished figure in pixels, if it is not the figure's own.
    pub size: Option<f64>,
    /// Finished pixels for one of the drawing: how large letters are.
    pub zoom: f64,
    /// Factor on the height of panels.
    pub stretch: f64,
}

impl Sheet {
    /// The width of a drawing that is by nature so wide.
    pub fn width(&self, natural: f64) -> f64 {
        self.size.unwrap_or(natural) / self.zoom
    }

    /// The height of a panel that is by nature so high.
    pub fn height(&self, natural: f64) -> f64 {
        natural * self.stretch
    }

    /// The heading of a figure that has one.
    pub fn title<'a>(&'a self, own: &'a str) -> &'a str {
        self.title.as_deref().unwrap_or(own)
    }
}

/// How many cases a figure is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// It has no case.
    None,
    /// One case.
    One,
    /// One or more.
    Several,
}

/// Hears of work: of its parts and their number beforehand, then each time one is done, or what training says.
pub type Progress<'a> = &'a dyn Fn(&'static str, u64) -> Heard;

/// Hears that a part is done, or what training says.
pub type Heard = Box<dyn Fn(Option<News>) + Sync>;

/// A kind of figure.
pub struct Kind {
    /// Its name on the command line.
    pub name: &'static str,
    /// The cases that it is of.
    pub takes: Takes,
    /// Adds its options to a command.
    pub options: fn(Command) -> Command,
    /// The figure that options ask for.
    pub asked: fn(&ArgMatches) -> Result<Box<dyn Figure>, clap::Error>,
}

impl Kind {
    /// The kind whose options are a figure's fields.
    pub const fn of<F: Figure + Args + 'static>(name: &'static str, takes: Takes) -> Self {
        Self {
            name,
            takes,
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
