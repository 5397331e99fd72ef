//! Carries what a spool holds to the server, the oldest first.

use super::{line::Line, spool::Spool};
use weir_model::{Clock, Message};
use weir_source::{CancellationToken, errand::Reply};

/// Sends until it is stopped, or cannot.
pub(super) async fn carry(
    spool: &Spool,
    line: &Line,
    clock: &dyn Clock,
    stop: &CancellationToken,
) -> Result<(), Message> {
    loop {
        let Some((seq, packed)) = spool.oldest()? else {
            tokio::select! {
                () = spool.moves() => continue,
                () = stop.cancelled() => return Ok(()),
            }
        };
        let since = spool.since().unwrap_or_else(|| clock.now());
        match line.hand_in(&packed, since).await {
            Ok(Reply::Committed) => spool.sent(seq)?,
            Ok(Reply::Issues { .. }) => {
                return Err(Message::Bug { detail: "a batch was answered as a question".to_owned() });
            }
            Err(Message::Interrupted {}) if stop.is_cancelled() => return Ok(()),
            Err(message) => return Err(message),
        }
    }
}
