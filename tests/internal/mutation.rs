//! Random changes of certificates and of case files.
#![allow(dead_code)] // Each test uses what it needs.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// Pieces of a certificate between which a mutation may cut.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut inside = false;
    for c in text.chars() {
        let word = c.is_ascii_alphanumeric() || inside;
        match tokens.last_mut() {
            Some(last) if inside || (word && last.ends_with(|l: char| l.is_ascii_alphanumeric())) => {
                last.push(c)
            }
            _ => tokens.push(c.to_string()),
        }
        if c == '"' {
            inside = !inside;
        }
    }
    tokens
}

/// A random number below `n`.
pub fn below(n: usize, random: &mut ChaCha8Rng) -> usize {
    (random.next_u64() % n.max(1) as u64) as usize
}

/// One mutation of a certificate.
pub fn mutated(text: &str, other: &str, random: &mut ChaCha8Rng) -> String {
    let mut parts = tokens(text);
    let words: Vec<usize> = (0..parts.len())
        .filter(|i| parts[*i].len() > 1 || parts[*i].as_bytes()[0].is_ascii_digit())
        .collect();
    if words.is_empty() {
        return text.to_owned();
    }
    let at = words[below(words.len(), random)];
    let digits: Vec<usize> =
        parts[at].char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(i, _)| i).collect();
    match below(12, random) {
        // A digit off by one, the last one more often.
        0..=3 if !digits.is_empty() => {
            let last = below(2, random) == 0;
            let i = if last { digits[digits.len() - 1] } else { digits[below(digits.len(), random)] };
            let digit = parts[at].as_bytes()[i] - b'0';
            let new = if below(2, random) == 0 { (digit + 1) % 10 } else { (digit + 9) % 10 };
            parts[at].replace_range(i..=i, &new.to_string());
        }
        0..=4 => {
            let second = words[below(words.len(), random)];
            parts.swap(at, second);
        }
        5 => parts[at].clear(),
        6 => {
            let copy = parts[at].clone();
            parts.insert(at, copy);
        }
        7 => {
            let huge =
                ["\"1e999\"", "\"-1\"", "999999999999999999", "\"0\"", "\"1/3\"", "\"1\"", "0", "1", "2"];
            parts[at] = huge[below(huge.len(), random)].to_owned();
        }
        8 => {
            parts[at] =
                ["true", "null", "[]", "{}", "\"kept\"", "\"cut\"", "\"tie\""][below(7, random)].to_owned()
        }
        9 => {
            let others = tokens(other);
            parts[at] = others[below(others.len(), random)].clone();
        }
        10 => {
            let end = (at + 1 + below(12, random)).min(parts.len());
            parts.drain(at..end);
        }
        _ => {
            let end = (at + 1 + below(40, random)).min(parts.len());
            let copy = parts[at..end].to_vec();
            parts.splice(at..at, copy);
        }
    }
    parts.concat()
}

/// What is put into a case file somewhere: marks of TOML, and what one reader or another might take for one.
const MARKS: &[&str] = &[
    "\n",
    "\r",
    "\r\n",
    "\0",
    "\t",
    " ",
    "\u{7f}",
    "\u{b}",
    "\u{a0}",
    "\u{feff}",
    "\u{85}",
    "é",
    "\"",
    "'",
    "\\",
    "\"\"\"",
    "'''",
    "#",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    ",",
    ",,",
    "=",
    ".",
    "-",
    "+",
    "_",
    "*",
    "/",
    ":",
    "0",
    "00",
    "1",
    "9",
    "e",
    "E",
    "e-",
    "e+",
    "1e5",
    "1e250",
    "1e251",
    "1e309",
    "1e-400",
    "1e-401",
    "1.5",
    "1.",
    ".5",
    "-0",
    "-1",
    "+1",
    "0x1",
    "1_0",
    "inf",
    "nan",
    "true",
    "false",
    "1zz-..",
    "\"1/3\"",
    "\"1/0\"",
    "\" 1\"",
    "\"3 * 2\"",
    "\"3*2\"",
    "\"03*2\"",
    "\"2*100001\"",
    "1000000000000",
    "1000000000001",
    "9223372036854775808",
    "1979-05-27",
    "[]",
    "[[]]",
    "[[[1]]]",
    "[1 2]",
    "[1,]",
    "[,]",
    "{a = 1}",
];

/// Lines that are put into a case file somewhere.
const LINES: &[&str] = &[
    "smoothing = 0",
    "smoothing = 0.1",
    "smoothing = \"1/7\"",
    "smoothing = 1",
    "smoothing = 1.1",
    "smoothing = -0",
    "targets = [[1, 0], [0, 1]]",
    "targets = [[1, 0] [0, 1]]",
    "counts = [004]",
    "counts = [\"3 * 2\", 1]",
    "counts = [3, 2, 1,]",
    "widths = [004]",
    "widths = [2, 2]",
    "seeds = [1 2 [3] ]",
    "seeds = 1zz-..",
    "seeds = [1, 1]",
    "seeds = [1, 2]",
    "run = true",
    "tolerance = 2",
    "tolerance = 1e-9",
    "init = 0",
    "evaluations = 0",
    "verdict = \"maybe\"",
    "verdict = \"refuted\"",
    "theorem = \"x\"",
    "kept = -1",
    "shrinkage = [0.5]",
    "shrinkage = [\"0.5\"]",
    "objective = \"x\"",
    "optimum = \"rank tie\"",
    "unknown = 1",
    "bias = \"none\"",
    "loss = \"ce\"",
    "weights = [1e-2, 1e-2]",
    "features = \"1/100\"",
    "\"bias\" = \"none\"",
    "network.bias = \"none\"",
    "[ network ]",
    "[network]",
    "[regularization]",
    "[training]",
    "[expect]",
    "[unknown]",
    "[claim]",
    "[[claim]]",
    "[[network]]",
    "[[claim]]\nid = \"a\"\ntext = \"b\"",
    "id = \"a\"",
    "text = \"b\"",
    "title = \"x\"",
    "# comment",
];

/// What may stand where a blank does, or changes nothing.
const BLANKS: &[&str] = &[" ", "\t", "\n", "\r\n", " # a [comment] = \"x\n", "#\n", ",", "\n\n"];

/// Values that stand under a key.
const VALUES: &[(&str, &[&str])] = &[
    (
        "counts",
        &[
            "[3, 2, 1]",
            "[2, 2, 2]",
            "[\"2*3\"]",
            "['5', 4, \"1*2\",]",
            "[4]",
            "[1000000000000, 1]",
            "[3,\n2, # two\n1\n]",
            "[7, 7]",
        ],
    ),
    (
        "widths",
        &[
            "[1]",
            "[64]",
            "[3, 2]",
            "[64, 64]",
            "[2, 1000000000000,]",
            "[9, 9, 9]",
            "[\n# first\n2,\n\n3 # last\n]",
        ],
    ),
    ("loss", &["\"mse\"", "\"ce\"", "'ce'"]),
    ("bias", &["\"none\"", "'last-layer'"]),
    (
        "weights",
        &[
            "1e-2",
            "\"1/100\"",
            "[1e-2, \"0.02\"]",
            "[0.02]",
            "0.0005000",
            "\"0005e-04\"",
            "1e250",
            "[1, 2, 3e-2]",
        ],
    ),
    ("features", &["1e-2", "\"1/100\"", "0.3", "1", "\"00.5e-1\""]),
    ("smoothing", &["0", "-0", "0.1", "\"1/7\"", "0.999", "\"0/3\""]),
    (
        "targets",
        &["[[1, 0], [0, 1]]", "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]", "[[\"1/2\", -0.5],\n ['-1/2', 0.5],]"],
    ),
    ("title", &["\"\"", "'a \" quote'", "\"# no comment\""]),
    ("objective", &["0.1", "\"1/3\"", "\"0.10\""]),
];

/// One mutation of a case file.
pub fn mutated_case(text: &str, random: &mut ChaCha8Rng) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    lines.push(String::new());
    let at = below(lines.len(), random);
    let other = below(lines.len(), random);
    let one = |list: &'static [&'static str], random: &mut ChaCha8Rng| list[below(list.len(), random)];
    match below(16, random) {
        0 => lines.insert(at, format!("{}\n", one(LINES, random))),
        1 => lines[at] = format!("{}\n", one(LINES, random)),
        2 => lines.swap(at, other),
        3 => drop(lines.remove(at)),
        4 => lines.insert(at, lines[other].clone()),
        choice @ 5..=8 => {
            // Another value under the same key.
            let key = |line: &String| line.split('=').next().map(|key| key.trim().to_owned());
            let under = |line: &String| VALUES.iter().find(|(k, _)| key(line).as_deref() == Some(*k));
            let lines_with: Vec<usize> = (0..lines.len()).filter(|i| under(&lines[*i]).is_some()).collect();
            if let Some(i) = lines_with.get(below(lines_with.len(), random))
                && let Some((key, values)) = under(&lines[*i])
            {
                let value = if choice == 5 { one(MARKS, random) } else { one(values, random) };
                lines[*i] = format!("{key} = {value}\n");
            }
        }
        choice => {
            // A few characters of the line: a digit changed, a blank or a mark put in.
            let line: Vec<char> = lines[at].chars().collect();
            let digits: Vec<usize> = (0..line.len()).filter(|i| line[*i].is_ascii_digit()).collect();
            let blanks: Vec<usize> = (0..line.len()).filter(|i| line[*i] == ' ').collect();
            let (from, to, new) = match choice {
                9..=11 if !digits.is_empty() => {
                    let i = digits[below(digits.len(), random)];
                    (i, i + 1, ["0", "1", "2", "9", "10"][below(5, random)])
                }
                9..=13 if !blanks.is_empty() => {
                    let i = blanks[below(blanks.len(), random)];
                    (i, i + below(2, random), one(BLANKS, random))
                }
                _ => {
                    let from = below(line.len() + 1, random);
                    let new = if below(4, random) == 0 { "" } else { one(MARKS, random) };
                    (from, (from + below(3, random)).min(line.len()), new)
                }
            };
            let (before, after): (String, String) =
                (line[..from].iter().collect(), line[to..].iter().collect());
            lines[at] = format!("{before}{new}{after}");
        }
    }
    lines.concat()
}
