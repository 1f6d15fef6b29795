//! A verification as JSON, text and a trajectory in CSV.

use super::cross_entropy::StructureJson;
use super::number::Number;
use super::prediction::heading;
use super::table::{self, Align};
use crate::case::Problem;
use crate::exact::{DIGITS, decimal};
use crate::flow::Stop;
use crate::theory::OptimalMode;
use crate::verdict::{Metrics, RunReport, StartKind, Verification};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The JSON form of a verification, `tightframe.verification/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerificationJson {
    /// `tightframe.verification/1`.
    pub format: String,
    /// The case's title.
    pub case: String,
    /// `verified`, `refuted` or `undecided`.
    pub verdict: String,
    /// Random starts that reached the optimum.
    pub attained: AttainedJson,
    /// The proven objective.
    pub objective: Number,
    /// Tolerance on the relative objective gap.
    pub tolerance: f64,
    /// Runs: random starts, then the one near the optimum.
    pub runs: Vec<RunJson>,
}

/// How many random starts reached the optimum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttainedJson {
    /// Reached it.
    pub random: usize,
    /// Were run.
    pub of: usize,
}

/// One run; everything here is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunJson {
    /// Seed.
    pub seed: u64,
    /// `random` or `near-optimum`.
    pub start: String,
    /// `global`, `best-known` (where no optimum is proved), `local-minimum`, `saddle`, `not-converged`, `refutes`, or
    /// `undecided` where the theory does not say what the critical point is.
    pub outcome: String,
    /// `at-rest`, `budget-used`, `stagnated` or `not-finite`.
    pub stop: String,
    /// How many copies of each distinct target are on their upper root; null away from critical points.
    pub active_modes: Option<Vec<usize>>,
    /// Objective at the end.
    pub objective: Measured,
    /// Relative gap to the optimum (absolute where the optimum is zero).
    pub relative_gap: Measured,
    /// `‖∇f‖` at the end.
    pub gradient_norm: Measured,
    /// Time along the flow.
    pub flow_time: Measured,
    /// Gradient evaluations.
    pub gradient_evaluations: u64,
    /// Wall time: the only field that may differ between two runs of the same input on one machine.
    pub seconds: f64,
    /// Metrics at the end.
    pub metrics: MetricsJson,
    /// Cross-entropy: the logits at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structure: Option<StructureJson>,
}

/// A measured number; not-a-number and infinities are words, since JSON has no such numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Measured {
    /// A finite number.
    Finite(f64),
    /// `NaN`, `inf` or `-inf`.
    Word(String),
}

impl From<f64> for Measured {
    fn from(x: f64) -> Self {
        if x.is_finite() { Self::Finite(x) } else { Self::Word(x.to_string()) }
    }
}

/// Neural-collapse metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricsJson {
    /// `tr(Σ_W Σ_B⁺)/K` with `Σ_B` cut at its numerical rank.
    pub nc1: Measured,
    /// `tr Σ_W / tr Σ_B`.
    pub nc1_traces: Measured,
    /// Classifier Gram matrix against the predicted one, both normalised (Frobenius).
    pub nc2_classifier: Measured,
    /// Gram matrix of class-mean features against the predicted one.
    pub nc2_features: Measured,
    /// Logits of class means against the predicted ones.
    pub nc3_logits: Measured,
    /// `W_M⋯W_1` against its predicted multiple of the class means.
    pub nc3_duality: Measured,
    /// Largest relative imbalance of neighbouring factors.
    pub imbalance: Measured,
}

impl MetricsJson {
    /// The metrics of a state.
    pub fn of(metrics: &Metrics, imbalance: f64) -> Self {
        Self {
            nc1: metrics.nc1.into(),
            nc1_traces: metrics.nc1_traces.into(),
            nc2_classifier: metrics.nc2_classifier.into(),
            nc2_features: metrics.nc2_features.into(),
            nc3_logits: metrics.nc3_logits.into(),
            nc3_duality: metrics.nc3_duality.into(),
            imbalance: imbalance.into(),
        }
    }
}

fn random_runs(verification: &Verification) -> usize {
    verification.runs.iter().filter(|r| r.start == StartKind::Random).count()
}

/// `2/3` random starts that reached the optimum.
pub fn attained(verification: &Verification) -> String {
    format!("{}/{}", verification.attained, random_runs(verification))
}

impl VerificationJson {
    /// The JSON form of a verification under a title.
    pub fn of(title: &str, verification: &Verification) -> Self {
        let run = |r: &RunReport| RunJson {
            seed: r.seed,
            start: r.start.word().to_owned(),
            outcome: r.outcome.word().to_owned(),
            stop: r.stop.word().to_owned(),
            active_modes: r.critical_point.as_ref().map(|p| p.iter().map(|c| c.upper).collect()),
            objective: r.objective.into(),
            relative_gap: r.relative_gap.into(),
            gradient_norm: r.gradient_norm.into(),
            flow_time: r.flow_time.into(),
            gradient_evaluations: r.evaluations,
            seconds: r.seconds,
            metrics: MetricsJson::of(&r.metrics, r.imbalance),
            structure: None,
        };
        Self {
            format: "tightframe.verification/1".to_owned(),
            case: title.to_owned(),
            verdict: verification.verdict.word().to_owned(),
            attained: AttainedJson { random: verification.attained, of: random_runs(verification) },
            objective: Number::of(&verification.optimum.objective, DIGITS),
            tolerance: verification.tolerance,
            runs: verification.runs.iter().map(run).collect(),
        }
    }
}

/// What a run reached and lost, in words.
pub fn ending(report: &RunReport, verification: &Verification) -> String {
    use crate::verdict::Outcome;
    let Some(point) = &report.critical_point else {
        return match report.stop {
            Stop::AtRest => "at rest away from every known critical point".to_owned(),
            stop => format!("{} before any critical point", stop.word()),
        };
    };
    if report.outcome == Outcome::Global {
        return "the optimum".to_owned();
    }
    let modes = &verification.optimum.modes;
    let all = || point.iter().map(|choice| choice.upper).zip(modes);
    let μ = |m: &OptimalMode| decimal(&m.mode.block.target_sq, 6);
    let lost: Vec<String> = all()
        .filter(|(active, m)| *active < m.kept)
        .map(|(active, m)| format!("{} of {} at μ = {}", m.kept - active, m.kept, μ(m)))
        .collect();
    let extra: Vec<String> = all()
        .filter(|(active, m)| *active > m.kept)
        .map(|(active, m)| format!("{} at μ = {}", active - m.kept, μ(m)))
        .collect();
    let mut parts = Vec::new();
    if !lost.is_empty() {
        parts.push(format!("loses {}", lost.join(", ")));
    }
    if !extra.is_empty() {
        parts.push(format!("keeps in excess {}", extra.join(", ")));
    }
    if parts.is_empty() { format!("near the optimum, {}", report.stop.word()) } else { parts.join("; ") }
}

/// The text form: the verdict first.
pub fn text(title: &str, problem: &Problem, verification: &Verification) -> String {
    let optimum = &verification.optimum;
    let mut out = format!(
        "{}  attained {} from random starts\n\n{}\nobjective  {}  (proven)\n\nruns (measured)\n",
        verification.verdict.word(),
        attained(verification),
        heading(title, problem),
        decimal(&optimum.objective, 12),
    );
    let row = |r: &RunReport| {
        vec![
            r.seed.to_string(),
            r.start.word().to_owned(),
            r.outcome.word().to_owned(),
            format!("{:.1e}", r.relative_gap),
            format!("{:.1e}", r.metrics.nc1_traces),
            format!("{:.1e}", r.metrics.nc2_classifier.max(r.metrics.nc2_features)),
            format!("{:.1e}", r.metrics.nc3_logits.max(r.metrics.nc3_duality)),
            r.evaluations.to_string(),
            ending(r, verification),
        ]
    };
    let columns = [
        ("seed", Align::Right),
        ("start", Align::Left),
        ("outcome", Align::Left),
        ("relative gap", Align::Right),
        ("NC1", Align::Right),
        ("NC2", Align::Right),
        ("NC3", Align::Right),
        ("gradients", Align::Right),
        ("ended at", Align::Left),
    ];
    out += &table::lines(&columns, &verification.runs.iter().map(row).collect::<Vec<_>>());
    out += "\nNC1 is tr Σ_W / tr Σ_B; NC2 and NC3 are the larger of two residuals against the predicted matrices,\n\
            normalised by Frobenius norms. The JSON form has each of them.\n";
    out
}

/// The points along all runs as CSV.
pub fn trajectory_csv(verification: &Verification) -> String {
    let mut out = String::from("run,seed,start,evaluations,flow_time,objective,gradient_norm");
    out += ",nc1,nc1_traces,nc2_classifier,nc2_features,nc3_logits,nc3_duality";
    for (i, m) in verification.optimum.modes.iter().enumerate() {
        (0..m.mode.block.multiplicity).for_each(|j| out += &format!(",strength_{}_{}", i + 1, j + 1));
    }
    out.push('\n');
    for (i, run) in verification.runs.iter().enumerate() {
        for p in &run.trajectory {
            let m = &p.metrics;
            out += &format!("{},{},{},{}", i + 1, run.seed, run.start.word(), p.evaluations);
            let measured = [p.time, p.objective, p.gradient_norm, m.nc1, m.nc1_traces];
            let residuals = [m.nc2_classifier, m.nc2_features, m.nc3_logits, m.nc3_duality];
            for x in measured.iter().chain(&residuals).chain(p.strengths.iter().flatten()) {
                out += &format!(",{x:e}");
            }
            out.push('\n');
        }
    }
    out
}
