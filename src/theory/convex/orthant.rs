//! One layer of cross-entropy with features of at least 0, one-hot, no bias, `d_1 ≥ K` (Dang et al. 2024, arXiv 2401.02058).
//!
//! With `M_k = max(0, ln((K−1)(√n_k/(N√((K−1)Λ/K)) − 1)))` the optimum has orthogonal features and logits
//! `M_k (e_k − 1/K)` for class `k`; it vanishes for the class iff `n_k (K−1)/K ≤ N²Λ`.
//!
//! *Proof.* Let `q_k = 1/(e^{M_k} + K − 1)`. The cross-entropy is convex, so that of a sample of class `k` is at least its value at
//! `M_k(e_k − 1/K)` plus `q_k ⟨1 − K e_k, z⟩ + q_k (K−1) M_k`. With `A = Σ_i (q/N)(K e − 1) h_iᵀ` over all samples the linear part is
//! `−⟨A, W⟩ ≥ −‖A‖²/(2λ_W) − λ_W/2 ‖W‖²`. Vectors `K e_k − 1` of different classes have the inner product `−K`, features of at least
//! 0 have products of at least 0, so the classes' cross terms do not raise `‖A‖²`, which is at most
//! `Σ_k (q_k²/N²) K(K−1) n_k Σ_i ‖h_i‖²`. As `q_k² K(K−1) n_k ≤ ΛN²`, with equality where `M_k > 0`, this is at most
//! `λ_Wλ_H ‖H‖²`. What is left is `Σ_k (n_k/N)(ln(1 + (K−1)e^{−M_k}) + q_k(K−1)M_k)`, which the network above attains.

use super::dual::Dual;
use super::grid::Grid;
use super::plan::Plan;
use super::point::Point;
use crate::case::Problem;
use crate::exact::{Enclosure, Integer, Rational, whole};
use num_traits::{One, Zero};

/// The closed form.
#[derive(Debug, Clone)]
pub struct Orthant {
    /// `M_k`, zero exactly where the class vanishes.
    pub strengths: Vec<Enclosure>,
    /// `‖h_k‖`.
    pub feature_norms: Vec<Enclosure>,
    /// `f*`.
    pub objective: Enclosure,
}

/// Decimal places of the network and of the plan.
const PLACES: u32 = 40;
/// Bits of the roots in the plan.
const PLAN_BITS: u32 = 192;

/// The closed form, with a dual point that bounds it by zero and the network that attains it.
pub fn orthant(problem: &Problem, bits: u32) -> Option<(Orthant, Dual, Point)> {
    let (k, n) = (problem.classes(), whole(problem.samples()));
    let (classes, others) = (whole(k), whole(k) - Rational::one());
    let product = problem.regularization_product();
    let counts: Vec<Rational> = problem.counts().iter().map(|n| whole(*n)).collect();
    let root = |x: Rational| Enclosure::from(x).sqrt(bits);
    let (mut strengths, mut feature_norms, mut objective) = (Vec::new(), Vec::new(), Enclosure::zero());
    for count in &counts {
        let share = Enclosure::from(count / &n);
        if count * &others <= &n * &n * &product * &classes {
            strengths.push(Enclosure::zero());
            feature_norms.push(Enclosure::zero());
            objective = &objective + &(&share * &Enclosure::from(classes.clone()).ln(bits)?);
            continue;
        }
        // x = √n_k/(N√((K−1)Λ/K)); e^M = (K−1)(x − 1), and 1 + (K−1)e^{−M} = x/(x − 1).
        let x = root(count * &classes / (&n * &n * &others * &product));
        let less = &x - &Enclosure::one();
        let strength = (&less * &others.clone().into()).ln(bits)?;
        let loss = (&x * &less.recip()?).ln(bits)?;
        let pull = root(count * &others * &product / &classes);
        objective = &objective + &(&(&share * &loss) + &(&pull * &strength));
        let scale = root(&others / &classes * &problem.weights()[0] / (problem.features() * count));
        feature_norms.push((&scale * &strength).sqrt(bits));
        strengths.push(strength);
    }
    let plan = plan(problem, bits.max(PLAN_BITS));
    let dual = Dual { plan, weights: Vec::new(), columns: Grid { columns: Vec::new(), places: 0 } };
    let norms: Vec<Rational> = feature_norms.iter().map(Enclosure::middle).collect();
    let feature =
        |c: usize| (0..k).map(|i| if i == c { norms[c].clone() } else { Rational::zero() }).collect();
    let row = |c: usize| -> Vec<Rational> {
        let size = match norms[c].is_zero() {
            true => Rational::zero(),
            false => strengths[c].middle() / &norms[c],
        };
        (0..k).map(|j| if j == c { &size * (&others / &classes) } else { -(&size / &classes) }).collect()
    };
    let factors = vec![
        Grid::rounded(&(0..k).map(feature).collect::<Vec<_>>(), PLACES),
        Grid::rounded(&(0..k).map(row).collect::<Vec<_>>(), PLACES),
    ];
    Some((Orthant { strengths, feature_norms, objective }, dual, Point { bias: Vec::new(), factors }))
}

/// The plan `X = P D` with `q_k` off the diagonal, rounded down: its columns `B` have `‖B_k‖² ≤ ΛN² n_k` and products of
/// at most 0 with each other, so that `ΛN² D − BᵀB` has no negative entry.
fn plan(problem: &Problem, bits: u32) -> Plan {
    let (k, unit) = (problem.classes(), Integer::from(10).pow(PLACES));
    let (classes, others) = (whole(k), whole(k - 1));
    let column = |(c, n): (usize, &u64)| -> Vec<Integer> {
        let n = whole(*n);
        // n q = N √(Λn/(K(K−1))), at most n/K.
        let samples = Enclosure::from(whole(problem.samples()));
        let root = Enclosure::from(problem.regularization_product() * &n / (&classes * &others)).sqrt(bits);
        let off = (&samples * &root).lower().min(&n / &classes);
        let off = (off * Rational::from(unit.clone())).floor().to_integer();
        let own = n.to_integer() * &unit - &off * Integer::from(k - 1);
        (0..k).map(|j| if j == c { own.clone() } else { off.clone() }).collect()
    };
    Plan { columns: problem.counts().iter().enumerate().map(column).collect(), unit }
}
