//! Every column that a table or a sweep can show: one entry each, and nothing else to change for another.

use super::cell::Cell;
use super::subject::{Run, Subject};
use super::{Kind, Per};
use crate::exact::{Enclosure, Integer, Rational};
use crate::hints::frame::Frame;
use crate::render::prediction::{band_word, bias_word, class_word, fate_word, loss_word, uniqueness_word};
use crate::theory::ClassFate;
use crate::theory::closed_form::{self, ClosedForm};
use crate::theory::cross_entropy::simplex::root;
use crate::theory::cross_entropy::{CrossEntropy, Deep, Finding, Shallow};
use crate::verdict::{Outcome, StartKind};
use std::cmp::Ordering;

/// A column.
#[derive(Debug)]
pub struct Column {
    /// The name on the command line and in data files.
    pub name: &'static str,
    /// The heading in plain characters.
    pub heading: &'static str,
    /// The heading in LaTeX.
    pub latex: &'static str,
    /// What a value speaks of.
    pub per: Per,
    /// What the values are.
    pub kind: Kind,
    /// What it is, in a line.
    pub about: &'static str,
    /// What a reader of the table must know.
    pub note: Option<&'static str>,
    /// Its value for a case.
    pub cell: fn(&Subject) -> Cell,
}

/// The column of a name.
pub fn column(name: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|c| c.name == name)
}

type Value = fn(&Subject) -> Cell;

const fn of(
    name: &'static str,
    heading: &'static str,
    latex: &'static str,
    per: Per,
    kind: Kind,
    about: &'static str,
    cell: Value,
) -> Column {
    Column { name, heading, latex, per, kind, about, note: None, cell }
}

const fn noted(
    name: &'static str,
    heading: &'static str,
    latex: &'static str,
    kind: Kind,
    about: &'static str,
    note: &'static str,
    cell: Value,
) -> Column {
    Column { name, heading, latex, per: Per::Case, kind, about, note: Some(note), cell }
}

use Kind::{Found, Proven, RanWhole, RanWords, Spread, Whole, Words};
use Per::{Case, Class, Mode};

const GAP: &str = "Gap: (f − f*)/f* at the end of a run.";
const NC1: &str = "NC1: tr Σ_W / tr Σ_B, class means against the mean over all samples.";
const NC1_PINV: &str = "NC1 with pseudo-inverse: tr(Σ_W Σ_B⁺)/K, Σ_B cut at its numerical rank.";
const NC2: &str = "NC2: the larger residual of the Gram matrices of classifier and features against the predicted ones, \
                   Frobenius-normalised.";
const NC3: &str =
    "NC3: the larger residual of the logits, and of W_M⋯W_1 against its predicted multiple of H̄ᵀ.";

/// All columns.
pub const COLUMNS: &[Column] = &[
    // The case, as it is given.
    of("title", "case", "case", Case, Words, "the case's title", |s| Cell::Word(s.case.title().to_owned())),
    of("path", "file", "file", Case, Words, "the case's file", |s| Cell::Word(s.case.name().to_owned())),
    of("source", "source", "source", Case, Words, "where the case comes from", |s| {
        Cell::words(s.case.source())
    }),
    of("counts", "n_k", "$n_k$", Case, Words, "samples of each class, in the case's order", |s| {
        Cell::list(s.problem().counts().iter().map(|n| (Cell::Whole(*n), 1)))
    }),
    of(
        "classes",
        "K",
        "$K$",
        Case,
        Whole,
        "number of classes",
        |s| Cell::Whole(s.problem().classes() as u64),
    ),
    of("samples", "N", "$N$", Case, Whole, "number of samples", |s| Cell::Whole(s.problem().samples())),
    of(
        "ratio",
        "n_max/n_min",
        "$n_{\\max}/n_{\\min}$",
        Case,
        Proven,
        "imbalance: largest count over smallest",
        |s| {
            let counts = s.problem().counts();
            let end = |n: Option<&u64>| Integer::from(n.copied().unwrap_or(1));
            s.proven(&Rational::new(end(counts.iter().max()), end(counts.iter().min())).into())
        },
    ),
    of("widths", "widths", "widths", Case, Words, "widths d_1 … d_M", |s| {
        Cell::list(s.problem().widths().iter().map(|d| (Cell::Whole(*d), 1)))
    }),
    of("depth", "M", "$M$", Case, Whole, "number of layers", |s| Cell::Whole(s.problem().depth() as u64)),
    of("rank_budget", "R", "$R$", Case, Whole, "largest rank the widths leave, min(K, d_1 … d_M)", |s| {
        Cell::Whole(s.problem().rank_budget() as u64)
    }),
    of("bias", "bias", "bias", Case, Words, "none or last-layer", |s| {
        Cell::Word(bias_word(s.problem().bias()).to_owned())
    }),
    of("loss", "loss", "loss", Case, Words, "mse or ce", |s| {
        Cell::Word(loss_word(s.problem().loss()).to_owned())
    }),
    of(
        "weights",
        "λ_1…λ_M",
        "$\\lambda_1,\\dots,\\lambda_M$",
        Case,
        Words,
        "regularisation of the layers",
        |s| Cell::list(s.problem().weights().iter().map(|q| (Cell::Given(q.clone()), 1))),
    ),
    of("features", "λ_H", "$\\lambda_H$", Case, Proven, "regularisation of the features", |s| {
        Cell::Given(s.problem().features().clone())
    }),
    of(
        "lambda",
        "λ",
        "$\\lambda$",
        Case,
        Proven,
        "the regularisation of every factor, where all are equal",
        |s| {
            let λ = s.problem().features();
            if s.problem().weights().iter().all(|q| q == λ) {
                Cell::Given(λ.clone())
            } else {
                Cell::Nothing
            }
        },
    ),
    of("Lambda", "Λ", "$\\Lambda$", Case, Proven, "the product λ_H λ_1 ⋯ λ_M", |s| {
        s.proven(&s.problem().regularization_product().into())
    }),
    // The optimum, proven.
    of("objective", "f*", "$f^*$", Case, Proven, "the optimal objective", |s| {
        match (s.optimum(), s.entropy()) {
            (Some(o), _) => s.proven_or(&o.objective, closed_form::objective(o)),
            (None, Some(CrossEntropy::Shallow(found))) => proven(s, found.objective.as_ref()),
            (None, Some(CrossEntropy::Deep(found))) => proven(s, found.objective().as_ref()),
            _ => Cell::Nothing,
        }
    }),
    of(
        "optimum",
        "optimum",
        "optimum",
        Case,
        Words,
        "how far the optimum is unique, or how it is known",
        |s| {
            let word = match (s.optimum(), s.entropy()) {
                (Some(o), _) => uniqueness_word(o.uniqueness),
                (None, Some(CrossEntropy::Shallow(found))) if found.objective.is_some() => "enclosed",
                (None, Some(CrossEntropy::Deep(found))) if found.finding == Finding::Verified => "proved",
                (None, Some(CrossEntropy::Deep(found))) if found.best.is_some() => "best known",
                _ => "undecided",
            };
            Cell::Word(word.to_owned())
        },
    ),
    of(
        "rank",
        "rank",
        "rank",
        Case,
        Whole,
        "rank of the optimal logits before the bias: active modes",
        |s| s.optimum().map_or(Cell::Nothing, |o| Cell::Whole(o.rank() as u64)),
    ),
    of("zero_targets", "zero targets", "zero targets", Case, Whole, "modes whose target is zero", |s| {
        s.optimum().map_or(Cell::Nothing, |o| Cell::Whole(o.zeros as u64))
    }),
    of("collapsed", "collapsed", "collapsed", Case, Whole, "classes whose mean feature is zero", |s| {
        fated(s, |fate| matches!(fate, ClassFate::Collapsed))
    }),
    of("merged", "merged", "merged", Case, Whole, "classes whose mean feature is another's too", |s| {
        fated(s, |fate| matches!(fate, ClassFate::Merged(_)))
    }),
    of(
        "energy",
        "energy",
        "$\\lambda\\|W\\|^2$",
        Case,
        Proven,
        "λ_l‖W_l‖² = λ_H‖H‖², the same in each factor",
        |s| {
            let Some(o) = s.optimum() else { return Cell::Nothing };
            o.energy.as_ref().map_or(Cell::Nothing, |x| s.proven_or(x, closed_form::energy(o)))
        },
    ),
    of(
        "price",
        "price",
        "price",
        Case,
        Proven,
        "what one more unit of rank would lower the objective by",
        |s| s.optimum().map_or(Cell::Nothing, |o| s.proven(&o.price())),
    ),
    of(
        "threshold",
        "μ_min",
        "$\\mu_{\\min}$",
        Case,
        Proven,
        "the target μ above which a mode is kept",
        |s| {
            let Some(o) = s.optimum() else { return Cell::Nothing };
            s.proven_or(&root(&o.law.threshold, o.law.depth, o.bits), Some(closed_form::threshold(o)))
        },
    ),
    of(
        "feature_cosine_least",
        "cos h least",
        "$\\min\\cos(h_j,h_k)$",
        Case,
        Proven,
        "least cosine of two class means",
        |s| cosine(s, false, Ordering::Less),
    ),
    of(
        "feature_cosine_greatest",
        "cos h greatest",
        "$\\max\\cos(h_j,h_k)$",
        Case,
        Proven,
        "greatest cosine of two class means",
        |s| cosine(s, false, Ordering::Greater),
    ),
    of(
        "classifier_cosine_least",
        "cos w least",
        "$\\min\\cos(w_j,w_k)$",
        Case,
        Proven,
        "least cosine of two classifier rows",
        |s| cosine(s, true, Ordering::Less),
    ),
    of(
        "classifier_cosine_greatest",
        "cos w greatest",
        "$\\max\\cos(w_j,w_k)$",
        Case,
        Proven,
        "greatest cosine of two classifier rows",
        |s| cosine(s, true, Ordering::Greater),
    ),
    // Its modes.
    of(
        "mu",
        "μ",
        "$\\mu$",
        Mode,
        Proven,
        "distinct targets: squared singular values of the target matrix",
        |s| s.per_mode(|_, m| s.proven(&m.mode.block.target_sq)),
    ),
    of("multiplicity", "modes", "modes", Mode, Whole, "modes that share a target", |s| {
        s.per_mode(|_, m| Cell::Whole(m.mode.block.multiplicity as u64))
    }),
    of("u", "u", "$u$", Mode, Proven, "shrinkage of each distinct target (0: lost)", |s| {
        s.per_mode(|o, m| s.proven_or(&m.shrinkage().0, closed_form::shrinkage(o, m)))
    }),
    of("mode_fate", "mode", "mode", Mode, Words, "kept, collapsed, tie, cut or undecided", |s| {
        s.per_mode(|_, m| Cell::Word(fate_word(m.fate).to_owned()))
    }),
    of("band", "band", "band", Mode, Words, "global, metastable or none", |s| {
        s.per_mode(|_, m| Cell::Word(band_word(m.mode.band).to_owned()))
    }),
    of(
        "margin",
        "μ/μ_min",
        "$\\mu/\\mu_{\\min}$",
        Mode,
        Proven,
        "target over threshold: above 1 a mode is worth keeping",
        |s| {
            s.per_mode(|o, m| {
                let threshold = root(&o.law.threshold, o.law.depth, o.bits);
                threshold.recip().map_or(Cell::Nothing, |t| s.proven(&(&m.mode.block.target_sq * &t)))
            })
        },
    ),
    of(
        "critical_product",
        "Λ_max",
        "$\\Lambda_{\\max}$",
        Mode,
        Proven,
        "the largest Λ at which a mode is not lost",
        |s| {
            let product = s.problem().regularization_product();
            s.per_mode(|o, m| s.proven(&o.law.critical_product(&m.mode.block.target_sq, &product)))
        },
    ),
    // Its classes.
    of("count", "n_k", "$n_k$", Class, Whole, "samples of a class", |s| match s.rows() {
        Some(_) => s.per_group(|_, row| Cell::Whole(row.count)),
        None => Cell::list(s.problem().counts().iter().map(|n| (Cell::Whole(*n), 1))),
    }),
    of("equal_classes", "classes", "classes", Class, Whole, "classes with that count", |s| match s.rows() {
        Some(_) => s.per_group(|_, row| Cell::Whole(row.classes.len() as u64)),
        None => Cell::list(s.problem().counts().iter().map(|_| (Cell::Whole(1), 1))),
    }),
    of("class_fate", "fate", "fate", Class, Words, "kept, collapsed, merged or undecided", |s| {
        s.per_group(|_, row| Cell::Word(class_word(&row.fate).to_owned()))
    }),
    of("logit", "own logit", "own logit", Class, Proven, "logit of a class mean on its own class", |s| {
        let form = |g: usize| {
            let o = s.optimum().filter(|_| s.is_one_hot())?;
            closed_form::shrinkage(o, closed_form::of_group(o, g)?)
        };
        s.per_group(|g, row| match &row.measures {
            Some(m) => s.proven_or(&m.logit, form(g)),
            None => Cell::Nothing,
        })
    }),
    of("feature_norm", "‖h_k‖", "$\\|h_k\\|$", Class, Proven, "norm of a class-mean feature", |s| match s
        .entropy()
    {
        Some(CrossEntropy::Shallow(found)) => closed(s, found, |c| &c.feature_norm),
        _ => norms(s, false),
    }),
    of("classifier_norm", "‖w_k‖", "$\\|w_k\\|$", Class, Proven, "norm of a classifier row", |s| match s
        .entropy()
    {
        Some(CrossEntropy::Shallow(found)) => closed(s, found, |c| &c.classifier_norm),
        _ => norms(s, true),
    }),
    // Cross-entropy.
    of(
        "scale",
        "β",
        "$\\beta$",
        Case,
        Proven,
        "cross-entropy: scale of the (best) simplex frame's logits",
        |s| match s.entropy() {
            Some(CrossEntropy::Shallow(found)) => proven(s, found.closed.as_ref().map(|c| &c.scale)),
            Some(CrossEntropy::Deep(found)) => proven(s, found.simplex.as_ref().map(|f| &f.scale)),
            _ => Cell::Nothing,
        },
    ),
    of(
        "etf",
        "best ETF",
        "best ETF",
        Case,
        Proven,
        "cross-entropy, M ≥ 2: objective of the best simplex frame",
        |s| proven(s, deep(s).and_then(|d| d.simplex.as_ref()).map(|f| &f.objective)),
    ),
    of(
        "best_known",
        "best known",
        "best known",
        Case,
        Proven,
        "cross-entropy, M ≥ 2: objective of the best network known",
        |s| proven(s, deep(s).and_then(|d| d.best.as_ref()).map(|b| &b.objective)),
    ),
    of(
        "structure",
        "structure",
        "structure",
        Case,
        Words,
        "cross-entropy, M ≥ 2: the code behind the best network known",
        |s| Cell::words(deep(s).and_then(|d| d.best.as_ref()).map(|b| b.structure.clone())),
    ),
    of(
        "finding",
        "ETF optimal?",
        "ETF optimal?",
        Case,
        Words,
        "cross-entropy, M ≥ 2: is every optimum a simplex frame, or zero?",
        |s| {
            Cell::words(deep(s).map(|d| match d.finding {
                Finding::Refuted => "refuted",
                Finding::Verified => "verified",
                Finding::Open(_) => "open",
            }))
        },
    ),
    of("found_rank", "rank", "rank", Case, Found, "cross-entropy: rank of the best logits found", |s| {
        frame(s).map_or(Cell::Nothing, |f| Cell::Whole(f.singular_values.len() as u64))
    }),
    of(
        "found_feature_norm",
        "‖h_k‖",
        "$\\|h_k\\|$",
        Class,
        Found,
        "cross-entropy: norms of the best features found",
        |s| floats(frame(s).map(|f| Frame::norms(&f.features))),
    ),
    of(
        "found_classifier_norm",
        "‖w_k‖",
        "$\\|w_k\\|$",
        Class,
        Found,
        "cross-entropy: norms of the best classifier rows found",
        |s| floats(frame(s).map(|f| Frame::norms(&f.classifier))),
    ),
    of(
        "found_feature_cosine",
        "cos h",
        "$\\cos(h_j,h_k)$",
        Case,
        Found,
        "cross-entropy: least and greatest cosine of the class means found",
        |s| {
            let Some(f) = frame(s) else { return Cell::Nothing };
            let k = f.features.len();
            let all = (0..k)
                .flat_map(|i| (0..i).map(move |j| (i, j)))
                .map(|(i, j)| Frame::cosine(&f.features, i, j));
            super::Spread::of(all).map_or(Cell::Nothing, |x| {
                floats(Some(if x.is_spread() { vec![x.least, x.greatest] } else { vec![x.least] }))
            })
        },
    ),
    // Training.
    of(
        "verdict",
        "verdict",
        "verdict",
        Case,
        Words,
        "verified, refuted or undecided, as `check` says",
        |s| Cell::Word(s.verdict().word().to_owned()),
    ),
    of(
        "as_expected",
        "as expected",
        "as expected",
        Case,
        Words,
        "whether the case's [expect] section is met",
        |s| Cell::Word(if s.is_as_expected() { "yes" } else { "no" }.to_owned()),
    ),
    of("attained", "attained", "attained", Case, RanWords, "random starts that reached the optimum", |s| {
        Cell::words(s.runs().map(|r| format!("{}/{}", r.attained.0, r.attained.1)))
    }),
    of(
        "outcomes",
        "outcomes",
        "outcomes",
        Case,
        RanWords,
        "where the runs ended, the start near the optimum apart",
        outcomes,
    ),
    of("reached", "f", "$f$", Case, Spread, "objective at the end of the random starts' runs", |s| {
        s.spread(|r| r.objective)
    }),
    noted("gap", "gap", "gap", Spread, "relative gap to the optimum at the end", GAP, |s| {
        s.spread(|r| r.relative_gap)
    }),
    of("gradient_norm", "‖∇f‖", "$\\|\\nabla f\\|$", Case, Spread, "gradient norm at the end", |s| {
        s.spread(|r| r.gradient_norm)
    }),
    of("flow_time", "flow time", "flow time", Case, Spread, "time along the flow", |s| {
        s.spread(|r| r.flow_time)
    }),
    of("evaluations", "gradients", "gradients", Case, Spread, "gradient evaluations of one run", |s| {
        s.spread(|r| r.evaluations as f64)
    }),
    of(
        "total_evaluations",
        "all gradients",
        "all gradients",
        Case,
        RanWhole,
        "gradient evaluations of all runs together",
        |s| s.runs().map_or(Cell::Nothing, |r| Cell::Whole(r.all.iter().map(|r| r.evaluations).sum())),
    ),
    noted("nc1", "NC1", "NC1", Spread, "within-class variability, ratio of traces", NC1, |s| {
        s.spread(|r| r.metrics.nc1_traces)
    }),
    noted(
        "nc1_pinv",
        "NC1 pinv",
        "NC1 pinv",
        Spread,
        "within-class variability with the pseudo-inverse",
        NC1_PINV,
        |s| s.spread(|r| r.metrics.nc1),
    ),
    noted("nc2", "NC2", "NC2", Spread, "residual against the predicted Gram matrices", NC2, |s| {
        s.spread(|r| worst(r.metrics.nc2_classifier, r.metrics.nc2_features))
    }),
    noted("nc3", "NC3", "NC3", Spread, "residual against the predicted alignment", NC3, |s| {
        s.spread(|r| worst(r.metrics.nc3_logits, r.metrics.nc3_duality))
    }),
    // Theorems and certificates.
    of("theorems", "theorems", "theorems", Case, Whole, "theorems and own claims that apply", |s| {
        theorems(s, |c| c.applicable)
    }),
    of("theorems_proved", "proved", "proved", Case, Whole, "of these, proved here", |s| {
        theorems(s, |c| c.proved)
    }),
    of("theorems_agree", "agree", "agree", Case, Whole, "of these, in agreement to every digit tried", |s| {
        theorems(s, |c| c.agrees)
    }),
    of("theorems_refuted", "refuted", "refuted", Case, Whole, "of these, refuted here", |s| {
        theorems(s, |c| c.refuted.len())
    }),
    of("theorems_undecided", "undecided", "undecided", Case, Whole, "of these, undecided", |s| {
        theorems(s, |c| c.undecided)
    }),
    of(
        "certificate",
        "certificate",
        "certificate",
        Case,
        Words,
        "what the independent checker says of the certificate",
        |s| Cell::words(s.certificate().map(|(_, answer)| answer.clone())),
    ),
    of("certificate_bytes", "bytes", "bytes", Case, Whole, "size of the certificate", |s| {
        s.certificate().map_or(Cell::Nothing, |(bytes, _)| Cell::Whole(*bytes))
    }),
];

fn proven(s: &Subject, x: Option<&Enclosure>) -> Cell {
    x.map_or(Cell::Nothing, |x| s.proven(x))
}

fn deep<'a>(s: &'a Subject) -> Option<&'a Deep> {
    match s.entropy() {
        Some(CrossEntropy::Deep(found)) => Some(found),
        _ => None,
    }
}

/// The measured geometry of cross-entropy's optimum, or of the best network known.
fn frame<'a>(s: &'a Subject) -> Option<&'a Frame> {
    match s.entropy()? {
        CrossEntropy::Shallow(found) => found.objective.is_some().then_some(&found.frame),
        CrossEntropy::Deep(found) => found.best.as_ref().map(|b| &b.frame),
        CrossEntropy::Open(_) => None,
    }
}

fn floats(all: Option<Vec<f64>>) -> Cell {
    all.map_or(Cell::Nothing, |all| Cell::list(all.into_iter().map(|x| (Cell::measured([x]), 1))))
}

/// Classes with a fate; nothing where some class's is open.
fn fated(s: &Subject, fate: impl Fn(&ClassFate) -> bool) -> Cell {
    let Some(rows) = s.rows() else { return Cell::Nothing };
    if rows.iter().any(|row| row.fate == ClassFate::Undecided) {
        return Cell::Nothing;
    }
    Cell::Whole(rows.iter().filter(|row| fate(&row.fate)).map(|row| row.classes.len() as u64).sum())
}

/// Cross-entropy with equal counts: the same closed form for every class.
fn closed(
    s: &Subject,
    found: &Shallow,
    pick: fn(&crate::theory::cross_entropy::Closed) -> &Enclosure,
) -> Cell {
    let Some(closed) = &found.closed else { return Cell::Nothing };
    Cell::list(s.problem().counts().iter().map(|_| (s.proven(pick(closed)), 1)))
}

fn norms(s: &Subject, classifier: bool) -> Cell {
    let form = |g: usize| -> Option<ClosedForm> {
        let (feature, row) = closed_form::norms(s.problem(), s.optimum().filter(|_| s.is_one_hot())?, g)?;
        Some(if classifier { row } else { feature })
    };
    s.per_group(|g, row| match &row.measures {
        Some(m) => s.proven_or(if classifier { &m.classifier_norm } else { &m.feature_norm }, form(g)),
        None => Cell::Nothing,
    })
}

/// The least or greatest cosine of two different classes' vectors, where both are not zero.
fn cosine(s: &Subject, classifier: bool, end: Ordering) -> Cell {
    let (Some(gram), Some(optimum)) = (s.gram(), s.optimum()) else { return Cell::Nothing };
    let matrix = if classifier { &gram.classifier } else { &gram.features };
    let pairs = (0..matrix.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let cosine = |(i, j): (usize, usize)| {
        let inverse = (&matrix[i][i] * &matrix[j][j]).sqrt(optimum.bits).recip()?;
        Some(&matrix[i][j] * &inverse)
    };
    let all: Vec<Enclosure> = pairs.filter_map(cosine).collect();
    // The extreme value lies between the extreme lower ends and the extreme upper ends.
    let pick = |values: Vec<Rational>| match end {
        Ordering::Less => values.into_iter().min(),
        _ => values.into_iter().max(),
    };
    let low = pick(all.iter().map(Enclosure::lower).collect());
    let high = pick(all.iter().map(Enclosure::upper).collect());
    match (low, high) {
        (Some(low), Some(high)) => s.proven(&Enclosure::hull(&low, &high, optimum.bits)),
        _ => Cell::Nothing,
    }
}

fn worst(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

fn theorems(s: &Subject, pick: fn(&crate::theorems::TheoremCounts) -> usize) -> Cell {
    s.theorem_counts().map_or(Cell::Nothing, |c| Cell::Whole(pick(c) as u64))
}

/// `global*2, local-minimum; near the optimum: global`.
fn outcomes(s: &Subject) -> Cell {
    const ALL: [Outcome; 6] = [
        Outcome::Global,
        Outcome::BestKnown,
        Outcome::LocalMinimum,
        Outcome::Saddle,
        Outcome::NotConverged,
        Outcome::Refutes,
    ];
    let Some(runs) = s.runs() else { return Cell::Nothing };
    let of = |start: StartKind| {
        let count =
            |o: &Outcome| runs.all.iter().filter(|r: &&Run| r.start == start && r.outcome == *o).count();
        let counted = ALL.iter().map(|o| (o.word(), count(o))).filter(|(_, n)| *n > 0);
        let words = counted.map(|(word, n)| if n == 1 { word.to_owned() } else { format!("{word}*{n}") });
        words.collect::<Vec<_>>().join(", ")
    };
    let near = of(StartKind::NearOptimum);
    let near = if near.is_empty() { near } else { format!("; near the optimum: {near}") };
    Cell::Word(of(StartKind::Random) + &near)
}
