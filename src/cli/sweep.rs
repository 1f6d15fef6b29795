//! `sweep`: a table's columns over a grid of problems, in files, interrupted and resumed.

use super::form::{Form, Format};
use super::screen::Screen;
use super::{Error, Exit, answer, interrupt};
use crate::output::{Call, Kind, Target};
use crate::render;
use crate::render::number::counted;
use crate::sweep::{self, Header, Journal, Shard, Spec, compute};
use crate::theorems::catalogue;
use clap::{Args, Subcommand};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Compute a table's columns over a grid of problems: CSV and Parquet, resumable, in shards
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  tightframe sweep docs/sweep.toml -o collapse.csv
  tightframe sweep docs/sweep.toml -o collapse.csv -o collapse.parquet
  tightframe sweep my.toml --shard 2/8 -o part-2.shard       one task of a job array
  tightframe sweep merge part-*.shard -o all.parquet
  tightframe sweep my.toml --case 17 > point-17.toml         a row's case, for predict and verify

docs/sweep.md describes the spec. A sweep that was interrupted, however it was, goes on where it stood when the
same command is given again: rows are kept in <output>.journal until the output is written. The output is the same
to the byte for any number of threads, interruptions and shards."
)]
pub struct Sweep {
    /// The spec
    #[arg(required = true)]
    spec: Option<PathBuf>,
    /// Write here: .csv or .parquet, with --shard .shard; may be given several times
    #[arg(short, long, value_name = "FILE", required_unless_present = "case")]
    output: Vec<PathBuf>,
    /// Overwrite files of another kind too; what the call reads is never overwritten
    #[arg(long)]
    force: bool,
    /// Compute every n-th point only, from the i-th, as a part to be merged
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    /// Print the case file of a point and stop
    #[arg(long, value_name = "POINT")]
    case: Option<u64>,
    #[command(flatten)]
    form: Form,
    #[command(subcommand)]
    command: Option<SweepCommand>,
}

#[derive(Subcommand)]
enum SweepCommand {
    /// Join all shards of a sweep
    Merge {
        /// The shards
        #[arg(required = true)]
        shards: Vec<PathBuf>,
        /// Write here: .csv or .parquet; may be given several times
        #[arg(short, long, value_name = "FILE", required = true)]
        output: Vec<PathBuf>,
        /// Overwrite files of another kind too; what the call reads is never overwritten
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        form: Form,
    },
}

fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    match parts {
        Some((index, of)) if (1..=of).contains(&index) => Ok(Shard { index, of }),
        _ => Err("a shard is i/n with 1 ≤ i ≤ n, such as 2/8".to_owned()),
    }
}

impl Sweep {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        match (&self.command, &self.spec) {
            (Some(SweepCommand::Merge { shards, output, force, form }), _) => {
                merged(shards, output, Call { inputs: shards, force: *force })?.said(screen, form)
            }
            (None, Some(spec)) => self.swept(screen, spec),
            (None, None) => Err(Error::Option {
                given: "sweep".to_owned(),
                wrong: "no spec is given".to_owned(),
                hint: "docs/sweep.md describes specs".to_owned(),
            }),
        }
    }

    fn swept(&self, screen: &Screen, path: &Path) -> Result<Exit, Error> {
        let spec = Spec::read(path)?;
        if let Some(point) = self.case {
            return match point < spec.points() {
                true => answer(spec.case_text(point).as_bytes()),
                false => Err(Error::Option {
                    given: format!("--case {point}"),
                    wrong: format!("there is no point {point}"),
                    hint: format!("the last point is {}", spec.points() - 1),
                }),
            };
        }
        let parted = self.shard.is_some();
        let call = Call { inputs: &[path.to_owned()], force: self.force };
        let targets = targets(&self.output, |kind| (kind == Kind::Shard) == parted, call)?;
        let theorems = catalogue::with_folder(None)?;
        let header = Header {
            spec: spec.digest.clone(),
            points: spec.points(),
            shard: self.shard.unwrap_or(Shard::WHOLE),
            fields: spec.fields(),
        };
        let journal = Journal::open(&beside(&self.output[0]), &header)?;
        let (points, missing) = (header.shard.points(header.points).count(), journal.missing().len());
        let bar = screen.progress(points as u64, "points");
        bar.set_position((points - missing) as u64);
        bar.reset_eta();
        let heard = bar.clone();
        let words = interrupt::last_words(move || {
            let done = heard.position();
            let talk = "are in the journal; the same command goes on";
            (String::new(), format!("interrupted: {done} of {points} points {talk}"))
        });
        let computed = compute(&spec, &theorems, &journal, &|| bar.inc(1));
        bar.finish_and_clear();
        drop(words);
        computed?;
        let rows = journal.finished()?;
        for target in &targets {
            sweep::write(target, &header, &rows)?;
        }
        journal.remove()?;
        Swept::of(points as u64, points - missing, None, &self.output).said(screen, &self.form)
    }
}

/// What a sweep has written, `tightframe.swept/1`.
#[derive(Serialize)]
struct Swept {
    format: &'static str,
    points: u64,
    from_journal: usize,
    shards: Option<usize>,
    outputs: Vec<String>,
}

impl Swept {
    fn of(points: u64, from_journal: usize, shards: Option<usize>, outputs: &[PathBuf]) -> Self {
        let outputs = outputs.iter().map(|path| path.display().to_string()).collect();
        Self { format: "tightframe.swept/1", points, from_journal, shards, outputs }
    }

    fn said(&self, screen: &Screen, form: &Form) -> Result<Exit, Error> {
        if form.format == Format::Json {
            return answer(render::json(self).as_bytes());
        }
        let from = match (self.shards, self.from_journal) {
            (Some(shards), _) => format!(" from {}", counted(shards as u64, "shard")),
            (None, 0) => String::new(),
            (None, resumed) => format!(", {resumed} of them from the journal"),
        };
        let outputs: String = self.outputs.iter().map(|path| format!("  {path}\n")).collect();
        screen.show(&format!("{}{from}\n{outputs}", counted(self.points, "point")).into())
    }
}

fn merged(shards: &[PathBuf], outputs: &[PathBuf], call: Call<'_>) -> Result<Swept, Error> {
    let targets = targets(outputs, |kind| kind != Kind::Shard, call)?;
    let points = sweep::merge(shards, &targets)?;
    Ok(Swept::of(points, 0, Some(shards.len()), outputs))
}

/// Checks the outputs before anything is computed.
fn targets(outputs: &[PathBuf], fits: impl Fn(Kind) -> bool, call: Call<'_>) -> Result<Vec<Target>, Error> {
    let kind = |path: &PathBuf| {
        let kind = sweep::kind_of(path).filter(|kind| fits(*kind));
        kind.ok_or_else(|| sweep::Failure::UnknownKind { path: path.clone() })
    };
    let kinds: Vec<Kind> = outputs.iter().map(kind).collect::<Result<_, _>>()?;
    Ok(Target::all(outputs.iter().map(PathBuf::as_path).zip(kinds), call)?)
}

/// The journal of an output.
fn beside(output: &Path) -> PathBuf {
    let mut name = output.file_name().unwrap_or_default().to_owned();
    name.push(".journal");
    output.with_file_name(name)
}
