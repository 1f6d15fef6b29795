//! The leading order of vanishing regularisation, as docs/deep-cross-entropy.md tables it: the least `Σ σ_i(Z)^{2/L}`
//! over the structured codes, scaled so that every class beats every other by 1.
//!
//! `LEADING=write cargo test --lib leading` writes the tables anew.

use super::codes::{Start, starts};
use crate::case::Bias;
use crate::float::singular_values;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/deep-cross-entropy.md");
/// Sums closer than this, relatively, are taken for equal.
const TIE: f64 = 1e-9;

/// Singular values at the margin 1; `None` if some class does not win.
fn spectrum(start: &Start) -> Option<Vec<f64>> {
    let (z, b) = (&start.logits, &start.bias);
    let k = b.len();
    let mut margin = f64::INFINITY;
    for class in 0..k {
        for other in (0..k).filter(|other| *other != class) {
            margin = margin.min(z[(class, class)] + b[class] - z[(other, class)] - b[other]);
        }
    }
    let values = singular_values(z.as_ref())?;
    let largest = values.iter().copied().fold(0.0, f64::max);
    (margin > 1e-9 * largest)
        .then(|| values.iter().filter(|s| **s > 1e-9 * largest).map(|s| s / margin).collect())
}

/// The least sum for each depth, with the code's words; of equal ones the first.
fn least(k: usize, bias: Bias) -> Vec<(f64, String)> {
    let found: Vec<(Vec<f64>, String)> =
        starts(k, bias, 2_000, 0).into_iter().filter_map(|s| Some((spectrum(&s)?, s.structure))).collect();
    let of = |depth: usize| {
        let p = 2.0 / (depth as f64 + 1.0);
        let sum = |values: &[f64]| values.iter().map(|s| libm::pow(*s, p)).sum::<f64>();
        let frame = ((k - 1) as f64, "ETF".to_owned());
        found
            .iter()
            .map(|(values, words)| (sum(values), words.clone()))
            .fold(frame, |best, next| if next.0 < best.0 * (1.0 - TIE) { next } else { best })
    };
    (1..=8).map(of).collect()
}

fn table(bias: Bias) -> String {
    let mut out =
        "| K | M = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 |\n|---|---|---|---|---|---|---|---|---|\n".to_owned();
    for k in 2..=12 {
        let cell = |(sum, words): &(f64, String)| format!(" {sum:.4} {words} |");
        out += &format!("| {k} |{}\n", least(k, bias).iter().map(cell).collect::<String>());
    }
    out
}

/// The page's tables are what this file computes.
#[test]
fn leading_order_is_on_the_page() {
    let mut page = std::fs::read_to_string(PAGE).unwrap();
    for (bias, words) in [(Bias::None, "without a bias"), (Bias::LastLayer, "with a bias")] {
        let (open, close) = (format!("<!-- leading order {words} -->\n"), "<!-- end -->\n");
        let start = page.find(&open).expect("the page has the table") + open.len();
        let end = start + page[start..].find(close).expect("the table ends");
        let made = table(bias);
        if std::env::var_os("LEADING").is_some_and(|word| word == "write") {
            page.replace_range(start..end, &made);
        } else {
            assert_eq!(&page[start..end], made, "LEADING=write cargo test --lib leading");
        }
    }
    if std::env::var_os("LEADING").is_some() {
        std::fs::write(PAGE, page).unwrap();
    }
}

/// The frame is least for one layer, for which it is proved, and for two classes; a line of three with the bias ties
/// with the frame at three layers, pairs beat it from six classes on at two.
#[test]
fn leading_orders_known_by_hand() {
    for bias in [Bias::None, Bias::LastLayer] {
        for k in 2..=12 {
            assert!((least(k, bias)[0].0 - (k - 1) as f64).abs() < 1e-9);
        }
        assert!(least(2, bias).iter().all(|(sum, _)| (sum - 1.0).abs() < 1e-9));
        assert!((least(6, bias)[1].0 - 3.0 * libm::cbrt(4.0)).abs() < 1e-9);
    }
    assert!((least(3, Bias::LastLayer)[3].0 - libm::pow(4.0, 0.4)).abs() < 1e-9);
}
