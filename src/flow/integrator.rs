//! A stabilised explicit integrator for `θ' = −∇f(θ)`: Runge–Kutta–Chebyshev of second order (Sommeijer,
//! Shampine and Verwer 1998), with local error control and the spectral radius estimated along the way.
//!
//! - `s` stages are stable on a negative real interval of length about `0.65 s²`, so stiffness costs its
//!   square root.
//! - One step of `s` stages evaluates the gradient `s` times.
//! - Nothing here knows what the right-hand side is, or how its gradients are kept ([`System`]); work is counted by
//!   whoever provides it.

use super::chebyshev::{Chebyshev, MAX_STAGES};
use super::krylov::Krylov;
use super::room::Room;
use super::station::Station;
use super::system::{Combination, Seen, System, Term};

/// How a step is controlled.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    /// Local error relative to the root mean square of the state.
    pub relative: f64,
    /// Local error in absolute terms.
    pub absolute: f64,
    /// Longest step: beyond a few times the slowest decay nothing is gained.
    pub longest: f64,
    /// The slowest rate at a point of rest, if the limit matters and not the path.
    pub slowest: Option<f64>,
}

impl Default for Control {
    /// The limit point does not depend on the path's error, so the path is followed loosely.
    fn default() -> Self {
        Self { relative: 2e-3, absolute: 1e-6, longest: f64::INFINITY, slowest: None }
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
    pub(super) control: Control,
    step: f64,
    previous_error: f64,
    previous_step: f64,
    pub(super) radius: f64,
    /// The largest spectral radius that was estimated.
    pub(super) stiffness: f64,
    direction: Vec<f64>,
    until_estimate: usize,
    /// No step to rest is tried while the gradient's squared norm is above: one failed near here.
    pub(super) refused: f64,
    /// Stations in a row at which nothing happened but slow decay.
    pub(super) calm: u32,
    schemes: std::collections::BTreeMap<usize, Chebyshev>,
    /// The last two stages of a step, or none: room for states and gradients that is not taken anew for each step.
    pub(super) stages: [Room; 2],
    pub(super) slopes: [S; 2],
    /// Room for the end of the flow, once it is needed.
    pub(super) krylov: Option<Krylov>,
}

/// Steps between two estimates of the spectral radius.
const ESTIMATE_EVERY: usize = 25;
/// The estimate is raised by this factor, since power iteration approaches from below.
const RADIUS_MARGIN: f64 = 1.2;
/// Power iterations at the start and later.
const POWER_STEPS: (usize, usize) = (12, 4);

impl<S> Integrator<S> {
    /// An integrator for a system whose states have this length.
    pub fn new(system: &impl System<Slope = S>, length: usize, control: Control) -> Self {
        Self {
            control,
            step: 0.0,
            previous_error: 0.0,
            previous_step: 0.0,
            radius: 0.0,
            stiffness: 0.0,
            // Deterministic and without structure, so that it overlaps with the top direction.
            direction: (0..length)
                .map(|i| ((i as f64 + 1.0) * 0.618_033_988_749_894_9).fract() - 0.5)
                .collect(),
            until_estimate: 0,
            refused: f64::INFINITY,
            calm: 0,
            schemes: Default::default(),
            stages: [Room::zeros(length), Room::zeros(length)],
            slopes: [system.room(), system.room()],
            krylov: None,
        }
    }

    /// Takes one accepted step. Near rest, where the path does not matter, it aims at a gradient smaller by a factor.
    ///
    /// - The objective at the new station exceeds the one before by rounding at most.
    /// - Without a step the station stays.
    pub fn advance(
        &mut self,
        station: &mut Station<S>,
        system: &mut impl System<Slope = S>,
        factor: f64,
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
        if self.settle(station, system, factor) {
            return Ok(());
        }
        loop {
            let longest = (Chebyshev::reach(MAX_STAGES) / self.radius).min(self.control.longest);
            self.step = self.step.min(longest);
            let number = Chebyshev::stages_for(self.step * self.radius);
            let scheme = self.schemes.remove(&number).unwrap_or_else(|| Chebyshev::with_stages(number));
            let seen = self.attempt(&scheme, self.step, station, system);
            self.schemes.insert(number, scheme);
            let error = self.error(station, self.step, seen, system);
            if error <= 1.0 {
                self.accept(station, seen, self.step, system);
                self.lengthen(error);
                return Ok(());
            }
            let factor = if error.is_finite() { 0.8 / error.cbrt() } else { 0.25 };
            self.step *= factor.clamp(0.1, 0.7);
            // A wrong radius shows as instability: look again.
            self.estimate_radius(station, system);
            if self.step * self.radius < 1e-10 {
                return Err(StepFailure::Stagnated);
            }
        }
    }

    /// Moves a station to the end of the last step.
    pub(super) fn accept(
        &mut self,
        station: &mut Station<S>,
        seen: Seen,
        step: f64,
        system: &mut impl System<Slope = S>,
    ) {
        std::mem::swap(&mut station.point.state, &mut self.stages[0]);
        std::mem::swap(&mut station.slope, &mut self.slopes[0]);
        (station.point.objective, station.size) = (seen.objective, seen.square);
        station.point.time += step;
        let slope = Combination::one(Term::with(0.0, &station.point.state, 1.0, &station.slope));
        station.steepness = system.square(slope);
    }

    /// The error that is allowed in an entry of a state with this squared norm.
    pub(super) fn allowed(&self, size: f64) -> f64 {
        let mean = size / self.direction.len() as f64;
        self.control.absolute + self.control.relative * mean.sqrt()
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
    pub(super) fn attempt(
        &mut self,
        scheme: &Chebyshev,
        h: f64,
        station: &Station<S>,
        system: &mut impl System<Slope = S>,
    ) -> Seen {
        let (y0, g0) = (&station.point.state, &station.slope);
        let ([now, before], [slope, next]) = (&mut self.stages, &mut self.slopes);
        let first = Combination::one(Term::with(1.0, y0, -scheme.first * h, g0));
        let mut seen = system.visit(first, now, slope);
        for (i, &(μ, ν, step, offset)) in scheme.stages.iter().enumerate() {
            let latest = Term::with(μ, now, -step * h, slope);
            // The stage before the first one is the start.
            let (own, start) = if i == 0 { (0.0, 1.0 - μ) } else { (ν, 1.0 - μ - ν) };
            let from = match offset == 0.0 && i > 0 {
                true => Combination::one(latest),
                false => Combination::two(Term::with(start, y0, -offset * h, g0), latest),
            };
            seen = system.visit(Combination { own, ..from }, before, next);
            std::mem::swap(before, now);
            std::mem::swap(slope, next);
        }
        seen
    }

    /// The local error estimate `0.8 (y_n − y_{n+1}) + 0.4 h (F_n + F_{n+1})` of a step to what is seen there, relative to
    /// what is allowed; infinite if the objective rose.
    pub(super) fn error(
        &self,
        from: &Station<S>,
        h: f64,
        seen: Seen,
        system: &mut impl System<Slope = S>,
    ) -> f64 {
        let start = Term::with(0.8, &from.point.state, -0.4 * h, &from.slope);
        let end = Term::with(-0.8, &self.stages[0], -0.4 * h, &self.slopes[0]);
        let error = system.square(Combination::two(start, end));
        let n = from.point.state.len() as f64;
        let ratio = (error / n).sqrt() / self.allowed(seen.square);
        if ratio.is_nan() || !from.is_above(seen) { f64::INFINITY } else { ratio }
    }

    /// Nonlinear power iteration on gradient differences.
    pub(super) fn estimate_radius(&mut self, station: &Station<S>, system: &mut impl System<Slope = S>) {
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
            self.stiffness = self.stiffness.max(radius);
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
pub(super) mod tests {
    use super::*;

    /// `f = ½ Σ a_i x_i²`: the flow is `x_i e^{−a_i t}`. Gradients are vectors, every stage is made entry by entry.
    pub struct Linear<'a> {
        rates: &'a [f64],
        pub visits: usize,
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

    pub fn linear(rates: &[f64]) -> Linear<'_> {
        Linear { rates, visits: 0 }
    }

    pub fn start(rates: &[f64]) -> Station<Vec<f64>> {
        Station::start(&mut linear(rates), &vec![1.0; rates.len()])
    }

    /// The error at time 1 with steps of fixed length.
    fn error_with(steps: usize, rates: &[f64]) -> f64 {
        let mut station = start(rates);
        let mut integrator = Integrator::new(&linear(rates), rates.len(), Control::default());
        let radius = rates.iter().copied().fold(0.0, f64::max) * 1.05;
        for _ in 0..steps {
            let h = 1.0 / steps as f64;
            let scheme = Chebyshev::with_stages(Chebyshev::stages_for(h * radius));
            let seen = integrator.attempt(&scheme, h, &station, &mut linear(rates));
            integrator.accept(&mut station, seen, h, &mut linear(rates));
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
            integrator.advance(&mut station, &mut system, 1.0).unwrap();
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
                let scheme = Chebyshev::with_stages(stages);
                integrator.attempt(&scheme, 1.0, &start(&rates), &mut linear(&rates));
                let end = integrator.stages[0][0];
                assert!(end.abs() <= 1.0, "{reach} {fraction}: {end}");
            }
        }
    }

    #[test]
    fn one_polynomial_damps_all_rates_of_an_interval() {
        let (slowest, radius) = (1e-3, 0.3);
        for factor in [10.0, 300.0] {
            let (scheme, h) = Chebyshev::damping(slowest, radius, factor);
            // Chebyshev's bound: no polynomial of so many stages damps them more.
            let bound = (factor.acosh() / ((radius + slowest) / (radius - slowest)).acosh()).ceil();
            assert_eq!(scheme.stages.len() + 1, bound as usize);
            let rates: Vec<f64> =
                (0..=500).map(|i| slowest * (radius / slowest).powf(i as f64 / 500.0)).collect();
            let mut integrator = Integrator::new(&linear(&rates), rates.len(), Control::default());
            integrator.attempt(&scheme, h, &start(&rates), &mut linear(&rates));
            let worst = integrator.stages[0].iter().map(|x| x.abs()).fold(0.0, f64::max);
            assert!(worst * factor < 1.0 + 1e-9 && worst * factor > 0.5, "{worst}");
            // Slower ones follow the flow, to first order.
            let slow = [1e-6];
            integrator = Integrator::new(&linear(&slow), 1, Control::default());
            integrator.attempt(&scheme, h, &start(&slow), &mut linear(&slow));
            assert!((integrator.stages[0][0].ln() / (-1e-6 * h) - 1.0).abs() < 1e-2);
        }
    }
}
