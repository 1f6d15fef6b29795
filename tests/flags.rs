//! A problem without a file: flags, standard input, several cases in one call.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn run(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tightframe"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(words)
        .output()
        .unwrap()
}

fn fed(words: &[&str], text: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tightframe"));
    command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder of this test's own, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tightframe-flags-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the problem below is called.
const TITLE: &str = "Counts 20, 10, 5*2; widths 8*2; λ 0.001";
const PROBLEM: [&str; 6] = ["--counts", "20,10,5*2", "--widths", "8,8", "--lambda", "1e-3"];

fn with(words: &[&'static str]) -> Vec<&'static str> {
    [words, &PROBLEM].concat()
}

#[test]
fn flags_answer_as_the_file_they_print() {
    let folder = Folder::new("print");
    let printed = run(&with(&["predict", "--print-case"]));
    assert!(printed.status.success(), "{}", stderr(&printed));
    let case = stdout(&printed);
    assert!(case.contains("counts = [20, 10, 5, 5]") && case.contains("weights = 0.001"), "{case}");
    let path = folder.path("printed.toml");
    std::fs::write(&path, &case).unwrap();
    for words in
        [&["predict"][..], &["predict", "--json"], &["predict", "--critical-points"], &["theorems", "--json"]]
    {
        let by_flags = run(&with(words));
        assert!(by_flags.status.success(), "{words:?}: {}", stderr(&by_flags));
        let on: &[&str] = if words[0] == "theorems" { &["--on", &path] } else { &[&path] };
        let by_file = run(&[words, on].concat());
        let name = |text: String| text.replace(&path, TITLE);
        assert_eq!(stdout(&by_flags), name(stdout(&by_file)), "{words:?}");
        // Standard input is a file too.
        let on: &[&str] = if words[0] == "theorems" { &["--on", "-"] } else { &["-"] };
        let by_stdin = fed(&[words, on].concat(), &case);
        let name = |text: String| text.replace("standard input", TITLE);
        assert_eq!(stdout(&by_flags), name(stdout(&by_stdin)), "{words:?}");
    }
    let drawn = run(&with(&["plot", "shrinkage"]));
    assert!(drawn.status.success() && stdout(&drawn).starts_with("<svg"), "{}", stderr(&drawn));
    assert_eq!(stdout(&drawn), stdout(&run(&["plot", "shrinkage", &path])));
    let trained = run(&with(&["verify", "--seeds", "1"]));
    assert!(trained.status.success() && stdout(&trained).starts_with("verified"), "{}", stderr(&trained));
}

#[test]
fn every_flag_of_a_problem_reaches_it() {
    let words = [
        "predict",
        "--print-case",
        "--counts",
        "30,30,30",
        "--widths",
        "8",
        "--weights",
        "1e-2",
        "--features",
        "1/300",
        "--loss",
        "ce",
        "--bias",
        "last-layer",
    ];
    let case = stdout(&run(&words));
    for line in
        ["loss = \"ce\"", "bias = \"last-layer\"", "weights = 0.01", "features = \"1/300\"", "widths = [8]"]
    {
        assert!(case.contains(line), "{line}: {case}");
    }
    let unequal = run(&[
        "predict",
        "--print-case",
        "--counts",
        "3,2",
        "--widths",
        "8,8",
        "--weights",
        "1e-2,2e-2",
        "--lambda",
        "5e-3",
    ]);
    assert!(stdout(&unequal).contains("weights = [0.01, 0.02]\nfeatures = 0.005"), "{}", stdout(&unequal));
}

#[test]
fn a_mistake_in_a_flag_names_the_flag() {
    let rows: &[(&[&str], &str)] = &[
        (&["--counts", "20,x", "--widths", "8", "--lambda", "1"], "--counts x"),
        (&["--counts", "20,0", "--widths", "8", "--lambda", "1"], "--counts 20,0"),
        (&["--counts", "20,-1", "--widths", "8", "--lambda", "1"], "--counts -1"),
        (&["--counts", "20,5", "--widths", "8,0", "--lambda", "1"], "--widths 0"),
        (&["--counts", "20,5", "--widths", "a", "--lambda", "1"], "--widths a"),
        (&["--counts", "20,5", "--widths", "8", "--lambda", "-1"], "--lambda -1"),
        (&["--counts", "20,5", "--widths", "8", "--lambda", "tiny"], "--lambda tiny"),
        (&["--counts", "20,5", "--widths", "8", "--weights", "1,1", "--features", "1"], "--weights 1,1"),
        (&["--counts", "20,5", "--widths", "8", "--weights", "1"], "--features 5e-4"),
        (&["--counts", "20,5", "--widths", "8"], "--lambda 5e-4"),
        (&["--counts", "20,5", "--lambda", "1"], "--widths"),
        (&["my.toml", "--counts", "20,5", "--widths", "8", "--lambda", "1"], "cannot be used with"),
        (&["--lambda", "1"], "--counts"),
        (&["--width", "64,64", "--counts", "2,1", "--lambda", "1"], "--widths"),
    ];
    for (words, said) in rows {
        let output = run(&[&["predict"], *words].concat());
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{words:?}");
        assert!(stderr(&output).contains(said), "{words:?}: {}", stderr(&output));
    }
}

#[test]
fn a_certificate_of_flags_is_about_a_case_file_that_is_written() {
    let folder = Folder::new("certify");
    let (case, certificate) = (folder.path("my.toml"), folder.path("my.json"));
    let unbound = run(&with(&["certify"]));
    assert_eq!(unbound.status.code(), Some(2));
    assert!(stderr(&unbound).contains("--case my.toml"), "{}", stderr(&unbound));
    let words = with(&["certify"]);
    let made = run(&[&words[..], &["--case", &case, "-o", &certificate]].concat());
    assert!(made.status.success(), "{}", stderr(&made));
    assert_eq!(std::fs::read_to_string(&case).unwrap(), stdout(&run(&with(&["predict", "--print-case"]))));
    let audited = run(&["audit", &certificate, "--case", &case]);
    assert_eq!((audited.status.code(), stdout(&audited).starts_with("accepted")), (Some(0), true));
    // One place for both is refused, and neither is written.
    let other = folder.path("other.json");
    let twice = run(&[&words[..], &["--case", &other, "-o", &other]].concat());
    assert_eq!((twice.status.code(), Path::new(&other).exists()), (Some(2), false), "{}", stderr(&twice));
}

#[test]
fn several_cases_are_answered_in_one_call() {
    let folder = Folder::new("several");
    let nested = PathBuf::from(folder.path("in/deep"));
    std::fs::create_dir_all(&nested).unwrap();
    let case = stdout(&run(&with(&["predict", "--print-case"])));
    for name in ["in/a.toml", "in/deep/a.toml"] {
        std::fs::write(folder.path(name), &case).unwrap();
    }
    let all = folder.path("in");
    let predicted = stdout(&run(&["predict", &all]));
    assert_eq!(predicted.matches("optimum    unique").count(), 2, "{predicted}");
    for command in ["predict", "verify"] {
        let json: serde_json::Value =
            serde_json::from_str(&stdout(&run(&[command, &all, "--json"]))).unwrap();
        assert_eq!(json.as_array().map(Vec::len), Some(2), "{command}");
        let one = folder.path("in/a.toml");
        let json: serde_json::Value =
            serde_json::from_str(&stdout(&run(&[command, &one, "--json"]))).unwrap();
        assert!(json.is_object(), "{command}");
    }
    let out = folder.path("certificates");
    let certified = run(&["certify", &all, "-o", &out]);
    assert!(certified.status.success(), "{}", stderr(&certified));
    assert_eq!(stdout(&certified).matches("certified  ").count(), 2);
    for name in ["a", "deep/a"] {
        let (certificate, case) = (format!("{out}/{name}.json"), format!("{all}/{name}.toml"));
        assert_eq!(run(&["audit", &certificate, "--case", &case]).status.code(), Some(0));
    }
    let nowhere = run(&["certify", &all]);
    assert!(nowhere.status.code() == Some(2) && stderr(&nowhere).contains("-o names the folder"));
    // The worst of several ends is the call's.
    let narrow = "cases/cross-entropy/imbalanced/too-narrow.toml";
    assert_eq!(run(&["predict", narrow, "cases/degenerate/two-classes.toml"]).status.code(), Some(3));
}

#[test]
fn a_case_on_standard_input_is_refused_as_a_file_is() {
    let refused = fed(&["predict", "-"], "title = 3\n");
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("--> standard input"), "{}", stderr(&refused));
}
