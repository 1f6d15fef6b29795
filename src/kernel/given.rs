//! The problem as the case's bytes give it: the part of TOML that cases use, and no more.

use super::reader::number;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed};

const MAX_BYTES: usize = 8 << 20;
const MAX_CLASSES: usize = 100_000;
const MAX_SIZE: u64 = 1_000_000_000_000;
const MAX_DEPTH: usize = 64;
const MAX_DENSE: usize = 64;
const MAX_ENTRIES: usize = 1_000;

/// The loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    Mse,
    CrossEntropy,
}

/// What the checker needs of a problem.
pub struct Given {
    pub loss: Loss,
    pub counts: Vec<u64>,
    pub widths: Vec<usize>,
    /// `λ_1 … λ_M`, and `λ_H`.
    pub weights: Vec<BigRational>,
    pub features: BigRational,
    /// `M`.
    pub depth: u32,
    /// `min(K, d_1, …, d_M)`.
    pub rank: usize,
    pub bias: bool,
    /// Columns, unless one-hot.
    pub targets: Option<Vec<Vec<BigRational>>>,
    /// `Λ`.
    pub product: BigRational,
    /// `N`.
    pub samples: BigInt,
}

/// A problem with equal counts, for claims that depend on nothing else.
pub struct Balanced {
    /// `K`.
    pub classes: usize,
    /// `M`.
    pub depth: u32,
    pub bias: bool,
    /// `Λ n`.
    pub weight: BigRational,
}

impl Balanced {
    pub fn of(given: &Given) -> Self {
        let n = given.counts.first().copied().unwrap_or(0);
        let weight = &given.product * BigRational::from(BigInt::from(n));
        Self { classes: given.counts.len(), depth: given.depth, bias: given.bias, weight }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token<'a> {
    Open,
    Close,
    Comma,
    Text(&'a str),
    Bare(&'a str),
}

impl Token<'_> {
    fn number(&self) -> Option<BigRational> {
        match self {
            Self::Text(text) | Self::Bare(text) => number(text),
            _ => None,
        }
    }
}

type Tokens<'a> = Vec<Token<'a>>;

impl Given {
    /// Reads a case; an error says what this checker does not read.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_BYTES {
            return Err("the case is larger than 8 MiB".to_owned());
        }
        let text = std::str::from_utf8(bytes).map_err(|_| "the case is not UTF-8".to_owned())?;
        let entries = entries(text)?;
        let find = |section: &str, key: &str| {
            entries
                .iter()
                .find(|(s, k, _)| *s == section && *k == key)
                .map(|(_, _, tokens)| tokens.as_slice())
        };
        let need = |section: &str, key: &str| {
            find(section, key).ok_or_else(|| format!("[{section}] {key} is not read"))
        };
        let odd = |key: &str| format!("{key} is not read");
        let counts = counts(need("network", "counts")?).ok_or_else(|| odd("counts"))?;
        let k = counts.len();
        let widths: Option<Vec<u64>> = items(need("network", "widths")?)
            .and_then(|list| list.into_iter().map(whole).collect())
            .filter(|w: &Vec<u64>| (1..=MAX_DEPTH).contains(&w.len()));
        let widths = widths.ok_or_else(|| odd("widths"))?;
        let loss = match need("network", "loss")? {
            [Token::Text("mse")] => Loss::Mse,
            [Token::Text("ce")] => Loss::CrossEntropy,
            _ => return Err(odd("loss")),
        };
        let bias = match need("network", "bias")? {
            [Token::Text("none")] => false,
            [Token::Text("last-layer")] => true,
            _ => return Err(odd("bias")),
        };
        let targets = match (find("network", "smoothing"), find("network", "targets")) {
            (None, None) => None,
            (Some([s]), None) => Some(smoothed(s, k).ok_or_else(|| odd("smoothing"))?),
            (None, Some(tokens)) => Some(columns(tokens, k).ok_or_else(|| odd("targets"))?),
            _ => return Err(odd("smoothing")),
        };
        if loss == Loss::CrossEntropy && targets.is_some() {
            return Err(odd("targets"));
        }
        let positive = |token: &Token| token.number().filter(Signed::is_positive);
        let weights: Option<Vec<BigRational>> = match need("regularization", "weights")? {
            [one] => positive(one).map(|λ| vec![λ; widths.len()]),
            list => items(list).and_then(|list| list.into_iter().map(positive).collect()),
        };
        let weights = weights.filter(|w| w.len() == widths.len()).ok_or_else(|| odd("weights"))?;
        let features = match need("regularization", "features")? {
            [one] => positive(one),
            _ => None,
        };
        let features = features.ok_or_else(|| odd("features"))?;
        let widths: Vec<usize> = widths.iter().map(|d| usize::try_from(*d).unwrap_or(usize::MAX)).collect();
        Ok(Self {
            loss,
            depth: u32::try_from(widths.len()).map_err(|_| odd("widths"))?,
            rank: widths.iter().copied().min().unwrap_or(0).min(k),
            bias,
            targets,
            product: weights.iter().fold(features.clone(), |product, λ| product * λ),
            samples: counts.iter().map(|n| BigInt::from(*n)).sum(),
            counts,
            widths,
            weights,
            features,
        })
    }

    /// Distinct counts, largest first, with their multiplicities.
    pub fn groups(&self) -> Vec<(u64, usize)> {
        let mut sorted = self.counts.clone();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        let mut groups: Vec<(u64, usize)> = Vec::new();
        for count in sorted {
            match groups.last_mut() {
                Some((last, times)) if *last == count => *times = times.saturating_add(1),
                _ => groups.push((count, 1)),
            }
        }
        groups
    }
}

fn whole(token: &Token) -> Option<u64> {
    match token {
        Token::Bare(text) => size(text),
        _ => None,
    }
}

fn size(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !plain {
        return None;
    }
    text.parse().ok().filter(|n| (1..=MAX_SIZE).contains(n))
}

fn counts(tokens: &[Token]) -> Option<Vec<u64>> {
    let mut all = Vec::new();
    for token in items(tokens)? {
        let (count, times) = match token {
            Token::Text(text) => match text.split_once('*') {
                Some((count, times)) => (size(count.trim())?, usize::try_from(size(times.trim())?).ok()?),
                None => (size(text.trim())?, 1),
            },
            other => (whole(other)?, 1),
        };
        if times > MAX_CLASSES.saturating_sub(all.len()) {
            return None;
        }
        all.extend(std::iter::repeat_n(count, times));
    }
    if all.is_empty() { None } else { Some(all) }
}

/// `(1 − s) e_k + (s/K) 1`, with `0 ≤ s < 1`.
fn smoothed(s: &Token, k: usize) -> Option<Vec<Vec<BigRational>>> {
    let s = s.number().filter(|s| !s.is_negative() && *s < BigRational::one())?;
    if k > MAX_DENSE {
        return None;
    }
    let share = &s / BigRational::from(BigInt::from(k));
    let entry = |i: usize, j: usize| if i == j { BigRational::one() - &s + &share } else { share.clone() };
    Some((0..k).map(|j| (0..k).map(|i| entry(i, j)).collect()).collect())
}

/// `K` lists of `K` numbers.
fn columns(tokens: &[Token], k: usize) -> Option<Vec<Vec<BigRational>>> {
    let inner = tokens.strip_prefix(&[Token::Open])?.strip_suffix(&[Token::Close])?;
    let mut columns = Vec::new();
    for part in inner.split_inclusive(|t| *t == Token::Close) {
        let part = part.strip_prefix(&[Token::Comma]).filter(|_| !columns.is_empty()).unwrap_or(part);
        if part == [Token::Comma] || part.is_empty() {
            continue;
        }
        let column: Option<Vec<BigRational>> = items(part)?.into_iter().map(Token::number).collect();
        columns.push(column.filter(|c| c.len() == k)?);
    }
    if columns.len() == k && k <= MAX_DENSE { Some(columns) } else { None }
}

/// The items of a flat list.
fn items<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<Vec<&'t Token<'a>>> {
    let inner = tokens.strip_prefix(&[Token::Open])?.strip_suffix(&[Token::Close])?;
    let inner = inner.strip_suffix(&[Token::Comma]).unwrap_or(inner);
    let mut list = Vec::new();
    for part in inner.split(|t| *t == Token::Comma) {
        match part {
            [item @ (Token::Text(_) | Token::Bare(_))] => list.push(item),
            _ => return None,
        }
    }
    Some(list)
}

/// The heading of claims.
const CLAIM: &str = "claim";

/// All entries: heading, key, value.
fn entries(text: &str) -> Result<Vec<(&str, &str, Tokens<'_>)>, String> {
    let mut scanner = Scanner { rest: text };
    let (mut section, mut sections, mut entries) = ("", Vec::new(), Vec::<(&str, &str, Tokens)>::new());
    loop {
        scanner.skip(true);
        if scanner.rest.is_empty() {
            return Ok(entries);
        }
        if scanner.take('[') {
            let repeated = scanner.take('[');
            section = scanner.word();
            let closed = scanner.take(']') && (!repeated || scanner.take(']')) && scanner.line_ends();
            // Claims about the problem are no part of it: `[[claim]]` may occur often, and its entries are skipped.
            let fits =
                if repeated { section == CLAIM } else { section != CLAIM && !sections.contains(&section) };
            if section.is_empty() || !closed || !fits {
                return Err(format!("the heading `[{section}` in the case is not read"));
            }
            if repeated {
                entries.retain(|(section, ..)| *section != CLAIM);
            } else {
                sections.push(section);
            }
            continue;
        }
        let key = scanner.word();
        scanner.skip(false);
        let odd = || format!("the entry `{key}` in the case is not read");
        if key.is_empty() || !scanner.take('=') {
            return Err(odd());
        }
        let value = scanner.value().filter(|_| scanner.line_ends()).ok_or_else(odd)?;
        let again = entries.iter().any(|(s, k, _)| *s == section && *k == key);
        if again || entries.len() >= MAX_ENTRIES {
            return Err(odd());
        }
        entries.push((section, key, value));
    }
}

struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn take(&mut self, symbol: char) -> bool {
        match self.rest.strip_prefix(symbol) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes characters while they fit.
    fn run(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or(("", self.rest));
        self.rest = rest;
        taken
    }

    fn word(&mut self) -> &'a str {
        self.run(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    }

    /// Skips blanks and comments, line ends too if asked.
    fn skip(&mut self, lines: bool) {
        loop {
            self.run(|c| c == ' ' || c == '\t' || (lines && (c == '\n' || c == '\r')));
            if self.rest.starts_with('#') {
                self.run(|c| c != '\n');
            } else {
                return;
            }
        }
    }

    fn line_ends(&mut self) -> bool {
        self.skip(false);
        self.rest.is_empty() || self.rest.starts_with('\n') || self.rest.starts_with("\r\n")
    }

    fn value(&mut self) -> Option<Tokens<'a>> {
        let (mut tokens, mut depth) = (Vec::new(), 0u32);
        loop {
            self.skip(depth > 0);
            let token = if self.take('[') {
                depth = depth.checked_add(1).filter(|d| *d <= 2)?;
                Token::Open
            } else if self.take(']') {
                depth = depth.checked_sub(1)?;
                Token::Close
            } else if self.take(',') {
                Token::Comma
            } else if let Some(quote) = ['"', '\''].into_iter().find(|q| self.take(*q)) {
                let text = self.run(|c| c != quote && c != '\\' && c != '\n');
                if !self.take(quote) {
                    return None;
                }
                Token::Text(text)
            } else {
                let bare = self.run(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
                if bare.is_empty() {
                    return None;
                }
                Token::Bare(bare)
            };
            let bare_comma = depth == 0 && token == Token::Comma;
            if bare_comma {
                return None;
            }
            tokens.push(token);
            if depth == 0 {
                return Some(tokens);
            }
        }
    }
}
