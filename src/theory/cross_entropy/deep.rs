//! More layers, equal counts: the best simplex frame against the best network known.

use super::budget::{BITS, Budget};
use super::point::Point;
use super::simplex::{self, Bracket, Law};
use super::stable::stable;
use super::zero;
use crate::case::Problem;
use crate::exact::{Enclosure, Rational, root, whole};
use crate::hints::deep_cross_entropy::{Candidate, Setting, best_etf, search};

/// Decimal places of the bracket of the best frame's scale.
const BRACKET_PLACES: i64 = 30;

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

impl Deep {
    pub(in crate::theory) fn of(problem: &Problem, budget: &Budget) -> Self {
        let (law, bits) = (Law::of(problem), budget.bits);
        let (k, room) = (problem.classes(), problem.rank_budget());
        let zero = law.zero(bits).expect("there are at least two classes");
        let setting = Setting::of(problem);
        let proposed = best_etf(&setting).filter(|_| room >= k - 1);
        let bracket = proposed.and_then(|(β, _)| law.bracket(β, BRACKET_PLACES, bits));
        let simplex = bracket.and_then(|bracket| Simplex::of(&law, bracket, bits));
        let best = match k {
            2 => None,
            _ if k > budget.deep_classes => None,
            _ => search(&setting, &budget.deep).and_then(|found| Best::of(problem, found, bits)),
        };
        let finding = match (&simplex, &best) {
            _ if room < k - 1 => {
                Finding::Open(format!("a simplex frame needs rank {}, the widths leave {room}", k - 1))
            }
            (None, _) if zero::is_optimal(problem, bits) => Finding::Open(
                "zero is the optimum (docs/theory.md, section 3), for which there is no certificate yet"
                    .to_owned(),
            ),
            (None, _) if proposed.is_some() => {
                Finding::Open("the best frame is not bracketed to the precision asked for".to_owned())
            }
            (None, _) => {
                Finding::Open("no frame beats zero as far as floats can tell, which is not proved".to_owned())
            }
            (Some(_), _) if k == 2 => Finding::Verified,
            (Some(simplex), Some(best)) if best.objective.upper() < simplex.floor(&zero) => Finding::Refuted,
            (Some(_), None) if k > budget.deep_classes => {
                Finding::Open(format!("better networks are searched up to {} classes", budget.deep_classes))
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
        Some(simplex::point(problem, &shared, BITS))
    }
}

impl Simplex {
    fn of(law: &Law, bracket: Bracket, bits: u32) -> Option<Self> {
        let scale = Enclosure::hull(&bracket.low, &bracket.high, bits);
        Some(Self { scale, objective: law.cost(&bracket, bits)?, bracket })
    }

    /// What every frame, and zero, costs at least.
    pub fn floor(&self, zero: &Enclosure) -> Rational {
        self.objective.lower().min(zero.lower())
    }
}

impl Best {
    fn of(problem: &Problem, found: Candidate, bits: u32) -> Option<Self> {
        let point = Point::of(problem, &found.modes, &found.bias);
        let objective = point.objective(problem, bits)?;
        // Another processor's candidate is as good: what is shown of it is rounded.
        let objective = stable(&objective.lower(), &objective.upper(), bits);
        Some(Self { point, objective, structure: found.structure })
    }
}
