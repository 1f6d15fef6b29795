//! A dual point of one layer's convex problem, and the lower bound that it proves.
//!
//! A plan `X` has a column `n_k P_k` a class. Let `B` have the columns `ω_k δ_k ⊙ (n_k s_k − X_k)`. If `Λ N² D − BᵀB` is
//! positive semidefinite, and with a free bias `B 1 = 0`, every point of the network has
//!
//! ```text
//! f ≥ Σ_k (n_kω_k/N) g_k − ‖B 1‖²/(2 λ_b N²)        (the last term for a regularised bias)
//!
//! cross-entropy    g_k = entropy(P_k) + ⟨P_k − s_k, ι_k⟩,   P_k probabilities
//! squares          g_k = (‖s_k‖² − ‖P_k‖²)/2
//! ```
//!
//! since `logsumexp(a) ≥ ⟨p, a⟩ + entropy(p)` and `‖z − s‖²/2 ≥ ⟨p − s, z⟩ + (‖s‖² − ‖p‖²)/2`. The condition is proved by
//! weights `d_i ≥ 0` and columns `c_i` with the matrix less `Σ d_i c_i c_iᵀ` diagonally dominant. With more classes than
//! outputs it is that of `Λ N² I − B D⁻¹ Bᵀ`, which is smaller. Features of at least 0 have products of at least 0, so that
//! for them it is enough that what is left has no negative entry.

use super::balance;
use super::grid::Grid;
use super::plan::Plan;
use super::residual::{Columns, Residual, Scaled};
use crate::case::{Bias, Loss, Problem};
use crate::exact::{Enclosure, Integer, Rational, ten_to, whole};
use crate::hints::convex::Convex;
use crate::hints::{ldl, rounded};
use num_integer::Integer as _;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// A plan with the witness of its spectral condition.
#[derive(Debug, Clone)]
pub struct Dual {
    /// `X`.
    pub plan: Plan,
    /// `d_i`.
    pub weights: Vec<Rational>,
    /// `c_i`, by columns.
    pub columns: Grid,
}

/// Decimal places of witnesses from floats.
const PLACES: u32 = 18;
/// The first pull towards the targets, in parts for each class; later ones are four times the one before.
const FIRST_PULL: f64 = 2e-15;

fn count(n: u64) -> Integer {
    Integer::from(n)
}

impl Dual {
    /// From floating probabilities; `None` if none of so many small pulls makes the condition provable.
    pub fn of(problem: &Problem, found: &Convex, pulls: usize) -> Option<Self> {
        let mut pull = FIRST_PULL * problem.classes().min(problem.outputs()) as f64;
        for _ in 0..pulls {
            let dual = balance::plan(problem, found, 1.0 - pull)
                .and_then(|plan| Self::witnessed(problem, plan, pull));
            if dual.is_some() {
                return dual;
            }
            pull *= 4.0;
        }
        None
    }

    /// The plan with a witness in floats, less what a pull frees on the diagonal.
    pub fn witnessed(problem: &Problem, plan: Plan, pull: f64) -> Option<Self> {
        let matrix = Residual::of(problem, &plan).slack(problem);
        let float = |x: &Integer| Rational::new_raw(x.clone(), matrix.scale.clone()).to_f64().unwrap_or(0.0);
        let floats: Vec<Vec<f64>> =
            matrix.entries.iter().map(|row| row.iter().map(float).collect()).collect();
        let smallest = match problem.classes() > problem.outputs() {
            true => 1.0,
            false => problem.counts().iter().min().copied().unwrap_or(1) as f64,
        };
        let (n, product) = (problem.samples() as f64, problem.regularization_product().to_f64()?);
        let (weights, columns) = ldl::ldl(&floats, pull * product * n * n * smallest / 2.0);
        let weights = weights.iter().map(|d| short(*d)).collect();
        let dual = Self { plan, weights, columns: Grid::rounded(&columns, PLACES) };
        dual.is_feasible(&matrix, false).then_some(dual)
    }

    /// For equal counts and weights and smoothing `α`: `p` off the diagonal of `P`, with `ω²(p − α/K)² ≤ n λ_W λ_H` and
    /// `p ≤ 1/K`, in decimal places.
    pub fn balanced(problem: &Problem, p: &Rational, α: &Rational, places: u32) -> Self {
        let (k, n) = (problem.classes(), problem.counts()[0]);
        let unit = ten_to(i64::from(places));
        let off = (p * Rational::from(count(n)) * &unit).floor().to_integer();
        let whole = (Rational::from(count(n)) * unit).to_integer();
        let own = whole - &off * count(k as u64 - 1);
        let column = |c: usize| (0..k).map(|j| if j == c { own.clone() } else { off.clone() }).collect();
        let plan = Plan { columns: (0..k).map(column).collect(), unit: count(10).pow(places) };
        // B = e K ω (I − 11ᵀ/K), e = off − nα/K: its square leaves e²ω²K on every entry.
        let k = Rational::from(count(k as u64));
        let e = plan.value(&off) - Rational::from(count(n)) * α / &k;
        let weight = (e * problem.class_weight(0)).pow(2) * &k;
        let k = problem.classes();
        Self { plan, weights: vec![weight], columns: Grid { columns: vec![vec![count(1); k]], places: 0 } }
    }

    /// Whether the matrix less `Σ d_i c_i c_iᵀ` is diagonally dominant, or, with features of at least 0, has no negative
    /// entry; everything over one denominator.
    fn is_feasible(&self, matrix: &Scaled, nonnegative: bool) -> bool {
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
            if nonnegative {
                return (0..size).all(|j| !rest(j).is_negative());
            }
            let off: Integer = (0..size).filter(|j| *j != i).map(|j| rest(j).abs()).sum();
            rest(i) >= off
        })
    }

    /// The lower bound; `None` if a condition fails.
    pub fn bound(&self, problem: &Problem, bits: u32) -> Option<Enclosure> {
        let rest = Residual::of(problem, &self.plan);
        let sums = rest.sums();
        let balanced = match (problem.bias(), &problem.terms().bias) {
            (Bias::LastLayer, None) => sums.iter().all(Zero::is_zero),
            _ => true,
        };
        if !balanced || !self.is_feasible(&rest.slack(problem), problem.terms().nonnegative) {
            return None;
        }
        let gained = match problem.loss() {
            Loss::CrossEntropy => self.entropy(problem, bits)?,
            Loss::Mse => self.squares(problem),
        };
        let n = whole(problem.samples());
        let Some(λ) = &problem.terms().bias else { return Some(gained.over(&n)) };
        let square: Integer = sums.iter().map(|x| x * x).sum();
        let lost = Rational::new(square, &rest.unit * &rest.unit) / (λ * whole(2) * &n * &n);
        Some(&gained.over(&n) - &lost.into())
    }

    /// `Σ_k n_kω_k (entropy(P_k) + ⟨P_k − s_k, ι_k⟩)`; `None` if a column is no plan.
    fn entropy(&self, problem: &Problem, bits: u32) -> Option<Enclosure> {
        let whole = |n: u64| count(n) * &self.plan.unit;
        let transported = self.plan.columns.iter().zip(problem.counts()).all(|(column, n)| {
            column.iter().all(|x| !x.is_negative()) && column.iter().sum::<Integer>() == whole(*n)
        });
        if !transported {
            return None;
        }
        let weighted = !problem.terms().class_weights.is_empty();
        let shifts = &problem.terms().logit_shift;
        let (mut sum, mut shifted) = (Enclosure::zero(), Rational::zero());
        for (k, (column, n)) in self.plan.columns.iter().zip(problem.counts()).enumerate() {
            let (ω, all) = (problem.class_weight(k), whole(*n));
            for x in column.iter().filter(|x| !x.is_zero()) {
                let (share, p) = (self.plan.value(x), Rational::new(x.clone(), all.clone()));
                let share = if weighted { share * &ω } else { share };
                sum = &sum - &(&Enclosure::from(p).ln(bits)? * &share.into());
            }
            if let Some(ι) = shifts.get(k) {
                let target = problem.target(k);
                let less =
                    |j: usize| (self.plan.value(&column[j]) - &target[j] * Rational::from(count(*n))) * &ι[j];
                shifted += (0..ι.len()).map(less).sum::<Rational>() * ω;
            }
        }
        Some(if shifts.is_empty() { sum } else { &sum + &shifted.into() })
    }

    /// `Σ_k ω_k (n_k ‖s_k‖² − ‖X_k‖²/n_k)/2`, exactly.
    fn squares(&self, problem: &Problem) -> Enclosure {
        let (targets, weights) = (Columns::targets(problem), Columns::weights(problem));
        let mut sum = Rational::zero();
        for (k, (column, n)) in self.plan.columns.iter().zip(problem.counts()).enumerate() {
            let part = |(j, x): (usize, &Integer)| {
                let s = targets.at(k, j) * count(*n) * &self.plan.unit;
                let x = x * &targets.unit;
                (&s - &x) * (&s + &x)
            };
            let part: Integer = column.iter().enumerate().map(part).sum();
            sum += Rational::new(part * weights.at(k, 0), count(*n));
        }
        let unit = &self.plan.unit * &targets.unit;
        (sum / Rational::from(&unit * &unit * weights.unit * count(2))).into()
    }
}

/// Twenty significant digits of a positive float.
fn short(x: f64) -> Rational {
    let places = 20 - libm::floor(libm::log10(x)) as i64;
    rounded(x, u32::try_from(places.max(0)).unwrap_or(0))
}
