//! A clock for tests that moves to the next awaited instant once everybody waits.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::time::Timing;

/// 2026-03-01T12:00:00Z, when the clock begins.
pub(super) const NOW: i64 = 1_772_366_400_000;

/// Rounds of the scheduler after which every task that can go on has gone on.
const ROUNDS: usize = 60;

#[derive(Debug, Default)]
pub(super) struct VirtualTime {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    now: Duration,
    sleepers: Vec<(Duration, oneshot::Sender<()>)>,
}

impl VirtualTime {
    /// Runs `work` on a clock of its own.
    pub(super) fn run<F: Future>(work: impl FnOnce(Arc<Self>) -> F) -> F::Output {
        let time = Arc::new(Self::default());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            tokio::select! {
                output = work(Arc::clone(&time)) => output,
                () = time.pass() => unreachable!(),
            }
        })
    }

    /// Wakes one sleeper after the other, each at its instant.
    async fn pass(&self) {
        loop {
            for _ in 0..ROUNDS {
                tokio::task::yield_now().await;
            }
            let mut state = self.state.lock().unwrap();
            state.sleepers.retain(|(_, sleeper)| !sleeper.is_closed());
            let next = state.sleepers.iter().map(|(until, _)| *until).min();
            let Some(next) = next else { continue };
            state.now = state.now.max(next);
            let (due, waiting) = state.sleepers.drain(..).partition(|(until, _)| *until <= next);
            state.sleepers = waiting;
            for (_, sleeper) in due {
                let _ = sleeper.send(());
            }
        }
    }
}

impl Timing for VirtualTime {
    fn wall_ms(&self) -> i64 {
        NOW + i64::try_from(self.elapsed().as_millis()).unwrap()
    }

    fn elapsed(&self) -> Duration {
        self.state.lock().unwrap().now
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state.lock().unwrap();
        // As tokio's timer does: whole milliseconds, never early.
        let until = Duration::from_millis(
            u64::try_from((state.now + duration).as_nanos().div_ceil(1_000_000)).unwrap(),
        );
        state.sleepers.push((until, sender));
        drop(state);
        Box::pin(async move { drop(receiver.await) })
    }
}
