//! The objective and its gradient, contracted through the narrow end.
//!
//! With `A_l = W_M⋯W_{l+1}` (`K` rows), the residual `E` (`K × columns`) and `B_l = E Hᵀ W_1ᵀ⋯W_lᵀ` (`K` rows):
//!
//! ```text
//! ∂W_l = A_lᵀ B_{l−1}/N + λ_l W_l        ∂H = A_0ᵀ E/N + λ_H H        ∂b = E s/N + λ_b b
//! ```
//!
//! No product of two wide matrices is formed: `O(M K d² + K d columns)` operations. Nor does the gradient of a wide matrix
//! exist while a network flows: a combination of states and gradients is made of the factors, in one pass over the
//! matrices, which also makes `A_{l−1} = A_l W_l` of the result. The other pass makes `B_l = B_{l−1} W_lᵀ`.

use super::combine::{Product, Source};
use super::narrow::Narrow;
use super::network::Network;
use super::pass::{self, RANK};
use super::residual::Residual;
use super::slope::Slope;
use super::system::{Combination, Seen, System, Term};
use std::ops::Range;

/// Working memory for gradients of one network.
#[derive(Debug)]
pub struct Gradient<'a> {
    network: &'a Network,
    residual: Residual<'a>,
    /// `A_0 … A_{M−1}`, `K × d_{l+1}`, of the last state.
    products: Vec<Narrow>,
    /// The last gradient that was asked for as a whole.
    slope: Option<Slope>,
}

impl<'a> Gradient<'a> {
    /// Working memory for a network.
    pub fn new(network: &'a Network) -> Self {
        let narrow = |l: usize| Narrow::zeros(network.outputs, network.widths[l]);
        let products = (0..network.depth()).map(narrow).collect();
        Self { network, residual: Residual::of(network), products, slope: None }
    }

    /// The objective at a state; its gradient is written to `gradient`.
    pub fn evaluate(&mut self, state: &[f64], gradient: &mut [f64]) -> f64 {
        let mut slope = self.slope.take().unwrap_or_else(|| self.room());
        let seen = self.visit(Combination::one(Term::of(1.0, state)), gradient, &mut slope);
        self.combine(Combination::one(Term::with(0.0, state, 1.0, &slope)), gradient);
        self.slope = Some(slope);
        seen.objective
    }

    /// Where `W_l` stands, with its number of rows and its weight; `H` if `l` is 0.
    fn matrix(&self, l: usize) -> (Range<usize>, usize, f64) {
        let net = self.network;
        match l {
            0 => (net.feature_range(), net.widths[0], net.features),
            _ => (net.layer_range(l), net.widths[l], net.weights[l - 1]),
        }
    }

    /// What a combination takes of a matrix.
    fn sources<'b>(&self, from: &Combination<'b, Slope>, l: usize) -> [Source<'b>; 2] {
        let (range, _, λ) = self.matrix(l);
        let source = |term: Term<'b, Slope>| {
            let state = &term.state[range.clone()];
            match term.slope {
                None => Source { state, weight: term.weight, product: Product::Zero, share: 0.0 },
                Some((descent, slope)) => Source {
                    state,
                    weight: term.weight + descent * λ,
                    product: slope.product(l),
                    share: descent / self.network.samples,
                },
            }
        };
        let [first, second] = from.terms.map(|term| term.map(source));
        let none = Source { state: &[], weight: 0.0, product: Product::Zero, share: 0.0 };
        let first = first.unwrap_or(none);
        [first, second.unwrap_or(Source { state: first.state, ..none })]
    }

    /// The bias of a combination.
    fn bias(&self, from: &Combination<Slope>, out: &mut [f64]) {
        let (net, range) = (self.network, self.network.bias_range());
        for (i, out) in out.iter_mut().enumerate() {
            let kept = if from.own == 0.0 { 0.0 } else { from.own * *out };
            let term = |term: Term<Slope>| {
                let x = term.state[range.start + i];
                let slope = term.slope.map_or(0.0, |(descent, slope)| {
                    descent * (slope.bias[i] / net.samples + net.bias_weight * x)
                });
                term.weight * x + slope
            };
            *out = kept + from.terms().map(term).sum::<f64>();
        }
    }

    /// The squared norms of matrices, as regularisation weighs them, and as they are.
    fn weigh(&self, squares: &[f64], bias: &[f64]) -> (f64, f64) {
        let all: f64 = bias.iter().map(|b| b * b).sum();
        let matrices = squares.iter().enumerate().map(|(l, square)| self.matrix(l).2 * square);
        (
            matrices.sum::<f64>() / 2.0 + self.network.bias_weight / 2.0 * all,
            squares.iter().sum::<f64>() + all,
        )
    }
}

impl System for Gradient<'_> {
    type Slope = Slope;

    fn room(&self) -> Slope {
        Slope::of(self.network)
    }

    fn visit(&mut self, from: Combination<Slope>, out: &mut [f64], slope: &mut Slope) -> Seen {
        let (net, depth) = (self.network, self.network.depth());
        let mut squares = vec![0.0; depth + 1];
        for l in (0..=depth).rev() {
            let (range, rows, _) = self.matrix(l);
            let (out, sources) = (&mut out[range], self.sources(&from, l));
            squares[l] = if l == depth {
                let square = pass::pass(rows, Some(&mut *out), from.own, sources, None);
                let outer = &mut self.products[depth - 1];
                (0..out.len() / rows)
                    .for_each(|j| outer.column_mut(j).copy_from_slice(&out[j * rows..][..rows]));
                square
            } else if l > 0 {
                let (low, high) = self.products.split_at_mut(l);
                pass::pass(rows, Some(out), from.own, sources, Some((&high[0], &mut low[l - 1])))
            } else {
                let times = Some((&self.products[0], &mut slope.residual));
                pass::pass(rows, Some(out), from.own, sources, times)
            };
        }
        self.bias(&from, &mut out[net.bias_range()]);
        let bias = &out[net.bias_range()];
        let loss = self.residual.turn(&mut slope.residual, bias);
        self.residual.bias(&slope.residual, &mut slope.bias);
        let (energy, square) = self.weigh(&squares, bias);
        // B_0 = E Hᵀ, B_l = B_{l−1} W_lᵀ.
        for l in 0..depth {
            let (range, rows, _) = self.matrix(l);
            let (done, rest) = slope.backward.split_at_mut(l);
            pass::back(rows, &out[range], done.last().unwrap_or(&slope.residual), &mut rest[0]);
        }
        for l in 0..depth {
            let right = if l == 0 { &slope.residual } else { &slope.backward[l - 1] };
            match net.outputs > RANK {
                true => pass::whole(&self.products[l], right, &mut slope.whole[l]),
                false => slope.above[l].set(&self.products[l]),
            }
        }
        Seen { objective: loss + energy, square }
    }

    fn combine(&mut self, from: Combination<Slope>, out: &mut [f64]) -> f64 {
        let square = |l: usize| {
            let (range, rows, _) = self.matrix(l);
            pass::pass(rows, Some(&mut out[range]), from.own, self.sources(&from, l), None)
        };
        let squares: f64 = (0..=self.network.depth()).map(square).sum();
        let bias = &mut out[self.network.bias_range()];
        self.bias(&from, bias);
        squares + bias.iter().map(|b| b * b).sum::<f64>()
    }

    fn square(&mut self, from: Combination<Slope>) -> f64 {
        let square = |l: usize| pass::pass(self.matrix(l).1, None, 0.0, self.sources(&from, l), None);
        let squares: f64 = (0..=self.network.depth()).map(square).sum();
        let mut bias = vec![0.0; self.network.bias_range().len()];
        self.bias(&Combination { own: 0.0, ..from }, &mut bias);
        squares + bias.iter().map(|b| b * b).sum::<f64>()
    }
}
