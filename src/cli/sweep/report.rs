//! What a sweep has written, how far a job array is, and how long one takes.

use super::super::form::{Form, Format};
use super::super::{Exit, Screen, answer};
use super::Error;
use crate::render::number::counted;
use crate::render::table::{Align, Table};
use crate::render::{self, Page};
use crate::sweep::simulate::{self, Makespan, makespan};
use crate::sweep::{Run, ShardState, State, ranges};
use clap::Args;
use indicatif::HumanDuration;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

/// What a sweep has written, `tightframe.swept/1`.
#[derive(Serialize)]
pub(super) struct Swept {
    format: &'static str,
    points: u64,
    /// Points of the grid, where they are not all.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<u64>,
    from_journal: usize,
    shards: Option<usize>,
    given_up: Vec<u64>,
    unchanged: bool,
    outputs: Vec<String>,
}

impl Swept {
    pub fn of(points: u64, from_journal: usize, outputs: &[PathBuf]) -> Self {
        let outputs = outputs.iter().map(|path| path.display().to_string()).collect();
        let (of, shards, given_up, unchanged) = (None, None, Vec::new(), false);
        Self { format: "tightframe.swept/1", points, of, from_journal, shards, given_up, unchanged, outputs }
    }

    pub fn with_shards(self, shards: usize) -> Self {
        Self { shards: Some(shards), ..self }
    }

    pub fn with_given_up(self, given_up: Vec<u64>) -> Self {
        Self { given_up, ..self }
    }

    /// Of so many points that the grid has.
    pub fn of_all(self, points: u64) -> Self {
        Self { of: Some(points), ..self }
    }

    /// Everything was there already.
    pub fn unchanged(self) -> Self {
        Self { unchanged: true, ..self }
    }

    pub fn said(&self, screen: &Screen, form: &Form) -> Result<Exit, Error> {
        if form.format == Format::Json {
            return answer(render::json(self).as_bytes());
        }
        let from = match (self.shards, self.from_journal) {
            _ if self.unchanged => ", all there already: nothing to do".to_owned(),
            (Some(shards), _) => format!(" from {}", counted(shards as u64, "shard")),
            (None, 0) => String::new(),
            (None, resumed) => format!(", {resumed} of them from the journal"),
        };
        let of = self.of.map_or(String::new(), |of| format!(" of {of}"));
        let outputs: String = self.outputs.iter().map(|path| format!("  {path}\n")).collect();
        let given_up = match self.given_up.len() as u64 {
            0 => String::new(),
            n => format!(
                "{} given up, in work at too many stops: {}\n  --shard with --retry computes them again\n",
                counted(n, "point"),
                ranges(&self.given_up)
            ),
        };
        screen.show(&format!("{}{of}{from}\n{outputs}{given_up}", counted(self.points, "point")).into())
    }
}

/// Say how far the shards of a job array are, and what to submit again
#[derive(Args)]
pub(super) struct Status {
    /// The folder that `sweep --slurm` prepared
    folder: PathBuf,
    #[command(flatten)]
    form: Form,
}

/// How far a job array is, `tightframe.sweep-status/1`.
#[derive(Serialize)]
struct StatusJson {
    format: &'static str,
    points: u64,
    done: u64,
    given_up: u64,
    rate: f64,
    resubmit: Option<String>,
    shards: Vec<ShardState>,
}

impl Status {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        let run = Run::open(&self.folder)?;
        let states = run.states();
        let sum = |of: fn(&ShardState) -> u64| states.iter().map(of).sum::<u64>();
        let is_working = |state: &ShardState| state.state == State::InWork;
        // What a process is at needs no second one.
        let idle = |s: &&ShardState| !is_working(s) && s.state != State::Finished;
        let idle: Vec<u64> = states.iter().filter(idle).map(|state| state.shard).collect();
        let found = StatusJson {
            format: "tightframe.sweep-status/1",
            points: run.points(),
            done: sum(|state| state.done),
            given_up: sum(|state| state.given_up),
            rate: states.iter().filter(|state| is_working(state)).filter_map(|state| state.rate).sum(),
            resubmit: (!idle.is_empty()).then(|| run.again(idle)),
            shards: states,
        };
        match self.form.format {
            Format::Json => answer(render::json(&found).as_bytes()),
            Format::Text => screen.show(&found.page()),
        }
    }
}

impl StatusJson {
    fn page(&self) -> Page {
        let row = |s: &ShardState| {
            let rate = s.rate.map_or(String::new(), |rate| format!("{rate:.2}"));
            let given_up = if s.given_up > 0 { s.given_up.to_string() } else { String::new() };
            let done = format!("{} of {}", s.done, s.points);
            vec![s.shard.to_string(), s.state.word().to_owned(), done, given_up, rate]
        };
        let header = [
            ("shard", Align::Right),
            ("state", Align::Left),
            ("points", Align::Right),
            ("given up", Align::Right),
            ("points/s", Align::Right),
        ];
        let mut page = Page::default();
        page.table(Table::new(&header, self.shards.iter().map(row).collect()));
        let left = self.points - self.done.min(self.points);
        let mut text = format!("\n{} of {} are there", self.done, counted(self.points, "point"));
        if self.given_up > 0 {
            text += &format!(", {} of them given up", self.given_up);
        }
        if self.rate > 0.0 && left > 0 {
            let time = HumanDuration(Duration::from_secs((left as f64 / self.rate) as u64));
            text += &format!("; {:.2} a second, about {time} left", self.rate);
        }
        text += "\n";
        if let Some(line) = &self.resubmit {
            text += &format!("what is neither finished nor in the queue goes on with:\n  {line}\n");
        }
        page += &text;
        page
    }
}

/// Say how long a sweep takes on some numbers of processes, from measured times
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe sweep my.toml --times times.csv -o all.csv
  tightframe sweep simulate times.csv --processes 1,64,1000
  tightframe sweep simulate run/ --processes 1,2,4 --cores 2

Each process has one shard and one thread. `by cost` are the shards of --shard, equal in expected cost; `by turn` would
give every n-th point to a shard; `least` is the bound that no division beats. More processes than --cores share them.")]
pub(super) struct Simulate {
    /// Files that --times wrote, or the folder of a job array
    #[arg(required = true)]
    times: Vec<PathBuf>,
    /// Numbers of processes
    #[arg(long, value_delimiter = ',', default_value = "1,2,4,16,64,1000",
          value_parser = clap::value_parser!(u64).range(1..=super::MAX_SHARDS))]
    processes: Vec<u64>,
    /// Cores that all processes share [default: one each]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    cores: Option<u64>,
    #[command(flatten)]
    form: Form,
}

/// How long a sweep takes, `tightframe.sweep-simulation/1`.
#[derive(Serialize)]
struct SimulationJson {
    format: &'static str,
    points: usize,
    seconds: f64,
    makespans: Vec<MakespanJson>,
}

#[derive(Serialize)]
struct MakespanJson {
    processes: u64,
    by_cost: f64,
    by_turn: f64,
    least: f64,
}

impl Simulate {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        let mut files = Vec::new();
        for path in &self.times {
            match path.is_dir() {
                true => files.extend(Run::open(path)?.times()),
                false => files.push(path.clone()),
            }
        }
        let times = simulate::read(&files)?;
        if times.is_empty() {
            return Err(Error::Option {
                given: self.times.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(" "),
                wrong: "no measured times".to_owned(),
                hint: "--times writes them; a shard of a job array does when it is finished".to_owned(),
            });
        }
        let one = |processes: &u64| {
            let Makespan { by_cost, by_turn, least } =
                makespan(&times, *processes, self.cores.unwrap_or(*processes));
            MakespanJson { processes: *processes, by_cost, by_turn, least }
        };
        let found = SimulationJson {
            format: "tightframe.sweep-simulation/1",
            points: times.len(),
            seconds: times.iter().map(|m| m.seconds).sum(),
            makespans: self.processes.iter().map(one).collect(),
        };
        if self.form.format == Format::Json {
            return answer(render::json(&found).as_bytes());
        }
        let row = |m: &MakespanJson| {
            let seconds = |x: f64| format!("{x:.2} s");
            vec![m.processes.to_string(), seconds(m.by_cost), seconds(m.by_turn), seconds(m.least)]
        };
        let header = ["processes", "by cost", "by turn", "least"].map(|name| (name, Align::Right));
        let table = Table::new(&header, found.makespans.iter().map(row).collect());
        let total =
            format!("{}, {:.2} s of one core\n", counted(found.points as u64, "point"), found.seconds);
        let mut page = Page::from(total);
        page.table(table);
        screen.show(&page)
    }
}
