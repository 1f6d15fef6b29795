//! The part of TOML of which cases are made, exactly as `docs/certificate.md`, section 3, has it.

/// A value as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// In quotes.
    Text(&'a str),
    /// A number, `true` or `false`.
    Bare(&'a str),
    /// At most two deep.
    List(Vec<Value<'a>>),
}

/// A value with its section and its key.
pub struct Entry<'a> {
    pub section: &'a str,
    pub key: &'a str,
    pub value: Value<'a>,
}

/// The sections and their keys; the first stands before all headings, the last may occur often.
const SECTIONS: &[(&str, &str)] = &[
    ("", "title source"),
    (
        "network",
        "counts widths loss bias smoothing targets covariance samples class_weights logit_shift logit_scale features",
    ),
    ("regularization", "weights features bias loss_scale"),
    ("training", "run seeds init tolerance evaluations"),
    ("measured", "files features labels head bias transposed features_are rest free outcome gap"),
    ("expect", "verdict theorem objective etf optimum shrinkage kept attained"),
    (CLAIM, "id text"),
];
const CLAIM: &str = "claim";
/// Items of a list at most, those of its lists included.
const MAX_ITEMS: usize = 100_000;
/// Digits of a bare number before its point at most.
const MAX_WHOLE: usize = 18;
/// The largest exponent of a bare number.
const MAX_EXPONENT: u32 = 250;

/// All entries but those of claims, which are texts; an error says what is not read.
pub fn entries(text: &str) -> Result<Vec<Entry<'_>>, String> {
    if text.split_inclusive('\n').any(has_control) {
        return Err("a control character in the case is not read".to_owned());
    }
    let mut scanner = Scanner { rest: text, items: 0 };
    let (mut section, mut keys, mut entries) = ("", Vec::new(), Vec::new());
    let mut sections = vec![section];
    loop {
        scanner.skip(true);
        let heading = scanner.take('[');
        if (heading || scanner.rest.is_empty()) && section == CLAIM && keys.len() != 2 {
            return Err("a claim in the case without its `id` or its `text` is not read".to_owned());
        }
        if heading {
            section = scanner.heading(&sections)?;
            sections.push(section);
            keys.clear();
        } else if scanner.rest.is_empty() {
            return Ok(entries);
        } else {
            let (key, value) = scanner.entry(section, &keys)?;
            keys.push(key);
            match value {
                Value::Text(_) if section == CLAIM => {}
                _ if section == CLAIM => return Err(format!("the claim's `{key}` is not read")),
                value => entries.push(Entry { section, key, value }),
            }
        }
    }
}

/// Whether a line has a control character besides tabs and its end.
fn has_control(line: &str) -> bool {
    let line = line.strip_suffix("\r\n").or(line.strip_suffix('\n')).unwrap_or(line);
    line.bytes().any(|b| b.is_ascii_control() && b != b'\t')
}

/// A number as TOML has it, without signs and digits that would be read differently, or a truth value.
fn is_bare(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let body = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = body.split_once('e').unwrap_or((body, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let plain = digits(whole) && whole.len() <= MAX_WHOLE && (whole == "0" || !whole.starts_with('0'));
    let fits = match exponent.strip_prefix('-') {
        Some(size) => digits(size),
        None => digits(exponent) && exponent.parse().is_ok_and(|size: u32| size <= MAX_EXPONENT),
    };
    matches!(text, "true" | "false") || (plain && digits(part) && fits)
}

struct Scanner<'a> {
    rest: &'a str,
    /// Of the list that is read.
    items: usize,
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
            if !self.rest.starts_with('#') {
                return;
            }
            self.run(|c| c != '\n' && c != '\r');
        }
    }

    fn line_ends(&mut self) -> bool {
        self.skip(false);
        self.rest.is_empty() || self.rest.starts_with('\n') || self.rest.starts_with("\r\n")
    }

    /// A heading after its first bracket: a known one, and no other than that of claims twice.
    fn heading(&mut self, before: &[&str]) -> Result<&'a str, String> {
        let repeated = self.take('[');
        let name = self.word();
        let closed = self.take(']') && (!repeated || self.take(']')) && self.line_ends();
        let known = !name.is_empty() && SECTIONS.iter().any(|(section, _)| *section == name);
        let fits = (name == CLAIM) == repeated && (repeated || !before.contains(&name));
        let odd = || format!("the heading `[{name}` in the case is not read");
        if known && closed && fits { Ok(name) } else { Err(odd()) }
    }

    /// A line with a key of the section, no key twice.
    fn entry(&mut self, section: &str, before: &[&str]) -> Result<(&'a str, Value<'a>), String> {
        let key = self.word();
        let known = SECTIONS.iter().any(|(s, keys)| *s == section && keys.split(' ').any(|k| k == key));
        self.skip(false);
        let head = known && !before.contains(&key) && self.take('=');
        self.skip(false);
        self.items = 0;
        let value = if head { self.value() } else { None };
        match value.filter(|_| self.line_ends()) {
            Some(value) => Ok((key, value)),
            None => Err(format!("the entry `{key}` in the case is not read")),
        }
    }

    fn value(&mut self) -> Option<Value<'a>> {
        if self.take('[') { self.list(Self::item) } else { self.scalar() }
    }

    fn item(&mut self) -> Option<Value<'a>> {
        if self.take('[') { self.list(Self::scalar) } else { self.scalar() }
    }

    /// Items with commas between, after the bracket; a comma may stand after the last.
    fn list(&mut self, item: fn(&mut Self) -> Option<Value<'a>>) -> Option<Value<'a>> {
        let mut items = Vec::new();
        loop {
            self.skip(true);
            if self.take(']') {
                return Some(Value::List(items));
            }
            self.items = self.items.saturating_add(1);
            if self.items > MAX_ITEMS {
                return None;
            }
            items.push(item(self)?);
            self.skip(true);
            if !self.take(',') {
                return if self.take(']') { Some(Value::List(items)) } else { None };
            }
        }
    }

    fn scalar(&mut self) -> Option<Value<'a>> {
        for quote in ['"', '\''] {
            if self.take(quote) {
                let text = self.run(|c| c != quote && c != '\\' && c != '\n');
                return if self.take(quote) { Some(Value::Text(text)) } else { None };
            }
        }
        let bare = self.run(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
        if is_bare(bare) { Some(Value::Bare(bare)) } else { None }
    }
}
