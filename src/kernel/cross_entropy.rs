//! The claims about cross-entropy: an enclosure of the optimum (one layer), and the refutation or, for two classes,
//! the proof of the simplex frame (more layers, equal counts).

use super::analysis::{Toward, exp, fixed, ln, one, rational};
use super::given::{Given, Loss};
use super::reader::{Pair, Reader};
use super::spectrum::{dot, integers};
use super::{Check, Reason, reject, require, short};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

type Columns = Vec<Vec<BigRational>>;

/// Reads what stands after the statement, and tests every condition.
pub fn check(given: &Given, statement: &str, reader: &mut Reader) -> Check<()> {
    let deep = given.depth > 1 && given.groups().len() == 1 && given.counts.len() > 1;
    let fits = given.loss == Loss::CrossEntropy
        && match statement {
            "ce-optimum" => given.depth == 1,
            "ce-frame-refuted" => deep && given.rank >= given.counts.len().saturating_sub(1),
            _ => deep && given.counts.len() == 2,
        };
    require(fits, Reason::Statement, "statement", statement, "one that speaks of such a problem")?;
    let claim = Claim::read(reader, statement)?;
    reader.next_key("proof")?;
    reader.symbol('[')?;
    let floor = match statement {
        "ce-optimum" => Floor::Dual(Dual::read(reader)?),
        _ => Floor::Frame(Frame::read(reader)?),
    };
    reader.symbol(',')?;
    let point = Point::read(reader)?;
    reader.symbol(']')?;
    reader.symbol('}')?;
    reader.end()?;
    let low = match floor {
        Floor::Dual(dual) => dual.bound(given)?,
        Floor::Frame(frame) => frame.bound(given)?,
    };
    let high = point.bound(given)?;
    let at_most = |x: &BigRational| format!("at most {}", short(x));
    let at_least = |x: &BigRational| format!("at least {}", short(x));
    match claim {
        Claim::Optimum(pair) => {
            require(pair.low <= low, Reason::Objective, "objective", short(&pair.low), at_most(&low))?;
            require(pair.high >= high, Reason::Objective, "objective", short(&pair.high), at_least(&high))
        }
        Claim::Refuted { frame, network } => {
            require(frame <= low, Reason::FrameBound, "frame_at_least", short(&frame), at_most(&low))?;
            let place = "network_at_most";
            require(network >= high, Reason::NetworkBound, place, short(&network), at_least(&high))?;
            let needed = format!("below {}", short(&frame));
            require(network < frame, Reason::Refutation, place, short(&network), needed)
        }
    }
}

enum Claim {
    Optimum(Pair),
    Refuted { frame: BigRational, network: BigRational },
}

enum Floor {
    Dual(Dual),
    Frame(Frame),
}

impl Claim {
    fn read(reader: &mut Reader, statement: &str) -> Check<Self> {
        let claim = if statement == "ce-frame-refuted" {
            reader.next_key("frame_at_least")?;
            let frame = reader.number()?;
            reader.next_key("network_at_most")?;
            Self::Refuted { frame, network: reader.number()? }
        } else {
            reader.next_key("objective")?;
            Self::Optimum(reader.pair()?)
        };
        reader.symbol('}')?;
        Ok(claim)
    }
}

fn step(reader: &mut Reader, name: &'static str) -> Check<()> {
    reader.symbol('{')?;
    reader.key("step")?;
    let found = reader.text()?;
    require(found == name, Reason::Malformed, "step", found, name)
}

fn count(n: u64) -> BigRational {
    BigRational::from(BigInt::from(n))
}

/// A function whose argument may be out of range.
fn ranged(value: Option<BigInt>, place: &str) -> Check<BigInt> {
    match value {
        Some(value) => Ok(value),
        None => reject(Reason::Range, place, "an exponent", "at most 10000 in size"),
    }
}

/// A plan `X` and the witness that `λ_W λ_H N² D − (D − X)ᵀ(D − X)` is positive semidefinite.
struct Dual {
    plan: Columns,
    weights: Vec<BigRational>,
    columns: Columns,
}

impl Dual {
    fn read(reader: &mut Reader) -> Check<Self> {
        step(reader, "dual")?;
        let column = |r: &mut Reader| r.list(Reader::number);
        reader.next_key("plan")?;
        let plan = reader.list(column)?;
        reader.next_key("weights")?;
        let weights = reader.list(Reader::number)?;
        reader.next_key("columns")?;
        let columns = reader.list(column)?;
        reader.symbol('}')?;
        Ok(Self { plan, weights, columns })
    }

    /// `Σ_k (n_k/N) entropy(X_k/n_k)`, rounded down.
    fn bound(&self, given: &Given) -> Check<BigRational> {
        let k = given.counts.len();
        let is = |columns: &Columns, number: usize| {
            columns.len() == number && columns.iter().all(|c| c.len() == k)
        };
        let shaped = is(&self.plan, k) && is(&self.columns, self.weights.len());
        require(shaped, Reason::Malformed, "plan", "another shape", format!("{k} × {k}, a weight a column"))?;
        let mut rows = vec![BigRational::zero(); k];
        for (column, n) in self.plan.iter().zip(&given.counts) {
            let sign = column.iter().find(|x| x.is_negative());
            require(
                sign.is_none(),
                Reason::PlanSign,
                "plan",
                sign.map_or(String::new(), short),
                "at least 0",
            )?;
            let sum: BigRational = column.iter().sum();
            require(sum == count(*n), Reason::PlanSums, "plan", short(&sum), format!("a column sum of {n}"))?;
            rows.iter_mut().zip(column).for_each(|(sum, x)| *sum += x);
        }
        for (sum, n) in rows.iter().zip(&given.counts).filter(|_| given.bias) {
            require(*sum == count(*n), Reason::PlanRows, "plan", short(sum), format!("a row sum of {n}"))?;
        }
        self.check_spectrum(given)?;
        let mut sum = BigInt::zero();
        for (column, n) in self.plan.iter().zip(&given.counts) {
            for x in column.iter().filter(|x| !x.is_zero()) {
                // −ln(x/n) = ln(n/x), times x.
                let ln = ln(&fixed(&(count(*n) / x), Toward::Down), Toward::Down);
                sum += fixed(&(rational(&ln) * x), Toward::Down);
            }
        }
        Ok(rational(&sum) / BigRational::from(given.samples.clone()))
    }

    fn check_spectrum(&self, given: &Given) -> Check<()> {
        let negative = self.weights.iter().find(|d| d.is_negative());
        require(
            negative.is_none(),
            Reason::Spectral,
            "weights",
            negative.map_or(String::new(), short),
            "at least 0",
        )?;
        let (plan, unit) = integers(&self.plan);
        let (columns, column_unit) = integers(&self.columns);
        let (weights, weight_unit) = integers(&vec![self.weights.clone()]);
        let weights = weights.first().map_or(&[][..], Vec::as_slice);
        let rest: Vec<Vec<BigInt>> = plan
            .iter()
            .zip(&given.counts)
            .enumerate()
            .map(|(c, (column, n))| {
                let entry = |(j, x): (usize, &BigInt)| if j == c { BigInt::from(*n) * &unit - x } else { -x };
                column.iter().enumerate().map(entry).collect()
            })
            .collect();
        // All entries times unit² · (denominator of Λ) · weight_unit · column_unit².
        let (top, bottom) = (given.product.numer(), given.product.denom());
        let of_squares = bottom * &weight_unit * &column_unit * &column_unit;
        let of_weights = bottom * &unit * &unit;
        let own = top
            * &given.samples
            * &given.samples
            * &unit
            * &unit
            * &weight_unit
            * &column_unit
            * &column_unit;
        let mut explained = vec![vec![BigInt::zero(); rest.len()]; rest.len()];
        for (d, c) in weights.iter().zip(&columns) {
            for (x, row) in c.iter().zip(explained.iter_mut()).filter(|(x, _)| !x.is_zero()) {
                let scaled = d * x;
                c.iter().zip(row).filter(|(y, _)| !y.is_zero()).for_each(|(y, sum)| *sum += &scaled * y);
            }
        }
        let rows = rest.iter().zip(&explained).zip(&given.counts).enumerate();
        for (i, ((x, explained), n)) in rows {
            let (mut diagonal, mut off) = (BigInt::zero(), BigInt::zero());
            for (j, (y, explained)) in rest.iter().zip(explained).enumerate() {
                let entry = -(dot(x, y) * &of_squares) - explained * &of_weights;
                if i == j { diagonal = entry + &own * BigInt::from(*n) } else { off += entry.abs() }
            }
            let (dominant, place) = (diagonal >= off, format!("row {}", i.saturating_add(1)));
            let (found, needed) = (short(&diagonal.into()), short(&off.into()));
            require(
                dominant,
                Reason::Spectral,
                &place,
                format!("diagonal {found}"),
                format!("at least {needed}"),
            )?;
        }
        Ok(())
    }
}

/// Two points around the best scale of a simplex frame.
struct Frame {
    low: BigRational,
    high: BigRational,
}

impl Frame {
    fn read(reader: &mut Reader) -> Check<Self> {
        step(reader, "frame")?;
        reader.next_key("low")?;
        let low = reader.number()?;
        reader.next_key("high")?;
        let high = reader.number()?;
        reader.symbol('}')?;
        Ok(Self { low, high })
    }

    /// `min(ln K, ln(1 + (K−1)e^{−high}) + a low^{2/L})`, rounded down.
    fn bound(&self, given: &Given) -> Check<BigRational> {
        let factors = given.depth.saturating_add(1);
        let others = BigInt::from(given.counts.len()) - 1;
        let n = given.counts.first().map_or(BigRational::zero(), |n| count(*n));
        let weight = &given.product * n;
        let ordered = self.low.is_positive() && self.low < self.high;
        let needed = format!("above 0 and below {}", short(&self.high));
        require(ordered, Reason::FrameLow, "low", short(&self.low), needed)?;
        // β^{L−2} against Λ n (e^β + K − 1)^L.
        let sides = |β: &BigRational, toward: Toward| -> Check<(BigRational, BigRational)> {
            let sum = ranged(exp(&fixed(β, toward), toward), "frame")? + &others * one();
            let power = |x: &BigRational, n: u32| num_traits::Pow::pow(x, n);
            Ok((power(β, factors.saturating_sub(2)), power(&rational(&sum), factors) * &weight))
        };
        let (left, right) = sides(&self.low, Toward::Up)?;
        require(left > right, Reason::FrameLow, "low", short(&left), format!("above {}", short(&right)))?;
        let (left, right) = sides(&self.high, Toward::Down)?;
        require(left < right, Reason::FrameHigh, "high", short(&left), format!("below {}", short(&right)))?;
        let small = ranged(exp(&fixed(&-self.high.clone(), Toward::Down), Toward::Down), "frame")?;
        let loss = ln(&(one() + &others * small), Toward::Down);
        // a β^{2/L} is the L-th root of (L (K−1)/2)^L Λ n β².
        let half = BigRational::new(BigInt::from(factors) * &others, BigInt::from(2));
        let inside = num_traits::Pow::pow(&half, factors) * weight * &self.low * &self.low;
        let shift = u64::from(super::analysis::PLACES).saturating_mul(u64::from(factors));
        let penalty = ((inside.numer() << shift) / inside.denom()).nth_root(factors);
        let zero = ln(&((others + BigInt::one()) * one()), Toward::Down);
        Ok(rational(&(loss + penalty).min(zero)))
    }
}

/// An explicit network: factors by columns, features first, equal within each class.
struct Point {
    bias: Vec<BigRational>,
    factors: Vec<Columns>,
}

impl Point {
    fn read(reader: &mut Reader) -> Check<Self> {
        step(reader, "point")?;
        reader.next_key("bias")?;
        let bias = reader.list(Reader::number)?;
        reader.next_key("factors")?;
        let factors = reader.list(|r| r.list(|r| r.list(Reader::number)))?;
        reader.symbol('}')?;
        Ok(Self { bias, factors })
    }

    fn check_shape(&self, given: &Given) -> Check<()> {
        let k = given.counts.len();
        let number = self.factors.len() == given.weights.len().saturating_add(1);
        let biased = self.bias.len() == if given.bias { k } else { 0 };
        require(
            number && biased,
            Reason::Shape,
            "factors",
            self.factors.len(),
            "features, M layers, the bias if any",
        )?;
        let mut columns = k;
        let heights = given.widths.iter().map(|d| (*d, false)).chain(std::iter::once((k, true)));
        for (i, (factor, (width, last))) in self.factors.iter().zip(heights).enumerate() {
            let height = factor.first().map_or(0, Vec::len);
            let even = factor.len() == columns && factor.iter().all(|c| c.len() == height);
            let fits = 0 < height && (height == width || (height < width && !last));
            let place = format!("factor {i}");
            let found = format!("{} columns of {height}", factor.len());
            let needed = format!("{columns} columns of {}{width}", if last { "" } else { "at most " });
            require(even && fits, Reason::Shape, &place, found, needed)?;
            columns = height;
        }
        Ok(())
    }

    /// The objective, rounded up.
    fn bound(&self, given: &Given) -> Check<BigRational> {
        self.check_shape(given)?;
        let square = |column: &Vec<BigRational>| -> BigRational { column.iter().map(|x| x * x).sum() };
        let mut penalty = BigRational::zero();
        let (mut logits, mut unit): (Vec<Vec<BigInt>>, BigInt) = (Vec::new(), BigInt::one());
        for (i, factor) in self.factors.iter().enumerate() {
            let (columns, scale) = integers(factor);
            if i == 0 {
                let squares = factor.iter().zip(&given.counts).map(|(c, n)| square(c) * count(*n));
                penalty += squares.sum::<BigRational>() * &given.features;
                (logits, unit) = (columns, scale);
            } else {
                let λ = given.weights.get(i.saturating_sub(1)).cloned().unwrap_or_else(BigRational::zero);
                penalty += factor.iter().map(square).sum::<BigRational>() * λ;
                let rows = transposed(&columns);
                logits = logits.iter().map(|z| rows.iter().map(|row| dot(row, z)).collect()).collect();
                unit *= scale;
            }
        }
        let zero = vec![BigRational::zero(); given.counts.len()];
        let bias = if given.bias { &self.bias } else { &zero };
        let mut loss = BigInt::zero();
        for (k, (column, n)) in logits.into_iter().zip(&given.counts).enumerate() {
            let logits: Vec<BigRational> =
                column.into_iter().zip(bias).map(|(z, b)| BigRational::new(z, unit.clone()) + b).collect();
            let own = logits.get(k).cloned().unwrap_or_else(BigRational::zero);
            let mut sum = one();
            for (_, z) in logits.iter().enumerate().filter(|(j, _)| *j != k) {
                sum += ranged(exp(&fixed(&(z - &own), Toward::Up), Toward::Up), "factors")?;
            }
            loss += ln(&sum, Toward::Up) * BigInt::from(*n);
        }
        let two = BigRational::from(BigInt::from(2));
        Ok(rational(&loss) / BigRational::from(given.samples.clone()) + penalty / two)
    }
}

fn transposed(columns: &[Vec<BigInt>]) -> Vec<Vec<BigInt>> {
    let length = columns.first().map_or(0, Vec::len);
    (0..length).map(|i| columns.iter().filter_map(|c| c.get(i).cloned()).collect()).collect()
}
