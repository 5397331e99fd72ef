//! Ctrl-C and SIGTERM: whatever runs is dropped, and with it the processes and folders it owns.

use anyhow::{Result, bail};
use tokio::signal::unix::{SignalKind, signal};

/// Comes back, with an error, once this process is asked to stop.
pub(crate) async fn wait() -> Result<bool> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    bail!("interrupted")
}
