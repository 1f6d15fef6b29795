//! Networks from files: numbers known by hand, every way of writing them, and what is refused.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

fn tightframe(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tightframe")).args(arguments).output().unwrap()
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tightframe-measure-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A `.safetensors` file of doubles, row by row.
fn safetensors(tensors: &[(&str, &[usize], Vec<f64>)]) -> Vec<u8> {
    let (mut header, mut data) = (Vec::new(), Vec::new());
    for (name, shape, numbers) in tensors {
        let start = data.len();
        numbers.iter().for_each(|x| data.extend(x.to_le_bytes()));
        let end = data.len();
        header.push(format!(
            "\"{name}\":{{\"dtype\":\"F64\",\"shape\":{shape:?},\"data_offsets\":[{start},{end}]}}"
        ));
    }
    let header = format!("{{{}}}", header.join(","));
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()
}

/// A `.npy` file of doubles.
fn npy(shape: &str, fortran: bool, numbers: &[f64]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': '<f8', 'fortran_order': {order}, 'shape': ({shape}), }}");
    header += &" ".repeat(64 - (header.len() + 11) % 64);
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    numbers.iter().for_each(|x| bytes.extend(x.to_le_bytes()));
    bytes
}

fn json(output: &Output) -> serde_json::Value {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn number(value: &serde_json::Value) -> f64 {
    value.as_f64().unwrap()
}

/// Two classes of three samples, one layer, λ = 1/20: theory §2 gives `c = Λ N²/n = 0.03`, `u = 1 − √c`,
/// `‖h‖² = u(1 − u)/(Nλ)`, `‖w‖² = n u(1 − u)/(Nλ)`, `f* = Σ n (1 − u²)/(2N)`.
const WEIGHT: f64 = 0.05;

fn shrinkage() -> f64 {
    1.0 - 0.03f64.sqrt()
}

/// The optimum, features as columns, a class after the other.
fn optimum(lost: bool) -> [Vec<f64>; 3] {
    let u = shrinkage();
    let (h, w) = ((u * (1.0 - u) / (6.0 * WEIGHT)).sqrt(), (u * (1.0 - u) / (2.0 * WEIGHT)).sqrt());
    let second = if lost { 0.0 } else { 1.0 };
    let row = |on: &dyn Fn(usize) -> bool, x: f64| {
        (0..6).map(|i| if on(i) { x } else { 0.0 }).collect::<Vec<f64>>()
    };
    let features = [row(&|i| i < 3, h), row(&|i| i >= 3, h * second)].concat();
    let labels = (0..6).map(|i| f64::from(u8::from(i >= 3))).collect();
    [features, labels, vec![w, 0.0, 0.0, w * second]]
}

fn file(folder: &Folder, name: &str, [features, labels, layer]: [Vec<f64>; 3]) -> String {
    let tensors: [(&str, &[usize], Vec<f64>); 3] =
        [("features", &[2, 6], features), ("labels", &[6], labels), ("head.weight", &[2, 2], layer)];
    folder.write(name, &safetensors(&tensors))
}

#[test]
fn a_network_at_its_optimum_is_found_there() {
    let folder = Folder::new("optimum");
    let path = file(&folder, "net.safetensors", optimum(false));
    let call =
        ["measure", &path, "--loss", "mse", "--lambda", "0.05", "--expect-optimum", "--format", "json"];
    let found = json(&tightframe(&call));
    let u = shrinkage();
    let close = |value: &serde_json::Value, x: f64| assert!((number(value) - x).abs() < 1e-12, "{value} {x}");
    close(&found["loss"], (1.0 - u).powi(2) / 2.0);
    close(&found["e"], u * (1.0 - u));
    close(&found["lambda_hat"][0], WEIGHT);
    close(&found["lambda_H_hat"], WEIGHT);
    close(&found["stationarity_cosine"][0], 1.0);
    close(&found["stationarity_cosine_H"], 1.0);
    close(&found["nc1_traces"], 0.0);
    close(&found["nc2_identity"]["product"], 0.0);
    close(&found["accuracy"], 1.0);
    for against in ["against_declared", "against_fitted"] {
        close(&found[against]["objective_predicted"], (1.0 - u * u) / 2.0);
        close(&found[against]["u_predicted"][1], u);
        assert!(number(&found[against]["relative_gap"]).abs() < 1e-12);
        assert_eq!(found[against]["outcome"], "global");
    }
    // The dual bound at fixed features is reached.
    assert!(number(&found["head_gap"]["relative"]).abs() < 1e-12);
}

#[test]
fn a_network_that_lost_a_class_is_at_rest_and_named() {
    let folder = Folder::new("lost");
    let path = file(&folder, "net.safetensors", optimum(true));
    let found =
        json(&tightframe(&["measure", &path, "--loss", "mse", "--lambda", "0.05", "--format", "json"]));
    assert_eq!(found["head"], "at-rest");
    assert_eq!(found["collapsed"], serde_json::json!([1]));
    assert_eq!(found["against_declared"]["outcome"], "saddle");
    assert_eq!(found["against_declared"]["lost"], serde_json::json!([[3.0, 1]]));
    let strict = tightframe(&["measure", &path, "--loss", "mse", "--lambda", "0.05", "--expect-optimum"]);
    assert_eq!(strict.status.code(), Some(1));
}

#[test]
fn every_way_of_writing_gives_the_same_numbers() {
    let folder = Folder::new("ways");
    let [features, labels, layer] = optimum(false);
    let plain = file(&folder, "net.safetensors", [features.clone(), labels.clone(), layer.clone()]);
    let reference = json(&tightframe(&["measure", &plain, "--loss", "ce", "--format", "json"]));
    let head = folder.write("head.safetensors", &safetensors(&[("fc.weight", &[2, 2], layer)]));
    let classes = folder.write("labels.npy", &npy("6,", false, &labels));
    let rows: Vec<f64> = (0..6).flat_map(|i| [features[i], features[6 + i]]).collect();
    for (name, shape, fortran, numbers) in [
        ("features.npy", "2, 6", false, &features),
        ("h.npy", "6, 2", false, &rows),
        ("H.npy", "2, 6", true, &rows),
    ] {
        let path = folder.write(name, &npy(shape, fortran, numbers));
        let found =
            json(&tightframe(&["measure", &path, &classes, &head, "--loss", "ce", "--format", "json"]));
        for key in
            ["loss", "e", "nc1_pinv", "nc2_etf", "lambda_hat", "singular_values", "stationarity_cosine_H"]
        {
            assert_eq!(found[key], reference[key], "{name}: {key}");
        }
    }
}

#[test]
fn what_is_no_network_is_refused_with_a_way_out() {
    let folder = Folder::new("refused");
    let [features, labels, layer] = optimum(false);
    let later: Vec<f64> = labels.iter().map(|l| l + 1.0).collect();
    let mut broken = features.clone();
    broken[4] = f64::NAN;
    let one: Vec<f64> = vec![0.0; 6];
    let cut = {
        let whole = std::fs::read(file(&folder, "whole.safetensors", optimum(false))).unwrap();
        folder.write("cut.safetensors", &whole[..whole.len() - 8])
    };
    for (path, words) in [
        (folder.write("net.pt", b"PK"), "a PyTorch checkpoint is a pickle"),
        (folder.write("net.npz", b"PK\x05\x06"), "the file is broken"),
        (folder.write("net.txt", b"hello"), "neither .npz, .npy nor .safetensors"),
        (cut, "stands at other bytes"),
        (
            file(&folder, "one.safetensors", [features.clone(), later, layer.clone()]),
            "labels run from 1 to 2",
        ),
        (
            file(&folder, "empty.safetensors", [features.clone(), one, layer.clone()]),
            "class 1 of 0 … 1 has no samples",
        ),
        (file(&folder, "nan.safetensors", [broken, labels, layer]), "is not finite at position 4"),
        ("/no/such/net.npz".to_owned(), "the file cannot be read"),
    ] {
        let output = tightframe(&["measure", &path, "--loss", "mse"]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.starts_with("error: ") && text.contains(words), "{words}: {text}");
        assert!(text.contains(Path::new(&path).file_name().unwrap().to_str().unwrap()), "{text}");
    }
}

/// A `.npz` archive, stored or deflated.
fn npz(members: &[(&str, Vec<u8>)], method: zip::CompressionMethod) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file(format!("{name}.npy"), options).unwrap();
        std::io::Write::write_all(&mut archive, bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Numbers below `n`, the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n.max(1) as u64) as usize
    }
}

/// One to four changes: bytes, digits of headers, lengths and offsets, what is cut off, doubled or moved.
fn mutated(whole: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..1 + dice.below(4) {
        let at = dice.below(bytes.len());
        let digits: Vec<usize> = (0..bytes.len().min(600)).filter(|i| bytes[*i].is_ascii_digit()).collect();
        let edge = [0, 1, 0x7f, 0x80, 0xff][dice.below(5)];
        match dice.below(8) {
            0 => bytes[at] ^= 1 << dice.below(8),
            1 => bytes[at] = edge,
            2 if !digits.is_empty() => {
                bytes[digits[dice.below(digits.len())]] = b"0123456789"[dice.below(10)]
            }
            3 if !digits.is_empty() => {
                let at = digits[dice.below(digits.len())];
                bytes.splice(at..at, b"999999999999"[..1 + dice.below(12)].iter().copied());
            }
            // Four or eight bytes of one value: lengths, offsets, sizes.
            4 => {
                let end = (at + 4 + 4 * dice.below(2)).min(bytes.len());
                bytes[at..end].fill(edge);
            }
            5 => bytes.truncate(at),
            6 => {
                let end = (at + dice.below(64)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = dice.below(bytes.len());
                bytes.splice(to..to, copy);
            }
            _ => drop(bytes.drain(at..(at + 1 + dice.below(16)).min(bytes.len()))),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

/// Within two gigabytes of address space and five seconds: an answer or a refusal, never a panic.
fn answered(paths: &[&str], debug: &str) {
    let begin = Instant::now();
    let program = env!("CARGO_BIN_EXE_tightframe");
    let limited = "ulimit -v 2000000; exec \"$0\" measure \"$@\" --loss mse --format json";
    let output = Command::new("sh").args(["-c", limited, program]).args(paths).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    let fine = matches!(output.status.code(), Some(0..=3)) && !text.contains("panicked");
    assert!(fine, "{debug}: {:?} {text}", output.status);
    assert!(!text.chars().any(|c| c.is_control() && c != '\n') && text.len() < 4_000, "{debug}: {text:?}");
    let patience = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 5 });
    assert!(begin.elapsed() < patience, "{debug}: {:?}", begin.elapsed());
}

#[test]
#[cfg(unix)]
fn mutated_files_are_measured_or_refused() {
    let folder = Folder::new("mutated");
    let [features, labels, layer] = optimum(false);
    let member = |shape: &str, fortran, numbers: &[f64]| npy(shape, fortran, numbers);
    let members = [
        ("features", member("2, 6", true, &features)),
        ("labels", member("6,", false, &labels)),
        ("head.weight", member("2, 2", false, &layer)),
    ];
    let tensors: [(&str, &[usize], Vec<f64>); 3] =
        [("features", &[2, 6], features), ("labels", &[6], labels), ("head.weight", &[2, 2], layer)];
    let files = [
        ("net.safetensors", safetensors(&tensors)),
        ("stored.npz", npz(&members, zip::CompressionMethod::Stored)),
        ("deflated.npz", npz(&members, zip::CompressionMethod::Deflated)),
        ("features.npy", members[0].1.clone()),
    ];
    for (name, whole) in &files[..3] {
        answered(&[&folder.write(name, whole)], name);
    }
    let rest = [("labels.npy", &members[1].1), ("W.npy", &members[2].1)];
    let rest = rest.map(|(name, bytes)| folder.write(name, bytes));
    for (name, whole) in &files {
        let mut dice = Dice(whole.len() as u64);
        for round in 0..250 {
            let path = folder.write(name, &mutated(whole, &mut dice));
            let all = [&path[..], &rest[0], &rest[1]];
            let files = if name.ends_with(".npy") { &all[..] } else { &all[..1] };
            answered(files, &format!("{name} {round}"));
        }
    }
}

#[test]
#[cfg(unix)]
fn bombs_are_refused() {
    let folder = Folder::new("bombs");
    let [features, labels, layer] = optimum(false);
    let network = [
        ("labels", npy("6,", false, &labels)),
        ("features", npy("2, 6", false, &features)),
        ("head.weight", npy("2, 2", false, &layer)),
    ];
    // A member of 300 MB that is 300 kB in the archive, said to be an array of another size.
    let mut zeros = npy("2, 6", false, &[]);
    zeros.resize(300 << 20, 0);
    let bomb = [&network[..], &[("more", zeros)]].concat();
    answered(&[&folder.write("bomb.npz", &npz(&bomb, zip::CompressionMethod::Deflated))], "bomb");
    // Matrices that a header of a few bytes asks for: 30,000 features, as many classes.
    let wide: [(&str, &[usize], Vec<f64>); 3] = [
        ("features", &[30_000, 2], vec![1.0; 60_000]),
        ("labels", &[2], vec![0.0, 1.0]),
        ("head.weight", &[2, 30_000], vec![1.0; 60_000]),
    ];
    let many: [(&str, &[usize], Vec<f64>); 3] = [
        ("features", &[1, 30_000], vec![1.0; 30_000]),
        ("labels", &[30_000], (0..30_000).map(f64::from).collect()),
        ("head.weight", &[30_000, 1], vec![1.0; 30_000]),
    ];
    for (tensors, words) in [(wide, "30000 features"), (many, "30000 classes")] {
        let path = folder.write("wide.safetensors", &safetensors(&tensors));
        answered(&[&path], words);
        let refused = tightframe(&["measure", &path, "--loss", "mse"]);
        let text = String::from_utf8(refused.stderr).unwrap();
        assert!(text.contains(words) && refused.status.code() == Some(2), "{text}");
    }
    // Names that a terminal would obey, and many of them.
    let names: Vec<String> = (0..500).map(|i| format!("\\u001b[2J{i}")).collect();
    let tensors: Vec<(&str, &[usize], Vec<f64>)> =
        names.iter().map(|name| (name.as_str(), &[1usize][..], vec![1.0])).collect();
    answered(&[&folder.write("names.safetensors", &safetensors(&tensors))], "names");
}

/// Where a measurement is not what the second route says, to 1e-9.
fn differences(expected: &serde_json::Value, found: &serde_json::Value, at: &str, out: &mut Vec<String>) {
    use serde_json::Value::{Array, Object};
    match (expected, found) {
        (Object(e), Object(f)) => e.iter().for_each(|(key, e)| {
            differences(e, f.get(key).unwrap_or(&serde_json::Value::Null), &format!("{at}.{key}"), out);
        }),
        (Array(e), Array(f)) if e.len() == f.len() => {
            e.iter().zip(f).enumerate().for_each(|(i, (e, f))| differences(e, f, &format!("{at}[{i}]"), out));
        }
        _ => {
            let close = |e: f64, f: f64| (e - f).abs() <= 1e-9 * e.abs().max(1.0);
            let same =
                expected == found || expected.as_f64().zip(found.as_f64()).is_some_and(|(e, f)| close(e, f));
            if !same {
                out.push(format!("{at}: {expected} but {found}"));
            }
        }
    }
}

/// `tests/networks/make.py` made the files and, by a second route, their metrics.
#[test]
fn networks_of_another_program_are_measured_as_it_measures_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/networks");
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: std::collections::BTreeMap<String, serde_json::Value> =
        serde_json::from_str(&text).unwrap();
    assert!(expected.len() >= 27);
    for (name, expected) in &expected {
        let path = folder.join(name);
        let loss = expected["loss_name"].as_str().unwrap();
        let call = ["measure", path.to_str().unwrap(), "--loss", loss, "--format", "json"];
        let found = json(&tightframe(&call));
        let mut wrong = Vec::new();
        differences(&expected["metrics"], &found, name, &mut wrong);
        assert!(wrong.is_empty(), "{wrong:#?}");
        let moving = name.contains("off") || name.starts_with("way") || name == "one-each.npz";
        let still = !moving && !["thin.npz", "two-classes.npz"].contains(&name.as_str());
        assert_eq!(found["head"], if still { "at-rest" } else { "not-at-rest" }, "{name}");
        if let Some(classes) = match name.as_str() {
            "lost-class.npz" => Some(vec![2]),
            "lost-two.npz" => Some(vec![2, 3]),
            _ => None,
        } {
            assert_eq!(found["collapsed"], serde_json::json!(classes));
            assert_eq!(found["against_fitted"]["outcome"], "local-minimum");
        }
    }
}

#[test]
fn a_case_of_another_network_is_refused_by_name() {
    let folder = Folder::new("case");
    let path = file(&folder, "net.safetensors", optimum(false));
    let case = |counts: &str, widths: &str, loss: &str, bias: &str, more: &str| {
        format!(
            "[network]\ncounts = {counts}\nwidths = {widths}\nloss = \"{loss}\"\nbias = \"{bias}\"\n{more}\
             [regularization]\nweights = 0.05\nfeatures = 0.05\n"
        )
    };
    let call = |text: &str, more: &[&str]| {
        let case = folder.write("case.toml", text.as_bytes());
        tightframe(&[&["measure", &path, "--case", &case, "--expect-optimum"], more].concat())
    };
    let own = call(&case("[3, 3]", "[2]", "mse", "none", ""), &[]);
    assert_eq!(own.status.code(), Some(0), "{}", String::from_utf8_lossy(&own.stderr));
    for (text, more, words) in [
        (case("[3, 4]", "[2]", "mse", "none", ""), &[][..], "counts [3, 4], the file [3, 3]"),
        (case("[3, 3]", "[5]", "mse", "none", ""), &[], "widths [5], the file [2]"),
        (case("[3, 3]", "[2, 2]", "mse", "none", ""), &[], "depth 2, the file 1"),
        (case("[3, 3]", "[2]", "mse", "last-layer", ""), &[], "bias last-layer, the file none"),
        (case("[3, 3]", "[2]", "mse", "none", ""), &["--loss", "ce"], "loss mse, --loss says ce"),
        (case("[3, 3]", "[2]", "mse", "none", "smoothing = 0.1\n"), &[], "targets of its own"),
        (case("[3, 3]", "[2]", "mse", "none", "class_weights = [1, 2]\n"), &[], "further terms"),
    ] {
        let refused = call(&text, more);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(refused.status.code() == Some(2) && said.contains(words), "{words}: {said}");
    }
}

/// Edges: what has no direction is null, what is at rest for every weight is at rest, what is no network is refused.
#[test]
fn edges_have_a_right_answer_or_a_clear_refusal() {
    let folder = Folder::new("edges");
    let labels: Vec<f64> = vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
    let spread = vec![1.0, 1.0, 1.0, 2.0, 3.0, 5.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
    let layer = vec![0.5, -1.0, 2.0, 0.25];
    let measured = |tensors: &[(&str, &[usize], Vec<f64>)], more: &[&str]| {
        let path = folder.write("net.safetensors", &safetensors(tensors));
        tightframe(&[&["measure", &path, "--loss", "mse", "--format", "json"], more].concat())
    };
    let plain = |features: Vec<f64>, layer: Vec<f64>, more: &[&str]| {
        let all: [(&str, &[usize], Vec<f64>); 3] =
            [("features", &[2, 6], features), ("labels", &[6], labels.clone()), ("W", &[2, 2], layer)];
        measured(&all, more)
    };
    // With weights so large that nothing is learned the zero network is the optimum, and at rest.
    let zero = json(&plain(vec![0.0; 12], vec![0.0; 4], &["--lambda", "10", "--expect-optimum"]));
    assert_eq!((&zero["head"], &zero["features"]), (&"at-rest".into(), &"free".into()));
    assert_eq!(zero["against_declared"]["outcome"], "global");
    assert!(zero["nc2_etf"]["classifier"].is_null() && zero["stationarity_cosine"][0].is_null());
    // The same with a bias that the loss still pulls at is not.
    let all: [(&str, &[usize], Vec<f64>); 4] = [
        ("features", &[2, 6], vec![0.0; 12]),
        ("labels", &[6], labels.clone()),
        ("W", &[2, 2], vec![0.0; 4]),
        ("b", &[2], vec![0.0; 2]),
    ];
    let biased = json(&measured(&all, &[]));
    assert!(biased["head"] == "not-at-rest" && biased["notes"][0].as_str().unwrap().contains("the bias"));
    // Zero layers under features that pull at them are not.
    let pulled = json(&plain(spread.clone(), vec![0.0; 4], &[]));
    assert_eq!(pulled["head"], "not-at-rest");
    // A class mean of zero, and a dead feature.
    let mut balanced = spread.clone();
    (balanced[0], balanced[1], balanced[2]) = (1.0, -1.0, 0.0);
    (balanced[6], balanced[7], balanced[8]) = (2.0, -1.0, -1.0);
    let found = json(&plain(balanced, layer.clone(), &[]));
    assert_eq!((&found["collapsed"], &found["feature_norms"][0]), (&serde_json::json!([0]), &0.0.into()));
    let dead = [&spread[..6], &[0.0; 6]].concat();
    assert_eq!(json(&plain(dead, layer.clone(), &[]))["nc1_rank"], 1);
    // All means equal: nothing between classes.
    let same = json(&plain(vec![1.0; 12], layer.clone(), &[]));
    assert!(
        same["nc1_pinv"].is_null() && same["nc1_rank"] == 0 && same["merged"] == serde_json::json!([[0, 1]])
    );
    let text = |output: Output| {
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let huge = plain(spread.iter().map(|x| x * 1e200).collect(), layer, &[]);
    assert!(text(huge).contains("larger than a float can be"));
    let one: [(&str, &[usize], Vec<f64>); 3] =
        [("features", &[2, 6], spread), ("labels", &[6], vec![0.0; 6]), ("W", &[1, 2], vec![1.0, 2.0])];
    assert!(text(measured(&one, &[])).contains("one class, and nothing to tell apart"));
}

/// A sample a class: one-hot rows and columns are two networks, unless the matrix is symmetric.
#[test]
fn square_labels_are_asked_about() {
    let folder = Folder::new("square");
    let call = |hot: &[f64]| {
        let all: [(&str, &[usize], Vec<f64>); 3] = [
            ("features", &[2, 3], vec![1.0, 0.0, 2.0, 0.0, 3.0, 1.0]),
            ("labels", &[3, 3], hot.to_vec()),
            ("W", &[3, 2], vec![1.0, 0.0, 0.0, 1.0, 1.0, 1.0]),
        ];
        let path = folder.write("net.safetensors", &safetensors(&all));
        tightframe(&["measure", &path, "--loss", "mse", "--format", "json"])
    };
    let cycle = call(&[0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    let said = String::from_utf8(cycle.stderr).unwrap();
    assert!(
        cycle.status.code() == Some(2) && said.contains("one-hot rows and columns cannot be told apart"),
        "{said}"
    );
    assert_eq!(
        json(&call(&[0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]))["counts"],
        serde_json::json!([1, 1, 1])
    );
}

/// More features than rows that are read together, and not a multiple of them: stored by rows, by columns, and turned.
#[test]
fn wide_features_are_read_in_every_order() {
    let folder = Folder::new("wide");
    let (d, n) = (37, 9);
    let mut dice = Dice(5);
    let by_rows: Vec<f64> = (0..d * n).map(|_| dice.below(1000) as f64 / 100.0 - 5.0).collect();
    let by_samples: Vec<f64> = (0..d * n).map(|i| by_rows[(i % d) * n + i / d]).collect();
    let layer: Vec<f64> = (0..3 * d).map(|_| dice.below(100) as f64 / 100.0).collect();
    let labels: Vec<f64> = (0..n).map(|i| (i % 3) as f64).collect();
    let head = [("labels", npy("9,", false, &labels)), ("W", npy("3, 37", false, &layer))];
    let mut found = Vec::new();
    for (shape, fortran, numbers) in [
        ("37, 9", false, &by_rows),
        ("37, 9", true, &by_samples),
        ("9, 37", false, &by_samples),
        ("9, 37", true, &by_rows),
    ] {
        let members = [&head[..], &[("features", npy(shape, fortran, numbers))]].concat();
        let path = folder.write("net.npz", &npz(&members, zip::CompressionMethod::Stored));
        found.push(json(&tightframe(&["measure", &path, "--loss", "mse", "--format", "json"])));
    }
    // The norm of the first class's mean by hand: no order of reading hides in all four.
    let mean = |i: usize| (0..3).map(|c| by_rows[i * n + 3 * c]).sum::<f64>() / 3.0;
    let norm = (0..d).map(|i| mean(i) * mean(i)).sum::<f64>().sqrt();
    assert!((number(&found[0]["feature_norms"][0]) - norm).abs() < 1e-12);
    assert!(found.iter().all(|one| *one == found[0]));
}

/// A case beside a network of `tests/networks`, with what it expects of it.
fn case_of(name: &str, head: &str, weights: &str, expected: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/networks").join(name);
    format!(
        "[network]\n{head}\nloss = \"mse\"\nbias = \"none\"\n[regularization]\n{weights}\n\
         [measured]\nfiles = \"{}\"\n{expected}\n",
        path.display()
    )
}

const UNBALANCED: [&str; 2] =
    ["counts = [8, 5, 3]\nwidths = [6, 5]", "weights = [\"0.01\", \"0.02\"]\nfeatures = \"0.005\""];
const LOST: [&str; 2] =
    ["counts = [6, 5, 4]\nwidths = [5, 5]", "weights = [\"0.01\", \"0.02\"]\nfeatures = \"0.005\""];

#[test]
fn check_measures_the_networks_that_a_case_names() {
    let folder = Folder::new("checked");
    let [head, weights] = UNBALANCED;
    let [lost_head, lost_weights] = LOST;
    let check = |text: String| {
        let path = folder.write("case.toml", text.as_bytes());
        let output = tightframe(&["check", &path, "--format", "json"]);
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code(), found["cases"][0].clone())
    };
    let expected = "rest = true\nfree = true\noutcome = \"global\"\ngap = 1e-9";
    let (code, row) = check(case_of("unbalanced.npz", head, weights, expected));
    assert_eq!(code, Some(0), "{row}");
    let line = row["measured"][0].as_str().unwrap();
    // The network stands in place of training, and theorems are counted on it.
    assert!(row["attained"] == "–" && row["gradient_evaluations"] == 0, "{row}");
    assert_eq!(row["theorems"]["measured"], row["theorems"]["applicable"], "{row}");
    assert!(line.contains("unbalanced.npz: head at rest, features free; global, relative gap"), "{line}");
    let (_, both) = check(case_of("unbalanced.npz", head, weights, "[training]\nseeds = [1]\nrun = true"));
    assert!(both["attained"] == "1/1" && both["measured"][0] == line, "{both}");
    let expected = "rest = true\noutcome = \"local-minimum\"";
    let (code, row) = check(case_of("lost-class.npz", lost_head, lost_weights, expected));
    assert_eq!(code, Some(0), "{row}");
    let expected = "rest = false\nfree = false\noutcome = \"global\"\ngap = 1e-3";
    let (code, row) = check(case_of("lost-class.npz", lost_head, lost_weights, expected));
    assert_eq!(code, Some(1));
    let words = row["disagreements"].to_string();
    for word in [
        "rest: found true, expected false",
        "free: found true, expected false",
        "outcome: found local-minimum, expected global",
        "gap: found ",
    ] {
        assert!(words.contains(word), "{word}: {words}");
    }
    // A network of another problem, and one that is not there, are refused.
    let (code, row) = check(case_of("unbalanced.npz", lost_head, lost_weights, ""));
    assert!(
        code == Some(2) && row["disagreements"].to_string().contains("counts [6, 5, 4], the file [8, 5, 3]")
    );
    let (code, row) = check(case_of("no-such.npz", head, weights, ""));
    assert!(code == Some(2) && row["disagreements"].to_string().contains("cannot be read"), "{row}");
}

#[test]
fn files_stand_beside_the_case_and_keys_are_read_or_refused() {
    let folder = Folder::new("beside");
    let [head, weights] = UNBALANCED;
    let networks = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/networks");
    std::fs::create_dir_all(folder.0.join("epochs")).unwrap();
    for name in ["epochs/1.npz", "epochs/2.npz"] {
        std::fs::copy(networks.join("unbalanced.npz"), folder.0.join(name)).unwrap();
    }
    let network =
        format!("[network]\n{head}\nloss = \"mse\"\nbias = \"none\"\n[regularization]\n{weights}\n");
    let both = "[measured]\nfiles = [\"epochs/1.npz\", \"epochs/2.npz\"]\nfeatures = \"features\"\n\
                labels = \"labels\"\nhead = [\"W.*\"]\nfeatures_are = \"columns\"\ntransposed = false\n";
    let path = folder.write("case.toml", format!("{network}[training]\nrun = false\n{both}").as_bytes());
    let text = String::from_utf8(tightframe(&["check", &path]).stdout).unwrap();
    assert_eq!(text.matches("head at rest, features free; global").count(), 2, "{text}");
    // Certificates are about the problem; its networks change nothing.
    let certified = tightframe(&["check", &path, "--certify", "--format", "json"]);
    assert_eq!(json(&certified)["cases"][0]["certificate"], "accepted");
    for (line, words) in [
        ("", "no `files` in [measured]"),
        ("files = []", "expected a text in quotes, or a list of them"),
        ("files = 3", "expected a text in quotes, or a list of them"),
        ("files = \"a.npz\"\nfeatures_are = \"row\"", "did you mean \"rows\""),
        ("files = \"a.npz\"\noutcome = \"best\"", "expected one of \"global\""),
        ("files = \"a.npz\"\nrest = \"yes\"", "expected true or false"),
        ("files = \"a.npz\"\ngap = 0", "`gap` is not positive"),
        ("files = \"a.npz\"\nepochs = 3", "unknown key `epochs` in [measured]"),
    ] {
        let path = folder.write("bad.toml", format!("{network}[measured]\n{line}\n").as_bytes());
        let output = tightframe(&["predict", &path]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(words), "{line}: {said}");
    }
}

#[test]
fn claims_are_judged_on_measured_networks() {
    let folder = Folder::new("claims");
    let [head, weights] = UNBALANCED;
    let judged = |id: &str, name: &str, head: &str| {
        let path = folder.write("network.toml", case_of(name, head, weights, "").as_bytes());
        let found = json(&tightframe(&["theorems", id, "--on", &path, "--format", "json"]));
        found[0]["cases"][0].clone()
    };
    for id in ["stationarity", "norm-ratios", "gof-two-layers"] {
        let found = judged(id, "unbalanced.npz", head);
        let measured = &found["measured"][0];
        assert_eq!(measured["verdict"], "holds", "{id}: {found}");
        assert!(
            number(&measured["residual"]) < 1e-4
                && measured["run"].as_str().unwrap().contains("unbalanced.npz")
        );
        let found = judged(id, "off.npz", head);
        assert_eq!(found["measured"][0]["verdict"], "fails", "{id}: {found}");
    }
}

/// The founding paper's metrics at every layer, against the prediction for that layer.
#[test]
fn layers_agree_with_their_own_predictions() {
    let measure = |name: &str, weights: &str, features: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/networks").join(name);
        let path = path.to_str().unwrap().to_owned();
        let weights = ["--weights", weights, "--features-weight", features, "--format", "json"];
        json(&tightframe(&[&["measure", &path, "--loss", "mse"], &weights[..]].concat()))
    };
    let names = ["nc2_product", "nc2_features", "nc2_features_centred", "nc3_duality"];
    for (name, weights, features, depth) in
        [("unbalanced.npz", "0.01,0.02", "0.005", 2), ("deep.npz", "0.004,0.003,0.005", "0.004", 3)]
    {
        let found = measure(name, weights, features);
        let layers = found["against_declared"]["layers"].as_array().unwrap().clone();
        assert_eq!(layers.len(), depth);
        // At the optimum slopes are the predicted ones, and classes are collapsed.
        let slopes = &found["against_declared"]["slopes_predicted"];
        for i in 0..2 {
            assert!((number(&slopes[i]) - number(&found["slopes"][i])).abs() < 1e-9, "{name}: {slopes}");
        }
        assert_eq!(found["geometry"], "collapsed");
        let paper = &found["paper"];
        assert!(paper["frame"] == "predicted" && number(&paper["NC3"]) < 1e-9, "{paper}");
        for layer in paper["layers"].as_array().unwrap() {
            for key in ["NC1", "NC2_W", "NC2_H", "NC3_W"] {
                assert!(number(&layer[key]) < 1e-9, "{name} {key}: {layer}");
            }
        }
        for layer in &layers {
            for key in names.iter().filter(|key| **key != "nc2_features_centred") {
                assert!(number(&layer[*key]) < 1e-9, "{name} {key}: {layer}");
            }
        }
    }
    let found = measure("off.npz", "0.01,0.02", "0.005");
    let (against, layers) = (&found["against_declared"], &found["against_declared"]["layers"]);
    for key in &names[1..] {
        assert_eq!(layers[0][*key], against[*key]);
    }
    assert_eq!(layers[1]["nc2_product"], against["nc2_classifier"]);
    assert!(number(&layers[1]["nc2_features"]) > 0.05);
    for (key, own) in [("NC2_W", "nc2_product"), ("NC2_H", "nc2_features"), ("NC3_W", "nc3_duality")] {
        for m in 0..2 {
            assert_eq!(found["paper"]["layers"][m][key], layers[m][own]);
        }
    }
}

/// NC5 by hand: means `(3, 0)` and `(0, 2)`, features outside with mean `(3, 4)/2`, cosines 3/5 and 4/5.
#[test]
fn features_outside_the_classes_are_asked_for_by_name() {
    let folder = Folder::new("outside");
    let inside: [(&str, &[usize], Vec<f64>); 3] = [
        ("features", &[2, 4], vec![3.0, 3.0, 0.0, 0.0, 0.0, 0.0, 1.0, 3.0]),
        ("labels", &[4], vec![0.0, 0.0, 1.0, 1.0]),
        ("W", &[2, 2], vec![1.0, 0.0, 0.0, 1.0]),
    ];
    let net = folder.write("net.safetensors", &safetensors(&inside));
    let call = |outside: &str, more: &[&str]| {
        let usual = ["measure", &net, "--loss", "mse", "--format", "json", "--outside", outside];
        tightframe(&[&usual[..], more].concat())
    };
    for (shape, numbers) in [("3, 2", vec![0.0, 0.0, 4.5, 4.0, 0.0, 2.0]), ("2, 1", vec![3.0, 4.0])] {
        let path = folder.write("ood.npy", &npy(shape, false, &numbers));
        let found = json(&call(&path, &[]));
        assert!((number(&found["nc5_outside"]) - 0.7).abs() < 1e-12, "{shape}: {}", found["nc5_outside"]);
    }
    let square = folder.write("square.npy", &npy("2, 2", false, &[3.0, 0.0, 0.0, 4.0]));
    assert!(
        String::from_utf8(call(&square, &[]).stderr)
            .unwrap()
            .contains("rows and columns cannot be told apart")
    );
    let wide = folder.write("wide.npy", &npy("3, 3", false, &[1.0; 9]));
    assert!(String::from_utf8(call(&wide, &[]).stderr).unwrap().contains("2 numbers a sample"));
    let plain = json(&tightframe(&["measure", &net, "--loss", "mse", "--format", "json"]));
    assert!(plain["nc5_outside"].is_null());
}

/// Files of checkpoints, as a shell lists them.
fn checkpoints() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/networks/epochs");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|e| e == "npz"))
        .map(|path| path.to_str().unwrap().to_owned())
        .collect();
    all.sort();
    all
}

#[test]
fn checkpoints_become_a_case_and_its_figures() {
    let folder = Folder::new("checkpoints");
    let files = checkpoints();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    assert!(files.len() >= 8 && files[1].ends_with("epoch-100.npz") && files[2].ends_with("epoch-1000.npz"));
    let weights = ["--weights", "0.02", "--features-weight", "0.02", "--print-case"];
    let call = [&["measure"], &files[..], &["--loss", "mse"], &weights[..]].concat();
    let printed = tightframe(&call);
    assert_eq!(printed.status.code(), Some(0), "{}", String::from_utf8_lossy(&printed.stderr));
    let case = folder.write("case.toml", &printed.stdout);
    let checked = json(&tightframe(&["check", &case, "--format", "json"]));
    let measured = checked["cases"][0]["measured"].as_array().unwrap();
    assert_eq!(measured.len(), files.len());
    // Near zero, as at the start, is not at rest there: its objective is not that of the critical point.
    assert!(
        measured[0]
            .as_str()
            .unwrap()
            .contains("epoch-1.npz: head not at rest, features not free; not-converged")
    );
    let draw = |arguments: &[&str]| {
        let output = tightframe(&[&["plot"], arguments].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let table = tightframe(&[&["measure"], &files[..], &["--loss", "mse", "--format", "csv"]].concat());
    let table = String::from_utf8(table.stdout).unwrap();
    let epochs: Vec<f64> =
        table.lines().skip(1).map(|row| row.split(',').nth(1).unwrap().parse().unwrap()).collect();
    assert!(epochs.len() == files.len() && epochs.is_sorted() && epochs[1] == 50.0, "{epochs:?}");
    let curves = draw(&["training", &case, "--measured"]);
    assert!(curves.contains(&format!("Checkpoints, {} networks from files (measured)", files.len())));
    assert!(curves.contains(">epochs</text>") && curves.contains("ended at the optimum"), "{curves}");
    // The last is the one of the latest epoch, not of the last name.
    for kind in ["gram", "spectra"] {
        assert!(
            draw(&[kind, &case, "--measured"]).contains("measured (epoch-2000.npz, at the optimum)"),
            "{kind}"
        );
    }
    // Weights that are not declared are fitted to the last network.
    let call = [&["measure"], &files[2..3], &["--loss", "mse", "--print-case"]].concat();
    let fitted = String::from_utf8(tightframe(&call).stdout).unwrap();
    assert!(fitted.starts_with("# Weights are fitted to the last network.\n"), "{fitted}");
    let one = folder.write("one.toml", fitted.as_bytes());
    let bare = fitted.split("[measured]").next().unwrap();
    let none = folder.write("none.toml", bare.as_bytes());
    for (case, words) in [(one, "one network is no trajectory"), (none, "the case names no networks")] {
        let output = tightframe(&["plot", "training", &case, "--measured"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(words), "{words}: {said}");
    }
    let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/networks/unbalanced.npz");
    let call = ["measure", files[0], other.to_str().unwrap(), "--loss", "mse", "--print-case"];
    let said = String::from_utf8(tightframe(&call).stderr).unwrap();
    assert!(
        said.contains("has another problem: the case has counts [8, 5, 3], the file [6, 4, 3]"),
        "{said}"
    );
}
