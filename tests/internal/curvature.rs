//! The Hessian at critical points: every eigenvalue against that of the real network's Hessian, taken by differences of a
//! gradient that is written out here.

use crate::case::{Bias, Draft, Loss, Problem, Targets};
use crate::exact::{Enclosure, Integer, Rational};
use crate::float::Svd;
use crate::theory::Optimum;
use crate::theory::curvature::Curvature;
use crate::theory::landscape::{Choice, Landscape};
use faer::{Mat, Side};
use num_traits::ToPrimitive;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

fn float(x: &Enclosure) -> f64 {
    x.middle().to_f64().unwrap()
}

fn below(random: &mut ChaCha8Rng, n: u64) -> u64 {
    random.next_u64() % n
}

/// A small problem: counts with ties, widths narrow and wide, weights equal or not.
fn problem(random: &mut ChaCha8Rng) -> Problem {
    let classes = 1 + below(random, 4) as usize;
    let depth = 1 + below(random, 4) as usize;
    let counts = (0..classes).map(|_| 1 + below(random, 3)).collect();
    let widths = (0..depth).map(|_| 1 + below(random, 4)).collect();
    let weight = |random: &mut ChaCha8Rng| {
        Rational::new(
            Integer::from(1 + below(random, 9)),
            Integer::from([100, 1000, 10_000][below(random, 3) as usize]),
        )
    };
    let features = weight(random);
    let equal = below(random, 2) == 0;
    let weights = (0..depth).map(|_| if equal { features.clone() } else { weight(random) }).collect();
    let bias = if below(random, 2) == 0 { Bias::None } else { Bias::LastLayer };
    Problem::new(Draft { counts, widths, loss: Loss::Mse, bias, targets: Targets::OneHot, weights, features })
        .unwrap()
}

/// The network of a problem: factors `W_0 = H … W_M` and a bias, as one vector.
struct Real {
    shapes: Vec<(usize, usize)>,
    targets: Mat<f64>,
    λ: Vec<f64>,
    biased: bool,
}

impl Real {
    fn of(problem: &Problem) -> Self {
        let (k, n) = (problem.classes(), problem.samples() as usize);
        let labels: Vec<usize> =
            problem.counts().iter().enumerate().flat_map(|(k, n)| vec![k; *n as usize]).collect();
        let widths: Vec<usize> = problem.widths().iter().map(|d| *d as usize).collect();
        let rows = widths.iter().copied().chain([k]);
        let columns = std::iter::once(n).chain(widths.iter().copied());
        let λ = std::iter::once(problem.features()).chain(problem.weights()).map(|λ| λ.to_f64().unwrap());
        Self {
            shapes: rows.zip(columns).collect(),
            targets: Mat::from_fn(k, n, |j, i| f64::from(u8::from(labels[i] == j))),
            λ: λ.collect(),
            biased: problem.bias() == Bias::LastLayer,
        }
    }

    fn size(&self) -> usize {
        let entries: usize = self.shapes.iter().map(|(r, c)| r * c).sum();
        entries + if self.biased { self.targets.nrows() } else { 0 }
    }

    fn factors(&self, θ: &[f64]) -> (Vec<Mat<f64>>, Vec<f64>) {
        let mut at = 0;
        let factors = self.shapes.iter().map(|(r, c)| {
            at += r * c;
            let part = &θ[at - r * c..at];
            Mat::from_fn(*r, *c, |i, j| part[i * c + j])
        });
        let factors = factors.collect();
        (factors, θ[at..].to_vec())
    }

    fn gradient(&self, θ: &[f64]) -> Vec<f64> {
        let (factors, bias) = self.factors(θ);
        let n = self.targets.ncols() as f64;
        // before[l] = W_{l−1} ⋯ W_0, after = W_M ⋯ W_{l+1}.
        let mut before: Vec<Mat<f64>> = vec![];
        for w in &factors {
            before.push(before.last().map_or_else(|| w.clone(), |b| w * b));
        }
        let logits = before.last().unwrap();
        let shift = |j: usize| bias.get(j).copied().unwrap_or(0.0);
        let residual = Mat::from_fn(logits.nrows(), logits.ncols(), |j, i| {
            (logits[(j, i)] + shift(j) - self.targets[(j, i)]) / n
        });
        let mut parts = vec![];
        let mut back = residual.clone();
        for l in (0..factors.len()).rev() {
            let slope = if l == 0 { back.clone() } else { &back * before[l - 1].transpose() };
            let whole = slope + &factors[l] * faer::Scale(self.λ[l]);
            parts.push(
                (0..whole.nrows())
                    .flat_map(|i| (0..whole.ncols()).map(move |j| (i, j)))
                    .map(|at| whole[at])
                    .collect::<Vec<f64>>(),
            );
            back = factors[l].transpose() * &back;
        }
        parts.reverse();
        let mut all: Vec<f64> = parts.concat();
        if self.biased {
            all.extend((0..residual.nrows()).map(|j| residual.row(j).iter().sum::<f64>()));
        }
        all
    }

    /// The critical point: kept modes in hidden coordinates of their own.
    fn point(&self, landscape: &Landscape, choices: &[Choice]) -> Vec<f64> {
        let (k, n) = (self.targets.nrows(), self.targets.ncols());
        let mean: Vec<f64> = (0..k).map(|j| self.targets.row(j).iter().sum::<f64>() / n as f64).collect();
        let seen = match self.biased {
            true => Mat::from_fn(k, n, |j, i| self.targets[(j, i)] - mean[j]),
            false => self.targets.clone(),
        };
        let triples = Svd::of(seen.as_ref()).unwrap().triples();
        let optimum = landscape.optimum();
        let mut factors: Vec<Mat<f64>> = self.shapes.iter().map(|(r, c)| Mat::zeros(*r, *c)).collect();
        let (mut at, mut hidden) = (0, 0);
        for (m, choice) in optimum.modes.iter().zip(choices) {
            for copy in 0..m.mode.block.multiplicity {
                let triple = &triples[at];
                at += 1;
                let root = match copy {
                    c if c < choice.upper => m.mode.upper_root(&optimum.law).unwrap(),
                    c if c < choice.upper + choice.lower => {
                        m.mode.lower_root(&optimum.law, optimum.bits).unwrap()
                    }
                    _ => continue,
                };
                let energy = float(&m.mode.energy(&optimum.law, &root));
                let last = factors.len() - 1;
                for (l, w) in factors.iter_mut().enumerate() {
                    let a = (energy / self.λ[l]).sqrt();
                    match l {
                        0 => (0..n).for_each(|i| w[(hidden, i)] = a * triple.right[i]),
                        l if l == last => (0..k).for_each(|j| w[(j, hidden)] = a * triple.left[j]),
                        _ => w[(hidden, hidden)] = a,
                    }
                }
                hidden += 1;
            }
        }
        let mut θ: Vec<f64> = factors
            .iter()
            .flat_map(|w| {
                (0..w.nrows()).flat_map(|i| (0..w.ncols()).map(move |j| w[(i, j)])).collect::<Vec<_>>()
            })
            .collect();
        if self.biased {
            θ.extend(mean);
        }
        θ
    }

    /// Eigenvalues of the Hessian, ascending; the gradient's differences are of fourth order.
    fn spectrum(&self, θ: &[f64]) -> Vec<f64> {
        let (size, h) = (self.size(), 1e-3);
        let moved = |i: usize, step: f64| {
            let mut θ = θ.to_vec();
            θ[i] += step * h;
            self.gradient(&θ)
        };
        let columns: Vec<Vec<f64>> = (0..size)
            .map(|i| {
                let (a, b, c, d) = (moved(i, -2.0), moved(i, -1.0), moved(i, 1.0), moved(i, 2.0));
                (0..size).map(|j| (8.0 * (c[j] - b[j]) - (d[j] - a[j])) / (12.0 * h)).collect()
            })
            .collect();
        let hessian = Mat::from_fn(size, size, |i, j| (columns[i][j] + columns[j][i]) / 2.0);
        hessian.self_adjoint_eigenvalues(Side::Lower).unwrap()
    }
}

/// Two hundred critical points of random problems: the predicted spectrum is the real one, to 10⁻⁸ of its largest
/// eigenvalue, and so is the index; zeros beyond the gauge are those of the difference.
#[test]
fn the_predicted_spectrum_is_that_of_the_real_hessian() {
    let mut random = ChaCha8Rng::seed_from_u64(16);
    let (mut points, mut saddles, mut lower, mut flat, mut pairs) = (0, 0, 0, 0, 0);
    while points < 200 {
        let problem = problem(&mut random);
        let optimum = Optimum::of(&problem, 12);
        let landscape = Landscape::of(&problem, &optimum);
        let Some(levels) = landscape.levels(2000) else { continue };
        let level = &levels[below(&mut random, levels.len() as u64) as usize];
        let name = format!("{} at {problem:?}", landscape.name(&level.choices));
        let curvature = Curvature::at(&problem, &optimum, &level.choices).expect(&name);
        let real = Real::of(&problem);
        let θ = real.point(&landscape, &level.choices);
        assert!(real.gradient(&θ).iter().all(|g| g.abs() < 1e-12), "not critical: {name}");
        let found = real.spectrum(&θ);
        assert_eq!(curvature.size(), Integer::from(real.size()), "{name}");
        let mut predicted = Vec::new();
        for part in curvature.parts() {
            let copies = part.copies.to_usize().unwrap();
            for k in 0..part.size() {
                let value = part.eigenvalue(k, 40).unwrap_or_else(|| panic!("{k} of {part:?}: {name}"));
                let value = float(&value);
                let sign = (k >= part.negative) as i32 - (k < part.negative) as i32;
                assert!(value * f64::from(sign) >= 0.0, "{:?} {k} {value}: {name}", part.motion);
                predicted.extend(std::iter::repeat_n(value, copies));
            }
        }
        predicted.sort_by(f64::total_cmp);
        let largest = found.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        for (i, (p, f)) in predicted.iter().zip(&found).enumerate() {
            assert!((p - f).abs() <= 1e-8 * largest, "eigenvalue {i}: {p} is {f}: {name}");
        }
        let negative = predicted.iter().filter(|x| **x < 0.0).count();
        assert_eq!(curvature.index(), Integer::from(negative), "{name}");
        let zeros = predicted.iter().filter(|x| **x == 0.0).count();
        assert_eq!(curvature.gauge() + curvature.nullity(), Integer::from(zeros), "{name}");
        if let Some(slowest) = curvature.slowest(40) {
            let least = predicted.iter().copied().find(|x| *x > 0.0).unwrap();
            assert!((float(&slowest.value) - least).abs() <= 1e-9 * largest, "{name}");
        }
        points += 1;
        saddles += usize::from(negative > 0);
        lower += usize::from(level.choices.iter().any(|c| c.lower > 0));
        flat += usize::from(curvature.nullity() > Integer::from(0));
        pairs += usize::from(level.choices.iter().map(|c| c.upper + c.lower).sum::<usize>() > 1);
    }
    assert!(saddles > 80 && lower > 40 && flat > 20 && pairs > 25, "{saddles} {lower} {flat} {pairs}");
}

/// K = 1, M = 1… a mode exactly at the bound has one zero that is no gauge, in its own block and against its twin.
#[test]
fn a_double_root_is_flat() {
    let λ = |p: u64, q: u64| Rational::new(Integer::from(p), Integer::from(q));
    let draft = |counts: Vec<u64>| Draft {
        counts,
        widths: vec![2, 2],
        loss: Loss::Mse,
        bias: Bias::None,
        targets: Targets::OneHot,
        weights: vec![λ(3, 8), λ(3, 8)],
        features: λ(3, 4),
    };
    // c = Λ N³/μ² = 27/256 for N = μ = 1.
    let problem = Problem::new(draft(vec![1])).unwrap();
    let optimum = Optimum::of(&problem, 12);
    let curvature = Curvature::at(&problem, &optimum, &[Choice { upper: 1, lower: 0 }]).unwrap();
    assert_eq!((curvature.index(), curvature.nullity()), (0.into(), 1.into()));
}
