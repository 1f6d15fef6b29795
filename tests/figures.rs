//! Figures: committed ones against what their commands draw, and refusals. `FIGURES=write cargo test --test figures` draws all committed figures anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FOLDER: &str = "docs/tables/figures";

fn tightframe(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tightframe"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap()
}

/// A folder of this test's own, gone when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tightframe-figures-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn with(&self, name: &str, text: &str) -> String {
        let path = self.file(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A row of the table of committed figures.
struct Row {
    name: String,
    proven: bool,
    command: Vec<String>,
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join("README.md"))
        .unwrap();
    let rows: Vec<Row> = text
        .lines()
        .filter(|line| line.starts_with("| ["))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let name = cells[1].split(['[', ']']).nth(1).unwrap().to_owned();
            let command = cells[3].trim_matches('`').strip_prefix("tightframe ").unwrap();
            // Words, and quoted texts as one.
            let quoted = command.split('"').enumerate();
            let words = quoted.flat_map(|(i, part)| match i % 2 {
                0 => part.split_whitespace().map(String::from).collect::<Vec<_>>(),
                _ => vec![part.to_owned()],
            });
            Row { name, proven: cells[2] == "proven", command: words.collect() }
        })
        .collect();
    assert!(rows.len() >= 12);
    rows
}

fn committed(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join(format!("{name}.svg")))
        .unwrap()
}

fn drawn(row: &Row) -> String {
    let words: Vec<&str> = row.command.iter().map(String::as_str).collect();
    let output = tightframe(&words);
    assert!(output.status.success(), "{}: {}", row.name, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn writes() -> bool {
    std::env::var_os("FIGURES").is_some_and(|word| word == "write")
}

#[test]
fn proven_figures_are_those_their_commands_draw() {
    if writes() {
        for row in rows() {
            let mut words: Vec<String> = row.command.clone();
            for extension in ["svg", "png"] {
                words.extend(["-o".to_owned(), format!("{FOLDER}/{}.{extension}", row.name)]);
            }
            words.extend(["--scale".to_owned(), "1".to_owned()]);
            let output = tightframe(&words.iter().map(String::as_str).collect::<Vec<_>>());
            assert!(output.status.success(), "{}: {}", row.name, String::from_utf8_lossy(&output.stderr));
        }
    }
    for row in rows().iter().filter(|r| r.proven) {
        let (old, new) = (committed(&row.name), drawn(row));
        assert!(old == new, "{} is stale: `FIGURES=write cargo test --test figures` draws it anew", row.name);
        assert!(old.contains("proven") && !old.contains("measured"));
    }
}

/// The committed image beside every SVG, and the heading that says what is measured.
#[test]
fn every_figure_is_there_twice_and_says_what_it_is() {
    for row in rows() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join(format!("{}.png", row.name));
        let image = std::fs::read(path).unwrap();
        assert_eq!(&image[..8], b"\x89PNG\r\n\x1a\n");
        let width = u32::from_be_bytes(image[16..20].try_into().unwrap());
        let svg = committed(&row.name);
        assert!(svg.contains(&format!("width=\"{width}\"")), "{}", row.name);
        assert_eq!(svg.contains("measured"), !row.proven, "{}", row.name);
        assert!(svg.ends_with("</svg>\n") && svg.len() < 100_000 && image.len() < 100_000, "{}", row.name);
    }
}

/// The texts of a figure.
fn texts(svg: &str) -> Vec<String> {
    let lines = svg.lines().filter(|l| l.starts_with("<text "));
    lines.map(|l| l.split_once('>').unwrap().1.strip_suffix("</text>").unwrap().to_owned()).collect()
}

/// Paths in which these letters stand, and no others beside the first move: their points, controls too.
fn paths(svg: &str, letters: &str) -> Vec<Vec<(f64, f64)>> {
    let drawn =
        svg.lines().filter_map(|l| l.strip_prefix("<path d=\"M")).map(|l| l.split('"').next().unwrap());
    let has = |d: &&str| {
        let found: BTreeSet<char> = d.chars().filter(char::is_ascii_alphabetic).collect();
        found == letters.chars().collect()
    };
    let numbers = |d: &str| -> Vec<f64> {
        d.split(|c: char| c == ' ' || c.is_ascii_alphabetic())
            .filter(|n| !n.is_empty())
            .map(|n| n.parse().unwrap())
            .collect()
    };
    drawn.filter(has).map(|d| numbers(d).chunks(2).map(|pair| (pair[0], pair[1])).collect()).collect()
}

fn distance(p: (f64, f64), line: &[(f64, f64)]) -> f64 {
    let segments = line.windows(2).map(|s| {
        let (dx, dy) = (s[1].0 - s[0].0, s[1].1 - s[0].1);
        let t = ((p.0 - s[0].0) * dx + (p.1 - s[0].1) * dy) / (dx * dx + dy * dy).max(1e-12);
        let t = t.clamp(0.0, 1.0);
        (p.0 - s[0].0 - t * dx).hypot(p.1 - s[0].1 - t * dy)
    });
    segments.fold(f64::INFINITY, f64::min)
}

/// Measured figures are drawn again: every curve and marker within two pixels of the committed one.
#[test]
fn measured_figures_are_near_what_their_commands_draw() {
    for row in rows().iter().filter(|r| !r.proven && !r.command.contains(&"sgd".to_owned())) {
        let (old, new) = (committed(&row.name), drawn(row));
        // An open line is a curve, or at least not another figure's; rings and markers are circles.
        let (a, b) = (paths(&old, "L"), paths(&new, "L"));
        assert_eq!(a.len(), b.len(), "{}", row.name);
        for (old, new) in a.iter().zip(&b) {
            let worst = new.iter().map(|p| distance(*p, old)).fold(0.0, f64::max);
            assert!(worst < 2.0, "{}: a curve is {worst} pixels off", row.name);
        }
        if row.command[1] == "spectra" {
            let (a, b) = (paths(&old, "QZ"), paths(&new, "QZ"));
            // Four factors or more of four values each, and the legend: texts are no paths.
            assert!(a.len() == b.len() && a.len() > 16, "{}", row.name);
            let near = |a: &[(f64, f64)], b: &[(f64, f64)]| (a[0].0 - b[0].0).hypot(a[0].1 - b[0].1) < 2.0;
            assert!(a.iter().zip(&b).all(|(a, b)| near(a, b)), "{}", row.name);
        }
        if row.command[1] == "gram" {
            // The printed entries: predicted ones, and measured ones to the places shown.
            let labels = |svg: &str| -> Vec<String> {
                texts(svg).into_iter().filter(|t| !t.contains("largest difference")).collect()
            };
            assert_eq!(labels(&old), labels(&new), "{}", row.name);
        }
    }
}

const SETTING: &str = "widths = [4, 4]\nbias = \"none\"\n[regularization]\nweights = 1e-3\nfeatures = 1e-3\n";

#[test]
fn what_cannot_be_drawn_is_refused_with_a_hint() {
    let scratch = Scratch::new("refused");
    let mse = scratch.with("mse.toml", &format!("[network]\ncounts = [9, 4]\nloss = \"mse\"\n{SETTING}"));
    let ce = scratch.with("ce.toml", &format!("[network]\ncounts = [9, 9]\nloss = \"ce\"\n{SETTING}"));
    let other = scratch.with("other.toml", &format!("[network]\ncounts = [9, 5]\nloss = \"mse\"\n{SETTING}"));
    let (jpeg, none) = (scratch.file("a.jpeg"), scratch.file("plain"));
    let (nowhere, folder) = (scratch.file("no/a.svg"), scratch.file("folder.svg"));
    std::fs::create_dir_all(&folder).unwrap();
    let good = scratch.file("good.svg");
    let cases = Scratch::new("five");
    let many: Vec<String> = (0..5)
        .map(|i| {
            cases
                .with(&format!("{i}.toml"), &format!("[network]\ncounts = [9, 4]\nloss = \"mse\"\n{SETTING}"))
        })
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let many = [&["training"], many.as_slice(), &["-o", &good]].concat();
    let refused: &[(&[&str], &str, &str)] = &[
        (&["shrinkage", &mse, "-o", &jpeg], "\".jpeg\" is no format", ".svg, .pdf or .png"),
        (&["shrinkage", &mse, "-o", &none], "no extension", ".svg, .pdf or .png"),
        (&["shrinkage", &mse, "-o", &nowhere], "there is no folder", "make it first"),
        (&["shrinkage", &ce, "-o", &good], "cross-entropy", "tightframe plot cross-entropy"),
        (&["gram", &ce, "-o", &good], "cross-entropy", "tightframe plot cross-entropy"),
        (&["training", "cases/weighted/two-layers.toml", "-o", &good], "nothing is known", "--trajectory"),
        (&["spectra", &ce, "-o", &good], "cross-entropy", "tightframe plot cross-entropy"),
        (&["training", &mse, &other, "-o", &good], "share no modes", "a figure for each"),
        (&many, "5 cases", "two figures"),
        (&["gram", "cases/thresholds/at-m2.toml", "-o", &good], "tie", "tightframe predict"),
        (&["spectra", "cases/thresholds/at-m2.toml", "-o", &good], "threshold", "tightframe predict"),
        (&["phase", "--depths", "1,2,3,4,5,6,7", "-o", &good], "7 depths", "two figures"),
        (&["cross-entropy", "--from", "1e-2", "--to", "1e-3", "-o", &good], "no row", "power of ten"),
        (&["cross-entropy", "--from", "zero", "-o", &good], "--from zero", "1e-4"),
        (&["cross-entropy", "--to=-1", "-o", &good], "--to -1", "1e-4"),
        (&["phase", "--size", "wide", "-o", &good], "--size wide", "85mm"),
        (&["phase", "--size", "30mm", "-o", &good], "too narrow", "at least 79mm"),
        (&["phase", "--size", "200x20mm", "-o", &good], "this height", "mm high"),
        (&["gram", &mse, "--predicted", "--size", "200x90mm", "-o", &good], "this height", "width only"),
    ];
    for (words, reason, hint) in refused {
        let output = tightframe(&[&["plot"], *words].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{words:?}: {said}");
        assert!(said.starts_with("error: ") && said.contains(reason), "{words:?}: {said}");
        assert!(said.split("hint: ").nth(1).is_some_and(|h| h.contains(hint)), "{words:?}: {said}");
    }
    // A place that turns out not to be writable.
    let output = tightframe(&["plot", "shrinkage", &mse, "-o", &folder]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("the output is a folder") && said.contains("folder.svg"), "{said}");
    for words in
        [&["plot"][..], &["plot", "pie"], &["plot", "phase", "--classes", "1"], &["plot", "training"]]
    {
        assert_eq!(tightframe(words).status.code(), Some(2), "{words:?}");
    }
    assert!(!Path::new(&good).exists());
    assert_eq!(std::fs::read_dir(&scratch.0).unwrap().count(), 4, "something was left behind");
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let draw = |threads: &str, words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tightframe"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(words).env("RAYON_NUM_THREADS", threads);
        let output = command.output().unwrap();
        assert!(output.status.success());
        output.stdout
    };
    let scratch = Scratch::new("threads");
    let case = scratch.with("mse.toml", &format!("[network]\ncounts = [9, 4]\nloss = \"mse\"\n{SETTING}"));
    for words in [
        &["plot", "cross-entropy", "--classes", "2,4", "--depths", "1,2", "--from", "1e-2", "--to", "1"][..],
        &["plot", "training", &case],
        &["plot", "gram", &case],
        &["plot", "phase", "--bias", "last-layer"],
    ] {
        assert_eq!(draw("1", words), draw("3", words), "{words:?}");
    }
}

/// Cases at the rims: one class, all modes dead, no budget beyond one, many classes, and titles with signs of XML.
#[test]
fn odd_cases_have_figures_too() {
    let scratch = Scratch::new("odd");
    let network = "loss = \"mse\"\nbias = \"none\"\n[regularization]\nweights = 1e-3\nfeatures = 1e-3\n";
    let odd = scratch.with(
        "odd.toml",
        &format!(
            "title = \"a <b> & \\\"c\\\" \\n {}\"\n[network]\ncounts = [5]\nwidths = [1]\n{network}",
            "long ".repeat(60)
        ),
    );
    let many = scratch.with(
        "many.toml",
        &format!(
            "[network]\ncounts = [{}]\nwidths = [40, 40]\n{network}",
            (1..=40).map(|n| (n * n).to_string()).collect::<Vec<_>>().join(", ")
        ),
    );
    let dead = "cases/papers/dang2023/everything-collapsed.toml";
    for case in [
        odd.as_str(),
        &many,
        dead,
        "cases/unequal/three-weights.toml",
        "cases/degenerate/one-class-bias.toml",
    ] {
        for kind in ["shrinkage", "gram", "spectra", "training"] {
            let png = scratch.file("figure.png");
            let mut words = vec!["plot", kind, case, "-o", &png];
            if kind == "gram" || kind == "spectra" {
                words.push("--predicted");
            }
            let output = tightframe(&words);
            let said = String::from_utf8(output.stderr).unwrap();
            // One class with a bias has no mode to draw.
            let none = case.contains("one-class-bias") && kind == "shrinkage";
            assert_eq!(output.status.code(), Some(if none { 2 } else { 0 }), "{kind} {case}: {said}");
            assert!(!said.contains("panicked"), "{said}");
        }
        let svg = String::from_utf8(tightframe(&["plot", "spectra", "--predicted", case]).stdout).unwrap();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{case}");
        assert!(!svg.contains("<b>"), "{case}");
    }
}

/// A number after a name in the head of an SVG.
fn attribute(svg: &str, name: &str) -> f64 {
    svg.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}

/// One figure for a column of a paper in all formats: its size, its letters, its words and its dots an inch.
#[test]
fn a_figure_fits_a_column_and_its_words_are_found() {
    let scratch = Scratch::new("column");
    let [svg, pdf, png] = ["f.svg", "f.pdf", "f.png"].map(|name| scratch.file(name));
    let words =
        ["plot", "phase", "--title", "A & B", "--size", "85x120mm", "--font-size", "8", "--dpi", "300"];
    let output = tightframe(&[&words[..], &["-o", &svg, "-o", &pdf, "-o", &png]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // CSS has 96 pixels an inch, PDF 72 points; an inch has 25.4 mm.
    let text = std::fs::read_to_string(&svg).unwrap();
    assert!((attribute(&text, "width") - 85.0 * 96.0 / 25.4).abs() < 0.1);
    assert!((attribute(&text, "height") - 120.0 * 96.0 / 25.4).abs() < 0.1);
    assert!(text.contains(">imbalance ratio</text>") && text.contains(">A &amp; B</text>"));
    // Axis labels have 8 points: their size in the drawing times finished pixels for one of it.
    let label = text.lines().find(|l| l.contains(">imbalance ratio<")).unwrap();
    let zoom = attribute(&text, "width")
        / text.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse::<f64>().unwrap();
    assert!((attribute(label, "font-size") * zoom * 0.75 - 8.0).abs() < 0.05);

    let bytes = std::fs::read(&pdf).unwrap();
    let plain = String::from_utf8_lossy(&bytes).into_owned();
    assert!(plain.starts_with("%PDF-1.") && plain.contains("/FontFile2") && bytes.len() < 100_000);
    let frame: Vec<f64> = plain
        .split("/MediaBox [")
        .nth(1)
        .unwrap()
        .split(']')
        .next()
        .unwrap()
        .split_whitespace()
        .map(|n| n.parse().unwrap())
        .collect();
    assert!((frame[2] - 85.0 * 72.0 / 25.4).abs() < 0.1 && (frame[3] - 120.0 * 72.0 / 25.4).abs() < 0.1);
    // What every code of the font means, as readers search and copy it.
    let meanings: String = plain
        .split("beginbfchar")
        .skip(1)
        .flat_map(|part| part.split("endbfchar").next().unwrap().lines())
        .filter_map(|line| line.split('<').nth(2)?.split('>').next())
        .filter_map(|hex| char::from_u32(u32::from_str_radix(hex, 16).ok()?))
        .collect();
    assert!("imbalance ratio λ M = 123".chars().all(|c| meanings.contains(c)), "{meanings}");

    let image = std::fs::read(&png).unwrap();
    assert_eq!(u32::from_be_bytes(image[16..20].try_into().unwrap()), 1004);
    let at = image.windows(4).position(|w| w == b"pHYs").unwrap() + 4;
    // 300 dots an inch are 11811 a metre.
    assert_eq!(&image[at..at + 9], &[&11811u32.to_be_bytes()[..], &11811u32.to_be_bytes(), &[1]].concat());
}

/// Gram matrices name their classes; of fifty classes the spectra say which modes are lost.
#[test]
fn classes_are_named_and_lost_modes_shown() {
    let case = "cases/papers/dang2023/imbalanced-m3.toml";
    let svg = String::from_utf8(tightframe(&["plot", "gram", case, "--predicted"]).stdout).unwrap();
    for class in ["n = 200", "n = 100", "n = 50"] {
        assert!(texts(&svg).contains(&class.to_owned()), "{class}");
    }
    let scratch = Scratch::new("fifty");
    let counts: Vec<String> = (1..=50).map(|n| (10 * n).to_string()).collect();
    let fifty = scratch.with(
        "fifty.toml",
        &format!(
            "[network]\ncounts = [{}]\nwidths = [64, 64]\nloss = \"mse\"\nbias = \"none\"\n[regularization]\n\
         weights = 1e-3\nfeatures = 1e-3\n",
            counts.join(", ")
        ),
    );
    // For M = 2 a mode is lost where μ² < 16 (N λ)³, with N = 12,750 and λ = 1e-3 where μ < 182.1.
    let svg = String::from_utf8(tightframe(&["plot", "spectra", &fifty, "--predicted"]).stdout).unwrap();
    assert!(texts(&svg).iter().any(|text| text == "lost: 18 modes, μ = 180 … μ = 10"), "{:?}", texts(&svg));
}
