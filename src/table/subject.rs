//! One case with everything that is known of it, computed when a column first asks.

use super::cell::{Cell, Spread};
use crate::case::{Case, Loss, Problem, Targets};
use crate::certificate;
use crate::exact::{DIGITS, Enclosure, Integer, Rational, decimal, leading_place, ten_to};
use crate::kernel;
use crate::theorems::{Judge, Theorem, TheoremCounts, tally};
use crate::theory::closed_form::{self, ClosedForm};
use crate::theory::cross_entropy::CrossEntropy;
use crate::theory::geometry::{self, ClassRow, Gram};
use crate::theory::prediction::GRAM_CLASSES;
use crate::theory::{OptimalMode, Optimum, Uniqueness};
use crate::verdict::verification::Plan;
use crate::verdict::{Metrics, Outcome, StartKind, Verdict, cross_entropy, expectation, verify};
use num_traits::{One, Signed, Zero};
use std::cell::OnceCell;

/// Enclosures carry some digits more than are printed, so that what is computed from them still has enough.
const SPARE_DIGITS: usize = 4;
/// The least precision, in digits: that of `check`.
const LEAST_DIGITS: usize = DIGITS;

/// A case whose columns are asked for.
pub struct Subject<'a> {
    /// The case.
    pub case: &'a Case,
    theorems: &'a [Theorem],
    digits: usize,
    symbolic: bool,
    optimum: OnceCell<Optimum>,
    rows: OnceCell<Vec<ClassRow>>,
    gram: OnceCell<Option<Gram>>,
    entropy: OnceCell<CrossEntropy>,
    runs: OnceCell<Option<Runs>>,
    counts: OnceCell<Option<TheoremCounts>>,
    certificate: OnceCell<Option<(u64, String)>>,
}

/// What training gave.
pub struct Runs {
    /// The verdict.
    pub verdict: Verdict,
    /// Random starts that reached the optimum, and how many there were.
    pub attained: (usize, usize),
    /// Every run.
    pub all: Vec<Run>,
}

/// One run.
#[allow(missing_docs)]
pub struct Run {
    pub start: StartKind,
    pub outcome: Outcome,
    pub objective: f64,
    pub relative_gap: f64,
    pub gradient_norm: f64,
    pub flow_time: f64,
    pub evaluations: u64,
    pub metrics: Metrics,
}

impl<'a> Subject<'a> {
    /// A case, to be tabled with so many digits.
    pub fn of(case: &'a Case, theorems: &'a [Theorem], digits: usize, symbolic: bool) -> Self {
        Self {
            case,
            theorems,
            digits,
            symbolic,
            optimum: OnceCell::new(),
            rows: OnceCell::new(),
            gram: OnceCell::new(),
            entropy: OnceCell::new(),
            runs: OnceCell::new(),
            counts: OnceCell::new(),
            certificate: OnceCell::new(),
        }
    }

    /// The problem.
    pub fn problem(&self) -> &Problem {
        self.case.problem()
    }

    /// The optimum of a mean-squared-error problem.
    pub fn optimum(&self) -> Option<&Optimum> {
        let digits = (self.digits + SPARE_DIGITS).max(LEAST_DIGITS);
        (self.problem().loss() == Loss::Mse)
            .then(|| self.optimum.get_or_init(|| Optimum::of(self.problem(), digits)))
    }

    /// What is known of a cross-entropy problem.
    pub fn entropy(&self) -> Option<&CrossEntropy> {
        let digits = self.digits.max(LEAST_DIGITS);
        (self.problem().loss() == Loss::CrossEntropy)
            .then(|| self.entropy.get_or_init(|| CrossEntropy::of(self.problem(), digits)))
    }

    /// Groups of equal classes, as the mean squared error tells them apart.
    pub fn rows(&self) -> Option<&[ClassRow]> {
        let optimum = self.optimum()?;
        Some(self.rows.get_or_init(|| geometry::class_rows(self.problem(), optimum)))
    }

    /// Gram matrices of a mean-squared-error problem, up to 64 classes and where determined.
    pub fn gram(&self) -> Option<&Gram> {
        let optimum = self.optimum().filter(|_| self.problem().classes() <= GRAM_CLASSES)?;
        self.gram.get_or_init(|| geometry::gram(self.problem(), optimum)).as_ref()
    }

    /// Distinct targets.
    pub fn modes(&self) -> usize {
        self.optimum().map_or(0, |o| o.modes.len())
    }

    /// Groups of classes: of equal ones for the mean squared error, single ones for cross-entropy.
    pub fn class_groups(&self) -> usize {
        self.optimum().map_or(self.problem().classes(), |o| o.groups.len())
    }

    /// The mode that is exactly a group of classes; `None` where modes mix them.
    pub fn mode_of_group(&self, group: usize) -> Option<usize> {
        let optimum = self.optimum()?;
        let mode = closed_form::of_group(optimum, group)?;
        optimum.modes.iter().position(|m| std::ptr::eq(m, mode))
    }

    /// Runs of the training, unless the case asks for none or nothing is known to compare with.
    pub fn runs(&self) -> Option<&Runs> {
        self.runs.get_or_init(|| self.trained()).as_ref()
    }

    fn trained(&self) -> Option<Runs> {
        if !self.case.training().run {
            return None;
        }
        let plan = Plan::of(self.case.training());
        if let Some(optimum) = self.optimum() {
            let found = verify(self.problem(), optimum.clone(), &plan, &|_| {}).ok()?;
            let run = |r: &crate::verdict::RunReport| Run {
                start: r.start,
                outcome: r.outcome,
                objective: r.objective,
                relative_gap: r.relative_gap,
                gradient_norm: r.gradient_norm,
                flow_time: r.flow_time,
                evaluations: r.evaluations,
                metrics: r.metrics,
            };
            let all: Vec<Run> = found.runs.iter().map(run).collect();
            return Some(Runs { verdict: found.verdict, attained: (found.attained, random(&all)), all });
        }
        let found = cross_entropy::train(self.problem(), self.entropy()?, &plan, &|| {}).ok()??;
        let run = |r: &cross_entropy::Run| Run {
            start: r.start,
            outcome: r.outcome,
            objective: r.objective,
            relative_gap: r.relative_gap,
            gradient_norm: r.gradient_norm,
            flow_time: r.flow_time,
            evaluations: r.evaluations,
            metrics: r.metrics,
        };
        let all: Vec<Run> = found.runs.iter().map(run).collect();
        Some(Runs { verdict: found.verdict, attained: (found.attained, random(&all)), all })
    }

    /// A measure of the runs from random starts.
    pub fn spread(&self, measure: impl Fn(&Run) -> f64) -> Cell {
        let runs = self.runs().map_or(&[][..], |r| &r.all);
        let values = runs.iter().filter(|r| r.start == StartKind::Random).map(measure);
        Spread::of(values).map_or(Cell::Nothing, Cell::Measured)
    }

    /// The verdict that `check` gives; it trains if the case asks for training.
    pub fn verdict(&self) -> Verdict {
        let expected = self.case.expect().theorem.as_ref();
        let counts = expected.and_then(|_| self.theorem_counts());
        if expected.is_some_and(|id| counts.is_some_and(|c| c.refuted.contains(id))) {
            return Verdict::Refuted;
        }
        match (self.case.training().run, self.runs(), self.optimum(), self.entropy()) {
            (true, Some(runs), ..) => runs.verdict,
            (true, None, ..) => Verdict::Undecided,
            (false, _, Some(optimum), _) if optimum.uniqueness != Uniqueness::Undecided => Verdict::Verified,
            (false, _, None, Some(known)) => cross_entropy::settled(known),
            _ => Verdict::Undecided,
        }
    }

    /// Whether values and verdict are those of the case's `[expect]`.
    pub fn is_as_expected(&self) -> bool {
        let expect = self.case.expect();
        let values = match (self.optimum(), self.entropy()) {
            (Some(optimum), _) => expectation::about_optimum(expect, optimum),
            (None, Some(known)) => expectation::about_cross_entropy(expect, known),
            (None, None) => Vec::new(),
        };
        let refuted = self.theorem_counts().map(|c| c.refuted.clone()).unwrap_or_default();
        let expected = |id: &String| expect.theorem.as_ref() == Some(id);
        let claims = self.case.claims().iter().all(|c| !refuted.contains(&c.id) || expected(&c.id));
        values.is_empty() && claims && expectation::about_verdict(expect, self.verdict()).is_none()
    }

    /// What theorems say; `None` if a claim of the case's own cannot be read.
    pub fn theorem_counts(&self) -> Option<&TheoremCounts> {
        let make = || {
            let judge = Judge::of(self.case.problem());
            let judge = match self.entropy() {
                Some(known) => judge.knowing(known.clone()),
                None => judge,
            };
            let statements = tally::statements(self.case, self.theorems).ok()?;
            Some(tally::tally(&judge, &statements, None))
        };
        self.counts.get_or_init(make).as_ref()
    }

    /// The certificate's bytes and what the checker says of it; `None` where nothing is certified.
    pub fn certificate(&self) -> Option<&(u64, String)> {
        let make = || {
            let text = certificate::certify(self.case).ok()?;
            Some((text.len() as u64, kernel::audit(self.case.bytes(), text.as_bytes()).brief()))
        };
        self.certificate.get_or_init(make).as_ref()
    }

    /// A proven number: a decimal, or on request its closed form or its ends.
    pub fn proven(&self, x: &Enclosure) -> Cell {
        self.proven_or(x, None)
    }

    /// A proven number where there is one.
    pub fn proven_if(&self, x: Option<&Enclosure>) -> Cell {
        x.map_or(Cell::Nothing, |x| self.proven(x))
    }

    /// A proven number that may have a closed form.
    pub fn proven_or(&self, x: &Enclosure, form: Option<ClosedForm>) -> Cell {
        if !self.symbolic {
            return Cell::Proven(x.clone());
        }
        match (x.exact(), form) {
            (Some(exact), _) => Cell::Closed(ClosedForm::Surd(closed_form::Surd::rational(exact.clone()))),
            (None, Some(form)) => Cell::Closed(form),
            (None, None) => between(x, self.digits),
        }
    }

    /// One value a mode.
    pub fn per_mode(&self, value: impl Fn(&Optimum, &OptimalMode) -> Cell) -> Cell {
        let Some(optimum) = self.optimum() else { return Cell::Nothing };
        Cell::list(optimum.modes.iter().map(|m| (value(optimum, m), m.mode.block.multiplicity)))
    }

    /// One value a group of classes.
    pub fn per_group(&self, value: impl Fn(usize, &ClassRow) -> Cell) -> Cell {
        let Some(rows) = self.rows() else { return Cell::Nothing };
        Cell::list(rows.iter().enumerate().map(|(g, row)| (value(g, row), row.classes.len())))
    }

    /// Whether targets are one-hot.
    pub fn is_one_hot(&self) -> bool {
        matches!(self.problem().targets(), Targets::OneHot)
    }
}

fn random(runs: &[Run]) -> usize {
    runs.iter().filter(|r| r.start == StartKind::Random).count()
}

/// Two decimals of `digits` digits around a value, rounded outwards.
fn between(x: &Enclosure, digits: usize) -> Cell {
    let size = x.upper().abs().max(x.lower().abs());
    if size.is_zero() {
        return Cell::Proven(x.clone());
    }
    let last = leading_place(&size) + 1 - digits as i64;
    let unit = ten_to(last);
    let text = |steps: Rational| decimal(&Enclosure::from(steps * &unit), digits + 1);
    let (lower, upper) = ((x.lower() / &unit).floor(), (x.upper() / &unit).ceil());
    // An end that happens to be the value's own digit would claim an equality that is not shown.
    let upper = if upper == lower { upper + Rational::from(Integer::one()) } else { upper };
    Cell::Between { lower: text(lower), upper: text(upper) }
}
