//! Columns of cross-entropy: the simplex frame, the best network known, and what a search found.

use crate::exact::Rational;
use crate::measure::frame::Frame;
use crate::table::{Cell, Spread, Subject};
use crate::theory::Known;
use crate::theory::cross_entropy::{Deep, Finding, Phase, frame_interval_within};

columns! {
    scale "β" "$\\beta$" Case Proven "cross-entropy: scale of the (best) simplex frame's logits"
        => |s| match s.known() {
            Known::Shallow(found) => s.proven_if(found.balanced().map(|c| &c.scale)),
            Known::Deep(found) => s.proven_if(found.simplex.as_ref().map(|f| &f.scale)),
            _ => Cell::Nothing,
        };
    etf "best ETF" "best ETF" Case Proven "cross-entropy, M ≥ 2: objective of the best simplex frame"
        => |s| s.proven_if(deep(s).and_then(|d| d.simplex.as_ref()).map(|f| &f.objective));
    best_known "best known" "best known" Case Proven "cross-entropy, M ≥ 2: objective of the best network known"
        => |s| s.proven_if(deep(s).and_then(|d| d.best.as_ref()).map(|b| &b.objective));
    structure "structure" "structure" Case Words "cross-entropy, M ≥ 2: the code behind the best network known"
        => |s| Cell::words(deep(s).and_then(|d| d.best.as_ref()).map(|b| b.structure.clone()));
    finding "ETF optimal?" "ETF optimal?" Case Words "cross-entropy, M ≥ 2: is every optimum a simplex frame, or zero?"
        => |s| {
            Cell::words(deep(s).map(|d| match d.finding {
                Finding::Refuted => "refuted",
                Finding::Verified => "verified",
                Finding::Open(_) => "open",
            }))
        };
    frame_from "ETF from" "ETF from" Case Proven
        "deep cross-entropy: (Λn)^{1/(M+1)} from which one tree proves the frame optimal…"
        => |s| frame_interval(s, |pulls| &pulls.0);
    frame_to "ETF to" "ETF to" Case Proven "…and up to which; up to 2 percent to both sides of the case's own"
        => |s| frame_interval(s, |pulls| &pulls.1);
    found_rank "rank" "rank" Case Found "cross-entropy: rank of the best logits found"
        => |s| frame(s).map_or(Cell::Nothing, |f| Cell::Whole(f.singular_values.len() as u64));
    found_feature_norm "‖h_k‖" "$\\|h_k\\|$" Class Found "cross-entropy: norms of the best features found"
        => |s| floats(frame(s).map(|f| Frame::norms(&f.features)));
    found_classifier_norm "‖w_k‖" "$\\|w_k\\|$" Class Found "cross-entropy: norms of the best classifier rows found"
        => |s| floats(frame(s).map(|f| Frame::norms(&f.classifier)));
    found_feature_cosine "cos h" "$\\cos(h_j,h_k)$" Case FoundNumbers "cross-entropy: least and greatest cosine of the class means found"
        => |s| {
            let Some(f) = frame(s) else { return Cell::Nothing };
            let k = f.features.len();
            let all = (0..k)
                .flat_map(|i| (0..i).map(move |j| (i, j)))
                .map(|(i, j)| Frame::cosine(&f.features, i, j));
            Spread::of(all).map_or(Cell::Nothing, |x| {
                floats(Some(if x.is_spread() { vec![x.least, x.greatest] } else { vec![x.least] }))
            })
        };
}

fn deep<'a>(s: &'a Subject) -> Option<&'a Deep> {
    match s.known() {
        Known::Deep(found) => Some(found),
        _ => None,
    }
}

/// An end of the interval that one proof covers, as wide as it closes.
fn frame_interval(s: &Subject, end: impl Fn(&(Rational, Rational)) -> &Rational) -> Cell {
    let framed = deep(s).is_some_and(|d| d.phase() == Phase::Frame);
    let interval = |percent| frame_interval_within(s.problem(), percent);
    let found = framed.then(|| [2, 1, 0].into_iter().find_map(interval)).flatten();
    found.map_or(Cell::Nothing, |pulls| s.proven(&end(&pulls).clone().into()))
}

/// The measured geometry of cross-entropy's optimum, or of the best network known.
fn frame(s: &Subject) -> Option<Frame> {
    s.known().network().map(|point| Frame::of(s.problem(), point))
}

fn floats(all: Option<Vec<f64>>) -> Cell {
    all.map_or(Cell::Nothing, |all| Cell::list(all.into_iter().map(|x| (Cell::measured([x]), 1))))
}
