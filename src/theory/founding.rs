//! The founding paper's own quantities (Dang et al. 2023, arXiv 2301.00437; relayed, not read here), from the modes.
//!
//! With `b = M N (NΛ)^{1/M}` it minimises `1/(x^M + 1) + (b/n) x` over `x ≥ 0` for each class of `n` samples; a mode's target
//! `μ` stands for `n` (with a bias and equal counts they are the same). A positive minimiser solves
//! `b/μ = M x^{M−1}/(x^M + 1)²`, which is the equation of the shrinkage for `x^M = u/(1 − u)`, and zero is better once `b/μ`
//! exceeds `(M − 1)^{(M−1)/M}`. The singular value of `W_1` is `s`, `s² = μ u(1 − u)/(Nλ_1)`. At an optimum without a
//! bias the rows of `W_M⋯W_1` are `Nλ_H/(1 − u)` times the features.

use super::optimum::{OptimalMode, Optimum};
use crate::case::Problem;
use crate::exact::{Enclosure, power, whole};

/// What the paper says of a problem.
#[derive(Debug, Clone)]
pub struct Founding {
    /// `b`.
    pub b: Enclosure,
    /// `(M − 1)^{(M−1)/M}`, which `b/n` must stay below.
    pub bound: Enclosure,
    /// One entry a distinct target, largest first.
    pub modes: Vec<FoundingMode>,
}

/// What it says of a mode.
#[derive(Debug, Clone)]
pub struct FoundingMode {
    /// `b/μ`.
    pub ratio: Enclosure,
    /// `x*`, zero where the mode is lost.
    pub x: Enclosure,
    /// `s`.
    pub s: Enclosure,
    /// `Nλ_H/(1 − u)`.
    pub multiplier: Enclosure,
}

impl Founding {
    /// The quantities of a problem with modes; `None` where a division by an enclosure of zero is left.
    pub fn of(problem: &Problem, optimum: &Optimum) -> Option<Self> {
        let (depth, bits) = (problem.depth() as u32, optimum.bits);
        let (m, n) = (whole(problem.depth()), whole(problem.samples()));
        let root = Enclosure::from(&n * problem.regularization_product()).root(depth, bits);
        let b = &Enclosure::from(&m * &n) * &root;
        let bound = Enclosure::from(power(&(&m - whole(1)), depth - 1)).root(depth, bits);
        let mode = |mode: &OptimalMode| {
            let (u, rest) = mode.shrinkage();
            let μ = &mode.mode.block.target_sq;
            let strength = &(μ * &u) * &rest;
            Some(FoundingMode {
                ratio: &b * &μ.recip()?,
                x: (&u * &rest.recip()?).root(depth, bits),
                s: strength.over(&(&n * &problem.weights()[0])).sqrt(bits),
                multiplier: &Enclosure::from(&n * problem.features()) * &rest.recip()?,
            })
        };
        let modes = optimum.modes.iter().map(mode).collect::<Option<_>>()?;
        Some(Self { b, bound, modes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Case;

    /// `x*` solves the paper's equation, `s` is the singular value of `W_1`, and `b/n` decides what is lost.
    #[test]
    fn the_papers_equation_holds() {
        for (path, kept) in
            [("imbalanced-m3", true), ("minority-collapse-m3", false), ("balanced-bias-m2", true)]
        {
            let root = env!("CARGO_MANIFEST_DIR");
            let path = format!("{root}/cases/papers/dang2023/{path}.toml");
            let case = Case::read(path.as_ref()).unwrap();
            let problem = case.problem();
            let optimum = Optimum::of(problem, 30);
            let found = Founding::of(problem, &optimum).unwrap();
            let m = problem.depth() as u32;
            let mut lost = 0;
            for (mode, paper) in optimum.modes.iter().zip(&found.modes) {
                if paper.x.is_zero() {
                    lost += 1;
                    assert_eq!(paper.ratio.compare(&found.bound), Some(std::cmp::Ordering::Greater));
                    continue;
                }
                assert_eq!(paper.ratio.compare(&found.bound), Some(std::cmp::Ordering::Less));
                let sum = &paper.x.pow(m) + &Enclosure::one();
                let right = &(&paper.x.pow(m - 1) * &sum.pow(2).recip().unwrap()) * &whole(m as usize).into();
                assert!((paper.ratio.middle() - right.middle()).pow(2) < crate::exact::ten_to(-50));
                // λ_1 s² is the energy of the mode, and Π a_l = s^M (λ_1^M/Πλ)^{1/2} gives Nλ_H x^M as its square.
                let product = problem.weights().iter().fold(whole(1), |all, λ| all * λ);
                let square = paper.s.pow(2 * m).middle() * power(&problem.weights()[0], m) / product;
                let expected = paper.x.pow(m).middle() * whole(problem.samples()) * problem.features();
                assert!(
                    ((square - &expected) / expected).pow(2) < crate::exact::ten_to(-50),
                    "{}",
                    mode.kept
                );
            }
            assert_eq!(lost == 0, kept);
        }
    }
}
