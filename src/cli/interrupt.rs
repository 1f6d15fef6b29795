//! Ctrl-C and termination: what is finished is said, no half file stays, and the exit code names the signal.

use crate::output;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// What goes to stdout, and what to stderr.
type Words = Box<dyn FnOnce() -> (String, String) + Send>;

/// What the running command says when it is interrupted.
static LAST_WORDS: Mutex<Option<Words>> = Mutex::new(None);

fn set(words: Option<Words>) -> Option<Words> {
    std::mem::replace(&mut *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner), words)
}

/// Waits for a signal in a thread of its own, from now on.
#[cfg(unix)]
pub(super) fn watch() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    // Without it a signal ends the process at once, and the next call removes what it leaves.
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        let Some(signal) = signals.forever().next() else { return };
        output::abandon();
        if let Some(words) = set(None) {
            let (answer, talk) = words();
            let _ = std::io::stdout().write_all(answer.as_bytes()).and_then(|()| std::io::stdout().flush());
            let _ = writeln!(std::io::stderr(), "{talk}");
        }
        std::process::exit(128 + signal);
    });
}

#[cfg(not(unix))]
pub(super) fn watch() {}

/// Says these words when the command is interrupted, until what is returned is dropped.
#[must_use]
pub(super) fn last_words(say: impl FnOnce() -> (String, String) + Send + 'static) -> LastWords {
    set(Some(Box::new(say)));
    LastWords
}

/// Withdraws the words when it is dropped.
pub(super) struct LastWords;

impl Drop for LastWords {
    fn drop(&mut self) {
        set(None);
    }
}
