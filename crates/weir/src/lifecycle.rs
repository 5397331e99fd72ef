//! Signals. The first Ctrl-C or SIGTERM asks the work to stop; the second ends the process.

use crate::{failure::Failure, output};
use std::future::Future;
use tokio::signal::unix::{SignalKind, signal};
use weir_model::Message;
use weir_source::CancellationToken;

/// Owns the wish to stop.
#[derive(Clone, Debug)]
pub(crate) struct Lifecycle {
    cancel: CancellationToken,
}

impl Lifecycle {
    /// Listens for signals from now on.
    pub(crate) fn start() -> Self {
        let cancel = CancellationToken::new();
        tokio::spawn(listen(cancel.clone()));
        Self { cancel }
    }

    /// Cancelled when somebody wants us to stop.
    pub(crate) fn cancel(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// Does work that may be dropped at any await without leaving anything half-done.
    pub(crate) async fn droppable<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            outcome = work => outcome,
            () = self.cancel.cancelled() => Err(Message::Interrupted {}.into()),
        }
    }
}

async fn listen(cancel: CancellationToken) {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::error!("signals cannot be listened to; a signal ends the process at once");
        return;
    };
    let mut asked = 0_u32;
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        asked += 1;
        if asked > 1 {
            std::process::exit(i32::from(weir_model::ExitCode::Interrupted as u8));
        }
        output::note("Stopping. What is committed stays; once more ends at once.");
        cancel.cancel();
    }
}
