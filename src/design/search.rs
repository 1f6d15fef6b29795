//! From wishes to weights: propose, round inwards, prove.

use super::conflict::{self, Because, Conflict};
use super::question::question;
use super::standing::{Standing, predicted, standing};
use super::wish::{Factor, Request, Wish};
use crate::exact::{Rational, Toward, leading_place, ten_to, whole};
use crate::hints::regularization::{Proposal, Question, Rest, Top, exponential, log_of};
use crate::theory::Prediction;
use num_traits::One;

/// What is answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Weights with which every wish is proved.
    Found(Box<Found>),
    /// Wishes that no regularisation meets together, proved.
    Conflict(Conflict),
    /// Neither was proved; the wishes that the float solver thinks in conflict, if it does.
    Open(Vec<usize>),
}

/// An answer with its proof, the prediction.
#[derive(Debug, Clone)]
pub struct Found {
    /// The prediction with the weights found.
    pub prediction: Prediction,
    /// What bounds the product from above; `None` where it was not what was sought, or not proved.
    pub ceiling: Option<Ceiling>,
}

/// No regularisation with this product or more meets the wishes: this one fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    /// `Λ`.
    pub product: Rational,
    /// The wish, by its place in the request.
    pub wish: usize,
}

/// Most significant digits of a weight that is not given.
const MOST_DIGITS: i64 = 15;
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
    if let Some(conflict) = conflict::obvious(request) {
        return Answer::Conflict(conflict);
    }
    let question = question(request);
    let all: Vec<usize> = (0..request.wishes().len()).collect();
    let fixed = request.fixed(&all);
    if let Some(weights) = fixed.iter().cloned().collect::<Option<Vec<Rational>>>() {
        return given(request, &question, &weights);
    }
    if let Some(near) = request.near() {
        let weights: Vec<Rational> =
            fixed.iter().zip(near).map(|(fixed, near)| fixed.clone().unwrap_or(near.clone())).collect();
        if let Some(prediction) = proved(request, &weights) {
            return Answer::Found(Box::new(Found { prediction, ceiling: None }));
        }
    }
    let top = question.top(&all).filter(|_| question.is_feasible(&all));
    let Some(top) = top else { return conflict::named(request, &question, all) };
    let near: Option<Vec<f64>> = request.near().map(|near| near.iter().map(log_of).collect());
    let product = match &near {
        None => Some(top.log),
        Some(near) => question.nearest_product(&all, near, top),
    };
    let found =
        product.and_then(|s| searched(request, &question, &all, &fixed, near.as_deref(), (s, top.log)));
    let Some(prediction) = found else { return Answer::Open(Vec::new()) };
    let ceiling = if near.is_none() { ceiling(request, &fixed, top) } else { None };
    Answer::Found(Box::new(Found { prediction, ceiling }))
}

/// All weights are given: the prediction decides.
fn given(request: &Request, question: &Question, weights: &[Rational]) -> Answer {
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
                return conflict::named(request, question, suspects);
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
) -> Option<Prediction> {
    let part = |n: i64| exponential(s) * Rational::new(n.into(), LOSS.into());
    let (least, most) = (part(LOSS - 1), part(LOSS + 1));
    for digits in 1..=MOST_DIGITS {
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
fn ceiling(request: &Request, fixed: &[Option<Rational>], top: Top) -> Option<Ceiling> {
    // A cap on a fixed weight may hold again at a larger product when there is one layer.
    let wish = &request.wishes()[top.demand].wish;
    let falls = matches!(wish, Wish::NoCollapse | Wish::Margin { .. });
    if !falls && request.network().depth() == 1 {
        return None;
    }
    let fails = |product: &Rational| {
        matches!(standing(wish, &predicted(request, &split_freely(fixed, product))), Standing::Fails(_))
    };
    let beyond = BEYOND.iter().map(|place| {
        let product = exponential(top.log) * (Rational::one() + ten_to(*place));
        let unit = ten_to(leading_place(&product) - MOST_DIGITS + 1);
        (product / &unit).ceil() * unit
    });
    beyond.into_iter().find(fails).map(|product| Ceiling { product, wish: top.demand })
}

/// Some weights with this product; margins, and norms of factors with fixed weights, do not depend on which.
pub fn split_freely(fixed: &[Option<Rational>], product: &Rational) -> Vec<Rational> {
    let given = fixed.iter().flatten().fold(Rational::one(), |all, λ| all * λ);
    let first = fixed.iter().position(Option::is_none);
    let free = |j: usize| if Some(j) == first { product / &given } else { Rational::one() };
    (0..fixed.len()).map(|j| fixed[j].clone().unwrap_or_else(|| free(j))).collect()
}

impl Found {
    /// The weights, features first.
    pub fn weights(&self) -> impl Iterator<Item = (Factor, &Rational)> {
        let problem = &self.prediction.problem;
        std::iter::once(problem.features()).chain(problem.weights()).enumerate().map(|(j, λ)| (Factor(j), λ))
    }
}

impl Conflict {
    pub(super) fn of(wishes: Vec<usize>, because: Because) -> Self {
        Self { wishes, because }
    }
}
