//! One channel: trying it, what was told through it, and its form.

use super::{
    super::{Tab, frame},
    Asked, PATH, became,
    form::{self, Entered},
    last, path_of,
};
use crate::{
    api::notifications as api,
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Params, Segments},
    },
    pages::{
        format::{inert, moment, sentence},
        forms::{Faults, Fields, Said as _, Trouble, stamped},
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use weir_http::{ExposeSecret as _, Secret};
use weir_ingest::{notifications, values};
use weir_model::{Channel, Message, Notice, NoticeState};

/// Messages that are shown.
const SHOWN: u32 = 50;

#[derive(Template)]
#[template(path = "settings/notification.html")]
struct NotificationPage {
    shell: Shell,
    tabs: Vec<Tab>,
    done: Option<&'static str>,
    trouble: Option<Trouble>,
    all: &'static str,
    here: String,
    name: String,
    what: String,
    events: String,
    is_off: bool,
    last: String,
    /// The secret of its webhooks, just made.
    secret: Option<String>,
    /// What came of a test, and whether it was taken.
    tested: Option<(String, bool)>,
    has_mail: bool,
    sent: Vec<Sent>,
    entered: Entered,
    zones: Vec<(String, String)>,
}

/// Something that is told.
struct Sent {
    at: String,
    sentence: String,
    became: String,
    said: String,
}

impl From<Notice> for Sent {
    fn from(one: Notice) -> Self {
        Self {
            at: moment(one.at),
            became: became(&one),
            sentence: sentence(&inert(&one.content.sentence)),
            said: inert(&one.said),
        }
    }
}

/// What a page shows beside what is kept.
#[derive(Default)]
struct Beside {
    done: Option<&'static str>,
    secret: Option<String>,
    /// Whether a test was just sent.
    tested: bool,
    entered: Option<Entered>,
    trouble: Option<Trouble>,
}

/// `GET /settings/notifications/{channel}`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(channel): Segments<String>,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let channel = notifications::named(&app.store, &channel).await?;
    let secret = match asked.done.as_deref() {
        Some("made") => caller.signed_in().and_then(|signed_in| {
            app.shown_once.take(&signed_in.session.id, &channel.id.to_string(), app.now())
        }),
        _ => None,
    };
    let tested = asked.done.as_deref() == Some("tested");
    let done = asked.line().filter(|_| secret.is_none());
    let secret = secret.map(|secret| secret.expose_secret().to_owned());
    page(&app, &caller, &channel, Beside { done, secret, tested, ..Beside::default() }).await
}

/// Leads to the page of a channel that was kept, with the secret that is shown there this once, so that a reload makes no other.
pub(super) fn kept(
    app: &App,
    caller: &Caller,
    channel: &Channel,
    secret: Option<String>,
) -> Result<Response, Problem> {
    let path = path_of(channel);
    let Some(secret) = secret else {
        return Ok(Redirect::to(&format!("{path}?done=saved")).into_response());
    };
    let signed_in = caller.signed_in().ok_or_else(|| Problem::bug("nobody is signed in"))?;
    app.shown_once.keep(&signed_in.session.id, &channel.id.to_string(), Secret::from(secret), app.now());
    Ok(Redirect::to(&format!("{path}?done=made")).into_response())
}

/// `POST /settings/notifications/{channel}`.
pub(in crate::pages) async fn save(
    State(app): State<App>,
    caller: Caller,
    Segments(channel): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let before = notifications::named(&app.store, &channel).await?;
    let entered = Entered::read(&fields, &form::workspaces(&app).await?)?;
    let mut faults = Faults::default();
    let wish = entered.wish(&mut faults);
    let outcome = match entered.seen == before.revision.to_string() {
        false => Err(Message::ChangedMeanwhile {}.into()),
        true => api::change(&app, &caller, &before, (wish, faults)).await,
    };
    match outcome {
        Ok((channel, secret)) => kept(&app, &caller, &channel, secret),
        Err(problem) => {
            let trouble = Some(Trouble::from(&problem));
            let beside = Beside { entered: Some(entered), trouble, ..Beside::default() };
            let shown = page(&app, &caller, &before, beside).await;
            stamped(problem, |_| shown)
        }
    }
}

/// `POST /settings/notifications/{channel}/test`.
pub(in crate::pages) async fn test(
    State(app): State<App>,
    caller: Caller,
    Segments(channel): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let channel = notifications::named(&app.store, &channel).await?;
    match api::messages::test(&app, &caller, &channel).await {
        Ok(_) => Ok(Redirect::to(&format!("{}?done=tested", path_of(&channel))).into_response()),
        Err(problem) => {
            let trouble = Some(Trouble::from(&*problem.message));
            let shown = page(&app, &caller, &channel, Beside { trouble, ..Beside::default() }).await;
            stamped(problem, |_| shown)
        }
    }
}

/// What came of the last test, as a sentence, and whether it was taken.
fn told(notices: &[Notice]) -> Option<(String, bool)> {
    let tried = notices.iter().find(|one| one.content.event == "test")?;
    let said = inert(&tried.said);
    Some(match tried.state {
        NoticeState::Sent => ("The test was taken. See whether it arrived.".to_owned(), true),
        NoticeState::Unknown => (format!("Nobody knows whether the test was taken: {said}."), false),
        _ => (format!("The test was not taken: {said}."), false),
    })
}

/// `POST /settings/notifications/{channel}/delete`.
pub(in crate::pages) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments(channel): Segments<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    fields.only(&[])?;
    let channel = notifications::named(&app.store, &channel).await?;
    api::remove(&app, &caller, &channel).await?;
    Ok(Redirect::to(&format!("{PATH}?done=deleted")))
}

async fn page(app: &App, caller: &Caller, channel: &Channel, beside: Beside) -> Result<Response, Problem> {
    let entered = match beside.entered {
        // Who has seen what is said of another change may save upon it.
        Some(entered) => Entered {
            seen: channel.revision.to_string(),
            url_now: channel.settings.shown_url.clone(),
            ..entered
        },
        None => Entered::of(channel, &form::workspaces(app).await?),
    };
    let notice = app.store.last_notice(&channel.id).await?;
    let sent = app.store.notices(&channel.id, None, SHOWN).await?;
    let (shell, tabs) = frame(app, caller, &format!("{}, Notifications", channel.name), PATH);
    rendered(&NotificationPage {
        shell,
        tabs,
        done: beside.done,
        trouble: beside.trouble,
        all: PATH,
        here: path_of(channel),
        name: inert(&channel.name),
        what: form::what(&channel.settings),
        events: form::events(&channel.settings),
        is_off: channel.is_off,
        last: last(notice.as_ref()),
        secret: beside.secret,
        tested: if beside.tested { told(&sent) } else { None },
        has_mail: app.outlet.mail.is_some(),
        sent: sent.into_iter().map(Sent::from).collect(),
        entered,
        zones: values::zones_at(app.now()),
    })
}
