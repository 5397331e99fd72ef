//! Clients whose time and chance belong to the test.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use weir_http::{Client, ClientConfig, Request, Timing, Url};

/// 2026-03-01T12:00:00Z.
pub(crate) const NOW: i64 = 1_772_366_400_000;

/// Time that passes only when someone sleeps.
#[derive(Debug, Default)]
pub(crate) struct Sleeper {
    slept: Mutex<Vec<Duration>>,
}

impl Sleeper {
    /// Every sleep so far, in milliseconds.
    pub(crate) fn sleeps(&self) -> Vec<u128> {
        self.slept.lock().unwrap().iter().map(Duration::as_millis).collect()
    }
}

impl Timing for Sleeper {
    fn wall_ms(&self) -> i64 {
        NOW + i64::try_from(self.elapsed().as_millis()).unwrap()
    }

    fn elapsed(&self) -> Duration {
        self.slept.lock().unwrap().iter().sum()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.slept.lock().unwrap().push(duration);
        })
    }
}

/// A configuration without jitter (`chance` is 0) or with all of it (1), and its sleeper.
pub(crate) fn config(chance: f64) -> (ClientConfig, Arc<Sleeper>) {
    let sleeper = Arc::new(Sleeper::default());
    let mut config = ClientConfig::new("weir-test", Arc::new(|| NOW), Arc::new(move || chance));
    config.timing = Arc::clone(&sleeper) as Arc<dyn Timing>;
    (config, sleeper)
}

/// A client with the defaults and full jitter.
pub(crate) fn client() -> (Client, Arc<Sleeper>) {
    let (config, sleeper) = config(1.0);
    (Client::new(config).unwrap(), sleeper)
}

/// A GET in the group `test`.
pub(crate) fn get(url: Url) -> Request {
    Request::get(url, "test")
}

/// Lets a test run in a process of its own with these environment variables. In the test's first
/// process it starts the second, insists that the test passed there, and gives false; in the second
/// it gives true.
pub(crate) fn in_own_process(test: &str, environment: &[(&str, &str)]) -> bool {
    const MARK: &str = "WEIR_TEST_IN_OWN_PROCESS";
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env(MARK, "1")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
    false
}
