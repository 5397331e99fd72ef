//! The completeness certificate: theirs, ours, and every difference.

use crate::Millis;
use serde::{Deserialize, Serialize};

/// What a comparison found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same ids on both sides.
    Equal,
    /// Ids are missing here, or extra.
    Different,
    /// Their side could not be listed.
    Unproven,
}

impl Verdict {
    /// The word used in the public views.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Different => "different",
            Self::Unproven => "unproven",
        }
    }
}

/// The comparison of one project.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Certificate {
    /// When their side was listed.
    pub at: Millis,
    /// Key of the project.
    #[serde(rename = "key")]
    pub project_key: String,
    /// Issues they show us.
    pub theirs: i64,
    /// Live issues we hold.
    pub ours: i64,
    /// Theirs that we lack: keys where known, ids otherwise.
    pub missing: Vec<String>,
    /// Ours that they lack, by key.
    pub extra: Vec<String>,
    /// The verdict.
    pub verdict: Verdict,
}
