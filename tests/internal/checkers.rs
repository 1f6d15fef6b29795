//! The second checker, `tests/audit.py`, asked through a pipe; what both checkers say, in one word and its reason.

use crate::kernel::Answer;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The files of a folder with an ending, in the order of their names.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// An answer in the second checker's words.
pub fn word(answer: &Answer) -> String {
    match answer {
        Answer::Accepted => "accepted".to_owned(),
        Answer::Rejected(r) => format!("rejected {}", r.reason.word()),
        Answer::Incomplete(_) => "incomplete".to_owned(),
    }
}

/// The processor's time of this thread so far, where the system says so; else the time since the first call.
pub fn processor_time() -> Duration {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = spent.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| FIRST.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// What the second checker says about a pair.
pub struct Said {
    pub word: String,
    /// The problem as it read the case.
    pub problem: String,
    /// Of the processor.
    pub milliseconds: u64,
}

/// A process of the second checker.
pub struct Second {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Second {
    /// Starts it; `None`, and a word about it, where there is no Python.
    pub fn start() -> Option<(Self, Questions)> {
        if Command::new("python3").arg("--version").output().is_err() {
            eprintln!("python3 is not installed: the second checker is skipped");
            return None;
        }
        let mut command = Command::new("python3");
        command.arg(format!("{ROOT}/tests/differential.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (pipe, lines) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Some((Self { child, lines }, Questions(pipe)))
    }

    /// The next answer.
    pub fn answer(&mut self) -> Said {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        let columns: Vec<&str> = line.trim_end().split('\t').collect();
        let [word, problem, milliseconds] = columns[..] else { panic!("{line:?}") };
        Said {
            word: word.to_owned(),
            problem: problem.to_owned(),
            milliseconds: milliseconds.parse().unwrap(),
        }
    }

    /// Kilobytes that it has needed at most, where the system says so.
    pub fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        peak.trim().split(' ').next()?.parse().ok()
    }

    /// Waits until it ends, its questions being over.
    pub fn end(mut self) {
        assert!(self.child.wait().unwrap().success());
    }
}

/// Where pairs are put to it.
pub struct Questions(ChildStdin);

impl Questions {
    pub fn ask(&mut self, case: &[u8], certificate: &str) {
        for length in [case.len(), certificate.len()] {
            self.0.write_all(&(length as u32).to_be_bytes()).unwrap();
        }
        self.0.write_all(case).unwrap();
        self.0.write_all(certificate.as_bytes()).unwrap();
        self.0.flush().unwrap();
    }
}

/// The second checker says of every pair what is expected, as far as a word counts.
pub fn second_checker_agrees(pairs: &[(&[u8], &str, &str)], part: fn(&str) -> &str) {
    let Some((mut second, mut questions)) = Second::start() else { return };
    let mut apart = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(move || pairs.iter().for_each(|(case, text, _)| questions.ask(case, text)));
        for (case, certificate, word) in pairs {
            let said = second.answer().word;
            if part(&said) != part(word) {
                let case = String::from_utf8_lossy(case);
                apart.push(format!("{said}, but {word}:\n{case}\n{certificate}"));
            }
        }
    });
    second.end();
    assert!(apart.is_empty(), "{} of {} differ:\n{}", apart.len(), pairs.len(), apart.join("\n"));
}
