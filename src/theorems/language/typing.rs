//! Names and kinds: a tree becomes a typed [`Formula`], or the first mismatch is refused with its place.

use super::Span;
use super::formula::{Domain, Formula, Shape, Slot, Term};
use super::mistake::{ClaimMistake, ClaimRefusal};
use super::names::{self, CONSTANTS, FAMILIES, FUNCTIONS, Kind, RANGES, SETTINGS, Setting, Signature};
use super::syntax::{self, Arithmetic, Binder, Comparison, Fold, Node, Tree};
use crate::case::nearest;

type Typed<T> = Result<T, ClaimRefusal>;

/// Types a tree as a statement.
pub fn statement(tree: &Tree) -> Typed<Formula> {
    let mut scope = Scope { variables: Vec::new(), slots: 0 };
    let root = scope.truth(tree)?;
    Ok(Formula { root, slots: scope.slots })
}

struct Scope {
    variables: Vec<(String, usize)>,
    slots: usize,
}

fn refuse<T>(span: &Span, mistake: ClaimMistake) -> Typed<T> {
    Err(ClaimRefusal { span: span.clone(), mistake })
}

impl Scope {
    fn truth(&mut self, tree: &Tree) -> Typed<Term> {
        let term = self.term(tree)?;
        match term.kind {
            Kind::Truth => Ok(term),
            found => refuse(&term.span, ClaimMistake::NotAStatement { found }),
        }
    }

    fn truths(&mut self, trees: &[Tree]) -> Typed<Vec<Term>> {
        trees.iter().map(|tree| self.truth(tree)).collect()
    }

    fn scalar(&mut self, tree: &Tree) -> Typed<Term> {
        let term = self.term(tree)?;
        match term.kind {
            Kind::Scalar => Ok(term),
            found => refuse(&term.span, ClaimMistake::WrongKind { found, expected: "a number" }),
        }
    }

    fn term(&mut self, tree: &Tree) -> Typed<Term> {
        let span = tree.span.clone();
        let made = |shape: Shape, kind: Kind| Ok(Term { shape, kind, span: span.clone() });
        match &tree.node {
            Node::Number(value) => made(Shape::Number(value.clone()), Kind::Scalar),
            Node::Name(name) => self.name(name, &tree.span),
            Node::Index { name, of } => self.index(name, of, &tree.span),
            Node::Call { name, of } => self.call(name, of, &tree.span),
            Node::Negate(inner) => {
                let inner = self.term(inner)?;
                match inner.kind {
                    Kind::Scalar | Kind::Vector | Kind::Matrix | Kind::Factor => {
                        let kind = inner.kind;
                        made(Shape::Negate(Box::new(inner)), kind)
                    }
                    found => refuse(&inner.span, ClaimMistake::WrongKind { found, expected: "a number" }),
                }
            }
            Node::Arithmetic(operator, left, right) => {
                let (left, right) = (self.term(left)?, self.term(right)?);
                let kind = arithmetic(*operator, &left, &right, &span)?;
                made(Shape::Arithmetic(*operator, Box::new(left), Box::new(right)), kind)
            }
            Node::Compare(comparison, left, right) => {
                let (left, right) = self.sides(left, right)?;
                comparable(*comparison, &left, &right, &span)?;
                made(Shape::Compare(*comparison, Box::new(left), Box::new(right)), Kind::Truth)
            }
            Node::Proportional(left, right) => {
                let (left, right) = (self.term(left)?, self.term(right)?);
                for side in [&left, &right] {
                    if !names::Wanted::Lengthy.fits(side.kind) {
                        let expected = names::Wanted::Lengthy.words();
                        return refuse(&side.span, ClaimMistake::WrongKind { found: side.kind, expected });
                    }
                }
                if left.kind != right.kind {
                    let operator = "proportional to";
                    let (left, right) = (left.kind, right.kind);
                    return refuse(&span, ClaimMistake::DifferentKinds { left, right, operator });
                }
                made(Shape::Proportional(Box::new(left), Box::new(right)), Kind::Truth)
            }
            Node::Not(inner) => made(Shape::Not(Box::new(self.truth(inner)?)), Kind::Truth),
            Node::Both(all) => made(Shape::Both(self.truths(all)?), Kind::Truth),
            Node::Either(all) => made(Shape::Either(self.truths(all)?), Kind::Truth),
            Node::Implies(left, right) => {
                let (left, right) = (self.truth(left)?, self.truth(right)?);
                made(Shape::Implies(Box::new(left), Box::new(right)), Kind::Truth)
            }
            Node::Quantified { all, binders, filter, body } => {
                let before = self.variables.len();
                let over = self.bind(binders)?;
                let filter = filter.as_ref().map(|f| self.truth(f).map(Box::new)).transpose()?;
                let body = Box::new(self.truth(body)?);
                self.variables.truncate(before);
                made(Shape::Quantified { all: *all, over, filter, body }, Kind::Truth)
            }
            Node::Fold { fold, binders, filter, body } => {
                let before = self.variables.len();
                let over = self.bind(binders)?;
                let filter = filter.as_ref().map(|f| self.truth(f).map(Box::new)).transpose()?;
                let body = Box::new(self.scalar(body)?);
                self.variables.truncate(before);
                let kind = if *fold == Fold::Diagonal { Kind::Matrix } else { Kind::Scalar };
                made(Shape::Fold { fold: *fold, over, filter, body }, kind)
            }
            Node::Choice { condition, then, otherwise } => {
                let condition = Box::new(self.truth(condition)?);
                let (then, otherwise) = (self.term(then)?, self.term(otherwise)?);
                if then.kind != otherwise.kind {
                    let (left, right) = (then.kind, otherwise.kind);
                    let operator = "else";
                    return refuse(&span, ClaimMistake::DifferentKinds { left, right, operator });
                }
                let kind = then.kind;
                made(Shape::Choice { condition, then: Box::new(then), otherwise: Box::new(otherwise) }, kind)
            }
        }
    }

    /// Both sides of a comparison; beside a setting, a name is one of its words.
    fn sides(&mut self, left: &Tree, right: &Tree) -> Typed<(Term, Term)> {
        match (setting(left), setting(right)) {
            (Some(which), None) => Ok((self.term(left)?, word(which, right)?)),
            (None, Some(which)) => Ok((word(which, left)?, self.term(right)?)),
            _ => Ok((self.term(left)?, self.term(right)?)),
        }
    }

    fn bind(&mut self, binders: &[Binder]) -> Typed<Vec<Slot>> {
        let mut over = Vec::new();
        for binder in binders {
            let domain = match &binder.domain {
                syntax::Domain::Named(name, span) => {
                    let Some((_, range)) = RANGES.iter().find(|(n, _)| n == name) else {
                        let names: Vec<&str> = RANGES.iter().map(|r| r.0).collect();
                        let (found, nearest) = (name.clone(), nearest(name, &names));
                        return refuse(span, ClaimMistake::UnknownDomain { found, nearest });
                    };
                    Domain::Named(*range)
                }
                syntax::Domain::Range(low, high) => {
                    Domain::Between(Box::new(self.scalar(low)?), Box::new(self.scalar(high)?))
                }
            };
            if names::is_taken(&binder.name) {
                return refuse(&binder.span, ClaimMistake::Reserved { found: binder.name.clone() });
            }
            self.variables.push((binder.name.clone(), self.slots));
            over.push(Slot { slot: self.slots, over: domain });
            self.slots += 1;
        }
        Ok(over)
    }

    fn name(&self, name: &str, span: &Span) -> Typed<Term> {
        let made = |shape: Shape, kind: Kind| Ok(Term { shape, kind, span: span.clone() });
        if let Some((_, slot)) = self.variables.iter().rev().find(|(n, _)| n == name) {
            return made(Shape::Variable(*slot), Kind::Scalar);
        }
        if let Some((_, constant, kind)) = CONSTANTS.iter().find(|c| c.0 == name) {
            return made(Shape::Constant(*constant), *kind);
        }
        if let Some(which) = SETTINGS.iter().find(|s| s.name() == name) {
            return made(Shape::Setting(*which), Kind::Word(*which));
        }
        if let Some((_, _, _, index)) = FAMILIES.iter().find(|f| f.0 == name) {
            return refuse(span, ClaimMistake::NeedsIndex { name: name.to_owned(), index });
        }
        if let Some((.., usage)) = signature(name) {
            return refuse(span, ClaimMistake::NeedsArguments { name: name.to_owned(), usage });
        }
        refuse(span, self.unknown(name))
    }

    fn unknown(&self, name: &str) -> ClaimMistake {
        let mut known: Vec<&str> = self.variables.iter().map(|(n, _)| n.as_str()).collect();
        names::all().for_each(|name| known.push(name));
        ClaimMistake::UnknownName { found: shortened(name), nearest: nearest(name, &known) }
    }

    fn index(&mut self, name: &str, of: &[Tree], span: &Span) -> Typed<Term> {
        let Some((_, family, kind, index)) = FAMILIES.iter().find(|f| f.0 == name) else {
            return refuse(span, self.misused(name));
        };
        let [only] = of else {
            return refuse(span, ClaimMistake::NeedsIndex { name: name.to_owned(), index });
        };
        let index = Box::new(self.scalar(only)?);
        Ok(Term { shape: Shape::Family(*family, index), kind: *kind, span: span.clone() })
    }

    /// A known name written in the wrong way, or an unknown one.
    fn misused(&self, name: &str) -> ClaimMistake {
        let alone = CONSTANTS.iter().any(|c| c.0 == name)
            || SETTINGS.iter().any(|s| s.name() == name)
            || self.variables.iter().any(|(n, _)| n == name);
        if alone {
            return ClaimMistake::TakesNoIndex { name: shortened(name) };
        }
        if let Some((_, _, _, index)) = FAMILIES.iter().find(|f| f.0 == name) {
            return ClaimMistake::NeedsIndex { name: name.to_owned(), index };
        }
        match signature(name) {
            Some((.., usage)) => ClaimMistake::NeedsArguments { name: name.to_owned(), usage },
            None => self.unknown(name),
        }
    }

    fn call(&mut self, name: &str, of: &[Tree], span: &Span) -> Typed<Term> {
        let Some((_, function, takes, gives, usage)) = signature(name) else {
            return refuse(span, self.misused(name));
        };
        let most = if names::is_variadic(*function) { usize::MAX } else { takes.len() };
        if !(takes.len()..=most).contains(&of.len()) {
            let (name, found) = (name.to_owned(), of.len());
            return refuse(span, ClaimMistake::WrongNumberOfArguments { name, found, usage });
        }
        let mut all = Vec::new();
        for (i, tree) in of.iter().enumerate() {
            let wanted = takes[i.min(takes.len() - 1)];
            let term = self.term(tree)?;
            if !wanted.fits(term.kind) {
                let expected = wanted.words();
                return refuse(&term.span, ClaimMistake::WrongKind { found: term.kind, expected });
            }
            all.push(term);
        }
        let kind = gives.unwrap_or(all[0].kind);
        Ok(Term { shape: Shape::Function(*function, all), kind, span: span.clone() })
    }
}

fn signature(name: &str) -> Option<&'static Signature> {
    FUNCTIONS.iter().find(|s| s.0 == name)
}

fn shortened(name: &str) -> String {
    name.chars().take(40).collect()
}

fn setting(tree: &Tree) -> Option<Setting> {
    match &tree.node {
        Node::Name(name) => SETTINGS.into_iter().find(|s| s.name() == name),
        _ => None,
    }
}

fn word(which: Setting, tree: &Tree) -> Typed<Term> {
    let Node::Name(name) = &tree.node else {
        let found = "something else".to_owned();
        let (quantity, choices) = (which.name(), which.words());
        return refuse(&tree.span, ClaimMistake::UnknownWord { found, quantity, choices });
    };
    match which.words().iter().find(|w| *w == name) {
        Some(word) => Ok(Term { shape: Shape::Word(word), kind: Kind::Word(which), span: tree.span.clone() }),
        None => {
            let (quantity, choices) = (which.name(), which.words());
            refuse(&tree.span, ClaimMistake::UnknownWord { found: shortened(name), quantity, choices })
        }
    }
}

fn arithmetic(operator: Arithmetic, left: &Term, right: &Term, span: &Span) -> Typed<Kind> {
    use Kind::{Factor, Matrix, Scalar, Vector};
    for side in [left, right] {
        if matches!(side.kind, Kind::Truth | Kind::Word(_)) {
            let expected = "a number, a vector or a matrix";
            return refuse(&side.span, ClaimMistake::WrongKind { found: side.kind, expected });
        }
    }
    let kind = match (operator, left.kind, right.kind) {
        (Arithmetic::Add | Arithmetic::Subtract, a, b) if a == b && a != Factor => Some(a),
        (Arithmetic::Multiply, Scalar, b) => Some(b),
        (Arithmetic::Multiply, a, Scalar) => Some(a),
        (Arithmetic::Multiply, Matrix, Matrix) | (Arithmetic::Multiply, Factor, Factor) => Some(Matrix),
        (Arithmetic::Divide, a, Scalar) => Some(a),
        (Arithmetic::Power, Scalar, Scalar) => Some(Scalar),
        (Arithmetic::Multiply, Vector, Vector) => None,
        _ => None,
    };
    let (left, right) = (left.kind, right.kind);
    match kind {
        Some(kind) => Ok(kind),
        None => refuse(span, ClaimMistake::DifferentKinds { left, right, operator: operator.sign() }),
    }
}

fn comparable(comparison: Comparison, left: &Term, right: &Term, span: &Span) -> Typed<()> {
    if left.kind != right.kind {
        let (left, right) = (left.kind, right.kind);
        return refuse(span, ClaimMistake::DifferentKinds { left, right, operator: comparison.sign() });
    }
    let ordered = matches!(comparison, Comparison::Equal | Comparison::Unequal) || left.kind == Kind::Scalar;
    match (ordered, left.kind) {
        (true, Kind::Scalar | Kind::Vector | Kind::Matrix | Kind::Word(_)) => Ok(()),
        (true, found) => {
            let expected = "numbers, vectors or matrices to compare";
            refuse(&left.span, ClaimMistake::WrongKind { found, expected })
        }
        (false, found) => refuse(&left.span, ClaimMistake::NotOrdered { found }),
    }
}
