//! Which points a shard has: the points by their estimated cost, the dearest first, each to the shard that has the
//! least so far. Equal costs give every `n`-th point to a shard.

use super::header::Shard;
use super::spec::Spec;
use crate::case::{Draft, Loss};
use num_traits::ToPrimitive;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// The points of each of `of` shards, ascending, by the cost of every point.
pub fn by_cost(costs: &[u64], of: u64) -> Vec<Vec<u64>> {
    let mut points: Vec<u64> = (0..costs.len() as u64).collect();
    points.sort_by_key(|p| (Reverse(costs[*p as usize]), *p));
    let mut shards = vec![Vec::new(); of as usize];
    let mut loads: BinaryHeap<Reverse<(u64, usize)>> = (0..shards.len()).map(|i| Reverse((0, i))).collect();
    for point in points {
        let Some(Reverse((load, least))) = loads.pop() else { break };
        shards[least].push(point);
        loads.push(Reverse((load.saturating_add(costs[point as usize].max(1)), least)));
    }
    shards.iter_mut().for_each(|own| own.sort_unstable());
    shards
}

impl Spec {
    /// What each point is expected to cost.
    pub fn costs(&self) -> Vec<u64> {
        (0..self.points()).into_par_iter().map(|point| self.cost(point)).collect()
    }

    /// The points of a shard, ascending.
    pub fn part(&self, shard: Shard) -> Vec<u64> {
        match shard.of {
            1 => (0..self.points()).collect(),
            of => by_cost(&self.costs(), of).swap_remove(shard.index as usize - 1),
        }
    }

    /// What a point is expected to cost, in microseconds of one core; only ratios matter.
    ///
    /// A prediction grows with the square of the number of distinct counts (cross-entropy: of distinct classes under a
    /// convex program, or of trees under several layers); training with seeds, gradients and parameters.
    pub fn cost(&self, point: u64) -> u64 {
        let draft = &self.draft(point);
        let layers = draft.widths.len() as f64;
        let distinct = draft.counts.iter().collect::<BTreeSet<_>>().len() as f64;
        let predict = match (draft.loss, draft.widths.len()) {
            (Loss::Mse, _) => 50.0 + 20.0 * distinct * distinct * layers,
            (Loss::CrossEntropy, 1) => 500.0 + 1_000.0 * distinct * distinct,
            (Loss::CrossEntropy, _) => 20_000.0 * (1.0 + distinct),
        };
        let train = if self.training.run { self.training_cost(draft) } else { 0.0 };
        (predict + train).min(1e15) as u64
    }

    fn training_cost(&self, draft: &Draft) -> f64 {
        let k = draft.counts.len() as f64;
        let widths: Vec<f64> = draft.widths.iter().map(|d| *d as f64).chain([k]).collect();
        let parameters = widths.windows(2).map(|d| d[0] * d[1]).sum::<f64>() + widths[0] * 2.0 * k;
        let λ = draft.weights.iter().chain([&draft.features]).filter_map(ToPrimitive::to_f64);
        let slowest = λ.fold(f64::INFINITY, f64::min).max(1e-300);
        let layers = draft.widths.len() as f64;
        // The square root of stiffness over the slowest decay.
        let gradients = GRADIENTS / slowest.sqrt();
        let gradients = gradients.clamp(LEAST, (self.training.evaluations as f64).max(LEAST));
        let runs = self.training.seeds.len() as f64 + 1.0;
        runs * gradients * (FIXED * (layers + 1.0) + parameters * (STATE + PRODUCT * k))
    }
}

/// Gradients of a run by the slowest decay `λ`, measured on a sweep of 2,000 points with one to four layers: `7.2/√λ` up to a
/// factor of 1.7, and no fewer than so many.
const GRADIENTS: f64 = 7.2;
const LEAST: f64 = 30.0;
/// Microseconds of a gradient: for each factor, for each parameter, and for each parameter and output.
const FIXED: f64 = 0.8;
const STATE: f64 = 0.000_5;
const PRODUCT: f64 = 0.000_1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_points_go_by_turn_and_dear_ones_apart() {
        let shard = |index| Shard { index, of: 3 };
        let equal: Vec<Vec<u64>> = (1..=3).map(|i| shard(i).by_turn(7).collect()).collect();
        assert_eq!(equal, [vec![0, 3, 6], vec![1, 4], vec![2, 5]]);
        assert_eq!(by_cost(&[5; 7], 3), equal);
        // Every second point is dear: by turn, one of two shards would have all of them.
        let loads: Vec<u64> = by_cost(&[100, 1, 100, 1, 100, 1, 100, 1], 2)
            .iter()
            .map(|own| own.iter().map(|p| if p % 2 == 0 { 100 } else { 1 }).sum())
            .collect();
        assert_eq!(loads, [202, 202]);
        assert_eq!(by_cost(&[1, 1], 3), [vec![0], vec![1], vec![]]);
    }
}
