//! What fuzzing runs: functions that take bytes and panic on what must never happen. `tests/fuzz` holds the fuzzers and
//! their corpora; an ordinary test runs the corpora through the same functions.

use crate::case::{Bias, Case, Loss, Problem, Targets, Writing};
use crate::certificate::certify;
use crate::exact::Rational;
use crate::kernel::{Answer, audit, reading};
use crate::measure::collapse::Collapse;
use crate::measure::head::{Head, gap};
use crate::measure::moments::Moments;
use crate::measure::paper::Centre;
use crate::measure::saved::tensor::{Bytes, Dtype, Tensor};
use crate::measure::saved::{SavedNetwork, names::Asked, tensors};
use crate::sweep::Spec;
use crate::theorems::{Judge, language};
use sha2::{Digest, Sha256};
use std::sync::{Arc, LazyLock};

/// A name, and what it is tried on.
type Target = (&'static str, fn(&[u8]));

/// Every target by its name.
pub const TARGETS: [Target; 6] = [
    ("case", case),
    ("certificate", certificate),
    ("claim", claim),
    ("spec", spec),
    ("network", network),
    ("agreement", agreement),
];

/// A refusal is short, shows no control character and has its place in the file.
fn shown(text: &str, name: &str) {
    assert!(text.starts_with("error: ") && text.contains(&format!("\n  --> {name}")), "{text}");
    assert!(!text.chars().any(|c| c.is_control() && c != '\n') && text.lines().count() <= 5, "{text:?}");
    assert!(text.lines().all(|line| line.chars().count() <= 400), "{text}");
}

/// The reader of cases; what it reads, it reads again after it was written.
pub fn case(bytes: &[u8]) {
    match Case::parse("fuzzed.toml", bytes) {
        Err(refusal) => shown(&refusal.to_string(), "fuzzed.toml"),
        Ok(case) => {
            let written = Writing {
                note: None,
                title: case.title(),
                source: case.source(),
                problem: &case.problem().draft(),
                training: case.training(),
                expect: case.expect(),
                claims: case.claims(),
            };
            let written = written.text();
            let again = Case::parse("again.toml", written.as_bytes());
            let again = again.unwrap_or_else(|refusal| panic!("{refusal}\n{written}"));
            assert_eq!(line(again.problem()), line(case.problem()));
        }
    }
}

/// The reader of certificates and the audit: the bytes of a case, a zero, and those of a certificate, which gets the
/// hash of the case if it has a place for one.
pub fn certificate(bytes: &[u8]) {
    let at = bytes.iter().position(|byte| *byte == 0).unwrap_or(0);
    let (case, certificate) = bytes.split_at(at);
    let mut certificate = certificate.get(1..).unwrap_or_default().to_vec();
    let hash: String = Sha256::digest(case).iter().map(|byte| format!("{byte:02x}")).collect();
    let key = b"\"case_sha256\": \"";
    if let Some(at) = certificate.windows(key.len()).position(|window| window == key)
        && let Some(place) = certificate.get_mut(at + key.len()..at + key.len() + hash.len())
    {
        place.copy_from_slice(hash.as_bytes());
    }
    let answer = audit(case, &certificate);
    assert!(answer.to_string().chars().count() < 1_000, "{answer}");
    assert!(!answer.to_string().chars().any(|c| c.is_control() && c != '\n'), "{answer:?}");
}

/// Problems on which claims are judged.
static PROBLEMS: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let case = |network: &str, weights: &str| {
        let text = format!("[network]\n{network}[regularization]\nweights = {weights}\nfeatures = 1e-2\n");
        Case::parse("judged.toml", text.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}"))
    };
    vec![
        case("counts = [3, 2, 2, 1]\nwidths = [3, 2]\nloss = \"mse\"\nbias = \"none\"\n", "[1e-2, 2e-2]"),
        case("counts = [4, 3, 1]\nwidths = [3]\nloss = \"mse\"\nbias = \"last-layer\"\n", "2e-2"),
    ]
});

/// The language of claims, and the judge of what it reads.
pub fn claim(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match language::read(text) {
        Err(refusal) => {
            assert!(text.get(refusal.span.start..refusal.span.end.min(text.len())).is_some(), "{refusal:?}");
            let said = format!("{} {:?}", refusal.mistake, refusal.mistake.hint());
            assert!(said.chars().count() <= 500 && !said.chars().any(char::is_control), "{said:?}");
        }
        Ok(formula) => PROBLEMS.iter().for_each(|case| drop(Judge::of(case.problem()).judge(&formula))),
    }
}

/// The reader of specs; every point of what it reads is a case.
pub fn spec(bytes: &[u8]) {
    match Spec::parse("fuzzed.toml", bytes) {
        Err(refusal) => shown(&refusal.to_string(), "fuzzed.toml"),
        Ok(spec) => {
            assert!(!spec.fields().is_empty() && spec.points() > 0);
            for point in [0, spec.points() / 2, spec.points() - 1] {
                let text = spec.case_text(point);
                let read = Case::parse("point.toml", text.as_bytes());
                read.unwrap_or_else(|refusal| panic!("{refusal}\n{text}"));
            }
        }
    }
}

/// The readers of networks, and what is measured of them: one byte that chooses an ending, and a file. A `.npy` file is the
/// features of six samples and two classes.
pub fn network(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let ending = ["npz", "npy", "safetensors"][usize::from(*choice) % 3];
    let path = std::env::temp_dir().join(format!(
        "fuzzed-{}-{:?}.{ending}",
        std::process::id(),
        std::thread::current().id()
    ));
    std::fs::write(&path, bytes).unwrap_or_else(|error| panic!("{error}"));
    let found = tensors(&path);
    let asked = Asked { transposed: *choice >= 128, ..Asked::default() };
    let loss = if *choice & 64 == 0 { Loss::Mse } else { Loss::CrossEntropy };
    let network = found.and_then(|mut tensors| {
        if ending == "npy" {
            tensors.iter_mut().for_each(|tensor| tensor.name = "features".to_owned());
            let byte = |name: &str, shape: &[u64], bytes: &[u8]| Tensor {
                name: name.to_owned(),
                dtype: Dtype::Unsigned(1),
                big_endian: false,
                shape: shape.to_vec(),
                first_fastest: false,
                bytes: Bytes::Memory(Arc::new(bytes.to_vec())),
            };
            tensors.extend([byte("labels", &[6], &[0, 0, 0, 1, 1, 1]), byte("W", &[2, 2], &[2, 1, 0, 3])]);
        }
        SavedNetwork::of(&tensors, &asked)
    });
    let measured = network.and_then(|network| {
        let moments = Moments::of(&network, loss, &mut |_| {})?;
        let head = Head::of(&network, &moments);
        gap(&network, &moments, loss, &head.weights)?;
        Collapse::of(&network, &moments, Centre::Samples);
        Ok(())
    });
    let _ = std::fs::remove_file(&path);
    if let Err(refusal) = measured {
        let said = format!("{refusal} {:?}", refusal.hint());
        assert!(
            said.chars().count() <= 1_500 && !said.chars().any(|c| c.is_control() && c != '\n'),
            "{said:?}"
        );
    }
}

/// The checker's reader against the program's: whatever it reads, the program reads, as the same problem; and every
/// certificate that is issued is accepted.
pub fn agreement(bytes: &[u8]) {
    let read = reading(bytes);
    let case = Case::parse("fuzzed.toml", bytes);
    if let Ok(problem) = &read {
        let case = case.as_ref().unwrap_or_else(|refusal| panic!("{refusal}"));
        if !problem.ends_with("too fine") {
            assert_eq!(line(case.problem()), *problem);
        }
    }
    let Ok(case) = case else { return };
    if !is_small(case.problem()) {
        return;
    }
    let Ok(certificate) = certify(&case) else { return };
    match audit(case.bytes(), certificate.as_bytes()) {
        Answer::Accepted => {}
        Answer::Incomplete(_) if read.is_err() => {}
        answer => panic!("{answer}\n{certificate}"),
    }
}

/// Whether its certificate is a matter of moments.
fn is_small(problem: &Problem) -> bool {
    let digits = |x: &Rational| x.numer().bits().max(x.denom().bits());
    let numbers = problem.weights().iter().chain([problem.features()]).map(digits).max();
    let tame = problem.classes() <= 6 && problem.depth() <= 4 && numbers <= Some(64);
    let easy = match problem.targets() {
        Targets::OneHot => true,
        Targets::Columns(columns) => columns.iter().flatten().all(|x| digits(x) <= 32),
        Targets::Covariance(_) => false,
    };
    tame && easy && (problem.loss() == Loss::Mse || problem.depth() == 1 || problem.classes() == 2)
}

/// The problem as the program reads it, in the checkers' line.
pub fn line(problem: &Problem) -> String {
    let join = |numbers: &[Rational]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let whole = |numbers: &[u64]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let all = |columns: &[Vec<Rational>]| columns.iter().map(|c| join(c)).collect::<Vec<_>>().join(";");
    let targets = match problem.targets() {
        Targets::OneHot => "one-hot".to_owned(),
        Targets::Columns(columns) => all(columns),
        Targets::Covariance(rows) => format!("covariance {}", all(rows)),
    };
    let terms = problem.terms();
    let parts = [
        ("class_weights", join(&terms.class_weights)),
        ("logit_shift", all(&terms.logit_shift)),
        ("logit_scale", all(&terms.logit_scale)),
        ("bias_weight", terms.bias.iter().map(ToString::to_string).collect()),
    ];
    let parts = parts.iter().filter(|(_, text)| !text.is_empty());
    let terms: String = parts.map(|(key, text)| format!(" {key} {text}")).collect();
    let loss = if problem.loss() == Loss::Mse { "mse" } else { "ce" };
    let bias = if problem.bias() == Bias::None { "none" } else { "last-layer" };
    format!(
        "counts {} widths {} loss {loss} bias {bias} weights {} features {} targets {targets}{terms}",
        whole(problem.counts()),
        whole(problem.widths()),
        join(problem.weights()),
        problem.features()
    )
}
