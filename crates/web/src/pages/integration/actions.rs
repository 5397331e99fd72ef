//! The buttons of an integration: run now, compare, pause, resume. What is asked for is kept in the store; whichever server or
//! worker comes first does it.

use super::{may, named, path};
use crate::{
    app::App,
    audit::{self, Deed},
    auth::{policy::Action, principal::Caller},
    http::{Problem, extract::Segments},
    pages::{
        format::{count, inert, instant},
        forms::Fields,
    },
};
use axum::{extract::State, response::Redirect};
use std::collections::BTreeSet;
use weir_model::{Asked, Integration, NextStep, StatusFamily, clean};
use weir_store::HealthFacts;

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
    /// What accepting a loss does, where one is told.
    pub(in crate::pages) loss: Option<String>,
}

impl Actions {
    /// `None` for those who may change nothing.
    pub(in crate::pages) async fn of(
        app: &App,
        caller: &Caller,
        integration: &Integration,
        (health, facts): (&weir_model::Health, &HealthFacts),
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
            loss: match health.next {
                Some(NextStep::AcceptLoss) => Some(loss(app, integration, facts).await?),
                _ => None,
            },
        }))
    }
}

/// What accepting a loss does.
async fn loss(app: &App, integration: &Integration, facts: &HealthFacts) -> Result<String, Problem> {
    let keys: BTreeSet<&str> =
        facts.lost.iter().map(|one| &one.key).chain(&facts.held_back).map(String::as_str).collect();
    let keys: Vec<&str> = keys.into_iter().collect();
    let held: u64 = app.store.issues_of_projects(&integration.id, &keys).await?.values().sum();
    Ok(format!(
        "Everything is compared with the site once more, and a loss is believed. Of {}, which hold {} here, what the site \
         does not show is put away: it leaves lists, reports and exports, nothing of it is deleted, and it comes back once \
         the site shows it again.",
        match keys.len() {
            0..=5 => inert(&keys.join(", ")),
            more => format!("{} and {} more", inert(&keys[..5].join(", ")), more - 5),
        },
        count(held, "live issue", "live issues"),
    ))
}

/// `POST /integrations/{name}/sync`.
pub(in crate::pages) async fn sync(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    fields.only(&[])?;
    ask(&app, &caller, &name, (Asked::Sync, false), Deed::done("integration.sync", &name)).await
}

/// `POST /integrations/{name}/verify`.
pub(in crate::pages) async fn verify(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    fields.only(&["accept_loss"])?;
    let accepts = match fields.text("accept_loss") {
        "" => false,
        "yes" => true,
        other => {
            return Err(Problem::bad(format!(
                "accept_loss is \"yes\" or not there, and not \"{}\"",
                clean(other, 50)
            )));
        }
    };
    let deed = Deed::done("integration.verify", &name).with("accept_loss", accepts.to_string());
    ask(&app, &caller, &name, (Asked::Verify, accepts), deed).await
}

async fn ask(
    app: &App,
    caller: &Caller,
    name: &str,
    (asked, thorough): (Asked, bool),
    deed: Deed<'_>,
) -> Result<Redirect, Problem> {
    let integration = named(app, name).await?;
    weir_ingest::ask_run(&app.store, &integration, (asked, thorough), &caller.principal.requester()).await?;
    audit::note_of(app, caller, deed, &integration).await?;
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
    weir_ingest::pause(&app.store, &integration, caller.principal.called(), None).await?;
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
    weir_ingest::resume(&app.store, &integration).await?;
    audit::note_of(&app, &caller, Deed::done("integration.resume", &integration.name), &integration).await?;
    Ok(Redirect::to(&path(&integration, "monitoring")))
}
