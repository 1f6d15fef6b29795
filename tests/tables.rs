//! Tables: the finished ones under docs/tables are fresh, every column fits every kind of case, LaTeX is well formed,
//! closed forms are the known ones.
//!
//! `TABLES=write cargo test --test tables` makes the finished tables anew, each by the command in its first line.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tightframe::{ColumnKind as Kind, column, columns};

fn tightframe(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tightframe"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

fn table(arguments: &[&str]) -> String {
    let output = tightframe(&[&["table"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The arguments of a command as the tables' comments quote them.
fn arguments(command: &str) -> Vec<String> {
    let (mut all, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in command.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => all.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    all.push(word);
    all
}

/// How far a measured number may move between machines: relatively, if it counts work; gaps and residuals of runs that
/// converged are noise below a bound and need only stay there.
const WORK: f64 = 0.25;
const CONVERGED: f64 = 1e-6;

fn agree(written: f64, made: f64) -> bool {
    written == made
        || (written.abs() < CONVERGED && made.abs() < CONVERGED)
        || (written - made).abs() <= WORK * written.abs()
}

/// A line as words and numbers; LaTeX's powers of ten are read as exponents.
fn tokens(line: &str) -> Vec<String> {
    let plain = line.replace("\\num{", "").replace(['{', '}', '$'], "");
    let mut all: Vec<String> = Vec::new();
    for c in plain.chars() {
        let number = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        match all.last_mut() {
            Some(last) if number(c) && last.chars().all(number) => last.push(c),
            _ => all.push(c.to_string()),
        }
    }
    all
}

/// The cells of a row, one a column, of Markdown or LaTeX; `None` for a line that is no row of the body.
fn cells(line: &str) -> Option<Vec<String>> {
    let (row, by) = match line.strip_prefix("| ") {
        Some(row) => (row.trim_end_matches(" |"), " | "),
        None => (line.trim().strip_suffix(" \\\\")?, " & "),
    };
    Some(row.split(by).map(str::to_owned).collect())
}

/// Whether two lines are equal but for measured columns, and these within the tolerance.
fn same(written: &str, made: &str, measured: &[bool]) -> bool {
    if written == made {
        return true;
    }
    let (Some(a), Some(b)) = (cells(written), cells(made)) else { return false };
    let close = |x: &str, y: &str| {
        let (x, y) = (tokens(x), tokens(y));
        let fits = |(x, y): (&String, &String)| {
            x == y || matches!((x.parse::<f64>(), y.parse::<f64>()), (Ok(p), Ok(q)) if agree(p, q))
        };
        x.len() == y.len() && x.iter().zip(&y).all(fits)
    };
    let fits = |((x, y), measured): ((&String, &String), &bool)| x == y || (*measured && close(x, y));
    a.len() == measured.len() && b.len() == a.len() && a.iter().zip(&b).zip(measured).all(fits)
}

#[test]
fn finished_tables_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tables");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&root).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|path| {
        path.extension().is_some_and(|e| e == "md" || e == "tex")
            && !path.ends_with("README.md")
            && !path.ends_with("section.md")
    });
    files.sort();
    let ending = |e: &str| files.iter().filter(|p| p.extension().is_some_and(|x| x == e)).count();
    assert!(ending("md") >= 4 && ending("tex") == ending("md"));
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let command =
            text.lines().find_map(|line| line.strip_prefix("% ").or(line.strip_prefix("<!-- "))).unwrap();
        let words = arguments(command.trim_end_matches(" -->"));
        assert_eq!(words[..2], ["tightframe", "table"], "{}", path.display());
        let made = table(&words[2..].iter().map(String::as_str).collect::<Vec<_>>());
        match is_writing() {
            true => std::fs::write(&path, &made).unwrap(),
            false => fresh(&path, &text, &made, &words),
        }
    }
}

/// Whether finished tables are to be made anew.
fn is_writing() -> bool {
    std::env::var_os("TABLES").is_some_and(|word| word == "write")
}

/// A finished table is what its command makes, but for measured columns within their tolerance.
fn fresh(path: &Path, text: &str, made: &str, words: &[String]) {
    let at = words.iter().position(|w| w == "--columns").unwrap() + 1;
    let measured: Vec<bool> =
        words[at].split(',').map(|name| column(name).unwrap().kind.is_measured()).collect();
    assert_eq!(text.lines().count(), made.lines().count(), "{} is stale", path.display());
    for (written, made) in text.lines().zip(made.lines()) {
        assert!(same(written, made, &measured), "{} is stale:\n{written}\n{made}", path.display());
    }
}

/// The page that comes from one spec: every table in it stands between its command and an end mark.
#[test]
fn the_section_is_fresh() {
    const END: &str = "<!-- end of table -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tables/section.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let mut parts = page.split("<!-- tightframe ");
    let mut anew = parts.next().unwrap().to_owned();
    let mut tables = 0;
    for part in parts {
        let (command, _) = part.split_once(" -->").unwrap();
        let (written, after) = part.split_once(END).unwrap();
        let words = arguments(command);
        assert_eq!(words[..2], ["table", "docs/tables/section.toml"]);
        let made = table(&words[1..].iter().map(String::as_str).collect::<Vec<_>>());
        if !is_writing() {
            fresh(&path, &format!("<!-- tightframe {written}"), &made, &words);
        }
        anew += &format!("{made}{END}{after}");
        tables += 1;
    }
    assert!(tables >= 3);
    if is_writing() {
        std::fs::write(&path, anew).unwrap();
    }
}

/// The comparison above sees what it must see.
#[test]
fn a_proven_digit_is_compared_and_a_measured_one_has_room() {
    let markdown = |a: &str, b: &str| same(a, b, &[false, true]);
    assert!(markdown("| 0.0198 | 1.7e-11 [1e-12, 2e-11] |", "| 0.0198 | 6.1e-11 [1e-12, 3e-11] |"));
    assert!(!markdown("| 0.0198 | 1.7e-11 |", "| 0.0197 | 1.7e-11 |"));
    assert!(!markdown("| 0.98, 0.5 | 1.7e-11 |", "| 0.98, 0.4 | 1.7e-11 |"));
    assert!(!markdown("| 1 | 1.7e-11 |", "| 1 | 1.7e-3 |"));
    assert!(!markdown("| 1 | 3/3 |", "| 1 | 2/3 |"));
    assert!(markdown("| 1 | 1080 |", "| 1 | 1090 |") && !markdown("| 1 | 1080 |", "| 1 | 2080 |"));
    assert!(!markdown("| 1 | global |", "| 1 | saddle |"));
    let latex = |a: &str, b: &str| same(a, b, &[false, true, true]);
    let line = r"    0.0198 & \num{1.7e-11} [\num{1e-12}, \num{3e-11}] & 389 \\";
    assert!(latex(line, &line.replace("1.7", "6.1")) && latex(line, &line.replace("389", "400")));
    assert!(!latex(line, &line.replace("0198", "0197")) && !latex(line, &line.replace("1.7e-11", "1.7e-2")));
}

/// One case of every kind: both losses, bias, tie, lost classes, targets, one class, cross-entropy deep and open.
const KINDS: [&str; 10] = [
    "cases/papers/dang2023/imbalanced-m2.toml",
    "cases/bias/imbalanced-m1.toml",
    "cases/bias/minority-merges.toml",
    "cases/degenerate/one-class.toml",
    "cases/degenerate/width-one-tie.toml",
    "cases/papers/dang2023/everything-collapsed.toml",
    "cases/targets/soft-labels.toml",
    "cases/cross-entropy/imbalanced/too-narrow.toml",
    "cases/cross-entropy/balanced/k4.toml",
    "cases/cross-entropy/deep/k4-m3.toml",
];

#[test]
fn every_column_fits_every_case_in_every_format() {
    let names: Vec<&str> = columns().map(|c| c.name).collect();
    let all = names.join(",");
    let trains = |c: &&str| column(c).unwrap().kind.is_trained() || ["verdict", "as_expected"].contains(c);
    let proven: Vec<&str> = names.iter().copied().filter(|c| !trains(c)).collect();
    let proven = proven.join(",");
    for (asked, format) in
        [(&all, "csv"), (&proven, "text"), (&proven, "latex"), (&proven, "markdown"), (&proven, "typst")]
    {
        for per in ["case", "class", "mode"] {
            if format == "csv" && per != "case" {
                continue;
            }
            let mut arguments = KINDS.to_vec();
            arguments.extend(["--columns", asked, "--per", per, "--format", format, "--group-by", "loss"]);
            arguments.extend(["--caption", "100% of {both} losses & $more_", "--label", "tab:all"]);
            if format == "latex" {
                arguments.push("--symbolic");
            }
            let text = table(&arguments);
            assert_eq!(text.contains("tightframe table cases/papers"), format != "csv", "{text}");
            match format {
                "latex" => well_formed_latex(&text),
                "markdown" => {
                    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
                    let rows: Vec<usize> = text.lines().filter(|l| l.starts_with('|')).map(bars).collect();
                    assert!(rows.len() > KINDS.len() && rows.iter().all(|n| *n == rows[0]), "{rows:?}");
                }
                "typst" => assert!(balanced(&text, '(', ')') && balanced(&text, '[', ']'), "{text}"),
                "csv" => {
                    let header = text.lines().next().unwrap();
                    assert_eq!(
                        header.split(',').count(),
                        columns().map(|c| if c.kind == Kind::Spread { 3 } else { 1 }).sum::<usize>()
                    );
                    assert_eq!(text.lines().count(), 1 + KINDS.len());
                }
                _ => {}
            }
        }
    }
}

fn balanced(text: &str, open: char, close: char) -> bool {
    // An interval's brackets stand in math or words and pair up too; escaped ones do not count.
    let mut depth = 0i64;
    let mut before = ' ';
    for c in text.chars() {
        if before != '\\' {
            depth += i64::from(c == open) - i64::from(c == close);
        }
        before = if before == '\\' { ' ' } else { c };
    }
    depth == 0
}

/// What TeX would trip over: braces, dollars, environments, and rows of another width than the preamble's.
fn well_formed_latex(text: &str) {
    assert!(balanced(text, '{', '}'));
    let mut dollars = 0;
    for (line, begin) in text.lines().map(|line| (line, line.trim_start())) {
        if begin.starts_with('%') {
            continue;
        }
        let count = line.matches('$').count() - line.matches("\\$").count();
        assert_eq!(count % 2, 0, "{line}");
        dollars += count;
        assert!(
            line.is_ascii() || line.chars().all(|c| c.is_ascii() || ('\u{c0}'..='\u{17f}').contains(&c)),
            "{line}"
        );
    }
    assert!(dollars > 0);
    let count = |word: &str| text.matches(word).count();
    let long = count("\\begin{longtable}");
    assert_eq!((long + count("\\begin{table}"), long), (1, count("\\end{longtable}")));
    assert_eq!(count("\\begin{tabular}"), count("\\end{tabular}"));
    // A column each: l, p{…}, S[…]; rows have as many cells, some of them over several columns.
    let preamble =
        text.lines().map(str::trim).find(|l| l.contains("@{}") && l.starts_with("\\begin")).unwrap();
    let preamble = preamble.split_once("@{}").unwrap().1;
    let wide = preamble.split(' ').filter(|c| c.starts_with(['l', 'p', 'S'])).count();
    for row in
        text.lines().filter(|l| l.starts_with("    ") && l.ends_with(" \\\\") && !l.contains("\\caption"))
    {
        let cells = row.replace("\\&", "").matches('&').count() + 1;
        let spanned = row.trim().strip_prefix("\\multicolumn{");
        let spanned = spanned.map_or(0, |rest| rest.split('}').next().unwrap().parse::<usize>().unwrap() - 1);
        assert_eq!(cells + spanned, wide, "{row}");
    }
}

#[test]
fn names_are_unique_and_headings_fit_in_a_line() {
    let mut names: Vec<&str> = columns().map(|c| c.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    for c in columns() {
        assert!(c.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{}", c.name);
        assert!(!c.about.contains('\n') && c.about.len() < 100 && c.heading.len() < 40, "{}", c.name);
    }
    let listed = table(&["--list"]);
    assert!(columns().all(|c| listed.contains(c.name) && listed.contains(c.about)));
}

/// u_k = 1 − N√(λ_Wλ_H/n_k): for n = 200, 100, 50, N = 400, λ = 1/2000 that is 1 − √2/100, 49/50, 1 − √2/50, and
/// f* = Σ_k (√(λ²n_k) − λ²N/2) = 3/625 + √2/100, which docs/theory.md gives as 0.018942135624.
#[test]
fn one_layer_has_its_closed_form() {
    let m1 = "cases/papers/dang2023/imbalanced-m1.toml";
    let text = table(&[m1, "--columns", "objective,u,threshold", "--symbolic", "--format", "csv"]);
    assert_eq!(text.lines().nth(1).unwrap(), "3/625 + √2/100,\"1 − √2/100, 49/50, (1 − √2/50)*2\",1/25");
    let latex = table(&[m1, "--columns", "u", "--symbolic", "--format", "latex"]);
    assert!(
        latex.contains("$1 - \\frac{\\sqrt{2}}{100}$, $\\frac{49}{50}$, ($1 - \\frac{\\sqrt{2}}{50}$)"),
        "{latex}"
    );
    let m3 = "cases/papers/dang2023/imbalanced-m3.toml";
    let text =
        table(&[m3, "--columns", "objective,threshold", "--symbolic", "--format", "csv", "--digits", "8"]);
    assert_eq!(text.lines().nth(1).unwrap(), "\"[0.0122184, 0.012218401]\",∛(729/2500)");
}

#[test]
fn rows_are_sorted_grouped_and_split_into_classes() {
    let folder = "cases/papers/dang2023";
    let text = table(&[
        folder,
        "--columns",
        "depth,objective",
        "--sort",
        "objective",
        "--descending",
        "--format",
        "csv",
    ]);
    let values: Vec<f64> =
        text.lines().skip(1).map(|l| l.split(',').nth(1).unwrap().parse().unwrap()).collect();
    assert!(values.len() > 20 && values.windows(2).all(|p| p[0] >= p[1]));
    let text = table(&[folder, "--columns", "depth,rank", "--group-by", "bias"]);
    assert_eq!(
        (text.matches("\nbias = none\n").count(), text.matches("\nbias = last-layer\n").count()),
        (1, 1)
    );
    let m2 = "cases/papers/dang2023/imbalanced-m2.toml";
    let text = table(&[m2, "--per", "class", "--columns", "count,equal_classes,u", "--format", "csv"]);
    let rows: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(rows, ["200,1,0.994140", "100,1,0.990688", "50,2,0.985190"]);
    // With a bias modes mix classes: a class has no shrinkage of its own.
    let text = table(&[
        "cases/bias/imbalanced-m2.toml",
        "--per",
        "class",
        "--columns",
        "count,u",
        "--format",
        "csv",
    ]);
    assert!(text.lines().skip(1).all(|l| l.ends_with(',')), "{text}");
}

/// Rows can be told apart without asking: by titles, and the points of a spec by what it varies.
#[test]
fn rows_say_what_they_are() {
    let header = |arguments: &[&str]| {
        let text = table(&[arguments, &["--format", "csv"]].concat());
        text.lines().next().unwrap().to_owned()
    };
    assert_eq!(header(&["cases/degenerate"]), "title,depth,objective,optimum,rank");
    assert_eq!(header(&["cases/degenerate", "--columns", "objective"]), "title,objective");
    assert_eq!(header(&["cases/degenerate", "--columns", "counts,objective"]), "counts,objective");
    assert_eq!(header(&["docs/tables/section.toml", "--columns", "objective"]), "depth,objective");
    assert_eq!(header(&["cases/degenerate/one-class.toml", "--columns", "objective"]), "objective");
}

/// A table that no way of setting makes narrow enough says which columns to leave out; with fewer it is quiet.
#[test]
fn a_table_too_broad_for_an_article_says_what_to_drop() {
    let columns = "title,objective,threshold,energy,price,etf,best_known,scale,feature_cosine_least,\
                   feature_cosine_greatest,classifier_cosine_least,classifier_cosine_greatest";
    let warned = |columns: &str| {
        let arguments =
            ["table", "cases/degenerate", "--columns", columns, "--format", "latex", "--digits", "12"];
        let output = tightframe(&arguments);
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let said = warned(columns);
    assert!(said.starts_with("warning: ") && said.contains("classifier_cosine_greatest"), "{said}");
    let dropped: Vec<&str> = said.split("without ").nth(1).unwrap().trim().split(", ").collect();
    let rest: Vec<&str> = columns.split(',').filter(|c| !dropped.contains(c)).collect();
    assert!(!rest.is_empty() && warned(&rest.join(",")).is_empty(), "{rest:?}");
}

#[test]
fn wrong_calls_are_refused_with_a_way_out() {
    let refused = |arguments: &[&str], words: &[&str]| {
        let output = tightframe(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
        words.iter().for_each(|word| assert!(said.contains(word), "{said}"));
    };
    let case = "cases/degenerate/one-class.toml";
    refused(&["table"], &["PATHS"]);
    refused(
        &["table", case, "--columns", "objektive"],
        &["no column `objektive`", "did you mean `objective`?"],
    );
    refused(&["table", case, "--sort", "xyzzy"], &["no column `xyzzy`", "--list"]);
    refused(&["table", case, "--format", "markdown", "--standalone"], &["--standalone goes with"]);
    refused(&["table", "tests/refuse/weight-zero.toml"], &["weight-zero.toml:", "hint: "]);
    refused(&["table", "no-such-folder"], &["no such file"]);
}
