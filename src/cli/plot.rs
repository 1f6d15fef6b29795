//! `plot`: figures, as SVG and PNG. The kinds, with their options, stand in [`KINDS`].

use super::cases::cases_of;
use super::{Error, Exit, answer, progress};
use crate::case::Case;
use crate::figure::canvas::Canvas;
use crate::figure::kind::{Figure, Files};
use crate::figure::{KINDS, png, svg};
use crate::output::{Call, Kind, Target};
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
    /// Overwrite files of another kind too; what the call reads is never overwritten
    #[arg(long)]
    force: bool,
}

impl Output {
    /// What can be refused before anything is computed; `inputs` are the files of the figure's cases.
    fn targets(&self, inputs: &[PathBuf]) -> Result<Vec<(Target, Kind)>, Error> {
        let kinds = self.outputs.iter().map(|path| form(path)).collect::<Result<Vec<_>, _>>()?;
        let call = Call { inputs, force: self.force };
        let targets =
            Target::all(self.outputs.iter().map(PathBuf::as_path).zip(kinds.iter().copied()), call)?;
        Ok(targets.into_iter().zip(kinds).collect())
    }

    fn write(&self, targets: &[(Target, Kind)], canvas: &Canvas) -> Result<Exit, Error> {
        if targets.is_empty() {
            return answer(svg::svg(canvas).as_bytes());
        }
        for (target, kind) in targets {
            let bytes = match kind {
                Kind::Png => png::png(canvas, f64::from(self.scale)).ok_or_else(|| Error::Form {
                    path: target.path().to_owned(),
                    wrong: "the image would be too large".to_owned(),
                    hint: "a smaller --scale, or SVG",
                })?,
                _ => svg::svg(canvas).into_bytes(),
            };
            target.write(&bytes).map_err(Error::unwritable(target))?;
        }
        Ok(Exit::Success)
    }
}

/// What a name asks for; a device or a pipe without an ending takes SVG.
fn form(path: &Path) -> Result<Kind, Error> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("svg") => Ok(Kind::Svg),
        Some("png") => Ok(Kind::Png),
        None if Target::is_stream(path) => Ok(Kind::Svg),
        found => Err(Error::Form {
            path: path.to_owned(),
            wrong: match found {
                Some(other) => format!("\".{other}\" is no format of a figure"),
                None => "the name has no extension".to_owned(),
            },
            hint: "a figure is written to a name that ends in .svg or .png",
        }),
    }
}

impl Plot {
    pub fn run(&self) -> Result<Exit, Error> {
        let Asked { figure, output } = &self.asked;
        let inputs: &[PathBuf] = match figure.files() {
            Files::None => &[],
            Files::One(path) => &[path.to_owned()],
            Files::Several(paths) => paths,
        };
        let targets = output.targets(inputs)?;
        let cases = match figure.files() {
            Files::None => Vec::new(),
            Files::One(path) => vec![Case::read(path)?],
            Files::Several(paths) => cases_of(paths)?,
        };
        let heard = |noun: &str, length: u64| -> Box<dyn Fn() + Sync> {
            let bar = progress(length, noun).with_finish(ProgressFinish::AndClear);
            Box::new(move || bar.inc(1))
        };
        output.write(&targets, &figure.drawing(&cases, &heard).map_err(Error::Figure)?)
    }
}
