//! The form of a nudge: what was entered, and what it is in words.

use crate::{
    http::Problem,
    pages::{
        format::inert,
        forms::{Fields, not_offered},
    },
};
use weir_ingest::{
    hygiene::{self, Base, HygieneSettings},
    nudges::NudgeWish,
};
use weir_model::{Nudge, NudgeChannel, NudgePeriod, NudgeSettings, NudgeTeam};
use weir_vault::Secret;

/// The fields.
const FIELDS: [&str; 12] =
    ["seen", "name", "channel", "by", "teams", "rule", "period", "hour", "zone", "url", "secret", "paused"];

/// What was entered, or what there is.
pub(in crate::pages) struct Entered {
    pub(in crate::pages) name: String,
    pub(in crate::pages) is_webhook: bool,
    pub(in crate::pages) by: String,
    /// One team a line: `TEAM = ADDRESS, ADDRESS`.
    pub(in crate::pages) teams: String,
    /// Each rule with its name and whether it is chosen.
    pub(in crate::pages) rules: Vec<(String, String, bool)>,
    pub(in crate::pages) is_weekly: bool,
    /// The hours, with the chosen one.
    pub(in crate::pages) hours: Vec<(u8, bool)>,
    pub(in crate::pages) zone: String,
    pub(in crate::pages) url: String,
    /// What the URL is now, as far as it is shown.
    pub(in crate::pages) url_now: Option<String>,
    pub(in crate::pages) is_paused: bool,
    /// The revision that the form was made of; empty for a new nudge.
    pub(in crate::pages) seen: String,
    secret: String,
}

impl Entered {
    /// A form in which nothing was entered yet.
    pub(in crate::pages) fn empty(base: &Base) -> Self {
        Self {
            name: String::new(),
            is_webhook: false,
            by: "assignee".into(),
            teams: String::new(),
            rules: rules(base, &[]),
            is_weekly: false,
            hours: hours(8),
            zone: String::new(),
            url: String::new(),
            url_now: None,
            is_paused: false,
            seen: String::new(),
            secret: String::new(),
        }
    }
}

/// Every rule that is asked; where none is named, none is marked, which means all. Of those that were chosen before, one that is not
/// asked any more stands there as such.
fn rules(base: &Base, chosen: &[String]) -> Vec<(String, String, bool)> {
    let rule = |rule: &weir_ingest::hygiene::Rule| {
        let id = rule.id.to_string();
        let is_chosen = chosen.contains(&id);
        (id, inert(&hygiene::name_of(rule)), is_chosen)
    };
    let mut all: Vec<_> = base.rules.iter().map(rule).collect();
    let off = HygieneSettings::default().built_in();
    for gone in chosen {
        if all.iter().any(|(id, ..)| id == gone) {
            continue;
        }
        let name = off.iter().find(|rule| rule.id.to_string() == *gone).map(hygiene::name_of);
        let name = name.unwrap_or_else(|| inert(gone));
        all.push((gone.clone(), format!("{name} (not asked any more)"), true));
    }
    all
}

fn hours(chosen: u8) -> Vec<(u8, bool)> {
    (0..24).map(|hour| (hour, hour == chosen)).collect()
}

impl Entered {
    /// What a browser sent.
    pub(in crate::pages) fn read(fields: &Fields, base: &Base) -> Result<Self, Problem> {
        fields.only(&FIELDS)?;
        let hour = fields.text("hour").parse().ok().filter(|hour| *hour < 24);
        let hour = hour.ok_or_else(|| not_offered("hour", fields.text("hour")))?;
        let (channel, period) =
            (fields.word("channel", &["mail", "webhook"])?, fields.word("period", &["day", "week"])?);
        let chosen: Vec<String> = fields.all("rule").map(str::to_owned).collect();
        Ok(Self {
            name: fields.text("name").to_owned(),
            is_webhook: channel == "webhook",
            by: fields.text("by").to_owned(),
            teams: fields.raw("teams").to_owned(),
            rules: rules(base, &chosen),
            is_weekly: period == "week",
            hours: hours(hour),
            zone: fields.text("zone").to_owned(),
            url: fields.text("url").to_owned(),
            url_now: None,
            is_paused: !fields.word("paused", &["1"])?.is_empty(),
            seen: fields.text("seen").to_owned(),
            secret: fields.text("secret").to_owned(),
        })
    }

    /// What a nudge is now.
    pub(in crate::pages) fn of(nudge: &Nudge, base: &Base) -> Self {
        let settings = &nudge.settings;
        let team = |one: &NudgeTeam| match one.to.is_empty() {
            true => inert(&one.team),
            false => format!("{} = {}", inert(&one.team), one.to.join(", ")),
        };
        Self {
            name: inert(&nudge.name),
            is_webhook: settings.channel == NudgeChannel::Webhook,
            by: settings.by.clone(),
            teams: settings.teams.iter().map(team).collect::<Vec<_>>().join("\n"),
            rules: rules(base, &settings.rules),
            is_weekly: settings.period == NudgePeriod::Week,
            hours: hours(settings.hour),
            zone: settings.zone.clone().unwrap_or_default(),
            url: String::new(),
            url_now: settings.shown_url(),
            is_paused: nudge.paused,
            seen: nudge.revision.to_string(),
            secret: String::new(),
        }
    }

    /// The nudge as it is asked for. A URL that was not entered again stays.
    pub(in crate::pages) fn wish(&self, before: Option<&Nudge>) -> NudgeWish {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let kept = before.and_then(|nudge| nudge.settings.url.clone()).filter(|_| self.is_webhook);
        let hour = self.hours.iter().find(|(_, is_chosen)| *is_chosen).map_or(8, |(hour, _)| *hour);
        let chosen = self.rules.iter().filter(|(.., is_chosen)| *is_chosen);
        NudgeWish {
            name: self.name.clone(),
            settings: NudgeSettings {
                channel: if self.is_webhook { NudgeChannel::Webhook } else { NudgeChannel::Mail },
                by: if self.by.is_empty() { "assignee".into() } else { self.by.clone() },
                rules: chosen.map(|(id, ..)| id.clone()).collect(),
                period: if self.is_weekly { NudgePeriod::Week } else { NudgePeriod::Day },
                hour,
                zone: given(&self.zone),
                url: given(&self.url).or(kept),
                teams: self.teams.lines().filter(|line| !line.trim().is_empty()).map(team).collect(),
            },
            paused: self.is_paused,
            secret: given(&self.secret).map(Secret::from),
        }
    }
}

/// A line of the teams.
fn team(line: &str) -> NudgeTeam {
    let (team, to) = line.rsplit_once('=').unwrap_or((line, ""));
    let to = to.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned);
    NudgeTeam { team: team.trim().to_owned(), to: to.collect() }
}

/// How it gets to whom.
pub(super) fn what(settings: &NudgeSettings) -> String {
    let how = match settings.channel {
        NudgeChannel::Mail => "Mail".to_owned(),
        NudgeChannel::Webhook => format!("Webhook to {}", inert(&settings.shown_url().unwrap_or_default())),
    };
    let whom = match settings.is_for_assignees() {
        true => "each assignee".to_owned(),
        false => format!("{} teams by {}", settings.teams.len(), inert(&settings.by.replace('_', " "))),
    };
    match settings.rules.len() {
        0 => format!("{how}, for {whom}, of every rule"),
        1 => format!("{how}, for {whom}, of one rule"),
        some => format!("{how}, for {whom}, of {some} rules"),
    }
}

/// When.
pub(super) fn when(settings: &NudgeSettings) -> String {
    let zone = settings.zone.as_deref().map(inert).unwrap_or_else(|| "the integration's zone".into());
    match settings.period {
        NudgePeriod::Day => format!("Each day at {}:00, {zone}", settings.hour),
        NudgePeriod::Week => format!("Mondays at {}:00, {zone}", settings.hour),
    }
}
