//! One cell: a value that knows how it is known.

use super::style::Style;
use crate::exact::{Enclosure, Rational, decimal, exact_text, read_rational, whole};
use crate::theory::closed_form::ClosedForm;
use std::cmp::Ordering;

/// A value of a table.
#[derive(Debug, Clone)]
pub enum Cell {
    /// The column makes no sense here, or nothing is known.
    Nothing,
    /// Words.
    Word(String),
    /// A whole number.
    Whole(u64),
    /// A rational as the case gives it.
    Given(Rational),
    /// Proven: printed with proven digits only.
    Proven(Enclosure),
    /// Proven, in closed form.
    Closed(ClosedForm),
    /// Proven to lie between two decimals.
    Between {
        /// Not above the value.
        lower: String,
        /// Not below the value.
        upper: String,
    },
    /// Measured.
    Measured(Spread),
    /// Several values, each with the number of times it stands.
    List(Vec<(Cell, usize)>),
}

/// Measured values of several runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The middle one; of an even number the lower of the two.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
}

impl Spread {
    /// The spread of some values; `None` if there is none that is a number.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut all: Vec<f64> = values.into_iter().filter(|x| !x.is_nan()).collect();
        all.sort_by(f64::total_cmp);
        let (least, greatest) = (*all.first()?, *all.last()?);
        Some(Self { median: all[(all.len() - 1) / 2], least, greatest })
    }

    /// Whether the values differ.
    pub fn is_spread(&self) -> bool {
        self.least != self.greatest
    }
}

/// Significant digits of a measured number where it is printed.
const MEASURED_DIGITS: usize = 3;

/// A measured number as it is printed; plain between a thousandth and a million, with an exponent elsewhere.
pub(super) fn measured(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return if x == 0.0 { "0".to_owned() } else { format!("{x}") };
    }
    let scientific = format!("{x:.*e}", MEASURED_DIGITS - 1);
    let exponent = scientific.split_once('e').and_then(|(_, e)| e.parse::<i64>().ok()).unwrap_or(0);
    match exponent {
        -3..=2 => format!("{x:.*}", (MEASURED_DIGITS as i64 - 1 - exponent) as usize),
        3..=5 => read_rational(&scientific).map_or(scientific, |q| q.to_string()),
        _ => scientific,
    }
}

impl Cell {
    /// A list; nothing if it is empty, its only value if there is one.
    pub fn list(all: impl IntoIterator<Item = (Cell, usize)>) -> Self {
        Self::List(all.into_iter().collect())
    }

    /// Words where there are some.
    pub fn words(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Nothing, |text| Self::Word(text.into()))
    }

    /// A measured number where there is one.
    pub fn measured(values: impl IntoIterator<Item = f64>) -> Self {
        Spread::of(values).map_or(Self::Nothing, Self::Measured)
    }

    /// Whether a test holds for the cell or for a value in its list.
    pub fn any(&self, test: &dyn Fn(&Cell) -> bool) -> bool {
        test(self) || matches!(self, Self::List(all) if all.iter().any(|(cell, _)| cell.any(test)))
    }

    /// The one decimal that the cell is, if it is one: what can be aligned at its point.
    pub(super) fn number(&self, digits: usize) -> Option<String> {
        match self {
            Self::Whole(n) => Some(n.to_string()),
            Self::Given(q) => Some(exact_text(q)).filter(|text| !text.contains('/')),
            Self::Proven(x) => Some(decimal(x, digits)),
            Self::Measured(s) if !s.is_spread() => Some(measured(s.median)).filter(|t| !t.contains("inf")),
            Self::List(all) => match &all[..] {
                [(cell, 1)] => cell.number(digits),
                _ => None,
            },
            _ => None,
        }
    }

    /// The cell in a style.
    pub(super) fn written(&self, style: &Style, digits: usize) -> String {
        let number = |text: &str| (style.number)(text);
        match self {
            Self::Nothing => style.nothing.to_owned(),
            Self::Word(text) => (style.word)(text),
            Self::Whole(n) => number(&n.to_string()),
            Self::Given(q) => match exact_text(q).split_once('/') {
                None => number(&exact_text(q)),
                Some((p, q)) => (style.fraction)(p, q),
            },
            Self::Proven(x) => number(&decimal(x, digits)),
            Self::Closed(form) => (style.closed)(form),
            Self::Between { lower, upper } => format!("[{}, {}]", number(lower), number(upper)),
            Self::Measured(s) if !s.is_spread() => number(&measured(s.median)),
            Self::Measured(_) => self.parts(style, digits).join(" "),
            Self::List(_) => self.parts(style, digits).join(style.separator),
        }
    }

    /// What may stand in lines below each other: the values of a list, equal ones together; a median and its ends.
    pub(super) fn parts(&self, style: &Style, digits: usize) -> Vec<String> {
        let number = |x: f64| (style.number)(&measured(x));
        match self {
            Self::Measured(s) if s.is_spread() => {
                vec![number(s.median), format!("[{},", number(s.least)), format!("{}]", number(s.greatest))]
            }
            Self::List(all) if !all.is_empty() => {
                let mut runs: Vec<(String, usize)> = Vec::new();
                for (cell, times) in all {
                    let text = cell.written(style, digits);
                    match runs.last_mut().filter(|(last, _)| *last == text) {
                        Some((_, n)) => *n += times,
                        None => runs.push((text, *times)),
                    }
                }
                let run = |(text, n): (String, usize)| if n == 1 { text } else { (style.times)(&text, n) };
                runs.into_iter().map(run).collect()
            }
            Self::List(_) => vec![style.nothing.to_owned()],
            one => vec![one.written(style, digits)],
        }
    }

    /// The middle of the value as a rational, for sorting.
    fn value(&self) -> Option<Rational> {
        match self {
            Self::Whole(n) => Some(whole(*n)),
            Self::Given(q) => Some(q.clone()),
            Self::Proven(x) => Some(x.middle()),
            Self::Between { lower, .. } => read_rational(lower).ok(),
            Self::Measured(s) => Rational::from_float(s.median),
            _ => None,
        }
    }

    /// The order of two cells of a column: numbers by value, words by letters, lists by their first difference.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::List(a), Self::List(b)) => {
                let first = a.iter().zip(b).map(|((x, n), (y, m))| x.compare(y).then(n.cmp(m)));
                first.into_iter().find(|o| *o != Ordering::Equal).unwrap_or(a.len().cmp(&b.len()))
            }
            (Self::Word(a), Self::Word(b)) => a.cmp(b),
            (Self::Closed(a), Self::Closed(b)) if a == b => Ordering::Equal,
            _ => match (self.value(), other.value()) {
                (Some(a), Some(b)) => a.cmp(&b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_numbers_have_three_digits() {
        for (x, text) in [
            (0.0, "0"),
            (1.23456e-12, "1.23e-12"),
            (0.0012344, "0.00123"),
            (0.99999, "1.00"),
            (12.345, "12.3"),
            (1850.0, "1850"),
            (123456.0, "123000"),
            (-0.5, "-0.500"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(measured(x), text);
        }
    }

    #[test]
    fn a_spread_keeps_its_ends_and_drops_what_is_no_number() {
        let s = Spread::of([3.0, f64::NAN, 1.0, 2.0]).unwrap();
        assert_eq!((s.median, s.least, s.greatest), (2.0, 1.0, 3.0));
        assert!(Spread::of([f64::NAN]).is_none());
    }
}
