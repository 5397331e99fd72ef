//! The log of SQLite, worked into the file beside the writer.
//!
//! Left to itself, the writer does it every so often: it stops, syncs the log, copies its pages and syncs the file, and
//! everything that waits for it stands still meanwhile. During a run another connection does most of it, bit by bit; the
//! writer only finishes it now and then, so that the log does not grow for ever.

use crate::{db::Db, dialect::Dialect};
use std::{sync::Arc, time::Duration};

/// How often the log is looked after; a run writes some tens of megabytes in that time.
const EVERY: Duration = Duration::from_millis(400);

/// Works the log in until it is dropped.
#[derive(Debug)]
pub(crate) struct LogKeeper(Option<tokio::task::JoinHandle<()>>);

impl LogKeeper {
    pub(crate) fn start(db: &Arc<Db>) -> Self {
        if db.dialect() == Dialect::Postgres {
            return Self(None);
        }
        let db = Arc::clone(db);
        Self(Some(tokio::spawn(async move {
            loop {
                tokio::time::sleep(EVERY).await;
                // Whatever is in the way here the writer meets as well, and says so.
                _ = db.work_log_in().await;
            }
        })))
    }
}

impl Drop for LogKeeper {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}
