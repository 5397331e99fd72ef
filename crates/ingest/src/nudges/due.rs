//! What a scheduler does about nudges: those whose period has ended are sent, once a run has read everything until then.

use super::{
    Outlet,
    kept::Ways,
    prepared::{Work, trouble},
    said,
    window::Periods,
};
use crate::{
    hygiene::Base,
    keys::{self, WhenMissing},
};
use std::sync::Arc;
use weir_model::{Integration, Message, Millis, Nudge, NudgeChannel, NudgeTurn};
use weir_source::{CancellationToken, Environment};
use weir_store::{DueNudge, Store};
use weir_vault::{KeyFile, OsEntropy};

/// How long a nudge is left to whoever took it.
const TAKEN_MS: i64 = 10 * 60_000;

/// After what time it is looked again whether a run has come.
const LOOK_AGAIN_MS: i64 = 30_000;

/// After what time messages are tried again that were not taken.
const TRY_AGAIN_MS: i64 = 10 * 60_000;

/// How long messages are remembered.
const KEPT_MS: i64 = 400 * 86_400_000;

/// Sends nudges that are due.
#[derive(Debug)]
pub(crate) struct Nudger {
    pub(crate) store: Store,
    pub(crate) key_file: KeyFile,
    pub(crate) environment: Environment,
    pub(crate) outlet: Outlet,
}

impl Nudger {
    /// Looks at every nudge that is due. One that fails keeps no other one from being sent.
    pub(crate) async fn look(&self, stop: &CancellationToken) {
        let due = match self.store.nudges_due().await {
            Ok(due) => due,
            Err(error) => return tracing::debug!(%error, "nudges could not be looked at"),
        };
        for one in due {
            if stop.is_cancelled() {
                return;
            }
            if let Err(error) = self.one(&one, stop).await {
                tracing::warn!(nudge = %one.id, code = error.id(), %error, "a nudge could not be sent");
            }
        }
    }

    async fn one(&self, due: &DueNudge, stop: &CancellationToken) -> Result<(), Message> {
        let Some((integration, nudge)) = self.store.nudge(&due.id).await.map_err(said)? else {
            return Ok(());
        };
        // Another server may have a server of mail.
        let is_mail = nudge.settings.channel == NudgeChannel::Mail;
        if is_mail && self.outlet.mail.is_none() {
            return Ok(());
        }
        let now = self.environment.clock.now();
        let later = |ms: i64| Millis(now.0 + ms);
        if nudge.due_at > now {
            return self.put_off(due, nudge.due_at).await.map(drop);
        }
        let periods = Periods::of(&nudge.settings, &integration);
        let end = periods.end_until(now);
        let read = self.store.read_since(&integration.id).await.map_err(said)?;
        let base = Base::of(&self.store, &integration, None).await.map_err(said)?;
        let trouble = trouble(&integration, &nudge, &base, true);
        let is_known = trouble.is_some() || read.is_some_and(|read| read >= end);
        if !is_known {
            return self.put_off(due, later(LOOK_AGAIN_MS)).await.map(drop);
        }
        let taken = later(TAKEN_MS);
        if !self.put_off(due, taken).await? {
            return Ok(());
        }
        let taken = DueNudge { look_at: taken, ..due.clone() };
        match self.turn((&integration, &nudge), trouble, (&periods, end), stop).await {
            Ok(true) => Ok(()),
            Ok(false) => self.put_off(&taken, later(TRY_AGAIN_MS)).await.map(drop),
            Err(error) => {
                self.put_off(&taken, later(TRY_AGAIN_MS)).await?;
                Err(error)
            }
        }
    }

    async fn put_off(&self, due: &DueNudge, until: Millis) -> Result<bool, Message> {
        self.store.put_off_nudge(due, until).await.map_err(said)
    }

    /// Sends what the period that ended at `end` has; `false` when something of it is worth another try.
    async fn turn(
        &self,
        (integration, nudge): (&Integration, &Nudge),
        trouble: Option<Message>,
        (periods, end): (&Periods, Millis),
        stop: &CancellationToken,
    ) -> Result<bool, Message> {
        let next = periods.end_after(end);
        if let Some(trouble) = trouble {
            let (at, since) = (self.environment.clock.now(), nudge.covered_until);
            let turn = NudgeTurn {
                at,
                since,
                until: end,
                trouble: Some(trouble.to_string()),
                ..NudgeTurn::default()
            };
            // Nobody was told, so that nothing counts as told.
            self.store.end_nudge(nudge, (nudge.covered_until, next), &turn).await.map_err(said)?;
            return Ok(true);
        }
        let entropy = Arc::new(OsEntropy);
        let vault =
            keys::unlock(&self.store, &self.key_file, WhenMissing::MakeForEmptyStore, entropy).await?;
        let ways =
            Ways { store: &self.store, vault: &vault, environment: &self.environment, outlet: &self.outlet };
        let work = Work::until(ways, integration, nudge, end).await?;
        let worked = work.worked_out().await?;
        if worked.messages.is_empty() {
            work.note_nothing_new().await?;
        }
        let turned = work.send(worked, stop).await?;
        if turned.is_unfinished {
            return Ok(false);
        }
        self.store.end_nudge(nudge, (end, next), &turned.turn).await.map_err(said)?;
        self.store.forget_messages(&nudge.id, Millis(end.0 - KEPT_MS)).await.map_err(said)?;
        let (sent, failed) = (turned.turn.sent, turned.turn.failed);
        tracing::info!(integration = integration.name, nudge = nudge.name, sent, failed, "a nudge was sent");
        Ok(true)
    }
}
