//! Wishes that no regularisation meets together, and why.

use super::search::{Answer, Ceiling, split_freely};
use super::standing::{Failure, Standing, factor_norm, predicted, standing};
use super::wish::{Factor, Request, Wish};
use crate::exact::{Enclosure, Rational, ten_to};
use crate::hints::regularization::{Question, exponential};
use crate::theory::Prediction;
use crate::theory::geometry::Measures;
use num_traits::{One, Zero};

/// Wishes in conflict: leaving out any of them ends it.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// The wishes, by their place in the request.
    pub wishes: Vec<usize>,
    /// The proof.
    pub because: Because,
}

/// Why wishes conflict.
#[derive(Debug, Clone)]
pub enum Because {
    /// A layer (counted from 1) is too narrow to keep all modes.
    Width {
        /// The layer.
        layer: usize,
        /// Its width.
        width: u64,
        /// What keeping every mode needs.
        needed: usize,
    },
    /// A margin is below 1 at every regularisation.
    MarginOfOne,
    /// The weights are given, and the prediction with them disproves a wish.
    Given {
        /// The wish.
        wish: usize,
        /// What it came to.
        failure: Failure,
    },
    /// At this product and above it a wish fails; at it and below it the caps do, however it is split.
    Split {
        /// Where the wish fails.
        ceiling: Ceiling,
        /// At that product, the product of `‖·‖²/cap²` over these factors is at least this, which is above 1.
        excess: Rational,
        /// The factors that are free.
        factors: Vec<Factor>,
    },
}

/// How far around the proposed product the proof is tried, as powers of ten.
const AROUND: [i64; 4] = [-9, -6, -4, -2];

/// What needs no search: a width below the number of modes, a margin of one.
pub fn obvious(request: &Request) -> Option<Conflict> {
    let needed = request.modes();
    let network = request.network();
    if network.rank_budget() < needed {
        let width = *network.widths().iter().min()?;
        let layer = network.widths().iter().position(|d| *d == width)? + 1;
        return Some(Conflict::of(vec![0], Because::Width { layer, width, needed }));
    }
    let too_much = |wish: &Wish| matches!(wish, Wish::Margin { floor, .. } if *floor >= Rational::one());
    let wish = request.wishes().iter().position(|asked| too_much(&asked.wish))?;
    Some(Conflict::of(vec![wish], Because::MarginOfOne))
}

/// Drops suspects one by one while the rest stays in conflict, and proves what remains.
pub fn named(request: &Request, question: &Question, mut suspects: Vec<usize>) -> Answer {
    // What was asked for last is tried first, and that no mode is lost comes last: it explains the most.
    for wish in suspects.clone().into_iter().rev() {
        let rest: Vec<usize> = suspects.iter().copied().filter(|i| *i != wish).collect();
        if !question.is_feasible(&rest) {
            suspects = rest;
        }
    }
    suspects.sort_unstable();
    match proof(request, question, &suspects) {
        Some(because) => Answer::Conflict(Conflict::of(suspects, because)),
        None => Answer::Open(suspects),
    }
}

/// A proof that these wishes conflict.
fn proof(request: &Request, question: &Question, wishes: &[usize]) -> Option<Because> {
    let fixed = request.fixed(wishes);
    if let Some(weights) = fixed.iter().cloned().collect::<Option<Vec<Rational>>>() {
        let prediction = predicted(request, &weights);
        return wishes.iter().find_map(|i| match standing(&request.wishes()[*i].wish, &prediction) {
            Standing::Fails(failure) => Some(Because::Given { wish: *i, failure }),
            _ => None,
        });
    }
    let factors: Vec<Factor> = (0..fixed.len()).filter(|j| fixed[*j].is_none()).map(Factor).collect();
    let top = question.top(wishes)?;
    // A cap on a fixed weight ends the products for good only below the thresholds and with two layers or more.
    let wish = &request.wishes()[top.demand].wish;
    let capped = !matches!(wish, Wish::NoCollapse | Wish::Margin { .. });
    if capped && (request.network().depth() == 1 || !wishes.contains(&0)) {
        return None;
    }
    AROUND.iter().find_map(|place| {
        let at = |sign: bool| {
            let step = if sign { ten_to(*place) } else { -ten_to(*place) };
            let product = exponential(top.log) * (Rational::one() + step);
            (predicted(request, &split_freely(&fixed, &product)), product)
        };
        let (above, product) = at(true);
        if !matches!(standing(wish, &above), Standing::Fails(_)) {
            return None;
        }
        let ceiling = Ceiling { product: product.clone(), wish: top.demand };
        let excess = excess(request, wishes, &factors, &above);
        if excess > Rational::one() {
            return Some(Because::Split { ceiling, excess, factors: factors.clone() });
        }
        // A class that is lost there counted for nothing. Just below it counts; and for two layers or more norms grow
        // with the product, so from there up to the ceiling the excess falls at most as fast as the product rises.
        if request.network().depth() == 1 || !wishes.contains(&0) {
            return None;
        }
        let (below, smaller) = at(false);
        let kept = matches!(standing(&Wish::NoCollapse, &below), Standing::Holds);
        let excess = self::excess(request, wishes, &factors, &below) * smaller / product;
        (kept && excess > Rational::one()).then(|| Because::Split {
            ceiling,
            excess,
            factors: factors.clone(),
        })
    })
}

/// A lower bound of the product over the factors of the largest `‖·‖²/cap²` that the wishes ask about.
fn excess(request: &Request, wishes: &[usize], factors: &[Factor], prediction: &Prediction) -> Rational {
    let depth = request.network().depth();
    let rows = |class: &Option<usize>, pick: &dyn Fn(&Measures) -> Enclosure| {
        let asked = prediction.classes.iter().filter(|row| class.is_none_or(|k| row.classes.contains(&k)));
        let norms = asked.filter_map(|row| row.measures.as_ref().map(|m| pick(m).lower()));
        norms.max().unwrap_or_else(Rational::zero)
    };
    let ratio = |factor: &Factor, wish: &Wish| {
        let (norm, cap) = match wish {
            Wish::FeatureNorm { class, cap } if factor.0 == 0 => {
                (rows(class, &|m| m.feature_norm.clone()), cap)
            }
            Wish::ClassifierNorm { class, cap } if factor.0 == depth => {
                (rows(class, &|m| m.classifier_norm.clone()), cap)
            }
            Wish::FactorNorm { factor: own, cap } if own == factor => {
                (factor_norm(prediction, factor.0).map_or(Rational::zero(), |x| x.lower()), cap)
            }
            _ => return Rational::zero(),
        };
        let ratio = norm / cap;
        &ratio * &ratio
    };
    let largest = |factor: &Factor| {
        let all = wishes.iter().map(|i| ratio(factor, &request.wishes()[*i].wish));
        all.max().unwrap_or_else(Rational::zero)
    };
    factors.iter().map(largest).fold(Rational::one(), |product, x| product * x)
}
