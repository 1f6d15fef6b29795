//! One invalid case file for every mistake: each is refused for the right reason, at the right place, with
//! a message and a hint.
//!
//! - The table names the mistake expected of every file in tests/refuse; no file is left out.
//! - Every kind of mistake occurs. The few that no small file can show are made here from bytes and paths.
//! - The full message of every refusal is kept in tests/snapshots.

use std::collections::BTreeSet;
use std::path::Path;
use tightframe::{Case, MAX_CASE_BYTES as MAX_BYTES, Mistake, ReadError, Refusal, TargetsMistake};

use Mistake as M;

/// The name of a mistake's kind, and all names; a new kind does not compile until it is listed.
macro_rules! kinds {
    ($($kind:ident)*) => {
        fn kind(mistake: &Mistake) -> &'static str {
            match mistake { $(Mistake::$kind { .. } => stringify!($kind),)* }
        }
        const KINDS: &[&str] = &[$(stringify!($kind)),*];
    };
}

kinds! {
    NoSuchFile IsDirectory Unreadable FileTooLarge NotText TooNested Syntax
    MissingSection MissingKey UnknownKey MisplacedKey WrongType UnknownWord BadNumber NotAWholeNumber
    NoClasses EmptyClass NegativeCount CountTooLarge BadCompactCount TooManyClasses TooManyDistinctCounts
    NoLayers ZeroWidth WidthTooLarge TooDeep
    TargetsUneven TargetsNotProbabilities TargetsFile TooManyOutputs BadCovariance TargetsAndCovariance
    WrongNumberOfTargets TooManyTargets WrongNumberOfClassWeights
    ClassWeightNotPositive WrongAdjustment AdjustedSquaredError BiasWithoutBias NonnegativeUnknown SmoothingOutOfRange
    SmoothingAndTargets
    WrongNumberOfWeights WeightNotPositive FeatureWeightNotPositive
    NoSeeds BadSeed DuplicateSeed NotPositive ToleranceTooLarge EvaluationsOutOfRange
    RefutedWithoutTheorem TheoremWithoutRefuted BadExpectedShrinkage
}

type Expected = fn(&Mistake) -> bool;

/// File name in tests/refuse without its ending, and the mistake it makes.
const FILES: &[(&str, Expected)] = &[
    ("not-toml", |m| matches!(m, M::Syntax { .. })),
    ("list-not-closed", |m| matches!(m, M::Syntax { .. })),
    ("text-not-closed", |m| matches!(m, M::Syntax { .. })),
    ("word-without-quotes", |m| matches!(m, M::Syntax { .. })),
    ("value-missing", |m| matches!(m, M::Syntax { .. })),
    ("key-twice", |m| matches!(m, M::Syntax { .. })),
    ("section-twice", |m| matches!(m, M::Syntax { .. })),
    ("section-not-closed", |m| matches!(m, M::Syntax { .. })),
    ("count-beyond-64-bits", |m| matches!(m, M::Syntax { .. })),
    ("point-without-digit", |m| matches!(m, M::Syntax { .. })),
    ("fraction-without-quotes", |m| matches!(m, M::Syntax { .. })),
    ("control-character", |m| matches!(m, M::Syntax { .. })),
    ("lists-too-nested", |m| matches!(m, M::TooNested { limit: 32 })),
    ("key-too-nested", |m| matches!(m, M::TooNested { limit: 32 })),
    ("key-too-nested-with-carriage-returns", |m| matches!(m, M::TooNested { limit: 32 })),
    ("key-too-nested-in-braces", |m| matches!(m, M::TooNested { limit: 32 })),
    ("lists-too-nested-around-texts", |m| matches!(m, M::TooNested { limit: 32 })),
    ("empty", |m| matches!(m, M::MissingSection { section: "network" })),
    ("network-missing", |m| matches!(m, M::MissingSection { section: "network" })),
    ("regularization-missing", |m| matches!(m, M::MissingSection { section: "regularization" })),
    ("counts-missing", |m| matches!(m, M::MissingKey { section: "network", key: "counts" })),
    ("widths-missing", |m| matches!(m, M::MissingKey { section: "network", key: "widths" })),
    ("loss-missing", |m| matches!(m, M::MissingKey { section: "network", key: "loss" })),
    ("loss-under-comments", |m| matches!(m, M::MissingKey { section: "network", key: "loss" })),
    ("weights-missing", |m| matches!(m, M::MissingKey { section: "regularization", key: "weights" })),
    ("features-missing", |m| matches!(m, M::MissingKey { section: "regularization", key: "features" })),
    ("features-missing-in-braces", |m| {
        matches!(m, M::MissingKey { section: "regularization", key: "features" })
    }),
    ("counts-missing-in-dotted-keys", |m| matches!(m, M::MissingKey { section: "network", key: "counts" })),
    (
        "title-misspelt",
        |m| matches!(m, M::UnknownKey { section, key, nearest } if section.is_empty() && key == "titel" && nearest.as_deref() == Some("title")),
    ),
    (
        "section-british",
        |m| matches!(m, M::UnknownKey { section, key, nearest } if section.is_empty() && key == "regularisation" && nearest.as_deref() == Some("regularization")),
    ),
    (
        "section-unknown",
        |m| matches!(m, M::UnknownKey { section, key, nearest } if section.is_empty() && key == "optimizer" && nearest.is_none()),
    ),
    (
        "counts-under-no-section",
        |m| matches!(m, M::MisplacedKey { section, key, belongs: "network" } if section.is_empty() && key == "counts"),
    ),
    (
        "width-singular",
        |m| matches!(m, M::UnknownKey { section, key, nearest } if section == "network" && key == "width" && nearest.as_deref() == Some("widths")),
    ),
    (
        "counts-capital",
        |m| matches!(m, M::UnknownKey { section, key, nearest } if section == "network" && key == "Counts" && nearest.as_deref() == Some("counts")),
    ),
    (
        "key-unknown-in-network",
        |m| matches!(m, M::UnknownKey { section, key, nearest } if section == "network" && key == "activation" && nearest.is_none()),
    ),
    (
        "key-unknown-in-regularization",
        |m| matches!(m, M::UnknownKey { section, key, nearest } if section == "regularization" && key == "weight" && nearest.as_deref() == Some("weights")),
    ),
    (
        "key-unknown-in-training",
        |m| matches!(m, M::UnknownKey { section, key, nearest } if section == "training" && key == "learning-rate" && nearest.is_none()),
    ),
    (
        "seed-singular",
        |m| matches!(m, M::UnknownKey { section, key, nearest } if section == "training" && key == "seed" && nearest.as_deref() == Some("seeds")),
    ),
    (
        "key-unknown-in-expect",
        |m| matches!(m, M::UnknownKey { section, key, nearest } if section == "expect" && key == "accuracy" && nearest.is_none()),
    ),
    ("key-with-control-character", |m| matches!(m, M::UnknownKey { nearest: None, .. })),
    ("key-very-long", |m| matches!(m, M::UnknownKey { nearest: None, .. })),
    (
        "title-a-number",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "title" && *found == "a whole number"),
    ),
    (
        "source-a-list",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "source" && *found == "a list"),
    ),
    (
        "network-a-number",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "network" && *found == "a whole number"),
    ),
    (
        "network-a-list-of-sections",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "network" && *found == "a list of tables"),
    ),
    (
        "counts-a-number",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "counts" && *found == "a whole number"),
    ),
    (
        "counts-a-text",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "counts" && *found == "a text"),
    ),
    (
        "count-with-point",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "counts" && *found == "a number with a point"),
    ),
    (
        "count-a-list",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "counts" && *found == "a list"),
    ),
    (
        "widths-a-number",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "widths" && *found == "a whole number"),
    ),
    (
        "width-a-text",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "widths" && *found == "a text"),
    ),
    ("loss-a-list", |m| matches!(m, M::WrongType { key, found, .. } if key == "loss" && *found == "a list")),
    (
        "bias-true",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "bias" && *found == "true or false"),
    ),
    (
        "smoothing-a-list",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "smoothing" && *found == "a list"),
    ),
    ("targets-a-text", |m| matches!(m, M::TargetsFile { reason: TargetsMistake::Name, .. })),
    (
        "targets-one-list",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "targets" && *found == "a whole number"),
    ),
    (
        "target-true",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "targets" && *found == "true or false"),
    ),
    (
        "weights-true",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "weights" && *found == "true or false"),
    ),
    (
        "weight-a-date",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "weights" && *found == "a date"),
    ),
    (
        "features-a-list",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "features" && *found == "a list"),
    ),
    (
        "features-a-section",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "features" && *found == "a table"),
    ),
    ("run-a-text", |m| matches!(m, M::WrongType { key, found, .. } if key == "run" && *found == "a text")),
    (
        "seeds-a-number",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "seeds" && *found == "a whole number"),
    ),
    (
        "init-true",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "init" && *found == "true or false"),
    ),
    (
        "evaluations-with-point",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "evaluations" && *found == "a number with a point"),
    ),
    (
        "training-a-list",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "training" && *found == "a list"),
    ),
    (
        "objective-a-list",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "objective" && *found == "a list"),
    ),
    (
        "verdict-true",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "verdict" && *found == "true or false"),
    ),
    (
        "theorem-a-number",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "theorem" && *found == "a whole number"),
    ),
    (
        "loss-misspelt",
        |m| matches!(m, M::UnknownWord { key, found, nearest, .. } if key == "loss" && found == "msee" && nearest.as_deref() == Some("mse")),
    ),
    (
        "loss-capital",
        |m| matches!(m, M::UnknownWord { key, found, nearest, .. } if key == "loss" && found == "MSE" && nearest.as_deref() == Some("mse")),
    ),
    (
        "loss-unknown",
        |m| matches!(m, M::UnknownWord { key, found, nearest, .. } if key == "loss" && found == "hinge" && nearest.is_none()),
    ),
    (
        "loss-empty",
        |m| matches!(m, M::UnknownWord { key, found, nearest, .. } if key == "loss" && found.is_empty() && nearest.is_none()),
    ),
    (
        "bias-underscore",
        |m| matches!(m, M::UnknownWord { key, found, nearest, .. } if key == "bias" && found == "last_layer" && nearest.as_deref() == Some("last-layer")),
    ),
    (
        "bias-unknown",
        |m| matches!(m, M::UnknownWord { key, found, nearest, .. } if key == "bias" && found == "all" && nearest.is_none()),
    ),
    (
        "verdict-unknown",
        |m| matches!(m, M::UnknownWord { key, found, nearest, .. } if key == "verdict" && found == "proved" && nearest.is_none()),
    ),
    (
        "optimum-misspelt",
        |m| matches!(m, M::UnknownWord { key, found, nearest, .. } if key == "optimum" && found == "uniqe" && nearest.as_deref() == Some("unique")),
    ),
    ("weights-nan", |m| matches!(m, M::BadNumber { key, error: ReadError::NotFinite } if key == "weights")),
    (
        "features-infinite",
        |m| matches!(m, M::BadNumber { key, error: ReadError::NotFinite } if key == "features"),
    ),
    (
        "weight-not-a-number",
        |m| matches!(m, M::BadNumber { key, error: ReadError::NotANumber } if key == "weights"),
    ),
    (
        "weights-empty-text",
        |m| matches!(m, M::BadNumber { key, error: ReadError::NotANumber } if key == "weights"),
    ),
    (
        "features-hexadecimal",
        |m| matches!(m, M::BadNumber { key, error: ReadError::NotANumber } if key == "features"),
    ),
    (
        "weights-denominator-zero",
        |m| matches!(m, M::BadNumber { key, error: ReadError::ZeroDenominator } if key == "weights"),
    ),
    (
        "fraction-of-decimals",
        |m| matches!(m, M::BadNumber { key, error: ReadError::NotANumber } if key == "weights"),
    ),
    (
        "exponent-too-large",
        |m| matches!(m, M::BadNumber { key, error: ReadError::ExponentTooLarge } if key == "weights"),
    ),
    (
        "exponent-too-negative",
        |m| matches!(m, M::BadNumber { key, error: ReadError::ExponentTooLarge } if key == "features"),
    ),
    ("exponent-too-large-without-quotes", |m| matches!(m, M::Syntax { .. })),
    (
        "too-many-digits",
        |m| matches!(m, M::BadNumber { key, error: ReadError::TooManyDigits } if key == "weights"),
    ),
    ("target-nan", |m| matches!(m, M::BadNumber { key, error: ReadError::NotFinite } if key == "targets")),
    (
        "smoothing-not-a-number",
        |m| matches!(m, M::BadNumber { key, error: ReadError::NotANumber } if key == "smoothing"),
    ),
    ("init-infinite", |m| matches!(m, M::BadNumber { key, error: ReadError::NotFinite } if key == "init")),
    (
        "tolerance-not-a-number",
        |m| matches!(m, M::BadNumber { key, error: ReadError::NotANumber } if key == "tolerance"),
    ),
    (
        "objective-not-a-number",
        |m| matches!(m, M::BadNumber { key, error: ReadError::NotANumber } if key == "objective"),
    ),
    ("kept-negative", |m| matches!(m, M::NotAWholeNumber { key } if key == "kept")),
    ("kept-a-text", |m| matches!(m, M::NotAWholeNumber { key } if key == "kept")),
    ("no-classes", |m| matches!(m, M::NoClasses)),
    ("no-classes-with-smoothing", |m| matches!(m, M::NoClasses)),
    ("no-classes-with-targets", |m| matches!(m, M::NoClasses)),
    ("count-zero", |m| matches!(m, M::EmptyClass { class: 2 })),
    ("count-zero-compact", |m| matches!(m, M::EmptyClass { class: 2 })),
    ("count-negative", |m| matches!(m, M::NegativeCount { class: 3 })),
    ("count-negative-after-compact", |m| matches!(m, M::NegativeCount { class: 22 })),
    ("count-too-large", |m| matches!(m, M::CountTooLarge { class: 1 })),
    ("count-too-large-compact", |m| matches!(m, M::CountTooLarge { class: 2 })),
    ("compact-count-with-x", |m| matches!(m, M::BadCompactCount { text } if text == "50x20")),
    ("compact-count-without-times", |m| matches!(m, M::BadCompactCount { text } if text == "50*")),
    ("compact-count-zero-times", |m| matches!(m, M::BadCompactCount { text } if text == "50*0")),
    ("compact-count-negative", |m| matches!(m, M::BadCompactCount { text } if text == "-50*20")),
    ("compact-count-with-point", |m| matches!(m, M::BadCompactCount { text } if text == "50*2.5")),
    ("compact-count-empty", |m| matches!(m, M::BadCompactCount { text } if text.is_empty())),
    ("too-many-classes", |m| matches!(m, M::TooManyClasses { found: 100_001 })),
    ("too-many-classes-together", |m| matches!(m, M::TooManyClasses { found: 100_001 })),
    ("too-many-different-counts-with-bias", |m| {
        matches!(m, M::TooManyDistinctCounts { found: 1_001, biased: true })
    }),
    ("no-layers", |m| matches!(m, M::NoLayers)),
    ("no-layers-no-weights", |m| matches!(m, M::NoLayers)),
    ("width-zero", |m| matches!(m, M::ZeroWidth { layer: 2 })),
    ("width-negative", |m| matches!(m, M::ZeroWidth { layer: 1 })),
    ("width-too-large", |m| matches!(m, M::WidthTooLarge { layer: 2 })),
    ("too-deep", |m| matches!(m, M::TooDeep { found: 65 })),
    ("target-column-short", |m| matches!(m, M::TargetsUneven { column: 2, found: 2, outputs: 3 })),
    ("target-column-long", |m| matches!(m, M::TargetsUneven { column: 3, found: 4, outputs: 3 })),
    ("target-columns-too-few", |m| matches!(m, M::WrongNumberOfTargets { found: 2, classes: 3 })),
    ("targets-empty", |m| matches!(m, M::WrongNumberOfTargets { found: 0, classes: 3 })),
    ("too-many-classes-for-targets", |m| matches!(m, M::WrongNumberOfTargets { found: 3, classes: 65 })),
    ("too-many-classes-for-smoothing", |m| matches!(m, M::TooManyTargets { classes: 65 })),
    ("targets-no-probabilities", |m| matches!(m, M::TargetsNotProbabilities { column: 2 })),
    ("targets-no-such-file", |m| {
        matches!(m, M::TargetsFile { reason: TargetsMistake::Unreadable { .. }, .. })
    }),
    ("targets-of-too-many-outputs", |m| matches!(m, M::TooManyOutputs { found: 65 })),
    ("covariance-not-semidefinite", |m| matches!(m, M::BadCovariance)),
    ("covariance-and-targets", |m| matches!(m, M::TargetsAndCovariance)),
    ("class-weights-too-few", |m| matches!(m, M::WrongNumberOfClassWeights { found: 2, classes: 3 })),
    ("class-weight-zero", |m| matches!(m, M::ClassWeightNotPositive { class: 2 })),
    ("logit-shift-too-short", |m| {
        matches!(m, M::WrongAdjustment { key: "logit_shift", classes: 3, outputs: 3 })
    }),
    ("logit-scale-zero", |m| matches!(m, M::NotPositive { key: "logit_scale" })),
    ("logit-shift-with-mse", |m| matches!(m, M::AdjustedSquaredError)),
    ("bias-weight-without-bias", |m| matches!(m, M::BiasWithoutBias)),
    ("bias-weight-zero", |m| matches!(m, M::NotPositive { key: "bias" })),
    ("nonnegative-with-bias", |m| matches!(m, M::NonnegativeUnknown { reason: "there is a bias" })),
    ("smoothing-one", |m| matches!(m, M::SmoothingOutOfRange)),
    ("smoothing-negative", |m| matches!(m, M::SmoothingOutOfRange)),
    ("smoothing-and-targets", |m| matches!(m, M::SmoothingAndTargets)),
    ("weights-too-few", |m| matches!(m, M::WrongNumberOfWeights { found: 1, depth: 2 })),
    ("weights-too-many", |m| matches!(m, M::WrongNumberOfWeights { found: 3, depth: 2 })),
    ("weights-empty", |m| matches!(m, M::WrongNumberOfWeights { found: 0, depth: 2 })),
    ("weights-zero", |m| matches!(m, M::WeightNotPositive { layer: 1, .. })),
    ("weight-zero", |m| matches!(m, M::WeightNotPositive { layer: 2, .. })),
    ("weights-negative", |m| matches!(m, M::WeightNotPositive { layer: 1, .. })),
    ("weights-negative-and-tiny", |m| matches!(m, M::WeightNotPositive { layer: 1, .. })),
    ("weight-negative-fraction", |m| matches!(m, M::WeightNotPositive { layer: 2, .. })),
    ("features-zero", |m| matches!(m, M::FeatureWeightNotPositive { .. })),
    ("features-negative", |m| matches!(m, M::FeatureWeightNotPositive { .. })),
    ("seeds-empty", |m| matches!(m, M::NoSeeds)),
    ("seed-negative", |m| matches!(m, M::BadSeed)),
    ("seed-a-text", |m| matches!(m, M::BadSeed)),
    ("seed-twice", |m| matches!(m, M::DuplicateSeed { seed: 2 })),
    ("init-zero", |m| matches!(m, M::NotPositive { key: "init" })),
    ("tolerance-negative", |m| matches!(m, M::NotPositive { key: "tolerance" })),
    ("tolerance-one", |m| matches!(m, M::ToleranceTooLarge)),
    ("evaluations-zero", |m| matches!(m, M::EvaluationsOutOfRange { .. })),
    ("evaluations-negative", |m| matches!(m, M::EvaluationsOutOfRange { .. })),
    ("evaluations-too-many", |m| matches!(m, M::EvaluationsOutOfRange { .. })),
    ("refuted-without-theorem", |m| matches!(m, M::RefutedWithoutTheorem)),
    ("theorem-without-verdict", |m| matches!(m, M::TheoremWithoutRefuted)),
    ("theorem-with-verified", |m| matches!(m, M::TheoremWithoutRefuted)),
    ("shrinkage-a-number", |m| matches!(m, M::BadExpectedShrinkage)),
    ("shrinkage-without-quotes", |m| matches!(m, M::BadExpectedShrinkage)),
    ("shrinkage-not-numbers", |m| matches!(m, M::BadExpectedShrinkage)),
    // What people type who know other tools.
    (
        "depth-in-network",
        |m| matches!(m, M::UnknownKey { section, key, .. } if section == "network" && key == "depth"),
    ),
    (
        "layers-in-network",
        |m| matches!(m, M::UnknownKey { section, key, .. } if section == "network" && key == "layers"),
    ),
    (
        "classes-in-network",
        |m| matches!(m, M::UnknownKey { section, key, .. } if section == "network" && key == "classes"),
    ),
    (
        "samples-in-network",
        |m| matches!(m, M::UnknownKey { section, key, .. } if section == "network" && key == "samples"),
    ),
    (
        "lambda-in-network",
        |m| matches!(m, M::UnknownKey { section, key, .. } if section == "network" && key == "lambda"),
    ),
    (
        "lambda-in-regularization",
        |m| matches!(m, M::UnknownKey { section, key, .. } if section == "regularization" && key == "lambda"),
    ),
    (
        "weight-decay-in-training",
        |m| matches!(m, M::UnknownKey { section, key, .. } if section == "training" && key == "weight_decay"),
    ),
    (
        "epochs-in-training",
        |m| matches!(m, M::UnknownKey { section, key, .. } if section == "training" && key == "epochs"),
    ),
    (
        "sigma-in-training",
        |m| matches!(m, M::UnknownKey { section, key, .. } if section == "training" && key == "sigma"),
    ),
    (
        "section-model",
        |m| matches!(m, M::UnknownKey { section, key, .. } if section.is_empty() && key == "model"),
    ),
    (
        "weights-in-network",
        |m| matches!(m, M::MisplacedKey { section, key, belongs: "regularization" } if section == "network" && key == "weights"),
    ),
    (
        "features-in-network",
        |m| matches!(m, M::MisplacedKey { section, key, belongs: "regularization" } if section == "network" && key == "features"),
    ),
    (
        "counts-in-regularization",
        |m| matches!(m, M::MisplacedKey { section, key, belongs: "network" } if section == "regularization" && key == "counts"),
    ),
    (
        "smoothing-in-training",
        |m| matches!(m, M::MisplacedKey { section, key, belongs: "network" } if section == "training" && key == "smoothing"),
    ),
    (
        "seeds-in-network",
        |m| matches!(m, M::MisplacedKey { section, key, belongs: "training" } if section == "network" && key == "seeds"),
    ),
    (
        "objective-in-network",
        |m| matches!(m, M::MisplacedKey { section, key, belongs: "expect" } if section == "network" && key == "objective"),
    ),
    (
        "title-in-network",
        |m| matches!(m, M::MisplacedKey { section, key, belongs: "" } if section == "network" && key == "title"),
    ),
    (
        "run-under-no-section",
        |m| matches!(m, M::MisplacedKey { section, key, belongs: "training" } if section.is_empty() && key == "run"),
    ),
    (
        "verdict-under-no-section",
        |m| matches!(m, M::MisplacedKey { section, key, belongs: "expect" } if section.is_empty() && key == "verdict"),
    ),
    (
        "bias-false",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "bias" && *found == "true or false"),
    ),
    (
        "bias-yes",
        |m| matches!(m, M::UnknownWord { key, found, nearest, .. } if key == "bias" && found == "yes" && nearest.as_deref() == Some("last-layer")),
    ),
    (
        "loss-cross-entropy",
        |m| matches!(m, M::UnknownWord { key, found, nearest, .. } if key == "loss" && found == "cross-entropy" && nearest.as_deref() == Some("ce")),
    ),
    (
        "loss-mean-squared-error",
        |m| matches!(m, M::UnknownWord { key, found, nearest, .. } if key == "loss" && found == "Mean Squared Error" && nearest.as_deref() == Some("mse")),
    ),
    ("compact-count-with-spaces-and-x", |m| matches!(m, M::BadCompactCount { text } if text == "50 x 20")),
    ("compact-count-with-times-sign", |m| matches!(m, M::BadCompactCount { text } if text == "50×20")),
    ("compact-count-without-quotes", |m| matches!(m, M::Syntax { .. })),
    ("attained-a-share", |m| matches!(m, M::NotAWholeNumber { key } if key == "attained")),
    (
        "byte-order-mark",
        |m| matches!(m, M::UnknownWord { key, found, nearest, .. } if key == "loss" && found == "msee" && nearest.as_deref() == Some("mse")),
    ),
    (
        "carriage-returns",
        |m| matches!(m, M::UnknownWord { key, found, nearest, .. } if key == "loss" && found == "msee" && nearest.as_deref() == Some("mse")),
    ),
    (
        "beyond-ascii",
        |m| matches!(m, M::WrongType { key, found, .. } if key == "widths" && *found == "true or false"),
    ),
];

const FOLDER: &str = "tests/refuse";

fn refusal_of_file(name: &str) -> Refusal {
    let path = format!("{FOLDER}/{name}.toml");
    match Case::read(Path::new(&path)) {
        Ok(_) => panic!("{path} is accepted"),
        Err(refusal) => refusal,
    }
}

/// Refusals that no small case file can show: name, refusal, expected mistake.
fn made() -> Vec<(&'static str, Refusal, Expected)> {
    let read = |path: &str| Case::read(Path::new(path)).expect_err(path);
    let parse = |bytes: &[u8]| Case::parse("made.toml", bytes).expect_err("made.toml");
    let large = Path::new(env!("CARGO_TARGET_TMPDIR")).join("large.toml");
    // Never shortened: tests that run side by side share the file.
    let file = std::fs::File::options().write(true).create(true).truncate(false).open(&large);
    file.and_then(|f| f.set_len(MAX_BYTES + 1)).expect("a file of zeros");
    let mut large = Case::read(&large).expect_err("large.toml");
    large.file = "large.toml".to_owned();
    let counts: Vec<String> = (1..=20_001).map(|n: u32| n.to_string()).collect();
    let distinct = format!(
        "[network]\ncounts = [{}]\nwidths = [8]\nloss = \"mse\"\n[regularization]\nweights = 1\nfeatures = 1\n",
        counts.join(", ")
    );
    vec![
        ("no-such-file", read("tests/refuse/no-such-file.toml"), |m| matches!(m, M::NoSuchFile)),
        ("a-folder", read(FOLDER), |m| matches!(m, M::IsDirectory)),
        ("large-file", large, |m| matches!(m, M::FileTooLarge { limit: MAX_BYTES, .. })),
        ("large-bytes", parse(&vec![b' '; MAX_BYTES as usize + 1]), |m| {
            matches!(m, M::FileTooLarge { limit: MAX_BYTES, .. })
        }),
        ("not-text", parse(b"title = \"caf\xe9\"\n"), |m| matches!(m, M::NotText)),
        ("not-text-on-line-3", parse("# ä\n\nä = \"ö".as_bytes().split_last().unwrap().1), |m| {
            matches!(m, M::NotText)
        }),
        ("too-nested-to-parse", parse(&vec![b'['; 1_000_000]), |m| matches!(m, M::TooNested { limit: 32 })),
        ("too-many-different-counts", parse(distinct.as_bytes()), |m| {
            matches!(m, M::TooManyDistinctCounts { found: 20_001, biased: false })
        }),
    ]
}

fn snapshot(name: &str, refusal: &Refusal) {
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(name, refusal.to_string());
    });
}

#[test]
fn every_file_is_refused_for_its_mistake() {
    for (name, expected) in FILES {
        let refusal = refusal_of_file(name);
        assert!(expected(&refusal.mistake), "{name}: {:?}", refusal.mistake);
        snapshot(name, &refusal);
    }
}

#[test]
fn bytes_and_paths_are_refused_for_their_mistake() {
    for (name, refusal, expected) in made() {
        assert!(expected(&refusal.mistake), "{name}: {:?}", refusal.mistake);
        snapshot(&format!("made-{name}"), &refusal);
    }
}

/// The reason is the system's own wording, so only its frame is checked.
#[test]
fn what_cannot_be_read_says_why() {
    let refusal = unreadable();
    assert!(matches!(refusal.mistake, M::Unreadable { .. }), "{:?}", refusal.mistake);
    assert!(refusal.to_string().starts_with("error: the file cannot be read: "), "{refusal}");
}

/// No system has a file with a NUL in its name.
fn unreadable() -> Refusal {
    Case::read(Path::new("tests/refuse/\0.toml")).expect_err("a name with a NUL")
}

#[test]
fn every_file_is_in_the_table() {
    let listed: BTreeSet<String> = FILES.iter().map(|(name, _)| format!("{name}.toml")).collect();
    assert_eq!(listed.len(), FILES.len(), "a file is listed twice");
    let entries = std::fs::read_dir(FOLDER).expect("the folder of refused cases");
    let found: BTreeSet<String> =
        entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(found, listed);
}

#[test]
fn every_kind_of_mistake_occurs() {
    let files = FILES.iter().map(|(name, _)| refusal_of_file(name).mistake);
    let others = made().into_iter().map(|(_, refusal, _)| refusal.mistake);
    let all: Vec<Mistake> = files.chain(others).chain([unreadable().mistake]).collect();
    let occurred: BTreeSet<&str> = all.iter().map(kind).collect();
    let missing: Vec<&&str> = KINDS.iter().filter(|k| !occurred.contains(**k)).collect();
    assert!(missing.is_empty(), "no case makes {missing:?}");
}
