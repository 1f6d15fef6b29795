//! A prediction as JSON and as text: one document, with a part that differs.

use super::Page;
use super::cross_entropy::{self, EntropyPart};
use super::facts;
use super::modes::{self, ModesPart};
use super::number::Number;
use super::problem::{ProblemJson, heading};
use super::start::StartJson;
use crate::study::Study;
use crate::theory::founding::Founding;
use crate::theory::{Known, Prediction};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The JSON form of a prediction, `tightframe.prediction/1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PredictionJson {
    /// `tightframe.prediction/1`.
    pub format: String,
    /// The case's title.
    pub case: String,
    /// The problem, exact.
    pub problem: ProblemJson,
    /// `unique` (up to rotations of hidden space), `tie`, `rank-tie`, `zero` or `undecided`.
    pub optimum: String,
    /// Objective `f*`; null where nothing encloses it (cross-entropy).
    pub objective: Option<Number>,
    /// Mean squared error: the modes.
    #[serde(flatten)]
    pub modes: ModesPart,
    /// Cross-entropy: what is known beside the optimum.
    #[serde(flatten)]
    pub entropy: EntropyPart,
    /// What a random start is expected to lose, where it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<StartJson>,
}

impl PredictionJson {
    /// The JSON form of a study's prediction, to `digits` significant digits.
    pub fn of(study: &Study, digits: usize) -> Self {
        let (problem, known) = (study.problem(), study.known());
        let none = EntropyPart::default;
        let (modes, entropy) = match known {
            Known::SquaredError(_) => {
                let part = |p: &Prediction| ModesPart::of(p, study.curvature(), founding(study).as_ref());
                (study.prediction(digits).as_ref().map(part).unwrap_or_default(), none())
            }
            Known::Shallow(found) => {
                let classes = facts::classes(problem, found);
                (ModesPart { classes, ..ModesPart::default() }, EntropyPart::shallow(problem, found, digits))
            }
            Known::Deep(found) => (ModesPart::default(), EntropyPart::deep(problem, found, digits)),
            Known::Open(_) => (ModesPart::default(), none()),
        };
        Self {
            format: "tightframe.prediction/1".to_owned(),
            case: study.case().title().to_owned(),
            problem: ProblemJson::of(problem),
            optimum: known.uniqueness().word().to_owned(),
            objective: known.objective().map(|x| Number::of(&x, digits)),
            modes,
            entropy,
            start: None,
        }
    }
}

/// The founding paper's quantities, where they are asked for.
fn founding(study: &Study) -> Option<Founding> {
    Founding::of(study.problem(), study.optimum().filter(|_| study.speaks_paper())?)
}

/// The text form of a study's prediction, to `digits` significant digits.
pub fn text(study: &Study, digits: usize) -> Page {
    let problem = study.problem();
    let part = match study.known() {
        Known::SquaredError(_) => {
            let part = |p: &Prediction| modes::text(p, study.curvature(), founding(study).as_ref());
            study.prediction(digits).as_ref().map(part).unwrap_or_default()
        }
        Known::Shallow(found) => cross_entropy::shallow(problem, found, digits),
        Known::Deep(found) => cross_entropy::deep(problem, found, digits),
        Known::Open(reason) => Page::from(format!("optimum    undecided: {reason}\n")),
    };
    let mut page = Page::from(heading(study.case().title(), problem) + "\n");
    page.append(part);
    page
}
