//! Keeps the progress true while something is waited for, and ends work that does not move.
//!
//! Work moves when bytes come from the site or a batch is committed. Waiting because the site asked for it, or until it
//! answers again, is not standing still: both have an end of their own.

use crate::{Progress, Source, SourceError};
use std::time::Duration;
use tokio::time::Instant;
use weir_model::Message;

/// How often the traffic is looked at.
const WATCH_EVERY: Duration = Duration::from_millis(200);

/// How long nothing may move. No request lasts longer than a minute, so that only what hangs does not move for ten.
const LONGEST_STALL: Duration = Duration::from_secs(10 * 60);

/// Does `work` while the progress tells of the traffic of `source`; gives up on it when nothing moves any more.
///
/// # Errors
/// [`Message::RunStalled`], in whose place another try makes sense.
pub(crate) async fn watched<T>(
    source: &dyn Source,
    progress: &Progress,
    work: impl Future<Output = T>,
) -> Result<T, SourceError> {
    tokio::select! {
        outcome = work => Ok(outcome),
        stalled = watch(source, progress) => Err(stalled),
    }
}

async fn watch(source: &dyn Source, progress: &Progress) -> SourceError {
    let mut ticks = tokio::time::interval(WATCH_EVERY);
    let begun = Instant::now();
    let mut stall = Stall::default();
    loop {
        ticks.tick().await;
        let traffic = source.traffic();
        progress.traffic(traffic);
        let moved = (traffic.bytes_in, progress.commits());
        if stall.has_lasted(begun.elapsed(), moved, traffic.is_held) {
            return Message::RunStalled { minutes: LONGEST_STALL.as_secs() / 60 }.into();
        }
    }
}

/// Does `work`, which only asks `source` and commits nothing; gives up on it when nothing comes any more.
///
/// # Errors
/// Those of `work`, and [`Message::RunStalled`].
pub async fn unless_stalled<T>(
    source: &dyn Source,
    work: impl Future<Output = Result<T, SourceError>>,
) -> Result<T, SourceError> {
    watched(source, &Progress::default(), work).await.flatten()
}

/// Since when nothing has moved.
#[derive(Debug, Default)]
struct Stall {
    since: Duration,
    moved: (u64, u64),
}

impl Stall {
    /// Whether nothing has moved for too long, at `now` since the beginning.
    fn has_lasted(&mut self, now: Duration, moved: (u64, u64), is_held: bool) -> bool {
        if moved != self.moved || is_held {
            (self.since, self.moved) = (now, moved);
        }
        now.saturating_sub(self.since) >= LONGEST_STALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    #[test]
    fn what_does_not_move_for_ten_minutes_has_stalled() {
        let mut stall = Stall::default();
        assert!(!stall.has_lasted(minutes(1), (100, 1), false));
        assert!(!stall.has_lasted(minutes(10), (100, 1), false));
        assert!(stall.has_lasted(minutes(11), (100, 1), false));
    }

    #[test]
    fn a_byte_or_a_commit_is_a_move() {
        let mut stall = Stall::default();
        assert!(!stall.has_lasted(minutes(9), (1, 0), false));
        assert!(!stall.has_lasted(minutes(18), (1, 1), false));
        assert!(!stall.has_lasted(minutes(27), (1, 1), false));
        assert!(stall.has_lasted(minutes(28), (1, 1), false));
    }

    #[test]
    fn waiting_at_the_sites_wish_is_no_stall_however_long() {
        let mut stall = Stall::default();
        for minute in 1..=120 {
            assert!(!stall.has_lasted(minutes(minute), (7, 7), true));
        }
        assert!(!stall.has_lasted(minutes(129), (7, 7), false));
        assert!(stall.has_lasted(minutes(130), (7, 7), false));
    }
}
