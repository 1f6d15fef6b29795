//! Global optima of deep cross-entropy with three or four classes of equal counts: trees of cells, proposed in floats
//! and proved by the checker's rule for them, the only exact one there is.

use super::Budget;
use crate::case::{Bias, Problem};
use crate::exact::{Rational, exact_root, leading_place, root, ten_to, whole};
use crate::hints::optimality::claim::{self, Range};
use crate::hints::optimality::{Cells, Node as Proposed};
use crate::hints::rounded;
use crate::kernel::{Balanced, Ball, Deep, Node, Pulls, Target, Tree};
use num_traits::ToPrimitive;
use std::fmt;
use std::sync::Arc;

/// Significant digits of an irrational `c`.
const DIGITS: i64 = 15;
/// Significant digits of the ends of a wide interval of `c`.
const WIDE_DIGITS: i64 = 4;
/// Significant digits of a claimed lower bound.
const FLOOR_DIGITS: i64 = 8;
/// Binary digits to take roots with.
const BITS: u32 = 128;

/// Cells with which an enclosure for four classes is tried even where the frame is refuted, from a gap of 10⁻⁴ on.
const MANY: usize = 50_000;

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
        budget: &Budget,
    ) -> Option<Self> {
        let cells = budget.cells;
        let global = Global::of(problem)?;
        let optimal = match framed {
            _ if better => None,
            true => global.frame(cells, budget.percent),
            false => global.zero(cells),
        };
        // One over the relative gaps that an enclosure tries to reach: for three classes a small one costs little, for
        // four any one costs seconds.
        let parts: &[u64] = match problem.classes() {
            3 => &[1_000_000, 1_000],
            _ if cells.most >= MANY => &[10_000, 1_000, 100],
            _ if better => &[],
            _ => &[1_000, 100],
        };
        let floor = |parts: &u64| least.map(|least| least - least / whole(*parts));
        optimal.or_else(|| parts.iter().find_map(|parts| global.at_least(&floor(parts)?, cells)))
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
        Some(Self {
            problem,
            balanced: Balanced { classes, depth, bias, weight, rank: problem.rank_budget() },
            pulls,
        })
    }

    fn range(&self, pulls: &Pulls) -> Option<Range> {
        Some(Range {
            classes: self.balanced.classes,
            rank: self.balanced.rank,
            layers: self.problem.depth(),
            bias: self.balanced.bias,
            pulls: [pulls.low.to_f64()?, pulls.high.to_f64()?],
        })
    }

    /// The simplex frame is the only optimum, for every `c` within so many percent.
    pub fn frame(&self, cells: Cells, percent: u32) -> Option<Proof> {
        if self.problem.rank_budget() + 1 < self.balanced.classes {
            return None;
        }
        let pulls = self.around(percent);
        let (ball, tree) = self.range(&pulls)?.frame(cells)?;
        let exact = |x: f64| rounded(x, claim::PLACES);
        let ball = Ball {
            low: exact(ball.low),
            high: exact(ball.high),
            scale: exact(ball.scale),
            radius: exact(ball.radius),
        };
        self.proved(pulls, Target::Frame(ball), tree)
    }

    /// Zero is an optimum.
    pub fn zero(&self, cells: Cells) -> Option<Proof> {
        let tree = self.range(&self.pulls)?.zero(cells)?;
        self.proved(self.least(), Target::Zero, tree)
    }

    /// The optimum is at least a number near `floor`, and not above it.
    pub fn at_least(&self, floor: &Rational, cells: Cells) -> Option<Proof> {
        let unit = ten_to(leading_place(floor) - FLOOR_DIGITS + 1);
        let floor = (floor / &unit).floor() * unit;
        let tree = self.range(&self.pulls)?.floor(floor.to_f64()?, cells)?;
        self.proved(self.least(), Target::AtLeast(floor), tree)
    }

    /// The pulls within so many percent, with short ends.
    fn around(&self, percent: u32) -> Pulls {
        if percent == 0 {
            return self.pulls.clone();
        }
        let ratio = whole(100 + u64::from(percent)) / whole(100);
        let (low, high) = (&self.pulls.low / &ratio, &self.pulls.high * &ratio);
        let unit = ten_to(leading_place(&low) - WIDE_DIGITS + 1);
        Pulls { low: (low / &unit).floor() * &unit, high: (high / &unit).ceil() * unit }
    }

    /// The lower end of the enclosure of `c`: costs grow with it.
    fn least(&self) -> Pulls {
        Pulls { low: self.pulls.low.clone(), high: self.pulls.low.clone() }
    }

    fn proved(&self, pulls: Pulls, target: Target, tree: claim::Tree) -> Option<Proof> {
        let nodes = tree.nodes.into_iter().map(node).collect();
        let tree = Tree { top: rounded(tree.top, claim::PLACES), places: tree.places, nodes };
        let deep = Deep { pulls, target, tree };
        // What no checker would finish is no proof.
        (deep.is_affordable(&self.balanced) && deep.check(&self.balanced).is_ok())
            .then(|| Proof(Arc::new(deep)))
    }
}

/// The least and the greatest `c` of a proof that reaches so many percent to both sides of a problem's own, if the usual
/// number of cells is enough for it.
pub fn frame_interval_within(problem: &Problem, percent: u32) -> Option<(Rational, Rational)> {
    let proof = Global::of(problem)?.frame(Budget::default().cells, percent)?;
    Some((proof.0.pulls.low.clone(), proof.0.pulls.high.clone()))
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
