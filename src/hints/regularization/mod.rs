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

mod program;

pub use program::{Proposal, Rest};

use super::shrinkage;
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

/// Shrinkage `u`, `ln (1 − u)`, and the slope of `ln u(1 − u)` in `s`; `None` for a lost mode.
type Level = Option<(f64, f64, f64)>;

/// Logarithms of products are searched within this distance of a threshold; the reader of numbers allows less.
const REACH: f64 = 1e6;
/// Halvings of that distance.
const HALVINGS: usize = 120;
/// How far two logarithms may lie apart and still count as the same.
const SAME: f64 = 1e-9;

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
}

#[cfg(test)]
mod tests;
