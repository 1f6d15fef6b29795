//! One layer: the convex problem, enclosed by a dual point and a network, or in closed form.

use super::budget::Budget;
use super::dual::Dual;
use super::point::Point;
use super::simplex::{self, PLACES};
use super::stable::stable;
use crate::case::Problem;
use crate::exact::{Enclosure, Rational, whole};
use crate::hints::convex_cross_entropy::Convex;
use num_traits::One;

/// One layer: the convex problem.
#[derive(Debug, Clone)]
pub struct Shallow {
    /// `f*`: between the dual bound and the network's objective. `None` while the widths leave it open.
    pub objective: Option<Enclosure>,
    /// A proven lower bound of `f*`, whatever the widths.
    pub floor: Rational,
    /// The closed form for equal counts.
    pub closed: Option<Closed>,
    /// The dual point behind the lower end.
    pub dual: Dual,
    /// The network behind the upper end.
    pub point: Point,
    /// Why the optimum is open, if it is.
    pub open: Option<String>,
}

/// The closed form for equal counts: logits `β(I − 11ᵀ/K)`.
#[derive(Debug, Clone)]
pub struct Closed {
    /// `β`; zero exactly if `n λ_W λ_H K² ≥ 1`.
    pub scale: Enclosure,
    /// `f*`.
    pub objective: Enclosure,
    /// `‖h_k‖`.
    pub feature_norm: Enclosure,
    /// `‖w_k‖`.
    pub classifier_norm: Enclosure,
}

impl Shallow {
    /// The convex problem, from a numerical optimum.
    pub(in crate::theory) fn of(problem: &Problem, budget: &Budget) -> Option<Self> {
        let (found, bits) = (Convex::of(problem, &budget.convex)?, budget.bits);
        let dual = Dual::of(problem, &found, budget.pulls)?;
        let point = Point::of(problem, &found.modes, &found.bias);
        let low = dual.bound(problem, bits)?.lower();
        let high = point.objective(problem, bits)?.upper();
        let mut shallow = Self {
            objective: Some(stable(&low, &high, bits)),
            floor: low,
            closed: None,
            dual,
            point,
            open: None,
        };
        shallow.judge_width(problem);
        Some(shallow)
    }

    fn judge_width(&mut self, problem: &Problem) {
        let (needed, room) = (self.point.rank(), problem.rank_budget());
        if needed > room {
            self.objective = None;
            self.closed = None;
            self.open = Some(format!(
                "the optimum without width limits needs rank {needed}, the widths leave {room}"
            ));
        }
    }

    /// Equal counts: the closed form.
    pub(in crate::theory) fn balanced(problem: &Problem, bits: u32) -> Option<Self> {
        let (k, n) = (problem.classes(), whole(problem.counts()[0]));
        let whole = whole(k);
        let others = &whole - Rational::one();
        let product = problem.regularization_product();
        // √(n λ_W λ_H), against 1/K.
        let squared = &product * &n;
        let root = Enclosure::from(squared.clone()).sqrt(bits);
        let zero = &squared * &whole * &whole >= Rational::one();
        let inverse = root.recip()?;
        let scale = match zero {
            true => Enclosure::zero(),
            false => (&inverse - &Enclosure::from(others.clone())).ln(bits)?,
        };
        // ln(1 + (K−1)e^{−β}) with e^{−β} = 1/(1/√(nΛ) − (K−1)).
        let objective = match zero {
            true => Enclosure::from(whole.clone()).ln(bits)?,
            false => {
                let small = (&inverse - &Enclosure::from(others.clone())).recip()?;
                let loss = (&Enclosure::one() + &(&small * &others.clone().into())).ln(bits)?;
                &loss + &(&(&root * &scale) * &others.clone().into())
            }
        };
        // Singular values of the logits over all samples: s = β√n, K − 1 times; a² = √Λ s/λ for a factor.
        let shared = &root * &scale;
        let norm = |λ: &Rational, columns: &Rational| {
            (&shared * &(&others / (&whole * λ * columns)).into()).sqrt(bits)
        };
        let closed = Closed {
            feature_norm: norm(problem.features(), &n),
            classifier_norm: norm(&problem.weights()[0], &Rational::one()),
            scale: scale.clone(),
            objective: objective.clone(),
        };
        let p = root.lower().min(&Rational::one() / &whole);
        let dual = Dual::balanced(problem, &p, PLACES);
        let point = simplex::point(problem, &shared, bits);
        let mut shallow = Self {
            floor: objective.lower(),
            objective: Some(objective),
            closed: Some(closed),
            dual,
            point,
            open: None,
        };
        shallow.judge_width(problem);
        Some(shallow)
    }

    /// The enclosure of `f*` that the dual point and the network prove, without the closed form.
    pub fn enclosed(&self, problem: &Problem, bits: u32) -> Option<(Rational, Rational)> {
        Some((self.dual.bound(problem, bits)?.lower(), self.point.objective(problem, bits)?.upper()))
    }
}
