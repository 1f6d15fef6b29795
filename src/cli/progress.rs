//! Progress on stderr: shown on a terminal to whoever has waited for a second, gone when done; in a log a line now and
//! then.

use super::screen::Screen;
use crate::render::verification_text::row;
use crate::verdict::News;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Nothing is shown before.
const PATIENCE: Duration = Duration::from_secs(1);
/// Where stderr is no terminal, a line so often.
const LINES: Duration = Duration::from_secs(30);
/// What networks are called that are trained.
const RUNS: &str = "runs";
const TICK: Duration = Duration::from_millis(200);

/// How far some work is, for a log.
fn line(bar: &ProgressBar, noun: &str) -> String {
    let (done, elapsed) = (bar.position(), bar.elapsed());
    let so_far = format!("{} so far", HumanDuration(elapsed));
    match bar.length() {
        Some(all) if all > 0 => {
            let rate = bar.per_sec();
            let left = HumanDuration(bar.eta());
            format!("{done} of {all} {noun}, {so_far}, {rate:.2} a second, about {left} left")
        }
        _ => format!("{noun}, {so_far}"),
    }
}

impl Screen {
    /// Progress of work with so many parts; of work whose length is not known with none.
    pub fn progress(&self, length: u64, noun: &str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        let template = match length {
            0 => format!("{{spinner}} {noun}, {{elapsed}} so far"),
            // Nobody knows how long a run takes.
            _ if noun == RUNS => format!("{{pos}}/{{len}} {noun}, {{elapsed}} so far, {{wide_msg}}"),
            _ => format!("{{bar:20}} {{pos}}/{{len}} {noun}, {{elapsed}} so far, {{eta}} left"),
        };
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        if !self.quiet {
            let (waiting, noun) = (bar.downgrade(), noun.to_owned());
            let is_terminal = std::io::stderr().is_terminal();
            std::thread::spawn(move || {
                std::thread::sleep(PATIENCE);
                if let Some(bar) = waiting.upgrade().filter(|bar| is_terminal && !bar.is_finished()) {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                    bar.enable_steady_tick(TICK);
                }
                if is_terminal {
                    return;
                }
                // A log has lines.
                loop {
                    std::thread::sleep(LINES);
                    match waiting.upgrade().filter(|bar| !bar.is_finished()) {
                        Some(bar) => eprintln!("{}", line(&bar, &noun)),
                        None => return,
                    }
                }
            });
        }
        bar
    }

    /// Progress of the training of so many networks.
    pub fn training(&self, runs: u64) -> Training {
        self.training_of(runs, RUNS)
    }

    /// The same of work that may train; its bar goes with it.
    pub fn training_of(&self, length: u64, noun: &str) -> Training {
        let bar = self.progress(length, noun).with_finish(ProgressFinish::AndClear);
        Training { screen: self.clone(), bar, heard: Arc::default() }
    }
}

/// What is heard of training, as progress and as the rows of what is finished.
#[derive(Clone)]
pub(super) struct Training {
    screen: Screen,
    pub bar: ProgressBar,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    /// Gradient evaluations of the runs that go on, by their places in the plan.
    running: BTreeMap<usize, u64>,
    /// Those of the others.
    finished: u64,
    /// The finished runs, as `render::verification_text::runs` takes them.
    rows: Vec<Vec<String>>,
}

impl Training {
    /// Hears.
    pub fn hear(&self, news: News) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        match news {
            News::Point { number, evaluations, relative_gap } => {
                heard.running.insert(number, evaluations);
                let total = heard.finished + heard.running.values().sum::<u64>();
                let rate = total as f64 / self.bar.elapsed().as_secs_f64().max(1e-3);
                self.bar.set_message(format!("{total} gradients, {rate:.0}/s, gap {relative_gap:.1e}"));
            }
            News::Ended { number, run } => {
                heard.running.remove(&number);
                heard.finished += run.evaluations;
                let name = format!("{}, {}", run.start.described(run.seed), run.outcome.word());
                let work = format!("{} gradients in {:.1} s", run.evaluations, run.seconds);
                heard.rows.push(row(run));
                if self.screen.verbose {
                    let words = format!("{name}: gap {:.1e}, {work}", run.relative_gap);
                    self.bar.suspend(|| self.screen.complain(&words));
                }
                self.bar.inc(1);
            }
        }
    }

    /// The rows of the runs that are finished.
    pub fn rows(&self) -> Vec<Vec<String>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).rows.clone()
    }
}
