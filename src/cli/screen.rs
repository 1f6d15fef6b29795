//! The screen: how broad a text may be, its colours, and how much is said beside the answer.

use super::{Error, Exit, answer};
use crate::render::Page;
use clap::{Args, ValueEnum};
use console::Term;
use std::ffi::OsString;
use std::io::{IsTerminal, Write};

/// When words have colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What every command is told of its screen.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Screen")]
pub(super) struct Screen {
    /// Columns that text is fitted to [default: the terminal's; none in a file or a pipe]
    #[arg(long, global = true, value_name = "COLUMNS", value_parser = columns)]
    width: Option<usize>,
    /// When verdicts and errors have colours
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value = "auto")]
    color: Colour,
    /// Say only what matters most, and show no progress
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say what is finished as it is finished, on stderr
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// A narrower screen is treated as one of so many columns.
const NARROWEST: usize = 40;

fn columns(text: &str) -> Result<usize, String> {
    let found = text.parse().ok().filter(|columns| *columns >= NARROWEST);
    found.ok_or_else(|| format!("columns of a screen, at least {NARROWEST}; the layers' widths are --widths"))
}

impl Screen {
    /// The screen of a call that cannot be read as a whole.
    pub fn of_words(words: &[OsString]) -> Self {
        let value = |name: &str| {
            let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix(name)? {
                "" => words.get(at + 1).map(ToString::to_string),
                rest => rest.strip_prefix('=').map(str::to_owned),
            })
        };
        let color = value("--color").and_then(|word| Colour::from_str(&word, true).ok());
        Self {
            width: value("--width").and_then(|text| columns(&text).ok()),
            color: color.unwrap_or(Colour::Auto),
            quiet: false,
            verbose: false,
        }
    }

    /// Prints an answer for reading.
    pub fn show(&self, page: &Page) -> Result<Exit, Error> {
        answer(self.text(page).as_bytes())
    }

    /// An answer for reading as stdout shows it.
    pub fn text(&self, page: &Page) -> String {
        let text = page.laid(self.columns(&Term::stdout()));
        self.painted(text, std::io::stdout().is_terminal())
    }

    /// Says something on stderr: an error, a warning.
    pub fn complain(&self, words: &str) {
        let text = Page::from(format!("{words}\n")).laid(self.columns(&Term::stderr()));
        let text = self.painted(text, std::io::stderr().is_terminal());
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    /// Says something on stderr, unless that is not wanted.
    pub fn remark(&self, words: &str) {
        if !self.quiet {
            self.complain(words);
        }
    }

    fn columns(&self, terminal: &Term) -> usize {
        let own = || terminal.size_checked().map(|(_, columns)| usize::from(columns).max(NARROWEST));
        self.width.or_else(own).unwrap_or(usize::MAX)
    }

    fn painted(&self, text: String, is_terminal: bool) -> String {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let wanted = match self.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                is_terminal && set("NO_COLOR").is_none() && set("TERM").is_none_or(|t| t != "dumb")
            }
        };
        if wanted { text.split_inclusive('\n').map(painted).collect() } else { text }
    }
}

const GREEN: &[&str] = &["verified", "accepted", "proved", "unrefuted", "certified"];
const RED: &[&str] = &["refuted", "rejected", "error", "refused"];
const YELLOW: &[&str] = &["undecided", "incomplete", "warning"];
const CYAN: &[&str] = &["hint"];

/// A line whose first word, if it is a verdict or names an error, has a colour.
fn painted(line: &str) -> String {
    let start = line.len() - line.trim_start().len();
    let end = line[start..].find(|c: char| !c.is_ascii_lowercase()).map_or(line.len(), |at| start + at);
    let word = &line[start..end];
    // As a word of its own, not the beginning of a sentence or of a name.
    let after = &line[end..];
    let alone = after.trim_end().is_empty() || after.starts_with(':') || after.starts_with("  ");
    let colour = [(GREEN, "32"), (RED, "1;31"), (YELLOW, "33"), (CYAN, "36")];
    match colour.iter().find(|(words, _)| words.contains(&word)) {
        Some((_, code)) if alone => format!("{}\x1b[{code}m{word}\x1b[0m{after}", &line[..start]),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_have_colours_and_sentences_have_none() {
        assert_eq!(painted("verified   it stands\n"), "\x1b[32mverified\x1b[0m   it stands\n");
        assert_eq!(painted("  refuted  cases/a.toml"), "  \x1b[1;31mrefuted\x1b[0m  cases/a.toml");
        assert_eq!(painted("error: no such file"), "\x1b[1;31merror\x1b[0m: no such file");
        assert_eq!(painted("verified by hand"), "verified by hand");
        assert_eq!(painted("hinted  x"), "hinted  x");
        assert_eq!(painted("\n"), "\n");
    }
}
