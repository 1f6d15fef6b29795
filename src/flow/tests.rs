//! The gradient against a naive twin and finite differences, the sample reduction against all samples, the
//! laws of the flow, and bounds on the work.

use super::integrator::{Control, Integrator};
use super::room::MOVED;
use super::station::Station;
use super::system::{Combination, System, Term};
use super::*;
use crate::case::{Bias, Draft, Loss, Problem, Targets, Terms};
use crate::exact::read_rational;
use faer::Mat;

fn problem(counts: &[u64], widths: &[u64], λ: &[&str], loss: Loss, bias: Bias) -> Problem {
    let λ: Vec<_> = λ.iter().map(|t| read_rational(t).unwrap()).collect();
    Problem::new(Draft {
        counts: counts.to_vec(),
        widths: widths.to_vec(),
        loss,
        bias,
        targets: Targets::OneHot,
        weights: (0..widths.len()).map(|l| λ[l % λ.len()].clone()).collect(),
        features: λ[λ.len() - 1].clone(),
        terms: Terms::default(),
    })
    .unwrap()
}

fn network(problem: &Problem) -> Network {
    Network::of(problem, Columns::of(problem)).unwrap()
}

/// The objective and gradient by the book, with every product formed.
fn naive(net: &Network, state: &[f64]) -> (f64, Vec<f64>) {
    let depth = net.depth();
    let identity = |n: usize| Mat::<f64>::identity(n, n);
    let layer = |l: usize| net.layer(state, l).to_owned();
    let h = net.feature_matrix(state).to_owned();
    // above(l) = W_M⋯W_{l+1}, below(l) = W_{l−1}⋯W_1 H.
    let above = |l: usize| ((l + 1)..=depth).fold(identity(net.widths[l]), |p, i| &layer(i) * &p);
    let below = |l: usize| (1..l).fold(h.clone(), |p, i| &layer(i) * &p);
    let mut e = &above(0) * &h;
    let bias = &state[net.bias_range()];
    let k = net.classes;
    let column = |c: usize| match &net.columns {
        Columns::Reduced { classes, .. } => {
            ((c < *classes).then_some(c), if c < *classes { net.counts[c].sqrt() } else { 0.0 })
        }
        Columns::Samples(classes) => (Some(classes[c]), 1.0),
        Columns::Classes(_) => (Some(c), net.counts[c].sqrt()),
    };
    let mut f = 0.0;
    let mut shift = vec![0.0; bias.len()];
    for c in 0..e.ncols() {
        let (class, s) = column(c);
        let Some(class) = class else {
            f += (0..k).map(|j| e[(j, c)].powi(2)).sum::<f64>() / (2.0 * net.samples);
            continue;
        };
        let b = |j: usize| bias.get(j).copied().unwrap_or(0.0);
        if net.loss == Loss::Mse {
            for j in 0..k {
                e[(j, c)] += s * (b(j) - net.targets[class * k + j]);
                f += e[(j, c)].powi(2) / (2.0 * net.samples);
            }
        } else {
            let z: Vec<f64> = (0..k).map(|j| e[(j, c)] / s + b(j)).collect();
            let total: f64 = z.iter().map(|z| z.exp()).sum();
            f += s * s * (total.ln() - z[class]) / net.samples;
            for j in 0..k {
                e[(j, c)] = s * (z[j].exp() / total - if j == class { 1.0 } else { 0.0 });
            }
        }
        for (j, g) in shift.iter_mut().enumerate() {
            *g += e[(j, c)] * s / net.samples;
        }
    }
    let mut gradient = vec![0.0; state.len()];
    for l in 1..=depth {
        let g = above(l).transpose() * &e * below(l).transpose();
        let range = net.layer_range(l);
        for (i, at) in range.enumerate() {
            gradient[at] =
                g[(i % net.widths[l], i / net.widths[l])] / net.samples + net.weights[l - 1] * state[at];
            f += net.weights[l - 1] / 2.0 * state[at].powi(2);
        }
    }
    let g = above(0).transpose() * &e;
    for (i, at) in net.feature_range().enumerate() {
        gradient[at] = g[(i % net.widths[0], i / net.widths[0])] / net.samples + net.features * state[at];
        f += net.features / 2.0 * state[at].powi(2);
    }
    gradient[net.bias_range()].copy_from_slice(&shift);
    (f, gradient)
}

fn variety() -> Vec<Problem> {
    let λ = ["1e-2", "3e-3", "7e-3"];
    let mut all = Vec::new();
    for loss in [Loss::Mse, Loss::CrossEntropy] {
        for bias in [Bias::None, Bias::LastLayer] {
            all.push(problem(&[5, 3, 2], &[4], &λ, loss, bias));
            all.push(problem(&[5, 3, 2], &[2, 6], &λ, loss, bias));
            all.push(problem(&[5, 3, 2, 2], &[6, 3, 5], &λ, loss, bias));
        }
    }
    all
}

#[test]
fn the_narrow_contraction_is_the_gradient() {
    for p in variety() {
        let net = network(&p);
        let state: Vec<f64> =
            Start::Random { seed: 3, std: 0.7 }.state(&net).iter().map(|x| x + 0.01).collect();
        let (f, slow) = naive(&net, &state);
        let mut fast = vec![0.0; state.len()];
        let g = Gradient::new(&net).evaluate(&state, &mut fast);
        assert!((f - g).abs() < 1e-13 * f, "{f} {g}");
        let distance = fast.iter().zip(&slow).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(distance < 1e-13, "{p:?} {distance}");
    }
}

/// Shapes that fill several blocks, none of them evenly, with few and with many classes.
fn wide() -> Vec<Problem> {
    let λ = ["1e-2", "3e-3", "7e-3"];
    vec![
        problem(&[60; 10], &[301, 259], &λ, Loss::Mse, Bias::LastLayer),
        problem(&[9; 17], &[61, 530, 67], &λ, Loss::Mse, Bias::None),
        problem(&[4; 70], &[83, 75], &λ, Loss::Mse, Bias::LastLayer),
        problem(&[4; 70], &[83], &λ, Loss::CrossEntropy, Bias::None),
    ]
}

/// A stage made in one pass is the formula, entry by entry, of gradients with every product formed.
#[test]
fn a_stage_is_its_formula() {
    for p in variety().iter().chain(&wide()) {
        let net = network(p);
        let state = |seed: u64| Start::Random { seed, std: 0.3 }.state(&net);
        let (x, y, mut out) = (state(1), state(2), state(3));
        let mut system = Gradient::new(&net);
        let [x, y] = [x, y].map(|state| Station::start(&mut system, &state));
        let x_term = Term::with(0.6, &x.point.state, -0.02, &x.slope);
        let y_term = Term::with(0.7, &y.point.state, -0.03, &y.slope);
        let (gx, gy) = (naive(&net, &x.point.state).1, naive(&net, &y.point.state).1);
        let both = |i: usize| 0.6 * x.point.state[i] - 0.02 * gx[i] + 0.7 * y.point.state[i] - 0.03 * gy[i];
        let formula: Vec<f64> = out.iter().enumerate().map(|(i, out)| both(i) - 0.3 * out).collect();
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        let from = Combination { own: -0.3, ..Combination::two(x_term, y_term) };
        let mut slope = system.room();
        let seen = system.visit(from, &mut out, &mut slope);
        assert!(near(&out, &formula), "{p:?}");
        let (f, gradient) = naive(&net, &formula);
        assert!((seen.objective - f).abs() < 1e-12 * f);
        let square = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
        assert!((seen.square / square(&formula) - 1.0).abs() < 1e-12);
        // The gradient at the stage, and a norm without a place.
        let there = Combination::one(Term::with(0.0, &formula, 1.0, &slope));
        assert!((system.square(there) / square(&gradient) - 1.0).abs() < 1e-11);
        system.combine(there, &mut out);
        assert!(near(&out, &gradient), "{p:?}");
        let norm = square(&(0..out.len()).map(both).collect::<Vec<_>>());
        assert!((system.square(Combination::two(x_term, y_term)) / norm - 1.0).abs() < 1e-12);
    }
}

#[test]
fn a_run_has_the_same_bytes_for_any_number_of_threads() {
    for p in wide() {
        let net = network(&p);
        let start = Start::Random { seed: 1, std: 0.1 };
        let limits = Limits { evaluations: 60, tolerance: 1e-8, path: false };
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| run(&net, &start, Method::Flow, limits, &mut |_| {}).last)
        };
        let [one, two, seven] = [1, 2, 7].map(with);
        for other in [two, seven] {
            assert_eq!(one.objective.to_bits(), other.objective.to_bits());
            assert!(one.state.iter().zip(&other.state[..]).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
    }
}

#[test]
fn the_naive_gradient_agrees_with_finite_differences() {
    for p in variety() {
        let net = network(&p);
        let state: Vec<f64> =
            Start::Random { seed: 5, std: 0.7 }.state(&net).iter().map(|x| x + 0.02).collect();
        let (_, gradient) = naive(&net, &state);
        for i in 0..state.len() {
            let at = |δ: f64| {
                let mut moved = state.clone();
                moved[i] += δ;
                naive(&net, &moved).0
            };
            let δ = 1e-5;
            let slope = (at(δ) - at(-δ)) / (2.0 * δ);
            assert!((slope - gradient[i]).abs() < 1e-8, "{slope} {}", gradient[i]);
        }
    }
}

/// A network whose `columns` are all samples, with the mean squared error: the unreduced twin.
fn unreduced(p: &Problem) -> Network {
    let classes = p.counts().iter().enumerate().flat_map(|(k, n)| std::iter::repeat_n(k, *n as usize));
    Network::of(p, Columns::Samples(classes.collect())).unwrap()
}

#[test]
fn the_sample_reduction_keeps_the_flow() {
    for (p, std) in [
        (problem(&[6, 4, 2], &[3, 4], &["5e-3"], Loss::Mse, Bias::None), 0.5),
        (problem(&[6, 4, 2], &[9], &["5e-3"], Loss::Mse, Bias::LastLayer), 0.5),
        (problem(&[6, 4, 2], &[3, 4], &["5e-3"], Loss::Mse, Bias::LastLayer), 0.5),
    ] {
        let full = unreduced(&p);
        let start = Start::Random { seed: 11, std }.state(&full);
        let net = network(&p);
        // The same start, rotated: class means, and a factor of the deviations' Gram matrix.
        let (d, n) = (full.widths[0], full.samples as usize);
        let Columns::Samples(classes) = &full.columns else { unreachable!() };
        let h = full.feature_matrix(&start).to_owned();
        let mut reduced = vec![0.0; net.parameters()];
        let mut deviation = h.clone();
        for k in 0..net.classes {
            for i in 0..d {
                let mean: f64 =
                    (0..n).filter(|c| classes[*c] == k).map(|c| h[(i, c)]).sum::<f64>() / net.counts[k];
                reduced[k * d + i] = mean * net.counts[k].sqrt();
                (0..n).filter(|c| classes[*c] == k).for_each(|c| deviation[(i, c)] -= mean);
            }
        }
        let svd = deviation.thin_svd().unwrap();
        for c in 0..net.columns.number() - net.classes {
            for i in 0..d {
                reduced[(net.classes + c) * d + i] = svd.U()[(i, c)] * svd.S().column_vector()[c];
            }
        }
        let rest = full.feature_range().end;
        let offset = net.feature_range().end;
        reduced[offset..].copy_from_slice(&start[rest..]);
        // The flow keeps the relation: so do plain Euler steps, and f and the layers agree along them.
        let step = |net: &Network, state: &mut Vec<f64>| {
            let mut g = vec![0.0; state.len()];
            let f = Gradient::new(net).evaluate(state, &mut g);
            state.iter_mut().zip(&g).for_each(|(x, g)| *x -= 0.05 * g);
            f
        };
        let (mut a, mut b) = (start, reduced);
        for _ in 0..200 {
            let (f, g) = (step(&full, &mut a), step(&net, &mut b));
            assert!((f - g).abs() < 1e-12 * f, "{f} {g}");
        }
        let apart = a[rest..].iter().zip(&b[offset..]).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
        assert!(apart < 1e-11, "{apart}");
    }
}

#[test]
fn the_balance_decays_as_the_law_says() {
    let p = problem(&[30, 20, 10], &[6, 5, 7], &["1e-2"], Loss::Mse, Bias::LastLayer);
    let net = network(&p);
    let start = Start::Random { seed: 2, std: 0.4 }.state(&net);
    let imbalance = |state: &[f64]| -> Vec<Mat<f64>> {
        let h = net.feature_matrix(state);
        let w = |l: usize| net.layer(state, l);
        let mut all = vec![w(1).transpose() * w(1) - h * h.transpose()];
        all.extend((1..net.depth()).map(|l| w(l + 1).transpose() * w(l + 1) - w(l) * w(l).transpose()));
        all
    };
    let mut system = Gradient::new(&net);
    let control = Control { relative: 1e-7, absolute: 1e-9, ..Control::default() };
    let mut integrator = Integrator::new(&system, start.len(), control);
    let first = imbalance(&start);
    let mut station = Station::start(&mut system, &start);
    while station.point.time < 40.0 {
        let before = station.point.objective;
        integrator.advance(&mut station, &mut system, 1.0).unwrap();
        assert!(station.point.objective <= before * (1.0 + 1e-14));
    }
    let point = &station.point;
    let decay = (-2.0 * 1e-2 * point.time).exp();
    for (now, before) in imbalance(&point.state).iter().zip(&first) {
        let error = (now - before * faer::Scale(decay)).norm_l2() / before.norm_l2();
        assert!(error < 1e-4, "{error}");
    }
}

fn settle(p: &Problem, seed: u64, evaluations: u64) -> Run {
    let net = network(p);
    let start = Start::Random { seed, std: 0.1 };
    run(&net, &start, Method::Flow, Limits { evaluations, tolerance: 1e-8, path: false }, &mut |_| {})
}

/// Evaluations, and entries that were read or written, in states, as they were counted in November 2026, with room for other
/// processors' roundings.
#[test]
fn published_settings_are_reached_within_bounded_work() {
    for (depth, optimum, evaluations, transfers) in [
        (1, 0.018942135624, 240, 1_250),
        (2, 0.013346614046, 240, 1_350),
        (3, 0.012218400372, 510, 2_600),
        (6, 0.013220353373, 490, 2_650),
    ] {
        let p = problem(&[200, 100, 50, 50], &vec![64; depth], &["5e-4"], Loss::Mse, Bias::None);
        for seed in 1..=3 {
            MOVED.set(0);
            let run = settle(&p, seed, evaluations);
            assert_eq!(run.stop, Stop::AtRest, "M = {depth}, {} evaluations", run.evaluations);
            let moved = MOVED.get() / run.last.state.len() as u64;
            assert!(moved <= transfers, "M = {depth}: {moved} states");
            let gap = run.last.objective / optimum - 1.0;
            assert!(gap.abs() < 1e-9, "M = {depth}: {gap}");
        }
    }
}

#[test]
fn a_run_ends_where_its_path_leads() {
    for (loss, λ, seed) in [(Loss::Mse, "2e-3", 1), (Loss::Mse, "7e-3", 2), (Loss::CrossEntropy, "4e-3", 3)]
    {
        let net = network(&problem(&[20, 10, 5], &[8, 9], &[λ, "3e-3"], loss, Bias::None));
        let [short, long] = [false, true].map(|path| {
            let limits = Limits { evaluations: 20_000, tolerance: 1e-9, path };
            run(&net, &Start::Random { seed, std: 0.3 }, Method::Flow, limits, &mut |_| {})
        });
        let apart = short.last.objective / long.last.objective - 1.0;
        assert!(apart.abs() < 1e-8 && short.evaluations < long.evaluations, "{loss:?} {λ}: {apart}");
    }
}

#[test]
fn balanced_cross_entropy_reaches_its_closed_form() {
    let λ: f64 = 5e-3;
    let (k, n) = (4.0, 5.0);
    for bias in [Bias::None, Bias::LastLayer] {
        let p = problem(&[5; 4], &[8], &["5e-3"], Loss::CrossEntropy, bias);
        let run = settle(&p, 1, 20_000);
        let β: f64 = (1.0 / (n * λ * λ).sqrt() - (k - 1.0)).ln();
        let optimum = ((k - 1.0) * (-β).exp()).ln_1p() + λ * n.sqrt() * (k - 1.0) * β;
        assert_eq!(run.stop, Stop::AtRest);
        assert!((run.last.objective / optimum - 1.0).abs() < 1e-9, "{} {optimum}", run.last.objective);
    }
}

#[test]
fn other_methods_reach_the_same_optimum() {
    let p = problem(&[20, 10], &[8, 8], &["5e-3"], Loss::Mse, Bias::None);
    let net = network(&p);
    let start = Start::Random { seed: 1, std: 0.3 };
    let limits = Limits { evaluations: 20_000, tolerance: 1e-8, path: false };
    let ends: Vec<Run> = [Method::Flow, Method::Sgd, Method::Lbfgs]
        .iter()
        .map(|m| run(&net, &start, *m, limits, &mut |_| {}))
        .collect();
    for end in &ends {
        assert_eq!(end.stop, Stop::AtRest);
        assert!((end.last.objective / ends[0].last.objective - 1.0).abs() < 1e-8);
    }
}

#[test]
fn a_start_has_the_same_bytes_for_ever() {
    let mut normal = crate::float::Normal::of(1);
    let first: Vec<f64> = (0..3).map(|_| normal.draw()).collect();
    for (value, pinned) in first.iter().zip([-0.055855278681087556, -0.7466920885043713, 0.8726731650353456])
    {
        assert!((value - pinned).abs() < 1e-15, "{first:?}");
    }
}

/// The reduction makes the columns, and with them the work, independent of the number of samples.
#[test]
fn a_gradient_costs_the_same_at_a_thousand_times_the_samples() {
    let of = |n: u64| {
        let p = problem(&[n; 4], &[128, 128], &["5e-4"], Loss::Mse, Bias::None);
        let net = network(&p);
        let state: Vec<f64> = (0..net.bias_range().end).map(|i| (i as f64 * 0.37).sin() * 0.1).collect();
        (net, state)
    };
    let ((few, few_state), (many, many_state)) = (of(400), of(400_000));
    assert_eq!((few.samples, many.samples), (1_600.0, 1_600_000.0));
    assert_eq!(few.columns.number(), many.columns.number());
    let time = |net: &Network, state: &[f64]| {
        let (mut workspace, mut gradient) = (Gradient::new(net), vec![0.0; state.len()]);
        let once = |_| {
            let clock = std::time::Instant::now();
            workspace.evaluate(state, &mut gradient);
            clock.elapsed().as_secs_f64()
        };
        (0..200).map(once).fold(f64::INFINITY, f64::min)
    };
    // The machine is noisy: the least ratio of a few tries is the one that speaks of the code.
    let ratio =
        (0..5).map(|_| time(&many, &many_state) / time(&few, &few_state)).fold(f64::INFINITY, f64::min);
    assert!(ratio <= 1.2, "{ratio}");
}
