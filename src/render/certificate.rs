//! What the checker says of a certificate, as JSON.

use crate::kernel::Answer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the checker says, `tightframe.audit/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditJson {
    /// `tightframe.audit/1`.
    pub format: String,
    /// `accepted`, `rejected` or `incomplete`.
    pub verdict: String,
    /// The condition that fails, by its name in docs/certificate.md; null unless rejected.
    pub condition: Option<String>,
    /// Where in the certificate; null unless rejected.
    pub place: Option<String>,
    /// What stands there, shortened; null unless rejected.
    pub found: Option<String>,
    /// What would have to hold, shortened; null unless rejected.
    pub needed: Option<String>,
    /// What this checker does not read; null unless incomplete.
    pub unread: Option<String>,
}

impl AuditJson {
    /// The JSON form of an answer.
    pub fn of(answer: &Answer) -> Self {
        let (verdict, rejection, unread) = match answer {
            Answer::Accepted => ("accepted", None, None),
            Answer::Rejected(rejection) => ("rejected", Some(rejection), None),
            Answer::Incomplete(what) => ("incomplete", None, Some(what.clone())),
        };
        Self {
            format: "tightframe.audit/1".to_owned(),
            verdict: verdict.to_owned(),
            condition: rejection.map(|r| r.reason.word().to_owned()),
            place: rejection.map(|r| r.place.clone()),
            found: rejection.map(|r| r.found.clone()),
            needed: rejection.map(|r| r.needed.clone()),
            unread,
        }
    }
}
