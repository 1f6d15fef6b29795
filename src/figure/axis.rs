//! Axes: a range, linear or logarithmic, with its ticks.

use super::words::log10;

/// An axis.
#[derive(Debug, Clone)]
pub struct Axis {
    /// What it measures, with its unit.
    pub label: String,
    /// The range, in common logarithms if it is logarithmic.
    range: (f64, f64),
    logarithmic: bool,
    ticks: Vec<Tick>,
}

/// A place on an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Position from 0 to 1.
    pub at: f64,
    /// Label; empty for a place between labelled ones.
    pub label: String,
    /// Whether a grid line stands here: at places with a label, or beside another panel's.
    pub major: bool,
}

impl Tick {
    fn new(at: f64, label: String) -> Self {
        Self { at, major: !label.is_empty(), label }
    }
}

/// Most labelled decades.
const DECADES: f64 = 7.0;

impl Axis {
    /// A linear axis over a range that is not empty.
    pub fn linear(label: &str, low: f64, high: f64) -> Self {
        let (low, high) = widened(low, high);
        let mut axis =
            Self { label: label.to_owned(), range: (low, high), logarithmic: false, ticks: Vec::new() };
        let rough = (high - low) / 5.0;
        let decade = libm::pow(10.0, log10(rough).floor());
        let step =
            decade * [1.0, 2.0, 5.0, 10.0].into_iter().find(|s| s * decade >= rough * 0.9).unwrap_or(10.0);
        let places = (-log10(step)).ceil().clamp(0.0, 12.0) as usize;
        let slack = step * 1e-9;
        let first = ((low - slack) / step).ceil();
        for i in 0..20 {
            let value = (first + f64::from(i)) * step;
            if value > high + slack {
                break;
            }
            axis.ticks.push(Tick::new(axis.at(value), minus(&format!("{value:.places$}"))));
        }
        axis
    }

    /// A logarithmic axis over a positive range.
    pub fn logarithmic(label: &str, low: f64, high: f64) -> Self {
        let (low, high) = widened(log10(low.max(1e-300)), log10(high.max(1e-300)));
        let mut axis =
            Self { label: label.to_owned(), range: (low, high), logarithmic: true, ticks: Vec::new() };
        let every = ((high - low) / DECADES).ceil().max(1.0) as i64;
        let wide = high - low > 2.2;
        let plain = low > -3.3 && high < 4.3;
        for decade in (low - 1e-9).floor() as i64..=(high + 1e-9).ceil() as i64 {
            for digit in 1..10u8 {
                let place = decade as f64 + log10(f64::from(digit));
                if place < low - 1e-9 || place > high + 1e-9 || (every > 1 && digit > 1) {
                    continue;
                }
                let labelled = match digit {
                    1 => decade.rem_euclid(every) == 0,
                    2 | 5 => !wide,
                    _ => false,
                };
                let label = match (labelled, digit) {
                    (false, _) => String::new(),
                    (true, _) if plain => plainly(digit, decade),
                    (true, 1) => power_of_ten(decade),
                    (true, _) => format!("{digit}·{}", power_of_ten(decade)),
                };
                axis.ticks.push(Tick::new((place - low) / (high - low), label));
            }
        }
        axis
    }

    /// An axis of `names`, one slot each.
    pub fn slots(label: &str, names: &[String]) -> Self {
        let number = names.len().max(1) as f64;
        let ticks = names.iter().enumerate();
        let ticks = ticks.map(|(i, n)| Tick::new((i as f64 + 0.5) / number, n.clone())).collect();
        Self { label: label.to_owned(), range: (-0.5, number - 0.5), logarithmic: false, ticks }
    }

    /// The same axis without words, beside one that has them.
    pub fn silent(&self) -> Self {
        let ticks = self.ticks.iter().map(|t| Tick { label: String::new(), ..t.clone() }).collect();
        Self { label: String::new(), ticks, ..self.clone() }
    }

    /// The same axis with at most this many labels.
    pub fn thinned(&self, most: usize) -> Self {
        let mut axis = self.clone();
        let number = axis.ticks.iter().filter(|t| !t.label.is_empty()).count();
        let every = number.div_ceil(most.max(1)).max(1);
        let labelled = axis.ticks.iter_mut().filter(|t| !t.label.is_empty()).enumerate();
        labelled.filter(|(i, _)| i % every != 0).for_each(|(_, t)| *t = Tick::new(t.at, String::new()));
        axis
    }

    /// Position of a value, 0 to 1 within the range; not finite where the value has no place.
    pub fn at(&self, value: f64) -> f64 {
        let (low, high) = self.range;
        let value = match self.logarithmic {
            true if value <= 0.0 => return f64::NEG_INFINITY,
            true => log10(value),
            false => value,
        };
        (value - low) / (high - low)
    }

    /// Ticks, lowest first.
    pub fn ticks(&self) -> &[Tick] {
        &self.ticks
    }
}

fn widened(low: f64, high: f64) -> (f64, f64) {
    if low.is_finite() && high.is_finite() && high - low > 1e-12 * low.abs().max(high.abs()).max(1e-290) {
        return (low, high);
    }
    let low = if low.is_finite() { low } else { 0.0 };
    (low - 0.5, low + 0.5)
}

/// A number's text with a true minus.
fn minus(text: &str) -> String {
    let zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    let text = if zero { text.trim_start_matches('-') } else { text };
    text.replace('-', "−")
}

/// `digit · 10^decade` as a plain decimal.
fn plainly(digit: u8, decade: i64) -> String {
    let zeros = "0".repeat(decade.unsigned_abs() as usize);
    match decade {
        0.. => format!("{digit}{zeros}"),
        _ => format!("0.{}{digit}", &zeros[1..]),
    }
}

/// `10⁻³`.
pub fn power_of_ten(exponent: i64) -> String {
    if exponent == 0 {
        return "1".to_owned();
    }
    if exponent == 1 {
        return "10".to_owned();
    }
    let digits = exponent.to_string();
    let raised = digits.chars().map(|c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        c => char::from_u32(0x2070 + c.to_digit(10).unwrap_or(0)).unwrap_or(c),
    });
    std::iter::once("10".to_owned()).chain(raised.map(String::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks().iter().map(|t| t.label.as_str()).filter(|l| !l.is_empty()).collect()
    }

    #[test]
    fn ticks_stand_at_round_numbers() {
        assert_eq!(labels(&Axis::linear("", 0.0, 1.0)), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&Axis::linear("", -30.0, 70.0)), ["−20", "0", "20", "40", "60"]);
        assert_eq!(labels(&Axis::logarithmic("", 1e-3, 10.0)), ["0.001", "0.01", "0.1", "1", "10"]);
        assert_eq!(labels(&Axis::logarithmic("", 1.0, 30.0)), ["1", "2", "5", "10", "20"]);
        let wide = Axis::logarithmic("", 1e-14, 1e6);
        assert!((4..=8).contains(&labels(&wide).len()), "{:?}", labels(&wide));
    }

    #[test]
    fn empty_and_endless_ranges_have_a_place_for_everything() {
        for axis in
            [Axis::linear("", 3.0, 3.0), Axis::linear("", f64::NAN, 1.0), Axis::logarithmic("", 1.0, 1.0)]
        {
            assert!(axis.at(3.0).is_finite() && !axis.ticks().is_empty());
        }
    }
}
