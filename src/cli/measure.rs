//! `measure`: a network that others trained, from its files.

use super::form::Json;
use super::screen::Screen;
use super::{Error, Exit, answer};
use crate::case::{Bias, Case, Loss, Targets, Terms};
use crate::exact::{Rational, read_rational, whole};
use crate::measure::collapse::{Centre, Collapse};
use crate::measure::head::{Head, gap};
use crate::measure::moments::Moments;
use crate::measure::saved::names::Asked;
use crate::measure::saved::refusal::Refusal;
use crate::measure::saved::tensor::Tensor;
use crate::measure::saved::{SavedNetwork, tensors};
use crate::render::measurement::{Measured, MeasurementJson};
use crate::render::measurement_text::{csv, latex};
use crate::render::{self, Page};
use crate::verdict::free_features::{Comparison, Incomparable, compare, problem, rational};
use clap::{Args, ValueEnum};
use num_traits::ToPrimitive;
use std::path::PathBuf;

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For reading.
    Text,
    /// The complete result; a list for several networks.
    Json,
    /// One row a network.
    Csv,
    /// One row a network, for a table of a paper.
    Latex,
}

#[derive(Clone, Copy, ValueEnum)]
enum LossName {
    /// Mean squared error.
    Mse,
    /// Cross-entropy.
    Ce,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Convention {
    /// 1/(2N) ‖·‖²: λ is the weight decay.
    HalfMeanSamples,
    /// 1/N ‖·‖²: λ is half of it.
    MeanSamples,
    /// 1/(NK) ‖·‖², a mean over all entries: λ is K/2 times it.
    MeanEntries,
    /// 1/(2NK) ‖·‖²: λ is K times it.
    HalfMeanEntries,
}

#[derive(Clone, Copy, ValueEnum)]
enum Axis {
    /// A sample is a row.
    Rows,
    /// A sample is a column.
    Columns,
}

#[derive(Clone, Copy, ValueEnum)]
enum From {
    /// The mean over samples.
    Samples,
    /// The mean of class means.
    Classes,
}

/// Measure a network that others trained, and compare it with the optimum of its own problem
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe measure net.npz --loss mse
  tightframe measure net.safetensors --loss mse --weight-decay 1e-3 --loss-convention mean-entries
  tightframe measure net.npz --case case.toml --expect-optimum
  tightframe measure features.npz --model head.safetensors --loss ce
  tightframe measure epoch-*.npz --loss mse --format csv

Files hold features (d × N or N × d), labels, and the layers of a linear head, out × in. .npz, .npy and .safetensors
are read; nothing is executed. docs/measure.md says how to save them, and how to read the three tiers.

Exit codes: 0 measured (and as expected), 1 not as expected, 2 refused, 3 not at rest where that was asked.")]
pub struct Measure {
    /// Networks; files that together make one network count as one
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A further file for every network: the head, if it stands apart from the features
    #[arg(long, value_name = "FILE")]
    model: Vec<PathBuf>,
    /// The loss that the network was trained with
    #[arg(long, value_enum, required_unless_present = "case")]
    loss: Option<LossName>,
    /// A case that declares loss and weights
    #[arg(long, value_name = "CASE")]
    case: Option<PathBuf>,
    /// λ of every layer and of the features
    #[arg(long, value_name = "λ", conflicts_with_all = ["case", "weights", "weight_decay"])]
    lambda: Option<String>,
    /// λ_1 … λ_M, one number or one a layer
    #[arg(long, value_name = "λ,…", value_delimiter = ',', conflicts_with_all = ["case", "weight_decay"])]
    weights: Vec<String>,
    /// λ_H
    #[arg(long, value_name = "λ", conflicts_with_all = ["case", "lambda"])]
    features_weight: Option<String>,
    /// The weight decay of the training script, converted by --loss-convention
    #[arg(long, value_name = "WD", conflicts_with = "case")]
    weight_decay: Option<String>,
    /// What the training script's squared loss is
    #[arg(long, value_enum, default_value = "half-mean-samples")]
    loss_convention: Convention,
    /// The tensor of the features
    #[arg(long, value_name = "NAME")]
    features: Option<String>,
    /// The tensor of the labels
    #[arg(long, value_name = "NAME")]
    labels: Option<String>,
    /// Tensors of the layers, ordered by their number; `*` and `{l}` stand for anything
    #[arg(long, value_name = "PATTERN", num_args = 1..)]
    head: Vec<String>,
    /// The tensor of the bias
    #[arg(long, value_name = "NAME")]
    bias: Option<String>,
    /// Layers are in × out
    #[arg(long)]
    transposed: bool,
    /// Whether a sample is a row or a column of the features
    #[arg(long, value_enum)]
    features_are: Option<Axis>,
    /// What class means are measured from
    #[arg(long, value_enum, default_value = "samples")]
    centre: From,
    /// Relative objective gap that counts as reached; strengths are judged at its square root
    #[arg(long, default_value = "1e-3")]
    tolerance: String,
    /// Fail (exit code 1) unless the network stands at the optimum, and with 3 unless its head is at rest
    #[arg(long)]
    expect_optimum: bool,
    /// Fail with exit code 3 unless the head is at rest
    #[arg(long)]
    expect_rest: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "text", default_value_if("json", "true", "json"))]
    format: Format,
    #[command(flatten)]
    json: Json,
}

/// Declared weights: of the layers, and of the features if they are.
type Declared = (Vec<Rational>, Option<Rational>);

impl Measure {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        let case = self.case.as_deref().map(Case::read).transpose()?;
        let named = self.loss.map(|l| match l {
            LossName::Mse => Loss::Mse,
            LossName::Ce => Loss::CrossEntropy,
        });
        let loss = named.or(case.as_ref().map(|c| c.problem().loss())).unwrap_or(Loss::Mse);
        let tolerance = number("--tolerance", &self.tolerance)?.to_f64().unwrap_or(0.0);
        let all = self.networks()?;
        if let Some(case) = &case {
            all.iter().try_for_each(|(names, network)| agrees(case, names, network, named))?;
        }
        let measured: Vec<MeasurementJson> = all
            .iter()
            .map(|(names, network)| self.measured(screen, names, network, loss, case.as_ref(), tolerance))
            .collect::<Result<_, _>>()?;
        match (self.format, &measured[..]) {
            (Format::Json, [one]) => answer(render::json(one).as_bytes())?,
            (Format::Json, all) => answer(render::json(&all).as_bytes())?,
            (Format::Text, all) => {
                let mut page = Page::default();
                for (i, one) in all.iter().enumerate() {
                    page += if i > 0 { "\n" } else { "" };
                    page.append(one.text());
                }
                screen.show(&page)?
            }
            (Format::Csv, all) => answer(csv(all).as_bytes())?,
            (Format::Latex, all) => answer(latex(all).as_bytes())?,
        };
        let resting = measured.iter().all(|m| m.head == "at-rest");
        if (self.expect_optimum || self.expect_rest) && !resting {
            return Ok(Exit::Undecided);
        }
        let reached = measured.iter().all(MeasurementJson::is_at_optimum);
        Ok(if self.expect_optimum && !reached { Exit::Refuted } else { Exit::Success })
    }

    /// The networks in the files: one a file, or one in all of them if none is whole.
    fn networks(&self) -> Result<Vec<(Vec<String>, SavedNetwork)>, Error> {
        let asked = Asked {
            features: self.features.clone(),
            labels: self.labels.clone(),
            head: self.head.clone(),
            bias: self.bias.clone(),
            transposed: self.transposed,
            samples_are_rows: self.features_are.map(|axis| matches!(axis, Axis::Rows)),
        };
        let read = |path: &PathBuf| {
            tensors(path).map_err(|refusal| Error::Network { files: path.display().to_string(), refusal })
        };
        let shared: Vec<Tensor> =
            self.model.iter().map(read).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        let parts: Vec<Vec<Tensor>> = self.files.iter().map(read).collect::<Result<_, _>>()?;
        let names: Vec<String> = self.files.iter().map(|p| p.display().to_string()).collect();
        let network = |names: Vec<String>, own: Vec<Tensor>| {
            let tensors: Vec<Tensor> = own.into_iter().chain(shared.clone()).collect();
            let found = SavedNetwork::of(&tensors, &asked);
            found
                .map_err(|refusal| Error::Network { files: names.join(" + "), refusal })
                .map(|network| (names, network))
        };
        if parts.len() > 1 {
            let whole = parts.concat();
            let lacks = |part: &Vec<Tensor>| {
                let tensors: Vec<Tensor> = part.iter().chain(&shared).cloned().collect();
                matches!(SavedNetwork::of(&tensors, &asked), Err(Refusal::Absent { .. }))
            };
            if parts.iter().all(lacks) {
                return Ok(vec![network(names, whole)?]);
            }
        }
        names.into_iter().zip(parts).map(|(name, part)| network(vec![name], part)).collect()
    }

    /// The weights that are declared for a network of so many layers and classes.
    fn declared(
        &self,
        depth: usize,
        classes: usize,
        loss: Loss,
        case: Option<&Case>,
    ) -> Result<Option<Declared>, Error> {
        if let Some(case) = case {
            let problem = case.problem();
            return Ok(Some((problem.weights().to_vec(), Some(problem.features().clone()))));
        }
        let features =
            self.features_weight.as_ref().map(|text| number("--features-weight", text)).transpose()?;
        if let Some(text) = &self.lambda {
            let λ = number("--lambda", text)?;
            return Ok(Some((vec![λ.clone(); depth], Some(λ))));
        }
        if let Some(text) = &self.weight_decay {
            let decay = number("--weight-decay", text)?;
            let half = Rational::new(1.into(), 2.into());
            let factor = match (loss, self.loss_convention) {
                (Loss::CrossEntropy, _) | (_, Convention::HalfMeanSamples) => whole(1usize),
                (_, Convention::MeanSamples) => half,
                (_, Convention::MeanEntries) => whole(classes) * half,
                (_, Convention::HalfMeanEntries) => whole(classes),
            };
            return Ok(Some((vec![decay * factor; depth], features)));
        }
        let weights: Vec<Rational> =
            self.weights.iter().map(|text| number("--weights", text)).collect::<Result<_, _>>()?;
        match weights.len() {
            0 => Ok(None),
            1 => Ok(Some((vec![weights[0].clone(); depth], features))),
            n if n == depth => Ok(Some((weights, features))),
            n => Err(Error::Option {
                given: format!("--weights {}", self.weights.join(",")),
                wrong: format!("{n} weights for {depth} layers"),
                hint: "one number for all layers, or one a layer".to_owned(),
            }),
        }
    }

    fn measured(
        &self,
        screen: &Screen,
        names: &[String],
        network: &SavedNetwork,
        loss: Loss,
        case: Option<&Case>,
        tolerance: f64,
    ) -> Result<MeasurementJson, Error> {
        let refused = |refusal| Error::Network { files: names.join(" + "), refusal };
        let bar = screen.progress(2 * network.samples() as u64, "samples");
        let moments =
            Moments::of(network, loss, &mut |done| bar.set_position(done as u64)).map_err(refused)?;
        bar.finish_and_clear();
        let head = Head::of(network, &moments);
        let centre = match self.centre {
            From::Samples => Centre::Samples,
            From::Classes => Centre::Classes,
        };
        let diverges = || Refusal::Broken { what: "a decomposition does not converge".to_owned() };
        let collapse = Collapse::of(network, &moments, centre).ok_or_else(|| refused(diverges()))?;
        let declared = self.declared(network.layers.len(), network.classes(), loss, case)?;
        let mut notes = Vec::new();
        if !head.bias_at_rest() {
            notes.push(format!("the bias is not at rest: ‖∂loss/∂b‖ is {:.3} of √N ‖∂loss/∂Z‖", head.bias));
        }
        if let (Some(text), Some((weights, _))) = (&self.weight_decay, &declared) {
            notes.push(format!("weight decay {text} is λ = {} in 1/(2N) ‖·‖² + λ/2 ‖W‖²", weights[0]));
        }
        let mut against = |name: &str, weights: Result<Vec<Rational>, Incomparable>| -> Option<Comparison> {
            let compared = weights
                .and_then(|weights| problem(network, loss, &weights))
                .and_then(|problem| compare(network, &moments, &problem, tolerance));
            compared.map_err(|reason| notes.push(format!("not compared with {name} weights: {reason}"))).ok()
        };
        let complete = declared.as_ref().and_then(|(layers, features)| {
            features.clone().map(|f| layers.iter().cloned().chain([f]).collect::<Vec<_>>())
        });
        let against_declared = complete.and_then(|weights| against("declared", Ok(weights)));
        let fitted = head.weights.iter().chain([&head.features_weight.0]).map(|λ| rational(*λ)).collect();
        let against_fitted = against("fitted", fitted);
        let floats = |q: &Rational| q.to_f64().unwrap_or(f64::NAN);
        let declared = declared.map(|(layers, features)| {
            (layers.iter().map(floats).collect::<Vec<f64>>(), features.as_ref().map(floats))
        });
        let weights = declared.as_ref().map_or(&head.weights, |(layers, _)| layers);
        let gap = gap(network, &moments, loss, weights).map_err(refused)?;
        Ok(MeasurementJson::of(Measured {
            files: names.to_vec(),
            loss,
            centre,
            network,
            moments: &moments,
            head: &head,
            gap,
            collapse: &collapse,
            declared,
            against_declared: against_declared.as_ref(),
            against_fitted: against_fitted.as_ref(),
            notes,
        }))
    }
}

/// A case declares the network's own problem: where they differ, what is compared would be of neither.
fn agrees(case: &Case, names: &[String], network: &SavedNetwork, named: Option<Loss>) -> Result<(), Error> {
    let problem = case.problem();
    let widths: Vec<u64> = network.layers.iter().map(|w| w.ncols() as u64).collect();
    let own = Bias::ALL[usize::from(network.bias.is_some())];
    let loss = named.unwrap_or(problem.loss());
    let difference = if problem.targets() != &Targets::OneHot {
        Some("the case has targets of its own; labels in a file stand for one-hot targets".to_owned())
    } else if problem.terms() != &Terms::default() {
        Some("the case has further terms; the plain loss is measured".to_owned())
    } else if problem.loss() != loss {
        Some(format!("the case has loss {}, --loss says {}", problem.loss().word(), loss.word()))
    } else if problem.counts() != network.counts {
        Some(format!("the case has counts {:?}, the file {:?}", problem.counts(), network.counts))
    } else if problem.depth() != widths.len() {
        Some(format!("the case has depth {}, the file {}", problem.depth(), widths.len()))
    } else if problem.widths() != widths {
        Some(format!("the case has widths {:?}, the file {widths:?}", problem.widths()))
    } else {
        let differ = problem.bias() != own;
        differ.then(|| format!("the case has bias {}, the file {}", problem.bias().word(), own.word()))
    };
    difference.map_or(Ok(()), |wrong| {
        Err(Error::Option {
            given: format!("{} --case {}", names.join(" + "), case.name()),
            wrong,
            hint: "write the case of this network, or declare weights with --weights and --features-weight"
                .to_owned(),
        })
    })
}

/// A positive number of an option.
fn number(option: &str, text: &str) -> Result<Rational, Error> {
    let read = read_rational(text).ok().filter(num_traits::Signed::is_positive);
    read.ok_or_else(|| Error::Option {
        given: format!("{option} {text}"),
        wrong: format!("`{text}` is no positive number"),
        hint: "a decimal or a fraction, such as 5e-4 or 1/2000".to_owned(),
    })
}
