//! What `cargo bench --features bench` measures: the doors of the flow that no user needs.

use crate::case::{Bias, Draft, Loss, Mistake, Problem, Targets, Terms};
use crate::exact::Rational;
use crate::flow::room::Room;
use crate::flow::system::{Combination, System, Term};
use crate::flow::{self, Columns, Gradient, Limits, Method, Network, Start};
use rayon::prelude::*;

/// Entries of a vector that a thread moves at a time.
const CHUNK: usize = 1 << 17;
/// Standard deviation of the states that are measured.
const STD: f64 = 0.03;

/// A network with the mean squared error and without bias.
#[derive(Debug)]
pub struct Setting(Network);

impl Setting {
    /// All weights are `1/inverse`.
    pub fn new(counts: &[u64], widths: &[u64], inverse: u32) -> Result<Self, String> {
        let λ = Rational::new(1.into(), inverse.into());
        let problem = Problem::new(Draft {
            counts: counts.to_vec(),
            widths: widths.to_vec(),
            loss: Loss::Mse,
            bias: Bias::None,
            targets: Targets::OneHot,
            weights: vec![λ.clone(); widths.len()],
            features: λ,
            terms: Terms::default(),
        });
        let problem = problem.map_err(|mistake: Mistake| mistake.to_string())?;
        Network::of(&problem, Columns::of(&problem)).map(Self).map_err(|reason| reason.to_string())
    }

    fn state(&self) -> Room {
        Room::from(&Start::Random { seed: 1, std: STD }.state(&self.0)[..])
    }

    /// Evaluates the gradient as a whole.
    pub fn gradient(&self) -> impl FnMut() + Send {
        let (state, mut gradient) = (self.state(), self.state());
        let mut workspace = Gradient::new(&self.0);
        move || {
            std::hint::black_box(workspace.evaluate(&state, &mut gradient));
        }
    }

    /// Makes one stage of a step, with the gradient there.
    pub fn stage(&self) -> impl FnMut() + Send {
        let mut system = Gradient::new(&self.0);
        let ([mut x, mut y, mut out], state) = ([0; 3].map(|_| self.state()), self.state());
        let [mut at_x, mut at_y, mut at_out] = [system.room(), system.room(), system.room()];
        system.visit(Combination::one(Term::of(1.0, &state)), &mut x, &mut at_x);
        system.visit(Combination::one(Term::of(0.9, &state)), &mut y, &mut at_y);
        move || {
            let terms = (Term::with(0.3, &x, -1e-3, &at_x), Term::with(0.5, &y, -1e-3, &at_y));
            let from = Combination { own: 0.2, ..Combination::two(terms.0, terms.1) };
            std::hint::black_box(system.visit(from, &mut out, &mut at_out));
        }
    }

    /// Moves five vectors of the length of a state, as a stage does at least: three are read and one of them written; one
    /// is read again.
    pub fn moves(&self) -> impl FnMut() + Send {
        let [x, y, mut out] = [0; 3].map(|_| self.state());
        move || {
            let blocks = out.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).zip(y.par_chunks(CHUNK));
            blocks.for_each(|((out, x), y)| {
                for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
                    *out = 0.3 * x + 0.5 * y + 0.2 * *out;
                }
            });
            let sum = |x: &[f64]| {
                let mut partial = [0.0; 16];
                for x in x.chunks_exact(16) {
                    partial.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
                }
                partial.iter().sum::<f64>()
            };
            std::hint::black_box(x.par_chunks(CHUNK).map(sum).sum::<f64>());
        }
    }

    /// Gradients of a run from a random start of this standard deviation to a gap of 10⁻⁸.
    pub fn run(&self, std: f64) -> u64 {
        let limits = Limits { evaluations: 100_000, tolerance: 1e-8, path: false };
        flow::run(&self.0, &Start::Random { seed: 1, std }, Method::Flow, limits, &mut |_| {}).evaluations
    }
}
