//! Evaluation of a typed claim on one [`Stage`].
//!
//! - The value of every piece encloses the true one; truth values are [`Truth`], never a guess.
//! - What is not defined (a division by zero, an index out of range, a tie that leaves a quantity open) is a
//!   doubt; it makes the comparison around it undecided, and goes no further: `collapsed(1) or cos(…) = 0` is
//!   proved by its first part.
//! - [`function`] is the table of the language's functions; what they do stands by noun in the files beside it.

mod arguments;
mod arithmetic;
mod binder;
mod comparison;
mod factor;
mod function;
mod matrix;
mod quantity;
mod scalar;
mod vector;

use super::language::Formula;
use super::language::formula::{Shape, Term};
use super::number::Number;
use super::stage::Stage;
use super::truth::{Doubt, Evaluated, Truth, open};
use super::value::{Value, mistyped};
use arguments::Arguments;

/// The truth of a claim on a stage.
pub fn truth(formula: &Formula, stage: &Stage) -> Truth {
    stage.restart();
    let mut evaluator = Evaluator { stage, variables: vec![0; formula.slots] };
    let steps = evaluator.least_steps(&formula.root);
    stage.facts.expect(steps);
    evaluator.truth(&formula.root)
}

struct Evaluator<'s, 'p> {
    stage: &'s Stage<'p>,
    variables: Vec<i64>,
}

impl<'s, 'p> Evaluator<'s, 'p> {
    fn truth(&mut self, term: &Term) -> Truth {
        self.value(term).and_then(Value::truth).unwrap_or_else(Truth::from)
    }

    fn number(&mut self, term: &Term) -> Evaluated<Number> {
        self.value(term)?.scalar()
    }

    fn value(&mut self, term: &Term) -> Evaluated<Value> {
        self.stage.facts.step(1)?;
        match &term.shape {
            Shape::Number(value) => Ok(Number::from(value.clone()).into()),
            Shape::Variable(slot) => Ok(Number::from(self.variables[*slot]).into()),
            Shape::Constant(constant) => quantity::constant(self.stage, *constant),
            Shape::Setting(setting) => quantity::setting(self.stage, *setting).map(Value::Word),
            Shape::Word(word) => Ok(Value::Word(word)),
            Shape::Family(family, index) => {
                let mut index = self.arguments(std::slice::from_ref(&**index))?;
                quantity::family(*family, &mut index)
            }
            Shape::Function(function, of) => match (quantity::of_logits(*function, of), of.as_slice()) {
                (Some(known), [_, rest @ ..]) => known(&mut self.arguments(rest)?),
                _ => function::evaluator(*function)(&mut self.arguments(of)?),
            },
            Shape::Negate(inner) => match self.value(inner)? {
                Value::Scalar(x) => Ok(x.negated().into()),
                other => scalar::scaled(self.stage, other, &Number::from(-1)),
            },
            Shape::Arithmetic(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                arithmetic::arithmetic(self.stage, *operator, left, right)
            }
            Shape::Compare(comparison, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                comparison::compare(self.stage, *comparison, left, right).map(Value::Truth)
            }
            Shape::Proportional(left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                comparison::proportional(self.stage, left, right).map(Value::Truth)
            }
            Shape::Not(inner) => Ok(self.truth(inner).negated().into()),
            Shape::Both(all) => Ok(self.joined(all, Truth::Proved, Truth::and).into()),
            Shape::Either(all) => Ok(self.joined(all, Truth::Refuted, Truth::or).into()),
            Shape::Implies(left, right) => Ok(match self.truth(left).negated() {
                Truth::Proved => Truth::Proved,
                denied => denied.or(self.truth(right)),
            }
            .into()),
            Shape::Quantified { all, over, filter, body } => {
                self.quantified(*all, over, filter.as_deref(), body).map(Value::Truth)
            }
            Shape::Fold { fold, over, filter, body } => self.fold(*fold, over, filter.as_deref(), body),
            Shape::Choice { condition, then, otherwise } => match self.truth(condition).decided()? {
                true => self.value(then),
                false => self.value(otherwise),
            },
        }
    }

    fn arguments(&mut self, terms: &[Term]) -> Evaluated<Arguments<'s, 'p>> {
        let values = terms.iter().map(|term| self.value(term)).collect::<Evaluated<Vec<_>>>()?;
        Ok(Arguments::new(self.stage, values))
    }

    /// Some statements from `neutral` on, until one settles all.
    fn joined(&mut self, all: &[Term], neutral: Truth, join: fn(Truth, Truth) -> Truth) -> Truth {
        let end = neutral.clone().negated();
        let mut truth = neutral;
        for term in all {
            truth = join(truth, self.truth(term));
            if truth == end {
                break;
            }
        }
        truth
    }
}
