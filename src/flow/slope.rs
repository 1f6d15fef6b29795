//! The gradient at a state, kept as the factors of its products.

use super::combine::Product;
use super::narrow::{Narrow, Tiles};
use super::network::Network;
use super::pass::{self, RANK};

/// `∂f` at a state without what regularisation gives. With `A_l`, `B_l` and `E` as in [`super::gradient`], the products are
///
/// ```text
/// A_lᵀ B_{l−1} for W_l,  A_0ᵀ E for H,  B_{M−1} for W_M
/// ```
///
/// all over `N` where they are used. Where `K` is large they are there themselves.
#[derive(Debug, Clone)]
pub struct Slope {
    /// `A_0 … A_{M−1}`.
    pub(super) above: Vec<Tiles>,
    /// `B_0 … B_{M−1}`, `K × d_{l+1}`.
    pub(super) backward: Vec<Narrow>,
    /// `E`, `K × columns`.
    pub(super) residual: Narrow,
    /// The products for `H` and `W_1 … W_{M−1}`, if `K` is large.
    pub(super) whole: Vec<Vec<f64>>,
    /// `E s`, `K`, the derivative by the bias times `N`; empty without one.
    pub(super) bias: Vec<f64>,
}

impl Slope {
    /// Room for the slope of a network.
    pub(super) fn of(network: &Network) -> Self {
        let (k, depth, columns) = (network.outputs, network.depth(), network.columns.number());
        let widths = &network.widths[..depth];
        let whole = |l: usize| vec![0.0; widths[l] * if l == 0 { columns } else { widths[l - 1] }];
        let (above, whole) = match k > RANK {
            true => (Vec::new(), (0..depth).map(whole).collect()),
            false => (widths.iter().map(|d| pass::tiles(k, *d)).collect(), Vec::new()),
        };
        Self {
            above,
            backward: widths.iter().map(|d| Narrow::zeros(k, *d)).collect(),
            residual: Narrow::zeros(k, columns),
            whole,
            bias: vec![0.0; network.bias_range().len()],
        }
    }

    /// The product for `W_l`; for `H` if `l` is 0.
    pub(super) fn product(&self, l: usize) -> Product<'_> {
        let right = if l == 0 { &self.residual } else { &self.backward[l - 1] };
        if l == self.backward.len() {
            // A_M is the identity.
            return Product::Whole(right.room(), right.stride());
        }
        match (self.whole.get(l), self.above.get(l)) {
            (Some(whole), _) => Product::Whole(whole, whole.len() / (right.room().len() / right.stride())),
            (None, Some(tiles)) => Product::Narrow(tiles, right.room(), right.stride()),
            (None, None) => Product::Zero,
        }
    }
}
