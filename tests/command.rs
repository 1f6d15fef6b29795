//! The command line as a user meets it: exit codes, first words, huge numbers, files that appear whole, the same
//! bytes for any number of threads, and the README's examples.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

fn tightframe(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tightframe"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A file of this test's own, gone when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tightframe-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn case(counts: &str, widths: &str, bias: &str, weight: &str) -> String {
    format!(
        "[network]\ncounts = {counts}\nwidths = {widths}\nloss = \"mse\"\nbias = \"{bias}\"\n\
         [regularization]\nweights = {weight}\nfeatures = {weight}\n"
    )
}

#[test]
fn exit_codes_follow_the_verdict() {
    let good = tightframe(&["verify", "cases/degenerate/two-classes.toml"]);
    assert_eq!((good.status.code(), stdout(&good).starts_with("verified")), (Some(0), true));
    let missing = tightframe(&["predict", "no-such-file.toml"]);
    assert_eq!((missing.status.code(), missing.stdout.len()), (Some(2), 0));
    assert_eq!(tightframe(&["predict"]).status.code(), Some(2));
    assert_eq!(tightframe(&["--version"]).status.code(), Some(0));
    assert_eq!(tightframe(&["check", "tests/refuse"]).status.code(), Some(2));
    let few = Scratch::new(
        "few.toml",
        &(case("[20, 10]", "[4]", "none", "1e-3") + "[training]\nevaluations = 3\n"),
    );
    let starved = tightframe(&["verify", few.path()]);
    assert_eq!((starved.status.code(), stdout(&starved).starts_with("undecided")), (Some(3), true));
    let wrong = case("[20, 10]", "[4]", "none", "1e-3") + "[expect]\nobjective = \"0.5\"\n";
    let wrong = Scratch::new("wrong.toml", &wrong);
    let checked = tightframe(&["check", wrong.path()]);
    assert_eq!(checked.status.code(), Some(1), "{}", stdout(&checked));
}

/// The widths leave less rank than the optimum without them has, so that nothing is proved (theory, section 3).
#[test]
fn undecided_has_one_exit_code() {
    let narrow = "cases/cross-entropy/imbalanced/too-narrow.toml";
    for command in ["predict", "verify", "certify"] {
        assert_eq!(tightframe(&[command, narrow]).status.code(), Some(3), "{command}");
    }
    // No norms of another problem's optimum.
    assert!(!stdout(&tightframe(&["predict", narrow])).contains("‖feature‖"));
    assert_eq!(tightframe(&["check", narrow]).status.code(), Some(0));
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(narrow)).unwrap();
    let unexpected = Scratch::new("narrow.toml", &text.replace("verdict = \"undecided\"", ""));
    assert_eq!(tightframe(&["check", unexpected.path()]).status.code(), Some(3));
}

#[test]
fn the_optimum_has_one_word_everywhere() {
    for (case, word) in [
        ("cases/cross-entropy/imbalanced/four.toml", "unique"),
        ("cases/papers/dang2023/bottleneck-m2.toml", "rank-tie"),
    ] {
        let key = format!("\"optimum\": \"{word}\"");
        for command in ["predict", "check"] {
            let json = stdout(&tightframe(&[command, case, "--format", "json"]));
            assert!(json.contains(&key), "{command}: {json}");
        }
        let table = stdout(&tightframe(&["table", case, "--columns", "optimum", "--format", "csv"]));
        assert!(table.lines().any(|line| line == word), "{table}");
    }
}

#[test]
fn huge_numbers_answer_or_are_refused_quickly() {
    let trillion = "[1000000000000, 999999999999, 1, 1]";
    let rows = [
        (case(trillion, "[64, 64]", "last-layer", "1e-30"), true),
        (case(trillion, "[64]", "none", "1e300"), true),
        (case("[7, 5, 5]", "[9, 9, 9]", "last-layer", "1e-300"), true),
        (case("[\"1000000000000*100000\"]", "[100000]", "last-layer", "1e-20"), true),
        (case("[1000000000001]", "[64]", "none", "1e-3"), false),
        (case("[3, 2]", "[4]", "none", "1e-99999999"), false),
        (case("[\"5*100001\"]", "[4]", "none", "1e-3"), false),
    ];
    for (i, (text, answers)) in rows.iter().enumerate() {
        let file = Scratch::new(&format!("huge-{i}.toml"), text);
        let begin = Instant::now();
        let output = tightframe(&["predict", file.path()]);
        assert!(begin.elapsed() < Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 2 }), "{text}");
        assert_eq!(output.status.code(), Some(if *answers { 0 } else { 2 }), "{text}");
        assert_eq!(output.stderr.is_empty(), *answers);
    }
}

/// `verify` as JSON with the wall times blanked, since they alone may differ.
fn without_seconds(output: &Output) -> String {
    let lines = stdout(output);
    lines.lines().filter(|line| !line.trim_start().starts_with("\"seconds\"")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let with = |threads: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tightframe"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env("RAYON_NUM_THREADS", threads);
        command.args(["verify", "cases/bias/imbalanced-m2.toml", "--format", "json", "--seeds", "1,2,3,4"]);
        without_seconds(&command.output().unwrap())
    };
    let one = with("1");
    assert!(one.contains("\"verdict\": \"verified\""));
    assert_eq!(one, with("2"));
    assert_eq!(one, with("7"));
}

#[test]
fn a_trajectory_appears_whole_or_not_at_all() {
    let file = Scratch::new("trajectory.csv", "");
    let output = tightframe(&["verify", "cases/degenerate/two-classes.toml", "--trajectory", file.path()]);
    assert_eq!(output.status.code(), Some(0));
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert!(text.lines().count() > 10 && text.ends_with('\n'));
    let nowhere =
        tightframe(&["verify", "cases/degenerate/two-classes.toml", "--trajectory", "no/such/folder.csv"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(!Path::new("no").exists());
}

#[test]
fn theorems_are_listed_explained_measured_and_searched() {
    let all = tightframe(&["theorems"]);
    assert!(all.status.success() && stdout(&all).lines().count() > 20);
    let near = tightframe(&["theorems", "norm-ratio"]);
    assert_eq!(near.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&near.stderr).contains("did you mean `norm-ratios`?"));
    let one = "cases/papers/dang2023/imbalanced-m2.toml";
    let measured = stdout(&tightframe(&["theorems", "norm-ratios", "--on", one, "--train"]));
    assert!(measured.contains("measured, seed 1, global: holds"), "{measured}");
    let elsewhere = stdout(&tightframe(&["theorems", "optimal-value", "--on", one, "--at", "1..2"]));
    assert!(elsewhere.contains("proved"), "{elsewhere}");
    let nowhere = tightframe(&["theorems", "optimal-value", "--on", one, "--at", "9"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("there is no mode 9"));
    let found = tightframe(&["falsify", "published-largest-root", "--trials", "3000"]);
    assert_eq!(found.status.code(), Some(1));
    let text = stdout(&found);
    let (_, case) = text.split_once("\n\n").unwrap();
    let scratch = Scratch::new("found.toml", case);
    let check = tightframe(&["check", scratch.path()]);
    assert!(check.status.success(), "{}", stdout(&check));
    let stands = tightframe(&["falsify", "norm-ratios", "--trials", "40", "--train"]);
    assert!(stands.status.success() && stdout(&stands).contains(" 0 miss one"), "{}", stdout(&stands));
}

#[test]
fn a_claim_of_a_case_is_checked() {
    let text = |claim: &str| {
        let case = case("[3, 2]", "[4, 4]", "none", "0.001");
        format!("{case}\n[training]\nrun = false\n[[claim]]\nid = \"mine\"\ntext = \"{claim}\"\n")
    };
    let code = |claim: &str| {
        let scratch = Scratch::new(&format!("claim-{}.toml", claim.len()), &text(claim));
        let output = tightframe(&["check", scratch.path()]);
        (output.status.code(), stdout(&output))
    };
    assert_eq!(code("u[1] > u[2]").0, Some(0));
    let (refuted, out) = code("u[1] < u[2]   ");
    assert!(refuted == Some(1) && out.contains("claim mine: refuted"), "{out}");
    let (unreadable, out) = code("u[1] < v[2]  ");
    assert!(unreadable == Some(2) && out.contains("claim-13.toml:"), "{out}");
}
