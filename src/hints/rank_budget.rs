//! The rank budget as a linear program: which modes are worth the width, and what more width is worth.

use super::candidate;
use crate::exact::Rational;
use good_lp::{Expression, ProblemVariables, Solution, SolverModel, microlp, variable};

/// The price of one unit of rank for modes given by gain and multiplicity: `π` of the dual program
///
/// ```text
/// minimise R π + Σ m_i s_i   with   π + s_i ≥ gain_i,   π, s ≥ 0
/// ```
///
/// of *maximise `Σ gain_i x_i` with `0 ≤ x_i ≤ m_i`, `Σ x_i ≤ R`*. `None` if the solver fails.
pub fn price(gains: &[(f64, usize)], rank: usize) -> Option<Rational> {
    // On the scale of the gains the solver's tolerances mean something.
    let unit = gains.iter().map(|(g, _)| *g).fold(0.0, f64::max);
    if unit <= 0.0 {
        return None;
    }
    let mut variables = ProblemVariables::new();
    let π = variables.add(variable().min(0.0));
    let slack = variables.add_vector(variable().min(0.0), gains.len());
    let mut cost: Expression = π * rank as f64;
    for (s, (_, m)) in slack.iter().zip(gains) {
        cost += *s * *m as f64;
    }
    let mut model = variables.minimise(cost).using(microlp);
    for (s, (gain, _)) in slack.iter().zip(gains) {
        model.add_constraint((π + *s).geq(gain / unit));
    }
    let price = model.solve().ok()?.value(π) * unit;
    price.is_finite().then(|| candidate(price).to_rational())
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_traits::ToPrimitive;

    #[test]
    fn the_price_lies_between_the_last_gain_kept_and_the_first_cut() {
        let gains = [(5.0, 1), (3.0, 2), (2.0, 1), (0.5, 3)];
        for (rank, low, high) in [(1, 3.0, 5.0), (2, 3.0, 3.0), (3, 2.0, 3.0), (4, 0.5, 2.0), (7, 0.0, 0.5)] {
            let price = price(&gains, rank).unwrap().to_f64().unwrap();
            assert!((low - 1e-12..=high + 1e-12).contains(&price), "{rank}: {price}");
        }
    }
}
