//! The problem as the case's bytes give it.

use super::matrix::Matrix;
use super::number::{CASE, Number};
use super::toml::{Entry, Value, entries};
use num_bigint::BigInt;
use num_rational::BigRational;
use std::collections::BTreeSet;

const MAX_BYTES: usize = 8 << 20;
const MAX_CLASSES: usize = 100_000;
/// Counts and widths at most.
const MAX_SIZE: u64 = 1_000_000_000_000;
const MAX_DEPTH: usize = 64;
/// Classes at most where targets are not one-hot.
const MAX_DENSE: usize = 64;
/// Distinct counts at most where they are: without a bias, and with one.
const MAX_DISTINCT: [usize; 2] = [20_000, 1_000];
const MAX_EVALUATIONS: u64 = 100_000_000;

/// The loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    Mse,
    CrossEntropy,
}

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
    /// `min(K, d_1, …, d_M)`.
    pub rank: usize,
    pub bias: bool,
    /// Columns, unless one-hot.
    pub targets: Option<Matrix>,
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

impl Value<'_> {
    fn number(&self) -> Option<Number> {
        match self {
            Self::Text(text) | Self::Bare(text) => Number::read(text, CASE),
            Self::List(_) => None,
        }
    }

    fn positive(&self) -> Option<Number> {
        self.number().filter(Number::is_positive)
    }

    /// A whole number, bare.
    fn whole(&self) -> Option<u64> {
        if let Self::Bare(text) = self { whole(text) } else { None }
    }

    fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    fn list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// Every item, as something.
    fn all<T>(&self, item: impl Fn(&Self) -> Option<T>) -> Option<Vec<T>> {
        self.list()?.iter().map(item).collect()
    }
}

/// Digits without a zero before them.
fn whole(text: &str) -> Option<u64> {
    let plain = text == "0" || !text.starts_with('0');
    if plain && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn size(n: u64) -> Option<u64> {
    Some(n).filter(|n| (1..=MAX_SIZE).contains(n))
}

impl Given {
    /// Reads a case; an error says what this checker does not read.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_BYTES {
            return Err("the case is larger than 8 MiB".to_owned());
        }
        let text = std::str::from_utf8(bytes).map_err(|_| "the case is not UTF-8".to_owned())?;
        let entries = entries(text)?;
        let odd = |key: &str| format!("`{key}` in the case is not read");
        if !makes_sense(&entries) {
            return Err("an entry under [training] or [expect] in the case is not read".to_owned());
        }
        let find = |section: &str, key: &str| {
            entries.iter().find(|e| e.section == section && e.key == key).map(|e| &e.value)
        };
        let counts = find("network", "counts").and_then(counts).ok_or_else(|| odd("counts"))?;
        let width = |width: &Value| width.whole().and_then(size).and_then(|d| usize::try_from(d).ok());
        let widths = find("network", "widths").and_then(|list| list.all(width));
        let widths = widths.filter(|w| (1..=MAX_DEPTH).contains(&w.len())).ok_or_else(|| odd("widths"))?;
        let loss = match find("network", "loss").and_then(Value::text) {
            Some("mse") => Loss::Mse,
            Some("ce") => Loss::CrossEntropy,
            _ => return Err(odd("loss")),
        };
        let bias = match find("network", "bias").and_then(Value::text) {
            Some("none") => false,
            Some("last-layer") => true,
            _ => return Err(odd("bias")),
        };
        let (smoothing, columns) = (find("network", "smoothing"), find("network", "targets"));
        let targets = targets(smoothing, columns, counts.len()).ok_or_else(|| odd("targets"))?;
        if loss == Loss::CrossEntropy && targets.is_some() {
            return Err(odd("targets"));
        }
        let weights = find("regularization", "weights").and_then(|value| match value {
            Value::List(_) => value.all(Value::positive),
            one => one.positive().map(|λ| vec![λ; widths.len()]),
        });
        let weights = weights.filter(|w| w.len() == widths.len()).ok_or_else(|| odd("weights"))?;
        let features = find("regularization", "features").and_then(Value::positive);
        let features = features.ok_or_else(|| odd("features"))?;
        let groups = groups(&counts);
        let most = MAX_DISTINCT.get(usize::from(bias)).copied().unwrap_or(0);
        if groups.len() > most {
            return Err(format!("more than {most} distinct counts in the case are not read"));
        }
        let all = weights.iter().chain([&features]);
        let product = Number::new(all.clone().map(|λ| &λ.top).product(), all.map(|λ| &λ.bottom).product());
        Ok(Self {
            loss,
            depth: u32::try_from(widths.len()).map_err(|_| odd("widths"))?,
            rank: widths.iter().copied().min().unwrap_or(0).min(counts.len()),
            bias,
            targets,
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

impl Given {
    /// Everything that is read of the problem.
    pub fn line(&self) -> String {
        fn join<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
            items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(",")
        }
        let targets = match &self.targets {
            None => "one-hot".to_owned(),
            Some(matrix) if matrix.bits == u64::MAX => "too fine".to_owned(),
            Some(matrix) => {
                let part = |x: &BigInt| Number::new(x.clone(), matrix.unit.clone()).ratio();
                let column = |column: &Vec<BigInt>| join(column.iter().map(part));
                matrix.columns.iter().map(column).collect::<Vec<_>>().join(";")
            }
        };
        format!(
            "counts {} widths {} loss {} bias {} weights {} features {} targets {targets}",
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

/// Whole numbers, and texts `"c"` and `"c*times"`.
fn counts(value: &Value) -> Option<Vec<u64>> {
    let mut all = Vec::new();
    for item in value.list()? {
        let (count, times) = match item {
            Value::Text(text) => {
                let (count, times) = text.split_once('*').unwrap_or((text, "1"));
                (whole(count), usize::try_from(whole(times)?).ok()?)
            }
            other => (other.whole(), 1),
        };
        if times == 0 || times > MAX_CLASSES.saturating_sub(all.len()) {
            return None;
        }
        all.extend(std::iter::repeat_n(size(count?)?, times));
    }
    if all.is_empty() { None } else { Some(all) }
}

/// None at all if they are one-hot: `(1 − s) e_k + (s/K) 1` with `0 < s < 1`, or `K` columns of `K` numbers.
fn targets(smoothing: Option<&Value>, columns: Option<&Value>, k: usize) -> Option<Option<Matrix>> {
    let dense = || Some(k).filter(|k| *k <= MAX_DENSE);
    match (smoothing, columns) {
        (None, None) => Some(None),
        (Some(s), None) => {
            let s = s.number().filter(|s| !s.is_negative() && s.top < s.bottom)?;
            if s.is_zero() {
                return Some(None);
            }
            let (k, unit) = (dense()?, BigInt::from(k) * &s.bottom);
            let own = &unit - &s.top * BigInt::from(k) + &s.top;
            let entry = |i: usize, j: usize| if i == j { own.clone() } else { s.top.clone() };
            let columns = (0..k).map(|j| (0..k).map(|i| entry(i, j)).collect()).collect();
            Some(Some(Matrix::over(columns, unit)))
        }
        (None, Some(columns)) => {
            let columns = columns.all(|column| column.all(Value::number).filter(|c| c.len() == k))?;
            dense().filter(|k| *k == columns.len())?;
            Some(Some(Matrix::of(&columns)))
        }
        _ => None,
    }
}

/// What is not needed is yet read: other readers refuse the case for it.
fn makes_sense(entries: &[Entry]) -> bool {
    let text = |key: &str| entries.iter().find(|e| e.key == key).and_then(|e| e.value.text());
    let word = |value: &Value, words: &[&str]| value.text().is_some_and(|text| words.contains(&text));
    let below_one = |x: &Number| x.top < x.bottom;
    let fits = |entry: &Entry| match (entry.key, &entry.value) {
        ("title" | "source" | "theorem", value) => value.text().is_some(),
        ("run", value) => matches!(value, Value::Bare("true" | "false")),
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
        ("kept", value) => value.whole().is_some(),
        _ => true,
    };
    entries.iter().all(fits) && (text("verdict") == Some("refuted")) == text("theorem").is_some()
}
