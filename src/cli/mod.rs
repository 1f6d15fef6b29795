//! The command line: arguments in, bytes and an exit code out. One file a subcommand, no mathematics.

mod cases;
mod certify;
mod check;
mod design;
mod error;
mod falsify;
mod interrupt;
mod measure;
mod plot;
mod predict;
mod sweep;
mod table;
mod theorems;
mod verify;

pub(crate) use error::Error;

use clap::{CommandFactory, Parser, Subcommand};
use std::io::Write;
use std::process::ExitCode;

/// How a command ended. The words behind the numbers stand first on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// `verified`, `accepted`, or simply done.
    Success,
    /// `refuted` or `rejected`.
    Refuted,
    /// The input or the call is at fault.
    Usage,
    /// `undecided` or `incomplete`.
    Undecided,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::Refuted => 1,
            Exit::Usage => 2,
            Exit::Undecided => 3,
        })
    }
}

const EXAMPLES: &str = "\
Examples:
  tightframe check cases                     every case: predicted, trained, compared
  tightframe predict my.toml                 the optimal geometry, every digit proven
  tightframe predict my.toml --format json --digits 50
  tightframe verify my.toml --seeds 1,2,3    gradient flow against the prediction
  tightframe certify my.toml -o my.cert.json a proof that an independent checker accepts
  tightframe audit my.cert.json --case my.toml
  tightframe theorems --on cases             the catalogue, judged on cases
  tightframe falsify published-largest-root  a search for a counterexample
  tightframe design --counts 200,100,50,10 --widths 64,64 --margin 0.9
  tightframe measure net.npz --loss mse      a network that others trained
  tightframe plot shrinkage my.toml -o u.svg a figure; `tightframe plot --help` lists the kinds
  tightframe table cases --columns title,objective,rank --format latex
  tightframe sweep docs/sweep.toml -o collapse.parquet

Exit codes: 0 verified or done, 1 refuted, 2 bad input or usage, 3 undecided.";

/// A theorem checker for the geometry of neural collapse in regularised deep linear networks.
#[derive(Parser)]
#[command(name = "tightframe", version, about, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Check),
    Predict(predict::Predict),
    Verify(Box<verify::Verify>),
    Certify(certify::Certify),
    Audit(certify::Audit),
    Theorems(theorems::Theorems),
    Falsify(falsify::Falsify),
    Design(Box<design::Design>),
    Measure(Box<measure::Measure>),
    Plot(plot::Plot),
    Table(Box<table::Table>),
    Sweep(sweep::Sweep),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff): `tightframe man | man -l -`
    Man,
}

/// Runs the command line.
pub fn run() -> ExitCode {
    // Runs are the parallel unit; inside one, everything is sequential and so the same on any machine.
    faer::set_global_parallelism(faer::Par::Seq);
    interrupt::watch();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers; everything else is a usage error.
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Success };
            let _ = error.print();
            return code.into();
        }
    };
    let exit = arguments.command.run().unwrap_or_else(|error| {
        let _ = writeln!(std::io::stderr(), "{error}");
        error.exit()
    });
    exit.into()
}

impl Command {
    fn run(&self) -> Result<Exit, Error> {
        match self {
            Self::Check(command) => command.run(),
            Self::Predict(command) => command.run(),
            Self::Verify(command) => command.run(),
            Self::Certify(command) => command.run(),
            Self::Audit(command) => command.run(),
            Self::Theorems(command) => command.run(),
            Self::Falsify(command) => command.run(),
            Self::Design(command) => command.run(),
            Self::Measure(command) => command.run(),
            Self::Plot(command) => command.run(),
            Self::Table(command) => command.run(),
            Self::Sweep(command) => command.run(),
            Self::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut Arguments::command(), "tightframe", &mut script);
                answer(&script)
            }
            Self::Man => {
                let mut page = Vec::new();
                clap_mangen::Man::new(Arguments::command()).render(&mut page).map_err(Error::Answer)?;
                answer(&page)
            }
        }
    }
}

/// Writes an answer to stdout. A reader that stopped reading is no error; a full disk is.
fn answer(bytes: &[u8]) -> Result<Exit, Error> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::Answer(error)),
        _ => Ok(Exit::Success),
    }
}

/// A progress bar on stderr: shown on a terminal only, gone when done.
fn progress(length: u64, noun: &str) -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::new(length);
    let template = format!("{{bar:30}} {{pos}}/{{len}} {noun}, {{eta}} left");
    if let Ok(style) = indicatif::ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar
}
