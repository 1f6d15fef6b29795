//! The spectrum of `T Tᵀ` for any rational targets, proved by inertia.
//!
//! - `T Tᵀ` is rational; `B` is an integer multiple of it, so its rational eigenvalues are integers.
//! - A float SVD says where to look; its vectors `X` (columns, fixed point) are sharpened by `eigenvectors`.
//! - Sylvester's law: for invertible `X`, `Xᵀ(B − tI)X` has as many negative eigenvalues as `B − tI`. With `X`
//!   close to an eigenbasis it is diagonally dominant, so counting negative diagonal entries is a proof.
//! - An invariant subspace: if all eigenvalues outside a block are at least `gap` away from `θ`, the
//!   projector onto the columns `X_b` differs from the true one by at most `‖B X_b − θ X_b‖_F / gap` (apart
//!   from the departure of `X_b` from orthonormality, which is added).

use super::block::{Block, DenseBlock, Directions, Repetition};
use super::budget::ITERATIONS;
use super::eigenvectors::{Basis, inner_products, sharpened, times};
use super::targets::{integer_gram, seen_targets};
use crate::case::{Problem, Targets};
use crate::exact::{Dyadic, Enclosure, Integer, Rational, Toward, has_nullity, whole};
use crate::hints;
use num_traits::{One, Signed, ToPrimitive, Zero};
use rayon::prelude::*;
use std::ops::Range;

/// Floats closer than this, relative to the largest, are one cluster until proven otherwise.
const CLUSTER: f64 = 1e-12;
/// Distinct non-zero eigenvalues of `T Tᵀ`, largest first, to about `bits` binary places relative to the
/// largest.
///
/// - Multiplicities add up to `K` minus the number of zero eigenvalues; every count is proved.
/// - Where the float candidates do not lead to a proof, one block from 0 to the trace is returned, as a
///   cluster: everything that follows is then undecided, not wrong.
pub fn blocks(problem: &Problem, bits: u32, iterations: usize) -> Vec<Block> {
    let Some((b, scale)) = integer_gram(problem) else { return Vec::new() };
    if b.iter().flatten().all(Zero::is_zero) {
        return Vec::new();
    }
    Eigenbasis::of(problem, &b, bits, iterations)
        .and_then(|basis| basis.blocks(&b, &scale, bits))
        .unwrap_or_else(|| vec![everything(&b, &scale, bits)])
}

/// What proves the spectrum of `T Tᵀ`: the columns of a congruence, and for each cluster of eigenvalues (largest
/// first, zero included) two points that it separates from the rest.
#[derive(Debug, Clone)]
pub struct Witness {
    /// Columns of `X`, on any scale.
    pub vectors: Vec<Vec<Integer>>,
    /// Around each cluster, its lower and upper point.
    pub points: Vec<(Rational, Rational)>,
}

/// The witness behind [`blocks`] at the same precision and the usual number of iterations; `None` if that proved nothing.
pub fn witness(problem: &Problem, bits: u32) -> Option<Witness> {
    let (b, scale) = integer_gram(problem)?;
    let basis = Eigenbasis::of(problem, &b, bits, ITERATIONS)?;
    let around = |cluster: &Range<usize>| {
        let (low, high) = basis.bracket(cluster);
        (low / &scale, high / &scale)
    };
    let points = basis.clusters.iter().map(around).collect();
    Some(Witness { vectors: basis.vectors, points })
}

fn everything(b: &[Vec<Integer>], scale: &Rational, bits: u32) -> Block {
    let trace: Integer = (0..b.len()).map(|i| b[i][i].clone()).sum();
    Block {
        target_sq: Enclosure::hull(&Rational::zero(), &(Rational::from(trace) / scale), bits),
        multiplicity: b.len(),
        repetition: Repetition::Cluster,
        directions: Directions::Dense(Box::new(unknown(bits))),
    }
}

/// A block of which only this is known: the entries of a projector lie between −1 and 1.
fn unknown(bits: u32) -> DenseBlock {
    DenseBlock { vectors: Vec::new(), places: 0, radius: Dyadic::new(Integer::one(), 0), bits }
}

/// Singular values of the scaled targets with their left vectors, in floats, one for each output.
fn candidates(problem: &Problem, columns: &[Vec<Rational>]) -> Option<Vec<(f64, Vec<f64>)>> {
    let seen = seen_targets(problem, columns);
    let largest = seen.iter().flatten().map(|x| x.abs()).max()?;
    let most = problem.counts().iter().max()?;
    let float = |(t, n): (&Vec<Rational>, &u64)| -> Vec<f64> {
        let weight = (*n as f64 / *most as f64).sqrt();
        t.iter().map(|x| (x / &largest).to_f64().unwrap_or(0.0) * weight).collect()
    };
    let mut floats: Vec<Vec<f64>> = seen.iter().zip(problem.counts()).map(float).collect();
    // Fewer classes than outputs: columns of zeros complete the basis.
    floats.resize(floats.len().max(problem.outputs()), vec![0.0; problem.outputs()]);
    hints::spectrum::left_singular(&floats)
}

/// Near-eigenvectors in fixed point with `places` binary places, grouped into clusters.
struct Eigenbasis {
    places: i64,
    /// Columns.
    vectors: Vec<Vec<Integer>>,
    clusters: Vec<Range<usize>>,
    /// `Xᵀ B X` and `Xᵀ X`, both with `2·places` binary places.
    form: Vec<Vec<Integer>>,
    gram: Vec<Vec<Integer>>,
}

impl Eigenbasis {
    fn of(problem: &Problem, b: &[Vec<Integer>], bits: u32, iterations: usize) -> Option<Self> {
        let k = b.len();
        let modes = match problem.targets() {
            Targets::Columns(columns) => candidates(problem, columns),
            _ => {
                let most = b.iter().flatten().map(|x| x.bits()).max()?;
                let float = |x: &Integer| (x >> most.saturating_sub(96)).to_f64().unwrap_or(0.0);
                let floats: Vec<Vec<f64>> = b.iter().map(|row| row.iter().map(float).collect()).collect();
                let most = floats.iter().flatten().fold(0.0, |most: f64, x| most.max(x.abs()));
                let scaled = |row: Vec<f64>| row.into_iter().map(|x| x / most).collect();
                hints::spectrum::left_singular(&floats.into_iter().map(scaled).collect::<Vec<_>>())
            }
        }?;
        let mut clusters: Vec<Range<usize>> = Vec::new();
        for i in 0..k {
            match clusters.last_mut() {
                Some(last) if modes[last.start].0 - modes[i].0 <= CLUSTER * modes[0].0 => last.end = i + 1,
                _ => clusters.push(i..i + 1),
            }
        }
        let places = i64::from(bits) + 24;
        let floats: Vec<Vec<f64>> = modes.into_iter().map(|(_, vector)| vector).collect();
        let Basis { vectors, clusters } = sharpened(b, &floats, &clusters, places, iterations)?;
        let images: Vec<Vec<Integer>> = vectors.iter().map(|x| times(b, x)).collect();
        let (form, gram) = (inner_products(&vectors, &images), inner_products(&vectors, &vectors));
        Some(Self { places, vectors, clusters, form, gram })
    }

    /// Brackets for every cluster, proved, and their projectors.
    fn blocks(&self, b: &[Vec<Integer>], scale: &Rational, bits: u32) -> Option<Vec<Block>> {
        let mut brackets = Vec::new();
        for cluster in &self.clusters {
            let (low, high) = self.bracket(cluster);
            let (below, above) = (self.count_below(&low)?, self.count_below(&high)?);
            let expected = b.len() - cluster.end..b.len() - cluster.start;
            if (below..above) != expected {
                return None;
            }
            if brackets.last().is_some_and(|(above, _)| *above <= high) {
                return None;
            }
            brackets.push((low, high));
        }
        let block = |(i, cluster): (usize, &Range<usize>)| {
            let (low, high) = &brackets[i];
            let above = if i > 0 { Some(&brackets[i - 1].0) } else { None };
            let below = brackets.get(i + 1).map(|next| &next.1);
            let integer = Rational::from(low.ceil().to_integer());
            let exact = integer <= *high && has_nullity(&shifted(b, integer.numer()), cluster.len());
            if exact && integer.is_zero() {
                return None;
            }
            let target_sq = if exact {
                (&integer / scale).into()
            } else {
                Enclosure::hull(&(low / scale), &(high / scale), bits)
            };
            let equal = exact || cluster.len() == 1;
            Some(Block {
                target_sq,
                multiplicity: cluster.len(),
                repetition: if equal { Repetition::Equal } else { Repetition::Cluster },
                directions: Directions::Dense(Box::new(self.directions(
                    b,
                    cluster,
                    (low, high),
                    (above, below),
                    bits,
                ))),
            })
        };
        Some(self.clusters.par_iter().enumerate().filter_map(block).collect())
    }

    fn value(&self, x: &Integer) -> Rational {
        Dyadic::new(x.clone(), -2 * self.places).to_rational()
    }

    /// Where diagonal dominance should hold on either side of a cluster, on the scale `2^-places`.
    fn bracket(&self, cluster: &Range<usize>) -> (Rational, Rational) {
        let places = self.places.unsigned_abs();
        let first = cluster.start;
        let middle =
            (&self.form[first][first] << places) / self.gram[first][first].clone().max(Integer::one());
        // Sums on the scale 2^-3·places.
        let spread = |i: usize| -> Integer {
            let term = |j: usize| {
                let (form, gram) = (&self.form[i][j], &self.gram[i][j]);
                match i == j {
                    true => ((form << places) - &middle * gram).abs(),
                    false => (form.abs() << places) + middle.abs() * gram.abs(),
                }
            };
            (0..self.gram.len()).map(term).sum()
        };
        let widest = cluster.clone().map(spread).max().expect("a cluster has a member");
        let reach: Integer = (widest >> (2 * places - 2)) + 2;
        let point = |x: Integer| Dyadic::new(x, -self.places).to_rational();
        (point(&middle - &reach), point(middle + reach))
    }

    /// How many eigenvalues of `B` lie below `t`; `None` if dominance does not prove it.
    fn count_below(&self, t: &Rational) -> Option<usize> {
        let (p, q) = (t.numer(), t.denom());
        let entry = |i: usize, j: usize| &self.form[i][j] * q - &self.gram[i][j] * p;
        let mut negative = 0;
        for i in 0..self.gram.len() {
            let off: Integer = (0..self.gram.len()).filter(|j| *j != i).map(|j| entry(i, j).abs()).sum();
            let diagonal = entry(i, i);
            if diagonal.abs() <= off {
                return None;
            }
            negative += usize::from(diagonal.is_negative());
        }
        // The vectors are independent: their Gram matrix is diagonally dominant too.
        let independent = (0..self.gram.len()).all(|i| {
            let off: Integer = (0..self.gram.len()).filter(|j| *j != i).map(|j| self.gram[i][j].abs()).sum();
            self.gram[i][i] > off
        });
        independent.then_some(negative)
    }

    fn directions(
        &self,
        b: &[Vec<Integer>],
        cluster: &Range<usize>,
        (low, high): (&Rational, &Rational),
        (above, below): (Option<&Rational>, Option<&Rational>),
        bits: u32,
    ) -> DenseBlock {
        let two = whole(2);
        let θ = (low + high) / &two;
        let gap = [above.map(|t| t - &θ), below.map(|t| &θ - t)].into_iter().flatten().min();
        let departure = self.departure(cluster);
        if departure > Rational::new(Integer::one(), Integer::from(8)) {
            return unknown(bits);
        }
        // The factors 2 cover 1/√(1 − departure) and 1/(1 − departure).
        let radius = match gap {
            // One block is everything there is.
            None => Rational::zero(),
            Some(gap) => self.residual(b, cluster, &θ) / gap * two.clone(),
        } + departure * &two;
        DenseBlock {
            vectors: self.vectors[cluster.clone()].to_vec(),
            places: self.places,
            radius: Dyadic::from_rational(&radius, bits, Toward::Up),
            bits,
        }
    }

    /// An upper bound of `‖B X_b − θ X_b‖_F`: the sum of the absolute entries.
    fn residual(&self, b: &[Vec<Integer>], cluster: &Range<usize>, θ: &Rational) -> Rational {
        let (p, q) = (θ.numer(), θ.denom());
        let column = |c: usize| -> Integer {
            let image = times(b, &self.vectors[c]);
            image.iter().zip(&self.vectors[c]).map(|(y, x)| (y * q - x * p).abs()).sum()
        };
        let total: Integer = cluster.clone().map(column).sum();
        Dyadic::new(total, -self.places).to_rational() / q
    }

    /// An upper bound of `‖X_bᵀ X_b − I‖_F`: the sum of the absolute entries; far below 1/2.
    fn departure(&self, cluster: &Range<usize>) -> Rational {
        let one = Integer::one() << (2 * self.places).unsigned_abs();
        let total: Integer = cluster
            .clone()
            .flat_map(|i| cluster.clone().map(move |j| (i, j)))
            .map(|(i, j)| if i == j { (&self.gram[i][j] - &one).abs() } else { self.gram[i][j].abs() })
            .sum();
        self.value(&total)
    }
}

/// `B − tI`.
fn shifted(b: &[Vec<Integer>], t: &Integer) -> Vec<Vec<Integer>> {
    let mut shifted = b.to_vec();
    shifted.iter_mut().enumerate().for_each(|(i, row)| row[i] -= t);
    shifted
}
