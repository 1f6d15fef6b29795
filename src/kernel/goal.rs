//! What the logits of a case should be, and what differs from the plain loss.

use super::matrix::Matrix;
use super::number::{CASE, Number};
use super::table;
use super::terms::Terms;
use super::toml::Value;
use num_bigint::BigInt;
use num_traits::Signed;
use sha2::{Digest, Sha256};

const MAX_CLASSES: usize = 100_000;
/// Counts and widths at most.
const MAX_SIZE: u64 = 1_000_000_000_000;
/// Outputs at most where targets are not one-hot, and numbers of targets.
const MAX_DENSE: usize = 64;
const MAX_NUMBERS: usize = 1_000_000;

/// The loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    Mse,
    CrossEntropy,
}

/// What the logits should be.
pub enum Targets {
    OneHot,
    /// A column a class.
    Columns(Matrix),
    /// The second moment of one class's targets, by columns.
    Covariance(Matrix),
}

impl Targets {
    /// Bits of the longest number.
    pub fn bits(&self) -> u64 {
        match self {
            Self::OneHot => 1,
            Self::Columns(matrix) | Self::Covariance(matrix) => matrix.bits,
        }
    }
}

/// Finds the file that a case names beside it.
pub type Files<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

impl Value<'_> {
    pub fn number(&self) -> Option<Number> {
        match self {
            Self::Text(text) | Self::Bare(text) => Number::read(text, CASE),
            Self::List(_) => None,
        }
    }

    pub fn positive(&self) -> Option<Number> {
        self.number().filter(Number::is_positive)
    }

    /// A whole number, bare.
    pub fn whole(&self) -> Option<u64> {
        if let Self::Bare(text) = self { whole(text) } else { None }
    }

    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub fn list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// Every item, as something.
    pub fn all<T>(&self, item: impl Fn(&Self) -> Option<T>) -> Option<Vec<T>> {
        self.list()?.iter().map(item).collect()
    }
}

/// Digits without a zero before them.
fn whole(text: &str) -> Option<u64> {
    let plain = text == "0" || !text.starts_with('0');
    if plain && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

pub fn size(n: u64) -> Option<u64> {
    Some(n).filter(|n| (1..=MAX_SIZE).contains(n))
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

/// Counts, outputs, targets, and the hash of the file that they come from.
pub type Goal = (Vec<u64>, usize, Targets, Option<String>);

/// What the samples are and what their logits should be; an error is the key that is not read.
pub fn goal<'a>(
    network: &dyn Fn(&str) -> Option<&'a Value<'a>>,
    loss: Loss,
    files: Files,
) -> Result<Goal, &'static str> {
    let given = match network("counts") {
        Some(value) => Some(counts(value).ok_or("counts")?),
        None => None,
    };
    let columns = |value: &Value| value.all(|column| column.all(Value::number));
    let (smoothing, targets) = (network("smoothing"), network("targets"));
    let samples = network("samples");
    if let Some(moments) = network("covariance") {
        let alone = smoothing.is_none() && targets.is_none() && loss == Loss::Mse;
        let number = |n: &Value| n.whole().and_then(size).map(|n| vec![n]);
        let counts = match (given, samples) {
            (None, Some(n)) => number(n),
            (Some(counts), None) if counts.len() == 1 => Some(counts),
            _ => None,
        };
        let matrix = columns(moments).filter(|m| alone && is_symmetric(m)).ok_or("covariance")?;
        let outputs = matrix.len();
        let matrix = Matrix::of(&matrix);
        if matrix.bits == u64::MAX {
            return Err("covariance");
        }
        return Ok((counts.ok_or("samples")?, outputs, Targets::Covariance(matrix), None));
    }
    if samples.is_some() {
        return Err("samples");
    }
    let (columns, beside) = match (smoothing, targets) {
        (None, None) => {
            let counts = given.ok_or("counts")?;
            return Ok((counts.clone(), counts.len(), Targets::OneHot, None));
        }
        (Some(s), None) => {
            let counts = given.ok_or("counts")?;
            let targets = smoothed(s, counts.len()).ok_or("smoothing")?;
            return Ok((counts.clone(), counts.len(), targets, None));
        }
        (None, Some(Value::Text(name))) => {
            let bytes = Some(*name).filter(|name| table::is_name(name)).and_then(files);
            let bytes = bytes.ok_or("file of targets")?;
            let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            (table::rows(name, &bytes), Some(hash))
        }
        (None, Some(value)) => (columns(value), None),
        (Some(_), Some(_)) => return Err("smoothing"),
    };
    let columns = columns.ok_or("targets")?;
    let counts = given.unwrap_or_else(|| vec![1; columns.len()]);
    let outputs = columns.first().map_or(0, Vec::len);
    let even = columns.len() == counts.len() && columns.iter().all(|c| c.len() == outputs);
    let many = columns.len().saturating_mul(outputs) > MAX_NUMBERS || columns.len() > MAX_CLASSES;
    if !even || many || !(1..=MAX_DENSE).contains(&outputs) {
        return Err("targets");
    }
    let matrix = Matrix::of(&columns);
    let probability =
        |c: &Vec<BigInt>| !c.iter().any(Signed::is_negative) && c.iter().sum::<BigInt>() == matrix.unit;
    if loss == Loss::CrossEntropy && !matrix.columns.iter().all(probability) {
        return Err("targets");
    }
    Ok((counts, outputs, Targets::Columns(matrix), beside))
}

/// Whether some lists are a symmetric matrix of a size that is read.
fn is_symmetric(columns: &[Vec<Number>]) -> bool {
    let even = columns.iter().all(|c| c.len() == columns.len());
    let same =
        |i: usize, j: usize| columns.get(i).and_then(|c| c.get(j)) == columns.get(j).and_then(|c| c.get(i));
    even && (1..=MAX_DENSE).contains(&columns.len()) && (0..columns.len()).all(|i| (0..i).all(|j| same(i, j)))
}

/// `(1 − s) e_k + (s/K) 1` with `0 < s < 1`; one-hot for 0.
fn smoothed(s: &Value, k: usize) -> Option<Targets> {
    let s = s.number().filter(|s| !s.is_negative() && s.top < s.bottom)?;
    if s.is_zero() {
        return Some(Targets::OneHot);
    }
    let (k, unit) = (Some(k).filter(|k| *k <= MAX_DENSE)?, BigInt::from(k) * &s.bottom);
    let own = &unit - &s.top * BigInt::from(k) + &s.top;
    let entry = |i: usize, j: usize| if i == j { own.clone() } else { s.top.clone() };
    let columns = (0..k).map(|j| (0..k).map(|i| entry(i, j)).collect()).collect();
    Some(Targets::Columns(Matrix::over(columns, unit)))
}

/// Weights, adjustments and the weight of the bias; none if one of them is not read.
pub fn terms<'a>(
    network: &dyn Fn(&str) -> Option<&'a Value<'a>>,
    bias: Option<Number>,
    (classes, outputs): (usize, usize),
) -> Option<Terms> {
    let weights = match network("class_weights") {
        Some(value) => Some(value.all(Value::number)?),
        None => None,
    };
    let lists = |key: &str| -> Option<Option<Vec<Vec<Number>>>> {
        let Some(value) = network(key) else { return Some(None) };
        match value.list()?.first() {
            Some(Value::List(_)) => value.all(|column| column.all(Value::number)).map(Some),
            _ => {
                let column = value.all(Value::number)?;
                let many = column.is_empty() || column.len().saturating_mul(classes) > MAX_NUMBERS;
                if many { None } else { Some(Some(vec![column; classes])) }
            }
        }
    };
    Terms::of(weights, [lists("logit_shift")?, lists("logit_scale")?], bias, (classes, outputs))
}
