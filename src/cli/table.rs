//! `table`: a table for a paper, made from cases.

use super::cases::{case_files, cases_of};
use super::form::Json as JsonFlag;
use super::screen::Screen;
use super::{Error, Exit, answer};
use crate::case::Case;
use crate::output::{Call, Kind as FileKind, Target};
use crate::render::Page;
use crate::render::table::{Align, Table as Listing};
use crate::table::columns::{column, columns, is_given, telling_apart};
use crate::table::{Column, Format, Kind, Per, Request, Row, Subject, Table as Made};
use crate::theorems::catalogue;
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use std::path::PathBuf;

/// Most digits that can be asked for.
const MAX_DIGITS: u64 = 1_000;

#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    /// Aligned columns for reading.
    Text,
    /// A table environment; needs booktabs, aligns numbers at the decimal point.
    Latex,
    /// A pipe table.
    Markdown,
    /// A Typst figure.
    Typst,
    /// Comma-separated values, measured ones with all their digits.
    Csv,
    /// The values of CSV, by their columns' names.
    Json,
    /// A JSON object a line for data frames: lists as lists, floats beside proven numbers.
    Jsonl,
}

#[derive(Clone, Copy, ValueEnum)]
enum RowName {
    /// A case.
    Case,
    /// A group of equal classes of a case.
    Class,
    /// A distinct target of a case.
    Mode,
}

/// Make a table of cases for a paper: predicted and measured columns of your choice
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe table --list
  tightframe table cases/papers/dang2023 --columns title,depth,objective,rank --sort depth
  tightframe table my.toml --columns depth,lambda_all,objective,u --symbolic --format latex
  tightframe table cases/step --columns ratio,objective,gap,nc1 --group-by bias --format markdown
  tightframe table my.toml --per class --columns count,class_fate,logit,feature_norm

Networks are trained only if a column asks for what training measures. The command stands in a comment of the
output. Every number that is not marked measured is proven to all its digits.")]
pub struct Table {
    /// Case files and folders of case files (searched for *.toml)
    #[arg(required_unless_present = "list")]
    paths: Vec<PathBuf>,
    /// List every column and stop
    #[arg(long)]
    list: bool,
    /// The columns, by name [default: title, or what a spec varies, then depth,objective,optimum,rank]
    #[arg(long, value_delimiter = ',')]
    columns: Vec<String>,
    /// What a row is
    #[arg(long, value_enum, default_value = "case")]
    per: RowName,
    /// Keep rows with the same value of this column together
    #[arg(long, value_name = "COLUMN")]
    group_by: Option<String>,
    /// Sort rows by this column
    #[arg(long, value_name = "COLUMN")]
    sort: Option<String>,
    /// Sort from the largest to the smallest
    #[arg(long, requires = "sort")]
    descending: bool,
    /// How to write
    #[arg(long, value_enum, default_value = "text", default_value_if("json", "true", "json"))]
    format: FormatName,
    #[command(flatten)]
    json: JsonFlag,
    /// LaTeX: a whole document instead of the table alone
    #[arg(long)]
    standalone: bool,
    /// Significant digits, all proven
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(1..=MAX_DIGITS))]
    digits: u64,
    /// Closed forms where there are some, enclosures elsewhere
    #[arg(long)]
    symbolic: bool,
    /// The caption
    #[arg(long)]
    caption: Option<String>,
    /// The label for references to the table
    #[arg(long)]
    label: Option<String>,
    /// Write to this file instead of the terminal
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite a file of another kind too; what the call reads is never overwritten
    #[arg(long)]
    force: bool,
}

impl Table {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        if self.list {
            return screen.show(&listed());
        }
        let files = case_files(&self.paths)?;
        let kind = match self.format {
            FormatName::Csv => FileKind::Csv,
            FormatName::Jsonl => FileKind::JsonLines,
            _ => FileKind::Table,
        };
        let call = Call { inputs: &files, force: self.force };
        let target = self.output.as_deref().map(|path| Target::new(path, kind, call)).transpose()?;
        let (table, format) = self.made(screen, &files)?;
        let text = table.written(format);
        match target {
            None if format == Format::Text => screen.show(&table.page()),
            None => answer(text.as_bytes()),
            Some(target) => {
                target.write(text.as_bytes()).map_err(Error::unwritable(&target))?;
                Ok(Exit::Success)
            }
        }
    }

    fn made(&self, screen: &Screen, files: &[PathBuf]) -> Result<(Made, Format), Error> {
        let format = match (self.format, self.standalone) {
            (FormatName::Latex, true) => Format::LatexDocument,
            (_, true) => {
                return Err(Error::Option {
                    given: "--standalone".to_owned(),
                    wrong: "only LaTeX has documents".to_owned(),
                    hint: "--standalone goes with --format latex".to_owned(),
                });
            }
            (FormatName::Text, _) => Format::Text,
            (FormatName::Latex, _) => Format::Latex,
            (FormatName::Markdown, _) => Format::Markdown,
            (FormatName::Typst, _) => Format::Typst,
            (FormatName::Csv, _) => Format::Csv,
            (FormatName::Json, _) => Format::Json,
            (FormatName::Jsonl, _) => Format::JsonLines,
        };
        let cases = cases_of(files)?;
        let request = Request {
            columns: self.columns(&cases)?,
            per: match self.per {
                RowName::Case => Per::Case,
                RowName::Class => Per::Class,
                RowName::Mode => Per::Mode,
            },
            group_by: self.group_by.as_deref().map(found).transpose()?,
            sort: self.sort.as_deref().map(found).transpose()?.map(|c| (c, self.descending)),
            digits: self.digits as usize,
            symbolic: self.symbolic,
            caption: self.caption.clone(),
            label: self.label.clone(),
            command: command_line(std::env::args_os().skip(1)),
        };
        let theorems = catalogue::with_folder(None)?;
        let bar = screen.progress(cases.len() as u64, "cases");
        let rows: Vec<Vec<Row>> = cases
            .par_iter()
            .with_max_len(1)
            .map(|case| {
                let rows = request.rows(&Subject::of(case, &theorems, request.digits, request.symbolic));
                bar.inc(1);
                rows
            })
            .collect();
        bar.finish_and_clear();
        let table = request.table(rows.into_iter().flatten().collect());
        if matches!(format, Format::Latex | Format::LatexDocument) {
            let drop = table.too_many_for_latex();
            if !drop.is_empty() {
                let words = "warning: the table is broader than the text of an article";
                screen.remark(&format!("{words}\nhint: it fits without {}", drop.join(", ")));
            }
        }
        Ok((table, format))
    }

    /// The columns that are asked for, or the usual ones; what tells the cases apart stands first if no asked one does.
    fn columns(&self, cases: &[Case]) -> Result<Vec<&'static Column>, Error> {
        let asked = match self.columns.is_empty() {
            true => vec!["depth", "objective", "optimum", "rank"],
            false => self.columns.iter().map(String::as_str).collect(),
        };
        let asked = asked.into_iter().map(found).collect::<Result<Vec<_>, _>>()?;
        let is_told = !self.columns.is_empty() && (cases.len() < 2 || asked.iter().any(|c| is_given(c)));
        let mut columns = if is_told { Vec::new() } else { telling_apart(cases) };
        columns.retain(|c| asked.iter().all(|other| other.name != c.name));
        Ok(columns.into_iter().chain(asked).collect())
    }
}

/// The column of a name, or what to do about it.
pub(super) fn found(name: &str) -> Result<&'static Column, Error> {
    column(name.trim()).ok_or_else(|| {
        let names: Vec<&str> = columns().map(|c| c.name).collect();
        Error::unknown("column", name, &names, "tightframe table --list")
    })
}

/// Every column with its kind and what it is.
fn listed() -> Page {
    let row = |c: &Column| {
        let kind = match c.kind {
            Kind::Words | Kind::Whole | Kind::Wholes => "",
            Kind::Proven | Kind::Numbers => "proven",
            Kind::Found | Kind::FoundNumbers => "measured",
            Kind::Spread | Kind::RanWords | Kind::RanWhole => "trained",
        };
        let per = match c.per {
            Per::Case => "",
            Per::Class => "class",
            Per::Mode => "mode",
        };
        vec![c.name.to_owned(), per.to_owned(), kind.to_owned(), c.about.to_owned()]
    };
    let header = [
        ("column", Align::Left),
        ("one a", Align::Left),
        ("digits", Align::Left),
        ("what it is", Align::Left),
    ];
    let mut page = Page::default();
    page.table(Listing::new(&header, columns().map(row).collect()));
    page
}

/// The call as a shell reads it.
pub(super) fn command_line(arguments: impl Iterator<Item = std::ffi::OsString>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+,./:@%".contains(c);
    let quoted = |argument: std::ffi::OsString| {
        let text = argument.to_string_lossy().into_owned();
        if !text.is_empty() && text.chars().all(plain) {
            text
        } else {
            format!("'{}'", text.replace('\'', "'\\''"))
        }
    };
    std::iter::once("tightframe".to_owned()).chain(arguments.map(quoted)).collect::<Vec<_>>().join(" ")
}
