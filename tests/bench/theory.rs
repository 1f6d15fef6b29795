//! `cargo bench --bench theory`: how long predictions, certificates and their audits take.

use divan::{Bencher, black_box};
use tightframe::{Answer, Case, GramDetail, Study, audit, certify, prediction_text};

fn main() {
    divan::main();
}

/// Two layers with `k` different counts and a bias: every mode is a root of the secular equation.
fn distinct(k: usize) -> Case {
    let counts: Vec<String> = (0..k).map(|i| (10 + 7 * i + i % 3).to_string()).collect();
    let counts = counts.join(", ");
    read(
        &format!("counts = [{counts}]\nwidths = [{k}, {k}]\nloss = \"mse\"\nbias = \"last-layer\"\n"),
        "1e-6",
    )
}

/// Class targets of `k` numbers with short denominators.
fn targets(k: usize) -> Case {
    let entry =
        |i: usize, j: usize| format!("\"{}/{}\"", (i * i + 3 * i * j + 7 * j) % 19, 1 + (5 * i + j * j) % 9);
    let column = |i: usize| format!("[{}]", (0..k).map(|j| entry(i, j)).collect::<Vec<_>>().join(", "));
    let columns = (0..k).map(column).collect::<Vec<_>>().join(", ");
    let network = format!(
        "counts = [\"20*{k}\"]\nwidths = [{k}, {k}]\nloss = \"mse\"\nbias = \"none\"\ntargets = [{columns}]\n"
    );
    read(&network, "1e-6")
}

fn read(network: &str, λ: &str) -> Case {
    let text =
        format!("title = \"bench\"\n[network]\n{network}[regularization]\nweights = {λ}\nfeatures = {λ}\n");
    Case::parse("bench.toml", text.as_bytes()).expect("a case")
}

#[divan::bench(args = [4, 100, 1000])]
fn predict_different_counts(bencher: Bencher, k: usize) {
    let case = distinct(k);
    bencher.bench(|| prediction_text(black_box(&Study::of(&case)), 12));
}

#[divan::bench(args = [4, 16, 64])]
fn predict_targets(bencher: Bencher, k: usize) {
    let case = targets(k);
    bencher.bench(|| prediction_text(black_box(&Study::of(&case).with_gram(GramDetail::Always)), 12));
}

#[divan::bench(args = [4, 100, 1000])]
fn certify_different_counts(bencher: Bencher, k: usize) {
    let case = distinct(k);
    bencher.bench(|| certify(black_box(&case)).expect("a certificate"));
}

#[divan::bench(args = [4, 100, 1000])]
fn audit_different_counts(bencher: Bencher, k: usize) {
    let case = distinct(k);
    let certificate = certify(&case).expect("a certificate");
    bencher.bench(|| {
        let answer = audit(black_box(case.bytes()), certificate.as_bytes());
        assert_eq!(answer, Answer::Accepted);
    });
}

#[divan::bench(args = [4, 16, 64])]
fn certify_targets(bencher: Bencher, k: usize) {
    let case = targets(k);
    bencher.bench(|| certify(black_box(&case)).expect("a certificate"));
}
