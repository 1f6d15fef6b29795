//! How the parts of a cell are written in each format.

use crate::exact::{Integer, Rational};
use crate::theory::closed_form::{ClosedForm, Surd};
use num_traits::{One, Signed};

/// The writers of one format.
pub(super) struct Style {
    /// Words, with what the format treats specially escaped.
    pub word: fn(&str) -> String,
    /// A decimal such as `-1.5e-8`.
    pub number: fn(&str) -> String,
    /// A fraction `p/q` as given.
    pub fraction: fn(&str, &str) -> String,
    /// A closed form.
    pub closed: fn(&ClosedForm) -> String,
    /// A value that stands several times.
    pub times: fn(&str, usize) -> String,
    /// Where there is no value.
    pub nothing: &'static str,
    /// Between the values of a list.
    pub separator: &'static str,
}

/// Plain characters: text, Markdown and CSV differ in what they escape.
pub(super) const TEXT: Style = Style {
    word: |text| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
    number: str::to_owned,
    fraction: |p, q| format!("{p}/{q}"),
    closed: |form| closed(form, &PLAIN),
    times: |text, n| format!("{}*{n}", factor(text)),
    nothing: "–",
    separator: ", ",
};

/// A value as it stands before a multiplication sign: sums in parentheses.
pub(super) fn factor(text: &str) -> String {
    let is_sum = [" + ", " - ", " − "].iter().any(|sign| text.contains(sign));
    if is_sum { format!("({text})") } else { text.to_owned() }
}

/// How the parts of a formula are written.
pub(super) struct Formula {
    pub root: fn(&str, u32) -> String,
    pub fraction: fn(&str, &str) -> String,
    pub quartic: fn(&str) -> String,
    pub minus: &'static str,
}

const PLAIN: Formula = Formula {
    root: |x, degree| {
        let sign = match degree {
            2 => "√".to_owned(),
            3 => "∛".to_owned(),
            4 => "∜".to_owned(),
            n => format!("{}√", superscript(n)),
        };
        if x.bytes().all(|b| b.is_ascii_digit()) { format!("{sign}{x}") } else { format!("{sign}({x})") }
    },
    fraction: |p, q| format!("{p}/{q}"),
    quartic: |c| format!("φ({c})"),
    minus: "−",
};

fn superscript(n: u32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    n.to_string().bytes().map(|b| DIGITS[usize::from(b - b'0')]).collect()
}

/// A closed form written with the parts of a format.
pub(super) fn closed(form: &ClosedForm, parts: &Formula) -> String {
    match form {
        ClosedForm::Surd(surd) => sum(surd, parts),
        ClosedForm::Root(surd) => (parts.root)(&sum(surd, parts), 2),
        ClosedForm::Power { radicand, degree } => (parts.root)(&ratio(radicand, parts), *degree),
        ClosedForm::Quartic(c) => (parts.quartic)(&ratio(c, parts)),
    }
}

fn ratio(q: &Rational, parts: &Formula) -> String {
    if q.denom().is_one() {
        q.numer().to_string()
    } else {
        (parts.fraction)(&q.numer().to_string(), &q.denom().to_string())
    }
}

/// `1 − 3√2/100`: the rational part first, then roots of ascending radicands.
fn sum(surd: &Surd, parts: &Formula) -> String {
    let mut out = String::new();
    for (radicand, coefficient) in surd.terms() {
        let sign = match (out.is_empty(), coefficient.is_negative()) {
            (true, false) => String::new(),
            (true, true) => parts.minus.to_owned(),
            (false, false) => " + ".to_owned(),
            (false, true) => format!(" {} ", parts.minus),
        };
        out += &(sign + &term(radicand, &coefficient.abs(), parts));
    }
    if out.is_empty() { "0".to_owned() } else { out }
}

fn term(radicand: &Integer, coefficient: &Rational, parts: &Formula) -> String {
    if radicand.is_one() {
        return ratio(coefficient, parts);
    }
    let root = (parts.root)(&radicand.to_string(), 2);
    let top = if coefficient.numer().is_one() { root } else { format!("{}{root}", coefficient.numer()) };
    if coefficient.denom().is_one() { top } else { (parts.fraction)(&top, &coefficient.denom().to_string()) }
}

/// The command in a comment: on one line, and with nothing that could end the comment.
pub(super) fn on_one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .replace("-->", "--\u{200b}>")
}
