//! Those who want no more of a nudge.

use super::{noted, of};
use crate::{
    app::App,
    auth::principal::Caller,
    http::{
        Problem,
        extract::{Params, Segments},
        paging::{Page, PageQuery},
    },
};
use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use weir_ingest::nudges;
use weir_model::NudgeOptOut;

/// Somebody who wants no more of a nudge.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OptOut {
    /// The id of a person, or the name of a team.
    recipient: String,
    at: String,
    /// `link`, where the link of a message said so, or an administrator's name.
    by: String,
}

impl From<NudgeOptOut> for OptOut {
    fn from(one: NudgeOptOut) -> Self {
        Self { recipient: one.recipient, at: one.at.rfc3339(), by: one.by }
    }
}

/// Those who want no more of a nudge
#[utoipa::path(get, path = "/api/v1/integrations/{name}/hygiene/nudges/{nudge}/opt-outs", tag = "hygiene",
    params(("name" = String, Path, description = "The integration"), ("nudge" = String, Path, description = "Its name, or its id"), PageQuery),
    responses((status = 200, description = "A page of them", body = Page<OptOut>)))]
pub(in crate::api) async fn list_opt_outs(
    State(app): State<App>,
    Segments((name, nudge)): Segments<(String, String)>,
    Params(query): Params<PageQuery>,
) -> Result<Page<OptOut>, Problem> {
    let window = query.window()?;
    let (_, nudge) = of(&app, &name, &nudge).await?;
    let mut found = app.store.nudge_opt_outs(&nudge.id).await?;
    if let Some(after) = window.after() {
        found.retain(|one| one.recipient.as_str() > after);
    }
    Ok(window.page(found, |one| one.recipient.clone(), OptOut::from))
}

/// Send somebody no more of a nudge
#[utoipa::path(put, path = "/api/v1/integrations/{name}/hygiene/nudges/{nudge}/opt-outs/{recipient}", tag = "hygiene",
    params(("name" = String, Path, description = "The integration"), ("nudge" = String, Path, description = "Its name, or its id"),
        ("recipient" = String, Path, description = "The id of a person, or the name of a team")),
    responses((status = 204, description = "They get no more")))]
pub(in crate::api) async fn add_opt_out(
    State(app): State<App>,
    caller: Caller,
    Segments((name, nudge, recipient)): Segments<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let (integration, nudge) = of(&app, &name, &nudge).await?;
    let (_, _, who) = caller.principal.named();
    nudges::opt_out(&app.store, &integration, &nudge, &recipient, who).await?;
    noted(&app, &caller, "nudge.opt_out", &integration, &nudge).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send somebody a nudge again
///
/// Who had not left it is fine.
#[utoipa::path(delete, path = "/api/v1/integrations/{name}/hygiene/nudges/{nudge}/opt-outs/{recipient}", tag = "hygiene",
    params(("name" = String, Path, description = "The integration"), ("nudge" = String, Path, description = "Its name, or its id"),
        ("recipient" = String, Path, description = "The id of a person, or the name of a team")),
    responses((status = 204, description = "They get it again")))]
pub(in crate::api) async fn remove_opt_out(
    State(app): State<App>,
    caller: Caller,
    Segments((name, nudge, recipient)): Segments<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let (integration, nudge) = of(&app, &name, &nudge).await?;
    if nudges::opt_in(&app.store, &nudge, &recipient).await? {
        noted(&app, &caller, "nudge.opt_in", &integration, &nudge).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
