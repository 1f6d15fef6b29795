//! The measurement of a saved network as JSON, text, CSV and a LaTeX row. Every number in it is measured, but for predicted
//! objectives and strengths, which are floats of proven values.

use super::paper::PaperJson;
use crate::measure::collapse::LayerCollapse;
use crate::verdict::free_features::{Comparison, LayerAgreement};
use crate::verdict::measurement::Measurement;
use faer::Mat;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The JSON form, `tightframe.measurement/1`. What is undefined is null: directions and ratios of zero matrices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasurementJson {
    /// `tightframe.measurement/1`.
    pub format: String,
    /// The files.
    pub files: Vec<String>,
    /// `mse` or `ce`: the loss that the network is measured with.
    pub loss_name: String,
    /// `none` or `last-layer`.
    pub bias: String,
    /// The coarsest type of numbers in the files.
    pub dtype: String,
    /// What rounding to this type leaves of NC2 and NC3 at the optimum, about.
    pub floor: f64,
    /// What class means are measured from: the mean over `samples` or over `classes`.
    pub centre: String,
    /// Samples of each class.
    pub counts: Vec<u64>,
    /// `N`.
    pub samples: usize,
    /// Width of the features, `d_1`.
    pub d: usize,
    /// `d_1 … d_M`.
    pub widths: Vec<usize>,
    /// `tr(Σ_W Σ_B⁺)/K`, `Σ_B` cut at its rank.
    #[schemars(with = "Option<f64>")]
    pub nc1_pinv: f64,
    /// That rank.
    pub nc1_rank: usize,
    /// `tr Σ_W/tr Σ_B`.
    #[schemars(with = "Option<f64>")]
    pub nc1_traces: f64,
    /// `‖h_k‖`.
    pub feature_norms: Vec<f64>,
    /// `‖h_k − h_G‖`.
    pub feature_norms_centred: Vec<f64>,
    /// `‖w_k‖`, rows of `W_M`.
    pub classifier_norms: Vec<f64>,
    /// Share of samples whose largest logit is their class's.
    pub accuracy: f64,
    /// Share of samples whose largest logit is that of the nearest class mean.
    pub nc4_agreement: f64,
    /// Gram matrices against the simplex frame.
    pub nc2_etf: FrameJson,
    /// Gram matrices against the orthonormal frame.
    pub nc2_identity: FrameJson,
    /// `‖A/‖A‖ − X̄ᵀ/‖X̄‖‖`, `A = W_M⋯W_1`, `X̄` the centred class means.
    #[schemars(with = "Option<f64>")]
    pub nc3_self_duality_centred: f64,
    /// Singular values of `W_1 … W_M` and `H`, largest first.
    pub singular_values: BTreeMap<String, Vec<f64>>,
    /// The loss, without regularisation.
    pub loss: f64,
    /// `e = −⟨W_l, ∂loss/∂W_l⟩`, one number for every layer.
    pub e: f64,
    /// `λ̂_l = e/‖W_l‖²`.
    #[schemars(with = "Vec<Option<f64>>")]
    pub lambda_hat: Vec<f64>,
    /// `λ̂_H = e/‖H‖²`.
    #[serde(rename = "lambda_H_hat")]
    #[schemars(with = "Option<f64>")]
    pub lambda_features_hat: f64,
    /// The same with the centred features.
    #[serde(rename = "lambda_H_hat_centred")]
    #[schemars(with = "Option<f64>")]
    pub lambda_features_hat_centred: f64,
    /// Cosine between `−∂loss/∂W_l` and `W_l`; 1 at rest.
    #[schemars(with = "Vec<Option<f64>>")]
    pub stationarity_cosine: Vec<f64>,
    /// Cosine between `−∂loss/∂H` and `H`; 1 for free features at rest.
    #[serde(rename = "stationarity_cosine_H")]
    #[schemars(with = "Option<f64>")]
    pub stationarity_cosine_features: f64,
    /// `‖λ̂_{l+1}W_{l+1}ᵀW_{l+1} − λ̂_lW_lW_lᵀ‖` relative to the larger term, between neighbouring layers.
    #[schemars(with = "Vec<Option<f64>>")]
    pub balance: Vec<f64>,
    /// What rounding of the file's numbers may do to a gradient's direction.
    pub rounding: f64,
    /// `at-rest` or `not-at-rest`: the head, whatever its features.
    pub head: String,
    /// The head's optimality gap at fixed features, one and two layers: a dual bound, with the declared weights if there are
    /// any, else the fitted ones.
    pub head_gap: Option<GapJson>,
    /// `collapsed` or `not-collapsed`: whether the root of `nc1_traces` is at most one hundredth.
    pub geometry: String,
    /// `free` or `not-free`: whether the features behave as if they were free.
    pub features: String,
    /// Declared `λ_1 … λ_M`.
    pub lambda_declared: Option<Vec<f64>>,
    /// Declared `λ_H`.
    #[serde(rename = "lambda_H_declared")]
    pub lambda_features_declared: Option<f64>,
    /// Against the optimum with the declared weights; null without a declared `λ_H`.
    pub against_declared: Option<ComparisonJson>,
    /// Against the optimum with the fitted weights; null where a fit is not positive.
    pub against_fitted: Option<ComparisonJson>,
    /// The founding paper's metrics; null where counts differ and no prediction is at hand.
    pub paper: Option<PaperJson>,
    /// Collapse at every layer of the head, its own features first.
    pub layers: Vec<LayerJson>,
    /// Cosines between class means.
    #[schemars(with = "Vec<Vec<Option<f64>>>")]
    pub cosines_features: Vec<Vec<f64>>,
    /// Cosines between centred class means.
    #[schemars(with = "Vec<Vec<Option<f64>>>")]
    pub cosines_features_centred: Vec<Vec<f64>>,
    /// Cosines between rows of `W_M`.
    #[schemars(with = "Vec<Vec<Option<f64>>>")]
    pub cosines_classifier: Vec<Vec<f64>>,
    /// Classes (from 0) whose mean is zero beside the largest.
    pub collapsed: Vec<usize>,
    /// Pairs of classes (from 0) with the same mean.
    pub merged: Vec<(usize, usize)>,
    /// Numerical ranks of `W_1 … W_M`.
    pub ranks: Vec<usize>,
    /// Slopes of `ln ‖h_k‖` and `ln ‖w_k‖` against `ln n_k`; null for equal counts, and where a mean is zero.
    pub slopes: Option<[f64; 2]>,
    /// `(1/K) Σ_k |cos(h_k, μ)|`, `μ` the mean feature outside the classes; null without `--outside`.
    pub nc5_outside: Option<f64>,
    /// Samples outside the classes.
    pub samples_outside: Option<usize>,
    /// What could not be compared, and why.
    pub notes: Vec<String>,
}

/// `‖X/‖X‖ − G/‖G‖‖` for three matrices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FrameJson {
    /// `W_M W_Mᵀ`.
    #[schemars(with = "Option<f64>")]
    pub classifier: f64,
    /// `H̄ᵀH̄`.
    #[schemars(with = "Option<f64>")]
    pub features: f64,
    /// The same of centred means.
    #[schemars(with = "Option<f64>")]
    pub features_centred: f64,
    /// `A Aᵀ`, `A = W_M⋯W_1`.
    #[schemars(with = "Option<f64>")]
    pub product: f64,
}

/// The features that one layer sees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub struct LayerJson {
    pub layer: usize,
    #[schemars(with = "Option<f64>")]
    pub nc1_pinv: f64,
    pub nc1_rank: usize,
    #[schemars(with = "Option<f64>")]
    pub nc1_traces: f64,
    #[schemars(with = "Option<f64>")]
    pub nc2_etf_features: f64,
    #[schemars(with = "Option<f64>")]
    pub nc2_etf_features_centred: f64,
    #[schemars(with = "Option<f64>")]
    pub nc2_etf_product: f64,
    #[schemars(with = "Option<f64>")]
    pub nc2_identity_features: f64,
    #[schemars(with = "Option<f64>")]
    pub nc2_identity_features_centred: f64,
    #[schemars(with = "Option<f64>")]
    pub nc2_identity_product: f64,
    #[schemars(with = "Option<f64>")]
    pub nc3_self_duality_centred: f64,
    #[schemars(with = "Option<f64>")]
    pub nc3_etf_logits_centred: f64,
    #[schemars(with = "Option<f64>")]
    pub nc3_identity_logits: f64,
}

/// The head's objective at fixed features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GapJson {
    /// `loss + Σ λ_l/2 ‖W_l‖²`.
    pub objective: f64,
    /// A lower bound of its least.
    pub floor: f64,
    /// Their difference over the objective.
    pub relative: f64,
}

/// A network beside the optimum of its problem as if features were free.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonJson {
    /// `λ_1 … λ_M`, then `λ_H`.
    pub lambda: Vec<f64>,
    /// The network's objective.
    pub objective: f64,
    /// The optimum's.
    pub objective_predicted: f64,
    /// Their difference over the optimum.
    pub relative_gap: f64,
    /// `global`, `best-known`, `local-minimum`, `saddle` or `not-converged`.
    pub outcome: String,
    /// The critical point, as `predict --critical-points` names it.
    pub critical_point: Option<String>,
    /// Optimal modes that it lost: `[μ, copies]`.
    pub lost: Vec<(f64, usize)>,
    /// The network's shrinkages, one a mode, largest target first.
    pub u: Vec<f64>,
    /// The optimum's.
    pub u_predicted: Vec<f64>,
    /// `W_M W_Mᵀ` against the predicted one.
    pub nc2_classifier: Option<f64>,
    /// `H̄ᵀH̄` against the predicted one.
    pub nc2_features: Option<f64>,
    /// The same of centred means.
    pub nc2_features_centred: Option<f64>,
    /// Logits of class means, with the bias, against the predicted ones.
    pub nc3_logits: Option<f64>,
    /// `W_M⋯W_1` against its predicted multiple of `H̄ᵀ`.
    pub nc3_duality: Option<f64>,
    /// Predicted `slopes`; null where there are none.
    pub slopes_predicted: Option<[f64; 2]>,
    /// The same at every layer, the first first; empty under cross-entropy.
    pub layers: Vec<AgreementJson>,
}

/// The matrices around one layer against the predicted ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AgreementJson {
    /// `m`.
    pub layer: usize,
    /// `A_m A_mᵀ`, `A_m = W_M⋯W_m`.
    pub nc2_product: f64,
    /// `H̄_mᵀH̄_m`, class means at the input of `W_m`.
    pub nc2_features: f64,
    /// The same of centred means.
    pub nc2_features_centred: f64,
    /// `A_m` against its predicted multiple of `H̄_mᵀ`.
    pub nc3_duality: f64,
}

fn rows(matrix: &Mat<f64>) -> Vec<Vec<f64>> {
    (0..matrix.nrows()).map(|i| (0..matrix.ncols()).map(|j| matrix[(i, j)]).collect()).collect()
}

impl ComparisonJson {
    fn of(c: &Comparison) -> Self {
        let metric = |pick: fn(&crate::verdict::Metrics) -> f64| c.metrics.as_ref().map(pick);
        Self {
            lambda: c.weights.clone(),
            objective: c.objective,
            objective_predicted: c.predicted,
            relative_gap: c.relative_gap,
            outcome: c.outcome.word().to_owned(),
            critical_point: c.point.clone(),
            lost: c.lost.clone(),
            u: c.strengths.iter().map(|(own, _)| *own).collect(),
            u_predicted: c.strengths.iter().map(|(_, u)| *u).collect(),
            nc2_classifier: metric(|m| m.nc2_classifier),
            nc2_features: metric(|m| m.nc2_features),
            nc2_features_centred: c.layers.first().map(|l| l.features_centred),
            nc3_logits: metric(|m| m.nc3_logits),
            nc3_duality: metric(|m| m.nc3_duality),
            slopes_predicted: c.slopes,
            layers: c.layers.iter().enumerate().map(AgreementJson::of).collect(),
        }
    }
}

impl AgreementJson {
    fn of((m, l): (usize, &LayerAgreement)) -> Self {
        Self {
            layer: m + 1,
            nc2_product: l.product,
            nc2_features: l.features,
            nc2_features_centred: l.features_centred,
            nc3_duality: l.duality,
        }
    }
}

impl LayerJson {
    fn of((m, l): (usize, &LayerCollapse)) -> Self {
        Self {
            layer: m + 1,
            nc1_pinv: l.within.pinv,
            nc1_rank: l.within.rank,
            nc1_traces: l.within.traces,
            nc2_etf_features: l.features[0],
            nc2_etf_features_centred: l.features_centred[0],
            nc2_etf_product: l.product[0],
            nc2_identity_features: l.features[1],
            nc2_identity_features_centred: l.features_centred[1],
            nc2_identity_product: l.product[1],
            nc3_self_duality_centred: l.self_duality,
            nc3_etf_logits_centred: l.logits[0],
            nc3_identity_logits: l.logits[1],
        }
    }
}

impl MeasurementJson {
    /// The measurement of a network of at least one layer.
    pub fn of(m: &Measurement) -> Self {
        let (network, moments, head, collapse) = (&m.network, &m.moments, &m.head, &m.collapse);
        let own = &collapse.layers[0];
        let frame = |i: usize| FrameJson {
            classifier: collapse.classifier[i],
            features: own.features[i],
            features_centred: own.features_centred[i],
            product: own.product[i],
        };
        let layers = collapse.singular_values.iter().enumerate();
        let mut singular_values: BTreeMap<String, Vec<f64>> =
            layers.map(|(l, s)| (format!("W_{}", l + 1), s.clone())).collect();
        singular_values.insert("H".to_owned(), moments.singular_values.clone());
        let share = |n: usize| n as f64 / network.samples() as f64;
        let [cosines_features, cosines_features_centred, cosines_classifier] =
            collapse.cosines.each_ref().map(rows);
        Self {
            format: "tightframe.measurement/1".to_owned(),
            files: m.files.clone(),
            loss_name: m.manner.loss.word().to_owned(),
            bias: if network.bias.is_some() { "last-layer" } else { "none" }.to_owned(),
            dtype: network.dtype.word().to_owned(),
            floor: network.dtype.floor(),
            centre: m.manner.centre.word().to_owned(),
            counts: network.counts.clone(),
            samples: network.samples(),
            d: network.width(),
            widths: network.layers.iter().map(Mat::ncols).collect(),
            nc1_pinv: own.within.pinv,
            nc1_rank: own.within.rank,
            nc1_traces: own.within.traces,
            feature_norms: collapse.feature_norms.clone(),
            feature_norms_centred: collapse.feature_norms_centred.clone(),
            classifier_norms: collapse.classifier_norms.clone(),
            accuracy: share(moments.correct),
            nc4_agreement: share(moments.nearest),
            nc2_etf: frame(0),
            nc2_identity: frame(1),
            nc3_self_duality_centred: own.self_duality,
            singular_values,
            loss: moments.loss,
            e: head.energy,
            lambda_hat: head.weights.clone(),
            lambda_features_hat: head.features_weight.0,
            lambda_features_hat_centred: head.features_weight.1,
            stationarity_cosine: head.cosines.clone(),
            stationarity_cosine_features: head.features_cosine,
            balance: head.balance.clone(),
            rounding: head.rounding,
            head: if head.at_rest() { "at-rest" } else { "not-at-rest" }.to_owned(),
            head_gap: m.gap.map(|g| GapJson {
                objective: g.objective,
                floor: g.floor,
                relative: (g.objective - g.floor) / g.objective,
            }),
            geometry: if collapse.is_collapsed() { "collapsed" } else { "not-collapsed" }.to_owned(),
            features: if head.features_are_free() { "free" } else { "not-free" }.to_owned(),
            lambda_declared: m.declared.as_ref().map(|d| d.floats().0),
            lambda_features_declared: m.declared.as_ref().and_then(|d| d.floats().1),
            against_declared: m.against_declared.as_ref().map(ComparisonJson::of),
            against_fitted: m.against_fitted.as_ref().map(ComparisonJson::of),
            paper: m.paper.as_ref().map(PaperJson::of),
            layers: collapse.layers.iter().enumerate().map(LayerJson::of).collect(),
            cosines_features,
            cosines_features_centred,
            cosines_classifier,
            collapsed: collapse.collapsed.clone(),
            merged: collapse.merged.clone(),
            ranks: collapse.ranks.clone(),
            slopes: collapse.slopes,
            nc5_outside: m.outside.map(|o| o.cosine),
            samples_outside: m.outside.map(|o| o.samples),
            notes: m.notes.clone(),
        }
    }

    /// The comparison that counts: with declared weights where they are complete, else with fitted ones.
    pub fn comparison(&self) -> Option<&ComparisonJson> {
        self.against_declared.as_ref().or(self.against_fitted.as_ref())
    }
}
