//! Nudges of an integration: digests of issues that newly miss a rule.

pub(crate) mod opt_outs;
pub(crate) mod sending;
pub(crate) mod wish;

use super::found;
use crate::{
    app::App,
    audit::{self, Deed},
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Json, Params, Segments},
        paging::{Page, PageQuery},
        tag::{Answer, Conditions},
    },
};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::{
    hygiene::Base,
    nudges::{self, NudgeWish, Ways, shown_once},
};
use weir_model::{Integration, Message, Millis, NudgeTurn};
use wish::{ChannelWord, NudgeChange, NudgeNew, PeriodWord, Team};

/// A nudge.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Nudge {
    id: String,
    name: String,
    channel: ChannelWord,
    /// `assignee`, or the field whose values are teams.
    by: String,
    teams: Vec<Team>,
    /// Ids of the rules that it tells of; none for all.
    rules: Vec<String>,
    period: PeriodWord,
    /// The hour at which a period ends, in its zone.
    hour: u8,
    /// Nothing for the zone of the integration.
    zone: Option<String>,
    /// Where a webhook goes: its host; what follows may be a secret and is not shown.
    url: Option<String>,
    paused: bool,
    /// Counts its changes; `If-Match` takes it.
    revision: i64,
    created_at: String,
    /// Until when everybody has been told.
    covered_until: String,
    /// When the period ends that is told of next.
    next_at: String,
    /// What came of it last; nothing before its first period has ended.
    last: Option<Turn>,
}

/// What came of a nudge at the end of a period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Turn {
    at: String,
    since: String,
    until: String,
    /// Messages that were taken.
    sent: u64,
    /// Messages that were not, or of which that is not known.
    failed: u64,
    /// Recipients of whom no address is known, or whose account is not active.
    without_address: u64,
    /// Recipients who want none.
    opted_out: u64,
    /// Issues that are nobody's: without an assignee, or of no team that is named.
    of_nobody: u64,
    /// Why nobody was told at all.
    trouble: Option<String>,
}

/// A nudge that was made or changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NudgeMade {
    nudge: NudgeStanding,
    /// What its webhooks are signed with, where it got a fresh secret: shown this once.
    secret: Option<String>,
}

/// A nudge and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NudgeStanding {
    #[serde(flatten)]
    nudge: Nudge,
    /// `active`, `waiting` for a run, `paused`, or `blocked`.
    state: &'static str,
    /// Why, and what comes next.
    sentence: String,
}

impl From<&NudgeTurn> for Turn {
    fn from(turn: &NudgeTurn) -> Self {
        Self {
            at: turn.at.rfc3339(),
            since: turn.since.rfc3339(),
            until: turn.until.rfc3339(),
            sent: turn.sent,
            failed: turn.failed,
            without_address: turn.without_address,
            opted_out: turn.opted_out,
            of_nobody: turn.of_nobody,
            trouble: turn.trouble.clone(),
        }
    }
}

impl From<&weir_model::Nudge> for Nudge {
    fn from(one: &weir_model::Nudge) -> Self {
        let settings = &one.settings;
        Self {
            id: one.id.to_string(),
            name: one.name.clone(),
            channel: settings.channel.into(),
            by: settings.by.clone(),
            teams: settings.teams.iter().map(Team::from).collect(),
            rules: settings.rules.clone(),
            period: settings.period.into(),
            hour: settings.hour,
            zone: settings.zone.clone(),
            url: settings.shown_url(),
            paused: one.paused,
            revision: one.revision,
            created_at: one.created_at.rfc3339(),
            covered_until: one.covered_until.rfc3339(),
            next_at: one.due_at.rfc3339(),
            last: one.last.as_ref().map(Turn::from),
        }
    }
}

/// What is known of an integration, by which it is told how its nudges stand.
pub(crate) struct Stands<'a> {
    app: &'a App,
    integration: &'a Integration,
    pub(crate) base: Base,
    read_since: Option<Millis>,
}

impl<'a> Stands<'a> {
    pub(crate) async fn of(app: &'a App, integration: &'a Integration) -> Result<Self, Problem> {
        let base = Base::of(&app.store, integration, None).await?;
        Ok(Self { app, integration, base, read_since: app.store.read_since(&integration.id).await? })
    }

    /// How a nudge stands.
    pub(crate) fn state(&self, nudge: &weir_model::Nudge) -> nudges::NudgeState {
        let known = (&self.base, self.read_since);
        nudges::state(nudge, self.integration, &self.app.outlet, known, self.app.now())
    }

    fn shown(&self, nudge: &weir_model::Nudge) -> NudgeStanding {
        let state = self.state(nudge);
        NudgeStanding { nudge: nudge.into(), state: state.word, sentence: state.sentence }
    }
}

async fn stood(
    app: &App,
    integration: &Integration,
    nudge: &weir_model::Nudge,
) -> Result<NudgeStanding, Problem> {
    Ok(Stands::of(app, integration).await?.shown(nudge))
}

/// What nudges are worked with here.
pub(crate) fn ways(app: &App) -> Ways<'_> {
    Ways { store: &app.store, vault: &app.vault, environment: &app.environment, outlet: &app.outlet }
}

/// An integration and one of its nudges.
pub(crate) async fn of(
    app: &App,
    name: &str,
    nudge: &str,
) -> Result<(Integration, weir_model::Nudge), Problem> {
    let integration = found(app, name).await?;
    let nudge = nudges::named(&app.store, &integration, nudge).await?;
    Ok((integration, nudge))
}

/// Nudges of an integration by name
#[utoipa::path(get, path = "/api/v1/integrations/{name}/hygiene/nudges", tag = "hygiene",
    params(("name" = String, Path, description = "The integration"), PageQuery),
    responses((status = 200, description = "A page of them", body = Page<NudgeStanding>)))]
pub(in crate::api) async fn list_nudges(
    State(app): State<App>,
    Segments(name): Segments<String>,
    Params(query): Params<PageQuery>,
) -> Result<Page<NudgeStanding>, Problem> {
    let window = query.window()?;
    let integration = found(&app, &name).await?;
    let stands = Stands::of(&app, &integration).await?;
    let mut all = app.store.nudges(&integration.id).await?;
    all.retain(|nudge| window.after().is_none_or(|after| nudge.name.as_str() > after));
    Ok(window.page(all, |nudge| nudge.name.clone(), |nudge| stands.shown(&nudge)))
}

/// Add a nudge
///
/// Its first message comes at the end of the period that is under way.
#[utoipa::path(post, path = "/api/v1/integrations/{name}/hygiene/nudges", tag = "hygiene", request_body = NudgeNew,
    params(("name" = String, Path, description = "The integration")),
    responses((status = 201, description = "It is kept", body = NudgeMade)))]
pub(in crate::api) async fn create_nudge(
    State(app): State<App>,
    caller: Caller,
    Segments(name): Segments<String>,
    Json(new): Json<NudgeNew>,
) -> Result<Answer<NudgeMade>, Problem> {
    let integration = found(&app, &name).await?;
    let (nudge, secret) = add(&app, &caller, &integration, new.wish()?).await?;
    Ok(Answer(StatusCode::CREATED, NudgeMade { nudge: stood(&app, &integration, &nudge).await?, secret }))
}

/// Adds a nudge, and notes it; gives the secret of its webhooks where it got a fresh one.
pub(crate) async fn add(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    wish: NudgeWish,
) -> Result<(weir_model::Nudge, Option<String>), Problem> {
    let is_given = wish.secret.is_some();
    let (nudge, secret) = nudges::add(ways(app), integration, wish).await.map_err(refused)?;
    noted(app, caller, "nudge.create", integration, &nudge).await?;
    Ok((nudge, shown_once(secret, is_given)))
}

/// One nudge
#[utoipa::path(get, path = "/api/v1/integrations/{name}/hygiene/nudges/{nudge}", tag = "hygiene",
    params(("name" = String, Path, description = "The integration"), ("nudge" = String, Path, description = "Its name, or its id")),
    responses((status = 200, description = "The nudge", body = NudgeStanding)))]
pub(in crate::api) async fn show_nudge(
    State(app): State<App>,
    Segments((name, nudge)): Segments<(String, String)>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    let (integration, nudge) = of(&app, &name, &nudge).await?;
    conditions.answer_of(&stood(&app, &integration, &nudge).await?, &nudge.revision.to_string())
}

/// Change a nudge
///
/// What is not named stays as it is. `If-Match` may have the revision that was seen.
#[utoipa::path(patch, path = "/api/v1/integrations/{name}/hygiene/nudges/{nudge}", tag = "hygiene", request_body = NudgeChange,
    params(("name" = String, Path, description = "The integration"), ("nudge" = String, Path, description = "Its name, or its id")),
    responses((status = 200, description = "It is so now", body = NudgeMade)))]
pub(in crate::api) async fn change_nudge(
    State(app): State<App>,
    caller: Caller,
    Segments((name, nudge)): Segments<(String, String)>,
    conditions: Conditions,
    Json(wanted): Json<NudgeChange>,
) -> Result<Answer<NudgeMade>, Problem> {
    let (integration, before) = of(&app, &name, &nudge).await?;
    conditions.still_at(&before.revision.to_string())?;
    let (nudge, secret) = change(&app, &caller, (&integration, &before), wanted.wish(&before)?).await?;
    Ok(Answer(StatusCode::OK, NudgeMade { nudge: stood(&app, &integration, &nudge).await?, secret }))
}

/// Why a nudge cannot be so, and which member of it is to blame.
fn refused(message: Message) -> Problem {
    let at = match message.id() {
        "hygiene.rule" => Some("/rules"),
        "hygiene.field"
        | "hygiene.field_unmapped"
        | "hygiene.groups"
        | "hygiene.left_out"
        | "hygiene.not_read_yet"
        | "nudge.people" => Some("/by"),
        _ => None,
    };
    match at {
        Some(at) => Problem::from(message).at(at),
        None => message.into(),
    }
}

/// Changes a nudge, and notes it.
pub(crate) async fn change(
    app: &App,
    caller: &Caller,
    (integration, before): (&Integration, &weir_model::Nudge),
    wish: NudgeWish,
) -> Result<(weir_model::Nudge, Option<String>), Problem> {
    let is_given = wish.secret.is_some();
    let (nudge, secret) = nudges::change(ways(app), integration, before, wish).await.map_err(refused)?;
    noted(app, caller, "nudge.edit", integration, &nudge).await?;
    Ok((nudge, shown_once(secret, is_given)))
}

/// Take a nudge away
///
/// What is known of its messages, and who has left it, goes with it.
#[utoipa::path(delete, path = "/api/v1/integrations/{name}/hygiene/nudges/{nudge}", tag = "hygiene",
    params(("name" = String, Path, description = "The integration"), ("nudge" = String, Path, description = "Its name, or its id")),
    responses((status = 204, description = "It is gone")))]
pub(in crate::api) async fn delete_nudge(
    State(app): State<App>,
    caller: Caller,
    Segments((name, nudge)): Segments<(String, String)>,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let (integration, nudge) = of(&app, &name, &nudge).await?;
    conditions.still_at(&nudge.revision.to_string())?;
    remove(&app, &caller, &integration, &nudge).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a nudge away, and notes it.
pub(crate) async fn remove(
    app: &App,
    caller: &Caller,
    integration: &Integration,
    nudge: &weir_model::Nudge,
) -> Result<(), Problem> {
    nudges::remove(&app.store, nudge).await?;
    noted(app, caller, "nudge.delete", integration, nudge).await
}

/// Notes what was done to a nudge.
pub(crate) async fn noted(
    app: &App,
    caller: &Caller,
    action: &str,
    integration: &Integration,
    nudge: &weir_model::Nudge,
) -> Result<(), Problem> {
    let deed =
        Deed::done(action, &nudge.name).with("integration", &integration.name).with("nudge", &nudge.name);
    audit::note_of(app, caller, deed, integration).await
}
