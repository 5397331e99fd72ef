//! Secrets that a page shows once. The form that makes one leads to a page, so that a reload makes no other; between the two it is
//! kept here, in memory, for the session that made it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use weir_http::Secret;
use weir_model::{Millis, SessionId};

/// How long one waits for its page.
const KEPT_MS: i64 = 60_000;

/// All of them, by the session and by what they are the secret of.
#[derive(Debug, Default)]
pub(crate) struct ShownOnce(Mutex<HashMap<(String, String), (Millis, Secret)>>);

impl ShownOnce {
    /// Keeps one until its page comes.
    pub(crate) fn keep(&self, session: &SessionId, of: &str, secret: Secret, now: Millis) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (made, _)| now.since(*made) < KEPT_MS);
        all.insert((session.to_string(), of.to_owned()), (now, secret));
    }

    /// Takes one away, to show it; nothing where it was shown already, has waited for too long, or is of another session.
    pub(crate) fn take(&self, session: &SessionId, of: &str, now: Millis) -> Option<Secret> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (made, _)| now.since(*made) < KEPT_MS);
        all.remove(&(session.to_string(), of.to_owned())).map(|(_, secret)| secret)
    }
}
