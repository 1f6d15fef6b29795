//! Times of the flow: one gradient, one stage beside what memory allows, one run. `cargo bench --features bench`.

#![allow(missing_docs, clippy::unwrap_used)]

use divan::Bencher;
use tightframe::benching::Setting;

fn main() {
    divan::main();
}

/// Ten classes, three layers.
const TEN: [u64; 10] = [500, 300, 200, 100, 80, 60, 50, 40, 30, 20];
const WIDTHS: [u64; 3] = [64, 512, 2048];

fn ten(width: u64) -> Setting {
    Setting::new(&TEN, &[width; 3], 2_000).unwrap()
}

/// One hundred classes, beyond the kernels for narrow matrices.
fn hundred() -> Setting {
    let counts: Vec<u64> = (0..100).map(|k| 20 + k % 7).collect();
    Setting::new(&counts, &[256; 2], 10_000).unwrap()
}

/// With so many threads.
fn time(bencher: Bencher, threads: usize, mut work: impl FnMut() + Send) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(&mut work);
    bencher.bench_local(|| pool.install(&mut work));
}

#[divan::bench(args = WIDTHS, consts = [1, 2])]
fn five_vectors<const THREADS: usize>(bencher: Bencher, width: u64) {
    time(bencher, THREADS, ten(width).moves());
}

#[divan::bench(args = WIDTHS, consts = [1, 2])]
fn stage<const THREADS: usize>(bencher: Bencher, width: u64) {
    time(bencher, THREADS, ten(width).stage());
}

#[divan::bench(args = WIDTHS)]
fn gradient(bencher: Bencher, width: u64) {
    time(bencher, 1, ten(width).gradient());
}

#[divan::bench(consts = [1, 2])]
fn stage_of_a_hundred_classes<const THREADS: usize>(bencher: Bencher) {
    time(bencher, THREADS, hundred().stage());
}

#[divan::bench(args = [1, 2, 3, 6])]
fn run_of_a_published_setting(bencher: Bencher, depth: usize) {
    let setting = Setting::new(&[200, 100, 50, 50], &vec![64; depth], 2_000).unwrap();
    bencher.bench_local(|| setting.run(0.1));
}

#[divan::bench(sample_count = 3)]
fn run_of_a_hundred_classes(bencher: Bencher) {
    let setting = hundred();
    bencher.bench_local(|| setting.run(0.05));
}
