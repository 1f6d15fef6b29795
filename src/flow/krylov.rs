//! The vectors of conjugate gradients, and what is done to all of them at once.

use super::room::{Room, moves};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Entries of a sum that are added by one thread.
const CHUNK: usize = 1 << 15;
/// Entries that are treated side by side, and sums that are kept apart.
const LANES: usize = 8;

/// The vectors of conjugate gradients.
#[derive(Debug)]
pub struct Krylov {
    /// `δ`.
    pub step: Room,
    /// `−∇f − Hδ`.
    pub residual: Room,
    /// Along which the next step goes.
    pub direction: Room,
}

impl Krylov {
    /// Room for states of a length.
    pub fn zeros(length: usize) -> Self {
        let [step, residual, direction] = [0; 3].map(|_| Room::zeros(length));
        Self { step, residual, direction }
    }

    /// Moves along the direction, whose product with `H` is given, and turns it; the squared norms of what is left and of the
    /// direction.
    pub fn advance(&mut self, product: &[f64], along: f64, share: f64) -> (f64, f64) {
        moves(7 * product.len());
        let (step, residual) = (self.step.par_chunks_mut(CHUNK), self.residual.par_chunks_mut(CHUNK));
        let blocks =
            step.zip(residual).zip(self.direction.par_chunks_mut(CHUNK)).zip(product.par_chunks(CHUNK));
        let block = |(((step, residual), direction), product)| {
            Arch::new().dispatch(Advance { step, residual, direction, product, along, share })
        };
        let parts: Vec<[f64; 2]> = blocks.map(block).collect();
        (parts.iter().map(|x| x[0]).sum(), parts.iter().map(|x| x[1]).sum())
    }
}

/// A block of [`Krylov::advance`].
struct Advance<'a> {
    step: &'a mut [f64],
    residual: &'a mut [f64],
    direction: &'a mut [f64],
    product: &'a [f64],
    along: f64,
    share: f64,
}

impl WithSimd for Advance<'_> {
    type Output = [f64; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> [f64; 2] {
        let Self { step, residual, direction, product, along, share } = self;
        let mut squares = [[0.0; LANES]; 2];
        let mut entries = |step: &mut [f64], residual: &mut [f64], direction: &mut [f64], product: &[f64]| {
            for i in 0..product.len() {
                step[i] += along * direction[i];
                residual[i] -= along * product[i];
                direction[i] = residual[i] + share * direction[i];
                squares[0][i] += residual[i] * residual[i];
                squares[1][i] += direction[i] * direction[i];
            }
        };
        let (steps, step) = step.as_chunks_mut::<LANES>();
        let (residuals, residual) = residual.as_chunks_mut::<LANES>();
        let (directions, direction) = direction.as_chunks_mut::<LANES>();
        let (products, rest) = product.as_chunks::<LANES>();
        for (((step, residual), direction), product) in
            steps.iter_mut().zip(residuals).zip(directions).zip(products)
        {
            entries(step, residual, direction, product);
        }
        entries(step, residual, direction, rest);
        squares.map(|parts| parts.iter().sum())
    }
}

/// The inner product, the same whatever the number of threads.
pub fn dot(x: &[f64], y: &[f64]) -> f64 {
    moves(x.len() + y.len());
    let block = |(x, y)| Arch::new().dispatch(Dot(x, y));
    x.par_chunks(CHUNK).zip(y.par_chunks(CHUNK)).map(block).collect::<Vec<f64>>().into_iter().sum()
}

/// A block of [`dot`].
struct Dot<'a>(&'a [f64], &'a [f64]);

impl WithSimd for Dot<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let mut parts = [0.0; LANES];
        for (x, y) in self.0.chunks(LANES).zip(self.1.chunks(LANES)) {
            x.iter().zip(y).zip(&mut parts).for_each(|((x, y), part)| *part += x * y);
        }
        parts.iter().sum()
    }
}
