//! What is counted over all issues of an integration, for everybody who looks until another run has ended, somebody has changed its
//! settings, or rows were taken away or put back without a run; while a run is under way, for some seconds. Those who ask at the same
//! time wait for one count. Where only runs wrote since, they wait a moment, and have the count before then, which says when it was made.

use crate::{app::App, http::Problem, life::to_its_end};
use std::{
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
use weir_model::{Integration, Millis};
use weir_store::{CountedAsOf, StoreError};

/// How long a count is waited for where an older one is known.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a count is good while a run is under way.
const GOOD_FOR: Duration = Duration::from_secs(10);

/// The same, in the times that it took: so that no more than a part of the machine is busy with counting.
const GOOD_FOR_TIMES: u32 = 5;

/// Counts of one sort that are kept.
const MOST: usize = 64;

/// The counts that were made last.
#[derive(Debug, Default)]
pub(crate) struct Tallied {
    fields: Places<Tally>,
    cases: Places<CasesFound>,
    stored: Places<Stored>,
}

/// How much is kept of an integration.
#[derive(Debug)]
pub(crate) struct Stored {
    /// When the counting began.
    pub(crate) counted_at: Millis,
    /// Rows, in the words of a receipt.
    pub(crate) rows: Vec<(String, u64)>,
    /// Issues that count.
    pub(crate) live: u64,
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

    /// How much is kept of an integration: all that goes with it.
    pub(crate) async fn stored(app: &App, integration: &Integration) -> Result<Arc<Stored>, Problem> {
        let as_of = AsOf::now(app, integration).await?;
        let (counting, id) = (app.clone(), integration.id);
        let count = async move || {
            let counted_at = counting.now();
            let live = counting.store.live_by_project(&id).await?.iter().map(|(_, issues)| issues).sum();
            Ok(Stored { counted_at, rows: counting.store.removable(&id).await?, live })
        };
        app.tallied.stored.counted(integration.id.to_string(), as_of, count).await
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
    last: Option<Counted<T>>,
    /// Since when it is being counted.
    begun: Option<Instant>,
}

/// A count that was made.
#[derive(Debug)]
struct Counted<T> {
    of: AsOf,
    what: Arc<T>,
    /// When it was there.
    at: Instant,
    took: Duration,
}

impl<T> Counted<T> {
    /// Whether it is as new as it can be.
    fn is_fresh(&self, as_of: &AsOf) -> bool {
        let (then, now) = (&self.of.runs, &as_of.runs);
        then.run == now.run
            && match now.is_running {
                // A run writes as long as it lasts.
                true => self.at.elapsed() < GOOD_FOR.max(self.took * GOOD_FOR_TIMES),
                // It may have ended without a word.
                false => !then.is_running,
            }
    }
}

/// What a count depends on.
#[derive(Clone, Debug)]
struct AsOf {
    /// The settings. Nothing that was counted by others is shown, or before rows were taken away or put back without a run.
    settings: String,
    runs: CountedAsOf,
}

impl AsOf {
    async fn now(app: &App, integration: &Integration) -> Result<Self, StoreError> {
        let runs = app.store.counted_as_of(&integration.id).await?;
        Ok(Self { settings: format!("{:?}", integration.settings), runs })
    }

    /// Whether what was counted then may still be shown.
    fn is_of_rows(&self, then: &Self) -> bool {
        self.settings == then.settings && self.runs.recounts == then.runs.recounts
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
        let last = kept.last.as_ref().filter(|last| as_of.is_of_rows(&last.of))?;
        Some((last.is_fresh(as_of), Arc::clone(&last.what)))
    }

    fn begin(&self) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).begun = Some(Instant::now());
    }

    fn end(&self, as_of: AsOf, counted: Option<&Arc<T>>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let took = kept.begun.take().map(|begun| begun.elapsed()).unwrap_or_default();
        if let Some(counted) = counted {
            kept.last = Some(Counted { of: as_of, what: Arc::clone(counted), at: Instant::now(), took });
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
    use weir_model::RunId;

    fn as_of(settings: &str, run: u8) -> AsOf {
        let run = RunId::generate(Millis(run.into()), &weir_testkit::SeededEntropy::new(1));
        let runs = CountedAsOf { recounts: 0, run: Some(run), is_running: false };
        AsOf { settings: settings.into(), runs }
    }

    fn running(settings: &str, run: u8) -> AsOf {
        let mut as_of = as_of(settings, run);
        as_of.runs.is_running = true;
        as_of
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
    async fn while_a_run_is_under_way_a_count_is_good_for_some_seconds() {
        let (places, leave, counts) = (Places::default(), Arc::new(Semaphore::new(9)), Arc::default());
        let ask = async |as_of: AsOf| {
            let got = places.counted("a".into(), as_of, slow(&leave, &counts)).await;
            got.map(|got| *got).ok()
        };
        let wait = |seconds| {
            let place = places.place("a".into());
            let mut kept = place.kept.lock().unwrap();
            let last = kept.last.as_mut().expect("it was counted");
            last.at =
                last.at.checked_sub(Duration::from_secs(seconds)).expect("the machine is up for longer");
        };
        assert_eq!(ask(as_of("s", 1)).await, Some(1), "before it");
        wait(60);
        assert_eq!(ask(as_of("s", 1)).await, Some(1), "nothing was written");
        assert_eq!(ask(running("s", 1)).await, Some(2), "it writes");
        wait(9);
        assert_eq!(ask(running("s", 1)).await, Some(2));
        wait(2);
        assert_eq!(ask(running("s", 1)).await, Some(3));
        let took = |seconds| {
            let place = places.place("a".into());
            let mut kept = place.kept.lock().unwrap();
            kept.last.as_mut().expect("it was counted").took = Duration::from_secs(seconds);
        };
        took(4);
        wait(19);
        assert_eq!(ask(running("s", 1)).await, Some(3), "what takes long is not counted all the time");
        wait(2);
        assert_eq!(ask(running("s", 1)).await, Some(4));
        assert_eq!(ask(as_of("s", 1)).await, Some(5), "it was broken off");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_count_from_before_rows_were_put_away_is_never_given() {
        let (places, leave, counts) = (Places::default(), Arc::new(Semaphore::new(2)), Arc::default());
        for (recounts, count) in [(0, 1), (1, 2), (1, 2)] {
            let mut as_of = as_of("s", 1);
            as_of.runs.recounts = recounts;
            let got = places.counted("a".into(), as_of, slow(&leave, &counts)).await;
            assert_eq!(got.map(|got| *got).ok(), Some(count), "{recounts}");
        }
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
