//! What can be wished for, and what cannot.

use crate::case::{Bias, Draft, Loss, Problem, Targets};
use crate::exact::{Integer, Rational};
use crate::theory::spectrum::Spectrum;
use num_traits::{One, Signed};
use std::fmt;

/// Bits of the spectrum that floats are taken from.
pub(super) const BITS: u32 = 96;

/// A factor of the network: 0 is the features `H`, `l` the layer `W_l`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Factor(pub usize);

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => write!(f, "H"),
            l => write!(f, "W_{l}"),
        }
    }
}

/// One wish. Classes are counted from 0; no class means each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Wish {
    /// Every mode is kept.
    NoCollapse,
    /// The margin is at least `floor`.
    Margin { class: Option<usize>, floor: Rational },
    /// `‖h_k‖` is at most `cap`.
    FeatureNorm { class: Option<usize>, cap: Rational },
    /// `‖w_k‖` is at most `cap`.
    ClassifierNorm { class: Option<usize>, cap: Rational },
    /// The Frobenius norm of a factor is at most `cap`.
    FactorNorm { factor: Factor, cap: Rational },
    /// The factor's weight is this one.
    Fixed { factor: Factor, weight: Rational },
}

/// A wish, and the words in which it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The wish.
    pub wish: Wish,
    /// As the user wrote it; empty for what is always wished.
    pub words: String,
}

/// What is wrong with a request: one variant a mistake. `words` are the user's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum WishMistake {
    NotSquaredError,
    NotPlain,
    NotOneHot { words: String },
    NothingToKeep,
    NoSuchClass { words: String, class: usize, classes: usize },
    NoSuchFactor { words: String, factor: Factor, depth: usize },
    NotPositive { words: String },
    FixedTwice { words: String, factor: Factor },
    NearIncomplete { factor: Factor },
}

impl fmt::Display for WishMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at =
            |f: &mut fmt::Formatter<'_>, words: &str, hint: &str| write!(f, "\n  --> {words}\nhint: {hint}");
        match self {
            Self::NotSquaredError => {
                write!(f, "a cross-entropy case\nhint: regularisation is designed for loss = \"mse\" only")
            }
            Self::NotPlain => write!(
                f,
                "a loss with class weights or a regularised bias\nhint: regularisation is designed for the plain loss; drop `class_weights` and λ_b"
            ),
            Self::NotOneHot { words } => {
                write!(f, "a wish about a class whose target is not one-hot")?;
                at(f, words, "wish for norms of whole factors, or drop `smoothing` and `targets`")
            }
            Self::NothingToKeep => write!(
                f,
                "no mode to keep: the bias alone meets every target at any regularisation\nhint: give at least two classes, or --bias none"
            ),
            Self::NoSuchClass { words, class, classes } => {
                write!(f, "no class {}", class + 1)?;
                at(f, words, &format!("classes are counted from 1 to {classes}"))
            }
            Self::NoSuchFactor { words, factor, depth } => {
                write!(f, "no factor {factor}")?;
                at(f, words, &format!("the factors are H and W_1 … W_{depth}, one layer a width"))
            }
            Self::NotPositive { words } => {
                write!(f, "a wish that is not positive")?;
                at(f, words, "margins, norms and weights are above 0; drop the wish to be free")
            }
            Self::FixedTwice { words, factor } => {
                write!(f, "the weight of {factor} is fixed twice")?;
                at(f, words, "keep one of them")
            }
            Self::NearIncomplete { factor } => {
                write!(
                    f,
                    "--near names no weight for {factor}\nhint: one number serves all factors, or name each: --near H=5e-4,W1=1e-3"
                )
            }
        }
    }
}

impl std::error::Error for WishMistake {}

/// A network and wishes about its optimum; valid from birth.
#[derive(Debug, Clone)]
pub struct Request {
    /// The problem with all weights 1.
    problem: Problem,
    wishes: Vec<Asked>,
    near: Option<Vec<Rational>>,
    /// Modes with targets above zero.
    modes: usize,
}

impl Request {
    /// A request about the network of `problem`, whose weights do not matter. `near` has the weights to stay near, by
    /// factor. That no mode is lost is always wished, and stands first.
    pub fn new(
        problem: &Problem,
        wishes: Vec<Asked>,
        near: Option<Vec<(Factor, Rational)>>,
    ) -> Result<Self, WishMistake> {
        if problem.loss() != Loss::Mse {
            return Err(WishMistake::NotSquaredError);
        }
        if !problem.has_plain_loss() {
            return Err(WishMistake::NotPlain);
        }
        let is_one_hot = *problem.targets() == Targets::OneHot;
        let modes = modes(problem);
        if modes == 0 {
            return Err(WishMistake::NothingToKeep);
        }
        let mut fixed = Vec::new();
        for Asked { wish, words } in &wishes {
            let words = || words.clone();
            let (class, factor, number) = match wish {
                Wish::NoCollapse => (&None, None, None),
                Wish::Margin { class, floor } => (class, None, Some(floor)),
                Wish::FeatureNorm { class, cap } | Wish::ClassifierNorm { class, cap } => {
                    (class, None, Some(cap))
                }
                Wish::FactorNorm { factor, cap } => (&None, Some(*factor), Some(cap)),
                Wish::Fixed { factor, weight } => (&None, Some(*factor), Some(weight)),
            };
            if !is_one_hot && !matches!(wish, Wish::NoCollapse | Wish::FactorNorm { .. } | Wish::Fixed { .. })
            {
                return Err(WishMistake::NotOneHot { words: words() });
            }
            if number.is_some_and(|x| !x.is_positive()) {
                return Err(WishMistake::NotPositive { words: words() });
            }
            if let Some(class) = class.filter(|k| *k >= problem.classes()) {
                return Err(WishMistake::NoSuchClass { words: words(), class, classes: problem.classes() });
            }
            if let Some(factor) = factor.filter(|f| f.0 > problem.depth()) {
                return Err(WishMistake::NoSuchFactor { words: words(), factor, depth: problem.depth() });
            }
            if let Wish::Fixed { factor, .. } = wish {
                if fixed.contains(factor) {
                    return Err(WishMistake::FixedTwice { words: words(), factor: *factor });
                }
                fixed.push(*factor);
            }
        }
        let near = near.map(|near| ordered(&near, problem.depth())).transpose()?;
        let always = Asked { wish: Wish::NoCollapse, words: String::new() };
        let one = Rational::one();
        let unit = with_weights(problem, &vec![one; problem.depth() + 1]);
        Ok(Self { problem: unit, wishes: std::iter::once(always).chain(wishes).collect(), near, modes })
    }

    /// The wishes; the first is that no mode is lost.
    pub fn wishes(&self) -> &[Asked] {
        &self.wishes
    }

    /// The weights to stay near, features first.
    pub fn near(&self) -> Option<&[Rational]> {
        self.near.as_deref()
    }

    /// The network; its weights are all 1.
    pub fn network(&self) -> &Problem {
        &self.problem
    }

    /// The problem with these weights, features first.
    pub fn problem(&self, weights: &[Rational]) -> Problem {
        with_weights(&self.problem, weights)
    }

    /// The weight that wishes fix for each factor.
    pub fn fixed(&self, active: &[usize]) -> Vec<Option<Rational>> {
        let mut fixed = vec![None; self.problem.depth() + 1];
        for i in active {
            if let Wish::Fixed { factor, weight } = &self.wishes[*i].wish {
                fixed[factor.0] = Some(weight.clone());
            }
        }
        fixed
    }

    /// Number of modes with targets above zero: the rank that keeping all of them needs.
    pub fn modes(&self) -> usize {
        self.modes
    }

    /// Samples of a class.
    pub fn count(&self, class: usize) -> Integer {
        self.problem.counts()[class].into()
    }
}

/// Modes with targets above zero.
fn modes(problem: &Problem) -> usize {
    match (problem.targets(), problem.bias()) {
        (Targets::OneHot, Bias::None) => problem.classes(),
        (Targets::OneHot, Bias::LastLayer) => problem.classes() - 1,
        _ => Spectrum::of(problem, BITS).blocks.iter().map(|block| block.multiplicity).sum(),
    }
}

/// Weights by factor, each once; what is missing is a mistake, what is given twice counts last.
fn ordered(near: &[(Factor, Rational)], depth: usize) -> Result<Vec<Rational>, WishMistake> {
    if let Some((factor, _)) = near.iter().find(|(f, _)| f.0 > depth) {
        return Err(WishMistake::NoSuchFactor { words: "--near".to_owned(), factor: *factor, depth });
    }
    if near.iter().any(|(_, λ)| !λ.is_positive()) {
        return Err(WishMistake::NotPositive { words: "--near".to_owned() });
    }
    let of = |j: usize| {
        let found = near.iter().rev().find(|(f, _)| f.0 == j);
        found.map(|(_, λ)| λ.clone()).ok_or(WishMistake::NearIncomplete { factor: Factor(j) })
    };
    (0..=depth).map(of).collect()
}

fn with_weights(problem: &Problem, weights: &[Rational]) -> Problem {
    let draft = Draft { weights: weights[1..].to_vec(), features: weights[0].clone(), ..problem.draft() };
    Problem::new(draft).expect("a valid network with positive weights is a problem")
}
