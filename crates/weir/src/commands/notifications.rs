//! `weir notifications …`: the channels through which people are told when an integration needs them.

use super::{mail, noted::noted, workspace};
use crate::{
    cli::{ChannelAdd, ChannelFlags, ChannelNamed, ChannelSet, ChannelTest, Notifications},
    context::Context,
    credentials::secret_of_file,
    failure::Failure,
    output::{Rows, clean},
};
use serde_json::{Value, json};
use weir_ingest::{
    notifications::{self, ChannelWish, GivenAnew},
    nudges::{Outlet, Ways, shown_once},
};
use weir_model::{
    Channel, ChannelKind, ChannelSettings, Message, Millis, Notice, NoticeEvent, NoticeState,
    NotificationFault, QuietHours,
};
use weir_store::Store;

pub(super) async fn run(context: &Context<'_>, command: Notifications) -> Result<(), Failure> {
    match command {
        Notifications::List => list(context).await,
        Notifications::Show { channel, limit } => show(context, &channel, limit).await,
        Notifications::Add(flags) => add(context, *flags).await,
        Notifications::Set(flags) => set(context, *flags).await,
        Notifications::Remove(flags) => remove(context, &flags).await,
        Notifications::Test(flags) => test(context, &flags).await,
    }
}

/// The store, and the channel of this name.
async fn of(context: &Context<'_>, named: &ChannelNamed) -> Result<(Store, Channel), Failure> {
    let store = context.changed_store().await?;
    let channel = notifications::named(&store, &named.channel).await?;
    Ok((store, channel))
}

async fn list(context: &Context<'_>) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let columns = ["name", "kind", "events", "off", "last_at", "last_state", "last_said"];
    let mut rows = Rows::new(&columns, "Nobody is told. Add a channel with weir notifications add.");
    for channel in store.channels().await? {
        rows.push(described(&channel, store.last_notice(&channel.id).await?.as_ref()));
    }
    context.output.rows(&rows)
}

fn described(channel: &Channel, last: Option<&Notice>) -> Value {
    let Channel { settings, .. } = channel;
    let quiet = settings.quiet.as_ref().map(|quiet| {
        json!({
            "from": QuietHours::written(quiet.from),
            "until": QuietHours::written(quiet.until),
            "zone": quiet.zone,
        })
    });
    json!({
        "id": channel.id.to_string(),
        "name": channel.name,
        "kind": settings.kind.as_str(),
        "to": settings.to,
        "url": settings.shown_url,
        "events": settings.events.iter().map(|event| event.as_str()).collect::<Vec<_>>(),
        "quiet": quiet,
        "workspaces": settings.workspaces,
        "failing_hours": settings.failing_hours,
        "off": channel.is_off,
        "revision": channel.revision,
        "last_at": last.and_then(|one| one.tried_at).map(Millis::rfc3339),
        "last_state": last.map(|one| one.state.as_str()),
        "last_said": last.map(|one| one.said.clone()),
    })
}

fn message(one: &Notice) -> Value {
    let is_to_come = matches!(one.state, NoticeState::Waiting | NoticeState::Failed);
    json!({
        "at": one.at.rfc3339(),
        "event": one.content.event,
        "integration": one.content.integration,
        "sentence": one.content.sentence,
        "reason": one.content.reason,
        "state": one.state.as_str(),
        "attempts": one.attempts,
        "tried_at": one.tried_at.map(Millis::rfc3339),
        "next_at": is_to_come.then(|| one.look_at.rfc3339()),
        "said": one.said,
    })
}

async fn show(context: &Context<'_>, named: &ChannelNamed, limit: u32) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let channel = notifications::named(&store, &named.channel).await?;
    let (last, notices) =
        (store.last_notice(&channel.id).await?, store.notices(&channel.id, None, limit).await?);
    let mut facts = described(&channel, last.as_ref());
    if !context.output.for_people() {
        facts["messages"] = notices.iter().map(message).collect();
        return context.output.json(&facts);
    }
    let settings = &channel.settings;
    let to = settings.shown_url.clone().unwrap_or_else(|| settings.to.join(", "));
    let is_off = if channel.is_off { " It is off." } else { "" };
    let (name, to) = (clean(&channel.name, 100), clean(&to, 400));
    context.output.line(&format!("\"{name}\": {} to {to}.{is_off}", settings.kind.as_str()))?;
    let events = settings.events.iter().map(|event| event.as_str()).collect::<Vec<_>>().join(", ");
    context.output.line(&format!("It tells of {events}."))?;
    if let Some(quiet) = &settings.quiet {
        let (from, until) = (QuietHours::written(quiet.from), QuietHours::written(quiet.until));
        context.output.line(&format!("Quiet from {from} to {until} ({}).", clean(&quiet.zone, 100)))?;
    }
    let mut rows = Rows::new(&["at", "sentence", "state", "attempts", "said"], "No message was sent yet.");
    notices.iter().for_each(|one| rows.push(message(one)));
    context.output.rows(&rows)
}

/// What flags say, on top of what there is.
async fn wished(store: &Store, flags: &ChannelFlags, mut wish: ChannelWish) -> Result<ChannelWish, Failure> {
    if let Some(kind) = flags.kind.as_deref().and_then(ChannelKind::named) {
        if kind != ChannelKind::Mail {
            wish.to.clear();
        }
        wish.kind = kind;
    }
    if !flags.to.is_empty() {
        wish.to.clone_from(&flags.to);
    }
    wish.url = flags.url_file.as_deref().map(secret_of_file).transpose()?;
    wish.secret = flags.secret_file.as_deref().map(secret_of_file).transpose()?;
    if !flags.events.is_empty() {
        wish.events = flags.events.iter().filter_map(|word| NoticeEvent::named(word)).collect();
    }
    if let Some(text) = &flags.quiet {
        wish.quiet = Some(quiet(text, wish.quiet.map_or_else(|| "UTC".to_owned(), |quiet| quiet.zone))?);
    }
    if let Some(zone) = &flags.zone {
        let given = wish.quiet.as_mut().ok_or_else(|| bad("quiet", "A zone is that of quiet hours"))?;
        given.zone.clone_from(zone);
    }
    if !flags.workspaces.is_empty() {
        wish.workspaces.clear();
        for name in &flags.workspaces {
            wish.workspaces.push(workspace::named(store, name).await?.id);
        }
    }
    wish.failing_hours = flags.failing_hours.unwrap_or(wish.failing_hours);
    wish.is_off = wish.is_off || flags.off;
    Ok(wish)
}

/// Hours such as `22:00-07:00`.
fn quiet(text: &str, zone: String) -> Result<QuietHours, Message> {
    let times = text.split_once('-').and_then(|(from, until)| {
        Some((QuietHours::minutes(from.trim())?, QuietHours::minutes(until.trim())?))
    });
    let (from, until) = times.ok_or_else(|| bad("quiet", "Quiet hours are written like 22:00-07:00"))?;
    Ok(QuietHours { from, until, zone })
}

fn bad(member: &str, detail: &str) -> Message {
    NotificationFault::Bad { member: member.to_owned(), detail: detail.to_owned() }.into()
}

async fn add(context: &Context<'_>, flags: ChannelAdd) -> Result<(), Failure> {
    let kind = flags.what.kind.as_deref().and_then(ChannelKind::named).ok_or_else(|| {
        bad("kind", "It is not said how it gets to people: --kind mail, --kind slack or --kind webhook")
    })?;
    let plain = ChannelWish {
        name: flags.name,
        kind,
        to: vec![],
        url: None,
        secret: None,
        events: NoticeEvent::ALL.to_vec(),
        quiet: None,
        workspaces: vec![],
        failing_hours: ChannelSettings::FAILING_HOURS,
        is_off: false,
    };
    let store = context.changed_store().await?;
    let wish = wished(&store, &flags.what, plain).await?;
    let (vault, outlet) = (context.vault(&store).await?, Outlet::default());
    let environment = context.environment_with(&flags.what.allow_address)?;
    let ways = Ways { store: &store, vault: &vault, environment: &environment, outlet: &outlet };
    let (channel, secret) = notifications::add(ways, wish).await?;
    let detail = notifications::noted(&store, None, Some(&channel), GivenAnew::default()).await?;
    noted(context, &store, ("notification.create", &channel.name), None, detail).await?;
    told(context, &channel, shown_once(secret, flags.what.secret_file.is_some()))
}

async fn set(context: &Context<'_>, flags: ChannelSet) -> Result<(), Failure> {
    let (store, before) = of(context, &flags.channel).await?;
    let mut old = ChannelWish::of(&before);
    old.name = flags.rename.unwrap_or(old.name);
    old.is_off = old.is_off && !flags.on;
    if flags.no_quiet {
        old.quiet = None;
    }
    if flags.all_workspaces {
        old.workspaces.clear();
    }
    let wish = wished(&store, &flags.what, old).await?;
    let is_elsewhere = wish.url.is_some();
    let (vault, outlet) = (context.vault(&store).await?, Outlet::default());
    let environment = context.environment_with(&flags.what.allow_address)?;
    let ways = Ways { store: &store, vault: &vault, environment: &environment, outlet: &outlet };
    let (channel, secret) = notifications::change(ways, &before, wish).await?;
    let anew = GivenAnew { url: is_elsewhere, secret: secret.is_some() };
    let detail = notifications::noted(&store, Some(&before), Some(&channel), anew).await?;
    noted(context, &store, ("notification.edit", &channel.name), None, detail).await?;
    told(context, &channel, shown_once(secret, flags.what.secret_file.is_some()))
}

/// Tells of a channel that was made or changed, with the secret that it got.
fn told(context: &Context<'_>, channel: &Channel, secret: Option<String>) -> Result<(), Failure> {
    if !context.output.for_people() {
        let mut facts = described(channel, None);
        facts["secret"] = json!(secret);
        return context.output.json(&facts);
    }
    context.output.line(&format!("\"{}\" is kept.", clean(&channel.name, 100)))?;
    mail::show_secret(context, secret.as_deref())
}

async fn remove(context: &Context<'_>, flags: &ChannelNamed) -> Result<(), Failure> {
    let (store, channel) = of(context, flags).await?;
    notifications::remove(&store, &channel).await?;
    let detail = notifications::noted(&store, Some(&channel), None, GivenAnew::default()).await?;
    noted(context, &store, ("notification.delete", &channel.name), None, detail).await?;
    mail::show_removed(context, &channel.name, &channel.id.to_string())
}

async fn test(context: &Context<'_>, flags: &ChannelTest) -> Result<(), Failure> {
    let (store, channel) = of(context, &flags.channel).await?;
    let outlet = mail::outlet_of(&flags.mail, &flags.server)?;
    let vault = context.vault(&store).await?;
    let environment = context.environment_with(&flags.allow_address)?;
    let ways = Ways { store: &store, vault: &vault, environment: &environment, outlet: &outlet };
    let tried = notifications::test(ways, &channel).await?;
    let kind = vec![("kind".to_owned(), channel.settings.kind.as_str().to_owned())];
    noted(context, &store, ("notification.test", &channel.name), None, kind).await?;
    let (state, said) = (tried.state.as_str(), clean(&tried.said, 400));
    match context.output.for_people() {
        true if said.is_empty() => context.output.line(&format!("The test was {state}."))?,
        true => context.output.line(&format!("The test was {state}: {said}."))?,
        false => context.output.json(&json!({ "state": state, "said": said, "at": tried.at.rfc3339() }))?,
    }
    if tried.state == NoticeState::Sent { Ok(()) } else { Err(Failure::Negative) }
}
