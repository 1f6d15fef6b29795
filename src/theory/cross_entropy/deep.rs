//! More layers, equal counts: the best simplex frame against the best network known.

use super::budget::{BITS, Budget};
use super::global::Proof;
use super::simplex::{self, Bracket, Law};
use super::zero;
use crate::case::Problem;
use crate::exact::{Enclosure, Rational, root, whole};
use crate::hints::deep_cross_entropy::{Candidate, Setting, outer_etf, search};
use crate::theory::convex::point::Point;
use crate::theory::convex::stable::stable;

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
    /// A tree that proves what is optimal, or a lower bound of the optimum.
    pub proof: Option<Proof>,
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
    /// Proved: for two classes, or by a tree.
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
        let proposed = outer_etf(&setting).filter(|_| room >= k - 1);
        let bracket = proposed.and_then(|(β, _)| law.bracket(β, BRACKET_PLACES, bits));
        let simplex = bracket.and_then(|bracket| Simplex::of(&law, bracket, bits));
        let best = match k {
            2 => None,
            _ if k > budget.deep_classes => None,
            _ => search(&setting, &budget.deep).and_then(|found| Best::of(problem, found, bits)),
        };
        let floor = simplex.as_ref().map_or(zero.lower(), |simplex| simplex.floor(&zero));
        let refuted = room >= k - 1 && best.as_ref().is_some_and(|best| best.objective.upper() < floor);
        let framed = simplex.as_ref().is_some_and(|simplex| simplex.objective.lower() < zero.lower());
        let least = best.as_ref().filter(|_| budget.enclose).map(|best| best.objective.lower());
        let proof = Proof::find(problem, framed, refuted, least.as_ref(), budget);
        let finding = match (&simplex, &proof) {
            _ if refuted && simplex.is_some() => Finding::Refuted,
            (_, Some(proof)) if proof.says_optimal() => Finding::Verified,
            (Some(_), _) if k == 2 => Finding::Verified,
            _ => Finding::Open(Self::why_open(problem, budget, simplex.is_some())),
        };
        Self { simplex, zero, best, finding, proof }
    }

    /// Why neither a proof nor a refutation was found.
    fn why_open(problem: &Problem, budget: &Budget, framed: bool) -> String {
        let (k, room) = (problem.classes(), problem.rank_budget());
        match k {
            _ if room < k - 1 => {
                format!("a simplex frame needs rank {}, the widths leave {room}", k - 1)
            }
            _ if !framed && zero::is_optimal(problem, budget.bits) => {
                "zero is the optimum (docs/theory.md, section 3), for which there is no certificate yet"
                    .to_owned()
            }
            _ if !framed => "no frame beats zero as far as floats can tell, which is not proved".to_owned(),
            _ if k > budget.deep_classes => {
                format!("better networks are searched up to {} classes", budget.deep_classes)
            }
            3 | 4 => format!(
                "nothing better was found, and a tree of {} cells does not prove it; `certify` takes more",
                budget.cells.most
            ),
            _ => "nothing better was found, and no proof of optimality is known".to_owned(),
        }
    }

    /// The optimum: where the statement is proved, or what a tree and the best network enclose.
    pub fn objective(&self) -> Option<Enclosure> {
        let high = |simplex: &Simplex| simplex.objective.upper().min(self.zero.upper());
        match (&self.finding, &self.simplex, &self.proof) {
            (Finding::Verified, Some(simplex), _) => {
                Some(Enclosure::hull(&simplex.floor(&self.zero), &high(simplex), BITS))
            }
            (Finding::Verified, None, _) => Some(self.zero.clone()),
            (_, _, Some(proof)) => {
                Some(Enclosure::hull(proof.floor()?, &self.best.as_ref()?.objective.upper(), BITS))
            }
            _ => None,
        }
    }

    /// The lower bound of the optimum that a tree proves, and the tree's cells, where no more is proved.
    pub fn floor(&self) -> Option<(&Rational, usize)> {
        let proof = self.proof.as_ref()?;
        Some((proof.floor()?, proof.0.tree.nodes.len()))
    }

    /// By what the statement is proved, where it is.
    pub fn basis(&self) -> String {
        match &self.proof {
            Some(proof) if proof.says_optimal() => proof.to_string(),
            _ => "proved for two classes".to_owned(),
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
        let objective = stable(&objective.lower(), &objective.upper(), 2, bits);
        Some(Self { point, objective, structure: found.structure })
    }
}
