//! The flow of one mode once a network is aligned and balanced: what a random start approaches.

/// A mode of an aligned, balanced network whose factors all have the weight `λ`.
#[derive(Debug, Clone, Copy)]
pub struct AlignedMode {
    /// `y = √μ`, the singular value of its target.
    pub target: f64,
    /// `N`.
    pub samples: f64,
    /// `λ`.
    pub weight: f64,
    /// `L = M + 1`, the number of factors.
    pub factors: u32,
}

/// Steps are this share of the time in which the speed or the mode itself changes by all of itself.
const STEP: f64 = 0.05;
/// Steps at most between two times.
const STEPS: usize = 100_000;

impl AlignedMode {
    /// `a' = −((a^L − y) a^{L−1}/N + λa)` for the singular value `a` of each factor.
    fn speed(&self, a: f64) -> f64 {
        let power = a.powi(self.factors as i32 - 1);
        -((power * a - self.target) * power / self.samples + self.weight * a)
    }

    /// Strengths `a^L/y` at times after one at which it is `strength`; not numbers where the path takes too many steps.
    /// Fourth-order Runge–Kutta.
    pub fn strengths(&self, strength: f64, times: impl IntoIterator<Item = f64>) -> Vec<f64> {
        let degree = f64::from(self.factors);
        let mut a = libm::pow(strength * self.target, 1.0 / degree);
        let mut now = 0.0;
        let mut at = |time: f64| {
            for _ in 0..STEPS {
                let left = time - now;
                if left <= 0.0 {
                    return a.powi(self.factors as i32) / self.target;
                }
                // The speed changes at a rate of at most some L times the sizes of its terms over a.
                let power = a.powi(self.factors as i32 - 1);
                let terms = (power * a + self.target) * power / self.samples / a + self.weight;
                let h = (STEP / (degree * terms)).min(left);
                let k1 = self.speed(a);
                let k2 = self.speed(a + h / 2.0 * k1);
                let k3 = self.speed(a + h / 2.0 * k2);
                let k4 = self.speed(a + h * k3);
                let change = h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
                // At rest to rounding, where it stays.
                let rests = change.abs() <= f64::EPSILON * a.abs();
                a += change;
                now = if rests { time } else { now + h };
            }
            f64::NAN
        };
        times.into_iter().map(&mut at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Above its lower root a mode grows to its upper one, below it dies; its end is approached at the rate of the theory.
    #[test]
    fn a_mode_lives_iff_it_starts_above_its_lower_root() {
        let mode = AlignedMode { target: 40f64.sqrt(), samples: 120.0, weight: 1e-2, factors: 6 };
        // (1 − u)^6 u^4 = (λN)^6/n^5.
        let equation = |u: f64| (1.0 - u).powi(6) * u.powi(4) - 1.2f64.powi(6) / 40f64.powi(5);
        let root = |mut low: f64, mut high: f64| {
            for _ in 0..200 {
                let middle = (low + high) / 2.0;
                if equation(low) * equation(middle) > 0.0 { low = middle } else { high = middle }
            }
            low
        };
        let (lower, upper) = (root(1e-6, 0.4), root(0.4, 1.0));
        let end = |start: f64| mode.strengths(start, [20_000.0])[0];
        assert!(end(lower * 0.99) < 1e-9 && (end(lower * 1.01) - upper).abs() < 1e-9);
        // κ = λ(2Mu − (M − 1))/(1 − u).
        let rate = 1e-2 * (10.0 * upper - 4.0) / (1.0 - upper);
        let time = 3.0 / rate;
        let found = mode.strengths(upper - 1e-4, [time, 2.0 * time]);
        let measured = libm::log((upper - found[0]) / (upper - found[1])) / time;
        assert!((measured / rate - 1.0).abs() < 1e-3, "{measured} {rate}");
    }
}
