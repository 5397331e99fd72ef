//! Notifications: the channels through which people are told when an integration needs them, and a form for another one.

mod form;
pub(in crate::pages) mod one;

use super::{Tab, frame};
use crate::{
    api::notifications as api,
    app::App,
    auth::principal::Caller,
    http::{Problem, extract::Params},
    pages::{
        format::{inert, moment, segment},
        forms::{Faults, Fields, Said as _, Trouble, stamped},
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{extract::State, response::Response};
use form::Entered;
use weir_ingest::values;
use weir_model::{Channel, Notice, NoticeState};

#[derive(Template)]
#[template(path = "settings/notifications.html")]
struct NotificationsPage {
    shell: Shell,
    tabs: Vec<Tab>,
    done: Option<&'static str>,
    trouble: Option<Trouble>,
    here: &'static str,
    rows: Vec<Row>,
    has_mail: bool,
    entered: Entered,
    zones: Vec<(String, String)>,
}

/// A channel.
struct Row {
    name: String,
    path: String,
    what: String,
    events: String,
    is_off: bool,
    last: String,
}

/// Where channels are.
const PATH: &str = "/settings/notifications";

/// Where one of them is.
fn path_of(channel: &Channel) -> String {
    format!("{PATH}/{}", segment(&channel.id.to_string()))
}

/// What became of a notice, in words.
fn became(notice: &Notice) -> String {
    let next = notice.look_at;
    match notice.state {
        NoticeState::Waiting => format!("waits until {}", moment(next)),
        NoticeState::Sending => "being sent, or left half done".to_owned(),
        NoticeState::Sent => "sent".to_owned(),
        NoticeState::Failed => format!("failed, tried again at {}", moment(next)),
        NoticeState::Refused => "not taken, and not tried again".to_owned(),
        NoticeState::Unknown => "not known whether it arrived".to_owned(),
    }
}

/// What was last sent, or tried to be.
fn last(notice: Option<&Notice>) -> String {
    let Some(notice) = notice else { return "Nothing was sent yet.".to_owned() };
    let at = moment(notice.tried_at.unwrap_or(notice.at));
    let said = if notice.said.is_empty() { String::new() } else { format!(": {}", inert(&notice.said)) };
    format!("{at}: {}{said}", became(notice))
}

/// What was just done.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Asked {
    done: Option<String>,
}

impl Asked {
    fn line(&self) -> Option<&'static str> {
        Some(match self.done.as_deref()? {
            "saved" => "Saved.",
            "deleted" => "The channel is gone.",
            "made" => {
                "The channel is kept. The secret of its webhooks is not shown again: give it another one where nobody has stored it."
            }
            _ => return None,
        })
    }
}

/// `GET /settings/notifications`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    page(&app, &caller, asked.line(), None, None).await
}

/// `POST /settings/notifications`.
pub(in crate::pages) async fn add(
    State(app): State<App>,
    caller: Caller,
    fields: Fields,
) -> Result<Response, Problem> {
    let workspaces = form::workspaces(&app).await?;
    let entered = Entered::read(&fields, &workspaces)?;
    let mut faults = Faults::default();
    let wish = entered.wish(&mut faults);
    match api::add(&app, &caller, (wish, faults)).await {
        Ok((channel, secret)) => one::kept(&app, &caller, &channel, secret),
        Err(problem) => {
            let trouble = Some(Trouble::from(&problem));
            let shown = page(&app, &caller, None, Some(entered), trouble).await;
            stamped(problem, |_| shown)
        }
    }
}

async fn page(
    app: &App,
    caller: &Caller,
    done: Option<&'static str>,
    entered: Option<Entered>,
    trouble: Option<Trouble>,
) -> Result<Response, Problem> {
    let mut rows = vec![];
    for channel in app.store.channels().await? {
        let notice = app.store.last_notice(&channel.id).await?;
        rows.push(Row {
            name: inert(&channel.name),
            path: path_of(&channel),
            what: form::what(&channel.settings),
            events: form::events(&channel.settings),
            is_off: channel.is_off,
            last: last(notice.as_ref()),
        });
    }
    let entered = match entered {
        Some(entered) => entered,
        None => Entered::empty(&form::workspaces(app).await?),
    };
    let (shell, tabs) = frame(app, caller, "Notifications", PATH);
    rendered(&NotificationsPage {
        shell,
        tabs,
        done,
        trouble,
        here: PATH,
        rows,
        has_mail: app.outlet.mail.is_some(),
        entered,
        zones: values::zones_at(app.now()),
    })
}
