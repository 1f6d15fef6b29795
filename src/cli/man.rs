//! `man`: manual pages, one a command.

use super::screen::Screen;
use super::{Arguments, Error, Exit, answer};
use crate::output::{Call, Kind, Target};
use clap::{Args, Command, CommandFactory};
use std::path::PathBuf;

/// Print a manual page (roff), or write all: `tightframe man sweep | man -l -`
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe man | man -l -
  tightframe man sweep merge | man -l -
  tightframe man --folder ~/.local/share/man/man1      one page a command")]
pub struct Man {
    /// The command, with its own commands; none for the program's page
    command: Vec<String>,
    /// Write the pages of all commands to this folder
    #[arg(long, conflicts_with = "command")]
    folder: Option<PathBuf>,
}

impl Man {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        let mut program = Arguments::command();
        program.build();
        if let Some(folder) = &self.folder {
            let mut pages = Vec::new();
            gather(&program, &mut pages)?;
            let paths: Vec<PathBuf> =
                pages.iter().map(|(name, _)| folder.join(format!("{name}.1"))).collect();
            let call = Call { inputs: &[], force: false };
            let targets = Target::all(paths.iter().map(|path| (path.as_path(), Kind::Manual)), call)?;
            for (target, (_, page)) in targets.iter().zip(&pages) {
                target.write(page).map_err(Error::unwritable(target))?;
            }
            return screen.show(&format!("{} pages\n  {}\n", pages.len(), folder.display()).into());
        }
        let mut found = &program;
        for word in &self.command {
            let known: Vec<&str> = found.get_subcommands().map(Command::get_name).collect();
            let Some(next) = found.find_subcommand(word) else {
                return Err(Error::unknown("command", word, &known, "tightframe --help"));
            };
            found = next;
        }
        answer(&page(found)?)
    }
}

/// The pages of a command and of its own commands, with their names.
fn gather(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> Result<(), Error> {
    pages.push((name(command), page(command)?));
    let visible = command.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help");
    visible.into_iter().try_for_each(|own| gather(own, pages))
}

/// `tightframe-sweep-merge`.
fn name(command: &Command) -> String {
    command.get_display_name().unwrap_or(command.get_name()).to_owned()
}

fn page(command: &Command) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let name = name(command);
    let named = command.clone().name(name).version(env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(named).render(&mut bytes).map_err(Error::Answer)?;
    Ok(bytes)
}
