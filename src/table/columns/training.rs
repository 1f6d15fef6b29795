//! Columns that training measures.

use crate::table::{Cell, Subject};
use crate::verdict::{Outcome, StartKind};

columns! {
    verdict "verdict" "verdict" Case Words "verified, refuted or undecided, as `check` says"
        => |s| Cell::Word(s.verdict().word().to_owned());
    as_expected "as expected" "as expected" Case Words "whether the case's [expect] section is met"
        => |s| Cell::Word(if s.disagreements().is_empty() { "yes" } else { "no" }.to_owned());
    attained "attained" "attained" Case RanWords "random starts that reached the optimum"
        => |s| Cell::words(s.runs().map(|r| r.attained_of()));
    outcomes "outcomes" "outcomes" Case RanWords "where the runs ended, the start near the optimum apart"
        => outcomes;
    reached "f" "$f$" Case Spread "objective at the end of the random starts' runs"
        => |s| s.spread(|r| r.objective);
    gap "gap" "gap" Case Spread "relative gap to the optimum at the end"
        ["Gap: (f − f*)/f* at the end of a run."]
        => |s| s.spread(|r| r.relative_gap);
    gradient_norm "‖∇f‖" "$\\|\\nabla f\\|$" Case Spread "gradient norm at the end"
        => |s| s.spread(|r| r.gradient_norm);
    flow_time "flow time" "flow time" Case Spread "time along the flow"
        => |s| s.spread(|r| r.flow_time);
    evaluations "gradients" "gradients" Case Spread "gradient evaluations of one run"
        => |s| s.spread(|r| r.evaluations as f64);
    total_evaluations "all gradients" "all gradients" Case RanWhole "gradient evaluations of all runs together"
        => |s| s.runs().map_or(Cell::Nothing, |r| Cell::Whole(r.runs.iter().map(|r| r.evaluations).sum()));
    nc1 "NC1" "NC1" Case Spread "within-class variability, ratio of traces"
        ["NC1: tr Σ_W / tr Σ_B, class means against the mean over all samples."]
        => |s| s.spread(|r| r.metrics.nc1_traces);
    nc1_pinv "NC1 pinv" "NC1 pinv" Case Spread "within-class variability with the pseudo-inverse"
        ["NC1 with pseudo-inverse: tr(Σ_W Σ_B⁺)/K, Σ_B cut at its numerical rank."]
        => |s| s.spread(|r| r.metrics.nc1);
    nc2 "NC2" "NC2" Case Spread "residual against the predicted Gram matrices"
        ["NC2: the larger residual of the Gram matrices of classifier and features against the predicted ones, Frobenius-normalised."]
        => |s| s.spread(|r| worst(r.metrics.nc2_classifier, r.metrics.nc2_features));
    nc3 "NC3" "NC3" Case Spread "residual against the predicted alignment"
        ["NC3: the larger residual of the logits, and of W_M⋯W_1 against its predicted multiple of H̄ᵀ."]
        => |s| s.spread(|r| worst(r.metrics.nc3_logits, r.metrics.nc3_duality));
    nrc1 "NRC1" "NRC1" Case Spread "regression collapse: features outside the span of their first K principal components"
        ["NRC1: mean squared distance of normalised features from the span of the first K principal components."]
        => |s| s.spread(|r| r.regression.map_or(f64::NAN, |x| x.nrc1));
    nrc2 "NRC2" "NRC2" Case Spread "regression collapse: features outside the row space of W_M⋯W_1"
        ["NRC2: mean squared distance of normalised features from the row space of W_M⋯W_1."]
        => |s| s.spread(|r| r.regression.map_or(f64::NAN, |x| x.nrc2));
    nrc3 "NRC3" "NRC3" Case Spread "regression collapse, one layer: WWᵀ against Σ^{1/2} − √γ I, γ = NΛ"
        ["NRC3: squared distance of WWᵀ from Σ^{1/2} − √γ I, γ = NΛ, both Frobenius-normalised; M = 1."]
        => |s| s.spread(|r| r.regression.map_or(f64::NAN, |x| x.nrc3));
}

fn worst(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// `global*2, local-minimum; near the optimum: global`.
fn outcomes(s: &Subject) -> Cell {
    let Some(runs) = s.runs() else { return Cell::Nothing };
    let of = |start: StartKind| {
        let count = |o: &Outcome| runs.runs.iter().filter(|r| r.start == start && r.outcome == *o).count();
        let counted = Outcome::ALL.iter().map(|o| (o.word(), count(o))).filter(|(_, n)| *n > 0);
        let words = counted.map(|(word, n)| if n == 1 { word.to_owned() } else { format!("{word}*{n}") });
        words.collect::<Vec<_>>().join(", ")
    };
    let near = of(StartKind::NearOptimum);
    let near = if near.is_empty() { near } else { format!("; near the optimum: {near}") };
    Cell::Word(of(StartKind::Random) + &near)
}
