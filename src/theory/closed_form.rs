//! Closed forms, where the optimum has one: what `table --symbolic` prints instead of decimals.
//!
//! - One layer, `μ` rational: `u = 1 − √c` with `c = Λ N²/μ`, so everything is a sum of square roots.
//! - Two layers: `u = φ(c)`, the upper root of `(1 − u)³ u = c` in radicals (Ferrari); see [`ClosedForm::Quartic`].
//! - The threshold of a mode is an `M`-th root at any depth.
//!
//! Deeper shrinkages are roots of irreducible polynomials of degree `2M ≥ 6`; they have none here.

use super::block::Directions;
use super::mode::Preference;
use super::optimum::{OptimalMode, Optimum};
use crate::case::{Problem, Uniqueness};
use crate::exact::{Enclosure, Integer, Rational, exact_root, power, whole};
use num_integer::Integer as _;
use num_traits::{One, Zero};
use std::collections::BTreeMap;

/// A sum of rational multiples of square roots of positive integers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surd {
    /// Radicand to coefficient; radicand 1 is the rational part. No coefficient is zero.
    terms: BTreeMap<Integer, Rational>,
}

/// A number in closed form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClosedForm {
    /// The sum itself.
    Surd(Surd),
    /// Its square root.
    Root(Surd),
    /// A root of a rational.
    Power {
        /// Under the root.
        radicand: Rational,
        /// Its degree, at least 2.
        degree: u32,
    },
    /// `φ(c) = 3/4 − R/2 + ½ √(3/4 − R² + 1/(4R))` with `R = √(1/4 + y)` and
    /// `y = ∛(c/2 + √(c²/4 − 64c³/27)) + ∛(c/2 − √(c²/4 − 64c³/27))`.
    Quartic(Rational),
}

/// Squares of integers up to this are taken out of a radicand; what remains is correct, only less short.
const TRIAL: u32 = 1_000;

impl Surd {
    /// A rational.
    pub fn rational(q: Rational) -> Self {
        Self::default().plus(&q, Integer::one())
    }

    /// The square root of a non-negative rational.
    pub fn root(q: &Rational) -> Self {
        let (mut radicand, mut coefficient) =
            (q.numer() * q.denom(), Rational::new(Integer::one(), q.denom().clone()));
        if let Some(whole) = exact_root(&Rational::from(radicand.clone()), 2) {
            return Self::rational(coefficient * whole);
        }
        for factor in 2..=TRIAL {
            let square = Integer::from(factor) * factor;
            while radicand.is_multiple_of(&square) {
                radicand /= &square;
                coefficient *= whole(factor);
            }
        }
        Self::default().plus(&coefficient, radicand)
    }

    /// The terms, radicands ascending: `(radicand, coefficient)`.
    pub fn terms(&self) -> impl Iterator<Item = (&Integer, &Rational)> {
        self.terms.iter()
    }

    fn plus(mut self, coefficient: &Rational, radicand: Integer) -> Self {
        let sum = self.terms.remove(&radicand).unwrap_or_else(Rational::zero) + coefficient;
        if !sum.is_zero() {
            self.terms.insert(radicand, sum);
        }
        self
    }

    fn add(self, other: &Self) -> Self {
        other.terms.iter().fold(self, |sum, (radicand, q)| sum.plus(q, radicand.clone()))
    }

    fn times(mut self, factor: &Rational) -> Self {
        if factor.is_zero() {
            return Self::default();
        }
        self.terms.values_mut().for_each(|q| *q *= factor);
        self
    }

    /// The value, to about `bits` bits.
    #[cfg(test)]
    fn enclosure(&self, bits: u32) -> Enclosure {
        let term = |(n, q): (&Integer, &Rational)| {
            &Enclosure::from(Rational::from(n.clone())).sqrt(bits) * &q.clone().into()
        };
        self.terms.iter().map(term).sum()
    }
}

/// `Λ`, from `Λ N^L`.
fn product(optimum: &Optimum) -> Rational {
    &optimum.law.numerator / power(&optimum.law.samples, optimum.law.depth + 1)
}

/// One layer: the energy `μ u (1 − u)/N = √(Λμ) − ΛN` of a kept mode.
fn mode_energy(optimum: &Optimum, target_sq: &Rational) -> Surd {
    let product = product(optimum);
    Surd::root(&(&product * target_sq)).add(&Surd::rational(-product * &optimum.law.samples))
}

/// The shrinkage of a kept mode.
pub fn shrinkage(optimum: &Optimum, mode: &OptimalMode) -> Option<ClosedForm> {
    let target_sq = mode.mode.block.target_sq.exact().filter(|_| mode.kept > 0)?;
    let c = &optimum.law.numerator / power(target_sq, optimum.law.depth);
    match optimum.law.depth {
        1 => {
            let one = Surd::rational(Rational::one());
            Some(ClosedForm::Surd(one.add(&Surd::root(&c).times(&-Rational::one()))))
        }
        2 => Some(ClosedForm::Quartic(c)),
        _ => None,
    }
}

/// `f*` for one layer: `Σ_kept (√(Λμ) − ΛN/2) + Σ_lost μ/(2N)`.
pub fn objective(optimum: &Optimum) -> Option<ClosedForm> {
    if optimum.law.depth != 1 || optimum.uniqueness == Uniqueness::Undecided {
        return None;
    }
    let whole = |n: usize| whole(n);
    let half = Rational::new(Integer::one(), Integer::from(2));
    let mut sum = Surd::default();
    for m in &optimum.modes {
        let target_sq = m.mode.block.target_sq.exact()?;
        let offset = Surd::rational(product(optimum) * &optimum.law.samples * &half);
        let kept = mode_energy(optimum, target_sq).add(&offset);
        let lost = Surd::rational(target_sq * &half / &optimum.law.samples);
        sum = sum.add(&kept.times(&whole(m.kept)));
        sum = sum.add(&lost.times(&whole(m.mode.block.multiplicity - m.kept)));
    }
    Some(ClosedForm::Surd(sum))
}

/// Energy of each factor for one layer: `Σ_kept (√(Λμ) − ΛN)`.
pub fn energy(optimum: &Optimum) -> Option<ClosedForm> {
    if optimum.law.depth != 1 || optimum.energy.is_none() || optimum.uniqueness == Uniqueness::Undecided {
        return None;
    }
    let mut sum = Surd::default();
    for m in optimum.modes.iter().filter(|m| m.kept > 0) {
        let energy = mode_energy(optimum, m.mode.block.target_sq.exact()?);
        sum = sum.add(&energy.times(&whole(m.kept)));
    }
    Some(ClosedForm::Surd(sum))
}

/// `μ` above which a mode is kept, `(Λ N^L M^{2M}/(M−1)^{M−1})^{1/M}`.
pub fn threshold(optimum: &Optimum) -> ClosedForm {
    match optimum.law.depth {
        1 => ClosedForm::Surd(Surd::rational(optimum.law.threshold.clone())),
        degree => ClosedForm::Power { radicand: optimum.law.threshold.clone(), degree },
    }
}

/// Norms `(‖h_k‖, ‖w_k‖)` of the classes of a group for one layer without bias.
pub fn norms(problem: &Problem, optimum: &Optimum, group: usize) -> Option<(ClosedForm, ClosedForm)> {
    if optimum.law.depth != 1 {
        return None;
    }
    let mode = of_group(optimum, group)?;
    let target_sq = mode.mode.block.target_sq.exact()?;
    if mode.kept < mode.mode.block.multiplicity || mode.mode.preference != Preference::Root {
        return None;
    }
    let energy = mode_energy(optimum, target_sq);
    let feature = energy.clone().times(&(problem.features() * target_sq).recip());
    let classifier = energy.times(&problem.weights()[0].recip());
    Some((ClosedForm::Root(feature), ClosedForm::Root(classifier)))
}

/// The mode whose directions are exactly the classes of a group; `None` where modes mix classes.
pub fn of_group(optimum: &Optimum, group: usize) -> Option<&OptimalMode> {
    let own = |m: &&OptimalMode| matches!(m.mode.block.directions, Directions::Classes(g) if g == group);
    optimum.modes.iter().find(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Bias, Draft, Loss, Targets, Terms};
    use crate::exact::read_rational;
    use crate::theory::geometry;

    fn problem(counts: &[u64], depth: usize, λ: &str) -> Problem {
        let λ = read_rational(λ).unwrap();
        Problem::new(Draft {
            counts: counts.to_vec(),
            widths: vec![64; depth],
            loss: Loss::Mse,
            bias: Bias::None,
            targets: Targets::OneHot,
            weights: vec![λ.clone(); depth],
            features: λ,
            terms: Terms::default(),
        })
        .unwrap()
    }

    fn overlap(a: &Enclosure, b: &Enclosure) -> bool {
        a.lower() <= b.upper() && b.lower() <= a.upper()
    }

    fn surd(form: Option<ClosedForm>) -> Enclosure {
        match form {
            Some(ClosedForm::Surd(surd)) => surd.enclosure(128),
            Some(ClosedForm::Root(surd)) => surd.enclosure(128).sqrt(128),
            other => panic!("{other:?}"),
        }
    }

    /// Two routes: the closed form, and the enclosures that bisection proves. Some classes are lost, some kept.
    #[test]
    fn one_layer_closed_forms_are_the_enclosed_values() {
        for (counts, λ) in [(&[200, 100, 50, 50][..], "5e-4"), (&[700, 31, 7, 2], "1e-3"), (&[9], "1/50")] {
            let problem = problem(counts, 1, λ);
            let optimum = Optimum::of(&problem, 30);
            assert!(overlap(&surd(objective(&optimum)), &optimum.objective));
            assert!(overlap(&surd(energy(&optimum)), optimum.energy.as_ref().unwrap()));
            for m in optimum.modes.iter().filter(|m| m.kept > 0) {
                assert!(overlap(&surd(shrinkage(&optimum, m)), &m.shrinkage().0));
            }
            for (g, row) in geometry::class_rows(&problem, &optimum).iter().enumerate() {
                let Some((feature, classifier)) = norms(&problem, &optimum, g) else { continue };
                let measures = row.measures.as_ref().unwrap();
                assert!(overlap(&surd(Some(feature)), &measures.feature_norm));
                assert!(overlap(&surd(Some(classifier)), measures.classifier_norm.as_ref().unwrap()));
            }
        }
    }

    /// Ferrari's radicals in floats against the proven root: a wrong sign anywhere would be far off.
    #[test]
    fn two_layers_follow_ferrari() {
        let problem = problem(&[200, 100, 50, 50], 2, "5e-4");
        let optimum = Optimum::of(&problem, 17);
        for m in &optimum.modes {
            let Some(ClosedForm::Quartic(c)) = shrinkage(&optimum, m) else { panic!("no closed form") };
            let c = num_traits::ToPrimitive::to_f64(&c).unwrap();
            let inner = (c * c / 4.0 - 64.0 * c * c * c / 27.0).sqrt();
            let y = (c / 2.0 + inner).cbrt() + (c / 2.0 - inner).cbrt();
            let r = (0.25 + y).sqrt();
            let u = 0.75 - r / 2.0 + 0.5 * (0.75 - r * r + 1.0 / (4.0 * r)).sqrt();
            let proven = num_traits::ToPrimitive::to_f64(&m.shrinkage().0.lower()).unwrap();
            assert!((u - proven).abs() < 1e-12, "{u} {proven}");
        }
    }

    #[test]
    fn squares_leave_the_radicand() {
        let c = read_rational("1/5000").unwrap();
        let root = Surd::root(&c);
        let terms: Vec<_> = root.terms().map(|(n, q)| (n.to_string(), q.to_string())).collect();
        assert_eq!(terms, [("2".to_owned(), "1/100".to_owned())]);
        assert_eq!(Surd::root(&read_rational("4/9").unwrap()), Surd::rational(read_rational("2/3").unwrap()));
    }
}
