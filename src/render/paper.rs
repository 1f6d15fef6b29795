//! The founding paper's metrics as JSON, by its names.

use crate::measure::paper::{PaperLayer, PaperMetrics};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The founding paper's metrics, by its names: class means are centred with a bias or under cross-entropy, the bias is no part
/// of the logits, matrices are divided by their Frobenius norms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PaperJson {
    /// What matrices are compared with: `simplex` or `identity` where classes are balanced, else `predicted`.
    pub frame: String,
    /// `W_M⋯W_1 H̄`.
    #[serde(rename = "NC3")]
    #[schemars(with = "Option<f64>")]
    pub logits: f64,
    /// The others, at each layer `m`; the first has the network's own features and the product of all layers.
    pub layers: Vec<PaperLayerJson>,
}

/// The founding paper's metrics at layer `m`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PaperLayerJson {
    /// `m`.
    pub layer: usize,
    /// `tr(Σ_W Σ_B⁺)/K` of the features that `W_m` sees.
    #[serde(rename = "NC1")]
    #[schemars(with = "Option<f64>")]
    pub within: f64,
    /// `A_m A_mᵀ`, `A_m = W_M⋯W_m`.
    #[serde(rename = "NC2_W")]
    #[schemars(with = "Option<f64>")]
    pub product: f64,
    /// `H̄_mᵀH̄_m`.
    #[serde(rename = "NC2_H")]
    #[schemars(with = "Option<f64>")]
    pub features: f64,
    /// `A_m` against its multiple of `H̄_mᵀ`.
    #[serde(rename = "NC3_W")]
    #[schemars(with = "Option<f64>")]
    pub duality: f64,
    /// Sizes of the rows of `A_m` along the features against the predicted ones, the worst class; null against a frame.
    #[serde(rename = "NC3_W_div_H")]
    #[schemars(with = "Option<f64>")]
    pub ratio: f64,
}

impl PaperJson {
    /// From what was measured.
    pub fn of(paper: &PaperMetrics) -> Self {
        let layer = |(m, l): (usize, &PaperLayer)| PaperLayerJson {
            layer: m + 1,
            within: l.within.pinv,
            product: l.product,
            features: l.features,
            duality: l.duality,
            ratio: l.ratio,
        };
        Self {
            frame: paper.frame.to_owned(),
            logits: paper.logits,
            layers: paper.layers.iter().enumerate().map(layer).collect(),
        }
    }
}
