//! The buttons of an integration: run now, compare, pause, resume. What is asked for is kept in the store; whichever server or
//! worker comes first does it.

use super::{may, named, path};
use crate::{
    app::App,
    audit::{self, Deed},
    auth::{policy::Action, principal::Caller},
    http::{Problem, extract::Segments},
    pages::{format::instant, forms::Fields},
};
use axum::{extract::State, response::Redirect};
use weir_model::{Asked, Integration, Message, StatusFamily};

/// What somebody may do about an integration from its first page.
pub(in crate::pages) struct Actions {
    pub(in crate::pages) base: String,
    pub(in crate::pages) form_token: String,
    pub(in crate::pages) may_connect: bool,
    pub(in crate::pages) is_paused: bool,
    /// When it is deleted, where that waits.
    pub(in crate::pages) deleting: Option<String>,
    /// What was asked for and not done yet.
    pub(in crate::pages) asked: Vec<String>,
    /// Whether a fresh credential is what it needs.
    pub(in crate::pages) needs_credential: bool,
}

impl Actions {
    /// `None` for those who may change nothing.
    pub(in crate::pages) async fn of(
        app: &App,
        caller: &Caller,
        integration: &Integration,
        health: &weir_model::Health,
    ) -> Result<Option<Self>, Problem> {
        if !may(app, caller, Action::Change, integration).await? {
            return Ok(None);
        }
        let planned = app.store.planned_of(&integration.id).await?;
        let now = app.now();
        let (pause, deletion, requests) = planned.map_or((None, None, vec![]), |planned| {
            (planned.pause.filter(|pause| pause.holds(now)), planned.deletion, planned.requests)
        });
        let asked = requests.iter().map(|request| {
            let what = match request.asked {
                Asked::Sync => "A sync",
                Asked::Verify => "A comparison with the site",
            };
            format!("{what} was asked for at {}.", instant(request.asked_at))
        });
        let code = health.reason_code.as_str();
        Ok(Some(Self {
            base: path(integration, ""),
            form_token: caller.signed_in().map(|one| one.form_token.clone()).unwrap_or_default(),
            may_connect: may(app, caller, Action::Connect, integration).await?,
            is_paused: pause.is_some(),
            deleting: deletion.map(|deletion| instant(deletion.due_at)),
            asked: asked.collect(),
            needs_credential: health.family == StatusFamily::NeedsYou
                && (code.starts_with("auth.") || code.starts_with("key.")),
        }))
    }
}

/// `POST /integrations/{name}/sync`.
pub(in crate::pages) async fn sync(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    ask(&app, &caller, &name, &fields, Asked::Sync, "integration.sync").await
}

/// `POST /integrations/{name}/verify`.
pub(in crate::pages) async fn verify(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    ask(&app, &caller, &name, &fields, Asked::Verify, "integration.verify").await
}

async fn ask(
    app: &App,
    caller: &Caller,
    name: &str,
    fields: &Fields,
    asked: Asked,
    deed: &str,
) -> Result<Redirect, Problem> {
    fields.only(&[])?;
    let integration = named(app, name).await?;
    if let Some(deletion) = app.store.deletion(&integration.id).await? {
        return Err(Message::IntegrationDeleting { name: integration.name, at: deletion.due_at }.into());
    }
    app.store.request_run(&integration.id, asked, false, &caller.principal.requester()).await?;
    audit::note_of(app, caller, Deed::done(deed, &integration.name), &integration).await?;
    Ok(Redirect::to(&path(&integration, "monitoring")))
}

/// `POST /integrations/{name}/pause`.
pub(in crate::pages) async fn pause(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    fields.only(&[])?;
    let integration = named(&app, &name).await?;
    let (_, _, who) = caller.principal.named();
    app.store.pause(&integration.id, who, None).await?;
    let deed = Deed::done("integration.pause", &integration.name).with("until", "resumed");
    audit::note_of(&app, &caller, deed, &integration).await?;
    Ok(Redirect::to(&path(&integration, "monitoring")))
}

/// `POST /integrations/{name}/resume`.
pub(in crate::pages) async fn resume(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    fields.only(&[])?;
    let integration = named(&app, &name).await?;
    app.store.resume(&integration.id).await?;
    audit::note_of(&app, &caller, Deed::done("integration.resume", &integration.name), &integration).await?;
    Ok(Redirect::to(&path(&integration, "monitoring")))
}
