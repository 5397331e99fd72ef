//! Notifications: the channels through which people are told when an integration needs them, and what was told through each.

use crate::{ChannelId, Millis, WorkspaceId};
use serde::{Deserialize, Serialize};

/// How a channel gets to people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Mail to some addresses.
    Mail,
    /// A webhook that takes what Slack takes: JSON with a `text`.
    Slack,
    /// A signed webhook.
    Webhook,
}

impl ChannelKind {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Slack => "slack",
            Self::Webhook => "webhook",
        }
    }

    /// The kind of this word.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Mail, Self::Slack, Self::Webhook].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What people can be told of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeEvent {
    /// An integration needs somebody, or needs them for another reason than before.
    NeedsYou,
    /// It is well again.
    Healed,
    /// It has been failing for longer than some hours, though it may heal by itself.
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

impl NoticeEvent {
    /// Every one of them.
    pub const ALL: [Self; 9] = [
        Self::NeedsYou,
        Self::Healed,
        Self::Failing,
        Self::DeletionScheduled,
        Self::DeletionSoon,
        Self::DeletionDone,
        Self::CredentialExpires,
        Self::SatelliteOffline,
        Self::SatelliteBack,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeedsYou => "needs_you",
            Self::Healed => "healed",
            Self::Failing => "failing",
            Self::DeletionScheduled => "deletion_scheduled",
            Self::DeletionSoon => "deletion_soon",
            Self::DeletionDone => "deletion_done",
            Self::CredentialExpires => "credential_expires",
            Self::SatelliteOffline => "satellite_offline",
            Self::SatelliteBack => "satellite_back",
        }
    }

    /// What it is, as people choose it.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NeedsYou => "An integration needs somebody",
            Self::Healed => "It is well again",
            Self::Failing => "It has been failing for hours, though it may heal by itself",
            Self::DeletionScheduled => "Its deletion was asked for",
            Self::DeletionSoon => "It is deleted within a day",
            Self::DeletionDone => "It was deleted",
            Self::CredentialExpires => "Its credential ends in 30, 14, 7 days, or one",
            Self::SatelliteOffline => "A satellite does not report any more",
            Self::SatelliteBack => "It reports again",
        }
    }

    /// The event of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == word)
    }
}

/// Hours of each day in which nothing is sent. What happens meanwhile is sent after them, as one message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct QuietHours {
    /// When they begin, in minutes after midnight on the wall of the zone.
    pub from: u16,
    /// When they end, in the same way; before their beginning where they last over midnight.
    pub until: u16,
    /// The name of the zone, such as `Europe/Berlin`.
    pub zone: String,
}

impl QuietHours {
    /// Minutes after midnight of a time such as `22:30`.
    pub fn minutes(text: &str) -> Option<u16> {
        let (hour, minute) = text.split_once(':')?;
        let number = |part: &str, under: u16| {
            let is_one = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|number: &u16| is_one && *number < under)
        };
        Some(number(hour, 24)? * 60 + number(minute, 60)?)
    }

    /// The same time as it is written.
    pub fn written(minutes: u16) -> String {
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// What a channel is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChannelSettings {
    /// How it gets to people.
    pub kind: ChannelKind,
    /// Addresses of mail; none where it is a webhook.
    pub to: Vec<String>,
    /// Where its webhooks go, as it may be shown: what follows the host may be a secret, and is kept sealed.
    pub shown_url: Option<String>,
    /// What it tells of.
    pub events: Vec<NoticeEvent>,
    /// When nothing is sent.
    pub quiet: Option<QuietHours>,
    /// Only of integrations that one of these sees; none for all.
    pub workspaces: Vec<WorkspaceId>,
    /// For how many hours an integration has to fail that may heal by itself.
    pub failing_hours: u16,
}

impl ChannelSettings {
    /// Hours after which a failure is told that may heal by itself, unless said otherwise.
    pub const FAILING_HOURS: u16 = 6;

    /// Whether it tells of an event of an integration that these workspaces see.
    pub fn tells(&self, event: NoticeEvent, seen_by: &[WorkspaceId]) -> bool {
        let is_within = self.workspaces.is_empty() || seen_by.iter().any(|one| self.workspaces.contains(one));
        is_within && self.events.contains(&event)
    }
}

/// A channel through which people are told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// What people call it, unique in the installation.
    pub name: String,
    /// What it is.
    pub settings: ChannelSettings,
    /// Whether nothing is sent through it for now.
    pub is_off: bool,
    /// Counts its changes.
    pub revision: i64,
    /// When it was made.
    pub created_at: Millis,
}

/// What ails an integration, from the first sight of it until it is well again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incident {
    /// Tells it from others of the same integration.
    pub id: String,
    /// When it was first seen.
    pub since: Millis,
    /// Whether somebody has been needed for it.
    pub needed: bool,
}

/// What a message tells, in words. Texts that come from a tool may hold anything.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NoticeContent {
    /// The word of its event; `test` for a message that somebody tried a channel with.
    pub event: String,
    /// What the integration is called; empty for a test, and for what is told of a satellite.
    pub integration: String,
    /// What happened, as a sentence.
    pub sentence: String,
    /// Why; empty where there is nothing to say.
    pub reason: String,
    /// What can be done about it; empty where nothing has to be.
    pub next: String,
    /// Where that is, on this server.
    pub path: String,
}

/// What became of a notice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoticeState {
    /// It is to be sent, at once or after the quiet hours.
    Waiting,
    /// It is being sent, or the server ended while it was.
    Sending,
    /// It was taken.
    Sent,
    /// It was not taken; it is tried again.
    Failed,
    /// It was refused, or was tried often enough, and is not tried again.
    Refused,
    /// Nobody knows whether it was taken; it is not sent again.
    Unknown,
}

impl NoticeState {
    /// Every one of them.
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Sending, Self::Sent, Self::Failed, Self::Refused, Self::Unknown];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    /// The state of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// Something that is told through a channel: once for each incident and what there is to say of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// Puts notices in order.
    pub no: i64,
    /// What it tells.
    pub content: NoticeContent,
    /// When that happened.
    pub at: Millis,
    /// What became of it.
    pub state: NoticeState,
    /// How often it was tried.
    pub attempts: u64,
    /// When it was last tried.
    pub tried_at: Option<Millis>,
    /// When it is sent, or tried again, where it is.
    pub look_at: Millis,
    /// Why it was not taken.
    pub said: String,
}

#[cfg(test)]
mod tests {
    use super::QuietHours;

    #[test]
    fn a_time_on_the_wall_has_four_digits() {
        for (text, minutes) in [("00:00", 0), ("07:30", 450), ("23:59", 1_439)] {
            assert_eq!(QuietHours::minutes(text), Some(minutes));
            assert_eq!(QuietHours::written(minutes), text);
        }
        for bad in ["", "7:30", "24:00", "12:60", "12.30", "+1:00", "12:3a", "012:30"] {
            assert_eq!(QuietHours::minutes(bad), None, "{bad}");
        }
    }
}
