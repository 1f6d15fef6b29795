//! What is known about a cross-entropy problem, and its training, as JSON and as text.

use super::number::Number;
use super::prediction::{PredictionJson, ProblemJson, heading};
use super::table::{self, Align};
use super::verification::{AttainedJson, MetricsJson, RunJson, VerificationJson};
use crate::case::Problem;
use crate::exact::{DIGITS, Enclosure, decimal};
use crate::measure::frame::{Frame, vanishing_limit};
use crate::theory::cross_entropy::{CrossEntropy, Deep, Finding, Shallow};
use crate::verdict::StartKind;
use crate::verdict::cross_entropy::{Run, STATEMENT, Training, settled};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A measured geometry: floats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GeometryJson {
    /// Singular values of the logits over all samples.
    pub singular_values: Vec<f64>,
    /// `‖h_k‖` of each class.
    pub feature_norms: Vec<f64>,
    /// `‖w_k‖` of each class.
    pub classifier_norms: Vec<f64>,
    /// Cosines between class-mean features.
    pub feature_cosines: Vec<Vec<f64>>,
    /// Cosines between classifier rows.
    pub classifier_cosines: Vec<Vec<f64>>,
    /// Cosines between class-mean features in the limit of vanishing regularisation, without bias.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_feature_cosines: Option<Vec<Vec<f64>>>,
    /// Classes (counted from 1) whose mean feature vanishes.
    pub vanished: Vec<usize>,
    /// Groups of classes (counted from 1) that share one mean feature.
    pub merged: Vec<Vec<usize>>,
}

/// The closed form for one layer and equal counts: logits `β(I − 11ᵀ/K)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClosedJson {
    /// `β`.
    pub scale: Number,
    /// `‖h_k‖`.
    pub feature_norm: Number,
    /// `‖w_k‖`.
    pub classifier_norm: Number,
}

/// The best simplex frame of a deep network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FrameJson {
    /// Its objective.
    pub objective: Number,
    /// Its scale `β`.
    pub scale: Number,
}

/// The best network known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BestJson {
    /// Its objective.
    pub objective: Number,
    /// The code from which the search found it.
    pub structure: String,
    /// Singular values of its logits over all samples; measured.
    pub singular_values: Vec<f64>,
}

/// What is said about a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatementJson {
    /// Its id.
    pub theorem: String,
    /// `verified`, `refuted` or `undecided`.
    pub verdict: String,
    /// Why it is undecided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
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

fn cosines(gram: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..gram.len()).map(|i| (0..gram.len()).map(|j| Frame::cosine(gram, i, j)).collect()).collect()
}

/// Groups of classes, counted from 1, that share one mean feature.
fn merged(frame: &Frame) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for k in 0..frame.features.len() {
        let mut group = frame.merged_with(k);
        if group.iter().any(|j| *j < k) || group.is_empty() || frame.vanished().contains(&k) {
            continue;
        }
        group.insert(0, k);
        groups.push(group.iter().map(|j| j + 1).collect());
    }
    groups
}

fn geometry(problem: &Problem, frame: &Frame) -> GeometryJson {
    GeometryJson {
        singular_values: frame.singular_values.clone(),
        feature_norms: Frame::norms(&frame.features),
        classifier_norms: Frame::norms(&frame.classifier),
        feature_cosines: cosines(&frame.features),
        classifier_cosines: cosines(&frame.classifier),
        limit_feature_cosines: limit(problem).map(|gram| cosines(&gram)),
        vanished: frame.vanished().iter().map(|k| k + 1).collect(),
        merged: merged(frame),
    }
}

fn limit(problem: &Problem) -> Option<Vec<Vec<f64>>> {
    let counts: Vec<f64> = problem.counts().iter().map(|n| *n as f64).collect();
    let unbiased = problem.bias() == crate::case::Bias::None && problem.depth() == 1;
    if unbiased { vanishing_limit(&counts) } else { None }
}

/// The JSON form of what is known.
pub fn json(title: &str, problem: &Problem, known: &CrossEntropy, digits: usize) -> PredictionJson {
    let number = |x: &Enclosure| Number::of(x, digits);
    let mut json = PredictionJson {
        format: "tightframe.prediction/1".to_owned(),
        case: title.to_owned(),
        problem: ProblemJson::of(problem),
        optimum: "undecided".to_owned(),
        objective: None,
        energy: None,
        price: None,
        modes: Vec::new(),
        zero_targets: 0,
        classes: Vec::new(),
        gram: None,
        geometry: None,
        closed_form: None,
        etf: None,
        best_known: None,
        statement: None,
    };
    match known {
        CrossEntropy::Shallow(found) => {
            json.objective = found.objective.as_ref().map(number);
            if found.objective.is_some() {
                json.optimum = if found.point.is_zero() { "zero" } else { "unique" }.to_owned();
            }
            json.geometry = Some(geometry(problem, &Frame::of(problem, &found.point)));
            json.closed_form = found.closed.as_ref().map(|c| ClosedJson {
                scale: number(&c.scale),
                feature_norm: number(&c.feature_norm),
                classifier_norm: number(&c.classifier_norm),
            });
        }
        CrossEntropy::Deep(found) => {
            json.objective = found.objective().as_ref().map(number);
            let frame = found.best.as_ref().map(|b| Frame::of(problem, &b.point));
            json.geometry = frame.as_ref().map(|frame| geometry(problem, frame));
            json.etf = found
                .simplex
                .as_ref()
                .map(|s| FrameJson { objective: number(&s.objective), scale: number(&s.scale) });
            json.best_known = found.best.as_ref().zip(frame).map(|(b, frame)| BestJson {
                objective: number(&b.objective),
                structure: b.structure.clone(),
                singular_values: frame.singular_values,
            });
            json.statement = Some(StatementJson {
                theorem: STATEMENT.to_owned(),
                verdict: settled(known).word().to_owned(),
                reason: match &found.finding {
                    Finding::Open(reason) => Some(reason.clone()),
                    _ => None,
                },
            });
        }
        CrossEntropy::Open(_) => {}
    }
    json
}

/// The text form of what is known.
pub fn text(title: &str, problem: &Problem, known: &CrossEntropy, digits: usize) -> String {
    let head = heading(title, problem);
    let body = match known {
        CrossEntropy::Shallow(found) => shallow(problem, found, digits),
        CrossEntropy::Deep(found) => deep(problem, found, digits),
        CrossEntropy::Open(reason) => format!("optimum    undecided: {reason}\n"),
    };
    format!("{head}\n{body}")
}

fn shallow(problem: &Problem, found: &Shallow, digits: usize) -> String {
    let mut out = match (&found.objective, &found.open) {
        (Some(objective), _) => {
            let how = match &found.closed {
                Some(closed) if closed.scale.is_zero() => "zero: regularisation outweighs the loss",
                Some(_) => "unique up to rotations of hidden space: the closed form of equal counts",
                None => "enclosed by a dual point and an explicit network",
            };
            format!("optimum    {how}\nobjective  {}\n", decimal(objective, digits))
        }
        (None, reason) => format!(
            "optimum    undecided: {}\nobjective  at least {}\n",
            reason.as_deref().unwrap_or("nothing proves it"),
            decimal(&found.floor.clone().into(), digits)
        ),
    };
    if let Some(closed) = &found.closed {
        out += &format!(
            "logits     β(I − 11ᵀ/K), β = {}\nnorms      ‖h_k‖ = {}, ‖w_k‖ = {}\n",
            decimal(&closed.scale, digits),
            decimal(&closed.feature_norm, digits),
            decimal(&closed.classifier_norm, digits)
        );
        out += "\nEvery digit shown is proven.\n";
        return out;
    }
    out += &frame_text(problem, &Frame::of(problem, &found.point));
    out += "\nThe objective is proven to the digits shown; norms and cosines are measured.\n";
    out
}

/// Classes beyond this are not tabled one by one.
const SHOWN: usize = 12;

fn frame_text(problem: &Problem, frame: &Frame) -> String {
    let (features, classifier) = (Frame::norms(&frame.features), Frame::norms(&frame.classifier));
    let limit = limit(problem);
    let k = problem.classes().min(SHOWN);
    let fate = |c: usize| {
        let others = frame.merged_with(c);
        if frame.vanished().contains(&c) {
            "vanished".to_owned()
        } else if others.is_empty() {
            "kept".to_owned()
        } else {
            let names = others.iter().map(|j| (j + 1).to_string()).collect::<Vec<_>>().join(", ");
            format!("merged with {names}")
        }
    };
    let row = |c: usize| {
        vec![
            (c + 1).to_string(),
            problem.counts()[c].to_string(),
            fate(c),
            format!("{:.6}", frame.logits[c][c]),
            format!("{:.6}", features[c]),
            format!("{:.6}", classifier[c]),
        ]
    };
    let columns = [
        ("class", Align::Right),
        ("samples", Align::Right),
        ("fate", Align::Left),
        ("own logit", Align::Right),
        ("‖feature‖", Align::Right),
        ("‖classifier‖", Align::Right),
    ];
    let mut out =
        format!("\nclasses (measured)\n{}", table::lines(&columns, &(0..k).map(row).collect::<Vec<_>>()));
    if problem.classes() > k {
        out += &format!("  and {} more; the JSON form has all\n", problem.classes() - k);
    }
    let mut angles = |name: &str, gram: &[Vec<f64>]| {
        let names: Vec<String> = (1..k).map(|c| format!("class {c}")).collect();
        let mut columns = vec![("", Align::Left)];
        columns.extend(names.iter().map(|n| (n.as_str(), Align::Right)));
        let row = |i: usize| {
            let mut cells = vec![format!("class {}", i + 1)];
            cells
                .extend((0..k - 1).map(|j| {
                    if j < i { format!("{:.4}", Frame::cosine(gram, i, j)) } else { String::new() }
                }));
            cells
        };
        out += &format!("\n{name}\n{}", table::lines(&columns, &(1..k).map(row).collect::<Vec<_>>()));
    };
    angles("cosines between class means (measured)", &frame.features);
    if let Some(limit) = &limit {
        angles("the same in the limit of vanishing regularisation (measured)", limit);
    }
    out
}

fn deep(problem: &Problem, found: &Deep, digits: usize) -> String {
    let verdict = match &found.finding {
        Finding::Refuted => "refuted: a better network is proven below".to_owned(),
        Finding::Verified => "verified: proved for two classes".to_owned(),
        Finding::Open(reason) => format!("undecided: {reason}"),
    };
    let mut out = format!(
        "statement  every optimum is a simplex frame, or zero ({STATEMENT})\nverdict    {verdict}\n\n"
    );
    if let Some(objective) = found.objective() {
        out += &format!("optimum         {}\n", decimal(&objective, digits));
    }
    if let Some(simplex) = &found.simplex {
        out += &format!(
            "simplex frame   {}  the best one, β = {}\n",
            decimal(&simplex.objective, digits),
            decimal(&simplex.scale, digits)
        );
    }
    out += &format!("zero            {}\n", decimal(&found.zero, digits));
    if let Some(best) = &found.best {
        let frame = Frame::of(problem, &best.point);
        let values: Vec<String> = frame.singular_values.iter().map(|s| format!("{s:.6}")).collect();
        out += &format!(
            "best known      {}  an explicit network, found from: {}\n\nsingular values of its logits (measured)\n  {}\n",
            decimal(&best.objective, digits),
            best.structure,
            values.join("  ")
        );
        out += &frame_text(problem, &frame);
    }
    out += "\nObjectives are proven to the digits shown; everything else is measured.\n";
    out
}

/// `2/3` random starts that reached the optimum.
pub fn attained(training: &Training) -> String {
    format!("{}/{}", training.attained, random(training))
}

fn random(training: &Training) -> usize {
    training.runs.iter().filter(|r| r.start == StartKind::Random).count()
}

/// Where a run ended, in words.
pub fn ending(run: &Run) -> String {
    let s = &run.structure;
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

/// The text form of a training: the verdict first.
pub fn training_text(title: &str, problem: &Problem, training: &Training) -> String {
    let mut out = format!(
        "{}  attained {} from random starts\n\n{}\nabout      {}\nobjective  {}  (proven)\n",
        training.verdict.word(),
        attained(training),
        heading(title, problem),
        training.about,
        decimal(&training.objective, 12)
    );
    if training.equal_samples {
        out += "starts     samples of a class start equal (and stay equal): too many to keep apart\n";
    }
    let row = |r: &Run| {
        vec![
            r.seed.to_string(),
            r.start.word().to_owned(),
            r.outcome.word().to_owned(),
            format!("{:.1e}", r.relative_gap),
            format!("{:.1e}", r.metrics.nc1_traces),
            format!("{:.1e}", r.metrics.nc2_classifier.max(r.metrics.nc2_features)),
            format!("{:.1e}", r.metrics.nc3_logits.max(r.metrics.nc3_duality)),
            r.evaluations.to_string(),
            ending(r),
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
    out += "\nruns (measured)\n";
    out += &table::lines(&columns, &training.runs.iter().map(row).collect::<Vec<_>>());
    out += "\nNC1 is tr Σ_W / tr Σ_B; NC2 and NC3 are the larger of two residuals against the measured geometry of the\n\
            best point, normalised by Frobenius norms.\n";
    out
}

/// The JSON form of a training.
pub fn training_json(title: &str, training: &Training) -> VerificationJson {
    let run = |r: &Run| RunJson {
        seed: r.seed,
        start: r.start.word().to_owned(),
        outcome: r.outcome.word().to_owned(),
        stop: r.stop.word().to_owned(),
        active_modes: None,
        objective: r.objective.into(),
        relative_gap: r.relative_gap.into(),
        gradient_norm: r.gradient_norm.into(),
        flow_time: r.flow_time.into(),
        gradient_evaluations: r.evaluations,
        seconds: r.seconds,
        metrics: MetricsJson::of(&r.metrics, f64::NAN),
        structure: Some(StructureJson {
            rank: r.structure.singular_values.len(),
            singular_values: r.structure.singular_values.clone(),
            simplex: r.structure.is_simplex,
            relative_to_simplex: r.structure.relative_to_simplex,
        }),
    };
    VerificationJson {
        format: "tightframe.verification/1".to_owned(),
        case: title.to_owned(),
        verdict: training.verdict.word().to_owned(),
        attained: AttainedJson { random: training.attained, of: random(training) },
        objective: Number::of(&training.objective, DIGITS),
        tolerance: training.tolerance,
        runs: training.runs.iter().map(run).collect(),
    }
}

/// The points along all runs as CSV.
pub fn trajectory_csv(training: &Training) -> String {
    let mut out = String::from("run,seed,start,evaluations,flow_time,objective,gradient_norm");
    out += ",nc1,nc1_traces,nc2_classifier,nc2_features,nc3_logits,nc3_duality\n";
    for (i, run) in training.runs.iter().enumerate() {
        for (evaluations, time, objective, size, m) in &run.trajectory {
            out += &format!("{},{},{},{evaluations}", i + 1, run.seed, run.start.word());
            let residuals = [m.nc2_classifier, m.nc2_features, m.nc3_logits, m.nc3_duality];
            for x in [*time, *objective, *size, m.nc1, m.nc1_traces].iter().chain(&residuals) {
                out += &format!(",{x:e}");
            }
            out.push('\n');
        }
    }
    out
}
