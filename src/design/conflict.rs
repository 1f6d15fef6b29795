//! Wishes that no regularisation meets together, and why.

use super::Budget;
use super::answer::{Answer, Because, Ceiling, Conflict};
use super::standing::{Standing, factor_norm, predicted, split_freely, standing};
use super::wish::{Factor, Request, Wish};
use crate::exact::{Enclosure, Rational, ten_to};
use crate::hints::exponential;
use crate::hints::regularization::Question;
use crate::theory::Prediction;
use crate::theory::geometry::Measures;
use num_traits::{One, Zero};

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
pub fn named(request: &Request, question: &Question, mut suspects: Vec<usize>, budget: Budget) -> Answer {
    // What was asked for last is tried first, and that no mode is lost comes last: it explains the most.
    for wish in suspects.clone().into_iter().rev() {
        let rest: Vec<usize> = suspects.iter().copied().filter(|i| *i != wish).collect();
        if !question.is_feasible(&rest) {
            suspects = rest;
        }
    }
    suspects.sort_unstable();
    match proof(request, question, &suspects, budget) {
        Some(because) => Answer::Conflict(Conflict::of(suspects, because)),
        None => Answer::Open(suspects),
    }
}

/// A proof that these wishes conflict.
fn proof(request: &Request, question: &Question, wishes: &[usize], budget: Budget) -> Option<Because> {
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
    AROUND.iter().take(budget.tries).find_map(|place| {
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
    let rows = |class: &Option<usize>, pick: &dyn Fn(&Measures) -> Option<Enclosure>| {
        let asked = prediction.classes.iter().filter(|row| class.is_none_or(|k| row.classes.contains(&k)));
        let norms = asked.filter_map(|row| Some(pick(row.measures.as_ref()?)?.lower()));
        norms.max().unwrap_or_else(Rational::zero)
    };
    let ratio = |factor: &Factor, wish: &Wish| {
        let (norm, cap) = match wish {
            Wish::FeatureNorm { class, cap } if factor.0 == 0 => {
                (rows(class, &|m| Some(m.feature_norm.clone())), cap)
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
