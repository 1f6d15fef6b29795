//! `plot`: figures, as SVG and PNG. The kinds, with their options, stand in [`KINDS`].

use super::cases::cases_of;
use super::{Error, Exit, answer, progress, written};
use crate::case::Case;
use crate::figure::canvas::Canvas;
use crate::figure::kind::{Figure, Files};
use crate::figure::{KINDS, png, svg};
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use indicatif::ProgressFinish;
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
    asked: Asked,
}

/// The figure that is asked for, and where it goes: the kinds' own options and those that all have.
struct Asked {
    figure: Box<dyn Figure>,
    output: Output,
}

impl Subcommand for Asked {
    fn augment_subcommands(command: Command) -> Command {
        KINDS.iter().fold(command, |command, kind| {
            command.subcommand(Output::augment_args((kind.options)(Command::new(kind.name))))
        })
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        KINDS.iter().any(|kind| kind.name == name)
    }
}

impl FromArgMatches for Asked {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let chosen = matches.subcommand();
        let chosen = chosen.and_then(|(name, own)| Some((KINDS.iter().find(|k| k.name == name)?, own)));
        let Some((kind, own)) = chosen else {
            return Err(clap::Error::new(clap::error::ErrorKind::MissingSubcommand));
        };
        Ok(Self { figure: (kind.asked)(own)?, output: Output::from_arg_matches(own)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

// Where a figure goes.
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

impl Plot {
    pub fn run(&self) -> Result<Exit, Error> {
        let Asked { figure, output } = &self.asked;
        output.check()?;
        let cases = match figure.files() {
            Files::None => Vec::new(),
            Files::One(path) => vec![Case::read(path)?],
            Files::Several(paths) => cases_of(paths)?,
        };
        let heard = |noun: &str, length: u64| -> Box<dyn Fn() + Sync> {
            let bar = progress(length, noun).with_finish(ProgressFinish::AndClear);
            Box::new(move || bar.inc(1))
        };
        output.write(&figure.drawing(&cases, &heard).map_err(Error::Figure)?)
    }
}
