//! Who would be told what: worked out and written down, and not sent. What is sent is this and nothing else.

use super::{kept::Ways, kept::refuse_unknowable, said, secrets::Secrets, window::Periods};
use crate::hygiene::{self, Base, Field, Fresh, Newly, Rule, Window, newly_missing};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap, HashSet};
use weir_model::{Integration, Message, MessageState, Millis, Nudge, NudgeChannel, NudgeFault, NudgePeriod};
use weir_notify::{Digest, Item, MailAddress, Url};
use weir_store::{IssueHead, NudgePerson};

/// Recipients whose issues are looked up together.
const TOGETHER: usize = 25;

/// What stands between a recipient and a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing.
    Ready,
    /// No address is known.
    NoAddress,
    /// The account is not active.
    Inactive,
    /// They want none.
    OptedOut,
    /// They have had one in this period.
    Told,
}

impl Standing {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NoAddress => "no_address",
            Self::Inactive => "inactive",
            Self::OptedOut => "opted_out",
            Self::Told => "told",
        }
    }

    /// The same as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Ready => "Gets this message.",
            Self::NoAddress => "No address is known: the site shows none.",
            Self::Inactive => "The account is not active.",
            Self::OptedOut => "Wants no messages.",
            Self::Told => "Has had a message in this period.",
        }
    }
}

/// A message for a recipient.
#[derive(Clone, Debug, Serialize)]
pub struct Prepared {
    /// The id of a person, or the name of a team.
    pub recipient: String,
    /// What people call it.
    pub name: String,
    /// The addresses that it goes to; none where it is a webhook.
    pub to: Vec<String>,
    /// Whether it is sent.
    pub standing: Standing,
    /// What it tells.
    pub digest: Digest,
}

/// What a nudge would send now.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// Since when issues are looked at, for most recipients.
    pub since: Millis,
    /// Until when.
    pub until: Millis,
    /// Since when nothing has been read from the site; nothing before the first run.
    pub read_since: Option<Millis>,
    /// Each message.
    pub messages: Vec<Prepared>,
    /// Issues that newly miss a rule and are nobody's: without an assignee, or of no team that is named.
    pub of_nobody: u64,
    /// Why nothing of it would be sent.
    pub trouble: Option<Trouble>,
}

/// A sentence of the catalogue, as it is told beside something else.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Trouble {
    /// Its id.
    pub code: &'static str,
    /// What happened, and why.
    pub sentence: String,
}

/// A nudge at work.
pub(super) struct Work<'a> {
    pub(super) ways: Ways<'a>,
    pub(super) integration: &'a Integration,
    pub(super) nudge: &'a Nudge,
    pub(super) secrets: Secrets,
    /// What holds for the integration.
    base: Base,
    pub(super) periods: Periods,
    /// When the period began that messages are counted in.
    pub(super) period: Millis,
    pub(super) until: Millis,
}

/// What it would send.
pub(super) struct Worked {
    pub(super) messages: Vec<Prepared>,
    pub(super) of_nobody: u64,
}

/// Who was told what before.
#[derive(Default)]
struct Told {
    /// In this period.
    now: HashMap<String, MessageState>,
    /// Until when.
    until: HashMap<String, Millis>,
}

impl<'a> Work<'a> {
    /// For the period that an instant is in, until that instant.
    pub(super) async fn until(
        ways: Ways<'a>,
        integration: &'a Integration,
        nudge: &'a Nudge,
        until: Millis,
    ) -> Result<Self, Message> {
        let periods = Periods::of(&nudge.settings, integration);
        // An instant at which a period ends is in the period that ends.
        let period = periods.begin_of(periods.end_after(Millis(until.0 - 1)));
        let secrets = Secrets::of(ways.store, ways.vault, &nudge.id).await?;
        let base = Base::of(ways.store, integration, None).await.map_err(said)?;
        Ok(Self { ways, integration, nudge, secrets, base, periods, period, until })
    }

    /// Why nobody can be told at all.
    pub(super) fn trouble(&self) -> Option<Message> {
        trouble(self.integration, self.nudge, &self.base, self.ways.outlet.mail.is_some())
    }

    /// Who is to be told what.
    pub(super) async fn worked_out(&self) -> Result<Worked, Message> {
        let (store, id) = (self.ways.store, &self.integration.id);
        let told = self.told().await?;
        let by = hygiene::group(&self.nudge.settings.by, &self.base.fields)?;
        let teams: BTreeSet<String> = self.nudge.settings.teams.iter().map(|one| one.team.clone()).collect();
        let wanted = (!self.nudge.settings.is_for_assignees()).then_some(teams);
        let window =
            Window { since: self.nudge.covered_until, since_of: told.until.clone(), until: self.until };
        let now = self.ways.environment.clock.now();
        let base = Base { rules: chosen(self.nudge, &self.base).cloned().collect(), ..self.base.clone() };
        let fresh = newly_missing(store, self.integration, &base, (&by, wanted), window, now).await;
        let Fresh { of, of_nobody } = fresh.map_err(said)?;
        let opted_out = store.nudge_opt_outs(&self.nudge.id).await.map_err(said)?;
        let opted_out: HashSet<String> = opted_out.into_iter().map(|one| one.recipient).collect();
        let all: Vec<_> = of.into_iter().collect();
        let mut messages = vec![];
        for some in all.chunks(TOGETHER) {
            let numbers: Vec<i64> =
                some.iter().flat_map(|(_, of)| of.first.iter().map(|one| one.no)).collect();
            let heads = store.issue_heads(id, &numbers).await.map_err(said)?;
            let people = match self.nudge.settings.is_for_assignees() {
                true => {
                    let ids: Vec<&str> = some.iter().map(|(group, _)| group.as_str()).collect();
                    store.nudge_people(id, &ids).await.map_err(said)?
                }
                false => HashMap::new(),
            };
            for (group, of) in some {
                let standing = match told.now.get(group) {
                    Some(state) if *state != MessageState::Failed => Some(Standing::Told),
                    _ if opted_out.contains(group) => Some(Standing::OptedOut),
                    _ => None,
                };
                let since = told.until.get(group).copied().unwrap_or(self.nudge.covered_until);
                let digest =
                    self.digest((&by, group), people.get(group), (of.issues, &of.first), &heads, since)?;
                messages.push(self.prepared(group, people.get(group), standing, digest));
            }
        }
        Ok(Worked { messages, of_nobody })
    }

    /// What became of messages of this period, and until when those were told who had one early, in this period or in the one
    /// before: what they are told next begins there. What was not taken was not told.
    async fn told(&self) -> Result<Told, Message> {
        let before = self.periods.begin_of(self.nudge.covered_until);
        let mut told = Told::default();
        for message in self.ways.store.told_since(&self.nudge.id, before).await.map_err(said)? {
            if message.period == self.period {
                told.now.insert(message.recipient.clone(), message.state);
            }
            if !matches!(message.state, MessageState::Failed | MessageState::Refused) {
                told.until.insert(message.recipient, message.until);
            }
        }
        Ok(told)
    }

    fn prepared(
        &self,
        recipient: &str,
        person: Option<&NudgePerson>,
        standing: Option<Standing>,
        digest: Digest,
    ) -> Prepared {
        let settings = &self.nudge.settings;
        let is_mail = settings.channel == NudgeChannel::Mail;
        let to: Vec<String> = match (is_mail, settings.is_for_assignees()) {
            (false, _) => vec![],
            (true, true) => {
                let email = person.and_then(|person| person.email.as_deref());
                email
                    .and_then(|email| email.parse::<MailAddress>().ok())
                    .map(|one| one.to_string())
                    .into_iter()
                    .collect()
            }
            (true, false) => {
                let team = settings.teams.iter().find(|one| one.team == recipient);
                team.map(|one| one.to.clone()).unwrap_or_default()
            }
        };
        let is_inactive = person.is_some_and(|person| person.active == Some(false));
        let standing = standing.unwrap_or(match (is_mail, is_inactive, to.is_empty()) {
            (true, true, _) => Standing::Inactive,
            (true, false, true) => Standing::NoAddress,
            _ => Standing::Ready,
        });
        Prepared {
            recipient: recipient.to_owned(),
            name: digest.recipient_name.clone(),
            to,
            standing,
            digest,
        }
    }

    fn digest(
        &self,
        (field, recipient): (&Field, &str),
        person: Option<&NudgePerson>,
        (issues, first): (u64, &[Newly]),
        heads: &HashMap<i64, IssueHead>,
        since: Millis,
    ) -> Result<Digest, Message> {
        let settings = &self.nudge.settings;
        let name = person.and_then(|person| person.name.clone()).unwrap_or_else(|| recipient.to_owned());
        let items = first.iter().filter_map(|one| {
            let head = heads.get(&one.no)?;
            Some(Item {
                key: head.key.clone(),
                url: head.url.clone(),
                summary: head.summary.clone(),
                misses: one.misses.clone(),
            })
        });
        let nudge = self.nudge.id.to_string();
        let token = self.secrets.opt_out.token(&nudge, recipient);
        Ok(Digest {
            integration: self.integration.name.clone(),
            nudge: self.nudge.name.clone(),
            by: settings.by.strip_prefix("custom:").unwrap_or(&settings.by).to_owned(),
            recipient: recipient.to_owned(),
            recipient_name: name,
            since: since.rfc3339(),
            until: self.until.rfc3339(),
            window: format!(
                "between {} and {} ({})",
                self.periods.shown(since),
                self.periods.shown(self.until),
                self.periods.zone_name()
            ),
            issues,
            items: items.collect(),
            all: self.all(field, recipient)?,
            period: match settings.period {
                NudgePeriod::Day => "a day".into(),
                NudgePeriod::Week => "a week".into(),
            },
            opt_out: self.link(&["opt-out", &token])?.to_string(),
        })
    }

    /// Where all open issues of a recipient are.
    fn all(&self, field: &Field, recipient: &str) -> Result<String, Message> {
        let mut link = self.link(&["integrations", &self.integration.name, "hygiene", "issues"])?;
        let filter = format!("{};status_category!=done", hygiene::filter_for(field, Some(recipient)));
        link.query_pairs_mut().append_pair("filter", &filter);
        Ok(link.to_string())
    }

    fn link(&self, segments: &[&str]) -> Result<Url, Message> {
        let bug = || Message::Bug { detail: "The address of this server is none".into() };
        let mut url: Url = self.ways.outlet.address.parse().map_err(|_| bug())?;
        url.path_segments_mut().map_err(|()| bug())?.pop_if_empty().extend(segments);
        Ok(url)
    }
}

/// What a nudge would send if it were sent now. Nothing is sent, and nothing is noted.
///
/// # Errors
/// What the store says; `key.wrong`.
pub async fn preview(ways: Ways<'_>, integration: &Integration, nudge: &Nudge) -> Result<Preview, Message> {
    let now = ways.environment.clock.now();
    let work = Work::until(ways, integration, nudge, now).await?;
    let trouble = work.trouble();
    let is_knowable = refuse_unknowable(integration, &nudge.settings, &work.base.fields).is_ok();
    let worked = match is_knowable {
        true => work.worked_out().await?,
        false => Worked { messages: vec![], of_nobody: 0 },
    };
    Ok(Preview {
        since: nudge.covered_until,
        until: now,
        read_since: ways.store.read_since(&integration.id).await.map_err(said)?,
        messages: worked.messages,
        of_nobody: worked.of_nobody,
        trouble: trouble.map(|message| Trouble { code: message.id(), sentence: message.to_string() }),
    })
}

/// Why nobody can be told at all, with a server of mail or without one.
pub(super) fn trouble(
    integration: &Integration,
    nudge: &Nudge,
    base: &Base,
    has_mail: bool,
) -> Option<Message> {
    if let Err(message) = refuse_unknowable(integration, &nudge.settings, &base.fields) {
        return Some(message);
    }
    if chosen(nudge, base).next().is_none() {
        return Some(NudgeFault::RulesGone {}.into());
    }
    let mut blocked = chosen(nudge, base).map(|rule| hygiene::blocked_of(rule, integration, &base.fields));
    if let Some(Some(first)) = blocked.next()
        && blocked.all(|one| one.is_some())
    {
        return Some(NudgeFault::RulesBlocked { why: first.said() }.into());
    }
    let is_mail = nudge.settings.channel == NudgeChannel::Mail;
    (is_mail && !has_mail).then(|| NudgeFault::MailNone {}.into())
}

/// The rules that a nudge tells of, of those that hold.
fn chosen<'a>(nudge: &'a Nudge, base: &'a Base) -> impl Iterator<Item = &'a Rule> {
    let chosen = &nudge.settings.rules;
    base.rules.iter().filter(|rule| chosen.is_empty() || chosen.contains(&rule.id.to_string()))
}
