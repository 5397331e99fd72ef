//! What a scheduler does about notifications: it sees how integrations do, has told what became of each, and sends what waits.

use super::{
    dated::{self, Dated},
    quiet, said,
    seen::{Known, Sight, Step, step},
    when::when,
    words,
};
use crate::{health::health, nudges::Outlet, satellite::health::OFFLINE};
use std::collections::HashSet;
use weir_model::{
    Channel, ChannelId, DAY_MS, Entropy, Health, Incident, Integration, Message, Millis, NoticeContent,
    NoticeEvent, WorkspaceId,
};
use weir_source::{CancellationToken, Environment};
use weir_store::{HealthFacts, IncidentChange, NewNotice, Store};
use weir_vault::KeyFile;

/// For how long it is told that an integration was deleted.
pub(super) const DELETED_MS: i64 = 7 * DAY_MS;

/// How long what was told is remembered: longer than the longest deletion waits, so that none is told twice.
const KEPT_MS: i64 = 120 * DAY_MS;

/// Has people told what integrations need.
#[derive(Debug)]
pub(crate) struct Notifier {
    pub(crate) store: Store,
    pub(crate) key_file: KeyFile,
    pub(crate) environment: Environment,
    pub(crate) outlet: Outlet,
}

/// Something to be told, and through which channel.
struct Told<'a> {
    channel: &'a Channel,
    incident: String,
    what: String,
    content: NoticeContent,
}

/// An integration and how it does.
struct Seen<'a> {
    integration: &'a Integration,
    health: &'a Health,
    seen_by: Vec<WorkspaceId>,
    now: Millis,
}

impl Notifier {
    /// Looks at every integration, and sends what is due. One that fails keeps no other one from being told of.
    pub(crate) async fn look(&self, stop: &CancellationToken) {
        if let Err(error) = self.see(stop).await {
            tracing::debug!(%error, "how integrations do could not be looked at");
        }
        if let Err(error) = self.send(stop).await {
            tracing::warn!(code = error.id(), %error, "notifications could not be sent");
        }
    }

    /// Has told what became of each integration. What begins and ends is kept also while every channel is off: one that is
    /// turned on again is told of what is so then, and since when. Where there is no channel nothing is looked at.
    pub(super) async fn see(&self, stop: &CancellationToken) -> Result<(), Message> {
        let mut channels = self.store.channels().await.map_err(said)?;
        if channels.is_empty() {
            return Ok(());
        }
        channels.retain(|channel| !channel.is_off);
        for integration in self.store.integrations().await.map_err(said)? {
            if stop.is_cancelled() {
                return Ok(());
            }
            if let Err(error) = self.one(&integration, &channels).await {
                tracing::debug!(integration = integration.name, %error, "it could not be looked at");
            }
        }
        self.deleted(&channels).await?;
        self.satellites(&channels).await?;
        let now = self.environment.clock.now();
        self.store.forget_notices(Millis(now.0 - KEPT_MS)).await.map_err(said)
    }

    async fn one(&self, integration: &Integration, channels: &[Channel]) -> Result<(), Message> {
        let facts = self.store.health_facts(&integration.id).await.map_err(said)?;
        let now = self.environment.clock.now();
        let health = health(integration, &facts, now);
        let seen_by = self.store.workspaces_of(&integration.id).await.map_err(said)?;
        let seen = Seen { integration, health: &health, seen_by, now };
        self.ails(&seen, &facts, channels).await?;
        self.dated(&seen, &facts, channels).await
    }

    /// What ails an integration, and what becomes of that.
    async fn ails(&self, seen: &Seen<'_>, facts: &HealthFacts, channels: &[Channel]) -> Result<(), Message> {
        let sight = Sight::of(seen.integration, facts, seen.health, seen.now);
        let mut incident = self.store.incident(&seen.integration.id).await.map_err(said)?;
        let known = |one: &Incident| Known { since: one.since, needed: one.needed };
        if step(incident.as_ref().map(known), &sight, seen.now) == Step::Begin {
            let begun = Incident { id: self.fresh("inc"), since: seen.now, needed: false };
            let change = IncidentChange::Begins(&begun);
            self.changed(seen, change, &[]).await?;
            incident = self.store.incident(&seen.integration.id).await.map_err(said)?;
        }
        let Some(incident) = incident else { return Ok(()) };
        let told = async || self.store.told(&incident.id).await.map_err(said);
        match step(Some(known(&incident)), &sight, seen.now) {
            Step::Nothing | Step::Begin => Ok(()),
            Step::Need(code) => {
                let notices = needs(seen, &incident, channels, &told().await?, &code);
                if notices.is_empty() && incident.needed {
                    return Ok(());
                }
                let needed = Incident { needed: true, ..incident };
                self.changed(seen, IncidentChange::Lasts(&needed), &notices).await
            }
            Step::Lasts(ms) => {
                let is_long =
                    |channel: &&Channel| ms >= i64::from(channel.settings.failing_hours) * 3_600_000;
                let mut long = channels.iter().filter(is_long).peekable();
                if long.peek().is_none() {
                    return Ok(());
                }
                let notices = failing(seen, &incident, long, &told().await?);
                match notices.is_empty() {
                    true => Ok(()),
                    false => self.changed(seen, IncidentChange::Lasts(&incident), &notices).await,
                }
            }
            Step::End => {
                let notices = healed(seen, &incident, channels, &told().await?);
                self.changed(seen, IncidentChange::Ends(&incident), &notices).await
            }
        }
    }

    async fn changed(
        &self,
        seen: &Seen<'_>,
        change: IncidentChange<'_>,
        told: &[Told<'_>],
    ) -> Result<(), Message> {
        let notices: Vec<NewNotice<'_>> = told.iter().map(|one| one.notice(seen.now)).collect();
        let changed = self.store.change_incident(&seen.integration.id, change, &notices).await;
        changed.map(drop).map_err(said)
    }

    /// What is told by the calendar.
    async fn dated(&self, seen: &Seen<'_>, facts: &HealthFacts, channels: &[Channel]) -> Result<(), Message> {
        let Seen { integration, now, .. } = *seen;
        if let Some(deletion) = &facts.deletion {
            for due in dated::of_deletion(integration, deletion, now) {
                let content = |channel: &Channel| {
                    let at = when(deletion.due_at, &channel.settings);
                    match due.event {
                        NoticeEvent::DeletionSoon => words::deletion_soon(integration, &at),
                        _ => words::deletion_scheduled(integration, &at),
                    }
                };
                let channels = channels_of(channels, due.event, &seen.seen_by);
                self.due(Some(integration), (&due, &content), &channels, now).await?;
            }
            return Ok(());
        }
        self.taken_back(seen, channels).await?;
        let Some(due) = dated::of_credential(integration, now) else { return Ok(()) };
        let content = |_: &Channel| words::expires(integration, now);
        let channels = channels_of(channels, due.event, &seen.seen_by);
        self.due(Some(integration), (&due, &content), &channels, now).await
    }

    /// That a deletion was taken back: once, to whoever was told of it.
    async fn taken_back(&self, seen: &Seen<'_>, channels: &[Channel]) -> Result<(), Message> {
        let last = self.store.last_told(&dated::deletions(seen.integration)).await.map_err(said)?;
        let still_hears = |channel: &&Channel| {
            let events = [NoticeEvent::DeletionScheduled, NoticeEvent::DeletionSoon];
            events.iter().any(|event| channel.settings.tells(*event, &seen.seen_by))
        };
        let mut fresh = vec![];
        for channel in channels.iter().filter(still_hears) {
            if let Some((incident, _)) = last.get(&channel.id).filter(|(_, what)| what != dated::TAKEN_BACK) {
                let content = words::deletion_taken_back(seen.integration);
                let (incident, what) = (incident.clone(), dated::TAKEN_BACK.to_owned());
                fresh.push(Told { channel, incident, what, content });
            }
        }
        let notices: Vec<NewNotice<'_>> = fresh.iter().map(|one| one.notice(seen.now)).collect();
        match notices.is_empty() {
            true => Ok(()),
            false => self.store.add_notices(Some(&seen.integration.id), &notices).await.map_err(said),
        }
    }

    /// Integrations that were deleted since a channel is there.
    async fn deleted(&self, channels: &[Channel]) -> Result<(), Message> {
        let now = self.environment.clock.now();
        let deleted = self.store.deleted_since(Millis(now.0 - DELETED_MS)).await.map_err(said)?;
        for (one, seen_by) in deleted {
            let due = dated::of_deleted(&one);
            let mut channels = channels_of(channels, due.event, &seen_by);
            channels.retain(|channel| channel.created_at <= one.deleted_at);
            let content =
                |channel: &Channel| words::deletion_done(&one, &when(one.deleted_at, &channel.settings));
            self.due(None, (&due, &content), &channels, now).await?;
        }
        Ok(())
    }

    /// Has told what is due through those channels that have not told it yet.
    pub(super) async fn due(
        &self,
        integration: Option<&Integration>,
        (due, content): (&Dated, &(dyn Fn(&Channel) -> NoticeContent + Sync)),
        channels: &[&Channel],
        now: Millis,
    ) -> Result<(), Message> {
        if channels.is_empty() {
            return Ok(());
        }
        let told = self.store.told(&due.incident).await.map_err(said)?;
        let is_new = |channel: &&&Channel| !told.contains(&(channel.id, due.what.clone()));
        let mut fresh = vec![];
        for channel in channels.iter().filter(is_new) {
            let (incident, what) = (due.incident.clone(), due.what.clone());
            fresh.push(Told { channel, incident, what, content: content(channel) });
        }
        let notices: Vec<NewNotice<'_>> = fresh.iter().map(|one| one.notice(now)).collect();
        if notices.is_empty() {
            return Ok(());
        }
        let integration = integration.map(|one| &one.id);
        self.store.add_notices(integration, &notices).await.map_err(said)
    }

    /// A name that nobody can guess.
    pub(super) fn fresh(&self, of: &str) -> String {
        named(of, self.environment.entropy.as_ref())
    }
}

/// A name that nobody can guess.
pub(super) fn named(of: &str, entropy: &dyn Entropy) -> String {
    let mut bytes = [0_u8; 16];
    entropy.fill(&mut bytes);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{of}_{hex}")
}

pub(super) fn channels_of<'a>(
    channels: &'a [Channel],
    event: NoticeEvent,
    seen_by: &[WorkspaceId],
) -> Vec<&'a Channel> {
    channels.iter().filter(|channel| channel.settings.tells(event, seen_by)).collect()
}

type AlreadyTold = HashSet<(ChannelId, String)>;

/// That somebody is needed: each reason once for each channel.
fn needs<'a>(
    seen: &Seen<'_>,
    incident: &Incident,
    channels: &'a [Channel],
    told: &AlreadyTold,
    code: &str,
) -> Vec<Told<'a>> {
    let what = format!("needs_you:{code}");
    let mut notices = vec![];
    // Who is told of the satellite itself is not told of each integration that it reads.
    let of_satellite = |channel: &Channel| {
        code == OFFLINE && channel.settings.events.contains(&NoticeEvent::SatelliteOffline)
    };
    for channel in channels_of(channels, NoticeEvent::NeedsYou, &seen.seen_by) {
        if of_satellite(channel) {
            continue;
        }
        if told.contains(&(channel.id, what.clone())) {
            continue;
        }
        let is_first = !told.iter().any(|(id, what)| *id == channel.id && what.starts_with("needs_you:"));
        notices.push(Told {
            channel,
            incident: incident.id.clone(),
            what: what.clone(),
            content: words::needs_you(seen.integration, seen.health, is_first),
        });
    }
    notices
}

/// That it has been failing for long: once.
fn failing<'a>(
    seen: &Seen<'_>,
    incident: &Incident,
    channels: impl Iterator<Item = &'a Channel>,
    told: &AlreadyTold,
) -> Vec<Told<'a>> {
    let hours = seen.now.since(incident.since) / 3_600_000;
    let of = |channel: &&Channel| channel.settings.tells(NoticeEvent::Failing, &seen.seen_by);
    channels
        .filter(of)
        .filter(|channel| !told.contains(&(channel.id, "failing".to_owned())))
        .map(|channel| Told {
            channel,
            incident: incident.id.clone(),
            what: "failing".to_owned(),
            content: words::failing(seen.integration, seen.health, hours),
        })
        .collect()
}

/// That it is over: to whoever was told of it, and, where somebody was needed, to whoever wants to hear the good news alone.
fn healed<'a>(
    seen: &Seen<'_>,
    incident: &Incident,
    channels: &'a [Channel],
    told: &AlreadyTold,
) -> Vec<Told<'a>> {
    let heard = |channel: &Channel| {
        told.iter().any(|(id, _)| *id == channel.id)
            || incident.needed && !channel.settings.events.contains(&NoticeEvent::NeedsYou)
    };
    let mut channels = channels_of(channels, NoticeEvent::Healed, &seen.seen_by);
    channels.retain(|channel| heard(channel));
    let notice = |channel| Told {
        channel,
        incident: incident.id.clone(),
        what: "healed".to_owned(),
        content: words::healed(seen.integration, seen.health),
    };
    channels.into_iter().map(notice).collect()
}

impl Told<'_> {
    fn notice(&self, now: Millis) -> NewNotice<'_> {
        NewNotice {
            channel: &self.channel.id,
            incident: &self.incident,
            what: &self.what,
            content: &self.content,
            look_at: quiet::not_before(self.channel.settings.quiet.as_ref(), now),
        }
    }
}
