//! The part of a prediction that only cross-entropy has: closed form, simplex frame, best network known, and geometry,
//! which is measured.

use super::Page;
use super::number::Number;
use super::table::{Align, Table};
use crate::case::Problem;
use crate::exact::{Enclosure, decimal};
use crate::measure::frame::{Frame, vanishing_limit};
use crate::theory::Kind;
use crate::theory::cross_entropy::{Best, Closed, Deep, Finding, Shallow, Simplex};
use crate::theory::known::STATEMENT;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of a cross-entropy problem beside its optimum; empty for the mean squared error.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EntropyPart {
    /// Cross-entropy: the geometry of the optimum, or of the best network known; measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geometry: Option<GeometryJson>,
    /// Cross-entropy, one layer, equal counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_form: Option<ClosedJson>,
    /// Cross-entropy, more layers: the best simplex frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etf: Option<FrameJson>,
    /// Cross-entropy, more layers: the best network known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_known: Option<BestJson>,
    /// Cross-entropy, more layers: what is said about "every optimum is a simplex frame, or zero".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<StatementJson>,
}

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

impl EntropyPart {
    /// The part of one layer. Where the widths leave the optimum open there is none: the geometry known is that of
    /// another problem's optimum.
    pub fn shallow(problem: &Problem, found: &Shallow, digits: usize) -> Self {
        let number = |x: &Enclosure| Number::of(x, digits);
        let closed = |c: &Closed| ClosedJson {
            scale: number(&c.scale),
            feature_norm: number(&c.feature_norm),
            classifier_norm: number(&c.classifier_norm),
        };
        Self {
            geometry: found.objective.as_ref().map(|_| geometry(problem, &Frame::of(problem, &found.point))),
            closed_form: found.closed.as_ref().map(closed),
            ..Self::default()
        }
    }

    /// The part of more layers.
    pub fn deep(problem: &Problem, found: &Deep, digits: usize) -> Self {
        let number = |x: &Enclosure| Number::of(x, digits);
        let etf = |s: &Simplex| FrameJson { objective: number(&s.objective), scale: number(&s.scale) };
        let frame = found.best.as_ref().map(|b| Frame::of(problem, &b.point));
        let best = |(b, frame): (&Best, &Frame)| BestJson {
            objective: number(&b.objective),
            structure: b.structure.clone(),
            singular_values: frame.singular_values.clone(),
        };
        Self {
            geometry: frame.as_ref().map(|frame| geometry(problem, frame)),
            closed_form: None,
            etf: found.simplex.as_ref().map(etf),
            best_known: found.best.as_ref().zip(frame.as_ref()).map(best),
            statement: Some(StatementJson {
                theorem: STATEMENT.to_owned(),
                verdict: found.verdict().word().to_owned(),
                reason: match &found.finding {
                    Finding::Open(reason) => Some(reason.clone()),
                    _ => None,
                },
            }),
        }
    }
}

/// What follows the heading in the text form, one layer.
pub fn shallow(problem: &Problem, found: &Shallow, digits: usize) -> Page {
    let mut out = Page::from(match (&found.objective, &found.open) {
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
    });
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
    if found.objective.is_none() {
        out += "\nEvery digit shown is proven.\n";
        return out;
    }
    frame_text(&mut out, problem, &Frame::of(problem, &found.point));
    out += "\nThe objective is proven to the digits shown; norms and cosines are measured.\n";
    out
}

/// Classes beyond this are not tabled one by one.
const SHOWN: usize = 12;

fn frame_text(out: &mut Page, problem: &Problem, frame: &Frame) {
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
    *out += "\nclasses (measured)\n";
    out.table(Table::new(&columns, (0..k).map(row).collect()));
    if problem.classes() > k {
        *out += &format!("  and {} more; the JSON form has all\n", problem.classes() - k);
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
        *out += &format!("\n{name}\n");
        out.table(Table::new(&columns, (1..k).map(row).collect()));
    };
    angles("cosines between class means (measured)", &frame.features);
    if let Some(limit) = &limit {
        angles("the same in the limit of vanishing regularisation (measured)", limit);
    }
}

/// What follows the heading in the text form, more layers.
pub fn deep(problem: &Problem, found: &Deep, digits: usize) -> Page {
    let verdict = match &found.finding {
        Finding::Refuted => "refuted: a better network is proven below".to_owned(),
        Finding::Verified => format!("verified: {}", found.basis()),
        Finding::Open(reason) => format!("undecided: {reason}"),
    };
    let mut out = Page::from(format!(
        "statement  every optimum is a simplex frame, or zero ({STATEMENT})\nverdict    {verdict}\n\n"
    ));
    match (found.objective(), found.floor()) {
        (Some(objective), None) => out += &format!("optimum         {}\n", decimal(&objective, digits)),
        (Some(objective), Some((floor, cells))) => {
            let most = decimal(&objective.upper().into(), digits);
            let least = decimal(&floor.clone().into(), digits);
            out += &format!(
                "optimum         from {least} to {most}, enclosed from below by a tree of {cells} cells\n"
            );
        }
        (None, _) => {}
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
        frame_text(&mut out, problem, &frame);
    }
    out += "\nObjectives are proven to the digits shown; everything else is measured.\n";
    out
}
