//! The lines of a journal after its header: what is known of a point, whole or not at all.
//!
//! ```text
//! 17 42 9f86d081884c7d65 {"row":["17",[["9",2],["4",1]],null],"seconds":0.0123}
//! ```
//!
//! The point, the length of what follows in bytes, its checksum (SHA-256 with point and length, cut), and JSON.

use crate::table::{Field, Values};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a line says of a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Entry {
    /// Its row.
    Row(Row),
    /// It was in work for so many seconds when the process was asked to stop.
    Stopped {
        /// How long.
        stopped: f64,
    },
    /// A process began to compute here, at so many seconds of Unix time.
    Begun {
        /// When.
        begun: f64,
    },
}

/// The row of a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its fields.
    pub row: Vec<Field>,
    /// How long it took on one core; a finished shard does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// At how many stops it was in work when it was given up; then only what the problem gives is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<u64>,
}

impl Row {
    /// Whether another one says the same, whatever it took.
    pub fn without_time(self) -> Self {
        Self { seconds: None, ..self }
    }

    /// The field that says whether it was given up.
    pub fn given_up(&self) -> Field {
        self.given_up.and_then(|stops| Values::one(stops.to_string()))
    }
}

impl Entry {
    /// As a line.
    pub fn line(&self, point: u64) -> String {
        let payload = serde_json::to_string(self).expect("texts and numbers are JSON");
        format!("{point} {} {} {payload}\n", payload.len(), checksum(point, &payload))
    }

    /// The entry of a line without its end, and its point; `None` if it is torn.
    pub fn of(line: &str) -> Option<(u64, Self)> {
        let mut parts = line.splitn(4, ' ');
        let point: u64 = parts.next()?.parse().ok()?;
        let length: usize = parts.next()?.parse().ok()?;
        let (sum, payload) = (parts.next()?, parts.next()?);
        let whole = payload.len() == length && sum == checksum(point, payload);
        if whole { Some((point, serde_json::from_str(payload).ok()?)) } else { None }
    }
}

fn checksum(point: u64, payload: &str) -> String {
    let hash = Sha256::new()
        .chain_update(point.to_le_bytes())
        .chain_update((payload.len() as u64).to_le_bytes())
        .chain_update(payload)
        .finalize();
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
