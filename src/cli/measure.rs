//! `measure`: a network that others trained, from its files.

use super::form::Json;
use super::screen::Screen;
use super::{Error, Exit, answer};
use crate::case::{Case, Expect, Loss, Measured, Training, Writing};
use crate::exact::{Rational, read_rational, whole};
use crate::measure::paper::Centre;
use crate::measure::saved::names::Asked;
use crate::measure::saved::tensor::Tensor;
use crate::measure::saved::{SavedNetwork, all_tensors, networks, outside};
use crate::render::measurement::MeasurementJson;
use crate::render::measurement_text::{csv, latex, rows};
use crate::render::{self, Page};
use crate::verdict::measurement::{Declared, Manner, Measurement, difference};
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
    /// Features of data outside the classes, for NC5
    #[arg(long, value_name = "FILE")]
    outside: Option<PathBuf>,
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
    /// Print a case of these networks and stop: their problem, with declared weights or those fitted to the last, and their files
    #[arg(long, conflicts_with = "model")]
    print_case: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "text", default_value_if("json", "true", "json"))]
    format: Format,
    #[command(flatten)]
    json: Json,
}

impl Measure {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        let case = self.case.as_deref().map(Case::read).transpose()?;
        let named = self.loss.map(|l| match l {
            LossName::Mse => Loss::Mse,
            LossName::Ce => Loss::CrossEntropy,
        });
        let manner = Manner {
            loss: named.or(case.as_ref().map(|c| c.problem().loss())).unwrap_or(Loss::Mse),
            centre: match self.centre {
                From::Samples => Centre::Samples,
                From::Classes => Centre::Classes,
            },
            tolerance: number("--tolerance", &self.tolerance)?.to_f64().unwrap_or(0.0),
        };
        let asked = Asked {
            features: self.features.clone(),
            labels: self.labels.clone(),
            head: self.head.clone(),
            bias: self.bias.clone(),
            transposed: self.transposed,
            samples_are_rows: self.features_are.map(|axis| matches!(axis, Axis::Rows)),
        };
        let all = networks(&self.files, &self.model, &asked)?;
        if let Some(case) = &case {
            all.iter().try_for_each(|(names, network)| agrees(case, names, network, manner.loss))?;
        }
        let outside = all_tensors(self.outside.as_slice())?.concat();
        let measured = |network| self.measured(screen, network, manner, case.as_ref(), (&outside, &asked));
        let measured: Vec<Measurement> = all.into_iter().map(measured).collect::<Result<_, _>>()?;
        if self.print_case {
            return self.case_of(&measured, asked);
        }
        let finished: Vec<MeasurementJson> = measured.iter().map(MeasurementJson::of).collect();
        match (self.format, &finished[..]) {
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
            (Format::Csv, _) => answer(csv(&rows(&measured)).as_bytes())?,
            (Format::Latex, _) => answer(latex(&rows(&measured)).as_bytes())?,
        };
        let asks_rest = self.expect_optimum || self.expect_rest;
        Ok(if asks_rest && !measured.iter().all(|m| m.head.at_rest()) {
            Exit::Undecided
        } else if self.expect_optimum && !measured.iter().all(Measurement::is_at_optimum) {
            Exit::Refuted
        } else {
            Exit::Success
        })
    }

    /// The case of some networks.
    fn case_of(&self, measured: &[Measurement], asked: Asked) -> Result<Exit, Error> {
        let refused = |wrong: String, hint: &str| Error::Option {
            given: "--print-case".to_owned(),
            wrong,
            hint: hint.to_owned(),
        };
        let Some((last, others)) = measured.split_last() else { return Ok(Exit::Success) };
        let problem = last.own_problem().map_err(|reason| {
            refused(reason.to_string(), "declare weights: --weights and --features-weight")
        })?;
        if let Some((m, differs)) = others.iter().find_map(|m| Some((m, difference(&problem, &m.network)?))) {
            let wrong = format!("{} has another problem: {differs}", m.files.join(" + "));
            return Err(refused(wrong, "print a case for each"));
        }
        let fitted = "Weights are fitted to the last network.";
        let text = Writing {
            note: last.declared.as_ref().is_none_or(|d| d.features.is_none()).then_some(fitted),
            title: &last.files.join(" + "),
            source: None,
            problem: &problem.draft(),
            training: &Training { run: false, ..Training::default() },
            expect: &Expect::default(),
            claims: &[],
        }
        .text();
        let networks = Measured {
            files: measured.iter().flat_map(|m| &m.files).cloned().collect(),
            features: asked.features,
            labels: asked.labels,
            head: asked.head,
            bias: asked.bias,
            transposed: asked.transposed,
            samples_are_rows: asked.samples_are_rows,
            ..Measured::default()
        };
        answer((text + &networks.section()).as_bytes())
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
            return Ok(Some(Declared::of(problem)));
        }
        let features =
            self.features_weight.as_ref().map(|text| number("--features-weight", text)).transpose()?;
        if let Some(text) = &self.lambda {
            let λ = number("--lambda", text)?;
            return Ok(Some(Declared { layers: vec![λ.clone(); depth], features: Some(λ) }));
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
            return Ok(Some(Declared { layers: vec![decay * factor; depth], features }));
        }
        let layers: Vec<Rational> =
            self.weights.iter().map(|text| number("--weights", text)).collect::<Result<_, _>>()?;
        match layers.len() {
            0 => Ok(None),
            1 => Ok(Some(Declared { layers: vec![layers[0].clone(); depth], features })),
            n if n == depth => Ok(Some(Declared { layers, features })),
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
        (names, network): (Vec<String>, SavedNetwork),
        manner: Manner,
        case: Option<&Case>,
        (tensors, asked): (&[Tensor], &Asked),
    ) -> Result<Measurement, Error> {
        let declared = self.declared(network.layers.len(), network.classes(), manner.loss, case)?;
        let converted = self.weight_decay.as_ref().zip(declared.as_ref()).map(|(text, declared)| {
            format!("weight decay {text} is λ = {} in 1/(2N) ‖·‖² + λ/2 ‖W‖²", declared.layers[0])
        });
        let beside = |files: String| move |refusal| Error::Network { files, refusal };
        let place = self.outside.iter().map(|path| path.display().to_string()).collect();
        let outside = (!tensors.is_empty()).then(|| outside(tensors, asked, network.width()));
        let outside = outside.transpose().map_err(beside(place))?;
        let bar = screen.progress(2 * network.samples() as u64, "samples");
        let files = names.join(" + ");
        let mut heard = |done| bar.set_position(done as u64);
        let measured = Measurement::of((names, network), manner, declared, outside, &mut heard);
        let mut measured = measured.map_err(beside(files))?;
        bar.finish_and_clear();
        measured.notes.extend(converted);
        Ok(measured)
    }
}

/// A case declares the network's own problem: where they differ, what is compared would be of neither.
fn agrees(case: &Case, names: &[String], network: &SavedNetwork, loss: Loss) -> Result<(), Error> {
    let problem = case.problem();
    let differs = (problem.loss() != loss)
        .then(|| format!("the case has loss {}, --loss says {}", problem.loss().word(), loss.word()));
    differs.or_else(|| difference(problem, network)).map_or(Ok(()), |wrong| {
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
