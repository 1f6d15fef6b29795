//! Cross-entropy: what is proved about its optimum.
//!
//! - One layer, any counts, any bias: the problem is convex; a dual point and an explicit network enclose `f*`.
//!   Equal counts: the closed form (Zhu et al. 2021), with proven digits.
//! - More layers, equal counts: the best simplex frame, and the best network known. If that is better than every
//!   frame and zero, the statement "every optimum is a simplex frame" is refuted. For two classes it is proved.
//! - Everything else is open, with the reason.
//!
//! Proposals come from `hints`; a bound is proved here from rational data, whatever proposed it.

pub mod dual;
pub mod grid;
pub mod point;
pub mod simplex;
pub mod zero;

use crate::case::{Bias, Problem};
use crate::exact::{Enclosure, Integer, Rational, SPARE_BITS, bits_for, root, ten_to, whole};
use crate::hints::frame::{Frame, Shares};
use crate::hints::{convex_cross_entropy, deep_cross_entropy};
use dual::Dual;
use num_traits::{One, Signed, ToPrimitive, Zero};
use point::Point;
use simplex::{Bracket, Law};
use std::cmp::Ordering;

/// What is known about a cross-entropy problem.
#[derive(Debug, Clone)]
pub enum CrossEntropy {
    /// One layer.
    Shallow(Box<Shallow>),
    /// More layers, equal counts.
    Deep(Box<Deep>),
    /// Nothing, and why.
    Open(String),
}

/// One layer: the convex problem.
#[derive(Debug, Clone)]
pub struct Shallow {
    /// `f*`: between the dual bound and the network's objective. `None` while the widths leave it open.
    pub objective: Option<Enclosure>,
    /// A proven lower bound of `f*`, whatever the widths.
    pub floor: Rational,
    /// The closed form for equal counts.
    pub closed: Option<Closed>,
    /// The dual point behind the lower end.
    pub dual: Dual,
    /// The network behind the upper end.
    pub point: Point,
    /// The optimum's geometry, measured.
    pub frame: Frame,
    /// Why the optimum is open, if it is.
    pub open: Option<String>,
}

/// The closed form for equal counts: logits `β(I − 11ᵀ/K)`.
#[derive(Debug, Clone)]
pub struct Closed {
    /// `β`; zero exactly if `n λ_W λ_H K² ≥ 1`.
    pub scale: Enclosure,
    /// `f*`.
    pub objective: Enclosure,
    /// `‖h_k‖`.
    pub feature_norm: Enclosure,
    /// `‖w_k‖`.
    pub classifier_norm: Enclosure,
}

/// More layers, equal counts.
#[derive(Debug, Clone)]
pub struct Deep {
    /// The best simplex frame.
    pub simplex: Option<Simplex>,
    /// `ln K`: what zero costs.
    pub zero: Enclosure,
    /// The best network known.
    pub best: Option<Best>,
    /// What follows for the statement "every optimum is a simplex frame, or zero".
    pub finding: Finding,
}

/// The best simplex frame.
#[derive(Debug, Clone)]
pub struct Simplex {
    /// Two points around its scale `β`.
    pub bracket: Bracket,
    /// `β`.
    pub scale: Enclosure,
    /// Its objective.
    pub objective: Enclosure,
}

/// The best network known.
#[derive(Debug, Clone)]
pub struct Best {
    /// Its factors.
    pub point: Point,
    /// Its objective, enclosed.
    pub objective: Enclosure,
    /// The code from which the search found it.
    pub structure: String,
    /// Its geometry, measured.
    pub frame: Frame,
}

/// What is known of the statement "every optimum is a simplex frame, or zero".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A network is better than every frame and zero.
    Refuted,
    /// Two classes: proved.
    Verified,
    /// Neither, and why.
    Open(String),
}

/// Classes at most for the numerical search of the convex optimum, and of deep networks.
const MAX_CONVEX: usize = 128;
const MAX_SEARCH: usize = 24;
/// Decimal places of explicit networks from floats, and of those from closed forms.
const PLACES: u32 = 17;
const CLOSED_PLACES: u32 = 40;
/// Working precision at least, in bits.
const BITS: u32 = 192;
/// Significant digits of an enclosure that rests on floating candidates: what another processor proposes gives the
/// same ones, but for rounding at a boundary.
const STABLE_DIGITS: i64 = 12;

impl CrossEntropy {
    /// What is known about a cross-entropy problem, to `digits` digits where a closed form gives them.
    pub fn of(problem: &Problem, digits: usize) -> Self {
        let bits = BITS.max(bits_for(digits, SPARE_BITS));
        let counts = problem.counts();
        let balanced = counts.iter().all(|n| *n == counts[0]);
        let k = problem.classes();
        if k == 1 {
            return Self::Open("one class: the loss is zero".to_owned());
        }
        if problem.depth() > 1 {
            return match balanced {
                true => Self::Deep(Box::new(Deep::of(problem, bits))),
                false => {
                    Self::Open("no theory is known for more than one layer and unequal counts".to_owned())
                }
            };
        }
        if k > MAX_CONVEX {
            return Self::Open(format!("the convex problem is solved up to {MAX_CONVEX} classes"));
        }
        let shallow = if balanced { Shallow::balanced(problem, bits) } else { Shallow::of(problem, bits) };
        match shallow {
            Some(shallow) => Self::Shallow(Box::new(shallow)),
            None => Self::Open("the numerical search proposed nothing that could be proved".to_owned()),
        }
    }
}

fn float(q: &Rational) -> f64 {
    q.to_f64().unwrap_or(f64::NAN)
}

/// Float views of a problem's numbers.
struct Floats {
    counts: Vec<f64>,
    weights: Vec<f64>,
    features: f64,
}

impl Floats {
    fn of(problem: &Problem) -> Self {
        Self {
            counts: problem.counts().iter().map(|n| *n as f64).collect(),
            weights: problem.weights().iter().map(float).collect(),
            features: float(problem.features()),
        }
    }

    fn shares<'a>(
        &'a self,
        left: &'a [Vec<f64>],
        strengths: &'a [f64],
        right: &'a [Vec<f64>],
        bias: &'a [f64],
    ) -> Shares<'a> {
        Shares {
            left,
            strengths,
            right,
            bias,
            counts: &self.counts,
            weights: &self.weights,
            features: self.features,
        }
    }
}

/// A lower and an upper bound as an enclosure whose ends survive small changes of what proposed them.
fn stable(low: &Rational, high: &Rational, bits: u32) -> Enclosure {
    let place = |x: &Rational| {
        let bits = x.numer().bits() as i64 - x.denom().bits() as i64;
        (bits * 30_103).div_euclid(100_000)
    };
    if !high.is_positive() {
        return Enclosure::hull(low, high, bits);
    }
    let mut last = place(high) - STABLE_DIGITS;
    let gap = high - low;
    if gap.is_positive() {
        last = last.max(place(&gap) + 2);
    }
    let unit = ten_to(last);
    Enclosure::hull(&((low / &unit).floor() * &unit), &((high / &unit).ceil() * &unit), bits)
}

impl Shallow {
    /// The convex problem, from a numerical optimum.
    fn of(problem: &Problem, bits: u32) -> Option<Self> {
        let floats = Floats::of(problem);
        let τ = float(&problem.regularization_product()).sqrt();
        let found =
            convex_cross_entropy::convex_cross_entropy(&floats.counts, τ, problem.bias() == Bias::LastLayer)?;
        let shares = floats.shares(&found.left, &found.strengths, &found.right, &found.bias);
        let dual = Dual::of(problem, &found)?;
        let point = Point::of(problem, &shares, PLACES);
        let low = dual.bound(problem, bits)?.lower();
        let high = point.objective(problem, bits)?.upper();
        let mut shallow = Self {
            objective: Some(stable(&low, &high, bits)),
            floor: low,
            closed: None,
            dual,
            point,
            frame: shares.frame(),
            open: None,
        };
        shallow.judge_width(problem);
        Some(shallow)
    }

    fn judge_width(&mut self, problem: &Problem) {
        let (needed, room) = (self.point.rank(), problem.rank_budget());
        if needed > room {
            self.objective = None;
            self.closed = None;
            self.open = Some(format!(
                "the optimum without width limits needs rank {needed}, the widths leave {room}"
            ));
        }
    }

    /// Equal counts: the closed form.
    fn balanced(problem: &Problem, bits: u32) -> Option<Self> {
        let (k, n) = (problem.classes(), whole(problem.counts()[0]));
        let whole = whole(k);
        let others = &whole - Rational::one();
        let product = problem.regularization_product();
        // √(n λ_W λ_H), against 1/K.
        let squared = &product * &n;
        let root = Enclosure::from(squared.clone()).sqrt(bits);
        let zero = &squared * &whole * &whole >= Rational::one();
        let inverse = root.recip()?;
        let scale = match zero {
            true => Enclosure::zero(),
            false => (&inverse - &Enclosure::from(others.clone())).ln(bits)?,
        };
        // ln(1 + (K−1)e^{−β}) with e^{−β} = 1/(1/√(nΛ) − (K−1)).
        let objective = match zero {
            true => Enclosure::from(whole.clone()).ln(bits)?,
            false => {
                let small = (&inverse - &Enclosure::from(others.clone())).recip()?;
                let loss = (&Enclosure::one() + &(&small * &others.clone().into())).ln(bits)?;
                &loss + &(&(&root * &scale) * &others.clone().into())
            }
        };
        // Singular values of the logits over all samples: s = β√n, K − 1 times; a² = √Λ s/λ for a factor.
        let shared = &root * &scale;
        let norm = |λ: &Rational, columns: &Rational| {
            (&shared * &(&others / (&whole * λ * columns)).into()).sqrt(bits)
        };
        let closed = Closed {
            feature_norm: norm(problem.features(), &n),
            classifier_norm: norm(&problem.weights()[0], &Rational::one()),
            scale: scale.clone(),
            objective: objective.clone(),
        };
        let p = root.lower().min(&Rational::one() / &whole);
        let dual = Dual::balanced(problem, &p, CLOSED_PLACES);
        let point = simplex_point(problem, &shared, bits);
        let (left, strengths, right) = simplex_floats(k, float(&scale.lower()) * float(&n).sqrt());
        let floats = Floats::of(problem);
        let bias = vec![0.0; k];
        let frame = floats.shares(&left, &strengths, &right, &bias).frame();
        let mut shallow = Self {
            floor: objective.lower(),
            objective: Some(objective),
            closed: Some(closed),
            dual,
            point,
            frame,
            open: None,
        };
        shallow.judge_width(problem);
        Some(shallow)
    }

    /// The enclosure of `f*` that the dual point and the network prove, without the closed form.
    pub fn enclosed(&self, problem: &Problem, bits: u32) -> Option<(Rational, Rational)> {
        Some((self.dual.bound(problem, bits)?.lower(), self.point.objective(problem, bits)?.upper()))
    }
}

/// Directions of the simplex: entries of the Helmert basis, `K − 1` vectors.
fn helmert(k: usize, bits: u32) -> Vec<Vec<Rational>> {
    let vector = |i: usize| {
        let size = Integer::from(i) * Integer::from(i + 1);
        let unit = Enclosure::from(Rational::new(Integer::one(), size)).sqrt(bits).lower();
        (0..k)
            .map(|j| match j.cmp(&i) {
                Ordering::Less => unit.clone(),
                Ordering::Equal => -&unit * whole(i),
                Ordering::Greater => Rational::zero(),
            })
            .collect()
    };
    (1..k).map(vector).collect()
}

/// A simplex network whose factors have squared singular values `shared/λ` (features: a row entry is divided by
/// `√n`).
fn simplex_point(problem: &Problem, shared: &Enclosure, bits: u32) -> Point {
    let k = problem.classes();
    let (left, rank) = match shared.is_zero() {
        // Zero, with one mode so that the factors have a shape.
        true => (vec![vec![Rational::zero(); k]], 1),
        false => (helmert(k, bits), k - 1),
    };
    let root_n = Enclosure::from(problem.counts()[0]).sqrt(bits);
    let inverse = root_n.recip().map_or(Rational::zero(), |x| x.lower());
    let right = left.iter().map(|v| v.iter().map(|x| x * &inverse).collect()).collect::<Vec<_>>();
    let factor = |λ: &Rational| vec![(shared * &λ.recip().into()).sqrt(bits).lower(); rank];
    let strengths: Vec<_> =
        std::iter::once(problem.features()).chain(problem.weights()).map(factor).collect();
    let bias = match problem.bias() {
        Bias::None => Vec::new(),
        Bias::LastLayer => vec![Rational::zero(); k],
    };
    Point::diagonal(&left, &right, &strengths, bias, CLOSED_PLACES)
}

fn simplex_floats(k: usize, strength: f64) -> (Vec<Vec<f64>>, Vec<f64>, Vec<Vec<f64>>) {
    if strength <= 0.0 {
        return (Vec::new(), Vec::new(), Vec::new());
    }
    let basis: Vec<Vec<f64>> = helmert(k, 64).iter().map(|v| v.iter().map(float).collect()).collect();
    (basis.clone(), vec![strength; k - 1], basis)
}

impl Deep {
    fn of(problem: &Problem, bits: u32) -> Self {
        let law = Law::of(problem);
        let (k, room) = (problem.classes(), problem.rank_budget());
        let zero = law.zero(bits).expect("there are at least two classes");
        let setting = deep_cross_entropy::Setting {
            classes: k,
            per_class: problem.counts()[0] as f64,
            factors: problem.depth() + 1,
            log_weight: log(&problem.regularization_product()),
            rank: room,
            bias: problem.bias() == Bias::LastLayer,
        };
        let simplex = if room < k - 1 { None } else { Simplex::of(&law, &setting, bits) };
        let mut best = match k {
            2 => None,
            _ if k > MAX_SEARCH => None,
            _ => deep_cross_entropy::search(&setting).and_then(|found| Best::of(problem, &found, bits)),
        };
        // Another processor's candidate is as good: what is shown of it is rounded.
        if let Some(best) = &mut best {
            best.objective = stable(&best.objective.lower(), &best.objective.upper(), bits);
        }
        let finding = match (&simplex, &best) {
            _ if room < k - 1 => {
                Finding::Open(format!("a simplex frame needs rank {}, the widths leave {room}", k - 1))
            }
            (None, _) if zero::is_optimal(problem, bits) => Finding::Open(
                "zero is the optimum (docs/theory.md, section 3), for which there is no certificate yet"
                    .to_owned(),
            ),
            (None, _) => {
                Finding::Open("no frame beats zero as far as floats can tell, which is not proved".to_owned())
            }
            (Some(_), _) if k == 2 => Finding::Verified,
            (Some(simplex), Some(best)) if best.objective.upper() < simplex.floor(&zero) => Finding::Refuted,
            (Some(_), None) if k > MAX_SEARCH => {
                Finding::Open(format!("better networks are searched up to {MAX_SEARCH} classes"))
            }
            _ => Finding::Open("nothing better was found, and no proof of optimality is known".to_owned()),
        };
        Self { simplex, zero, best, finding }
    }

    /// The optimum where the statement is proved.
    pub fn objective(&self) -> Option<Enclosure> {
        match (&self.finding, &self.simplex) {
            (Finding::Verified, Some(simplex)) => {
                let high = simplex.objective.upper().min(self.zero.upper());
                Some(Enclosure::hull(&simplex.floor(&self.zero), &high, BITS))
            }
            _ => None,
        }
    }

    /// The factors of the best frame, or zero if that is better.
    pub fn simplex_point(&self, problem: &Problem) -> Option<Point> {
        let simplex = self.simplex.as_ref()?;
        let shared = match simplex.objective.lower() < self.zero.lower() {
            true => {
                // Λ^{1/L} s^{2/L} with s = β√n.
                let l = u32::try_from(problem.depth() + 1).expect("depth is limited");
                let n = whole(problem.counts()[0]);
                let β = &simplex.bracket.low;
                root(&(problem.regularization_product() * n * β * β), l, BITS)
            }
            false => Enclosure::zero(),
        };
        Some(simplex_point(problem, &shared, BITS))
    }
}

/// The natural logarithm of a positive rational of any size, in floats.
fn log(q: &Rational) -> f64 {
    Enclosure::from(q.clone()).ln(64).map_or(f64::NAN, |x| float(&x.lower()))
}

impl Simplex {
    /// Decimal places of the scale's bracket.
    const PLACES: i64 = 30;

    fn of(law: &Law, setting: &deep_cross_entropy::Setting, bits: u32) -> Option<Self> {
        let (β, _) = deep_cross_entropy::best_etf(setting);
        if β <= 0.0 {
            return None;
        }
        let bracket = law.bracket(β, Self::PLACES, bits)?;
        let scale = Enclosure::hull(&bracket.low, &bracket.high, bits);
        Some(Self { scale, objective: law.cost(&bracket, bits)?, bracket })
    }

    /// What every frame, and zero, costs at least.
    pub fn floor(&self, zero: &Enclosure) -> Rational {
        self.objective.lower().min(zero.lower())
    }
}

impl Best {
    fn of(problem: &Problem, found: &deep_cross_entropy::Candidate, bits: u32) -> Option<Self> {
        let floats = Floats::of(problem);
        let root = floats.counts[0].sqrt();
        let strengths: Vec<f64> = found.strengths.iter().map(|σ| σ * root).collect();
        let shares = floats.shares(&found.left, &strengths, &found.right, &found.bias);
        let point = Point::of(problem, &shares, PLACES);
        let objective = point.objective(problem, bits)?;
        Some(Self { point, objective, structure: found.structure.clone(), frame: shares.frame() })
    }
}

#[cfg(test)]
mod tests;
