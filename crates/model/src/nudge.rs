//! Nudges: digests of issues that newly miss a rule of hygiene, to whoever they are assigned to or to a team.

use crate::{Millis, NudgeId};
use serde::{Deserialize, Serialize};

/// How a nudge gets to people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NudgeChannel {
    /// Mail to each recipient.
    Mail,
    /// A signed request to one address, for each recipient.
    Webhook,
}

impl NudgeChannel {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }
}

/// How often there is one message at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NudgePeriod {
    /// Once a day.
    #[default]
    Day,
    /// Once a week, on Mondays.
    Week,
}

impl NudgePeriod {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
        }
    }
}

/// A team: a value of the field by which issues are told apart, and whom its mail goes to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NudgeTeam {
    /// The value of the field.
    pub team: String,
    /// Addresses; none where it is a webhook.
    #[serde(default)]
    pub to: Vec<String>,
}

/// What a nudge is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NudgeSettings {
    /// How it gets to people.
    pub channel: NudgeChannel,
    /// `assignee`, or the field whose values are teams.
    pub by: String,
    /// Ids of the rules that it tells of; none for all.
    pub rules: Vec<String>,
    /// How often.
    pub period: NudgePeriod,
    /// The hour of the day at which a period ends, in its zone.
    pub hour: u8,
    /// Its zone; nothing for that of the integration.
    pub zone: Option<String>,
    /// Where a webhook goes; of one that is kept only what may be shown, for the rest is sealed.
    pub url: Option<String>,
    /// The teams, where it is not for assignees.
    pub teams: Vec<NudgeTeam>,
}

impl NudgeSettings {
    /// Where a webhook goes, as it may be shown: what follows its host may be a secret.
    pub fn shown_url(&self) -> Option<String> {
        let url = self.url.as_deref()?;
        let (scheme, rest) = url.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        Some(format!("{scheme}://{host}/…"))
    }

    /// Whether it is for whoever an issue is assigned to.
    pub fn is_for_assignees(&self) -> bool {
        self.by == "assignee"
    }
}

/// A nudge of an integration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Nudge {
    /// Its id.
    pub id: NudgeId,
    /// What people call it, unique within the integration.
    pub name: String,
    /// What it is.
    pub settings: NudgeSettings,
    /// Whether it is not sent for now.
    pub paused: bool,
    /// Counts its changes.
    pub revision: i64,
    /// When it was made.
    pub created_at: Millis,
    /// Until when everybody has been told.
    pub covered_until: Millis,
    /// When the period ends that is next told of.
    pub due_at: Millis,
    /// What came of it last.
    pub last: Option<NudgeTurn>,
}

/// What came of a nudge at the end of a period.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct NudgeTurn {
    /// When.
    pub at: Millis,
    /// Since when issues were looked at.
    pub since: Millis,
    /// Until when.
    pub until: Millis,
    /// Messages that were taken.
    pub sent: u64,
    /// Messages that were not, or of which that is not known.
    pub failed: u64,
    /// Recipients of whom no address is known, or whose account is not active.
    pub without_address: u64,
    /// Recipients who want none.
    pub opted_out: u64,
    /// Issues that newly miss a rule and are nobody's: without an assignee, or of no team that is named.
    pub of_nobody: u64,
    /// Why nobody was told at all.
    pub trouble: Option<String>,
}

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MessageState {
    /// It is being sent, or the server ended while it was.
    Sending,
    /// It was taken.
    Sent,
    /// It was not taken; it is tried again a few times.
    Failed,
    /// It was refused, and is not tried again.
    Refused,
    /// Nobody knows whether it was taken; it is not sent again.
    Unknown,
    /// Nothing was new for anybody.
    NothingNew,
}

impl MessageState {
    /// Every one of them.
    pub const ALL: [Self; 6] =
        [Self::Sending, Self::Sent, Self::Failed, Self::Refused, Self::Unknown, Self::NothingNew];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::NothingNew => "nothing_new",
        }
    }

    /// The state of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A message of a nudge: one for each recipient and period at most.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NudgeMessage {
    /// The id of a person, or the name of a team; empty where nothing was new for anybody.
    pub recipient: String,
    /// When its period began.
    pub period: Millis,
    /// Until when it tells.
    pub until: Millis,
    /// What became of it.
    pub state: MessageState,
    /// How often it was tried.
    pub attempts: u64,
    /// When it was last tried.
    pub at: Millis,
    /// How many issues it tells of.
    pub issues: u64,
    /// Why it was not taken.
    pub said: String,
}

/// Somebody who wants no more of a nudge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NudgeOptOut {
    /// The id of a person, or the name of a team.
    pub recipient: String,
    /// Since when.
    pub at: Millis,
    /// Who said so: `link`, or the name of an administrator.
    pub by: String,
}
