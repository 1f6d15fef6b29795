//! The tree of a claim as written: names are texts, nothing is known about kinds yet.

use super::Span;
use crate::exact::Rational;

/// A piece of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// What it is.
    pub node: Node,
    /// Its bytes.
    pub span: Span,
}

/// What a piece of the text is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Node {
    Number(Rational),
    Name(String),
    Index { name: String, of: Vec<Tree> },
    Call { name: String, of: Vec<Tree> },
    Negate(Box<Tree>),
    Arithmetic(Arithmetic, Box<Tree>, Box<Tree>),
    Compare(Comparison, Box<Tree>, Box<Tree>),
    Proportional(Box<Tree>, Box<Tree>),
    Not(Box<Tree>),
    Both(Vec<Tree>),
    Either(Vec<Tree>),
    Implies(Box<Tree>, Box<Tree>),
    Quantified { all: bool, binders: Vec<Binder>, filter: Option<Box<Tree>>, body: Box<Tree> },
    Fold { fold: Fold, binders: Vec<Binder>, filter: Option<Box<Tree>>, body: Box<Tree> },
    Choice { condition: Box<Tree>, then: Box<Tree>, otherwise: Box<Tree> },
}

/// `k in classes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binder {
    /// The variable.
    pub name: String,
    /// Its bytes.
    pub span: Span,
    /// What it ranges over.
    pub domain: Domain,
}

/// What a variable ranges over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Domain {
    /// A named range.
    Named(String, Span),
    /// `a..b`, both ends included.
    Range(Box<Tree>, Box<Tree>),
}

/// Operators on numbers, vectors, matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

/// Comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// What is made of many values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Fold {
    Sum,
    Product,
    Min,
    Max,
    Diagonal,
}

impl Arithmetic {
    /// The operator as written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Power => "^",
        }
    }
}

impl Comparison {
    /// The comparison as written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }
}
