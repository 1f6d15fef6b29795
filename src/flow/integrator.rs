//! A stabilised explicit integrator for `θ' = −∇f(θ)`: Runge–Kutta–Chebyshev of second order (Sommeijer,
//! Shampine and Verwer 1998), with local error control and the spectral radius estimated along the way.
//!
//! - `s` stages are stable on a negative real interval of length about `0.65 s²`, so stiffness costs its
//!   square root.
//! - One step of `s` stages evaluates the gradient `s` times.
//! - Nothing here knows what the right-hand side is; work is counted by whoever provides it.

/// Damping of the stability polynomial.
const DAMPING: f64 = 2.0 / 13.0;
/// Stages of one step at most.
pub const MAX_STAGES: usize = 400;

/// Coefficients of the method with a given number of stages.
#[derive(Debug, Clone)]
struct Chebyshev {
    first: f64,
    /// `(μ, ν, μ̃, γ̃)` of stages 2 … s.
    stages: Vec<(f64, f64, f64, f64)>,
}

impl Chebyshev {
    fn with_stages(s: usize) -> Self {
        let w0 = 1.0 + DAMPING / (s * s) as f64;
        // T_j, T_j' and T_j'' at w0 by the three-term recurrence.
        let mut t = vec![(1.0, 0.0, 0.0), (w0, 1.0, 0.0)];
        for j in 2..=s {
            let ((a, da, dda), (b, db, ddb)) = (t[j - 2], t[j - 1]);
            t.push((2.0 * w0 * b - a, 2.0 * b + 2.0 * w0 * db - da, 4.0 * db + 2.0 * w0 * ddb - dda));
        }
        let w1 = t[s].1 / t[s].2;
        let mut b: Vec<f64> = t.iter().map(|(_, d, dd)| dd / (d * d)).collect();
        (b[0], b[1]) = (b[2], b[2]);
        let a: Vec<f64> = t.iter().zip(&b).map(|((t, ..), b)| 1.0 - b * t).collect();
        let stage = |j: usize| {
            let step = 2.0 * b[j] * w1 / b[j - 1];
            (2.0 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2], step, -a[j - 1] * step)
        };
        Self { first: b[1] * w1, stages: (2..=s).map(stage).collect() }
    }

    /// Stages that keep a step with this `h·ρ` stable.
    fn stages_for(reach: f64) -> usize {
        (1.0 + (1.0 + 1.54 * reach).sqrt()).ceil().max(2.0) as usize
    }

    /// The largest `h·ρ` that the given number of stages keeps stable.
    fn reach(stages: usize) -> f64 {
        let s = (stages as f64 - 1.0).powi(2) - 1.0;
        s / 1.54
    }
}

/// A point of the flow: the state with its objective and gradient.
#[derive(Debug, Clone)]
pub struct Point {
    /// Parameters.
    pub state: Vec<f64>,
    /// `∇f`.
    pub gradient: Vec<f64>,
    /// `f`.
    pub objective: f64,
    /// Time along the flow.
    pub time: f64,
}

/// How a step is controlled.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    /// Local error relative to the root mean square of the state.
    pub relative: f64,
    /// Local error in absolute terms.
    pub absolute: f64,
    /// Longest step: beyond a few times the slowest decay nothing is gained.
    pub longest: f64,
}

impl Default for Control {
    /// The limit point does not depend on the path's error, so the path is followed loosely.
    fn default() -> Self {
        Self { relative: 1e-3, absolute: 1e-6, longest: f64::INFINITY }
    }
}

/// Why no step was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepFailure {
    /// The objective is not finite at the present point.
    NotFinite,
    /// The step became too short to move the state.
    Stagnated,
}

/// The integrator of one run.
#[derive(Debug)]
pub struct Integrator {
    control: Control,
    step: f64,
    previous_error: f64,
    previous_step: f64,
    radius: f64,
    direction: Vec<f64>,
    until_estimate: usize,
    schemes: std::collections::BTreeMap<usize, Chebyshev>,
}

/// Steps between two estimates of the spectral radius.
const ESTIMATE_EVERY: usize = 25;
/// The estimate is raised by this factor, since power iteration approaches from below.
const RADIUS_MARGIN: f64 = 1.2;
/// Power iterations at the start and later.
const POWER_STEPS: (usize, usize) = (12, 4);
/// Accepted steps may raise the computed objective by this much of itself: its rounding.
const ROUNDING: f64 = 1e-14;

impl Integrator {
    /// An integrator for states of a given length.
    pub fn new(length: usize, control: Control) -> Self {
        Self {
            control,
            step: 0.0,
            previous_error: 0.0,
            previous_step: 0.0,
            radius: 0.0,
            // Deterministic and without structure, so that it overlaps with the top direction.
            direction: (0..length)
                .map(|i| ((i as f64 + 1.0) * 0.618_033_988_749_894_9).fract() - 0.5)
                .collect(),
            until_estimate: 0,
            schemes: Default::default(),
        }
    }

    /// Takes one accepted step from `point` with gradients from `evaluate(state, gradient) → f`.
    ///
    /// - The objective at the returned point exceeds the one before by rounding at most.
    pub fn advance(
        &mut self,
        point: &Point,
        evaluate: &mut dyn FnMut(&[f64], &mut [f64]) -> f64,
    ) -> Result<Point, StepFailure> {
        if !point.objective.is_finite() {
            return Err(StepFailure::NotFinite);
        }
        if self.until_estimate == 0 {
            self.estimate_radius(point, evaluate);
        }
        self.until_estimate -= 1;
        if self.step == 0.0 {
            self.step = 1.0 / self.radius;
        }
        loop {
            let longest = (Chebyshev::reach(MAX_STAGES) / self.radius).min(self.control.longest);
            self.step = self.step.min(longest);
            let next = self.attempt(point, evaluate);
            let error = self.error(point, &next);
            let descends = next.objective <= point.objective * (1.0 + ROUNDING);
            if error <= 1.0 && descends {
                let memory = if self.previous_error > 0.0 {
                    (self.previous_error / error.max(1e-12)).cbrt() * self.step / self.previous_step
                } else {
                    1.0
                };
                let factor = 0.8 * memory / error.max(1e-12).cbrt();
                (self.previous_error, self.previous_step) = (error.max(1e-12), self.step);
                self.step *= factor.clamp(0.2, 5.0);
                return Ok(next);
            }
            let factor = if error.is_finite() && descends { 0.8 / error.cbrt() } else { 0.25 };
            self.step *= factor.clamp(0.1, 0.7);
            // A wrong radius shows as instability: look again.
            self.estimate_radius(point, evaluate);
            if self.step * self.radius < 1e-10 {
                return Err(StepFailure::Stagnated);
            }
        }
    }

    fn attempt(&mut self, point: &Point, evaluate: &mut dyn FnMut(&[f64], &mut [f64]) -> f64) -> Point {
        let h = self.step;
        let stages = Chebyshev::stages_for(h * self.radius);
        let scheme = self.schemes.entry(stages).or_insert_with(|| Chebyshev::with_stages(stages));
        let (y0, g0) = (&point.state, &point.gradient);
        let mut before = y0.clone();
        let mut now: Vec<f64> = y0.iter().zip(g0).map(|(y, g)| y - scheme.first * h * g).collect();
        let mut gradient = vec![0.0; y0.len()];
        for &(μ, ν, step, offset) in &scheme.stages {
            evaluate(&now, &mut gradient);
            let (rest, step, offset) = (1.0 - μ - ν, step * h, offset * h);
            for i in 0..now.len() {
                let next = rest * y0[i] + μ * now[i] + ν * before[i] - step * gradient[i] - offset * g0[i];
                before[i] = next;
            }
            std::mem::swap(&mut before, &mut now);
        }
        let objective = evaluate(&now, &mut gradient);
        Point { state: now, gradient, objective, time: point.time + h }
    }

    /// The local error estimate `0.8 (y_n − y_{n+1}) + 0.4 h (F_n + F_{n+1})`, relative to what is allowed.
    fn error(&self, from: &Point, to: &Point) -> f64 {
        let (mut error, mut size) = (0.0, 0.0);
        for i in 0..from.state.len() {
            let e =
                0.8 * (from.state[i] - to.state[i]) - 0.4 * self.step * (from.gradient[i] + to.gradient[i]);
            error += e * e;
            size += to.state[i] * to.state[i];
        }
        let n = from.state.len() as f64;
        let allowed = self.control.absolute + self.control.relative * (size / n).sqrt();
        let ratio = (error / n).sqrt() / allowed;
        if ratio.is_nan() { f64::INFINITY } else { ratio }
    }

    /// Nonlinear power iteration on gradient differences.
    fn estimate_radius(&mut self, point: &Point, evaluate: &mut dyn FnMut(&[f64], &mut [f64]) -> f64) {
        let steps = if self.radius == 0.0 { POWER_STEPS.0 } else { POWER_STEPS.1 };
        let size = norm(&point.state).max(1e-3);
        let reach = size * 1e-6;
        let mut moved = vec![0.0; point.state.len()];
        let mut gradient = vec![0.0; point.state.len()];
        let mut radius = 0.0;
        for _ in 0..steps {
            let scale = reach / norm(&self.direction).max(f64::MIN_POSITIVE);
            for i in 0..moved.len() {
                moved[i] = point.state[i] + scale * self.direction[i];
            }
            evaluate(&moved, &mut gradient);
            let before = radius;
            for i in 0..moved.len() {
                self.direction[i] = gradient[i] - point.gradient[i];
            }
            radius = norm(&self.direction) / reach;
            if (radius - before).abs() < 0.02 * radius {
                break;
            }
        }
        if radius.is_finite() && radius > 0.0 {
            self.radius = radius * RADIUS_MARGIN;
        } else if self.radius == 0.0 {
            self.radius = 1.0;
        }
        self.until_estimate = ESTIMATE_EVERY;
    }
}

/// Euclidean norm.
pub fn norm(x: &[f64]) -> f64 {
    let mut partial = [0.0; 8];
    for chunk in x.chunks(8) {
        for (x, sum) in chunk.iter().zip(&mut partial) {
            *sum += x * x;
        }
    }
    partial.iter().sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `f = ½ Σ a_i x_i²`: the flow is `x_i e^{−a_i t}`.
    fn linear(rates: &[f64]) -> impl FnMut(&[f64], &mut [f64]) -> f64 + '_ {
        move |x, g| {
            for i in 0..x.len() {
                g[i] = rates[i] * x[i];
            }
            x.iter().zip(rates).map(|(x, a)| a * x * x / 2.0).sum()
        }
    }

    fn start(rates: &[f64]) -> Point {
        let state = vec![1.0; rates.len()];
        let mut gradient = vec![0.0; rates.len()];
        let objective = linear(rates)(&state, &mut gradient);
        Point { state, gradient, objective, time: 0.0 }
    }

    /// The error at time 1 with steps of fixed length.
    fn error_with(steps: usize, rates: &[f64]) -> f64 {
        let mut point = start(rates);
        let mut integrator = Integrator::new(rates.len(), Control::default());
        integrator.radius = rates.iter().copied().fold(0.0, f64::max) * 1.05;
        for _ in 0..steps {
            integrator.step = 1.0 / steps as f64;
            point = integrator.attempt(&point, &mut linear(rates));
        }
        point.state.iter().zip(rates).map(|(x, a)| (x - (-a).exp()).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn the_order_is_two() {
        let rates = [0.3, 1.0, 2.0];
        let errors: Vec<f64> = [16, 32, 64, 128].iter().map(|n| error_with(*n, &rates)).collect();
        for pair in errors.windows(2) {
            let order = (pair[0] / pair[1]).log2();
            assert!((1.85..2.3).contains(&order), "{errors:?}");
        }
    }

    #[test]
    fn stiff_directions_stay_stable() {
        let rates = [0.5, 1.0, 900.0];
        let mut point = start(&rates);
        let mut integrator = Integrator::new(rates.len(), Control::default());
        let mut count = 0;
        let mut right = linear(&rates);
        let mut counted = |x: &[f64], g: &mut [f64]| {
            count += 1;
            right(x, g)
        };
        while point.time < 60.0 {
            point = integrator.advance(&point, &mut counted).unwrap();
        }
        assert!(norm(&point.state) < 1e-4, "{:?}", point.state);
        // Explicit Euler would need 60·900/2 evaluations.
        assert!(count < 3_000, "{count}");
    }

    #[test]
    fn stability_covers_what_the_stage_number_promises() {
        for reach in [1.0, 30.0, 1000.0, 50_000.0] {
            let stages = Chebyshev::stages_for(reach);
            assert!(Chebyshev::reach(stages) >= reach);
            for fraction in [0.1, 0.37, 0.5, 0.99, 1.0] {
                let rates = [reach * fraction];
                let mut integrator = Integrator::new(1, Control::default());
                (integrator.step, integrator.radius) = (1.0, reach);
                let next = integrator.attempt(&start(&rates), &mut linear(&rates));
                assert!(next.state[0].abs() <= 1.0, "{reach} {fraction}: {}", next.state[0]);
            }
        }
    }
}
