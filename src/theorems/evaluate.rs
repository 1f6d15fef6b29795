//! Evaluation of a typed claim on one [`Stage`].
//!
//! - The value of every piece encloses the true one; truth values are [`Truth`], never a guess.
//! - What is not defined (a division by zero, an index out of range, a tie that leaves a quantity open) is a
//!   doubt; it makes the comparison around it undecided, and goes no further: `collapsed(1) or cos(…) = 0` is
//!   proved by its first part.

use super::language::Formula;
use super::language::formula::{Domain, Shape, Slot, Term};
use super::language::names::{Constant, Family, Function, Range, Setting};
use super::language::syntax::{Arithmetic, Comparison, Fold};
use super::number::Number;
use super::stage::{MAX_MATRIX, Stage};
use super::truth::{Doubt, Truth};
use super::value::{Factor, Value, Vector, Which};
use crate::case::{Bias, Loss, Targets};
use crate::exact::{Enclosure, Integer, Rational};
use crate::theory::Band;
use num_traits::{One, Signed};
use std::cmp::Ordering;

/// Longest range of a variable.
const MAX_RANGE: i64 = 100_000;

type Evaluated<T> = Result<T, Doubt>;

/// The truth of a claim on a stage.
pub fn truth(formula: &Formula, stage: &Stage) -> Truth {
    stage.restart();
    let mut evaluator = Evaluator { stage, variables: vec![0; formula.slots] };
    evaluator.truth(&formula.root)
}

struct Evaluator<'s, 'p> {
    stage: &'s Stage<'p>,
    variables: Vec<i64>,
}

type Matrix = Vec<Vec<Number>>;

fn open<T>(reason: impl Into<String>) -> Evaluated<T> {
    Err(Doubt::Open(reason.into()))
}

/// Typing rules out every other kind here.
fn mistyped<T>() -> Evaluated<T> {
    open("a value of another kind than typing promised")
}

impl<'s, 'p> Evaluator<'s, 'p> {
    fn truth(&mut self, term: &Term) -> Truth {
        match self.value(term) {
            Ok(Value::Truth(truth)) => truth,
            Ok(_) => Truth::Undecided(Doubt::Open("a value of another kind than typing promised".to_owned())),
            Err(doubt) => doubt.into(),
        }
    }

    fn number(&mut self, term: &Term) -> Evaluated<Number> {
        match self.value(term)? {
            Value::Scalar(x) => Ok(x),
            _ => mistyped(),
        }
    }

    fn whole(&mut self, term: &Term) -> Evaluated<i64> {
        match self.number(term)?.whole() {
            Some(n) => Ok(n),
            None => open("an index that is not a whole number"),
        }
    }

    /// A class index, from 0.
    fn class(&mut self, term: &Term) -> Evaluated<usize> {
        let k = self.whole(term)?;
        self.within(k, self.stage.problem().classes(), "class")
    }

    /// A layer index, from 1.
    fn layer(&mut self, term: &Term) -> Evaluated<usize> {
        let l = self.whole(term)?;
        Ok(self.within(l, self.stage.problem().depth(), "layer")? + 1)
    }

    fn within(&self, k: i64, count: usize, noun: &str) -> Evaluated<usize> {
        match usize::try_from(k) {
            Ok(k) if (1..=count).contains(&k) => Ok(k - 1),
            _ => open(format!("there is no {noun} {k}")),
        }
    }

    fn value(&mut self, term: &Term) -> Evaluated<Value> {
        self.stage.step(1)?;
        match &term.shape {
            Shape::Number(value) => Ok(Value::Scalar(value.clone().into())),
            Shape::Variable(slot) => Ok(Value::Scalar(self.variables[*slot].into())),
            Shape::Constant(constant) => self.constant(*constant),
            Shape::Setting(setting) => self.setting(*setting).map(Value::Word),
            Shape::Word(word) => Ok(Value::Word(word)),
            Shape::Family(family, index) => self.family(*family, index),
            Shape::Function(function, of) => self.function(*function, of),
            Shape::Negate(inner) => match self.value(inner)? {
                Value::Scalar(x) => Ok(Value::Scalar(x.negated())),
                other => self.scaled(other, &Number::from(-1)),
            },
            Shape::Arithmetic(operator, left, right) => self.arithmetic(*operator, left, right),
            Shape::Compare(comparison, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                self.compare(*comparison, left, right).map(Value::Truth)
            }
            Shape::Proportional(left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                self.proportional(left, right).map(Value::Truth)
            }
            Shape::Not(inner) => Ok(Value::Truth(self.truth(inner).negated())),
            Shape::Both(all) => {
                let mut truth = Truth::Proved;
                for term in all {
                    truth = truth.and(self.truth(term));
                    if truth == Truth::Refuted {
                        break;
                    }
                }
                Ok(Value::Truth(truth))
            }
            Shape::Either(all) => {
                let mut truth = Truth::Refuted;
                for term in all {
                    truth = truth.or(self.truth(term));
                    if truth == Truth::Proved {
                        break;
                    }
                }
                Ok(Value::Truth(truth))
            }
            Shape::Implies(left, right) => {
                let denied = self.truth(left).negated();
                if denied == Truth::Proved {
                    return Ok(Value::Truth(denied));
                }
                Ok(Value::Truth(denied.or(self.truth(right))))
            }
            Shape::Quantified { all, over, filter, body } => {
                self.quantified(*all, over, filter.as_deref(), body).map(Value::Truth)
            }
            Shape::Fold { fold, over, filter, body } => self.fold(*fold, over, filter.as_deref(), body),
            Shape::Choice { condition, then, otherwise } => match self.truth(condition) {
                Truth::Proved => self.value(then),
                Truth::Refuted => self.value(otherwise),
                Truth::Undecided(doubt) => Err(doubt),
                Truth::Agrees(_) => Err(Doubt::Precision),
            },
        }
    }

    fn constant(&mut self, constant: Constant) -> Evaluated<Value> {
        let (stage, problem) = (self.stage, self.stage.problem());
        let count = |n: u64| Number::from(Rational::from(Integer::from(n)));
        Ok(Value::Scalar(match constant {
            Constant::Classes => count(problem.classes() as u64),
            Constant::Samples => count(problem.samples()),
            Constant::Depth => count(problem.depth() as u64),
            Constant::Factors => count(problem.depth() as u64 + 1),
            Constant::RankBudget => count(problem.rank_budget() as u64),
            Constant::Modes => count(stage.mode_count()? as u64),
            Constant::Active => count(stage.active()? as u64),
            Constant::Product => problem.regularization_product().into(),
            Constant::FeatureWeight => problem.features().clone().into(),
            Constant::Objective => stage.objective()?,
            Constant::SimplexObjective => stage.simplex_objective()?,
            Constant::Energy => stage.energy()?,
            Constant::Logits => {
                return self.matrix(problem.classes(), |stage, j, k| stage.logit(j, k)).map(Value::Matrix);
            }
            Constant::FullFeatures => return Ok(Value::Factor(factor(Which::FullFeatures))),
        }))
    }

    fn matrix(
        &self,
        size: usize,
        entry: impl Fn(&Stage, usize, usize) -> Evaluated<Number>,
    ) -> Evaluated<Matrix> {
        if size > MAX_MATRIX {
            return open(format!("matrices are built for at most {MAX_MATRIX} classes"));
        }
        self.stage.step((size * size) as u64)?;
        (0..size).map(|j| (0..size).map(|k| entry(self.stage, j, k)).collect()).collect()
    }

    fn setting(&self, setting: Setting) -> Evaluated<&'static str> {
        let problem = self.stage.problem();
        Ok(match setting {
            Setting::Loss if problem.loss() == Loss::Mse => "mse",
            Setting::Loss => "ce",
            Setting::Bias if problem.bias() == Bias::None => "none",
            Setting::Bias => "last_layer",
            Setting::Targets if *problem.targets() == Targets::OneHot => "one_hot",
            Setting::Targets => "given",
            Setting::Optimum => self.stage.uniqueness()?,
        })
    }

    fn family(&mut self, family: Family, index: &Term) -> Evaluated<Value> {
        let (stage, problem) = (self.stage, self.stage.problem());
        let whole = |n: u64| Number::from(Rational::from(Integer::from(n)));
        Ok(Value::Scalar(match family {
            Family::Count => whole(problem.counts()[self.class(index)?]),
            Family::Width => whole(problem.widths()[self.layer(index)? - 1]),
            Family::LayerWeight => problem.weights()[self.layer(index)? - 1].clone().into(),
            Family::TargetSquared => stage.target_sq(self.whole(index)?)?,
            Family::Shrinkage => stage.shrinkage(self.whole(index)?)?,
            Family::LargestRoot => stage.largest_root(self.whole(index)?)?,
            Family::LowerRoot => stage.lower_root(self.whole(index)?)?,
            Family::ClassifierRow => {
                let (space, k) = (problem.depth(), self.class(index)?);
                let rows = vec![(k, Number::one())];
                return Ok(Value::Vector(Vector::Hidden { space, rows, columns: Vec::new() }));
            }
            Family::MeanFeature => {
                let columns = vec![(self.class(index)?, Number::one())];
                return Ok(Value::Vector(Vector::Hidden { space: 1, rows: Vec::new(), columns }));
            }
        }))
    }

    fn quantified(
        &mut self,
        all: bool,
        over: &[Slot],
        filter: Option<&Term>,
        body: &Term,
    ) -> Evaluated<Truth> {
        let mut truth = Truth::from(all);
        let end = Truth::from(!all);
        self.each(over, &mut |this| {
            let wanted = filter.map_or(Truth::Proved, |f| this.truth(f));
            if wanted == Truth::Refuted {
                return Ok(true);
            }
            let body = this.truth(body);
            let known = std::mem::replace(&mut truth, Truth::Proved);
            truth = match all {
                true => known.and(wanted.negated().or(body)),
                false => known.or(wanted.and(body)),
            };
            Ok(truth != end)
        })?;
        Ok(truth)
    }

    /// Runs `what` for every value of the variables until it says stop. Whether it ran to the end.
    fn each(&mut self, over: &[Slot], what: &mut dyn FnMut(&mut Self) -> Evaluated<bool>) -> Evaluated<bool> {
        let Some((first, rest)) = over.split_first() else { return what(self) };
        let (low, high) = match &first.over {
            Domain::Named(Range::Classes) => (1, self.stage.problem().classes() as i64),
            Domain::Named(Range::Layers) => (1, self.stage.problem().depth() as i64),
            Domain::Named(Range::Modes) => (1, self.stage.mode_count()? as i64),
            Domain::Between(low, high) => (self.whole(low)?, self.whole(high)?),
        };
        if high.saturating_sub(low) > MAX_RANGE {
            return open("a range that is too long");
        }
        for value in low..=high {
            self.stage.step(1)?;
            self.variables[first.slot] = value;
            if !self.each(rest, what)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn fold(&mut self, fold: Fold, over: &[Slot], filter: Option<&Term>, body: &Term) -> Evaluated<Value> {
        let mut values = Vec::new();
        self.each(over, &mut |this| {
            match filter.map_or(Truth::Proved, |f| this.truth(f)) {
                Truth::Proved => values.push(this.number(body)?),
                Truth::Refuted => {}
                Truth::Agrees(_) => return Err(Doubt::Precision),
                Truth::Undecided(doubt) => return Err(doubt),
            }
            Ok(true)
        })?;
        let relations = self.stage.relations();
        Ok(match fold {
            Fold::Sum => Value::Scalar(values.iter().fold(Number::from(0), |sum, x| sum.plus(x))),
            Fold::Product => {
                Value::Scalar(values.iter().fold(Number::one(), |product, x| product.times(x, relations)))
            }
            Fold::Min => Value::Scalar(self.extreme(values, Ordering::Less)?),
            Fold::Max => Value::Scalar(self.extreme(values, Ordering::Greater)?),
            Fold::Diagonal => Value::Matrix(self.matrix(values.len(), |_, j, k| {
                Ok(if j == k { values[j].clone() } else { Number::from(0) })
            })?),
        })
    }

    /// The least or greatest of some numbers.
    fn extreme(&self, values: Vec<Number>, wanted: Ordering) -> Evaluated<Number> {
        let mut values = values.into_iter();
        let Some(mut best) = values.next() else { return open("the least or greatest of nothing") };
        for x in values {
            match x.compare(&best, self.stage.relations()) {
                Ok(order) if order == wanted => best = x,
                Ok(_) => {}
                Err(_) => {
                    // Not told apart: what is least or greatest lies between the extremes of both.
                    let (a, b) = (best.enclosure(), x.enclosure());
                    let pick = |p: Rational, q: Rational| if wanted.is_lt() { p.min(q) } else { p.max(q) };
                    let (low, high) = (pick(a.lower(), b.lower()), pick(a.upper(), b.upper()));
                    best = Enclosure::hull(&low, &high, self.stage.bits()).into();
                }
            }
        }
        Ok(best)
    }

    fn arithmetic(&mut self, operator: Arithmetic, left: &Term, right: &Term) -> Evaluated<Value> {
        let (a, b) = (self.value(left)?, self.value(right)?);
        let relations = self.stage.relations();
        Ok(match (operator, a, b) {
            (Arithmetic::Add, Value::Scalar(a), Value::Scalar(b)) => Value::Scalar(a.plus(&b)),
            (Arithmetic::Subtract, Value::Scalar(a), Value::Scalar(b)) => Value::Scalar(a.minus(&b)),
            (Arithmetic::Multiply, Value::Scalar(a), Value::Scalar(b)) => {
                Value::Scalar(a.times(&b, relations))
            }
            (Arithmetic::Divide, Value::Scalar(a), Value::Scalar(b)) => Value::Scalar(a.over(&b, relations)?),
            (Arithmetic::Power, Value::Scalar(a), Value::Scalar(b)) => Value::Scalar(self.power(&a, &b)?),
            (Arithmetic::Add, Value::Vector(a), Value::Vector(b)) => {
                Value::Vector(self.vectors(a, b, &Number::one())?)
            }
            (Arithmetic::Subtract, Value::Vector(a), Value::Vector(b)) => {
                Value::Vector(self.vectors(a, b, &Number::from(-1))?)
            }
            (Arithmetic::Add, Value::Matrix(a), Value::Matrix(b)) => {
                Value::Matrix(self.matrices(&a, &b, Number::plus)?)
            }
            (Arithmetic::Subtract, Value::Matrix(a), Value::Matrix(b)) => {
                Value::Matrix(self.matrices(&a, &b, Number::minus)?)
            }
            (Arithmetic::Multiply, Value::Matrix(a), Value::Matrix(b)) => {
                Value::Matrix(self.matrix_product(&a, &b)?)
            }
            (Arithmetic::Multiply, Value::Factor(a), Value::Factor(b)) => {
                Value::Matrix(self.factor_product(&a, &b)?)
            }
            (Arithmetic::Multiply, Value::Scalar(s), x) | (Arithmetic::Multiply, x, Value::Scalar(s)) => {
                self.scaled(x, &s)?
            }
            (Arithmetic::Divide, x, Value::Scalar(s)) => self.scaled(x, &s.recip()?)?,
            _ => return mistyped(),
        })
    }

    fn power(&self, base: &Number, exponent: &Number) -> Evaluated<Number> {
        if let Some(e) = exponent.whole() {
            return base.power(e, self.stage.relations());
        }
        let bits = self.stage.bits();
        if base.enclosure().sign() != Some(Ordering::Greater) {
            return open("a power with a fractional exponent of a number that is not positive");
        }
        let log = base.enclosure().ln(bits).ok_or(Doubt::Precision)?;
        match (&log * exponent.enclosure()).exp(bits) {
            Some(value) => Ok(value.into()),
            None => open("a power that is too large"),
        }
    }

    fn scaled(&self, value: Value, by: &Number) -> Evaluated<Value> {
        let relations = self.stage.relations();
        let all = |list: Vec<(usize, Number)>| -> Vec<(usize, Number)> {
            list.into_iter().map(|(k, x)| (k, x.times(by, relations))).collect()
        };
        let row = |row: Vec<Number>| -> Vec<Number> { row.iter().map(|x| x.times(by, relations)).collect() };
        Ok(match value {
            Value::Scalar(x) => Value::Scalar(x.times(by, relations)),
            Value::Vector(Vector::Hidden { space, rows, columns }) => {
                Value::Vector(Vector::Hidden { space, rows: all(rows), columns: all(columns) })
            }
            Value::Vector(Vector::Entries(entries)) => Value::Vector(Vector::Entries(row(entries))),
            Value::Matrix(rows) => Value::Matrix(rows.into_iter().map(row).collect()),
            Value::Factor(f) => Value::Factor(Factor { scale: f.scale.times(by, relations), ..f }),
            _ => return mistyped(),
        })
    }

    fn vectors(&self, a: Vector, b: Vector, sign: &Number) -> Evaluated<Vector> {
        let Value::Vector(b) = self.scaled(Value::Vector(b), sign)? else { return mistyped() };
        match (a, b) {
            (
                Vector::Hidden { space, mut rows, mut columns },
                Vector::Hidden { space: other, rows: more, columns: others },
            ) => {
                if space != other {
                    return open("vectors of different spaces");
                }
                rows.extend(more);
                columns.extend(others);
                Ok(Vector::Hidden { space, rows, columns })
            }
            (Vector::Entries(a), Vector::Entries(b)) if a.len() == b.len() => {
                Ok(Vector::Entries(a.iter().zip(&b).map(|(a, b)| a.plus(b)).collect()))
            }
            _ => open("vectors of different spaces"),
        }
    }

    fn matrices(&self, a: &Matrix, b: &Matrix, entry: fn(&Number, &Number) -> Number) -> Evaluated<Matrix> {
        if a.len() != b.len() {
            return open("matrices of different sizes");
        }
        self.stage.step((a.len() * a.len()) as u64)?;
        Ok(a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(a, b)| entry(a, b)).collect()).collect())
    }

    fn matrix_product(&self, a: &Matrix, b: &Matrix) -> Evaluated<Matrix> {
        if a.len() != b.len() {
            return open("matrices of different sizes");
        }
        self.stage.step((a.len() * a.len() * a.len()) as u64)?;
        let relations = self.stage.relations();
        let entry = |j: usize, k: usize| {
            (0..a.len()).fold(Number::from(0), |sum, i| sum.plus(&a[j][i].times(&b[i][k], relations)))
        };
        Ok((0..a.len()).map(|j| (0..a.len()).map(|k| entry(j, k)).collect()).collect())
    }

    /// `(W_M⋯W_m)(W_{m−1}⋯W_1 H̄)`, or its transpose.
    fn factor_product(&self, a: &Factor, b: &Factor) -> Evaluated<Matrix> {
        use super::stage::Pairing;
        let depth = self.stage.problem().depth();
        let product = |which: Which| match which {
            Which::Product(m) => Some(m),
            Which::Layer(l) if l == depth => Some(l),
            _ => None,
        };
        let features = |which: Which| match which {
            Which::Features(m) => Some(m),
            _ => None,
        };
        let meets = |p: Option<usize>, f: Option<usize>| p.is_some() && p == f;
        let flipped = match (a.transposed, b.transposed) {
            (false, false) if meets(product(a.which), features(b.which)) => false,
            (true, true) if meets(product(b.which), features(a.which)) => true,
            _ => {
                return open("of products only product(m) * features(m) is known");
            }
        };
        let relations = self.stage.relations();
        let scale = a.scale.times(&b.scale, relations);
        self.matrix(self.stage.problem().classes(), |stage, j, k| {
            let (j, k) = if flipped { (k, j) } else { (j, k) };
            Ok(stage.inner(Pairing::Across, j, k)?.times(&scale, relations))
        })
    }

    fn dot(&self, a: &Vector, b: &Vector) -> Evaluated<Number> {
        use super::stage::Pairing::{Across, Columns, Rows};
        let (stage, relations) = (self.stage, self.stage.relations());
        let mut total = Number::from(0);
        match (a, b) {
            (
                Vector::Hidden { space, rows, columns },
                Vector::Hidden { space: other, rows: rows_b, columns: columns_b },
            ) => {
                if space != other {
                    return open("vectors of different spaces have no inner product");
                }
                let mut add = |x: &Number, y: &Number, inner: Number| {
                    total = total.plus(&x.times(y, relations).times(&inner, relations));
                };
                for (j, x) in rows {
                    for (k, y) in rows_b {
                        add(x, y, stage.inner(Rows(*space), *j, *k)?);
                    }
                    for (k, y) in columns_b {
                        add(x, y, stage.inner(Across, *j, *k)?);
                    }
                }
                for (k, x) in columns {
                    for (j, y) in rows_b {
                        add(x, y, stage.inner(Across, *j, *k)?);
                    }
                    for (j, y) in columns_b {
                        add(x, y, stage.inner(Columns(*space), *k, *j)?);
                    }
                }
                Ok(total)
            }
            (Vector::Entries(a), Vector::Entries(b)) if a.len() == b.len() => {
                Ok(a.iter().zip(b).fold(total, |sum, (a, b)| sum.plus(&a.times(b, relations))))
            }
            _ => open("vectors of different spaces have no inner product"),
        }
    }

    fn vector(&mut self, term: &Term) -> Evaluated<Vector> {
        match self.value(term)? {
            Value::Vector(x) => Ok(x),
            _ => mistyped(),
        }
    }

    fn squared_norm(&self, value: &Value) -> Evaluated<Number> {
        let relations = self.stage.relations();
        match value {
            Value::Vector(x) => self.dot(x, x),
            Value::Matrix(rows) => {
                let squares = rows.iter().flatten().map(|x| x.times(x, relations));
                Ok(squares.fold(Number::from(0), |sum, x| sum.plus(&x)))
            }
            Value::Factor(f) => {
                let square = f.scale.times(&f.scale, relations);
                Ok(self.stage.norm_sq(f.which)?.times(&square, relations))
            }
            _ => mistyped(),
        }
    }

    fn gram(&self, value: Value) -> Evaluated<Matrix> {
        match value {
            Value::Matrix(rows) => {
                let turned = transposed(&rows);
                self.matrix_product(&rows, &turned)
            }
            Value::Factor(f) => {
                let relations = self.stage.relations();
                let pairing = self.stage.pairing(f.which)?;
                let square = f.scale.times(&f.scale, relations);
                self.matrix(self.stage.problem().classes(), |stage, j, k| {
                    Ok(stage.inner(pairing, j, k)?.times(&square, relations))
                })
            }
            _ => mistyped(),
        }
    }

    fn function(&mut self, function: Function, of: &[Term]) -> Evaluated<Value> {
        let bits = self.stage.bits();
        let relations = self.stage.relations();
        let depth = self.stage.problem().depth();
        Ok(match function {
            Function::Norm => {
                let value = self.value(&of[0])?;
                Value::Scalar(self.squared_norm(&value)?.length(bits, relations.is_some()))
            }
            Function::Dot => {
                let (a, b) = (self.vector(&of[0])?, self.vector(&of[1])?);
                Value::Scalar(self.dot(&a, &b)?)
            }
            Function::Cos => {
                let (a, b) = (self.vector(&of[0])?, self.vector(&of[1])?);
                let (x, y) = (self.dot(&a, &a)?, self.dot(&b, &b)?);
                let lengths = x
                    .length(bits, relations.is_some())
                    .times(&y.length(bits, relations.is_some()), relations);
                Value::Scalar(self.dot(&a, &b)?.over(&lengths, relations)?)
            }
            Function::Gram => {
                let value = self.value(&of[0])?;
                Value::Matrix(self.gram(value)?)
            }
            Function::Rank => match self.value(&of[0])? {
                Value::Factor(f) if !f.scale.is_zero() => Value::Scalar((self.stage.active()? as i64).into()),
                Value::Matrix(rows) => Value::Scalar((exact_rank(rows)? as i64).into()),
                _ => return open("the rank of a vanishing multiple"),
            },
            Function::Trace => match self.value(&of[0])? {
                Value::Matrix(rows) => Value::Scalar(
                    rows.iter().enumerate().fold(Number::from(0), |sum, (i, row)| sum.plus(&row[i])),
                ),
                _ => return mistyped(),
            },
            Function::Transpose => match self.value(&of[0])? {
                Value::Matrix(rows) => Value::Matrix(transposed(&rows)),
                Value::Factor(f) => Value::Factor(Factor { transposed: !f.transposed, ..f }),
                _ => return mistyped(),
            },
            Function::Row | Function::Column => {
                let value = self.value(&of[0])?;
                let k = self.whole(&of[1])?;
                self.line(value, k, function == Function::Row)?
            }
            Function::Entry => {
                let Value::Matrix(rows) = self.value(&of[0])? else { return mistyped() };
                let (j, k) = (self.whole(&of[1])?, self.whole(&of[2])?);
                let (j, k) = (self.within(j, rows.len(), "row")?, self.within(k, rows.len(), "column")?);
                Value::Scalar(rows[j][k].clone())
            }
            Function::Identity | Function::Simplex | Function::Ones => {
                let size = self.whole(&of[0])?;
                let size = match usize::try_from(size) {
                    Ok(size @ 1..) => size,
                    _ => return open(format!("a matrix of size {size}")),
                };
                let one = |yes: bool| Rational::from(Integer::from(u8::from(yes)));
                let share = Rational::new(Integer::one(), Integer::from(size));
                Value::Matrix(self.matrix(size, |_, j, k| {
                    Ok(match function {
                        Function::Identity => one(j == k).into(),
                        Function::Simplex => (one(j == k) - &share).into(),
                        _ => Number::one(),
                    })
                })?)
            }
            Function::BestRank => {
                let rank = self.whole(&of[0])?;
                let Value::Matrix(rows) = self.value(&of[1])? else { return mistyped() };
                Value::Matrix(best_rank(rank, rows)?)
            }
            Function::Sqrt => Value::Scalar(self.number(&of[0])?.sqrt(bits, relations.is_some())?),
            Function::Log => {
                let x = self.number(&of[0])?;
                if !x.enclosure().upper().is_positive() {
                    return open("the logarithm of a number that is not positive");
                }
                match x.enclosure().ln(bits) {
                    Some(value) => Value::Scalar(value.into()),
                    None => return Err(Doubt::Precision),
                }
            }
            Function::Exp => match self.number(&of[0])?.enclosure().exp(bits) {
                Some(value) => Value::Scalar(value.into()),
                None => return open("an exponential that is too large"),
            },
            Function::Abs => {
                let x = self.number(&of[0])?;
                match x.enclosure().sign() {
                    Some(Ordering::Less) => Value::Scalar(x.negated()),
                    Some(_) => Value::Scalar(x),
                    None => {
                        let top = x.enclosure().upper().max(-x.enclosure().lower());
                        let zero = Rational::from(Integer::from(0));
                        Value::Scalar(Enclosure::hull(&zero, &top, bits).into())
                    }
                }
            }
            Function::Min | Function::Max => {
                let values = of.iter().map(|t| self.number(t)).collect::<Evaluated<Vec<_>>>()?;
                let wanted = if function == Function::Min { Ordering::Less } else { Ordering::Greater };
                Value::Scalar(self.extreme(values, wanted)?)
            }
            Function::Strength => {
                let Value::Factor(f) = self.value(&of[0])? else { return mistyped() };
                let i = self.whole(&of[1])?;
                if f.scale.enclosure().sign().is_none_or(Ordering::is_lt) {
                    return open("the strength of a negative multiple");
                }
                Value::Scalar(self.stage.strength(f.which, i)?.times(&f.scale, relations))
            }
            Function::Level => {
                let (a, b) = (self.whole(&of[0])?, self.whole(&of[1])?);
                Value::Scalar(self.stage.level(a, b)?)
            }
            Function::LocalMinimum => {
                let (a, b) = (self.whole(&of[0])?, self.whole(&of[1])?);
                Value::Truth(self.stage.local_minimum(a, b)?)
            }
            Function::Layer => Value::Factor(factor(Which::Layer(self.layer(&of[0])?))),
            Function::Product => Value::Factor(factor(Which::Product(self.layer(&of[0])?))),
            Function::Features => {
                let m = self.whole(&of[0])?;
                Value::Factor(factor(Which::Features(self.within(m, depth, "layer")? + 1)))
            }
            Function::Collapsed => Value::Truth(self.stage.collapsed(self.class(&of[0])?)?.into()),
            Function::Merged => {
                let (j, k) = (self.class(&of[0])?, self.class(&of[1])?);
                Value::Truth(self.stage.merged(j, k)?.into())
            }
            Function::Kept => Value::Truth(self.stage.kept(self.whole(&of[0])?)?.into()),
            Function::HasRoot => Value::Truth((self.stage.band(self.whole(&of[0])?)? != Band::None).into()),
            Function::Metastable => {
                Value::Truth((self.stage.band(self.whole(&of[0])?)? == Band::Metastable).into())
            }
        })
    }

    fn line(&self, value: Value, k: i64, row: bool) -> Evaluated<Value> {
        match value {
            Value::Matrix(rows) => {
                let k = self.within(k, rows.len(), if row { "row" } else { "column" })?;
                let entries = if row { rows[k].clone() } else { rows.iter().map(|r| r[k].clone()).collect() };
                Ok(Value::Vector(Vector::Entries(entries)))
            }
            Value::Factor(f) => {
                let k = self.within(k, self.stage.problem().classes(), "class")?;
                let depth = self.stage.problem().depth();
                let rows_wanted = row != f.transposed;
                let one = vec![(k, f.scale)];
                let none = Vec::new;
                Ok(Value::Vector(match f.which {
                    Which::Product(m) if rows_wanted => {
                        Vector::Hidden { space: m, rows: one, columns: none() }
                    }
                    Which::Layer(l) if rows_wanted && l == depth => {
                        Vector::Hidden { space: l, rows: one, columns: none() }
                    }
                    Which::Features(m) if !rows_wanted => {
                        Vector::Hidden { space: m, rows: none(), columns: one }
                    }
                    _ => return open("only rows of product(m) and columns of features(m) are known"),
                }))
            }
            _ => mistyped(),
        }
    }

    fn compare(&self, comparison: Comparison, left: Value, right: Value) -> Evaluated<Truth> {
        let relations = self.stage.relations();
        let order = |x: &Number, y: &Number, fits: fn(Ordering) -> bool| -> Truth {
            match x.compare(y, relations) {
                Ok(order) => fits(order).into(),
                // Of a trained network, `≤` and `≥` hold as far as equality does.
                Err(_) if self.stage.is_measured() && fits(Ordering::Equal) => self.stage.equals(x, y),
                Err(doubt) => doubt.into(),
            }
        };
        match (comparison, &left, &right) {
            (Comparison::Equal, _, _) => self.equal(left, right),
            (Comparison::Unequal, _, _) => Ok(self.equal(left, right)?.negated()),
            (_, Value::Scalar(x), Value::Scalar(y)) => Ok(match comparison {
                Comparison::Less => order(x, y, Ordering::is_lt),
                Comparison::AtMost => order(x, y, Ordering::is_le),
                Comparison::Greater => order(x, y, Ordering::is_gt),
                _ => order(x, y, Ordering::is_ge),
            }),
            _ => mistyped(),
        }
    }

    fn equal(&self, left: Value, right: Value) -> Evaluated<Truth> {
        match (left, right) {
            (Value::Scalar(x), Value::Scalar(y)) => Ok(self.stage.equals(&x, &y)),
            (Value::Word(x), Value::Word(y)) => Ok((x == y).into()),
            (Value::Vector(x), Value::Vector(y)) => {
                let difference = self.vectors(x, y, &Number::from(-1))?;
                Ok(self.stage.equals(&self.dot(&difference, &difference)?, &Number::from(0)))
            }
            (Value::Matrix(x), Value::Matrix(y)) => {
                if x.len() != y.len() {
                    return open("matrices of different sizes");
                }
                let mut truth = Truth::Proved;
                for (x, y) in x.iter().flatten().zip(y.iter().flatten()) {
                    truth = truth.and(self.stage.equals(x, y));
                    if truth == Truth::Refuted {
                        break;
                    }
                }
                Ok(truth)
            }
            _ => mistyped(),
        }
    }

    /// Whether `left = c · right` for some `c > 0`.
    fn proportional(&self, left: Value, right: Value) -> Evaluated<Truth> {
        match (left, right) {
            (Value::Matrix(x), Value::Matrix(y)) => {
                if x.len() != y.len() {
                    return open("matrices of different sizes");
                }
                self.same_ratio(&x.concat(), &y.concat())
            }
            (Value::Vector(Vector::Entries(x)), Value::Vector(Vector::Entries(y))) if x.len() == y.len() => {
                self.same_ratio(&x, &y)
            }
            (Value::Vector(x), Value::Vector(y)) => {
                let products = (self.dot(&x, &x)?, self.dot(&x, &y)?, self.dot(&y, &y)?);
                Ok(self.cauchy_schwarz(products))
            }
            (Value::Factor(x), Value::Factor(y)) => {
                // ⟨A, Bᵀ⟩ = tr(A B) for A = product(m), B = features(m).
                let flipped = Factor { transposed: !y.transposed, ..y.clone() };
                let across = if x.transposed {
                    self.factor_product(&flipped, &x)
                } else {
                    self.factor_product(&x, &flipped)
                };
                let across = across?;
                let trace = (0..across.len()).fold(Number::from(0), |sum, i| sum.plus(&across[i][i]));
                let products =
                    (self.squared_norm(&Value::Factor(x))?, trace, self.squared_norm(&Value::Factor(y))?);
                Ok(self.cauchy_schwarz(products))
            }
            _ => mistyped(),
        }
    }

    /// `⟨x, y⟩² = ⟨x, x⟩⟨y, y⟩` and `⟨x, y⟩ > 0`, or both zero.
    fn cauchy_schwarz(&self, (xx, xy, yy): (Number, Number, Number)) -> Truth {
        // Of a trained network, what cannot be told from zero is zero.
        let vanishes = |x: &Number| x.is_zero() || self.stage.is_measured() && x.enclosure().sign().is_none();
        if vanishes(&xx) || vanishes(&yy) {
            return Truth::from(vanishes(&xx) && vanishes(&yy));
        }
        let sign = match xy.enclosure().sign() {
            Some(sign) => Truth::from(sign.is_gt()),
            None => Truth::Undecided(Doubt::Precision),
        };
        let relations = self.stage.relations();
        sign.and(self.stage.equals(&xy.times(&xy, relations), &xx.times(&yy, relations)))
    }

    fn same_ratio(&self, x: &[Number], y: &[Number]) -> Evaluated<Truth> {
        let relations = self.stage.relations();
        let away = |x: &&(usize, &Number)| x.1.enclosure().sign().is_some_and(Ordering::is_ne);
        let entries: Vec<(usize, &Number)> = y.iter().enumerate().collect();
        let Some((pivot, base)) = entries.iter().find(away) else {
            if !y.iter().all(Number::is_zero) {
                return Err(Doubt::Precision);
            }
            let zero = Number::from(0);
            return Ok(x.iter().fold(Truth::Proved, |t, x| t.and(self.stage.equals(x, &zero))));
        };
        let lead = &x[*pivot];
        let sign = match (lead.enclosure().sign(), base.enclosure().sign()) {
            (Some(a), Some(b)) => Truth::from(a == b),
            _ => Truth::Undecided(Doubt::Precision),
        };
        let mut truth = sign;
        for (x, y) in x.iter().zip(y) {
            truth = truth.and(self.stage.equals(&x.times(base, relations), &y.times(lead, relations)));
            if truth == Truth::Refuted {
                break;
            }
        }
        Ok(truth)
    }
}

fn factor(which: Which) -> Factor {
    Factor { which, transposed: false, scale: Number::one() }
}

fn transposed(rows: &Matrix) -> Matrix {
    (0..rows.len()).map(|k| rows.iter().map(|row| row[k].clone()).collect()).collect()
}

/// The rank of a matrix of exact numbers, by elimination.
fn exact_rank(rows: Matrix) -> Evaluated<usize> {
    let exact = |row: &Vec<Number>| row.iter().map(|x| x.exact().cloned()).collect::<Option<Vec<Rational>>>();
    let Some(mut rows) = rows.iter().map(exact).collect::<Option<Vec<_>>>() else {
        return open("the rank of a matrix that is not exact");
    };
    let zero = Rational::from(Integer::from(0));
    let (mut rank, size) = (0, rows.len());
    for column in 0..size {
        let Some(pivot) = (rank..size).find(|r| rows[*r][column] != zero) else { continue };
        rows.swap(rank, pivot);
        for r in rank + 1..size {
            let factor = &rows[r][column] / &rows[rank][column];
            for c in column..size {
                let change = &factor * &rows[rank][c];
                rows[r][c] -= change;
            }
        }
        rank += 1;
    }
    Ok(rank)
}

/// The best approximation of rank `r`, where it is the matrix itself or unique by a diagonal with a gap.
fn best_rank(rank: i64, rows: Matrix) -> Evaluated<Matrix> {
    let rank = match usize::try_from(rank) {
        Ok(rank) if rank >= rows.len() => return Ok(rows),
        Ok(rank) => rank,
        Err(_) => return open("a negative rank"),
    };
    if exact_rank(rows.clone()).is_ok_and(|r| r <= rank) {
        return Ok(rows);
    }
    let diagonal =
        rows.iter().enumerate().all(|(j, row)| row.iter().enumerate().all(|(k, x)| j == k || x.is_zero()));
    let sizes: Option<Vec<Rational>> =
        rows.iter().enumerate().map(|(j, row)| row[j].exact().map(Signed::abs)).collect();
    let (true, Some(sizes)) = (diagonal, sizes) else {
        return open("a best approximation that is not read off a diagonal");
    };
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|a, b| sizes[*b].cmp(&sizes[*a]));
    if rank > 0 && sizes[order[rank - 1]] == sizes[order[rank]] {
        return open("a best approximation that is not unique");
    }
    let kept = &order[..rank];
    let entry = |(j, row): (usize, Vec<Number>)| {
        if kept.contains(&j) { row } else { vec![Number::from(0); sizes.len()] }
    };
    Ok(rows.into_iter().enumerate().map(entry).collect())
}
