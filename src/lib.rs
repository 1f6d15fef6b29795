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
//! | [`exact`] | rationals read from text, enclosures with outward rounding, decimals whose digits are proven | exact |
//! | [`case`] | the case file with the place of every value; [`case::Problem`], valid from birth | exact |
//! | [`hints`] | float solvers whose answers are only candidates | floats |
//! | [`theory`] | spectrum, modes, optimum, geometry, as proven enclosures | exact |
//! | [`design`] | the inverse question: regularisation from wishes, proven | exact |
//! | [`certificate`] | certificates of what is proved | exact |
//! | [`kernel`] | the independent checker of certificates | exact |
//! | [`float`] | what the float folders share: normal variates, softmax, singular values | floats |
//! | [`flow`] | gradient flow of the real network, and two other methods to compare | floats |
//! | [`measure`] | neural-collapse metrics and mode strengths of a state | floats |
//! | [`verdict`] | prediction against observation | both meet here |
//! | [`study`] | one case and everything known of it, each thing computed once | both, told apart |
//! | [`theorems`] | statements as data, their language, the search for counterexamples | exact; floats on trained networks |
//! | [`output`] | where files are written: whole or not at all, and nothing lost | |
//! | [`render`] | finished values into text, JSON, CSV | |
//! | [`figure`] | finished values into drawings, SVG and PNG | floats place ink |
//! | [`table`] | tables for papers: columns of everything that is known of a case | both, told apart |
//! | [`sweep`] | grids of problems, interrupted and resumed | |
//! | [`cli`] | the command line | |
//!
//! # A prediction in a test of your own
//!
//! Predictions are proven to the digits they print and the same on every machine, so a snapshot of one never
//! flickers. In a repository of yours, with this crate and `insta` as dev-dependencies:
//!
//! ```
//! use tightframe::case::Case;
//! use tightframe::study::Study;
//!
//! let text = r#"
//!     [network]
//!     counts = [200, 100, 50, 50]
//!     widths = [64, 64]
//!     loss = "mse"
//!     bias = "none"
//!     [regularization]
//!     weights = 5e-4
//!     features = 5e-4
//! "#;
//! let case = Case::parse("two layers", text.as_bytes()).map_err(|refusal| refusal.to_string())?;
//! let study = Study::of(&case);
//! let objective = study.known().objective().map(|f| tightframe::exact::decimal(&f, 12));
//! assert_eq!(objective.as_deref(), Some("0.0133466140463"));
//! // or: insta::assert_snapshot!(tightframe::render::prediction::text(&study, 12));
//! # Ok::<(), String>(())
//! ```
// Some of what the modules share serves the command line only.
#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports))]
#![doc = concat!("\n\n", include_str!("../docs/theory.md"))]

pub mod case;
pub mod certificate;
#[cfg(feature = "cli")]
pub mod cli;
pub mod design;
pub mod exact;
#[cfg(feature = "cli")]
pub mod figure;
pub mod float;
pub mod flow;
#[cfg(all(feature = "cli", any(fuzzing, test)))]
#[doc(hidden)]
#[allow(missing_docs, clippy::panic)]
pub mod fuzzing;
pub mod hints;
pub mod kernel;
pub mod measure;
#[cfg(feature = "cli")]
pub mod output;
pub mod render;
pub mod study;
#[cfg(feature = "cli")]
pub mod sweep;
pub mod table;
pub mod theorems;
pub mod theory;
pub mod verdict;
