//! Reading TOML with the place of every value: what case files and sweep specs share.

use super::place::{TextPlace, shown};
use super::{Mistake, nearest, usual};
use crate::exact::{Rational, read_rational};
use std::ops::Range;
use toml_edit::{Item, TableLike, Value};

/// Largest file that is read.
pub const MAX_BYTES: u64 = 8 << 20;
/// Brackets may nest this deep; the parser would recurse on more.
const MAX_NESTING: usize = 32;

/// The bytes of a value in its file, where known.
pub type Span = Option<Range<usize>>;
/// What reading a value gives.
pub type Found<T> = Result<T, (Mistake, Span)>;

/// The text of a file's bytes.
pub fn source(bytes: &[u8]) -> Result<&str, (Mistake, Option<TextPlace>)> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err((Mistake::FileTooLarge { bytes: bytes.len() as u64, limit: MAX_BYTES }, None));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or("");
        let end = valid.len();
        (Mistake::NotText, Some(TextPlace::of(valid, end..end)))
    })
}

/// The TOML of a text.
pub fn document(source: &str) -> Found<toml_edit::Document<&str>> {
    check_nesting(source)?;
    toml_edit::Document::parse(source)
        .map_err(|e| (Mistake::Syntax { message: first_line(e.message()) }, e.span()))
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or("unreadable").to_owned()
}

/// Refuses brackets and dotted keys that nest too deep, before the parser sees them. Texts and comments may
/// hold any.
pub fn check_nesting(source: &str) -> Found<()> {
    let bytes = source.as_bytes();
    let (mut at, mut brackets, mut dots) = (0, 0usize, 0);
    while let Some(byte) = bytes.get(at) {
        let next = match byte {
            b'"' | b'\'' => after_text(bytes, at),
            b'#' => after_line(bytes, at),
            _ => at + 1,
        };
        match byte {
            b'[' | b'{' => (brackets, dots) = (brackets + 1, 0),
            b']' | b'}' => brackets = brackets.saturating_sub(1),
            b'.' => dots += 1,
            b'=' | b',' | b'#' | b'\n' => dots = 0,
            _ => {}
        }
        if brackets.max(dots) > MAX_NESTING {
            return Err((Mistake::TooNested { limit: MAX_NESTING }, Some(at..next)));
        }
        at = next;
    }
    Ok(())
}

/// Where the line from `at` ends.
fn after_line(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |length| at + length)
}

/// Where the text that opens at `at` has been closed; one in single quotes ends with its line at the latest.
fn after_text(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let long = bytes[at..].starts_with(&[quote; 3]);
    let close = if long { &[quote; 3][..] } else { &[quote][..] };
    let mut at = at + close.len();
    while at < bytes.len() {
        if bytes[at..].starts_with(close) {
            let more = bytes[at..].iter().take_while(|b| long && **b == quote).count();
            return at + more.clamp(close.len(), 5);
        }
        match bytes[at] {
            b'\n' if !long => return at,
            b'\\' if quote == b'"' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// One value of a section with its name for messages.
pub struct Entry<'a> {
    pub key: &'static str,
    pub item: &'a Item,
}

impl Entry<'_> {
    pub fn span(&self) -> Option<Range<usize>> {
        self.item.span()
    }
    pub fn fail<T>(&self, mistake: Mistake) -> Found<T> {
        Err((mistake, self.span()))
    }
    pub fn wrong_type<T>(&self, expected: &'static str) -> Found<T> {
        self.fail(Mistake::WrongType { key: self.key.to_owned(), found: type_word(self.item), expected })
    }
}

/// What a value is, in words.
pub fn type_word(item: &Item) -> &'static str {
    match item {
        Item::None => "nothing",
        Item::Table(_) | Item::Value(Value::InlineTable(_)) => "a table",
        Item::ArrayOfTables(_) => "a list of tables",
        Item::Value(Value::String(_)) => "a text",
        Item::Value(Value::Integer(_)) => "a whole number",
        Item::Value(Value::Float(_)) => "a number with a point",
        Item::Value(Value::Boolean(_)) => "true or false",
        Item::Value(Value::Datetime(_)) => "a date",
        Item::Value(Value::Array(_)) => "a list",
    }
}

/// Reads values with their places.
pub struct Reader<'a> {
    pub source: &'a str,
}

/// A section of the file, or nothing where it is absent.
pub struct Section<'a> {
    pub name: &'static str,
    pub table: Option<&'a dyn TableLike>,
    pub span: Option<Range<usize>>,
}

impl<'a> Section<'a> {
    pub fn get(&self, key: &'static str) -> Option<Entry<'a>> {
        self.table?.get(key).map(|item| Entry { key, item })
    }
    pub fn require(&self, key: &'static str) -> Found<Entry<'a>> {
        self.get(key).ok_or_else(|| (Mistake::MissingKey { section: self.name, key }, self.span.clone()))
    }
}

impl<'a> Reader<'a> {
    pub fn text(&self, entry: &Entry) -> Found<String> {
        match entry.item.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => entry.wrong_type("a text in quotes"),
        }
    }

    /// One of a few words.
    pub fn word<T: Copy>(&self, entry: &Entry, choices: &'static [&'static str], values: &[T]) -> Found<T> {
        let text = self.text(entry)?;
        match choices.iter().position(|c| *c == text) {
            Some(i) => Ok(values[i]),
            None => {
                let usual = usual::word(entry.key, &text).map(str::to_owned);
                let nearest = usual.or_else(|| nearest(&text, choices));
                let found = shown(&text);
                entry.fail(Mistake::UnknownWord { key: entry.key.to_owned(), found, choices, nearest })
            }
        }
    }

    /// A number from its text.
    pub fn number(&self, entry: &Entry) -> Found<Rational> {
        match entry.item.as_value() {
            Some(value) => self.number_value(entry.key, value),
            None => entry.wrong_type("a number"),
        }
    }

    /// A number from its text, so that `5e-4` is exactly 1/2000.
    pub fn number_value(&self, key: &str, value: &Value) -> Found<Rational> {
        let at = |mistake| (mistake, value.span());
        let text = match value {
            Value::String(text) => text.value().as_str(),
            Value::Integer(_) | Value::Float(_) => self.raw(value.span()),
            other => {
                let found = type_word(&Item::Value(other.clone()));
                return Err(at(Mistake::WrongType { key: key.to_owned(), found, expected: "a number" }));
            }
        };
        read_rational(text).map_err(|error| at(Mistake::BadNumber { key: key.to_owned(), error }))
    }

    /// A value as it is written.
    pub fn raw(&self, span: Option<Range<usize>>) -> &'a str {
        span.and_then(|span| self.source.get(span)).unwrap_or("")
    }
}

/// A section of the file; its keys are known ones.
pub fn section<'a>(
    top: &'a dyn TableLike,
    name: &'static str,
    keys: &[&str],
    required: bool,
) -> Found<Section<'a>> {
    let Some(item) = top.get(name) else {
        return match required {
            true => Err((Mistake::MissingSection { section: name }, None)),
            false => Ok(Section { name, table: None, span: None }),
        };
    };
    let Some(table) = item.as_table_like() else {
        return Entry { key: name, item }.wrong_type("a section with keys");
    };
    check_keys(name, table, keys)?;
    Ok(Section { name, table: Some(table), span: item.span() })
}

/// Refuses keys that are not known.
pub fn check_keys(section: &str, table: &dyn TableLike, known: &[&str]) -> Found<()> {
    for (key, item) in table.iter() {
        if !known.contains(&key) {
            let span = table.key(key).and_then(|k| k.span()).or_else(|| item.span());
            let nearest = nearest(key, known);
            let (section, key) = (section.to_owned(), shown(key));
            return Err((Mistake::UnknownKey { section, key, nearest }, span));
        }
    }
    Ok(())
}
