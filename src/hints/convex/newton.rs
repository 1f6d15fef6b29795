//! A trust-region Newton method with preconditioned conjugate gradients.

use super::problem::{Point, Problem, dot};

/// What one descent may cost.
#[derive(Debug, Clone, Copy)]
pub struct Steps {
    /// Newton steps.
    pub newton: usize,
    /// Conjugate-gradient steps for one Newton step.
    pub inner: usize,
}

/// Below this part of the objective a predicted decrease drowns in rounding, and the gradient decides.
const FINE: f64 = 1e-12;

/// The part of a gradient's terms which is rounding; what is less would move the point along the orbit of equal
/// products `A Bᵀ`, where the Hessian vanishes.
const ROUNDING: f64 = 4e-16;

/// From zero a step may be this many times as long as the gradient asks for.
const ZERO_REACH: f64 = 10.0;

/// Curvature below this part of the diagonal's is rounding.
const FLAT: f64 = 1e-9;

impl Problem {
    /// Newton's method until rounding stops it.
    pub fn descend(&self, state: Vec<f64>, budget: Steps) -> Point {
        let mut point = self.point(state);
        let mut scale = self.diagonal(&point);
        let first = dual_norm(&point.gradient, &scale);
        let mut radius = norm(&point.state, &scale);
        if radius == 0.0 {
            radius = ZERO_REACH * first;
        }
        for _ in 0..budget.newton {
            let size = dual_norm(&point.gradient, &scale);
            if size == 0.0 || !size.is_finite() {
                break;
            }
            let accuracy = (size / first).sqrt().clamp(1e-5, 0.1);
            let noise = ROUNDING * self.τ * dual_norm(&point.state, &scale);
            let step = self.newton_step(&point, &scale, radius, noise.max(accuracy * size), budget.inner);
            let moved = point.state.iter().zip(&step.change).map(|(x, d)| x + d).collect();
            let trial = self.point(moved);
            if step.decrease <= FINE * point.objective {
                // The objective has no digits left.
                let smaller = dual_norm(&trial.gradient, &scale);
                if smaller < size {
                    point = trial;
                    scale = self.diagonal(&point);
                }
                if smaller.is_nan() || smaller > size / 2.0 {
                    break;
                }
                continue;
            }
            let ratio = (point.objective - trial.objective) / step.decrease;
            let length = norm(&step.change, &scale);
            if ratio.is_nan() || ratio < 0.25 {
                radius = length / 4.0;
            } else if ratio > 0.75 && step.at_boundary {
                radius *= 3.0;
            }
            if ratio > 1e-3 {
                point = trial;
                scale = self.diagonal(&point);
            }
        }
        point
    }

    /// The Newton step within a radius (in the norm of `scale`) by preconditioned conjugate gradients, which
    /// never leave the range of a singular Hessian.
    fn newton_step(&self, point: &Point, scale: &[f64], radius: f64, target: f64, steps: usize) -> Step {
        let mut change = vec![0.0; scale.len()];
        let mut residual: Vec<f64> = point.gradient.iter().map(|g| -g).collect();
        let preconditioned = |r: &[f64]| -> Vec<f64> { r.iter().zip(scale).map(|(r, c)| r / c).collect() };
        let mut z = preconditioned(&residual);
        let mut direction = z.clone();
        let mut size = dot(&residual, &z);
        let mut decrease = 0.0;
        for _ in 0..steps {
            let curved = self.curve(point, &direction);
            let curvature = dot(&direction, &curved);
            let weight = norm(&direction, scale).powi(2);
            let flat = curvature <= FLAT * weight;
            if flat && curvature > -FLAT * weight && decrease > 0.0 {
                break;
            }
            let α = size / curvature;
            let inside = !flat && {
                let length: f64 =
                    change.iter().zip(&direction).zip(scale).map(|((x, d), c)| (x + α * d).powi(2) * c).sum();
                length < radius * radius
            };
            let α = if inside { α } else { to_boundary(&change, &direction, scale, radius) };
            decrease += α * dot(&residual, &direction) - α * α / 2.0 * curvature;
            change.iter_mut().zip(&direction).for_each(|(x, d)| *x += α * d);
            if !inside {
                return Step { change, decrease, at_boundary: true };
            }
            residual.iter_mut().zip(&curved).for_each(|(r, h)| *r -= α * h);
            z = preconditioned(&residual);
            let next = dot(&residual, &z);
            if next.sqrt() <= target {
                break;
            }
            let β = next / size;
            size = next;
            direction.iter_mut().zip(&z).for_each(|(d, z)| *d = z + β * *d);
        }
        Step { change, decrease, at_boundary: false }
    }
}

/// A step of the trust-region method with the decrease its model promises.
#[derive(Debug)]
struct Step {
    change: Vec<f64>,
    decrease: f64,
    at_boundary: bool,
}

/// How far along a direction the boundary of the trust region lies.
fn to_boundary(x: &[f64], direction: &[f64], scale: &[f64], radius: f64) -> f64 {
    let inner =
        |u: &[f64], v: &[f64]| -> f64 { u.iter().zip(v).zip(scale).map(|((u, v), c)| u * v * c).sum() };
    let (dd, xd, xx) = (inner(direction, direction), inner(x, direction), inner(x, x));
    let gap = (radius * radius - xx).max(0.0);
    gap / (xd + (xd * xd + dd * gap).sqrt())
}

/// The norm with a diagonal weight.
fn norm(x: &[f64], scale: &[f64]) -> f64 {
    x.iter().zip(scale).map(|(x, c)| x * x * c).sum::<f64>().sqrt()
}

/// Its dual norm.
fn dual_norm(x: &[f64], scale: &[f64]) -> f64 {
    x.iter().zip(scale).map(|(x, c)| x * x / c).sum::<f64>().sqrt()
}
