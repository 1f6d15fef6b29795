//! The dual step: a lower bound of the optimum of one layer whose loss is convex in the logits.

use super::analysis::{PLACES, Toward, fixed, ln};
use super::given::{Given, Loss};
use super::matrix::{Matrix, dot, transposed};
use super::number::Number;
use super::reader::Reader;
use super::rejection::{Check, require, short};
use super::terms::{self, Terms};
use super::work::{SERIES, Work, product, quotient};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// A plan `X` and the witness that `λ_W λ_H N² D − BᵀB` is positive semidefinite, or `λ_W λ_H N² I − B D⁻¹ Bᵀ` if there are
/// more classes than outputs; `B` has the columns `ω_k δ_k ⊙ (n_k s_k − X_k)`.
pub struct Dual {
    plan: Matrix,
    /// One column.
    weights: Matrix,
    columns: Matrix,
}

/// `B` in integers over one denominator.
struct Residual {
    columns: Vec<Vec<BigInt>>,
    unit: BigInt,
}

impl Dual {
    pub fn read(reader: &mut Reader) -> Check<Self> {
        reader.step("dual")?;
        reader.next_key("plan")?;
        let plan = reader.matrix()?;
        reader.next_key("weights")?;
        let weights = Matrix::of(&[reader.column()?]);
        reader.next_key("columns")?;
        let columns = reader.matrix()?;
        reader.symbol('}')?;
        Ok(Self { plan, weights, columns })
    }

    /// Products of columns, what the witness explains, the sum of both, and logarithms.
    pub fn work(&self, given: &Given, work: &mut Work) {
        let (k, classes, number) = (given.outputs, given.counts.len(), given.product.bits());
        let (x, w, c) = (self.plan.bits, self.weights.bits, self.columns.bits);
        let distinct = given.groups.iter().map(|(n, _)| BigInt::from(*n).bits());
        let common = if classes > k { distinct.fold(0, u64::saturating_add) } else { 0 };
        let more = if given.is_plain() { 0 } else { given.targets.bits().saturating_add(given.terms.bits()) };
        let squares = x.saturating_add(40).saturating_add(more);
        let explained = c.saturating_mul(2).saturating_add(w).saturating_add(common);
        let side = k.min(classes);
        work.add(&[side, k, classes], product(squares, squares));
        let filled = |column: &Vec<BigInt>| column.iter().filter(|x| !x.is_zero()).count();
        for column in &self.columns.columns {
            work.add(&[filled(column), filled(column)], product(c.saturating_add(w), c));
        }
        let both = |a: u64, b: u64| product(a, b.saturating_add(number));
        work.add(&[side, side], both(squares.saturating_mul(2), explained));
        work.add(&[side, side], product(explained, squares.saturating_mul(2).saturating_add(number)));
        if common > 0 {
            work.add(&[k, k, given.groups.len()], product(squares.saturating_mul(2), common));
        }
        let logarithms = self.plan.columns.iter().map(filled).fold(0, usize::saturating_add);
        work.add(&[logarithms], SERIES.saturating_add(quotient(x, 1024)));
    }

    /// The bound of the objective, rounded down.
    pub fn bound(&self, given: &Given) -> Check<Number> {
        let (k, classes, number) = (given.outputs, given.counts.len(), self.weights.first().len());
        let shaped = self.plan.has_shape(classes, k) && self.columns.has_shape(number, k.min(classes));
        require!(
            shaped,
            Malformed,
            "plan",
            "another shape",
            format!("{classes} columns of {k}, a weight a column")
        );
        if given.loss == Loss::CrossEntropy {
            self.check_plan(given)?;
        }
        let rest = self.residual(given);
        let lost = self.lost_to_bias(given, &rest)?;
        self.check_spectrum(given, &rest)?;
        let gained = match given.loss {
            Loss::CrossEntropy => self.entropy(given),
            Loss::Mse => self.squares(given),
        };
        Ok(gained.minus(&lost))
    }

    /// `(1/N) Σ_k ω_k (Σ_j X_jk ln(n_k/X_jk) + ⟨X_k − n_k s_k, ι_k⟩)`, rounded down.
    fn entropy(&self, given: &Given) -> Number {
        let (terms, unit) = (&given.terms, &self.plan.unit);
        let mut sum = BigInt::zero();
        for (at, (column, n)) in self.plan.columns.iter().zip(&given.counts).enumerate() {
            let ω = terms.weight(at);
            for x in column.iter().filter(|x| !x.is_zero()) {
                // −ln(x/n) = ln(n/x), at least 0, times x.
                let quotient = Number::new(BigInt::from(*n) * unit, x.clone());
                sum += ln(&fixed(quotient, Toward::Down), Toward::Down) * x * &ω;
            }
        }
        let weighted = terms.weight_unit() * &given.samples;
        let entropy = Number::new(sum, (unit * &weighted) << PLACES);
        if terms.shift.is_none() {
            return entropy;
        }
        let (targets, target_unit) = given.target_columns();
        let mut sum = BigInt::zero();
        for (at, ((x, s), n)) in self.plan.columns.iter().zip(&targets).zip(&given.counts).enumerate() {
            let ω = terms.weight(at);
            for (j, (x, s)) in x.iter().zip(s).enumerate() {
                let more = x * &target_unit - s * BigInt::from(*n) * unit;
                sum += more * Terms::entry(&terms.shift, at, j, 0) * &ω;
            }
        }
        let shifted = Number::new(sum, weighted * unit * target_unit * terms::unit(&terms.shift));
        entropy.plus(&shifted)
    }

    /// `Σ_k ω_k (n_k ‖s_k‖² − ‖X_k‖²/n_k)/(2N)`.
    fn squares(&self, given: &Given) -> Number {
        let (targets, target_unit) = given.target_columns();
        let unit = &self.plan.unit;
        let mut sum = Number::whole(0);
        for (n, _) in &given.groups {
            let n = BigInt::from(*n);
            let mut part = BigInt::zero();
            let classes = self.plan.columns.iter().zip(&targets).zip(&given.counts).enumerate();
            for (at, ((x, s), _)) in classes.filter(|(_, (_, count))| BigInt::from(**count) == n) {
                let own = dot(s, s) * &n * &n * unit * unit - dot(x, x) * &target_unit * &target_unit;
                part += own * given.terms.weight(at);
            }
            sum = sum.plus(&Number::new(part, n));
        }
        let unit = unit * &target_unit;
        Number::new(sum.top, sum.bottom * &unit * &unit * given.terms.weight_unit() * &given.samples * 2)
    }

    /// No entry is negative, columns sum to the counts.
    fn check_plan(&self, given: &Given) -> Check<()> {
        let unit = &self.plan.unit;
        let part = |x: &BigInt| short(Number::new(x.clone(), unit.clone()));
        for (column, n) in self.plan.columns.iter().zip(&given.counts) {
            let least = column.iter().min().cloned().unwrap_or_default();
            require!(!least.is_negative(), PlanSign, "plan", part(&least), "at least 0");
            let sum: BigInt = column.iter().sum();
            let holds = sum == BigInt::from(*n) * unit;
            require!(holds, PlanSums, "plan", part(&sum), format!("a column sum of {n}"));
        }
        Ok(())
    }

    fn residual(&self, given: &Given) -> Residual {
        let (terms, unit) = (&given.terms, &self.plan.unit);
        let (targets, target_unit) = given.target_columns();
        type Group<'g> = (usize, ((&'g Vec<BigInt>, &'g Vec<BigInt>), &'g u64));
        let column = |(at, ((x, s), n)): Group<'_>| {
            let ω = terms.weight(at);
            let entry = |(j, (x, s)): (usize, (&BigInt, &BigInt))| {
                let rest = s * BigInt::from(*n) * unit - x * &target_unit;
                rest * Terms::entry(&terms.scale, at, j, 1) * &ω
            };
            x.iter().zip(s).enumerate().map(entry).collect()
        };
        let columns = self.plan.columns.iter().zip(&targets).zip(&given.counts).enumerate().map(column);
        let unit = unit * &target_unit * terms.weight_unit() * terms::unit(&terms.scale);
        Residual { columns: columns.collect(), unit }
    }

    /// `‖B 1‖²/(2 λ_b N²)`; a free bias asks that every row sums to zero.
    fn lost_to_bias(&self, given: &Given, rest: &Residual) -> Check<Number> {
        if !given.bias {
            return Ok(Number::whole(0));
        }
        let sums: Vec<BigInt> = transposed(&rest.columns).iter().map(|row| row.iter().sum()).collect();
        let Some(λ) = &given.terms.bias else {
            for (j, sum) in sums.iter().enumerate() {
                let found = || short(Number::new(sum.clone(), rest.unit.clone()));
                require!(sum.is_zero(), PlanRows, &format!("row {}", j.saturating_add(1)), found(), "0");
            }
            return Ok(Number::whole(0));
        };
        let samples = &rest.unit * &given.samples;
        Ok(Number::new(dot(&sums, &sums) * &λ.bottom, &samples * &samples * &λ.top * 2))
    }

    /// What the witness does not explain is diagonally dominant; with features of at least 0 no entry of it is negative.
    fn check_spectrum(&self, given: &Given, rest: &Residual) -> Check<()> {
        let weights = self.weights.first();
        if let Some(d) = weights.iter().find(|d| d.is_negative()) {
            let found = Number::new(d.clone(), self.weights.unit.clone());
            require!(false, Spectral, "weights", short(found), "at least 0");
        }
        let (squares, own, common) = if given.counts.len() > given.outputs {
            by_outputs(given, rest)
        } else {
            let squares = rest.columns.iter().map(|x| rest.columns.iter().map(|y| dot(x, y)).collect());
            (squares.collect(), given.counts.iter().map(|n| BigInt::from(*n)).collect(), BigInt::one())
        };
        // All entries times unit² · (denominator of Λ) · (unit of the weights) · (unit of the columns)².
        let (top, bottom) = (&given.product.top, &given.product.bottom);
        let explaining = &self.weights.unit * &self.columns.unit * &self.columns.unit;
        let (of_squares, of_explained) = (bottom * &explaining, bottom * &rest.unit * &rest.unit * &common);
        let scale = top * &given.samples * &given.samples * &rest.unit * &rest.unit * explaining;
        let explained = weighted_squares(weights, &self.columns.columns, own.len());
        let rows: Vec<Vec<BigInt>> = squares;
        for (i, ((squares, explained), n)) in rows.iter().zip(&explained).zip(&own).enumerate() {
            let (mut diagonal, mut off) = (BigInt::zero(), BigInt::zero());
            for (j, (square, explained)) in squares.iter().zip(explained).enumerate() {
                let entry = -(square * &of_squares) - explained * &of_explained;
                if i == j {
                    diagonal = entry + &scale * n;
                } else if given.nonnegative {
                    let place = format!("row {}, column {}", i.saturating_add(1), j.saturating_add(1));
                    require!(!entry.is_negative(), Spectral, &place, short(&entry), "at least 0");
                } else {
                    off += entry.abs();
                }
            }
            let (place, holds) = (format!("row {}", i.saturating_add(1)), diagonal >= off);
            let needed = || format!("at least {}", short(&off));
            require!(holds, Spectral, &place, format!("diagonal {}", short(&diagonal)), needed());
        }
        Ok(())
    }
}

/// `ℓ B D⁻¹ Bᵀ`, a row's multiple of the identity, and `ℓ`, the least common multiple of the counts.
fn by_outputs(given: &Given, rest: &Residual) -> (Vec<Vec<BigInt>>, Vec<BigInt>, BigInt) {
    let common = given.groups.iter().fold(BigInt::one(), |l, (n, _)| l.lcm(&BigInt::from(*n)));
    let mut sums = vec![vec![BigInt::zero(); given.outputs]; given.outputs];
    for (n, _) in &given.groups {
        let own = rest.columns.iter().zip(&given.counts).filter(|(_, count)| *count == n);
        let own: Vec<Vec<BigInt>> = own.map(|(column, _)| column.clone()).collect();
        let (rows, share) = (transposed(&own), &common / BigInt::from(*n));
        for (x, sums) in rows.iter().zip(sums.iter_mut()) {
            rows.iter().zip(sums).for_each(|(y, sum)| *sum += dot(x, y) * &share);
        }
    }
    (sums, vec![common.clone(); given.outputs], common)
}

/// `Σ d c cᵀ`.
fn weighted_squares(weights: &[BigInt], columns: &[Vec<BigInt>], size: usize) -> Vec<Vec<BigInt>> {
    let mut sums = vec![vec![BigInt::zero(); size]; size];
    for (d, c) in weights.iter().zip(columns) {
        for (x, row) in c.iter().zip(sums.iter_mut()).filter(|(x, _)| !x.is_zero()) {
            let scaled = d * x;
            c.iter().zip(row).filter(|(y, _)| !y.is_zero()).for_each(|(y, sum)| *sum += &scaled * y);
        }
    }
    sums
}
