//! The spectrum of `T Tᵀ` for any rational class targets, proved by inertia.
//!
//! - `T Tᵀ` is rational; `B` is an integer multiple of it, so its rational eigenvalues are integers.
//! - A float SVD says where to look; inverse iteration sharpens its vectors `X` (columns, fixed point).
//! - Sylvester's law: for invertible `X`, `Xᵀ(B − tI)X` has as many negative eigenvalues as `B − tI`. With `X`
//!   close to an eigenbasis it is diagonally dominant, so counting negative diagonal entries is a proof.
//! - An invariant subspace: if all eigenvalues outside a block are at least `gap` away from `θ`, the
//!   projector onto the columns `X_b` differs from the true one by at most `‖B X_b − θ X_b‖_F / gap` (apart
//!   from the departure of `X_b` from orthonormality, which is added).

use super::spectrum::{Block, Directions, Repetition};
use crate::case::{Bias, Problem};
use crate::exact::{Dyadic, Enclosure, Integer, Rational, Toward, whole};
use crate::hints;
use num_integer::Integer as _;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::ops::Range;

/// A block whose directions were found numerically.
#[derive(Debug, Clone)]
pub struct DenseBlock {
    /// The orthogonal projector onto the block's directions, `K × K`, enclosed.
    pub projector: Vec<Vec<Enclosure>>,
}

/// Floats closer than this, relative to the largest, are one cluster until proven otherwise.
const CLUSTER: f64 = 1e-12;
/// Inverse iterations at most.
const ITERATIONS: usize = 24;
/// The shift of inverse iteration stands this many binary places off the candidate, so that no pivot vanishes.
const SHIFT_PLACES: i64 = 50;

/// Class targets as the problem sees them: `S`, or with a bias `S − (S n/N) 1ᵀ`. Columns.
pub fn seen_targets(problem: &Problem, columns: &[Vec<Rational>]) -> Vec<Vec<Rational>> {
    match problem.bias() {
        Bias::None => columns.to_vec(),
        Bias::LastLayer => {
            let mean = mean_target(problem, columns);
            columns.iter().map(|c| c.iter().zip(&mean).map(|(x, m)| x - m).collect()).collect()
        }
    }
}

/// The mean target `S n/N`, `K` numbers.
pub fn mean_target(problem: &Problem, columns: &[Vec<Rational>]) -> Vec<Rational> {
    let n = whole(problem.samples());
    let entry = |j: usize| -> Rational {
        let terms = columns.iter().zip(problem.counts());
        let sum: Rational = terms.map(|(c, n)| &c[j] * whole(*n)).sum();
        sum / &n
    };
    (0..problem.classes()).map(entry).collect()
}

/// `scale · T Tᵀ` as an integer matrix without a common factor, with the scale.
fn integer_gram(problem: &Problem, seen: &[Vec<Rational>]) -> (Vec<Vec<Integer>>, Rational) {
    let k = problem.classes();
    let entry = |i: usize, j: usize| -> Rational {
        let terms = seen.iter().zip(problem.counts());
        terms.map(|(t, n)| &t[i] * &t[j] * whole(*n)).sum()
    };
    let a: Vec<Vec<Rational>> = (0..k).map(|i| (0..k).map(|j| entry(i, j)).collect()).collect();
    let common = a.iter().flatten().fold(Integer::one(), |l, x| l.lcm(x.denom()));
    let mut b: Vec<Vec<Integer>> =
        a.iter().map(|row| row.iter().map(|x| x.numer() * (&common / x.denom())).collect()).collect();
    let factor = b.iter().flatten().fold(Integer::zero(), |g, x| g.gcd(x));
    if factor.is_zero() {
        return (b, Rational::one());
    }
    b.iter_mut().flatten().for_each(|x| *x = &*x / &factor);
    (b, Rational::new(common, factor))
}

/// Distinct non-zero eigenvalues of `T Tᵀ`, largest first, to about `bits` binary places relative to the
/// largest.
///
/// - Multiplicities add up to `K` minus the number of zero eigenvalues; every count is proved.
/// - Where the float candidates do not lead to a proof, one block from 0 to the trace is returned, as a
///   cluster: everything that follows is then undecided, not wrong.
pub fn blocks(problem: &Problem, columns: &[Vec<Rational>], bits: u32) -> Vec<Block> {
    let seen = seen_targets(problem, columns);
    let (b, scale) = integer_gram(problem, &seen);
    if b.iter().flatten().all(Zero::is_zero) {
        return Vec::new();
    }
    Eigenbasis::of(problem, &seen, &b, bits)
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

/// The witness behind [`blocks`] at the same precision; `None` if that proved nothing.
pub fn witness(problem: &Problem, columns: &[Vec<Rational>], bits: u32) -> Option<Witness> {
    let seen = seen_targets(problem, columns);
    let (b, scale) = integer_gram(problem, &seen);
    let basis = Eigenbasis::of(problem, &seen, &b, bits)?;
    let around = |cluster: &Range<usize>| {
        let (low, high) = basis.bracket(cluster);
        (low / &scale, high / &scale)
    };
    let points = basis.clusters.iter().map(around).collect();
    Some(Witness { vectors: basis.vectors, points })
}

/// `T Tᵀ`, exactly; rows.
pub fn target_gram(problem: &Problem, columns: &[Vec<Rational>]) -> Vec<Vec<Rational>> {
    let (b, scale) = integer_gram(problem, &seen_targets(problem, columns));
    b.into_iter().map(|row| row.into_iter().map(|x| Rational::from(x) / &scale).collect()).collect()
}

fn everything(b: &[Vec<Integer>], scale: &Rational, bits: u32) -> Block {
    let trace: Integer = (0..b.len()).map(|i| b[i][i].clone()).sum();
    let unknown = Enclosure::hull(&-Rational::one(), &Rational::one(), bits);
    Block {
        target_sq: Enclosure::hull(&Rational::zero(), &(Rational::from(trace) / scale), bits),
        multiplicity: b.len(),
        repetition: Repetition::Cluster,
        directions: Directions::Dense(Box::new(DenseBlock {
            projector: vec![vec![unknown; b.len()]; b.len()],
        })),
    }
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
    fn of(problem: &Problem, seen: &[Vec<Rational>], b: &[Vec<Integer>], bits: u32) -> Option<Self> {
        let k = b.len();
        let largest = seen.iter().flatten().map(|x| x.abs()).max()?;
        let most = problem.counts().iter().max()?;
        let float = |(t, n): (&Vec<Rational>, &u64)| -> Vec<f64> {
            let weight = (*n as f64 / *most as f64).sqrt();
            t.iter().map(|x| (x / &largest).to_f64().unwrap_or(0.0) * weight).collect()
        };
        let floats: Vec<Vec<f64>> = seen.iter().zip(problem.counts()).map(float).collect();
        let modes = hints::spectrum::left_singular(&floats)?;
        let mut clusters: Vec<Range<usize>> = Vec::new();
        for i in 0..k {
            match clusters.last_mut() {
                Some(last) if modes[last.start].0 - modes[i].0 <= CLUSTER * modes[0].0 => last.end = i + 1,
                _ => clusters.push(i..i + 1),
            }
        }
        let places = i64::from(bits) + 24;
        let sharpen = |cluster: &Range<usize>| sharpened(b, &modes[cluster.clone()], places);
        let vectors: Vec<Vec<Integer>> = clusters.iter().map(sharpen).collect::<Option<Vec<_>>>()?.concat();
        let images: Vec<Vec<Integer>> = vectors.iter().map(|x| times(b, x)).collect();
        let table = |left: &[Vec<Integer>], right: &[Vec<Integer>]| -> Vec<Vec<Integer>> {
            left.iter().map(|x| right.iter().map(|y| dot(x, y)).collect()).collect()
        };
        let (form, gram) = (table(&vectors, &images), table(&vectors, &vectors));
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
        let mut found = Vec::new();
        for (i, cluster) in self.clusters.iter().enumerate() {
            let (low, high) = &brackets[i];
            let above = if i > 0 { Some(&brackets[i - 1].0) } else { None };
            let below = brackets.get(i + 1).map(|next| &next.1);
            let integer = Rational::from(low.ceil().to_integer());
            let exact = integer <= *high && nullity(b, integer.numer()) == cluster.len();
            if exact && integer.is_zero() {
                continue;
            }
            let target_sq = if exact {
                (&integer / scale).into()
            } else {
                Enclosure::hull(&(low / scale), &(high / scale), bits)
            };
            let equal = exact || cluster.len() == 1;
            found.push(Block {
                target_sq,
                multiplicity: cluster.len(),
                repetition: if equal { Repetition::Equal } else { Repetition::Cluster },
                directions: Directions::Dense(Box::new(DenseBlock {
                    projector: self.projector(b, cluster, (low, high), (above, below), bits),
                })),
            });
        }
        Some(found)
    }

    fn value(&self, x: &Integer) -> Rational {
        Dyadic::new(x.clone(), -2 * self.places).to_rational()
    }

    /// Where diagonal dominance should hold on either side of a cluster.
    fn bracket(&self, cluster: &Range<usize>) -> (Rational, Rational) {
        let middle = self.value(&self.form[cluster.start][cluster.start])
            / self.value(&self.gram[cluster.start][cluster.start]);
        let spread = |i: usize| -> Rational {
            let off: Rational = (0..self.gram.len())
                .filter(|j| *j != i)
                .map(|j| {
                    self.value(&self.form[i][j].abs()) + middle.abs() * self.value(&self.gram[i][j].abs())
                })
                .sum();
            off + (self.value(&self.form[i][i]) - &middle * self.value(&self.gram[i][i])).abs()
        };
        let widest = cluster.clone().map(spread).max().expect("a cluster has a member");
        let unit = Dyadic::new(Integer::one(), -self.places).to_rational();
        let reach = widest * whole(4) + unit;
        (&middle - &reach, middle + reach)
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

    fn projector(
        &self,
        b: &[Vec<Integer>],
        cluster: &Range<usize>,
        (low, high): (&Rational, &Rational),
        (above, below): (Option<&Rational>, Option<&Rational>),
        bits: u32,
    ) -> Vec<Vec<Enclosure>> {
        let two = whole(2);
        let θ = (low + high) / &two;
        let gap = [above.map(|t| t - &θ), below.map(|t| &θ - t)].into_iter().flatten().min();
        let departure = self.departure(cluster);
        if departure > Rational::new(Integer::one(), Integer::from(8)) {
            let unknown = Enclosure::hull(&-Rational::one(), &Rational::one(), bits);
            return vec![vec![unknown; b.len()]; b.len()];
        }
        // The factors 2 cover 1/√(1 − departure) and 1/(1 − departure).
        let radius = match gap {
            // One block is everything there is.
            None => Rational::zero(),
            Some(gap) => self.residual(b, cluster, &θ) / gap * two.clone(),
        } + departure * &two;
        let radius = Dyadic::from_rational(&radius, bits, Toward::Up);
        let k = b.len();
        let entry = |i: usize, j: usize| {
            let sum: Integer = cluster.clone().map(|c| &self.vectors[c][i] * &self.vectors[c][j]).sum();
            let middle = Dyadic::new(sum, -2 * self.places);
            Enclosure::between(&middle.plus(&radius.negated()), &middle.plus(&radius), bits)
        };
        (0..k).map(|i| (0..k).map(|j| entry(i, j)).collect()).collect()
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

fn dot(x: &[Integer], y: &[Integer]) -> Integer {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

fn times(b: &[Vec<Integer>], x: &[Integer]) -> Vec<Integer> {
    b.iter().map(|row| dot(row, x)).collect()
}

/// Inverse iteration from float vectors that share an eigenvalue: orthonormal columns to about `places` binary
/// places, in fixed point. Nothing here is proven. `None` if the elimination breaks down.
fn sharpened(b: &[Vec<Integer>], modes: &[(f64, Vec<f64>)], places: i64) -> Option<Vec<Vec<Integer>>> {
    let bits = u32::try_from(places).ok()? + 64;
    let start: Vec<Vec<Dyadic>> =
        modes.iter().map(|(_, v)| v.iter().map(|x| hints::candidate(*x)).collect()).collect();
    let image = |x: &[Dyadic]| -> Vec<Dyadic> {
        b.iter()
            .map(|row| sum(row.iter().zip(x).map(|(b, x)| Dyadic::new(b.clone(), 0).times(x)), bits))
            .collect()
    };
    // The Rayleigh quotient of the first vector, moved off by a hair.
    let quotient = inner(&start[0], &image(&start[0]), bits).divided(
        &inner(&start[0], &start[0], bits),
        bits,
        Toward::Down,
    );
    let size = b.iter().flatten().map(|x| x.bits() as i64).max()?;
    let shift = quotient.plus(&Dyadic::new(Integer::one(), size - SHIFT_PLACES));
    let elimination = Elimination::of(b, &shift, bits)?;
    let mut vectors = start;
    for _ in 0..ITERATIONS {
        let next: Vec<Vec<Dyadic>> = vectors.iter().map(|v| elimination.solve(v, bits)).collect();
        let next = orthonormal(next, bits)?;
        let moved = next.iter().zip(&vectors).any(|(x, y)| {
            let overlap = inner(x, y, bits);
            let sign =
                if overlap.is_negative() { y.iter().map(Dyadic::negated).collect() } else { y.clone() };
            x.iter().zip(&sign).any(|(a, b)| {
                let step = a.plus(&b.negated());
                !step.is_zero() && step.magnitude() > -places
            })
        });
        vectors = next;
        if !moved {
            break;
        }
    }
    Some(vectors.iter().map(|v| v.iter().map(|x| x.fixed(places, Toward::Down)).collect()).collect())
}

fn sum(terms: impl Iterator<Item = Dyadic>, bits: u32) -> Dyadic {
    terms.fold(Dyadic::new(Integer::zero(), 0), |a, b| a.plus(&b).rounded(bits, Toward::Down))
}

fn inner(x: &[Dyadic], y: &[Dyadic], bits: u32) -> Dyadic {
    sum(x.iter().zip(y).map(|(a, b)| a.times(b)), bits)
}

/// Gram–Schmidt, twice for good measure in the size of the remainder.
fn orthonormal(vectors: Vec<Vec<Dyadic>>, bits: u32) -> Option<Vec<Vec<Dyadic>>> {
    let mut done: Vec<Vec<Dyadic>> = Vec::new();
    for mut v in vectors {
        for _ in 0..2 {
            for e in &done {
                let along = inner(e, &v, bits).negated();
                v = v
                    .iter()
                    .zip(e)
                    .map(|(x, e)| x.plus(&along.times(e)).rounded(bits, Toward::Down))
                    .collect();
            }
            let length = inner(&v, &v, bits).root(bits, Toward::Down);
            if length.is_zero() {
                return None;
            }
            v = v.iter().map(|x| x.divided(&length, bits, Toward::Down)).collect();
        }
        done.push(v);
    }
    Some(done)
}

/// Gaussian elimination of `B − sI` with partial pivoting, rounded.
struct Elimination {
    /// Row operations in order: `rows[i]` holds the multipliers left of the diagonal and `U` right of it.
    rows: Vec<Vec<Dyadic>>,
    order: Vec<usize>,
}

impl Elimination {
    fn of(b: &[Vec<Integer>], shift: &Dyadic, bits: u32) -> Option<Self> {
        let k = b.len();
        let mut rows: Vec<Vec<Dyadic>> =
            b.iter().map(|row| row.iter().map(|x| Dyadic::new(x.clone(), 0)).collect()).collect();
        for (i, row) in rows.iter_mut().enumerate() {
            row[i] = row[i].plus(&shift.negated()).rounded(bits, Toward::Down);
        }
        let mut order: Vec<usize> = (0..k).collect();
        for column in 0..k {
            let size = |i: &usize| {
                let x = &rows[*i][column];
                if x.is_zero() { i64::MIN } else { x.magnitude() }
            };
            let pivot = (column..k).max_by_key(size)?;
            rows.swap(column, pivot);
            order.swap(column, pivot);
            if rows[column][column].is_zero() {
                return None;
            }
            let (done, rest) = rows.split_at_mut(column + 1);
            let top = &done[column];
            for row in rest {
                let factor = row[column].divided(&top[column], bits, Toward::Down);
                for j in column + 1..k {
                    row[j] = row[j].plus(&factor.times(&top[j]).negated()).rounded(bits, Toward::Down);
                }
                row[column] = factor;
            }
        }
        Some(Self { rows, order })
    }

    fn solve(&self, right: &[Dyadic], bits: u32) -> Vec<Dyadic> {
        let mut x: Vec<Dyadic> = self.order.iter().map(|i| right[*i].clone()).collect();
        let less = |from: &Dyadic, by: &Dyadic| from.plus(&by.negated()).rounded(bits, Toward::Down);
        for i in 0..x.len() {
            for j in 0..i {
                x[i] = less(&x[i], &self.rows[i][j].times(&x[j]));
            }
        }
        for i in (0..x.len()).rev() {
            for j in i + 1..x.len() {
                x[i] = less(&x[i], &self.rows[i][j].times(&x[j]));
            }
            x[i] = x[i].divided(&self.rows[i][i], bits, Toward::Down);
        }
        x
    }
}

/// The dimension of the null space of `B − tI`, by fraction-free elimination.
fn nullity(b: &[Vec<Integer>], t: &Integer) -> usize {
    let k = b.len();
    let mut a = b.to_vec();
    for (i, row) in a.iter_mut().enumerate() {
        row[i] -= t;
    }
    let (mut rank, mut previous) = (0, Integer::one());
    for column in 0..k {
        let Some(pivot) = (rank..k).find(|i| !a[*i][column].is_zero()) else { continue };
        a.swap(rank, pivot);
        let (done, rest) = a.split_at_mut(rank + 1);
        let top = &done[rank];
        for row in rest {
            for j in column + 1..k {
                row[j] = (&row[j] * &top[column] - &row[column] * &top[j]) / &previous;
            }
            row[column] = Integer::zero();
        }
        previous = top[column].clone();
        rank += 1;
    }
    k - rank
}
