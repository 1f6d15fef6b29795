//! One case and everything that is known of it: each thing is computed when it is first asked for, and once.
//!
//! ```text
//! case ─→ known ─┬→ classes, Gram matrices, landscape
//!                ├→ training ─→ the network that reached the optimum ─┐
//!                ├→ theorems and the case's own claims ───────────────┴→ tally
//!                └→ certificate ─→ audit
//! ```
//!
//! Commands, tables, sweeps and figures ask a study and never ask for the loss: [`Known`] has decided that. A study
//! trains only where training is asked for, and certifies only where a certificate is.

use crate::case::{Case, Problem, Verdict};
use crate::certificate::{self, Uncertifiable};
use crate::flow::{Columns, Network, Untrainable, tail_rate};
use crate::kernel::{self, Answer};
use crate::measure::paper::PaperMetrics;
use crate::theorems::catalogue::TheoremRefusal;
use crate::theorems::place::{self, Place};
use crate::theorems::tally::{self, Judged};
use crate::theorems::{Judge, Theorem, TheoremCounts};
use crate::theory::curvature::Curvature;
use crate::theory::geometry::{self, ClassRow, Gram};
use crate::theory::landscape::Landscape;
use crate::theory::{Detail, GramDetail, Known, Optimum, Prediction};
use crate::verdict::expectation::{self, Disagreement};
#[cfg(feature = "cli")]
use crate::verdict::measurement::{Measurement, Unmeasured};
use crate::verdict::{Listener, Outcome, Plan, RunReport, Verification, paper_metrics, verify};
use num_traits::ToPrimitive;
use rayon::prelude::*;
use std::cell::OnceCell;

/// Bits of the slowest rate, by which a path's length is measured.
const TAIL_BITS: u32 = 53;

/// A case with what is known of it.
pub struct Study<'a> {
    case: &'a Case,
    theorems: &'a [Theorem],
    digits: usize,
    gram_detail: GramDetail,
    speaks_paper: bool,
    plan: Plan,
    listener: Listener<'a>,
    known: OnceCell<Known>,
    curvature: OnceCell<Option<Curvature>>,
    classes: OnceCell<Vec<ClassRow>>,
    gram: OnceCell<Option<Gram>>,
    training: OnceCell<Result<Option<Verification>, Untrainable>>,
    judge: OnceCell<Judge<'a>>,
    judged: OnceCell<Result<Vec<Judged<'a>>, TheoremRefusal>>,
    tally: OnceCell<TheoremCounts>,
    observed: OnceCell<TheoremCounts>,
    #[cfg(feature = "cli")]
    measured: OnceCell<Result<Vec<Measurement>, Unmeasured>>,
    certificate: OnceCell<Result<String, Uncertifiable>>,
    audit: OnceCell<Option<Answer>>,
}

impl<'a> Study<'a> {
    /// The study of a case: at the precision of certificates, trained as the case says, with no theorems but its own
    /// claims.
    pub fn of(case: &'a Case) -> Self {
        Self {
            case,
            theorems: &[],
            digits: certificate::DIGITS,
            gram_detail: GramDetail::UpToLimit,
            speaks_paper: false,
            plan: Plan::of(case.training()),
            listener: &|_| {},
            known: OnceCell::new(),
            curvature: OnceCell::new(),
            classes: OnceCell::new(),
            gram: OnceCell::new(),
            training: OnceCell::new(),
            judge: OnceCell::new(),
            judged: OnceCell::new(),
            tally: OnceCell::new(),
            observed: OnceCell::new(),
            #[cfg(feature = "cli")]
            measured: OnceCell::new(),
            certificate: OnceCell::new(),
            audit: OnceCell::new(),
        }
    }

    /// The same study with theorems.
    pub fn with_theorems(self, theorems: &'a [Theorem]) -> Self {
        Self { theorems, ..self }
    }

    /// The same study with at least so many significant digits.
    pub fn to_digits(self, digits: usize) -> Self {
        Self { digits: digits.max(certificate::DIGITS), ..self }
    }

    /// The same study with Gram matrices as wanted.
    pub fn with_gram(self, gram_detail: GramDetail) -> Self {
        Self { gram_detail, ..self }
    }

    /// The same study with the founding paper's own quantities and metrics.
    pub fn with_paper(self, speaks_paper: bool) -> Self {
        Self { speaks_paper, ..self }
    }

    /// Whether the founding paper's own quantities and metrics are asked for.
    pub fn speaks_paper(&self) -> bool {
        self.speaks_paper
    }

    /// The same study, trained by another plan; `listener` hears of it.
    pub fn trained(self, plan: Plan, listener: Listener<'a>) -> Self {
        Self { plan, listener, ..self }
    }

    /// The case.
    pub fn case(&self) -> &'a Case {
        self.case
    }

    /// The problem.
    pub fn problem(&self) -> &'a Problem {
        self.case.problem()
    }

    /// What is known of the optimum.
    pub fn known(&self) -> &Known {
        self.known.get_or_init(|| Known::of(self.problem(), self.digits))
    }

    /// The optimum, where it has modes.
    pub fn optimum(&self) -> Option<&Optimum> {
        self.known().optimum()
    }

    /// The Hessian at the optimum, where there are modes and it is settled.
    pub fn curvature(&self) -> Option<&Curvature> {
        let optimum = self.optimum()?;
        self.curvature.get_or_init(|| Curvature::of_optimum(self.problem(), optimum)).as_ref()
    }

    /// Groups of equal classes, where there are modes.
    pub fn classes(&self) -> Option<&[ClassRow]> {
        let optimum = self.optimum()?;
        Some(self.classes.get_or_init(|| geometry::class_rows(self.problem(), optimum)))
    }

    /// Gram matrices, where there are modes, as wanted and where determined.
    pub fn gram(&self) -> Option<&Gram> {
        let optimum = self.optimum().filter(|_| self.gram_detail.wants(self.problem().classes()))?;
        self.gram.get_or_init(|| geometry::gram(self.problem(), optimum)).as_ref()
    }

    /// The prediction of the geometry, where there are modes, to be printed with `digits` digits.
    pub fn prediction(&self, digits: usize) -> Option<Prediction> {
        let Known::SquaredError(optimum) = self.known() else { return None };
        Some(Prediction {
            problem: self.problem().clone(),
            optimum: optimum.clone(),
            classes: self.classes()?.to_vec(),
            gram: self.gram().cloned(),
            detail: Detail { digits, gram: self.gram_detail },
        })
    }

    /// The critical points, where there are modes.
    pub fn landscape(&self) -> Option<Landscape<'_>> {
        self.optimum().map(|optimum| Landscape::of(self.problem(), optimum))
    }

    /// The training, whether the case asks for it or not; `None` where there is nothing to compare with.
    pub fn training(&self) -> Result<Option<&Verification>, &Untrainable> {
        let train = || verify(self.problem(), self.known(), &self.plan, self.listener);
        self.training.get_or_init(train).as_ref().map(Option::as_ref)
    }

    /// The training, if the case asks for it and it can be had.
    pub fn runs(&self) -> Option<&Verification> {
        self.case.training().run.then(|| self.training().ok().flatten()).flatten()
    }

    /// The rates at which the runs at the optimum come back to it from a small kick, run by run: the real flow is followed for
    /// a while as long as the slowest direction asks. `None` without a settled optimum.
    pub fn tail_rates(&self) -> Option<Vec<Option<f64>>> {
        let slowest = self.curvature()?.slowest(TAIL_BITS)?.value.middle().to_f64()?;
        let network = Network::of(self.problem(), Columns::of(self.problem())).ok()?;
        let runs = &self.training().ok().flatten()?.runs;
        let rate = |run: &RunReport| {
            let at_optimum = run.outcome == Outcome::Global;
            at_optimum.then(|| tail_rate(&network, &run.state, slowest)).flatten()
        };
        Some(runs.par_iter().map(rate).collect())
    }

    /// The founding paper's metrics of the networks that training ended in, run by run, where they are asked for: against the
    /// prediction, or under cross-entropy with equal counts the simplex frame.
    pub fn paper_metrics(&self) -> Vec<Option<PaperMetrics>> {
        let Some(runs) = self.training().ok().flatten().filter(|_| self.speaks_paper) else {
            return Vec::new();
        };
        let metrics = |run: &RunReport| paper_metrics(self.problem(), self.known(), &run.state);
        runs.runs.iter().map(metrics).collect()
    }

    /// The networks that training ended in, as claims see them.
    pub fn networks(&self) -> Vec<place::TrainedRun> {
        let networks = |v| place::networks(self.problem(), self.known(), v);
        self.training().ok().flatten().map_or(Vec::new(), networks)
    }

    /// The networks that others trained and the case names, measured; none if it names none.
    #[cfg(feature = "cli")]
    pub fn measured(&self) -> Result<&[Measurement], &Unmeasured> {
        self.measured.get_or_init(|| Measurement::of_case(self.case)).as_ref().map(Vec::as_slice)
    }

    /// The same as claims see them, each with its name.
    #[cfg(feature = "cli")]
    pub fn measured_networks(&self) -> Result<Vec<(String, Place)>, &Unmeasured> {
        let place = |m: &Measurement| {
            let outcome = m.comparison().map_or("not compared", |c| c.outcome.word());
            Some((format!("{}, {outcome}", m.files.join(" + ")), self.place_of(m)?))
        };
        Ok(self.measured()?.iter().filter_map(place).collect())
    }

    /// The first of them at the optimum.
    fn measured_at_optimum(&self) -> Option<Place> {
        #[cfg(feature = "cli")]
        return self.measured().ok()?.iter().find(|m| m.is_at_optimum()).and_then(|m| self.place_of(m));
        #[cfg(not(feature = "cli"))]
        None
    }

    #[cfg(feature = "cli")]
    fn place_of(&self, network: &Measurement) -> Option<Place> {
        place::measured(self.problem(), self.known(), network, self.plan.tolerance)
    }

    /// A judge of claims about the optimum.
    pub fn judge(&self) -> &Judge<'a> {
        self.judge.get_or_init(|| Judge::of(self.problem()).knowing(self.known().clone()))
    }

    /// A judge of claims about another point.
    pub fn judge_at<'b>(&'b self, place: &'b Place) -> Judge<'b> {
        Judge::at(self.problem(), place).knowing(self.known().clone())
    }

    /// What the applicable theorems and the case's own claims are on the optimum; the refusal of a claim that cannot be
    /// read.
    fn judged(&self) -> Result<&[Judged<'a>], &TheoremRefusal> {
        let judge = || Ok(tally::judged(self.judge(), tally::statements(self.case, self.theorems)?));
        self.judged.get_or_init(judge).as_ref().map(Vec::as_slice)
    }

    /// How many of them are what, on the optimum alone.
    pub fn tally(&self) -> Result<&TheoremCounts, &TheoremRefusal> {
        let judged = self.judged()?;
        Ok(self.tally.get_or_init(|| TheoremCounts::of(judged, None)))
    }

    /// The same, and what the first network shows that reached the optimum: of the training that the case asks for, else of
    /// the networks that it names.
    pub fn observed(&self) -> Result<&TheoremCounts, &TheoremRefusal> {
        let judged = self.judged()?;
        let trained = || {
            let runs = self.runs()?;
            let run = runs.runs.iter().find(|r| r.outcome.is_best())?;
            place::network(self.problem(), self.known(), run, runs.tolerance)
        };
        Ok(self.observed.get_or_init(|| match trained().or_else(|| self.measured_at_optimum()) {
            Some(place) => TheoremCounts::of(judged, Some(&self.judge_at(&place))),
            None => TheoremCounts::of(judged, None),
        }))
    }

    fn is_refuted(&self, id: &String) -> bool {
        self.tally().is_ok_and(|counts| counts.refuted.contains(id))
    }

    /// The verdict of `check`: of the training that the case asks for, unless a theorem is refuted as the case expects.
    pub fn verdict(&self) -> Verdict {
        if self.case.expect().theorem.as_ref().is_some_and(|id| self.is_refuted(id)) {
            return Verdict::Refuted;
        }
        match self.case.training().run {
            true => self.runs().map_or(Verdict::Undecided, |v| v.verdict),
            false => self.known().verdict(),
        }
    }

    /// Where the findings are not what the case expects, in words.
    pub fn disagreements(&self) -> Vec<String> {
        let (expect, verdict) = (self.case.expect(), self.verdict());
        let expected = |id: &String| expect.theorem.as_ref() == Some(id);
        let refuted =
            self.case.claims().iter().map(|c| &c.id).filter(|id| self.is_refuted(id) && !expected(id));
        let claims: Vec<String> = refuted.map(|id| format!("claim {id}: refuted")).collect();
        let mut all: Vec<Disagreement> = expectation::about_optimum(expect, self.known());
        let statement = self.known().statement();
        if let Some(theorem) = expect.theorem.as_ref().filter(|id| !self.is_refuted(id)) {
            all.extend(expectation::about_theorem(theorem, statement));
        }
        all.extend(self.runs().and_then(|runs| expectation::about_attained(expect, runs.attained)));
        all.extend(expectation::about_verdict(expect, verdict));
        #[cfg(feature = "cli")]
        if let (Some((expected, _)), Ok(measured)) = (self.case.measured(), self.measured()) {
            all.extend(measured.iter().flat_map(|m| expectation::about_measured(expected, m)));
        }
        claims.into_iter().chain(all.iter().map(ToString::to_string)).collect()
    }

    /// The certificate's text, the same as at any other precision.
    pub fn certificate(&self) -> Result<&str, Uncertifiable> {
        let certify = || match self.digits == certificate::DIGITS {
            true => certificate::of(self.case, self.known()),
            false => certificate::certify(self.case),
        };
        self.certificate.get_or_init(certify).as_ref().map(String::as_str).map_err(|reason| *reason)
    }

    /// What the checker says of the certificate, if there is one.
    pub fn audit(&self) -> Option<&Answer> {
        let beside = self.case.beside();
        let files = |name: &str| beside.filter(|file| file.name == name).map(|file| file.bytes.clone());
        let audit =
            || Some(kernel::audit_beside(self.case.bytes(), self.certificate().ok()?.as_bytes(), &files));
        self.audit.get_or_init(audit).as_ref()
    }
}

#[cfg(test)]
mod tests;
