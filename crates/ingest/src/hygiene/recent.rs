//! What was counted a moment ago, kept by a server: who changes weights or goes from page to page asks for the same counts again and
//! again. Those who ask for the same at the same time wait for one count. Answers say of which instant they speak.

use super::behind::Total;
use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::Mutex as Turn;
use weir_metrics::hygiene::{Counts, Tally};
use weir_model::Millis;

/// For how long counts are good.
const GOOD_MS: i64 = 10_000;

/// Questions of one sort whose counts are kept.
const MOST: usize = 32;

/// Counts of the last few questions.
#[derive(Debug, Default)]
pub struct Recent {
    /// Of reports.
    pub(super) counts: Kept<Counts>,
    /// Of the days that reports are compared with, which take no place of those.
    pub(super) compared: Kept<Counts>,
    /// Of trends: each instant with what was counted of it.
    pub(super) series: Kept<Vec<(Millis, Tally)>>,
    /// How many issues are behind a number.
    pub(super) totals: Kept<Total>,
}

/// A count with the instant that it is of; held by whoever counts.
type Place<T> = Arc<Turn<Option<(Millis, Arc<T>)>>>;

/// Counts of one sort, each by everything that it depends on but for the instant; those that were asked for last are the last.
#[derive(Debug)]
pub(super) struct Kept<T>(Mutex<Vec<(String, Place<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Kept<T> {
    /// The counts of this question that are as good as those of `now`, with the instant that they are of; counted where there are none.
    pub(super) async fn or_count<E>(
        &self,
        of: String,
        now: Millis,
        count: impl Future<Output = Result<T, E>>,
    ) -> Result<(Millis, Arc<T>), E> {
        let place = self.place(of);
        let mut last = place.lock().await;
        let is_good = |at: Millis| now.0.saturating_sub(at.0).abs() < GOOD_MS;
        if let Some((at, counts)) = last.as_ref().filter(|(at, _)| is_good(*at)) {
            return Ok((*at, Arc::clone(counts)));
        }
        let counts = Arc::new(count.await?);
        *last = Some((now, Arc::clone(&counts)));
        Ok((now, counts))
    }

    fn place(&self, of: String) -> Place<T> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.iter().position(|(known, _)| *known == of).map(|at| all.remove(at));
        let (of, place) = found.unwrap_or_else(|| (of, Place::default()));
        if all.len() >= MOST {
            all.remove(0);
        }
        all.push((of, Arc::clone(&place)));
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is given of a question at an instant, where a count would give the instant itself.
    async fn asked(kept: &Kept<i64>, of: &str, now: i64) -> (i64, i64) {
        let count = async { Ok::<_, ()>(now) };
        let (at, counts) = kept.or_count(of.into(), Millis(now), count).await.expect("it counts");
        (at.0, *counts)
    }

    #[tokio::test]
    async fn counts_are_good_for_a_moment_and_for_their_own_question() {
        let kept = Kept::default();
        // The last asks about long before, as a report does that compares.
        for (of, now, given) in [
            ("a", 1_000, 1_000),
            ("a", 10_999, 1_000),
            ("a", 11_000, 11_000),
            ("b", 11_001, 11_001),
            ("b", -90_000, -90_000),
        ] {
            assert_eq!(asked(&kept, of, now).await, (given, given), "{of} at {now}");
        }
    }

    #[tokio::test]
    async fn only_the_last_few_are_kept() {
        let kept = Kept::default();
        for now in 0..=MOST as i64 {
            asked(&kept, &now.to_string(), now).await;
        }
        let last = MOST as i64;
        assert_eq!(asked(&kept, &last.to_string(), 100).await.0, last);
        assert_eq!(asked(&kept, "0", 100).await.0, 100, "it had to go");
    }

    #[tokio::test]
    async fn those_who_ask_together_wait_for_one_count_and_a_failure_is_not_kept() {
        let kept = Arc::new(Kept::<u32>::default());
        let failed = kept.or_count("a".into(), Millis(0), async { Err("broken") }).await;
        assert_eq!(failed.err(), Some("broken"));
        let mut asking = tokio::task::JoinSet::new();
        for one in 0..5 {
            let kept = Arc::clone(&kept);
            asking.spawn(async move {
                let count = async {
                    tokio::task::yield_now().await;
                    Ok::<_, ()>(one)
                };
                kept.or_count("a".into(), Millis(one.into()), count).await.map(|(_, counts)| *counts)
            });
        }
        let given = asking.join_all().await;
        assert!(given.iter().all(|one| *one == given[0]), "{given:?}");
    }
}
