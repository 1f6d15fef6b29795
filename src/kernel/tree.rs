//! The tree step: cells, in the order in which the halves of halves follow, and what proves each of them.
//!
//! Values that decide are in fixed point, rounded outwards.

use super::analysis::{PLACES, Toward, fixed, ln, one, rational};
use super::ball::Ball;
use super::cell::{Cell, GRID};
use super::given::Balanced;
use super::hull::Hull;
use super::number::Number;
use super::pulls::Pulls;
use super::reader::Reader;
use super::rejection::{Check, Reason, reject, require, short};
use super::work::{LOGARITHM, Work, product, quotient};
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Pow, Signed, Zero};

/// Decimal places of probabilities at most.
const MAX_PLACES: usize = 18;

/// What is said about a cell.
#[derive(Debug, Clone)]
pub enum Node {
    /// Its interval of `τ_{j+1}` is halved.
    Halve(usize),
    /// The edge between two vertices is.
    Bisect(usize, usize),
    /// It holds no ordered spectrum.
    Order,
    /// Its penalty alone reaches the target.
    Heavy,
    /// It lies in the ball.
    Ball,
    /// Uniform probabilities prove that zero is best.
    Zero,
    /// Probabilities off the diagonal, column by column, prove its bound.
    Plan(Vec<u64>),
}

/// The box of spectra, and its cells.
#[derive(Debug, Clone)]
pub struct Tree {
    /// `T`.
    pub top: BigRational,
    /// Decimal places of probabilities.
    pub places: u32,
    pub nodes: Vec<Node>,
}

/// What the cells have to prove.
pub struct Setting<'a> {
    pub problem: &'a Balanced,
    /// `L`.
    pub factors: u32,
    pub ball: Option<&'a Ball>,
    /// Whether the target is what zero costs.
    pub zero: bool,
    /// The ends of the interval of `c`, and what has to be exceeded there.
    pub ends: Vec<(BigRational, BigInt)>,
}

/// What plans' bounds need at one `c`: what is to be exceeded, and `c M T/2` and `T^M/(2c)`.
struct End<'a> {
    c: &'a BigRational,
    target: &'a BigInt,
    depth: u32,
    cost: BigRational,
    gain: BigRational,
}

impl<'a> End<'a> {
    fn of((c, target): &'a (BigRational, BigInt), setting: &Setting, top: &BigRational) -> Self {
        let (depth, two) = (setting.problem.depth, BigRational::from(BigInt::from(2)));
        let power: BigRational = Pow::pow(top, depth);
        let cost = c * top * BigRational::from(BigInt::from(depth)) / &two;
        Self { c, target, depth, cost, gain: power / (c * two) }
    }

    /// `c M τ/2` rounded down, and `τ^M/(2c)` rounded up, for an end of an interval of `τ_{j+1}`.
    fn terms(&self, j: usize, end: i64) -> (BigInt, BigInt) {
        let (end, unit) = (BigInt::from(end), BigInt::from(GRID) * BigInt::from(j.saturating_add(1)));
        let cost = Number::new(self.cost.numer() * &end, self.cost.denom() * &unit);
        let gain = [self.gain.numer() * end.pow(self.depth), self.gain.denom() * unit.pow(self.depth)];
        let [top, bottom] = gain;
        (fixed(cost, Toward::Down), fixed(Number::new(top, bottom), Toward::Up))
    }
}

impl Node {
    fn read(reader: &mut Reader) -> Check<Self> {
        if reader.next_is('[') {
            return Ok(Self::Plan(reader.list(|r| {
                r.weigh(0)?;
                r.whole().map(|x| u64::try_from(x).unwrap_or(u64::MAX))
            })?));
        }
        reader.weigh(0)?;
        Ok(match reader.text()? {
            "1" => Self::Halve(0),
            "2" => Self::Halve(1),
            "3" => Self::Halve(2),
            "01" => Self::Bisect(0, 1),
            "02" => Self::Bisect(0, 2),
            "03" => Self::Bisect(0, 3),
            "12" => Self::Bisect(1, 2),
            "13" => Self::Bisect(1, 3),
            "23" => Self::Bisect(2, 3),
            "order" => Self::Order,
            "heavy" => Self::Heavy,
            "ball" => Self::Ball,
            "zero" => Self::Zero,
            word => return reject(Reason::Malformed, "nodes", word, "a word for a node"),
        })
    }
}

impl Tree {
    pub fn read(reader: &mut Reader) -> Check<Self> {
        reader.step("tree")?;
        let top = reader.next_number("top")?.ratio();
        reader.next_key("places")?;
        let places = reader.whole()?;
        require!(places <= MAX_PLACES, Malformed, "places", places, format!("at most {MAX_PLACES}"));
        reader.next_key("nodes")?;
        let nodes = reader.list(Node::read)?;
        reader.symbol('}')?;
        Ok(Self { top, places: u32::try_from(places).unwrap_or(0), nodes })
    }

    /// What it costs to test every node at most.
    pub fn work(&self, problem: &Balanced, pulls: &Pulls, work: &mut Work) {
        let (k, m) = (problem.classes, u64::from(problem.depth));
        let bits = |x: &BigRational| x.numer().bits().saturating_add(x.denom().bits());
        let pull = bits(&pulls.low).max(bits(&pulls.high));
        let power = bits(&self.top).saturating_add(128).saturating_mul(m.saturating_add(1));
        let (points, ends): (usize, usize) =
            (if k == 3 { 3 } else { 35 }, if pulls.is_exact() { 1 } else { 2 });
        let spectra = k.saturating_sub(1).saturating_mul(2);
        let terms = quotient(power.saturating_add(pull), power).saturating_add(200);
        for node in &self.nodes {
            work.add(&[1], 300);
            match node {
                Node::Halve(_) | Node::Bisect(..) => {}
                Node::Plan(_) => {
                    work.add(&[k, k], LOGARITHM);
                    work.add(&[points, ends.saturating_add(1), k], 50);
                    work.add(&[spectra, ends], terms);
                }
                _ => {
                    work.add(&[1], 1_000);
                    work.add(&[spectra, ends], product(power, power));
                }
            }
        }
    }

    /// The box holds every spectrum that matters, every cell has a node, and every node holds.
    pub fn check(&self, setting: &Setting) -> Check<()> {
        for (c, target) in &setting.ends {
            let penalty = setting.penalty(c, &Number::from(&self.top));
            require!(penalty >= *target, Top, "top", shown(&penalty), format!("at least {}", shown(target)));
        }
        let ends: Vec<End> = setting.ends.iter().map(|end| End::of(end, setting, &self.top)).collect();
        let mut open = Cell::roots(setting.problem.classes, setting.problem.rank);
        open.reverse();
        let mut hull: Option<Hull> = None;
        for (i, node) in self.nodes.iter().enumerate() {
            let place = format!("node {i}");
            let Some(cell) = open.pop() else {
                return reject(Reason::Tree, &place, "a node", "no more, as no cell is left");
            };
            let τ = || self.spectra(&cell);
            match node {
                Node::Halve(j) => open.extend(cell.halved(*j, &place)?.into_iter().rev()),
                Node::Bisect(i, j) => open.extend(cell.bisected(*i, *j, &place)?.into_iter().rev()),
                Node::Order => {
                    let τ = τ();
                    let apart = τ.iter().zip(τ.iter().skip(1)).any(|([_, b], [a, _])| a >= b);
                    require!(apart, Order, &place, "ordered spectra in the cell", "none");
                }
                Node::Heavy => setting.check_heavy(&self.least_sum(&cell), &place)?,
                Node::Ball => setting.check_inside(&τ(), &place)?,
                Node::Zero => setting.check_zero(&τ(), &place)?,
                Node::Plan(plan) => {
                    let same = hull.take().filter(|hull| hull.is_of(&cell));
                    let hull = hull.insert(same.unwrap_or_else(|| Hull::of(&cell)));
                    self.check_plan(setting, &ends, (&cell, hull), plan, &place)?;
                }
            }
        }
        let left = open.len();
        require!(left == 0, Tree, "nodes", format!("{left} cells without a node"), "none");
        Ok(())
    }

    /// `τ_j` at both ends of the cell's interval, `j = 1, 2, …`.
    fn spectra(&self, cell: &Cell) -> Vec<[Number; 2]> {
        let end = |j: usize, x: i64| {
            let unit = BigInt::from(GRID) * BigInt::from(j.saturating_add(1));
            Number::new(self.top.numer() * BigInt::from(x), self.top.denom() * unit)
        };
        cell.ends.iter().enumerate().map(|(j, ends)| ends.map(|x| end(j, x))).collect()
    }

    /// `Σ_j τ_j` at the lower ends, over the denominator of at most three of them.
    fn least_sum(&self, cell: &Cell) -> Number {
        let all = BigInt::from(6);
        let parts = cell.ends.iter().zip(1..).map(|([a, _], j)| BigInt::from(*a) * (&all / BigInt::from(j)));
        let sum: BigInt = parts.sum();
        Number::new(self.top.numer() * sum, self.top.denom() * all * BigInt::from(GRID))
    }

    /// The plan's bound exceeds the target in the whole cell.
    fn check_plan(
        &self,
        setting: &Setting,
        ends: &[End],
        (cell, hull): (&Cell, &Hull),
        plan: &[u64],
        place: &str,
    ) -> Check<()> {
        let plan = self.columns(setting.problem, plan, place)?;
        let entropy = self.entropy(&plan);
        let points = hull.points(&plan, &BigInt::from(10).pow(self.places));
        let mut failed = Vec::new();
        for end in ends {
            let side = |(j, [a, b]): (usize, &[i64; 2])| [end.terms(j, *a), end.terms(j, *b)];
            let sides: Vec<_> = cell.ends.iter().enumerate().map(side).collect();
            let least = |x: &Vec<BigInt>| -> BigInt {
                let term = |(cost, gain): &(BigInt, BigInt), x: &BigInt| cost - product_up(gain, x);
                sides.iter().zip(x).map(|([a, b], x)| term(a, x).min(term(b, x))).sum()
            };
            let bound = points.iter().map(least).min().unwrap_or_default() + &entropy;
            if bound <= *end.target {
                failed.push((end, bound));
            }
        }
        let Some((end, bound)) = failed.first() else { return Ok(()) };
        let (found, needed) = (format!("{} at c = {}", shown(bound), short(end.c)), shown(end.target));
        let reason = if failed.len() < ends.len() { Reason::Wide } else { Reason::Leaf };
        reject(reason, place, found, format!("above {needed}"))
    }

    /// Probabilities by columns, in units of the last place.
    fn columns(&self, problem: &Balanced, plan: &[u64], place: &str) -> Check<Vec<Vec<BigInt>>> {
        let (k, unit) = (problem.classes, BigInt::from(10).pow(self.places));
        let size = k.saturating_mul(k.saturating_sub(1));
        require!(plan.len() == size, Malformed, place, plan.len(), format!("{size} entries"));
        let (mut columns, mut rows) = (Vec::new(), vec![BigInt::zero(); k]);
        for (i, others) in plan.chunks(k.saturating_sub(1).max(1)).enumerate() {
            let mut column: Vec<BigInt> = others.iter().map(|x| BigInt::from(*x)).collect();
            let own = &unit - column.iter().sum::<BigInt>();
            require!(!own.is_negative(), PlanSign, place, own, "at least 0 on the diagonal");
            column.insert(i.min(column.len()), own);
            rows.iter_mut().zip(&column).for_each(|(sum, x)| *sum += x);
            columns.push(column);
        }
        let even = !problem.bias || rows.iter().all(|sum| *sum == unit);
        require!(even, PlanRows, place, "a row with another sum", format!("{unit}"));
        Ok(columns)
    }

    /// `(1/K) Σ_k entropy(P_k)`, rounded down.
    fn entropy(&self, plan: &[Vec<BigInt>]) -> BigInt {
        let unit = BigInt::from(10).pow(self.places);
        let all = &unit * ln(&(&unit * one()), Toward::Down) * BigInt::from(plan.len());
        let share = |x: &BigInt| x * ln(&(x * one()), Toward::Up);
        let own: BigInt = plan.iter().flatten().filter(|x| x.is_positive()).map(share).sum();
        (all - own).div_floor(&(unit * BigInt::from(plan.len())))
    }
}

impl Setting<'_> {
    /// `c (L/2) τ`, rounded down.
    fn penalty(&self, c: &BigRational, τ: &Number) -> BigInt {
        let factors = BigInt::from(self.factors);
        fixed(
            Number::new(c.numer() * factors * &τ.top, c.denom() * BigInt::from(2) * &τ.bottom),
            Toward::Down,
        )
    }

    fn check_heavy(&self, sum: &Number, place: &str) -> Check<()> {
        for (c, target) in &self.ends {
            let penalty = self.penalty(c, sum);
            let needed = || format!("at least {}", shown(target));
            require!(penalty >= *target, Heavy, place, shown(&penalty), needed());
        }
        Ok(())
    }

    /// `|τ^{L/2} − β| ≤ ε` for every scale `β` between the ball's ends.
    fn check_inside(&self, τ: &[[Number; 2]], place: &str) -> Check<()> {
        let Some(ball) = self.ball else {
            return reject(Reason::Outside, place, "a ball", "another node, as the claim has no ball");
        };
        let (low, high) = ball.squares();
        let (low, high) = (Number::from(&low), Number::from(&high));
        let inside = τ.iter().all(|[a, b]| power(a, self.factors) >= low && power(b, self.factors) <= high);
        let needed = || format!("squared singular values from {} to {}", short(&low), short(&high));
        require!(inside, Outside, place, "a cell that reaches beyond the ball", needed());
        Ok(())
    }

    /// `τ^{M−1} ≤ c² M K²`: uniform probabilities prove that zero costs no more.
    fn check_zero(&self, τ: &[[Number; 2]], place: &str) -> Check<()> {
        let (k, m) = (BigInt::from(self.problem.classes), self.problem.depth);
        require!(self.zero, ZeroCell, place, "uniform probabilities", "another node, as zero is not claimed");
        for (c, _) in &self.ends {
            let most = Number::new(c.numer().pow(2) * &k * &k * BigInt::from(m), c.denom().pow(2));
            for [_, b] in τ {
                let power = power(b, m.saturating_sub(1));
                require!(power <= most, ZeroCell, place, short(&power), format!("at most {}", short(&most)));
            }
        }
        Ok(())
    }
}

fn power(x: &Number, exponent: u32) -> Number {
    Number::new(Pow::pow(&x.top, exponent), Pow::pow(&x.bottom, exponent))
}

/// `a b` in fixed point, rounded up, for an `a ≥ 0` that is at most one unit too large.
fn product_up(a: &BigInt, b: &BigInt) -> BigInt {
    let product = if b.is_negative() { (a - 1) * b } else { a * b };
    -((-product) >> PLACES)
}

/// A number in fixed point, for people.
fn shown(value: &BigInt) -> String {
    short(rational(value))
}
