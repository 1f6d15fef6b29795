//! Normal and χ variates with fixed values: one ChaCha stream a seed, the transform our own.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of independent standard normal variates.
#[derive(Debug)]
pub struct Normal {
    stream: ChaCha8Rng,
    spare: Option<f64>,
}

impl Normal {
    /// The stream of a seed.
    pub fn of(seed: u64) -> Self {
        let mut stream = ChaCha8Rng::seed_from_u64(0);
        stream.set_stream(seed);
        Self { stream, spare: None }
    }

    /// Uniform in (0, 1), 53 bits.
    fn uniform(&mut self) -> f64 {
        ((self.stream.next_u64() >> 11) as f64 + 0.5) * 2f64.powi(-53)
    }

    /// A standard normal variate (Box–Muller).
    pub fn draw(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * libm::log(self.uniform())).sqrt();
        let angle = 2.0 * std::f64::consts::PI * self.uniform();
        self.spare = Some(radius * libm::sin(angle));
        radius * libm::cos(angle)
    }

    /// A χ variate with `degrees ≥ 1` degrees of freedom (Marsaglia and Tsang's method for the gamma law).
    pub fn chi(&mut self, degrees: u64) -> f64 {
        if degrees == 1 {
            return self.draw().abs();
        }
        let d = degrees as f64 / 2.0 - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.draw();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && libm::log(self.uniform()) < 0.5 * x * x + d - d * v + d * libm::log(v) {
                return (2.0 * d * v).sqrt();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Normal;

    #[test]
    fn moments_of_normal_and_chi() {
        let mut normal = Normal::of(7);
        let n = 200_000;
        let (mut mean, mut square) = (0.0, 0.0);
        for _ in 0..n {
            let x = normal.draw();
            mean += x / n as f64;
            square += x * x / n as f64;
        }
        assert!(mean.abs() < 0.01 && (square - 1.0).abs() < 0.02, "{mean} {square}");
        for degrees in [1, 2, 3, 50, 1_000_000] {
            let m = 20_000;
            let square: f64 = (0..m).map(|_| normal.chi(degrees).powi(2) / m as f64).sum();
            let (ν, deviation) = (degrees as f64, (2.0 * degrees as f64 / m as f64).sqrt());
            assert!((square - ν).abs() < 5.0 * deviation, "{degrees}: {square}");
        }
    }
}
