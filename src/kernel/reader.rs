//! Reading: numbers, and the JSON of certificates in its fixed order.

use super::matrix::Matrix;
use super::number::{CERTIFICATE, Number};
use super::rejection::{Check, Reason, reject, require, short};

/// Bytes of a certificate at most.
const MAX_BYTES: usize = 16 << 20;
/// Digits of a whole number at most.
const MAX_WHOLE: usize = 18;

/// What numbers, lists and nodes count for together at most: 16 each, and for numbers their characters and exponents.
const MAX_WEIGHT: usize = 1 << 24;
const WEIGHT: usize = 16;

/// Two ends, the lower one first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub low: Number,
    pub high: Number,
}

impl Pair {
    pub fn is_exact(&self) -> bool {
        self.low == self.high
    }

    pub fn is_zero(&self) -> bool {
        self.low.is_zero() && self.high.is_zero()
    }

    /// Rejects a pair that does not reach from below `least` to above `most`.
    pub fn require_around(&self, least: &Number, most: &Number, reason: Reason, place: &str) -> Check<()> {
        if self.low <= *least && *most <= self.high {
            return Ok(());
        }
        let found = format!("{} to {}", short(&self.low), short(&self.high));
        reject(reason, place, found, format!("around {} to {}", short(least), short(most)))
    }
}

/// What is left of a certificate.
pub struct Reader<'a> {
    rest: &'a str,
    /// The last key, for messages.
    key: &'static str,
    weight: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Check<Self> {
        if bytes.len() > MAX_BYTES {
            return reject(Reason::Malformed, "document", format!("{} bytes", bytes.len()), "at most 16 MiB");
        }
        match std::str::from_utf8(bytes) {
            Ok(rest) => Ok(Self { rest, key: "document", weight: 0 }),
            Err(_) => reject(Reason::Malformed, "document", "bytes that are no text", "UTF-8"),
        }
    }

    fn fail<T>(&self, needed: &str) -> Check<T> {
        let found: String = self.rest.chars().take(24).collect();
        reject(Reason::Malformed, self.key, format!("`{found}`"), needed)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\n', '\r', '\t']);
    }

    pub fn symbol(&mut self, symbol: char) -> Check<()> {
        if self.has(symbol) { Ok(()) } else { self.fail(&format!("`{symbol}`")) }
    }

    /// Takes the symbol if it comes next.
    fn has(&mut self, symbol: char) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(symbol) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Whether the symbol comes next.
    pub fn next_is(&mut self, symbol: char) -> bool {
        self.skip_space();
        self.rest.starts_with(symbol)
    }

    pub fn text(&mut self) -> Check<&'a str> {
        if !self.has('"') {
            return self.fail("a string");
        }
        match self.rest.split_once('"') {
            Some((text, rest)) if !text.contains(|c| c == '\\' || c < ' ') => {
                self.rest = rest;
                Ok(text)
            }
            _ => self.fail("a string without escapes"),
        }
    }

    /// `"key":`, after a comma unless it is the first of its object.
    pub fn key(&mut self, key: &'static str) -> Check<()> {
        self.key = key;
        let found = self.text()?;
        require!(found == key, Malformed, key, format!("key `{found}`"), format!("key `{key}`"));
        self.symbol(':')
    }

    pub fn next_key(&mut self, key: &'static str) -> Check<()> {
        self.symbol(',')?;
        self.key(key)
    }

    pub fn next_number(&mut self, key: &'static str) -> Check<Number> {
        self.next_key(key)?;
        self.number()
    }

    pub fn next_pair(&mut self, key: &'static str) -> Check<Pair> {
        self.next_key(key)?;
        self.pair()
    }

    /// From the end of the claim to the first step.
    pub fn proof(&mut self) -> Check<()> {
        self.symbol('}')?;
        self.next_key("proof")?;
        self.symbol('[')
    }

    /// The head of a step of which only one kind may stand here.
    pub fn step(&mut self, name: &'static str) -> Check<()> {
        self.symbol('{')?;
        self.key("step")?;
        let found = self.text()?;
        require!(found == name, Malformed, "step", found, name);
        Ok(())
    }

    /// A list of numbers.
    pub fn column(&mut self) -> Check<Vec<Number>> {
        self.list(Self::number)
    }

    /// A list of columns.
    pub fn matrix(&mut self) -> Check<Matrix> {
        Ok(Matrix::of(&self.list(Self::column)?))
    }

    pub fn whole(&mut self) -> Check<usize> {
        self.skip_space();
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at_checked(end).unwrap_or(("", self.rest));
        let plain = text.len() <= MAX_WHOLE && (text == "0" || !text.starts_with('0'));
        match text.parse() {
            Ok(value) if plain => {
                self.rest = rest;
                Ok(value)
            }
            _ => self.fail("a whole number"),
        }
    }

    pub fn number(&mut self) -> Check<Number> {
        let text = self.text()?;
        let exponent = text.split_once('e').and_then(|(_, e)| e.trim_start_matches('-').parse().ok());
        self.weigh(text.len().saturating_add(exponent.unwrap_or(0)))?;
        match Number::read(text, CERTIFICATE) {
            Some(value) => Ok(value),
            None => reject(Reason::Malformed, self.key, format!("`{text}`"), "a number"),
        }
    }

    /// Counts what is about to be kept.
    pub fn weigh(&mut self, size: usize) -> Check<()> {
        self.weight = self.weight.saturating_add(size).saturating_add(WEIGHT);
        let needed = || format!("a total size of at most {MAX_WEIGHT}");
        require!(self.weight <= MAX_WEIGHT, Malformed, self.key, "more numbers and lists", needed());
        Ok(())
    }

    pub fn pair(&mut self) -> Check<Pair> {
        self.symbol('[')?;
        let low = self.number()?;
        self.symbol(',')?;
        let high = self.number()?;
        self.symbol(']')?;
        require!(low <= high, Ends, self.key, short(&low), format!("at most {}", short(&high)));
        Ok(Pair { low, high })
    }

    pub fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Check<T>) -> Check<Vec<T>> {
        self.symbol('[')?;
        self.weigh(0)?;
        let mut items = Vec::new();
        if self.has(']') {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if !self.has(',') {
                self.symbol(']')?;
                return Ok(items);
            }
        }
    }

    pub fn end(&mut self) -> Check<()> {
        self.skip_space();
        self.key = "end";
        if self.rest.is_empty() { Ok(()) } else { self.fail("nothing more") }
    }
}
