//! `plot`: figures, as SVG, PDF and PNG. The kinds, with their options, stand in [`KINDS`].

use super::cases::{Flags, Given, cases_of};
use super::screen::Screen;
use super::{Error, Exit, answer};
use crate::case::Case;
use crate::figure::canvas::{Canvas, LABEL};
use crate::figure::kind::Heard;
use crate::figure::kind::{Drawing, Figure, Sheet, Takes};
use crate::figure::png::{self, PIXELS_AN_INCH};
use crate::figure::{KINDS, pdf, svg};
use crate::output::{Call, Kind, Target};
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use std::path::{Path, PathBuf};

/// Draw a figure as SVG, PDF or PNG
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe plot shrinkage my.toml -o shrinkage.svg
  tightframe plot phase --classes 4 --minority 50 --depths 1,2,3 -o phase.png
  tightframe plot cross-entropy --classes 2,3,4,6 --depths 1,2,3 -o cells.svg
  tightframe plot gram my.toml -o gram.svg -o gram.png
  tightframe plot training my.toml --method sgd --against evaluations -o sgd.png
  tightframe plot spectra my.toml --predicted > spectra.svg
  tightframe plot phase --size 85mm --font-size 8 -o column.pdf

A figure needs no browser and no fonts. What is proven and what is measured stands in its heading; a proven
figure has the same bytes (SVG) on every machine.")]
pub struct Plot {
    #[command(subcommand)]
    asked: Asked,
}

/// The figure that is asked for, and where it goes: the kinds' own options and those that all have.
struct Asked {
    figure: Box<dyn Figure>,
    takes: Takes,
    given: Option<Given>,
    output: Output,
}

impl Subcommand for Asked {
    fn augment_subcommands(command: Command) -> Command {
        KINDS.iter().fold(command, |command, kind| {
            let own = Output::augment_args((kind.options)(Command::new(kind.name)));
            command.subcommand(match kind.takes {
                Takes::None => own,
                Takes::One | Takes::Several => Given::augment_args(own),
            })
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
        let given = match kind.takes {
            Takes::None => None,
            Takes::One | Takes::Several => Some(Given::from_arg_matches(own)?),
        };
        let output = Output::from_arg_matches(own)?;
        Ok(Self { figure: (kind.asked)(own)?, takes: kind.takes, given, output })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

// Where a figure goes, and what it must fit.
#[derive(Args)]
struct Output {
    /// Write to this file, .svg, .pdf or .png, once or more often [default: SVG on the terminal]
    #[arg(short, long = "output", value_name = "FILE")]
    outputs: Vec<PathBuf>,
    /// The heading, instead of the figure's own
    #[arg(long)]
    title: Option<String>,
    /// Width, or width and height, of the finished figure: 85mm, 3.4in, 245pt, 85x60mm, 800 (pixels)
    #[arg(long)]
    size: Option<String>,
    /// Points of an axis's words in the finished figure
    #[arg(long, value_name = "POINTS", default_value_t = OWN_POINTS, value_parser = points)]
    font_size: f64,
    /// Pixels of a PNG for one of the SVG
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    scale: u8,
    /// Dots an inch of a PNG, instead of --scale [default: 192]
    #[arg(long, conflicts_with = "scale", value_parser = clap::value_parser!(u32).range(20..=2400))]
    dpi: Option<u32>,
    /// Overwrite files of another kind too; what the call reads is never overwritten
    #[arg(long)]
    force: bool,
}

/// Points of the words of a figure of its own size.
const OWN_POINTS: f64 = LABEL * 72.0 / PIXELS_AN_INCH;
/// Pixels of a drawing, at which its words have [`OWN_POINTS`], that is wide enough for them.
const NARROWEST: f64 = 300.0;

fn points(text: &str) -> Result<f64, String> {
    let found = text.parse().ok().filter(|points| (3.0..=72.0).contains(points));
    found.ok_or_else(|| "a number from 3 to 72".to_owned())
}

/// Width and height in pixels, of a text such as `85x60mm`.
fn size(text: &str) -> Option<(f64, Option<f64>)> {
    let units = [("mm", PIXELS_AN_INCH / 25.4), ("cm", PIXELS_AN_INCH / 2.54), ("in", PIXELS_AN_INCH)];
    let units = units.into_iter().chain([("pt", PIXELS_AN_INCH / 72.0), ("px", 1.0), ("", 1.0)]);
    let (number, unit) = units.into_iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))?;
    let length =
        |text: &str| text.trim().parse().ok().map(|x: f64| x * unit).filter(|x| (1.0..1e5).contains(x));
    match number.split_once('x') {
        Some((width, height)) => Some((length(width)?, Some(length(height)?))),
        None => Some((length(number)?, None)),
    }
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

    /// The width and height that are asked for, in pixels.
    fn lengths(&self) -> Result<(Option<f64>, Option<f64>), Error> {
        let Some(text) = &self.size else { return Ok((None, None)) };
        let Some((width, height)) = size(text) else {
            return Err(
                self.bad_size("not a size".to_owned(), "such as 85mm, 3.4in, 85x60mm or 800".to_owned())
            );
        };
        if width / self.zoom() < NARROWEST {
            let least =
                format!("at least {:.0}mm, or a smaller --font-size", NARROWEST * self.zoom() * 25.4 / 96.0);
            return Err(self.bad_size(format!("too narrow for words of {} points", self.font_size), least));
        }
        Ok((Some(width), height))
    }

    fn bad_size(&self, wrong: String, hint: String) -> Error {
        Error::Option { given: format!("--size {}", self.size.as_deref().unwrap_or_default()), wrong, hint }
    }

    fn zoom(&self) -> f64 {
        self.font_size / OWN_POINTS
    }

    /// The drawing of the size that is asked for. Only panels grow and shrink, so that its height is a straight line in
    /// the factor on theirs.
    fn fitted(
        &self,
        drawing: &Drawing,
        (width, height): (Option<f64>, Option<f64>),
    ) -> Result<Canvas, Error> {
        let drawn = |stretch: f64| {
            let sheet = Sheet { title: self.title.clone(), size: width, zoom: self.zoom(), stretch };
            Canvas { zoom: self.zoom(), ..drawing(&sheet) }
        };
        let own = drawn(1.0);
        let Some(height) = height else { return Ok(own) };
        let slope = drawn(2.0).height - own.height;
        let stretch = 1.0 + (height / self.zoom() - own.height) / slope;
        if slope < 1.0 || !(0.2..=20.0).contains(&stretch) {
            let natural = own.height * self.zoom() * 25.4 / PIXELS_AN_INCH;
            let wrong = "the panels cannot have this height".to_owned();
            return Err(
                self.bad_size(wrong, format!("by itself it is {natural:.0}mm high; give the width only"))
            );
        }
        Ok(drawn(stretch))
    }

    fn write(&self, targets: &[(Target, Kind)], canvas: &Canvas) -> Result<Exit, Error> {
        if targets.is_empty() {
            return answer(svg::svg(canvas).as_bytes());
        }
        let dpi = self.dpi.map_or(f64::from(self.scale) * PIXELS_AN_INCH, f64::from);
        for (target, kind) in targets {
            let bytes = match kind {
                Kind::Png => png::png(canvas, dpi).ok_or_else(|| Error::Form {
                    path: target.path().to_owned(),
                    wrong: "the image would be too large".to_owned(),
                    hint: "a smaller --scale or --dpi, or SVG",
                })?,
                Kind::Pdf => pdf::pdf(canvas),
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
        Some("pdf") => Ok(Kind::Pdf),
        Some("png") => Ok(Kind::Png),
        None if Target::is_stream(path) => Ok(Kind::Svg),
        found => Err(Error::Form {
            path: path.to_owned(),
            wrong: match found {
                Some(other) => format!("\".{other}\" is no format of a figure"),
                None => "the name has no extension".to_owned(),
            },
            hint: "a figure is written to a name that ends in .svg, .pdf or .png",
        }),
    }
}

impl Plot {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        let Asked { figure, takes, given, output } = &self.asked;
        let flags: Option<&Flags> = given.as_ref().map(|given| &given.flags);
        if let Some(exit) = flags.map(Flags::printed).transpose()?.flatten() {
            return Ok(exit);
        }
        let files = given.as_ref().map(Given::files).transpose()?.unwrap_or_default();
        let targets = output.targets(&files)?;
        let lengths = output.lengths()?;
        let cases: Vec<Case> = match flags.map(Flags::case).transpose()?.flatten() {
            Some(case) => vec![case],
            None => cases_of(&files)?,
        };
        if *takes == Takes::One && cases.len() > 1 {
            return Err(Error::Option {
                given: files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" "),
                wrong: format!("{} cases are given; this figure is of one", cases.len()),
                hint: "`plot training` sets several side by side".to_owned(),
            });
        }
        let heard = |noun: &'static str, length: u64| -> Heard {
            let work = screen.training_of(length, noun);
            Box::new(move |news| match news {
                Some(news) => work.hear(news),
                None => work.bar.inc(1),
            })
        };
        let drawing = figure.drawing(&cases, &heard).map_err(Error::Figure)?;
        output.write(&targets, &output.fitted(&drawing, lengths)?)
    }
}
