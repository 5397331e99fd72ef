//! Making, changing and removing nudges. What cannot work is refused where it is made.

use super::{
    Outlet, said,
    secrets::{self, Secrets},
    window::Periods,
};
use crate::{
    credential,
    hygiene::{self, Base, BuiltIn, KnownFields, RuleId},
    telling::{MAIL_IS_NOT_SIGNED, addresses, fits, given_secret, zone},
};
use std::collections::BTreeSet;
use weir_model::{
    Integration, Message, Nudge, NudgeChannel, NudgeFault, NudgeId, NudgeSettings, NudgeTeam, clean,
};
use weir_notify::{OptOutKey, WebhookSecret, target};
use weir_source::Environment;
use weir_store::Store;
use weir_vault::{Secret, Vault};

/// Nudges of an integration.
pub const MOST: usize = 50;

/// Teams of a nudge, and addresses of a team.
const MOST_TEAMS: usize = 200;
const MOST_ADDRESSES: usize = 10;

/// Longest name of a nudge, and of a team.
const LONGEST_NAME: usize = 60;
const LONGEST_TEAM: usize = 200;

/// What a nudge is worked with.
#[derive(Clone, Copy, Debug)]
pub struct Ways<'a> {
    /// The rows.
    pub store: &'a Store,
    /// Opens and seals what signs.
    pub vault: &'a Vault,
    /// The clock, the random source, and which addresses are opened.
    pub environment: &'a Environment,
    /// What can be sent with.
    pub outlet: &'a Outlet,
}

/// A nudge as somebody wants it.
#[derive(Clone, Debug)]
pub struct NudgeWish {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub settings: NudgeSettings,
    /// Whether it is not sent for now.
    pub paused: bool,
    /// What its webhooks are signed with: nothing for a fresh one, or for the one that it has.
    pub secret: Option<Secret>,
}

/// Adds a nudge; gives it with the secret of its webhooks, which is shown this once.
///
/// # Errors
/// `nudge.bad`, `nudge.taken`, `nudge.people`, and what hygiene says of fields and rules.
pub async fn add(
    ways: Ways<'_>,
    integration: &Integration,
    wish: NudgeWish,
) -> Result<(Nudge, Option<WebhookSecret>), Message> {
    let (wish, url) = checked(ways, integration, None, wish).await?;
    if ways.store.nudges(&integration.id).await.map_err(said)?.len() >= MOST {
        return Err(bad("name", format!("An integration has {MOST} nudges at most")));
    }
    let (now, entropy) = (ways.environment.clock.now(), ways.environment.entropy.as_ref());
    let webhook = match (wish.settings.channel, &wish.secret) {
        (NudgeChannel::Mail, _) => None,
        (NudgeChannel::Webhook, Some(given)) => Some(signing(given)?),
        (NudgeChannel::Webhook, None) => Some(WebhookSecret::generate(entropy)),
    };
    let secrets = Secrets { opt_out: OptOutKey::generate(entropy), webhook: webhook.clone(), url };
    let periods = Periods::of(&wish.settings, integration);
    let nudge = Nudge {
        id: NudgeId::generate(now, entropy),
        name: wish.name,
        settings: wish.settings,
        paused: wish.paused,
        revision: 1,
        created_at: now,
        covered_until: periods.end_until(now),
        due_at: periods.end_after(now),
        last: None,
    };
    let id = nudge.id.to_string();
    let (store, of, added) = (ways.store.clone(), integration.id, nudge.clone());
    let kept = async move |sealed: &str| store.add_nudge(&of, &added, sealed).await;
    credential::keep(ways.store, ways.vault, &secrets::place(&id), &secrets.written()?, kept).await?;
    Ok((nudge, webhook))
}

/// Changes a nudge that was `before`; gives the secret of its webhooks where it got another one.
///
/// # Errors
/// As for [`add`]; `changed.meanwhile`.
pub async fn change(
    ways: Ways<'_>,
    integration: &Integration,
    before: &Nudge,
    wish: NudgeWish,
) -> Result<(Nudge, Option<WebhookSecret>), Message> {
    let (wish, url) = checked(ways, integration, Some(before), wish).await?;
    let now = ways.environment.clock.now();
    let periods = Periods::of(&wish.settings, integration);
    // What happened while it was paused is not told afterwards.
    let covered_until =
        if before.paused && !wish.paused { periods.end_until(now) } else { before.covered_until };
    let nudge = Nudge {
        name: wish.name,
        settings: wish.settings,
        paused: wish.paused,
        covered_until,
        due_at: if periods.end_until(now) >= before.due_at && !before.paused {
            before.due_at
        } else {
            periods.end_after(now)
        },
        ..before.clone()
    };
    let is_webhook = nudge.settings.channel == NudgeChannel::Webhook;
    let mut secrets = Secrets::of(ways.store, ways.vault, &before.id).await?;
    let fresh = match (&wish.secret, &secrets.webhook) {
        (Some(given), _) if is_webhook => Some(signing(given)?),
        (None, None) if is_webhook => Some(WebhookSecret::generate(ways.environment.entropy.as_ref())),
        _ => None,
    };
    let is_elsewhere = url.is_some() || (!is_webhook && secrets.url.is_some());
    secrets.url = url.or(secrets.url.filter(|_| is_webhook));
    match fresh.is_some() || is_elsewhere {
        true => {
            secrets.webhook = fresh.clone().or(secrets.webhook);
            let id = nudge.id.to_string();
            let (store, changed) = (ways.store.clone(), nudge.clone());
            let kept = async move |sealed: &str| store.change_nudge(&changed, Some(sealed)).await;
            credential::keep(ways.store, ways.vault, &secrets::place(&id), &secrets.written()?, kept).await?;
        }
        false => ways.store.change_nudge(&nudge, None).await.map_err(said)?,
    }
    Ok((Nudge { revision: nudge.revision + 1, ..nudge }, fresh))
}

/// Takes a nudge away, with what was kept of its messages and of those who left it.
///
/// # Errors
/// `nudge.unknown`.
pub async fn remove(store: &Store, nudge: &Nudge) -> Result<(), Message> {
    match store.remove_nudge(&nudge.id).await.map_err(said)? {
        true => Ok(()),
        false => Err(NudgeFault::Unknown { name: nudge.name.clone() }.into()),
    }
}

fn signing(given: &Secret) -> Result<WebhookSecret, Message> {
    given_secret(given).map_err(|detail| bad("secret", detail))
}

/// A wish that can be kept, of a nudge that was `before`, and where its webhooks go, where that is said anew: of that the wish keeps
/// what may be shown.
async fn checked(
    Ways { store, environment, .. }: Ways<'_>,
    integration: &Integration,
    before: Option<&Nudge>,
    wish: NudgeWish,
) -> Result<(NudgeWish, Option<Secret>), Message> {
    let NudgeWish { name, mut settings, paused, secret } = wish;
    let name = name.trim().to_owned();
    if !fits(&name, LONGEST_NAME) {
        return Err(bad("name", format!("A name has 1 to {LONGEST_NAME} printable characters")));
    }
    let base = Base::of(store, integration, None).await.map_err(said)?;
    settings.by = named(&settings.by, &base.fields)?;
    refuse_unknowable(integration, &settings, &base.fields)?;
    let kept = before.map(|nudge| nudge.settings.rules.as_slice()).unwrap_or_default();
    settings.rules = rules(&settings.rules, &base, kept)?;
    if settings.hour > 23 {
        return Err(bad("hour", "The hour is 0 to 23"));
    }
    let zone = |name: &str| zone(name).map_err(|detail| bad("zone", detail));
    settings.zone = settings.zone.as_deref().filter(|zone| !zone.is_empty()).map(zone).transpose()?;
    let mut elsewhere = None;
    match (settings.channel, &settings.url) {
        (NudgeChannel::Webhook, None) => return Err(bad("url", "A webhook needs an address")),
        (NudgeChannel::Webhook, Some(url))
            // What was kept before it was sealed is sealed now.
            if url.ends_with('…') && before.is_some_and(|nudge| nudge.settings.url.as_ref() == Some(url)) => {}
        (NudgeChannel::Webhook, Some(url)) => {
            let url = target(url, &environment.opened).map_err(|error| bad("url", error.to_string()))?;
            settings.url = Some(url.to_string());
            settings.url = settings.shown_url();
            elsewhere = Some(Secret::from(url.to_string()));
        }
        (NudgeChannel::Mail, Some(_)) => {
            return Err(bad("url", "Mail goes to addresses of people or teams, and to no URL"));
        }
        (NudgeChannel::Mail, None) => {}
    }
    if secret.is_some() && settings.channel == NudgeChannel::Mail {
        return Err(bad("secret", MAIL_IS_NOT_SIGNED));
    }
    settings.teams = teams(&settings)?;
    Ok((NudgeWish { name, settings, paused, secret }, elsewhere))
}

/// What the field of recipients is called: what it stands for, where it is mapped as that, so that another field that is mapped so
/// later takes its place.
fn named(by: &str, fields: &KnownFields) -> Result<String, Message> {
    let (by, field) = (by.trim(), hygiene::group(by, fields)?);
    Ok(if fields.is_role(by) { by.to_owned() } else { field.to_string() })
}

/// The ids of rules that were chosen by id or name, each once: those that are asked, those that everybody has, and those that the nudge
/// has had before, whatever became of them.
fn rules(chosen: &[String], base: &Base, kept: &[String]) -> Result<Vec<String>, Message> {
    let mut ids: Vec<String> = vec![];
    for rule in chosen {
        let is_known =
            kept.contains(rule) || BuiltIn::ALL.map(RuleId::BuiltIn).contains(&rule.as_str().into());
        let id = if is_known { rule.clone() } else { base.rule(rule)?.id.to_string() };
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Refuses what nothing is known of: fields that are left out by configuration, or are not mapped.
pub(super) fn refuse_unknowable(
    integration: &Integration,
    settings: &NudgeSettings,
    fields: &KnownFields,
) -> Result<(), Message> {
    let exclusions = &integration.settings.exclusions;
    let by = hygiene::group(&settings.by, fields)?;
    if let Some(field) = hygiene::excluded(&by, exclusions, fields).filter(|_| settings.is_for_assignees()) {
        return Err(NudgeFault::People { field }.into());
    }
    if let Some(fault) = hygiene::not_known(&by, exclusions, fields) {
        return Err(fault.into());
    }
    if settings.is_for_assignees() && settings.channel == NudgeChannel::Mail && exclusions.user_details {
        return Err(NudgeFault::People { field: "userDetails".into() }.into());
    }
    Ok(())
}

fn teams(settings: &NudgeSettings) -> Result<Vec<NudgeTeam>, Message> {
    if settings.is_for_assignees() {
        return match settings.teams.is_empty() {
            true => Ok(vec![]),
            false => {
                Err(bad("teams", "Assignees are told by their own addresses; teams are for another field"))
            }
        };
    }
    if !(1..=MOST_TEAMS).contains(&settings.teams.len()) {
        return Err(bad("teams", format!("Name 1 to {MOST_TEAMS} values of {} as teams", settings.by)));
    }
    let mut seen = BTreeSet::new();
    let mut teams = vec![];
    for one in &settings.teams {
        let team = one.team.trim().to_owned();
        if !fits(&team, LONGEST_TEAM) {
            return Err(bad("teams", format!("A team has 1 to {LONGEST_TEAM} printable characters")));
        }
        if !seen.insert(team.clone()) {
            return Err(bad("teams", format!("The team {} is named twice", clean(&team, 100))));
        }
        let to = addresses(&one.to).map_err(|detail| bad("teams", detail))?;
        match settings.channel {
            NudgeChannel::Mail if !(1..=MOST_ADDRESSES).contains(&to.len()) => {
                let team = clean(&team, 100);
                return Err(bad("teams", format!("The team {team} needs 1 to {MOST_ADDRESSES} addresses")));
            }
            NudgeChannel::Webhook if !to.is_empty() => {
                return Err(bad("teams", "A webhook has one URL; its teams have no addresses"));
            }
            _ => teams.push(NudgeTeam { team, to }),
        }
    }
    Ok(teams)
}

fn bad(member: &str, detail: impl Into<String>) -> Message {
    NudgeFault::Bad { member: member.to_owned(), detail: detail.into() }.into()
}
