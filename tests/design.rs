//! `design`: its case files pass their own check, its refusals name a conflict.

use serde_json::Value;
use std::process::{Command, Output};
use tightframe::Case;

fn tightframe(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tightframe"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

#[test]
fn the_case_file_passes_its_own_check() {
    let path = std::env::temp_dir().join(format!("tightframe-design-{}.toml", std::process::id()));
    let file = path.to_str().unwrap();
    let rows: [&[&str]; 3] = [
        &["--counts", "200,100,50,10", "--widths", "64,64", "--margin", "0.9", "--feature-norm-cap", "0.3"],
        &["--counts", "9*4,3", "--widths", "8", "--bias", "last-layer", "--margin-of", "5=0.7"],
        &["--counts", "20,10", "--widths", "4", "--fix", "H=1/300", "--classifier-norm-cap-of", "1=1.2"],
    ];
    for flags in rows {
        let mut arguments = vec!["design", "-o", file];
        arguments.extend(flags);
        let output = tightframe(&arguments);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let case = Case::read(&path).unwrap();
        assert!(case.claims().len() >= 2);
        let checked = tightframe(&["check", file]);
        let text = String::from_utf8(checked.stdout).unwrap();
        assert!(checked.status.success() && text.contains("1 case: 1 verified"), "{text}");
        assert!(text.contains(" 0 agree, 0 refuted, 0 undecided"), "{text}");
    }
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn refusals_are_json_too_and_exit_with_two() {
    let flags = ["design", "--counts", "200,100", "--widths", "4", "--fix", "0.5", "--format", "json"];
    let output = tightframe(&flags);
    assert_eq!(output.status.code(), Some(2));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["answer"], &json["conflict"]["wishes"]), (&"conflict".into(), &vec![0, 1, 2].into()));
    assert!(String::from_utf8(output.stderr).unwrap().contains("λ_H = 0.5  (--fix 0.5)"));
    for (flags, says) in [
        (vec!["--counts", "3,0", "--widths", "4"], "class 2 has no samples\n  --> --counts 3,0\n"),
        (vec!["--counts", "3,x", "--widths", "4"], "\"x\" is not a compact count\n  --> --counts x"),
        (vec!["--counts", "3,2", "--widths", "4", "--margin", "1/0"], "--> --margin 1/0"),
        (vec!["--counts", "3,2", "--widths", "4", "--margin", "-1"], "not positive\n  --> --margin -1"),
        (vec!["--counts", "3,2", "--widths", "4", "--margin-of", "0=0.5"], "names no class"),
        (
            vec!["--counts", "3,2", "--widths", "4", "--margin-of", "3=0.5"],
            "no class 3\n  --> --margin-of 3=0.5",
        ),
        (vec!["--counts", "3,2", "--widths", "4", "--fix", "V=1"], "names no factor"),
        (vec!["--counts", "3,2", "--widths", "4", "--near", "case"], "no case file to stay near"),
        (vec!["cases/cross-entropy/balanced/k4.toml"], "a cross-entropy case"),
        (vec!["no-such.toml"], "no such file"),
    ] {
        let output = tightframe(&std::iter::once("design").chain(flags).collect::<Vec<_>>());
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && text.contains(says), "{text}");
    }
}

#[test]
fn a_case_gives_its_network_and_its_weights_to_stay_near() {
    let case = "cases/papers/dang2023/imbalanced-m2.toml";
    let output = tightframe(&["design", case, "--near", "case", "--margin", "0.98", "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    // Its smallest margin is 0.985 (README), so nothing changes.
    assert_eq!(json["found"]["weights"], Value::from(vec!["1/2000", "1/2000"]));
}
