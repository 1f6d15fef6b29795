//! From wishes to weights: propose, round inwards, prove.

use super::Budget;
use super::answer::{Answer, Ceiling, Found};
use super::conflict;
use super::question::question;
use super::standing::{Standing, predicted, split_freely, standing};
use super::wish::{Request, Wish};
use crate::exact::{Rational, Toward, leading_place, ten_to, whole};
use crate::hints::regularization::{Proposal, Question, Rest, Top};
use crate::hints::{exponential, log_of};
use crate::theory::Prediction;
use num_traits::One;

/// Rounding may change the product by one part in this many; more digits are tried until it does not.
const LOSS: i64 = 1_000;
/// Floats are trusted to this many digits: a weight that lies so close above a short decimal is that decimal.
const TRUSTED: i64 = -10;
/// How far beyond the proposed product a failing one is sought, as powers of ten.
const BEYOND: [i64; 5] = [-12, -9, -6, -4, -3];

/// Designs the regularisation.
///
/// - Every wish is proved of an answer `Found`; a `Conflict` is proved too.
/// - The weights have at most 15 significant digits, unless they were given.
pub fn design(request: &Request) -> Answer {
    within(request, Budget::default())
}

/// The same within a budget. With less an answer may be open, or lack its ceiling; it is never wrong.
pub fn within(request: &Request, budget: Budget) -> Answer {
    if let Some(conflict) = conflict::obvious(request) {
        return Answer::Conflict(conflict);
    }
    let question = question(request);
    let all: Vec<usize> = (0..request.wishes().len()).collect();
    let fixed = request.fixed(&all);
    if let Some(weights) = fixed.iter().cloned().collect::<Option<Vec<Rational>>>() {
        return given(request, &question, &weights, budget);
    }
    if let Some(near) = request.near() {
        let weights: Vec<Rational> =
            fixed.iter().zip(near).map(|(fixed, near)| fixed.clone().unwrap_or(near.clone())).collect();
        if let Some(prediction) = proved(request, &weights) {
            return Answer::Found(Box::new(Found { prediction, ceiling: None }));
        }
    }
    let top = question.top(&all).filter(|_| question.is_feasible(&all));
    let Some(top) = top else { return conflict::named(request, &question, all, budget) };
    let near: Option<Vec<f64>> = request.near().map(|near| near.iter().map(log_of).collect());
    let product = match &near {
        None => Some(top.log),
        Some(near) => question.nearest_product(&all, near, top),
    };
    let found = product.and_then(|s| {
        searched(request, &question, &all, &fixed, near.as_deref(), (s, top.log), budget.digits)
    });
    let Some(prediction) = found else { return Answer::Open(Vec::new()) };
    let ceiling = if near.is_none() { ceiling(request, &fixed, top, budget) } else { None };
    Answer::Found(Box::new(Found { prediction, ceiling }))
}

/// All weights are given: the prediction decides.
fn given(request: &Request, question: &Question, weights: &[Rational], budget: Budget) -> Answer {
    let prediction = predicted(request, weights);
    let mut open = false;
    // Whether all modes are kept is asked first: it explains the most.
    for (i, asked) in request.wishes().iter().enumerate() {
        match standing(&asked.wish, &prediction) {
            Standing::Holds => {}
            Standing::Open => open = true,
            Standing::Fails(_) => {
                let fixing = |i: &usize| matches!(request.wishes()[*i].wish, Wish::Fixed { .. });
                let mut suspects: Vec<usize> = (0..request.wishes().len()).filter(fixing).collect();
                suspects.push(i);
                return conflict::named(request, question, suspects, budget);
            }
        }
    }
    if open {
        return Answer::Open(Vec::new());
    }
    Answer::Found(Box::new(Found { prediction, ceiling: None }))
}

/// The prediction, if it proves every wish.
fn proved(request: &Request, weights: &[Rational]) -> Option<Prediction> {
    let prediction = predicted(request, weights);
    let holds = |wish: &Wish| matches!(standing(wish, &prediction), Standing::Holds);
    request.wishes().iter().all(|asked| holds(&asked.wish)).then_some(prediction)
}

/// Rounds proposals to ever more digits until the prediction proves one of them.
fn searched(
    request: &Request,
    question: &Question,
    all: &[usize],
    fixed: &[Option<Rational>],
    near: Option<&[f64]>,
    (s, top): (f64, f64),
    most_digits: i64,
) -> Option<Prediction> {
    let part = |n: i64| exponential(s) * Rational::new(n.into(), LOSS.into());
    let (least, most) = (part(LOSS - 1), part(LOSS + 1));
    for digits in 1..=most_digits {
        // Aim at the product itself. Where a norm rises as rounding lowers the product (one layer, shrinkage below 1/2),
        // ask for the caps at a smaller one. Where the product itself is just too large (a threshold that is a short
        // decimal), aim lower. Where caps hold every weight up (near given weights), aim
        // higher: then one of them is free to share.
        let unit = whole(request.network().depth() + 1) * ten_to(1 - digits);
        let step = if unit < Rational::one() { log_of(&(Rational::one() - unit)) } else { continue };
        let (less, more) = (s + step, question.with_room(all, s, top, -step));
        for (caps_at, aim) in [(s, s), (less, s), (less, less), (more, more)] {
            let Some(proposals) = question.split(all, near, caps_at) else { continue };
            let weights = inwards(request, fixed, &proposals, aim, digits);
            let product = weights.iter().fold(Rational::one(), |product, λ| product * λ);
            if product < least || product > most {
                continue;
            }
            if let Some(prediction) = proved(request, &weights) {
                return Some(prediction);
            }
        }
    }
    None
}

/// Proposals rounded inwards, features first: up where a cap holds a weight up, then down where weights share what is
/// left of the product `e^s`.
fn inwards(
    request: &Request,
    fixed: &[Option<Rational>],
    proposals: &[Proposal],
    s: f64,
    digits: i64,
) -> Vec<Rational> {
    let near = |j: usize| request.near().map(|near| &near[j]);
    let settled: Vec<Option<Rational>> = (0..fixed.len())
        .map(|j| match proposals[j].rest {
            Rest::Given => fixed[j].clone(),
            Rest::Cap => Some(rounded(proposals[j].log, near(j), digits, Toward::Up)),
            Rest::Share => None,
        })
        .collect();
    let sharing = |j: &usize| settled[*j].is_none();
    let taken = (0..fixed.len()).map(|j| settled[j].as_ref().map_or(proposals[j].log, log_of));
    let shift = (s - taken.sum::<f64>()) / (0..fixed.len()).filter(sharing).count().max(1) as f64;
    (0..fixed.len())
        .map(|j| match &settled[j] {
            Some(weight) => weight.clone(),
            None => rounded(proposals[j].log + shift, near(j), digits, Toward::Down),
        })
        .collect()
}

/// `e^log` rounded to a number of digits; a given weight stays as it is.
fn rounded(log: f64, near: Option<&Rational>, digits: i64, toward: Toward) -> Rational {
    let value = exponential(log);
    let hair = &value * ten_to(TRUSTED);
    if let Some(near) = near
        && *near >= &value - &hair
        && *near <= &value + &hair
    {
        return near.clone();
    }
    let unit = ten_to(leading_place(&value) + 1 - digits);
    match toward {
        Toward::Up => ((value - hair) / &unit).ceil() * unit,
        Toward::Down => ((value + hair) / &unit).floor() * unit,
    }
}

/// The smallest product tried at which the wish that ends the search is disproved.
fn ceiling(request: &Request, fixed: &[Option<Rational>], top: Top, budget: Budget) -> Option<Ceiling> {
    // A cap on a fixed weight may hold again at a larger product when there is one layer.
    let wish = &request.wishes()[top.demand].wish;
    let falls = matches!(wish, Wish::NoCollapse | Wish::Margin { .. });
    if !falls && request.network().depth() == 1 {
        return None;
    }
    let fails = |product: &Rational| {
        matches!(standing(wish, &predicted(request, &split_freely(fixed, product))), Standing::Fails(_))
    };
    let beyond = BEYOND.iter().take(budget.tries).map(|place| {
        let product = exponential(top.log) * (Rational::one() + ten_to(*place));
        let unit = ten_to(leading_place(&product) - budget.digits + 1);
        (product / &unit).ceil() * unit
    });
    beyond.into_iter().find(fails).map(|product| Ceiling { product, wish: top.demand })
}
