//! Making, changing and removing channels. What cannot work is refused where it is made.

use super::{
    passed, said,
    secrets::{self, Secrets},
};
use crate::{
    credential,
    nudges::Ways,
    telling::{self, MAIL_IS_NOT_SIGNED, fits, given_secret},
};
use weir_model::{
    Channel, ChannelId, ChannelKind, ChannelSettings, Message, NoticeEvent, NotificationFault, QuietHours,
    Reach, Workspace, WorkspaceId,
};
use weir_notify::{ExposeSecret as _, WebhookSecret, target};
use weir_store::Store;
use weir_vault::Secret;

/// Channels of an installation.
pub const MOST: usize = 50;

/// Addresses of a channel.
const MOST_ADDRESSES: usize = 20;

/// Workspaces that a channel names.
const MOST_WORKSPACES: usize = 100;

/// Longest name of a channel.
const LONGEST_NAME: usize = 60;

/// Most hours for which something has to fail before it is told.
const MOST_HOURS: u16 = 168;

/// A channel as somebody wants it.
#[derive(Clone, Debug)]
pub struct ChannelWish {
    /// What it is called.
    pub name: String,
    /// How it gets to people.
    pub kind: ChannelKind,
    /// Addresses of mail.
    pub to: Vec<String>,
    /// Where its webhooks go: nothing for where they go now.
    pub url: Option<Secret>,
    /// What its webhooks are signed with: nothing for a fresh secret, or for the one that it has.
    pub secret: Option<Secret>,
    /// What it tells of.
    pub events: Vec<NoticeEvent>,
    /// When nothing is sent.
    pub quiet: Option<QuietHours>,
    /// Only of integrations that one of these sees; none for all.
    pub workspaces: Vec<WorkspaceId>,
    /// For how many hours an integration has to fail that may heal by itself.
    pub failing_hours: u16,
    /// Whether nothing is sent through it for now.
    pub is_off: bool,
}

impl ChannelWish {
    /// A channel as it is now.
    pub fn of(channel: &Channel) -> Self {
        let settings = channel.settings.clone();
        Self {
            name: channel.name.clone(),
            kind: settings.kind,
            to: settings.to,
            url: None,
            secret: None,
            events: settings.events,
            quiet: settings.quiet,
            workspaces: settings.workspaces,
            failing_hours: settings.failing_hours,
            is_off: channel.is_off,
        }
    }
}

/// Adds a channel; gives it with the secret of its webhooks, which is shown this once.
///
/// # Errors
/// `notification.bad`, `notification.taken`.
pub async fn add(ways: Ways<'_>, wish: ChannelWish) -> Result<(Channel, Option<WebhookSecret>), Message> {
    if ways.store.channels().await.map_err(said)?.len() >= MOST {
        return Err(bad("name", format!("There are {MOST} channels at most")));
    }
    let mut secrets = Secrets::default();
    let (name, settings) = checked(ways, None, &wish, &mut secrets).await.map_err(all)?;
    let (now, entropy) = (ways.environment.clock.now(), ways.environment.entropy.as_ref());
    let id = ChannelId::generate(now, entropy);
    let channel = Channel { id, name, settings, is_off: wish.is_off, revision: 1, created_at: now };
    let (store, added, row) = (ways.store.clone(), channel.clone(), id.to_string());
    let kept = async move |sealed: &str| store.add_channel(&added, sealed).await;
    credential::keep(ways.store, ways.vault, &secrets::place(&row), &secrets.written()?, kept).await?;
    Ok((channel, secrets.signs))
}

/// Changes a channel that was `before`; gives the secret of its webhooks where it got another one.
///
/// # Errors
/// As for [`add`]; `changed.meanwhile`.
pub async fn change(
    ways: Ways<'_>,
    before: &Channel,
    wish: ChannelWish,
) -> Result<(Channel, Option<WebhookSecret>), Message> {
    let mut secrets = Secrets::of(ways.store, ways.vault, &before.id).await?;
    let signed = secrets.signs.clone();
    let (name, settings) = checked(ways, Some(before), &wish, &mut secrets).await.map_err(all)?;
    let channel = Channel { name, settings, is_off: wish.is_off, ..before.clone() };
    if before.is_off && !channel.is_off {
        passed::pass(ways.store, &channel, ways.environment.clock.now()).await?;
    }
    let (store, changed, row) = (ways.store.clone(), channel.clone(), channel.id.to_string());
    let kept = async move |sealed: &str| store.change_channel(&changed, Some(sealed)).await;
    credential::keep(ways.store, ways.vault, &secrets::place(&row), &secrets.written()?, kept).await?;
    let exposed = |secret: &WebhookSecret| secret.as_secret().expose_secret().to_owned();
    let is_the_same = secrets.signs.as_ref().map(exposed) == signed.as_ref().map(exposed);
    let fresh = secrets.signs.filter(|_| !is_the_same);
    Ok((Channel { revision: channel.revision + 1, ..channel }, fresh))
}

/// Takes a channel away, with what was kept of its messages.
///
/// # Errors
/// `notification.unknown`.
pub async fn remove(store: &Store, channel: &Channel) -> Result<(), Message> {
    match store.remove_channel(&channel.id).await.map_err(said)? {
        true => Ok(()),
        false => Err(NotificationFault::Unknown { name: channel.name.clone() }.into()),
    }
}

/// Everything that does not fit of a wish, of a channel that was `before`; nothing where it can be kept.
///
/// # Errors
/// What keeps it from being looked at.
pub async fn faults(
    ways: Ways<'_>,
    before: Option<&Channel>,
    wish: &ChannelWish,
) -> Result<Vec<Message>, Message> {
    let mut secrets = match before {
        Some(channel) => Secrets::of(ways.store, ways.vault, &channel.id).await?,
        None => Secrets::default(),
    };
    Ok(checked(ways, before, wish, &mut secrets).await.err().unwrap_or_default())
}

/// All that does not fit, where there is room for one thing.
fn all(mut faults: Vec<Message>) -> Message {
    match faults.len() {
        1 => faults.remove(0),
        0 => Message::Bug { detail: "a channel does not fit for no reason".to_owned() },
        count => {
            let said = |fault: &Message| match fault {
                Message::NotificationFault(NotificationFault::Bad { .. }) => fault.why(),
                other => other.what(),
            };
            let details: Vec<String> = faults.iter().map(said).collect();
            let details = details.join(" ").trim_end_matches('.').to_owned();
            NotificationFault::BadMuch { count: count as u64, details }.into()
        }
    }
}

/// The name and the settings of a wish that can be kept, of a channel that was `before`, and what is secret of it; or all that does
/// not fit.
async fn checked(
    ways: Ways<'_>,
    before: Option<&Channel>,
    wish: &ChannelWish,
    secrets: &mut Secrets,
) -> Result<(String, ChannelSettings), Vec<Message>> {
    let alone = |error| vec![said(error)];
    let others = ways.store.channels().await.map_err(alone)?;
    let known = ways.store.workspaces(&Reach::Everything).await.map_err(alone)?;
    let mut faults = vec![];
    let mut told = |outcome: Result<(), Message>| faults.extend(outcome.err());
    let (mut shown_url, mut to, mut hours, mut seen_by) = (None, vec![], None, vec![]);
    let name = wish.name.trim().to_owned();
    told(is_free(&name, before, &others));
    let mut events = wish.events.clone();
    events.sort_unstable();
    events.dedup();
    if events.is_empty() {
        told(Err(bad("events", "It is not said what it tells of")));
    }
    if !(1..=MOST_HOURS).contains(&wish.failing_hours) {
        told(Err(bad("failing_hours", format!("The hours are 1 to {MOST_HOURS}"))));
    }
    told(shown(ways, before, wish, secrets).map(|url| shown_url = url));
    told(signed(ways, wish, secrets));
    told(addresses(wish).map(|all| to = all));
    told(wish.quiet.as_ref().map(quiet).transpose().map(|quiet| hours = quiet));
    told(workspaces(&known, before, &wish.workspaces).map(|all| seen_by = all));
    if !faults.is_empty() {
        return Err(faults);
    }
    let settings = ChannelSettings {
        kind: wish.kind,
        to,
        shown_url,
        events,
        quiet: hours,
        workspaces: seen_by,
        failing_hours: wish.failing_hours,
    };
    Ok((name, settings))
}

/// Refuses a name that cannot be read, or that another channel has.
fn is_free(name: &str, before: Option<&Channel>, all: &[Channel]) -> Result<(), Message> {
    if !fits(name, LONGEST_NAME) {
        return Err(bad("name", format!("A name has 1 to {LONGEST_NAME} printable characters")));
    }
    let is_another = |channel: &Channel| before.is_none_or(|before| before.id != channel.id);
    match all.iter().any(|channel| channel.name == name && is_another(channel)) {
        true => Err(NotificationFault::Taken { name: name.to_owned() }.into()),
        false => Ok(()),
    }
}

/// Where webhooks go, as it may be shown; nothing of mail.
fn shown(
    ways: Ways<'_>,
    before: Option<&Channel>,
    wish: &ChannelWish,
    secrets: &mut Secrets,
) -> Result<Option<String>, Message> {
    if wish.kind == ChannelKind::Mail {
        secrets.url = None;
        return match wish.url {
            Some(_) => Err(bad("url", "Mail goes to addresses of people, and to no URL")),
            None => Ok(None),
        };
    }
    match (&wish.url, before.and_then(|channel| channel.settings.shown_url.clone())) {
        (None, Some(shown)) if secrets.url.is_some() => Ok(Some(shown)),
        (None, _) => Err(bad("url", "A webhook needs an address")),
        (Some(url), _) => {
            let url = target(url.expose_secret(), &ways.environment.opened)
                .map_err(|error| bad("url", error.to_string()))?;
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            let shown = format!("{}://{}{port}/…", url.scheme(), url.host_str().unwrap_or_default());
            secrets.url = Some(Secret::from(url.to_string()));
            Ok(Some(shown))
        }
    }
}

/// What webhooks are signed with.
fn signed(ways: Ways<'_>, wish: &ChannelWish, secrets: &mut Secrets) -> Result<(), Message> {
    match (wish.kind, &wish.secret) {
        (ChannelKind::Webhook, Some(given)) => {
            secrets.signs = Some(given_secret(given).map_err(|detail| bad("secret", detail))?);
        }
        (ChannelKind::Webhook, None) => {
            let entropy = ways.environment.entropy.as_ref();
            secrets.signs.get_or_insert_with(|| WebhookSecret::generate(entropy));
        }
        (ChannelKind::Mail, Some(_)) => {
            return Err(bad("secret", MAIL_IS_NOT_SIGNED));
        }
        (ChannelKind::Slack, Some(_)) => {
            return Err(bad("secret", "A chat is not sent signatures; its address is the secret"));
        }
        (ChannelKind::Mail | ChannelKind::Slack, None) => secrets.signs = None,
    }
    Ok(())
}

fn addresses(wish: &ChannelWish) -> Result<Vec<String>, Message> {
    let to = telling::addresses(&wish.to).map_err(|detail| bad("to", detail))?;
    match wish.kind {
        ChannelKind::Mail if !(1..=MOST_ADDRESSES).contains(&to.len()) => {
            Err(bad("to", format!("Mail needs 1 to {MOST_ADDRESSES} addresses")))
        }
        ChannelKind::Slack | ChannelKind::Webhook if !to.is_empty() => {
            Err(bad("to", "A webhook has one URL, and no addresses of mail"))
        }
        _ => Ok(to),
    }
}

fn quiet(quiet: &QuietHours) -> Result<QuietHours, Message> {
    let day = 24 * 60;
    if quiet.from >= day || quiet.until >= day {
        return Err(bad("quiet", "A time of the day is 00:00 to 23:59"));
    }
    if quiet.from == quiet.until {
        return Err(bad("quiet", "Quiet hours begin and end at two different times"));
    }
    let zone = telling::zone(&quiet.zone).map_err(|detail| bad("quiet", detail))?;
    Ok(QuietHours { zone, ..quiet.clone() })
}

/// Workspaces that there are, each once, or that the channel has named before.
fn workspaces(
    known: &[Workspace],
    before: Option<&Channel>,
    wanted: &[WorkspaceId],
) -> Result<Vec<WorkspaceId>, Message> {
    if wanted.len() > MOST_WORKSPACES {
        return Err(bad("workspaces", format!("Name {MOST_WORKSPACES} workspaces at most")));
    }
    let mut kept: Vec<WorkspaceId> = vec![];
    for one in wanted {
        let was_named = before.is_some_and(|channel| channel.settings.workspaces.contains(one));
        if !was_named && !known.iter().any(|workspace| workspace.id == *one) {
            return Err(bad("workspaces", format!("There is no workspace {one}")));
        }
        if !kept.contains(one) {
            kept.push(*one);
        }
    }
    Ok(kept)
}

fn bad(member: &str, detail: impl Into<String>) -> Message {
    NotificationFault::Bad { member: member.to_owned(), detail: detail.into() }.into()
}
