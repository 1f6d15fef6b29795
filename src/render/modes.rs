//! The part of a prediction that only the mean squared error has: modes, classes and Gram matrices, all proven.

use super::Page;
use super::founding::{self, FoundingJson};
use super::number::{Number, counted};
use super::table::{Align, Table};
use crate::exact::{Enclosure, bits_for, decimal};
use crate::theory::curvature::Curvature;
use crate::theory::founding::Founding;
use crate::theory::geometry::Measures;
use crate::theory::{ClassFate, ClassRow, Gram, OptimalMode, Prediction, Uniqueness};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What modes decide; empty under cross-entropy, which has none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModesPart {
    /// Energy of each factor, `λ_l ‖W_l‖² = λ_H ‖H‖²`; null where a tie leaves it open.
    pub energy: Option<Number>,
    /// What more width would buy; null where the widths keep nothing out.
    pub price: Option<PriceJson>,
    /// The Hessian at the optimum; null where it is not settled, or where more than 16 distinct modes are kept.
    #[serde(default)]
    pub curvature: Option<CurvatureJson>,
    /// The founding paper's own quantities, where they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub founding: Option<FoundingJson>,
    /// Largest target first, one entry a distinct non-zero target.
    pub modes: Vec<ModeJson>,
    /// Number of targets that are zero.
    pub zero_targets: usize,
    /// One entry a class, in the order of the case.
    pub classes: Vec<ClassJson>,
    /// Gram matrices; null beyond 64 classes unless asked for, and where a tie leaves them open.
    pub gram: Option<GramJson>,
}

/// The Hessian at the optimum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CurvatureJson {
    /// The smallest positive eigenvalue: the rate of the flow's slowest direction.
    pub slowest_rate: Number,
    /// What the slowest direction moves.
    pub slowest: String,
    /// The largest eigenvalue.
    pub stiffness: Number,
    /// What the stiffest direction moves.
    pub stiffest: String,
    /// Their ratio.
    pub condition_number: Number,
    /// Zero eigenvalues that rotations of the hidden layers give.
    pub gauge: String,
    /// Zero eigenvalues beyond them.
    pub nullity: String,
}

impl CurvatureJson {
    fn of(found: &Curvature, digits: usize) -> Option<Self> {
        let bits = bits_for(digits, 8);
        let (slow, stiff) = (found.slowest(bits)?, found.largest(bits)?);
        Some(Self {
            slowest_rate: Number::of(&slow.value, digits),
            slowest: slow.motion.to_string(),
            stiffness: Number::of(&stiff.value, digits),
            stiffest: stiff.motion.to_string(),
            condition_number: Number::of(&(&stiff.value * &slow.value.recip()?), digits),
            gauge: found.gauge().to_string(),
            nullity: found.nullity().to_string(),
        })
    }
}

/// What more width would buy: the dual price of the rank budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PriceJson {
    /// By how much the objective would fall with one more unit of width in each of these layers.
    pub value: Number,
    /// The layers (counted from 1) that must widen together.
    pub layers: Vec<usize>,
}

/// One distinct target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModeJson {
    /// Squared target singular value `μ`.
    pub target_sq: Number,
    /// How many modes share it.
    pub multiplicity: usize,
    /// Whether the sharing is proven (`equal`) or they only lie within the enclosure (`cluster`).
    pub repetition: String,
    /// `kept`, `collapsed`, `tie`, `cut` or `undecided`.
    pub fate: String,
    /// How many of them are on the upper root.
    pub kept: usize,
    /// `global`, `metastable` or `none`.
    pub band: String,
    /// Shrinkage `u` of the kept ones; at a threshold tie the value they have if they are kept.
    pub shrinkage: Number,
    /// The largest product of all regularisation weights at which the mode survives.
    pub critical_product: Number,
    /// Singular values of the factors `H, W_1, …, W_M` in this mode.
    pub singular_values: Vec<Number>,
}

/// One class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClassJson {
    /// Samples.
    pub count: u64,
    /// `kept`, `collapsed`, `merged` or `undecided`.
    pub fate: String,
    /// The other classes (counted from 1) with the same mean feature.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub merged_with: Vec<usize>,
    /// Logit of the class mean on its own class; null where not determined.
    pub logit: Option<Number>,
    /// Norm of the class mean feature.
    pub feature_norm: Option<Number>,
    /// Norm of the class's classifier row.
    pub classifier_norm: Option<Number>,
}

/// `K × K` matrices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GramJson {
    /// Inner products of class-mean features.
    pub features: Vec<Vec<Number>>,
    /// Inner products of classifier rows.
    pub classifier: Vec<Vec<Number>>,
    /// Logits of class means: row = logit, column = class.
    pub logits: Vec<Vec<Number>>,
}

/// A class that merged with more others than this names only how many there are, in its group.
const MERGED_NAMES: usize = 100;

impl ModesPart {
    /// The part of a prediction, with the Hessian at its optimum.
    pub fn of(prediction: &Prediction, curvature: Option<&Curvature>, founding: Option<&Founding>) -> Self {
        let digits = prediction.detail.digits;
        let number = |x: &Enclosure| Number::of(x, digits);
        let optimum = &prediction.optimum;
        let product = prediction.problem.regularization_product();
        let mode = |(i, m): (usize, &OptimalMode)| ModeJson {
            target_sq: number(&m.mode.block.target_sq),
            multiplicity: m.mode.block.multiplicity,
            repetition: if m.mode.is_proven_equal() { "equal" } else { "cluster" }.to_owned(),
            fate: m.fate.word().to_owned(),
            kept: m.kept,
            band: m.mode.band.word().to_owned(),
            shrinkage: number(&m.shrinkage().0),
            critical_product: number(&optimum.law.critical_product(&m.mode.block.target_sq, &product)),
            singular_values: prediction
                .factor_energies(i)
                .iter()
                .map(|a| number(&a.sqrt(optimum.bits)))
                .collect(),
        };
        let mut classes: Vec<Option<ClassJson>> = vec![None; prediction.problem.classes()];
        for row in &prediction.classes {
            for (k, class) in class_json(row, digits) {
                classes[k] = Some(class);
            }
        }
        Self {
            energy: optimum.energy.as_ref().map(number),
            price: price(prediction).map(|(value, layers)| PriceJson { value: number(&value), layers }),
            curvature: curvature.and_then(|found| CurvatureJson::of(found, digits)),
            founding: founding.map(|found| FoundingJson::of(found, digits)),
            modes: optimum.modes.iter().enumerate().map(mode).collect(),
            zero_targets: optimum.zeros,
            classes: classes.into_iter().flatten().collect(),
            gram: prediction.gram.as_ref().map(|gram| gram_json(gram, digits)),
        }
    }
}

/// The price of the rank budget and the layers that hold it down; `None` if it keeps nothing out.
fn price(prediction: &Prediction) -> Option<(Enclosure, Vec<usize>)> {
    let (problem, price) = (&prediction.problem, prediction.optimum.price());
    let narrow = |(l, d): (usize, &u64)| (*d == problem.rank_budget() as u64).then_some(l + 1);
    (!price.is_zero()).then(|| (price, problem.widths().iter().enumerate().filter_map(narrow).collect()))
}

/// One entry for every class of a row; what they share is printed once.
pub(super) fn class_json(row: &ClassRow, digits: usize) -> impl Iterator<Item = (usize, ClassJson)> {
    let (measures, number) = (row.measures.as_ref(), |x: &Enclosure| Number::of(x, digits));
    let shared = ClassJson {
        count: row.count,
        fate: row.fate.word().to_owned(),
        merged_with: Vec::new(),
        logit: measures.and_then(|m| m.logit.as_ref()).map(number),
        feature_norm: measures.map(|m| number(&m.feature_norm)),
        classifier_norm: measures.and_then(|m| m.classifier_norm.as_ref()).map(number),
    };
    let merged: &[usize] = match &row.fate {
        ClassFate::Merged(all) if all.len() <= MERGED_NAMES => all,
        _ => &[],
    };
    row.classes.iter().map(move |class| {
        let others = merged.iter().filter(|k| *k != class);
        (*class, ClassJson { merged_with: others.map(|k| k + 1).collect(), ..shared.clone() })
    })
}

fn gram_json(gram: &Gram, digits: usize) -> GramJson {
    let table = |m: &[Vec<Enclosure>]| -> Vec<Vec<Number>> {
        m.iter().map(|row| row.iter().map(|x| Number::of(x, digits)).collect()).collect()
    };
    GramJson {
        features: table(&gram.features),
        classifier: table(&gram.classifier),
        logits: table(&gram.logits),
    }
}

/// Tables in text show at most this many rows; the rest is counted.
const TEXT_ROWS: usize = 60;
/// Angles are listed for at most this many distinct rows.
const ANGLE_ROWS: usize = 8;

/// What follows the heading in the text form.
pub fn text(prediction: &Prediction, curvature: Option<&Curvature>, founding: Option<&Founding>) -> Page {
    let digits = prediction.detail.digits;
    let (problem, optimum) = (&prediction.problem, &prediction.optimum);
    let rank = format!("rank {} of at most {}", optimum.rank(), problem.rank_budget());
    let said = match optimum.uniqueness {
        Uniqueness::Unique => format!("unique up to rotations of hidden space, {rank}"),
        Uniqueness::Zero => "zero: every mode is lost".to_owned(),
        Uniqueness::Tie => {
            "a tie: a mode stands exactly at its threshold, lost and kept cost the same".to_owned()
        }
        Uniqueness::RankTie => {
            format!("a tie: the widths cut a block of equal targets, {rank}; only invariants are determined")
        }
        Uniqueness::Undecided => "undecided: the precision budget settled not every comparison".to_owned(),
    };
    let mut out =
        Page::from(format!("optimum    {said}\nobjective  {}\n", decimal(&optimum.objective, digits)));
    if let Some(energy) = &optimum.energy {
        out += &format!("energy     {}  in each factor: λ_l‖W_l‖² = λ_H‖H‖²\n", decimal(energy, digits));
    }
    if let Some((value, layers)) = price(prediction) {
        let layers = layers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let layers = if layers.contains(',') {
            format!("in each of d_l, l = {layers}")
        } else {
            format!("in d_{layers}")
        };
        out += &format!(
            "price      {}  is what one more unit {layers} would lower it by\n",
            decimal(&value, digits)
        );
    }
    if let Some(c) = curvature.and_then(|found| CurvatureJson::of(found, digits)) {
        out += &format!(
            "curvature  {} ({}) to {} ({}), condition number {}\n",
            c.slowest_rate.value, c.slowest, c.stiffness.value, c.stiffest, c.condition_number.value
        );
    }
    modes_text(&mut out, prediction);
    if let Some(found) = founding {
        out.append(founding::text(found, optimum, digits, TEXT_ROWS));
    }
    classes_text(&mut out, prediction);
    angles_text(&mut out, prediction);
    out += "\nEvery digit shown is proven.\n";
    out
}

fn omitted(total: usize) -> String {
    if total > TEXT_ROWS {
        format!("  … {} more, in the JSON form\n", total - TEXT_ROWS)
    } else {
        String::new()
    }
}

fn modes_text(out: &mut Page, prediction: &Prediction) {
    let digits = prediction.detail.digits;
    let modes = &prediction.optimum.modes;
    let row = |m: &OptimalMode| {
        vec![
            decimal(&m.mode.block.target_sq, digits),
            m.mode.block.multiplicity.to_string(),
            m.fate.word().to_owned(),
            m.mode.band.word().to_owned(),
            decimal(&m.shrinkage().0, digits),
        ]
    };
    let rows: Vec<Vec<String>> = modes.iter().take(TEXT_ROWS).map(row).collect();
    let columns = [
        ("target μ", Align::Right),
        ("times", Align::Right),
        ("fate", Align::Left),
        ("band", Align::Left),
        ("shrinkage u", Align::Left),
    ];
    *out += "\nmodes\n";
    out.table(Table::new(&columns, rows));
    *out += &omitted(modes.len());
    if prediction.optimum.zeros > 0 {
        *out += &format!("  and {}\n", counted(prediction.optimum.zeros as u64, "zero target"));
    }
}

fn classes_text(out: &mut Page, prediction: &Prediction) {
    let digits = prediction.detail.digits;
    // Elsewhere a class has no output of its own: no logit, and no row of the classifier.
    let are_classes = prediction.problem.outputs() == prediction.problem.classes();
    let row = |r: &ClassRow| {
        let show = |pick: &dyn Fn(&Measures) -> Option<&Enclosure>| {
            r.measures.as_ref().and_then(pick).map_or("–".to_owned(), |x| decimal(x, digits))
        };
        let mut cells = vec![
            r.count.to_string(),
            r.classes.len().to_string(),
            r.fate.word().to_owned(),
            show(&|m| Some(&m.feature_norm)),
        ];
        if are_classes {
            cells.insert(3, show(&|m| m.logit.as_ref()));
            cells.push(show(&|m| m.classifier_norm.as_ref()));
        }
        cells
    };
    let rows: Vec<Vec<String>> = prediction.classes.iter().take(TEXT_ROWS).map(row).collect();
    if rows.is_empty() {
        return;
    }
    let columns = [
        ("samples", Align::Right),
        ("classes", Align::Right),
        ("fate", Align::Left),
        ("own logit", Align::Left),
        ("‖feature‖", Align::Left),
        ("‖classifier‖", Align::Left),
    ];
    let shown =
        columns.into_iter().filter(|(name, _)| are_classes || !["own logit", "‖classifier‖"].contains(name));
    *out += "\nclasses\n";
    out.table(Table::new(&shown.collect::<Vec<_>>(), rows));
    *out += &omitted(prediction.classes.len());
}

/// Cosines between class means and between classifier rows, for representatives of the first rows.
fn angles_text(out: &mut Page, prediction: &Prediction) {
    let Some(gram) = &prediction.gram else { return };
    let digits = prediction.detail.digits.min(10);
    // Two representatives of every group show the angle inside it too.
    let picks: Vec<usize> =
        prediction.classes.iter().flat_map(|r| r.classes.iter().take(2).copied()).collect();
    if picks.len() > ANGLE_ROWS || picks.len() < 2 {
        return;
    }
    let bits = prediction.optimum.bits;
    let cosine = |m: &[Vec<Enclosure>], i: usize, j: usize| {
        let lengths = (&m[i][i] * &m[j][j]).sqrt(bits);
        match lengths.recip() {
            Some(inverse) if !lengths.is_zero() => decimal(&(&m[i][j] * &inverse), digits),
            _ => "–".to_owned(),
        }
    };
    // Where outputs are not classes, the classifier has rows of its own.
    let are_classes = prediction.problem.outputs() == prediction.problem.classes();
    let outputs: Vec<usize> = if are_classes { picks.clone() } else { (0..gram.classifier.len()).collect() };
    let table_of = |m: &[Vec<Enclosure>], picks: &[usize], noun: &str| {
        let names: Vec<String> = picks.iter().map(|k| format!("{noun} {}", k + 1)).collect();
        let mut columns = vec![("", Align::Left)];
        columns.extend(names.iter().map(|n| (n.as_str(), Align::Right)));
        let row = |i: usize| {
            let mut cells = vec![names[i].clone()];
            cells.extend(picks.iter().enumerate().map(|(j, k)| match j.cmp(&i) {
                std::cmp::Ordering::Less => cosine(m, picks[i], *k),
                _ => String::new(),
            }));
            cells
        };
        let rows = (1..picks.len()).map(|i| row(i)[..picks.len()].to_vec()).collect();
        Table::new(&columns[..picks.len()], rows)
    };
    let noun = if are_classes { "class" } else { "output" };
    *out += "\ncosines between class means\n";
    out.table(table_of(&gram.features, &picks, "class"));
    if (2..=ANGLE_ROWS).contains(&outputs.len()) {
        *out += "\ncosines between classifier rows\n";
        out.table(table_of(&gram.classifier, &outputs, noun));
    }
}
