//! The congruence step: signs of a diagonally dominant matrix count eigenvalues.

use super::given::{Given, Targets};
use super::matrix::{Matrix, dot, transposed};
use super::modes::Entry;
use super::number::Number;
use super::reader::{Pair, Reader};
use super::rejection::{Check, require, short};
use super::work::{Work, product};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// The step as written.
pub struct Congruence {
    vectors: Matrix,
    points: Vec<Pair>,
    /// For each entry and for zero, eigenvectors of one column each.
    null: Vec<Vec<Matrix>>,
}

/// `A = B/scale` and a congruence of it, in integers.
struct Form {
    matrix: Vec<Vec<BigInt>>,
    scale: BigInt,
    /// `Xᵀ B X` and `scale · Xᵀ X`, `X` in integers.
    form: Vec<Vec<BigInt>>,
    gram: Vec<Vec<BigInt>>,
}

impl Congruence {
    pub fn read(reader: &mut Reader) -> Check<Self> {
        reader.next_key("vectors")?;
        let vectors = reader.matrix()?;
        reader.next_key("points")?;
        let points = reader.list(Reader::pair)?;
        reader.next_key("null")?;
        let vector = |r: &mut Reader| Ok(Matrix::of(&[r.column()?]));
        let null = reader.list(|r| r.list(vector))?;
        Ok(Self { vectors, points, null })
    }

    /// The products of three matrices, the form at each point, and the images of eigenvectors.
    pub fn work(&self, given: &Given, entries: &[Entry], work: &mut Work) {
        let k = given.outputs;
        let seen = given.targets.bits().saturating_add(given.samples.bits()).saturating_add(1);
        let a = seen.saturating_mul(2).saturating_add(given.samples.bits()).saturating_add(8);
        let x = self.vectors.bits;
        let form = x.saturating_mul(2).saturating_add(a).saturating_add(16);
        work.add(&[k, k, k.max(given.counts.len())], product(seen, seen));
        work.add(&[k, k, k, 3], product(x, x.saturating_add(a)));
        let pairs = self.points.iter().chain(entries.iter().map(|e| &e.target));
        let point = pairs.map(|p| p.low.bits().max(p.high.bits())).max().unwrap_or(0);
        work.add(&[k, k, 4, self.points.len()], product(form, point));
        for vector in self.null.iter().flatten() {
            work.add(&[k, k], product(a, vector.bits));
            work.add(&[k, 4], product(a.saturating_add(vector.bits), point));
        }
    }

    pub fn check(&self, given: &Given, entries: &[Entry], zeros: usize) -> Check<()> {
        let outputs = given.outputs;
        let square = self.vectors.has_shape(outputs, outputs);
        require!(square, Malformed, "vectors", "another shape", format!("{outputs} × {outputs}"));
        let (number, lists) = (self.points.len(), entries.len().saturating_add(1));
        require!(entries.len() == number, ModeCount, "modes", entries.len(), number);
        require!(self.null.len() == lists, Malformed, "null", self.null.len(), format!("{lists} lists"));
        let lengths = self.null.iter().flatten().all(|v| v.first().len() == outputs);
        require!(lengths, Malformed, "null", "another length", outputs);
        let form = Form::of(given, &self.vectors);
        self.check_numbers(&form, entries, zeros, outputs)?;
        for ((entry, points), null) in entries.iter().zip(&self.points).zip(&self.null) {
            check_target(&form, entry, points, null)?;
        }
        let last = self.null.last().map_or(&[][..], Vec::as_slice);
        form.check_eigenvectors(&Number::whole(0), zeros, last, "zero_targets")
    }

    /// As many eigenvalues lie between the points as are claimed, and in all as many as there are outputs.
    fn check_numbers(&self, form: &Form, entries: &[Entry], zeros: usize, outputs: usize) -> Check<()> {
        let mut numbers = Vec::new();
        for (entry, points) in entries.iter().zip(&self.points) {
            let place = entry.place.as_str();
            numbers.push((form.below(&points.low, place)?, form.below(&points.high, place)?));
        }
        let mut above: Option<&Number> = None;
        for ((entry, points), (low, high)) in entries.iter().zip(&self.points).zip(&numbers) {
            let (place, inside) = (entry.place.as_str(), high.saturating_sub(*low));
            require!(inside > 0, Inertia, place, "points around nothing", "around an eigenvalue");
            require!(inside == entry.multiplicity, Inertia, place, entry.multiplicity, inside);
            let apart = above.is_none_or(|above| points.high <= *above);
            require!(apart, Inertia, place, short(&points.high), "at most the lower point before");
            above = Some(&points.low);
        }
        let below = numbers.last().map_or(outputs, |(low, _)| *low);
        require!(below == zeros, Zeros, "zero_targets", zeros, below);
        let counted = entries.iter().fold(zeros, |sum, e| sum.saturating_add(e.multiplicity));
        require!(counted == outputs, Zeros, "zero_targets", counted, outputs);
        Ok(())
    }
}

/// Different ends enclose the points; equal ones lie between them and have their eigenvectors.
fn check_target(form: &Form, entry: &Entry, points: &Pair, null: &[Matrix]) -> Check<()> {
    let (target, place) = (&entry.target, entry.place.as_str());
    let (inner, outer) = if target.is_exact() { (target, points) } else { (points, target) };
    let encloses = outer.low <= inner.low && inner.high <= outer.high;
    let found = || format!("points {} to {}", short(&points.low), short(&points.high));
    let needed = || format!("around {} to {}", short(&target.low), short(&target.high));
    require!(encloses, Target, place, found(), needed());
    if target.is_exact() {
        return form.check_eigenvectors(&target.low, entry.multiplicity, null, place);
    }
    require!(null.is_empty(), Malformed, place, "null vectors", "none");
    Ok(())
}

impl Form {
    fn of(given: &Given, vectors: &Matrix) -> Self {
        let times = |x: &[Vec<BigInt>], y: &[Vec<BigInt>]| -> Vec<Vec<BigInt>> {
            x.iter().map(|v| y.iter().map(|w| dot(v, w)).collect()).collect()
        };
        let (matrix, scale) = match &given.targets {
            Targets::OneHot => (Vec::new(), BigInt::from(1)),
            Targets::Columns(targets) => {
                let (seen, unit) = seen(given, targets);
                let weigh = |(t, n): (&Vec<BigInt>, &u64)| t.iter().map(|x| x * BigInt::from(*n)).collect();
                let weighted: Vec<Vec<BigInt>> = seen.iter().zip(&given.counts).map(weigh).collect();
                // Rows of T: A_ij = Σ_k n_k t_ik t_jk.
                (times(&transposed(&seen), &transposed(&weighted)), &unit * &unit)
            }
            Targets::Covariance(moments) => {
                let times_samples = |c: &Vec<BigInt>| c.iter().map(|x| x * &given.samples).collect();
                (moments.columns.iter().map(times_samples).collect(), moments.unit.clone())
            }
        };
        let x = &vectors.columns;
        let form = times(x, &times(x, &matrix));
        let mut gram = times(x, x);
        gram.iter_mut().flatten().for_each(|entry| *entry *= &scale);
        Self { matrix, scale, form, gram }
    }

    /// Eigenvalues of `A` below a point.
    fn below(&self, t: &Number, place: &str) -> Check<usize> {
        let (p, q) = (&t.top, &t.bottom);
        let mut negative: usize = 0;
        for (i, (form, gram)) in self.form.iter().zip(&self.gram).enumerate() {
            let (mut diagonal, mut off) = (BigInt::zero(), BigInt::zero());
            for (j, (f, g)) in form.iter().zip(gram).enumerate() {
                let entry = f * q - g * p;
                if i == j { diagonal = entry } else { off += entry.abs() }
            }
            let dominant = diagonal.abs() > off;
            let found = || format!("diagonal {} at {}", short(&diagonal), short(t));
            require!(dominant, Dominance, place, found(), format!("above {} in size", short(&off)));
            negative = negative.saturating_add(usize::from(diagonal.is_negative()));
        }
        Ok(negative)
    }

    /// Independent vectors with `A v = μ v`.
    fn check_eigenvectors(&self, μ: &Number, number: usize, vectors: &[Matrix], place: &str) -> Check<()> {
        require!(vectors.len() == number, NullVector, place, vectors.len(), format!("{number} vectors"));
        for v in vectors {
            let v = v.first();
            let mut rows = self.matrix.iter().zip(v);
            let holds = rows.all(|(row, x)| dot(row, v) * &μ.bottom == x * &μ.top * &self.scale);
            require!(holds, NullVector, place, "A v", format!("{} v", short(μ)));
        }
        let filled = |at: usize| {
            let zero = |v: &&Matrix| v.first().get(at).is_none_or(Zero::is_zero);
            vectors.len().saturating_sub(vectors.iter().filter(zero).count())
        };
        let filled: Vec<usize> = (0..self.matrix.len()).map(filled).collect();
        for v in vectors {
            let own = v.first().iter().zip(&filled).any(|(x, filled)| *x == v.unit && *filled == 1);
            require!(own, Independence, place, "a vector without a one of its own", "one");
        }
        Ok(())
    }
}

/// Class targets less their mean over samples, if there is a bias, and their denominator.
fn seen(given: &Given, targets: &Matrix) -> (Vec<Vec<BigInt>>, BigInt) {
    if !given.bias {
        return (targets.columns.clone(), targets.unit.clone());
    }
    let counts: Vec<BigInt> = given.counts.iter().map(|n| BigInt::from(*n)).collect();
    let sums: Vec<BigInt> = transposed(&targets.columns).iter().map(|row| dot(row, &counts)).collect();
    let less = |t: &Vec<BigInt>| t.iter().zip(&sums).map(|(x, sum)| x * &given.samples - sum).collect();
    (targets.columns.iter().map(less).collect(), &targets.unit * &given.samples)
}
