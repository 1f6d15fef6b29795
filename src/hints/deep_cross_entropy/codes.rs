//! Codes of low rank: classes as points `c_k` of a space, with the logits `2 c_j·c_k − |c_j|²` of the nearest-point
//! decoder, from which the search for deep networks starts. Random starts alone miss most of them.

use crate::case::Bias;
use crate::float::Normal;
use faer::Mat;
use std::f64::consts::TAU;

/// Logits (column `k` belongs to class `k`) and bias to start from, up to a common scale.
pub struct Start {
    /// `Z`, `K × K`.
    pub logits: Mat<f64>,
    /// `b`; zeros if there is none.
    pub bias: Vec<f64>,
    /// The code, in words.
    pub structure: String,
}

/// Classes as points.
type Points = Vec<Vec<f64>>;

/// The starts of all structured codes of `k ≥ 2` classes, with at most about `partitions` groupings, and of `random`
/// ones. The same for the same arguments.
pub fn starts(k: usize, bias: Bias, partitions: usize, random: usize) -> Vec<Start> {
    let mut codes = groupings(k, partitions);
    codes.extend(whole_codes(k));
    codes.extend(spheres(k));
    codes.extend(splits(k));
    codes.extend(partial(k));
    codes.extend((0..random).map(|seed| self::random(k, seed)));
    codes.into_iter().flat_map(|(points, words)| decoders(bias, &points, &words)).collect()
}

/// The nearest-point decoder of a code. Without a bias, the plain inner products, and the decoder with its bias
/// as a mode of the logits if it is not constant.
fn decoders(biased: Bias, points: &Points, words: &str) -> Vec<Start> {
    let k = points.len();
    let norms: Vec<f64> = points.iter().map(|c| dot(c, c)).collect();
    let mean = norms.iter().sum::<f64>() / k as f64;
    let bias: Vec<f64> = norms.iter().map(|norm| mean - norm).collect();
    let logits = Mat::from_fn(k, k, |i, j| 2.0 * dot(&points[i], &points[j]));
    if biased == Bias::LastLayer {
        return vec![Start { logits, bias, structure: words.to_string() }];
    }
    let lifted = Mat::from_fn(k, k, |i, j| logits[(i, j)] + bias[i]);
    let uneven = bias.iter().any(|b| b.abs() > 1e-9 * mean);
    let start = |logits, structure| Start { logits, bias: vec![0.0; k], structure };
    let mut found = vec![start(logits, words.to_string())];
    if uneven {
        found.push(start(lifted, format!("{words}, its bias a mode")));
    }
    found
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The code of one group of classes, centred, of one dimension a coordinate.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Block {
    Simplex,
    Line,
    Circle,
    /// A single class at the origin.
    Centre,
}

impl Block {
    /// The points, at distances such that the least margin of the decoder is 1.
    fn points(self, size: usize) -> Points {
        let raw: Points = match self {
            Self::Centre => return vec![Vec::new(); size],
            Self::Simplex if size == 1 => vec![vec![1.0]],
            Self::Simplex if size == 2 => vec![vec![1.0], vec![-1.0]],
            Self::Simplex => {
                let entry = |i, j| f64::from(i == j) - 1.0 / size as f64;
                (0..size).map(|i| (0..size).map(|j| entry(i, j)).collect()).collect()
            }
            Self::Line => (0..size).map(|i| vec![i as f64 - (size - 1) as f64 / 2.0]).collect(),
            Self::Circle => {
                let angle = |i: usize| TAU * i as f64 / size as f64;
                (0..size).map(|i| vec![libm::cos(angle(i)), libm::sin(angle(i))]).collect()
            }
        };
        let mut margin = f64::INFINITY;
        for (i, a) in raw.iter().enumerate() {
            let norm = dot(a, a);
            if norm > 1e-9 {
                margin = margin.min(2.0 * norm);
            }
            for b in &raw[..i] {
                margin = margin.min(norm + dot(b, b) - 2.0 * dot(a, b));
            }
        }
        shrunk(&raw, margin.sqrt())
    }

    fn word(self, size: usize, number: usize) -> String {
        let (one, of) = match (self, size) {
            (Self::Centre, _) => return "a centre".to_string(),
            (_, 1) => ("single", false),
            (Self::Simplex, 2) => ("pair", false),
            (Self::Simplex, _) => ("ETF", true),
            (Self::Line, _) => ("line", true),
            (Self::Circle, _) => ("circle", true),
        };
        let plural = if number > 1 { "s" } else { "" };
        let of = if of { format!(" of {size}") } else { String::new() };
        let number = if number > 1 { format!("{} ", count(number)) } else { String::new() };
        format!("{number}{one}{plural}{of}")
    }
}

/// A number in words.
fn count(number: usize) -> String {
    let words = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    words.get(number).map_or_else(|| number.to_string(), ToString::to_string)
}

fn shrunk(points: &Points, by: f64) -> Points {
    points.iter().map(|c| c.iter().map(|x| x / by).collect()).collect()
}

/// Codes in coordinates of their own.
fn direct_sum(blocks: &[Points]) -> Points {
    let width: usize = blocks.iter().map(|b| b.first().map_or(0, Vec::len)).sum();
    let (mut before, mut all) = (0, Vec::new());
    for block in blocks {
        for c in block {
            let mut point = vec![0.0; width];
            point[before..before + c.len()].copy_from_slice(c);
            all.push(point);
        }
        before += block.first().map_or(0, Vec::len);
    }
    all
}

/// Groups of classes with codes in coordinates of their own, of equal margins, and of unequal ones.
fn groupings(k: usize, most: usize) -> Vec<(Points, String)> {
    let mut found = Vec::new();
    for sizes in partitions(k, most) {
        let mut kinds = vec![Block::Simplex];
        if sizes[0] >= 3 {
            kinds.push(Block::Line);
        }
        if sizes[0] >= 4 {
            kinds.push(Block::Circle);
        }
        for kind in kinds {
            let single =
                if sizes.last() == Some(&1) { vec![Block::Simplex, Block::Centre] } else { vec![kind] };
            for single in single {
                let block = |size: usize| match size {
                    1 => single,
                    2 => Block::Simplex,
                    _ => kind,
                };
                let blocks: Vec<Points> = sizes.iter().map(|s| block(*s).points(*s)).collect();
                let words: Vec<String> = sizes
                    .chunk_by(|a, b| a == b)
                    .map(|equal| block(equal[0]).word(equal[0], equal.len()))
                    .collect();
                let words = words.join(" + ");
                if kind == Block::Simplex && blocks.len() > 1 {
                    let unequal = blocks.iter().enumerate();
                    let unequal = unequal.map(|(i, b)| shrunk(b, 1.0 + 0.2 * i as f64)).collect::<Vec<_>>();
                    found.push((direct_sum(&unequal), format!("{words} of unequal strength")));
                }
                found.push((direct_sum(&blocks), words));
            }
        }
    }
    found
}

/// Partitions into parts of which at most one is 1: those into equal parts and a rest, then others up to a limit.
fn partitions(classes: usize, most: usize) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = Vec::new();
    for part in 2..=classes {
        let mut sizes = vec![part; classes / part];
        sizes.extend(Some(classes % part).filter(|rest| *rest > 0));
        found.push(sizes);
    }
    if classes > 4 {
        found.push(vec![classes - 2, 2]);
        if classes % 2 == 1 {
            let mut sizes = vec![3];
            sizes.extend(vec![2; (classes - 3) / 2]);
            found.push(sizes);
        }
    }
    for largest in 2..=classes {
        extend(&mut found, &mut vec![largest], classes - largest, 4 * most);
    }
    let mut distinct: Vec<Vec<usize>> = Vec::new();
    for sizes in found {
        if !distinct.contains(&sizes) {
            distinct.push(sizes);
        }
    }
    distinct.truncate(most.max(classes / 2));
    distinct
}

/// Completes a partition with parts no larger than its last, in all ways, up to a limit.
fn extend(found: &mut Vec<Vec<usize>>, parts: &mut Vec<usize>, rest: usize, most: usize) {
    if found.len() > most {
        return;
    }
    if rest == 0 {
        found.push(parts.clone());
        return;
    }
    let last = parts.last().copied().unwrap_or(rest);
    for part in (2..=last.min(rest)).rev().chain((rest == 1).then_some(1)) {
        parts.push(part);
        extend(found, parts, rest - part, most);
        parts.pop();
    }
}

/// Flat codes of all classes together: grids and cubes, a circle with a centre, two circles.
fn whole_codes(k: usize) -> Vec<(Points, String)> {
    let mut found = Vec::new();
    for rows in 2..=k / 2 {
        let columns = k.div_ceil(rows);
        let (middle_row, middle) = ((rows - 1) as f64 / 2.0, (columns - 1) as f64 / 2.0);
        let point = |i: usize| vec![(i % rows) as f64 - middle_row, (i / rows) as f64 - middle];
        found.push(((0..k).map(point).collect(), format!("grid of {rows} by {columns}")));
    }
    let bits = (usize::BITS - (k - 1).leading_zeros()) as usize;
    let corner = |i: usize| (0..bits).map(|b| if i >> b & 1 == 1 { 0.5 } else { -0.5 }).collect();
    found.push(((0..k).map(corner).collect(), "cube".to_string()));
    if k >= 5 {
        let mut points = Block::Circle.points(k - 1);
        points.push(vec![0.0, 0.0]);
        found.push((points, "circle with a centre".to_string()));
        let inner = k / 3;
        let mut points = Block::Circle.points(k - inner);
        points.extend(shrunk(&Block::Circle.points(k - inner), 2.0).into_iter().step_by(2).take(inner));
        let missing = k - points.len();
        points.extend(vec![vec![0.0, 0.0]; missing]);
        found.push((points, "two circles".to_string()));
    }
    found
}

/// Codes on the sphere: a spiral, rings at several heights turned against each other, each with a centre too.
fn spheres(k: usize) -> Vec<(Points, String)> {
    let mut found = Vec::new();
    for (centre, words) in [(0, ""), (1, " with a centre")] {
        if k < 6 + centre {
            continue;
        }
        let k = k - centre;
        let mut add = |mut points: Points, name: &str| {
            points.extend(vec![vec![0.0; 3]; centre]);
            found.push((points, format!("{name}{words}")));
        };
        let golden = TAU * (1.5 - 1.25f64.sqrt());
        let height = |i: usize| 1.0 - (2 * i + 1) as f64 / k as f64;
        add((0..k).map(|i| on_sphere(height(i), golden * i as f64)).collect(), "spiral");
        add(rings(&[k - k / 2, k / 2], 0.5), "two rings");
        let inner = k - 2;
        add(rings(&[1, inner - inner / 2, inner / 2, 1], 1.0), "two rings with poles");
        add(rings(&[1, (k - 1).div_ceil(2), (k - 1) / 2], 1.0), "two rings with a pole");
        let belt = k - 2 * (k / 3);
        add(rings(&[k / 3, belt, k / 3], 0.75), "three rings");
    }
    found
}

fn on_sphere(height: f64, angle: f64) -> Vec<f64> {
    let radius = (1.0 - height * height).max(0.0).sqrt();
    vec![radius * libm::cos(angle), radius * libm::sin(angle), height]
}

/// Rings of given sizes at heights from `top` to `-top`, every other one turned by half a step.
fn rings(sizes: &[usize], top: f64) -> Points {
    let step = 2.0 * top / (sizes.len() - 1) as f64;
    let ring = |(level, size): (usize, &usize)| {
        let (size, turn) = (*size, (level % 2) as f64 / 2.0);
        let point =
            move |i: usize| on_sphere(top - step * level as f64, TAU * (i as f64 + turn) / size as f64);
        (0..size).map(point)
    };
    sizes.iter().enumerate().flat_map(ring).collect()
}

/// Two groups apart along one mode, both coded in the same coordinates or each in its own.
fn splits(k: usize) -> Vec<(Points, String)> {
    let mut found = Vec::new();
    if k < 4 {
        return found;
    }
    for (block, word) in [(Block::Simplex, "an ETF"), (Block::Line, "a line"), (Block::Circle, "a circle")] {
        let halves = [block.points(k - k / 2), block.points(k / 2)];
        let pairs = |size: usize| {
            let blocks = vec![Block::Simplex.points(2); size.div_ceil(2)];
            direct_sum(&blocks)[..size].to_vec()
        };
        let paired = [pairs(k - k / 2), pairs(k / 2)];
        for apart in [0.5, 1.0] {
            let mut add = |halves: &[Points; 2], word: &str| {
                let shared: Points = halves.iter().flatten().cloned().collect();
                let width = shared.iter().map(Vec::len).max().unwrap_or(0);
                let own = direct_sum(halves);
                for (points, how) in [(shared, "alike"), (own, "apart")] {
                    let sign = |i: usize| if i < k - k / 2 { apart } else { -apart };
                    let raise = |(i, mut c): (usize, Vec<f64>)| {
                        c.resize(c.len().max(width), 0.0);
                        c.push(sign(i));
                        c
                    };
                    let points = points.into_iter().enumerate().map(raise).collect();
                    found.push((points, format!("two groups, each {word}, {how}")));
                }
            };
            add(&halves, word);
            if block == Block::Simplex {
                add(&paired, "a set of pairs");
            }
        }
    }
    found
}

/// Codes that leave classes together: merged into groups, or some pairs and the rest at the origin.
fn partial(k: usize) -> Vec<(Points, String)> {
    let mut found = Vec::new();
    for groups in 2..=k / 2 {
        let points = Block::Simplex.points(groups);
        let merged = (0..k).map(|i| points[i % groups].clone()).collect();
        found.push((merged, format!("classes merged into {} groups", count(groups))));
    }
    for pairs in 1..k.div_ceil(2) {
        let mut blocks = vec![Block::Simplex.points(2); pairs];
        blocks.push(Block::Centre.points(k - 2 * pairs));
        let words = Block::Simplex.word(2, pairs);
        found.push((direct_sum(&blocks), format!("{words}, the rest at zero")));
    }
    found
}

/// Normal points in a space whose dimension goes with the seed.
fn random(k: usize, seed: usize) -> (Points, String) {
    let mut normal = Normal::of(seed as u64 + 1);
    let dimension = 1 + seed % (k - 1);
    let points = (0..k).map(|_| (0..dimension).map(|_| normal.draw()).collect()).collect();
    (points, format!("random points in dimension {dimension}"))
}
