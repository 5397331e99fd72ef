//! Nudges that are being sent behind an answer: which, and what came of each, until the next time or for some minutes. What became
//! of each message is kept with the nudge.

use super::to_its_end;
use crate::{app::App, http::Problem};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use weir_model::{Message, Millis, NudgeId};

/// How long what came of it is told.
const TOLD_MS: i64 = 10 * 60_000;

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Sendings(Mutex<HashMap<NudgeId, Sending>>);

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Sending {
    pub(crate) begun: Millis,
    /// Nothing while it is being sent.
    pub(crate) outcome: Option<Result<Counts, Message>>,
}

/// How many recipients there were of which kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) failed: u64,
    pub(crate) without_address: u64,
    pub(crate) opted_out: u64,
}

impl Sendings {
    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<NudgeId, Sending>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it stands with a nudge.
    pub(crate) fn of(&self, nudge: &NudgeId, now: Millis) -> Option<Sending> {
        let mut all = self.all();
        all.retain(|_, one| one.outcome.is_none() || now.since(one.begun) < TOLD_MS);
        all.get(nudge).cloned()
    }

    /// Begins to send one, to its end also when nobody looks any more; not while the same is being sent already.
    pub(crate) fn begin(
        app: &App,
        nudge: &NudgeId,
        work: impl AsyncFnOnce() -> Result<Counts, Problem> + Send + 'static,
    ) {
        let begun = app.now();
        {
            let mut all = app.sendings.all();
            if all.get(nudge).is_some_and(|one| one.outcome.is_none()) {
                return;
            }
            all.insert(*nudge, Sending { begun, outcome: None });
        }
        let (behind, nudge) = (app.clone(), *nudge);
        tokio::spawn(async move {
            let outcome = to_its_end(work).await.and_then(|outcome| outcome);
            let outcome = Some(outcome.map_err(|problem| *problem.message));
            behind.sendings.all().insert(nudge, Sending { begun, outcome });
        });
    }
}
