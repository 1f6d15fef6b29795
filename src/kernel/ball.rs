//! The ball step: spectra around the best frame's, among which it is the only optimum.

use super::analysis::{PLACES, Toward, exp, fixed, ln, one, rational};
use super::given::Balanced;
use super::pulls::Pulls;
use super::reader::Reader;
use super::rejection::{Check, require, short};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Pow, Signed};

/// The best scale lies between `low` and `high`; `scale` is any near it; all singular values are within `radius` of it.
#[derive(Debug, Clone)]
pub struct Ball {
    pub low: BigRational,
    pub high: BigRational,
    pub scale: BigRational,
    pub radius: BigRational,
}

impl Ball {
    pub fn read(reader: &mut Reader) -> Check<Self> {
        reader.step("ball")?;
        let low = reader.next_number("low")?.ratio();
        let high = reader.next_number("high")?.ratio();
        let scale = reader.next_number("scale")?.ratio();
        let radius = reader.next_number("radius")?.ratio();
        reader.symbol('}')?;
        Ok(Self { low, high, scale, radius })
    }

    pub fn numbers(&self) -> Vec<&BigRational> {
        vec![&self.low, &self.high, &self.scale, &self.radius]
    }

    /// The best scale is between `low` and `high` for every `c` of the pair, and the radius is small enough.
    pub fn check(&self, problem: &Balanced, pulls: &Pulls) -> Check<()> {
        let factors = problem.depth.saturating_add(1);
        let k = BigRational::from(BigInt::from(problem.classes));
        let (low, high) = (&self.low, &self.high);
        let ordered = low.is_positive() && low < high && self.scale.is_positive();
        let needed = || format!("above 0 and below {}, with a scale above 0", short(high));
        require!(ordered, FrameLow, "low", short(low), needed());
        // β^{L−2} against c^L (e^β + K − 1)^L.
        let sides = |β: &BigRational, c: &BigRational, toward| -> Check<(BigRational, BigRational)> {
            let sum = rational(&exp(β, toward, "ball")?).ratio() + &k - BigRational::one();
            Ok((Pow::pow(β, factors.saturating_sub(2)), Pow::pow(&(c * sum), factors)))
        };
        let (left, right) = sides(low, &pulls.high, Toward::Up)?;
        require!(left > right, FrameLow, "low", short(&left), format!("above {}", short(&right)));
        let (left, right) = sides(high, &pulls.low, Toward::Down)?;
        require!(left < right, FrameHigh, "high", short(&left), format!("below {}", short(&right)));
        let ε = &self.radius;
        let inside = ε.is_positive() && ε < low;
        require!(inside, Ball, "radius", short(ε), format!("above 0 and below {}", short(low)));
        // (ψ(d)/K)^L (1 − ε/β)^{2M} against ((L − 2)/(L β))^L, ψ(d) = 2(e^{−d} + d − 1)/d², d ≥ √(2(K−1)) ε.
        let stretch = BigRational::new(BigInt::from(if problem.classes == 3 { 4 } else { 5 }), 2.into());
        let (d, two) = (stretch * ε, BigRational::from(BigInt::from(2)));
        let small = rational(&exp(&-d.clone(), Toward::Down, "ball")?).ratio();
        let ψ = two * (small + &d - BigRational::one()) / (&d * &d);
        let edge = Pow::pow(&(BigRational::one() - ε / low), problem.depth.saturating_mul(2));
        let convex = fixed(&(Pow::pow(&(ψ / &k), factors) * edge), Toward::Down);
        let bend = BigRational::new(factors.saturating_sub(2).into(), factors.into()) / low;
        let concave = Pow::pow(&bend, factors);
        let needed = || format!("above {}", short(&concave));
        require!(convex > fixed(&concave, Toward::Up), Ball, "radius", short(rational(&convex)), needed());
        Ok(())
    }

    /// `ln(1 + (K−1)e^{−β}) + c (L/2)(K−1) β^{2/L}` at the given scale, rounded up: what this frame costs at most.
    pub fn frame(&self, problem: &Balanced, c: &BigRational) -> Check<BigInt> {
        let factors = problem.depth.saturating_add(1);
        let others = BigInt::from(problem.classes) - 1;
        let small = exp(&-self.scale.clone(), Toward::Up, "ball")?;
        let loss = ln(&(one() + &others * small), Toward::Up);
        // The penalty is the L-th root of (c (L/2)(K − 1))^L β².
        let half = c * BigRational::new(BigInt::from(factors) * others, 2.into());
        let inside = Pow::pow(&half, factors) * &self.scale * &self.scale;
        let shift = u64::from(PLACES).saturating_mul(u64::from(factors));
        let root = ((inside.numer() << shift) / inside.denom()).nth_root(factors);
        Ok(loss + root + BigInt::one())
    }

    /// What the squares of all singular values of a cell in the ball lie between.
    pub fn squares(&self) -> (BigRational, BigRational) {
        let (low, high) = (&self.high - &self.radius, &self.low + &self.radius);
        (&low * &low, &high * &high)
    }
}
