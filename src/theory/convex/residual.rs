//! The dual matrix of a plan, in integers.

use super::plan::Plan;
use crate::case::{Problem, Targets};
use crate::exact::{Integer, Rational, over_one};
use num_integer::Integer as _;
use num_traits::{One, Zero};

/// `B`, with the columns `ω_k δ_k ⊙ (n_k s_k − X_k)`, over one denominator.
pub struct Residual {
    pub columns: Vec<Vec<Integer>>,
    pub unit: Integer,
}

/// An integer matrix with the number by which it is to be divided.
pub struct Scaled {
    pub entries: Vec<Vec<Integer>>,
    pub scale: Integer,
}

/// Numbers of a problem's classes in integers over one denominator each; where there is no list, `otherwise`.
pub struct Columns {
    columns: Vec<Vec<Integer>>,
    otherwise: Integer,
    pub unit: Integer,
}

impl Columns {
    pub fn of(columns: &[Vec<Rational>], otherwise: u8) -> Self {
        let (columns, unit) = over_one(columns);
        Self { columns, otherwise: Integer::from(otherwise), unit }
    }

    /// The targets.
    pub fn targets(problem: &Problem) -> Self {
        match problem.targets() {
            Targets::Columns(columns) => Self::of(columns, 0),
            _ => Self::of(&(0..problem.classes()).map(|k| problem.target(k)).collect::<Vec<_>>(), 0),
        }
    }

    /// `ω`, a column of one number a class.
    pub fn weights(problem: &Problem) -> Self {
        let column = |ω: &Rational| vec![ω.clone()];
        Self::of(&problem.terms().class_weights.iter().map(column).collect::<Vec<_>>(), 1)
    }

    pub fn at(&self, k: usize, j: usize) -> &Integer {
        self.columns.get(k).map_or(&self.otherwise, |c| &c[j])
    }
}

impl Residual {
    pub fn of(problem: &Problem, plan: &Plan) -> Self {
        let (targets, weights) = (Columns::targets(problem), Columns::weights(problem));
        let scales = Columns::of(&problem.terms().logit_scale, 1);
        let column = |(k, x): (usize, &Vec<Integer>)| {
            let n = Integer::from(problem.counts()[k]) * &plan.unit;
            let entry = |(j, x): (usize, &Integer)| {
                (targets.at(k, j) * &n - x * &targets.unit) * scales.at(k, j) * weights.at(k, 0)
            };
            x.iter().enumerate().map(entry).collect()
        };
        let unit = &plan.unit * &targets.unit * &weights.unit * &scales.unit;
        Self { columns: plan.columns.iter().enumerate().map(column).collect(), unit }
    }

    /// `B 1`, over the denominator.
    pub fn sums(&self) -> Vec<Integer> {
        let rows = self.columns.first().map_or(0, Vec::len);
        (0..rows).map(|j| self.columns.iter().map(|c| &c[j]).sum()).collect()
    }

    /// `Λ N² D − BᵀB`, or `Λ N² I − B D⁻¹ Bᵀ` if there are more classes than outputs.
    pub fn slack(&self, problem: &Problem) -> Scaled {
        let (product, n) = (problem.regularization_product(), Integer::from(problem.samples()));
        let whole = product.numer() * &n * &n * &self.unit * &self.unit;
        let dot = |x: &[Integer], y: &[Integer]| -> Integer { x.iter().zip(y).map(|(a, b)| a * b).sum() };
        let counts: Vec<Integer> = problem.counts().iter().map(|n| Integer::from(*n)).collect();
        let by_outputs = problem.classes() > problem.outputs();
        let common = match by_outputs {
            true => counts.iter().fold(Integer::one(), |l, n| l.lcm(n)),
            false => Integer::one(),
        };
        let (rows, own): (Vec<Vec<Integer>>, Vec<Integer>) = match by_outputs {
            true => {
                let row = |j: usize| self.columns.iter().map(|c| c[j].clone()).collect();
                let rows = (0..problem.outputs()).map(row).collect();
                (rows, vec![common.clone(); problem.outputs()])
            }
            false => (self.columns.clone(), counts.clone()),
        };
        let shares: Vec<Integer> = counts.iter().map(|n| &common / n).collect();
        let shared = |row: &Vec<Integer>| row.iter().zip(&shares).map(|(x, s)| x * s).collect();
        let shared: Vec<Vec<Integer>> =
            if by_outputs { rows.iter().map(shared).collect() } else { rows.clone() };
        let entry = |i: usize, j: usize| {
            let own = if i == j { &whole * &own[i] } else { Integer::zero() };
            own - dot(&rows[i], &shared[j]) * product.denom()
        };
        let size = rows.len();
        let entries = (0..size).map(|i| (0..size).map(|j| entry(i, j)).collect()).collect();
        Scaled { entries, scale: product.denom() * &self.unit * &self.unit * common }
    }
}
