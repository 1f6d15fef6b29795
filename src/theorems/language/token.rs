//! Tokens: numbers, names and symbols with their places. Mathematical letters and signs are read as the words
//! they stand for.

use super::mistake::{ClaimMistake, ClaimRefusal};
use super::{Span, names};
use crate::exact::{Rational, read_rational};
use winnow::ascii::digit1;
use winnow::combinator::{alt, not, opt};
use winnow::error::ContextError;
use winnow::stream::{LocatingSlice, Location, Stream};
use winnow::token::{one_of, take_while};
use winnow::{ModalResult, Parser};

/// Longest text of a claim, in bytes.
pub const MAX_LENGTH: usize = 16 << 10;

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A number, exact.
    Number(Rational),
    /// A name or a keyword.
    Name(String),
    /// An operator or a bracket.
    Symbol(&'static str),
}

/// A token with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The token.
    pub token: Token,
    /// Its bytes.
    pub span: Span,
}

impl Token {
    /// The token as a message names it.
    pub fn shown(&self) -> String {
        match self {
            Self::Number(value) => {
                let text = value.to_string();
                if text.len() > 40 { "a long number".to_owned() } else { format!("`{text}`") }
            }
            Self::Name(name) => format!("`{name}`"),
            Self::Symbol(symbol) => format!("`{symbol}`"),
        }
    }
}

/// Symbols as written and as meant, longer ones first. Names stand for keywords.
const SYMBOLS: [(&str, Token); 36] = {
    use Token::Symbol as S;
    [
        ("..", S("..")),
        ("…", S("..")),
        ("!=", S("!=")),
        ("≠", S("!=")),
        ("<=", S("<=")),
        ("≤", S("<=")),
        (">=", S(">=")),
        ("≥", S(">=")),
        ("=>", S("implies")),
        ("⇒", S("implies")),
        ("==", S("=")),
        ("=", S("=")),
        ("<", S("<")),
        (">", S(">")),
        ("+", S("+")),
        ("-", S("-")),
        ("−", S("-")),
        ("*", S("*")),
        ("·", S("*")),
        ("×", S("*")),
        ("/", S("/")),
        ("÷", S("/")),
        ("^", S("^")),
        ("(", S("(")),
        (")", S(")")),
        ("[", S("[")),
        ("]", S("]")),
        (",", S(",")),
        (":", S(":")),
        ("∧", S("and")),
        ("∨", S("or")),
        ("¬", S("not")),
        ("∀", S("forall")),
        ("∃", S("exists")),
        ("∈", S("in")),
        ("∝", S("proportional")),
    ]
};

type Input<'a> = LocatingSlice<&'a str>;

/// All tokens of a text.
pub fn tokens(text: &str) -> Result<Vec<Placed>, ClaimRefusal> {
    if text.len() > MAX_LENGTH {
        let end = (0..=MAX_LENGTH).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        return Err(ClaimRefusal {
            span: end..text.len(),
            mistake: ClaimMistake::TooLong { limit: MAX_LENGTH },
        });
    }
    let mut input = LocatingSlice::new(text);
    let mut all = Vec::new();
    loop {
        let _: ModalResult<&str> = take_while(0.., |c: char| c.is_whitespace()).parse_next(&mut input);
        let start = input.current_token_start();
        let Some(found) = input.clone().next_token() else { return Ok(all) };
        let token = match number.parse_next(&mut input) {
            Ok(digits) => Token::Number(read_rational(digits).map_err(|error| ClaimRefusal {
                span: start..start + digits.len(),
                mistake: ClaimMistake::BadNumber { error },
            })?),
            Err(_) => alt((name, symbol)).parse_next(&mut input).map_err(|_| ClaimRefusal {
                span: start..start + found.len_utf8(),
                mistake: ClaimMistake::UnknownCharacter { found },
            })?,
        };
        all.push(Placed { token, span: start..input.current_token_start() });
    }
}

/// Digits, a point with digits, an exponent. `1..R` is a range: a point needs a digit after it.
fn number<'a>(input: &mut Input<'a>) -> ModalResult<&'a str> {
    (digit1, opt(('.', digit1)), opt((one_of(['e', 'E']), opt(one_of(['+', '-'])), digit1)))
        .take()
        .parse_next(input)
}

fn name(input: &mut Input) -> ModalResult<Token> {
    let letter = |c: char| c.is_alphabetic() || c == '_';
    let rest = move |c: char| letter(c) || c.is_ascii_digit();
    let plain = (one_of(letter), take_while(0.., rest)).take();
    let word = alt(((names::RANK_TIE, not(one_of(rest))).take(), plain)).parse_next(input)?;
    Ok(match names::keyword(word) {
        Some(keyword) => Token::Symbol(keyword),
        None => Token::Name(names::plain(word)),
    })
}

fn symbol(input: &mut Input) -> ModalResult<Token> {
    for (written, token) in SYMBOLS {
        if input.starts_with(written) {
            input.next_slice(written.len());
            return Ok(token);
        }
    }
    Err(winnow::error::ErrMode::Backtrack(ContextError::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_tie_is_one_word_however_it_is_spelt() {
        let found = |text: &str| -> Vec<String> {
            tokens(text).unwrap().into_iter().map(|placed| placed.token.shown()).collect()
        };
        assert_eq!(found("rank-tie"), ["`rank-tie`"]);
        assert_eq!(found("rank_tie"), ["`rank-tie`"]);
        assert_eq!(found("rank - tie"), ["`rank`", "`-`", "`tie`"]);
        assert_eq!(found("rank-ties"), ["`rank`", "`-`", "`ties`"]);
    }
}
