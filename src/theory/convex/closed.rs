//! Closed forms of one layer: equal counts under cross-entropy, and two problems of the mean squared error.
//!
//! - *Cross-entropy, equal counts and weights, one-hot or smoothed by `α`, any bias* (`α = 0`: Zhu et al. 2021): logits
//!   `β(I − J)`, `J = 11ᵀ/K`, with `P_kk − P_jk = g = 1 − α − K√(nΛ)/ω` and `β = ln((1 + (K−1)g)/(1 − g))`; zero iff `g ≤ 0`.
//! - *Squares, one-hot, no bias*: `z_k = u_k e_k`, `u_k = max(0, 1 − N√Λ/(ω_k√n_k))`.
//! - *Squares, one-hot, equal counts and weights, regularised bias*: `Z = α(I − J) + βJ` with `t = K√(nΛ)/ω`, `λ = λ_b/ω`,
//!   `α = max(0, 1 − t)`, `β = max(0, 1 − t(1 + λ)/λ)`, and all of `b` equal to `(1 − β)/(K(1 + λ))`.

use super::dual::Dual;
use super::grid::Grid;
use super::orthant::{Orthant, orthant};
use super::plan::Plan;
use super::point::Point;
use super::residual::Residual;
use crate::case::{Bias, Loss, Problem, Targets};
use crate::exact::{Enclosure, Rational, over_one, ten_to, to_places, whole};
use crate::theory::cross_entropy::simplex;
use num_traits::{One, Signed, Zero};

/// Decimal places of networks and dual points in closed form.
const PLACES: u32 = simplex::PLACES;

/// A closed form.
#[derive(Debug, Clone)]
pub enum Closed {
    /// Cross-entropy with equal counts.
    Balanced(Balanced),
    /// The mean squared error.
    Strengths(Strengths),
    /// Cross-entropy with features of at least 0.
    Orthant(Orthant),
}

/// Logits `β(I − 11ᵀ/K)`.
#[derive(Debug, Clone)]
pub struct Balanced {
    /// `β`; zero exactly if `g ≤ 0`.
    pub scale: Enclosure,
    /// `f*`.
    pub objective: Enclosure,
    /// `‖h_k‖`.
    pub feature_norm: Enclosure,
    /// `‖w_k‖`.
    pub classifier_norm: Enclosure,
}

/// What the logits are on each direction.
#[derive(Debug, Clone)]
pub struct Strengths {
    /// `u_k` of every class; or `α`, then `β`.
    pub values: Vec<Enclosure>,
    /// All of `b`, with a bias.
    pub bias: Option<Enclosure>,
    /// `f*`.
    pub objective: Enclosure,
}

type Parts = (Closed, Dual, Point);

impl Closed {
    /// The closed form of a problem with the dual point and the network that prove it to many digits.
    pub fn of(problem: &Problem, bits: u32) -> Option<Parts> {
        match problem.loss() {
            Loss::CrossEntropy if problem.terms().nonnegative => {
                let (form, dual, point) = orthant(problem, bits)?;
                Some((Self::Orthant(form), dual, point))
            }
            Loss::CrossEntropy => balanced(problem, bits),
            Loss::Mse if *problem.targets() != Targets::OneHot => None,
            Loss::Mse if problem.bias() == Bias::None => weighted(problem, bits),
            Loss::Mse => shared_bias(problem, bits),
        }
    }

    /// `f*`.
    pub fn objective(&self) -> &Enclosure {
        match self {
            Self::Balanced(form) => &form.objective,
            Self::Strengths(form) => &form.objective,
            Self::Orthant(form) => &form.objective,
        }
    }

    /// That of equal counts under cross-entropy.
    pub fn balanced(&self) -> Option<&Balanced> {
        if let Self::Balanced(form) = self { Some(form) } else { None }
    }
}

/// The smoothing of targets that are `(1 − α) e_k + (α/K) 1`.
fn smoothing(problem: &Problem) -> Option<Rational> {
    let Targets::Columns(columns) = problem.targets() else { return Some(Rational::zero()) };
    let k = columns.len();
    if problem.outputs() != k || k < 2 {
        return None;
    }
    let (own, off) = (&columns[0][0], &columns[0][1]);
    let fits = |j: usize, c: usize| columns[c][j] == *(if j == c { own } else { off });
    let even = (0..k).all(|c| (0..k).all(|j| fits(j, c)));
    (even && own >= off).then(|| off * whole(k))
}

/// The one weight of all classes, if counts and weights are equal.
fn equal(problem: &Problem) -> Option<Rational> {
    let weights = &problem.terms().class_weights;
    let same = problem.counts().iter().all(|n| *n == problem.counts()[0])
        && weights.iter().all(|ω| *ω == weights[0]);
    same.then(|| problem.class_weight(0))
}

fn balanced(problem: &Problem, bits: u32) -> Option<Parts> {
    let (terms, ω, α) = (problem.terms(), equal(problem)?, smoothing(problem)?);
    if !terms.logit_scale.is_empty() || !terms.logit_shift.is_empty() {
        return None;
    }
    let (k, n) = (whole(problem.classes()), whole(problem.counts()[0]));
    let others = &k - Rational::one();
    let squared = problem.regularization_product() * &n / (&ω * &ω);
    // √(n λ_W λ_H)/ω, against (1 − α)/K.
    let root = Enclosure::from(squared.clone()).sqrt(bits);
    let kept = Rational::one() - &α;
    let zero = &squared * &k * &k >= &kept * &kept;
    let (scale, loss) = match (zero, α.is_zero()) {
        (true, _) => (Enclosure::zero(), Enclosure::from(k.clone()).ln(bits)?),
        // ln(1 + (K−1)e^{−β}) with e^{−β} = 1/(1/√(nΛ) − (K−1)).
        (false, true) => {
            let odds = &root.recip()? - &Enclosure::from(others.clone());
            let loss = (&Enclosure::one() + &(&odds.recip()? * &others.clone().into())).ln(bits)?;
            (odds.ln(bits)?, loss)
        }
        // P_kk = (1 + (K−1)g)/K and P_jk = (1 − g)/K.
        (false, false) => {
            let g = &Enclosure::from(kept.clone()) - &(&root * &k.clone().into());
            let own = &(&Enclosure::one() + &(&g * &others.clone().into())) * &k.recip().into();
            let off = &(&Enclosure::one() - &g) * &k.recip().into();
            let (own, off) = (own.ln(bits)?, off.ln(bits)?);
            let on_off = &α * &others / &k;
            let loss = &Enclosure::zero()
                - &(&(&own * &(Rational::one() - &on_off).into()) + &(&off * &on_off.into()));
            (&own - &off, loss)
        }
    };
    let objective = match zero {
        true => loss,
        false => &loss + &(&(&root * &scale) * &others.clone().into()),
    };
    let objective = if ω.is_one() { objective } else { &objective * &ω.clone().into() };
    // Singular values of the logits over all samples: s = β√n, K − 1 times; a² = √Λ s/λ for a factor.
    let shared = if ω.is_one() { &root * &scale } else { &(&root * &ω.clone().into()) * &scale };
    let norm =
        |λ: &Rational, columns: &Rational| (&shared * &(&others / (&k * λ * columns)).into()).sqrt(bits);
    let closed = Balanced {
        feature_norm: norm(problem.features(), &n),
        classifier_norm: norm(&problem.weights()[0], &Rational::one()),
        scale,
        objective,
    };
    let p = &root.lower() + &α / &k;
    let dual = Dual::balanced(problem, &p.min(&Rational::one() / &k), &α, PLACES);
    let point = simplex::point(problem, &shared, bits);
    Some((Closed::Balanced(closed), dual, point))
}

/// Up to a multiple of `10^-PLACES`.
fn above(x: &Enclosure) -> Rational {
    let unit = ten_to(-i64::from(PLACES));
    (x.upper() / &unit).ceil() * unit
}

/// `1 − x` where `x < 1` is decided by its square, else zero.
fn remainder(x: &Enclosure, squared: &Rational) -> Enclosure {
    if *squared >= Rational::one() { Enclosure::zero() } else { &Enclosure::one() - x }
}

fn weighted(problem: &Problem, bits: u32) -> Option<Parts> {
    let n = whole(problem.samples());
    let product = problem.regularization_product();
    let counts: Vec<Rational> = problem.counts().iter().map(|n| whole(*n)).collect();
    let value = |k: usize| {
        let ω = problem.class_weight(k);
        let squared = &n * &n * &product / (&ω * &ω * &counts[k]);
        remainder(&Enclosure::from(squared.clone()).sqrt(bits), &squared)
    };
    let values: Vec<Enclosure> = (0..counts.len()).map(value).collect();
    let root = |x: Rational| Enclosure::from(x).sqrt(bits);
    let share = |k: usize| {
        let rest = &Enclosure::one() - &values[k];
        let loss = &(&rest * &rest) * &(&counts[k] * problem.class_weight(k) / (whole(2) * &n)).into();
        &loss + &(&root(&product * &counts[k]) * &values[k])
    };
    let objective: Enclosure = (0..counts.len()).map(share).sum();
    let plan: Vec<Vec<Rational>> = (0..counts.len())
        .map(|k| {
            let own = if values[k].is_zero() { Rational::zero() } else { above(&values[k]) * &counts[k] };
            (0..counts.len()).map(|j| if j == k { own.clone() } else { Rational::zero() }).collect()
        })
        .collect();
    let (columns, unit) = over_one(&plan);
    let dual = Dual {
        plan: Plan { columns, unit },
        weights: Vec::new(),
        columns: Grid { columns: Vec::new(), places: 0 },
    };
    let kept: Vec<usize> = (0..counts.len()).filter(|k| !values[*k].is_zero()).collect();
    let unit_vector =
        |k: &usize| (0..counts.len()).map(|j| whole(u8::from(j == *k))).collect::<Vec<Rational>>();
    let left: Vec<Vec<Rational>> = kept.iter().map(unit_vector).collect();
    let strengths: Vec<Enclosure> = kept.iter().map(|k| &root(counts[*k].clone()) * &values[*k]).collect();
    let point = network(problem, &left, &strengths, Vec::new(), bits)?;
    Some((Closed::Strengths(Strengths { values, bias: None, objective }), dual, point))
}

/// The network whose logits over all samples have singular values `strengths`, from left vectors of classes; right ones are
/// the same, as all counts of a vector's classes are equal.
fn network(
    problem: &Problem,
    left: &[Vec<Rational>],
    strengths: &[Enclosure],
    bias: Vec<Rational>,
    bits: u32,
) -> Option<Point> {
    if left.is_empty() {
        return Some(Point::zero(problem, bias));
    }
    let roots: Vec<Rational> = problem
        .counts()
        .iter()
        .map(|n| Enclosure::from(*n).sqrt(bits).recip().map(|x| x.lower()))
        .collect::<Option<_>>()?;
    let over = |v: &Vec<Rational>| v.iter().zip(&roots).map(|(x, r)| x * r).collect();
    let right: Vec<Vec<Rational>> = left.iter().map(over).collect();
    // a² = √Λ s/λ for a factor.
    let product = Enclosure::from(problem.regularization_product()).sqrt(bits);
    let factor = |λ: &Rational| {
        strengths.iter().map(|s| (&(&product * s) * &λ.recip().into()).sqrt(bits).lower()).collect::<Vec<_>>()
    };
    let all: Vec<Vec<Rational>> =
        std::iter::once(problem.features()).chain(problem.weights()).map(factor).collect();
    Some(Point::diagonal(left, &right, &all, bias, PLACES))
}

fn shared_bias(problem: &Problem, bits: u32) -> Option<Parts> {
    let (ω, λ) = (equal(problem)?, problem.terms().bias.as_ref()?);
    let (k, n, λ) = (whole(problem.classes()), whole(problem.counts()[0]), λ / &ω);
    let squared = problem.regularization_product() * &n * &k * &k / (&ω * &ω);
    let t = Enclosure::from(squared.clone()).sqrt(bits);
    let more = (Rational::one() + &λ) / &λ;
    let α = remainder(&t, &squared);
    let β = remainder(&(&t * &more.clone().into()), &(&squared * &more * &more));
    let half = |x: &Enclosure, factor: &Rational| {
        let rest = &Enclosure::one() - x;
        &(&(&rest * &rest) * &(factor / (whole(2) * &k)).into()) + &(&t * x).over(&k)
    };
    let frame = &half(&α, &Rational::one()) * &(&k - Rational::one()).into();
    let objective = &(&frame + &half(&β, &more.recip())) * &ω.clone().into();
    let bias = (&Enclosure::one() - &β).over(&(&k * (Rational::one() + &λ)));
    // What the logits with the bias are on the mean: 1 − λ (1 − β)/(1 + λ).
    let mean = &Enclosure::one() - &(&Enclosure::one() - &β).over(&more);
    let (on, off) = (if α.is_zero() { Rational::zero() } else { above(&α) }, above(&mean));
    let entry = |i: usize, j: usize| {
        let frame = if i == j { Rational::one() - k.recip() } else { -k.recip() };
        (&on * frame + &off * k.recip()) * &n
    };
    let size = problem.classes();
    let plan: Vec<Vec<Rational>> = (0..size).map(|j| (0..size).map(|i| entry(i, j)).collect()).collect();
    let (columns, unit) = over_one(&plan);
    let plan = Plan { columns, unit };
    // a I + (b − a) J: with b ≥ a that much of J is explained, else it is diagonally dominant as it stands.
    let rest = Residual::of(problem, &plan).slack(problem);
    let between = if size > 1 {
        Rational::new(rest.entries[0][1].clone(), rest.scale.clone())
    } else {
        Rational::zero()
    };
    let explained = between.is_positive();
    let ones = Grid { columns: if explained { vec![vec![1.into(); size]] } else { Vec::new() }, places: 0 };
    let dual = Dual { plan, weights: if explained { vec![between] } else { Vec::new() }, columns: ones };
    let mut left = if α.is_zero() { Vec::new() } else { simplex::helmert(size, bits) };
    let root = Enclosure::from(n.clone()).sqrt(bits);
    let mut strengths = vec![&root * &α; left.len()];
    if !β.is_zero() {
        left.push(vec![Enclosure::from(k.recip()).sqrt(bits).lower(); size]);
        strengths.push(&root * &β);
    }
    let middle = to_places(&bias.middle(), u64::from(PLACES));
    let point = network(problem, &left, &strengths, vec![middle; size], bits)?;
    Some((Closed::Strengths(Strengths { values: vec![α, β], bias: Some(bias), objective }), dual, point))
}
