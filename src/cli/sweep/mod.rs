//! `sweep`: a table's columns over a grid of problems, in files, interrupted and resumed, on one machine or many.

mod array;
mod join;
mod report;

use super::form::Form;
use super::screen::Screen;
use super::{Error, Exit, answer, interrupt};
use crate::output::{Call, Kind, Target};
use crate::sweep::{self, Contents, Header, Journal, Row, Shard, Spec, compute, simulate};
use crate::theorems::catalogue;
use clap::{Args, Subcommand};
use report::Swept;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Compute a table's columns over a grid of problems: CSV, JSON lines and Parquet, resumable, in shards
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
  tightframe sweep my.toml --slurm 64 -o run/ -- --partition=long --time=1:00:00
  tightframe sweep status run/                               how far it is, and what to submit again
  tightframe sweep export run/ -o partial.parquet            what is there by now
  tightframe sweep my.toml --case 17 > point-17.toml         a row's case, for predict and verify

docs/sweep.md describes the spec. A sweep that was interrupted, however it was, goes on where it stood when the
same command is given again: rows are kept in <output>.journal until the output is written. The output is the same
to the byte for any number of threads, interruptions and shards."
)]
pub struct Sweep {
    /// The spec
    #[arg(required = true)]
    spec: Option<PathBuf>,
    /// Write here: .csv, .jsonl or .parquet, with --shard .shard, with --slurm a folder; may be given several times
    #[arg(short, long, value_name = "FILE", required_unless_present = "case")]
    output: Vec<PathBuf>,
    /// Overwrite files of another kind too; what the call reads is never overwritten
    #[arg(long)]
    force: bool,
    /// Compute a part of the points only, as a part to be merged; a finished one is left alone
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    /// Give up points that were in work at so many stops: their rows say only what the problem gives
    #[arg(long, value_name = "STOPS", value_parser = clap::value_parser!(u64).range(1..))]
    give_up_after: Option<u64>,
    /// Compute again what a finished shard gave up
    #[arg(long, requires = "shard")]
    retry: bool,
    /// Write what each point took: point,cost,seconds
    #[arg(long, value_name = "FILE")]
    times: Option<PathBuf>,
    #[command(flatten)]
    array: array::Array,
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
    Merge(join::Merge),
    Export(join::Export),
    Status(report::Status),
    Simulate(report::Simulate),
}

fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    match parts {
        Some((index, of)) if (1..=of).contains(&index) && of <= MAX_SHARDS => Ok(Shard { index, of }),
        Some((_, of)) if of > MAX_SHARDS => Err(format!("there are at most {MAX_SHARDS} shards")),
        _ => Err("a shard is i/n with 1 ≤ i ≤ n, such as 2/8".to_owned()),
    }
}

/// Shards at most: no more than points.
const MAX_SHARDS: u64 = 1_000_000;

impl Sweep {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        match (&self.command, &self.spec) {
            (Some(SweepCommand::Merge(command)), _) => command.run(screen),
            (Some(SweepCommand::Export(command)), _) => command.run(screen),
            (Some(SweepCommand::Status(command)), _) => command.run(screen),
            (Some(SweepCommand::Simulate(command)), _) => command.run(screen),
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
        if let Some(shards) = self.array.slurm {
            return self.array.prepared(screen, &spec, shards, &self.output);
        }
        let parted = self.shard.is_some();
        let call = Call { inputs: &[path.to_owned()], force: self.force };
        let fits = |kind| (kind == Kind::Shard) == parted;
        let places = targets(&self.output, self.times.as_deref(), fits, call)?;
        let (targets, times) = places.split_at(self.output.len());
        let header = spec.header(self.shard.unwrap_or(Shard::WHOLE));
        let known = if parted { self.known(&header)? } else { None };
        if let Some(known) =
            known.as_ref().filter(|known| known.missing().is_empty() && known.damaged.is_none())
        {
            let rows: Vec<Row> = known.rows.iter().flatten().cloned().collect();
            let swept = Swept::of(rows.len() as u64, rows.len(), &self.output);
            return swept
                .with_given_up(sweep::given_up(&header.own, &rows))
                .unchanged()
                .said(screen, &self.form);
        }
        let mut journal = Journal::open(&sweep::journal_of(&self.output[0]), &header)?;
        if let Some(known) = known {
            journal.adopt(known)?;
        }
        let rows = self.computed(screen, &spec, &header, Arc::new(journal), (targets, times))?;
        rows.said(screen, &self.form)
    }

    /// What a shard that is there already says, less what was given up where that is tried again.
    fn known(&self, header: &Header) -> Result<Option<Contents>, Error> {
        let path = &self.output[0];
        if std::fs::metadata(path).map_or(0, |m| m.len()) == 0 {
            return Ok(None);
        }
        let mut found = match Contents::read(path) {
            Err(sweep::Failure::NotAJournal { .. }) if self.force => return Ok(None),
            found => found?,
        };
        sweep::is_of(path, &found.header, header)?;
        if self.retry {
            let tried =
                found.rows.iter_mut().filter(|row| row.as_ref().is_some_and(|r| r.given_up.is_some()));
            tried.for_each(|row| *row = None);
        }
        Ok(Some(found))
    }

    fn computed(
        &self,
        screen: &Screen,
        spec: &Spec,
        header: &Header,
        journal: Arc<Journal>,
        (targets, times): (&[Target], &[Target]),
    ) -> Result<Swept, Error> {
        if let Some(lock) = journal.lock_file() {
            screen.remark(&format!(
                "warning: this file system has no locks; {} stands for one\nhint: never start a sweep twice at once here",
                lock.display()
            ));
        }
        let theorems = catalogue::with_folder(None)?;
        let (points, missing) = (header.own.len(), journal.found().missing().len());
        let bar = screen.progress(points as u64, "points");
        bar.set_position((points - missing) as u64);
        bar.reset_eta();
        let (heard, stopped) = (bar.clone(), journal.clone());
        let words = interrupt::last_words(move || {
            let done = heard.position();
            let talk = "are in the journal; the same command goes on";
            let failed = stopped.stop().err().map_or(String::new(), |failure| format!("\n{failure}"));
            (String::new(), format!("interrupted: {done} of {points} points {talk}{failed}"))
        });
        let computed = compute(spec, &theorems, &journal, self.give_up_after, &|| bar.inc(1));
        bar.finish_and_clear();
        drop(words);
        computed?;
        let rows = journal.finished()?;
        if let Some(target) = times.first() {
            target.write(measured(spec, header, &rows).as_bytes()).map_err(Error::unwritable(target))?;
        }
        for target in targets {
            sweep::write(target, header, &rows)?;
        }
        journal.remove()?;
        let given_up = sweep::given_up(&header.own, &rows);
        Ok(Swept::of(points as u64, points - missing, &self.output).with_given_up(given_up))
    }
}

/// What each point took.
fn measured(spec: &Spec, header: &Header, rows: &[Row]) -> String {
    let line =
        |(point, row): (&u64, &Row)| Some(format!("{point},{},{:.6}\n", spec.cost(*point), row.seconds?));
    format!("{}\n", simulate::HEADER) + &header.own.iter().zip(rows).filter_map(line).collect::<String>()
}

/// Checks the outputs before anything is computed, and after them the file of times.
fn targets(
    outputs: &[PathBuf],
    times: Option<&Path>,
    fits: impl Fn(Kind) -> bool,
    call: Call<'_>,
) -> Result<Vec<Target>, Error> {
    let kind = |path: &PathBuf| {
        let kind = sweep::kind_of(path).filter(|kind| fits(*kind));
        kind.ok_or_else(|| sweep::Failure::UnknownKind { path: path.clone() })
    };
    let kinds: Vec<Kind> = outputs.iter().map(kind).collect::<Result<_, _>>()?;
    let places = outputs.iter().map(PathBuf::as_path).zip(kinds);
    Ok(Target::all(places.chain(times.map(|path| (path, Kind::Csv))), call)?)
}
