//! Every name the language knows, with its kind and what it takes.

use super::syntax::Fold;
use std::fmt;

/// Kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A real number.
    Scalar,
    /// A vector of hidden space, or a row or column of a matrix.
    Vector,
    /// A `K × K` matrix (or of another size given by numbers).
    Matrix,
    /// A factor of the network: a matrix known up to rotations of hidden space.
    Factor,
    /// True or false.
    Truth,
    /// A word such as `mse`.
    Word(Setting),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "a number",
            Self::Vector => "a vector",
            Self::Matrix => "a matrix",
            Self::Factor => "a factor",
            Self::Truth => "a statement",
            Self::Word(_) => "a word",
        })
    }
}

/// Quantities whose values are words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The loss.
    Loss,
    /// The bias.
    Bias,
    /// The class targets.
    Targets,
    /// How far the optimum is unique.
    Optimum,
}

impl Setting {
    /// The name of the quantity.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Bias => "bias",
            Self::Targets => "targets",
            Self::Optimum => "optimum",
        }
    }

    /// The words it can be.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Loss => &["mse", "ce"],
            Self::Bias => &["none", "last_layer"],
            Self::Targets => &["one_hot", "given"],
            Self::Optimum => &["unique", "tie", "rank_tie", "zero", "undecided"],
        }
    }
}

/// All settings.
pub const SETTINGS: [Setting; 4] = [Setting::Loss, Setting::Bias, Setting::Targets, Setting::Optimum];

/// Quantities that stand alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Constant {
    Classes,
    Samples,
    Depth,
    Factors,
    RankBudget,
    Modes,
    Active,
    Product,
    FeatureWeight,
    Objective,
    SimplexObjective,
    Energy,
    Logits,
    FullFeatures,
}

/// Names, what they are, their kinds.
pub const CONSTANTS: [(&str, Constant, Kind); 14] = [
    ("K", Constant::Classes, Kind::Scalar),
    ("N", Constant::Samples, Kind::Scalar),
    ("M", Constant::Depth, Kind::Scalar),
    ("L", Constant::Factors, Kind::Scalar),
    ("R", Constant::RankBudget, Kind::Scalar),
    ("mode_count", Constant::Modes, Kind::Scalar),
    ("active", Constant::Active, Kind::Scalar),
    ("Lambda", Constant::Product, Kind::Scalar),
    ("lambda_h", Constant::FeatureWeight, Kind::Scalar),
    ("objective", Constant::Objective, Kind::Scalar),
    ("simplex_objective", Constant::SimplexObjective, Kind::Scalar),
    ("energy", Constant::Energy, Kind::Scalar),
    ("logits", Constant::Logits, Kind::Matrix),
    ("H", Constant::FullFeatures, Kind::Factor),
];

/// Quantities with an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Family {
    Count,
    Width,
    LayerWeight,
    TargetSquared,
    Shrinkage,
    LargestRoot,
    LowerRoot,
    ClassifierRow,
    MeanFeature,
}

/// Names, what they are, their kinds, their index.
pub const FAMILIES: [(&str, Family, Kind, &str); 9] = [
    ("n", Family::Count, Kind::Scalar, "k"),
    ("d", Family::Width, Kind::Scalar, "l"),
    ("lambda_w", Family::LayerWeight, Kind::Scalar, "l"),
    ("mu", Family::TargetSquared, Kind::Scalar, "i"),
    ("u", Family::Shrinkage, Kind::Scalar, "i"),
    ("largest_root", Family::LargestRoot, Kind::Scalar, "i"),
    ("lower_root", Family::LowerRoot, Kind::Scalar, "i"),
    ("w", Family::ClassifierRow, Kind::Vector, "k"),
    ("h", Family::MeanFeature, Kind::Vector, "k"),
];

/// Functions and predicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Function {
    Norm,
    Dot,
    Cos,
    Gram,
    Rank,
    Trace,
    Transpose,
    Row,
    Column,
    Entry,
    Identity,
    Simplex,
    Ones,
    BestRank,
    Sqrt,
    Log,
    Exp,
    Abs,
    Min,
    Max,
    Strength,
    Level,
    LocalMinimum,
    Layer,
    Product,
    Features,
    Collapsed,
    Merged,
    Kept,
    HasRoot,
    Metastable,
}

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A number.
    Scalar,
    /// A vector.
    Vector,
    /// A matrix.
    Matrix,
    /// A matrix or a factor.
    Table,
    /// A factor.
    Factor,
    /// A vector, a matrix or a factor.
    Lengthy,
}

impl Wanted {
    /// Whether a kind fits.
    pub fn fits(self, kind: Kind) -> bool {
        match self {
            Self::Scalar => kind == Kind::Scalar,
            Self::Vector => kind == Kind::Vector,
            Self::Matrix => kind == Kind::Matrix,
            Self::Factor => kind == Kind::Factor,
            Self::Table => matches!(kind, Kind::Matrix | Kind::Factor),
            Self::Lengthy => matches!(kind, Kind::Vector | Kind::Matrix | Kind::Factor),
        }
    }

    /// The words of a message.
    pub fn words(self) -> &'static str {
        match self {
            Self::Scalar => "a number",
            Self::Vector => "a vector such as w[k] or h[k]",
            Self::Matrix => "a matrix",
            Self::Factor => "a factor such as W(l) or H",
            Self::Table => "a matrix or a factor",
            Self::Lengthy => "a vector, a matrix or a factor",
        }
    }
}

/// One function: its name, its arguments, its result (`None`: the kind of its first argument) and its usage.
pub struct Signature {
    /// The name.
    pub name: &'static str,
    /// The function.
    pub function: Function,
    /// Its arguments.
    pub takes: &'static [Wanted],
    /// Whether the last argument may be repeated.
    pub variadic: bool,
    /// The kind of its value.
    pub gives: Option<Kind>,
    /// How it is written.
    pub usage: &'static str,
}

const fn plain_signature(
    name: &'static str,
    function: Function,
    takes: &'static [Wanted],
    gives: Kind,
    usage: &'static str,
) -> Signature {
    Signature { name, function, takes, variadic: false, gives: Some(gives), usage }
}

/// All functions.
pub const FUNCTIONS: [Signature; 31] = {
    use Function as F;
    use Kind as G;
    use Wanted as T;
    use plain_signature as f;
    [
        f("norm", F::Norm, &[T::Lengthy], G::Scalar, "norm(x)"),
        f("dot", F::Dot, &[T::Vector, T::Vector], G::Scalar, "dot(x, y)"),
        f("cos", F::Cos, &[T::Vector, T::Vector], G::Scalar, "cos(x, y)"),
        f("gram", F::Gram, &[T::Table], G::Matrix, "gram(X)"),
        f("rank", F::Rank, &[T::Table], G::Scalar, "rank(X)"),
        f("trace", F::Trace, &[T::Matrix], G::Scalar, "trace(X)"),
        Signature {
            name: "transpose",
            function: F::Transpose,
            takes: &[T::Table],
            variadic: false,
            gives: None,
            usage: "transpose(X)",
        },
        f("row", F::Row, &[T::Table, T::Scalar], G::Vector, "row(X, k)"),
        f("column", F::Column, &[T::Table, T::Scalar], G::Vector, "column(X, k)"),
        f("entry", F::Entry, &[T::Matrix, T::Scalar, T::Scalar], G::Scalar, "entry(X, j, k)"),
        f("identity", F::Identity, &[T::Scalar], G::Matrix, "identity(K)"),
        f("simplex", F::Simplex, &[T::Scalar], G::Matrix, "simplex(K)"),
        f("ones", F::Ones, &[T::Scalar], G::Matrix, "ones(K)"),
        f("best_rank", F::BestRank, &[T::Scalar, T::Matrix], G::Matrix, "best_rank(r, X)"),
        f("sqrt", F::Sqrt, &[T::Scalar], G::Scalar, "sqrt(x)"),
        f("log", F::Log, &[T::Scalar], G::Scalar, "log(x)"),
        f("exp", F::Exp, &[T::Scalar], G::Scalar, "exp(x)"),
        f("abs", F::Abs, &[T::Scalar], G::Scalar, "abs(x)"),
        Signature {
            name: "min",
            function: F::Min,
            takes: &[T::Scalar],
            variadic: true,
            gives: Some(G::Scalar),
            usage: "min(x, y, …) or min(k in classes: …)",
        },
        Signature {
            name: "max",
            function: F::Max,
            takes: &[T::Scalar],
            variadic: true,
            gives: Some(G::Scalar),
            usage: "max(x, y, …) or max(k in classes: …)",
        },
        f("strength", F::Strength, &[T::Factor, T::Scalar], G::Scalar, "strength(W(l), i)"),
        f("level", F::Level, &[T::Scalar, T::Scalar], G::Scalar, "level(a, b)"),
        f("local_minimum", F::LocalMinimum, &[T::Scalar, T::Scalar], G::Truth, "local_minimum(a, b)"),
        f("W", F::Layer, &[T::Scalar], G::Factor, "W(l)"),
        f("product", F::Product, &[T::Scalar], G::Factor, "product(m), or product(k in classes: …)"),
        f("features", F::Features, &[T::Scalar], G::Factor, "features(m)"),
        f("collapsed", F::Collapsed, &[T::Scalar], G::Truth, "collapsed(k)"),
        f("merged", F::Merged, &[T::Scalar, T::Scalar], G::Truth, "merged(j, k)"),
        f("kept", F::Kept, &[T::Scalar], G::Truth, "kept(i)"),
        f("has_root", F::HasRoot, &[T::Scalar], G::Truth, "has_root(i)"),
        f("metastable", F::Metastable, &[T::Scalar], G::Truth, "metastable(i)"),
    ]
};

/// Named ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Range {
    Classes,
    Modes,
    Layers,
}

/// Their names.
pub const RANGES: [(&str, Range); 3] =
    [("classes", Range::Classes), ("modes", Range::Modes), ("layers", Range::Layers)];

const FOLDS: [(&str, Fold); 5] = [
    ("sum", Fold::Sum),
    ("product", Fold::Product),
    ("min", Fold::Min),
    ("max", Fold::Max),
    ("diag", Fold::Diagonal),
];

const KEYWORDS: [&str; 12] =
    ["forall", "exists", "in", "where", "and", "or", "not", "implies", "proportional", "if", "then", "else"];

/// The keyword a word is.
pub fn keyword(word: &str) -> Option<&'static str> {
    KEYWORDS.into_iter().chain(["to"]).find(|k| *k == word)
}

/// The fold a name is.
pub fn fold(name: &str) -> Option<Fold> {
    FOLDS.iter().find(|(n, _)| *n == name).map(|(_, fold)| *fold)
}

/// A name in plain letters: `μ` is `mu`, `λ_h` is `lambda_h`.
pub fn plain(word: &str) -> String {
    match word {
        "λ_H" | "lambda_H" => return "lambda_h".to_owned(),
        "λ_W" | "lambda_W" => return "lambda_w".to_owned(),
        "Σ" => return "sum".to_owned(),
        _ => {}
    }
    word.replace('μ', "mu").replace('λ', "lambda").replace('Λ', "Lambda").replace('σ', "sigma")
}

/// Whether a name is taken, so that no variable can have it.
pub fn is_taken(name: &str) -> bool {
    all().any(|known| known == name)
}

/// All names of quantities, functions and words.
pub fn all() -> impl Iterator<Item = &'static str> {
    let words = SETTINGS.iter().flat_map(|s| std::iter::once(s.name()).chain(s.words().iter().copied()));
    CONSTANTS
        .iter()
        .map(|c| c.0)
        .chain(FAMILIES.iter().map(|f| f.0))
        .chain(FUNCTIONS.iter().map(|f| f.name))
        .chain(FOLDS.iter().map(|f| f.0))
        .chain(words)
}
