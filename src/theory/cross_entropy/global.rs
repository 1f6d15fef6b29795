//! Global optima of deep cross-entropy with three or four classes of equal counts: trees of cells, proposed in floats
//! and proved by the checker's rule for them, the only exact one there is.

use crate::case::{Bias, Problem};
use crate::exact::{Rational, exact_root, leading_place, root, ten_to, whole};
use crate::hints::optimality::Node as Proposed;
use crate::hints::optimality::claim::{self, Range};
use crate::hints::rounded;
use crate::kernel::{Balanced, Ball, Deep, Node, Pulls, Target, Tree};
use num_traits::ToPrimitive;
use std::fmt;
use std::sync::Arc;

/// Significant digits of an irrational `c`.
const DIGITS: i64 = 15;
/// Significant digits of a claimed lower bound.
const FLOOR_DIGITS: i64 = 8;
/// Binary digits to take roots with.
const BITS: u32 = 128;

/// Cells that an enclosure for four classes takes.
const MANY: usize = 100_000;
/// Relative gaps that an enclosure tries to reach, the smallest one first.
const GAPS: [i64; 2] = [1_000, 100];

/// A proved statement about the optimum, with its tree.
#[derive(Debug, Clone)]
pub struct Proof(pub Arc<Deep>);

impl Proof {
    /// The frame, or zero, as the optimum if nothing better is known; otherwise a lower bound near the best network.
    ///
    /// - `framed`: whether the best frame costs less than zero.
    /// - `better`: whether a network costs less than both.
    /// - `least`: what the best network known costs.
    pub(super) fn find(
        problem: &Problem,
        framed: bool,
        better: bool,
        least: Option<&Rational>,
        cells: usize,
    ) -> Option<Self> {
        let global = Global::of(problem)?;
        let optimal = match framed {
            _ if better => None,
            true => global.frame(cells),
            false => global.zero(cells),
        };
        let affordable = problem.classes() == 3 || cells >= MANY;
        optimal.or_else(|| {
            let least = least.filter(|_| affordable);
            let floor = |parts: &i64| least.map(|least| least - least / whole(*parts));
            GAPS.iter().find_map(|parts| global.at_least(&floor(parts)?, cells))
        })
    }

    /// Whether it says what is optimal.
    pub fn says_optimal(&self) -> bool {
        self.floor().is_none()
    }

    /// The lower bound, if it is no more than that.
    pub fn floor(&self) -> Option<&Rational> {
        match &self.0.target {
            Target::AtLeast(floor) => Some(floor),
            _ => None,
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = self.0.tree.nodes.len();
        match &self.0.target {
            Target::Frame(_) => {
                write!(f, "the simplex frame is the only optimum, proved by a tree of {cells} cells")
            }
            Target::Zero => write!(f, "zero is the optimum, proved by a tree of {cells} cells"),
            Target::AtLeast(_) => write!(f, "enclosed from below by a tree of {cells} cells"),
        }
    }
}

/// A problem of which trees speak.
pub struct Global<'a> {
    problem: &'a Problem,
    balanced: Balanced,
    pulls: Pulls,
}

impl<'a> Global<'a> {
    /// `None` unless there are three or four classes of equal counts and at least two layers.
    pub fn of(problem: &'a Problem) -> Option<Self> {
        let counts = problem.counts();
        let (classes, depth) = (problem.classes(), u32::try_from(problem.depth()).ok()?);
        if !(classes == 3 || classes == 4) || depth < 2 || counts.iter().any(|n| *n != counts[0]) {
            return None;
        }
        let weight = problem.regularization_product() * whole(counts[0]);
        let pulls = match exact_root(&weight, depth + 1) {
            Some(c) => Pulls { low: c.clone(), high: c },
            None => {
                let c = root(&weight, depth + 1, BITS);
                let unit = ten_to(leading_place(&c.lower()) - DIGITS + 1);
                let down = |x: Rational| (x / &unit).floor() * &unit;
                Pulls { low: down(c.lower()), high: down(c.upper()) + &unit }
            }
        };
        let bias = problem.bias() == Bias::LastLayer;
        Some(Self { problem, balanced: Balanced { classes, depth, bias, weight }, pulls })
    }

    fn range(&self) -> Option<Range> {
        Some(Range {
            classes: self.balanced.classes,
            layers: self.problem.depth(),
            bias: self.balanced.bias,
            pulls: [self.pulls.low.to_f64()?, self.pulls.high.to_f64()?],
        })
    }

    /// The simplex frame is the only optimum.
    pub fn frame(&self, budget: usize) -> Option<Proof> {
        if self.problem.rank_budget() + 1 < self.balanced.classes {
            return None;
        }
        let (ball, tree) = self.range()?.frame(budget)?;
        let exact = |x: f64| rounded(x, claim::PLACES);
        let ball = Ball {
            low: exact(ball.low),
            high: exact(ball.high),
            scale: exact(ball.scale),
            radius: exact(ball.radius),
        };
        self.proved(self.pulls.clone(), Target::Frame(ball), tree)
    }

    /// Zero is an optimum.
    pub fn zero(&self, budget: usize) -> Option<Proof> {
        let tree = self.range()?.zero(budget)?;
        self.proved(self.least(), Target::Zero, tree)
    }

    /// The optimum is at least a number near `floor`, and not above it.
    pub fn at_least(&self, floor: &Rational, budget: usize) -> Option<Proof> {
        let unit = ten_to(leading_place(floor) - FLOOR_DIGITS + 1);
        let floor = (floor / &unit).floor() * unit;
        let tree = self.range()?.floor(floor.to_f64()?, budget)?;
        self.proved(self.least(), Target::AtLeast(floor), tree)
    }

    /// The lower end of the enclosure of `c`: costs grow with it.
    fn least(&self) -> Pulls {
        Pulls { low: self.pulls.low.clone(), high: self.pulls.low.clone() }
    }

    fn proved(&self, pulls: Pulls, target: Target, tree: claim::Tree) -> Option<Proof> {
        let nodes = tree.nodes.into_iter().map(node).collect();
        let tree = Tree { top: rounded(tree.top, claim::PLACES), places: tree.places, nodes };
        let deep = Deep { pulls, target, tree };
        deep.check(&self.balanced).is_ok().then(|| Proof(Arc::new(deep)))
    }
}

fn node(proposed: Proposed) -> Node {
    match proposed {
        Proposed::Halve(j) => Node::Halve(j),
        Proposed::Bisect(i, j) => Node::Bisect(i, j),
        Proposed::Order => Node::Order,
        Proposed::Heavy => Node::Heavy,
        Proposed::Ball => Node::Ball,
        Proposed::Zero => Node::Zero,
        Proposed::Plan(plan) => Node::Plan(plan),
    }
}
