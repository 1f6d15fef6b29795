//! The result of `check` as Markdown: for the summary page of a continuous-integration run, or a pull request.

use super::check::{CaseRow, CheckJson};
use super::number::counted;

/// Most rows of a table; such pages are cut at a megabyte.
const ROWS: usize = 1_000;
/// Most characters of one disagreement.
const LENGTH: usize = 2_000;

/// The Markdown form: a heading, what is not as expected in full, then every case folded away.
pub fn markdown(check: &CheckJson) -> String {
    let total = check.cases.len();
    let mut out = format!(
        "## tightframe check: {} of {} as expected\n\n{}.\n",
        check.passed,
        counted(total as u64, "case"),
        check.summary(),
    );
    let failed = || check.cases.iter().filter(|c| !c.disagreements.is_empty());
    if check.failed > 0 {
        out += "\n### Not as expected\n";
        for case in failed().take(ROWS) {
            out += &format!("\n- {} ({}): {}\n", escaped(&case.path), escaped(&case.title), case.verdict);
            out += &fenced(&case.disagreements.join("\n"));
        }
        out += &more(check.failed);
    }
    out += "\n<details><summary>Every case</summary>\n\n";
    out += "| verdict | as expected | optimum | objective | attained | case |\n|---|---|---|---|---|---|\n";
    for case in check.cases.iter().take(ROWS) {
        out += &row(case);
    }
    out + &more(total) + "\n</details>\n"
}

fn row(case: &CaseRow) -> String {
    let expected = if case.disagreements.is_empty() { "yes" } else { "**no**" };
    format!(
        "| {} | {expected} | {} | {} | {} | {} |\n",
        escaped(&case.verdict),
        escaped(&case.optimum),
        escaped(&case.objective),
        escaped(&case.attained),
        escaped(&case.path),
    )
}

fn more(total: usize) -> String {
    if total > ROWS {
        format!("\n… and {} more; `--format json` has them\n", total - ROWS)
    } else {
        String::new()
    }
}

/// Text in a line of Markdown or a cell of its tables: nothing in it is markup.
fn escaped(text: &str) -> String {
    let one = |c: char| match c {
        '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '@' => format!("\\{c}"),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '&' => "&amp;".to_owned(),
        c if c.is_control() => " ".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(one).collect()
}

/// Text as it is, in an indented fence that is longer than any run of backticks inside it.
fn fenced(text: &str) -> String {
    let mut shown: String = text.chars().take(LENGTH).collect();
    if text.chars().nth(LENGTH).is_some() {
        shown.push('…');
    }
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let lines: String = shown.lines().map(|line| format!("  {line}\n")).collect();
    format!("\n  {fence}text\n{lines}  {fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_titles_and_messages_is_only_text() {
        assert_eq!(escaped("a|b <b>*x*\n`c` @team"), "a\\|b &lt;b&gt;\\*x\\* \\`c\\` \\@team");
        let text = fenced("```\nend\n```` tail");
        assert!(text.starts_with("\n  `````text\n  ```\n") && text.ends_with("\n  `````\n"), "{text}");
    }
}
