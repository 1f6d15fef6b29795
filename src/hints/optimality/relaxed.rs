//! The convex problem inside a cell: for a positive semidefinite `S` the probabilities `P` that maximise
//! `(1/K) Σ_k entropy(P_k) − tr(S A Aᵀ)/(2c)`, `A = (I − P)/K`, with rows of sum one if there is a bias.
//!
//! Its dual is smooth: with `x_k = S^{1/2} y_k + b` (`b = 0` without a bias) minimise
//! `(1/K) Σ_k CE(x_k, k) + (c/2) Σ_k |y_k|²`; `P_k` is the softmax at `x_k`. Logits are vectors of the `K − 1`
//! dimensions in which the classes are an orthonormal frame's columns; for three classes the last coordinate is zero.

use libm::{exp, log};

pub type Vector = [f64; 3];
pub type Square = [[f64; 3]; 3];
/// A symmetric matrix by its entries `xx, xy, xz, yy, yz, zz`.
pub type Symmetric = [f64; 6];

/// Newton steps at most.
const STEPS: usize = 60;

/// Three or four classes, as vectors `f_k` with `Σ_k f_k f_kᵀ = I` and `Σ_k f_k = 0`.
pub struct Classes {
    pub number: usize,
    pub bias: bool,
    pub vectors: Vec<Vector>,
}

impl Classes {
    pub fn new(number: usize, bias: bool) -> Self {
        let (a, b, c) = (1.0 / 1.5f64.sqrt(), 1.0 / 6.0f64.sqrt(), 0.5f64.sqrt());
        let vectors = match number {
            3 => vec![[a, 0.0, 0.0], [-b, c, 0.0], [-b, -c, 0.0]],
            _ => vec![[0.5, 0.5, 0.5], [0.5, -0.5, -0.5], [-0.5, 0.5, -0.5], [-0.5, -0.5, 0.5]],
        };
        Self { number, bias, vectors }
    }

    /// `K − 1`.
    pub fn dimensions(&self) -> usize {
        self.number - 1
    }

    /// The entropy of probabilities by columns, over `K`, and `A Aᵀ`.
    pub fn measure(&self, plan: &[[f64; 4]; 4]) -> (f64, Symmetric) {
        let (k, mut entropy, mut residual) = (self.number as f64, 0.0, [0.0; 6]);
        for (class, column) in plan.iter().enumerate().take(self.number) {
            let mut a = [0.0; 3];
            for (j, p) in column.iter().enumerate().take(self.number) {
                if *p > 0.0 {
                    entropy -= p * log(*p);
                }
                for i in 0..3 {
                    a[i] -= p * (self.vectors[j][i] - self.vectors[class][i]) / k;
                }
            }
            let square = [a[0] * a[0], a[0] * a[1], a[0] * a[2], a[1] * a[1], a[1] * a[2], a[2] * a[2]];
            residual.iter_mut().zip(square).for_each(|(sum, x)| *sum += x);
        }
        (entropy / k, residual)
    }

    /// Probabilities at logits `x`, and the loss of a class.
    fn softmax(&self, x: &Vector, class: usize) -> ([f64; 4], f64) {
        let mut p = [0.0; 4];
        let logit = |j: usize| inner(&self.vectors[j], x);
        let top = (0..self.number).map(logit).fold(f64::NEG_INFINITY, f64::max);
        let mut sum = 0.0;
        for j in 0..self.number {
            p[j] = exp(logit(j) - top);
            sum += p[j];
        }
        p.iter_mut().for_each(|p| *p /= sum);
        (p, top + log(sum) - logit(class))
    }
}

/// Where the minimisation stands: the start of the next one, and what it gives.
#[derive(Clone, Default)]
pub struct Relaxed {
    y: [Vector; 4],
    bias: Vector,
    /// `P`, by columns.
    pub plan: [[f64; 4]; 4],
    /// `(1/K) Σ_k entropy(P_k)`.
    pub entropy: f64,
    /// `A Aᵀ`.
    pub residual: Symmetric,
    /// The maximum.
    pub value: f64,
}

pub fn inner(x: &Vector, y: &Vector) -> f64 {
    x[0] * y[0] + x[1] * y[1] + x[2] * y[2]
}

/// `tr(A B)`.
pub fn trace(a: &Symmetric, b: &Symmetric) -> f64 {
    a[0] * b[0] + a[3] * b[3] + a[5] * b[5] + 2.0 * (a[1] * b[1] + a[2] * b[2] + a[4] * b[4])
}

fn times(m: &Square, v: &Vector) -> Vector {
    [inner(&m[0], v), inner(&m[1], v), inner(&m[2], v)]
}

/// Eigenvalues, and eigenvectors as columns, by Jacobi's rotations.
fn eigen(s: &Symmetric) -> (Vector, Square) {
    let mut a = [[s[0], s[1], s[2]], [s[1], s[3], s[4]], [s[2], s[4], s[5]]];
    let mut v = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for _ in 0..30 {
        let off = a[0][1].abs() + a[0][2].abs() + a[1][2].abs();
        if off <= 1e-15 * (a[0][0].abs() + a[1][1].abs() + a[2][2].abs()) {
            break;
        }
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if a[p][q].abs() < 1e-300 {
                continue;
            }
            let θ = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
            let t = θ.signum() / (θ.abs() + (θ * θ + 1.0).sqrt());
            let cos = 1.0 / (t * t + 1.0).sqrt();
            let sin = t * cos;
            for row in a.iter_mut().chain(v.iter_mut()) {
                (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
            }
            for i in 0..3 {
                (a[p][i], a[q][i]) = (cos * a[p][i] - sin * a[q][i], sin * a[p][i] + cos * a[q][i]);
            }
        }
    }
    ([a[0][0], a[1][1], a[2][2]], v)
}

/// Eigenvalues with the projectors on their eigenvectors, the largest first.
pub fn descending(s: &Symmetric) -> [(f64, Symmetric); 3] {
    let (values, v) = eigen(s);
    let projector = |i: usize| {
        let [x, y, z] = [v[0][i], v[1][i], v[2][i]];
        (values[i], [x * x, x * y, x * z, y * y, y * z, z * z])
    };
    let mut all = [0, 1, 2].map(projector);
    all.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    all
}

/// The triangular factor of the leading `d × d` part of a positive definite matrix.
fn cholesky(a: &Square, d: usize) -> Option<Square> {
    let mut l = [[0.0; 3]; 3];
    for i in 0..d {
        for j in 0..=i {
            let sum = a[i][j] - (0..j).map(|k| l[i][k] * l[j][k]).sum::<f64>();
            l[i][j] = match i == j {
                true if sum <= 0.0 => return None,
                true => sum.sqrt(),
                false => sum / l[j][j],
            };
        }
    }
    Some(l)
}

fn solve(l: &Square, d: usize, right: &Vector) -> Vector {
    let mut x = [0.0; 3];
    for i in 0..d {
        x[i] = (right[i] - (0..i).map(|k| l[i][k] * x[k]).sum::<f64>()) / l[i][i];
    }
    for i in (0..d).rev() {
        x[i] = (x[i] - (i + 1..d).map(|k| l[k][i] * x[k]).sum::<f64>()) / l[i][i];
    }
    x
}

/// One class at a point: the gradient in `y`, the Cholesky factor of its Hessian, its coupling `S^{1/2} H` to the bias.
struct Block {
    gradient: Vector,
    factor: Square,
    coupling: Square,
}

impl Relaxed {
    /// Newton's method from where it stands.
    pub fn solve(&mut self, classes: &Classes, c: f64, s: &Symmetric) {
        let (values, vectors) = eigen(s);
        let root = |i: usize, j: usize| {
            (0..3).map(|k| vectors[i][k] * vectors[j][k] * values[k].max(0.0).sqrt()).sum::<f64>()
        };
        let mut r = [[0.0; 3]; 3];
        (0..3).for_each(|i| (0..3).for_each(|j| r[i][j] = root(i, j)));
        let mut value = cost(classes, c, &r, &self.y, &self.bias);
        for _ in 0..STEPS {
            let Some((dy, db, decrease)) = self.direction(classes, c, &r) else { break };
            let flat = decrease < 1e-13 * value.max(1e-3);
            let (mut length, mut found) = (1.0, None);
            for _ in 0..40 {
                let (mut y, mut bias) = (self.y, self.bias);
                for k in 0..4 {
                    (0..3).for_each(|i| y[k][i] += length * dy[k][i]);
                }
                (0..3).for_each(|i| bias[i] += length * db[i]);
                let next = cost(classes, c, &r, &y, &bias);
                if next <= value - 0.2 * length * decrease || flat {
                    found = Some((y, bias, next));
                    break;
                }
                length *= 0.5;
            }
            let Some((y, bias, next)) = found else { break };
            (self.y, self.bias, value) = (y, bias, next);
            if decrease < 1e-14 * value.max(1e-4) {
                break;
            }
        }
        self.value = value;
        for k in 0..classes.number {
            self.plan[k] = classes.softmax(&logits(&r, &self.y[k], &self.bias), k).0;
        }
        (self.entropy, self.residual) = classes.measure(&self.plan);
    }

    /// Newton's direction in `y` and `b`, and the first-order decrease along it.
    fn direction(&self, classes: &Classes, c: f64, r: &Square) -> Option<([Vector; 4], Vector, f64)> {
        let d = classes.dimensions();
        let (mut blocks, mut gradient, mut hessian) = (Vec::new(), [0.0; 3], [[0.0; 3]; 3]);
        for k in 0..classes.number {
            blocks.push(self.block(classes, c, r, k, &mut gradient, &mut hessian)?);
        }
        let mut db = [0.0; 3];
        if classes.bias {
            // The Schur complement of the blocks.
            let mut right = gradient;
            for block in &blocks {
                let inverse = solve(&block.factor, d, &block.gradient);
                for m in 0..d {
                    let column = [0, 1, 2].map(|i: usize| block.coupling[i][m]);
                    let solved = solve(&block.factor, d, &column);
                    right[m] -= inner(&column, &inverse);
                    for i in 0..d {
                        hessian[i][m] -= (0..d).map(|n| block.coupling[n][i] * solved[n]).sum::<f64>();
                    }
                }
            }
            if let Some(factor) = cholesky(&hessian, d) {
                db = solve(&factor, d, &right).map(|x| -x);
            }
        }
        let (mut dy, mut decrease) = ([[0.0; 3]; 4], -inner(&gradient, &db));
        for (k, block) in blocks.iter().enumerate() {
            let shift = times(&block.coupling, &db);
            let right = [0, 1, 2].map(|i: usize| block.gradient[i] + shift[i]);
            dy[k] = solve(&block.factor, d, &right).map(|x| -x);
            decrease -= inner(&block.gradient, &dy[k]);
        }
        Some((dy, db, decrease))
    }

    fn block(
        &self,
        classes: &Classes,
        c: f64,
        r: &Square,
        k: usize,
        gradient: &mut Vector,
        hessian: &mut Square,
    ) -> Option<Block> {
        let number = classes.number as f64;
        let (p, _) = classes.softmax(&logits(r, &self.y[k], &self.bias), k);
        let (mut mean, mut slope, mut h) = ([0.0; 3], [0.0; 3], [[0.0; 3]; 3]);
        for j in 0..classes.number {
            (0..3).for_each(|i| mean[i] += p[j] * classes.vectors[j][i]);
            (0..3).for_each(|i| slope[i] += p[j] * (classes.vectors[j][i] - classes.vectors[k][i]) / number);
        }
        for j in 0..classes.number {
            let apart = [0, 1, 2].map(|i: usize| classes.vectors[j][i] - mean[i]);
            for i in 0..3 {
                (0..3).for_each(|m| h[i][m] += p[j] * apart[i] * apart[m] / number);
            }
        }
        let (mut coupling, mut own) = ([[0.0; 3]; 3], [[0.0; 3]; 3]);
        for i in 0..3 {
            (0..3).for_each(|m| coupling[i][m] = (0..3).map(|n| r[i][n] * h[n][m]).sum());
        }
        for i in 0..3 {
            for m in 0..3 {
                own[i][m] = (0..3).map(|n| coupling[i][n] * r[n][m]).sum::<f64>();
                hessian[i][m] += h[i][m];
            }
            own[i][i] += c;
            gradient[i] += slope[i];
        }
        let inside = times(r, &slope);
        let gradient = [0, 1, 2].map(|i: usize| inside[i] + c * self.y[k][i]);
        Some(Block { gradient, factor: cholesky(&own, classes.dimensions())?, coupling })
    }
}

fn logits(r: &Square, y: &Vector, bias: &Vector) -> Vector {
    let x = times(r, y);
    [x[0] + bias[0], x[1] + bias[1], x[2] + bias[2]]
}

fn cost(classes: &Classes, c: f64, r: &Square, y: &[Vector; 4], bias: &Vector) -> f64 {
    let loss = |k: usize| classes.softmax(&logits(r, &y[k], bias), k).1 / classes.number as f64;
    (0..classes.number).map(|k| loss(k) + c / 2.0 * inner(&y[k], &y[k])).sum()
}
