//! The founding paper's metrics and the tail of the flow: `verify --metrics paper --tail` against its formulas, written again
//! in loops over samples.

use crate::case::{Bias, Case, Loss};
use crate::exact::Rational;
use crate::flow::{Columns, Network};
use crate::study::Study;
use crate::theory::Optimum;
use crate::verdict::{Outcome, Plan};
use faer::{Mat, Side};
use num_traits::ToPrimitive;
use std::path::Path;

fn read(path: &str) -> Case {
    Case::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(path)).unwrap()
}

fn float(q: &Rational) -> f64 {
    q.to_f64().unwrap()
}

type Rows = Vec<Vec<f64>>;

fn times(a: &Rows, b: &Rows) -> Rows {
    let entry = |row: &Vec<f64>, j: usize| row.iter().zip(b).map(|(x, other)| x * other[j]).sum();
    a.iter().map(|row| (0..b[0].len()).map(|j| entry(row, j)).collect()).collect()
}

fn turned(a: &Rows) -> Rows {
    (0..a[0].len()).map(|j| a.iter().map(|row| row[j]).collect()).collect()
}

fn norm(a: &Rows) -> f64 {
    a.iter().flatten().map(|x| x * x).sum::<f64>().sqrt()
}

/// `‖X/‖X‖ − P/‖P‖‖`.
fn apart(x: &Rows, p: &Rows) -> f64 {
    let (nx, np) = (norm(x), norm(p));
    let all = x.iter().flatten().zip(p.iter().flatten());
    all.map(|(x, p)| (x / nx - p / np).powi(2)).sum::<f64>().sqrt()
}

/// The mean over samples.
fn centre(counts: &[u64], means: &Rows) -> Vec<f64> {
    let n = counts.iter().sum::<u64>() as f64;
    (0..means[0].len())
        .map(|i| means.iter().zip(counts).map(|(h, c)| h[i] * *c as f64).sum::<f64>() / n)
        .collect()
}

/// `tr(Σ_W Σ_B⁺)/K` with `Σ_B` and its pseudo-inverse written out; deviations from class means have the sum `N Σ_W` of squares.
fn nc1(deviations: &Rows, counts: &[u64], means: &Rows) -> f64 {
    let (d, k, n) = (means[0].len(), means.len(), counts.iter().sum::<u64>() as f64);
    let centre = centre(counts, means);
    let (mut within, mut between) = (Mat::<f64>::zeros(d, d), Mat::<f64>::zeros(d, d));
    for x in deviations {
        for i in 0..d {
            for j in 0..d {
                within[(i, j)] += x[i] * x[j] / n;
            }
        }
    }
    for mean in means {
        for i in 0..d {
            for j in 0..d {
                between[(i, j)] += (mean[i] - centre[i]) * (mean[j] - centre[j]) / k as f64;
            }
        }
    }
    let eigen = between.self_adjoint_eigen(Side::Lower).unwrap();
    let values: Vec<f64> = (0..d).map(|i| eigen.S().column_vector()[i]).collect();
    let largest = values.iter().copied().fold(0.0, f64::max);
    let mut trace = 0.0;
    for (i, value) in values.iter().enumerate().filter(|(_, value)| **value > 1e-9 * largest) {
        let v: Vec<f64> = (0..d).map(|j| eigen.U()[(j, i)]).collect();
        let along: f64 = (0..d).map(|a| (0..d).map(|b| v[a] * within[(a, b)] * v[b]).sum::<f64>()).sum();
        trace += along / value;
    }
    trace / k as f64
}

/// The predicted `A_m A_mᵀ`, `H̄_mᵀH̄_m` and `A_m H̄_m` of an orthogonal frame or, with a bias and equal counts, of a simplex.
fn predicted(case: &Case, m: usize) -> [Rows; 3] {
    let problem = case.problem();
    let (k, n, depth) = (problem.classes(), problem.samples() as f64, problem.depth());
    let simplex = problem.bias() == Bias::LastLayer || problem.loss() == Loss::CrossEntropy;
    let entry = |i: usize, j: usize, x: f64| match (simplex, i == j) {
        (true, true) => x * (1.0 - 1.0 / k as f64),
        (true, false) => -x / k as f64,
        (false, true) => x,
        (false, false) => 0.0,
    };
    let matrix = |size: &dyn Fn(usize) -> f64| -> Rows {
        (0..k).map(|i| (0..k).map(|j| entry(i, j, size(i))).collect()).collect()
    };
    if problem.loss() == Loss::CrossEntropy {
        return [matrix(&|_| 1.0), matrix(&|_| 1.0), matrix(&|_| 1.0)];
    }
    let optimum = Optimum::of(problem, 17);
    let u = |k: usize| {
        let mode = optimum.modes.iter().find(|m| {
            m.mode.block.target_sq.middle()
                == Rational::from(crate::exact::Integer::from(problem.counts()[k]))
        });
        float(&mode.unwrap().shrinkage().0.middle())
    };
    let λ: Vec<f64> = problem.weights().iter().map(float).collect();
    let energy = |k: usize| problem.counts()[k] as f64 * u(k) * (1.0 - u(k)) / n;
    let layers = |range: std::ops::Range<usize>, k: usize| range.map(|l| energy(k) / λ[l]).product::<f64>();
    let features =
        |k: usize| energy(k) / float(problem.features()) / problem.counts()[k] as f64 * layers(0..m - 1, k);
    [matrix(&|k| layers(m - 1..depth, k)), matrix(&features), matrix(&u)]
}

#[test]
fn the_papers_metrics_are_those_of_its_formulas() {
    for path in [
        "papers/dang2023/imbalanced-m1.toml",
        "papers/dang2023/imbalanced-m3.toml",
        "papers/dang2023/balanced-bias-m3.toml",
        "papers/dang2023/balanced-m2.toml",
        "cross-entropy/balanced/k4.toml",
    ] {
        let case = read(path);
        let problem = case.problem();
        // Far from rest, so that nothing is small.
        let plan = Plan { seeds: vec![1, 2], evaluations: 60, ..Plan::of(case.training()) };
        let study = Study::of(&case).with_paper(true).trained(plan, &|_| {});
        let runs = study.training().unwrap().unwrap();
        let network = Network::of(problem, Columns::of(problem)).unwrap();
        for (run, found) in runs.runs.iter().zip(study.paper_metrics()) {
            let (found, state) = (found.unwrap(), &run.state);
            let centred = problem.bias() == Bias::LastLayer || problem.loss() == Loss::CrossEntropy;
            let rows = |m: faer::MatRef<f64>| -> Rows {
                (0..m.nrows()).map(|i| (0..m.ncols()).map(|j| m[(i, j)]).collect()).collect()
            };
            let layers: Vec<Rows> = (1..=problem.depth()).map(|l| rows(network.layer(state, l))).collect();
            let h = rows(network.feature_matrix(state));
            let k = problem.classes();
            let level = crate::measure::ClassLevel::of(&network, state);
            let means: Rows = turned(&rows(level.features.as_ref()));
            let deviations: Rows = match &network.columns {
                Columns::Samples(classes) => {
                    let apart = |(h, class): (&Vec<f64>, &usize)| -> Vec<f64> {
                        h.iter().zip(&means[*class]).map(|(x, m)| x - m).collect()
                    };
                    turned(&h).iter().zip(classes).map(apart).collect()
                }
                _ => turned(&h)[k..].to_vec(),
            };
            for m in 1..=problem.depth() {
                let layer = found.layers[m - 1];
                let mut product = layers[problem.depth() - 1].clone();
                for l in (m - 1..problem.depth() - 1).rev() {
                    product = times(&product, &layers[l]);
                }
                let inputs = |all: &Rows| -> Rows {
                    let columns = layers[..m - 1].iter().fold(turned(all), |x, w| times(w, &x));
                    turned(&columns)
                };
                let (deviations, means) = (inputs(&deviations), inputs(&means));
                let centre = centre(problem.counts(), &means);
                let shift = |mean: &Vec<f64>| -> Vec<f64> {
                    mean.iter().zip(&centre).map(|(x, c)| if centred { x - c } else { *x }).collect()
                };
                let shifted: Rows = means.iter().map(shift).collect();
                let [a, b, z] = predicted(&case, m);
                let close = |found: f64, expected: f64, what: &str| {
                    let size = expected.abs().max(1.0);
                    assert!((found - expected).abs() < 1e-10 * size, "{path} {m} {what}: {found} {expected}");
                };
                close(layer.product, apart(&times(&product, &turned(&product)), &a), "NC2_W");
                close(layer.features, apart(&times(&shifted, &turned(&shifted)), &b), "NC2_H");
                close(found.logits, apart(&times(&product, &turned(&shifted)), &z), "NC3");
                let nc1 = nc1(&deviations, problem.counts(), &means);
                close(layer.within.pinv / nc1, 1.0, "NC1");
                // `Nλ_H/(1 − u)` times the features, layer by layer the root of the two predicted sizes.
                let multiple = |k: usize| if b[k][k] > 0.0 { (a[k][k] / b[k][k]).sqrt() } else { 0.0 };
                let expected: Rows = shifted
                    .iter()
                    .enumerate()
                    .map(|(k, h)| h.iter().map(|x| x * multiple(k)).collect())
                    .collect();
                close(layer.duality, apart(&product, &expected), "NC3_W");
                if problem.loss() == Loss::Mse {
                    let along = |x: &Rows, k: usize| -> f64 {
                        x[k].iter().zip(&shifted[k]).map(|(x, h)| x * h).sum()
                    };
                    let worst = (0..k).map(|k| (along(&product, k) / along(&expected, k) - 1.0).abs());
                    close(layer.ratio, worst.fold(0.0, f64::max), "NC3_W_div_H");
                }
            }
        }
    }
}

/// The founding paper's settings: what a kick leaves decays at the predicted slowest rate.
#[test]
fn the_tail_of_the_flow_has_the_predicted_rate() {
    for m in [1, 2, 3, 6] {
        let case = read(&format!("papers/dang2023/imbalanced-m{m}.toml"));
        let plan = Plan { seeds: vec![1], ..Plan::of(case.training()) };
        let study = Study::of(&case).trained(plan, &|_| {});
        let slowest = float(&study.curvature().unwrap().slowest(64).unwrap().value.middle());
        let rates = study.tail_rates().unwrap();
        let runs = study.training().unwrap().unwrap();
        assert_eq!(runs.runs[0].outcome, Outcome::Global);
        let rate = rates[0].unwrap();
        println!("M = {m}: measured {rate:.5e}, predicted {slowest:.5e}");
        assert!((rate / slowest - 1.0).abs() < 0.005, "M = {m}: {rate} {slowest}");
    }
}

/// The founding paper's image experiments divide the loss by the number of outputs, its formula does not: a network that is
/// exactly at the optimum of what was trained is this far from the formula.
#[test]
fn two_conventions_leave_floors_under_the_papers_metrics() {
    for (m, floors) in [
        (1, [3.991e-3, 5.978e-3, 5.442e-3]),
        (3, [1.894e-3, 1.161e-3, 2.179e-3]),
        (6, [1.261e-3, 4.207e-4, 1.420e-3]),
    ] {
        let [formula, trained] =
            ["", "-trained"].map(|word| read(&format!("papers/dang2023/images-k10-m{m}{word}.toml")));
        let ten = Rational::from(crate::exact::Integer::from(10));
        assert_eq!(*trained.problem().features(), formula.problem().features() * ten);
        let ([a, b, z], [c, d, y]) = (predicted(&trained, 1), predicted(&formula, 1));
        for (found, floor) in [apart(&a, &c), apart(&b, &d), apart(&z, &y)].into_iter().zip(floors) {
            assert!((found / floor - 1.0).abs() < 5e-4, "M = {m}: {found:.4e} {floor:.4e}");
        }
    }
}
