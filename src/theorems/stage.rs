//! What an evaluation sees: the facts of a problem at one precision, and the point that the claim is about.

use super::budget::{Budget, Precision};
use super::facts::Facts;
use super::form::Relations;
use super::number::Number;
use super::place::Place;
use super::point::{self, Point};
use super::truth::{Evaluated, Truth, open};
use super::value::Matrix;
use crate::case::Problem;
use crate::theory::Known;
use crate::theory::prediction::GRAM_CLASSES;
use std::cell::OnceCell;
use std::rc::Rc;

/// Matrices are built up to this many classes.
const MAX_MATRIX: usize = GRAM_CLASSES;

/// A problem's facts and a point of it.
#[derive(Debug)]
pub struct Stage<'a> {
    /// The facts.
    pub facts: Rc<Facts<'a>>,
    /// The point.
    pub point: Box<dyn Point + 'a>,
}

impl<'a> Stage<'a> {
    /// The stage of a place at one precision.
    pub fn new(
        problem: &'a Problem,
        place: &'a Place,
        known: &Rc<OnceCell<Known>>,
        precision: Precision,
        budget: &Budget,
    ) -> Self {
        let facts = Rc::new(Facts::new(problem, precision, budget, known.clone()));
        Self { point: point::at(&facts, place), facts }
    }

    /// Starts an evaluation: no steps, no residual.
    pub fn restart(&self) {
        self.facts.restart();
        self.point.restart();
    }

    /// The problem.
    pub fn problem(&self) -> &'a Problem {
        self.facts.problem
    }

    /// The equations of algebraic forms.
    pub fn relations(&self) -> Option<&Relations> {
        self.facts.relations()
    }

    /// Whether two numbers are equal at the point.
    pub fn equals(&self, x: &Number, y: &Number) -> Truth {
        self.point.equals(x, y, self.relations())
    }

    /// An index from 1 as one from 0.
    pub fn within(&self, k: i64, count: usize, noun: &str) -> Evaluated<usize> {
        match usize::try_from(k) {
            Ok(k) if (1..=count).contains(&k) => Ok(k - 1),
            _ => open(format!("there is no {noun} {k}")),
        }
    }

    /// A square matrix of small size, by its entries.
    pub fn matrix(
        &self,
        size: usize,
        entry: impl Fn(usize, usize) -> Evaluated<Number>,
    ) -> Evaluated<Matrix> {
        if size > MAX_MATRIX {
            return open(format!("matrices are built for at most {MAX_MATRIX} classes"));
        }
        self.facts.step((size * size) as u64)?;
        (0..size).map(|j| (0..size).map(|k| entry(j, k)).collect()).collect()
    }
}
