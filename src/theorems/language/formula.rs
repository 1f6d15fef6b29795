//! A typed claim: names are resolved, variables are slots, kinds agree. Only [`super::typing`] makes one.

use super::Span;
use super::names::{Constant, Family, Function, Kind, Range, Setting};
use super::syntax::{Arithmetic, Comparison, Fold};
use crate::exact::Rational;

/// A typed statement with the number of variable slots it needs.
#[derive(Debug, Clone)]
pub struct Formula {
    /// The statement; its kind is a truth value.
    pub root: Term,
    /// Number of variable slots.
    pub slots: usize,
}

/// A typed piece.
#[derive(Debug, Clone)]
pub struct Term {
    /// What it is.
    pub shape: Shape,
    /// Its kind.
    pub kind: Kind,
    /// Its bytes in the text.
    pub span: Span,
}

/// What a piece is.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub enum Shape {
    Number(Rational),
    Variable(usize),
    Constant(Constant),
    Setting(Setting),
    Word(&'static str),
    Family(Family, Box<Term>),
    Function(Function, Vec<Term>),
    Negate(Box<Term>),
    Arithmetic(Arithmetic, Box<Term>, Box<Term>),
    Compare(Comparison, Box<Term>, Box<Term>),
    Proportional(Box<Term>, Box<Term>),
    Not(Box<Term>),
    Both(Vec<Term>),
    Either(Vec<Term>),
    Implies(Box<Term>, Box<Term>),
    Quantified { all: bool, over: Vec<Slot>, filter: Option<Box<Term>>, body: Box<Term> },
    Fold { fold: Fold, over: Vec<Slot>, filter: Option<Box<Term>>, body: Box<Term> },
    Choice { condition: Box<Term>, then: Box<Term>, otherwise: Box<Term> },
}

/// A variable with what it ranges over.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its number.
    pub slot: usize,
    /// What it ranges over.
    pub over: Domain,
}

/// What a variable ranges over.
#[derive(Debug, Clone)]
pub enum Domain {
    /// A named range.
    Named(Range),
    /// `a..b`, both ends included.
    Between(Box<Term>, Box<Term>),
}

impl Term {
    /// Whether a variable stands in it.
    pub fn uses_variables(&self) -> bool {
        match &self.shape {
            Shape::Variable(_) => true,
            Shape::Number(_) | Shape::Constant(_) | Shape::Setting(_) | Shape::Word(_) => false,
            Shape::Function(_, of) => of.iter().any(Self::uses_variables),
            Shape::Negate(one) => one.uses_variables(),
            Shape::Arithmetic(_, left, right) => left.uses_variables() || right.uses_variables(),
            _ => true,
        }
    }
}
