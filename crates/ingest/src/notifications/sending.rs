//! Sending what waits. What could not be handed over is tried again, later each time, for about a day.

use super::{
    Ways,
    look::{Notifier, named},
    quiet, said,
    secrets::Secrets,
    when::when,
    words,
};
use crate::{
    keys::{self, WhenMissing},
    nudges::Outlet,
};
use std::sync::Arc;
use weir_model::{
    Channel, ChannelKind, Message, Millis, Notice, NoticeContent, NoticeState, NudgeFault, clean,
};
use weir_notify::{
    Bulletin, BulletinItem, ExposeSecret as _, Mail, MailAddress, Mailer, Outcome, Post, Url, Webhooks,
};
use weir_source::{CancellationToken, Environment};
use weir_store::NoticeBatch;
use weir_vault::{OsEntropy, Vault};

/// Minutes until the next attempt, after each that failed.
const AGAIN_MINUTES: [i64; 8] = [1, 5, 15, 60, 120, 240, 480, 480];

/// Messages that are told in words; the rest is counted.
const SHOWN: usize = 20;

/// What came of trying a channel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tried {
    /// Whether it was taken.
    pub state: NoticeState,
    /// Why not.
    pub said: String,
    /// When.
    pub at: Millis,
}

impl Notifier {
    /// Sends what waits for its time no more.
    pub(super) async fn send(&self, stop: &CancellationToken) -> Result<(), Message> {
        let due = self.store.channels_due().await.map_err(said)?;
        if due.is_empty() {
            return Ok(());
        }
        let entropy = Arc::new(OsEntropy);
        let vault =
            keys::unlock(&self.store, &self.key_file, WhenMissing::MakeForEmptyStore, entropy).await?;
        for id in due {
            let Some(channel) = self.store.channel(&id).await.map_err(said)? else { continue };
            // Another server may have a server of mail.
            let is_mail = channel.settings.kind == ChannelKind::Mail;
            if stop.is_cancelled() || is_mail && self.outlet.mail.is_none() {
                continue;
            }
            if let Err(error) = self.through(&channel, &vault, stop).await {
                tracing::warn!(channel = channel.name, code = error.id(), %error, "a notification could not be sent");
            }
        }
        Ok(())
    }

    async fn through(
        &self,
        channel: &Channel,
        vault: &Vault,
        stop: &CancellationToken,
    ) -> Result<(), Message> {
        let secrets = Secrets::of(&self.store, vault, &channel.id).await?;
        // A signed webhook is known again by its id.
        let may_repeat = channel.settings.kind == ChannelKind::Webhook;
        while !stop.is_cancelled() {
            let claimed = self.store.claim_notices(&channel.id, &self.fresh("msg"), may_repeat).await;
            let Some(batch) = claimed.map_err(said)? else { break };
            let line =
                Line { environment: &self.environment, outlet: &self.outlet, channel, secrets: &secrets };
            let outcome = line.send(&batch.id, &batch.notices).await?;
            let (state, why, look_at) = self.judged(channel, &batch, outcome);
            let done = self.store.batch_done(&channel.id, &batch.id, (state, &why), look_at).await;
            done.map_err(said)?;
            tracing::info!(channel = channel.name, state = state.as_str(), "a notification was sent");
        }
        Ok(())
    }

    /// What is noted of an outcome, and when it is tried again.
    fn judged(
        &self,
        channel: &Channel,
        batch: &NoticeBatch,
        outcome: Outcome,
    ) -> (NoticeState, String, Millis) {
        let now = self.environment.clock.now();
        let (state, why) = noted(outcome);
        let tried = usize::try_from(batch.attempts).unwrap_or(usize::MAX);
        match (state, AGAIN_MINUTES.get(tried.saturating_sub(1))) {
            (NoticeState::Failed, Some(minutes)) => {
                let again = Millis(now.0 + minutes * 60_000);
                (state, why, quiet::not_before(channel.settings.quiet.as_ref(), again))
            }
            (NoticeState::Failed, None) => {
                (NoticeState::Refused, format!("{why}. It was tried often enough"), now)
            }
            _ => (state, why, now),
        }
    }
}

fn noted(outcome: Outcome) -> (NoticeState, String) {
    let (state, why) = match outcome {
        Outcome::Sent => (NoticeState::Sent, String::new()),
        Outcome::Later(why) => (NoticeState::Failed, why),
        Outcome::Refused(why) => (NoticeState::Refused, why),
        Outcome::Unknown(why) => (NoticeState::Unknown, why),
    };
    (state, clean(&why, 300))
}

/// Sends a message through a channel, whether it is on or not, and notes what came of it.
///
/// # Errors
/// `mail.none`, and what the store says.
pub async fn test(ways: Ways<'_>, channel: &Channel) -> Result<Tried, Message> {
    let Ways { store, vault, environment, outlet } = ways;
    if channel.settings.kind == ChannelKind::Mail && outlet.mail.is_none() {
        return Err(NudgeFault::MailNone {}.into());
    }
    let secrets = Secrets::of(store, vault, &channel.id).await?;
    let id = named("msg", environment.entropy.as_ref());
    let (content, at) = (words::test(), environment.clock.now());
    let line = Line { environment, outlet, channel, secrets: &secrets };
    let outcome = line.tell(&id, vec![line.item(&content, at)], 0).await?;
    let (state, why) = match noted(outcome) {
        // Whoever tries it tries it again.
        (NoticeState::Failed, why) => (NoticeState::Refused, why),
        noted => noted,
    };
    store.note_test(&channel.id, &id, &content, (state, &why)).await.map_err(said)?;
    Ok(Tried { state, said: why, at })
}

/// The way through a channel.
struct Line<'a> {
    environment: &'a Environment,
    outlet: &'a Outlet,
    channel: &'a Channel,
    secrets: &'a Secrets,
}

impl Line<'_> {
    /// Sends notices as one message.
    async fn send(&self, id: &str, notices: &[Notice]) -> Result<Outcome, Message> {
        let shown = notices.iter().take(SHOWN).map(|one| self.item(&one.content, one.at)).collect();
        self.tell(id, shown, notices.len().saturating_sub(SHOWN) as u64).await
    }

    fn item(&self, content: &NoticeContent, at: Millis) -> BulletinItem {
        let NoticeContent { event, integration, sentence, reason, next, path } = content.clone();
        let url = format!("{}{path}", self.outlet.address);
        let (at, when) = (at.rfc3339(), when(at, &self.channel.settings));
        BulletinItem { event, integration, at, when, sentence, reason, next, url }
    }

    async fn tell(&self, id: &str, items: Vec<BulletinItem>, rest: u64) -> Result<Outcome, Message> {
        let settings = format!("{}/settings/notifications", self.outlet.address);
        let bulletin = Bulletin { items, rest, channel: self.channel.name.clone(), settings };
        let at = self.environment.clock.now();
        match self.channel.settings.kind {
            ChannelKind::Mail => self.mail(&bulletin, id, at).await,
            ChannelKind::Slack => self.webhook(&bulletin.chat(), id, at).await,
            ChannelKind::Webhook => self.webhook(&bulletin.document(at), id, at).await,
        }
    }

    async fn mail(&self, bulletin: &Bulletin, id: &str, at: Millis) -> Result<Outcome, Message> {
        let settings = self.outlet.mail.as_ref().ok_or(NudgeFault::MailNone {})?;
        let to = self.channel.settings.to.iter().filter_map(|text| text.parse().ok());
        let to: Vec<MailAddress> = to.collect();
        let mail = match Mail::of_bulletin(bulletin, (&to, id, at), settings.from()) {
            Ok(mail) => mail,
            Err(error) => return Ok(Outcome::Refused(error.to_string())),
        };
        let mut mailer = Mailer::new(settings);
        let outcome = mailer.send(&mail).await;
        mailer.close().await;
        Ok(outcome)
    }

    async fn webhook(&self, body: &str, id: &str, at: Millis) -> Result<Outcome, Message> {
        let bug = |detail: &str| Message::Bug { detail: detail.to_owned() };
        let url = self.secrets.url.as_ref().and_then(|url| url.expose_secret().parse::<Url>().ok());
        let url = url.ok_or_else(|| bug("A webhook has no address"))?;
        let (clock, entropy) = (self.environment.clock.clone(), self.environment.entropy.clone());
        let webhooks = Webhooks::new(&self.environment.opened, clock, entropy);
        let webhooks = webhooks.map_err(|error| bug(&error.to_string()))?;
        let secret = self.secrets.signs.as_ref();
        Ok(webhooks.send(&Post { url: &url, secret, id, at, body }).await)
    }
}
