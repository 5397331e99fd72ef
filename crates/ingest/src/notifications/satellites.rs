//! Satellites that do not report, and that report again: one message for each time that one is away. One that stops in order is not
//! missed, nor one that reads nothing.

use super::{
    dated::Dated,
    look::{Notifier, channels_of},
    said,
    when::when,
    words,
};
use weir_model::{Channel, Message, Millis, NoticeEvent, Satellite, SatelliteState};
use weir_store::{NewNotice, Store};

/// What is told of a satellite that is away, and of one that is back.
const OFFLINE: &str = "offline";
const BACK: &str = "back";

/// What the names of all times begin with that a satellite was away.
fn times_of(satellite: &Satellite) -> String {
    format!("satellite:{}", satellite.id)
}

impl Notifier {
    pub(super) async fn satellites(&self, channels: &[Channel]) -> Result<(), Message> {
        let tells = |channel: &Channel| {
            let events = &channel.settings.events;
            events.contains(&NoticeEvent::SatelliteOffline) || events.contains(&NoticeEvent::SatelliteBack)
        };
        if !channels.iter().any(tells) {
            return Ok(());
        }
        let now = self.environment.clock.now();
        for satellite in self.store.satellites().await.map_err(said)? {
            match satellite.state(now) {
                SatelliteState::Offline if !satellite.status.left && !satellite.feeds.is_empty() => {
                    self.away(&satellite, channels, now).await?;
                }
                SatelliteState::Online => self.back(&satellite, channels, now).await?,
                _ => {}
            }
        }
        Ok(())
    }

    async fn away(&self, satellite: &Satellite, channels: &[Channel], now: Millis) -> Result<(), Message> {
        let seen_by = self.store.workspaces_of_satellite(&satellite.id).await.map_err(said)?;
        let due = Dated {
            event: NoticeEvent::SatelliteOffline,
            incident: format!("{}:{}", times_of(satellite), satellite.beat_at.0),
            what: OFFLINE.to_owned(),
        };
        let content = |channel: &Channel| {
            words::satellite_offline(satellite, &when(satellite.beat_at, &channel.settings))
        };
        let channels = channels_of(channels, due.event, &seen_by);
        self.due(None, (&due, &content), &channels, now).await
    }

    /// That a satellite is back: to whoever was told that it was away.
    async fn back(&self, satellite: &Satellite, channels: &[Channel], now: Millis) -> Result<(), Message> {
        let last = self.store.last_told(&times_of(satellite)).await.map_err(said)?;
        let away = last.iter().filter(|(_, (_, what))| what == OFFLINE);
        for (id, (incident, _)) in away {
            let Some(channel) = channels.iter().find(|channel| channel.id == *id) else { continue };
            let (event, what) = (NoticeEvent::SatelliteBack, BACK.to_owned());
            let due = Dated { event, incident: incident.clone(), what };
            let content = |_: &Channel| words::satellite_back(satellite);
            match channel.settings.events.contains(&event) {
                true => self.due(None, (&due, &content), &[channel], now).await?,
                // It is not asked again each time.
                false => passed(&self.store, channel, satellite, &due.incident, now).await?,
            }
        }
        Ok(())
    }
}

/// Notes of those that are back as though it had been told.
pub(super) async fn pass(store: &Store, channel: &Channel, now: Millis) -> Result<(), Message> {
    for satellite in store.satellites().await.map_err(said)? {
        if satellite.state(now) != SatelliteState::Online {
            continue;
        }
        let last = store.last_told(&times_of(&satellite)).await.map_err(said)?;
        if let Some((incident, _)) = last.get(&channel.id).filter(|(_, what)| what == OFFLINE) {
            passed(store, channel, &satellite, incident, now).await?;
        }
    }
    Ok(())
}

async fn passed(
    store: &Store,
    channel: &Channel,
    satellite: &Satellite,
    incident: &str,
    now: Millis,
) -> Result<(), Message> {
    let content = words::satellite_back(satellite);
    let notice = NewNotice { channel: &channel.id, incident, what: BACK, content: &content, look_at: now };
    store.pass_notices(None, &[notice]).await.map_err(said)
}
