//! Issues that cannot be read: kept aside with what came of them until they can be.

use crate::{IssueId, Millis};
use serde::{Deserialize, Serialize};

/// An issue that could not be read this time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Quarantined {
    /// The issue.
    pub issue: IssueId,
    /// Why, as a code that stays.
    pub code: String,
    /// Why, in a sentence; never content.
    pub detail: String,
    /// Its body as it came, without what is excluded; `None` where none came.
    pub raw: Option<String>,
}

/// An issue in quarantine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InQuarantine {
    /// The issue.
    pub issue: IssueId,
    /// Its key, where it could be read once.
    pub key: Option<String>,
    /// Why, as a code that stays.
    pub code: String,
    /// Why, in a sentence.
    pub detail: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it could not be read for the first time.
    pub first_at: Millis,
    /// When it could not be read last.
    pub last_at: Millis,
    /// How long its body was; `None` where none is kept.
    pub raw_bytes: Option<u64>,
}
