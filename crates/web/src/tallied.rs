//! What is counted over all issues of an integration, for everybody who looks until another run has ended, somebody has changed its
//! settings, or rows were taken away or put back without a run. Those who ask at the same time wait for one count. Where only a run has ended since, they wait a moment, and have the
//! count before then, which says when it was made.

use crate::{app::App, http::Problem, life::to_its_end};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Mutex as Turn,
    time::{Instant, timeout_at},
};
use weir_ingest::{
    cases::{self, CasesFound, CasesRead},
    fields::{self, Discovered, Tally},
};
use weir_model::{Integration, Kind, RunId};
use weir_store::StoreError;

/// How long a count is waited for where an older one is known.
const PATIENCE: Duration = Duration::from_secs(1);

/// Counts of one sort that are kept.
const MOST: usize = 64;

/// The counts that were made last.
#[derive(Debug, Default)]
pub(crate) struct Tallied {
    fields: Places<Tally>,
    cases: Places<CasesFound>,
    rows: Places<BTreeMap<Kind, u64>>,
}

impl Tallied {
    /// The custom fields of an integration.
    pub(crate) async fn fields(app: &App, integration: &Integration) -> Result<Discovered, Problem> {
        let as_of = AsOf::now(app, integration).await?;
        let (counting, of) = (app.clone(), integration.clone());
        let count = async move || fields::tally(&counting.store, &of, counting.now()).await;
        let tally = app.tallied.fields.counted(integration.id.to_string(), as_of, count).await?;
        Ok(fields::described(&app.store, integration, &tally).await?)
    }

    /// How many rows of each kind are kept of an integration.
    pub(crate) async fn rows(
        app: &App,
        integration: &Integration,
    ) -> Result<Arc<BTreeMap<Kind, u64>>, Problem> {
        let as_of = AsOf::now(app, integration).await?;
        let (counting, id) = (app.clone(), integration.id);
        let count = async move || counting.store.counts(&id).await;
        app.tallied.rows.counted(integration.id.to_string(), as_of, count).await
    }

    /// What a reading of support cases finds.
    pub(crate) async fn cases(
        app: &App,
        integration: &Integration,
        read: &CasesRead,
    ) -> Result<Arc<CasesFound>, Problem> {
        let as_of = AsOf::now(app, integration).await?;
        let mut asked = format!("{} {:?}", integration.id, read.spelling);
        for field in &read.fields {
            // Writing to a text does not fail.
            _ = write!(asked, " {}", field.id);
        }
        let (counting, of, read) = (app.clone(), integration.clone(), read.clone());
        let count = async move || cases::cases_found(&counting.store, &of, &read, counting.now()).await;
        app.tallied.cases.counted(asked, as_of, count).await
    }
}

/// Counts of one sort, each in its place; those that were asked for last are the last.
#[derive(Debug)]
struct Places<T>(Mutex<Vec<(String, Arc<Place<T>>)>>);

#[derive(Debug)]
struct Place<T> {
    /// Held by whoever counts.
    turn: Arc<Turn<()>>,
    kept: Mutex<Kept<T>>,
}

#[derive(Debug)]
struct Kept<T> {
    last: Option<(AsOf, Arc<T>)>,
    /// Since when it is being counted.
    begun: Option<Instant>,
}

/// What a count depends on.
#[derive(Clone, PartialEq, Debug)]
struct AsOf {
    /// The settings, and how often rows were taken away or put back without a run: nothing that was counted before is shown then.
    rows: String,
    run: Option<RunId>,
}

impl AsOf {
    async fn now(app: &App, integration: &Integration) -> Result<Self, StoreError> {
        let (run, recounts) = app.store.counted_as_of(&integration.id).await?;
        Ok(Self { rows: format!("{recounts} {:?}", integration.settings), run })
    }
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Send + Sync + 'static> Places<T> {
    async fn counted(
        &self,
        asked: String,
        as_of: AsOf,
        count: impl AsyncFnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Arc<T>, Problem> {
        let place = self.place(asked);
        let old = match place.last(&as_of) {
            Some((true, fresh)) => return Ok(fresh),
            old => old.map(|(_, old)| old),
        };
        let counting = {
            let place = Arc::clone(&place);
            async move {
                let turn = Arc::clone(&place.turn).lock_owned().await;
                // Somebody else may have counted meanwhile.
                if let Some((true, fresh)) = place.last(&as_of) {
                    return Ok(fresh);
                }
                place.begin();
                let counted = to_its_end(async move || {
                    let counted = count().await.map(Arc::new);
                    place.end(as_of, counted.as_ref().ok());
                    drop(turn);
                    counted
                });
                Ok(counted.await??)
            }
        };
        let Some(old) = old else { return counting.await };
        match timeout_at(place.patience(), counting).await {
            Ok(counted) => counted,
            Err(_) => Ok(old),
        }
    }

    fn place(&self, name: String) -> Arc<Place<T>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.iter().position(|(known, _)| *known == name).map(|at| all.remove(at));
        let (name, place) = found.unwrap_or_else(|| {
            let kept = Mutex::new(Kept { last: None, begun: None });
            (name, Arc::new(Place { turn: Arc::default(), kept }))
        });
        if all.len() >= MOST {
            all.remove(0);
        }
        all.push((name, Arc::clone(&place)));
        place
    }
}

impl<T> Place<T> {
    /// The last count of these rows, and whether it is as new as it can be.
    fn last(&self, as_of: &AsOf) -> Option<(bool, Arc<T>)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, last) = kept.last.as_ref().filter(|(of, _)| of.rows == as_of.rows)?;
        Some((of.run == as_of.run, Arc::clone(last)))
    }

    fn begin(&self) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).begun = Some(Instant::now());
    }

    fn end(&self, as_of: AsOf, counted: Option<&Arc<T>>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.begun = None;
        if let Some(counted) = counted {
            kept.last = Some((as_of, Arc::clone(counted)));
        }
    }

    /// Until when somebody waits who has an older count.
    fn patience(&self) -> Instant {
        let begun = self.kept.lock().unwrap_or_else(PoisonError::into_inner).begun;
        begun.unwrap_or_else(Instant::now) + PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};
    use tokio::sync::Semaphore;

    fn as_of(rows: &str, run: u8) -> AsOf {
        let run = RunId::generate(weir_model::Millis(run.into()), &weir_testkit::SeededEntropy::new(1));
        AsOf { rows: rows.into(), run: Some(run) }
    }

    /// A count that waits for its leave, and then gives which one it is.
    fn slow(
        leave: &Arc<Semaphore>,
        counts: &Arc<AtomicU64>,
    ) -> impl AsyncFnOnce() -> Result<u64, StoreError> + use<> {
        let (leave, counts) = (Arc::clone(leave), Arc::clone(counts));
        async move || {
            leave.acquire().await.expect("it is open").forget();
            Ok(counts.fetch_add(1, Ordering::SeqCst) + 1)
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn those_who_ask_together_wait_for_one_count() {
        let (places, leave, counts) =
            (Arc::new(Places::default()), Arc::new(Semaphore::new(0)), Arc::default());
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..5 {
            let (places, count) = (Arc::clone(&places), slow(&leave, &counts));
            asking
                .spawn(async move { places.counted("a".into(), as_of("s", 1), count).await.map(|got| *got) });
        }
        leave.add_permits(5);
        let got = asking.join_all().await;
        assert!(got.iter().all(|got| matches!(got, Ok(1))), "{got:?}");
        assert_eq!(counts.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn after_a_run_the_count_before_is_given_until_the_new_one_is_there() {
        let (places, leave, counts) = (Places::default(), Arc::new(Semaphore::new(1)), Arc::default());
        let first = places.counted("a".into(), as_of("s", 1), slow(&leave, &counts)).await;
        assert_eq!(first.map(|got| *got).ok(), Some(1));
        let later = places.counted("a".into(), as_of("s", 2), slow(&leave, &counts)).await;
        assert_eq!(later.map(|got| *got).ok(), Some(1), "the new one waits for its leave");
        leave.add_permits(1);
        for _ in 0..500 {
            let got = places.counted("a".into(), as_of("s", 2), slow(&leave, &counts)).await.map(|got| *got);
            if got.ok() == Some(2) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the new count never came");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_count_of_other_rows_is_never_given() {
        let (places, leave, counts) = (Places::default(), Arc::new(Semaphore::new(2)), Arc::default());
        for (rows, count) in [("s", 1), ("s", 1), ("other", 2)] {
            let got = places.counted("a".into(), as_of(rows, 1), slow(&leave, &counts)).await;
            assert_eq!(got.map(|got| *got).ok(), Some(count), "{rows}");
        }
    }
}
