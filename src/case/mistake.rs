//! Everything that can be wrong with a problem or a case file: one variant a mistake, its data inside.

use super::limits::{
    MAX_CLASSES, MAX_COUNT, MAX_DEPTH, MAX_DISTINCT, MAX_DISTINCT_BIASED, MAX_NUMBERS, MAX_TARGETS, MAX_WIDTH,
};
use super::place::shown;
use super::target_file::TargetsMistake;
use super::usual;
use crate::exact::{Rational, ReadError};
use std::fmt;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mistake {
    // The file.
    NoSuchFile,
    IsDirectory,
    Unreadable { reason: String },
    FileTooLarge { bytes: u64, limit: u64 },
    NotText,
    TooNested { limit: usize },
    Syntax { message: String },
    // Its keys.
    MissingSection { section: &'static str },
    MissingKey { section: &'static str, key: &'static str },
    UnknownKey { section: String, key: String, nearest: Option<String> },
    MisplacedKey { section: String, key: String, belongs: &'static str },
    WrongType { key: String, found: &'static str, expected: &'static str },
    UnknownWord { key: String, found: String, choices: &'static [&'static str], nearest: Option<String> },
    BadNumber { key: String, error: ReadError },
    NotAWholeNumber { key: String },
    // The network.
    NoClasses,
    EmptyClass { class: usize },
    NegativeCount { class: usize },
    CountTooLarge { class: usize },
    BadCompactCount { text: String },
    TooManyClasses { found: u128 },
    TooManyDistinctCounts { found: usize, biased: bool },
    NoLayers,
    ZeroWidth { layer: usize },
    WidthTooLarge { layer: usize },
    TooDeep { found: usize },
    TargetsUneven { column: usize, found: usize, outputs: usize },
    TargetsNotProbabilities { column: usize },
    TargetsFile { file: String, reason: TargetsMistake },
    TooManyOutputs { found: usize },
    BadCovariance,
    TargetsAndCovariance,
    WrongNumberOfTargets { found: usize, classes: usize },
    TooManyTargets { classes: usize },
    WrongNumberOfClassWeights { found: usize, classes: usize },
    ClassWeightNotPositive { class: usize },
    WrongAdjustment { key: &'static str, classes: usize, outputs: usize },
    AdjustedSquaredError,
    BiasWithoutBias,
    NonnegativeUnknown { reason: &'static str },
    SmoothingOutOfRange,
    SmoothingAndTargets,
    // The regularisation.
    WrongNumberOfWeights { found: usize, depth: usize },
    WeightNotPositive { layer: usize, found: Rational },
    FeatureWeightNotPositive { found: Rational },
    // The training.
    NoSeeds,
    BadSeed,
    DuplicateSeed { seed: u64 },
    NotPositive { key: &'static str },
    ToleranceTooLarge,
    EvaluationsOutOfRange { limit: u64 },
    // The expectations.
    RefutedWithoutTheorem,
    TheoremWithoutRefuted,
    BadExpectedShrinkage,
}

/// Where in a case file a mistake about a problem belongs: section, key, and the entry of a list.
pub(super) type Place = (&'static str, &'static str, Option<usize>);

impl Mistake {
    /// What to do about it, where there is something to say.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NoSuchFile => "check the path; `tightframe check` takes case files and folders".to_owned(),
            Self::IsDirectory => "name one case file, or give the folder to `tightframe check`".to_owned(),
            Self::Unreadable { .. } | Self::NotAWholeNumber { .. } => return None,
            Self::FileTooLarge { .. } => {
                "write equal counts compactly: \"50*20\" is 50 twenty times".to_owned()
            }
            Self::NotText => "a case file is UTF-8 text".to_owned(),
            Self::TooNested { .. } => "a case needs lists of lists at most".to_owned(),
            Self::Syntax { .. } => "a case file is TOML: `key = value` under `[section]` headings; texts, fractions and huge numbers in quotes".to_owned(),
            Self::MissingSection { section } => format!("add a [{section}] section"),
            Self::MissingKey { section, key } => format!("add `{key} = …` under [{section}]"),
            Self::UnknownKey { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownKey { key, .. } => {
                usual::key(key).unwrap_or("remove it; the README lists every key").to_owned()
            }
            Self::MisplacedKey { belongs: "", .. } => "move it above the first section".to_owned(),
            Self::MisplacedKey { belongs, .. } => format!("move it under [{belongs}]"),
            Self::WrongType { key, .. } if key.contains("weights") => {
                "one number for all layers, or a list with one per layer".to_owned()
            }
            Self::WrongType { key, expected, .. } => {
                usual::value(key, expected).map_or_else(|| format!("write {expected}"), str::to_owned)
            }
            Self::UnknownWord { nearest: Some(nearest), .. } => format!("did you mean \"{nearest}\"?"),
            Self::UnknownWord { choices, .. } => format!("choose one of {}", quoted(choices)),
            Self::BadNumber { .. } => {
                "write a decimal like 5e-4, or a fraction in quotes like \"1/3\"".to_owned()
            }
            Self::NoClasses => "give at least one class: counts = [200, 100, 50, 50]".to_owned(),
            Self::EmptyClass { .. } => "drop the class or give it at least 1 sample".to_owned(),
            Self::NegativeCount { .. } => "a count is the number of samples of a class".to_owned(),
            Self::CountTooLarge { .. } => format!("a count is at most {MAX_COUNT}"),
            Self::BadCompactCount { text } => match usual::compact(text) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => "\"50*20\" is 50 twenty times, \"5000\" is 5000 once".to_owned(),
            },
            Self::TooManyClasses { .. } => format!("at most {MAX_CLASSES} classes"),
            Self::TooManyDistinctCounts { biased: true, .. } => {
                format!(
                    "with a bias at most {MAX_DISTINCT_BIASED} different counts; equal counts cost nothing"
                )
            }
            Self::TooManyDistinctCounts { .. } => format!("at most {MAX_DISTINCT} different counts"),
            Self::NoLayers => "give at least one width: widths = [64] is one layer".to_owned(),
            Self::ZeroWidth { .. } => "a layer needs at least one unit".to_owned(),
            Self::WidthTooLarge { .. } => format!("a width is at most {MAX_WIDTH}"),
            Self::TooDeep { .. } => format!("at most {MAX_DEPTH} layers"),
            Self::WrongNumberOfWeights { depth, .. } => {
                format!("give one number for all layers, or {depth}: one per width")
            }
            Self::WeightNotPositive { .. } | Self::FeatureWeightNotPositive { .. } => {
                "the theory needs every regularisation weight > 0".to_owned()
            }
            Self::NoSeeds => "give at least one seed, or `run = false` to predict only".to_owned(),
            Self::BadSeed => "a seed is a whole number from 0 to 9223372036854775807".to_owned(),
            Self::DuplicateSeed { .. } => "each seed is one start; name it once".to_owned(),
            Self::NotPositive { .. } => "give a number > 0".to_owned(),
            Self::ToleranceTooLarge => "a relative gap below 1, such as 1e-8".to_owned(),
            Self::EvaluationsOutOfRange { limit } => format!("a whole number from 1 to {limit}"),
            Self::RefutedWithoutTheorem => "name what is refuted: theorem = \"deep-ce-etf\"".to_owned(),
            Self::TheoremWithoutRefuted => "a theorem is named with verdict = \"refuted\"".to_owned(),
            Self::BadExpectedShrinkage => "a list of numbers in quotes, largest target first".to_owned(),
            _ => return self.hint_of_the_loss(),
        };
        Some(text)
    }

    /// The hint for a mistake about targets or terms of the loss.
    fn hint_of_the_loss(&self) -> Option<String> {
        Some(match self {
            Self::TargetsUneven { outputs, .. } => format!("give {outputs} numbers for every class, as for the first"),
            Self::TargetsNotProbabilities { .. } => {
                "under cross-entropy a target is at least 0 and sums to 1 exactly: write decimals or fractions".to_owned()
            }
            Self::TargetsFile { reason, .. } => reason.hint().to_owned(),
            Self::TooManyOutputs { .. } => format!("1 to {MAX_TARGETS} outputs"),
            Self::BadCovariance => {
                "K lists of K numbers, symmetric, without a negative eigenvalue, under loss = \"mse\", with the number of samples alone: samples = 1000".to_owned()
            }
            Self::TargetsAndCovariance => "keep one of them".to_owned(),
            Self::WrongNumberOfTargets { classes, .. } => {
                format!("give {classes} columns, one for each class in `counts`")
            }
            Self::TooManyTargets { .. } => {
                format!("at most {MAX_TARGETS} classes may be smoothed; `targets` have at most {MAX_NUMBERS} numbers")
            }
            Self::WrongNumberOfClassWeights { classes, .. } => format!("give {classes} numbers, one a class"),
            Self::ClassWeightNotPositive { .. } => "drop the class, or give it a weight > 0".to_owned(),
            Self::WrongAdjustment { classes, outputs, .. } => {
                format!("give one list of {outputs} numbers for all classes, or {classes} such lists")
            }
            Self::AdjustedSquaredError => "use loss = \"ce\", or drop `logit_shift` and `logit_scale`".to_owned(),
            Self::BiasWithoutBias => "write bias = \"last-layer\" under [network]".to_owned(),
            Self::NonnegativeUnknown { .. } => {
                "one-hot targets, no bias, widths of at least K; cross-entropy with one layer; the loss without further terms".to_owned()
            }
            Self::SmoothingOutOfRange => "0 is one-hot; at 1 all targets would be equal".to_owned(),
            Self::SmoothingAndTargets => "keep one of them: smoothing mixes one-hot targets".to_owned(),
            _ => return None,
        })
    }

    /// The key of a case file that a mistake about a problem is about.
    pub(crate) fn key(&self) -> Option<&'static str> {
        self.place().map(|(_, key, _)| key)
    }

    /// Where a mistake about a problem belongs in a case file.
    pub(super) fn place(&self) -> Option<Place> {
        let counts = |class: usize| Some(("network", "counts", Some(class)));
        match self {
            Self::NoClasses | Self::TooManyClasses { .. } | Self::TooManyDistinctCounts { .. } => {
                Some(("network", "counts", None))
            }
            Self::EmptyClass { class } | Self::CountTooLarge { class } => counts(class - 1),
            Self::NoLayers | Self::TooDeep { .. } => Some(("network", "widths", None)),
            Self::ZeroWidth { layer } | Self::WidthTooLarge { layer } => {
                Some(("network", "widths", Some(layer - 1)))
            }
            Self::TargetsUneven { column, .. } | Self::TargetsNotProbabilities { column } => {
                Some(("network", "targets", Some(column - 1)))
            }
            Self::BadCovariance => Some(("network", "covariance", None)),
            Self::WrongNumberOfClassWeights { .. } => Some(("network", "class_weights", None)),
            Self::ClassWeightNotPositive { class } => Some(("network", "class_weights", Some(class - 1))),
            Self::WrongAdjustment { key, .. } => Some(("network", *key, None)),
            Self::NotPositive { key: key @ ("logit_shift" | "logit_scale") } => Some(("network", *key, None)),
            Self::NotPositive { key: "bias" } | Self::BiasWithoutBias => {
                Some(("regularization", "bias", None))
            }
            Self::NonnegativeUnknown { .. } => Some(("network", "features", None)),
            Self::WrongNumberOfTargets { .. } | Self::TooManyTargets { .. } | Self::TooManyOutputs { .. } => {
                Some(("network", "targets", None))
            }
            Self::AdjustedSquaredError => Some(("network", "loss", None)),
            Self::WrongNumberOfWeights { .. } => Some(("regularization", "weights", None)),
            Self::WeightNotPositive { layer, .. } => Some(("regularization", "weights", Some(layer - 1))),
            Self::FeatureWeightNotPositive { .. } => Some(("regularization", "features", None)),
            _ => None,
        }
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchFile => write!(f, "no such file"),
            Self::IsDirectory => write!(f, "a folder, not a case file"),
            Self::Unreadable { reason } => write!(f, "the file cannot be read: {reason}"),
            Self::FileTooLarge { bytes, limit } => {
                write!(f, "the file has {bytes} bytes; at most {limit} are read")
            }
            Self::NotText => write!(f, "the file is not UTF-8 text"),
            Self::TooNested { limit } => write!(f, "brackets or dotted keys nested deeper than {limit}"),
            Self::Syntax { message } => write!(f, "not TOML: {message}"),
            Self::MissingSection { section } => write!(f, "no [{section}] section"),
            Self::MissingKey { section, key } => write!(f, "no `{key}` in [{section}]"),
            Self::UnknownKey { section, key, .. } if section.is_empty() => write!(f, "unknown key `{key}`"),
            Self::MisplacedKey { section, key, .. } if section.is_empty() => {
                write!(f, "`{key}` stands under no section")
            }
            Self::MisplacedKey { section, key, .. } => write!(f, "`{key}` does not belong in [{section}]"),
            Self::UnknownKey { section, key, .. } => write!(f, "unknown key `{key}` in [{section}]"),
            Self::WrongType { key, found, expected } => {
                write!(f, "found {found} for `{key}`, expected {expected}")
            }
            Self::UnknownWord { key, found, choices, .. } => {
                write!(f, "found \"{found}\" for `{key}`, expected one of {}", quoted(choices))
            }
            Self::BadNumber { key, error } => write!(f, "`{key}` is {error}"),
            Self::NotAWholeNumber { key } => write!(f, "`{key}` is not a whole number"),
            Self::NoClasses => write!(f, "no classes"),
            Self::EmptyClass { class } => write!(f, "class {class} has no samples"),
            Self::NegativeCount { class } => write!(f, "class {class} has a negative count"),
            Self::CountTooLarge { class } => write!(f, "class {class} has more than {MAX_COUNT} samples"),
            Self::BadCompactCount { text } => write!(f, "\"{text}\" is not a compact count"),
            Self::TooManyClasses { found } => write!(f, "{found} classes"),
            Self::TooManyDistinctCounts { found, .. } => write!(f, "{found} different class counts"),
            Self::NoLayers => write!(f, "no layers"),
            Self::ZeroWidth { layer } => write!(f, "width d_{layer} is below 1"),
            Self::WidthTooLarge { layer } => write!(f, "width d_{layer} is above {MAX_WIDTH}"),
            Self::TooDeep { found } => write!(f, "{found} layers"),
            Self::WrongNumberOfWeights { found, depth } => write!(f, "{found} weights for {depth} layers"),
            Self::WeightNotPositive { layer, found } => {
                write!(f, "λ_{layer} is {}, not positive", shown(&found.to_string()))
            }
            Self::FeatureWeightNotPositive { found } => {
                write!(f, "λ_H is {}, not positive", shown(&found.to_string()))
            }
            Self::NoSeeds => write!(f, "no seeds"),
            Self::BadSeed => write!(f, "not a seed"),
            Self::DuplicateSeed { seed } => write!(f, "seed {seed} is given twice"),
            Self::NotPositive { key } => write!(f, "`{key}` is not positive"),
            Self::ToleranceTooLarge => write!(f, "`tolerance` is not below 1"),
            Self::EvaluationsOutOfRange { .. } => write!(f, "`evaluations` is out of range"),
            Self::RefutedWithoutTheorem => write!(f, "verdict \"refuted\" without a theorem"),
            Self::TheoremWithoutRefuted => write!(f, "a theorem without verdict \"refuted\""),
            Self::BadExpectedShrinkage => write!(f, "`shrinkage` is not a list of numbers"),
            _ => self.about_the_loss(f),
        }
    }
}

impl Mistake {
    /// What is wrong about targets or terms of the loss.
    fn about_the_loss(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TargetsUneven { column, found, outputs } => {
                write!(f, "target column {column} has {found} numbers, the first has {outputs}")
            }
            Self::TargetsNotProbabilities { column } => write!(f, "target column {column} is no probability"),
            Self::TargetsFile { file, reason } => write!(f, "the targets in `{file}`: {reason}"),
            Self::TooManyOutputs { found } => write!(f, "targets of {found} numbers"),
            Self::BadCovariance => write!(f, "no covariance of targets"),
            Self::TargetsAndCovariance => write!(f, "`covariance` beside `targets` or `smoothing`"),
            Self::WrongNumberOfTargets { found, classes } => {
                write!(f, "{found} target columns for {classes} classes")
            }
            Self::TooManyTargets { classes } => {
                write!(f, "{classes} classes with targets other than one-hot")
            }
            Self::WrongNumberOfClassWeights { found, classes } => {
                write!(f, "{found} class weights for {classes} classes")
            }
            Self::ClassWeightNotPositive { class } => {
                write!(f, "the weight of class {class} is not positive")
            }
            Self::WrongAdjustment { key, classes, outputs } => {
                write!(f, "`{key}` is neither {outputs} numbers nor {classes} lists of them")
            }
            Self::AdjustedSquaredError => write!(f, "the mean squared error takes no adjusted logits"),
            Self::BiasWithoutBias => write!(f, "a bias is regularised that is not there"),
            Self::NonnegativeUnknown { reason } => {
                write!(f, "the optimum with features of at least 0 is not known: {reason}")
            }
            Self::SmoothingOutOfRange => write!(f, "smoothing lies outside 0 ≤ s < 1"),
            Self::SmoothingAndTargets => write!(f, "both `smoothing` and `targets` are given"),
            _ => Ok(()),
        }
    }
}
