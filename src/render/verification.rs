//! A verification as JSON, text and a trajectory in CSV: one document for all losses; what differs is where a run ended.

use super::Page;
use super::number::{Number, counted};
use super::problem::heading;
use super::table::{Align, Table};
use crate::exact::{DIGITS, decimal};
use crate::flow::Stop;
use crate::study::Study;
use crate::theory::landscape::Choice;
use crate::theory::{Known, OptimalMode, Optimum};
use crate::verdict::{Ending, Metrics, Outcome, RunReport, StartKind, Structure, Verdict, Verification};
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
    /// Wall time: the only field that may differ between two runs of the same input on one machine.
    pub seconds: f64,
    /// Metrics at the end.
    pub metrics: MetricsJson,
    /// Neural regression collapse at the end, where targets are given one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regression: Option<RegressionJson>,
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
            seconds: r.seconds,
            metrics: MetricsJson::of(&r.metrics, r.imbalance),
            regression: r.regression.map(|x| RegressionJson {
                nrc1: x.nrc1.into(),
                nrc2: x.nrc2.into(),
                nrc3: x.nrc3.into(),
            }),
            structure,
        }
    }
}

impl VerificationJson {
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

/// Where a run ended that found it.
const OPTIMUM: &str = "the optimum";

/// Where a run ended, in words.
pub fn ending(run: &RunReport, known: &Known) -> String {
    match (&run.ending, known.optimum()) {
        (Ending::Modes(Some(point)), Some(optimum)) => at_point(run, point, optimum),
        (Ending::Modes(_), _) => match run.stop {
            Stop::AtRest => "at rest away from every known critical point".to_owned(),
            stop => format!("{} before any critical point", stop.word()),
        },
        (Ending::Logits(structure), _) => shape(structure),
    }
}

/// What a run reached and lost.
fn at_point(run: &RunReport, point: &[Choice], optimum: &Optimum) -> String {
    if run.outcome == Outcome::Global {
        return OPTIMUM.to_owned();
    }
    let counts = |of: &dyn Fn(usize, usize) -> usize| -> Vec<(&OptimalMode, usize)> {
        let all = point.iter().zip(&optimum.modes).map(|(choice, m)| (m, of(choice.upper, m.kept)));
        all.filter(|(_, number)| *number > 0).collect()
    };
    let lost = counts(&|active, kept| kept.saturating_sub(active));
    let extra = counts(&|active, kept| active.saturating_sub(kept));
    let mut parts = Vec::new();
    if !lost.is_empty() {
        parts.push(format!("loses {}", modes(&lost, true)));
    }
    if !extra.is_empty() {
        parts.push(format!("keeps in excess {}", modes(&extra, false)));
    }
    if parts.is_empty() { format!("near the optimum, {}", run.stop.word()) } else { parts.join("; ") }
}

/// Distinct targets are named one by one up to so many.
const NAMED: usize = 2;

/// Modes by their targets, largest first: `13 modes, μ = 61 … 19`.
fn modes(all: &[(&OptimalMode, usize)], of_kept: bool) -> String {
    let μ = |m: &OptimalMode| decimal(&m.mode.block.target_sq, 6);
    match all {
        [(first, _), .., (last, _)] if all.len() > NAMED => {
            let number: usize = all.iter().map(|(_, number)| number).sum();
            format!("{}, μ = {} … {}", counted(number as u64, "mode"), μ(first), μ(last))
        }
        _ => {
            let of = |m: &OptimalMode| if of_kept { format!(" of {}", m.kept) } else { String::new() };
            let one = |(m, number): &(&OptimalMode, usize)| format!("{number}{} at μ = {}", of(m), μ(m));
            all.iter().map(one).collect::<Vec<_>>().join(", ")
        }
    }
}

/// What the logits are.
fn shape(s: &Structure) -> String {
    let shape = match (s.singular_values.len(), s.is_simplex) {
        (0, _) => "zero".to_owned(),
        (rank, true) => format!("simplex frame, rank {rank}"),
        (rank, false) => format!("rank {rank}"),
    };
    match s.relative_to_simplex {
        Some(ratio) => format!("{shape}, {ratio:.6} of the best frame"),
        None => shape,
    }
}

/// The two statements: whether the prediction stands, and whether training found it.
pub fn statements(known: &Known, v: &Verification) -> String {
    let below = v.runs.iter().any(|r| r.outcome == Outcome::Refutes);
    let stands = match (known.statement(), v.verdict) {
        (_, Verdict::Refuted) if below => "a run fell below the proven lower bound".to_owned(),
        (Some(id), Verdict::Verified) => format!("{id} stands: every optimum is a simplex frame, or zero"),
        (Some(id), Verdict::Refuted) => format!("{id} is false here: a better network is proven"),
        (Some(id), Verdict::Undecided) => format!("{id} is neither proved nor refuted here"),
        (None, Verdict::Verified) => {
            "the prediction stands: a run reached the optimum, none fell below it".to_owned()
        }
        (None, _) => {
            "the prediction is not confirmed: no run reached the optimum, none fell below it".to_owned()
        }
    };
    let it = if known.statement().is_some() { "the best network known" } else { "it" };
    let beside = v.runs.iter().any(|r| r.start == StartKind::NearOptimum && r.outcome.is_best());
    let starts = counted(v.random().count() as u64, "random start");
    let found = match (v.attained, beside) {
        (0, true) => format!("found {it} from none of {starts}, only from a start beside it"),
        (0, false) => format!("found {it} from none of {starts}"),
        (n, _) => format!("found {it} from {n} of {starts}"),
    };
    format!("{:9}  {stands}\ntraining   {found}\n", v.verdict.word())
}

/// What residuals are taken against.
fn against(known: &Known) -> &'static str {
    match known {
        Known::SquaredError(_) => "the predicted matrices",
        _ => "the measured geometry of the best point",
    }
}

/// The cells of a run, for [`runs`].
pub fn row(r: &RunReport) -> Vec<String> {
    vec![
        r.seed.to_string(),
        r.start.brief().to_owned(),
        r.outcome.word().to_owned(),
        format!("{:.1e}", r.relative_gap),
        format!("{:.1e}", r.metrics.nc1_traces),
        format!("{:.1e}", r.metrics.nc2_classifier.max(r.metrics.nc2_features)),
        format!("{:.1e}", r.metrics.nc3_logits.max(r.metrics.nc3_duality)),
        r.evaluations.to_string(),
    ]
}

/// A run with the point where it ended, in words; `None` for the optimum.
pub fn elsewhere(r: &RunReport, known: &Known) -> Option<String> {
    let ended = ending(r, known);
    (ended != OPTIMUM).then(|| format!("{}: {}, {ended}", r.start.described(r.seed), r.outcome.word()))
}

/// Runs in a table.
pub fn runs(rows: Vec<Vec<String>>) -> Table {
    let columns = [
        ("seed", Align::Right),
        ("start", Align::Left),
        ("outcome", Align::Left),
        ("gap", Align::Right),
        ("NC1", Align::Right),
        ("NC2", Align::Right),
        ("NC3", Align::Right),
        ("gradients", Align::Right),
    ];
    Table::new(&columns, rows)
}

/// What is said where there is nothing to compare runs with.
#[cfg(feature = "cli")]
pub const WITHOUT_RUNS: &str = "undecided  nothing is proved that runs could be compared with\n";

/// What follows the statements in the text form: the problem and its runs.
pub fn details(study: &Study, verification: &Verification) -> Page {
    let known = study.known();
    let mut out = Page::from(format!("\n{}\n", heading(study.case().title(), study.problem())));
    out += &match &verification.objective {
        Some(objective) => format!("objective  {}  (proven)\n", decimal(objective, 12)),
        None => "objective  open\n".to_owned(),
    };
    if let Known::Deep(found) = known
        && let Some((floor, cells)) = found.floor()
    {
        let least = decimal(&floor.clone().into(), 12);
        out += &format!("optimum    at least {least}  (a tree of {cells} cells)\n");
    }
    if verification.equal_samples {
        out += "starts     samples of a class start equal (and stay equal): too many to keep apart\n";
    }
    out += "\nruns (measured)\n";
    out.table(runs(verification.runs.iter().map(row).collect()));
    regression(&mut out, verification);
    let noted = verification.runs.iter().filter_map(|r| elsewhere(r, known));
    let noted: Vec<String> = noted.map(|line| format!("  {line}\n")).collect();
    if !noted.is_empty() {
        out += &format!("\nwhere they ended\n{}", noted.concat());
    }
    out += &format!(
        "\nThe gap is relative to the objective. NC1 is tr Σ_W / tr Σ_B; NC2 and NC3 are the larger of two residuals \
         against {}, normalised by Frobenius norms. The JSON form has each of them.\n",
        against(known)
    );
    out
}

/// Neural regression collapse at the ends of runs, where targets are given one by one.
fn regression(out: &mut Page, verification: &Verification) {
    let row = |r: &RunReport| {
        let x = r.regression?;
        let shown = |x: f64| if x.is_nan() { "–".to_owned() } else { format!("{x:.1e}") };
        Some(vec![
            r.seed.to_string(),
            r.start.brief().to_owned(),
            shown(x.nrc1),
            shown(x.nrc2),
            shown(x.nrc3),
        ])
    };
    let rows: Vec<Vec<String>> = verification.runs.iter().filter_map(row).collect();
    if rows.is_empty() {
        return;
    }
    let columns = [("seed", Align::Right), ("start", Align::Left)].into_iter();
    let columns: Vec<_> = columns.chain(["NRC1", "NRC2", "NRC3"].map(|name| (name, Align::Right))).collect();
    *out += "\nregression collapse (measured)\n";
    out.table(Table::new(&columns, rows));
    *out += "\nNormalised features outside the span of their first K principal components (NRC1) and of the rows of \
             W_M⋯W_1 (NRC2), mean squares; with one layer WWᵀ against Σ^{1/2} − √γ I, γ = NΛ, both normalised, squared \
             (NRC3), which vanishes at an optimum that keeps all modes.\n";
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
