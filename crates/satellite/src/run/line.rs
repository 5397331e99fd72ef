//! The way of parcels from an errand to the server: one after the other, each until it is answered.

use super::{
    Agent, LONGEST_PAUSE, PAUSE,
    server::{self, Number},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;
use weir_model::{IntegrationId, Message, Millis};
use weir_source::{CancellationToken, errand::Reply};

/// How long the server may hold a parcel before it is asked again.
const WAITS: Duration = Duration::from_secs(20);

/// The parcels of one errand, handed out once.
#[derive(Debug)]
pub(super) struct Line {
    agent: Arc<Agent>,
    errand: i64,
    turn: i64,
    /// The number of the next parcel; whoever holds it sends.
    next: Mutex<i64>,
    /// What is read.
    of: IntegrationId,
    stop: CancellationToken,
}

impl Line {
    pub(super) fn new(
        agent: Arc<Agent>,
        (errand, turn): (i64, i64),
        of: IntegrationId,
        stop: CancellationToken,
    ) -> Self {
        Self { agent, errand, turn, next: Mutex::new(1), of, stop }
    }

    /// Hands in a parcel; while the server is away, again and again, until `since` is longer ago than a spool keeps.
    pub(super) async fn hand_in(&self, packed: &[u8], since: Millis) -> Result<Reply, Message> {
        let mut next = self.next.lock().await;
        let number: Number = (self.errand, self.turn, *next);
        let (mut pause, mut told) = (PAUSE, None);
        loop {
            let id = self.agent.state.id();
            let sent = tokio::select! {
                sent = self.agent.server.parcel(id, number, packed.to_vec(), WAITS) => sent,
                // What is on its way since before the server was away is not answered any more.
                () = self.agent.back.notified() => continue,
                () = self.stop.cancelled() => Err(Message::Interrupted {}),
            };
            match sent {
                Ok(Some(reply)) => {
                    if told.is_some() {
                        self.agent.feeds.went(&self.of, None);
                    }
                    *next += 1;
                    return Ok(reply);
                }
                Ok(None) => continue,
                Err(message) if server::is_gone(&message) => return Err(message),
                Err(Message::Interrupted {}) => return Err(Message::Interrupted {}),
                // That it is away is told by who reports.
                Err(message) if server::is_away(&message) || told.as_ref() == Some(&message) => {
                    tracing::debug!(reason = %message, "a parcel could not be handed in");
                }
                Err(message) => {
                    self.agent.tell(&format!("{message} It is tried again."));
                    self.agent.feeds.went(&self.of, Some(&message));
                    told = Some(message);
                }
            }
            if self.agent.environment.clock.now().since(since) > self.agent.options.spool_ms {
                return Err(super::spool::too_old(self.agent.options.spool_ms));
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                () = self.agent.back.notified() => pause = PAUSE,
                () = self.stop.cancelled() => return Err(Message::Interrupted {}),
            }
        }
    }
}
