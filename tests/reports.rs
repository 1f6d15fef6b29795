//! What `check` writes for machines and summary pages: JUnit is well-formed XML, JSON is what its schema says, Markdown
//! keeps its tables, a summary file keeps what others wrote.

use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};

fn tightframe(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tightframe"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

fn stdout(output: Output) -> String {
    String::from_utf8(output.stdout).unwrap()
}

/// A folder of this test's own with three cases: one as expected, one not, one refused; gone when dropped.
struct Folder(PathBuf);

/// Everything that markup could trip over.
const TITLE: &str = r#"<a href='x'> & \"quotes\" | *pipes* `ticks` ]]> \u0007 π"#;

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tightframe-reports-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let case = |title: &str, end: &str| {
            format!(
                "title = \"{title}\"\n[network]\ncounts = [20, 10]\nwidths = [4]\nloss = \"mse\"\n[regularization]\n\
                 weights = 1e-3\nfeatures = 1e-3\n[training]\nrun = false\n{end}"
            )
        };
        let write = |name: &str, text: String| std::fs::write(path.join(name), text).unwrap();
        write("good.toml", case(TITLE, ""));
        write("wrong|one.toml", case(TITLE, "[expect]\nobjective = \"0.5\"\n"));
        let refused = case("refused", "").replace("[20, 10]", "[\"<![CDATA[\"]");
        write("refused.toml", refused);
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn junit_is_well_formed_and_counts_what_failed() {
    let folder = Folder::new("junit");
    let output = tightframe(&["check", folder.path(), "--format", "junit"]);
    assert_eq!(output.status.code(), Some(2), "a file is refused");
    let text = stdout(output);
    let document = roxmltree::Document::parse(&text).unwrap();
    let suite = document.root_element();
    assert_eq!(suite.tag_name().name(), "testsuites");
    assert_eq!((suite.attribute("tests"), suite.attribute("failures")), (Some("3"), Some("2")));
    let cases: Vec<_> = document.descendants().filter(|n| n.has_tag_name("testcase")).collect();
    let failures: Vec<bool> =
        cases.iter().map(|c| c.children().any(|child| child.has_tag_name("failure"))).collect();
    assert_eq!(failures, [false, true, true]);
    // The title comes back as it was, but for the character that XML cannot carry.
    let title = cases[0].attribute("name").unwrap();
    assert_eq!(title, "<a href='x'> & \"quotes\" | *pipes* `ticks` ]]> \u{fffd} π");
    let message = document.descendants().filter(|n| n.has_tag_name("failure")).nth(1).unwrap();
    assert!(message.attribute("message").unwrap().contains("0.5"), "{text}");
}

/// What a value breaks of a schema, of the keywords that ours use; an unknown keyword breaks it too.
fn breaks(schema: &Value, root: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    let Some(rules) = schema.as_object() else {
        if schema != &Value::Bool(true) {
            found.push(format!("{place}: no schema"));
        }
        return;
    };
    for (keyword, rule) in rules {
        match keyword.as_str() {
            "$schema" | "title" | "description" | "$defs" | "default" | "format" => {}
            "$ref" => {
                let target = root.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap();
                breaks(target, root, value, place, found);
            }
            "type" => {
                let is = |name: &Value| match name.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "null" => value.is_null(),
                    "boolean" => value.is_boolean(),
                    "number" => value.is_number(),
                    "integer" => value.is_i64() || value.is_u64(),
                    _ => false,
                };
                let fits = rule.as_array().map_or_else(|| is(rule), |names| names.iter().any(is));
                if !fits {
                    found.push(format!("{place}: not {rule}"));
                }
            }
            "minimum" => {
                if value.as_f64().is_some_and(|x| x < rule.as_f64().unwrap()) {
                    found.push(format!("{place}: below {rule}"));
                }
            }
            "anyOf" => {
                let fits = |choice: &Value| {
                    let mut inner = Vec::new();
                    breaks(choice, root, value, place, &mut inner);
                    inner.is_empty()
                };
                if !rule.as_array().unwrap().iter().any(fits) {
                    found.push(format!("{place}: none of the choices"));
                }
            }
            "required" => {
                for key in rule.as_array().unwrap().iter().filter_map(Value::as_str) {
                    if value.is_object() && value.get(key).is_none() {
                        found.push(format!("{place}: no {key}"));
                    }
                }
            }
            "properties" => {
                for (key, inner) in value.as_object().into_iter().flatten() {
                    match rule.get(key) {
                        Some(rule) => breaks(rule, root, inner, &format!("{place}/{key}"), found),
                        None => found.push(format!("{place}: {key} is not in the schema")),
                    }
                }
            }
            "items" => {
                for (i, inner) in value.as_array().into_iter().flatten().enumerate() {
                    breaks(rule, root, inner, &format!("{place}/{i}"), found);
                }
            }
            other => found.push(format!("{place}: keyword {other} is not known here")),
        }
    }
}

fn fits(name: &str, text: &str) {
    let path = format!("{}/docs/schema/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let value: Value = serde_json::from_str(text).unwrap();
    let mut found = Vec::new();
    breaks(&schema, &schema, &value, "", &mut found);
    assert!(found.is_empty(), "{found:#?}");
    // The check can fail: the same value with a key taken away, and with one of a wrong type.
    let mut less = value.clone();
    less.as_object_mut().unwrap().remove("format");
    let mut wrong = value;
    wrong["format"] = Value::from(1);
    for bad in [less, wrong] {
        let mut found = Vec::new();
        breaks(&schema, &schema, &bad, "", &mut found);
        assert_eq!(found.len(), 1, "{found:?}");
    }
}

#[test]
fn json_is_what_the_schemas_say() {
    let folder = Folder::new("json");
    fits("check", &stdout(tightframe(&["check", folder.path(), "--format", "json"])));
    let case = "cases/papers/dang2023/imbalanced-m2.toml";
    fits("prediction", &stdout(tightframe(&["predict", case, "--format", "json"])));
    let wishes = ["--counts", "20,10", "--widths", "4", "--margin", "0.9", "--format", "json"];
    let design = |more: &[&str]| {
        let all: Vec<&str> = ["design"].into_iter().chain(wishes).chain(more.iter().copied()).collect();
        stdout(tightframe(&all))
    };
    fits("design", &design(&[]));
    fits("design", &design(&["--near", "1e-3"]));
    fits("design", &design(&["--fix", "0.1"]));
}

#[test]
fn markdown_keeps_its_tables_and_appends_to_a_summary() {
    let folder = Folder::new("markdown");
    let text = stdout(tightframe(&["check", folder.path(), "--format", "markdown"]));
    assert!(text.starts_with("## tightframe check: 1 of 3 cases as expected\n"), "{text}");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), 5, "{text}");
    for row in rows {
        let bars = row.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 7, "{row}");
    }
    assert!(text.contains("\"<![CDATA[\" is not a compact count"), "{text}");
    let summary = folder.0.join("summary.md");
    std::fs::write(&summary, "# before\n").unwrap();
    let path = summary.to_str().unwrap();
    let good = folder.0.join("good.toml");
    for _ in 0..2 {
        let output = tightframe(&["check", good.to_str().unwrap(), "--summary", path]);
        assert_eq!(output.status.code(), Some(0));
        assert!(stdout(output).starts_with("verdict"), "the answer goes to stdout all the same");
    }
    let written = std::fs::read_to_string(&summary).unwrap();
    assert!(written.starts_with("# before\n## tightframe check: 1 of 1"), "{written}");
    assert_eq!(written.matches("## tightframe check").count(), 2);
    let nowhere = tightframe(&["check", good.to_str().unwrap(), "--summary", "/no/such/folder/summary.md"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(
        String::from_utf8(nowhere.stderr).unwrap().starts_with("error: there is no folder /no/such/folder")
    );
}
