//! The certificates about cross-entropy.

use super::Uncertifiable;
use super::number::{Pair, list, text};
use super::optimality;
use crate::case::{Loss, Problem};
use crate::exact::{Enclosure, Rational, ten_to};
use crate::theory::convex::Shallow;
use crate::theory::convex::dual::Dual;
use crate::theory::convex::grid::Grid;
use crate::theory::convex::plan::Plan;
use crate::theory::convex::point::Point;
use crate::theory::cross_entropy::{Deep, Finding, Simplex};
use num_traits::Signed;

/// Working precision in bits; the checker has 256 binary places.
const BITS: u32 = 192;
/// The claimed bounds keep this share of their distance free, so that the checker's rounding fits in between.
const MARGIN_PLACES: i64 = 40;

/// Ends a hair wider than two proven bounds, on the coarse digits that the optimum shows.
fn around(shown: &Enclosure, low: &Rational, high: &Rational) -> Pair {
    let hair = high.abs() * ten_to(-MARGIN_PLACES);
    Pair::around(shown.lower().min(low - &hair), shown.upper().max(high + hair))
}

/// The claim and the proof steps of one layer, as JSON.
pub fn shallow(problem: &Problem, found: &Shallow) -> Result<(String, Vec<String>), Uncertifiable> {
    let shown = found.objective.as_ref().ok_or(Uncertifiable::Undecided)?;
    let (low, high) = found.enclosed(problem, BITS).ok_or(Uncertifiable::Undecided)?;
    let statement = if problem.loss() == Loss::Mse { "mse-layer-optimum" } else { "ce-optimum" };
    let merged: Vec<&Vec<usize>> = found.facts.merged().collect();
    let merged = match merged.is_empty() {
        true => String::new(),
        false => format!(", \"merged\": {}", list(&merged, |role| list(role, |c| (c + 1).to_string()))),
    };
    let objective = around(shown, &low, &high);
    let claim = format!("{{\"statement\": \"{statement}\", \"objective\": {objective}{merged}}}");
    Ok((claim, vec![dual_step(&found.dual), point_step(&found.point)]))
}

/// The claim and the proof steps of more layers, as JSON.
pub fn deep(problem: &Problem, found: &Deep) -> Result<(String, Vec<String>), Uncertifiable> {
    if let Some(parts) = tree(found) {
        return Ok(parts);
    }
    let simplex = found.simplex.as_ref().ok_or(Uncertifiable::Undecided)?;
    let (frame, floor) = (frame_step(simplex), simplex.floor(&found.zero));
    match (&found.finding, &found.best) {
        (Finding::Refuted, Some(best)) => {
            let (network, frame_at_least) = between(&best.objective.upper(), &floor);
            let claim = format!(
                "{{\"statement\": \"ce-frame-refuted\", \"frame_at_least\": \"{}\", \"network_at_most\": \"{}\"}}",
                text(&frame_at_least),
                text(&network),
            );
            Ok((claim, vec![frame, point_step(&best.point)]))
        }
        (Finding::Verified, _) => {
            let point = found.simplex_point(problem).ok_or(Uncertifiable::Undecided)?;
            let high = point.objective(problem, BITS).ok_or(Uncertifiable::Undecided)?.upper();
            let shown = Enclosure::hull(&floor, &high.clone().max(floor.clone()), BITS);
            let claim = format!(
                "{{\"statement\": \"ce-two-classes\", \"objective\": {}}}",
                around(&shown, &floor, &high)
            );
            Ok((claim, vec![frame, point_step(&point)]))
        }
        _ => Err(Uncertifiable::Undecided),
    }
}

/// What a tree proves: the optimum, or an enclosure of it, below all frames where they are refuted.
pub fn tree(found: &Deep) -> Option<(String, Vec<String>)> {
    let proof = found.proof.as_ref()?;
    if proof.says_optimal() {
        return Some(optimality::parts(&proof.0, None, None));
    }
    let best = found.best.as_ref()?;
    // The upper end with few digits: a thousandth of the gap wider at most.
    let high = best.objective.upper();
    let room = (&high - proof.floor()?) / ratio(1_000);
    let high = Pair::inside(&high, &(&high + room)).high;
    let refuted = found.simplex.as_ref().filter(|_| found.finding == Finding::Refuted);
    let least = refuted.map(|simplex| between(&high, &simplex.floor(&found.zero)).1);
    let (claim, mut steps) = optimality::parts(&proof.0, Some(&high), least.as_ref());
    steps.extend(refuted.map(frame_step));
    steps.push(point_step(&best.point));
    Some((claim, steps))
}

/// A few digits between two bounds, each with room to its own: a number above `low`, and one below `high`.
fn between(low: &Rational, high: &Rational) -> (Rational, Rational) {
    let quarter = (high - low) / ratio(4);
    (Pair::inside(low, &(low + &quarter)).high, Pair::inside(&(high - &quarter), high).low)
}

fn frame_step(simplex: &Simplex) -> String {
    let (low, high) = (text(&simplex.bracket.low), text(&simplex.bracket.high));
    format!("{{\"step\": \"frame\", \"low\": \"{low}\", \"high\": \"{high}\"}}")
}

fn ratio(n: u64) -> Rational {
    Rational::from(crate::exact::Integer::from(n))
}

fn grid(grid: &Grid) -> String {
    let entry = |x: &crate::exact::Integer| format!("\"{}\"", text(&grid.value(x)));
    list(&grid.columns, |column| list(column, entry))
}

fn plan(plan: &Plan) -> String {
    let entry = |x: &crate::exact::Integer| format!("\"{}\"", text(&plan.value(x)));
    list(&plan.columns, |column| list(column, entry))
}

fn numbers(items: &[Rational]) -> String {
    list(items, |x| format!("\"{}\"", text(x)))
}

fn dual_step(dual: &Dual) -> String {
    format!(
        "{{\"step\": \"dual\", \"plan\": {},\n   \"weights\": {},\n   \"columns\": {}}}",
        plan(&dual.plan),
        numbers(&dual.weights),
        grid(&dual.columns)
    )
}

fn point_step(point: &Point) -> String {
    format!(
        "{{\"step\": \"point\", \"bias\": {},\n   \"factors\": {}}}",
        numbers(&point.bias),
        list(&point.factors, grid)
    )
}
