//! Checks that run behind an answer, for a page that shows each of them as it comes: what is known of them so far, and what came of
//! them once they have ended. It is remembered here until somebody has seen it, and nowhere else: whatever holds is kept with the
//! set-up or the integration.

use super::{KeptCheck, Refused};
use crate::{app::App, http::Problem};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::runtime::Handle;
use weir_ingest::connect::Check;
use weir_model::{Millis, Surface};

/// How long an outcome waits for somebody to see it.
const KEPT_MS: i64 = 10 * 60_000;

/// Everything that is watched, by what it is and who began it.
#[derive(Debug, Default)]
pub(crate) struct Watches(Mutex<HashMap<String, Arc<Watch>>>);

/// Checks that somebody watches.
#[derive(Debug)]
pub(crate) struct Watch {
    begun: Millis,
    so_far: Mutex<SoFar>,
}

#[derive(Debug, Default)]
struct SoFar {
    checks: Vec<KeptCheck>,
    outcome: Option<Result<(), Refused>>,
}

/// Who is told of checks as they run: nobody where the caller waits for all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told(Option<Arc<Watch>>);

/// How far checks have come.
#[derive(Debug)]
pub(crate) struct Standing {
    /// Every check, also those that wait.
    pub(crate) checks: Vec<KeptCheck>,
    /// How many have ended.
    pub(crate) ended: usize,
    /// For how many seconds they run.
    pub(crate) seconds: u64,
}

/// What there is to see.
#[derive(Debug)]
pub(crate) enum Seen {
    /// Nothing runs, and nothing has ended that was not seen yet.
    Nothing,
    Running(Standing),
    Ended(Result<(), Refused>),
}

impl Told {
    pub(super) fn of(&self, checks: &[Check]) {
        let Some(watch) = &self.0 else { return };
        let mut checks: Vec<KeptCheck> =
            checks.iter().map(|check| KeptCheck::told(check, Surface::Page)).collect();
        let is_ended = |id: &str| !checks.iter().any(|check| check.id == id && !is_over(&check.state));
        let (signed_in, found) = (is_ended("sign_in"), is_ended("search"));
        for check in checks.iter_mut().filter(|check| check.state == "waiting") {
            check.sentence = match signed_in {
                false => "Waiting for sign-in.".to_owned(),
                true if !found => "Waiting for an issue to be found.".to_owned(),
                true => String::new(),
            };
        }
        watch.so_far().checks = checks;
    }
}

fn is_over(state: &str) -> bool {
    !matches!(state, "waiting" | "running")
}

impl Watch {
    fn so_far(&self) -> std::sync::MutexGuard<'_, SoFar> {
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn standing(&self, so_far: &SoFar, now: Millis) -> Standing {
        Standing {
            ended: so_far.checks.iter().filter(|check| is_over(&check.state)).count(),
            checks: so_far.checks.clone(),
            seconds: now.since(self.begun).unsigned_abs() / 1_000,
        }
    }
}

impl Watches {
    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Watch>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far something has come that runs just now; an outcome stays to be seen.
    pub(crate) fn standing(&self, key: &str, now: Millis) -> Option<Standing> {
        let watch = self.all().get(key).cloned()?;
        let so_far = watch.so_far();
        so_far.outcome.is_none().then(|| watch.standing(&so_far, now))
    }

    /// Begins work that has checks in it, to its end also when nobody looks any more; not while the same is being done already.
    pub(crate) fn begin(
        app: &App,
        key: String,
        work: impl AsyncFnOnce(Told) -> Result<(), Refused> + Send + 'static,
    ) {
        let now = app.now();
        let watch = Arc::new(Watch { begun: now, so_far: Mutex::default() });
        {
            let mut all = app.watches.all();
            all.retain(|_, other| now.since(other.begun) < KEPT_MS || other.so_far().outcome.is_none());
            if all.get(&key).is_some_and(|other| other.so_far().outcome.is_none()) {
                return;
            }
            all.insert(key, Arc::clone(&watch));
        }
        let (runtime, told) = (Handle::current(), Told(Some(Arc::clone(&watch))));
        let done = tokio::task::spawn_blocking(move || runtime.block_on(work(told)));
        tokio::spawn(async move {
            let outcome = done.await.unwrap_or_else(|broken| Err(Problem::bug(&broken.to_string()).into()));
            watch.so_far().outcome = Some(outcome);
        });
    }

    /// How it stands with what was begun under this name. An outcome is seen once.
    pub(crate) fn look(&self, key: &str, now: Millis) -> Seen {
        let mut all = self.all();
        let Some(watch) = all.get(key) else { return Seen::Nothing };
        let mut so_far = watch.so_far();
        match so_far.outcome.take() {
            Some(outcome) => {
                drop(so_far);
                all.remove(key);
                Seen::Ended(outcome)
            }
            None => Seen::Running(watch.standing(&so_far, now)),
        }
    }
}
