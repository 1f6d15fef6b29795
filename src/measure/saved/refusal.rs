//! Why a file is no network that can be measured. Fields are what the message shows.

use std::fmt;

/// A refusal: what was found, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Refusal {
    /// The file cannot be opened or read.
    Unreadable(String),
    /// Neither `.npz`, `.npy` nor `.safetensors`.
    UnknownKind,
    /// A PyTorch checkpoint, which is a pickle.
    Checkpoint,
    /// A member that is a pickle.
    Pickled { tensor: String },
    /// The file is not what its header says.
    Broken { what: String },
    /// A type of number that is not read.
    Dtype { tensor: String, dtype: String },
    /// More bytes than are read.
    TooLarge { tensor: String, bytes: u64, most: u64 },
    /// A network with more features or classes than matrices of their square are made for.
    TooWide { what: &'static str, found: usize, most: usize },
    /// A name is asked for twice by the files.
    Repeated { tensor: String },
    /// No tensor of this name.
    Absent { role: &'static str, asked: Option<String>, names: Vec<String>, option: &'static str },
    /// Several tensors could be meant.
    Ambiguous { role: &'static str, names: Vec<String>, option: &'static str },
    /// As many features as samples: rows and columns cannot be told apart.
    Square { tensor: String, size: u64 },
    /// A tensor has another shape than its place asks for.
    Shape { tensor: String, shape: Vec<u64>, expected: String },
    /// The layers do not chain.
    Chain { tensor: String, shape: (usize, usize), expected: String, transposed_fits: bool },
    /// A label that is no class number.
    Label { sample: usize, found: String },
    /// Labels that start at 1.
    LabelsFromOne { classes: usize },
    /// A class without samples.
    EmptyClass { class: usize, classes: usize },
    /// A number that is not finite.
    NotFinite { tensor: String, index: u64 },
    /// One class alone: there is nothing to tell apart.
    OneClass,
    /// Squares of the numbers are infinite.
    Overflow,
    /// A hidden layer has a bias.
    HiddenBias { tensor: String },
}

const RECIPE: &str = "save it without pickle: \
    `from safetensors.torch import save_file`, \
    `t = {\"features\": h, \"labels\": y, **head.state_dict()}`, \
    `save_file({k: v.contiguous() for k, v in t.items()}, \"net.safetensors\")`";

/// Characters of a message at most; names of tensors in it at most.
const LONGEST: usize = 600;
const NAMES: usize = 12;

impl fmt::Display for Refusal {
    /// Names come from the file: nothing in them reaches the terminal that it would obey.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text)?;
        let shown: String =
            text.chars().take(LONGEST).map(|c| if c.is_control() { '?' } else { c }).collect();
        write!(f, "{shown}{}", if text.chars().nth(LONGEST).is_some() { "…" } else { "" })
    }
}

impl Refusal {
    fn write(&self, f: &mut impl fmt::Write) -> fmt::Result {
        let list = |names: &[String]| {
            let more = if names.len() > NAMES { ", …" } else { "" };
            names.iter().take(NAMES).cloned().collect::<Vec<_>>().join(", ") + more
        };
        match self {
            Self::Unreadable(error) => write!(f, "the file cannot be read: {error}"),
            Self::UnknownKind => write!(f, "the file is neither .npz, .npy nor .safetensors"),
            Self::Checkpoint => write!(f, "a PyTorch checkpoint is a pickle, and reading a pickle runs code"),
            Self::Pickled { tensor } => {
                write!(f, "`{tensor}` is a pickled object, and reading a pickle runs code")
            }
            Self::Broken { what } => write!(f, "the file is broken: {what}"),
            Self::Dtype { tensor, dtype } => write!(f, "`{tensor}` has numbers of type {dtype}"),
            Self::TooLarge { tensor, bytes, most } => {
                write!(f, "`{tensor}` has {bytes} bytes; at most {most} are read")
            }
            Self::TooWide { what, found, most } => {
                write!(f, "{found} {what}; at most {most} are measured")
            }
            Self::Repeated { tensor } => write!(f, "`{tensor}` stands in more than one file"),
            Self::Absent { role, asked: Some(name), names, .. } => {
                write!(f, "no tensor `{name}` for the {role}; there are: {}", list(names))
            }
            Self::Absent { role, asked: None, names, .. } => {
                write!(f, "no tensor is known to be the {role}; there are: {}", list(names))
            }
            Self::Ambiguous { role, names, .. } => {
                write!(f, "several tensors may be the {role}: {}", list(names))
            }
            Self::Square { tensor, size } => {
                write!(f, "`{tensor}` is {size} × {size}: rows and columns cannot be told apart")
            }
            Self::Shape { tensor, shape, expected } => {
                write!(f, "`{tensor}` has shape {shape:?}; expected {expected}")
            }
            Self::Chain { tensor, shape: (rows, columns), expected, .. } => {
                write!(f, "layers do not chain: `{tensor}` is {rows} × {columns}; expected {expected}")
            }
            Self::Label { sample, found } => {
                write!(f, "the label of sample {sample} is {found}, no class number")
            }
            Self::OneClass => write!(f, "the last layer has one row: one class, and nothing to tell apart"),
            Self::Overflow => {
                write!(f, "squares of features, layers or logits are larger than a float can be")
            }
            Self::LabelsFromOne { classes } => write!(f, "labels run from 1 to {classes}"),
            Self::EmptyClass { class, classes } => {
                write!(f, "class {class} of 0 … {} has no samples", classes - 1)
            }
            Self::NotFinite { tensor, index } => write!(f, "`{tensor}` is not finite at position {index}"),
            Self::HiddenBias { tensor } => {
                write!(f, "`{tensor}` is the bias of a hidden layer; only the last layer may have one")
            }
        }
    }

    /// The way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::UnknownKind => {
                "save features, labels and head as .npz (np.savez) or .safetensors".to_owned()
            }
            Self::Checkpoint | Self::Pickled { .. } => RECIPE.to_owned(),
            Self::Dtype { .. } => "f16, bf16, f32, f64 and integers are read".to_owned(),
            Self::TooLarge { .. } => {
                "np.savez writes members without compression, which are read in place".to_owned()
            }
            Self::Absent { option, .. } | Self::Ambiguous { option, .. } => format!("name it with {option}"),
            Self::Square { .. } => {
                "say --features-are rows (a sample a row) or --features-are columns".to_owned()
            }
            Self::Chain { transposed_fits: true, .. } => {
                "the layers chain as in × out: --transposed reads them so".to_owned()
            }
            Self::Chain { .. } => {
                "--head PATTERN names the layers of the head, ordered by their number".to_owned()
            }
            Self::OneClass => "one output for two classes is one row too few: save two logits".to_owned(),
            Self::Overflow => "is the file in another byte order, or did training diverge?".to_owned(),
            Self::LabelsFromOne { .. } => "count classes from 0: `labels - 1`".to_owned(),
            Self::EmptyClass { .. } => "a class without samples has no mean: drop it, or renumber".to_owned(),
            _ => return None,
        })
    }
}
