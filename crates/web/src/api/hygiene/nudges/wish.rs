//! What somebody wants of a nudge.

use crate::http::{Problem, number::whole};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use weir_ingest::nudges::NudgeWish;
use weir_model::{Nudge, NudgeChannel, NudgePeriod, NudgeSettings, NudgeTeam};
use weir_vault::Secret;

/// The hour at which a period ends, unless said otherwise.
const USUAL_HOUR: u8 = 8;

/// How a nudge gets to people.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChannelWord {
    /// Mail to each recipient.
    Mail,
    /// A signed request to one address, for each recipient.
    Webhook,
}

impl From<NudgeChannel> for ChannelWord {
    fn from(channel: NudgeChannel) -> Self {
        match channel {
            NudgeChannel::Mail => Self::Mail,
            NudgeChannel::Webhook => Self::Webhook,
        }
    }
}

impl From<ChannelWord> for NudgeChannel {
    fn from(word: ChannelWord) -> Self {
        match word {
            ChannelWord::Mail => Self::Mail,
            ChannelWord::Webhook => Self::Webhook,
        }
    }
}

/// How often there is one message at most.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PeriodWord {
    /// Once a day.
    #[default]
    Day,
    /// Once a week, on Mondays.
    Week,
}

impl From<NudgePeriod> for PeriodWord {
    fn from(period: NudgePeriod) -> Self {
        match period {
            NudgePeriod::Day => Self::Day,
            NudgePeriod::Week => Self::Week,
        }
    }
}

impl From<PeriodWord> for NudgePeriod {
    fn from(word: PeriodWord) -> Self {
        match word {
            PeriodWord::Day => Self::Day,
            PeriodWord::Week => Self::Week,
        }
    }
}

/// A team: a value of the field, and whom its mail goes to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Team {
    team: String,
    /// Addresses; none where it is a webhook.
    #[serde(default)]
    to: Vec<String>,
}

impl From<&NudgeTeam> for Team {
    fn from(one: &NudgeTeam) -> Self {
        Self { team: one.team.clone(), to: one.to.clone() }
    }
}

impl From<Team> for NudgeTeam {
    fn from(one: Team) -> Self {
        Self { team: one.team, to: one.to }
    }
}

/// A nudge that is to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NudgeNew {
    /// Unique within the integration.
    name: String,
    channel: ChannelWord,
    /// `assignee`, unless said otherwise, or a field whose values are teams, such as `components` or `project`.
    by: Option<String>,
    /// The teams, where it is not for assignees: 1 to 200.
    #[serde(default)]
    teams: Vec<Team>,
    /// Ids of rules; none for all.
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    #[schema(inline)]
    period: PeriodWord,
    /// The hour at which a period ends; 8, unless said otherwise.
    #[serde(default, deserialize_with = "whole")]
    #[schema(minimum = 0, maximum = 23)]
    hour: Option<u32>,
    /// A time zone such as `Europe/Berlin`; that of the integration, unless said otherwise.
    zone: Option<String>,
    /// Where a webhook goes.
    url: Option<String>,
    #[serde(default)]
    paused: bool,
    /// What webhooks are signed with: `whsec_` and 24 to 64 bytes in base64; a fresh one, unless said otherwise.
    secret: Option<String>,
}

impl NudgeNew {
    /// The same as it is asked for.
    pub(super) fn wish(self) -> Result<NudgeWish, Problem> {
        Ok(NudgeWish {
            name: self.name,
            settings: NudgeSettings {
                channel: self.channel.into(),
                by: self.by.unwrap_or_else(|| "assignee".to_owned()),
                rules: self.rules,
                period: self.period.into(),
                hour: hour(self.hour)?.unwrap_or(USUAL_HOUR),
                zone: self.zone,
                url: self.url,
                teams: self.teams.into_iter().map(NudgeTeam::from).collect(),
            },
            paused: self.paused,
            secret: self.secret.map(Secret::from),
        })
    }
}

/// What is to be changed of a nudge.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NudgeChange {
    name: Option<String>,
    channel: Option<ChannelWord>,
    by: Option<String>,
    teams: Option<Vec<Team>>,
    rules: Option<Vec<String>>,
    period: Option<PeriodWord>,
    #[serde(default, deserialize_with = "whole")]
    #[schema(minimum = 0, maximum = 23)]
    hour: Option<u32>,
    /// An empty text for the zone of the integration.
    zone: Option<String>,
    url: Option<String>,
    paused: Option<bool>,
    secret: Option<String>,
}

impl NudgeChange {
    /// The nudge as it is to be.
    pub(super) fn wish(self, before: &Nudge) -> Result<NudgeWish, Problem> {
        let old = before.settings.clone();
        let channel = self.channel.map_or(old.channel, NudgeChannel::from);
        let is_webhook = channel == NudgeChannel::Webhook;
        Ok(NudgeWish {
            name: self.name.unwrap_or_else(|| before.name.clone()),
            settings: NudgeSettings {
                channel,
                by: self.by.unwrap_or(old.by),
                rules: self.rules.unwrap_or(old.rules),
                period: self.period.map_or(old.period, NudgePeriod::from),
                hour: hour(self.hour)?.unwrap_or(old.hour),
                zone: self.zone.or(old.zone),
                // Where it went before does not matter to mail.
                url: self.url.or(old.url.filter(|_| is_webhook)),
                teams: self.teams.map_or(old.teams, |teams| teams.into_iter().map(NudgeTeam::from).collect()),
            },
            paused: self.paused.unwrap_or(before.paused),
            secret: self.secret.map(Secret::from),
        })
    }
}

fn hour(hour: Option<u32>) -> Result<Option<u8>, Problem> {
    let Some(hour) = hour else { return Ok(None) };
    let on_a_clock = u8::try_from(hour).ok().filter(|hour| *hour < 24);
    Ok(Some(on_a_clock.ok_or_else(|| Problem::bad("The hour is 0 to 23").at("/hour".to_owned()))?))
}
