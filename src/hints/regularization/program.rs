//! The linear programs: the nearest product, and how a product is shared.

use super::{Question, REACH, SAME, Top};
use good_lp::{Expression, ProblemVariables, Solution, SolverModel, Variable, microlp, variable};

/// A weight proposed for one factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proposal {
    /// `ln λ`.
    pub log: f64,
    /// What it rests on.
    pub rest: Rest,
}

/// What a proposed weight rests on, which says how it may be rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// It is given.
    Given,
    /// A cap holds it up: rounding goes up.
    Cap,
    /// It takes its share of what the others leave of the product: rounding goes down.
    Share,
}

/// A cap within this distance is one that the linear program leans on.
const LEANS: f64 = 1e-6;
/// Linear programs in a row at most; each starts from the tangents at the last one's answer.
const PROGRAMS: usize = 40;

impl Question {
    /// The product that changes given weights least, `Σ |x_j − near_j|`, found by linear programs with tangents
    /// from a few starts; least of all where no cap is active, least nearby otherwise.
    pub fn nearest_product(&self, active: &[usize], near: &[f64], top: Top) -> Option<f64> {
        let fixed = self.fixed(active);
        let given = (0..near.len()).map(|j| fixed[j].unwrap_or(near[j])).sum::<f64>();
        let starts = [top.log, given.min(top.log)];
        let feasible = starts.iter().filter(|s| self.room(active, &fixed, **s) >= -SAME);
        let ends = feasible.filter_map(|start| {
            let (mut s, mut cost) = (*start, f64::INFINITY);
            for _ in 0..PROGRAMS {
                let Some((next, price)) = self.least_change(active, &fixed, near, top.log, s) else { break };
                cost = price;
                if (next - s).abs() < SAME {
                    break;
                }
                s = next;
            }
            cost.is_finite().then_some((cost, s))
        });
        ends.fold(None, |best: Option<(f64, f64)>, end| match best {
            Some(best) if best.0 <= end.0 + SAME => Some(best),
            _ => Some(end),
        })
        .map(|(_, s)| s)
    }

    /// Minimise `Σ |x_j − near_j|` with `Σ x_j ≤ top` and each cap's tangent at `s`: the new `Σ x_j` and the cost.
    fn least_change(
        &self,
        active: &[usize],
        fixed: &[Option<f64>],
        near: &[f64],
        top: f64,
        s: f64,
    ) -> Option<(f64, f64)> {
        let free: Vec<usize> = (0..near.len()).filter(|j| fixed[*j].is_none()).collect();
        let given: f64 = fixed.iter().flatten().sum();
        let mut variables = ProblemVariables::new();
        // x_j = near_j + up_j − down_j.
        let up = variables.add_vector(variable().min(0.0).max(REACH), free.len());
        let down = variables.add_vector(variable().min(0.0).max(REACH), free.len());
        let change = |k: usize| Expression::from(up[k]) - down[k];
        let cost: Expression = up.iter().chain(&down).sum();
        let start = given + free.iter().map(|j| near[*j]).sum::<f64>();
        let total = || (0..free.len()).map(change).sum::<Expression>();
        let mut model = variables.minimise(cost.clone()).using(microlp);
        model.add_constraint(total().leq(top - start));
        let levels = self.levels(s);
        for i in active {
            let Some((factor, least, slope)) = self.least(&self.demands[*i], &levels) else { continue };
            if let Some(k) = free.iter().position(|j| *j == factor)
                && least.is_finite()
            {
                let bound = least + slope * (start - s) - near[factor];
                model.add_constraint((change(k) - total() * slope).geq(bound));
            }
        }
        let solution = model.solve().ok()?;
        Some((start + solution.eval(total()), solution.eval(cost)))
    }

    /// The weights with a given product that meet the caps and differ least from each other, or by the most equal
    /// factors from given ones: the smallest `hi − lo` with `lo ≤ x_j − near_j ≤ hi`.
    pub fn split(&self, active: &[usize], near: Option<&[f64]>, s: f64) -> Option<Vec<Proposal>> {
        let fixed = self.fixed(active);
        let floors = self.floors(active, &fixed, s);
        let free: Vec<usize> = (0..fixed.len()).filter(|j| fixed[*j].is_none()).collect();
        let left = s - fixed.iter().flatten().sum::<f64>();
        let zero = |j: usize| near.map_or(0.0, |near| near[j]);
        // Shifted by the mean, everything is about zero for the solver.
        let mean = (left - free.iter().map(|j| zero(*j)).sum::<f64>()) / free.len() as f64;
        let mut variables = ProblemVariables::new();
        let any = || variable().min(-REACH).max(REACH);
        let (low, high) = (variables.add(any()), variables.add(any()));
        let x: Vec<Variable> = free.iter().map(|_| variables.add(any())).collect();
        let mut model = variables.minimise(high - low).using(microlp);
        model.add_constraint(x.iter().sum::<Expression>().eq(0.0));
        for (x, j) in x.iter().zip(&free) {
            model.add_constraint((*x - low).geq(0.0));
            model.add_constraint((high - *x).geq(0.0));
            if floors[*j].is_finite() {
                model.add_constraint(Expression::from(*x).geq(floors[*j] - zero(*j) - mean));
            }
        }
        let solution = model.solve().ok()?;
        // The program says which caps it leans on above the common level; that level then follows from the sum.
        let level = solution.value(low);
        let held = |k: usize| {
            let floor = floors[free[k]] - zero(free[k]) - mean;
            solution.value(x[k]) - floor < LEANS && floor > level + LEANS
        };
        let held: Vec<bool> = (0..free.len()).map(held).collect();
        let up: f64 = (0..free.len()).filter(|k| held[*k]).map(|k| floors[free[k]] - zero(free[k])).sum();
        let rest = held.iter().filter(|h| !**h).count() as f64;
        let level = (left - free.iter().map(|j| zero(*j)).sum::<f64>() - up) / rest;
        let mut proposals: Vec<Proposal> =
            fixed.iter().map(|x| Proposal { log: x.unwrap_or(0.0), rest: Rest::Given }).collect();
        for (k, j) in free.iter().enumerate() {
            let log = if held[k] { floors[*j] } else { zero(*j) + level };
            let rest = if held[k] { Rest::Cap } else { Rest::Share };
            proposals[*j] = Proposal { log, rest };
        }
        Some(proposals)
    }
}
