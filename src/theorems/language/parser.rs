//! The grammar, one function a level, loosest first:
//!
//! ```text
//! statement  = ("forall" | "exists") binders ":" statement | either ["implies" statement]
//! either     = both ("or" both)*            both = denied ("and" denied)*
//! denied     = "not" denied | compared
//! compared   = sum ((= | != | < | <= | > | >=) sum)*  |  sum "proportional" ["to"] sum
//! sum        = product ((+ | -) product)*   product = signed ((* | /) signed)*
//! signed     = "-" signed | power           power = primary ["^" signed]
//! primary    = number | name | name "[" list "]" | name "(" list ")" | fold | choice | "(" statement ")"
//! fold       = ("sum" | "product" | "min" | "max" | "diag") "(" binders ":" statement ")"
//! choice     = "if" statement "then" statement "else" statement
//! binders    = name ("," name)* "in" domain ("," name … "in" domain)* ["where" statement]
//! domain     = "classes" | "modes" | "layers" | sum ".." sum
//! ```
//!
//! A chain `a < b <= c` means `a < b and b <= c`.

use super::mistake::{ClaimMistake, ClaimRefusal};
use super::syntax::{Arithmetic, Binder, Comparison, Domain, Fold, Node, Tree};
use super::token::{Placed, Token};
use super::{Span, names};
use winnow::stream::{Stream, TokenSlice};

/// Deepest nesting of a claim.
pub const MAX_NESTING: usize = 64;
/// Most arithmetic operators in a claim; with the nesting they bound the depth of the tree.
const MAX_OPERATORS: usize = 512;

type Parsed<T> = Result<T, ClaimRefusal>;

/// Parses the tokens of a text of `length` bytes as one statement.
pub fn parse(tokens: &[Placed], length: usize) -> Parsed<Tree> {
    let mut parser = Parser { input: TokenSlice::new(tokens), length, last: 0, depth: 0, links: 0 };
    let tree = parser.statement()?;
    match parser.input.first() {
        None => Ok(tree),
        Some(_) => parser.unexpected("the end, or an operator such as `and`, `=`, `+`"),
    }
}

struct Parser<'t> {
    input: TokenSlice<'t, Placed>,
    length: usize,
    /// Where the last token taken ends.
    last: usize,
    depth: usize,
    links: usize,
}

fn tree(node: Node, span: Span) -> Tree {
    Tree { node, span }
}

impl Parser<'_> {
    fn sees(&self, symbol: &str) -> bool {
        matches!(self.input.first(), Some(Placed { token: Token::Symbol(s), .. }) if *s == symbol)
    }

    fn advance(&mut self) {
        if let Some(placed) = self.input.next_token() {
            self.last = placed.span.end;
        }
    }

    fn takes(&mut self, symbol: &str) -> bool {
        let seen = self.sees(symbol);
        if seen {
            self.advance();
        }
        seen
    }

    fn start(&self) -> usize {
        self.input.first().map_or(self.length, |p| p.span.start)
    }

    fn unexpected<T>(&self, expected: &'static str) -> Parsed<T> {
        Err(match self.input.first() {
            Some(Placed { token, span }) => ClaimRefusal {
                span: span.clone(),
                mistake: ClaimMistake::Unexpected { found: token.shown(), expected },
            },
            None => ClaimRefusal { span: self.length..self.length, mistake: ClaimMistake::Ends { expected } },
        })
    }

    fn expect(&mut self, symbol: &'static str, expected: &'static str) -> Parsed<()> {
        if self.takes(symbol) { Ok(()) } else { self.unexpected(expected) }
    }

    /// Runs a level that may recurse, within the nesting limit.
    fn nested<T>(&mut self, level: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_NESTING {
            let span = self.start()..self.input.first().map_or(self.length, |p| p.span.end);
            return Err(ClaimRefusal { span, mistake: ClaimMistake::TooNested { limit: MAX_NESTING } });
        }
        self.depth += 1;
        let result = level(self);
        self.depth -= 1;
        result
    }

    fn statement(&mut self) -> Parsed<Tree> {
        self.nested(|parser| {
            let start = parser.start();
            for (word, all) in [("forall", true), ("exists", false)] {
                if parser.takes(word) {
                    let (binders, filter) = parser.binders()?;
                    parser.expect(":", "`:` before what is said of each")?;
                    let body = Box::new(parser.statement()?);
                    return Ok(tree(Node::Quantified { all, binders, filter, body }, start..parser.last));
                }
            }
            let left = parser.either()?;
            if !parser.takes("implies") {
                return Ok(left);
            }
            let right = parser.statement()?;
            Ok(tree(Node::Implies(Box::new(left), Box::new(right)), start..parser.last))
        })
    }

    fn list(
        &mut self,
        separator: &'static str,
        level: fn(&mut Self) -> Parsed<Tree>,
        made: fn(Vec<Tree>) -> Node,
    ) -> Parsed<Tree> {
        let start = self.start();
        let first = level(self)?;
        if !self.sees(separator) {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.takes(separator) {
            all.push(level(self)?);
        }
        Ok(tree(made(all), start..self.last))
    }

    fn either(&mut self) -> Parsed<Tree> {
        self.list("or", Self::both, Node::Either)
    }

    fn both(&mut self) -> Parsed<Tree> {
        self.list("and", Self::denied, Node::Both)
    }

    fn denied(&mut self) -> Parsed<Tree> {
        if self.sees("forall") || self.sees("exists") {
            return self.statement();
        }
        let start = self.start();
        if !self.takes("not") {
            return self.compared();
        }
        let inner = self.nested(Self::denied)?;
        Ok(tree(Node::Not(Box::new(inner)), start..self.last))
    }

    fn compared(&mut self) -> Parsed<Tree> {
        const SIGNS: [(&str, Comparison); 6] = [
            ("=", Comparison::Equal),
            ("!=", Comparison::Unequal),
            ("<=", Comparison::AtMost),
            ("<", Comparison::Less),
            (">=", Comparison::AtLeast),
            (">", Comparison::Greater),
        ];
        let start = self.start();
        let mut left = self.sum()?;
        if self.takes("proportional") {
            self.takes("to");
            let right = self.sum()?;
            return Ok(tree(Node::Proportional(Box::new(left), Box::new(right)), start..self.last));
        }
        let mut chain = Vec::new();
        while let Some((sign, comparison)) = SIGNS.iter().find(|(sign, _)| self.sees(sign)) {
            self.takes(sign);
            let right = self.sum()?;
            let span = left.span.start..right.span.end;
            chain.push(tree(Node::Compare(*comparison, Box::new(left), Box::new(right.clone())), span));
            left = right;
        }
        Ok(match chain.len() {
            0 => left,
            1 => chain.remove(0),
            _ => tree(Node::Both(chain), start..self.last),
        })
    }

    fn chain(
        &mut self,
        signs: &[(&'static str, Arithmetic)],
        level: fn(&mut Self) -> Parsed<Tree>,
    ) -> Parsed<Tree> {
        let start = self.start();
        let mut left = level(self)?;
        while let Some((sign, operator)) = signs.iter().find(|(sign, _)| self.sees(sign)) {
            self.links += 1;
            if self.links > MAX_OPERATORS {
                let span = self.start()..self.length;
                let mistake = ClaimMistake::TooManyOperators { limit: MAX_OPERATORS };
                return Err(ClaimRefusal { span, mistake });
            }
            self.takes(sign);
            let right = level(self)?;
            left = tree(Node::Arithmetic(*operator, Box::new(left), Box::new(right)), start..self.last);
        }
        Ok(left)
    }

    fn sum(&mut self) -> Parsed<Tree> {
        self.chain(&[("+", Arithmetic::Add), ("-", Arithmetic::Subtract)], Self::product)
    }

    fn product(&mut self) -> Parsed<Tree> {
        self.chain(&[("*", Arithmetic::Multiply), ("/", Arithmetic::Divide)], Self::signed)
    }

    fn signed(&mut self) -> Parsed<Tree> {
        let start = self.start();
        if !self.takes("-") {
            return self.power();
        }
        let inner = self.nested(Self::signed)?;
        Ok(tree(Node::Negate(Box::new(inner)), start..self.last))
    }

    fn power(&mut self) -> Parsed<Tree> {
        let start = self.start();
        let base = self.primary()?;
        if !self.takes("^") {
            return Ok(base);
        }
        let exponent = self.nested(Self::signed)?;
        let node = Node::Arithmetic(Arithmetic::Power, Box::new(base), Box::new(exponent));
        Ok(tree(node, start..self.last))
    }

    fn primary(&mut self) -> Parsed<Tree> {
        const WANTED: &str = "a number, a name, `(`, `if` or `forall`";
        let start = self.start();
        let Some(placed) = self.input.first() else { return self.unexpected(WANTED) };
        match placed.token.clone() {
            Token::Number(value) => {
                self.advance();
                Ok(tree(Node::Number(value), start..self.last))
            }
            Token::Name(name) => {
                self.advance();
                self.named(name, start)
            }
            Token::Symbol("(") => {
                self.advance();
                let inner = self.statement()?;
                self.expect(")", "`)`")?;
                Ok(tree(inner.node, start..self.last))
            }
            Token::Symbol("if") => {
                self.advance();
                let condition = Box::new(self.statement()?);
                self.expect("then", "`then`")?;
                let then = Box::new(self.statement()?);
                self.expect("else", "`else` and the other value")?;
                let otherwise = Box::new(self.statement()?);
                Ok(tree(Node::Choice { condition, then, otherwise }, start..self.last))
            }
            Token::Symbol(_) => self.unexpected(WANTED),
        }
    }

    fn named(&mut self, name: String, start: usize) -> Parsed<Tree> {
        if self.takes("[") {
            let of = self.arguments("]", "`,` or `]`")?;
            return Ok(tree(Node::Index { name, of }, start..self.last));
        }
        if !self.sees("(") {
            return Ok(tree(Node::Name(name), start..self.last));
        }
        if let Some(fold) = names::fold(&name)
            && self.binds()
        {
            self.takes("(");
            let (binders, filter) = self.binders()?;
            self.expect(":", "`:` before the value of each")?;
            let body = Box::new(self.statement()?);
            self.expect(")", "`)`")?;
            return Ok(fold_tree(fold, binders, filter, body, start..self.last));
        }
        self.takes("(");
        let of = self.arguments(")", "`,` or `)`")?;
        Ok(tree(Node::Call { name, of }, start..self.last))
    }

    /// Whether the bracket ahead opens with binders, `(k in …` or `(j, k in …`.
    fn binds(&self) -> bool {
        let mut ahead = self.input.iter().skip(1).map(|p| &p.token);
        loop {
            match (ahead.next(), ahead.next()) {
                (Some(Token::Name(_)), Some(Token::Symbol("in"))) => return true,
                (Some(Token::Name(_)), Some(Token::Symbol(","))) => {}
                _ => return false,
            }
        }
    }

    fn arguments(&mut self, close: &'static str, expected: &'static str) -> Parsed<Vec<Tree>> {
        let mut all = Vec::new();
        if self.takes(close) {
            return Ok(all);
        }
        loop {
            all.push(self.statement()?);
            if self.takes(close) {
                return Ok(all);
            }
            self.expect(",", expected)?;
        }
    }

    fn binders(&mut self) -> Parsed<(Vec<Binder>, Option<Box<Tree>>)> {
        let mut all = Vec::new();
        loop {
            let mut names = Vec::new();
            loop {
                let Some(Placed { token: Token::Name(name), span }) = self.input.first() else {
                    return self.unexpected("the name of a variable");
                };
                names.push((name.clone(), span.clone()));
                self.advance();
                if !self.takes(",") {
                    break;
                }
            }
            self.expect("in", "`in` and what to range over")?;
            let domain = self.domain()?;
            all.extend(names.into_iter().map(|(name, span)| Binder { name, span, domain: domain.clone() }));
            if all.len() > MAX_NESTING {
                let span = self.start()..self.length;
                return Err(ClaimRefusal { span, mistake: ClaimMistake::TooNested { limit: MAX_NESTING } });
            }
            if !self.takes(",") {
                break;
            }
        }
        let filter = if self.takes("where") { Some(Box::new(self.statement()?)) } else { None };
        Ok((all, filter))
    }

    fn domain(&mut self) -> Parsed<Domain> {
        let start = self.start();
        if let Some(Placed { token: Token::Name(name), .. }) = self.input.first() {
            let alone = match self.input.get(1).map(|p| &p.token) {
                Some(Token::Symbol(s)) => matches!(*s, ":" | "," | "where"),
                Some(_) => true,
                None => true,
            };
            if alone {
                let name = name.clone();
                self.advance();
                return Ok(Domain::Named(name, start..self.last));
            }
        }
        let low = self.sum()?;
        self.expect("..", "`..` and the last value of the range")?;
        let high = self.sum()?;
        Ok(Domain::Range(Box::new(low), Box::new(high)))
    }
}

fn fold_tree(
    fold: Fold,
    binders: Vec<Binder>,
    filter: Option<Box<Tree>>,
    body: Box<Tree>,
    span: Span,
) -> Tree {
    tree(Node::Fold { fold, binders, filter, body }, span)
}
