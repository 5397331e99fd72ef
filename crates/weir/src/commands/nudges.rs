//! `weir hygiene nudges …`: digests of issues that newly miss a rule.

use super::{mail, noted::noted};
use crate::{
    cli::{NudgeAdd, NudgeEdit, NudgeFlags, NudgeNamed, NudgeSend, Nudges},
    context::Context,
    credentials::secret_of_file,
    failure::Failure,
    output::{Rows, clean},
};
use serde_json::{Value, json};
use weir_ingest::{
    hygiene::Base,
    nudges::{self, NudgeWish, Outlet, Preview, SentNow, Ways, shown_once},
};
use weir_model::{
    Integration, Message, Millis, Nudge, NudgeChannel, NudgeFault, NudgePeriod, NudgeSettings, NudgeTeam,
};
use weir_store::Store;

/// The hour at which a period ends, unless said otherwise.
const USUAL_HOUR: u8 = 8;

pub(super) async fn run(context: &Context<'_>, command: Nudges) -> Result<(), Failure> {
    match command {
        Nudges::List => list(context).await,
        Nudges::Add(flags) => add(context, *flags).await,
        Nudges::Edit(flags) => edit(context, *flags).await,
        Nudges::Remove(flags) => remove(context, &flags).await,
        Nudges::Preview(flags) => preview(context, &flags).await,
        Nudges::Send(flags) => send(context, &flags).await,
        Nudges::Messages { nudge, limit } => messages(context, &nudge, limit).await,
        Nudges::OptOut { nudge, recipient: None, .. } => opt_outs(context, &nudge).await,
        Nudges::OptOut { nudge, recipient: Some(recipient), undo } => {
            opt_out(context, &nudge, &recipient, undo).await
        }
    }
}

/// The store, the integration that is meant, and the nudge of this name.
async fn of(context: &Context<'_>, nudge: &NudgeNamed) -> Result<(Store, Integration, Nudge), Failure> {
    let store = context.changed_store().await?;
    let integration = context.named(&store, None).await?;
    let nudge = nudges::named(&store, &integration, &nudge.nudge).await?;
    Ok((store, integration, nudge))
}

async fn list(context: &Context<'_>) -> Result<(), Failure> {
    let store = context.used_store().await?;
    let integration = context.named(&store, None).await?;
    let columns = ["name", "channel", "by", "period", "hour", "paused", "next_at", "sent", "failed"];
    let mut rows = Rows::new(&columns, "No nudges. Add one with weir hygiene nudges add.");
    for nudge in store.nudges(&integration.id).await? {
        rows.push(described(&nudge));
    }
    context.output.rows(&rows)
}

fn described(nudge: &Nudge) -> Value {
    let Nudge { settings, last, .. } = nudge;
    json!({
        "id": nudge.id.to_string(),
        "name": nudge.name,
        "channel": settings.channel.as_str(),
        "by": settings.by,
        "teams": settings.teams,
        "rules": settings.rules,
        "period": settings.period.as_str(),
        "hour": settings.hour,
        "zone": settings.zone,
        "url": settings.shown_url(),
        "paused": nudge.paused,
        "next_at": nudge.due_at.rfc3339(),
        "covered_until": nudge.covered_until.rfc3339(),
        "sent": last.as_ref().map(|last| last.sent),
        "failed": last.as_ref().map(|last| last.failed),
        "without_address": last.as_ref().map(|last| last.without_address),
        "opted_out": last.as_ref().map(|last| last.opted_out),
        "trouble": last.as_ref().and_then(|last| last.trouble.clone()),
        "revision": nudge.revision,
    })
}

/// Tells of a nudge that was made or changed, with the secret that it got.
async fn told(
    context: &Context<'_>,
    (store, integration, outlet): (&Store, &Integration, &Outlet),
    nudge: &Nudge,
    secret: Option<String>,
) -> Result<(), Failure> {
    let read = store.read_since(&integration.id).await?;
    let base = Base::of(store, integration, None).await?;
    let state = nudges::state(nudge, integration, outlet, (&base, read), context.clock().now());
    if !context.output.for_people() {
        let mut facts = described(nudge);
        facts["state"] = json!(state.word);
        facts["sentence"] = json!(state.sentence);
        facts["secret"] = json!(secret);
        return context.output.json(&facts);
    }
    context.output.line(&format!(
        "\"{}\" is kept. {}",
        clean(&nudge.name, 100),
        clean(&state.sentence, 400)
    ))?;
    mail::show_secret(context, secret.as_deref())
}

/// What flags say, on top of what there is.
fn wished(flags: &NudgeFlags, mut settings: NudgeSettings) -> Result<NudgeSettings, Message> {
    match flags.channel.as_deref() {
        Some("webhook") => settings.channel = NudgeChannel::Webhook,
        Some(_) => {
            settings.channel = NudgeChannel::Mail;
            settings.url = None;
        }
        None => {}
    }
    if let Some(by) = &flags.by {
        settings.by.clone_from(by);
        settings.teams.clear();
    }
    if !flags.teams.is_empty() {
        settings.teams = flags.teams.iter().map(|text| team(text)).collect();
    }
    if !flags.rules.is_empty() {
        settings.rules.clone_from(&flags.rules);
    }
    match flags.period.as_deref() {
        Some("week") => settings.period = NudgePeriod::Week,
        Some(_) => settings.period = NudgePeriod::Day,
        None => {}
    }
    settings.hour = flags.hour.unwrap_or(settings.hour);
    settings.zone = flags.zone.clone().or(settings.zone);
    settings.url = flags.url.clone().or(settings.url);
    Ok(settings)
}

fn team(text: &str) -> NudgeTeam {
    let (team, to) = text.rsplit_once('=').unwrap_or((text, ""));
    let to = to.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned);
    NudgeTeam { team: team.trim().to_owned(), to: to.collect() }
}

async fn add(context: &Context<'_>, flags: NudgeAdd) -> Result<(), Failure> {
    let outlet = mail::outlet(&flags.mail, String::new())?;
    let channel = flags.what.channel.clone().ok_or_else(|| {
        Message::from(NudgeFault::Bad {
            member: "channel".into(),
            detail: "It is not said how it gets to people: --channel mail or --channel webhook".into(),
        })
    })?;
    let plain = NudgeSettings {
        channel: if channel == "mail" { NudgeChannel::Mail } else { NudgeChannel::Webhook },
        by: "assignee".into(),
        rules: vec![],
        period: NudgePeriod::Day,
        hour: USUAL_HOUR,
        zone: None,
        url: None,
        teams: vec![],
    };
    let wish = NudgeWish {
        name: flags.name,
        settings: wished(&flags.what, plain)?,
        paused: flags.paused,
        secret: flags.what.secret_file.as_deref().map(secret_of_file).transpose()?,
    };
    let store = context.changed_store().await?;
    let integration = context.named(&store, None).await?;
    let (vault, environment) = (context.vault(&store).await?, context.environment());
    let ways = Ways { store: &store, vault: &vault, environment: &environment, outlet: &outlet };
    let (nudge, secret) = nudges::add(ways, &integration, wish).await?;
    note(context, &store, "nudge.create", &integration, &nudge).await?;
    let secret = shown_once(secret, flags.what.secret_file.is_some());
    told(context, (&store, &integration, &outlet), &nudge, secret).await
}

async fn edit(context: &Context<'_>, flags: NudgeEdit) -> Result<(), Failure> {
    let outlet = mail::outlet(&flags.mail, String::new())?;
    let (store, integration, before) = of(context, &flags.nudge).await?;
    let mut settings = wished(&flags.what, before.settings.clone())?;
    if flags.all_rules {
        settings.rules.clear();
    }
    let wish = NudgeWish {
        name: flags.rename.unwrap_or_else(|| before.name.clone()),
        settings,
        paused: (before.paused || flags.pause) && !flags.resume,
        secret: flags.what.secret_file.as_deref().map(secret_of_file).transpose()?,
    };
    let (vault, environment) = (context.vault(&store).await?, context.environment());
    let ways = Ways { store: &store, vault: &vault, environment: &environment, outlet: &outlet };
    let (nudge, secret) = nudges::change(ways, &integration, &before, wish).await?;
    note(context, &store, "nudge.edit", &integration, &nudge).await?;
    let secret = shown_once(secret, flags.what.secret_file.is_some());
    told(context, (&store, &integration, &outlet), &nudge, secret).await
}

async fn remove(context: &Context<'_>, flags: &NudgeNamed) -> Result<(), Failure> {
    let (store, integration, nudge) = of(context, flags).await?;
    nudges::remove(&store, &nudge).await?;
    note(context, &store, "nudge.delete", &integration, &nudge).await?;
    mail::show_removed(context, &nudge.name, &nudge.id.to_string())
}

async fn preview(context: &Context<'_>, flags: &NudgeSend) -> Result<(), Failure> {
    let (store, integration, nudge) = of(context, &flags.nudge).await?;
    let outlet = outlet(flags)?;
    let vault = context.vault(&store).await?;
    let environment = context.environment_with(&flags.allow_address)?;
    let ways = Ways { store: &store, vault: &vault, environment: &environment, outlet: &outlet };
    let preview = nudges::preview(ways, &integration, &nudge).await?;
    if context.output.for_people() {
        return shown(context, &nudge, &preview);
    }
    let mut facts = serde_json::to_value(&preview).map_err(|error| Failure::bug(error.to_string()))?;
    facts["since"] = json!(preview.since.rfc3339());
    facts["until"] = json!(preview.until.rfc3339());
    facts["read_since"] = json!(preview.read_since.map(Millis::rfc3339));
    for (message, fact) in preview.messages.iter().zip(facts["messages"].as_array_mut().into_iter().flatten())
    {
        fact["subject"] = json!(message.digest.subject());
        fact["text"] = json!(message.digest.text());
    }
    context.output.json(&facts)
}

fn shown(context: &Context<'_>, nudge: &Nudge, preview: &Preview) -> Result<(), Failure> {
    let line = |text: &str| context.output.line(text);
    line(&format!(
        "\"{}\" would send this, of what is new between {} and {}. Nothing was sent.",
        clean(&nudge.name, 100),
        preview.since.rfc3339(),
        preview.until.rfc3339()
    ))?;
    if let Some(trouble) = &preview.trouble {
        line(&format!("But: {}", clean(&trouble.sentence, 400)))?;
    }
    if preview.of_nobody > 0 {
        line(&format!("{} issues that newly miss a rule are nobody's.", preview.of_nobody))?;
    }
    if preview.messages.is_empty() {
        return line("Nothing is new for anybody.");
    }
    for one in &preview.messages {
        let to = one.to.iter().map(|one| clean(one, 200)).collect::<Vec<_>>().join(", ");
        line("")?;
        line(&format!(
            "To: {} {}",
            clean(&one.name, 100),
            if to.is_empty() { String::new() } else { format!("<{to}>") }
        ))?;
        line(one.standing.sentence())?;
        line(&format!("Subject: {}", one.digest.subject()))?;
        line(&one.digest.text().replace("\r\n", "\n"))?;
    }
    Ok(())
}

async fn send(context: &Context<'_>, flags: &NudgeSend) -> Result<(), Failure> {
    let (store, integration, nudge) = of(context, &flags.nudge).await?;
    let outlet = outlet(flags)?;
    let vault = context.vault(&store).await?;
    let environment = context.environment_with(&flags.allow_address)?;
    let ways = Ways { store: &store, vault: &vault, environment: &environment, outlet: &outlet };
    let SentNow { turn, messages } = nudges::send_now(ways, &integration, &nudge).await?;
    note(context, &store, "nudge.send", &integration, &nudge).await?;
    let has_failed = turn.failed > 0;
    if context.output.for_people() {
        let mut rows =
            Rows::new(&["name", "state", "issues", "said"], "Nothing is new for anybody; nothing was sent.");
        for one in &messages {
            rows.push(
                json!({ "name": one.name, "state": one.state, "issues": one.issues, "said": one.said }),
            );
        }
        context.output.rows(&rows)?;
    } else {
        context.output.json(&json!({
            "since": turn.since.rfc3339(),
            "until": turn.until.rfc3339(),
            "sent": turn.sent,
            "failed": turn.failed,
            "without_address": turn.without_address,
            "opted_out": turn.opted_out,
            "of_nobody": turn.of_nobody,
            "messages": messages,
        }))?;
    }
    if has_failed { Err(Failure::Negative) } else { Ok(()) }
}

fn outlet(flags: &NudgeSend) -> Result<Outlet, Failure> {
    mail::outlet_of(&flags.mail, &flags.server)
}

async fn messages(context: &Context<'_>, flags: &NudgeNamed, limit: u32) -> Result<(), Failure> {
    let (store, _, nudge) = of(context, flags).await?;
    let columns = ["at", "recipient", "state", "issues", "attempts", "said"];
    let mut rows = Rows::new(&columns, "No message was sent yet.");
    for one in store.nudge_messages(&nudge.id, None, limit).await? {
        rows.push(json!({
            "at": one.at.rfc3339(),
            "recipient": one.recipient,
            "state": one.state.as_str(),
            "issues": one.issues,
            "attempts": one.attempts,
            "said": one.said,
            "period": one.period.rfc3339(),
            "until": one.until.rfc3339(),
        }));
    }
    context.output.rows(&rows)
}

async fn opt_outs(context: &Context<'_>, flags: &NudgeNamed) -> Result<(), Failure> {
    let (store, _, nudge) = of(context, flags).await?;
    let mut rows = Rows::new(&["recipient", "at", "by"], "Nobody has left it.");
    for one in store.nudge_opt_outs(&nudge.id).await? {
        rows.push(json!({ "recipient": one.recipient, "at": one.at.rfc3339(), "by": one.by }));
    }
    context.output.rows(&rows)
}

async fn opt_out(
    context: &Context<'_>,
    flags: &NudgeNamed,
    recipient: &str,
    undo: bool,
) -> Result<(), Failure> {
    let (store, integration, nudge) = of(context, flags).await?;
    let action = if undo { "nudge.opt_in" } else { "nudge.opt_out" };
    match undo {
        true => _ = nudges::opt_in(&store, &nudge, recipient).await?,
        false => nudges::opt_out(&store, &integration, &nudge, recipient, &context.user()).await?,
    }
    note(context, &store, action, &integration, &nudge).await?;
    match context.output.for_people() {
        true => context.output.line(&format!(
            "{} gets {} of \"{}\".",
            clean(recipient, 100),
            if undo { "messages again" } else { "no more" },
            clean(&nudge.name, 100)
        )),
        false => context.output.json(&json!({ "recipient": recipient, "opted_out": !undo })),
    }
}

async fn note(
    context: &Context<'_>,
    store: &Store,
    action: &str,
    integration: &Integration,
    nudge: &Nudge,
) -> Result<(), Failure> {
    let detail = vec![("integration".to_owned(), integration.name.clone())];
    noted(context, store, (action, &nudge.name), None, detail).await
}
