//! How a sweep is divided into the tasks of a job array, and what its folder says of that.

use serde::{Deserialize, Serialize};

/// The form of the record in a folder.
pub(super) const RUN_FORMAT: &str = "tightframe.run/1";

/// How a sweep is divided and run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Shards.
    pub shards: u64,
    /// Shards that one task computes, one after the other.
    pub shards_per_task: u64,
    /// Options of sbatch, such as `--partition=long`.
    pub options: Vec<String>,
    /// How often a task goes on after its time limit.
    pub restarts: u64,
    /// At how many stops a point may be in work before it is given up.
    pub give_up_after: u64,
}

impl Plan {
    /// The options that are not about how much a task needs: the end of a sweep needs little.
    pub(super) fn merge_options(&self) -> impl Iterator<Item = &String> {
        const KEPT: [&str; 6] = ["--partition", "-p", "--account", "-A", "--qos", "-q"];
        let name = |option: &str| option.split(['=', ' ']).next().unwrap_or("").to_owned();
        self.options.iter().filter(move |option| KEPT.contains(&name(option).as_str()))
    }
}

/// What a folder says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub format: String,
    pub version: String,
    pub spec: String,
    pub points: u64,
    pub shards: u64,
    pub shards_per_task: u64,
    /// Points of each shard.
    pub parts: Vec<u64>,
}

impl Record {
    pub fn tasks(&self) -> u64 {
        self.shards.div_ceil(self.shards_per_task)
    }
}
