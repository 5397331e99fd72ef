//! What could not be read as it should. An anomaly is counted and shown; it never stops a run.

use serde::{Deserialize, Serialize};

/// Why something is missing or odd.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnomalyKind {
    /// A row that could not be understood; it is counted as failed.
    Unreadable,
    /// Something the source would not give us; it is counted as skipped.
    Skipped,
    /// Something surprising that cost nothing.
    Notice,
}

/// One such thing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Anomaly {
    /// Its kind.
    pub kind: AnomalyKind,
    /// What was being read: a `Kind`'s word such as `sprints`.
    pub what: crate::Kind,
    /// Which one: an id, a key, a name. Never content.
    pub subject: String,
    /// A stable code, `board.not_found` for example.
    pub code: String,
    /// One sentence, bounded; what the source said is marked as such.
    pub detail: String,
}
