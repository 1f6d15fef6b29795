//! Writing certificates. The format and what each part proves stand in `docs/certificate.md`.
//!
//! - The bytes are canonical: the same case gives the same certificate, on every machine.
//! - Enclosures of the claim are their own witnesses, so they are made here from the decimals that are printed: a
//!   target's ends first, and the shrinkage from those.

mod cross_entropy;
mod number;
mod optimality;
mod spectrum;

use crate::case::{Case, Loss, Problem};
use crate::exact::{Enclosure, Rational, power, whole};
use crate::hints::rank_budget;
use crate::theory::cross_entropy::{Budget, Cells};
use crate::theory::shrinkage::{self, Branch};
use crate::theory::{Fate, Known, Law, OptimalMode, Optimum, Preference, Uniqueness};
use num_traits::{One, ToPrimitive, Zero};
use number::{Pair, shortest_between};
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};

/// Why a case has no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uncertifiable {
    /// Nothing is proved.
    Undecided,
}

impl fmt::Display for Uncertifiable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecided => write!(f, "nothing is proved about this case, so there is nothing to certify"),
        }
    }
}

/// Significant digits of the claim's enclosures, at least.
pub const DIGITS: usize = 20;

/// The certificate of a case, as the text of one JSON document.
pub fn certify(case: &Case) -> Result<String, Uncertifiable> {
    of(case, &Known::of(case.problem(), DIGITS))
}

/// The certificate of what is known of a case, to [`DIGITS`] digits.
pub fn of(case: &Case, known: &Known) -> Result<String, Uncertifiable> {
    let (claim, steps) = match known {
        Known::SquaredError(optimum) => return certify_optimum(case, optimum),
        Known::Shallow(found) => cross_entropy::shallow(case.problem(), found)?,
        Known::Deep(found) => cross_entropy::deep(case.problem(), found)?,
        Known::Open(_) => return Err(Uncertifiable::Undecided),
    };
    Ok(document(case, &claim, &steps))
}

/// The certificate of a case, with trees of at most so many cells where it is deep cross-entropy with three or four
/// classes: of the global optimum, or the narrowest enclosure that they reach; of the simplex frame for every
/// `(Λn)^{1/L}` within so many percent.
pub fn with_cells(case: &Case, cells: Cells, percent: u32) -> Result<String, Uncertifiable> {
    match case.problem().loss() {
        Loss::Mse => certify(case),
        Loss::CrossEntropy => {
            of(case, &Known::within(case.problem(), &Budget { cells, percent, ..Budget::to_digits(DIGITS) }))
        }
    }
}

/// The certificate that claims the given optimum for a mean-squared-error case, right or wrong.
pub fn certify_optimum(case: &Case, optimum: &Optimum) -> Result<String, Uncertifiable> {
    if optimum.uniqueness == Uniqueness::Undecided {
        return Err(Uncertifiable::Undecided);
    }
    let problem = case.problem();
    let claim = Claim::of(problem, optimum);
    let spectrum = spectrum::step(problem, optimum).ok_or(Uncertifiable::Undecided)?;
    Ok(document(case, &claim.json(), &[spectrum, claim.budget]))
}

fn document(case: &Case, claim: &str, steps: &[String]) -> String {
    let hash =
        |bytes: &[u8]| -> String { Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect() };
    let targets = case.beside().map(|file| format!("\"targets_sha256\": \"{}\",\n", hash(&file.bytes)));
    format!(
        "{{\"format\": \"tightframe.certificate/1\",\n\"case_sha256\": \"{}\",\n{}\"claim\": {claim},\n\"proof\": \
         [\n  {}]}}\n",
        hash(case.bytes()),
        targets.unwrap_or_default(),
        steps.join(",\n  "),
    )
}

/// One distinct target with the ends that are printed.
struct Entry {
    target: Pair,
    multiplicity: usize,
    fate: Fate,
    kept: usize,
    shrinkage: Pair,
}

struct Claim {
    optimum: &'static str,
    objective: Pair,
    price: Pair,
    zeros: usize,
    entries: Vec<Entry>,
    /// The budget step.
    budget: String,
}

impl Claim {
    fn of(problem: &Problem, optimum: &Optimum) -> Self {
        let law = &optimum.law;
        let entries: Vec<Entry> = optimum.modes.iter().map(|m| Entry::of(law, m, optimum.bits)).collect();
        let two_n = &law.samples + &law.samples;
        let sum = |share: &dyn Fn(&Entry) -> Rational| entries.iter().map(share).sum::<Rational>() / &two_n;
        let share = |e: &Entry, μ: &Rational, u: &Rational| {
            let (kept, lost) = (whole(e.kept), whole(e.multiplicity - e.kept));
            μ * (kept * height(law, u) + lost)
        };
        let least = sum(&|e| share(e, &e.target.low, &e.shrinkage.high));
        let most = sum(&|e| share(e, &e.target.high, &e.shrinkage.low));
        let (price, budget) = Self::budget(problem, optimum, &entries);
        Self {
            optimum: optimum.uniqueness.word(),
            objective: Pair::around(least, most),
            price,
            zeros: optimum.zeros,
            entries,
            budget,
        }
    }

    /// The price and the budget step.
    fn budget(problem: &Problem, optimum: &Optimum, entries: &[Entry]) -> (Pair, String) {
        let law = &optimum.law;
        let modes = optimum.modes.iter().zip(entries);
        let split = |m: &OptimalMode| m.fate == Fate::Tie && m.mode.preference == Preference::Root;
        let Some(at) = optimum.modes.iter().position(|m| m.fate == Fate::Cut || split(m)) else {
            return (Pair::exact(Rational::zero()), "{\"step\": \"slack\"}".to_owned());
        };
        let entry = &entries[at];
        if entry.fate == Fate::Tie {
            let (least, most) = gain(law, &entry.target, &entry.shrinkage);
            return (Pair::around(least, most), "{\"step\": \"split\"}".to_owned());
        }
        let root = upper_root(law, &entry.target, optimum.bits);
        let (least, most) = gain(law, &entry.target, &root);
        let floor = most.clone().max(Rational::zero());
        let kept = modes.take(at).next_back().map(|(_, e)| gain(law, &e.target, &e.shrinkage).0);
        let gains: Vec<(f64, usize)> = optimum
            .modes
            .iter()
            .filter(|m| m.mode.preference != Preference::Zero)
            .map(|m| (m.mode.gain(law).lower().to_f64().unwrap_or(0.0), m.mode.block.multiplicity))
            .collect();
        let hint = rank_budget::price(&gains, problem.rank_budget());
        let price = shortest_between(&floor, kept.as_ref(), hint);
        let step = format!("{{\"step\": \"cut\", \"root\": {root}, \"price\": \"{price}\"}}");
        (Pair::around(least, most), step)
    }

    fn json(&self) -> String {
        let mut out = format!(
            "{{\"statement\": \"mse-optimum\", \"optimum\": \"{}\",\n  \"objective\": {},\n  \"price\": {}, \
             \"zero_targets\": {},\n  \"modes\": [",
            self.optimum, self.objective, self.price, self.zeros
        );
        for (i, e) in self.entries.iter().enumerate() {
            let fate = e.fate.word();
            let comma = if i > 0 { "," } else { "" };
            let _ = write!(
                out,
                "{comma}\n    {{\"target_sq\": {}, \"multiplicity\": {}, \"fate\": \"{fate}\", \"kept\": {}, \
                 \"shrinkage\": {}}}",
                e.target, e.multiplicity, e.kept, e.shrinkage
            );
        }
        out + "]}"
    }
}

impl Entry {
    fn of(law: &Law, m: &OptimalMode, bits: u32) -> Self {
        let μ = &m.mode.block.target_sq;
        let target = Pair::around(μ.lower(), μ.upper());
        let shrinkage = match m.fate {
            Fate::Kept | Fate::Tie => upper_root(law, &target, bits),
            _ => Pair::exact(Rational::zero()),
        };
        Self { target, multiplicity: m.mode.block.multiplicity, fate: m.fate, kept: m.kept, shrinkage }
    }
}

/// Ends of the upper root for all targets between two ends.
fn upper_root(law: &Law, target: &Pair, bits: u32) -> Pair {
    let root = |μ: &Rational| -> Enclosure {
        let c = &law.numerator / power(μ, law.depth);
        shrinkage::root(&c.into(), law.depth, Branch::Upper, bits).0
    };
    Pair::around(root(&target.low).lower(), root(&target.high).upper())
}

/// `h(u) = (1 − u)(1 + M u)`.
fn height(law: &Law, u: &Rational) -> Rational {
    (Rational::one() - u) * (Rational::one() + whole(law.depth) * u)
}

/// Bounds of the gain `μ (1 − h(u))/(2N)`.
fn gain(law: &Law, target: &Pair, root: &Pair) -> (Rational, Rational) {
    let two_n = &law.samples + &law.samples;
    let of = |μ: &Rational, u: &Rational| μ * (Rational::one() - height(law, u)) / &two_n;
    (of(&target.low, &root.low), of(&target.high, &root.high))
}
