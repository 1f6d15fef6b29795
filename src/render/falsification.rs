//! What a search for counterexamples found, as JSON and as text.

use super::Page;
use super::number::counted;
use crate::theorems::Theorem;
use crate::theorems::falsify::{SearchResult, Tally};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A search, `tightframe.falsification/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FalsificationJson {
    /// `tightframe.falsification/1`.
    pub format: String,
    /// The theorem.
    pub theorem: String,
    /// `refuted`, `unrefuted`, or `undecided` where no trial satisfied the hypotheses or a trained network misses a claim.
    pub verdict: String,
    /// Random problems that were tried.
    pub trials: u64,
    /// Of them, those that satisfy the hypotheses.
    pub applied: u64,
    /// Of them, those where nothing was decided.
    pub undecided: u64,
    /// The counterexample; null without one.
    pub counterexample: Option<CounterexampleJson>,
    /// What trained networks show; null unless they were asked.
    pub trained: Option<TrainedJson>,
}

/// A counterexample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CounterexampleJson {
    /// The claim that is false there.
    pub claim: String,
    /// The trial that found it.
    pub trial: u64,
    /// Steps in which it was shrunk.
    pub shrunk: usize,
    /// Its case file.
    pub case: String,
    /// Where that was written; null unless asked for.
    pub written: Option<String>,
}

/// Trained networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrainedJson {
    /// Networks trained.
    pub runs: u64,
    /// Of them, those that reached the optimum.
    pub reached: u64,
    /// Of those, networks that show every claim.
    pub shown: u64,
    /// Of those, networks that miss one.
    pub missed: Vec<MissedJson>,
}

/// A network that misses a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissedJson {
    /// The trial.
    pub trial: u64,
    /// The residual.
    pub residual: f64,
}

impl TrainedJson {
    fn of(t: &Tally) -> Self {
        let missed =
            t.missed.iter().map(|(trial, residual)| MissedJson { trial: *trial, residual: *residual });
        Self { runs: t.runs, reached: t.reached, shown: t.shown, missed: missed.collect() }
    }
}

impl FalsificationJson {
    /// The JSON form of a search with its verdict, the counterexample's case file, and where that was written.
    pub fn of(
        theorem: &Theorem,
        verdict: &str,
        result: &SearchResult,
        case: Option<String>,
        written: Option<String>,
        trained: bool,
    ) -> Self {
        let counterexample = result.counterexample.as_ref().map(|found| CounterexampleJson {
            claim: found.claim.clone(),
            trial: found.trial,
            shrunk: found.shrunk,
            case: case.unwrap_or_default(),
            written,
        });
        Self {
            format: "tightframe.falsification/1".to_owned(),
            theorem: theorem.id.clone(),
            verdict: verdict.to_owned(),
            trials: result.trials,
            applied: result.applied,
            undecided: result.undecided,
            counterexample,
            trained: trained.then(|| TrainedJson::of(&result.trained)),
        }
    }

    /// The text form: the verdict, what was tried, and the counterexample's case file.
    pub fn text(&self) -> Page {
        let tally = format!(
            "{}, {} applied, {} undecided",
            counted(self.trials, "trial"),
            self.applied,
            self.undecided
        );
        let mut out = match &self.counterexample {
            None => format!("{}  {}: {tally}\n", self.verdict, self.theorem),
            Some(found) => format!(
                "{}  {}: claim \"{}\" at trial {}, shrunk in {} ({tally})\n",
                self.verdict,
                self.theorem,
                found.claim,
                found.trial,
                counted(found.shrunk as u64, "step")
            ),
        };
        if let Some(t) = &self.trained {
            let first = t.missed.first().map_or(String::new(), |miss| {
                format!(", first at trial {}, residual {:.1e}", miss.trial, miss.residual)
            });
            out += &format!(
                "trained: {}, {} reached the optimum, {} show every claim, {} miss one{first}\n",
                counted(t.runs, "network"),
                t.reached,
                t.shown,
                t.missed.len(),
            );
        }
        if let Some(found) = &self.counterexample {
            out += &format!("\n{}", found.case);
            if let Some(path) = &found.written {
                out += &format!("\nwritten to {path}\n");
            }
        }
        out.into()
    }
}
