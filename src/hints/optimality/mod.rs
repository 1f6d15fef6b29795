//! Trees of cells that prove a lower bound of deep cross-entropy, found in floats: what comes out is a candidate only,
//! which exact code checks cell by cell.
//!
//! In a cell the bound of probabilities `P` is linear in the left frame at fixed `τ` and concave in each `τ_j`, so it
//! is least at the corners. The best `P` against all corners is found by the pairwise Frank–Wolfe method over weights
//! of the corners, whose inner problem is smooth. What fails is split where the relaxation over corners loses most, so
//! that leaves grow like the logarithm of one over the gap between the optimum and the target.
//! Cells of a level are judged in parallel and in order, so the tree depends on the question alone.

mod cell;
pub mod claim;
mod faces;
mod relaxed;

use cell::Cell;
use faces::{Corner, Faces};
use rayon::prelude::*;
use relaxed::{Classes, Relaxed, Symmetric, descending, trace};
use std::fmt;

/// How many cells a tree has at most, and who hears how many it has so far.
#[derive(Clone, Copy)]
pub struct Cells<'a> {
    /// At most.
    pub most: usize,
    /// Called with the cells so far.
    pub heard: &'a (dyn Fn(usize) + Sync),
}

impl From<usize> for Cells<'_> {
    fn from(most: usize) -> Self {
        Self { most, heard: &|_| {} }
    }
}

impl fmt::Debug for Cells<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.most)
    }
}

/// What is to be proved.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// `K`: three or four.
    pub classes: usize,
    /// `R`: the narrowest width.
    pub rank: usize,
    /// `M`.
    pub layers: usize,
    /// Whether there is a bias.
    pub bias: bool,
    /// The least and the greatest `c = (Λn)^{1/L}`.
    pub pulls: [f64; 2],
    /// What every point outside the ball has to exceed at both.
    pub targets: [f64; 2],
    /// `T`: no better point has a larger `Σ τ_j`.
    pub top: f64,
    /// Between which `τ` all singular values lie in the ball.
    pub ball: Option<[f64; 2]>,
    /// Whether the target is what zero costs.
    pub zero: bool,
    /// Decimal places of probabilities.
    pub places: u32,
    /// Cells at most.
    pub cells: Cells<'a>,
}

/// What a cell says, in the words of the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Halve the interval of `τ_{j+1}`.
    Halve(usize),
    /// Halve the edge between two vertices.
    Bisect(usize, usize),
    /// No ordered spectrum is inside.
    Order,
    /// The penalty alone is enough.
    Heavy,
    /// It lies in the ball.
    Ball,
    /// Uniform probabilities prove that zero is best.
    Zero,
    /// Probabilities off the diagonal, column by column.
    Plan(Vec<u64>),
}

/// Relative room that the floats leave to the exact check.
const ROOM: f64 = 1e-9;
/// Frank–Wolfe steps in a cell at most.
const STEPS: usize = 40;
/// Weights below this are dropped.
const NOTHING: f64 = 1e-12;
/// Steps of the line search along a pair of corners.
const SECANTS: usize = 4;

/// The nodes of a tree that closes, in the order of the certificate; `None` if the budget ends before.
pub fn prove(question: &Question) -> Option<Vec<Node>> {
    let prover = Prover::new(question);
    let mut arena: Vec<(Node, Option<usize>)> = Vec::new();
    let mut level: Vec<(usize, Cell, Relaxed)> = Vec::new();
    for cell in Cell::roots(question.classes, question.rank) {
        level.push((arena.len(), cell, Relaxed::default()));
        arena.push((Node::Order, None));
    }
    let roots = arena.len();
    while !level.is_empty() {
        let judged: Vec<Option<Judged>> =
            level.par_iter().map(|(_, cell, warm)| prover.judge(cell, warm)).collect();
        let mut next = Vec::new();
        for ((at, ..), judged) in level.iter().zip(judged) {
            let Judged { node, halves } = judged?;
            arena[*at].0 = node;
            let Some((cells, warm)) = halves else { continue };
            arena[*at].1 = Some(arena.len());
            for cell in cells {
                next.push((arena.len(), cell, warm.clone()));
                arena.push((Node::Order, None));
            }
        }
        (question.cells.heard)(arena.len());
        if arena.len() > question.cells.most {
            return None;
        }
        level = next;
    }
    let (mut open, mut nodes) = ((0..roots).rev().collect::<Vec<_>>(), Vec::new());
    while let Some(at) = open.pop() {
        if let Some(first) = arena[at].1 {
            open.extend([first + 1, first]);
        }
        nodes.push(arena[at].0.clone());
    }
    Some(nodes)
}

/// A cell's node, and its halves with the point they start from.
struct Judged {
    node: Node,
    halves: Option<([Cell; 2], Relaxed)>,
}

struct Prover<'a> {
    question: &'a Question<'a>,
    classes: Classes,
    /// The middle of the interval of `c`, and the target there.
    pull: f64,
    target: f64,
}

impl<'a> Prover<'a> {
    fn new(question: &'a Question<'a>) -> Self {
        let [low, high] = question.pulls;
        let pull = (low * high).sqrt();
        let [a, b] = question.targets;
        let share = if high > low { (pull - low) / (high - low) } else { 0.0 };
        Self {
            question,
            classes: Classes::new(question.classes, question.bias),
            pull,
            target: a + share * (b - a),
        }
    }

    /// `None` if the cell cannot be split further.
    fn judge(&self, cell: &Cell, warm: &Relaxed) -> Option<Judged> {
        let leaf = |node| Some(Judged { node, halves: None });
        let faces = Faces::of(cell, self.question.top, self.question.layers);
        if cell.ends.windows(2).enumerate().any(|(j, pair)| {
            i128::from(pair[1][0]) * (j as i128 + 1) >= i128::from(pair[0][1]) * (j as i128 + 2)
        }) {
            return leaf(Node::Order);
        }
        if self.is_heavy(&faces) {
            return leaf(Node::Heavy);
        }
        if let Some([low, high]) = self.question.ball
            && faces.ends.iter().all(|[a, b]| *a >= low && *b <= high)
        {
            return leaf(Node::Ball);
        }
        if self.question.zero && self.is_near_zero(&faces) {
            return leaf(Node::Zero);
        }
        let mut point = warm.clone();
        let corners = match self.maximise(&faces, &mut point) {
            Ok(plan) => return leaf(Node::Plan(plan)),
            Err(corners) => corners,
        };
        let (node, cells) = self.split(cell, &corners, &point)?;
        Some(Judged { node, halves: Some((cells, point)) })
    }

    fn is_heavy(&self, faces: &Faces) -> bool {
        let sum: f64 = faces.ends.iter().map(|ends| ends[0]).sum();
        let factors = (self.question.layers + 1) as f64;
        let ends = self.question.pulls.iter().zip(&self.question.targets);
        ends.into_iter().all(|(c, target)| c * factors / 2.0 * sum >= target * (1.0 + ROOM))
    }

    /// `τ^{M−1} ≤ c² M K²`.
    fn is_near_zero(&self, faces: &Faces) -> bool {
        let (c, m, k) = (self.question.pulls[0], self.question.layers as f64, self.classes.number as f64);
        let most = c * c * m * k * k * (1.0 - ROOM);
        faces.ends.iter().zip(&faces.powers).all(|([_, b], [_, power])| *power <= most * b)
    }

    /// A plan that proves the bound, or the weights of the corners where the search ended.
    fn maximise(&self, faces: &Faces, point: &mut Relaxed) -> Result<Vec<u64>, Vec<Corner>> {
        let d = self.classes.dimensions();
        let pure = faces.hull.len().min(if d == 2 { 2 } else { 4 });
        let mut corners: Vec<Corner> = (0..2)
            .flat_map(|side| (0..pure).map(move |n| (n, vec![side; d])))
            .map(|(n, sides)| faces.corner(n, &sides, 0.5 / pure as f64))
            .collect();
        self.evaluate(&corners, point);
        for step in 0..STEPS {
            let (bound, worst) = self.oracle(faces, point);
            if bound >= self.target
                && let Some(plan) = self.rounded(faces, point)
            {
                return Ok(plan);
            }
            let penalty: f64 = corners.iter().map(|v| v.weight * self.penalty(v)).sum();
            if point.value + penalty < self.target && step > 0 {
                break;
            }
            let value = |v: &Corner, point: &Relaxed| {
                point.entropy - trace(&v.s, &point.residual) / (2.0 * self.pull) + self.penalty(v)
            };
            let active = (0..corners.len()).filter(|i| corners[*i].weight > NOTHING);
            let Some(from) =
                active.max_by(|i, j| value(&corners[*i], point).total_cmp(&value(&corners[*j], point)))
            else {
                break;
            };
            let start = bound - value(&corners[from], point);
            if start > -NOTHING {
                break;
            }
            let all = corners[from].weight;
            corners.push(worst);
            let to = corners.len() - 1;
            let mut slope = |corners: &mut Vec<Corner>, moved: f64| {
                (corners[to].weight, corners[from].weight) = (moved, all - moved);
                self.evaluate(corners, point);
                value(&corners[to], point) - value(&corners[from], point)
            };
            // The slope rises along the pair: a zero of it, or its end.
            let (mut low, mut high) = ((0.0, start), (all, slope(&mut corners, all)));
            for _ in 0..SECANTS {
                if high.1 <= 0.0 {
                    break;
                }
                let width = high.0 - low.0;
                let zero = low.0 - low.1 * width / (high.1 - low.1);
                let next = zero.clamp(low.0 + 0.05 * width, high.0 - 0.05 * width);
                let found = slope(&mut corners, next);
                if found.abs() < 0.1 * start.abs() {
                    break;
                }
                if found < 0.0 { low = (next, found) } else { high = (next, found) }
            }
            corners.retain(|v| v.weight > NOTHING);
        }
        Err(corners)
    }

    /// `c M/2 Σ τ_j`.
    fn penalty(&self, corner: &Corner) -> f64 {
        self.pull * self.question.layers as f64 / 2.0 * corner.ends.iter().sum::<f64>()
    }

    fn evaluate(&self, corners: &[Corner], point: &mut Relaxed) {
        let mut s = [0.0; 6];
        for corner in corners {
            s.iter_mut().zip(corner.s).for_each(|(sum, x)| *sum += corner.weight * x);
        }
        point.solve(&self.classes, self.pull, &s);
    }

    /// The least bound over the corners, and the corner that has it.
    fn oracle(&self, faces: &Faces, point: &Relaxed) -> (f64, Corner) {
        let (mut bound, mut best) = (f64::INFINITY, (0, vec![0; self.classes.dimensions()]));
        for (n, matrices) in faces.hull.iter().enumerate() {
            let x: Vec<f64> = matrices.iter().map(|u| trace(u, &point.residual)).collect();
            let (sum, sides) = faces.least(self.pull, &x);
            if sum < bound {
                (bound, best) = (sum, (n, sides));
            }
        }
        (bound + point.entropy, faces.corner(best.0, &best.1, 0.0))
    }

    /// The plan of a point in whole units, if it still proves the bound at both ends of `c`.
    fn rounded(&self, faces: &Faces, point: &Relaxed) -> Option<Vec<u64>> {
        let k = self.classes.number;
        let unit = (0..self.question.places).map(|_| 10.0).product::<f64>();
        let mut whole = [[0i64; 4]; 4];
        for column in 0..k {
            for row in (0..k).filter(|row| *row != column) {
                whole[column][row] = (point.plan[column][row] * unit).round() as i64;
            }
        }
        if self.classes.bias {
            balance(&mut whole, k);
        }
        let mut plan = [[0.0; 4]; 4];
        for column in 0..k {
            let mut own = unit as i64;
            for row in (0..k).filter(|row| *row != column) {
                own -= whole[column][row];
                plan[column][row] = whole[column][row] as f64 / unit;
            }
            plan[column][column] = own as f64 / unit;
            if own < 0 {
                return None;
            }
        }
        let (entropy, residual) = self.classes.measure(&plan);
        let points: Vec<Vec<f64>> =
            faces.hull.iter().map(|us| us.iter().map(|u| trace(u, &residual)).collect()).collect();
        let holds = self.question.pulls.iter().zip(&self.question.targets).all(|(c, target)| {
            points.iter().all(|x| entropy + faces.least(*c, x).0 >= target * (1.0 + ROOM))
        });
        let off = |(column, rows): (usize, &[i64; 4])| {
            (0..k).filter(move |row| *row != column).map(|row| rows[row] as u64).collect::<Vec<_>>()
        };
        holds.then(|| whole.iter().enumerate().take(k).flat_map(off).collect())
    }

    /// Halves across the side along which the relaxation to the mean `S̄` over the corners loses most.
    ///
    /// Along `τ_j`: the penalty of the mean power less the mean penalty. Along the left frame: what `S̄` gains over the
    /// same powers on its own eigenvectors, to first order. (The penalty of its eigenvalues less that of the powers is
    /// no measure: near a rank-deficient optimum a small turn raises it as `ε^{1/M}`, and the bound by `ε` only.)
    fn split(&self, cell: &Cell, corners: &[Corner], point: &Relaxed) -> Option<(Node, [Cell; 2])> {
        let (d, m) = (self.classes.dimensions(), self.question.layers as f64);
        let root = |x: f64| libm::pow(x.max(0.0), 1.0 / m);
        let mean = |part: &dyn Fn(&Corner) -> f64| corners.iter().map(|v| v.weight * part(v)).sum::<f64>();
        let powers: Vec<f64> = (0..d).map(|j| mean(&|v| v.powers[j])).collect();
        let mut s = [0.0; 6];
        (0..6).for_each(|i| s[i] = mean(&|v| v.s[i]));
        let spectrum = descending(&s);
        let apart =
            |(j, (value, u)): (usize, &(f64, Symmetric))| (value - powers[j]) * trace(u, &point.residual);
        let gained =
            spectrum.iter().take(d).enumerate().map(apart).sum::<f64>() / (self.pull * self.pull * m);
        let penalty = spectrum.iter().map(|(x, _)| root(*x)).sum::<f64>();
        let turned = gained.min(penalty - powers.iter().map(|x| root(*x)).sum::<f64>());
        let (mut best, mut most) = (d, turned);
        for j in 0..d {
            let gap = root(powers[j]) - mean(&|v| v.ends[j]);
            if gap >= most && cell.ends[j][0] < cell.ends[j][1] {
                (best, most) = (j, gap);
            }
        }
        if best < d {
            return Some((Node::Halve(best), cell.halved(best)?));
        }
        let (i, j) = cell.longest();
        Some((Node::Bisect(i, j), cell.bisected(i, j)?))
    }
}

/// Raises entries off the diagonal until each row holds as much as its column.
fn balance(whole: &mut [[i64; 4]; 4], k: usize) {
    let others = |j: usize| (0..k).filter(move |i| *i != j);
    let mut excess = [0i64; 4];
    for j in 0..k {
        // What column j holds off the diagonal, less what row j does.
        excess[j] = others(j).map(|i| whole[j][i] - whole[i][j]).sum();
    }
    for j in 0..k {
        for i in 0..k {
            if excess[j] > 0 && excess[i] < 0 {
                let moved = excess[j].min(-excess[i]);
                whole[i][j] += moved;
                excess[j] -= moved;
                excess[i] += moved;
            }
        }
    }
}

#[cfg(test)]
mod tests;
