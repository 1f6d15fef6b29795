//! The problem as the case's bytes give it.

pub use super::goal::{Files, Loss, Targets};
use super::goal::{goal, size, terms};
use super::matrix::Matrix;
use super::number::Number;
use super::terms::Terms;
use super::toml::{Entry, Value, entries};
use num_bigint::BigInt;
use num_rational::BigRational;
use std::collections::BTreeSet;

const MAX_BYTES: usize = 8 << 20;
const MAX_DEPTH: usize = 64;
/// Distinct counts at most where they are: without a bias, and with one.
const MAX_DISTINCT: [usize; 2] = [20_000, 1_000];
const MAX_EVALUATIONS: u64 = 100_000_000;

/// What the checker needs of a problem.
pub struct Given {
    pub loss: Loss,
    pub counts: Vec<u64>,
    /// Distinct counts, largest first, with their multiplicities.
    pub groups: Vec<(u64, usize)>,
    pub widths: Vec<usize>,
    /// `λ_1 … λ_M`, and `λ_H`.
    pub weights: Vec<Number>,
    pub features: Number,
    /// `M`.
    pub depth: u32,
    /// `K`.
    pub outputs: usize,
    /// The least of `K`, the number of classes and all widths.
    pub rank: usize,
    pub bias: bool,
    pub targets: Targets,
    pub terms: Terms,
    /// Whether only features of at least 0 count, and make another optimum.
    pub nonnegative: bool,
    /// The hash of the file of targets, if the case names one.
    pub beside: Option<String>,
    /// `Λ`.
    pub product: Number,
    /// `N`.
    pub samples: BigInt,
}

/// A problem with equal counts, for claims that depend on nothing else.
pub struct Balanced {
    /// `K`.
    pub classes: usize,
    /// `M`.
    pub depth: u32,
    pub bias: bool,
    /// `Λ n`.
    pub weight: BigRational,
    /// `R`.
    pub rank: usize,
}

impl Balanced {
    pub fn of(given: &Given) -> Self {
        let n = given.counts.first().copied().unwrap_or(0);
        let weight = given.product.ratio() * BigRational::from(BigInt::from(n));
        let (classes, depth, bias, rank) = (given.counts.len(), given.depth, given.bias, given.rank);
        Self { classes, depth, bias, weight, rank }
    }
}

impl Given {
    /// Reads a case; an error says what this checker does not read.
    pub fn read(bytes: &[u8], files: Files) -> Result<Self, String> {
        if bytes.len() > MAX_BYTES {
            return Err("the case is larger than 8 MiB".to_owned());
        }
        let text = std::str::from_utf8(bytes).map_err(|_| "the case is not UTF-8".to_owned())?;
        let entries = entries(text)?;
        let odd = |key: &str| format!("`{key}` in the case is not read");
        if !makes_sense(&entries) {
            return Err(
                "an entry under [training], [measured] or [expect] in the case is not read".to_owned()
            );
        }
        let find = |section: &str, key: &str| {
            entries.iter().find(|e| e.section == section && e.key == key).map(|e| &e.value)
        };
        let network = |key: &str| find("network", key);
        let width = |width: &Value| width.whole().and_then(size).and_then(|d| usize::try_from(d).ok());
        let widths = network("widths").and_then(|list| list.all(width));
        let widths = widths.filter(|w| (1..=MAX_DEPTH).contains(&w.len())).ok_or_else(|| odd("widths"))?;
        let loss = match network("loss").and_then(Value::text) {
            Some("mse") => Loss::Mse,
            Some("ce") => Loss::CrossEntropy,
            _ => return Err(odd("loss")),
        };
        let bias = match network("bias").and_then(Value::text) {
            Some("none") => false,
            Some("last-layer") => true,
            _ => return Err(odd("bias")),
        };
        let (counts, outputs, targets, beside) = goal(&network, loss, files).map_err(odd)?;
        let regularization = |key: &str| find("regularization", key);
        let (weights, features) = weights(&regularization, widths.len()).map_err(odd)?;
        let λ =
            regularization("bias").map(|value| value.positive().and_then(|λ| rescaled(&λ, &regularization)));
        let λ = λ.map(|λ| λ.ok_or_else(|| odd("bias"))).transpose()?;
        let is_regularised = λ.is_some();
        let terms = terms(&network, λ, (counts.len(), outputs)).ok_or_else(|| odd("terms of the loss"))?;
        let moments = matches!(targets, Targets::Covariance(_));
        let adjusted = network("logit_shift").or_else(|| network("logit_scale")).is_some();
        let weighted = network("class_weights").is_some();
        if (is_regularised && !bias) || (adjusted && loss == Loss::Mse) || (moments && weighted) {
            return Err(odd("terms of the loss"));
        }
        let condition = network("features");
        if let Some(value) = condition {
            // Under the mean squared error the optimum is known to be that without the condition.
            let plain = !bias && matches!(targets, Targets::OneHot) && terms.is_plain();
            let fits = widths.iter().all(|d| *d >= outputs) && (loss == Loss::Mse || widths.len() == 1);
            if value.text() != Some("nonnegative") || !plain || !fits {
                return Err(odd("features"));
            }
        }
        let nonnegative = condition.is_some() && loss == Loss::CrossEntropy;
        let groups = groups(&counts);
        let most = MAX_DISTINCT.get(usize::from(bias)).copied().unwrap_or(0);
        if groups.len() > most {
            return Err(format!("more than {most} distinct counts in the case are not read"));
        }
        let all = weights.iter().chain([&features]);
        let product = Number::new(all.clone().map(|λ| &λ.top).product(), all.map(|λ| &λ.bottom).product());
        let classes = if moments { outputs } else { counts.len() };
        Ok(Self {
            loss,
            depth: u32::try_from(widths.len()).map_err(|_| odd("widths"))?,
            rank: widths.iter().copied().min().unwrap_or(0).min(classes).min(outputs),
            outputs,
            bias,
            targets,
            terms,
            nonnegative,
            beside,
            product,
            samples: counts.iter().map(|n| BigInt::from(*n)).sum(),
            counts,
            groups,
            widths,
            weights,
            features,
        })
    }
}

/// A number divided by the scale of the loss.
fn rescaled<'a>(λ: &Number, find: &impl Fn(&str) -> Option<&'a Value<'a>>) -> Option<Number> {
    let Some(value) = find("loss_scale") else { return Some(Number::new(λ.top.clone(), λ.bottom.clone())) };
    let scale = value.positive()?;
    Some(Number::reduced(&λ.top * scale.bottom, &λ.bottom * scale.top))
}

/// `λ_1 … λ_M` and `λ_H`; an error is the key at fault.
fn weights<'a>(
    find: &impl Fn(&str) -> Option<&'a Value<'a>>,
    depth: usize,
) -> Result<(Vec<Number>, Number), &'static str> {
    let all = find("weights").and_then(|value| match value {
        Value::List(_) => value.all(Value::positive),
        one => one.positive().map(|λ| vec![λ; depth]),
    });
    let all = all.filter(|all| all.len() == depth).ok_or("weights")?;
    let features = find("features").and_then(Value::positive).ok_or("features")?;
    let rescaled = |λ: &Number| rescaled(λ, find).ok_or("loss_scale");
    Ok((all.iter().map(rescaled).collect::<Result<_, _>>()?, rescaled(&features)?))
}

impl Given {
    /// One-hot targets and no further terms of the loss.
    pub fn is_plain(&self) -> bool {
        self.terms.is_plain() && matches!(self.targets, Targets::OneHot)
    }

    /// Targets by columns with their denominator, one-hot ones written out.
    pub fn target_columns(&self) -> (Vec<Vec<BigInt>>, BigInt) {
        let unit = |k: usize| (0..self.outputs).map(|j| BigInt::from(u8::from(j == k))).collect();
        match &self.targets {
            Targets::OneHot => ((0..self.outputs).map(unit).collect(), BigInt::from(1)),
            Targets::Columns(matrix) | Targets::Covariance(matrix) => {
                (matrix.columns.clone(), matrix.unit.clone())
            }
        }
    }

    /// Everything that is read of the problem.
    pub fn line(&self) -> String {
        fn join<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
            items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(",")
        }
        let all = |matrix: &Matrix| {
            if matrix.bits == u64::MAX {
                return "too fine".to_owned();
            }
            let part = |x: &BigInt| Number::new(x.clone(), matrix.unit.clone()).ratio();
            let column = |column: &Vec<BigInt>| join(column.iter().map(part));
            matrix.columns.iter().map(column).collect::<Vec<_>>().join(";")
        };
        let targets = match &self.targets {
            Targets::OneHot => "one-hot".to_owned(),
            Targets::Columns(matrix) => all(matrix),
            Targets::Covariance(matrix) => format!("covariance {}", all(matrix)),
        };
        let terms = &self.terms;
        let parts = [
            ("class_weights", terms.weights.as_ref().map(all)),
            ("logit_shift", terms.shift.as_ref().map(all)),
            ("logit_scale", terms.scale.as_ref().map(all)),
            ("bias_weight", terms.bias.as_ref().map(|λ| λ.ratio().to_string())),
        ];
        let terms: String =
            parts.into_iter().filter_map(|(key, all)| all.map(|all| format!(" {key} {all}"))).collect();
        format!(
            "counts {} widths {} loss {} bias {} weights {} features {} targets {targets}{terms}",
            join(&self.counts),
            join(&self.widths),
            if self.loss == Loss::Mse { "mse" } else { "ce" },
            if self.bias { "last-layer" } else { "none" },
            join(self.weights.iter().map(Number::ratio)),
            self.features.ratio(),
        )
    }
}

fn groups(counts: &[u64]) -> Vec<(u64, usize)> {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let mut groups: Vec<(u64, usize)> = Vec::new();
    for count in sorted {
        match groups.last_mut() {
            Some((last, times)) if *last == count => *times = times.saturating_add(1),
            _ => groups.push((count, 1)),
        }
    }
    groups
}

/// What is not needed is yet read: other readers refuse the case for it.
fn makes_sense(entries: &[Entry]) -> bool {
    let text = |key: &str| entries.iter().find(|e| e.key == key).and_then(|e| e.value.text());
    let word = |value: &Value, words: &[&str]| value.text().is_some_and(|text| words.contains(&text));
    let truth = |value: &Value| matches!(value, Value::Bare("true" | "false"));
    let texts = |value: &Value| match value {
        Value::List(all) => !all.is_empty() && all.iter().all(|x| x.text().is_some()),
        one => one.text().is_some(),
    };
    let below_one = |x: &Number| x.top < x.bottom;
    let measured = |key: &str, value: &Value| match key {
        "files" | "head" => texts(value),
        "transposed" | "rest" | "free" => truth(value),
        "features_are" => word(value, &["rows", "columns"]),
        "outcome" => word(value, &["global", "best-known", "local-minimum", "saddle", "not-converged"]),
        "gap" => value.positive().is_some(),
        _ => value.text().is_some(),
    };
    let fits = |entry: &Entry| match (entry.key, &entry.value) {
        (key, value) if entry.section == "measured" => measured(key, value),
        ("title" | "source" | "theorem", value) => value.text().is_some(),
        ("run", value) => truth(value),
        ("seeds", value) => value.all(Value::whole).is_some_and(|seeds| {
            let distinct: BTreeSet<&u64> = seeds.iter().collect();
            !seeds.is_empty() && distinct.len() == seeds.len()
        }),
        ("init", value) => value.positive().is_some(),
        ("tolerance", value) => value.positive().is_some_and(|x| below_one(&x)),
        ("evaluations", value) => value.whole().is_some_and(|n| (1..=MAX_EVALUATIONS).contains(&n)),
        ("verdict", value) => word(value, &["verified", "refuted", "undecided"]),
        ("objective" | "etf", value) => value.number().is_some(),
        ("optimum", value) => word(value, &["unique", "tie", "rank-tie", "zero", "undecided"]),
        ("shrinkage", value) => value.all(|x| x.text().and_then(|_| x.number())).is_some(),
        ("kept" | "attained", value) => value.whole().is_some(),
        _ => true,
    };
    let files = entries.iter().any(|e| e.section == "measured" && e.key == "files");
    entries.iter().all(fits)
        && (text("verdict") == Some("refuted")) == text("theorem").is_some()
        && (files || entries.iter().all(|e| e.section != "measured"))
}
