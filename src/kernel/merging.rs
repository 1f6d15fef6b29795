//! Classes that the optimum of one layer of cross-entropy does not tell apart.
//!
//! Let the swap of two classes be a symmetry of the problem, with weight `ω`, count `n`, scale `δ` of their two outputs, and
//! the difference `t ≥ 0` of the target on the own output and on the other's. They merge if and only if `(ω δ t)² n ≤ N² Λ`.

use super::given::{Given, Targets};
use super::rejection::{Check, require};
use super::terms::{Terms, unit};
use num_bigint::BigInt;
use num_traits::Signed;
use std::collections::BTreeSet;

/// Whether each list names classes that merge.
pub fn check(given: &Given, merged: &[Vec<usize>]) -> Check<()> {
    if merged.is_empty() {
        return Ok(());
    }
    let (k, place) = (given.outputs, "merged");
    let fits = given.counts.len() == k && given.rank >= k.saturating_sub(1) && !given.nonnegative;
    let needed = "as many outputs, widths of at least K − 1, free features";
    require!(fits, Merging, place, "classes", needed);
    let named: Vec<usize> = merged.iter().flatten().copied().collect();
    let distinct: BTreeSet<usize> = named.iter().copied().collect();
    let ordered = |group: &Vec<usize>| group.len() > 1 && group.is_sorted();
    let sound = distinct.len() == named.len()
        && named.iter().all(|i| (1..=k).contains(i))
        && merged.iter().all(ordered);
    require!(sound, Merging, place, "lists", "increasing classes of the case, none twice");
    for group in merged {
        let first = group.first().map_or(0, |i| i.saturating_sub(1));
        for other in group.iter().skip(1).map(|i| i.saturating_sub(1)) {
            let place = format!("classes {} and {}", first.saturating_add(1), other.saturating_add(1));
            require!(merge(given, first, other), Merging, &place, "two classes", "two that merge");
        }
    }
    Ok(())
}

fn merge(given: &Given, a: usize, b: usize) -> bool {
    let terms = &given.terms;
    let count = |i: usize| given.counts.get(i).copied().unwrap_or(0);
    let others = || (0..given.outputs).filter(|j| *j != a && *j != b);
    let target = |i: usize, j: usize| match &given.targets {
        Targets::Columns(matrix) => matrix.columns.get(i).and_then(|c| c.get(j)).cloned().unwrap_or_default(),
        _ => BigInt::from(u8::from(i == j)),
    };
    let dense = matches!(given.targets, Targets::Columns(_));
    let same_targets = !dense
        || (target(a, a) == target(b, b)
            && target(a, b) == target(b, a)
            && others().all(|j| target(a, j) == target(b, j) && target(j, a) == target(j, b)));
    let same_terms = [(&terms.scale, 1), (&terms.shift, 0)].into_iter().all(|(matrix, otherwise)| {
        let entry = |i: usize, j: usize| Terms::entry(matrix, i, j, otherwise);
        matrix.is_none()
            || (0..given.outputs).all(|j| entry(a, j) == entry(b, j) && entry(j, a) == entry(j, b))
    });
    let same = count(a) == count(b) && terms.weight(a) == terms.weight(b);
    let apart = target(a, a) - target(a, b);
    let size = terms.weight(a) * Terms::entry(&terms.scale, a, a, 1) * &apart;
    let target_unit = match &given.targets {
        Targets::Columns(matrix) => matrix.unit.clone(),
        _ => BigInt::from(1),
    };
    let units = terms.weight_unit() * unit(&terms.scale) * target_unit;
    let samples = &given.samples;
    let left = &size * &size * BigInt::from(count(a)) * &given.product.bottom;
    let right = samples * samples * &given.product.top * &units * &units;
    same && same_targets && same_terms && !apart.is_negative() && left <= right
}
