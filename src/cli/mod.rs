//! The command line: arguments in, bytes and an exit code out. One file a subcommand, no mathematics.

mod cases;
mod certify;
mod check;
mod design;
mod error;
mod falsify;
mod form;
mod interrupt;
mod man;
mod measure;
mod plot;
mod predict;
mod progress;
mod screen;
mod sweep;
mod table;
mod theorems;
mod verify;

pub(crate) use error::Error;

use crate::render::Page;
use clap::{CommandFactory, Parser, Subcommand};
use screen::Screen;
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

impl Exit {
    /// Of two ends the one that counts for both: a mistake, else a refutation, else what is undecided.
    fn worse(self, other: Self) -> Self {
        let rank = |exit| {
            [Self::Success, Self::Undecided, Self::Refuted, Self::Usage].iter().position(|e| *e == exit)
        };
        if rank(other) > rank(self) { other } else { self }
    }
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
    #[command(flatten)]
    screen: Screen,
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
    Sweep(Box<sweep::Sweep>),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    Man(man::Man),
}

/// Runs the command line.
pub fn run() -> ExitCode {
    // Runs are the parallel unit; inside one, everything is sequential and so the same on any machine.
    faer::set_global_parallelism(faer::Par::Seq);
    interrupt::watch();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let screen = Screen::of_words(&std::env::args_os().collect::<Vec<_>>());
            let words = error.render().to_string();
            // Help and version are answers; everything else is a usage error.
            if error.use_stderr() {
                screen.complain(words.trim_end());
                return Exit::Usage.into();
            }
            return screen.show(&Page::from(words)).unwrap_or(Exit::Usage).into();
        }
    };
    let screen = &arguments.screen;
    let exit = arguments.command.run(screen).unwrap_or_else(|error| {
        screen.complain(&error.to_string());
        error.exit()
    });
    exit.into()
}

impl Command {
    fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        match self {
            Self::Check(command) => command.run(screen),
            Self::Predict(command) => command.run(screen),
            Self::Verify(command) => command.run(screen),
            Self::Certify(command) => command.run(screen),
            Self::Audit(command) => command.run(screen),
            Self::Theorems(command) => command.run(screen),
            Self::Falsify(command) => command.run(screen),
            Self::Design(command) => command.run(screen),
            Self::Measure(command) => command.run(screen),
            Self::Plot(command) => command.run(screen),
            Self::Table(command) => command.run(screen),
            Self::Sweep(command) => command.run(screen),
            Self::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut Arguments::command(), "tightframe", &mut script);
                answer(&script)
            }
            Self::Man(command) => command.run(screen),
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
