//! One nudge: how it stands, what it would send, what it sent, who has left it, and its form.

use super::{
    form::{self, Entered},
    last, may, path, path_of_one, sending,
};
use crate::{
    api::hygiene::nudges::{self as api, sending::SHOWN},
    app::App,
    auth::{policy::Action, principal::Caller},
    http::{
        Problem,
        extract::{Params, Segments},
    },
    life::sendings::Sendings,
    pages::{
        format::{Part, inert, instant, moment, number, parts},
        forms::{Fields, Said as _, Trouble, stamped},
        integration::leaving::headed,
        monitoring::head::Head,
        settings::Yes,
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use weir_http::{ExposeSecret as _, Secret};
use weir_ingest::nudges::{self, Preview};
use weir_model::{Integration, MessageState, Nudge, NudgeMessage};

/// Messages that are shown of those that were sent.
const SENT: u32 = 50;

#[derive(Template)]
#[template(path = "nudge.html")]
struct NudgePage {
    shell: Shell,
    head: Head,
    back: String,
    here: String,
    name: String,
    what: String,
    when: String,
    state: &'static str,
    sentence: Vec<Part>,
    last: String,
    /// The secret of its webhooks, just made.
    secret: Option<String>,
    /// Whether it was shown already.
    is_gone: bool,
    sending: sending::Shown,
    may_send: bool,
    may_change: bool,
    has_mail: bool,
    preview: Option<PreviewShown>,
    sent: Vec<Sent>,
    opt_outs: Vec<(String, String, String)>,
    entered: Entered,
    trouble: Option<Trouble>,
}

/// What it would send.
struct PreviewShown {
    window: String,
    trouble: Option<String>,
    of_nobody: u64,
    recipients: usize,
    messages: Vec<Message>,
}

/// A message that would be sent.
struct Message {
    name: String,
    to: String,
    sentence: &'static str,
    subject: String,
    text: String,
}

/// A message that was sent, or was not.
struct Sent {
    at: String,
    at_exact: String,
    recipient: String,
    state: &'static str,
    issues: String,
    said: String,
}

impl From<NudgeMessage> for Sent {
    fn from(one: NudgeMessage) -> Self {
        Self {
            at: moment(one.at),
            at_exact: one.at.rfc3339(),
            recipient: inert(&one.recipient),
            state: match one.state {
                MessageState::Sending => "being sent, or left half done",
                MessageState::Sent => "sent",
                MessageState::Failed => "failed, tried again",
                MessageState::Refused => "refused",
                MessageState::Unknown => "not known whether it arrived",
                MessageState::NothingNew => "nothing new for anybody",
            },
            issues: number(one.issues),
            said: inert(&one.said),
        }
    }
}

impl From<Preview> for PreviewShown {
    fn from(preview: Preview) -> Self {
        let message = |one: nudges::Prepared| Message {
            name: inert(&one.name),
            to: inert(&one.to.join(", ")),
            sentence: one.standing.sentence(),
            subject: inert(&one.digest.subject()),
            text: one.digest.text().lines().map(inert).collect::<Vec<_>>().join("\n"),
        };
        Self {
            window: format!("{} and {}", instant(preview.since), instant(preview.until)),
            trouble: preview.trouble.map(|trouble| inert(&trouble.sentence)),
            of_nobody: preview.of_nobody,
            recipients: preview.messages.len(),
            messages: preview.messages.into_iter().take(SHOWN).map(message).collect(),
        }
    }
}

/// What a page shows beside what is kept.
#[derive(Default)]
struct Beside {
    secret: Option<String>,
    is_gone: bool,
    preview: Option<PreviewShown>,
    entered: Option<Entered>,
    trouble: Option<Trouble>,
}

/// `GET /integrations/{name}/hygiene/nudges/{nudge}`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments((name, nudge)): Segments<(String, String)>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let (integration, nudge) = api::of(&app, &name, &nudge).await?;
    let session = &caller.person()?.session.id;
    let secret =
        asked.made.as_ref().and_then(|_| app.shown_once.take(session, &of_secret(&nudge), app.now()));
    let beside = Beside {
        is_gone: asked.made.is_some() && secret.is_none(),
        secret: secret.map(|secret| secret.expose_secret().to_owned()),
        ..Beside::default()
    };
    page(&app, &caller, &integration, &nudge, beside).await
}

/// What was just done.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    /// Whether a secret was made.
    made: Option<Yes>,
}

/// Leads to the page of a nudge that was just made, which shows the secret this once: a reload makes no other.
pub(super) fn made(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    nudge: &Nudge,
    secret: String,
) -> Result<Response, Problem> {
    app.shown_once.keep(&caller.person()?.session.id, &of_secret(nudge), Secret::from(secret), app.now());
    Ok(Redirect::to(&format!("{}?made=yes", path_of_one(integration, nudge))).into_response())
}

/// What the secret of a nudge's webhooks waits for its page as.
fn of_secret(nudge: &Nudge) -> String {
    format!("nudge {}", nudge.id)
}

/// `POST /integrations/{name}/hygiene/nudges/{nudge}`.
pub(in crate::pages) async fn save(
    State(app): State<App>,
    caller: Caller,
    Segments((name, nudge)): Segments<(String, String)>,
    fields: Fields,
) -> Result<Response, Problem> {
    let (integration, before) = api::of(&app, &name, &nudge).await?;
    let stands = api::Stands::of(&app, &integration).await?;
    let entered = Entered::read(&fields, &stands.base)?;
    let wish = entered.wish(Some(&before));
    let outcome = match entered.seen == before.revision.to_string() {
        true => api::change(&app, &caller, (&integration, &before), wish).await,
        false => Err(weir_model::Message::ChangedMeanwhile {}.into()),
    };
    match outcome {
        Ok((nudge, Some(secret))) => made(&app, &caller, &integration, &nudge, secret),
        Ok((nudge, None)) => Ok(Redirect::to(&path_of_one(&integration, &nudge)).into_response()),
        Err(problem) => {
            let trouble = Some(Trouble::from(&problem));
            // Who has seen what is said of another change may save upon it.
            let mut entered = entered;
            entered.seen = before.revision.to_string();
            let beside = Beside { entered: Some(entered), trouble, ..Beside::default() };
            let shown = page(&app, &caller, &integration, &before, beside).await;
            stamped(problem, |_| shown)
        }
    }
}

/// `POST /integrations/{name}/hygiene/nudges/{nudge}/preview`.
pub(in crate::pages) async fn preview(
    State(app): State<App>,
    caller: Caller,
    Segments((name, nudge)): Segments<(String, String)>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let (integration, nudge) = api::of(&app, &name, &nudge).await?;
    let preview = nudges::preview(api::ways(&app), &integration, &nudge).await?;
    let beside = Beside { preview: Some(preview.into()), ..Beside::default() };
    page(&app, &caller, &integration, &nudge, beside).await
}

/// `POST /integrations/{name}/hygiene/nudges/{nudge}/send`: answers at once; the page tells what comes of it.
pub(in crate::pages) async fn send(
    State(app): State<App>,
    caller: Caller,
    Segments((name, nudge)): Segments<(String, String)>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let (integration, nudge) = api::of(&app, &name, &nudge).await?;
    let here = path_of_one(&integration, &nudge);
    let (behind, who, of) = (app.clone(), caller.clone(), nudge.clone());
    Sendings::begin(&app, &nudge.id, async move || {
        let sent = api::sending::send(&behind, &who, &integration, &of).await?;
        Ok(sent.counts())
    });
    Ok(Redirect::to(&format!("{here}#sending")).into_response())
}

/// `POST /integrations/{name}/hygiene/nudges/{nudge}/delete`.
pub(in crate::pages) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments((name, nudge)): Segments<(String, String)>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    fields.only(&[])?;
    let (integration, nudge) = api::of(&app, &name, &nudge).await?;
    api::remove(&app, &caller, &integration, &nudge).await?;
    Ok(Redirect::to(&path(&integration)))
}

/// `POST /integrations/{name}/hygiene/nudges/{nudge}/opt-outs`: adds one, or takes one back.
pub(in crate::pages) async fn opt_out(
    State(app): State<App>,
    caller: Caller,
    Segments((name, nudge)): Segments<(String, String)>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["recipient", "undo"])?;
    fields.word("undo", &["1"])?;
    let (integration, nudge) = api::of(&app, &name, &nudge).await?;
    let (_, _, who) = caller.principal.named();
    let (recipient, is_undone) = (fields.text("recipient"), !fields.text("undo").is_empty());
    let outcome = match is_undone {
        true => nudges::opt_in(&app.store, &nudge, recipient).await.map(drop),
        false => nudges::opt_out(&app.store, &integration, &nudge, recipient, who).await,
    };
    if let Err(message) = outcome {
        let trouble = Some(Trouble::from(&message));
        let shown = page(&app, &caller, &integration, &nudge, Beside { trouble, ..Beside::default() }).await;
        return stamped(message.into(), |_| shown);
    }
    let action = if is_undone { "nudge.opt_in" } else { "nudge.opt_out" };
    api::noted(&app, &caller, action, &integration, &nudge).await?;
    Ok(Redirect::to(&path_of_one(&integration, &nudge)).into_response())
}

async fn page(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    nudge: &Nudge,
    beside: Beside,
) -> Result<Response, Problem> {
    let stands = api::Stands::of(app, integration).await?;
    let state = stands.state(nudge);
    let opt_outs = app.store.nudge_opt_outs(&nudge.id).await?.into_iter();
    let sent = app.store.nudge_messages(&nudge.id, None, SENT).await?;
    rendered(&NudgePage {
        shell: Shell::new(
            app,
            Some(caller),
            &format!("{}, {}", integration.name, nudge.name),
            "/integrations",
        ),
        head: headed(app, caller, integration).await?.at("Hygiene"),
        back: path(integration),
        here: path_of_one(integration, nudge),
        name: inert(&nudge.name),
        what: form::what(&nudge.settings),
        when: form::when(&nudge.settings),
        state: state.word,
        sentence: parts(&state.sentence),
        last: last(nudge),
        secret: beside.secret,
        is_gone: beside.is_gone,
        sending: match sending::Shown::of(app, nudge) {
            // One trouble at a time has the word.
            sending::Shown::Failed { .. } if beside.trouble.is_some() => sending::Shown::Nothing,
            shown => shown,
        },
        may_send: may(app, caller, integration, Action::Change).await?,
        may_change: may(app, caller, integration, Action::Connect).await?,
        has_mail: app.outlet.mail.is_some(),
        preview: beside.preview,
        sent: sent.into_iter().map(Sent::from).collect(),
        opt_outs: opt_outs.map(|one| (inert(&one.recipient), moment(one.at), inert(&one.by))).collect(),
        entered: beside.entered.unwrap_or_else(|| Entered::of(nudge, &stands.base)),
        trouble: beside.trouble,
    })
}
