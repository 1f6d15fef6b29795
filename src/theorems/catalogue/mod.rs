//! The catalogue: one theorem a file, in TOML. Hypotheses and claims are named texts in the language of
//! `docs/claims.md`.
//!
//! ```toml
//! id = "one-layer-threshold"
//! title = "A class is lost at an exact count"
//! source = "…"
//! basis = "ours"              # "read": its text was read; "relayed": as docs/theory.md relays it; "ours"
//! statement = "…"
//! latex = '…'
//! [hypotheses]
//! "one layer" = "M = 1"
//! [claims]
//! "lost below" = "forall k in classes: collapsed(k) implies n[k] <= N^2 * lambda_w[1] * lambda_h"
//! ```

mod file;
mod refusal;
mod theorem;

pub use file::place_inside;
pub use refusal::{TheoremMistake, TheoremRefusal};
pub use theorem::{Applicability, Statement, Theorem, TheoremFinding};

use crate::case::{MAX_BYTES, bytes_up_to};
use std::path::Path;

macro_rules! embedded {
    ($($file:literal),* $(,)?) => { [$(($file, include_str!($file))),*] };
}

/// The theorems that come with the program, in the order of the list.
const EMBEDDED: [(&str, &str); 61] = embedded![
    "gof-one-layer.toml",
    "gof-two-layers.toml",
    "gof-any-depth.toml",
    "gof-norms.toml",
    "norm-ratios.toml",
    "product-rows.toml",
    "own-logit.toml",
    "energy-identity.toml",
    "narrow-imbalanced.toml",
    "balanced-frame.toml",
    "balanced-simplex.toml",
    "nearest-centre.toml",
    "self-duality.toml",
    "hidden-features.toml",
    "bottleneck.toml",
    "bottleneck-bias.toml",
    "bottleneck-projection.toml",
    "collapse-one-layer.toml",
    "collapse-any-depth.toml",
    "mode-threshold.toml",
    "stationarity.toml",
    "optimal-value.toml",
    "balanced-energy.toml",
    "equal-strengths.toml",
    "published-largest-root.toml",
    "simplex-one-layer.toml",
    "one-layer-saddles.toml",
    "one-layer-strict-saddles.toml",
    "one-layer-balanced-size.toml",
    "two-layers-balanced.toml",
    "bias-imbalance.toml",
    "interlacing.toml",
    "strict-interlacing.toml",
    "bias-merging.toml",
    "logit-sums.toml",
    "prefix-rule.toml",
    "prefix-levels.toml",
    "largest-modes.toml",
    "lower-root.toml",
    "zero-is-a-minimum.toml",
    "saddle-index.toml",
    "double-root.toml",
    "deep-ce-etf.toml",
    "ce-one-layer.toml",
    "ce-norms.toml",
    "deep-ce-not-etf.toml",
    "deep-ce-not-etf-published.toml",
    "deep-ce-frame-optimal.toml",
    "deep-ce-zero-optimal.toml",
    "ce-two-classes.toml",
    "ce-seli-limit.toml",
    "ce-merging.toml",
    "ce-weighted-merging.toml",
    "ce-vanishing.toml",
    "ce-smoothing.toml",
    "ce-nonnegative.toml",
    "nonnegative-squares.toml",
    "weighted-squares.toml",
    "regularised-bias.toml",
    "regression-collapse.toml",
    "output-covariance.toml",
];

/// The theorems that come with the program.
pub fn embedded() -> Result<Vec<Theorem>, TheoremRefusal> {
    EMBEDDED.iter().map(|(file, text)| Theorem::parse(file, text)).collect()
}

/// The embedded theorems, and those of the `*.toml` files in a folder.
pub fn with_folder(folder: Option<&Path>) -> Result<Vec<Theorem>, TheoremRefusal> {
    let mut all = embedded()?;
    let Some(folder) = folder else { return Ok(all) };
    let refuse =
        |path: &Path, mistake| TheoremRefusal { file: path.display().to_string(), place: None, mistake };
    let unreadable =
        |path: &Path, e: std::io::Error| refuse(path, TheoremMistake::Unreadable { reason: e.to_string() });
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| unreadable(folder, e))? {
        let path = entry.map_err(|e| unreadable(folder, e))?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
    files.sort();
    for path in files {
        let theorem = from_file(&path)?;
        if all.iter().any(|t| t.id == theorem.id) {
            return Err(refuse(&path, TheoremMistake::DuplicateId { id: theorem.id }));
        }
        all.push(theorem);
    }
    Ok(all)
}

/// The theorem of one file.
pub fn from_file(path: &Path) -> Result<Theorem, TheoremRefusal> {
    let refuse = |mistake| TheoremRefusal { file: path.display().to_string(), place: None, mistake };
    let bytes = bytes_up_to(path, MAX_BYTES)
        .map_err(|e| refuse(TheoremMistake::Unreadable { reason: e.to_string() }))?
        .map_err(|_| refuse(TheoremMistake::TooLarge))?;
    let text = String::from_utf8(bytes).map_err(|_| refuse(TheoremMistake::NotUtf8))?;
    Theorem::parse(&path.display().to_string(), &text)
}
