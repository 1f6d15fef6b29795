//! A stabilised explicit integrator for `θ' = −∇f(θ)`: Runge–Kutta–Chebyshev of second order (Sommeijer,
//! Shampine and Verwer 1998), with local error control and the spectral radius estimated along the way.
//!
//! - `s` stages are stable on a negative real interval of length about `0.65 s²`, so stiffness costs its
//!   square root.
//! - One step of `s` stages evaluates the gradient `s` times.
//! - Nothing here knows what the right-hand side is, or how its gradients are kept ([`System`]); work is counted by
//!   whoever provides it.

use super::system::{Combination, Seen, System, Term};

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

/// A point along a flow.
#[derive(Debug, Clone)]
pub struct Point {
    /// Parameters.
    pub state: Vec<f64>,
    /// `f`.
    pub objective: f64,
    /// Time along the flow.
    pub time: f64,
}

/// A point with the gradient there.
#[derive(Debug, Clone)]
pub struct Station<S> {
    /// The point.
    pub point: Point,
    /// `∇f`.
    pub slope: S,
}

impl<S> Station<S> {
    /// Where a flow starts.
    pub fn start(system: &mut impl System<Slope = S>, state: Vec<f64>) -> Self {
        let (mut slope, mut seen) = (system.room(), vec![0.0; state.len()]);
        let objective =
            system.visit(Combination::one(Term::of(1.0, &state)), &mut seen, &mut slope).objective;
        Self { point: Point { state, objective, time: 0.0 }, slope }
    }

    /// `‖∇f‖²`.
    pub fn square(&self, system: &mut impl System<Slope = S>) -> f64 {
        system.square(Combination::one(Term::with(0.0, &self.point.state, 1.0, &self.slope)))
    }
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
pub struct Integrator<S> {
    control: Control,
    step: f64,
    previous_error: f64,
    previous_step: f64,
    radius: f64,
    direction: Vec<f64>,
    until_estimate: usize,
    schemes: std::collections::BTreeMap<usize, Chebyshev>,
    /// The last two stages of a step, or none: room for states and gradients that is not taken anew for each step.
    stages: [Vec<f64>; 2],
    slopes: [S; 2],
}

/// Steps between two estimates of the spectral radius.
const ESTIMATE_EVERY: usize = 25;
/// The estimate is raised by this factor, since power iteration approaches from below.
const RADIUS_MARGIN: f64 = 1.2;
/// Power iterations at the start and later.
const POWER_STEPS: (usize, usize) = (12, 4);
/// Accepted steps may raise the computed objective by this much of itself: its rounding.
const ROUNDING: f64 = 1e-14;

impl<S> Integrator<S> {
    /// An integrator for a system whose states have this length.
    pub fn new(system: &impl System<Slope = S>, length: usize, control: Control) -> Self {
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
            stages: [vec![0.0; length], vec![0.0; length]],
            slopes: [system.room(), system.room()],
        }
    }

    /// Takes one accepted step.
    ///
    /// - The objective at the new station exceeds the one before by rounding at most.
    /// - Without a step the station stays.
    pub fn advance(
        &mut self,
        station: &mut Station<S>,
        system: &mut impl System<Slope = S>,
    ) -> Result<(), StepFailure> {
        if !station.point.objective.is_finite() {
            return Err(StepFailure::NotFinite);
        }
        if self.until_estimate == 0 {
            self.estimate_radius(station, system);
        }
        self.until_estimate -= 1;
        if self.step == 0.0 {
            self.step = 1.0 / self.radius;
        }
        loop {
            let longest = (Chebyshev::reach(MAX_STAGES) / self.radius).min(self.control.longest);
            self.step = self.step.min(longest);
            let seen = self.attempt(station, system);
            let error = self.error(station, seen.square, system);
            let descends = seen.objective <= station.point.objective * (1.0 + ROUNDING);
            if error <= 1.0 && descends {
                std::mem::swap(&mut station.point.state, &mut self.stages[0]);
                std::mem::swap(&mut station.slope, &mut self.slopes[0]);
                station.point.objective = seen.objective;
                station.point.time += self.step;
                self.lengthen(error);
                return Ok(());
            }
            let factor = if error.is_finite() && descends { 0.8 / error.cbrt() } else { 0.25 };
            self.step *= factor.clamp(0.1, 0.7);
            // A wrong radius shows as instability: look again.
            self.estimate_radius(station, system);
            if self.step * self.radius < 1e-10 {
                return Err(StepFailure::Stagnated);
            }
        }
    }

    /// The next step after one that had this error.
    fn lengthen(&mut self, error: f64) {
        let error = error.max(1e-12);
        let memory = if self.previous_error > 0.0 {
            (self.previous_error / error).cbrt() * self.step / self.previous_step
        } else {
            1.0
        };
        let factor = 0.8 * memory / error.cbrt();
        (self.previous_error, self.previous_step) = (error, self.step);
        self.step *= factor.clamp(0.2, 5.0);
    }

    /// One step; its end and the gradient there stand first among the stages.
    fn attempt(&mut self, station: &Station<S>, system: &mut impl System<Slope = S>) -> Seen {
        let h = self.step;
        let number = Chebyshev::stages_for(h * self.radius);
        let scheme = self.schemes.entry(number).or_insert_with(|| Chebyshev::with_stages(number));
        let (y0, g0) = (&station.point.state, &station.slope);
        let ([now, before], [slope, next]) = (&mut self.stages, &mut self.slopes);
        let first = Combination::one(Term::with(1.0, y0, -scheme.first * h, g0));
        let mut seen = system.visit(first, now, slope);
        for (i, &(μ, ν, step, offset)) in scheme.stages.iter().enumerate() {
            let start = Term::with(1.0 - μ - ν, y0, -offset * h, g0);
            let mut from = Combination::two(start, Term::with(μ, now, -step * h, slope));
            // The stage before the first one is the start.
            match i {
                0 => from.terms[0] = Some(Term::with(1.0 - μ, y0, -offset * h, g0)),
                _ => from.own = ν,
            }
            seen = system.visit(from, before, next);
            std::mem::swap(before, now);
            std::mem::swap(slope, next);
        }
        seen
    }

    /// The local error estimate `0.8 (y_n − y_{n+1}) + 0.4 h (F_n + F_{n+1})`, relative to what is allowed, of the step to
    /// a state with this squared norm.
    fn error(&self, from: &Station<S>, square: f64, system: &mut impl System<Slope = S>) -> f64 {
        let descent = -0.4 * self.step;
        let start = Term::with(0.8, &from.point.state, descent, &from.slope);
        let end = Term::with(-0.8, &self.stages[0], descent, &self.slopes[0]);
        let error = system.square(Combination::two(start, end));
        let n = from.point.state.len() as f64;
        let allowed = self.control.absolute + self.control.relative * (square / n).sqrt();
        let ratio = (error / n).sqrt() / allowed;
        if ratio.is_nan() { f64::INFINITY } else { ratio }
    }

    /// Nonlinear power iteration on gradient differences.
    fn estimate_radius(&mut self, station: &Station<S>, system: &mut impl System<Slope = S>) {
        let steps = if self.radius == 0.0 { POWER_STEPS.0 } else { POWER_STEPS.1 };
        let state = &station.point.state;
        let reach = norm(state).max(1e-3) * 1e-6;
        let (moved, slope) = (&mut self.stages[0], &mut self.slopes[0]);
        let mut size = norm(&self.direction);
        let mut radius = 0.0;
        for _ in 0..steps {
            let scale = reach / size.max(f64::MIN_POSITIVE);
            let from = Combination::two(Term::of(1.0, state), Term::of(scale, &self.direction));
            system.visit(from, moved, slope);
            let before = radius;
            let there = Term::with(0.0, moved, 1.0, slope);
            let here = Term::with(0.0, state, -1.0, &station.slope);
            size = system.combine(Combination::two(there, here), &mut self.direction).sqrt();
            radius = size / reach;
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

    /// `f = ½ Σ a_i x_i²`: the flow is `x_i e^{−a_i t}`. Gradients are vectors, every stage is made entry by entry.
    struct Linear<'a> {
        rates: &'a [f64],
        visits: usize,
    }

    impl System for Linear<'_> {
        type Slope = Vec<f64>;

        fn room(&self) -> Vec<f64> {
            vec![0.0; self.rates.len()]
        }

        fn visit(&mut self, from: Combination<Vec<f64>>, out: &mut [f64], slope: &mut Vec<f64>) -> Seen {
            self.visits += 1;
            let square = self.combine(from, out);
            (0..out.len()).for_each(|i| slope[i] = self.rates[i] * out[i]);
            let objective = out.iter().zip(self.rates).map(|(x, a)| a * x * x / 2.0).sum();
            Seen { objective, square }
        }

        fn combine(&mut self, from: Combination<Vec<f64>>, out: &mut [f64]) -> f64 {
            for i in 0..out.len() {
                let term = |t: Term<Vec<f64>>| {
                    t.weight * t.state[i] + t.slope.map_or(0.0, |(descent, slope)| descent * slope[i])
                };
                let own = from.own * out[i];
                out[i] = own + from.terms().map(term).sum::<f64>();
            }
            out.iter().map(|x| x * x).sum()
        }

        fn square(&mut self, from: Combination<Vec<f64>>) -> f64 {
            self.combine(from, &mut vec![0.0; self.rates.len()])
        }
    }

    fn linear(rates: &[f64]) -> Linear<'_> {
        Linear { rates, visits: 0 }
    }

    fn start(rates: &[f64]) -> Station<Vec<f64>> {
        Station::start(&mut linear(rates), vec![1.0; rates.len()])
    }

    /// The error at time 1 with steps of fixed length.
    fn error_with(steps: usize, rates: &[f64]) -> f64 {
        let mut station = start(rates);
        let mut integrator = Integrator::new(&linear(rates), rates.len(), Control::default());
        integrator.radius = rates.iter().copied().fold(0.0, f64::max) * 1.05;
        for _ in 0..steps {
            integrator.step = 1.0 / steps as f64;
            integrator.attempt(&station, &mut linear(rates));
            std::mem::swap(&mut station.point.state, &mut integrator.stages[0]);
            std::mem::swap(&mut station.slope, &mut integrator.slopes[0]);
        }
        station.point.state.iter().zip(rates).map(|(x, a)| (x - (-a).exp()).abs()).fold(0.0, f64::max)
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
        let mut station = start(&rates);
        let mut system = linear(&rates);
        let mut integrator = Integrator::new(&system, rates.len(), Control::default());
        while station.point.time < 60.0 {
            integrator.advance(&mut station, &mut system).unwrap();
        }
        assert!(norm(&station.point.state) < 1e-4, "{:?}", station.point.state);
        // Explicit Euler would need 60·900/2 evaluations.
        assert!(system.visits < 3_000, "{}", system.visits);
    }

    #[test]
    fn stability_covers_what_the_stage_number_promises() {
        for reach in [1.0, 30.0, 1000.0, 50_000.0] {
            let stages = Chebyshev::stages_for(reach);
            assert!(Chebyshev::reach(stages) >= reach);
            for fraction in [0.1, 0.37, 0.5, 0.99, 1.0] {
                let rates = [reach * fraction];
                let mut integrator = Integrator::new(&linear(&rates), 1, Control::default());
                (integrator.step, integrator.radius) = (1.0, reach);
                integrator.attempt(&start(&rates), &mut linear(&rates));
                let end = integrator.stages[0][0];
                assert!(end.abs() <= 1.0, "{reach} {fraction}: {end}");
            }
        }
    }
}
