//! A wish in words, as a claim, and in the case file of an answer.

use crate::case::{ClaimText, Expect, Targets, Training, Uniqueness, Verdict, Writing};
use crate::design::{Factor, Found, Request, Wish};
use crate::exact::{Rational, exact_text_of};

/// A bound that somebody wrote: the decimal they meant, or a fraction.
fn bound_text(q: &Rational) -> String {
    exact_text_of(q, WRITTEN_DIGITS)
}

/// Bounds of up to this many digits are written as decimals.
const WRITTEN_DIGITS: usize = 40;

/// A request's wish in the notation of the theory.
pub(super) fn wish_text(request: &Request, wish: &Wish) -> String {
    let of = |class: &Option<usize>, one: &str, relation: &str, bound: &Rational| match class {
        Some(k) => format!("{} {relation} {}", one.replace('k', &(k + 1).to_string()), bound_text(bound)),
        None => format!("every {one} {relation} {}", bound_text(bound)),
    };
    match wish {
        Wish::NoCollapse if has_classes(request) => "no class is lost".to_owned(),
        Wish::NoCollapse => "no mode is lost".to_owned(),
        Wish::Margin { class: None, floor } => format!("every margin ≥ {}", bound_text(floor)),
        Wish::Margin { class: Some(k), floor } => {
            format!("margin of class {} ≥ {}", k + 1, bound_text(floor))
        }
        Wish::FeatureNorm { class, cap } => of(class, "‖h_k‖", "≤", cap),
        Wish::ClassifierNorm { class, cap } => of(class, "‖w_k‖", "≤", cap),
        Wish::FactorNorm { factor, cap } => format!("‖{factor}‖ ≤ {}", bound_text(cap)),
        Wish::Fixed { factor, weight } => format!("{} = {}", weight_name(*factor), bound_text(weight)),
    }
}

/// Whether outputs are classes, whose margins and norms say something.
pub(super) fn has_classes(request: &Request) -> bool {
    *request.network().targets() == Targets::OneHot
}

fn weight_name(factor: Factor) -> String {
    match factor.0 {
        0 => "λ_H".to_owned(),
        l => format!("λ_{l}"),
    }
}

/// A wish as a claim that `check` judges; `None` where the weights themselves say it.
fn claim(wish: &Wish) -> Option<(&'static str, String)> {
    let every = |class: &Option<usize>, text: &dyn Fn(&str) -> String| match class {
        Some(k) => text(&(k + 1).to_string()),
        None => format!("forall k in classes: {}", text("k")),
    };
    Some(match wish {
        Wish::NoCollapse => ("no class is lost", "active = mode_count".to_owned()),
        Wish::Margin { class, floor } => {
            ("margin", every(class, &|k| format!("entry(logits, {k}, {k}) >= {}", bound_text(floor))))
        }
        Wish::FeatureNorm { class, cap } => {
            ("feature norm", every(class, &|k| format!("norm(h[{k}]) <= {}", bound_text(cap))))
        }
        Wish::ClassifierNorm { class, cap } => {
            ("classifier norm", every(class, &|k| format!("norm(w[{k}]) <= {}", bound_text(cap))))
        }
        Wish::FactorNorm { factor, cap } => {
            let factor = match factor.0 {
                0 => "H".to_owned(),
                l => format!("W({l})"),
            };
            ("factor norm", format!("norm({factor}) <= {}", bound_text(cap)))
        }
        Wish::Fixed { .. } => return None,
    })
}

/// A case file with the weights found; its claims are the wishes.
pub fn case_file(request: &Request, found: &Found) -> String {
    let claims = request.wishes().iter().enumerate().filter_map(|(i, asked)| {
        let (id, text) = claim(&asked.wish)?;
        Some(ClaimText { id: format!("wish {}: {id}", i + 1), text, span: None })
    });
    Writing {
        note: None,
        title: "Regularisation from wishes",
        source: Some("tightframe design"),
        problem: &found.prediction.problem.draft(),
        training: &Training::default(),
        expect: &Expect {
            verdict: Some(Verdict::Verified),
            optimum: Some(Uniqueness::Unique),
            kept: Some(request.modes() as u64),
            ..Expect::default()
        },
        claims: &claims.collect::<Vec<_>>(),
    }
    .text()
}
