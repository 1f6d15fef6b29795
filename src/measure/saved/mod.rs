//! Networks that others trained, read from their files: features, labels, the layers of a linear head, its bias.
//!
//! - `.npz`, `.npy` and `.safetensors` are read where they stand; nothing is executed, no size is believed before it is
//!   checked.
//! - Layers are `d_{l+1} × d_l`, the last with `K` rows; features are read as `d_1 × N`, block by block.
//! - What cannot be known (rows or columns of square features, which tensors are meant) is asked, not guessed.

pub mod names;
pub mod numpy;
pub mod refusal;
pub mod safetensors;
pub mod tensor;

use faer::Mat;
use names::Asked;
use refusal::Refusal;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use tensor::{Dtype, Matrix, Tensor};

/// Features and classes at most: square matrices of both are kept in memory.
const MOST_WIDE: usize = 8_192;

/// A network from files.
#[derive(Debug)]
pub struct SavedNetwork {
    features: Tensor,
    turned: bool,
    /// The class of each sample.
    pub labels: Vec<usize>,
    /// Samples of each class; none is zero.
    pub counts: Vec<u64>,
    /// `W_1 … W_M`.
    pub layers: Vec<Mat<f64>>,
    /// The bias of the last layer, if the files have one.
    pub bias: Option<Vec<f64>>,
    /// The type of the features' numbers, or of the coarsest layer.
    pub dtype: Dtype,
}

/// Files that are refused, together, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The files.
    pub files: String,
    /// Why.
    pub refusal: Refusal,
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.files, self.refusal)?;
        self.refusal.hint().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

/// The tensors of some files, one list a file.
pub fn all_tensors(files: &[PathBuf]) -> Result<Vec<Vec<Tensor>>, Unread> {
    let read = |path: &PathBuf| {
        tensors(path).map_err(|refusal| Unread { files: path.display().to_string(), refusal })
    };
    files.iter().map(read).collect()
}

/// The networks in some files, each with their names: one a file, or one in all of them if none is whole. Tensors of the
/// `shared` files belong to each.
pub fn networks(
    files: &[PathBuf],
    shared: &[PathBuf],
    asked: &Asked,
) -> Result<Vec<(Vec<String>, SavedNetwork)>, Unread> {
    let (shared, parts) = (all_tensors(shared)?.concat(), all_tensors(files)?);
    let names: Vec<String> = files.iter().map(|p| p.display().to_string()).collect();
    let of = |own: &[Tensor]| SavedNetwork::of(&[own, &shared[..]].concat(), asked);
    let network = |names: Vec<String>, own: &[Tensor]| match of(own) {
        Ok(network) => Ok((names, network)),
        Err(refusal) => Err(Unread { files: names.join(" + "), refusal }),
    };
    let lacks = |part: &Vec<Tensor>| matches!(of(part), Err(Refusal::Absent { .. }));
    if parts.len() > 1 && parts.iter().all(lacks) {
        return Ok(vec![network(names, &parts.concat())?]);
    }
    names.into_iter().zip(&parts).map(|(name, part)| network(vec![name], part)).collect()
}

/// The tensors of one file.
pub fn tensors(path: &Path) -> Result<Vec<Tensor>, Refusal> {
    let unreadable = |error: std::io::Error| Refusal::Unreadable(error.to_string());
    let mut file = File::open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(Refusal::Unreadable("not a file".to_owned()));
    }
    let mut head = [0u8; 6];
    let read = file.read(&mut head).map_err(unreadable)?;
    std::io::Seek::rewind(&mut file).map_err(unreadable)?;
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    match (&head[..read], ending.as_str()) {
        (_, "pt" | "pth" | "ckpt" | "pkl" | "pickle" | "bin") => Err(Refusal::Checkpoint),
        (b"\x93NUMPY", _) => numpy::npy(file, &numpy::stem(path)),
        ([b'P', b'K', ..], _) => numpy::npz(file),
        (_, "safetensors") => safetensors::safetensors(file),
        (_, "npz") => Err(Refusal::Broken { what: "no zip archive".to_owned() }),
        (_, "npy") => Err(Refusal::Broken { what: "no .npy header".to_owned() }),
        _ => Err(Refusal::UnknownKind),
    }
}

impl SavedNetwork {
    /// The network in some tensors, which may come from several files.
    pub fn of(tensors: &[Tensor], asked: &Asked) -> Result<Self, Refusal> {
        for (i, tensor) in tensors.iter().enumerate() {
            if tensors[..i].iter().any(|t| t.name == tensor.name) {
                return Err(Refusal::Repeated { tensor: tensor.name.clone() });
            }
        }
        let found = names::found(tensors, asked)?;
        let samples = rows(found.features)?;
        let labels = labels(found.labels, samples)?;
        let n = labels.len() as u64;
        let fits = |are_rows: bool| samples[usize::from(!are_rows)] == n;
        let turned =
            turned(found.features, asked.samples_are_rows, fits, format!("{n} samples, one a label"))?;
        let layers: Vec<Mat<f64>> =
            found.layers.iter().map(|t| matrix(t, found.transposed)?.whole()).collect::<Result<_, _>>()?;
        let d = found.features.matrix(turned).map_or(0, |m| m.rows);
        let classes = layers.last().map_or(0, Mat::nrows);
        for (what, found) in [("features", d), ("classes", classes)] {
            if found > MOST_WIDE {
                return Err(Refusal::TooWide { what, found, most: MOST_WIDE });
            }
        }
        chain(&found.layers, &layers, d)?;
        if classes < 2 {
            return Err(Refusal::OneClass);
        }
        let counts = counts(&labels, classes)?;
        for tensor in found.hidden {
            if tensor.all()?.iter().any(|b| *b != 0.0) {
                return Err(Refusal::HiddenBias { tensor: tensor.name.clone() });
            }
        }
        let bias = match found.bias {
            None => None,
            Some(tensor) => {
                let column = matches!(tensor.shape[..], [_] | [_, 1] | [1, _]);
                if !column || tensor.size() != classes as u64 {
                    return Err(shape(tensor, format!("({classes}), ({classes}, 1) or (1, {classes})")));
                }
                Some(tensor.all()?)
            }
        };
        let types = found.layers.iter().chain([&found.features]).map(|t| t.dtype);
        let dtype = types.max_by(|a, b| a.epsilon().total_cmp(&b.epsilon())).unwrap_or(Dtype::F64);
        Ok(Self { features: found.features.clone(), turned, labels, counts, layers, bias, dtype })
    }

    /// The features, `d_1 × N`, to be read by blocks of samples.
    pub fn features(&self) -> Option<Matrix<'_>> {
        self.features.matrix(self.turned)
    }

    /// Width of the features `d_1`.
    pub fn width(&self) -> usize {
        self.layers.first().map_or(0, Mat::ncols)
    }

    /// Classes `K`.
    pub fn classes(&self) -> usize {
        self.counts.len()
    }

    /// Samples `N`.
    pub fn samples(&self) -> usize {
        self.labels.len()
    }
}

fn shape(tensor: &Tensor, expected: String) -> Refusal {
    Refusal::Shape { tensor: tensor.name.clone(), shape: tensor.shape.clone(), expected }
}

fn matrix(tensor: &Tensor, turned: bool) -> Result<Matrix<'_>, Refusal> {
    tensor.matrix(turned).ok_or_else(|| shape(tensor, "two dimensions".to_owned()))
}

/// Both sizes of the features.
fn rows(features: &Tensor) -> Result<[u64; 2], Refusal> {
    match features.shape[..] {
        [a, b] if a > 0 && b > 0 => Ok([a, b]),
        _ => Err(shape(features, "two dimensions, d × N or N × d, neither zero".to_owned())),
    }
}

/// Whether the rows of some features are samples: said, or known as only rows or only columns fit.
fn turned(
    features: &Tensor,
    said: Option<bool>,
    fits: impl Fn(bool) -> bool,
    expected: String,
) -> Result<bool, Refusal> {
    match (said, fits(true), fits(false)) {
        (Some(true), true, _) | (None, true, false) => Ok(true),
        (Some(false), _, true) | (None, false, true) => Ok(false),
        (None, true, true) => Err(Refusal::Square { tensor: features.name.clone(), size: features.shape[0] }),
        (said, ..) => {
            let axis =
                said.map_or("", |rows| if rows { "samples are rows; " } else { "samples are columns; " });
            Err(shape(features, format!("{axis}{expected}")))
        }
    }
}

/// The features of samples outside the classes, `width × samples`.
pub fn outside<'a>(tensors: &'a [Tensor], asked: &Asked, width: usize) -> Result<Matrix<'a>, Refusal> {
    let features = match tensors {
        [only] => only,
        all => names::features(all, asked)?,
    };
    let ([a, b], d) = (rows(features)?, width as u64);
    let fits = |samples_are_rows: bool| if samples_are_rows { b == d } else { a == d };
    let turned = turned(features, asked.samples_are_rows, fits, format!("{d} numbers a sample"))?;
    matrix(features, turned)
}

/// Class numbers from integers, floats that are integers, or one-hot rows or columns.
fn labels(tensor: &Tensor, samples: [u64; 2]) -> Result<Vec<usize>, Refusal> {
    let fits = |n: u64| samples.contains(&n);
    let wrong =
        || shape(tensor, format!("{} or {} labels, or one-hot rows or columns", samples[0], samples[1]));
    let numbers = |values: Vec<f64>| {
        let class = |(sample, x): (usize, f64)| {
            let whole = x >= 0.0 && x.fract() == 0.0 && x < 1e9;
            if whole { Ok(x as usize) } else { Err(Refusal::Label { sample, found: x.to_string() }) }
        };
        values.into_iter().enumerate().map(class).collect::<Result<Vec<usize>, _>>()
    };
    match tensor.shape[..] {
        [n] | [n, 1] | [1, n] if fits(n) => numbers(tensor.all()?),
        [a, b] if fits(a) || fits(b) => {
            // More samples than classes: the longer side that fits counts samples.
            let rows = fits(a) && (!fits(b) || a > b);
            let hot = matrix(tensor, rows)?.whole()?;
            // A sample a class: rows and columns give each sample another class, unless they agree.
            if a == b && hot != hot.transpose() {
                return Err(shape(
                    tensor,
                    "class numbers: one-hot rows and columns cannot be told apart".to_owned(),
                ));
            }
            let class = |sample: usize| {
                let column = hot.col(sample);
                let ones: Vec<usize> = (0..hot.nrows()).filter(|j| column[*j] == 1.0).collect();
                match ones[..] {
                    [class] if (0..hot.nrows()).all(|j| j == class || column[j] == 0.0) => Ok(class),
                    _ => Err(Refusal::Label { sample, found: "not one-hot".to_owned() }),
                }
            };
            (0..hot.ncols()).map(class).collect()
        }
        _ => Err(wrong()),
    }
}

fn counts(labels: &[usize], classes: usize) -> Result<Vec<u64>, Refusal> {
    let (least, most) = labels.iter().fold((usize::MAX, 0), |(low, high), l| (low.min(*l), high.max(*l)));
    if most >= classes {
        if least == 1 && most == classes {
            return Err(Refusal::LabelsFromOne { classes });
        }
        let sample = labels.iter().position(|l| *l == most).unwrap_or(0);
        return Err(Refusal::Label { sample, found: format!("{most}; the last layer has {classes} rows") });
    }
    let mut counts = vec![0u64; classes];
    labels.iter().for_each(|l| counts[*l] += 1);
    match counts.iter().position(|n| *n == 0) {
        Some(class) => Err(Refusal::EmptyClass { class, classes }),
        None => Ok(counts),
    }
}

/// Each layer has as many columns as the one before has rows, the first as many as features have.
fn chain(tensors: &[&Tensor], layers: &[Mat<f64>], width: usize) -> Result<(), Refusal> {
    let mut inside = width;
    let turned = {
        let mut inside = width;
        layers.iter().all(|w| std::mem::replace(&mut inside, w.ncols()) == w.nrows())
    };
    for (tensor, w) in tensors.iter().zip(layers) {
        if w.ncols() != inside {
            return Err(Refusal::Chain {
                tensor: tensor.name.clone(),
                shape: (w.nrows(), w.ncols()),
                expected: format!("{inside} columns"),
                transposed_fits: turned,
            });
        }
        inside = w.nrows();
    }
    Ok(())
}
