//! The nudges of an integration: which there are, how each stands, and a form for another one.

pub(in crate::pages) mod form;
pub(in crate::pages) mod leave;
pub(in crate::pages) mod one;
mod sending;

use super::path_of;
use crate::{
    api::hygiene::nudges as api,
    app::App,
    auth::{policy, principal::Caller},
    http::{Problem, extract::Segments},
    pages::{
        format::{Part, inert, moment, parts, segment, sentence},
        forms::{Fields, Said as _, Trouble, stamped},
        integration::leaving::headed,
        monitoring::head::Head,
        shell::{Shell, rendered},
    },
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use form::Entered;
use weir_model::{Integration, Message, Nudge};

#[derive(Template)]
#[template(path = "nudges.html")]
struct NudgesPage {
    shell: Shell,
    head: Head,
    back: String,
    here: String,
    rows: Vec<Row>,
    /// Whether the caller may add one.
    may_change: bool,
    has_mail: bool,
    entered: Entered,
    trouble: Option<Trouble>,
}

/// A nudge.
struct Row {
    name: String,
    path: String,
    what: String,
    when: String,
    state: &'static str,
    sentence: Vec<Part>,
    last: String,
}

/// Where the nudges of an integration are.
pub(super) fn path(integration: &Integration) -> String {
    format!("{}/nudges", path_of(integration))
}

/// Where one of them is.
fn path_of_one(integration: &Integration, nudge: &Nudge) -> String {
    format!("{}/{}", path(integration), segment(&nudge.id.to_string()))
}

/// What came of it last, as a sentence.
fn last(nudge: &Nudge) -> String {
    match &nudge.last {
        None => "Nothing was due yet.".to_owned(),
        Some(turn) => match &turn.trouble {
            Some(trouble) => inert(&sentence(trouble)),
            None => format!(
                "{}: {} sent, {} failed, {} without an address, {} opted out.",
                moment(turn.at),
                turn.sent,
                turn.failed,
                turn.without_address,
                turn.opted_out
            ),
        },
    }
}

/// `GET /integrations/{name}/hygiene/nudges`.
pub(in crate::pages) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
) -> Result<Response, Problem> {
    let integration = app.store.integration(&name).await?.ok_or(Message::PageUnknown {})?;
    page(&app, &caller, &integration, None, None).await
}

/// `POST /integrations/{name}/hygiene/nudges`.
pub(in crate::pages) async fn add(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let integration = app.store.integration(&name).await?.ok_or(Message::PageUnknown {})?;
    let stands = api::Stands::of(&app, &integration).await?;
    let entered = Entered::read(&fields, &stands.base)?;
    match api::add(&app, &caller, &integration, entered.wish(None)).await {
        Ok((nudge, Some(secret))) => one::made(&app, &caller, &integration, &nudge, secret),
        Ok((nudge, None)) => Ok(Redirect::to(&path_of_one(&integration, &nudge)).into_response()),
        Err(problem) => {
            let trouble = Some(Trouble::from(&problem));
            let shown = page(&app, &caller, &integration, Some(entered), trouble).await;
            stamped(problem, |_| shown)
        }
    }
}

async fn page(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    entered: Option<Entered>,
    trouble: Option<Trouble>,
) -> Result<Response, Problem> {
    let stands = api::Stands::of(app, integration).await?;
    let mut rows = vec![];
    for nudge in app.store.nudges(&integration.id).await? {
        let state = stands.state(&nudge);
        rows.push(Row {
            name: inert(&nudge.name),
            path: path_of_one(integration, &nudge),
            what: form::what(&nudge.settings),
            when: form::when(&nudge.settings),
            state: state.word,
            sentence: parts(&state.sentence),
            last: last(&nudge),
        });
    }
    rendered(&NudgesPage {
        shell: Shell::new(app, Some(caller), &format!("{}, Nudges", integration.name), "/integrations"),
        head: headed(app, caller, integration).await?.at("Hygiene"),
        back: path_of(integration),
        here: path(integration),
        rows,
        may_change: may(app, caller, integration, policy::Action::Connect).await?,
        has_mail: app.outlet.mail.is_some(),
        entered: entered.unwrap_or_else(|| Entered::empty(&stands.base)),
        trouble,
    })
}

/// Whether the caller may do something to an integration.
async fn may(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    action: policy::Action,
) -> Result<bool, Problem> {
    let place = policy::Place::Workspaces(app.store.workspaces_of(&integration.id).await?);
    Ok(policy::check(&caller.principal, action, &place).is_ok())
}
