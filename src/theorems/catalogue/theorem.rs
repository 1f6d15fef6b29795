//! A theorem: hypotheses and claims, judged on a problem or measured on a trained network.

use crate::theorems::language::{self, Formula};
use crate::theorems::{Judge, Measured, Truth};

/// How a statement is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The source's text was read.
    Read,
    /// As `docs/theory.md` relays the source.
    Relayed,
    /// Ours.
    Ours,
}

impl Basis {
    /// The word of the basis.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Relayed => "relayed",
            Self::Ours => "ours",
        }
    }
}

/// A named hypothesis or claim.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The text, read.
    pub formula: Formula,
}

/// A theorem.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Theorem {
    pub id: String,
    pub title: String,
    pub source: String,
    pub basis: Basis,
    pub statement: String,
    pub latex: String,
    pub hypotheses: Vec<Statement>,
    pub claims: Vec<Statement>,
}

/// Whether a theorem speaks of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applicability {
    /// Every hypothesis is proved.
    Applies,
    /// This hypothesis is refuted.
    Fails(String),
    /// This hypothesis is not settled, for this reason.
    Open(String, Truth),
}

/// What was found of a theorem on one problem.
#[derive(Debug, Clone)]
pub struct TheoremFinding {
    /// Whether it applies.
    pub applicability: Applicability,
    /// Its claims' truths, by name; empty unless it applies.
    pub claims: Vec<(String, Truth)>,
}

impl TheoremFinding {
    /// All claims together; `None` where the theorem does not apply.
    pub fn truth(&self) -> Option<Truth> {
        let claims = self.claims.iter().map(|(_, truth)| truth.clone());
        (self.applicability == Applicability::Applies).then(|| claims.fold(Truth::Proved, Truth::and))
    }
}

impl Theorem {
    /// Whether a hypothesis says that the loss is cross-entropy.
    pub fn speaks_of_entropy(&self) -> bool {
        let starts = |text: String| ["loss=ce", "loss=other_ce"].iter().any(|loss| text.starts_with(loss));
        self.hypotheses.iter().any(|h| starts(h.text.split_whitespace().collect()))
    }

    /// Judges the theorem on a problem.
    pub fn judge(&self, judge: &Judge) -> TheoremFinding {
        for hypothesis in &self.hypotheses {
            let applicability = match judge.judge(&hypothesis.formula) {
                Truth::Proved => continue,
                Truth::Refuted => Applicability::Fails(hypothesis.name.clone()),
                truth => Applicability::Open(hypothesis.name.clone(), truth),
            };
            return TheoremFinding { applicability, claims: Vec::new() };
        }
        let claims = self.claims.iter().map(|c| (c.name.clone(), judge.judge(&c.formula))).collect();
        TheoremFinding { applicability: Applicability::Applies, claims }
    }

    /// The claims on a trained network, all together: the worst truth with its residual, or the largest residual.
    /// `None` where the judge has none before it.
    pub fn measure(&self, judge: &Judge) -> Option<Measured> {
        let worse = |a: Measured, b: Measured| {
            let truth = a.truth.clone().and(b.truth.clone());
            let residual = match (a.truth == Truth::Refuted, b.truth == Truth::Refuted) {
                (true, false) => a.residual,
                (false, true) => b.residual,
                _ => a.residual.max(b.residual),
            };
            Measured { truth, residual, ..a }
        };
        let all: Option<Vec<Measured>> = self.claims.iter().map(|c| judge.measure(&c.formula)).collect();
        all?.into_iter().reduce(worse)
    }

    /// A claim alone, as a theorem without hypotheses.
    pub fn of_claim(id: &str, text: &str) -> Result<Self, language::ClaimRefusal> {
        let formula = language::read(text)?;
        let claim = Statement { name: id.to_owned(), text: text.to_owned(), formula };
        Ok(Self {
            id: id.to_owned(),
            title: id.to_owned(),
            source: String::new(),
            basis: Basis::Ours,
            statement: String::new(),
            latex: String::new(),
            hypotheses: Vec::new(),
            claims: vec![claim],
        })
    }
}
