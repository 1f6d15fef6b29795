//! Claims about deep cross-entropy with three or four classes of equal counts: the simplex frame is the only optimum,
//! zero is the optimum, or the optimum is at least a number. A tree of cells proves each.
//!
//! Notation and mathematics: section 6 of `docs/certificate.md`. `c = (Λn)^{1/L}`, the pull.

use super::analysis::{Toward, fixed, ln, one};
use super::ball::Ball;
use super::given::{Balanced, Given, Loss};
use super::number::Number;
use super::pulls::Pulls;
use super::reader::{Pair, Reader};
use super::rejection::{Check, incomplete, require, short};
use super::tree::{Setting, Tree};
use super::work::{LIMIT, Work};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Pow, Signed};

/// Layers, and bits of a number, at most; beyond them the answer is incomplete.
const MAX_LAYERS: u32 = 16;
const MAX_BITS: u64 = 160;

/// A claim and the tree that proves it.
#[derive(Debug, Clone)]
pub struct Deep {
    /// The frame: for all `c` in the pair. Otherwise equal ends: for this `c`, and for all larger ones too.
    pub pulls: Pulls,
    pub target: Target,
    pub tree: Tree,
}

/// What every network costs at least.
#[derive(Debug, Clone)]
pub enum Target {
    /// As much as the best frame, if its spectrum is outside the ball.
    Frame(Ball),
    /// As much as zero.
    Zero,
    /// A number.
    AtLeast(BigRational),
}

/// The statements of this file.
pub const STATEMENTS: [&str; 4] =
    ["deep-ce-frame-optimal", "deep-ce-zero-optimal", "deep-ce-enclosure", "deep-ce-frame-refuted"];

/// Numbers of an enclosure's claim: what every frame costs at least, if that is claimed, and the optimum's ends.
type Bounds = (Option<Number>, Pair);

/// Whether a statement of this file is one about such a problem.
pub fn speaks_of(statement: &str, given: &Given) -> bool {
    let k = given.counts.len();
    let even = given.groups.len() == 1 && (k == 3 || k == 4);
    let room = !statement.contains("frame") || given.rank >= k.saturating_sub(1);
    given.loss == Loss::CrossEntropy && given.depth > 1 && given.is_plain() && even && room
}

impl Deep {
    /// What stands after the word of the statement, up to the end of the tree step.
    pub fn read(statement: &str, reader: &mut Reader) -> Check<(Self, Option<Bounds>)> {
        reader.next_key("pull")?;
        let frame = statement == "deep-ce-frame-optimal";
        let pulls = if frame { Pulls::of(&reader.pair()?) } else { Pulls::exact(reader.number()?.ratio()) };
        let bounds = match statement {
            "deep-ce-enclosure" => Some((None, reader.next_pair("objective")?)),
            "deep-ce-frame-refuted" => {
                let frame_at_least = reader.next_number("frame_at_least")?;
                Some((Some(frame_at_least), reader.next_pair("objective")?))
            }
            _ => None,
        };
        reader.proof()?;
        let target = match &bounds {
            Some((_, pair)) => Target::AtLeast(pair.low.ratio()),
            None if frame => {
                let ball = Ball::read(reader)?;
                reader.symbol(',')?;
                Target::Frame(ball)
            }
            None => Target::Zero,
        };
        Ok((Self { pulls, target, tree: Tree::read(reader)? }, bounds))
    }

    /// Whether its tree leaves a tenth of the work that is done for a document to the other steps.
    pub fn is_affordable(&self, problem: &Balanced) -> bool {
        let mut work = Work(0);
        self.tree.work(problem, &self.pulls, &mut work);
        work.0 <= LIMIT / 10 * 9
    }

    /// Tests every condition.
    pub fn check(&self, problem: &Balanced) -> Check<()> {
        let factors = problem.depth.saturating_add(1);
        let (low, high) = (&self.pulls.low, &self.pulls.high);
        let ball = match &self.target {
            Target::Frame(ball) => Some(ball),
            _ => None,
        };
        let numbers = ball.map_or_else(Vec::new, Ball::numbers);
        let long = |x: &&BigRational| x.numer().bits().max(x.denom().bits()) > MAX_BITS;
        let large = problem.depth > MAX_LAYERS;
        if large || [low, high, &self.tree.top].iter().chain(&numbers).any(long) {
            return incomplete("more layers or digits than this checker works with");
        }
        let power = |c: &BigRational| -> BigRational { Pow::pow(c, factors) };
        let around = power(low) <= problem.weight && (ball.is_none() || power(high) >= problem.weight);
        let needed = || format!("above 0, with a power {factors} around {}", short(&problem.weight));
        require!(low.is_positive() && around, Pull, "pull", short(low), needed());
        if let Some(ball) = ball {
            ball.check(problem, &self.pulls)?;
        }
        let mut ends = Vec::new();
        for c in if self.pulls.is_exact() { vec![low] } else { vec![low, high] } {
            ends.push((c.clone(), self.least(problem, c)?));
        }
        let zero = matches!(self.target, Target::Zero);
        self.tree.check(&Setting { problem, factors, ball, zero, ends })
    }

    /// What is to be exceeded at `c`, rounded up.
    fn least(&self, problem: &Balanced, c: &BigRational) -> Check<BigInt> {
        match &self.target {
            Target::Frame(ball) => ball.frame(problem, c),
            Target::Zero => Ok(ln(&(BigInt::from(problem.classes) * one()), Toward::Up)),
            Target::AtLeast(number) => Ok(fixed(number, Toward::Up)),
        }
    }
}
