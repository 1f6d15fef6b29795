//! The catalogue as text and JSON: a list, or one theorem explained with what cases say of it.

use super::Page;
use super::number::counted;
use super::table::{Align, Table};
use crate::theorems::{Applicability, Measured, Theorem, TheoremFinding, Truth};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One theorem, `tightframe.theorem/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TheoremJson {
    /// `tightframe.theorem/1`.
    pub format: String,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it comes from.
    pub source: String,
    /// `read`, `relayed` or `ours`.
    pub basis: String,
    /// The statement in words.
    pub statement: String,
    /// The statement in LaTeX.
    pub latex: String,
    /// Its hypotheses.
    pub hypotheses: Vec<NamedText>,
    /// Its claims.
    pub claims: Vec<NamedText>,
    /// What each case says of it.
    pub cases: Vec<CaseFinding>,
}

/// A named text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NamedText {
    /// Its name.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A theorem on one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseFinding {
    /// The case.
    pub case: String,
    /// `proved`, `refuted`, `agrees`, `undecided`, or `does not apply`.
    pub verdict: String,
    /// The hypothesis that fails or is open, or the claims that are not proved.
    pub reasons: Vec<String>,
    /// What trained networks show, one entry a run; empty unless they were asked.
    #[serde(default)]
    pub measured: Vec<MeasuredRun>,
}

/// A theorem on one trained network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasuredRun {
    /// The run: its seed or start, and where it ended.
    pub run: String,
    /// `holds`, `fails` or `undecided`, within the tolerance.
    pub verdict: String,
    /// The largest residual of the equalities that hold, or that of the one that fails.
    pub residual: f64,
    /// Residuals up to this hold.
    pub tolerance: f64,
}

impl MeasuredRun {
    /// From a measurement.
    pub fn of(run: &str, measured: &Measured) -> Self {
        let verdict = match measured.truth {
            Truth::Proved | Truth::Agrees(_) => "holds",
            Truth::Refuted => "fails",
            Truth::Undecided(_) => "undecided",
        };
        Self {
            run: run.to_owned(),
            verdict: verdict.to_owned(),
            residual: measured.residual,
            tolerance: measured.tolerance,
        }
    }
}

impl CaseFinding {
    /// From a finding.
    pub fn of(case: &str, finding: &TheoremFinding) -> Self {
        let (verdict, reasons) = match (&finding.applicability, finding.truth()) {
            (Applicability::Fails(name), _) => ("does not apply", vec![format!("hypothesis: {name}")]),
            (Applicability::Open(name, truth), _) => {
                ("undecided", vec![format!("hypothesis: {name}: {truth}")])
            }
            (Applicability::Applies, truth) => {
                let open = finding.claims.iter().filter(|(_, t)| *t != Truth::Proved);
                let reasons = open.map(|(name, t)| format!("{name}: {t}")).collect();
                (truth.map_or("undecided", |t| t.word()), reasons)
            }
        };
        Self { case: case.to_owned(), verdict: verdict.to_owned(), reasons, measured: Vec::new() }
    }
}

impl TheoremJson {
    /// From a theorem and what cases say of it.
    pub fn of(theorem: &Theorem, cases: Vec<CaseFinding>) -> Self {
        let named = |all: &[crate::theorems::catalogue::Statement]| {
            all.iter().map(|s| NamedText { name: s.name.clone(), text: s.text.clone() }).collect()
        };
        Self {
            format: "tightframe.theorem/1".to_owned(),
            id: theorem.id.clone(),
            title: theorem.title.clone(),
            source: theorem.source.clone(),
            basis: theorem.basis.word().to_owned(),
            statement: theorem.statement.clone(),
            latex: theorem.latex.clone(),
            hypotheses: named(&theorem.hypotheses),
            claims: named(&theorem.claims),
            cases,
        }
    }

    fn count(&self, verdict: &str) -> usize {
        self.cases.iter().filter(|c| c.verdict == verdict).count()
    }
}

const VERDICTS: [&str; 5] = ["proved", "agrees", "refuted", "undecided", "does not apply"];

/// All theorems in a table.
pub fn listed(all: &[TheoremJson]) -> Page {
    let judged = all.iter().any(|t| !t.cases.is_empty());
    let mut columns = vec![("theorem", Align::Left), ("basis", Align::Left)];
    if judged {
        columns.extend(VERDICTS.iter().map(|v| (*v, Align::Right)));
    }
    columns.push(("title", Align::Left));
    let row = |t: &TheoremJson| {
        let mut cells = vec![t.id.clone(), t.basis.clone()];
        if judged {
            cells.extend(VERDICTS.iter().map(|v| t.count(v).to_string()));
        }
        cells.push(t.title.clone());
        cells
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    let mut page = Page::default();
    page.table(Table::new(&columns, rows));
    page += &format!("\n{}\n", counted(all.len() as u64, "theorem"));
    page
}

/// One theorem with everything known of it.
pub fn explained(t: &TheoremJson) -> Page {
    let mut out = format!("{}\n{}\n\n{}\n\n", t.id, t.title, t.statement);
    if !t.latex.is_empty() {
        out += &format!("  {}\n\n", t.latex);
    }
    out += &format!("source  {} ({})\n", t.source, t.basis);
    for (title, all) in [("hypotheses", &t.hypotheses), ("claims", &t.claims)] {
        if !all.is_empty() {
            out += &format!("\n{title}\n");
            all.iter().for_each(|s| out += &format!("  {}\n    {}\n", s.name, s.text));
        }
    }
    if !t.cases.is_empty() {
        out += "\ncases\n";
        for case in &t.cases {
            out += &format!("  {}  {}\n", case.verdict, case.case);
            case.reasons.iter().for_each(|reason| out += &format!("    {reason}\n"));
            for m in &case.measured {
                out += &format!(
                    "    measured, {}: {}, residual {:.1e}, tolerance {:.1e}\n",
                    m.run, m.verdict, m.residual, m.tolerance
                );
            }
        }
        let counts: Vec<String> = VERDICTS.iter().map(|v| format!("{} {v}", t.count(v))).collect();
        out += &format!("\n{}: {}\n", counted(t.cases.len() as u64, "case"), counts.join(", "));
    }
    out.into()
}
