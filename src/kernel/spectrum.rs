//! The spectrum step: are the claimed targets the squared singular values of the problem's targets?

use super::given::Given;
use super::optimum::Entry;
use super::reader::{Pair, Reader};
use super::{Check, Reason, reject, require, short};
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

/// Binary places of the secular sum at most.
const MAX_PLACES: usize = 4096;

type Columns = Vec<Vec<BigRational>>;

/// The step as written.
pub enum Step {
    Counts,
    Secular { places: usize },
    Congruence { vectors: Columns, points: Vec<Pair>, null: Vec<Columns> },
}

impl Step {
    pub fn read(reader: &mut Reader) -> Check<Self> {
        reader.symbol('{')?;
        reader.key("step")?;
        let column = |r: &mut Reader| r.list(Reader::number);
        let step = match reader.text()? {
            "counts" => Self::Counts,
            "secular" => {
                reader.next_key("places")?;
                Self::Secular { places: reader.whole()? }
            }
            "congruence" => {
                reader.next_key("vectors")?;
                let vectors = reader.list(column)?;
                reader.next_key("points")?;
                let points = reader.list(Reader::pair)?;
                reader.next_key("null")?;
                let null = reader.list(|r| r.list(column))?;
                Self::Congruence { vectors, points, null }
            }
            other => return reject(Reason::Malformed, "step", other, "counts, secular or congruence"),
        };
        reader.symbol('}')?;
        Ok(step)
    }

    pub fn check(&self, given: &Given, entries: &[Entry], zeros: usize) -> Check<()> {
        for pair in entries.windows(2) {
            if let [larger, smaller] = pair {
                let (low, high) = (&larger.target.low, &smaller.target.high);
                require(
                    low > high,
                    Reason::Order,
                    &larger.place,
                    short(low),
                    format!("above {}", short(high)),
                )?;
            }
        }
        if let Some(last) = entries.last() {
            let low = &last.target.low;
            require(low.is_positive(), Reason::Positive, &last.place, short(low), "above 0")?;
        }
        match (self, &given.targets) {
            (Self::Counts, None) if !given.bias => counts(given, entries, zeros),
            (Self::Secular { places }, None) if given.bias => secular(given, entries, zeros, *places),
            (Self::Congruence { vectors, points, null }, Some(targets)) => {
                Congruence::of(given, targets, vectors)?.check(entries, zeros, points, null)
            }
            _ => reject(Reason::Malformed, "step", "a step for other targets", "the one for these"),
        }
    }
}

fn is_count(entry: &Entry, count: u64, multiplicity: usize) -> Check<()> {
    let value = BigRational::from(BigInt::from(count));
    let (target, place) = (&entry.target, entry.place.as_str());
    let exact = target.is_exact() && target.low == value;
    require(exact, Reason::Target, place, short(&target.low), format!("exactly {count}"))?;
    has_multiplicity(entry, multiplicity)
}

fn has_multiplicity(entry: &Entry, needed: usize) -> Check<()> {
    require(entry.multiplicity == needed, Reason::Multiplicity, &entry.place, entry.multiplicity, needed)
}

fn has_length(entries: &[Entry], needed: usize) -> Check<()> {
    require(entries.len() == needed, Reason::ModeCount, "modes", entries.len(), needed)
}

fn counts(given: &Given, entries: &[Entry], zeros: usize) -> Check<()> {
    let groups = given.groups();
    has_length(entries, groups.len())?;
    for (entry, (count, multiplicity)) in entries.iter().zip(groups) {
        is_count(entry, count, multiplicity)?;
    }
    require(zeros == 0, Reason::Zeros, "zero_targets", zeros, 0)
}

fn secular(given: &Given, entries: &[Entry], zeros: usize, places: usize) -> Check<()> {
    require(places <= MAX_PLACES, Reason::Malformed, "places", places, format!("at most {MAX_PLACES}"))?;
    let groups = given.groups();
    let repeated = groups.iter().filter(|(_, m)| *m > 1).count();
    has_length(entries, repeated.saturating_add(groups.len()).saturating_sub(1))?;
    let mut rest = entries.iter();
    let mut below = groups.iter().skip(1);
    for (count, multiplicity) in &groups {
        if *multiplicity > 1
            && let Some(entry) = rest.next()
        {
            is_count(entry, *count, multiplicity.saturating_sub(1))?;
        }
        if let Some((next, _)) = below.next()
            && let Some(entry) = rest.next()
        {
            has_multiplicity(entry, 1)?;
            is_root(entry, &groups, (*next, *count), places)?;
        }
    }
    require(zeros == 1, Reason::Zeros, "zero_targets", zeros, 1)
}

/// The root of the secular sum between two neighbouring counts.
fn is_root(entry: &Entry, groups: &[(u64, usize)], (below, above): (u64, u64), places: usize) -> Check<()> {
    let (target, place) = (&entry.target, entry.place.as_str());
    let count = |n: u64| BigRational::from(BigInt::from(n));
    let between = target.low > count(below) && target.high < count(above);
    let ends = format!("{} and {}", short(&target.low), short(&target.high));
    require(between, Reason::Poles, place, ends, format!("strictly between {below} and {above}"))?;
    let terms = |t: &BigRational| -> Vec<(BigInt, BigInt)> {
        let (p, q) = (t.numer(), t.denom());
        groups
            .iter()
            .map(|(c, m)| (BigInt::from(*c) * BigInt::from(*m) * q, BigInt::from(*c) * q - p))
            .collect()
    };
    if target.is_exact() {
        let sum: BigRational = terms(&target.low).into_iter().map(|(a, b)| BigRational::new(a, b)).sum();
        return require(sum.is_zero(), Reason::SecularSign, place, short(&sum), "exactly 0");
    }
    // Rounded down; each of the G terms loses less than one unit.
    let sum =
        |t: &BigRational| -> BigInt { terms(t).into_iter().map(|(a, b)| (a << places).div_floor(&b)).sum() };
    let (low, high) = (sum(&target.low), sum(&target.high));
    let slack = BigInt::from(groups.len());
    let sign = |x: &BigInt| format!("a sum of {} units", short(&x.clone().into()));
    require(
        (&low + slack).is_negative(),
        Reason::SecularSign,
        place,
        sign(&low),
        "negative at the lower end",
    )?;
    require(high.is_positive(), Reason::SecularSign, place, sign(&high), "positive at the upper end")
}

/// `A = B/scale` and a congruence of it, in integers.
struct Congruence {
    classes: usize,
    matrix: Vec<Vec<BigInt>>,
    scale: BigInt,
    /// `Xᵀ B X` and `scale · Xᵀ X`, `X` in integers.
    form: Vec<Vec<BigInt>>,
    gram: Vec<Vec<BigInt>>,
}

pub fn dot(x: &[BigInt], y: &[BigInt]) -> BigInt {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

/// Rationals over their common denominator.
pub fn integers(columns: &Columns) -> (Vec<Vec<BigInt>>, BigInt) {
    let common = columns.iter().flatten().fold(BigInt::one(), |l, x| l.lcm(x.denom()));
    let whole = |x: &BigRational| x.numer() * (&common / x.denom());
    (columns.iter().map(|c| c.iter().map(whole).collect()).collect(), common)
}

fn is_square(columns: &Columns, size: usize) -> bool {
    columns.len() == size && columns.iter().all(|c| c.len() == size)
}

impl Congruence {
    fn of(given: &Given, targets: &Columns, vectors: &Columns) -> Check<Self> {
        let classes = given.counts.len();
        let square = is_square(vectors, classes);
        require(square, Reason::Malformed, "vectors", "another shape", format!("{classes} × {classes}"))?;
        let seen = seen(given, targets);
        let weighted: Columns = seen
            .iter()
            .zip(&given.counts)
            .map(|(t, n)| t.iter().map(|x| x * BigRational::from(BigInt::from(*n))).collect())
            .collect();
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
        Ok(Self { classes, matrix, scale, form, gram })
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
            let (diagonal_text, off) = (short(&diagonal.clone().into()), short(&off.into()));
            let found = format!("diagonal {diagonal_text} at {}", short(t));
            require(dominant, Reason::Dominance, place, found, format!("above {off} in size"))?;
            negative = negative.saturating_add(usize::from(diagonal.is_negative()));
        }
        Ok(negative)
    }

    fn check(&self, entries: &[Entry], zeros: usize, points: &[Pair], null: &[Columns]) -> Check<()> {
        has_length(entries, points.len())?;
        let lists = entries.len().saturating_add(1);
        require(null.len() == lists, Reason::Malformed, "null", null.len(), format!("{lists} lists"))?;
        let lengths = null.iter().flatten().all(|v| v.len() == self.classes);
        require(lengths, Reason::Malformed, "null", "another length", self.classes)?;
        let mut lowest: Option<(&BigRational, usize)> = None;
        for ((entry, points), null) in entries.iter().zip(points).zip(null) {
            let place = entry.place.as_str();
            let (low, high) = (self.below(&points.low, place)?, self.below(&points.high, place)?);
            let inside = high.saturating_sub(low);
            require(inside > 0, Reason::Inertia, place, "points around nothing", "around an eigenvalue")?;
            require(inside == entry.multiplicity, Reason::Inertia, place, entry.multiplicity, inside)?;
            if let Some((above, _)) = lowest {
                let apart = points.high <= *above;
                let needed = format!("at most {}", short(above));
                require(apart, Reason::Inertia, place, short(&points.high), needed)?;
            }
            lowest = Some((&points.low, low));
            let target = &entry.target;
            let (inner, outer) = if target.is_exact() { (target, points) } else { (points, target) };
            let encloses = outer.low <= inner.low && inner.high <= outer.high;
            let found = format!("points {} to {}", short(&points.low), short(&points.high));
            let needed = format!("around {} to {}", short(&target.low), short(&target.high));
            require(encloses, Reason::Target, place, found, needed)?;
            if target.is_exact() {
                // The upper point itself is not inside.
                let inside = target.high < points.high;
                require(inside, Reason::Target, place, short(&target.high), "below the upper point")?;
                self.eigenvectors(&target.low, entry.multiplicity, null, place)?;
            } else {
                require(null.is_empty(), Reason::Malformed, place, "null vectors", "none")?;
            }
        }
        let counted = entries.iter().fold(zeros, |sum, e| sum.saturating_add(e.multiplicity));
        require(counted == self.classes, Reason::Zeros, "zero_targets", counted, self.classes)?;
        let below = lowest.map_or(self.classes, |(_, below)| below);
        require(below == zeros, Reason::Zeros, "zero_targets", zeros, below)?;
        let last = null.last().map_or(&[][..], Vec::as_slice);
        self.eigenvectors(&BigRational::zero(), zeros, last, "zero_targets")
    }

    /// Independent vectors with `A v = μ v`.
    fn eigenvectors(
        &self,
        μ: &BigRational,
        number: usize,
        vectors: &[Vec<BigRational>],
        place: &str,
    ) -> Check<()> {
        require(
            vectors.len() == number,
            Reason::NullVector,
            place,
            vectors.len(),
            format!("{number} vectors"),
        )?;
        for v in vectors {
            let (whole, _) = integers(&vec![v.clone()]);
            let whole = whole.first().map_or(&[][..], Vec::as_slice);
            let holds = self
                .matrix
                .iter()
                .zip(whole)
                .all(|(row, x)| dot(row, whole) * μ.denom() == x * μ.numer() * &self.scale);
            require(holds, Reason::NullVector, place, "A v", format!("{} v", short(μ)))?;
        }
        for (i, v) in vectors.iter().enumerate() {
            let own = v.iter().enumerate().any(|(at, x)| {
                let others = vectors.iter().enumerate().filter(|(j, _)| *j != i);
                x.is_one() && others.into_iter().all(|(_, w)| w.get(at).is_some_and(Zero::is_zero))
            });
            require(own, Reason::Independence, place, "a vector without a one of its own", "one")?;
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
    let means: Vec<BigRational> = transposed(targets)
        .iter()
        .map(|row| {
            let terms = row.iter().zip(&given.counts);
            terms.map(|(x, n)| x * BigRational::from(BigInt::from(*n))).sum::<BigRational>() / &n
        })
        .collect();
    targets.iter().map(|t| t.iter().zip(&means).map(|(x, m)| x - m).collect()).collect()
}

fn transposed(columns: &Columns) -> Columns {
    let length = columns.first().map_or(0, Vec::len);
    let row = |i: usize| columns.iter().filter_map(|c| c.get(i).cloned()).collect();
    (0..length).map(row).collect()
}
