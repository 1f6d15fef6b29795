//! Measurements as text, CSV and rows of LaTeX.

use super::Page;
use super::measurement::{ComparisonJson, LayerJson, MeasurementJson};
use super::paper::PaperLayerJson;
use super::table::{Align, Table};
use crate::verdict::Outcome;
use crate::verdict::measurement::{Measurement, trajectory};

impl MeasurementJson {
    /// The text form.
    pub fn text(&self) -> Page {
        let list =
            |v: &[f64]| v.iter().map(|x| defined(*x, |x| format!("{x:.4e}"))).collect::<Vec<_>>().join(", ");
        let shown =
            |v: &[f64]| v.iter().map(|x| defined(*x, |x| format!("{x:.5}"))).collect::<Vec<_>>().join(", ");
        let rest = if self.head == "at-rest" { "at rest" } else { "not at rest" };
        let mut out = Page::from(format!("measured  the head is {rest}; {}\n\n", self.verdict_of_features()));
        out += &format!(
            "{}\n  K = {} classes, N = {} samples, widths {:?}, {} loss, bias {}, numbers {}\n",
            self.files.join(", "),
            self.counts.len(),
            self.samples,
            self.widths,
            self.loss_name,
            self.bias,
            self.dtype
        );
        out += &format!("  loss {:.8e}, accuracy {:.4}\n", self.loss, self.accuracy);
        out += &format!("\nA  the head alone, −∂loss/∂W_l = λ_l W_l whatever the features are: {rest}\n");
        out += &format!("  λ̂_l = e/‖W_l‖²        {}\n", list(&self.lambda_hat));
        if let Some(declared) = &self.lambda_declared {
            let apart = declared.iter().zip(&self.lambda_hat).map(|(λ, own)| (own / λ - 1.0).abs());
            let apart = 100.0 * apart.fold(0.0, f64::max);
            out += &format!("  λ_l declared          {} (λ̂ within {apart:.2} %)\n", list(declared));
        }
        out += &format!("  cos(−∂loss, W_l)      {}\n", shown(&self.stationarity_cosine));
        if !self.balance.is_empty() {
            out += &format!("  imbalance             {}\n", list(&self.balance));
        }
        if let Some(gap) = &self.head_gap {
            out += &format!("  gap at fixed features {:.2e}, relative (dual bound)\n", gap.relative);
        }
        self.geometry(&mut out);
        let free = if self.features == "free" { "they behave so" } else { "they do not" };
        out += &format!("\nC  as free features, −∂loss/∂H = λ_H H: {free}\n");
        out += &format!(
            "  cos(−∂loss, H) {}, λ̂_H = e/‖H‖² {}\n",
            shown(&[self.stationarity_cosine_features]),
            list(&[self.lambda_features_hat])
        );
        for (name, comparison) in [("declared", &self.against_declared), ("fitted", &self.against_fitted)] {
            if let Some(c) = comparison {
                out += &c.text(name);
            }
        }
        for note in &self.notes {
            out += &format!("  {note}\n");
        }
        out += "\nEvery number is measured; predicted objectives and strengths are proven, then rounded.\n";
        out
    }

    /// Tier B.
    fn geometry(&self, out: &mut Page) {
        let collapsed = if self.geometry == "collapsed" { "collapsed" } else { "not collapsed" };
        *out += &format!("\nB  geometry, free of scale: {collapsed}\n");
        *out += &format!(
            "  centre: mean over {}; numbers of type {} leave NC2 and NC3 near {:.0e}\n",
            self.centre, self.dtype, self.floor
        );
        let columns =
            ["layer", "NC1 pinv", "rank", "NC1 traces", "NC2 frame", "NC2 identity", "NC2 product", "NC3"];
        let columns: Vec<(&str, Align)> = columns.iter().map(|name| (*name, Align::Right)).collect();
        let short = |x: f64| defined(x, |x| format!("{x:.3e}"));
        let line = |l: &LayerJson| {
            let mut cells = vec![l.layer.to_string(), short(l.nc1_pinv), l.nc1_rank.to_string()];
            cells.extend(
                [
                    l.nc1_traces,
                    l.nc2_etf_features_centred,
                    l.nc2_identity_features,
                    l.nc2_etf_product,
                    l.nc3_self_duality_centred,
                ]
                .map(short),
            );
            cells
        };
        out.table(Table::new(&columns, self.layers.iter().map(line).collect()));
        if let Some(paper) = &self.paper {
            *out += &format!("  the founding paper's, against its {} frame:\n", paper.frame);
            let columns = ["layer", "NC1", "NC2_W", "NC2_H", "NC3_W"].map(|name| (name, Align::Right));
            let line = |l: &PaperLayerJson| {
                let mut cells = vec![l.layer.to_string()];
                cells.extend([l.within, l.product, l.features, l.duality].map(short));
                cells
            };
            out.table(Table::new(&columns, paper.layers.iter().map(line).collect()));
            *out += &format!("  NC3 {}\n", short(paper.logits));
        }
        *out += &format!("  NC4 agreement {:.4}\n", self.nc4_agreement);
        if let (Some(cosine), Some(samples)) = (self.nc5_outside, self.samples_outside) {
            *out += &format!(
                "  NC5 {cosine:.4}: mean |cos| of class means and the mean of {samples} samples outside\n"
            );
        }
        if !self.collapsed.is_empty() {
            *out += &format!("  classes without a mean feature: {:?}\n", self.collapsed);
        }
        if !self.merged.is_empty() {
            *out += &format!("  classes that share one: {:?}\n", self.merged);
        }
        if let Some([features, classifier]) = self.slopes {
            let predicted = self.comparison().and_then(|c| c.slopes_predicted);
            let predicted = predicted.map_or(String::new(), |[h, w]| format!("; predicted {h:.3}, {w:.3}"));
            *out += &format!(
                "  ln ‖h_k‖ and ln ‖w_k‖ against ln n_k: slopes {features:.3}, {classifier:.3}{predicted}\n"
            );
        }
    }

    fn verdict_of_features(&self) -> String {
        if self.features != "free" {
            return "its features are not free, so no optimum is expected of them".to_owned();
        }
        match self.comparison() {
            None => "its features behave as free ones".to_owned(),
            Some(c) if c.lost.is_empty() => format!("as free features: {}", c.outcome),
            Some(c) => {
                let lost: Vec<String> = c.lost.iter().map(|(μ, n)| format!("{n} at μ = {μ:.4}")).collect();
                format!("as free features: {}, it lost {}", c.outcome, lost.join(", "))
            }
        }
    }

    /// One row of a checkpoint.
    fn row(&self, epoch: f64) -> Row {
        let number = |x: f64| if x.is_nan() { String::new() } else { format!("{x:e}") };
        let optional = |x: Option<f64>| x.map(number).unwrap_or_default();
        let c = self.comparison();
        vec![
            ("file", self.files.join("+")),
            ("epoch", epoch.to_string()),
            ("samples", self.samples.to_string()),
            ("loss", number(self.loss)),
            ("accuracy", number(self.accuracy)),
            ("nc1_pinv", number(self.nc1_pinv)),
            ("nc1_traces", number(self.nc1_traces)),
            ("nc2_etf_features_centred", number(self.nc2_etf.features_centred)),
            ("nc2_identity_features", number(self.nc2_identity.features)),
            ("nc3_self_duality_centred", number(self.nc3_self_duality_centred)),
            ("nc4_agreement", number(self.nc4_agreement)),
            ("stationarity_cosine_H", number(self.stationarity_cosine_features)),
            ("head", self.head.clone()),
            ("features", self.features.clone()),
            ("relative_gap", optional(c.map(|c| c.relative_gap))),
            ("outcome", c.map(|c| c.outcome.clone()).unwrap_or_default()),
        ]
    }
}

/// A number, or that there is none: a zero matrix has no direction.
fn defined(x: f64, write: impl Fn(f64) -> String) -> String {
    if x.is_nan() { "undefined".to_owned() } else { write(x) }
}

impl ComparisonJson {
    fn text(&self, name: &str) -> String {
        let mut out = format!(
            "  with {name} weights: objective {:.8e} against {:.8e}, relative gap {:.2e}: {}{}\n",
            self.objective,
            self.objective_predicted,
            self.relative_gap,
            self.outcome,
            self.critical_point.as_ref().map_or(String::new(), |p| {
                let place = if self.outcome == Outcome::NotConverged.word() { "near" } else { "at" };
                format!(" {place} {p}")
            })
        );
        if let (Some(w), Some(h), Some(z), Some(d)) =
            (self.nc2_classifier, self.nc2_features, self.nc3_logits, self.nc3_duality)
        {
            out += &format!(
                "    NC2 classifier {w:.2e}, features {h:.2e}; NC3 logits {z:.2e}, duality {d:.2e}\n"
            );
        }
        out
    }
}

/// A network in a line: its head, its features, and where it stands.
pub fn line(m: &Measurement) -> String {
    let head = if m.head.at_rest() { "head at rest" } else { "head not at rest" };
    let features = if m.head.features_are_free() { "features free" } else { "features not free" };
    let place = m
        .comparison()
        .map_or(String::new(), |c| format!("; {}, relative gap {:.1e}", c.outcome.word(), c.relative_gap));
    format!("{}: {head}, {features}{place}", m.files.join(" + "))
}

/// Names and values of one network.
pub type Row = Vec<(&'static str, String)>;

/// Networks as rows, in the order of their epochs.
pub fn rows(all: &[Measurement]) -> Vec<Row> {
    trajectory(all).into_iter().map(|(epoch, m)| MeasurementJson::of(m).row(epoch)).collect()
}

/// Rows as CSV with a header.
pub fn csv(rows: &[Row]) -> String {
    let mut out = String::new();
    for (i, row) in rows.iter().enumerate() {
        if i == 0 {
            out += &(row.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",") + "\n");
        }
        let cell = |text: &str| {
            if text.contains([',', '"', '\n']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.to_owned()
            }
        };
        out += &(row.iter().map(|(_, value)| cell(value)).collect::<Vec<_>>().join(",") + "\n");
    }
    out
}

/// Rows for a LaTeX table, names as a comment above them.
pub fn latex(rows: &[Row]) -> String {
    let mut out = String::new();
    for (i, row) in rows.iter().enumerate() {
        if i == 0 {
            out += &format!("% {}\n", row.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" & "));
        }
        let cell = |(_, value): &(&str, String)| match value.parse::<f64>() {
            Ok(x) if value.contains('e') => format!("\\num{{{x:.3e}}}"),
            _ => value.replace('_', "\\_").replace('%', "\\%").replace('&', "\\&"),
        };
        out += &(row.iter().map(cell).collect::<Vec<_>>().join(" & ") + " \\\\\n");
    }
    out
}
