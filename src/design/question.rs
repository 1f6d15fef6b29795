//! A request, put to the float solver.

use super::wish::{BITS, Request, Wish};
use crate::exact::{Rational, whole};
use crate::hints::log_of;
use crate::hints::regularization::{Classes, Demand, Question, Target};
use crate::theory::block::{Directions, Group};
use crate::theory::spectrum::Spectrum;
use num_traits::{One, ToPrimitive};

/// The float form of a request; demands stand in the order of the wishes.
pub fn question(request: &Request) -> Question {
    let network = request.network();
    let Spectrum { groups, blocks, .. } = Spectrum::of(network, BITS);
    let targets: Vec<Target> = blocks
        .iter()
        .map(|b| Target { log: log_of(&b.target_sq.middle()), copies: b.multiplicity as f64 })
        .collect();
    let count = |n: u64| n as f64;
    let mut rows: Vec<Classes> =
        groups.iter().map(|g| Classes { count: count(g.count), shares: Vec::new() }).collect();
    for (i, block) in blocks.iter().enumerate() {
        match block.directions {
            Directions::Classes(g) => rows[g].shares.push((i, 1.0)),
            Directions::Differences(g) => {
                rows[g].shares.push((i, 1.0 - 1.0 / groups[g].classes.len() as f64));
            }
            Directions::Secular(j) => {
                for (row, share) in rows.iter_mut().zip(secular_shares(&groups, &block.target_sq.middle(), j))
                {
                    row.shares.push((i, share));
                }
            }
            // Wishes about classes are refused for targets other than one-hot.
            Directions::Dense(_) => {}
        }
    }
    let asked = |class: &Option<usize>| match class {
        None => (0..groups.len()).collect(),
        Some(k) => (0..groups.len()).filter(|g| groups[*g].classes.contains(k)).collect(),
    };
    let demand = |wish: &Wish| match wish {
        Wish::NoCollapse => Demand::Kept,
        Wish::Margin { class, floor } => {
            Demand::Shortfall(asked(class), (Rational::one() - floor).to_f64().unwrap_or(0.0))
        }
        Wish::FeatureNorm { class, cap } => Demand::Features(asked(class), log_of(cap)),
        Wish::ClassifierNorm { class, cap } => Demand::Rows(asked(class), log_of(cap)),
        Wish::FactorNorm { factor, cap } => Demand::Whole(factor.0, log_of(cap)),
        Wish::Fixed { factor, weight } => Demand::Fixed(factor.0, log_of(weight)),
    };
    Question {
        depth: network.depth() as u32,
        log_samples: count(network.samples()).ln(),
        targets,
        groups: rows,
        demands: request.wishes().iter().map(|a| demand(&a.wish)).collect(),
    }
}

/// `p_k²` of the secular vector `p ∝ n_k/(n_k − μ)` for a class of each group; `μ` lies between groups `j` and `j + 1`.
fn secular_shares(groups: &[Group], target: &Rational, j: usize) -> Vec<f64> {
    let near = target.to_f64().unwrap_or(0.0);
    let entry = |(g, group): (usize, &Group)| {
        let count = group.count as f64;
        // Only its neighbours are so close that floats would cancel.
        let distance = if g == j || g == j + 1 {
            (whole(group.count) - target).to_f64().unwrap_or(count)
        } else {
            count - near
        };
        count / distance
    };
    let vector: Vec<f64> = groups.iter().enumerate().map(entry).collect();
    let total: f64 = groups.iter().zip(&vector).map(|(g, p)| g.classes.len() as f64 * p * p).sum();
    vector.iter().map(|p| p * p / total).collect()
}
