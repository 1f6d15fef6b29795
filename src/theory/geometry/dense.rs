//! The three matrices for targets other than one-hot, in fixed point: whole numbers, and one error for each column.

use super::gram::Gram;
use super::modes::{Active, GUARD_BITS, Modes};
use crate::case::Bias;
use crate::exact::{Dyadic, Enclosure, Integer, Rational, Toward};
use crate::theory::block::Directions;
use crate::theory::eigenvectors::{dot, inner_products};
use crate::theory::targets::{mean_target, seen_targets};
use num_traits::Signed;
use rayon::prelude::*;

/// A column in fixed point: the true entries lie within `error` units of `2^-places` of these.
struct Column {
    entries: Vec<Integer>,
    error: Integer,
    places: i64,
    /// `Σ |x|` of numbers as far from these as they may be.
    size: Integer,
}

impl Column {
    fn new(entries: Vec<Integer>, error: Integer, places: i64) -> Self {
        let size = entries.iter().map(Integer::abs).sum::<Integer>() + &error * entries.len();
        Self { entries, error, places, size }
    }

    /// Numbers rounded to so many bits of the largest.
    fn of(numbers: &[Rational], bits: u32) -> Self {
        let ends = |x: &Rational| Enclosure::from(x.clone()).ends(bits + GUARD_BITS as u32);
        let all: Vec<Dyadic> = numbers.iter().map(|x| ends(x).0).collect();
        let largest = all.iter().filter(|x| !x.is_zero()).map(Dyadic::magnitude).max().unwrap_or(0);
        let places = i64::from(bits) + GUARD_BITS - largest;
        // Cut twice, by less than a unit each time.
        Self::new(all.iter().map(|x| x.fixed(places, Toward::Down)).collect(), 2.into(), places)
    }

    /// The inner product of the true columns, enclosed on the scale of both.
    fn times(&self, other: &Self) -> (Integer, Integer, i64) {
        let error = &self.size * &other.error + &other.size * &self.error;
        (dot(&self.entries, &other.entries), error, self.places + other.places)
    }

    fn enclosed((middle, error, places): (Integer, Integer, i64), bits: u32) -> Enclosure {
        let end = |x: Integer| Dyadic::new(x, -places);
        Enclosure::between(&end(&middle - &error), &end(middle + error), bits)
    }
}

impl Modes<'_> {
    /// The three full matrices for targets other than one-hot, in class order.
    pub fn dense(&self, targets: &[Vec<Rational>]) -> Gram {
        let (k, bits) = (self.problem.outputs(), self.optimum.bits);
        let seen = seen_targets(self.problem, targets);
        let seen: Vec<Column> = seen.iter().map(|t| Column::of(t, bits)).collect();
        // Columns of S T̄, for a symmetric S by its columns.
        let right = |matrix: &[Column]| -> Vec<Column> {
            let column = |t: &Column| {
                let products: Vec<_> = matrix.iter().map(|row| row.times(t)).collect();
                let error = products.iter().map(|(_, error, _)| error).max().cloned().unwrap_or_default();
                let places = products.first().map_or(0, |(_, _, places)| *places);
                Column::new(products.into_iter().map(|(x, ..)| x).collect(), error, places)
            };
            seen.par_iter().map(column).collect()
        };
        let enclosed = |column: &Column, j: usize| {
            Column::enclosed((column.entries[j].clone(), column.error.clone(), column.places), bits)
        };
        let rows = |columns: &[Column]| -> Vec<Vec<Enclosure>> {
            (0..k).map(|j| columns.iter().map(|column| enclosed(column, j)).collect()).collect()
        };
        let inner = right(&self.sum(|a| a.feature.clone()));
        let feature = |t: &Column| inner.iter().map(|v| Column::enclosed(t.times(v), bits)).collect();
        let features = seen.par_iter().map(feature).collect();
        let mut logits = rows(&right(&self.sum(|a| a.logit.clone())));
        if self.problem.bias() == Bias::LastLayer {
            for (row, b) in logits.iter_mut().zip(mean_target(self.problem, targets)) {
                row.iter_mut().for_each(|z| *z = &*z + &b.clone().into());
            }
        }
        Gram { features, classifier: rows(&self.sum(|a| a.classifier.clone())), logits }
    }

    /// The columns of `Σ_i c_i P_i`, a symmetric matrix.
    fn sum(&self, coefficient: fn(&Active) -> Enclosure) -> Vec<Column> {
        let (k, bits) = (self.problem.outputs(), self.optimum.bits);
        let coefficients: Vec<Enclosure> = self.active.iter().map(coefficient).collect();
        let largest = coefficients.iter().map(|c| c.ends(64).1.magnitude()).max().unwrap_or(0);
        let places = i64::from(bits) + GUARD_BITS - largest;
        // Rows of X and of X diag(c), and the error: |c P − low X Xᵀ| ≤ (high − low) |P| + low · radius.
        let (mut plain, mut scaled) = (vec![Vec::new(); k], vec![Vec::new(); k]);
        let (mut error, mut shift) = (Integer::from(1), 0);
        for (active, c) in self.active.iter().zip(&coefficients) {
            let Directions::Dense(block) = &active.mode.mode.block.directions else { continue };
            let (low, high) = c.ends(bits + GUARD_BITS as u32);
            let (low, high) = (low.fixed(places, Toward::Down), high.fixed(places, Toward::Up));
            let blurred = Dyadic::new(low.abs(), -places).times(&block.radius);
            error += &high - &low + blurred.fixed(places, Toward::Up);
            for x in &block.vectors {
                shift = 2 * block.places.unsigned_abs();
                for j in 0..k {
                    plain[j].push(x[j].clone());
                    scaled[j].push(&x[j] * &low);
                }
            }
        }
        let sums = inner_products(&plain, &scaled);
        let column = |sums: Vec<Integer>| {
            Column::new(sums.into_iter().map(|x| x >> shift).collect(), error.clone(), places)
        };
        sums.into_iter().map(column).collect()
    }
}
