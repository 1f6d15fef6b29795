//! The language of hypotheses and claims: text in, a typed formula or a mistake with its place out.
//!
//! - [`token`] cuts a text into tokens, [`parser`] builds the tree of [`syntax`], [`typing`] resolves names and
//!   kinds into a [`Formula`]. Nothing is evaluated here.
//! - Every mistake carries a span of the text and, where there is one, a hint ([`mistake`]).
//! - Work is bounded: texts, nesting and numbers have limits; nothing recurses deeper than
//!   [`parser::MAX_NESTING`].
//!
//! Reference: `docs/claims.md`.

pub mod formula;
pub mod mistake;
pub mod names;
pub mod parser;
pub mod syntax;
pub mod token;
pub mod typing;

pub use formula::Formula;
pub use mistake::{ClaimMistake, ClaimRefusal};

use std::ops::Range;

/// A byte range of a claim's text.
pub type Span = Range<usize>;

/// Reads a hypothesis or a claim: a typed statement that is true or false of a problem.
pub fn read(text: &str) -> Result<Formula, ClaimRefusal> {
    let tokens = token::tokens(text)?;
    let tree = parser::parse(&tokens, text.len())?;
    typing::statement(&tree)
}
