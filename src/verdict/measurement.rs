//! All that is measured of one network that others trained, and the predictions for its own problem beside it.

pub use super::free_features::Manner;
use super::free_features::{Comparison, Incomparable, class_level, compare, problem, rational};
use super::{Geometry, TrajectoryPoint};
use crate::case::{Bias, Case, Loss, Problem, Targets, Terms};
use crate::exact::Rational;
use crate::measure::collapse::Collapse;
use crate::measure::head::{Gap, Head, gap};
use crate::measure::moments::Moments;
use crate::measure::outside::Outside;
use crate::measure::paper::{Frames, PaperMetrics};
use crate::measure::saved::names::{Asked, last_number};
use crate::measure::saved::numpy::stem;
use crate::measure::saved::refusal::Refusal;
use crate::measure::saved::tensor::Matrix;
use crate::measure::saved::{SavedNetwork, Unread, networks};
use crate::theory::{OptimalMode, Optimum};
use num_traits::ToPrimitive;
use std::path::Path;

/// Weights that are declared.
#[derive(Debug, Clone)]
pub struct Declared {
    /// `λ_1 … λ_M`.
    pub layers: Vec<Rational>,
    /// `λ_H`, if it is.
    pub features: Option<Rational>,
}

impl Declared {
    /// Those of a problem.
    pub fn of(problem: &Problem) -> Self {
        Self { layers: problem.weights().to_vec(), features: Some(problem.features().clone()) }
    }

    /// As floats.
    pub fn floats(&self) -> (Vec<f64>, Option<f64>) {
        let float = |λ: &Rational| λ.to_f64().unwrap_or(f64::NAN);
        (self.layers.iter().map(float).collect(), self.features.as_ref().map(float))
    }
}

/// A network, measured.
#[derive(Debug)]
pub struct Measurement {
    /// Its files.
    pub files: Vec<String>,
    /// The network.
    pub network: SavedNetwork,
    /// How it is measured.
    pub manner: Manner,
    /// Sums over its samples.
    pub moments: Moments,
    /// Its head.
    pub head: Head,
    /// The founding paper's metrics: against the balanced frame, else against the prediction that counts.
    pub paper: Option<PaperMetrics>,
    /// The head's objective at fixed features.
    pub gap: Option<Gap>,
    /// Its geometry.
    pub collapse: Collapse,
    /// NC5, where features outside the classes are given.
    pub outside: Option<Outside>,
    /// What is declared.
    pub declared: Option<Declared>,
    /// Against the optimum with the declared weights.
    pub against_declared: Option<Comparison>,
    /// Against the optimum with the fitted weights.
    pub against_fitted: Option<Comparison>,
    /// What could not be compared, and why.
    pub notes: Vec<String>,
}

impl Measurement {
    /// Measures a network. `progress` hears how many samples are done, each of which is read twice.
    pub fn of(
        (files, network): (Vec<String>, SavedNetwork),
        manner: Manner,
        declared: Option<Declared>,
        outside: Option<Matrix<'_>>,
        progress: &mut dyn FnMut(usize),
    ) -> Result<Self, Refusal> {
        let moments = Moments::of(&network, manner.loss, progress)?;
        let head = Head::of(&network, &moments);
        let diverges = || Refusal::Broken { what: "a decomposition does not converge".to_owned() };
        let collapse = Collapse::of(&network, &moments, manner.centre).ok_or_else(diverges)?;
        let outside = outside.map(|features| Outside::of(&moments, features)).transpose()?;
        let mut notes = Vec::new();
        if !head.bias_at_rest() {
            notes.push(format!("the bias is not at rest: ‖∂loss/∂b‖ is {:.3} of √N ‖∂loss/∂Z‖", head.bias));
        }
        let mut against = |name: &str, weights: Result<Vec<Rational>, Incomparable>| -> Option<Comparison> {
            let compared = weights
                .and_then(|weights| problem(&network, manner.loss, &weights))
                .and_then(|problem| compare(&network, &moments, &problem, manner));
            compared.map_err(|reason| notes.push(format!("not compared with {name} weights: {reason}"))).ok()
        };
        let complete = declared.as_ref().and_then(|declared| {
            Some(declared.layers.iter().chain([declared.features.as_ref()?]).cloned().collect())
        });
        let against_declared = complete.and_then(|weights| against("declared", Ok(weights)));
        let fitted = head.weights.iter().chain([&head.features_weight.0]).map(|λ| rational(*λ)).collect();
        let against_fitted = against("fitted", fitted);
        let weights = declared.as_ref().map_or_else(|| head.weights.clone(), |d| d.floats().0);
        let gap = gap(&network, &moments, manner.loss, &weights)?;
        let counted = against_declared.as_ref().or(against_fitted.as_ref());
        let paper = match network.counts.iter().all(|n| *n == network.counts[0]) {
            true => {
                let centred = network.bias.is_some() || manner.loss == Loss::CrossEntropy;
                let frames = Frames::balanced(network.classes(), network.layers.len(), centred);
                PaperMetrics::of(&network.state(&moments, manner.centre), centred, &frames)
            }
            false => counted.and_then(|c| c.paper.clone()),
        };
        Ok(Self {
            paper,
            files,
            network,
            manner,
            moments,
            head,
            gap,
            collapse,
            outside,
            declared,
            against_declared,
            against_fitted,
            notes,
        })
    }

    /// The networks that a case names, with its weights; none if it names none.
    pub fn of_case(case: &Case) -> Result<Vec<Self>, Unmeasured> {
        let Some((asked, files)) = case.measured() else { return Ok(Vec::new()) };
        let (problem, manner) = (case.problem(), Manner::of(case.problem().loss()));
        let all = networks(&files, &[], &Asked::of(asked)).map_err(Unmeasured::Unread)?;
        let measure = |(files, network): (Vec<String>, SavedNetwork)| {
            let names = files.join(" + ");
            if let Some(difference) = difference(problem, &network) {
                return Err(Unmeasured::Differs { files: names, difference });
            }
            let declared = Some(Declared::of(problem));
            Self::of((files, network), manner, declared, None, &mut |_| {})
                .map_err(|refusal| Unmeasured::Unread(Unread { files: names, refusal }))
        };
        all.into_iter().map(measure).collect()
    }

    /// The comparison that counts: with declared weights where they are complete, else with fitted ones.
    pub fn comparison(&self) -> Option<&Comparison> {
        self.against_declared.as_ref().or(self.against_fitted.as_ref())
    }

    /// Its problem, with the declared weights; those that are not declared are fitted, to five digits.
    pub fn own_problem(&self) -> Result<Problem, Incomparable> {
        let fit = |λ: f64| rational(format!("{λ:.4e}").parse().unwrap_or(f64::NAN));
        let declared = self.declared.as_ref();
        let layers = match declared {
            Some(declared) => declared.layers.clone(),
            None => self.head.weights.iter().map(|λ| fit(*λ)).collect::<Result<_, _>>()?,
        };
        let features = declared.and_then(|d| d.features.clone());
        let features = features.map_or_else(|| fit(self.head.features_weight.0), Ok)?;
        problem(&self.network, self.manner.loss, &[&layers[..], &[features]].concat())
    }

    /// Its geometry, as that of a network trained here.
    pub fn geometry(&self) -> Geometry {
        let spectra = std::iter::once(&self.moments.singular_values).chain(&self.collapse.singular_values);
        Geometry::at(&class_level(&self.network, &self.moments), spectra.cloned().collect())
    }

    /// Where it stands, as a point along a run; `None` without modes to compare with.
    pub fn point(&self, optimum: &Optimum, epoch: f64) -> Option<TrajectoryPoint> {
        let found = self.comparison()?;
        let mut own = found.strengths.iter().map(|(own, _)| *own);
        let block = |m: &OptimalMode| own.by_ref().take(m.mode.block.multiplicity).collect();
        Some(TrajectoryPoint {
            evaluations: 0,
            time: epoch,
            objective: found.objective,
            gradient_norm: f64::NAN,
            metrics: found.metrics?,
            strengths: optimum.modes.iter().map(block).collect(),
        })
    }

    /// Whether the network stands at the optimum of its problem, with free features.
    pub fn is_at_optimum(&self) -> bool {
        self.head.features_are_free() && self.comparison().is_some_and(|c| c.outcome.is_best())
    }
}

/// Checkpoints in the order of their epochs, which are the last numbers of their files' names where these differ, else
/// 1, 2, ….
pub fn trajectory(all: &[Measurement]) -> Vec<(f64, &Measurement)> {
    let number =
        |m: &Measurement| last_number(&m.files.first().map(|f| stem(Path::new(f))).unwrap_or_default());
    let mut named: Vec<(u64, &Measurement)> = all.iter().map(|m| (number(m), m)).collect();
    named.sort_by_key(|(epoch, _)| *epoch);
    if named.windows(2).all(|pair| pair[0].0 < pair[1].0) {
        return named.into_iter().map(|(epoch, m)| (epoch as f64, m)).collect();
    }
    all.iter().enumerate().map(|(i, m)| (i as f64 + 1.0, m)).collect()
}

/// Why a network that a case names is not measured.
#[derive(Debug, Clone)]
pub enum Unmeasured {
    /// It is not read.
    Unread(Unread),
    /// It has another problem than the case.
    Differs {
        /// The files.
        files: String,
        /// Where.
        difference: String,
    },
}

impl std::fmt::Display for Unmeasured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unread(unread) => write!(f, "{unread}"),
            Self::Differs { files, difference } => write!(f, "{files}: {difference}"),
        }
    }
}

/// Where a declared problem is not the network's own: what is compared would be of neither.
pub fn difference(problem: &Problem, network: &SavedNetwork) -> Option<String> {
    let widths: Vec<u64> = network.layers.iter().map(|w| w.ncols() as u64).collect();
    let bias = Bias::ALL[usize::from(network.bias.is_some())];
    if problem.targets() != &Targets::OneHot {
        return Some(
            "the case has targets of its own; labels in a file stand for one-hot targets".to_owned(),
        );
    }
    if problem.terms() != &Terms::default() {
        return Some("the case has further terms; the plain loss is measured".to_owned());
    }
    let parts = [
        ("counts", format!("{:?}", problem.counts()), format!("{:?}", network.counts)),
        ("depth", problem.depth().to_string(), widths.len().to_string()),
        ("widths", format!("{:?}", problem.widths()), format!("{widths:?}")),
        ("bias", problem.bias().word().to_owned(), bias.word().to_owned()),
    ];
    let differs = parts.into_iter().find(|(_, case, file)| case != file);
    differs.map(|(what, case, file)| format!("the case has {what} {case}, the file {file}"))
}
