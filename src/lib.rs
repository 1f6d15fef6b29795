//! A theorem checker for the geometry of neural collapse in regularised deep linear networks.
//!
//! The problem: `K` classes with `n_k` samples, `M` linear layers `W_l`, free features `H`, a bias or none, and
//!
//! ```text
//! f(W_M, …, W_1, H, b) = loss(W_M⋯W_1 H + b 1ᵀ, Y) + Σ_l λ_l/2 ‖W_l‖² + λ_H/2 ‖H‖²
//! ```
//!
//! What is the optimal geometry, exactly? And does a trained network find it?
//!
//! | module | what it does | numbers |
//! |---|---|---|
//! | `exact` | rationals read from text, enclosures with outward rounding, decimals whose digits are proven | exact |
//! | `case` | the case file with the place of every value; [`Problem`], valid from birth | exact |
//! | `hints` | float solvers whose answers are only candidates | floats |
//! | `theory` | spectrum, modes, optimum, geometry, as proven enclosures | exact |
//! | `design` | the inverse question: regularisation from wishes, proven | exact |
//! | `certificate` | certificates of what is proved | exact |
//! | `kernel` | the independent checker of certificates | exact |
//! | `float` | what the float folders share: normal variates, softmax, singular values | floats |
//! | `flow` | gradient flow of the real network, and two other methods to compare | floats |
//! | `measure` | neural-collapse metrics and mode strengths of a state | floats |
//! | `verdict` | prediction against observation | both meet here |
//! | `study` | one case and everything known of it, each thing computed once | both, told apart |
//! | `theorems` | statements as data, their language, the search for counterexamples | exact; floats on trained networks |
//! | `output` | where files are written: whole or not at all, and nothing lost | |
//! | `render` | finished values into text, JSON, CSV | |
//! | `figure` | finished values into drawings, SVG and PNG | floats place ink |
//! | `table` | tables for papers: columns of everything that is known of a case | both, told apart |
//! | `sweep` | grids of problems, interrupted and resumed | |
//! | `cli` | the command line | |
//!
//! What a user of the library needs is on this page; everything else is private. A [`Case`] is read from a file
//! ([`Case::read`]), from text ([`Case::parse`]) or built from a [`Problem`] in code ([`Case::of`]); a [`Study`] holds
//! one case and everything that is known of it, computed once and only when asked; [`certify`] and [`audit`] write and
//! check certificates; [`theorems`] are statements about it.
//!
//! # A prediction in a test of your own
//!
//! Predictions are proven to the digits they print and the same on every machine, so a snapshot of one never
//! flickers. In a repository of yours, with this crate and `insta` as dev-dependencies:
//!
//! ```
//! use tightframe::{Bias, Case, Draft, Loss, Problem, Study, Targets, Terms};
//! use tightframe::{decimal, prediction_text, read_rational};
//!
//! let λ = read_rational("5e-4").map_err(|error| error.to_string())?;
//! let problem = Problem::new(Draft {
//!     counts: vec![200, 100, 50, 50],
//!     widths: vec![64, 64],
//!     loss: Loss::Mse,
//!     bias: Bias::None,
//!     targets: Targets::OneHot,
//!     weights: vec![λ.clone(), λ.clone()],
//!     features: λ,
//!     terms: Terms::default(),
//! });
//! let problem = problem.map_err(|mistake| mistake.to_string())?;
//! let case = Case::of("two layers", &problem).map_err(|refusal| refusal.to_string())?;
//! let study = Study::of(&case);
//! let objective = study.known().objective().map(|f| decimal(&f, 12));
//! assert_eq!(objective.as_deref(), Some("0.0133466140463"));
//! // or: insta::assert_snapshot!(prediction_text(&study, 12).to_string());
//! let certificate = tightframe::certify(&case).map_err(|reason| reason.to_string())?;
//! assert_eq!(tightframe::audit(case.bytes(), certificate.as_bytes()), tightframe::Answer::Accepted);
//! # assert!(prediction_text(&study, 12).to_string().contains("0.0133466140463"));
//! # Ok::<(), String>(())
//! ```
// Some of what the modules share serves the command line only, or the tests of this crate.
#![cfg_attr(not(feature = "cli"), allow(dead_code))]
#![cfg_attr(not(all(test, feature = "cli")), allow(unused_imports))]
#![doc = concat!("\n\n", include_str!("../docs/theory.md"))]

#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod benching;
mod case;
mod certificate;
#[cfg(feature = "cli")]
mod cli;
mod design;
mod exact;
#[cfg(feature = "cli")]
mod figure;
mod float;
mod flow;
#[cfg(all(feature = "cli", any(fuzzing, test)))]
#[doc(hidden)]
#[allow(missing_docs, clippy::panic)]
pub mod fuzzing;
mod hints;
mod kernel;
mod measure;
#[cfg(feature = "cli")]
mod output;
mod render;
mod study;
#[cfg(feature = "cli")]
mod sweep;
mod table;
mod theorems;
mod theory;
mod verdict;

pub use case::{
    Bias, Case, Draft, Loss, MAX_BYTES as MAX_CASE_BYTES, Mistake, Problem, Refusal, Targets, TargetsMistake,
    Terms, Training, Uniqueness, Verdict,
};
pub use certificate::{Uncertifiable, certify};
#[cfg(feature = "cli")]
pub use cli::run;
pub use exact::{Enclosure, Integer, Rational, ReadError, decimal, read_rational};
pub use kernel::{Answer, Reason, Rejection, audit, audit_beside};
pub use render::prediction::{PredictionJson, text as prediction_text};
pub use render::verification::VerificationJson;
pub use render::verification_text::statements as verification_statements;
pub use render::{Page, json};
pub use study::Study;
pub use table::{
    Column, Format, Kind as ColumnKind, Per, Request, Subject, Table, columns::column, columns::columns,
};
pub use theorems::{Theorem, TheoremCounts, catalogue::TheoremRefusal, catalogue::embedded as theorems};
pub use theory::{ClassRow, Fate, Gram, GramDetail, Known, OptimalMode, Optimum};
pub use verdict::{Outcome, Plan, RunReport, Verification};

#[cfg(all(test, feature = "cli"))]
#[path = "../tests/internal/mod.rs"]
mod internal;
