//! Every name the language knows, with its kind and what it takes.

use super::syntax::Fold;
use crate::case::Uniqueness;
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
            Self::Loss => &["mse", "ce", "other_mse", "other_ce"],
            Self::Bias => &["none", "last_layer", "regularised"],
            Self::Targets => &["one_hot", "given"],
            Self::Optimum => &Uniqueness::WORDS,
        }
    }
}

/// All settings.
pub const SETTINGS: [Setting; 4] = [Setting::Loss, Setting::Bias, Setting::Targets, Setting::Optimum];

/// An enum and the table of its names.
macro_rules! named {
    ($(#[$doc:meta])* $noun:ident, $table:ident: [$row:ty] { $($name:literal $is:ident ($($more:expr),*);)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum $noun { $($is),* }

        /// Their names, what they are, and what else the language must know of them.
        pub const $table: &[$row] = &[$(($name, $noun::$is, $($more),*)),*];
    };
}

named! {
    /// Quantities that stand alone, with their kinds.
    Constant, CONSTANTS: [(&str, Constant, Kind)] {
        "K" Classes (Kind::Scalar);
        "G" Groups (Kind::Scalar);
        "N" Samples (Kind::Scalar);
        "M" Depth (Kind::Scalar);
        "L" Factors (Kind::Scalar);
        "R" RankBudget (Kind::Scalar);
        "mode_count" Modes (Kind::Scalar);
        "active" Active (Kind::Scalar);
        "Lambda" Product (Kind::Scalar);
        "lambda_h" FeatureWeight (Kind::Scalar);
        "lambda_b" BiasWeight (Kind::Scalar);
        "objective" Objective (Kind::Scalar);
        "simplex_objective" SimplexObjective (Kind::Scalar);
        "energy" Energy (Kind::Scalar);
        "least_index" LeastIndex (Kind::Scalar);
        "adjusted" Adjusted (Kind::Truth);
        "nonnegative" Nonnegative (Kind::Truth);
        "logits" Logits (Kind::Matrix);
        "H" FullFeatures (Kind::Factor);
    }
}

named! {
    /// Quantities with an index, with their kinds and what the index is called.
    Family, FAMILIES: [(&str, Family, Kind, &str)] {
        "n" Count (Kind::Scalar, "k");
        "ordered_n" OrderedCount (Kind::Scalar, "i");
        "omega" ClassWeight (Kind::Scalar, "k");
        "d" Width (Kind::Scalar, "l");
        "lambda_w" LayerWeight (Kind::Scalar, "l");
        "mu" TargetSquared (Kind::Scalar, "i");
        "u" Shrinkage (Kind::Scalar, "i");
        "largest_root" LargestRoot (Kind::Scalar, "i");
        "lower_root" LowerRoot (Kind::Scalar, "i");
        "w" ClassifierRow (Kind::Vector, "k");
        "h" MeanFeature (Kind::Vector, "k");
    }
}

named! {
    /// Named ranges.
    Range, RANGES: [(&str, Range)] {
        "classes" Classes ();
        "modes" Modes ();
        "layers" Layers ();
    }
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

/// One function: its name, what it is, its arguments ([`is_variadic`]: the last may be repeated), its value
/// (`None`: of the kind of its first argument) and how it is written.
pub type Signature = (&'static str, Function, &'static [Wanted], Option<Kind>, &'static str);

use Wanted as T;
const SCALAR: Option<Kind> = Some(Kind::Scalar);
const MATRIX: Option<Kind> = Some(Kind::Matrix);
const FACTOR: Option<Kind> = Some(Kind::Factor);
const TRUTH: Option<Kind> = Some(Kind::Truth);

named! {
    /// Functions and predicates.
    Function, FUNCTIONS: [Signature] {
        "norm" Norm (&[T::Lengthy], SCALAR, "norm(x)");
        "dot" Dot (&[T::Vector, T::Vector], SCALAR, "dot(x, y)");
        "cos" Cos (&[T::Vector, T::Vector], SCALAR, "cos(x, y)");
        "gram" Gram (&[T::Table], MATRIX, "gram(X)");
        "rank" Rank (&[T::Table], SCALAR, "rank(X)");
        "trace" Trace (&[T::Matrix], SCALAR, "trace(X)");
        "transpose" Transpose (&[T::Table], None, "transpose(X)");
        "row" Row (&[T::Table, T::Scalar], Some(Kind::Vector), "row(X, k)");
        "column" Column (&[T::Table, T::Scalar], Some(Kind::Vector), "column(X, k)");
        "entry" Entry (&[T::Matrix, T::Scalar, T::Scalar], SCALAR, "entry(X, j, k)");
        "identity" Identity (&[T::Scalar], MATRIX, "identity(K)");
        "simplex" Simplex (&[T::Scalar], MATRIX, "simplex(K)");
        "ones" Ones (&[T::Scalar], MATRIX, "ones(K)");
        "best_rank" BestRank (&[T::Scalar, T::Matrix], MATRIX, "best_rank(r, X)");
        "sqrt" Sqrt (&[T::Scalar], SCALAR, "sqrt(x)");
        "log" Log (&[T::Scalar], SCALAR, "log(x)");
        "exp" Exp (&[T::Scalar], SCALAR, "exp(x)");
        "abs" Abs (&[T::Scalar], SCALAR, "abs(x)");
        "min" Min (&[T::Scalar], SCALAR, "min(x, y, …) or min(k in classes: …)");
        "max" Max (&[T::Scalar], SCALAR, "max(x, y, …) or max(k in classes: …)");
        "strength" Strength (&[T::Factor, T::Scalar], SCALAR, "strength(W(l), i)");
        "level" Level (&[T::Scalar, T::Scalar], SCALAR, "level(a, b)");
        "local_minimum" LocalMinimum (&[T::Scalar, T::Scalar], TRUTH, "local_minimum(a, b)");
        "index" Index (&[T::Scalar, T::Scalar], SCALAR, "index(a, b)");
        "nullity" Nullity (&[T::Scalar, T::Scalar], SCALAR, "nullity(a, b)");
        "semidefinite" Semidefinite (&[T::Matrix], TRUTH, "semidefinite(X)");
        "W" Layer (&[T::Scalar], FACTOR, "W(l)");
        "product" Product (&[T::Scalar], FACTOR, "product(m), or product(k in classes: …)");
        "features" Features (&[T::Scalar], FACTOR, "features(m)");
        "P" Probability (&[T::Scalar, T::Scalar], SCALAR, "P(j, k)");
        "gap" Gap (&[T::Scalar, T::Scalar], SCALAR, "gap(j, k)");
        "target" Target (&[T::Scalar, T::Scalar], SCALAR, "target(j, k)");
        "collapsed" Collapsed (&[T::Scalar], TRUTH, "collapsed(k)");
        "merged" Merged (&[T::Scalar, T::Scalar], TRUTH, "merged(j, k)");
        "kept" Kept (&[T::Scalar], TRUTH, "kept(i)");
        "has_root" HasRoot (&[T::Scalar], TRUTH, "has_root(i)");
        "has_double_root" HasDoubleRoot (&[T::Scalar], TRUTH, "has_double_root(i)");
        "metastable" Metastable (&[T::Scalar], TRUTH, "metastable(i)");
    }
}

/// Whether a function takes as many arguments as one likes, so many at least.
pub fn is_variadic(function: Function) -> bool {
    matches!(function, Function::Min | Function::Max)
}

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

/// The one word with a hyphen; `rank_tie` is it too.
pub const RANK_TIE: &str = Uniqueness::RankTie.word();

/// A name in plain letters: `μ` is `mu`, `λ_h` is `lambda_h`.
pub fn plain(word: &str) -> String {
    match word {
        "λ_H" | "lambda_H" => return "lambda_h".to_owned(),
        "λ_W" | "lambda_W" => return "lambda_w".to_owned(),
        "Σ" => return "sum".to_owned(),
        "rank_tie" => return RANK_TIE.to_owned(),
        _ => {}
    }
    word.replace('μ', "mu")
        .replace('λ', "lambda")
        .replace('Λ', "Lambda")
        .replace('σ', "sigma")
        .replace('ω', "omega")
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
        .chain(FUNCTIONS.iter().map(|f| f.0))
        .chain(FOLDS.iter().map(|f| f.0))
        .chain(words)
}
