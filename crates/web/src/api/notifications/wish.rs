//! A channel of notifications as a program asks for it.

use crate::http::{Faults, Problem, number::whole};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use weir_ingest::{notifications::ChannelWish, values};
use weir_model::{
    Channel, ChannelKind, ChannelSettings, Message, NoticeEvent, NotificationFault, QuietHours, WorkspaceId,
    clean,
};
use weir_vault::Secret;

/// How a channel gets to people.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KindWord {
    /// Mail to some addresses.
    Mail,
    /// A webhook that takes what Slack takes: JSON with a `text`.
    Slack,
    /// A signed webhook.
    Webhook,
}

impl From<ChannelKind> for KindWord {
    fn from(kind: ChannelKind) -> Self {
        match kind {
            ChannelKind::Mail => Self::Mail,
            ChannelKind::Slack => Self::Slack,
            ChannelKind::Webhook => Self::Webhook,
        }
    }
}

impl From<KindWord> for ChannelKind {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::Mail => Self::Mail,
            KindWord::Slack => Self::Slack,
            KindWord::Webhook => Self::Webhook,
        }
    }
}

/// What people can be told of.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventWord {
    /// An integration needs somebody, or needs them for another reason than before.
    NeedsYou,
    /// It is well again.
    Healed,
    /// It has been failing for longer than `failing_hours`, though it may heal by itself.
    Failing,
    /// Its deletion was asked for.
    DeletionScheduled,
    /// It is deleted within a day.
    DeletionSoon,
    /// It was deleted.
    DeletionDone,
    /// Its credential ends in 30, 14, 7 days, or one.
    CredentialExpires,
    /// A satellite does not report any more.
    SatelliteOffline,
    /// It reports again.
    SatelliteBack,
}

impl From<NoticeEvent> for EventWord {
    fn from(event: NoticeEvent) -> Self {
        match event {
            NoticeEvent::NeedsYou => Self::NeedsYou,
            NoticeEvent::Healed => Self::Healed,
            NoticeEvent::Failing => Self::Failing,
            NoticeEvent::DeletionScheduled => Self::DeletionScheduled,
            NoticeEvent::DeletionSoon => Self::DeletionSoon,
            NoticeEvent::DeletionDone => Self::DeletionDone,
            NoticeEvent::CredentialExpires => Self::CredentialExpires,
            NoticeEvent::SatelliteOffline => Self::SatelliteOffline,
            NoticeEvent::SatelliteBack => Self::SatelliteBack,
        }
    }
}

impl From<EventWord> for NoticeEvent {
    fn from(word: EventWord) -> Self {
        match word {
            EventWord::NeedsYou => Self::NeedsYou,
            EventWord::Healed => Self::Healed,
            EventWord::Failing => Self::Failing,
            EventWord::DeletionScheduled => Self::DeletionScheduled,
            EventWord::DeletionSoon => Self::DeletionSoon,
            EventWord::DeletionDone => Self::DeletionDone,
            EventWord::CredentialExpires => Self::CredentialExpires,
            EventWord::SatelliteOffline => Self::SatelliteOffline,
            EventWord::SatelliteBack => Self::SatelliteBack,
        }
    }
}

/// Hours of each day in which nothing is sent; what happens meanwhile is sent after them, as one message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Quiet {
    /// When they begin, on the wall of the zone.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "22:00")]
    from: String,
    /// When they end; before their beginning where they last over midnight.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "07:00")]
    until: String,
    /// A time zone such as `Europe/Berlin`.
    zone: String,
}

impl From<&QuietHours> for Quiet {
    fn from(quiet: &QuietHours) -> Self {
        Self {
            from: QuietHours::written(quiet.from),
            until: QuietHours::written(quiet.until),
            zone: quiet.zone.clone(),
        }
    }
}

impl Quiet {
    fn hours(&self, faults: &mut Faults) -> Option<QuietHours> {
        let Self { from, until, zone } = self;
        quiet_hours(faults, [from, until, zone], ["/quiet/from", "/quiet/until", "/quiet/zone"])
    }
}

/// A channel that is to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotificationNew {
    /// Unique in the installation.
    name: String,
    kind: KindWord,
    /// Addresses of mail: 1 to 20; none where it is a webhook.
    #[serde(default)]
    to: Vec<String>,
    /// Where a webhook goes.
    url: Option<String>,
    /// What webhooks are signed with: `whsec_` and 24 to 64 bytes in base64; a fresh one, unless said otherwise.
    secret: Option<String>,
    /// What it tells of; everything, unless said otherwise.
    events: Option<Vec<EventWord>>,
    quiet: Option<Quiet>,
    /// Ids of workspaces: only of integrations that one of these sees; none for all.
    #[serde(default)]
    workspaces: Vec<String>,
    /// For how many hours an integration has to fail that may heal by itself; 6, unless said otherwise.
    #[serde(default, deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 168)]
    failing_hours: Option<u32>,
    /// Whether nothing is sent through it yet.
    #[serde(default)]
    off: bool,
}

impl NotificationNew {
    /// The same as it is asked for; what cannot be read is a fault, and left as if it were not said.
    pub(super) fn wish(self, faults: &mut Faults) -> ChannelWish {
        ChannelWish {
            name: self.name,
            kind: self.kind.into(),
            to: self.to,
            url: self.url.map(Secret::from),
            secret: self.secret.map(Secret::from),
            events: self.events.map_or_else(|| NoticeEvent::ALL.to_vec(), events),
            quiet: self.quiet.and_then(|quiet| quiet.hours(faults)),
            workspaces: workspaces(faults, &self.workspaces),
            failing_hours: self
                .failing_hours
                .and_then(|hours| failing_hours(faults, hours))
                .unwrap_or(ChannelSettings::FAILING_HOURS),
            is_off: self.off,
        }
    }
}

/// What is to be changed of a channel.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NotificationChange {
    name: Option<String>,
    kind: Option<KindWord>,
    to: Option<Vec<String>>,
    url: Option<String>,
    secret: Option<String>,
    events: Option<Vec<EventWord>>,
    /// `null` for none.
    #[serde(deserialize_with = "or_null")]
    #[schema(value_type = Option<Quiet>)]
    quiet: Option<Option<Quiet>>,
    workspaces: Option<Vec<String>>,
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 168)]
    failing_hours: Option<u32>,
    off: Option<bool>,
}

impl NotificationChange {
    /// The channel as it is to be; what cannot be read is a fault, and left as it is.
    pub(super) fn wish(self, before: &Channel, faults: &mut Faults) -> ChannelWish {
        let old = ChannelWish::of(before);
        let kind = self.kind.map_or(old.kind, ChannelKind::from);
        let is_mail = kind == ChannelKind::Mail;
        ChannelWish {
            name: self.name.unwrap_or(old.name),
            kind,
            // To whom it went before does not matter to a webhook.
            to: self.to.unwrap_or_else(|| if is_mail { old.to } else { vec![] }),
            url: self.url.map(Secret::from),
            secret: self.secret.map(Secret::from),
            events: self.events.map_or(old.events, events),
            quiet: match self.quiet {
                None => old.quiet,
                Some(quiet) => quiet.and_then(|quiet| quiet.hours(faults)),
            },
            workspaces: match &self.workspaces {
                Some(ids) => workspaces(faults, ids),
                None => old.workspaces,
            },
            failing_hours: self
                .failing_hours
                .and_then(|hours| failing_hours(faults, hours))
                .unwrap_or(old.failing_hours),
            is_off: self.off.unwrap_or(old.is_off),
        }
    }
}

fn events(words: Vec<EventWord>) -> Vec<NoticeEvent> {
    words.into_iter().map(NoticeEvent::from).collect()
}

/// Workspaces by their ids.
pub(crate) fn workspaces(faults: &mut Faults, ids: &[String]) -> Vec<WorkspaceId> {
    let one = |id: &String| id.parse().map_err(|_| bad("workspaces", "workspace", id));
    ids.iter().filter_map(|id| faults.take(one(id))).collect()
}

/// For how many hours something has to fail.
pub(crate) fn failing_hours(faults: &mut Faults, hours: u32) -> Option<u16> {
    let fits = u16::try_from(hours).ok().filter(|hours| (1..=168).contains(hours));
    faults.take(fits.ok_or_else(|| Problem::bad("The hours are 1 to 168").at("/failing_hours")))
}

/// Quiet hours as they are written, their beginning, end and zone; what cannot be read is a fault at the member, or the field of a
/// form, that it is about.
pub(crate) fn quiet_hours(faults: &mut Faults, written: [&str; 3], at: [&str; 3]) -> Option<QuietHours> {
    let [from, until, zone] = written;
    let time = |text: &str, at: &str| {
        let minutes = QuietHours::minutes(text);
        minutes.ok_or_else(|| Problem::bad("A time of the day is 00:00 to 23:59").at(at))
    };
    let from = faults.take(time(from, at[0]));
    let until = faults.take(time(until, at[1]));
    let known = values::zone(zone);
    let zone = faults.take(known.map_err(|_| Problem::from(bad("quiet", "time zone", zone)).at(at[2])));
    Some(QuietHours { from: from?, until: until?, zone: zone? })
}

fn bad(member: &str, what: &str, named: &str) -> Message {
    let detail = format!("There is no {what} {}", clean(named, 100));
    NotificationFault::Bad { member: member.to_owned(), detail }.into()
}

/// Something that may be left out, where `null` is not the same as that.
fn or_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}
