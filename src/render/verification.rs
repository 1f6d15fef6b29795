//! A verification as JSON and a trajectory in CSV: one document for all losses; what differs is where a run ended.

use super::number::Number;
use super::paper::PaperJson;
use crate::exact::DIGITS;
use crate::measure::paper::PaperMetrics;
use crate::theory::Known;
use crate::verdict::{Ending, Metrics, RunReport, Structure, Verdict, Verification};
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
    /// The proven objective; null where the problem is open and runs are only measured.
    pub objective: Option<Number>,
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
    /// `√(ρT)`, `ρ` the largest spectral radius of the Hessian that was met: about how many gradients stabilised steps of any
    /// kind need for that time along the flow. Absent for other methods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chebyshev_bound: Option<f64>,
    /// Wall time: the only field that may differ between two runs of the same input on one machine.
    pub seconds: f64,
    /// Metrics at the end.
    pub metrics: MetricsJson,
    /// Neural regression collapse at the end, where targets are given one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regression: Option<RegressionJson>,
    /// The founding paper's metrics at the end, where they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paper: Option<PaperJson>,
    /// The rate `−d ln ‖∇f‖/dt` at which the flow comes back to the optimum after a small kick, where it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tail_rate: Option<f64>,
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

/// The logits at the end of a run; measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StructureJson {
    /// Rank of the logits.
    pub rank: usize,
    /// Their singular values over all samples.
    pub singular_values: Vec<f64>,
    /// Whether they are a simplex frame.
    pub simplex: bool,
    /// The objective over that of the best simplex frame.
    pub relative_to_simplex: Option<f64>,
}

/// Neural regression collapse: zero where the network has collapsed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegressionJson {
    /// Mean squared distance of normalised features from the span of the first `K` principal components.
    pub nrc1: Measured,
    /// The same from the row space of `W_M⋯W_1`.
    pub nrc2: Measured,
    /// One layer: `‖WWᵀ/‖WWᵀ‖ − S/‖S‖‖²`, `S = Σ^{1/2} − √γ I`, `γ = NΛ`; `NaN` for more layers.
    pub nrc3: Measured,
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

impl StructureJson {
    fn of(s: &Structure) -> Self {
        Self {
            rank: s.singular_values.len(),
            singular_values: s.singular_values.clone(),
            simplex: s.is_simplex,
            relative_to_simplex: s.relative_to_simplex,
        }
    }
}

impl RunJson {
    fn of(r: &RunReport) -> Self {
        let (active_modes, structure) = match &r.ending {
            Ending::Modes(point) => {
                (point.as_ref().map(|p| p.iter().map(|choice| choice.upper).collect()), None)
            }
            Ending::Logits(structure) => (None, Some(StructureJson::of(structure))),
        };
        Self {
            seed: r.seed,
            start: r.start.word().to_owned(),
            outcome: r.outcome.word().to_owned(),
            stop: r.stop.word().to_owned(),
            active_modes,
            objective: r.objective.into(),
            relative_gap: r.relative_gap.into(),
            gradient_norm: r.gradient_norm.into(),
            flow_time: r.flow_time.into(),
            gradient_evaluations: r.evaluations,
            chebyshev_bound: r.chebyshev_bound,
            seconds: r.seconds,
            metrics: MetricsJson::of(&r.metrics, r.imbalance),
            regression: r.regression.map(|x| RegressionJson {
                nrc1: x.nrc1.into(),
                nrc2: x.nrc2.into(),
                nrc3: x.nrc3.into(),
            }),
            paper: None,
            tail_rate: None,
            structure,
        }
    }
}

impl VerificationJson {
    /// The same with the founding paper's metrics and tail rates, run by run.
    pub fn with(mut self, paper: &[Option<PaperMetrics>], tails: &[Option<f64>]) -> Self {
        self.runs
            .iter_mut()
            .zip(paper)
            .for_each(|(run, paper)| run.paper = paper.as_ref().map(PaperJson::of));
        self.runs.iter_mut().zip(tails).for_each(|(run, tail)| run.tail_rate = *tail);
        self
    }

    /// The JSON form of a verification under a title.
    pub fn of(title: &str, verification: &Verification) -> Self {
        Self {
            format: "tightframe.verification/1".to_owned(),
            case: title.to_owned(),
            verdict: verification.verdict.word().to_owned(),
            attained: AttainedJson { random: verification.attained, of: verification.random().count() },
            objective: verification.objective.as_ref().map(|f| Number::of(f, DIGITS)),
            tolerance: verification.tolerance,
            runs: verification.runs.iter().map(RunJson::of).collect(),
        }
    }

    /// The form of a case without anything that runs could be compared with.
    pub fn without_runs(title: &str, tolerance: f64) -> Self {
        Self {
            format: "tightframe.verification/1".to_owned(),
            case: title.to_owned(),
            verdict: Verdict::Undecided.word().to_owned(),
            attained: AttainedJson { random: 0, of: 0 },
            objective: None,
            tolerance,
            runs: Vec::new(),
        }
    }
}

/// The points along all runs as CSV; strengths only where there are modes.
pub fn trajectory_csv(known: &Known, verification: &Verification) -> String {
    let mut out = String::from("run,seed,start,evaluations,flow_time,objective,gradient_norm");
    out += ",nc1,nc1_traces,nc2_classifier,nc2_features,nc3_logits,nc3_duality";
    for (i, m) in known.optimum().map_or(&[][..], |optimum| &optimum.modes).iter().enumerate() {
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
