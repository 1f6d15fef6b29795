//! How the kept modes act on groups of equal classes: what rows and Gram matrices are sums of.

use crate::case::{Bias, Problem};
use crate::exact::{Dyadic, Enclosure, Integer, ProductSum, Rational, Toward, whole, words};
use crate::theory::block::Directions;
use crate::theory::optimum::{OptimalMode, Optimum};
use crate::theory::secular::InverseSquares;
use num_traits::{One, Zero};
use rayon::prelude::*;

/// How the modes act on groups: everything that the rows and the Gram matrices are sums of.
pub struct Modes<'a> {
    pub problem: &'a Problem,
    pub optimum: &'a Optimum,
    pub active: Vec<Active<'a>>,
}

/// One kept mode with its coefficients.
pub struct Active<'a> {
    pub mode: &'a OptimalMode,
    /// `u`.
    pub logit: Enclosure,
    /// `u (1 − u)/(N λ_H)`.
    pub feature: Enclosure,
    /// `μ u (1 − u)/(N λ_M)`.
    pub classifier: Enclosure,
    /// For a secular mode, `p_g` up to the factor `1/√s`, and `1/s`.
    pub secular: Option<(Vec<Enclosure>, Enclosure)>,
}

/// `(features, classifier, logits)` of one entry.
pub type Entry = (Enclosure, Enclosure, Enclosure);

/// Bits by which the smallest mode's coefficient may lie below the largest one's without losing digits.
pub const GUARD_BITS: i64 = 64;

/// Sums over secular modes in fixed point, for every group, with one error bound for all groups.
struct Partial {
    sums: [Vec<ProductSum>; 3],
    error: [Integer; 3],
    /// Binary places of the inverse squares; the same for every mode.
    places: i64,
}

impl Partial {
    fn empty(groups: usize) -> Self {
        let zeros = || vec![ProductSum::default(); groups];
        Self { sums: [zeros(), zeros(), zeros()], error: Default::default(), places: 0 }
    }

    fn plus(mut self, other: Self) -> Self {
        for i in 0..3 {
            self.sums[i].iter_mut().zip(&other.sums[i]).for_each(|(a, b)| a.join(b));
            self.error[i] += &other.error[i];
        }
        self.places = self.places.max(other.places);
        self
    }
}

impl<'a> Modes<'a> {
    pub fn of(problem: &'a Problem, optimum: &'a Optimum) -> Option<Self> {
        let last = problem.weights().last()?;
        let kept: Vec<&OptimalMode> = optimum.modes.iter().filter(|m| m.kept > 0).collect();
        let active = kept
            .into_par_iter()
            .map(|mode| {
                let (u, shortfall) = mode.shrinkage();
                let energy = (&u * &shortfall).over(&optimum.law.samples);
                Active {
                    mode,
                    feature: energy.over(problem.features()),
                    classifier: (&energy * &mode.mode.block.target_sq).over(last),
                    logit: u,
                    secular: None,
                }
            })
            .collect();
        Some(Self { problem, optimum, active })
    }

    /// With the singular vectors of the secular modes, which Gram matrices need.
    pub fn with_vectors(mut self) -> Option<Self> {
        for active in &mut self.active {
            if let Directions::Secular(_) = active.mode.mode.block.directions {
                active.secular = Some(secular_vector(self.optimum, &active.mode.mode.block.target_sq)?);
            }
        }
        Some(self)
    }

    /// The entry of a mode's projector for classes of groups `g` and `h`; `same` if it is one class.
    pub fn projector(&self, active: &Active, g: usize, h: usize, same: bool) -> Enclosure {
        let size = |g: usize| whole(self.optimum.groups[g].classes.len());
        match &active.mode.mode.block.directions {
            Directions::Classes(own) if same && *own == g => Enclosure::one(),
            Directions::Differences(own) if *own == g && g == h => {
                let mean = size(g).recip();
                if same { (Rational::one() - mean).into() } else { (-mean).into() }
            }
            Directions::Secular(_) => {
                let (vector, inverse) = active.secular.as_ref().expect("secular modes carry their vector");
                &(&vector[g] * &vector[h]) * inverse
            }
            Directions::Dense(block) => block.entry(g, h),
            _ => Enclosure::zero(),
        }
    }

    fn count(&self, g: usize) -> Rational {
        whole(self.optimum.groups[g].count)
    }

    /// The entry for one-hot targets and classes of groups `g` (row) and `h` (column).
    pub fn entry(&self, g: usize, h: usize, same: bool) -> Entry {
        let mut sum = (Enclosure::zero(), Enclosure::zero(), Enclosure::zero());
        for active in &self.active {
            let p = self.projector(active, g, h, same);
            if !p.is_zero() {
                add(&mut sum, &p, &active.coefficients());
            }
        }
        self.finished(sum, g, h)
    }

    /// The diagonal entries of every group for one-hot targets; `None` if the precision does not suffice.
    pub fn diagonal(&self) -> Option<Vec<Entry>> {
        let mut total = self.secular_diagonal()?;
        for active in &self.active {
            if let Directions::Classes(g) | Directions::Differences(g) = active.mode.mode.block.directions {
                add(&mut total[g], &self.projector(active, g, g, true), &active.coefficients());
            }
        }
        Some(total.into_iter().enumerate().map(|(g, sum)| self.finished(sum, g, g)).collect())
    }

    /// What the secular modes add to the diagonal, summed exactly in fixed point (so in any order).
    fn secular_diagonal(&self) -> Option<Vec<Entry>> {
        let groups = &self.optimum.groups;
        let counts: Vec<u64> = groups.iter().map(|g| g.count).collect();
        let square = |n: u64| Integer::from(n) * Integer::from(n);
        let weights: Vec<Integer> = groups.iter().map(|g| square(g.count) * g.classes.len()).collect();
        let secular = |a: &&Active| matches!(a.mode.mode.block.directions, Directions::Secular(_));
        let modes: Vec<&Active> = self.active.iter().filter(secular).collect();
        let bits = i64::from(self.optimum.bits);
        let coefficients: Vec<[Enclosure; 3]> = modes.iter().map(|a| a.coefficients()).collect();
        let size = |x: &Enclosure| x.ends(64).1.magnitude();
        let places: Vec<i64> = (0..3)
            .map(|i| bits + GUARD_BITS - coefficients.iter().map(|c| size(&c[i])).max().unwrap_or(0))
            .collect();
        let weight_words: Vec<_> = weights.iter().map(words).collect();
        let all_weights: Integer = weights.iter().sum();
        let with = |mut partial: Partial, (active, coefficients): (&&Active, &[Enclosure; 3])| {
            let squares = InverseSquares::at(&counts, &active.mode.mode.block.target_sq, self.optimum.bits)?;
            let values: Vec<_> = squares.values.iter().map(words).collect();
            let mut s = ProductSum::default();
            values.iter().zip(&weight_words).for_each(|(x, w)| s.add(x, w));
            let (s, slack) = (s.total(), &squares.error * &all_weights);
            let scale = |x: Integer| Dyadic::new(x, -squares.places);
            let s = Enclosure::between(&scale(&s - &slack), &scale(s + slack), self.optimum.bits).recip()?;
            for i in 0..3 {
                let (low, high) = (&coefficients[i] * &s).ends(self.optimum.bits + 32);
                // Everything is brought to the places of the finest mode, which all modes share.
                let (low, high) = (low.fixed(places[i], Toward::Down), high.fixed(places[i], Toward::Up));
                // A coefficient is not negative, so its lower end may be raised to zero.
                let low = low.max(Integer::zero());
                partial.error[i] +=
                    &low * &squares.error + (&high - &low) * (squares.largest() + &squares.error);
                let low = words(&low);
                partial.sums[i].iter_mut().zip(&values).for_each(|(sum, x)| sum.add(&low, x));
            }
            partial.places = partial.places.max(squares.places);
            Some(partial)
        };
        let empty = || Partial::empty(counts.len());
        let total = modes
            .par_iter()
            .zip(&coefficients)
            .try_fold(empty, with)
            .try_reduce_with(|a, b| Some(a.plus(b)))
            .unwrap_or_else(|| Some(empty()))?;
        let entry = |g: usize| {
            let enclosed = |i: usize| {
                if modes.is_empty() {
                    return Enclosure::zero();
                }
                let (sum, error) = (total.sums[i][g].total(), &total.error[i]);
                // The projector's entry is c² times the inverse square.
                let scale = |x: Integer| Dyadic::new(x * square(counts[g]), -total.places - places[i]);
                let low = (&sum - error).max(Integer::zero());
                Enclosure::between(&scale(low), &scale(sum + error), self.optimum.bits)
            };
            (enclosed(0), enclosed(1), enclosed(2))
        };
        Some((0..groups.len()).map(entry).collect())
    }

    /// Divides by the counts (`P T̄ = μ P D⁻¹`, `T̄ᵀ P T̄ = μ² D⁻¹ P D⁻¹`) and adds the bias.
    fn finished(&self, sum: Entry, g: usize, h: usize) -> Entry {
        let (n_g, n_h) = (self.count(g), self.count(h));
        let mut logit = sum.2.over(&n_h);
        if self.problem.bias() == Bias::LastLayer {
            logit = &logit + &Enclosure::from(&n_g / &self.optimum.law.samples);
        }
        (sum.0.over(&(n_g * n_h)), sum.1, logit)
    }
}

impl Active<'_> {
    /// What a projector entry is multiplied by in features, classifier and logits, before the counts divide.
    fn coefficients(&self) -> [Enclosure; 3] {
        let μ = &self.mode.mode.block.target_sq;
        [&(μ * μ) * &self.feature, self.classifier.clone(), μ * &self.logit]
    }
}

fn add(sum: &mut Entry, p: &Enclosure, [feature, classifier, logit]: &[Enclosure; 3]) {
    sum.0 = &sum.0 + &(p * feature);
    sum.1 = &sum.1 + &(p * classifier);
    sum.2 = &sum.2 + &(p * logit);
}

/// `c_g/(c_g − μ)` for every group, and `1/Σ_g m_g (·)²`; `None` if the enclosure of `μ` touches a count.
pub fn secular_vector(optimum: &Optimum, target_sq: &Enclosure) -> Option<(Vec<Enclosure>, Enclosure)> {
    let vector = optimum
        .groups
        .iter()
        .map(|group| {
            let c = Enclosure::from(group.count);
            Some(&c * &(&c - target_sq).recip()?)
        })
        .collect::<Option<Vec<_>>>()?;
    let groups = optimum.groups.iter().zip(&vector);
    let s: Enclosure = groups.map(|(g, p)| &(p * p) * &Enclosure::from(g.classes.len() as u64)).sum();
    let inverse = s.recip()?;
    Some((vector, inverse))
}
