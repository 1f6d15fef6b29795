//! A verification as text: what the runs say together, where each ended, and what was measured there.

use super::Page;
use super::number::counted;
use super::problem::heading;
use super::table::{Align, Table};
use crate::exact::decimal;
use crate::flow::Stop;
use crate::measure::paper::PaperMetrics;
use crate::study::Study;
use crate::theory::landscape::Choice;
use crate::theory::{Known, OptimalMode, Optimum};
use crate::verdict::{Ending, Outcome, RunReport, StartKind, Structure, Verdict, Verification};

/// Bits of the predicted rate.
const TAIL_BITS: u32 = 64;

/// Where a run ended that found it.
const OPTIMUM: &str = "the optimum";

/// Where a run ended, in words.
pub fn ending(run: &RunReport, known: &Known) -> String {
    match (&run.ending, known.optimum()) {
        (Ending::Modes(Some(point)), Some(optimum)) => at_point(run, point, optimum),
        (Ending::Modes(_), _) => match run.stop {
            Stop::AtRest => "at rest away from every known critical point".to_owned(),
            stop => format!("{} before any critical point", stop.word()),
        },
        (Ending::Logits(structure), _) => shape(structure),
    }
}

/// What a run reached and lost.
fn at_point(run: &RunReport, point: &[Choice], optimum: &Optimum) -> String {
    if run.outcome == Outcome::Global {
        return OPTIMUM.to_owned();
    }
    let counts = |of: &dyn Fn(usize, usize) -> usize| -> Vec<(&OptimalMode, usize)> {
        let all = point.iter().zip(&optimum.modes).map(|(choice, m)| (m, of(choice.upper, m.kept)));
        all.filter(|(_, number)| *number > 0).collect()
    };
    let lost = counts(&|active, kept| kept.saturating_sub(active));
    let extra = counts(&|active, kept| active.saturating_sub(kept));
    let mut parts = Vec::new();
    if !lost.is_empty() {
        parts.push(format!("loses {}", modes(&lost, true)));
    }
    if !extra.is_empty() {
        parts.push(format!("keeps in excess {}", modes(&extra, false)));
    }
    if parts.is_empty() { format!("near the optimum, {}", run.stop.word()) } else { parts.join("; ") }
}

/// Distinct targets are named one by one up to so many.
const NAMED: usize = 2;

/// Modes by their targets, largest first: `13 modes, μ = 61 … 19`.
fn modes(all: &[(&OptimalMode, usize)], of_kept: bool) -> String {
    let μ = |m: &OptimalMode| decimal(&m.mode.block.target_sq, 6);
    match all {
        [(first, _), .., (last, _)] if all.len() > NAMED => {
            let number: usize = all.iter().map(|(_, number)| number).sum();
            format!("{}, μ = {} … {}", counted(number as u64, "mode"), μ(first), μ(last))
        }
        _ => {
            let of = |m: &OptimalMode| if of_kept { format!(" of {}", m.kept) } else { String::new() };
            let one = |(m, number): &(&OptimalMode, usize)| format!("{number}{} at μ = {}", of(m), μ(m));
            all.iter().map(one).collect::<Vec<_>>().join(", ")
        }
    }
}

/// What the logits are.
fn shape(s: &Structure) -> String {
    let shape = match (s.singular_values.len(), s.is_simplex) {
        (0, _) => "zero".to_owned(),
        (rank, true) => format!("simplex frame, rank {rank}"),
        (rank, false) => format!("rank {rank}"),
    };
    match s.relative_to_simplex {
        Some(ratio) => format!("{shape}, {ratio:.6} of the best frame"),
        None => shape,
    }
}

/// The two statements: whether the prediction stands, and whether training found it.
pub fn statements(known: &Known, v: &Verification) -> String {
    let below = v.runs.iter().any(|r| r.outcome == Outcome::Refutes);
    let stands = match (known.statement(), v.verdict) {
        (_, Verdict::Refuted) if below => "a run fell below the proven lower bound".to_owned(),
        (Some(id), Verdict::Verified) => format!("{id} stands: every optimum is a simplex frame, or zero"),
        (Some(id), Verdict::Refuted) => format!("{id} is false here: a better network is proven"),
        (Some(id), Verdict::Undecided) => format!("{id} is neither proved nor refuted here"),
        (None, Verdict::Verified) => {
            "the prediction stands: a run reached the optimum, none fell below it".to_owned()
        }
        (None, _) => {
            "the prediction is not confirmed: no run reached the optimum, none fell below it".to_owned()
        }
    };
    let it = if known.statement().is_some() { "the best network known" } else { "it" };
    let beside = v.runs.iter().any(|r| r.start == StartKind::NearOptimum && r.outcome.is_best());
    let starts = counted(v.random().count() as u64, "random start");
    let found = match (v.attained, beside) {
        (0, true) => format!("found {it} from none of {starts}, only from a start beside it"),
        (0, false) => format!("found {it} from none of {starts}"),
        (n, _) => format!("found {it} from {n} of {starts}"),
    };
    format!("{:9}  {stands}\ntraining   {found}\n", v.verdict.word())
}

/// What residuals are taken against.
fn against(known: &Known) -> &'static str {
    match known {
        Known::SquaredError(_) => "the predicted matrices",
        _ => "the measured geometry of the best point",
    }
}

/// The cells of a run, for [`runs`].
pub fn row(r: &RunReport) -> Vec<String> {
    vec![
        r.seed.to_string(),
        r.start.brief().to_owned(),
        r.outcome.word().to_owned(),
        format!("{:.1e}", r.relative_gap),
        format!("{:.1e}", r.metrics.nc1_traces),
        format!("{:.1e}", r.metrics.nc2_classifier.max(r.metrics.nc2_features)),
        format!("{:.1e}", r.metrics.nc3_logits.max(r.metrics.nc3_duality)),
        r.evaluations.to_string(),
        r.chebyshev_bound.map_or("–".to_owned(), |bound| format!("{bound:.0}")),
    ]
}

/// A run with the point where it ended, in words; `None` for the optimum.
pub fn elsewhere(r: &RunReport, known: &Known) -> Option<String> {
    let ended = ending(r, known);
    (ended != OPTIMUM).then(|| format!("{}: {}, {ended}", r.start.described(r.seed), r.outcome.word()))
}

/// The columns of [`runs`], as [`row`] fills them.
const RUN_COLUMNS: [(&str, Align); 9] = [
    ("seed", Align::Right),
    ("start", Align::Left),
    ("outcome", Align::Left),
    ("gap", Align::Right),
    ("NC1", Align::Right),
    ("NC2", Align::Right),
    ("NC3", Align::Right),
    ("gradients", Align::Right),
    ("√(ρT)", Align::Right),
];

/// Runs in a table.
pub fn runs(rows: Vec<Vec<String>>) -> Table {
    Table::new(&RUN_COLUMNS, rows)
}

/// Runs in a table without metrics.
fn plain_runs(verification: &Verification) -> Table {
    let is_metric = |i: usize| (4..7).contains(&i);
    let cells = |r: &RunReport| {
        row(r).into_iter().enumerate().filter(|(i, _)| !is_metric(*i)).map(|(_, cell)| cell).collect()
    };
    let columns: Vec<_> = RUN_COLUMNS
        .into_iter()
        .enumerate()
        .filter(|(i, _)| !is_metric(*i))
        .map(|(_, column)| column)
        .collect();
    Table::new(&columns, verification.runs.iter().map(cells).collect())
}

/// What is said where there is nothing to compare runs with.
#[cfg(feature = "cli")]
pub const WITHOUT_RUNS: &str = "undecided  nothing is proved that runs could be compared with\n";

/// What follows the statements in the text form: the problem and its runs.
pub fn details(study: &Study, verification: &Verification, residuals: bool) -> Page {
    let known = study.known();
    let mut out = Page::from(format!("\n{}\n", heading(study.case().title(), study.problem())));
    out += &match &verification.objective {
        Some(objective) => format!("objective  {}  (proven)\n", decimal(objective, 12)),
        None => "objective  open\n".to_owned(),
    };
    if let Known::Deep(found) = known
        && let Some((floor, cells)) = found.floor()
    {
        let least = decimal(&floor.clone().into(), 12);
        out += &format!("optimum    at least {least}  (a tree of {cells} cells)\n");
    }
    if verification.equal_samples {
        out += "starts     samples of a class start equal (and stay equal): too many to keep apart\n";
    }
    out += "\nruns (measured)\n";
    out.table(match residuals {
        true => runs(verification.runs.iter().map(row).collect()),
        false => plain_runs(verification),
    });
    regression(&mut out, verification);
    let noted = verification.runs.iter().filter_map(|r| elsewhere(r, known));
    let noted: Vec<String> = noted.map(|line| format!("  {line}\n")).collect();
    if !noted.is_empty() {
        out += &format!("\nwhere they ended\n{}", noted.concat());
    }
    if !residuals {
        return out;
    }
    out += &format!(
        "\nThe gap is relative to the objective. NC1 is tr Σ_W / tr Σ_B; NC2 and NC3 are the larger of two residuals \
         against {}, normalised by Frobenius norms. The JSON form has each of them. √(ρT) is about how many gradients stabilised \
         steps need for the time T of the run, ρ the largest curvature it met.\n",
        against(known)
    );
    out
}

/// The founding paper's metrics at the ends of runs, at every layer.
pub fn paper(verification: &Verification, metrics: &[Option<PaperMetrics>]) -> Page {
    let mut out = Page::default();
    let shown = |x: f64| if x.is_nan() { "–".to_owned() } else { format!("{x:.1e}") };
    let mut rows = Vec::new();
    for (run, metrics) in verification.runs.iter().zip(metrics) {
        let Some(metrics) = metrics else { continue };
        for (m, layer) in metrics.layers.iter().enumerate() {
            let mut cells = vec![run.seed.to_string(), run.start.brief().to_owned(), (m + 1).to_string()];
            let logits = if m == 0 { shown(metrics.logits) } else { String::new() };
            let numbers = [layer.within.pinv, layer.product, layer.features, layer.duality, layer.ratio];
            cells.extend(numbers.map(shown).into_iter().chain([logits]));
            rows.push(cells);
        }
    }
    if rows.is_empty() {
        return Page::from(
            "\nThe founding paper's metrics need a prediction or equal counts to compare with.\n".to_owned(),
        );
    }
    let names = ["layer", "NC1", "NC2_W", "NC2_H", "NC3_W", "NC3_W_div_H", "NC3"];
    let columns = [("seed", Align::Right), ("start", Align::Left)].into_iter();
    let columns: Vec<_> = columns.chain(names.map(|name| (name, Align::Right))).collect();
    out += "\nthe founding paper's metrics (measured)\n";
    out.table(Table::new(&columns, rows));
    out += "\nAt layer m: NC1 = tr(Σ_W Σ_B⁺)/K of its features H_m; NC2_W of A_m A_mᵀ, A_m = W_M⋯W_m; NC2_H of H̄_mᵀH̄_m; NC3_W of A_m \
            against its multiple of H̄_mᵀ, NC3_W_div_H of their sizes class by class; NC3 of A_m H̄_m. Class means are centred with a \
            bias or under cross-entropy, the bias is no part of the logits, matrices are divided by their Frobenius norms.\n";
    out
}

/// The measured tail rates beside the predicted slowest rate.
pub fn tails(study: &Study, verification: &Verification, rates: &[Option<f64>]) -> Page {
    let Some(slowest) = study.curvature().and_then(|c| c.slowest(TAIL_BITS)) else {
        return Page::from(
            "\ntail       no settled optimum with modes, so no rate is predicted\n".to_owned(),
        );
    };
    let mut out = Page::from(format!(
        "\ntail rate −d ln ‖∇f‖/dt after a small kick (measured); predicted slowest: {} ({})\n",
        decimal(&slowest.value, 6),
        slowest.motion
    ));
    for (run, rate) in verification.runs.iter().zip(rates) {
        let rate = rate.map_or("not at the optimum".to_owned(), |rate| format!("{rate:.4e}"));
        out += &format!("  {}: {rate}\n", run.start.described(run.seed));
    }
    out
}

/// Neural regression collapse at the ends of runs, where targets are given one by one.
fn regression(out: &mut Page, verification: &Verification) {
    let row = |r: &RunReport| {
        let x = r.regression?;
        let shown = |x: f64| if x.is_nan() { "–".to_owned() } else { format!("{x:.1e}") };
        Some(vec![
            r.seed.to_string(),
            r.start.brief().to_owned(),
            shown(x.nrc1),
            shown(x.nrc2),
            shown(x.nrc3),
        ])
    };
    let rows: Vec<Vec<String>> = verification.runs.iter().filter_map(row).collect();
    if rows.is_empty() {
        return;
    }
    let columns = [("seed", Align::Right), ("start", Align::Left)].into_iter();
    let columns: Vec<_> = columns.chain(["NRC1", "NRC2", "NRC3"].map(|name| (name, Align::Right))).collect();
    *out += "\nregression collapse (measured)\n";
    out.table(Table::new(&columns, rows));
    *out += "\nNormalised features outside the span of their first K principal components (NRC1) and of the rows of \
             W_M⋯W_1 (NRC2), mean squares; with one layer WWᵀ against Σ^{1/2} − √γ I, γ = NΛ, both normalised, squared \
             (NRC3), which vanishes at an optimum that keeps all modes.\n";
}
