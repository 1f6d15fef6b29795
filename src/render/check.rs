//! The result of `check`: one row a case and a summary line, as text, JSON or JUnit.

use super::Page;
use super::number::counted;
use super::table::{Align, Table};
use super::verification_text;
use crate::case::Verdict;
use crate::exact::decimal;
use crate::study::Study;
use crate::theorems::TheoremCounts;
use crate::theorems::catalogue::TheoremRefusal;
use crate::verdict::RunReport;
use crate::verdict::expectation::{about_verdict, vague};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The JSON form of a check, `tightframe.check/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckJson {
    /// `tightframe.check/1`.
    pub format: String,
    /// Cases as expected.
    pub passed: usize,
    /// Cases not as expected, refused ones included.
    pub failed: usize,
    /// One entry a case, in the order of their paths.
    pub cases: Vec<CaseRow>,
}

/// One case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseRow {
    /// The file.
    pub path: String,
    /// The title.
    pub title: String,
    /// `verified`, `refuted`, `undecided`, or `refused` for a file that is no case.
    pub verdict: String,
    /// `unique`, `tie`, `rank-tie`, `zero` or `undecided`.
    pub optimum: String,
    /// Proven objective; where the optimum is undecided, that of the best network known.
    pub objective: String,
    /// Random starts that reached the optimum, `2/3`; `–` where nothing was trained.
    pub attained: String,
    /// What the independent checker says of the case's certificate; null unless asked for.
    pub certificate: Option<String>,
    /// Gradient evaluations of all runs.
    pub gradient_evaluations: u64,
    /// What each run that missed the optimum reached and lost.
    pub notes: Vec<String>,
    /// What theorems and the case's own claims say here; null for a refused file.
    #[serde(default)]
    pub theorems: Option<TheoremCounts>,
    /// What each network from files is that the case names.
    #[serde(default)]
    pub measured: Vec<String>,
    /// Where the finding differs from what the case expects; empty if it agrees.
    pub disagreements: Vec<String>,
    /// Whether they are no more than that the verdict is undecided.
    #[serde(skip)]
    pub only_undecided: bool,
}

/// Significant digits of objectives.
const DIGITS: usize = 12;

impl CaseRow {
    /// The row of a file that is refused.
    pub fn refused(path: &str, refusal: &dyn std::fmt::Display) -> Self {
        Self {
            path: path.to_owned(),
            title: path.to_owned(),
            verdict: "refused".to_owned(),
            optimum: "–".to_owned(),
            objective: "–".to_owned(),
            attained: "–".to_owned(),
            certificate: None,
            gradient_evaluations: 0,
            notes: Vec::new(),
            theorems: None,
            measured: Vec::new(),
            disagreements: vec![refusal.to_string()],
            only_undecided: false,
        }
    }

    /// Whether the file was refused.
    pub fn is_refused(&self) -> bool {
        self.theorems.is_none()
    }

    /// The row of a case, certified and audited if that is asked for; the refusal of a claim that cannot be read.
    pub fn of<'a>(path: &str, study: &'a Study, certify: bool) -> Result<Self, &'a TheoremRefusal> {
        let (known, verdict) = (study.known(), study.verdict());
        let theorems = study.observed()?.clone();
        let mut disagreements = study.disagreements();
        // Where nothing is proved there is nothing to certify.
        let certificate = (certify && verdict != Verdict::Undecided).then(|| match study.certificate() {
            Ok(_) => study.audit().map_or_else(String::new, |answer| answer.brief()),
            Err(reason) => reason.to_string(),
        });
        if let Some(said) = certificate.as_ref().filter(|said| *said != "accepted") {
            disagreements.push(format!("certificate: {said}"));
        }
        let undecided = about_verdict(study.case().expect(), verdict).is_some_and(|d| d.is_undecided());
        let asked = study.case().training().run;
        let training = if asked { study.training() } else { Ok(None) };
        let runs = training.ok().flatten();
        let elsewhere = |r: &&RunReport| !r.outcome.is_best();
        let note = |r: &RunReport| verification_text::elsewhere(r, known);
        let mut notes: Vec<String> = match training {
            Ok(training) => {
                training.map_or(Vec::new(), |v| v.runs.iter().filter(elsewhere).filter_map(note).collect())
            }
            Err(reason) => vec![reason.to_string()],
        };
        notes.extend(vague(study.case().expect(), known));
        Ok(Self {
            path: path.to_owned(),
            title: study.case().title().to_owned(),
            verdict: verdict.word().to_owned(),
            optimum: known.uniqueness().word().to_owned(),
            objective: known.best().map_or("–".to_owned(), |x| decimal(&x, DIGITS)),
            attained: runs.map_or("–".to_owned(), |v| v.attained_of()),
            certificate,
            gradient_evaluations: runs.map_or(0, |v| v.runs.iter().map(|r| r.evaluations).sum()),
            notes,
            theorems: Some(theorems),
            measured: measured(study),
            only_undecided: undecided && disagreements.len() == 1,
            disagreements,
        })
    }
}

/// A line for each network from files.
fn measured(study: &Study) -> Vec<String> {
    #[cfg(feature = "cli")]
    return study
        .measured()
        .map_or(Vec::new(), |all| all.iter().map(super::measurement_text::line).collect());
    #[cfg(not(feature = "cli"))]
    Vec::new()
}

/// Cases that are named for one theorem.
const NAMED: usize = 3;

impl CheckJson {
    /// A check of some cases.
    pub fn of(cases: Vec<CaseRow>) -> Self {
        let passed = cases.iter().filter(|c| c.disagreements.is_empty()).count();
        Self { format: "tightframe.check/1".to_owned(), passed, failed: cases.len() - passed, cases }
    }

    /// The text form: every case, or only those that are not as expected, and what all of them come to.
    pub fn text(&self, only_failed: bool) -> Page {
        let mut out = Page::default();
        if !only_failed {
            out.table(self.table());
            let noted: Vec<&CaseRow> = self.cases.iter().filter(|c| !c.notes.is_empty()).collect();
            if !noted.is_empty() {
                out +=
                    "\nruns that ended elsewhere (the optimum stands; trained networks need not find it)\n";
                for case in noted {
                    out += &format!("  {}\n", case.path);
                    case.notes.iter().for_each(|note| out += &format!("    {note}\n"));
                }
            }
        }
        let measured: Vec<&CaseRow> = self.cases.iter().filter(|c| !c.measured.is_empty()).collect();
        if !only_failed && !measured.is_empty() {
            out += "\nnetworks from files (measured)\n";
            for case in measured {
                out += &format!("  {}\n", case.path);
                case.measured.iter().for_each(|line| out += &format!("    {line}\n"));
            }
        }
        for case in self.cases.iter().filter(|c| !c.disagreements.is_empty()) {
            out += &format!("\nnot as expected: {}\n", case.path);
            case.disagreements.iter().for_each(|d| out += &format!("  {d}\n"));
        }
        if !only_failed {
            out += &self.theorems_text();
        }
        out += &format!("\n{}\n", self.summary());
        out
    }

    /// What all cases come to, in a line: `3 cases: 2 verified, 1 refuted as expected; 3 passed`.
    pub fn summary(&self) -> String {
        let mut words = Vec::new();
        for word in ["verified", "refuted", "undecided", "refused"] {
            let of = |passed: bool| {
                let matching = |c: &&CaseRow| c.verdict == word && c.disagreements.is_empty() == passed;
                self.cases.iter().filter(matching).count()
            };
            let (expected, other) = (of(true), of(false));
            match word {
                "verified" => words.push(format!("{} verified", expected + other)),
                _ if expected > 0 => words.push(format!("{expected} {word} as expected")),
                _ => {}
            }
            if other > 0 && word != "verified" {
                words.push(format!("{other} {word}"));
            }
        }
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        format!(
            "{}: {}; {} passed{failed}",
            counted(self.cases.len() as u64, "case"),
            words.join(", "),
            self.passed
        )
    }

    fn table(&self) -> Table {
        let certified = self.cases.iter().any(|c| c.certificate.is_some());
        let row = |c: &CaseRow| {
            let word = match (c.disagreements.is_empty(), c.verdict.as_str()) {
                (false, _) => "  NOT AS EXPECTED",
                (true, "verified") => "",
                (true, _) => "  as expected",
            };
            let mut cells =
                vec![c.verdict.clone() + word, c.optimum.clone(), c.objective.clone(), c.attained.clone()];
            if certified {
                cells.push(c.certificate.clone().unwrap_or_default());
            }
            cells.push(c.path.clone());
            cells
        };
        let mut columns = vec![
            ("verdict", Align::Left),
            ("optimum", Align::Left),
            ("objective", Align::Left),
            ("attained", Align::Left),
        ];
        if certified {
            columns.push(("certificate", Align::Left));
        }
        columns.push(("case", Align::Left));
        // The verdict is the first word of a row.
        Table::new(&columns, self.cases.iter().map(row).collect()).flush()
    }

    /// What theorems say, in total and where one is refuted.
    fn theorems_text(&self) -> String {
        let all = || self.cases.iter().filter_map(|c| c.theorems.as_ref().map(|t| (c, t)));
        let total = |pick: &dyn Fn(&TheoremCounts) -> usize| all().map(|(_, t)| pick(t)).sum::<usize>();
        let applied = total(&|t| t.applicable);
        if applied == 0 {
            return String::new();
        }
        let mut out = format!(
            "\ntheorems: {applied} applications, {} proved, {} agree, {} refuted, {} undecided; {} hold on a trained network\n",
            total(&|t| t.proved),
            total(&|t| t.agrees),
            total(&|t| t.refuted.len()),
            total(&|t| t.undecided),
            total(&|t| t.measured),
        );
        let mut refuted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (case, theorems) in all() {
            theorems.refuted.iter().for_each(|id| refuted.entry(id).or_default().push(&case.path));
        }
        for (id, paths) in refuted {
            let more = if paths.len() > NAMED {
                format!(" and {} more", paths.len() - NAMED)
            } else {
                String::new()
            };
            out += &format!("  {id}: refuted by {}{more}\n", paths[..paths.len().min(NAMED)].join(", "));
        }
        for (case, theorems) in all().filter(|(_, t)| !t.not_shown.is_empty()) {
            out += &format!(
                "  proved, not shown by training {}: {}\n",
                case.path,
                theorems.not_shown.join(", ")
            );
        }
        out
    }

    /// The JUnit form.
    pub fn junit(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        out += &format!(
            "<testsuites tests=\"{0}\" failures=\"{1}\">\n  <testsuite name=\"tightframe\" tests=\"{0}\" failures=\"{1}\">\n",
            self.cases.len(),
            self.failed
        );
        for case in &self.cases {
            out += &format!(
                "    <testcase classname=\"{}\" name=\"{}\"",
                escaped(&case.path),
                escaped(&case.title)
            );
            if case.disagreements.is_empty() {
                out += "/>\n";
            } else {
                let message = escaped(&case.disagreements.join("; "));
                out += &format!(">\n      <failure message=\"{message}\"/>\n    </testcase>\n");
            }
        }
        out += "  </testsuite>\n</testsuites>\n";
        out
    }
}

/// Text for an XML attribute; characters that XML cannot carry become a replacement mark.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\n' => "&#10;".to_owned(),
            c if c.is_control() => "\u{fffd}".to_owned(),
            c => c.to_string(),
        })
        .collect()
}
