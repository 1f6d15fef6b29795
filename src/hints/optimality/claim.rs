//! The numbers of a claim, in floats: the ball around the frame, the box of spectra, and the tree.
//!
//! Every number is a short decimal, to be read as such by exact code; what they must satisfy has room for it.

use super::{Cells, Node, Question, prove};
use crate::case::Bias;
use crate::hints::deep_cross_entropy::{Setting, best_etf};
use libm::{exp, floor, log, log1p, log10, pow};

/// A class-balanced problem with three or four classes, for an interval of `c = (Λn)^{1/L}`.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// `K`.
    pub classes: usize,
    /// `R`: the narrowest width.
    pub rank: usize,
    /// `M`.
    pub layers: usize,
    /// Whether there is a bias.
    pub bias: bool,
    /// The least and the greatest `c`.
    pub pulls: [f64; 2],
}

/// The ball around the frame: the best scale lies between `low` and `high`.
#[derive(Debug, Clone, Copy)]
pub struct Ball {
    /// Below the best scale for every `c`.
    pub low: f64,
    /// Above it.
    pub high: f64,
    /// Near it; what the frame of this scale costs is to be exceeded outside the ball.
    pub scale: f64,
    /// Its radius in singular values.
    pub radius: f64,
}

/// A tree and the box it covers.
#[derive(Debug, Clone)]
pub struct Tree {
    /// `T`.
    pub top: f64,
    /// Decimal places of probabilities.
    pub places: u32,
    /// Its nodes.
    pub nodes: Vec<Node>,
}

/// Decimal places of the ball's numbers and of `T`.
pub const PLACES: u32 = 9;
/// Digits of probabilities beyond the first of the target.
const DIGITS: f64 = 6.0;
/// Relative room of the radius and of the box.
const ROOM: f64 = 1e-6;

impl Range {
    /// `L`.
    fn factors(&self) -> f64 {
        self.layers as f64 + 1.0
    }

    /// The best scale of a frame at `c`, if it beats zero.
    fn scale(&self, c: f64) -> Option<f64> {
        let setting = Setting {
            classes: self.classes,
            per_class: 1.0,
            factors: self.layers + 1,
            log_weight: self.factors() * log(c),
            rank: self.classes,
            bias: if self.bias { Bias::LastLayer } else { Bias::None },
        };
        best_etf(&setting).map(|(β, _)| β)
    }

    /// That the frame is the only optimum.
    pub fn frame(&self, cells: Cells) -> Option<(Ball, Tree)> {
        let [least, greatest] = self.pulls;
        let (near, far) = (self.scale(greatest)?, self.scale(least)?);
        let unit = pow(10.0, f64::from(PLACES));
        let low = floor(near * unit - 1.0) / unit;
        let high = floor(far * unit + 2.0) / unit;
        let scale = floor(low.midpoint(high) * unit) / unit;
        let radius = floor(self.radius(low)? * unit) / unit;
        let ball = Ball { low, high, scale, radius };
        let (k, p) = (self.classes as f64, 2.0 / self.factors());
        let target =
            |c: f64| log1p((k - 1.0) * exp(-scale)) + self.factors() / 2.0 * c * (k - 1.0) * pow(scale, p);
        let inside = [
            pow((high - radius).max(0.0), p) * (1.0 + ROOM * ROOM),
            pow(low + radius, p) * (1.0 - ROOM * ROOM),
        ];
        let tree = self.tree(self.pulls.map(target), Some(inside), false, cells)?;
        Some((ball, tree))
    }

    /// That zero is an optimum at the least `c`.
    pub fn zero(&self, cells: Cells) -> Option<Tree> {
        self.tree([log(self.classes as f64); 2], None, true, cells)
    }

    /// That the optimum is at least `target` at the least `c`.
    pub fn floor(&self, target: f64, cells: Cells) -> Option<Tree> {
        self.tree([target; 2], None, false, cells)
    }

    fn tree(&self, targets: [f64; 2], ball: Option<[f64; 2]>, zero: bool, cells: Cells) -> Option<Tree> {
        let unit = pow(10.0, f64::from(PLACES));
        let end = |(c, target): (&f64, &f64)| target / (self.factors() / 2.0 * c) * (1.0 + ROOM);
        let largest = self.pulls.iter().zip(&targets).map(end).fold(0.0, f64::max);
        let top = (floor(largest * unit) + 1.0) / unit;
        let places = (DIGITS - floor(log10(targets[0].min(targets[1])))).clamp(6.0, 15.0) as u32;
        let question = Question {
            classes: self.classes,
            rank: self.rank,
            layers: self.layers,
            bias: self.bias,
            pulls: self.pulls,
            targets,
            top,
            ball,
            zero,
            places,
            cells,
        };
        Some(Tree { top, places, nodes: prove(&question)? })
    }

    /// The largest `ε` with `ψ(√(2(K−1)) ε)/K > ((1 − p)/β)(1 − ε/β)^{p−2}`, less some room.
    fn radius(&self, β: f64) -> Option<f64> {
        let (k, p) = (self.classes as f64, 2.0 / self.factors());
        // 5/2 is what the checker takes for √6.
        let stretch = if self.classes == 3 { 2.0 } else { 2.5 };
        let holds = |ε: f64| {
            let d = stretch * ε;
            let ψ = 2.0 * (exp(-d) + d - 1.0) / (d * d);
            ψ / k >= (1.0 - p) / β * pow(1.0 - ε / β, p - 2.0) * (1.0 + ROOM)
        };
        let (mut low, mut high) = (1e-4 * β, 0.999 * β);
        if !holds(low) {
            return None;
        }
        for _ in 0..60 {
            let middle = low.midpoint(high);
            if holds(middle) { low = middle } else { high = middle }
        }
        Some(low)
    }
}
