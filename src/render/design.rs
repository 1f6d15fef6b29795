//! An answer to wishes as text and as JSON.

use super::Page;
use super::modes::{ClassJson, class_json};
use super::number::Number;
use super::table::{Align, Table};
use super::verification::VerificationJson;
use super::wish::{has_classes, wish_text};
use crate::design::{Answer, Because, Conflict, Factor, Failure, Found, Request, Wish, factor_norm};
use crate::exact::{Enclosure, Rational, decimal, exact_text, leading_place, ten_to, whole};
use crate::theory::geometry::{ClassRow, Measures};
use num_traits::One;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The JSON form of an answer, `tightframe.design/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DesignJson {
    /// `tightframe.design/1`.
    pub format: String,
    /// `found` (every wish is proved), `conflict` (proved that none meets them) or `undecided`.
    pub answer: String,
    /// Class counts.
    pub counts: Vec<u64>,
    /// Widths `d_1 … d_M`.
    pub widths: Vec<u64>,
    /// `none` or `last-layer`.
    pub bias: String,
    /// The wishes; the first is that no class is lost.
    pub wishes: Vec<String>,
    /// What was found; null otherwise.
    pub found: Option<FoundJson>,
    /// Which wishes conflict; null otherwise.
    pub conflict: Option<ConflictJson>,
    /// What training says of the answer; null unless asked for.
    #[serde(default)]
    pub training: Option<VerificationJson>,
}

/// Weights with which every wish is proved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoundJson {
    /// `λ_1 … λ_M`, exact.
    pub weights: Vec<String>,
    /// `λ_H`, exact.
    pub features: String,
    /// `Λ = λ_H λ_1 ⋯ λ_M`, exact.
    pub product: String,
    /// A product that is proved too large, and for which wish; null where none was sought or proved.
    pub ceiling: Option<CeilingJson>,
    /// `Σ |ln λ − ln λ⁰|` against the weights to stay near; null without them.
    pub change: Option<Number>,
    /// One entry a class; the margin is `logit`.
    pub classes: Vec<ClassJson>,
    /// Features first.
    pub factors: Vec<FactorJson>,
}

/// A product from which on a wish fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CeilingJson {
    /// The product, exact.
    pub product: String,
    /// The wish, by its place in `wishes`, from 0.
    pub wish: usize,
}

/// One factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FactorJson {
    /// `H` or `W_l`.
    pub name: String,
    /// Its weight, exact.
    pub weight: String,
    /// Its Frobenius norm.
    pub norm: Option<Number>,
}

/// Wishes in conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConflictJson {
    /// Their places in `wishes`, from 0.
    pub wishes: Vec<usize>,
    /// Why; empty where it is not proved.
    pub because: String,
}

impl DesignJson {
    /// The JSON form of an answer.
    pub fn of(request: &Request, answer: &Answer, digits: usize) -> Self {
        let network = request.network();
        let (word, found, conflict) = match answer {
            Answer::Found(found) => ("found", Some(found_json(request, found, digits)), None),
            Answer::Conflict(conflict) => {
                let because = because(request, conflict);
                ("conflict", None, Some(ConflictJson { wishes: conflict.wishes.clone(), because }))
            }
            Answer::Open(suspects) if suspects.is_empty() => ("undecided", None, None),
            Answer::Open(suspects) => {
                ("undecided", None, Some(ConflictJson { wishes: suspects.clone(), because: String::new() }))
            }
        };
        Self {
            format: "tightframe.design/1".to_owned(),
            answer: word.to_owned(),
            counts: network.counts().to_vec(),
            widths: network.widths().to_vec(),
            bias: network.bias().word().to_owned(),
            wishes: request.wishes().iter().map(|asked| wish_text(request, &asked.wish)).collect(),
            found,
            conflict,
            training: None,
        }
    }
}

fn found_json(request: &Request, found: &Found, digits: usize) -> FoundJson {
    let prediction = &found.prediction;
    let problem = &prediction.problem;
    let mut classes: Vec<Option<ClassJson>> = vec![None; problem.classes()];
    for row in &prediction.classes {
        for (k, class) in class_json(row, digits) {
            classes[k] = Some(class);
        }
    }
    let factor = |(factor, weight): (Factor, &Rational)| FactorJson {
        name: factor.to_string(),
        weight: weight.to_string(),
        norm: factor_norm(prediction, factor.0).map(|x| Number::of(&x, digits)),
    };
    FoundJson {
        weights: problem.weights().iter().map(ToString::to_string).collect(),
        features: problem.features().to_string(),
        product: problem.regularization_product().to_string(),
        ceiling: found.ceiling.as_ref().map(|c| CeilingJson { product: c.product.to_string(), wish: c.wish }),
        change: change(request, found).map(|x| Number::of(&x, digits)),
        classes: classes.into_iter().flatten().collect(),
        factors: found.weights().map(factor).collect(),
    }
}

/// `Σ |ln λ − ln λ⁰|`, enclosed; `None` without weights to stay near.
fn change(request: &Request, found: &Found) -> Option<Enclosure> {
    let bits = found.prediction.optimum.bits;
    let one = |((_, λ), near): ((Factor, &Rational), &Rational)| {
        let ratio = λ / near;
        Enclosure::from(if ratio < Rational::one() { ratio.recip() } else { ratio }).ln(bits)
    };
    found.weights().zip(request.near()?).map(one).sum::<Option<Enclosure>>()
}

/// Why wishes conflict, in a sentence.
fn because(request: &Request, conflict: &Conflict) -> String {
    let wish = |i: usize| wish_text(request, &request.wishes()[i].wish);
    match &conflict.because {
        Because::Width { layer, width, needed } => {
            format!(
                "width d_{layer} = {width} is below {needed}, the rank that keeping every {} needs",
                if has_classes(request) { "class" } else { "mode" }
            )
        }
        Because::MarginOfOne => "a margin is below 1 at every regularisation".to_owned(),
        Because::Given { wish: i, failure } => {
            format!("with these weights {}", came_to(request, *i, failure))
        }
        Because::Split { ceiling, excess, factors } => {
            let names: Vec<String> = factors.iter().map(ToString::to_string).collect();
            // Rounded down: the excess is a lower bound.
            let unit = ten_to(leading_place(excess) - 3);
            let excess = (excess / &unit).floor() * unit;
            format!(
                "\"{}\" fails from a product Λ of {} on, and up to there the caps fail however Λ is split: \
                 (norm/cap)² multiplied over {} must be at most 1 and is at least {}",
                wish(ceiling.wish),
                short(&ceiling.product),
                names.join(", "),
                exact_text(&excess),
            )
        }
    }
}

/// What a wish came to.
fn came_to(request: &Request, wish: usize, failure: &Failure) -> String {
    let class = |k: usize| format!("class {} ({} samples)", k + 1, request.count(k));
    let value = failure.value.as_ref().map(|x| decimal(x, 6)).unwrap_or_default();
    match (&request.wishes()[wish].wish, failure.class) {
        (Wish::NoCollapse, Some(k)) => format!("{} is lost", class(k)),
        (Wish::Margin { .. }, Some(k)) => format!("the margin of {} is {value}", class(k)),
        (Wish::FeatureNorm { .. }, Some(k)) => format!("‖h_{}‖ is {value}", k + 1),
        (Wish::ClassifierNorm { .. }, Some(k)) => format!("‖w_{}‖ is {value}", k + 1),
        (Wish::FactorNorm { factor, .. }, _) => format!("‖{factor}‖ is {value}"),
        (Wish::NoCollapse, None) => "a mode is lost".to_owned(),
        _ => "it fails".to_owned(),
    }
}

/// The wishes of a list, each with the words that asked for it.
fn listed(request: &Request, wishes: &[usize]) -> String {
    let line = |i: &usize| {
        let asked = &request.wishes()[*i];
        let words = if asked.words.is_empty() { "always wished" } else { &asked.words };
        format!("  - {}  ({words})\n", wish_text(request, &asked.wish))
    };
    wishes.iter().map(line).collect()
}

/// The refusal of wishes that conflict.
pub fn conflict_text(request: &Request, conflict: &Conflict) -> String {
    let (head, hint) = match &conflict.because {
        Because::Width { layer, needed, .. } => (
            "the widths are too narrow for the wishes".to_owned(),
            format!("make d_{layer} at least {needed}, or merge classes"),
        ),
        _ if conflict.wishes.len() == 1 => {
            ("a wish that no regularisation meets".to_owned(), "loosen it".to_owned())
        }
        _ => (
            format!("no regularisation meets these {} wishes together", conflict.wishes.len()),
            "loosen or drop any one that you asked for".to_owned(),
        ),
    };
    format!(
        "error: {head}\n{}because {}\nhint: {hint}",
        listed(request, &conflict.wishes),
        because(request, conflict)
    )
}

/// What is said when neither an answer nor a conflict was proved.
pub fn open_text(request: &Request, suspects: &[usize]) -> String {
    if suspects.is_empty() {
        return "undecided: no short decimals were proved to meet all wishes; they may meet at one point only\n\
                hint: loosen a wish a little"
            .to_owned();
    }
    format!(
        "undecided: these wishes seem to conflict, but it is not proved\n{}hint: loosen or drop any one of them",
        listed(request, suspects)
    )
}

/// A rational for reading: exact where it is short, otherwise six proven digits.
fn short(q: &Rational) -> String {
    decimal(&q.clone().into(), 6)
}

/// What is said of an answer that was not trained.
pub const ABOUT_OPTIMUM: &str = "This speaks of the optimum; whether training finds it, --verify says.\n";

/// At most this many rows of classes are shown; the rest is counted.
const ROWS: usize = 60;

/// The text form of an answer that was found.
pub fn text(request: &Request, found: &Found, digits: usize) -> Page {
    let prediction = &found.prediction;
    let problem = &prediction.problem;
    let mut out = Page::from(super::problem::heading("Regularisation for the wishes", problem));
    out += "\nwishes, each proved\n";
    for asked in request.wishes() {
        out += &format!("  {}\n", wish_text(request, &asked.wish));
    }
    out += &format!("\n[regularization]\n{}\n", problem.draft().regularization());
    let product = problem.regularization_product();
    out += &format!("product     {}", short(&product));
    match &found.ceiling {
        Some(ceiling) => {
            let share = (&product / &ceiling.product * whole(10_000)).floor() / whole(100);
            out += &format!(
                ", at least {} % of the largest possible: from {} on, \"{}\" fails\n",
                exact_text(&share),
                short(&ceiling.product),
                wish_text(request, &request.wishes()[ceiling.wish].wish)
            );
        }
        None => out += "\n",
    }
    if let Some(change) = change(request, found) {
        out += &format!("change      {} = Σ |ln λ − ln λ⁰|\n", decimal(&change, digits));
    }
    let columns = [
        ("samples", Align::Right),
        ("classes", Align::Right),
        ("margin", Align::Left),
        ("‖feature‖", Align::Left),
        ("‖classifier‖", Align::Left),
    ];
    let cell = |m: Option<&Measures>, pick: &dyn Fn(&Measures) -> Option<&Enclosure>| {
        m.and_then(pick).map_or("–".to_owned(), |x| decimal(x, digits))
    };
    let row = |row: &ClassRow| {
        let m = row.measures.as_ref();
        let norms = [
            cell(m, &|m| m.logit.as_ref()),
            cell(m, &|m| Some(&m.feature_norm)),
            cell(m, &|m| m.classifier_norm.as_ref()),
        ];
        [row.count.to_string(), row.classes.len().to_string()].into_iter().chain(norms).collect()
    };
    if has_classes(request) {
        out += "\nclasses\n";
        out.table(Table::new(&columns, prediction.classes.iter().take(ROWS).map(row).collect()));
        if prediction.classes.len() > ROWS {
            out += &format!("  … and {} more; --format json has them\n", prediction.classes.len() - ROWS);
        }
    }
    let columns = [("factor", Align::Left), ("λ", Align::Left), ("norm", Align::Left)];
    let rows: Vec<Vec<String>> = found
        .weights()
        .map(|(factor, λ)| {
            let norm = factor_norm(prediction, factor.0).map_or("–".to_owned(), |x| decimal(&x, digits));
            vec![factor.to_string(), exact_text(λ), norm]
        })
        .collect();
    out += "\nfactors\n";
    out.table(Table::new(&columns, rows));
    out += "\nEvery digit shown is proven.\n";
    out
}
