//! The coefficients of stabilised explicit steps, from Chebyshev polynomials.
//!
//! ```text
//! y_j = (1 − μ − ν) y_0 + μ y_{j−1} + ν y_{j−2} + μ̃ h F_{j−1} + γ̃ h F_0
//! ```

/// Damping of the stability polynomial.
const DAMPING: f64 = 2.0 / 13.0;
/// Stages of one step at most.
pub(super) const MAX_STAGES: usize = 400;

/// Coefficients of a step: `y_1 = y_0 + first h F_0`, and then the stages.
#[derive(Debug, Clone)]
pub(super) struct Chebyshev {
    /// How far the first stage goes.
    pub first: f64,
    /// `(μ, ν, μ̃, γ̃)` of stages 2 … s.
    pub stages: Vec<(f64, f64, f64, f64)>,
}

/// `T_j`, `T_j'` and `T_j''` at a point for `j` up to `s`, by the three-term recurrence.
fn polynomials(s: usize, w: f64) -> Vec<(f64, f64, f64)> {
    let mut t = vec![(1.0, 0.0, 0.0), (w, 1.0, 0.0)];
    for j in 2..=s {
        let ((a, da, dda), (b, db, ddb)) = (t[j - 2], t[j - 1]);
        t.push((2.0 * w * b - a, 2.0 * b + 2.0 * w * db - da, 4.0 * db + 2.0 * w * ddb - dda));
    }
    t
}

impl Chebyshev {
    /// The method of second order.
    pub fn with_stages(s: usize) -> Self {
        let w0 = 1.0 + DAMPING / (s * s) as f64;
        let t = polynomials(s, w0);
        let w1 = t[s].1 / t[s].2;
        let mut b: Vec<f64> = t.iter().map(|(_, d, dd)| dd / (d * d)).collect();
        (b[0], b[1]) = (b[2], b[2]);
        let a: Vec<f64> = t.iter().zip(&b).map(|((t, ..), b)| 1.0 - b * t).collect();
        let stage = |j: usize| {
            let step = 2.0 * b[j] * w1 / b[j - 1];
            (2.0 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2], step, -a[j - 1] * step)
        };
        Self { first: b[1] * w1, stages: (2..=s).map(stage).collect() }
    }

    /// The method of first order that damps rates from `slowest` to `radius` by at least the given factor, in the fewest
    /// stages: `P(z) = T_s(w_0 + w_1 z)/T_s(w_0)`. With it the length of its step.
    pub fn damping(slowest: f64, radius: f64, factor: f64) -> (Self, f64) {
        let (w0, unit) = ((radius + slowest) / (radius - slowest), 2.0 / (radius - slowest));
        let s = ((factor.acosh() / w0.acosh()).ceil() as usize).clamp(2, MAX_STAGES);
        let t = polynomials(s, w0);
        let h = unit * t[s].1 / t[s].0;
        let stage = |j: usize| {
            let (two, one, now) = (t[j - 2].0, t[j - 1].0, t[j].0);
            (2.0 * w0 * one / now, -two / now, 2.0 * unit / h * one / now, 0.0)
        };
        (Self { first: unit / h / w0, stages: (2..=s).map(stage).collect() }, h)
    }

    /// Stages that keep a step with this `h·ρ` stable.
    pub fn stages_for(reach: f64) -> usize {
        (1.0 + (1.0 + 1.54 * reach).sqrt()).ceil().max(2.0) as usize
    }

    /// The largest `h·ρ` that the given number of stages keeps stable.
    pub fn reach(stages: usize) -> f64 {
        let s = (stages as f64 - 1.0).powi(2) - 1.0;
        s / 1.54
    }
}
