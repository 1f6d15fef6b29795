//! Which regularisation meets wishes about the optimum, as linear programs in the logarithms of the weights.
//!
//! Factor 0 is the features, factor `l` the layer `W_l`; `x_j = ln λ_j`, `s = Σ_j x_j = ln Λ`, `L = M + 1` factors.
//!
//! - The shrinkages depend on `s` alone and fall with it, so a threshold or a margin floor is `s ≤ b`: linear.
//! - A squared norm of factor `j` is `A(s)/λ_j` with `A = Σ_i a_i u_i (1 − u_i)`, so at a fixed product a cap `C` is
//!   `x_j ≥ ln A(s) − 2 ln C`: linear. In `s` it is not: `ln A` is concave, with a slope below `1/L`.
//!   Hence a tangent lies above the curve, and a program with tangents asks for no less than the caps do.
//! - With every factor capped, `s − Σ_j ln A_j(s)` increases (its slope is above `1 − L/L`): more product never
//!   hurts such caps, less never hurts floors. A cap on a *fixed* weight holds below some product (for `M = 1`,
//!   where `A` is a parabola in `√Λ`, perhaps above another one too).
//!
//! What comes out are candidates; `crate::design` proves them.

use super::{candidate, shrinkage};
use crate::exact::{Dyadic, Integer, Rational};
use good_lp::{Expression, ProblemVariables, Solution, SolverModel, Variable, microlp, variable};
use num_traits::{One, ToPrimitive};
use std::f64::consts::LN_2;

/// One mode: `ln μ` and its multiplicity.
pub struct Target {
    /// `ln μ`.
    pub log: f64,
    /// Copies.
    pub copies: f64,
}

/// One group of equal classes: its count, and the diagonal entry of each mode's projector there.
pub struct Classes {
    /// Samples of each class.
    pub count: f64,
    /// `(mode, P_kk)`.
    pub shares: Vec<(usize, f64)>,
}

/// What is asked for.
pub enum Demand {
    /// Every mode is kept.
    Kept,
    /// `1 −` the own logit of these groups is at most this.
    Shortfall(Vec<usize>, f64),
    /// `‖h_k‖` in these groups: the logarithm of the cap.
    Features(Vec<usize>, f64),
    /// `‖w_k‖` in these groups.
    Rows(Vec<usize>, f64),
    /// The Frobenius norm of a factor.
    Whole(usize, f64),
    /// The logarithm of a factor's weight, given.
    Fixed(usize, f64),
}

/// A problem without its regularisation, and demands on it.
pub struct Question {
    /// Number of layers `M`.
    pub depth: u32,
    /// `ln N`.
    pub log_samples: f64,
    /// The modes.
    pub targets: Vec<Target>,
    /// The classes.
    pub groups: Vec<Classes>,
    /// The demands.
    pub demands: Vec<Demand>,
}

/// The upper end of the products that the demands allow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Top {
    /// `ln Λ`.
    pub log: f64,
    /// The demand that ends there.
    pub demand: usize,
}

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

/// Shrinkage `u`, `ln (1 − u)`, and the slope of `ln u(1 − u)` in `s`; `None` for a lost mode.
type Level = Option<(f64, f64, f64)>;

/// Logarithms of products are searched within this distance of a threshold; the reader of numbers allows less.
const REACH: f64 = 1e6;
/// Halvings of that distance.
const HALVINGS: usize = 120;
/// How far two logarithms may lie apart and still count as the same.
const SAME: f64 = 1e-9;
/// A cap within this distance is one that the linear program leans on.
const LEANS: f64 = 1e-6;
/// Linear programs in a row at most; each starts from the tangents at the last one's answer.
const PROGRAMS: usize = 40;

impl Question {
    /// The number of factors `L`.
    fn factors(&self) -> usize {
        self.depth as usize + 1
    }

    /// `ln Λ` at which a mode is lost.
    fn threshold(&self, target: &Target) -> f64 {
        let m = f64::from(self.depth);
        let power = |x: f64, k: f64| if k == 0.0 { 0.0 } else { k * x.ln() };
        m * target.log + power(m - 1.0, m - 1.0) - power(m, 2.0 * m) - (m + 1.0) * self.log_samples
    }

    fn levels(&self, s: f64) -> Vec<Level> {
        let m = f64::from(self.depth);
        let level = |target: &Target| {
            if s >= self.threshold(target) {
                return None;
            }
            let log_c = (s + (m + 1.0) * self.log_samples - m * target.log) / LN_2;
            let (mantissa, exponent) = ((log_c - log_c.floor()).exp2(), log_c.floor() as i64);
            let (x, e) = shrinkage::smaller_root(self.depth + 1, self.depth - 1, mantissa, exponent);
            // The shortfall itself may be too small for a float.
            let log_x = x.ln() + e as f64 * LN_2;
            let u = -log_x.exp_m1();
            Some((u, log_x, (2.0 * u - 1.0) / (2.0 * m * u - m + 1.0)))
        };
        self.targets.iter().map(level).collect()
    }

    /// `1 −` the own logit of a group. The projectors' shares of it add up to what is lost when no mode is kept.
    fn shortfall(&self, group: usize, levels: &[Level]) -> f64 {
        let classes = &self.groups[group];
        let lost = |(i, p): &(usize, f64)| {
            p * (self.targets[*i].log - classes.count.ln()).exp()
                * levels[*i].map_or(1.0, |(_, log_x, _)| log_x.exp())
        };
        classes.shares.iter().map(lost).sum()
    }

    /// Whether a floor or the threshold holds at these levels.
    fn allows(&self, demand: &Demand, levels: &[Level]) -> bool {
        match demand {
            Demand::Kept => levels.iter().all(Option::is_some),
            Demand::Shortfall(groups, most) => groups.iter().all(|g| self.shortfall(*g, levels) <= *most),
            _ => true,
        }
    }

    /// For a cap: its factor, and value and slope in `s` of the least `ln λ_j` it allows.
    fn least(&self, demand: &Demand, levels: &[Level]) -> Option<(usize, f64, f64)> {
        // ln Σ e^{l_i + ln ψ_i} and its slope, by the largest term.
        let sum = |terms: &mut dyn Iterator<Item = (usize, f64)>| -> (f64, f64) {
            let terms: Vec<(f64, f64)> = terms
                .filter_map(|(i, log)| levels[i].map(|(u, log_x, slope)| (log + u.ln() + log_x, slope)))
                .collect();
            let top = terms.iter().map(|(l, _)| *l).fold(f64::NEG_INFINITY, f64::max);
            if top == f64::NEG_INFINITY {
                return (top, 0.0);
            }
            let total: f64 = terms.iter().map(|(l, _)| (l - top).exp()).sum();
            let slope = terms.iter().map(|(l, slope)| (l - top).exp() * slope).sum::<f64>() / total;
            (top + total.ln() - self.log_samples, slope)
        };
        let group = |g: usize, power: f64| {
            let classes = &self.groups[g];
            let log = |(i, p): &(usize, f64)| (*i, power * self.targets[*i].log + p.ln());
            sum(&mut classes.shares.iter().map(log))
        };
        let largest = |found: &mut dyn Iterator<Item = (f64, f64)>| {
            found.fold((f64::NEG_INFINITY, 0.0), |a, b| if b.0 > a.0 { b } else { a })
        };
        let (factor, (value, slope), cap) = match demand {
            Demand::Features(groups, cap) => {
                let of = |g: &usize| {
                    let (value, slope) = group(*g, 2.0);
                    (value - 2.0 * self.groups[*g].count.ln(), slope)
                };
                (0, largest(&mut groups.iter().map(of)), cap)
            }
            Demand::Rows(groups, cap) => {
                (self.depth as usize, largest(&mut groups.iter().map(|g| group(*g, 1.0))), cap)
            }
            Demand::Whole(factor, cap) => {
                let mut all = self.targets.iter().enumerate().map(|(i, t)| (i, t.log + t.copies.ln()));
                (*factor, sum(&mut all), cap)
            }
            _ => return None,
        };
        Some((factor, value - 2.0 * cap, slope))
    }

    /// The given logarithm of each factor's weight.
    fn fixed(&self, active: &[usize]) -> Vec<Option<f64>> {
        let mut fixed = vec![None; self.factors()];
        for i in active {
            if let Demand::Fixed(factor, log) = self.demands[*i] {
                fixed[factor] = Some(log);
            }
        }
        fixed
    }

    /// Whether every floor, and every cap on a fixed weight, holds at a product.
    fn stands(&self, demand: &Demand, fixed: &[Option<f64>], s: f64) -> bool {
        let levels = self.levels(s);
        self.allows(demand, &levels)
            && match self.least(demand, &levels) {
                Some((factor, least, _)) => fixed[factor].is_none_or(|x| x >= least - SAME),
                None => true,
            }
    }

    /// The largest product that floors, thresholds and caps on fixed weights allow; `None` where nothing bounds it or
    /// all weights are given.
    pub fn top(&self, active: &[usize]) -> Option<Top> {
        let fixed = self.fixed(active);
        let ceiling = |i: &&usize| matches!(self.demands[**i], Demand::Kept | Demand::Shortfall(..));
        if fixed.iter().all(Option::is_some) || !active.iter().any(|i| ceiling(&i)) {
            return None;
        }
        let highest = self.targets.iter().map(|t| self.threshold(t)).fold(f64::NEG_INFINITY, f64::max);
        let mut top: Option<Top> = None;
        // Below a product that breaks a demand, those that meet it are an interval without lower end; going down
        // may break another one (at most once each), so every demand is asked again until all hold.
        for _ in 0..2 * active.len() + 2 {
            let broken = active.iter().find(|i| match top {
                Some(top) => !self.stands(&self.demands[**i], &fixed, top.log),
                None => ceiling(i),
            });
            let Some(&i) = broken else { return top };
            let demand = &self.demands[i];
            let above = top.map_or(highest, |t| t.log);
            let (mut low, mut high) = (0.0, REACH);
            for _ in 0..HALVINGS {
                let middle = if low == 0.0 { high * 1e-3 } else { (low * high).sqrt() };
                if self.stands(demand, &fixed, above - middle) {
                    high = middle;
                } else {
                    low = middle;
                }
                if high < 1e-15 * above.abs() {
                    break;
                }
            }
            top = Some(Top { log: above - high, demand: i });
        }
        top
    }

    /// The least logarithm of each free factor's weight that the caps allow at a product.
    fn floors(&self, active: &[usize], fixed: &[Option<f64>], s: f64) -> Vec<f64> {
        let levels = self.levels(s);
        let mut floors = vec![f64::NEG_INFINITY; self.factors()];
        for i in active {
            if let Some((factor, least, _)) = self.least(&self.demands[*i], &levels)
                && fixed[factor].is_none()
            {
                floors[factor] = floors[factor].max(least);
            }
        }
        floors
    }

    /// Whether the active demands can be met.
    pub fn is_feasible(&self, active: &[usize]) -> bool {
        let fixed = self.fixed(active);
        if fixed.iter().all(Option::is_some) {
            let s = fixed.iter().flatten().sum();
            return active.iter().all(|i| self.stands(&self.demands[*i], &fixed, s));
        }
        let Some(top) = self.top(active) else { return true };
        self.room(active, &fixed, top.log) >= -SAME
    }

    /// What a product leaves above the least weights; infinite if a free factor has no cap.
    fn room(&self, active: &[usize], fixed: &[Option<f64>], s: f64) -> f64 {
        let floors = self.floors(active, fixed, s);
        s - floors.iter().zip(fixed).map(|(floor, x)| x.unwrap_or(*floor)).sum::<f64>()
    }

    /// The least product from `s` up to `top` that leaves this much room above the caps (room grows with the product, but
    /// slowly where shrinkages are close to 1); `top` if none does.
    pub fn with_room(&self, active: &[usize], s: f64, top: f64, room: f64) -> f64 {
        let fixed = self.fixed(active);
        if self.room(active, &fixed, s) >= room {
            return s;
        }
        let (mut low, mut high) = (s, top);
        for _ in 0..HALVINGS {
            let middle = low + (high - low) / 2.0;
            if self.room(active, &fixed, middle) >= room {
                high = middle;
            } else {
                low = middle;
            }
        }
        high
    }

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

/// The natural logarithm of a positive rational of any size.
pub fn log_of(q: &Rational) -> f64 {
    let part = |n: &Integer| {
        let shift = n.bits().saturating_sub(64);
        (n >> shift).to_f64().unwrap_or(1.0).ln() + shift as f64 * LN_2
    };
    let (shift, quotient) = (q.numer().bits() as i64 - q.denom().bits() as i64, q.to_f64());
    // Near 1 the difference of two logarithms would lose digits.
    match quotient {
        Some(x) if shift.abs() < 900 && x > 0.0 && x.is_finite() => x.ln(),
        _ => part(q.numer()) - part(q.denom()),
    }
}

/// `e^log`, exactly the float it is.
pub fn exponential(log: f64) -> Rational {
    let binary = (log / LN_2).clamp(-REACH, REACH);
    let whole = binary.floor();
    let scale = Dyadic::new(Integer::one(), whole as i64);
    // What the clamp or the division lost does not matter to a candidate.
    candidate((log - whole * LN_2).exp()).times(&scale).to_rational()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(depth: u32, demands: Vec<Demand>) -> Question {
        let counts = [200.0, 100.0, 50.0, 10.0f64];
        let targets = counts.iter().map(|n| Target { log: n.ln(), copies: 1.0 }).collect();
        let groups =
            counts.iter().enumerate().map(|(g, n)| Classes { count: *n, shares: vec![(g, 1.0)] }).collect();
        Question { depth, log_samples: 360f64.ln(), targets, groups, demands }
    }

    #[test]
    fn the_top_is_the_closed_form() {
        for (depth, floor) in [(1, 0.3f64), (1, 0.9), (2, 0.9), (3, 0.99), (6, 0.999)] {
            let q = question(depth, vec![Demand::Kept, Demand::Shortfall(vec![0, 1, 2, 3], 1.0 - floor)]);
            let m = f64::from(depth);
            let known = (m + 1.0) * (1.0 - floor).ln() + (m - 1.0) * floor.ln() + m * 10f64.ln()
                - (m + 1.0) * 360f64.ln();
            let top = q.top(&[0, 1]).unwrap();
            assert!((top.log - known).abs() < 1e-9 && top.demand == 1, "{depth} {floor} {top:?} {known}");
        }
    }

    #[test]
    fn log_norms_are_concave_with_slopes_below_one_over_the_factors() {
        // The claim that tangents and bisection rest on, for single classes and for sums over modes.
        for depth in [1, 2, 3, 7, 30] {
            let q = question(depth, vec![Demand::Whole(0, 0.0), Demand::Rows(vec![0, 1, 2, 3], 0.0)]);
            let end = q.threshold(&q.targets[3]);
            for demand in &q.demands[..1] {
                let at = |s: f64| q.least(demand, &q.levels(s)).unwrap();
                let mut last = f64::INFINITY;
                for i in 1..400 {
                    let s = end - 40.0 + 0.1 * f64::from(i) - 1e-9;
                    let (_, value, slope) = at(s);
                    assert!(slope < 1.0 / f64::from(depth + 1) && slope <= last + 1e-12, "{depth} {s}");
                    let numeric = (at(s + 1e-5).1 - value) / 1e-5;
                    assert!(s + 1e-5 >= end || (numeric - slope).abs() < 1e-3, "{numeric} {slope}");
                    last = slope;
                }
            }
        }
    }

    #[test]
    fn the_split_fills_up_from_below() {
        let demands = vec![
            Demand::Kept,
            Demand::Shortfall(vec![3], 0.1),
            Demand::Features(vec![0, 1, 2, 3], 0.1f64.ln()),
        ];
        let q = question(2, demands);
        let top = q.top(&[0, 1, 2]).unwrap().log;
        let free = q.split(&[0, 1], None, top).unwrap();
        assert!(free.iter().all(|p| (p.log - top / 3.0).abs() < 1e-12 && p.rest == Rest::Share), "{free:?}");
        let capped = q.split(&[0, 1, 2], None, top).unwrap();
        assert!(capped[0].rest == Rest::Cap && capped[0].log > top / 3.0, "{capped:?}");
        assert!((capped[1].log - capped[2].log).abs() < 1e-12);
        assert!((capped.iter().map(|p| p.log).sum::<f64>() - top).abs() < 1e-9);
        // Less weight on given values: all are changed by the same factor.
        let near = [-6.0, -7.0, -8.0];
        let s = q.nearest_product(&[0, 1], &near, q.top(&[0, 1]).unwrap()).unwrap();
        assert!((s - top.min(-21.0)).abs() < 1e-8, "{s} {top}");
    }

    #[test]
    fn logarithms_of_any_size() {
        for text in ["1", "5e-4", "2", "1e-350", "7e390", "1/3"] {
            let q = crate::exact::read_rational(text).unwrap();
            let back = exponential(log_of(&q));
            let ratio = (back / q).to_f64().unwrap();
            assert!((ratio - 1.0).abs() < 1e-12, "{text} {ratio}");
        }
    }
}
