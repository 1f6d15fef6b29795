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

/// One mutation of a case file.
pub fn mutated_case(text: &str, random: &mut ChaCha8Rng) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    lines.push(String::new());
    let at = below(lines.len(), random);
    let other = below(lines.len(), random);
    match below(10, random) {
        0 => lines.insert(at, format!("{}\n", LINES[below(LINES.len(), random)])),
        1 => lines[at] = format!("{}\n", LINES[below(LINES.len(), random)]),
        2 => lines.swap(at, other),
        3 => drop(lines.remove(at)),
        4 => lines.insert(at, lines[other].clone()),
        5 => {
            // Another value under the same key.
            if let Some((key, _)) = lines[at].clone().split_once('=') {
                lines[at] = format!("{key}= {}\n", MARKS[below(MARKS.len(), random)]);
            }
        }
        _ => {
            let line: Vec<char> = lines[at].chars().collect();
            let from = below(line.len() + 1, random);
            let to = (from + below(3, random)).min(line.len());
            let mark = if below(4, random) == 0 { "" } else { MARKS[below(MARKS.len(), random)] };
            let (before, after): (String, String) =
                (line[..from].iter().collect(), line[to..].iter().collect());
            lines[at] = format!("{before}{mark}{after}");
        }
    }
    lines.concat()
}
