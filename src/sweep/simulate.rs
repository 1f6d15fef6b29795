//! How long a sweep takes on some number of processes, from measured times of its points.

use super::failure::{Failure, io};
use super::parts::by_cost;
use std::path::{Path, PathBuf};

/// A point as it was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Which.
    pub point: u64,
    /// What it was expected to cost.
    pub cost: u64,
    /// What it took on one core.
    pub seconds: f64,
}

/// The first line of a file of times.
pub const HEADER: &str = "point,cost,seconds";

/// Reads files of times: `point,cost,seconds`.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Measured>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let text =
            std::fs::read_to_string(path).map_err(|e| io("the times cannot be read", path, e, false))?;
        let mut lines = text.lines();
        let measured = |line: &str| {
            let mut parts = line.split(',');
            let point = parts.next()?.parse().ok()?;
            Some(Measured { point, cost: parts.next()?.parse().ok()?, seconds: parts.next()?.parse().ok()? })
        };
        if lines.next() != Some(HEADER) {
            return Err(not_times(path, 1));
        }
        for (i, line) in lines.enumerate() {
            all.push(measured(line).ok_or_else(|| not_times(path, i + 2))?);
        }
    }
    all.sort_by_key(|m| m.point);
    all.dedup_by_key(|m| m.point);
    Ok(all)
}

fn not_times(path: &Path, line: usize) -> Failure {
    Failure::NotTimes { path: path.to_owned(), line }
}

/// What some processes take, each with a shard of its own, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Makespan {
    /// With shards of equal expected cost.
    pub by_cost: f64,
    /// With every `n`-th point in a shard.
    pub by_turn: f64,
    /// No less is possible: all work in equal parts, or the longest point.
    pub least: f64,
}

/// Processes of one thread on so many cores, which they share where they are more.
pub fn makespan(times: &[Measured], processes: u64, cores: u64) -> Makespan {
    let (costs, seconds): (Vec<u64>, Vec<f64>) = times.iter().map(|m| (m.cost, m.seconds)).unzip();
    let work = |own: &[u64]| own.iter().map(|i| seconds[*i as usize]).sum::<f64>();
    let turn = by_cost(&vec![1; costs.len()], processes);
    let shared = |parts: &[Vec<u64>]| shared(parts.iter().map(|own| work(own)).collect(), cores);
    let total: f64 = seconds.iter().sum();
    let longest = seconds.iter().copied().fold(0.0, f64::max);
    Makespan {
        by_cost: shared(&by_cost(&costs, processes)),
        by_turn: shared(&turn),
        least: longest.max(total / processes.min(cores) as f64),
    }
}

/// When the last of some pieces of work ends, all begun at once on shared cores.
fn shared(mut work: Vec<f64>, cores: u64) -> f64 {
    work.sort_by(f64::total_cmp);
    let (mut time, mut before, processes) = (0.0, 0.0, work.len());
    for (ended, piece) in work.into_iter().enumerate() {
        let speed = (cores as f64 / (processes - ended) as f64).min(1.0);
        time += (piece - before) / speed;
        before = piece;
    }
    time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_share_cores_until_they_end() {
        // Two thirds of a core each for one and a half seconds; then the last piece has a core for itself.
        assert!((shared(vec![1.0, 1.0, 2.0], 2) - 2.5).abs() < 1e-12);
        assert_eq!(shared(vec![1.0, 3.0], 2), 3.0);
        assert_eq!(shared(vec![1.0, 3.0], 1), 4.0);
    }

    #[test]
    fn dear_points_that_alternate_are_dealt_out() {
        let times: Vec<Measured> = (0..8)
            .map(|point| {
                let dear = point % 2 == 0;
                Measured { point, cost: if dear { 90 } else { 10 }, seconds: if dear { 1.0 } else { 0.1 } }
            })
            .collect();
        let found = makespan(&times, 2, 2);
        assert!((found.by_cost - 2.2).abs() < 1e-12 && (found.by_turn - 4.0).abs() < 1e-12, "{found:?}");
        assert!((found.least - 2.2).abs() < 1e-12);
    }
}
