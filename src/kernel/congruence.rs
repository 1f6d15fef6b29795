//! The congruence step: signs of a diagonally dominant matrix count eigenvalues.

use super::given::Given;
use super::matrix::{Columns, count, dot, has_shape, integers, transposed};
use super::modes::Entry;
use super::reader::{Pair, Reader};
use super::rejection::{Check, require, short};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

/// The step as written.
pub struct Congruence {
    vectors: Columns,
    points: Vec<Pair>,
    null: Vec<Columns>,
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
        let vectors = reader.next_columns("vectors")?;
        reader.next_key("points")?;
        let points = reader.list(Reader::pair)?;
        reader.next_key("null")?;
        let null = reader.list(|r| r.list(|r| r.list(Reader::number)))?;
        Ok(Self { vectors, points, null })
    }

    pub fn check(&self, given: &Given, targets: &Columns, entries: &[Entry], zeros: usize) -> Check<()> {
        let classes = given.counts.len();
        let square = has_shape(&self.vectors, classes, classes);
        require!(square, Malformed, "vectors", "another shape", format!("{classes} × {classes}"));
        let (number, lists) = (self.points.len(), entries.len().saturating_add(1));
        require!(entries.len() == number, ModeCount, "modes", entries.len(), number);
        require!(self.null.len() == lists, Malformed, "null", self.null.len(), format!("{lists} lists"));
        let lengths = self.null.iter().flatten().all(|v| v.len() == classes);
        require!(lengths, Malformed, "null", "another length", classes);
        let form = Form::of(given, targets, &self.vectors);
        self.check_numbers(&form, entries, zeros, classes)?;
        for ((entry, points), null) in entries.iter().zip(&self.points).zip(&self.null) {
            check_target(&form, entry, points, null)?;
        }
        let last = self.null.last().map_or(&[][..], Vec::as_slice);
        form.check_eigenvectors(&BigRational::zero(), zeros, last, "zero_targets")
    }

    /// As many eigenvalues lie between the points as are claimed, and in all as many as there are classes.
    fn check_numbers(&self, form: &Form, entries: &[Entry], zeros: usize, classes: usize) -> Check<()> {
        let mut numbers = Vec::new();
        for (entry, points) in entries.iter().zip(&self.points) {
            let place = entry.place.as_str();
            numbers.push((form.below(&points.low, place)?, form.below(&points.high, place)?));
        }
        let mut above: Option<&BigRational> = None;
        for ((entry, points), (low, high)) in entries.iter().zip(&self.points).zip(&numbers) {
            let (place, inside) = (entry.place.as_str(), high.saturating_sub(*low));
            require!(inside > 0, Inertia, place, "points around nothing", "around an eigenvalue");
            require!(inside == entry.multiplicity, Inertia, place, entry.multiplicity, inside);
            let apart = above.is_none_or(|above| points.high <= *above);
            require!(apart, Inertia, place, short(&points.high), "at most the lower point before");
            above = Some(&points.low);
        }
        let below = numbers.last().map_or(classes, |(low, _)| *low);
        require!(below == zeros, Zeros, "zero_targets", zeros, below);
        let counted = entries.iter().fold(zeros, |sum, e| sum.saturating_add(e.multiplicity));
        require!(counted == classes, Zeros, "zero_targets", counted, classes);
        Ok(())
    }
}

/// Different ends enclose the points; equal ones lie between them and have their eigenvectors.
fn check_target(form: &Form, entry: &Entry, points: &Pair, null: &Columns) -> Check<()> {
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
    fn of(given: &Given, targets: &Columns, vectors: &Columns) -> Self {
        let seen = seen(given, targets);
        let weighted: Columns =
            seen.iter().zip(&given.counts).map(|(t, n)| t.iter().map(|x| x * count(*n)).collect()).collect();
        // Rows of T: A_ij = Σ_k n_k t_ik t_jk.
        let (rows, weighted) = (transposed(&seen), transposed(&weighted));
        let entry = |x: &Vec<BigRational>, y: &Vec<BigRational>| x.iter().zip(y).map(|(a, b)| a * b).sum();
        let a: Columns = rows.iter().map(|x| weighted.iter().map(|y| entry(x, y)).collect()).collect();
        let (matrix, scale) = integers(&a);
        let (x, _) = integers(vectors);
        let images: Vec<Vec<BigInt>> =
            x.iter().map(|v| matrix.iter().map(|row| dot(row, v)).collect()).collect();
        let form = x.iter().map(|v| images.iter().map(|w| dot(v, w)).collect()).collect();
        let gram = x.iter().map(|v| x.iter().map(|w| dot(v, w) * &scale).collect()).collect();
        Self { matrix, scale, form, gram }
    }

    /// Eigenvalues of `A` below a point.
    fn below(&self, t: &BigRational, place: &str) -> Check<usize> {
        let (p, q) = (t.numer(), t.denom());
        let mut negative: usize = 0;
        for (i, (form, gram)) in self.form.iter().zip(&self.gram).enumerate() {
            let (mut diagonal, mut off) = (BigInt::zero(), BigInt::zero());
            for (j, (f, g)) in form.iter().zip(gram).enumerate() {
                let entry = f * q - g * p;
                if i == j { diagonal = entry } else { off += entry.abs() }
            }
            let dominant = diagonal.abs() > off;
            let text = |x: &BigInt| short(&x.clone().into());
            let found = || format!("diagonal {} at {}", text(&diagonal), short(t));
            require!(dominant, Dominance, place, found(), format!("above {} in size", text(&off)));
            negative = negative.saturating_add(usize::from(diagonal.is_negative()));
        }
        Ok(negative)
    }

    /// Independent vectors with `A v = μ v`.
    fn check_eigenvectors(
        &self,
        μ: &BigRational,
        number: usize,
        vectors: &[Vec<BigRational>],
        place: &str,
    ) -> Check<()> {
        require!(vectors.len() == number, NullVector, place, vectors.len(), format!("{number} vectors"));
        for v in vectors {
            let (whole, _) = integers(std::slice::from_ref(v));
            let whole = whole.first().map_or(&[][..], Vec::as_slice);
            let mut rows = self.matrix.iter().zip(whole);
            let holds = rows.all(|(row, x)| dot(row, whole) * μ.denom() == x * μ.numer() * &self.scale);
            require!(holds, NullVector, place, "A v", format!("{} v", short(μ)));
        }
        for (i, v) in vectors.iter().enumerate() {
            let own = v.iter().enumerate().any(|(at, x)| {
                let others = vectors.iter().enumerate().filter(|(j, _)| *j != i);
                x.is_one() && others.into_iter().all(|(_, w)| w.get(at).is_some_and(Zero::is_zero))
            });
            require!(own, Independence, place, "a vector without a one of its own", "one");
        }
        Ok(())
    }
}

/// Class targets less their mean over samples, if there is a bias.
fn seen(given: &Given, targets: &Columns) -> Columns {
    if !given.bias {
        return targets.clone();
    }
    let n = BigRational::from(given.samples.clone());
    let mean = |row: &Vec<BigRational>| {
        let terms = row.iter().zip(&given.counts);
        terms.map(|(x, n)| x * count(*n)).sum::<BigRational>() / &n
    };
    let means: Vec<BigRational> = transposed(targets).iter().map(mean).collect();
    targets.iter().map(|t| t.iter().zip(&means).map(|(x, m)| x - m).collect()).collect()
}
