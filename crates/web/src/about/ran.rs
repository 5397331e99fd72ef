//! How a run began and ended, and its counts: the same wherever a run is shown to programs.

use serde::Serialize;
use utoipa::ToSchema;
use weir_model::{Millis, Run};

/// How a run began and ended, and its counts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Ran {
    /// `schedule`, `manual`, `census` (by the schedule) or `verify` (a census that somebody asked for).
    pub trigger: String,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
    /// `success`, `partial`, `failed` or `cancelled`; nothing while it runs.
    pub result: Option<String>,
    /// Which attempt it was.
    pub attempt: i64,
    /// Requests that it made.
    pub requests: i64,
    /// Time spent waiting at the site's wish.
    pub waited_ms: i64,
    /// Records read: written + unchanged + skipped + failed.
    pub read: i64,
    /// Records written.
    pub written: i64,
    /// Records found unchanged.
    pub unchanged: i64,
    /// Records withheld by the site.
    pub skipped: i64,
    /// Records not understood.
    pub failed: i64,
    /// The code of the error that ended it.
    pub error_code: Option<String>,
}

impl From<&Run> for Ran {
    fn from(run: &Run) -> Self {
        Self {
            trigger: run.trigger.clone(),
            started_at: run.started_at.rfc3339(),
            ended_at: run.ended_at.map(Millis::rfc3339),
            result: run.result.clone(),
            attempt: run.attempt,
            requests: run.requests,
            waited_ms: run.waited_ms,
            read: run.read,
            written: run.written,
            unchanged: run.unchanged,
            skipped: run.skipped,
            failed: run.failed,
            error_code: run.error_code.clone(),
        }
    }
}
