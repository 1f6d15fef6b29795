//! A dual point of the convex problem (one layer), and the lower bound that it proves.
//!
//! For a plan `X` (`K × K`, entries `≥ 0`, column `k` sums to `n_k`; with a bias row `j` sums to `n_j`) and every
//! point of the network, with `P_k = X_k/n_k` and `logsumexp(z) ≥ ⟨p, z⟩ + entropy(p)`,
//!
//! ```text
//! f ≥ Σ_k (n_k/N) entropy(P_k)   if   ‖(I − P) D^{1/2}/N‖₂ ≤ √(λ_W λ_H),
//! that is if   λ_W λ_H N² D − (D − X)ᵀ(D − X)   is positive semidefinite.
//! ```
//!
//! The last is proved by weights `d_i ≥ 0` and columns `c_i` with the matrix less `Σ d_i c_i c_iᵀ` diagonally dominant.

use super::grid::Grid;
use crate::case::{Bias, Problem};
use crate::exact::{Enclosure, Integer, Rational, ten_to};
use crate::hints::convex_cross_entropy::Convex;
use crate::hints::{ldl, rounded};
use num_integer::Integer as _;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// A plan with the witness of its spectral condition.
#[derive(Debug, Clone)]
pub struct Dual {
    /// `X`.
    pub plan: Grid,
    /// `d_i`.
    pub weights: Vec<Rational>,
    /// `c_i`, by columns.
    pub columns: Grid,
}

/// Decimal places of a plan from floats.
const PLACES: u32 = 18;
/// The first pull towards `X = D`, in parts for each class; later ones are four times the one before.
const FIRST_PULL: f64 = 2e-15;

fn count(n: u64) -> Integer {
    Integer::from(n)
}

impl Dual {
    /// From floating probabilities; `None` if none of so many small pulls makes the condition provable.
    pub fn of(problem: &Problem, found: &Convex, pulls: usize) -> Option<Self> {
        let mut pull = FIRST_PULL * problem.classes() as f64;
        for _ in 0..pulls {
            let plan = plan(problem, &found.probabilities, 1.0 - pull);
            let matrix = matrix(problem, &plan);
            let float = |x: &Integer| Rational::new(x.clone(), matrix.scale.clone()).to_f64().unwrap_or(0.0);
            let floats: Vec<Vec<f64>> =
                matrix.entries.iter().map(|row| row.iter().map(float).collect()).collect();
            let smallest = problem.counts().iter().min().copied().unwrap_or(1) as f64;
            let (n, product) = (problem.samples() as f64, problem.regularization_product().to_f64()?);
            let (weights, columns) = ldl::ldl(&floats, pull * product * n * n * smallest / 2.0);
            let weights = weights.iter().map(|d| short(*d)).collect();
            let dual = Self { plan, weights, columns: Grid::rounded(&columns, PLACES) };
            if dual.is_feasible(&matrix) {
                return Some(dual);
            }
            pull *= 4.0;
        }
        None
    }

    /// For equal counts: `p` off the diagonal of `P`, with `p² ≤ n λ_W λ_H` and `p ≤ 1/K`, in decimal places.
    pub fn balanced(problem: &Problem, p: &Rational, places: u32) -> Self {
        let (k, n) = (problem.classes(), problem.counts()[0]);
        let unit = ten_to(i64::from(places));
        let off = (p * Rational::from(count(n)) * &unit).floor().to_integer();
        let whole = (Rational::from(count(n)) * unit).to_integer();
        let own = whole - &off * count(k as u64 - 1);
        let column = |c: usize| (0..k).map(|j| if j == c { own.clone() } else { off.clone() }).collect();
        let plan = Grid { columns: (0..k).map(column).collect(), places };
        // D − X = off·K (I − 11ᵀ/K): its square leaves off²·K on every entry.
        let weight = plan.value(&off).pow(2) * Rational::from(count(k as u64));
        Self { plan, weights: vec![weight], columns: Grid { columns: vec![vec![count(1); k]], places: 0 } }
    }

    /// Whether the matrix less `Σ d_i c_i c_iᵀ` is diagonally dominant; everything over one denominator.
    fn is_feasible(&self, matrix: &Scaled) -> bool {
        let common = self.weights.iter().fold(Integer::one(), |l, d| l.lcm(d.denom()));
        let weights = self.weights.iter().map(|d| d.numer() * (&common / d.denom()));
        let size = matrix.entries.len();
        let mut explained = vec![vec![Integer::zero(); size]; size];
        for (d, c) in weights.zip(&self.columns.columns) {
            for (x, row) in c.iter().zip(&mut explained).filter(|(x, _)| !x.is_zero()) {
                let scaled = &d * x;
                c.iter().zip(row).filter(|(y, _)| !y.is_zero()).for_each(|(y, sum)| *sum += &scaled * y);
            }
        }
        let of_matrix = common * count(10).pow(2 * self.columns.places);
        (0..size).all(|i| {
            let rest = |j: usize| &matrix.entries[i][j] * &of_matrix - &explained[i][j] * &matrix.scale;
            let off: Integer = (0..size).filter(|j| *j != i).map(|j| rest(j).abs()).sum();
            rest(i) >= off
        })
    }

    /// The lower bound `Σ_k (n_k/N) entropy(X_k/n_k)`; `None` if a condition fails.
    pub fn bound(&self, problem: &Problem, bits: u32) -> Option<Enclosure> {
        let feasible = self.is_feasible(&matrix(problem, &self.plan));
        let sums = |k: usize| self.plan.columns[k].iter().sum::<Integer>();
        let whole = |n: u64| count(n) * count(10).pow(self.plan.places);
        let rows = |j: usize| self.plan.columns.iter().map(|c| &c[j]).sum::<Integer>();
        let counts = problem.counts().iter().enumerate();
        let transported = counts.clone().all(|(k, n)| sums(k) == whole(*n))
            && (problem.bias() == Bias::None || counts.clone().all(|(j, n)| rows(j) == whole(*n)))
            && self.plan.columns.iter().flatten().all(|x| !x.is_negative());
        if !feasible || !transported {
            return None;
        }
        let mut sum = Enclosure::zero();
        for (column, n) in self.plan.columns.iter().zip(problem.counts()) {
            for x in column.iter().filter(|x| !x.is_zero()) {
                let share = self.plan.value(x);
                let p = &share / Rational::from(count(*n));
                sum = &sum - &(&Enclosure::from(p).ln(bits)? * &share.into());
            }
        }
        Some(sum.over(&Rational::from(count(problem.samples()))))
    }
}

/// Twenty significant digits of a positive float.
fn short(x: f64) -> Rational {
    let places = 20 - libm::floor(libm::log10(x)) as i64;
    rounded(x, u32::try_from(places.max(0)).unwrap_or(0))
}

/// An integer matrix with the number by which it is to be divided.
struct Scaled {
    entries: Vec<Vec<Integer>>,
    scale: Integer,
}

/// `λ_W λ_H N² D − (D − X)ᵀ(D − X)`.
fn matrix(problem: &Problem, plan: &Grid) -> Scaled {
    let k = problem.classes();
    let whole = count(10).pow(plan.places);
    let rest: Vec<Vec<Integer>> = (0..k)
        .map(|c| {
            let entry = |(j, x): (usize, &Integer)| {
                if j == c { count(problem.counts()[c]) * &whole - x } else { -x.clone() }
            };
            plan.columns[c].iter().enumerate().map(entry).collect()
        })
        .collect();
    let (product, n) = (problem.regularization_product(), count(problem.samples()));
    let own = product.numer() * &n * &n * &whole * &whole;
    let entry = |i: usize, j: usize| {
        let dot: Integer = rest[i].iter().zip(&rest[j]).map(|(a, b)| a * b).sum();
        let own = if i == j { &own * count(problem.counts()[i]) } else { Integer::zero() };
        own - dot * product.denom()
    };
    let entries = (0..k).map(|i| (0..k).map(|j| entry(i, j)).collect()).collect();
    Scaled { entries, scale: product.denom() * &whole * &whole }
}

/// Probabilities as a plan, pulled towards the diagonal by `1 − t`, exact in its sums.
fn plan(problem: &Problem, probabilities: &[f64], t: f64) -> Grid {
    let k = problem.classes();
    let unit = ten_to(i64::from(PLACES));
    let off = |c: usize, j: usize| {
        let x = (probabilities[c * k + j] * t * problem.counts()[c] as f64).max(0.0);
        (rounded(x, PLACES) * &unit).to_integer()
    };
    let zero = |c: usize, j: usize| if j == c { Integer::zero() } else { off(c, j) };
    let mut columns: Vec<Vec<Integer>> = (0..k).map(|c| (0..k).map(|j| zero(c, j)).collect()).collect();
    if problem.bias() == Bias::LastLayer {
        // Rows must sum like columns: what is missing goes through the first class, which balances itself.
        for j in 1..k {
            let row: Integer = columns.iter().map(|c| &c[j]).sum();
            let column: Integer = columns[j].iter().sum();
            let more = row - column;
            if more.is_positive() { columns[j][0] += more } else { columns[0][j] -= more }
        }
    }
    for (c, column) in columns.iter_mut().enumerate() {
        let others: Integer = column.iter().sum();
        column[c] = count(problem.counts()[c]) * count(10).pow(PLACES) - others;
    }
    Grid { columns, places: PLACES }
}
